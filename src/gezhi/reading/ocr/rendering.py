"""Lines of print whose truth is known, drawn from fonts, to learn reading from.

A line is drawn at the size that it has on some page, on a background of its own, then spoilt as
pages are (blur, noise, JPEG, fewer pixels), cut out as roughly as a detector does, and brought to
the height that the recogniser reads at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.fonts import Font
from gezhi.kernel.pictures import jpeg_again, resized

__all__ = ["HEIGHT", "Drawn", "Line", "draw_text", "render_line", "smooth_noise"]

HEIGHT = 32
"""Pixels of a line that is read."""
_Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Text as ink, before it is put on anything.

    Attributes:
        ink: how much of each pixel is ink, in [0, 1], (height, width).
        spans: left and right of each character's ink, (n, 2); of a space, of the pen.
        top, bottom: rows between which the ink lies.
    """

    ink: _Floats
    spans: _Floats
    top: int
    bottom: int


@dataclass(frozen=True, eq=False)
class Line:
    """A line as the recogniser sees it.

    Attributes:
        picture: (HEIGHT, width) uint8.
        text: what it says.
        spans: left and right of each character, (n, 2), in its pixels.
    """

    picture: NDArray[np.uint8]
    text: str
    spans: _Floats


def draw_text(
    text: str, font: Font, size: int, *, spacing: float = 0.0, stroke: int = 0, narrow: float = 1.0
) -> Drawn:
    """Draw a line of text, as black ink on nothing.

    Args:
        text: one or more characters.
        font: that has them all.
        size: pixels of the em.
        spacing: pixels between characters beside what the font says.
        stroke: pixels by which strokes are thicker.
        narrow: width over the font's own.

    Raises:
        InputError: the font cannot be read.
    """
    glyphs = [font.glyph(one, size, stroke=stroke) for one in text]
    pen, places = 0.0, []
    for glyph in glyphs:
        places.append(pen)
        pen += glyph.advance + spacing
    inked = [(one, at) for one, at in zip(glyphs, places, strict=True) if one.mask.size]
    above = max([-one.top for one, _ in inked] + [size // 2])
    below = max([one.top + len(one.mask) for one, _ in inked] + [0])
    before = max([0] + [int(np.ceil(-one.left - at)) for one, at in inked])
    reach = [at + one.left + one.mask.shape[1] for one, at in inked]
    ink: _Floats = np.zeros(
        (above + below, before + int(np.ceil(max([pen, *reach]))) + 1), np.float32
    )
    spans: list[tuple[float, float]] = []
    for glyph, at in zip(glyphs, places, strict=True):
        left = before + round(at + glyph.left)
        height, width = glyph.mask.shape
        if glyph.mask.size:
            rows = slice(above + glyph.top, above + glyph.top + height)
            part = ink[rows, left : left + width]
            np.maximum(part, glyph.mask.astype(np.float32) / 255, out=part)
            spans.append((left, left + width))
        else:
            spans.append((before + at, before + at + glyph.advance))
    if narrow != 1.0:
        width = max(1, round(ink.shape[1] * narrow))
        thin = resized((ink * 255).astype(np.uint8), (len(ink), width))
        ink = np.asarray(thin, np.float32) / np.float32(255)
    rows_of_ink = np.flatnonzero(ink.max(axis=1) > 0.1)
    top, bottom = (rows_of_ink[0], rows_of_ink[-1] + 1) if len(rows_of_ink) else (0, len(ink))
    sides = np.array(spans, np.float32) * np.float32(narrow)
    return Drawn(ink, sides, int(top), int(bottom))


def smooth_noise(
    shape: tuple[int, int], cell: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """Noise in [0, 1] without detail finer than a cell of pixels."""
    height, width = shape
    small = random.integers(0, 256, (height // cell + 2, width // cell + 2), dtype=np.uint8)
    return np.asarray(resized(small, shape), np.float32) / np.float32(255)


def _background(
    shape: tuple[int, int], level: float, room: float, random: np.random.Generator
) -> _Floats:
    """Grey levels about a level, as far from it as there is room."""
    kind = random.random()
    if kind < 0.5:
        return np.full(shape, level, np.float32)
    if kind < 0.7:
        slope = np.linspace(-1, 1, shape[1], dtype=np.float32) * random.uniform(-1, 1)
        fall = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] * random.uniform(-1, 1)
        return np.asarray(level + 0.5 * room * (slope + fall), np.float32)
    found = np.full(shape, level, np.float32)
    for cell in random.choice([3, 6, 12, 24, 48], size=int(random.integers(1, 4)), replace=False):
        found += room * random.uniform(0.2, 0.7) * (smooth_noise(shape, int(cell), random) - 0.5)
    if random.random() < 0.3:  # edges of things behind the text
        for _ in range(int(random.integers(1, 4))):
            at = int(random.integers(0, shape[1]))
            found[:, at:] += room * random.uniform(-0.5, 0.5)
    return found


def _blurred(picture: _Floats, deviation: float) -> _Floats:
    reach = max(1, int(3 * deviation + 0.5))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    padded = np.pad(picture, reach, mode="edge")
    rows = sum(k * padded[i : i + len(picture)] for i, k in enumerate(kernel))
    width = picture.shape[1]
    return np.asarray(sum(k * rows[:, i : i + width] for i, k in enumerate(kernel)), np.float32)


def _bent(ink: _Floats, lean: float, slope: float, wave: float, random: Any) -> tuple[_Floats, Any]:
    """Lean to the right, climb, and wave; the picture and how far each row went."""
    height, width = ink.shape
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    phase, length = random.uniform(0, 6.28), random.uniform(3, 12) * height
    lift = slope * (columns - width / 2) + wave * np.sin(columns * 6.28 / length + phase)
    shift = lean * (height / 2 - rows)
    y, x = rows + lift, columns - shift
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = (y - top).astype(np.float32), (x - left).astype(np.float32)
    found = np.zeros_like(ink)
    for dy, wy in ((0, 1 - down), (1, down)):
        for dx, wx in ((0, 1 - right), (1, right)):
            yy, xx = top + dy, left + dx
            inside = (yy >= 0) & (yy < height) & (xx >= 0) & (xx < width)
            found += (
                np.where(inside, ink[yy.clip(0, height - 1), xx.clip(0, width - 1)], 0) * wy * wx
            )
    return found, shift


def _spread(ink: _Floats, by: int) -> _Floats:
    """The most ink within so many pixels."""
    padded = np.pad(ink, by)
    height, width = ink.shape
    found = ink
    for dy in range(2 * by + 1):
        for dx in range(2 * by + 1):
            if (dy - by) ** 2 + (dx - by) ** 2 <= by * by + 1:
                found = np.maximum(found, padded[dy : dy + height, dx : dx + width])
    return found


def render_line(
    text: str, font: Font, random: np.random.Generator, *, neighbours: Sequence[str] = ()
) -> Line:
    """Draw a line, put it on something, spoil it, and cut it out.

    Args:
        text: its characters, all of them in the font.
        font: to draw with.
        random: source of all chance.
        neighbours: texts of the lines above and below, of which an edge may be seen.

    Raises:
        InputError: the font cannot be read.
    """
    chance = random.random
    # Even ones only: a font is opened once for each size.
    size = 2 * round(float(np.exp(random.uniform(np.log(11), np.log(44)))) / 2)
    spacing = size * random.choice([0, 0, 0, 0.02, 0.05, 0.1, 0.2, 0.4]) * chance()
    stroke = 1 if size > 22 and chance() < 0.08 else 0
    narrow = random.uniform(0.75, 1.25) if chance() < 0.25 else 1.0
    drawn = draw_text(text, font, size, spacing=spacing, stroke=stroke, narrow=narrow)
    margins = (size * random.uniform(-0.03, 0.28, 4)).clip(-1, None)
    margins[2:] = size * random.uniform(0.0, 0.6, 2)
    pad = size
    ink = np.pad(drawn.ink, pad)
    spans = drawn.spans + pad
    if chance() < 0.25:
        lean = random.uniform(-0.25, 0.25) if chance() < 0.4 else 0.0
        slope = random.uniform(-0.03, 0.03) * min(1.0, 12 * size / ink.shape[1])
        wave = random.uniform(0, 0.06) * size if chance() < 0.3 else 0.0
        ink, _ = _bent(ink, lean, slope, wave, random)
    rows = np.flatnonzero(ink.max(axis=1) > 0.1)
    first, last = (rows[0], rows[-1] + 1) if len(rows) else (pad, len(ink) - pad)
    if last - first < 0.5 * size and chance() < 0.7:
        # A dash or a dot alone is cut out with the height of its line.
        first, last = min(first, int(pad + 0.1 * size)), max(last, int(pad + 0.9 * size))
    # ---- colours
    light = random.uniform(0, 255)
    most = max(light, 255 - light)
    contrast = random.uniform(25, 70) if chance() < 0.15 else random.uniform(60, most)
    contrast = min(contrast, most)
    up = light + contrast <= 255 and (light - contrast < 0 or chance() < 0.5)
    dark = light + contrast if up else light - contrast
    page = _background(ink.shape, light, min(0.8 * contrast, 120), random)
    if chance() < 0.08:
        far = max(1, round(size * random.uniform(0.03, 0.1)))
        other = random.uniform(0, 255)
        around = _spread(ink, min(far, 3))
        page = page * (1 - around) + other * around
        if abs(other - dark) < 60:
            dark = 255.0 if other < 128 else 0.0
    elif chance() < 0.08:
        dx, dy = random.integers(1, max(2, size // 10) + 1, 2)
        shade = np.roll(ink, (int(dy), int(dx)), (0, 1)) * random.uniform(0.2, 0.7)
        page = page * (1 - shade) + random.uniform(0, 255) * shade
    for side, other_text in zip((-1, 1), neighbours, strict=False):
        if chance() < 0.3:
            page = _with_neighbour(page, other_text, font, size, dark, side, (first, last), random)
    if chance() < 0.04:
        at = int(last + random.uniform(0, 0.15) * size)
        page[min(at, len(page) - 1)] = dark
    tone: Any = dark
    if chance() < 0.1:
        tone = dark + np.linspace(-1, 1, len(ink), dtype=np.float32)[:, None] * 0.25 * contrast
    picture = page * (1 - ink) + tone * ink
    top, bottom = first - int(margins[0]), last + int(np.ceil(margins[1]))
    left = max(0, int(spans[0, 0] - margins[2]))
    right = min(picture.shape[1], int(spans[-1, 1] + margins[3]) + 1)
    top, bottom = max(0, top), min(len(picture), max(bottom, top + 4))
    picture, spans = picture[top:bottom, left:right], spans - left
    return _spoilt(np.ascontiguousarray(picture), spans, text, size, random)


def _with_neighbour(
    page: _Floats,
    text: str,
    font: Font,
    size: int,
    dark: float,
    side: int,
    between: tuple[int, int],
    random: np.random.Generator,
) -> _Floats:
    """An edge of the line above (-1) or below (1)."""
    ink = draw_text(text, font, size).ink
    gap = round(size * random.uniform(0.05, 0.5))
    page = page.copy()
    at = between[0] - gap - len(ink) if side < 0 else between[1] + gap
    rows = slice(max(0, at), max(0, min(len(page), at + len(ink))))
    part = ink[rows.start - at : rows.stop - at, : page.shape[1]]
    where = page[rows, : part.shape[1]]
    page[rows, : part.shape[1]] = where * (1 - part) + dark * part
    return page


def _spoilt(
    picture: _Floats, spans: _Floats, text: str, size: int, random: np.random.Generator
) -> Line:
    """What cameras, screens and files do to a line, and its final size."""
    chance = random.random
    bad = chance() < 0.6
    if bad and chance() < 0.4:
        picture = _blurred(picture, random.uniform(0.3, 0.35 + 0.05 * size * chance()))
    height, width = picture.shape
    factor = 1.0
    if bad and chance() < 0.3 and size > 15:
        factor = max(random.uniform(0.4, 0.95), 10 / size)
        shape = (max(4, round(height * factor)), max(2, round(width * factor)))
        picture = resized(picture.clip(0, 255).astype(np.uint8), shape).astype(np.float32)
    if bad and chance() < 0.4:
        picture = picture + random.normal(0, random.uniform(2, 28), picture.shape).astype(
            np.float32
        )
    if bad and chance() < 0.08:
        hit = random.random(picture.shape) < random.uniform(0.01, 0.1)
        picture = np.where(hit, random.choice([0.0, 255.0], picture.shape), picture)
    seen = picture.clip(0, 255).astype(np.uint8)
    if bad and chance() < 0.45:
        seen = jpeg_again(seen, int(random.integers(10, 85)))
    final = max(8, round(seen.shape[1] * HEIGHT / seen.shape[0]))
    scale = final / width
    return Line(resized(seen, (HEIGHT, final)), text, (spans * scale).astype(np.float32))
