"""Teaching the network that finds text from drawn pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gezhi.kernel.fonts import Font
from gezhi.reading.ocr.line_training import Lesson
from gezhi.reading.ocr.pages import render_page
from gezhi.reading.ocr.text_maps import maps_of_lines

__all__ = ["Pages", "Sheet", "text_loss"]

_SIDE = 384
_BATCH = 8


class Sheet(NamedTuple):
    """A batch of pages.

    Attributes:
        pictures: (b, 3, side, side) in [−1, 1].
        maps: what is to be said, (b, 4, side / 4, side / 4).
        known: cells that are judged, (b, side / 4, side / 4).
    """

    pictures: Tensor
    maps: Tensor
    known: Tensor


def text_loss(module: torch.nn.Module, sheet: Sheet) -> Tensor:
    """Cross-entropy and Dice of cores, direction, and L1 of distances."""
    said = module(sheet.pictures).float()
    core, known = sheet.maps[:, 0], sheet.known.float()
    each = F.binary_cross_entropy_with_logits(said[:, 0], core, reduction="none") * known
    # Of what is no text, only what is hardest: three cells for each one of text.
    hit, miss = each[core > 0], each[core == 0]
    hardest = miss.topk(min(miss.numel(), max(64, 3 * hit.numel()))).values
    crossed = (hit.sum() + hardest.sum()) / max(hit.numel() + hardest.numel(), 1)
    chance = said[:, 0].sigmoid() * known
    dice = 1 - 2 * (chance * core).sum() / (chance.sum() + core.sum() + 1)
    loss = crossed + dice
    where = core > 0
    if bool(where.any()):
        turned = F.binary_cross_entropy_with_logits(said[:, 1][where], sheet.maps[:, 1][where])
        far = (said[:, 2:] - sheet.maps[:, 2:]).abs().sum(dim=1)[where].mean()
        loss = loss + 0.3 * turned + 0.5 * far
    total: Tensor = loss
    return total


class Pages:
    """The batches of one epoch: so many pages, drawn by a seed of the epoch's own."""

    def __init__(self, lesson: Lesson, number: int, seed: int, workers: int = 0) -> None:
        self.lesson, self.seed, self.workers = lesson, seed, workers
        self.batches = max(1, number // _BATCH)

    def __len__(self) -> int:
        return self.batches

    def source(self, random: np.random.Generator, most: int) -> tuple[Font, str]:
        """A font and a text of at most so many characters."""
        font, characters = self.lesson.fonts[int(random.integers(len(self.lesson.fonts)))]
        text = self.lesson.texts.draw(random, characters)[:most].strip()
        return font, text or next(iter(sorted(characters)))

    def batch(self, index: int) -> Sheet:
        """Some pages."""
        random = np.random.default_rng((self.seed, index))
        pictures, maps, known = [], [], []
        for _ in range(_BATCH):
            page = render_page(self.source, random, side=_SIDE)
            asked, unsure = maps_of_lines(
                [(one.box, one.vertical) for one in page.lines], _SIDE, _SIDE
            )
            pictures.append(page.picture)
            maps.append(asked)
            known.append(~unsure)
        pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        return Sheet(
            pixels.float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last),
            torch.from_numpy(np.stack(maps)),
            torch.from_numpy(np.stack(known)),
        )

    def __iter__(self) -> Iterator[Sheet]:
        if not self.workers:
            for index in range(self.batches):
                yield self.batch(index)
            return
        from torch.utils.data import DataLoader

        loader: Any = DataLoader(
            _Numbered(self), batch_size=None, num_workers=self.workers, prefetch_factor=4
        )
        for one in loader:
            yield Sheet(*one)


class _Numbered(torch.utils.data.Dataset[Sheet]):
    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    def __len__(self) -> int:
        return len(self.pages)

    def __getitem__(self, index: int) -> Sheet:
        if index >= len(self):
            raise IndexError(index)
        return self.pages.batch(index)
