"""Generator and encoder of `OGAN`: residual, without norms, for pictures of any size.

As in R3GAN (arXiv 2501.05441) every block begins as the identity (the last convolution of each is
zero), activations leak, and nothing is normalised but z. Half the picture's resolution is the
finest at which there are blocks, so that a step is cheap on a processor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.latent.orthogonal import standardise

__all__ = ["Encoder", "Generator", "Shape"]

_LEAK = 0.2
#: Slope beyond black and white: a generator that is all black can still learn, unlike with tanh.
_BEYOND = 0.1
_GAIN = math.sqrt(2 / (1 + _LEAK**2))
_L = TypeVar("_L", nn.Linear, nn.Conv2d)


@dataclass(frozen=True)
class Shape:
    """Sizes of both networks.

    Attributes:
        height, width, colours: of a picture.
        code: n, numbers in z.
        channels: at a resolution of 16; twice as many at 8, half as many at 32.
        blocks: at each resolution.
    """

    height: int
    width: int
    colours: int
    code: int
    channels: int
    blocks: int = 1

    @property
    def halvings(self) -> int:
        """How often the picture is halved: until its smaller side is from 4 to 7."""
        return max(1, int(math.log2(min(self.height, self.width) / 4)))

    @property
    def coarsest(self) -> tuple[int, int]:
        """Height and width of the coarsest level; pictures of odd sizes are padded to it."""
        unit = 2**self.halvings
        return -(-self.height // unit), -(-self.width // unit)

    def channels_at(self, halvings: int) -> int:
        """Channels after so many halvings."""
        side = min(self.height, self.width) / 2**halvings
        wanted = self.channels * 16 / side
        steps = round(math.log2(wanted / self.channels))
        return max(16, int(self.channels * 2.0 ** min(steps, 2)))


class Generator(nn.Module):
    """z (b, code) to pictures (b, colours, height, width) about [−1, 1]; only N(z) is seen."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        rows, columns = shape.coarsest
        wide = shape.channels_at(shape.halvings)
        self.first = _linear(shape.code, wide * rows * columns, gain=1.0)
        stages: list[nn.Module] = []
        for level in range(shape.halvings, 0, -1):
            own = shape.channels_at(level)
            if own != wide:
                stages.append(_convolution(wide, own, 1, gain=1.0))
                wide = own
            stages += [_Block(own) for _ in range(shape.blocks)]
            if level > 1:
                stages.append(nn.Upsample(scale_factor=2, mode="nearest"))
        self.stages = nn.Sequential(*stages)
        # Four pictures of half the size, interleaved: the finest level costs next to nothing.
        self.last = _convolution(wide, 4 * shape.colours, 3, gain=1.0)

    def forward(self, z: Tensor) -> Tensor:
        """Pictures of codes."""
        rows, columns = self.shape.coarsest
        x = self.first(standardise(z.float())).unflatten(1, (-1, rows, columns))
        x = self.stages(x.contiguous(memory_format=torch.channels_last))
        x = F.pixel_shuffle(self.last(F.leaky_relu(x, _LEAK)), 2)
        x = x[:, :, : self.shape.height, : self.shape.width].float()
        inside = x.clamp(-1, 1)
        return inside + _BEYOND * (x - inside)


class Encoder(nn.Module):
    """Pictures (b, colours, height, width) in [−1, 1] to vectors (b, code), to be split."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        rows, columns = shape.coarsest
        unit = 2**shape.halvings
        self.padding = (0, columns * unit - shape.width, 0, rows * unit - shape.height)
        wide = shape.channels_at(1)
        stages: list[nn.Module] = []
        self.first = _convolution(4 * shape.colours, wide, 3, gain=1.0)
        for level in range(1, shape.halvings + 1):
            own = shape.channels_at(level)
            if level > 1:
                stages.append(nn.AvgPool2d(2))
            if own != wide:
                stages.append(_convolution(wide, own, 1, gain=1.0))
                wide = own
            stages += [_Block(own) for _ in range(shape.blocks)]
        self.stages = nn.Sequential(*stages)
        self.last = _linear(wide * rows * columns, shape.code, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of pictures."""
        return self.vectors(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """What the last layer sees of pictures, (b, channels, rows, columns)."""
        if any(self.padding):
            x = F.pad(x, self.padding, mode="replicate")
        x = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        return F.leaky_relu(self.stages(self.first(x)), _LEAK)

    def vectors(self, features: Tensor) -> Tensor:
        """Vectors of `features`."""
        found: Tensor = self.last(features.flatten(1))
        return found.float()


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = _convolution(channels, channels, 3, gain=_GAIN)
        self.outer = _convolution(channels, channels, 3, gain=0.0)

    def forward(self, x: Tensor) -> Tensor:
        inner: Tensor = self.outer(F.leaky_relu(self.inner(F.leaky_relu(x, _LEAK)), _LEAK))
        return x + inner


def _convolution(inputs: int, outputs: int, size: int, *, gain: float) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, size, padding=size // 2)
    return _initialised(layer, inputs * size * size, gain)


def _linear(inputs: int, outputs: int, *, gain: float) -> nn.Linear:
    return _initialised(nn.Linear(inputs, outputs), inputs, gain)


def _initialised(layer: _L, inputs: int, gain: float) -> _L:
    nn.init.normal_(layer.weight, std=gain / math.sqrt(inputs))
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
