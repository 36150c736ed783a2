"""Lines out of pictures: straight, in the grey that shows them best, columns laid down as lines."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import warped
from gezhi.reading.ocr.layers import grey

__all__ = ["best_grey", "cell_edges", "laid_down", "straightened"]

#: Of a line's thickness, added about it: across, and at its ends.
_MARGINS = (0.1, 0.2)
#: Pitch of a column's characters, in widths of the column.
_PITCHES = (0.75, 2.0)
_FAINT = 0.6
_Floats = NDArray[np.float64]


def straightened(
    picture: NDArray[np.uint8], corners: NDArray[np.float64], *, vertical: bool = False
) -> tuple[NDArray[np.uint8], _Floats]:
    """A line as an upright rectangle, with a little of what is about it.

    Args:
        picture: (height, width[, 3]) uint8.
        corners: of the line from the top left clockwise, (4, 2).
        vertical: whether the line runs downwards.

    Returns:
        The rectangle, and the corners of what it shows, (4, 2).
    """
    a, b, c, d = np.asarray(corners, np.float64)
    right, down = (b - a + c - d) / 2, (d - a + c - b) / 2
    thick = np.linalg.norm(right if vertical else down)
    across, along = (one * thick for one in _MARGINS)
    beside, above = (across, along) if vertical else (along, across)
    x = right / max(float(np.linalg.norm(right)), 1e-9) * beside
    y = down / max(float(np.linalg.norm(down)), 1e-9) * above
    shown = np.array([a - x - y, b + x - y, c + x + y, d - x + y])
    width = max(1, round(float(np.linalg.norm(shown[1] - shown[0]))))
    height = max(1, round(float(np.linalg.norm(shown[3] - shown[0]))))
    # Only what is about the line is turned; beyond the picture its edge goes on.
    (left, top), (right_end, bottom) = np.floor(shown.min(axis=0)), np.ceil(shown.max(axis=0)) + 1
    rows = np.arange(int(top), int(bottom)).clip(0, len(picture) - 1)
    columns = np.arange(int(left), int(right_end)).clip(0, picture.shape[1] - 1)
    about = picture[rows[:, None], columns]
    return warped(about, shown - (left, top), (height, width)), shown


def best_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance, or, where that is faint, the direction of colours that varies most.

    Red text on green of the same luminance is invisible in grey and plain along the axis from red
    to green.

    >>> picture = np.zeros((2, 2, 3), np.uint8)
    >>> picture[0] = 130, 0, 0
    >>> picture[1] = 0, 66, 0
    >>> int(np.ptp(grey(picture))), int(np.ptp(best_grey(picture)))
    (0, 255)
    """
    plain = grey(picture)
    if picture.ndim == 2:
        return plain
    flat = picture.reshape(-1, 3).astype(np.float64)
    centred = flat - flat.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(flat))
    most = float(np.sqrt(max(values[-1], 0)))
    if plain.std() >= _FAINT * most / np.sqrt(3) or most < 2:
        return plain
    along = centred @ axes[:, -1]
    low, high = np.percentile(along, (1, 99))
    scaled = (along - low) / max(high - low, 1e-9) * 255
    return np.asarray(scaled.clip(0, 255).reshape(plain.shape).astype(np.uint8))


def cell_edges(ink: NDArray[Any], width: float) -> list[int]:
    """Rows at which a column of characters is cut, its first and last row among them.

    The pitch is about one from character to character, and characters stand in the middle of their
    cells, so that cuts are sought that lie on little ink, evenly, and with the ink's middle halfway
    between two: the least sum of the three, over all cuts and a number of pitches, by dynamic
    programming.

    Args:
        ink: how much ink each row has, (height,), 0 or more.
        width: of the column.
    """
    height = len(ink)
    most = max(float(np.max(ink, initial=0.0)), 1e-9)
    cost = np.concatenate([[0.0], (ink[:-1] + ink[1:]) / 2 / most, [0.0]])
    best: tuple[float, list[int]] = (np.inf, [0, height])
    places = np.arange(height) + 0.5
    mass = np.concatenate([[0.0], np.cumsum(ink)]) / most
    moment = np.concatenate([[0.0], np.cumsum(ink * places)]) / most
    for pitch in np.linspace(_PITCHES[0] * width, _PITCHES[1] * width, 26):
        if pitch < 3 or pitch > 1.6 * height:
            continue
        low, high = max(1, int(0.6 * pitch)), int(1.5 * pitch) + 1
        total = np.full(height + 1, np.inf)
        came = np.zeros(height + 1, np.int64)
        total[0] = 0.0
        for at in range(1, height + 1):
            begin = np.arange(max(0, at - high), max(0, at - low + 1))
            if not len(begin):
                continue
            own = mass[at] - mass[begin]
            middle = (moment[at] - moment[begin]) / np.maximum(own, 1e-9)
            off = np.where(own > 0.5, (middle - (at + begin) / 2) / pitch, 0.5)
            way = total[begin] + 2.0 * ((at - begin - pitch) / pitch) ** 2 + 8.0 * off**2
            found = int(way.argmin())
            total[at], came[at] = way[found] + cost[at], begin[found]
        if not np.isfinite(total[height]):
            continue
        edges = [height]
        while edges[-1]:
            edges.append(int(came[edges[-1]]))
        # Fewer cuts cost less only because they are fewer: cells far from square cost too.
        cells = len(edges) - 1
        score = (total[height] + 0.1 * cells * np.log(pitch / (1.1 * width)) ** 2) / cells
        if score < best[0]:
            best = (float(score), edges[::-1])
    return best[1]


def laid_down(column: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[int]]:
    """A grey column as a line: its characters beside one another from left to right.

    Returns:
        The line, and the rows at which the column was cut; every cell is as wide as the tallest.
    """
    width = column.shape[1]
    middle = np.median(column)
    far = np.abs(column.astype(np.float64) - middle)
    ink = np.where(far > 0.3 * max(float(far.max()), 1.0), far, 0).sum(axis=1)
    edges = cell_edges(ink, width)
    pieces = []
    tall = max(b - a for a, b in pairwise(edges))
    for begin, end in pairwise(edges):
        piece = column[begin:end]
        above = (tall - len(piece)) // 2
        pieces.append(np.pad(piece, ((above, tall - len(piece) - above), (0, 0)), mode="edge"))
    return np.concatenate(pieces, axis=1), edges
