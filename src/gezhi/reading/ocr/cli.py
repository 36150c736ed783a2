"""``gezhi read ocr``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gezhi.reading.ocr.line_training import Lesson

__all__ = ["ocr"]

_FONTS = click.option(
    "--fonts",
    multiple=True,
    default=("/usr/share/fonts",),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Font file, or folder of them; may be said again.",
)
_TEXT = click.option(
    "--text",
    multiple=True,
    type=click.Path(path_type=Path),
    help="UTF-8 text to draw, .gz too; may be said again.",
)
_HOLD = click.option(
    "--hold", multiple=True, metavar="NAME", help="Hold back fonts whose files begin so."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_QUIET = click.option("--quiet", is_flag=True, help="Draw no progress bar.")


@click.group(short_help="Printed Chinese in pictures (so far: training).")
def ocr() -> None:
    """Read printed Chinese in pictures. So far its networks can be trained."""


@ocr.group(short_help="Train what reads.")
def train() -> None:
    """Train what reads, from fonts and texts."""


_OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
_WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Processes that draw.",
)
_SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance."
)


@train.command(short_help="The recogniser of lines.")
@_OUTPUT
@_FONTS
@_TEXT
@_HOLD
@click.option("--epochs", type=click.IntRange(min=1), default=60, show_default=True,
              help="Of 8,192 lines each.")  # fmt: skip
@_WORKERS
@_SEED
@_JSON
@_QUIET
def line(
    output: Path,
    fonts: Sequence[Path],
    text: Sequence[Path],
    hold: Sequence[str],
    epochs: int,
    workers: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the recogniser of lines on drawn lines and write it to a folder.

    Finished epochs are kept: the same command goes on where it was stopped. What is measured is the
    character error rate on lines of the fonts that are held back. Needs the extra 'train'.
    """
    from gezhi.kernel.extras import require

    require("torch", "train")
    from gezhi.reading.ocr.teaching import line_error, measured, teach_line

    lesson, others = _lessons(fonts, text, hold)
    with _kept(output, quiet=quiet) as how:
        model = teach_line(lesson, epochs=epochs, seed=seed, workers=workers, **how)
        found = {"own_fonts": line_error(model, lesson, seed=seed + 1)}
        if others is not None:
            found["held_fonts"] = line_error(model, others, seed=seed + 1)
        measured(model, **found).save(output)
    if as_json:
        click.echo(json.dumps({**found, **model.training}))
        return
    for name, error in found.items():
        click.echo(f"{name.replace('_', ' ')}: {100 * error:.2f} % of characters wrong")
    click.echo(output)


@train.command(short_help="The network that finds text.")
@_OUTPUT
@_FONTS
@_TEXT
@_HOLD
@click.option("--epochs", type=click.IntRange(min=1), default=20, show_default=True,
              help="Of 2,048 pages each.")  # fmt: skip
@_WORKERS
@_SEED
@_JSON
@_QUIET
def detector(
    output: Path,
    fonts: Sequence[Path],
    text: Sequence[Path],
    hold: Sequence[str],
    epochs: int,
    workers: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the network that finds lines on drawn pages and write it to a folder.

    Finished epochs are kept: the same command goes on where it was stopped. What is measured is how
    many lines of new pages, of held-back fonts where there are some, are found, and how much of
    what is found is a line (boxes that share half of what they cover). Needs the extra 'train'.
    """
    from dataclasses import replace

    from gezhi.kernel.extras import require

    require("torch", "train")
    from gezhi.reading.ocr.teaching import teach_text, text_found

    lesson, others = _lessons(fonts, text, hold)
    with _kept(output, quiet=quiet) as how:
        model = teach_text(lesson, epochs=epochs, seed=seed, workers=workers, **how)
        recall, precision = text_found(model, others or lesson, seed=seed + 1)
        found = {"recall": recall, "precision": precision}
        replace(model, metrics=found).save(output)
    if as_json:
        click.echo(json.dumps({**found, **model.training}))
        return
    click.echo(f"{100 * recall:.1f} % of lines found, {100 * precision:.1f} % of what is found are")
    click.echo(output)


def _lessons(
    fonts: Sequence[Path], text: Sequence[Path], hold: Sequence[str]
) -> tuple[Lesson, Lesson | None]:
    """What to learn from, and the same with the fonts that are held back."""
    from gezhi.reading.ocr.alphabet import alphabet
    from gezhi.reading.ocr.line_training import Lesson
    from gezhi.reading.ocr.teaching import parted_fonts
    from gezhi.reading.ocr.texts import Texts, read_lines

    texts = Texts(read_lines(text))
    learnt, kept = parted_fonts(fonts, hold)
    numbers = {character: number for number, character in enumerate(alphabet())}
    return Lesson(learnt, texts, numbers), Lesson(kept, texts, numbers) if kept else None


@contextmanager
def _kept(output: Path, *, quiet: bool) -> Iterator[dict[str, Any]]:
    """A checkpoint beside the output, gone when all is done, and a progress bar."""
    from gezhi.kernel.progress import Progress

    output.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = output.with_name(f".{output.name}.training")
    with Progress("training", quiet=quiet) as report:
        yield {"checkpoint": checkpoint, "report": report}
    checkpoint.unlink(missing_ok=True)
