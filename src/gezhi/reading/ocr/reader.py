"""`Reader`: pictures in, text, boxes and confidences out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ParameterError
from gezhi.reading.language_model import Edge, LanguageModel
from gezhi.reading.ocr.classic import Steps, classic_steps
from gezhi.reading.ocr.cutting import best_grey, laid_down, straightened
from gezhi.reading.ocr.glyph_model import GlyphModel
from gezhi.reading.ocr.lattice import GlyphJudge
from gezhi.reading.ocr.line_model import LineModel, Spot
from gezhi.reading.ocr.text_maps import Found
from gezhi.reading.ocr.text_model import TextModel, coloured

__all__ = [
    "ENGINES",
    "MODES",
    "WEIGHT",
    "Character",
    "Page",
    "Reader",
    "TextLine",
    "load_reader",
    "reading_order",
]

MODES = ("page", "line", "character")
"""A page of lines, one line alone, or one character alone."""
ENGINES = ("line", "glyph")
"""The recogniser of lines, or the classic path."""
_LEAST = 0.35
WEIGHT = 0.25
"""Of the language model beside what is seen, unless told."""
_UPRIGHT = 1.5
_SPACE = 0.22
_WIDE = str.maketrans(",:;!?()", "，：；！？（）")
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Character:
    """One character of a line.

    Attributes:
        text: which it is.
        box: left, top, right and bottom in the picture.
        confidence: its probability, in [0, 1].
        alternatives: others and their probabilities, the likeliest first.
    """

    text: str
    box: _Box
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class TextLine:
    """One line of text.

    Attributes:
        text: with spaces between Latin words.
        corners: (x, y) from the top left clockwise, in the picture.
        confidence: the mean of its characters'.
        characters: one after another, without spaces.
        vertical: whether it runs downwards.
    """

    text: str
    corners: tuple[tuple[float, float], ...]
    confidence: float
    characters: tuple[Character, ...]
    vertical: bool

    @property
    def box(self) -> _Box:
        """Left, top, right and bottom."""
        across, down = zip(*self.corners, strict=True)
        return min(across), min(down), max(across), max(down)


@dataclass(frozen=True)
class Page:
    """What was read.

    Attributes:
        width, height: of the picture.
        lines: in the order in which they are read.
    """

    width: int
    height: int
    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """One line below the other."""
        return "\n".join(one.text for one in self.lines)

    def record(self) -> dict[str, Any]:
        """The page as JSON has it: boxes in whole pixels."""
        return {
            "width": self.width,
            "height": self.height,
            "lines": [
                {
                    "text": line.text,
                    "box": [round(one) for one in line.box],
                    "confidence": round(line.confidence, 4),
                    "vertical": line.vertical,
                    "characters": [
                        {
                            "text": one.text,
                            "box": [round(edge) for edge in one.box],
                            "confidence": round(one.confidence, 4),
                            "alternatives": [
                                [name, round(chance, 4)] for name, chance in one.alternatives
                            ],
                        }
                        for one in line.characters
                    ],
                }
                for line in self.lines
            ],
        }


class Reader:
    """Reads printed Chinese.

    Args:
        detector: finds lines.
        recogniser: reads one.
        language: tells likely characters from unlikely ones, or None.
        glyphs: names single glyphs, or None; the classic path needs it.
    """

    def __init__(
        self,
        detector: TextModel,
        recogniser: LineModel,
        language: LanguageModel | None = None,
        glyphs: GlyphJudge | None = None,
    ) -> None:
        self.detector, self.recogniser = detector, recogniser
        self.language, self.glyphs = language, glyphs

    def read(
        self,
        picture: NDArray[np.uint8],
        *,
        mode: str = "page",
        engine: str = "line",
        weight: float = WEIGHT,
    ) -> Page:
        """Read a picture.

        Args:
            picture: (height, width) or (height, width, 3) uint8.
            mode: one of `MODES`.
            engine: one of `ENGINES`.
            weight: of the language against what is seen; 0 does without it.

        Raises:
            ArrayError: another shape or type.
            ParameterError: an unknown mode or engine, a weight below 0, or the classic path without
                a glyph network.
        """
        if engine not in ENGINES:
            raise ParameterError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
        if engine == "glyph":
            return self._classic(self.steps(picture, mode=mode, weight=weight), picture)
        _check(mode, weight)
        seen = coloured(picture)
        height, width = seen.shape[:2]
        if mode == "page":
            found = self.detector.find(seen)
            lines = [line for one in found if (line := self._line(seen, one, weight))]
            return Page(width, height, tuple(reading_order(lines)))
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
        vertical = mode == "line" and height > _UPRIGHT * width
        whole = Found(corners, vertical=vertical, chance=1.0)
        line = self._line(seen, whole, weight, margins=False, most=1 if mode == "character" else 0)
        return Page(width, height, (line,) if line else ())

    def steps(
        self, picture: NDArray[np.uint8], *, mode: str = "page", weight: float = WEIGHT
    ) -> Steps:
        """Every step of the classic path; as `read`."""
        _check(mode, weight)
        if self.glyphs is None:
            raise ParameterError("the classic path needs a glyph network: give glyphs")
        return classic_steps(
            coloured(picture), self.glyphs, language=self.language, weight=weight, mode=mode
        )

    def _classic(self, steps: Steps, picture: NDArray[np.uint8]) -> Page:
        lines = []
        for one in steps.read:
            characters = tuple(
                Character(
                    cut.text,
                    tuple(map(float, cut.box)),  # type: ignore[arg-type]
                    cut.confidence,
                    tuple(
                        (name, float(np.exp(log)))
                        for name, log in cut.candidates
                        if name != cut.text
                    )[:4],
                )
                for cut in one.cuts
            )
            confidence = float(np.mean([each.confidence for each in characters]))
            if confidence < _LEAST:
                continue
            spots = [Spot(cut.box[0], cut.box[2], cut.confidence, ()) for cut in one.cuts]
            vertical = one.row.vertical
            text = _spaced([cut.text for cut in one.cuts], spots, one.pixels, vertical=vertical)
            left, top, right, bottom = (edge / steps.scale for edge in one.row.box)
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
            lines.append(TextLine(text, corners, confidence, characters, vertical))
        height, width = picture.shape[:2]
        return Page(width, height, tuple(reading_order(lines)))

    def _line(
        self,
        picture: NDArray[np.uint8],
        found: Found,
        weight: float,
        *,
        margins: bool = True,
        most: int = 0,
    ) -> TextLine | None:
        """Read one line; None where there is nothing on it."""
        if margins:
            cut, shown = straightened(picture, found.corners, vertical=found.vertical)
        else:
            cut, shown = picture, found.corners
        plain = best_grey(cut)
        edges: list[int] = []
        if found.vertical:
            laid, edges = laid_down(plain)
        else:
            laid = plain
        spots = self.recogniser.spots(laid)
        if most:
            spots = sorted(spots, key=lambda one: -one.chance)[:most]
        if not spots or np.mean([one.chance for one in spots]) < _LEAST:
            return None
        chosen = self._chosen(spots, weight)
        to_picture = _Back(shown, plain.shape, edges)
        characters = tuple(
            Character(
                text,
                to_picture.box(spot.left, spot.right),
                min(1.0, spot.chance) * float(np.exp(dict(spot.candidates)[text])),
                tuple(
                    (other, float(np.exp(log))) for other, log in spot.candidates if other != text
                )[:4],
            )
            for spot, text in zip(spots, chosen, strict=True)
        )
        text = _spaced(chosen, spots, laid.shape[0], vertical=found.vertical)
        confidence = float(np.mean([one.confidence for one in characters]))
        corners = tuple((float(x), float(y)) for x, y in found.corners)
        return TextLine(text, corners, confidence, characters, found.vertical)

    def _chosen(self, spots: Sequence[Spot], weight: float) -> list[str]:
        """The likeliest characters of spots one after another."""
        if self.language is None or not weight:
            return [one.candidates[0][0] for one in spots]
        edges = [Edge(i, i + 1, one.candidates) for i, one in enumerate(spots)]
        return list(self.language.search(edges, weight=weight).text)


def _check(mode: str, weight: float) -> None:
    if mode not in MODES:
        raise ParameterError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if weight < 0:
        raise ParameterError(f"weight must be 0 or more, not {weight}")


@dataclass(frozen=True, eq=False)
class _Back:
    """From places on a line that was cut out to the picture.

    Attributes:
        shown: corners of what was cut out.
        shape: its height and width.
        edges: rows at which a column was cut; none for a horizontal line.
    """

    shown: NDArray[np.float64]
    shape: tuple[int, ...]
    edges: Sequence[int]

    def box(self, left: float, right: float) -> _Box:
        """Left, top, right and bottom in the picture of what lies between two columns."""
        height, width = self.shape
        if self.edges:
            cell = min(int((left + right) / 2 // width), len(self.edges) - 2)
            low, high = self.edges[cell] / height, self.edges[cell + 1] / height
            corners = [(0.0, low), (1.0, low), (1.0, high), (0.0, high)]
        else:
            a, b = left / width, right / width
            corners = [(a, 0.0), (b, 0.0), (b, 1.0), (a, 1.0)]
        first, second, _, fourth = self.shown
        points = np.array([first + x * (second - first) + y * (fourth - first) for x, y in corners])
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


def _spaced(
    characters: Sequence[str], spots: Sequence[Spot], height: float, *, vertical: bool
) -> str:
    """Text with spaces where Latin words are apart, and punctuation as wide as its neighbours."""
    found: list[str] = []
    for number, (one, spot) in enumerate(zip(characters, spots, strict=True)):
        before = characters[number - 1] if number else ""
        if before and not vertical and before.isascii() and one.isascii():
            gap = spot.left - spots[number - 1].right
            if gap > _SPACE * height:
                found.append(" ")
        beside = before or (characters[1] if len(characters) > 1 else "")
        wide = bool(beside) and not beside.isascii()
        found.append(one.translate(_WIDE) if wide else one)
    return "".join(found)


def reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines as they are read: columns before one another, rows below, vertical ones from the right.

    The page is cut where nothing stands (recursive XY cut): down where columns of lines that are
    close to one another stand further apart than their lines do, else across. What cannot be cut is
    read from top to bottom, or from right to left where it runs downwards.
    """
    if len(lines) < 2:
        return list(lines)
    boxes = np.array([one.box for one in lines])
    if sum(one.vertical for one in lines) > len(lines) / 2:
        parts = _parted(boxes, 0)
        if len(parts) > 1:
            ordered = [one for part in reversed(parts) for one in part]
            return [lines[one] for one in ordered]
        return [lines[one] for one in np.lexsort((boxes[:, 1], -boxes[:, 2]))]
    rows = _parted(boxes, 1)
    answer: list[TextLine] = []
    for first in range(len(rows)):
        rest = [number for part in rows[first:] for number in part]
        columns = _parted(boxes[rest], 0)
        if len(columns) > 1 and (len(rows) < 2 or _are_columns(boxes[rest], columns)):
            for part in columns:
                answer += reading_order([lines[rest[number]] for number in part])
            return answer
        if len(rows) == 1:
            return [lines[one] for one in np.lexsort((boxes[:, 0], boxes[:, 1]))]
        answer += reading_order([lines[number] for number in rows[first]])
    return answer


