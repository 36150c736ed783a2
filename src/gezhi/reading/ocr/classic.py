"""The classic path, from grey layers to text, each step kept to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import resized
from gezhi.reading.language_model import LanguageModel
from gezhi.reading.ocr.components import Components, find_components, label
from gezhi.reading.ocr.cutting import best_grey, cell_edges
from gezhi.reading.ocr.finding import Row, cleaned, grown, typical_size
from gezhi.reading.ocr.glyph_model import Piece
from gezhi.reading.ocr.lattice import Cut, GlyphJudge, read_cuts
from gezhi.reading.ocr.layers import Layers, grey_layers

__all__ = ["ReadRow", "Steps", "classic_steps"]

_SMALL = 480
_LARGEST_SCALE = 3
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ReadRow:
    """A line that was cut and named.

    Attributes:
        row: its components.
        cuts: its characters, with boxes in the picture that was given.
        pixels: its height, or the width of a line that runs downwards, in that picture.
    """

    row: Row
    cuts: tuple[Cut, ...]
    pixels: float


@dataclass(frozen=True, eq=False)
class Steps:
    """What every step of the classic path made of a picture.

    Attributes:
        scale: how much it was enlarged for the steps up to the rows.
        layers: of grey levels.
        components: what may be text by its resistance to erosion.
        cleaned: what was left of them.
        rows: lines that were grown.
        read: lines that were cut and named.
    """

    scale: int
    layers: Layers
    components: Components
    cleaned: Components
    rows: tuple[Row, ...]
    read: tuple[ReadRow, ...]


def classic_steps(
    picture: NDArray[np.uint8],
    judge: GlyphJudge,
    *,
    language: LanguageModel | None = None,
    weight: float = 0.25,
    mode: str = "page",
) -> Steps:
    """Read a picture as the original did, with every step.

    Args:
        picture: (height, width[, 3]) uint8.
        judge: names pieces.
        language: tells likely characters from unlikely ones.
        weight: of the language.
        mode: ``"page"``, ``"line"`` or ``"character"``.

    Raises:
        ArrayError: another shape or type.
    """
    scale = 1
    while scale < _LARGEST_SCALE and max(picture.shape[:2]) * (scale + 1) <= 2 * _SMALL:
        scale += 1
    shape = (picture.shape[0] * scale, picture.shape[1] * scale)
    large = picture if scale == 1 else resized(picture, shape)
    layers = grey_layers(large)
    found = find_components(layers)
    if mode == "character" and not len(found):  # a stroke that erosion does not thin
        found = label(_darker_or_lighter(layers))
    clean = cleaned(found, large.shape[:2], mode=mode)
    if mode == "page":
        rows = grown(clean)
    else:
        vertical = mode == "line" and large.shape[0] > 1.5 * large.shape[1]
        rows = [_whole(clean, vertical=vertical)] if len(clean) else []
    size = typical_size(clean)
    read = []
    for row in rows:
        left, top, right, bottom = row.box
        cut_out = large[top:bottom, left:right]
        mask = np.isin(clean.numbers[top:bottom, left:right], row.members + 1)
        cuts = _read(cut_out, mask, row, judge, size, language, weight, mode)
        back = tuple(_moved(one, left, top, scale) for one in cuts)
        if back:
            thick = right - left if row.vertical else bottom - top
            read.append(ReadRow(row, back, thick / scale))
    return Steps(scale, layers, found, clean, tuple(rows), tuple(read))


def _darker_or_lighter(layers: Layers) -> _Mask:
    """The layers with fewer pixels than the largest."""
    sizes = [int(layers[number].sum()) for number in range(len(layers))]
    return np.asarray(layers.number != int(np.argmax(sizes)))


def _whole(found: Components, *, vertical: bool) -> Row:
    left, top = found.boxes[:, :2].min(axis=0).tolist()
    right, bottom = found.boxes[:, 2:].max(axis=0).tolist()
    return Row(np.arange(len(found)), (left, top, right, bottom), vertical)


def _moved(cut: Cut, left: int, top: int, scale: int) -> Cut:
    a, b, c, d = cut.box
    box = (
        (a + left) // scale, (b + top) // scale,
        -(-(c + left) // scale), -(-(d + top) // scale),
    )  # fmt: skip
    return Cut(cut.text, box, cut.confidence, cut.candidates)


def _read(
    picture: NDArray[np.uint8],
    mask: _Mask,
    row: Row,
    judge: GlyphJudge,
    size: float,
    language: LanguageModel | None,
    weight: float,
    mode: str,
) -> list[Cut]:
    """Characters of one row, with boxes in its own picture."""
    seen = best_grey(picture)
    if mode == "character":
        (verdict,) = judge.verdicts([Piece(seen)])
        name, log = verdict.candidates[0]
        height, width = seen.shape
        chance = verdict.whole * float(np.exp(log))
        return [Cut(name, (0, 0, width, height), chance, verdict.candidates)]
    if row.vertical:
        return _read_down(seen, mask, judge, language, weight)
    height = float(max(len(mask), 0.6 * size))
    return read_cuts(
        seen, mask, judge, top=len(mask) - height, height=height, language=language, weight=weight
    )


def _read_down(
    seen: NDArray[np.uint8],
    mask: _Mask,
    judge: GlyphJudge,
    language: LanguageModel | None,
    weight: float,
) -> list[Cut]:
    """A column, laid down as a line by cells, and its boxes put back."""
    edges = cell_edges(mask.sum(axis=1).astype(np.float64), mask.shape[1])
    tall = max(b - a for a, b in pairwise(edges))
    width = mask.shape[1]
    line = np.full((tall, width * (len(edges) - 1)), int(np.median(seen)), np.uint8)
    inked = np.zeros(line.shape, bool)
    for cell, (begin, end) in enumerate(pairwise(edges)):
        rows, columns = slice(0, end - begin), slice(cell * width, (cell + 1) * width)
        line[rows, columns], inked[rows, columns] = seen[begin:end], mask[begin:end]
    answer = []
    for one in read_cuts(
        line,
        inked,
        judge,
        top=0.0,
        height=float(max(tall, width)),
        language=language,
        weight=weight,
    ):
        left, top, right, bottom = one.box
        cell = min(int((left + right) / 2 // width), len(edges) - 2)
        box = (
            max(0, left - cell * width), edges[cell] + top,
            min(width, right - cell * width), edges[cell] + bottom,
        )  # fmt: skip
        answer.append(Cut(one.text, box, one.confidence, one.candidates))
    return answer
