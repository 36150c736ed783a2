"""Text found as the original found it: components cleaned, and grown to lines.

"OCR technology, a first look (6): locating text" (https://kexue.fm/archives/3812) drops components
by how dense they are in their boxes and how large those are beside the picture, and grows lines by
looking for each component's neighbours in the horizontal direction. Its thresholds are of whole
pictures and delete large glyphs; here they are of the text's own size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.reading.ocr.components import Components

__all__ = ["Row", "cleaned", "grown", "typical_size"]

_DENSE, _THIN = 0.93, 0.06
_LARGEST = 4.0
_SMALLEST = 0.12
_FLAT = 12.0
_GAP = 1.5
_OVERLAP = 0.45
_ALONE_FILL = np.pi / 4
_Boxes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Row:
    """Components of one line of text.

    Attributes:
        members: their numbers, from 0.
        box: left, top, right and bottom.
        vertical: whether the line runs downwards.
    """

    members: NDArray[np.int64]
    box: tuple[int, int, int, int]
    vertical: bool


def typical_size(found: Components) -> float:
    """The size of the text: of the longer sides, the one that half of their sum is below.

    By their sum and not by number, since dots and noise are many and small; frames and blocks count
    only where nothing else is.
    """
    if not len(found):
        return 0.0
    longer = np.maximum(found.widths, found.heights)
    fill = found.areas / (found.widths * found.heights)
    strokes = (fill > 2 * _THIN) & (fill < _DENSE)
    weight = np.where(strokes, longer, 0) if strokes.any() else longer
    order = np.argsort(longer)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(longer[order[int(np.searchsorted(share, 0.5))]])


def cleaned(found: Components, shape: tuple[int, int], *, mode: str = "page") -> Components:
    """Components without what is no text: dust, frames, surfaces, lone blocks.

    Args:
        found: of a picture.
        shape: height and width of the picture.
        mode: ``"page"``; on a ``"line"`` nothing is too large, and of a ``"character"`` all stays.
    """
    if not len(found) or mode == "character":
        return found
    size = typical_size(found)
    widths, heights, areas = found.widths, found.heights, found.areas
    longer, shorter = np.maximum(widths, heights), np.minimum(widths, heights)
    fill = areas / (widths * heights)
    kept = longer >= _SMALLEST * size
    if mode == "page":
        kept &= longer <= max(_LARGEST * size, 12)
        kept &= longer < 0.9 * max(shape)
        # Frames have little ink in large boxes; rules are much longer than thick.
        kept &= (fill > _THIN) | (longer < 1.5 * size)
        kept &= (longer < _FLAT * shorter) | (longer < 1.3 * size)
    kept &= ~((fill > _DENSE) & (shorter > 1.2 * size))
    if mode == "page":
        kept &= ~_alone(found, kept, fill, size)
    return found.chosen(kept)


def _alone(
    found: Components, kept: NDArray[np.bool_], fill: NDArray[Any], size: float
) -> NDArray[np.bool_]:
    """Dense blocks with nothing else in a box three times as large about them."""
    answer = np.zeros(len(found), bool)
    boxes = found.boxes.astype(np.float64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    sides = boxes[:, 2:] - boxes[:, :2]
    some = np.flatnonzero(kept & (fill > _ALONE_FILL) & (sides.max(axis=1) > 0.3 * size))
    for number in some.tolist():
        near = (np.abs(middles - middles[number]) < 1.5 * np.maximum(sides[number], size)).all(1)
        answer[number] = int((near & kept).sum()) <= 1
    return answer


def grown(found: Components, *, vertical: bool | None = None) -> list[Row]:
    """Lines, grown from component to component.

    Args:
        found: what was left by `cleaned`.
        vertical: whether lines run downwards; None lets the gaps decide: characters of a line stand
            closer to one another than lines do.
    """
    if not len(found):
        return []
    boxes = found.boxes
    if vertical is None:
        vertical = _runs_down(boxes)
    turned = boxes[:, [1, 0, 3, 2]] if vertical else boxes
    rows = []
    for members in _lines(turned):
        part = boxes[members]
        left, top = part[:, :2].min(axis=0).tolist()
        right, bottom = part[:, 2:].max(axis=0).tolist()
        rows.append(Row(members, (left, top, right, bottom), vertical))
    return rows


def _runs_down(boxes: _Boxes) -> bool:
    """Whether gaps downwards are clearly smaller than gaps to the right, between large parts."""
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    large = boxes[longer >= 0.6 * np.percentile(longer, 90)]
    if len(large) < 3:
        return False
    across, down = _nearest(large), _nearest(large[:, [1, 0, 3, 2]])
    return bool(np.median(down) < 0.6 * np.median(across))


def _nearest(boxes: _Boxes) -> NDArray[np.float64]:
    """Gap of each box to the next one to its right that it overlaps, in heights; 3 at most."""
    left, top, right, bottom = boxes.T.astype(np.float64)
    high = np.maximum(bottom - top, 1)
    shared = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    beside = (shared > 0.5 * np.minimum(high[:, None], high)) & (left > (left + right)[:, None] / 2)
    gaps = np.where(beside, np.maximum(left - right[:, None], 0), np.inf).min(axis=1)
    return np.asarray(np.minimum(gaps / high, 3.0))


def _lines(boxes: _Boxes) -> list[NDArray[np.int64]]:
    """Numbers of boxes in lines: large ones first, then small ones put to the nearest line."""
    left, top, right, bottom = boxes.T.astype(np.float64)
    high, wide = bottom - top, right - left
    size = np.maximum(high, wide)
    around = np.array([_local(boxes, size, number) for number in range(len(boxes))])
    large = size >= 0.55 * around
    if not large.any():
        large[:] = True
    group = np.arange(len(boxes))
    order = np.flatnonzero(large)[np.argsort(left[large], kind="stable")]
    for place, one in enumerate(order.tolist()):
        rest = order[place + 1 :]
        scale = np.maximum(around[one], around[rest])
        shared = np.minimum(bottom[one], bottom[rest]) - np.maximum(top[one], top[rest])
        beside = shared > _OVERLAP * np.minimum(np.minimum(high[one], high[rest]), scale)
        close = left[rest] - right[one] < _GAP * scale
        alike = np.maximum(around[one], around[rest]) < 1.8 * np.minimum(around[one], around[rest])
        for other in rest[beside & close & alike].tolist():
            group[group == group[other]] = group[one]
    lines = [np.flatnonzero((group == one) & large) for one in np.unique(group[large])]
    spans = np.array([
        (left[m].min(), top[m].min(), right[m].max(), bottom[m].max()) for m in lines
    ])  # fmt: skip
    members = [m.tolist() for m in lines]
    tall = spans[:, 3] - spans[:, 1]
    for number in np.flatnonzero(~large).tolist():
        dx = np.maximum(
            np.maximum(spans[:, 0] - right[number], left[number] - spans[:, 2]), 0
        ) / np.maximum(tall, 1)
        dy = np.maximum(
            np.maximum(spans[:, 1] - bottom[number], top[number] - spans[:, 3]), 0
        ) / np.maximum(tall, 1)
        far = dx + 2.5 * dy
        best = int(far.argmin())
        if far[best] < 0.9:
            members[best].append(number)
    return [np.array(sorted(one), np.int64) for one in members]


def _local(boxes: _Boxes, size: NDArray[np.float64], number: int) -> float:
    """The size of characters about a box: a high percentile of those near it."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = 4 * max(float(size[number]), float(np.median(size)))
    near = (np.abs(middles - middles[number]) < reach).all(axis=1)
    return float(np.percentile(size[near], 80))
