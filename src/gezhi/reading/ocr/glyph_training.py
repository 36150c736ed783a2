"""Teaching the glyph network from glyphs of many fonts, drawn once and spoilt anew every time.

Each sample shows two characters beside one another, of which one is cut out: closely, roughly, or
wrongly (the border between both, or both), which is the class of no character. All spoiling is done
by torch on whole batches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gezhi.errors import InputError
from gezhi.kernel.fonts import Font
from gezhi.reading.ocr.glyph_model import PLACE, SIDE
from gezhi.reading.ocr.glyph_network import GlyphNetwork

__all__ = ["Atlas", "GlyphBatch", "Glyphs", "drawn_atlas", "glyph_loss", "standard"]

_EM = 52
_HEIGHT, _WIDTH = 96, 176
_BASE, _PEN = 66, 36
_LARGEST = 80
_NONE = 0.08
_BATCH = 256
_CHUNK = 6
_WIDE = dict(zip(",:;!?()", "，：；！？（）", strict=True))


@dataclass(frozen=True, eq=False)
class Atlas:
    """Glyphs of fonts, drawn once.

    Attributes:
        ink: pixels of all glyphs one after another, uint8.
        starts: where each one's pixels begin, (n,).
        shapes: height and width of each, (n, 2).
        offsets: left of the pen and top above the baseline of each, and its advance, (n, 3).
        names: the class of each, (n,).
        fonts: the number of its font, (n,).
        heads: rows above the baseline and below it between which the line of each font lies,
            (fonts, 2).
    """

    ink: NDArray[np.uint8]
    starts: NDArray[np.int64]
    shapes: NDArray[np.int64]
    offsets: NDArray[np.float32]
    names: NDArray[np.int64]
    fonts: NDArray[np.int64]
    heads: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.names)

    def mask(self, number: int) -> NDArray[np.uint8]:
        """Pixels of one glyph, (height, width)."""
        height, width = self.shapes[number].tolist()
        start = int(self.starts[number])
        return self.ink[start : start + height * width].reshape(height, width)


def drawn_atlas(fonts: Sequence[tuple[Font, frozenset[str]]], numbers: Mapping[str, int]) -> Atlas:
    """Draw every character that has a class with every font that has it.

    Raises:
        InputError: no font has any of them.
    """
    pixels: list[bytes] = []
    starts, shapes, offsets, names, which, heads = [], [], [], [], [], []
    length = 0
    for number, (font, has) in enumerate(fonts):
        full = [_ink(font, one) for one in "国永固" if one in has]
        heads.append((
            max([-top for top, _ in full], default=round(0.86 * _EM)),
            max([bottom for _, bottom in full], default=round(0.1 * _EM)),
        ))  # fmt: skip
        for character, name in numbers.items():
            for form in (character, _WIDE.get(character, "")):
                if not form or form not in has:
                    continue
                glyph = font.glyph(form, _EM)
                rows, columns = (np.flatnonzero(glyph.mask.max(axis=at) > 64) for at in (1, 0))
                if not len(rows):
                    continue
                top, left = int(rows[0]), int(columns[0])
                mask = glyph.mask[top : rows[-1] + 1, left : columns[-1] + 1]
                height, width = mask.shape
                if max(height, width) > _LARGEST:
                    continue
                pixels.append(mask.tobytes())
                starts.append(length)
                length += height * width
                shapes.append((height, width))
                offsets.append((glyph.left + left, -(glyph.top + top), glyph.advance))
                names.append(name)
                which.append(number)
    if not names:
        raise InputError("no font has any of the characters")
    return Atlas(
        np.frombuffer(b"".join(pixels), np.uint8), np.array(starts), np.array(shapes),
        np.array(offsets, np.float32), np.array(names), np.array(which),
        np.array(heads, np.float32),
    )  # fmt: skip


def _ink(font: Font, character: str) -> tuple[int, int]:
    """Rows below the baseline between which the ink lies."""
    glyph = font.glyph(character, _EM)
    rows = np.flatnonzero(glyph.mask.max(axis=1) > 64)
    return glyph.top + int(rows[0]), glyph.top + int(rows[-1]) + 1


class GlyphBatch(NamedTuple):
    """Samples and what they are.

    Attributes:
        glyphs: (b, 1, SIDE, SIDE).
        places: (b, PLACE).
        names: classes, (b,); the last one is no character.
    """

    glyphs: Tensor
    places: Tensor
    names: Tensor


class Glyphs:
    """The batches of one epoch, drawn by a seed of the epoch's own.

    Args:
        atlas: where glyphs come from.
        weights: how often each class is shown, (classes − 1,).
        number: of samples.
        seed: of all chance.
        plain: whether nothing is spoilt, and everything cut out well.
    """

    def __init__(
        self,
        atlas: Atlas,
        weights: NDArray[np.float64],
        number: int,
        seed: int,
        *,
        plain: bool = False,
    ) -> None:
        self.atlas, self.seed, self.plain = atlas, seed, plain
        self.batches = max(1, number // _BATCH)
        self.classes = len(weights)
        counts = np.bincount(atlas.names, minlength=len(weights))
        each = weights / np.maximum(counts, 1)
        share = each[atlas.names]
        self.sums = np.cumsum(share / share.sum())
        order = np.argsort(atlas.fonts, kind="stable")
        self.by_font = order
        self.first = np.searchsorted(atlas.fonts[order], np.arange(len(atlas.heads) + 1))

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[GlyphBatch]:
        for index in range(self.batches):
            yield self.batch(index)

    def batch(self, index: int) -> GlyphBatch:
        """One batch; always the same of the same seed and index."""
        random = np.random.default_rng((self.seed, index))
        chance = torch.Generator().manual_seed(int(random.integers(1 << 62)))
        chosen = np.searchsorted(self.sums, random.random(_BATCH)).clip(max=len(self.atlas) - 1)
        canvas = np.zeros((_BATCH, _HEIGHT, _WIDTH), np.uint8)
        boxes = np.zeros((_BATCH, 4), np.float32)
        lines = np.zeros((_BATCH, 2), np.float32)
        names = self.atlas.names[chosen].copy()
        for row, one in enumerate(chosen.tolist()):
            boxes[row], lines[row], whole = self._drawn(canvas[row], one, random)
            if not whole:
                names[row] = self.classes
        places = _places(boxes, lines, random)
        glyphs = self._cut(torch.from_numpy(canvas), torch.from_numpy(boxes), chance)
        return GlyphBatch(glyphs, torch.from_numpy(places), torch.from_numpy(names))

    def _drawn(
        self, canvas: NDArray[np.uint8], number: int, random: np.random.Generator
    ) -> tuple[tuple[float, ...], tuple[float, float], bool]:
        """Put a character and its neighbour on a canvas; its box, its line, whether it is whole."""
        atlas = self.atlas
        font = int(atlas.fonts[number])
        own = self.by_font[self.first[font] : self.first[font + 1]]
        other = int(own[int(random.integers(len(own)))])
        whole = self.plain or random.random() >= _NONE
        alone = self.plain or (whole and random.random() < 0.35)
        behind = bool(random.random() < 0.5)  # whether the character is the second of the two
        pair = (other, number) if behind and not alone else (number, other)
        found = []
        pen = float(_PEN)
        for one in pair[:1] if alone else pair:
            found.append(self._put(canvas, one, pen))
            pen += float(atlas.offsets[one, 2]) + float(random.uniform(-0.03, 0.15)) * _EM
        own_box = found[-1] if behind and not alone else found[0]
        up, down = atlas.heads[font].tolist()
        line = (_BASE - up, _BASE + down)
        if whole:
            return own_box, line, True
        (a, top, b, bottom), (c, other_top, d, other_bottom) = found
        both = (min(top, other_top), max(bottom, other_bottom))
        if random.random() < 0.5:  # the border between the two
            left, right = (
                a + (b - a) * random.uniform(0.35, 0.65),
                c + (d - c) * random.uniform(0.35, 0.65),
            )
            return (left, both[0], max(right, left + 4), both[1]), line, False
        return (a, both[0], d, both[1]), line, False

    def _put(
        self, canvas: NDArray[np.uint8], number: int, pen: float
    ) -> tuple[float, float, float, float]:
        mask = self.atlas.mask(number)
        left = max(
            0, min(round(pen + float(self.atlas.offsets[number, 0])), _WIDTH - mask.shape[1])
        )
        top = max(0, min(round(_BASE - float(self.atlas.offsets[number, 1])), _HEIGHT - len(mask)))
        part = canvas[top : top + len(mask), left : left + mask.shape[1]]
        np.maximum(part, mask, out=part)
        return float(left), float(top), float(left + mask.shape[1]), float(top + len(mask))

    def _cut(self, canvas: Tensor, boxes: Tensor, chance: torch.Generator) -> Tensor:
        """Cut boxes out as (SIDE, SIDE), more or less closely, and spoil them."""
        n = len(boxes)

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(n, generator=chance)

        def some(share: float) -> Tensor:
            return torch.rand(n, generator=chance) < share

        left, top, right, bottom = boxes.T
        wide, high = right - left, bottom - top
        side = torch.maximum(wide, high)
        x, y = (left + right) / 2, (top + bottom) / 2
        turn, lean, stretch = torch.zeros(n), torch.zeros(n), torch.ones(n)
        if not self.plain:
            rough = some(0.3)
            margin = torch.where(rough, uniform(0, 0.35), uniform(-0.03, 0.1))
            x = x + side * torch.where(rough, uniform(-0.1, 0.1), uniform(-0.03, 0.03))
            y = y + side * torch.where(rough, uniform(-0.1, 0.1), uniform(-0.03, 0.03))
            side = side * (1 + margin)
            turn = torch.where(some(0.3), uniform(-0.07, 0.07), turn)
            lean = torch.where(some(0.2), uniform(-0.2, 0.2), lean)
            stretch = torch.where(some(0.3), uniform(0.8, 1.25), stretch)
        scale_x = side * stretch.clamp(min=1) / _WIDTH
        scale_y = side / stretch.clamp(max=1) / _HEIGHT
        cosine, sine = turn.cos(), turn.sin()
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = scale_x * cosine
        theta[:, 0, 1] = scale_x * (lean - sine)
        theta[:, 0, 2] = 2 * x / _WIDTH - 1
        theta[:, 1, 0] = scale_y * sine
        theta[:, 1, 1] = scale_y * cosine
        theta[:, 1, 2] = 2 * y / _HEIGHT - 1
        grid = F.affine_grid(theta, [n, 1, SIDE, SIDE], align_corners=False)
        ink = F.grid_sample(canvas[:, None].float() / 255, grid, align_corners=False)
        return standard(ink if self.plain else _spoilt(ink, chance))


def standard(glyphs: Tensor) -> Tensor:
    """Mean 0 and deviation 1 of each."""
    mean = glyphs.mean((1, 2, 3), keepdim=True)
    return (glyphs - mean) / glyphs.std((1, 2, 3), keepdim=True).clamp_min(8e-3)


def _places(
    boxes: NDArray[np.float32], lines: NDArray[np.float32], random: np.random.Generator
) -> NDArray[np.float32]:
    """Top and bottom on the line, width, and 1; all 0 where no line is known."""
    tall = lines[:, 1] - lines[:, 0]
    top, bottom = (
        (boxes[:, at] - lines[:, 0]) / tall + random.normal(0, 0.04, len(boxes)) for at in (1, 3)
    )
    width = (boxes[:, 2] - boxes[:, 0]) / tall * np.exp(random.normal(0, 0.05, len(boxes)))
    found = np.stack([top, bottom, width, np.ones(len(boxes))], 1).astype(np.float32)
    found[random.random(len(boxes)) < 0.3] = 0
    assert found.shape[1] == PLACE
    return found


def _spoilt(ink: Tensor, chance: torch.Generator) -> Tensor:
    """Thick or thin strokes, fewer pixels, tones, uneven paper, blur, noise, JPEG, negatives.

    Samples are spoilt in chunks of a few, of which each meets the same sizes and kernels.
    """
    order = torch.randperm(len(ink), generator=chance)
    found = torch.empty_like(ink)
    for few in order.chunk(math.ceil(len(ink) / _CHUNK)):
        found[few] = _spoilt_alike(ink[few], chance)
    return found


def _spoilt_alike(ink: Tensor, chance: torch.Generator) -> Tensor:
    n = len(ink)

    def share() -> float:
        return float(torch.rand((), generator=chance))

    def each(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, 1, 1, generator=chance)

    kind = share()
    if kind < 0.15:
        ink = ink + each(0, 1) * (F.max_pool2d(ink, 3, 1, 1) - ink)
    elif kind < 0.3:
        ink = ink - each(0, 0.8) * (ink + F.max_pool2d(-ink, 3, 1, 1))
    if share() < 0.4:
        small = int(12 + 30 * share())
        ink = F.interpolate(ink, (small, small), mode="area")
    if share() < 0.25:
        ink = F.avg_pool2d(F.pad(ink, (1, 1, 1, 1), mode="replicate"), 3, 1)
    contrast = each(0.2, 1)
    seen = each(0, 1) * (1 - contrast) + contrast * ink
    if share() < 0.3:
        coarse = torch.randn(n, 1, 4, 4, generator=chance) * each(0, 0.35) * contrast
        seen = seen + F.interpolate(coarse, seen.shape[2:], mode="bilinear")
    if share() < 0.4:
        seen = seen + each(0, 0.3) * contrast * torch.randn(seen.shape, generator=chance)
    if share() < 0.25:
        hit = torch.rand(seen.shape, generator=chance)
        rate = each(0, 0.25) * contrast
        seen = torch.where(hit < rate / 2, torch.zeros(()), seen)
        seen = torch.where(hit > 1 - rate / 2, torch.ones(()), seen)
    seen = seen.clamp(0, 1)
    if seen.shape[2] != SIDE:
        seen = F.interpolate(seen, (SIDE, SIDE), mode="bilinear", align_corners=False)
    if share() < 0.2:
        seen = _pressed(seen, 0.02 + 0.13 * share())
    if share() < 0.35:
        seen = 1 - seen
    return seen


def _pressed(glyphs: Tensor, step: float) -> Tensor:
    """What JPEG loses: coefficients of 8 × 8 pixels rounded, high frequencies most coarsely."""
    at = torch.arange(8, dtype=torch.float32)
    basis = torch.cos((2 * at + 1) * at[:, None] * math.pi / 16) * 0.5
    basis[0] /= math.sqrt(2)
    n, tiles = len(glyphs), SIDE // 8
    blocks = glyphs.reshape(n, tiles, 8, tiles, 8).permute(0, 1, 3, 2, 4)
    steps = step * (1 + at + at[:, None]) * 0.5
    kept = ((basis @ blocks @ basis.T) / steps).round() * steps
    back: Any = (basis.T @ kept @ basis).permute(0, 1, 3, 2, 4)
    pressed: Tensor = back.reshape(n, 1, SIDE, SIDE)
    return pressed


def glyph_loss(module: torch.nn.Module, batch: GlyphBatch) -> Tensor:
    """Cross-entropy."""
    assert isinstance(module, GlyphNetwork)
    logits = module(batch.glyphs, batch.places).float()
    return F.cross_entropy(logits, batch.names, label_smoothing=0.03)
