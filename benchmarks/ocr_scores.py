"""Errors of a page that was read, beside its truth: boxes matched whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gezhi.reading.ocr.alphabet import plain
from gezhi.reading.ocr.teaching import edit_distance

__all__ = ["Piece", "page_errors"]

_Box = tuple[float, float, float, float]
_LEAST = 0.4


@dataclass(frozen=True)
class Piece:
    """A line of text and its box: left, top, right, bottom."""

    text: str
    box: _Box


def page_errors(truth: Sequence[Piece], found: Sequence[Piece]) -> tuple[int, int]:
    """Edits and characters of a page, after NFKC and without spaces.

    Every piece that was found belongs to the line of the truth that it lies in most, where that is
    two fifths of it or more; what several pieces of a line say is put together from left to right,
    or downwards where the line is upright. What belongs to no line is wrong as a whole.

    >>> page_errors([Piece("好书", (0, 0, 40, 20))], [Piece("书", (20, 0, 40, 20)),
    ...                                               Piece("女子", (0, 0, 20, 20))])
    (2, 2)
    """
    parts: list[list[Piece]] = [[] for _ in truth]
    wrong = 0
    for piece in found:
        own = max(_area(piece.box), 1e-9)
        shares = [
            _shared(piece.box, one.box) / min(own, max(_area(one.box), 1e-9)) for one in truth
        ]
        # Of lines within a box that covers several, the one that it covers most of.
        best = max(range(len(truth)), key=shares.__getitem__, default=-1)
        if best < 0 or shares[best] < _LEAST:
            wrong += len(plain(piece.text))
        else:
            parts[best].append(piece)
    for line, pieces in zip(truth, parts, strict=True):
        left, top, right, bottom = line.box
        upright = bottom - top > 1.5 * (right - left) and len(plain(line.text)) > 1
        pieces.sort(key=lambda one: one.box[1] if upright else one.box[0])
        read = plain("".join(one.text for one in pieces))
        wrong += edit_distance(read, plain(line.text))
    return wrong, sum(len(plain(one.text)) for one in truth)


def _area(box: _Box) -> float:
    left, top, right, bottom = box
    return max(0.0, right - left) * max(0.0, bottom - top)


def _shared(one: _Box, other: _Box) -> float:
    return _area((
        max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]),
    ))  # fmt: skip
