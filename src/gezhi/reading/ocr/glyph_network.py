"""The glyph network: 48 × 48 pixels and a place on the line to a character."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.reading.ocr.glyph_model import PLACE

__all__ = ["GlyphNetwork", "GlyphSize"]


@dataclass(frozen=True)
class GlyphSize:
    """Sizes of the network.

    Attributes:
        classes: characters, and one more for what is none.
        widths: channels at 24, 12 and 6 rows.
        blocks: at 12 and 6 rows.
        code: numbers that a character is told by.
    """

    classes: int
    widths: tuple[int, int, int] = (20, 56, 128)
    blocks: tuple[int, int] = (1, 3)
    code: int = 128


class _Residual(nn.Module):
    """A convolution, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.mix = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = x + self.mix(F.relu(self.norm(x)))
        return added


class GlyphNetwork(nn.Module):
    """Glyphs (b, 1, 48, 48) and places (b, PLACE) to logits (b, classes).

    Whole convolutions, not depthwise ones: on a processor, of so few channels, they train faster.
    """

    def __init__(self, size: GlyphSize) -> None:
        super().__init__()
        self.size = size
        a, b, c = size.widths
        second, third = size.blocks
        self.trunk = nn.Sequential(
            nn.Conv2d(1, a, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(a), nn.ReLU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False),
            *(_Residual(b) for _ in range(second)),
            nn.BatchNorm2d(b), nn.ReLU(),
            nn.Conv2d(b, c, 3, stride=2, padding=1, bias=False),
            *(_Residual(c) for _ in range(third)),
            nn.BatchNorm2d(c), nn.ReLU(),
        )  # fmt: skip
        # Each of the 36 cells has its own weights for each channel; then the channels are mixed.
        self.cells = nn.Conv2d(c, 2 * c, 6, groups=c, bias=False)
        self.place = nn.Sequential(nn.Linear(PLACE, 32), nn.ReLU())
        self.code = nn.Sequential(
            nn.BatchNorm1d(2 * c + 32), nn.Linear(2 * c + 32, size.code), nn.BatchNorm1d(size.code)
        )
        self.name = nn.Linear(size.code, size.classes)

    def forward(self, glyphs: Tensor, places: Tensor) -> Tensor:
        """Logits (b, classes)."""
        seen = self.cells(self.trunk(glyphs)).flatten(1)
        code = self.code(torch.cat([seen, self.place(places)], 1))
        named: Tensor = self.name(F.relu(code))
        return named
