"""The verbs of ``gezhi read sentiment`` that need labelled reviews, and the shared options."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError, Interrupted

if TYPE_CHECKING:
    from gezhi.reading.sentiment.model import SentimentModel

__all__ = [
    *("ACCURACY", "ENCODING", "JSON", "MODEL", "NO_HEADER", "QUIET", "THREADS"),
    *("as_line", "compare", "distil", "evaluate", "options", "train"),
]

Command = Callable[..., None]

MODEL = click.option(
    "--model",
    default="sentiment",
    show_default=True,
    metavar="NAME",
    help="Name or folder of the model.",
)
ACCURACY = click.option(
    "--accuracy",
    type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
    default=0.97,
    show_default=True,
    help="Share of right answers among what is decided; the rest is uncertain.",
)
THREADS = click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Threads of the model; all cores if not given.",
)
ENCODING = click.option(
    "--encoding", metavar="NAME", help="Encoding of the input, such as gb18030; found if not given."
)
NO_HEADER = click.option(
    "--no-header", is_flag=True, help="The first row is data; columns are named by number from 1."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
QUIET = click.option("--quiet", is_flag=True, help="Draw no progress bar and print no summary.")
FILE = click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    help="Labelled reviews: csv, tsv, xlsx, jsonl or parquet.",
)
TEXT_COLUMN = click.option(
    "--text-column", metavar="COLUMN", help="Column of the texts, by name or number."
)
LABEL_COLUMN = click.option(
    "--label-column", metavar="COLUMN", help="Column of the labels, by name or number."
)
SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the training."
)


def options(*given: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order of the help."""

    def add(command: Command) -> Command:
        for option in reversed(given):
            command = option(command)
        return command

    return add


def as_line(record: dict[str, Any]) -> str:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return json.dumps(record, ensure_ascii=encoding != "utf8")


