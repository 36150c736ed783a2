"""Teaching the line recogniser from drawn lines, of which the place of every character is known.

That the places are known makes a forward and backward pass over alignments needless: the network is
told where each character has its middle, and which it is, and learns as fast as a classifier does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gezhi.kernel.fonts import Font
from gezhi.reading.ocr.line_model import EXTENT, STRIDE, prepared
from gezhi.reading.ocr.line_network import LineNetwork
from gezhi.reading.ocr.rendering import HEIGHT, Line, render_line
from gezhi.reading.ocr.texts import Texts, normal

__all__ = ["Batch", "Lesson", "Lines", "collated", "line_loss"]

_POOL = 256
#: Columns of pixels in a batch.
_COLUMNS = 9000
_MOST = 1200


class Batch(NamedTuple):
    """Lines of about one length, and what is to be said of them.

    Attributes:
        lines: (b, 1, HEIGHT, width).
        heat: how near each place is to a character's middle, in [0, 1], (b, width / STRIDE).
        where: of each character its line and place, (n, 2).
        which: its class, (n,).
        extents: logarithms of how far left and right are, (n, 2).
        inside: places that belong to the line and not to the padding, (b, width / STRIDE).
    """

    lines: Tensor
    heat: Tensor
    where: Tensor
    which: Tensor
    extents: Tensor
    inside: Tensor


def collated(lines: Sequence[Line], numbers: dict[str, int]) -> Batch:
    """Put lines into one batch."""
    width = -(-max(one.picture.shape[1] for one in lines) // 4) * 4
    places = width // STRIDE
    pixels = np.zeros((len(lines), 1, HEIGHT, width), np.float32)
    heat = np.zeros((len(lines), places), np.float32)
    inside = np.zeros((len(lines), places), bool)
    where: list[tuple[int, int]] = []
    which: list[int] = []
    extents: list[tuple[float, float]] = []
    at = np.arange(places)
    for row, line in enumerate(lines):
        own = line.picture.shape[1]
        pixels[row, 0, :, :own] = prepared(line.picture)
        inside[row, : -(-own // STRIDE)] = True
        for character, (left, right) in zip(normal(line.text), line.spans.tolist(), strict=True):
            number = numbers.get(character)
            if number is None:
                continue
            middle = ((left + right) / 2 - 0.5 * STRIDE) / STRIDE
            spread = max(0.5, 0.08 * (right - left) / STRIDE)
            place = min(max(round(middle), 0), places - 1)
            warm = np.exp(-0.5 * ((at - place) / spread) ** 2)
            np.maximum(heat[row], warm, out=heat[row])
            for near in (place - 1, place, place + 1):
                if 0 <= near < places and (near == place or right - left > 10):
                    centre = (near + 0.5) * STRIDE
                    sides = (max(centre - left, 1.0), max(right - centre, 1.0))
                    where.append((row, near))
                    which.append(number)
                    extents.append(tuple(np.log(np.array(sides) / EXTENT)))
    return Batch(
        torch.from_numpy(pixels).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(heat),
        torch.tensor(where, dtype=torch.int64).reshape(-1, 2),
        torch.tensor(which, dtype=torch.int64),
        torch.tensor(np.array(extents, np.float32).reshape(-1, 2)),
        torch.from_numpy(inside),
    )


def line_loss(module: torch.nn.Module, batch: Batch) -> Tensor:
    """Whether, which and how wide: focal loss (arXiv 1904.07850, eq. 1), cross-entropy, L1."""
    assert isinstance(module, LineNetwork)
    places, codes = module(batch.lines)
    places = places.float()
    logit, heat = places[..., 0], batch.heat
    chance = torch.sigmoid(logit)
    sure = heat > 0.999
    hit = F.logsigmoid(logit) * (1 - chance) ** 2
    miss = F.logsigmoid(-logit) * chance**2 * (1 - heat) ** 4
    focal = -torch.where(sure, hit, miss)[batch.inside].sum() / sure.sum().clamp_min(1)
    rows, columns = batch.where.T
    if not len(rows):
        return focal
    named = module.named(codes[rows, columns])
    name = F.cross_entropy(named.float(), batch.which, label_smoothing=0.02)
    wide = F.l1_loss(places[rows, columns, 1:], batch.extents)
    return focal + name + 0.3 * wide


@dataclass(frozen=True)
class Lesson:
    """Where lines come from.

    Attributes:
        fonts: to draw with, each with the characters that it has.
        texts: what to draw.
        numbers: of the classes.
    """

    fonts: Sequence[tuple[Font, frozenset[str]]]
    texts: Texts
    numbers: dict[str, int]

    def line(self, random: np.random.Generator) -> Line:
        """One drawn line."""
        while True:
            font, characters = self.fonts[int(random.integers(len(self.fonts)))]
            text = self.texts.draw(random, characters)
            around = [self.texts.draw(random, characters)[:12] for _ in range(2)]
            line = render_line(text, font, random, neighbours=around)
            if line.picture.shape[1] <= _MOST:
                return line


class Lines:
    """The batches of one epoch: so many lines, drawn by a seed of the epoch's own."""

    def __init__(self, lesson: Lesson, number: int, seed: int, workers: int = 0) -> None:
        self.lesson, self.seed, self.workers = lesson, seed, workers
        self.pools = max(1, number // _POOL)
        self.each = max(1, round(_POOL * 330 / _COLUMNS))

    def __len__(self) -> int:
        return self.pools * self.each

    def pool(self, index: int) -> list[Batch]:
        """Lines of like lengths together; always as many batches."""
        random = np.random.default_rng((self.seed, index))
        lines = sorted(
            (self.lesson.line(random) for _ in range(_POOL)), key=lambda one: one.picture.shape[1]
        )
        widths = np.cumsum([one.picture.shape[1] for one in lines])
        cuts = np.searchsorted(widths, widths[-1] * np.arange(1, self.each) / self.each)
        groups = [part for part in np.split(np.arange(len(lines)), cuts) if len(part)]
        found = [collated([lines[i] for i in part], self.lesson.numbers) for part in groups]
        return [found[i] for i in random.permutation(len(found))]

    def __iter__(self) -> Iterator[Batch]:
        if not self.workers:
            for index in range(self.pools):
                yield from self.pool(index)
            return
        from torch.utils.data import DataLoader

        loader: Any = DataLoader(
            _Pools(self), batch_size=None, num_workers=self.workers, prefetch_factor=2
        )
        for found in loader:
            for one in found:
                yield Batch(*one)


class _Pools(torch.utils.data.Dataset[list[Batch]]):
    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    def __len__(self) -> int:
        return self.lines.pools

    def __getitem__(self, index: int) -> list[Batch]:
        if index >= len(self):
            raise IndexError(index)
        return self.lines.pool(index)
