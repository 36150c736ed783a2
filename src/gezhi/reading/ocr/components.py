"""Connected components that may be text: of every grey layer those that erosion thins but keeps.

"OCR technology, a first look (4): features (2)" (https://kexue.fm/archives/3802) keeps a component
of a layer by its resistance to erosion: noise vanishes, surfaces stay, strokes lose most and keep
some. What is kept of all layers is added up, and each component of the sum then keeps the one layer
that gives most of it ("pooling"), so that outlines and shades of a glyph do not count twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gezhi.reading.ocr.layers import Layers

__all__ = ["Components", "find_components", "label", "pooled", "resistant"]

_RESISTANCE = (0.1, 0.9)
_Mask = NDArray[np.bool_]
_Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Components:
    """Connected pieces of a mask, numbered from 1.

    Attributes:
        numbers: of every pixel, 0 where there is none, (height, width).
        boxes: left, top, right and bottom of each, right and bottom just outside, (n, 4).
        areas: pixels of each, (n,).
    """

    numbers: _Whole
    boxes: _Whole
    areas: _Whole

    def __len__(self) -> int:
        return len(self.areas)

    def __iter__(self) -> Iterator[_Mask]:
        """The mask of each within its own box."""
        for number, (left, top, right, bottom) in enumerate(self.boxes.tolist(), 1):
            yield self.numbers[top:bottom, left:right] == number

    @property
    def widths(self) -> _Whole:
        """Of the boxes, (n,)."""
        return np.asarray(self.boxes[:, 2] - self.boxes[:, 0])

    @property
    def heights(self) -> _Whole:
        """Of the boxes, (n,)."""
        return np.asarray(self.boxes[:, 3] - self.boxes[:, 1])

    def chosen(self, which: NDArray[np.bool_]) -> Components:
        """Only some of them, numbered anew.

        Args:
            which: of each whether it stays, (n,).
        """
        anew = np.zeros(len(self) + 1, np.int64)
        anew[1:][which] = np.arange(1, int(which.sum()) + 1)
        return Components(anew[self.numbers], self.boxes[which], self.areas[which])


def label(mask: _Mask) -> Components:
    """The pieces of a mask (height, width); pixels that touch at a corner are together.

    >>> found = label(np.array([[1, 0, 0, 0], [0, 1, 0, 1]], bool))
    >>> found.boxes.tolist(), found.areas.tolist()
    ([[0, 0, 2, 2], [3, 1, 4, 2]], [2, 1])
    """
    height, width = mask.shape
    row, start, end = _runs(mask)
    group = _groups(len(row), *_touching(row, start, end, width))
    count = int(group.max(initial=-1)) + 1
    numbers = np.zeros((height, width), np.int64)
    numbers[mask] = np.repeat(group + 1, end - start)
    boxes = np.empty((count, 4), np.int64)
    for column, (how, value, nothing) in enumerate([
        (np.minimum, start, width), (np.minimum, row, height),
        (np.maximum, end, 0), (np.maximum, row + 1, 0),
    ]):  # fmt: skip
        boxes[:, column] = nothing
        how.at(boxes[:, column], group, value)
    return Components(numbers, boxes, np.bincount(group, end - start, count).astype(np.int64))


def _runs(mask: _Mask) -> tuple[_Whole, _Whole, _Whole]:
    """Row, start and end of the runs of a mask, row by row."""
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    steps = np.diff(padded, axis=1)
    row, start = np.nonzero(steps == 1)
    return row, start, np.nonzero(steps == -1)[1]


def _touching(row: _Whole, start: _Whole, end: _Whole, width: int) -> tuple[_Whole, _Whole]:
    """Pairs of runs in neighbouring rows that touch, at corners too: those of a run follow on."""
    step = width + 2
    below = (row + 1) * step
    first = np.searchsorted(row * step + end, below + start, "left")
    last = np.searchsorted(row * step + start, below + end, "right")
    many = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(row)), many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return upper, np.repeat(first, many) + within


def _groups(count: int, one: _Whole, other: _Whole) -> _Whole:
    """The group of each of so many things of which pairs are together, numbered from 0."""
    root = np.arange(count)
    while True:
        least = np.minimum(root[one], root[other])
        before = root.copy()
        np.minimum.at(root, before[one], least)
        np.minimum.at(root, before[other], least)
        while (root[root] != root).any():
            root = root[root]
        if (root == before).all():
            return np.asarray(np.unique(root, return_inverse=True)[1])


def resistant(
    mask: _Mask, *, least: float = _RESISTANCE[0], most: float = _RESISTANCE[1], size: int = 2
) -> _Mask:
    """What is left of a mask: components with area after erosion over area before in a range.

    Args:
        mask: (height, width).
        least, most: the range, ends included.
        size: side of the square that erodes; outside the picture nothing erodes.
    """
    found = label(mask)
    if not len(found):
        return np.zeros_like(mask)
    eroded = mask.copy()
    for _ in range(size - 1):
        eroded[1:] &= eroded[:-1].copy()
        eroded[:, 1:] &= eroded[:, :-1].copy()
    after = np.bincount(found.numbers[eroded], minlength=len(found) + 1)[1:]
    share = after / found.areas
    kept = np.concatenate([[False], (share >= least) & (share <= most)])
    return np.asarray(kept[found.numbers])


def pooled(layers: list[_Mask]) -> _Mask:
    """The sum of masks, each of its components reduced to the mask that gives most of it.

    >>> full, ring = np.ones((3, 3), bool), np.ones((3, 3), bool)
    >>> ring[1, 1] = False
    >>> dot = ~ring
    >>> int(pooled([ring, dot]).sum())
    8
    """
    found = label(np.logical_or.reduce(layers))
    shares = np.stack([np.bincount(found.numbers[one], minlength=len(found) + 1) for one in layers])
    winner = shares.argmax(axis=0)
    answer = np.zeros_like(layers[0])
    for number, one in enumerate(layers):
        answer |= one & (winner[found.numbers] == number)
    return answer


def find_components(layers: Layers) -> Components:
    """The components of a picture that may be text."""
    return label(pooled([resistant(layers[number]) for number in range(len(layers))]))
