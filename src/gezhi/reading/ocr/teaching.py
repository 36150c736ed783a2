"""Training of the OCR's networks from fonts and texts, from beginning to bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from gezhi.errors import InputError
from gezhi.kernel.fonts import Font, find_fonts
from gezhi.kernel.training import train
from gezhi.reading.ocr.alphabet import alphabet, plain
from gezhi.reading.ocr.export import export_glyph, export_line, export_text
from gezhi.reading.ocr.glyph_model import GlyphModel, Piece
from gezhi.reading.ocr.glyph_network import GlyphNetwork, GlyphSize
from gezhi.reading.ocr.glyph_training import Glyphs, drawn_atlas, glyph_loss
from gezhi.reading.ocr.line_model import LineModel
from gezhi.reading.ocr.line_network import LineNetwork, Size
from gezhi.reading.ocr.line_training import Lesson, Lines, line_loss
from gezhi.reading.ocr.pages import render_page
from gezhi.reading.ocr.text_model import TextModel
from gezhi.reading.ocr.text_network import TextNetwork, TextSize
from gezhi.reading.ocr.text_training import Pages, text_loss
from gezhi.reading.ocr.texts import Texts, normal

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "class_weights",
    "edit_distance",
    "glyph_accuracy",
    "line_error",
    "matched",
    "measured",
    "parted_fonts",
    "teach_glyph",
    "teach_line",
    "teach_text",
    "text_found",
]

#: What a font has to have to be taught from.
_NEEDED = "永国东这的一人我"
_WIDE = "，：；！？（）"
_HELD_LINES = 400
_Box = tuple[float, float, float, float]


def parted_fonts(
    places: Sequence[Path | str], held: Sequence[str]
) -> tuple[list[tuple[Font, frozenset[str]]], list[tuple[Font, frozenset[str]]]]:
    """Fonts to learn from, and fonts held back, each with the characters that it has.

    Of a collection one face is taken: the one named by its number in Noto's files of Chinese,
    Japanese and Korean (2, Simplified Chinese), else the first.

    Args:
        places: files and folders of fonts.
        held: beginnings of names of font files that are held back.

    Raises:
        InputError: there is no font to learn from.
    """
    asked = set(alphabet() + _WIDE)
    learnt: list[tuple[Font, frozenset[str]]] = []
    kept: list[tuple[Font, frozenset[str]]] = []
    for font in find_fonts(places, _NEEDED):
        if font.index != (2 if font.path.name.startswith("Noto") else 0):
            continue
        apart = any(font.path.name.startswith(one) for one in held)
        (kept if apart else learnt).append((font, font.covered(asked)))
    if not learnt:
        raise InputError(
            "there is no font of Chinese to learn from in " + ", ".join(map(str, places))
        )
    return learnt, kept


def teach_line(
    lesson: Lesson,
    *,
    epochs: int,
    lines: int = 8192,
    seed: int = 0,
    rate: float = 2e-3,
    size: Size | None = None,
    workers: int = 0,
    device: str = "auto",
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> LineModel:
    """Train a line recogniser.

    Args:
        lesson: where lines come from; its numbers are those of `alphabet`.
        epochs: of so many lines each.
        lines: of an epoch.
        seed: of all chance.
        rate: the largest learning rate; it rises for a twentieth of the steps and falls to nothing.
        size: of the network.
        workers: processes that draw lines.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        checkpoint: file that every epoch is written to, and read from where it exists.
        report: called with steps done, steps in all and a message.

    Raises:
        ParameterError: the training diverged, or the checkpoint is of another.
    """
    torch.manual_seed(seed)
    shape = size or Size(len(lesson.numbers))
    network = LineNetwork(shape)
    subject = f"ocr line {asdict(shape)} {len(lesson.fonts)} fonts {lines} {epochs} {rate} {seed}"

    def batches(epoch: int, _: Any) -> Lines:
        return Lines(lesson, lines, seed * 1_000_003 + epoch, workers)

    said = _taught(
        network, batches, line_loss, subject, epochs, rate, seed, device, checkpoint, report
    )
    ordered = "".join(sorted(lesson.numbers, key=lesson.numbers.__getitem__))
    said |= {"lines": lines * epochs, "fonts": len(lesson.fonts)}
    return LineModel(export_line(network), ordered, {}, said)


def teach_text(
    lesson: Lesson,
    *,
    epochs: int,
    pages: int = 2048,
    seed: int = 0,
    rate: float = 2e-3,
    size: TextSize | None = None,
    workers: int = 0,
    device: str = "auto",
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> TextModel:
    """Train a network that finds text, on drawn pages; as `teach_line`."""
    torch.manual_seed(seed)
    network = TextNetwork(size)
    subject = f"ocr text {asdict(network.size)} {len(lesson.fonts)} {pages} {epochs} {rate} {seed}"

    def batches(epoch: int, _: Any) -> Pages:
        return Pages(lesson, pages, seed * 1_000_003 + epoch, workers)

    said = _taught(
        network, batches, text_loss, subject, epochs, rate, seed, device, checkpoint, report
    )
    said |= {"pages": pages * epochs, "fonts": len(lesson.fonts)}
    return TextModel(export_text(network), {}, said)


def teach_glyph(
    fonts: Sequence[tuple[Font, frozenset[str]]],
    texts: Texts,
    characters: str,
    *,
    epochs: int,
    glyphs: int = 1 << 16,
    seed: int = 0,
    rate: float = 3e-3,
    size: GlyphSize | None = None,
    device: str = "auto",
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> GlyphModel:
    """Train a glyph network.

    Args:
        fonts: to draw with, each with the characters that it has.
        texts: by which frequent characters are shown more often.
        characters: the classes, in their order.
        epochs: of so many glyphs each.
        glyphs: of an epoch.
        seed, rate, size, device, checkpoint, report: as of `teach_line`.

    Raises:
        InputError: no font has any of the characters.
        ParameterError: the training diverged, or the checkpoint is of another.
    """
    torch.manual_seed(seed)
    shape = size or GlyphSize(len(characters) + 1)
    network = GlyphNetwork(shape)
    atlas = drawn_atlas(fonts, {one: number for number, one in enumerate(characters)})
    weights = class_weights(texts.lines, characters)
    subject = f"ocr glyph {asdict(shape)} {len(atlas)} {glyphs} {epochs} {rate} {seed}"

    def batches(epoch: int, _: Any) -> Glyphs:
        return Glyphs(atlas, weights, glyphs, seed * 1_000_003 + epoch)

    said = _taught(
        network, batches, glyph_loss, subject, epochs, rate, seed, device, checkpoint, report
    )
    said |= {"glyphs": glyphs * epochs, "fonts": len(fonts)}
    return GlyphModel(export_glyph(network), characters, {}, said)


def class_weights(lines: Sequence[str], characters: str) -> NDArray[np.float64]:
    """How often each character is shown: all alike, frequent ones up to three times as often.

    >>> class_weights(["的的的的"], "的日").tolist()
    [1.5, 0.5]
    """
    counts = Counter(one for line in lines for one in normal(line))
    seen = np.array([counts[one] for one in characters], np.float64)
    usual = np.sqrt(seen / max(float(seen.max()), 1.0))
    weights = 0.5 + usual
    return np.asarray(weights)


def glyph_accuracy(
    model: GlyphModel,
    fonts: Sequence[tuple[Font, frozenset[str]]],
    *,
    seed: int,
    noise: float = 0.0,
    number: int = 2000,
) -> float:
    """Share of single glyphs that are named right, of a share of pixels made black or white.

    Each is drawn black on white at 32 to 64 pixels, with an eighth of its size about it, and its
    place on a line is not told. Capital and small letters of one shape count as one.
    """
    random = np.random.default_rng(seed)
    known = set(model.alphabet)
    right = 0
    for _ in range(number):
        font, has = fonts[int(random.integers(len(fonts)))]
        usable = sorted(has & known)
        character = usable[int(random.integers(len(usable)))]
        size = int(random.integers(32, 65))
        mask = font.glyph(character, size).mask
        rows, columns = (np.flatnonzero(mask.any(axis=at)) for at in (1, 0))
        tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        paper = np.pad(255 - tight, size // 8, constant_values=255)
        hit = random.random(paper.shape)
        paper[hit < noise / 2], paper[hit > 1 - noise / 2] = 0, 255
        (verdict,) = model.verdicts([Piece(paper)])
        found = verdict.candidates[0][0]
        right += found.casefold() == character.casefold()
    return right / number


def _taught(
    network: torch.nn.Module,
    batches: Callable[[int, torch.Generator], Any],
    loss: Any,
    subject: str,
    epochs: int,
    rate: float,
    seed: int,
    device: str,
    checkpoint: Path | None,
    report: Report | None,
) -> dict[str, Any]:
    """Train a network in place; what is to be said of it."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    steps = epochs * len(batches(0, torch.Generator()))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=max(steps, 2), pct_start=0.05
    )
    records = train(
        network, batches, loss, optimiser, epochs=epochs, seed=seed, device=device, subject=subject,
        checkpoint=checkpoint, schedule=schedule, clip_norm=5.0, autocast=torch.bfloat16,
        report=report,
    )  # fmt: skip
    seconds = round(sum(one.seconds for one in records), 1)
    return {"epochs": epochs, "seed": seed, "seconds": seconds, "loss": records[-1].loss}


