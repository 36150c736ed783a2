"""Moving pictures before the judge sees them, so that few are enough.

Real and generated pictures meet the same distribution of changes, each with a chance p below one,
so that what is generated stays unchanged (adaptive discriminator augmentation, arXiv 2006.06676).
Every change can be differentiated by pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["MOST", "adapted", "changed"]

MOST = 0.8
"""The largest chance; above it changes would leak into what is generated."""
_AIM = 0.6
_FULL_TURN = 500_000  # pictures over which the chance can go from 0 to 1


def adapted(chance: float, certainty: float, pictures: int) -> float:
    """The chance of a change after so many more pictures.

    Args:
        chance: until now.
        certainty: how much more often a real picture is judged above a generated one than below,
            in [−1, 1].
        pictures: judged since.

    >>> adapted(0.0, 0.9, 5000), adapted(0.0, 0.1, 5000)
    (0.01, 0.0)
    """
    step = pictures / _FULL_TURN
    return min(MOST, max(0.0, chance + (step if certainty > _AIM else -step)))


def changed(pictures: Tensor, chance: float) -> Tensor:
    """Shifted by up to an eighth, lightened or darkened, or with a square missing: each by chance.

    >>> pictures = torch.zeros(2, 1, 8, 8)
    >>> torch.equal(changed(pictures, 0.0), pictures)
    True
    """
    if chance <= 0:
        return pictures
    pictures = _shifted(pictures, _chosen(pictures, chance))
    pictures = _lit(pictures, _chosen(pictures, chance))
    return _cut(pictures, _chosen(pictures, chance))


def _chosen(pictures: Tensor, chance: float) -> Tensor:
    return torch.rand(len(pictures), device=pictures.device) < chance


def _shifted(pictures: Tensor, chosen: Tensor) -> Tensor:
    n, _, height, width = pictures.shape
    most = torch.tensor([height // 8, width // 8], device=pictures.device)
    by = ((2 * torch.rand(n, 2, device=pictures.device) - 1) * (most + 0.5)).round().long()
    by = by.clamp(-most, most) * chosen[:, None]
    rows = (torch.arange(height, device=pictures.device) + by[:, :1]).clamp(0, height - 1)
    columns = (torch.arange(width, device=pictures.device) + by[:, 1:]).clamp(0, width - 1)
    every = torch.arange(n, device=pictures.device)[:, None, None]
    moved: Tensor = pictures.movedim(1, -1)[every, rows[:, :, None], columns[:, None, :]]
    return moved.movedim(-1, 1)


def _lit(pictures: Tensor, chosen: Tensor) -> Tensor:
    """Contrast by a factor of 0.7 to 1.4 about black, within the range of pictures."""
    factor = torch.exp((torch.rand(len(pictures), device=pictures.device) - 0.5) * 0.7)
    factor = torch.where(chosen, factor, torch.ones_like(factor))[:, None, None, None]
    return ((pictures + 1) * factor - 1).clamp(-1, 1)


def _cut(pictures: Tensor, chosen: Tensor) -> Tensor:
    n, _, height, width = pictures.shape
    top = torch.rand(n, 1, device=pictures.device) * height
    left = torch.rand(n, 1, device=pictures.device) * width
    rows = torch.arange(height, device=pictures.device)
    columns = torch.arange(width, device=pictures.device)
    inside = ((rows - top).abs() < height / 8)[:, :, None] & ((columns - left).abs() < width / 8)[
        :, None, :
    ]
    missing = (inside & chosen[:, None, None])[:, None]
    return F.relu(pictures + 1).where(~missing, torch.zeros_like(pictures)) - 1
