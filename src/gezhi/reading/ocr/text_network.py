"""The network that finds text: a map of where lines are, a quarter of the picture's size.

Fully convolutional, with a way down to a thirty-second of the size and back. Each cell says whether
it is in the core of a line, whether the line runs downwards, and how far the line's two long sides
are.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.reading.ocr.line_network import Separable

__all__ = ["TextNetwork", "TextSize"]


@dataclass(frozen=True)
class TextSize:
    """Sizes of the network.

    Attributes:
        widths: channels at a quarter, an eighth, a sixteenth and a thirty-second of the size.
        blocks: at each of them.
        joined: channels on the way back.
    """

    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    blocks: tuple[int, int, int, int] = (1, 2, 3, 3)
    joined: int = 48


class TextNetwork(nn.Module):
    """Pictures (b, 3, height, width) in [−1, 1], both sides multiples of 32, to maps.

    The maps are (b, 4, height / 4, width / 4): logits of being in a core and of running downwards,
    and logarithms of how far top and bottom are (left and right of what runs downwards), in units
    of 8 pixels.
    """

    def __init__(self, size: TextSize | None = None) -> None:
        super().__init__()
        self.size = size = size or TextSize()
        a, *_ = size.widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, a, 3, stride=2, padding=1, bias=False),
        )  # fmt: skip
        self.levels = nn.ModuleList()
        wide = a
        for number, (own, blocks) in enumerate(zip(size.widths, size.blocks, strict=True)):
            parts: list[nn.Module] = []
            if number:
                parts += [nn.BatchNorm2d(wide), nn.ReLU()]
                parts.append(nn.Conv2d(wide, own, 2, stride=2, bias=False))
            parts += [Separable(own, (5, 5)) for _ in range(blocks)]
            self.levels.append(nn.Sequential(*parts))
            wide = own
        self.joins = nn.ModuleList(nn.Conv2d(one, size.joined, 1) for one in size.widths)
        self.last = nn.Sequential(
            Separable(size.joined, (5, 5)), nn.BatchNorm2d(size.joined), nn.ReLU(),
            nn.Conv2d(size.joined, 4, 1),
        )  # fmt: skip

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps of pictures."""
        x = self.stem(pictures)
        seen = []
        for level in self.levels:
            x = level(x)
            seen.append(x)
        back = self.joins[-1](seen[-1])
        for join, one in zip(reversed(self.joins[:-1]), reversed(seen[:-1]), strict=True):
            back = join(one) + F.interpolate(back, scale_factor=2.0, mode="nearest")
        maps: Tensor = self.last(back)
        return maps