def line_error(model: LineModel, lesson: Lesson, *, seed: int, number: int = _HELD_LINES) -> float:
    """Character error rate on drawn lines: edits over characters, spaces not counted."""
    random = np.random.default_rng(seed)
    wrong = total = 0
    for _ in range(number):
        line = lesson.line(random)
        truth = plain(normal(line.text))
        read = "".join(one.candidates[0][0] for one in model.spots(line.picture))
        wrong += edit_distance(plain(read), truth)
        total += len(truth)
    return wrong / max(total, 1)


def text_found(
    model: TextModel, lesson: Lesson, *, seed: int, number: int = 64
) -> tuple[float, float]:
    """Recall and precision of boxes on drawn pages: right where they share half of both."""
    random = np.random.default_rng(seed)
    pages = Pages(lesson, 1, seed)
    right = asked = told = 0
    for _ in range(number):
        page = render_page(pages.source, random, side=384)
        found = [one.box for one in model.find(page.picture)]
        wanted = [one.box for one in page.lines]
        right += matched(found, wanted)
        asked += len(wanted)
        told += len(found)
    return right / max(asked, 1), right / max(told, 1)


def matched(found: Sequence[_Box], wanted: Sequence[_Box]) -> int:
    """How many boxes of one list have one of the other for their own, the best first.

    Two boxes belong together where what they share is half of what both cover or more.

    >>> matched([(0, 0, 10, 10), (0, 0, 9, 9)], [(0, 0, 10, 12)])
    1
    """
    pairs = []
    for i, (left, top, right, bottom) in enumerate(found):
        for j, (a, b, c, d) in enumerate(wanted):
            shared = max(0.0, min(right, c) - max(left, a)) * max(0.0, min(bottom, d) - max(top, b))
            both = (right - left) * (bottom - top) + (c - a) * (d - b) - shared
            if shared >= 0.5 * both > 0:
                pairs.append((shared / both, i, j))
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
    return len(taken_i)


def edit_distance(one: str, other: str) -> int:
    """The fewest insertions, deletions and replacements from one text to another.

    >>> edit_distance("电柳机", "电视机")
    1
    """
    row = np.arange(len(other) + 1)
    letters = np.array(list(other), dtype="U1")
    for number, letter in enumerate(one, 1):
        changed = row[:-1] + (letters != letter)
        best = np.concatenate([[number], np.minimum(row[1:] + 1, changed)])
        # Insertions run along the row: the least of what stands to the left, and the way from it.
        row = np.minimum.accumulate(best - np.arange(len(best))) + np.arange(len(best))
    return int(row[-1])


def measured(model: LineModel, **metrics: float) -> LineModel:
    """The model with more said of what was measured."""
    return replace(model, metrics={**model.metrics, **metrics})
