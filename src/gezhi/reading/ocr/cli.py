"""``gezhi read ocr``."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import MOST_PIXELS
from gezhi.kernel.verbs import LITERAL, UsualVerb

if TYPE_CHECKING:
    from gezhi.kernel.pdf import SearchablePdf
    from gezhi.reading.ocr.batch import Outcome
    from gezhi.reading.ocr.line_training import Lesson

__all__ = ["ocr"]

_NO_TEXT = 3
_HELD = 20
_WEIGHT = 0.25
_MODES = ("page", "line", "character")

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


@click.group(
    cls=UsualVerb, usual="read", things="files", subcommand_metavar="FILE... | VERB [ARGS]...",
    short_help="Printed Chinese in pictures and PDFs.",
)  # fmt: skip
def ocr() -> None:
    """Read printed Chinese in pictures: text, boxes and confidences.

    FILE is a picture, a PDF or a folder of them; - reads one from stdin. The first argument that
    equals a verb is the verb; what follows -- is files.

    \b
      gezhi read ocr photo.jpg
      gezhi read ocr --json scans/ > pages.jsonl
      gezhi read ocr --pdf searchable.pdf scan.pdf
    """


@ocr.command("read", short_help="Read files: the verb when none is named.")
@click.argument("files", metavar="FILE...", nargs=-1)
@click.option("--text", "format_", flag_value="text", default=True, help="Print text (the usual).")
@click.option("--json", "format_", flag_value="json", help="Print one JSON object a picture.")
@click.option("--tsv", "format_", flag_value="tsv", help="Print a table, one row a line of text.")
@click.option("--hocr", "format_", flag_value="hocr", help="Print hOCR.")
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT",
              help="Write a PDF whose text can be searched, too.")  # fmt: skip
@click.option("--mode", type=click.Choice(_MODES), default="page", show_default=True,
              help="What a picture shows.")  # fmt: skip
@click.option("--language", metavar="NAME", default="chinese-bigrams", show_default=True,
              help="Name or folder of the language model, or none.")  # fmt: skip
@click.option("--weight", type=click.FloatRange(min=0), default=_WEIGHT, show_default=True,
              help="Of the language model; 0 does without.")  # fmt: skip
@click.option("--detector", metavar="NAME", default="ocr-text", show_default=True,
              help="Name or folder of the network that finds text.")  # fmt: skip
@click.option("--recogniser", metavar="NAME", default="ocr-line", show_default=True,
              help="Name or folder of the recogniser of lines.")  # fmt: skip
@click.option("--glyphs", metavar="NAME", default="ocr-glyph", show_default=True,
              help="Name or folder of the network that names single glyphs.")  # fmt: skip
@click.option("--engine", type=click.Choice(("line", "glyph")), default="line", show_default=True,
              help="Recogniser of lines, or the classic path.")  # fmt: skip
@click.option("--explain", metavar="DIR", default="",
              help="Folder that gets pictures of every step.")  # fmt: skip
@click.option("--most-pixels", type=click.IntRange(min=1), default=MOST_PIXELS, show_default=True,
              help="Refuse larger pictures before they are decoded.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes that read.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1),
              help="Threads of one; OMP_NUM_THREADS or all cores if not given.")  # fmt: skip
@_QUIET
def read_files(
    files: tuple[str, ...],
    format_: str,
    pdf: Path | None,
    workers: int,
    quiet: bool,
    **chosen: Any,
) -> None:
    """Read pictures and PDFs (this is the verb when none is named).

    With --json each picture gives one line with file, width, height and lines; each line has text,
    box (left, top, right, bottom), confidence and characters. What cannot be read is named on
    stderr and the rest is read. The exit code is 1 where a file could not be read, and 3 where no
    file had text.
    """
    from gezhi.kernel.pdf import SearchablePdf
    from gezhi.kernel.progress import Progress
    from gezhi.reading.ocr.batch import Options, read_sources
    from gezhi.reading.ocr.formats import TSV_HEAD, hocr_document
    from gezhi.reading.ocr.sources import sources

    literal = click.get_current_context().meta.get(LITERAL, ())
    if not (*files, *literal):
        raise click.UsageError("give a picture, a PDF, a folder, or - for stdin")
    if chosen["language"] == "none":
        chosen["language"] = ""
    options = Options(**chosen)
    written = SearchablePdf() if pdf is not None else None
    problems, pages, lines = 0, 0, 0
    head, _, tail = hocr_document("\0").partition("\0") if format_ == "hocr" else ("", "", "")
    click.echo(TSV_HEAD if format_ == "tsv" else head, nl=False)
    with ExitStack() as stack:
        named, given = _named(files, literal, stack)
        # On a terminal the text itself shows how far the reading is.
        report = stack.enter_context(Progress("reading", quiet=quiet or sys.stdout.isatty()))
        for outcome in read_sources(sources(given), options, workers=workers):
            name = named.get(outcome.source.name, outcome.source.name)
            if outcome.page is None:
                problems += 1
                problem = outcome.problem.replace(outcome.source.path.name, Path(name).name)
                click.echo(f"gezhi: {problem}", err=True)
                continue
            between = "\f" if pages and format_ == "text" else ""
            click.echo(between + _shown(outcome, name, format_), nl=False)
            pages += 1
            lines += len(outcome.page.lines)
            if written is not None:
                _add(written, outcome, options.most_pixels)
            report(pages + problems, None, name)
    click.echo(tail, nl=False)
    if written is not None and pdf is not None and len(written):
        with atomic_write(pdf) as file:
            written.write(file)
    _end(pages, lines, problems, quiet=quiet)


def _end(pages: int, lines: int, problems: int, *, quiet: bool) -> None:
    if problems:
        if not quiet and pages + problems > 1:
            click.echo(f"{problems:,} of {pages + problems:,} could not be read", err=True)
        click.get_current_context().exit(1)
    if not lines:
        if not quiet:
            click.echo("no text was found", err=True)
        click.get_current_context().exit(_NO_TEXT)


def _named(
    files: Sequence[str], literal: Sequence[str], stack: ExitStack
) -> tuple[dict[str, str], list[str]]:
    """What to read, with stdin put into a file of its own; and how such files are called."""
    named: dict[str, str] = {}
    given: list[str] = []
    for one in files:
        if one == "-" and "-" not in named.values():
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            path = Path(folder) / "stdin"
            with path.open("wb") as kept:
                shutil.copyfileobj(sys.stdin.buffer, kept)
            named[str(path)] = "-"
            given.append(str(path))
        else:
            given.append(one)
    return named, [*given, *literal]


def _shown(outcome: Outcome, name: str, format_: str) -> str:
    from gezhi.reading.ocr import formats

    page, number = outcome.page, outcome.source.page + 1
    assert page is not None
    if format_ == "json":
        plain = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
        return formats.as_json(
            page, file=name, number=number, pages=outcome.source.pages, ascii_only=plain != "utf8"
        )
    if format_ == "tsv":
        return formats.as_tsv(page, file=name, number=number)
    if format_ == "hocr":
        return formats.as_hocr(page, file=name, number=number)
    return formats.as_text(page)


def _add(written: SearchablePdf, outcome: Outcome, most_pixels: int) -> None:
    """Add what was read to the PDF: the page as it was, or the picture, and the text over it."""
    from gezhi.kernel.pdf import Words
    from gezhi.reading.ocr.sources import picture_of

    page, source = outcome.page, outcome.source
    assert page is not None
    words = []
    for line in page.lines:
        if line.vertical:
            words += [Words(one.text, one.box) for one in line.characters]
        else:
            words.append(Words(line.text, line.box))
    if source.pdf:
        written.add_page(source.path, source.page, (page.height, page.width), words)
    else:
        written.add_picture(picture_of(source, most_pixels=most_pixels), words)


@ocr.group(short_help="Make a language model.")
def lm() -> None:
    """Make a language model, which tells likely characters from unlikely ones."""


@lm.command("train", short_help="From texts.")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder to write.")  # fmt: skip
@click.option("--least", type=click.IntRange(min=1), default=2, show_default=True,
              help="Leave out pairs that are seen less often.")  # fmt: skip
@_JSON
def train_language(files: Sequence[Path], output: Path, least: int, as_json: bool) -> None:
    """Count the pairs of characters of UTF-8 texts (.gz too) and write them to a folder.

    Use it with --language FOLDER. The perplexity that is shown is of every twentieth line, by a
    model of the others; the model that is written is of all lines.
    """
    from gezhi.reading.language_model import LanguageModel
    from gezhi.reading.ocr.texts import normal, read_lines

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output} exists already; choose another folder")
    lines = [normal(one) for one in read_lines(files)]
    model = LanguageModel.fit(lines, least=least)
    found: dict[str, Any] = dict(model.training)
    if len(lines) >= _HELD:
        others = [one for number, one in enumerate(lines) if number % _HELD]
        found["perplexity"] = LanguageModel.fit(others, least=least).perplexity(lines[::_HELD])
    model.save(output, name=output.name)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{found['characters']:,} characters, {found['pairs']:,} pairs")
    if "perplexity" in found:
        click.echo(f"perplexity of every twentieth line: {found['perplexity']:.1f}")
    click.echo(output)


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


@train.command(short_help="The network that names single glyphs.")
@_OUTPUT
@_FONTS
@_TEXT
@_HOLD
@click.option("--epochs", type=click.IntRange(min=1), default=40, show_default=True,
              help="Of 65,536 glyphs each.")  # fmt: skip
@click.option("--level-2", is_flag=True, help="All 6,763 characters of GB 2312, not the 3,755.")
@_SEED
@_JSON
@_QUIET
def glyph(
    output: Path,
    fonts: Sequence[Path],
    text: Sequence[Path],
    hold: Sequence[str],
    epochs: int,
    level_2: bool,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the network that names single glyphs and write it to a folder.

    Finished epochs are kept: the same command goes on where it was stopped. What is measured is how
    many glyphs of the fonts that are held back are named right, clean and with 15 % of their pixels
    made black or white. Needs the extra 'train'.
    """
    from dataclasses import replace

    from gezhi.kernel.extras import require

    require("torch", "train")
    from gezhi.reading.ocr.alphabet import alphabet
    from gezhi.reading.ocr.teaching import glyph_accuracy, parted_fonts, teach_glyph
    from gezhi.reading.ocr.texts import Texts, read_lines

    texts = Texts(read_lines(text))
    learnt, kept = parted_fonts(fonts, hold)
    characters = alphabet(level_2=level_2)
    with _kept(output, quiet=quiet) as how:
        model = teach_glyph(learnt, texts, characters, epochs=epochs, seed=seed, **how)
        found = {
            name: glyph_accuracy(model, kept or learnt, seed=seed + 1, noise=noise)
            for name, noise in (("clean", 0.0), ("noisy", 0.15))
        }
        replace(model, metrics=found).save(output)
    if as_json:
        click.echo(json.dumps({**found, **model.training}))
        return
    click.echo(f"{100 * found['clean']:.2f} % named right, {100 * found['noisy']:.2f} % with noise")
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
