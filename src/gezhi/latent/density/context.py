"""The variables before a variable: what a decoder may look at beside z.

Without them a decoder must say every pixel from z alone, and z is spent on textures. With the few
pixels above and to the left, q(x|z) = Π_i q(x_i | z, x_{<i}), z keeps what a neighbourhood cannot
tell (Chen et al., Variational lossy autoencoder, 2017). It stays a density: each factor is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Context", "no_context", "picture_context", "table_context"]


@dataclass(frozen=True)
class Context:
    """For each variable the numbers of those that it may look at.

    Attributes:
        index: (variables, looks), numbers of inputs; as many as there are inputs stands for none.
        pairs: (m, 2) looks whose difference tells how much an edge there matters.
        shared: whether the looks mean the same at every variable, as in a picture.
    """

    index: NDArray[np.int64]
    pairs: NDArray[np.int64]
    shared: bool

    @property
    def looks(self) -> int:
        """How many variables each one may look at."""
        return int(self.index.shape[1])

    def look(self, x: Any) -> Any:
        """Inputs (n, variables, looks) of x (n, inputs + 1), whose last column stands for none.

        >>> table_context([1, 1]).look(np.array([[5.0, 6.0, 0.0]])).tolist()
        [[[0.0, 0.0], [5.0, 0.0]]]
        """
        return x[:, self.index.reshape(-1)].reshape(len(x), *self.index.shape)


def no_context(variables: int) -> Context:
    """No variable looks at another: q(x|z) = Π_i q(x_i|z).

    >>> no_context(3).index.shape
    (3, 0)
    """
    return Context(np.zeros((variables, 0), np.int64), np.zeros((0, 2), np.int64), shared=True)


def picture_context(height: int, width: int, channels: int = 1, radius: int = 2) -> Context:
    """Of each pixel those above and to the left within `radius`, and its channels before it.

    Variables are in the order of (height, width, channels), flat.

    >>> picture_context(2, 2, radius=1).index.tolist()
    [[4, 4, 4, 4], [4, 4, 4, 0], [4, 0, 1, 4], [0, 1, 4, 2]]
    """
    steps = [
        (y, x) for y in range(-radius, 1) for x in range(-radius, radius + 1) if (y, x) < (0, 0)
    ]
    none = height * width * channels
    row, column, channel = np.indices((height, width, channels)).reshape(3, -1)
    looks = []
    for y, x in steps:
        there = (row + y >= 0) & (column + x >= 0) & (column + x < width)
        for other in range(channels):
            number = ((row + y) * width + column + x) * channels + other
            looks.append(np.where(there, number, none))
    for other in range(channels - 1):
        number = (row * width + column) * channels + other
        looks.append(np.where(other < channel, number, none))
    return Context(np.stack(looks, 1), _neighbours(steps, channels), shared=True)


def _neighbours(steps: list[tuple[int, int]], channels: int) -> NDArray[np.int64]:
    """Pairs of looks of the same channel that touch."""
    near = [i for i, (y, x) in enumerate(steps) if y >= -2 and abs(x) <= 2]
    pairs = [
        (i * channels + c, j * channels + c)
        for i in near
        for j in near
        if i < j and abs(steps[i][0] - steps[j][0]) + abs(steps[i][1] - steps[j][1]) == 1
        for c in range(channels)
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def table_context(widths: Sequence[int]) -> Context:
    """Of each column all inputs of those before it; `widths` are the columns' inputs.

    >>> table_context([1, 2, 1]).index.tolist()
    [[4, 4, 4, 4], [0, 4, 4, 4], [0, 1, 2, 4]]
    """
    inputs = sum(widths)
    owner = np.repeat(np.arange(len(widths)), widths)
    before = owner < np.arange(len(widths))[:, None]
    index = np.where(before, np.arange(inputs), inputs)
    return Context(index, np.zeros((0, 2), np.int64), shared=False)