def _are_columns(boxes: NDArray[np.float64], columns: list[list[int]]) -> bool:
    """Whether every group has lines below one another, closer than the groups are."""
    spans = [boxes[group] for group in columns]
    apart = min(b[:, 0].min() - a[:, 2].max() for a, b in pairwise(spans))
    for group in spans:
        if len(group) < 2:
            return False
        ordered = group[np.argsort(group[:, 1])]
        gaps = ordered[1:, 1] - ordered[:-1, 3]
        if np.median(gaps) >= apart:
            return False
    return True


def _parted(boxes: NDArray[np.float64], axis: int) -> list[list[int]]:
    """Numbers of boxes in groups that do not touch along an axis, in its order."""
    order = np.argsort(boxes[:, axis], kind="stable")
    thick = float(np.median(np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])))
    slack = 0.25 * thick if axis == 1 else 0.0
    groups: list[list[int]] = []
    end = -np.inf
    for number in order.tolist():
        low, high = boxes[number, axis], boxes[number, axis + 2]
        if not groups or low > end - min(slack, (high - low) / 2):
            groups.append([])
        groups[-1].append(number)
        end = max(end, high)
    return groups


def load_reader(
    detector: str = "ocr-text",
    recogniser: str = "ocr-line",
    language: str | None = None,
    glyphs: str | None = None,
    *,
    threads: int | None = None,
) -> Reader:
    """A reader of bundles by their names or folders.

    Raises:
        BundleError: a bundle is missing, of another kind, or damaged.
    """
    return Reader(
        TextModel.load(detector, threads=threads),
        LineModel.load(recogniser, threads=threads),
        LanguageModel.load(language) if language else None,
        GlyphModel.load(glyphs, threads=threads) if glyphs else None,
    )
