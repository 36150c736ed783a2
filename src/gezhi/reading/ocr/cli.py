"""``gezhi read ocr``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

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


@train.command(short_help="The recogniser of lines.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
@_FONTS
@_TEXT
@_HOLD
@click.option("--epochs", type=click.IntRange(min=1), default=60, show_default=True,
              help="Of 8,192 lines each.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=0), default=0, show_default=True,
              help="Processes that draw lines.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance."
)
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
    from gezhi.kernel.progress import Progress

    require("torch", "train")
    from gezhi.reading.ocr.alphabet import alphabet
    from gezhi.reading.ocr.line_training import Lesson
    from gezhi.reading.ocr.teaching import line_error, measured, parted_fonts, teach_line
    from gezhi.reading.ocr.texts import Texts, read_lines

    learnt, kept = parted_fonts(fonts, hold)
    texts = Texts(read_lines(text))
    numbers = {character: number for number, character in enumerate(alphabet())}
    lesson = Lesson(learnt, texts, numbers)
    output.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = output.with_name(f".{output.name}.training")
    with Progress("training", quiet=quiet) as report:
        model = teach_line(
            lesson, epochs=epochs, seed=seed, workers=workers, checkpoint=checkpoint, report=report
        )
    found = {"own_fonts": line_error(model, lesson, seed=seed + 1)}
    if kept:
        found["held_fonts"] = line_error(model, Lesson(kept, texts, numbers), seed=seed + 1)
    measured(model, **found).save(output)
    checkpoint.unlink(missing_ok=True)
    if as_json:
        click.echo(json.dumps({**found, **model.training}))
        return
    for name, error in found.items():
        click.echo(f"{name.replace('_', ' ')}: {100 * error:.2f} % of characters wrong")
    click.echo(output)
