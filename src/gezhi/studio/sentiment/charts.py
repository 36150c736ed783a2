"""Geometry of the room's drawings; the templates turn it into SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["HEIGHT", "Bar", "Share", "histogram", "shares"]

HEIGHT = 100.0
_LEAST_HEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: its range of probability, its count, its box and its side."""

    low: float
    high: float
    count: int
    x: float
    width: float
    height: float
    side: str


def histogram(counts: Sequence[int], *, low: float, high: float) -> tuple[Bar, ...]:
    """Bars over the probabilities 0 to 1, in a box 100 wide and `HEIGHT` high.

    The tallest bar fills the height; a bar that counts anything is never too low to be seen.
    `side` says on which side of the uncertain band [low, high] the middle of a bar lies.

    >>> [(bar.height, bar.side) for bar in histogram([5, 0, 10], low=0.4, high=0.6)]
    [(50.0, 'negative'), (0.0, 'uncertain'), (100.0, 'positive')]
    """
    tallest = max([*counts, 1])
    width = 1 / len(counts)
    bars = []
    for place, count in enumerate(counts):
        middle = (place + 0.5) * width
        side = "negative" if middle < low else "positive" if middle > high else "uncertain"
        height = max(_LEAST_HEIGHT, HEIGHT * count / tallest) if count else 0.0
        left, x = place * width, 100 * place * width
        bars.append(Bar(left, left + width, count, x, 100 * width, height, side))
    return tuple(bars)


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a bar that is 100 wide in all."""

    name: str
    count: int
    share: float
    x: float


def shares(counts: Mapping[str, Any]) -> tuple[Share, ...]:
    """How the rows of a file divide, in the order in which the bar shows them.

    >>> [(s.name, s.x) for s in shares({"positive": 3, "uncertain": 1, "negative": 0, "empty": 0})]
    [('negative', 0.0), ('uncertain', 0.0), ('positive', 25.0)]
    """
    names = ["negative", "uncertain", "positive"] + (["empty"] if counts["empty"] else [])
    total = max(1, sum(int(counts[name]) for name in names))
    parts: list[Share] = []
    before = 0
    for name in names:
        count = int(counts[name])
        parts.append(Share(name, count, count / total, 100 * before / total))
        before += count
    return tuple(parts)
