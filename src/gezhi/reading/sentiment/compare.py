"""Does Chinese need word segmentation? The three variants under two protocols, as a table.

Every cell (a variant under a protocol) is stored when done, and every epoch within it, so a
comparison that was stopped goes on where it was.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError, ParameterError
from gezhi.kernel.extras import require
from gezhi.kernel.registry import find_data
from gezhi.reading.sentiment.cells import Cell, Leak, Share, cell_identity, read_cell, write_cell
from gezhi.reading.sentiment.corpus import Review, read_posneg
from gezhi.reading.sentiment.labels import read_labelled_texts
from gezhi.reading.sentiment.protocols import PROTOCOLS, Parts, leaked, split
from gezhi.reading.sentiment.variants import VARIANTS, Variant, Vocabulary, encode, units_of

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = ["Comparison", "compare", "read_cells", "read_reviews", "render"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All cells, protocol by protocol."""

    cells: tuple[Cell, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One flat record a cell, with the post's figures beside; accuracies are fractions."""
        return [_row(cell) for cell in self.cells]


def compare(
    file: Path | None,
    folder: Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    protocols: Sequence[str] = PROTOCOLS,
    variants: Sequence[str] = tuple(VARIANTS),
    epochs: Mapping[str, int] | None = None,
    seed: int = 0,
    threads: int | None = None,
    report: Report | None = None,
) -> Comparison:
    """Train every variant under every protocol, or read from `folder` what is done already.

    Parameters
    ----------
    file
        A table of labelled reviews of any form that `kernel.tables` reads, packed with gzip or
        not. None for the corpus of the post, `sentiment-posneg` of the registry.
    text_column, label_column
        Found by their names where None.
    folder
        Takes `<protocol>-<variant>.json` and `.safetensors` of each cell, and checkpoints.
    epochs
        By variant; the variant's own number where it is not named.
    threads
        Of torch while it trains; torch's own choice when None.

    Raises
    ------
    InputError
        The file cannot be read, holds too few reviews or one class, or the folder holds cells of
        other reviews or another seed.
    ParameterError
        A protocol, a variant or a number of epochs that does not exist.
    MissingExtra
        torch is not installed.
    """
    chosen = _chosen(protocols, variants, epochs or {})
    require("torch", "train")
    reviews = read_reviews(file, text_column=text_column, label_column=label_column)
    folder.mkdir(parents=True, exist_ok=True)
    cells = []
    for protocol in protocols:
        parts = split(protocol, reviews, seed=seed)
        for variant in chosen:
            cells.append(_cell(folder, parts, variant, seed, threads, report))
    return Comparison(tuple(cells))


def read_cells(folder: Path) -> Comparison:
    """The cells that are done in a folder, in the order of the table.

    Raises
    ------
    InputError
        A file there is not what `compare` wrote.
    """
    names = [f"{protocol}-{variant}.json" for protocol in PROTOCOLS for variant in VARIANTS]
    found = [read_cell(folder / name) for name in names]
    return Comparison(tuple(cell for cell in found if cell is not None))


def read_reviews(
    file: Path | None, *, text_column: str | None = None, label_column: str | None = None
) -> list[Review]:
    """The reviews of a labelled table, packed with gzip or not, or those of the post for None.

    Raises
    ------
    InputError
        The file cannot be read, or a label is not understood: names the row.
    DataError
        The corpus of the post is not here.
    """
    if file is None:
        return read_posneg(find_data("sentiment-posneg"))
    with _unpacked(file) as plain:
        read = read_labelled_texts(plain, text_column=text_column, label_column=label_column)
    return [Review(text, label) for text, label in zip(read.texts, read.labels, strict=True)]


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    if file.suffix != ".gz":
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / file.stem
        try:
            with gzip.open(file) as packed, plain.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{file} cannot be unpacked: {error}") from error
        yield plain


def render(comparison: Comparison) -> str:
    """The table for a terminal of 80 columns, one block a protocol, the post's figures beside."""
    blocks = []
    for protocol in PROTOCOLS:
        cells = [cell for cell in comparison.cells if cell.protocol == protocol]
        if cells:
            blocks.append("\n".join(_block(protocol, cells)))
    return "\n\n".join(blocks)


_TITLES = {
    "post": "The post's protocol: rows as they are, shuffled",
    "honest": "The honest protocol: no copies, nothing shared",
}
_LINE = "{:<14} {:>6} {:>7} {:>10} {:>6}  {:>19} {:>11}"


def _block(protocol: str, cells: Sequence[Cell]) -> list[str]:
    first = cells[0]
    lines = [
        f"{_TITLES[protocol]} ({first.train.total:,} train, {first.test.total:,} test)",
        _LINE.format("", "", "seconds", "", "train", "test %", "post: train"),
        _LINE.format("variant", "epochs", "/ epoch", "parameters", "%", "(95 %)", "test %"),
    ]
    for cell in cells:
        post = VARIANTS[cell.variant].post
        low, high = cell.test.interval
        lines.append(
            _LINE.format(
                cell.variant,
                cell.epochs,
                f"{cell.seconds_per_epoch:.1f}",
                f"{cell.parameters:,}",
                f"{100 * cell.train.accuracy:.2f}",
                f"{100 * cell.test.accuracy:.2f} ({100 * low:.2f}–{100 * high:.2f})",
                f"{post.train:.2f} {post.test:.2f}",
            )
        )
    if first.leak is not None:
        copied = first.leak.copied.total
        share = 100 * copied / first.test.total
        lines.append(
            f"Leak: {copied:,} of {first.test.total:,} test reviews ({share:.1f} %) "
            "were also trained on."
        )
        for cell in cells:
            if cell.leak is not None:
                lines.append(
                    f"  {cell.variant:<14} {_percent(cell.leak.copied)} right on those, "
                    f"{_percent(cell.leak.unseen)} on the others"
                )
    return lines


def _percent(share: Share) -> str:
    return f"{100 * share.accuracy:.2f} %" if share.total else "–"


def _row(cell: Cell) -> dict[str, Any]:
    post = VARIANTS[cell.variant].post
    low, high = cell.test.interval
    row = {
        "protocol": cell.protocol,
        "variant": cell.variant,
        "epochs": cell.epochs,
        "seconds_per_epoch": cell.seconds_per_epoch,
        "vocabulary": cell.vocabulary,
        "parameters": cell.parameters,
        "train_reviews": cell.train.total,
        "train_accuracy": cell.train.accuracy,
        "test_reviews": cell.test.total,
        "test_accuracy": cell.test.accuracy,
        "test_accuracy_low": low,
        "test_accuracy_high": high,
        "post_epochs": post.epochs,
        "post_train_accuracy": post.train / 100,
        "post_test_accuracy": post.test / 100,
    }
    if cell.leak is not None:
        copied, unseen = cell.leak.copied, cell.leak.unseen
        row["leaked_share"] = copied.total / cell.test.total
        row["leaked_accuracy"] = copied.accuracy if copied.total else None
        row["unleaked_accuracy"] = unseen.accuracy if unseen.total else None
    return row


def _chosen(
    protocols: Sequence[str], variants: Sequence[str], epochs: Mapping[str, int]
) -> list[Variant]:
    for name, given, known in (
        ("protocols", protocols, PROTOCOLS),
        ("variants", variants, tuple(VARIANTS)),
        ("epochs", tuple(epochs), tuple(VARIANTS)),
    ):
        unknown = [one for one in given if one not in known]
        if unknown:
            raise ParameterError(f"{name} must be of {', '.join(known)}, not {unknown[0]!r}")
    for name, number in epochs.items():
        if number < 1:
            raise ParameterError(f"epochs of {name} must be 1 or more, not {number}")
    return [
        replace(VARIANTS[name], epochs=epochs.get(name, VARIANTS[name].epochs)) for name in variants
    ]


def _cell(
    folder: Path,
    parts: Parts,
    variant: Variant,
    seed: int,
    threads: int | None,
    report: Report | None,
) -> Cell:
    stem = folder / f"{parts.protocol}-{variant.name}"
    identity = cell_identity(parts, variant, seed)
    done = read_cell(stem.with_suffix(".json"))
    if done is not None and done.identity != identity:
        raise InputError(
            f"{stem}.json is of other reviews or another seed: name an empty folder, or delete it"
        )
    if done is not None and done.epochs == variant.epochs:
        return done
    cell = _trained(stem, parts, variant, identity, seed, threads, _named(report, stem.name))
    write_cell(cell, stem.with_suffix(".json"))
    for checkpoint in folder.glob(f"{stem.name}.*.checkpoint"):
        checkpoint.unlink()
    return cell


def _trained(
    stem: Path,
    parts: Parts,
    variant: Variant,
    identity: str,
    seed: int,
    threads: int | None,
    report: Report | None,
) -> Cell:
    # Only training needs torch, so that reading and drawing the table does not.
    from gezhi.reading.sentiment import variant_networks as networks

    reviews = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    cut = {name: [units_of(r.text, variant.unit) for r in part] for name, part in reviews.items()}
    # The post counted units over the whole corpus; the honest protocol must not see the test.
    counted = cut["train"] + (cut["test"] if parts.protocol == "post" else [])
    vocabulary = Vocabulary.of(counted, least_seen=variant.least_seen)
    if not len(vocabulary):
        raise InputError(f"no {variant.unit} is seen {variant.least_seen} times: give more reviews")
    encoded = {name: encode(part, vocabulary, length=variant.length) for name, part in cut.items()}
    labels = {name: _labels(part) for name, part in reviews.items()}

    def right(network: Any, name: str) -> NDArray[np.bool_]:
        good: NDArray[np.bool_] = networks.log_odds(network, encoded[name]) > 0
        return np.equal(good, labels[name] > 0.5)

    def measure(network: Any) -> dict[str, float]:
        return {"validation": float(right(network, "validation").mean())} if validated else {}

    validated = len(parts.validation) > 0
    with networks.limited_threads(threads):
        network, records = networks.train_variant(
            variant,
            len(vocabulary),
            encoded["train"],
            labels["train"],
            seed=seed,
            subject=identity,
            # The learning rate falls with the number of epochs: another number, another run.
            checkpoint=stem.with_suffix(f".{variant.epochs}.checkpoint"),
            measure=measure,
            report=report,
        )
        answers = {name: right(network, name) for name in reviews}
    networks.save_network(network, vocabulary, stem.with_suffix(".safetensors"))
    copied, on_test = leaked(parts), answers["test"]
    counts_leak = parts.protocol == "post"
    return Cell(
        identity=identity,
        protocol=parts.protocol,
        variant=variant.name,
        epochs=len(records),
        seed=seed,
        seconds_per_epoch=sum(r.seconds for r in records) / len(records),
        vocabulary=len(vocabulary),
        parameters=networks.parameter_count(network),
        train=_share(answers["train"]),
        test=_share(on_test),
        validation=_share(answers["validation"]) if validated else None,
        leak=Leak(_share(on_test[copied]), _share(on_test[~copied])) if counts_leak else None,
        log=tuple(
            {"epoch": r.epoch, "loss": r.loss, "seconds": r.seconds, **r.metrics} for r in records
        ),
    )


def _labels(reviews: Sequence[Review]) -> NDArray[np.float32]:
    return np.array([review.label for review in reviews], dtype=np.float32)


def _share(right: NDArray[np.bool_]) -> Share:
    return Share(int(right.sum()), len(right))


def _named(report: Report | None, name: str) -> Report | None:
    if report is None:
        return None
    return lambda done, total, message: report(done, total, f"{name}: {message}")
