"""Maps of text and lines: what a map says where its lines are, and the map that lines ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.reading.ocr.components import label

__all__ = ["CELL", "SHRINK", "UNIT", "Found", "lines_of_maps", "maps_of_lines"]

CELL = 4
"""Pixels of a cell's side."""
UNIT = 8.0
"""Pixels in the unit of distances."""
SHRINK = 0.25
"""Of a line's thickness, that its core is smaller by on every side."""
_Floats = NDArray[np.float32]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Found:
    """A line that was found.

    Attributes:
        corners: (x, y) from the top left clockwise, (4, 2) pixels; for what runs downwards too.
        vertical: whether it runs downwards.
        chance: that it is text, the mean over its core.
    """

    corners: NDArray[np.float64]
    vertical: bool
    chance: float

    @property
    def box(self) -> _Box:
        """Left, top, right and bottom."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def thickness(self) -> float:
        """Height of a horizontal line, width of a vertical one."""
        one, two, three, _ = self.corners
        return float(np.linalg.norm(two - one if self.vertical else three - two))


def maps_of_lines(
    lines: Sequence[tuple[_Box, bool]], height: int, width: int
) -> tuple[_Floats, NDArray[np.bool_]]:
    """What a perfect network says of a picture.

    Args:
        lines: box and whether it runs downwards.
        height, width: of the picture, multiples of `CELL`.

    Returns:
        Core (0 or 1), downwards (0 or 1) and two logarithms of distances, (4, height / CELL,
        width / CELL), and the cells between core and edge that are neither, (height / CELL, …).
    """
    rows, columns = height // CELL, width // CELL
    maps = np.zeros((4, rows, columns), np.float32)
    unsure = np.zeros((rows, columns), bool)
    y, x = (np.arange(rows) + 0.5) * CELL, (np.arange(columns) + 0.5) * CELL
    for (left, top, right, bottom), vertical in lines:
        thick = right - left if vertical else bottom - top
        inner = SHRINK * thick
        whole = _cells(y, top, bottom)[:, None] & _cells(x, left, right)[None]
        core = (
            _cells(y, top + inner, bottom - inner)[:, None]
            & _cells(x, left + inner, right - inner)[None]
        )
        unsure |= whole & ~core
        maps[0][core], maps[1][core] = 1, float(vertical)
        if vertical:
            near, far = x - left, right - x
            first, second = (np.broadcast_to(one[None], core.shape) for one in (near, far))
        else:
            near, far = y - top, bottom - y
            first, second = (np.broadcast_to(one[:, None], core.shape) for one in (near, far))
        for channel, one in ((2, first), (3, second)):
            maps[channel][core] = np.log(one[core].clip(1.0) / UNIT)
    return maps, unsure & (maps[0] == 0)


def _cells(middles: Any, low: float, high: float) -> NDArray[np.bool_]:
    """Cells whose middle lies between; at least the one about the middle of both."""
    inside = (middles >= low) & (middles < high)
    if not inside.any():
        nearest = np.abs(middles - (low + high) / 2).argmin()
        inside[nearest] = True
    return np.asarray(inside)


def lines_of_maps(maps: NDArray[Any], *, least: float = 0.5) -> list[Found]:
    """Lines of a map (4, rows, columns) of logits and logarithms, in pixels of the picture.

    Args:
        maps: what the network says.
        least: chance that a cell of a core has.
    """
    chance = 1 / (1 + np.exp(-maps[0].astype(np.float64)))
    pieces = label(chance > least)
    found = []
    for number, (left, top, right, bottom) in enumerate(pieces.boxes.tolist(), 1):
        part = slice(top, bottom), slice(left, right)
        mask = pieces.numbers[part] == number
        own = chance[part][mask]
        vertical = bool(np.average(maps[1][part][mask], weights=own) > 0)
        rows, columns = np.nonzero(mask)
        y, x = (rows + top + 0.5) * CELL, (columns + left + 0.5) * CELL
        near, far = (
            UNIT * np.exp(maps[one][part][mask].astype(np.float64).clip(-3, 4)) for one in (2, 3)
        )
        corners = _corners(x, y, near, far, own, vertical=vertical)
        if corners is not None:
            found.append(Found(corners, vertical, float(own.mean())))
    return found


def _corners(
    x: Any, y: Any, near: Any, far: Any, weights: Any, *, vertical: bool
) -> NDArray[np.float64] | None:
    """The line that a core's cells belong to: long sides as they say, ends from where they end."""
    along, across = (y, x) if vertical else (x, y)
    middle = across + (far - near) / 2
    thick = float(np.median(near + far))
    start, end = along.min() - CELL / 2, along.max() + CELL / 2
    length = end - start
    slope = 0.0
    if length > 3 * thick:
        centred = along - np.average(along, weights=weights)
        slope = float(np.average(centred * middle, weights=weights))
        slope /= float(np.average(centred**2, weights=weights))
        slope = slope if abs(slope) > 0.004 else 0.0
    offset = float(np.median(middle - slope * along))
    # The core is shorter than its line, by what it is thinner by.
    reach = SHRINK * thick
    ends = np.array([start - reach, end + reach])
    sides = offset + slope * ends
    half = thick / 2
    if vertical:
        corners = [
            (sides[0] - half, ends[0]), (sides[0] + half, ends[0]),
            (sides[1] + half, ends[1]), (sides[1] - half, ends[1]),
        ]  # fmt: skip
    else:
        corners = [
            (ends[0], sides[0] - half), (ends[1], sides[1] - half),
            (ends[1], sides[1] + half), (ends[0], sides[0] + half),
        ]  # fmt: skip
    return np.array(corners) if np.isfinite(corners).all() else None
