"""What the room says about typed text, as plain values that a template can draw."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gezhi.reading.sentiment.calibration import Band
from gezhi.reading.sentiment.explanation import Explanation
from gezhi.reading.sentiment.model import Judgement
from gezhi.studio.characters import visible
from gezhi.studio.sentiment import models

__all__ = [
    "COLOURED_LENGTH",
    "DEFAULT_ACCURACY",
    "LINES",
    "Answer",
    "CloseReading",
    "Mark",
    "Reading",
    "answer",
    "has_han",
    "level_of",
    "lines_of",
    "marks_of",
    "notes_of",
    "parse_accuracy",
    "read",
    "read_closely",
]

LOWEST_PERCENT, HIGHEST_PERCENT = 80, 99
DEFAULT_ACCURACY = 0.97
COLOURED_LENGTH = 1_000
LINES = 100
_LEVELS = 4
_FULL_COLOUR_NATS = 1.0
_NAMED = 5
_NEW_LINE = re.compile(r"\r\n|\r|\n")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One character with its weight in nats, how strongly to colour it (-4 to 4), and whether it
    is among those whose deletion turns the judgement."""

    text: str
    weight: float
    level: int
    removed: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One model's answer: its bundle's name, the judgement and the band it was made with."""

    model: str
    judgement: Judgement
    band: Band


@dataclass(frozen=True, slots=True)
class CloseReading:
    """One text looked at closely.

    `marks` is empty for a text too long to colour; `notes` are keys of the catalogue.
    """

    best: Reading
    variants: tuple[Reading, ...]
    marks: tuple[Mark, ...]
    helping: tuple[Mark, ...]
    hurting: tuple[Mark, ...]
    removed: tuple[str, ...]
    probability_after: float
    length: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was typed, judged: one close reading, or one row for each line."""

    accuracy: float
    band: Band
    close: CloseReading | None
    rows: tuple[Reading, ...]
    lines_left_out: int


def parse_accuracy(text: str | None) -> float:
    """The accuracy that a form asks for in percent; the default when it is none of those offered.

    >>> parse_accuracy("95"), parse_accuracy("drop table")
    (0.95, 0.97)
    """
    offered = range(LOWEST_PERCENT, HIGHEST_PERCENT + 1)
    return next((one / 100 for one in offered if text == str(one)), DEFAULT_ACCURACY)


def lines_of(text: str) -> list[str]:
    r"""The lines of a text that hold anything.

    >>> lines_of("好\r\n\r\n 差 \n")
    ['好', '差']
    """
    return [line.strip() for line in _NEW_LINE.split(text) if line.strip()]


def level_of(weight: float, strongest: float) -> int:
    """How strongly to colour a weight: 0 to 4, with its sign.

    >>> level_of(2.0, 2.0), level_of(-0.6, 2.0), level_of(0.05, 0.05)
    (4, -2, 0)
    """
    scale = max(strongest, _FULL_COLOUR_NATS)
    size = min(_LEVELS, round(_LEVELS * abs(weight) / scale + 0.3))
    return size if weight > 0 else -size


def notes_of(text: str) -> tuple[str, ...]:
    """What a reader should know before trusting the figure: keys of the catalogue.

    >>> notes_of("ok")
    ('sentiment.note.no_han',)
    """
    notes = []
    if len(text) > COLOURED_LENGTH:
        notes.append("sentiment.note.long")
    if not has_han(text):
        notes.append("sentiment.note.no_han")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        notes.append("sentiment.note.control")
    return tuple(notes)


def read(model: str, texts: list[str], accuracy: float) -> list[Reading]:
    """Judge texts with one model."""
    judged = models.load(model).judge(texts, accuracy=accuracy)
    band = models.band(model, accuracy)
    return [Reading(model, judgement, band) for judgement in judged]


def marks_of(explanation: Explanation) -> tuple[Mark, ...]:
    """Every character of an explained text with its colour."""
    strongest = max(map(abs, explanation.weights), default=0.0)
    removed = set(explanation.deletions)
    return tuple(
        Mark(visible(character), weight, level_of(weight, strongest), position in removed)
        for position, (character, weight) in enumerate(
            zip(explanation.text, explanation.weights, strict=True)
        )
    )


def read_closely(text: str, accuracy: float) -> CloseReading:
    """Judge one text with every model there is, and explain it with the best."""
    [best] = read(models.BEST, [text], accuracy)
    variants = [read(name, [text], accuracy)[0] for name in models.present_variants()]
    explanation = models.load(models.BEST).explain(text) if len(text) <= COLOURED_LENGTH else None
    marks = marks_of(explanation) if explanation else ()
    # A comma moves the score too, but says nothing when it is named alone.
    named = [mark for mark in marks if mark.level and mark.text.isalnum()]
    ranked = sorted(named, key=lambda mark: mark.weight)
    return CloseReading(
        best=best,
        variants=tuple(variants),
        marks=marks,
        helping=tuple(mark for mark in ranked[::-1][:_NAMED] if mark.level > 0),
        hurting=tuple(mark for mark in ranked[:_NAMED] if mark.level < 0),
        removed=tuple(mark.text for mark in marks if mark.removed),
        probability_after=explanation.probability_after if explanation else 0.0,
        length=len(text),
        notes=notes_of(text),
    )


def answer(text: str, accuracy: float) -> Answer | None:
    """Judge what was typed; None when there is nothing but white space."""
    lines = lines_of(text)
    if not lines:
        return None
    band = models.band(models.BEST, accuracy)
    if len(lines) == 1:
        return Answer(accuracy, band, read_closely(lines[0], accuracy), (), 0)
    rows = read(models.BEST, lines[:LINES], accuracy)
    return Answer(accuracy, band, None, tuple(rows), max(0, len(lines) - LINES))


def has_han(text: str) -> bool:
    """Whether a text holds a Chinese character.

    >>> has_han("ok 好"), has_han("ok")
    (True, False)
    """
    return _HAN.search(text) is not None