@click.command()
@options(FILE, TEXT_COLUMN, LABEL_COLUMN, MODEL, ACCURACY, THREADS)
@options(ENCODING, NO_HEADER, JSON, QUIET)
def evaluate(
    file: Path,
    text_column: str | None,
    label_column: str | None,
    model: str,
    accuracy: float,
    threads: int | None,
    encoding: str | None,
    no_header: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure a model on labelled reviews.

    Prints accuracy with its 95 % interval, balanced accuracy, F1, the expected calibration error,
    how much is decided and how much of that is right, and the table of confusions.
    """
    from gezhi.reading.sentiment.drawing import draw_evaluation
    from gezhi.reading.sentiment.evaluation import as_record
    from gezhi.reading.sentiment.evaluation import evaluate as measure
    from gezhi.reading.sentiment.labels import read_labelled_texts
    from gezhi.reading.sentiment.model import SentimentModel

    known = read_labelled_texts(
        file,
        text_column=text_column,
        label_column=label_column,
        encoding=encoding,
        header=not no_header,
    )
    judge = SentimentModel.load(model, threads=threads)
    band = judge.band(accuracy)
    found = measure(known.labels, _probabilities(judge, known.texts, quiet), band)
    if as_json:
        click.echo(as_line({"file": str(file), "model": judge.bundle.name, **as_record(found)}))
        return
    click.echo("\n".join(draw_evaluation(found)))
    _say_left_out(known.empty, quiet)


def _probabilities(model: SentimentModel, texts: Sequence[str], quiet: bool) -> list[float]:
    from gezhi.kernel.progress import Progress
    from gezhi.reading.sentiment.streams import in_batches

    found: list[float] = []
    with Progress("judging", quiet=quiet) as report:
        for batch in in_batches(texts):
            found += model.probabilities(batch).tolist()
            report(len(found), len(texts), "")
    return found


def _say_left_out(empty: int, quiet: bool) -> None:
    if empty and not quiet:
        click.echo(f"{empty:,} rows without text are left out", err=True)


@click.command()
@options(FILE, TEXT_COLUMN, LABEL_COLUMN)
@click.option(
    "--name", default="my-sentiment", show_default=True, help="Name of the model that is made."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder of the model; among the user's models if not given.",
)
@options(SEED, ENCODING, NO_HEADER, JSON, QUIET)
def train(
    file: Path,
    text_column: str | None,
    label_column: str | None,
    name: str,
    output: Path | None,
    seed: int,
    encoding: str | None,
    no_header: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train a model of one's own on labelled reviews.

    Labels may be 1 and 0, 1 and -1, positive and negative, true and false, 好评 and 差评, 正面 and
    负面. Prints the folder of the model; use it with --model NAME. Needs the extra 'train'.
    """
    from gezhi.kernel.bundle import read_bundle
    from gezhi.kernel.extras import require
    from gezhi.kernel.progress import Progress
    from gezhi.reading.sentiment.labels import read_labelled_texts

    known = read_labelled_texts(
        file,
        text_column=text_column,
        label_column=label_column,
        encoding=encoding,
        header=not no_header,
    )
    folder = output if output is not None else _own_folder(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists already; choose another name or another folder")
    require("torch", "train")
    training = require("gezhi.reading.sentiment.training", "train")
    _say_left_out(known.empty, quiet)
    with Progress("training", quiet=quiet) as report, _epochs_kept("beside the model's folder"):
        training.train_bundle(
            known.texts,
            known.labels,
            folder,
            name=name,
            source=file.name,
            seed=seed,
            report=report,
        )
    bundle = read_bundle(folder)
    if as_json:
        record = {"name": bundle.name, "version": bundle.version, "folder": str(folder)}
        click.echo(as_line({**record, "metrics": dict(bundle.metrics)}))
    else:
        click.echo(folder)


@contextmanager
def _epochs_kept(where: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped: the finished epochs are kept {where}; run the same command again to go on"
        ) from None


def _own_folder(name: str) -> Path:
    """The folder of a user's model of that name, which must be free."""
    from gezhi.kernel.paths import user_models_folder
    from gezhi.kernel.registry import shipped_models_folder

    if not name.replace("-", "").replace("_", "").isalnum():
        raise click.BadParameter("use letters, digits, - and _", param_hint="--name")
    if (shipped_models_folder() / name).exists():
        raise click.BadParameter(f"a model called {name} comes with gezhi", param_hint="--name")
    return user_models_folder() / name / "1"


@click.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Labelled reviews, in any form that train takes; the corpus of the post if not given.",
)
@options(TEXT_COLUMN, LABEL_COLUMN)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Keeps what is done, so that a stopped comparison goes on; in the cache if not given.",
)
@click.option(
    "--protocol",
    "protocols",
    type=click.Choice(["post", "honest"]),
    multiple=True,
    default=("post", "honest"),
    show_default=True,
    help="How to split; may be given twice.",
)
@click.option(
    "--epochs",
    multiple=True,
    metavar="[VARIANT=]N",
    help="Epochs of all variants, or of one such as char-onehot=3; ours of the docs if not given.",
)
@options(SEED, THREADS, JSON, QUIET)
def compare(
    file: Path | None,
    text_column: str | None,
    label_column: str | None,
    folder: Path | None,
    protocols: tuple[str, ...],
    epochs: tuple[str, ...],
    seed: int,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the three inputs of the post, and print their table twice.

    Does Chinese need word segmentation? Characters one-hot, characters embedded and words
    embedded, under the protocol of the post and under an honest one. Takes about a quarter
    of an hour on two cores; every finished cell is stored. With --json one line a cell. Needs the
    extra 'train'.
    """
    from gezhi.kernel.paths import cache_folder
    from gezhi.kernel.progress import Progress
    from gezhi.reading.sentiment.compare import compare as train_and_compare
    from gezhi.reading.sentiment.compare import render

    folder = folder or cache_folder() / "sentiment-compare"
    with Progress("comparing", quiet=quiet) as report, _epochs_kept(f"in {folder}"):
        comparison = train_and_compare(
            file,
            folder,
            text_column=text_column,
            label_column=label_column,
            protocols=protocols,
            epochs=_epochs(epochs),
            seed=seed,
            threads=threads,
            report=report,
        )
    if as_json:
        click.echo("\n".join(map(as_line, comparison.rows())))
    else:
        click.echo(render(comparison))


@click.command(short_help="Make the model that ships, from the two review corpora.")
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Keeps the finished stages, so that a stopped run goes on; in the cache if not given.",
)
@options(SEED, QUIET)
def distil(output: Path, folder: Path | None, seed: int, quiet: bool) -> None:
    """Make the model that ships, from the two review corpora, and write it to OUTPUT.

    Two character language models, two linear models, and a small network that learns their
    answers. Takes about two hours on two cores; finished epochs are kept. Needs the extra 'train'
    and the data sets of `gezhi data list`.
    """
    from gezhi.kernel.extras import require
    from gezhi.kernel.paths import cache_folder
    from gezhi.kernel.progress import Progress
    from gezhi.kernel.registry import find_data
    from gezhi.reading.sentiment.corpus import read_posneg, read_shopping

    posneg = read_posneg(find_data("sentiment-posneg"))
    shopping = read_shopping(find_data("sentiment-shopping"))
    require("torch", "train")
    recipe = require("gezhi.reading.sentiment.distillation", "train")
    folder = folder or cache_folder() / "sentiment-distil"
    with Progress("distilling", quiet=quiet) as report, _epochs_kept(f"in {folder}"):
        bundle = recipe.distil(
            posneg, shopping, folder, output, recipe=recipe.Recipe(seed=seed), report=report
        )
    click.echo(f"{bundle.folder}: {100 * bundle.metrics['accuracy']:.2f} % on the honest test")


def _epochs(given: Sequence[str]) -> dict[str, int]:
    from gezhi.reading.sentiment.variants import VARIANTS

    epochs: dict[str, int] = {}
    for one in given:
        variant, _, number = one.rpartition("=")
        if not number.isdecimal():
            raise click.BadParameter(
                f"'{one}' is neither N nor VARIANT=N, such as char-onehot=3", param_hint="--epochs"
            )
        epochs.update(dict.fromkeys([variant] if variant else VARIANTS, int(number)))
    return epochs
