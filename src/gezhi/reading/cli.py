"""The wing's commands: ``gezhi read``.

Judging texts is the usual thing to do with a model of sentiment, so it needs no verb.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError
from gezhi.kernel.verbs import LITERAL, UsualVerb
from gezhi.reading.ocr.cli import ocr
from gezhi.reading.sentiment import cli as verbs
from gezhi.reading.sentiment.cli import as_line, options

if TYPE_CHECKING:
    from gezhi.reading.sentiment.calibration import Band
    from gezhi.reading.sentiment.model import Judgement, SentimentModel

__all__ = ["read"]

_WIDTH_OF_A_PIPE = 80


@click.group()
def read() -> None:
    """Read Chinese: the sentiment of reviews, and print in pictures."""


@read.group(
    cls=UsualVerb, usual="judge", things="texts", subcommand_metavar="TEXT... | VERB [ARGS]..."
)
def sentiment() -> None:
    """Judge Chinese reviews: positive, negative or uncertain.

    Each TEXT is judged; - reads one text a line from stdin. The first argument that equals a verb
    is the verb; what follows -- is text.

    \b
      gezhi read sentiment 很好 "太差了，后悔买它"
      gezhi read sentiment --file reviews.csv --output labelled.csv
    """


@sentiment.command(short_help="Judge texts, stdin or a file: the verb when none is named.")
@click.argument("texts", metavar="TEXT...", nargs=-1)
@verbs.JSON
@click.option(
    "--explain", is_flag=True, help="Show which characters moved the judgement, and how far."
)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="Judge a file: csv, tsv, xlsx, jsonl, parquet, or one text a line.",
)
@click.option("--column", help="Column of the texts in the file, by name or by number from 1.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the file here with label and probability added; goes on with a stopped run.",
)
@click.option("--restart", is_flag=True, help="Begin again and drop what a stopped run finished.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes that judge a file.",
)
@options(verbs.ACCURACY, verbs.MODEL, verbs.THREADS, verbs.ENCODING, verbs.NO_HEADER, verbs.QUIET)
def judge(texts: tuple[str, ...], as_json: bool, explain: bool, **chosen: Any) -> None:
    """Judge texts, stdin or a file (this is the verb when none is named).

    With --json each text gives one line with text, label (positive, negative, uncertain) and
    probability (of positive).
    """
    file: Path | None = chosen["file"]
    literal: tuple[str, ...] = click.get_current_context().meta.get(LITERAL, ())
    _check_usage((*texts, *literal), file, explain, chosen)
    if file is not None and chosen["output"] is not None:
        _label(file, as_json, chosen)
        return
    from gezhi.reading.sentiment.model import SentimentModel

    model = SentimentModel.load(chosen["model"], threads=chosen["threads"])
    band = model.band(chosen["accuracy"])
    batches: Iterable[Sequence[str | None]] = _given(texts, literal, chosen["encoding"])
    if file is not None:
        from gezhi.reading.sentiment.labelling import read_texts
        from gezhi.reading.sentiment.streams import in_batches

        batches = in_batches(
            read_texts(
                file,
                column=chosen["column"],
                encoding=chosen["encoding"],
                header=not chosen["no_header"],
            )
        )
    for batch in batches:
        _print_judgements(model, band, batch, as_json, explain)


def _check_usage(
    texts: Sequence[str], file: Path | None, explain: bool, chosen: dict[str, Any]
) -> None:
    if file is not None and texts:
        raise click.UsageError("give texts or --file, not both")
    if file is None and not texts:
        raise click.UsageError("give a text, - for stdin, or --file")
    if file is None:
        for name in ("column", "output", "restart", "no_header"):
            if chosen[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --file")
    if chosen["output"] is not None and explain:
        raise click.UsageError("--explain prints and goes without --output")
    if chosen["output"] is None and (chosen["workers"] > 1 or chosen["restart"]):
        raise click.UsageError("--workers and --restart go with --file and --output")
    if file is not None and str(file) == "-":
        raise click.UsageError("--file needs a file; to read texts from stdin give - alone")
    if chosen["output"] is not None and str(chosen["output"]) == "-":
        raise click.UsageError("--output needs a file; without it the judgements are printed")


def _label(file: Path, as_json: bool, chosen: dict[str, Any]) -> None:
    from gezhi.kernel.progress import Progress
    from gezhi.reading.sentiment.labelling import label_file

    output: Path = chosen["output"]
    with Progress(f"judging {file.name}", quiet=chosen["quiet"]) as report:
        summary = label_file(
            file,
            output,
            column=chosen["column"],
            model=chosen["model"],
            accuracy=chosen["accuracy"],
            workers=chosen["workers"],
            threads=chosen["threads"],
            encoding=chosen["encoding"],
            header=not chosen["no_header"],
            resume=not chosen["restart"],
            report=report,
        )
    if as_json:
        click.echo(as_line({**asdict(summary), "output": str(output)}))
    elif not chosen["quiet"]:
        resumed = f" ({summary.resumed:,} of them by a run before)" if summary.resumed else ""
        click.echo(
            f"{summary.rows:,} rows judged{resumed}: {summary.positive:,} positive, "
            f"{summary.negative:,} negative, {summary.uncertain:,} uncertain "
            f"({summary.empty:,} without text) → {output}",
            err=True,
        )


def _print_judgements(
    model: SentimentModel, band: Band, texts: Sequence[str | None], as_json: bool, explain: bool
) -> None:
    from gezhi.reading.sentiment.drawing import draw_explanation, draw_judgement
    from gezhi.reading.sentiment.labelling import judge_texts

    width, colour = _terminal()
    lines = []
    for judgement in judge_texts(model, texts, band):
        explanation = model.explain(judgement.text) if explain else None
        if as_json:
            lines.append(as_line(_record(judgement, explanation)))
            continue
        lines.append(draw_judgement(judgement, width=width, colour=colour))
        if explanation is not None:
            columns = width or _WIDTH_OF_A_PIPE
            lines += draw_explanation(explanation, width=columns, colour=colour)
    if lines:
        click.echo("\n".join(lines), color=colour)


def _record(judgement: Judgement, explanation: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "text": judgement.text,
        "label": judgement.label,
        "probability": judgement.probability,
    }
    if explanation is not None:
        record["weights"] = [round(weight, 6) for weight in explanation.weights]
        record["deletions"] = list(explanation.deletions)
        record["probability_after"] = round(explanation.probability_after, 6)
    return record


def _terminal() -> tuple[int | None, bool]:
    """The width of stdout, None where nothing need be cut, and whether it shows colour."""
    if not sys.stdout.isatty():
        return None, False
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return max(30, shutil.get_terminal_size((80, 24)).columns), colour


def _given(
    texts: Sequence[str], literal: Sequence[str], encoding: str | None
) -> Iterator[list[str]]:
    """The arguments in batches, with the lines of stdin in the place of -."""
    from gezhi.reading.sentiment.streams import line_batches

    batch: list[str] = []
    for number, text in enumerate((*texts, *literal), 1):
        if text == "-" and number <= len(texts):
            yield batch
            yield from line_batches(sys.stdin.buffer, encoding or "utf-8")
            batch = []
            continue
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise InputError(f"text {number} is not in the encoding of this terminal; use UTF-8")
        batch.append(text)
    yield batch


sentiment.add_command(verbs.evaluate)
sentiment.add_command(verbs.train)
sentiment.add_command(verbs.compare)
sentiment.add_command(verbs.distil)
read.add_command(ocr)
