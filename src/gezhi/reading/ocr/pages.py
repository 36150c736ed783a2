"""Whole pages whose lines are known, drawn from fonts: documents, posters, columns.

What a detector of lines learns from: a picture, and where its lines are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.fonts import Font
from gezhi.kernel.pictures import jpeg_again, resized
from gezhi.reading.ocr.rendering import draw_text, smooth_noise

__all__ = ["Page", "Placed", "Source", "render_page"]

_Floats = NDArray[np.float32]
Source = Callable[[np.random.Generator, int], tuple[Font, str]]
"""Gives a font and a text that it has all characters of, of at most so many."""


@dataclass(frozen=True)
class Placed:
    """A line on a page.

    Attributes:
        text: what it says.
        box: left, top, right, bottom of its ink, in pixels.
        vertical: whether it runs downwards.
    """

    text: str
    box: tuple[float, float, float, float]
    vertical: bool


@dataclass(frozen=True, eq=False)
class Page:
    """A picture and its lines.

    Attributes:
        picture: (height, width, 3) uint8.
        lines: on it.
    """

    picture: NDArray[np.uint8]
    lines: tuple[Placed, ...]


def _colour(random: np.random.Generator) -> _Floats:
    if random.random() < 0.4:
        return np.full(3, random.uniform(0, 255), np.float32)
    return random.uniform(0, 255, 3).astype(np.float32)


_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)


def _against(behind: _Floats, random: np.random.Generator, least: float) -> _Floats:
    """A colour that is told from what is behind it, in grey or in some channel."""
    for _ in range(20):
        found = _colour(random)
        apart = np.abs(found - behind)
        if apart @ _WEIGHTS > least or (apart.max() > 2 * least and random.random() < 0.3):
            return found
    return np.full(3, 0 if behind @ _WEIGHTS > 128 else 255, np.float32)


def _scene(shape: tuple[int, int], random: np.random.Generator, *, calm: bool) -> _Floats:
    """What text is printed on: paper, a gradient, or something like a photograph."""
    height, width = shape
    base = np.broadcast_to(_colour(random), (height, width, 3)).astype(np.float32).copy()
    if calm:
        if random.random() < 0.7:
            base[:] = random.uniform(200, 255) + random.uniform(-8, 8, 3)
        return base
    if random.random() < 0.4:
        along = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
        share = along if random.random() < 0.5 else across
        return np.asarray(base * (1 - share) + _colour(random) * share, np.float32)
    for cell in (64, 32, 16, 8, 4):
        if random.random() < 0.7:
            noise = smooth_noise(shape, cell, random)[..., None]
            base += (noise - 0.5) * random.uniform(0.2, 1.0) * (_colour(random) - 128)
    for _ in range(int(random.integers(0, 14))):
        _shape(base, random)
    return np.asarray(base.clip(0, 255), np.float32)


def _shape(base: _Floats, random: np.random.Generator) -> None:
    """A disc, a bar, a stripe pattern or a plate: what looks like text to who knows none."""
    height, width, _ = base.shape
    y, x = random.uniform(0, height), random.uniform(0, width)
    kind = int(random.integers(0, 5))
    share = random.uniform(0.4, 1.0)
    tone = _colour(random)
    top, left = int(max(0, y)), int(max(0, x))
    if kind == 0:
        radius = random.uniform(2, 0.2 * height)
        low, high = int(max(0, y - radius)), int(y + radius + 1)
        rows = np.arange(low, min(height, high))[:, None]
        inside = (rows - y) ** 2 + (np.arange(width)[None] - x) ** 2 < radius**2
        part = base[low : low + len(rows)]
        part[inside] = (1 - share) * part[inside] + share * tone
        return
    if kind == 1:
        tall, wide = random.uniform(1, 4), random.uniform(10, 0.6 * width)
        if random.random() < 0.5:
            tall, wide = wide, tall
    elif kind == 2:
        step = int(random.integers(3, 12))
        tall, wide = random.uniform(10, 60), random.uniform(10, 120)
        part = base[top : top + int(tall), left : left + int(wide)]
        stripes = part[:, ::step] if random.random() < 0.5 else part[::step]
        stripes[:] = (1 - share) * stripes + share * tone
        return
    else:
        tall, wide = random.uniform(5, 0.4 * height), random.uniform(5, 0.5 * width)
    part = base[top : top + int(tall) + 1, left : left + int(wide) + 1]
    part[:] = (1 - share) * part + share * tone


class _Layout:
    """Places text where there is none yet."""

    def __init__(self, base: _Floats, random: np.random.Generator) -> None:
        self.base, self.random = base, random
        self.taken = np.zeros(base.shape[:2], bool)
        self.lines: list[Placed] = []

    def free(self, top: int, left: int, height: int, width: int, gap: int) -> bool:
        """Whether nothing is there, and it lies on the page."""
        rows, columns = self.base.shape[:2]
        if top < 0 or left < 0 or top + height > rows or left + width > columns:
            return False
        part = self.taken[
            max(0, top - gap) : top + height + gap, max(0, left - gap) : left + width + gap
        ]
        return not part.any()

    def put(self, ink: _Floats, top: int, left: int, tone: _Floats) -> None:
        """Print ink in a colour."""
        height, width = ink.shape
        part = self.base[top : top + height, left : left + width]
        part += ink[..., None] * (tone - part)
        self.taken[top : top + height, left : left + width] = True

    def line(
        self, text: str, font: Font, size: int, top: int, left: int, tone: _Floats, spacing: float,
        stroke: int = 0,
    ) -> bool:  # fmt: skip
        """Print a horizontal line with the top of its em there, if there is room."""
        drawn = draw_text(text, font, size, spacing=spacing, stroke=stroke)
        columns = np.flatnonzero(drawn.ink.max(axis=0) > 0.1)
        if not len(columns):
            return False
        ink = drawn.ink[drawn.top : drawn.bottom, columns[0] : columns[-1] + 1]
        height, width = ink.shape
        if not self.free(top, left, height, width, max(2, size // 5)):
            return False
        self.put(ink, top, left, tone)
        self.lines.append(Placed(text, (left, top, left + width, top + height), False))
        return True

    def column(
        self, text: str, font: Font, size: int, top: int, left: int, tone: _Floats, step: float
    ) -> bool:
        """Print a vertical line, characters below one another."""
        inks = []
        for one in text:
            drawn = draw_text(one, font, size)
            columns = np.flatnonzero(drawn.ink.max(axis=0) > 0.1)
            if len(columns):
                ink = drawn.ink[drawn.top : drawn.bottom, columns[0] : columns[-1] + 1]
                inks.append((one, ink[: 2 * size, : 2 * size]))
        tall, wide = int(step * len(inks)) + size, int(1.3 * size)
        if not inks or not self.free(top, left, tall, wide, max(2, size // 5)):
            return False
        at, kept = float(top), []
        for _, ink in inks:
            height, width = ink.shape
            row = int(at + max(0, (size - height) // 2))
            column = int(left + max(0, (wide - width) // 2))
            self.put(ink[: len(self.base) - row], row, column, tone)
            kept.append((column, row, column + width, row + height))
            at += step
        whole = np.array(kept)
        low, high = whole[:, :2].min(axis=0), whole[:, 2:].max(axis=0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        self.lines.append(Placed("".join(one for one, _ in inks), box, len(inks) > 1))
        self.taken[top : int(at), left : left + wide] = True
        return True

    def behind(self, top: int, left: int, height: int, width: int) -> _Floats:
        """The mean colour of a part."""
        part = self.base[max(0, top) : top + height, max(0, left) : left + width]
        return np.asarray(part.mean(axis=(0, 1)) if part.size else self.base.mean(axis=(0, 1)))


def _paragraphs(layout: _Layout, source: Source, random: np.random.Generator) -> None:
    """Lines of one size below one another, as in documents."""
    height, width, _ = layout.base.shape
    top = random.uniform(2, 40)
    left = int(random.integers(2, max(3, width // 3)))
    while top < height - 12:
        size = 2 * int(random.integers(5, 16))
        leading = size * random.uniform(1.25, 2.2)
        tone = _against(layout.behind(int(top), left, 40, 80), random, random.choice([40, 90, 120]))
        font, _ = source(random, 2)
        for _ in range(int(random.integers(1, 9))):
            room = max(2, int((width - left - 2) / (1.05 * size)))
            length = room if random.random() < 0.6 else int(random.integers(1, room + 1))
            text = _of_font(source, random, font, length)
            layout.line(text, font, size, int(top), left, tone, 0.0)
            top += leading
            if top > height - size:
                return
        top += int(size * random.uniform(0.3, 2))


def _of_font(source: Source, random: np.random.Generator, font: Font, length: int) -> str:
    """A text that this font has."""
    for _ in range(8):
        other, text = source(random, length)
        if other == font:
            return text
    return "".join(one for one in source(random, length)[1] if font.has(one)) or "1"


def _scattered(layout: _Layout, source: Source, random: np.random.Generator) -> None:
    """Lines of many sizes and colours, some on plates, as on posters."""
    height, width, _ = layout.base.shape
    for _ in range(int(random.integers(2, 14))):
        size = 2 * round(float(np.exp(random.uniform(np.log(9), np.log(90)))) / 2)
        room = max(1, int(0.95 * width / size))
        font, text = source(random, int(random.integers(1, min(room, 16) + 1)))
        top = int(random.integers(0, max(1, height - size)))
        left = int(random.integers(0, max(1, width - size)))
        spacing = size * random.choice([0, 0, 0.05, 0.2, 0.6]) * random.random()
        if random.random() < 0.3:
            plate = layout.base[
                max(0, top - size // 4) : top + size + size // 4,
                max(0, left - size // 3) : left + int(len(text) * (size + spacing)) + size // 3,
            ]
            if not layout.taken[top : top + size, left : left + len(text) * size].any():
                plate[:] = _colour(random)
        tone = _against(layout.behind(top, left, size, 3 * size), random, random.choice([35, 70]))
        layout.line(text, font, size, top, left, tone, spacing, int(random.random() < 0.1))


def _columns(layout: _Layout, source: Source, random: np.random.Generator) -> None:
    """Vertical lines, from the right."""
    height, width, _ = layout.base.shape
    size = 2 * int(random.integers(6, 20))
    step = size * random.uniform(1.0, 1.35)
    tone = _against(layout.behind(0, 0, height, width), random, 60)
    at = width - 1.5 * size - random.uniform(0, 0.3) * width
    top = int(random.integers(0, max(1, height // 3)))
    font, _ = source(random, 2)
    while at > size:
        room = max(2, int((height - top - 2 * size) / step))
        text = _of_font(source, random, font, int(random.integers(1, room + 1)))
        text = "".join(one for one in text if ord(one) > 0x2E00) or "文"
        layout.column(text, font, size, top, int(at), tone, step)
        at -= size * random.uniform(1.5, 2.5)


def render_page(source: Source, random: np.random.Generator, *, side: int = 384) -> Page:
    """A page of side × side pixels.

    Args:
        source: of fonts and texts.
        random: source of all chance.
        side: pixels of both sides.
    """
    kind = random.random()
    # Drawn larger or as it is, and then spoilt and brought to the size that is asked for.
    shrink = random.uniform(0.5, 1.0) if random.random() < 0.35 else 1.0
    full = round(side / shrink)
    base = _scene((full, full), random, calm=kind < 0.4)
    layout = _Layout(base, random)
    if kind < 0.45:
        _paragraphs(layout, source, random)
    elif kind < 0.6:
        _columns(layout, source, random)
    if kind > 0.55:
        _scattered(layout, source, random)
    picture = base.clip(0, 255).astype(np.uint8)
    if full != side:
        picture = resized(picture, (side, side))
    if random.random() < 0.3:
        noise = random.normal(0, random.uniform(2, 30), picture.shape)
        picture = (picture + noise).clip(0, 255).astype(np.uint8)
    if random.random() < 0.3:
        half = resized(picture, (round(side * (f := random.uniform(0.5, 0.9))), round(side * f)))
        picture = resized(half, (side, side))
    if random.random() < 0.5:
        picture = jpeg_again(picture, int(random.integers(10, 90)))
    scale = side / full
    lines = tuple(
        Placed(one.text, tuple(scale * edge for edge in one.box), one.vertical)  # type: ignore[arg-type]
        for one in layout.lines
    )
    return Page(picture, lines)
