"""A line cut into characters: every piece that may be one is judged, and the best path is taken.

"OCR technology, a first look (6)" (https://kexue.fm/archives/3812) cuts where columns are empty,
keeps a cut by the gaps beside it, and cuts long blocks evenly, which breaks 小 and 的 and glues
letters together. Here all cuts that may be right stay open: the glyph network judges every piece
between two of them, and dynamic programming with the language model finds the best way through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gezhi.reading.language_model import Edge, LanguageModel
from gezhi.reading.ocr.glyph_model import Piece, Verdict

__all__ = ["Cut", "GlyphJudge", "cuts_of", "pieces_of", "read_cuts"]

_WIDEST = 1.35
_TOUCHING = 0.6
_LEAST_WHOLE = 1e-3
_Mask = NDArray[np.bool_]


class GlyphJudge(Protocol):
    """What names pieces, as `gezhi.reading.ocr.glyph_model.GlyphModel` does."""

    def verdicts(self, pieces: Sequence[Piece]) -> list[Verdict]:
        """What each piece is."""
        ...


@dataclass(frozen=True)
class Cut:
    """A character that was cut out.

    Attributes:
        text: which it is.
        box: left, top, right and bottom on the line's picture.
        confidence: its probability and that it is one character, multiplied.
        candidates: characters and the logarithms of their probabilities.
    """

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    candidates: tuple[tuple[str, float], ...]


def cuts_of(mask: _Mask, *, height: float) -> list[int]:
    """Columns at which a line may be cut, from its first ink to its last.

    In the middle of every empty stretch; in stretches of ink wider than `_TOUCHING` heights also
    where little ink is, and evenly.

    Args:
        mask: ink of the line, (rows, columns).
        height: of the line.
    """
    ink = mask.sum(axis=0)
    columns = np.flatnonzero(ink)
    if not len(columns):
        return []
    jumps = np.flatnonzero(np.diff(columns) > 1)
    starts = np.concatenate([columns[:1], columns[jumps + 1]]).tolist()
    ends = np.concatenate([columns[jumps] + 1, columns[-1:] + 1]).tolist()
    found = [starts[0]]
    for number, (begin, end) in enumerate(zip(starts, ends, strict=True)):
        if number:
            found.append((ends[number - 1] + begin) // 2)
        if end - begin > _TOUCHING * height:
            found += _within(ink[begin:end], begin, height)
    return sorted({*found, ends[-1]})


def _within(ink: NDArray[np.int64], begin: int, height: float) -> list[int]:
    """Columns of least ink in windows of a seventh of a height, and at even distances."""
    window = max(2, round(height / 7))
    low = []
    for at in range(1, len(ink)):
        around = ink[max(0, at - window) : at + window + 1]
        if ink[at] == around.min() and ink[at] < 0.75 * max(1, float(np.median(ink))):
            low.append(at)
    found: list[int] = []
    for at in low:  # one of each valley
        if not found or at - found[-1] > window:
            found.append(at)
    parts = round(len(ink) / height)
    if parts > 1:
        found += [round(len(ink) * one / parts) for one in range(1, parts)]
    return [begin + at for at in found]


def pieces_of(
    picture: NDArray[np.uint8], mask: _Mask, cuts: Sequence[int], *, top: float, height: float
) -> dict[tuple[int, int], tuple[tuple[int, int, int, int], Piece]]:
    """Pieces between two cuts that are narrow enough: box and picture, by the cuts' numbers.

    Args:
        picture: grey, (rows, columns).
        mask: its ink.
        cuts: columns.
        top, height: of the line on the picture.
    """
    found: dict[tuple[int, int], tuple[tuple[int, int, int, int], Piece]] = {}
    for i in range(len(cuts) - 1):
        for j in range(i + 1, len(cuts)):
            part = mask[:, cuts[i] : cuts[j]]
            columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
            if not len(columns):
                continue
            left, right = cuts[i] + int(columns[0]), cuts[i] + int(columns[-1]) + 1
            if right - left > _WIDEST * height and j > i + 1:
                break
            up, down = int(rows[0]), int(rows[-1]) + 1
            place = ((up - top) / height, (down - top) / height, (right - left) / height)
            found[i, j] = (
                (left, up, right, down),
                Piece(np.ascontiguousarray(picture[up:down, left:right]), place),
            )
    return found


def read_cuts(
    picture: NDArray[np.uint8],
    mask: _Mask,
    judge: GlyphJudge,
    *,
    top: float,
    height: float,
    language: LanguageModel | None = None,
    weight: float = 0.25,
    each: float = 0.0,
) -> list[Cut]:
    """Read a line by its best path.

    A piece weighs by its width: log(whole · p) · width / height, so that two halves do not outweigh
    the whole, and a character more or less does not count by itself.

    Args:
        picture: grey, (rows, columns).
        mask: its ink.
        judge: names pieces.
        top, height: of the line on the picture.
        language: tells likely characters from unlikely ones.
        weight: of the language.
        each: added for every character.
    """
    cuts = cuts_of(mask, height=height)
    pieces = pieces_of(picture, mask, cuts, top=top, height=height)
    if not pieces:
        return []
    verdicts = judge.verdicts([piece for _, piece in pieces.values()])
    edges = []
    for (begin, end), (box, _), verdict in zip(pieces, pieces.values(), verdicts, strict=True):
        wide = max((box[2] - box[0]) / height, 0.25)
        whole = float(np.log(max(verdict.whole, _LEAST_WHOLE)))
        fits = tuple((name, wide * (log + 2 * whole) + each) for name, log in verdict.candidates)
        edges.append(Edge(begin, end, fits))
    if language is not None and weight:
        best = language.search(edges, weight=weight)
    else:
        best = LanguageModel.fit(["一"]).search(edges, weight=0.0)
    boxes = [box for box, _ in pieces.values()]
    return [
        Cut(
            text,
            boxes[number],
            verdicts[number].whole * float(np.exp(dict(verdicts[number].candidates)[text])),
            verdicts[number].candidates,
        )
        for text, number in zip(best.text, best.path, strict=True)
    ]
