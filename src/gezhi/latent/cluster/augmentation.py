"""Views of an item that should keep its label: how pictures move, how rows lean on a neighbour."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["Motion", "lean", "move"]

_DARKEST = 1e-4  # so that an exponent below 1 leaves what is black nearly black


@dataclass(frozen=True)
class Motion:
    """The largest change of a picture, each drawn evenly up to it, in both directions.

    Attributes:
        degrees: of rotation.
        stretch: logarithm of the stretch of each axis.
        shear: tangent of the angle.
        shift: share of height and width.
        light: logarithm of the exponent of each pixel, in [0, 1].
        gain: logarithm of the factor by which a picture is darkened.

    Without the last two a cluster may be what is equally bright: moving a picture does not change
    that.
    """

    degrees: float = 15.0
    stretch: float = 0.15
    shear: float = 0.15
    shift: float = 1 / 14
    light: float = 0.7
    gain: float = 0.7


def move(pictures: Tensor, motion: Motion, strength: float) -> Tensor:
    """The pictures (n, channels, height, width) in [0, 1], each moved and lit by chance.

    What comes in at the border is 0.
    """
    n = len(pictures)

    def within(most: float) -> Tensor:
        return (torch.rand(n, device=pictures.device) * 2 - 1) * most * strength

    angle, shear = within(math.radians(motion.degrees)), within(motion.shear)
    wide, high = torch.exp(within(motion.stretch)), torch.exp(within(motion.stretch))
    cosine, sine = torch.cos(angle), torch.sin(angle)
    # Coordinates run from −1 to 1, so that a shift of a share of the width is twice as much here.
    rows = [
        torch.stack([cosine * wide, shear - sine * high, within(2 * motion.shift)], dim=1),
        torch.stack([sine * wide, cosine * high, within(2 * motion.shift)], dim=1),
    ]
    grid = F.affine_grid(torch.stack(rows, dim=1), list(pictures.shape), align_corners=False)
    moved = F.grid_sample(pictures, grid, align_corners=False, padding_mode="zeros")
    exponent = torch.exp(within(motion.light))[:, None, None, None]
    gain = torch.exp(-torch.rand(n, device=pictures.device) * motion.gain * strength)
    return moved.clamp(_DARKEST, 1).pow(exponent) * gain[:, None, None, None]


def lean(rows: Tensor, neighbours: Tensor, strength: float) -> Tensor:
    """The rows (n, features), each moved part of the way to a neighbour: at most half, evenly.

    Between neighbours lie the rows that might have been seen; no knowledge of the columns is
    needed.
    """
    share = torch.rand(len(rows), 1, device=rows.device) * 0.5 * strength
    return rows + share * (neighbours - rows)
