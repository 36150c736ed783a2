"""Which characters moved a judgement: measured by deleting them, not read off the network.

The weight of a character is the log-odds of the text less the log-odds of the text without it. A
deletion set is then searched greedily and pruned, and always checked by judging what remains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Explanation", "LogOdds", "Unit", "explain"]

LogOdds = Callable[[Sequence[str]], NDArray[np.float64]]

MOST_UNITS, FEWEST_UNITS = 256, 8
"""Longer texts are explained by runs of characters, so that the work stays bounded."""

_WORK = 1_000_000
_CAREFUL_STEPS = 12
_CAREFUL_UNITS = 128


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a text was judged as it was.

    Attributes:
        text: the text.
        probability: of positive.
        weights: one number per character of `text`: the nats by which it raises the positive
            log-odds.
        deletions: positions of the fewest characters found whose deletion turns the judgement
            over at 0.5; empty where none was found.
        probability_after: of positive, when those are deleted.
    """

    text: str
    probability: float
    weights: tuple[float, ...]
    deletions: tuple[int, ...]
    probability_after: float


def explain(text: str, log_odds: LogOdds) -> Explanation:
    """Explain a judgement by deletions; `log_odds` maps texts to calibrated log-odds.

    >>> def count_good(texts):
    ...     return np.array([t.count("好") - t.count("坏") - 0.5 for t in texts])
    >>> answer = explain("好坏好", count_good)
    >>> answer.weights, answer.deletions
    ((1.0, -1.0, 1.0), (0,))
    """
    units = _units(text)
    whole = float(log_odds([text])[0])
    if not units:
        return Explanation(text, _probability(whole), (0.0,) * len(text), (), _probability(whole))
    weights = whole - log_odds([_without(text, [unit]) for unit in units])
    deleted = _flip(text, units, weights, whole, log_odds)
    after = float(log_odds([_without(text, deleted)])[0]) if deleted else whole
    per_character = np.zeros(len(text))
    for (start, end), weight in zip(units, weights, strict=True):
        per_character[start:end] = weight / (end - start)
    positions = tuple(sorted(p for start, end in deleted for p in range(start, end)))
    return Explanation(
        text, _probability(whole), tuple(per_character.tolist()), positions, _probability(after)
    )


Unit = tuple[int, int]


def _units(text: str) -> list[Unit]:
    visible = [place for place, character in enumerate(text) if not character.isspace()]
    if len(visible) <= MOST_UNITS:
        return [(place, place + 1) for place in visible]
    count = max(FEWEST_UNITS, min(MOST_UNITS, _WORK // len(text)))
    edges = np.linspace(0, len(text), count + 1).astype(int).tolist()
    return list(pairwise(edges))


def _without(text: str, units: Sequence[Unit]) -> str:
    kept, place = [], 0
    for start, end in sorted(units):
        kept.append(text[place:start])
        place = end
    return "".join([*kept, text[place:]])


def _flip(
    text: str,
    units: list[Unit],
    weights: NDArray[np.float64],
    whole: float,
    log_odds: LogOdds,
) -> list[Unit]:
    """Units whose deletion turns the sign of the log-odds; empty where none is found."""
    side = 1.0 if whole >= 0 else -1.0
    left, deleted, support = list(units), [], side * weights
    steps = _CAREFUL_STEPS if len(units) <= _CAREFUL_UNITS else 0
    for _ in range(steps):
        if len(left) <= 1:
            return []
        best = int(np.argmax(support))
        deleted.append(left.pop(best))
        trials = log_odds([_without(text, [*deleted, unit]) for unit in left])
        now = float(log_odds([_without(text, deleted)])[0])
        if _turned(now, side):
            return _prune(text, deleted, side, log_odds)
        support = side * (now - trials)
    order = [left[i] for i in np.argsort(-support)]
    growing = [[*deleted, *order[:count]] for count in range(1, len(order))]
    odds = log_odds([_without(text, some) for some in growing])
    turned = [some for some, value in zip(growing, odds, strict=True) if _turned(value, side)]
    if turned:
        return _prune(text, turned[0], side, log_odds)
    return _all_but_one(text, units, side * weights, side, log_odds) if steps else []


def _all_but_one(
    text: str,
    units: list[Unit],
    support: NDArray[np.float64],
    side: float,
    log_odds: LogOdds,
) -> list[Unit]:
    """Start from a single unit that reads the other way, and put back what can be put back."""
    alone = side * log_odds([text[start:end] for start, end in units])
    best = int(np.argmin(alone))
    if not _turned(side * float(alone[best]), side):
        return []
    rest = [units[i] for i in np.argsort(support) if i != best]
    return _prune(text, rest, side, log_odds)


def _prune(text: str, deleted: list[Unit], side: float, log_odds: LogOdds) -> list[Unit]:
    """Put back every unit that is not needed for the turn."""
    kept = list(deleted)
    for unit in deleted:
        fewer = [other for other in kept if other != unit]
        if fewer and _turned(float(log_odds([_without(text, fewer)])[0]), side):
            kept = fewer
    return kept


def _turned(log_odds: float, side: float) -> bool:
    return log_odds < 0 if side > 0 else log_odds >= 0


def _probability(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(log_odds, -700, 700))))
