"""Grey layers: a picture cut where few pixels are, whatever the colour of its text.

"OCR technology, a first look (3): features (1)" (https://kexue.fm/archives/3785): make the picture
grey, spread its levels by a power, estimate the density of the levels, and cut at the density's
minima: text is of one level nearly everywhere, so some layer holds it, and almost nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError

__all__ = ["Layers", "density_of_levels", "grey", "grey_layers", "stretched"]

_LEVELS = 256
_BANDWIDTH = 0.2
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layers:
    """A picture in layers of neighbouring grey levels.

    Attributes:
        levels: the picture as it was cut, (height, width) uint8.
        number: the layer of each pixel, from the darkest, (height, width).
        cuts: the first level of every layer but the darkest, ascending.
        density: of the 256 levels.
    """

    levels: NDArray[np.uint8]
    number: NDArray[np.int64]
    cuts: tuple[int, ...]
    density: _Floats

    def __len__(self) -> int:
        return len(self.cuts) + 1

    def __getitem__(self, layer: int) -> NDArray[np.bool_]:
        """Where a layer is, (height, width)."""
        if not 0 <= layer < len(self):
            raise IndexError(layer)
        return np.asarray(self.number == layer)


def grey(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """Y = 0.299 R + 0.587 G + 0.114 B of (height, width, 3) uint8; what is grey already stays.

    Raises:
        ArrayError: another shape or type.

    >>> grey(np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)).tolist()
    [[76, 150]]
    """
    if picture.dtype != np.uint8 or picture.size == 0:
        raise ArrayError(f"give pixels of uint8, not {picture.dtype} of shape {picture.shape}")
    if picture.ndim == 2:
        return picture
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise ArrayError(f"give (height, width) or (height, width, 3), not {picture.shape}")
    weighed = picture @ np.array([0.299, 0.587, 0.114])
    return np.asarray(weighed.round().astype(np.uint8))


def stretched(levels: NDArray[np.uint8], *, power: float = 2.0) -> NDArray[np.uint8]:
    """x → x^power, brought to 0 … 255: light levels are spread, dark ones drawn together.

    A picture of one level becomes 0.

    >>> stretched(np.array([[0, 128, 255]], np.uint8)).tolist()
    [[0, 64, 255]]
    """
    raised = levels.astype(np.float64) ** power
    low, high = raised.min(), raised.max()
    if low == high:
        return np.zeros_like(levels)
    return np.asarray(((raised - low) * (255 / (high - low))).round().astype(np.uint8))


def density_of_levels(levels: NDArray[np.uint8], *, bandwidth: float = _BANDWIDTH) -> _Floats:
    """The density of grey levels at 0 … 255: Gaussian kernels of bandwidth · σ of the pixels.

    That is SciPy's ``gaussian_kde(pixels, bw_method=bandwidth)``, reckoned from the histogram. Of
    one level alone it is 1 there.
    """
    counts = np.bincount(levels.ravel(), minlength=_LEVELS)
    number, places = counts.sum(), np.arange(_LEVELS)
    mean = counts @ places / number
    variance = counts @ (places - mean) ** 2 / max(number - 1, 1)
    if variance == 0:
        return np.asarray((counts > 0).astype(np.float64))
    width = bandwidth * np.sqrt(variance)
    apart = places[:, None] - places
    kernel = np.exp(-0.5 * (apart / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(kernel @ counts / number)


def grey_layers(
    picture: NDArray[Any], *, power: float = 2.0, bandwidth: float = _BANDWIDTH
) -> Layers:
    """Cut a picture into as many layers as the density of its levels has maxima.

    Args:
        picture: (height, width) or (height, width, 3) uint8.
        power: of `stretched`.
        bandwidth: of `density_of_levels`.

    Raises:
        ArrayError: another shape or type.

    >>> page = np.full((20, 20), 250, np.uint8)
    >>> page[5:9, 5:15] = 10
    >>> layers = grey_layers(page)
    >>> len(layers), int(layers[0].sum())
    (2, 40)
    """
    levels = stretched(grey(picture), power=power)
    density = density_of_levels(levels, bandwidth=bandwidth)
    cuts = tuple(_minima(density))
    number = np.searchsorted(np.array(cuts, np.int64), levels, side="right")
    return Layers(levels, number.astype(np.int64), cuts, density)


def _minima(density: _Floats) -> list[int]:
    """Levels at the bottom between two maxima; of a flat bottom its middle."""
    rises = np.sign(np.diff(density))
    moving = np.flatnonzero(rises)
    found = []
    for one, other in pairwise(moving.tolist()):
        if rises[one] < 0 < rises[other]:
            found.append((one + 1 + other) // 2 if other > one + 1 else other)
    return found
