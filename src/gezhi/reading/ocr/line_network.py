"""The line recogniser's network: where characters are, which, and how wide.

The output of a recogniser of sequences in two factors: at every second column of pixels the chance
that a character has its middle there, and, where it has, which one it is. The large output layer is
therefore run once for a character and not once for a column.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LineNetwork", "Separable", "Size"]


@dataclass(frozen=True)
class Size:
    """Sizes of the network.

    Attributes:
        classes: characters.
        widths: channels at 16, 8 and 4 rows, and along the line.
        blocks: at 8 and 4 rows, and along the line.
        code: numbers that a character is told by.
    """

    classes: int
    widths: tuple[int, int, int, int] = (32, 64, 128, 256)
    blocks: tuple[int, int, int] = (2, 4, 4)
    code: int = 128


class Separable(nn.Module):
    """Depthwise and pointwise convolution, added to what came in."""

    def __init__(self, channels: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.norm = nn.BatchNorm2d(channels)
        self.depth = nn.Conv2d(
            channels, channels, kernel, padding=padding, groups=channels, bias=False
        )
        self.middle = nn.BatchNorm2d(channels)
        self.point = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """What came in and what is added to it, (b, channels, height, width)."""
        inner = self.middle(self.depth(F.relu(self.norm(x))))
        added: Tensor = x + self.point(F.relu(inner))
        return added


class LineNetwork(nn.Module):
    """Lines (b, 1, 32, width), width a multiple of 4, to what is at every second column.

    Args:
        size: of the network.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        a, b, c, d = size.widths
        eight, four, along = size.blocks
        self.trunk = nn.Sequential(
            nn.Conv2d(1, a, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False),
            *(Separable(b, (5, 5)) for _ in range(eight)),
            nn.BatchNorm2d(b), nn.ReLU(),
            nn.Conv2d(b, c, (2, 1), stride=(2, 1), bias=False),
            *(Separable(c, (3, 7)) for _ in range(four)),
            nn.BatchNorm2d(c), nn.ReLU(),
            nn.Conv2d(c, d, (4, 1), bias=False),
            *(Separable(d, (1, 7)) for _ in range(along)),
            nn.BatchNorm2d(d), nn.ReLU(),
        )  # fmt: skip
        # Two places for each column of the trunk, which has a column every 4 pixels.
        self.place = nn.Conv2d(d, 2 * 3, 1)
        self.code = nn.Conv2d(d, 2 * size.code, 1)
        self.name = nn.Linear(size.code, size.classes)

    def forward(self, lines: Tensor) -> tuple[Tensor, Tensor]:
        """Places (b, width / 2, 3) and codes (b, width / 2, code).

        Of a place: the logit that a character's middle is there, and the logarithms of how far its
        left and right are, in units of 8 pixels.
        """
        seen = self.trunk(lines)
        return self._along(self.place(seen)), self._along(self.code(seen))

    def named(self, codes: Tensor) -> Tensor:
        """Logits (…, classes) of codes (…, code)."""
        found: Tensor = self.name(F.relu(codes))
        return found

    @staticmethod
    def _along(found: Tensor) -> Tensor:
        """(b, 2 n, 1, w) to (b, 2 w, n)."""
        batch, channels, _, width = found.shape
        parts = found.reshape(batch, 2, channels // 2, width).permute(0, 3, 1, 2)
        return parts.reshape(batch, 2 * width, channels // 2)
