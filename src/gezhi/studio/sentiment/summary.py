"""What a labelled file holds, in one pass and constant memory: a histogram and telling reviews."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.tables import cell_text, find_column, open_table
from gezhi.studio.characters import shortened

__all__ = ["BINS", "TELLING", "Digest", "Telling", "digest_file", "labelled_rows"]

BINS = 20
TELLING = 5
_LEAST = 5e-7


@dataclass(slots=True)
class Telling:
    """The few distinct texts with the highest key; of equal ones the first."""

    size: int = TELLING
    heap: list[tuple[float, int, str, float]] = field(default_factory=list)

    def add(self, key: float, row: int, text: str, probability: float) -> None:
        """Consider one text."""
        entry = (key, -row, text, probability)
        if len(self.heap) == self.size and entry < self.heap[0]:
            return
        if any(other[2] == text for other in self.heap):
            return
        heapq.heappush(self.heap, entry)
        if len(self.heap) > self.size:
            heapq.heappop(self.heap)

    def ranked(self) -> list[dict[str, Any]]:
        """The texts, highest key first."""
        return [
            {"row": -row, "text": shortened(text), "probability": probability}
            for _, row, text, probability in sorted(self.heap, reverse=True)
        ]


@dataclass(slots=True)
class Digest:
    """Counts in twenty equal bins of probability, and the texts at both ends and in the middle.

    >>> digest = Digest()
    >>> digest.add(2, "好", 0.99)
    >>> digest.add(3, "差", 0.01)
    >>> digest.bins[0], digest.bins[-1], digest.positive.ranked()[0]["text"]
    (1, 1, '好')
    """

    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    positive: Telling = field(default_factory=Telling)
    negative: Telling = field(default_factory=Telling)
    uncertain: Telling = field(default_factory=Telling)

    def add(self, row: int, text: str, probability: float) -> None:
        """Take in one review."""
        self.bins[min(BINS - 1, int(probability * BINS))] += 1
        # The file has six decimals: its 0 and 1 are probabilities that were rounded.
        shown = min(max(probability, _LEAST), 1 - _LEAST)
        self.positive.add(probability, row, text, shown)
        self.negative.add(-probability, row, text, shown)
        self.uncertain.add(-abs(probability - 0.5), row, text, shown)


def labelled_rows(path: Path, column: str | None) -> Iterator[tuple[int, str, float]]:
    """Row number, text and probability of each review of a labelled file that has a text."""
    table = open_table(path)
    lines = table.format == "lines"
    place = 0 if lines else find_column(table, column, (), "reviews")
    for row in table.rows():
        if lines:
            text, _, probability = row.values[0].rsplit("\t", 2)
        else:
            text, probability = row.values[place], row.values[-1]
        found = cell_text(text)
        if found is not None and found.strip():
            yield row.number, found, float(probability)


def digest_file(path: Path, column: str | None) -> dict[str, Any]:
    """Read a labelled file and digest it into plain JSON values (InputError: not such a file)."""
    digest = Digest()
    try:
        for row, text, probability in labelled_rows(path, column):
            digest.add(row, text, probability)
    except ValueError as error:
        raise InputError(f"{path.name} holds no probability in its last column: {error}") from None
    return {
        "bins": digest.bins,
        "most_positive": digest.positive.ranked(),
        "most_negative": digest.negative.ranked(),
        "most_uncertain": digest.uncertain.ranked(),
    }
