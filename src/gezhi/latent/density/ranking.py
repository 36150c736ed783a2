"""Items by how unusual they are, and why: what command line and studio show of a density."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.latent.density.anomaly import unusual
from gezhi.latent.density.model import DensityModel, Scores

if TYPE_CHECKING:
    from gezhi.kernel.arrays import Items
    from gezhi.kernel.progress import Report

__all__ = ["Floats", "Ranking", "bits_per_cell", "rank", "write_rows"]

Floats = NDArray[np.float64]
_SHOWN_CELLS = 3


@dataclass(frozen=True)
class Ranking:
    """How unusual each of n items is.

    Attributes:
        model: what judged them.
        scores: log p(x) of each, with its errors.
        unusual: (n,) nats; more is more unusual.
        surprise: (n, cells): how much less likely each cell was than it is on average, nats.
        order: (n,) numbers of the items, the most unusual first.
        names: of the columns of a table; else empty.
        sources: of the items, such as file names; else empty.
    """

    model: DensityModel
    scores: Scores
    unusual: Floats
    surprise: Floats
    order: NDArray[np.int64]
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def row(self, number: int) -> dict[str, Any]:
        """What is said of one item, as plain values."""
        cells = self.surprise[number].argsort()[::-1][:_SHOWN_CELLS].tolist()
        return {
            "item": self.sources[number] if self.sources else number,
            "unusual": round(float(self.unusual[number]), 4),
            "log_density": round(float(self.scores.log_density[number]), 4),
            "standard_error": _finite(float(self.scores.standard_error[number])),
            "effective_draws": round(float(self.scores.effective_draws[number]), 1),
            "least_expected": ", ".join(self.cell(one) for one in cells),
        }

    def cell(self, number: int) -> str:
        """What a cell is called: a column's name, or where a pixel is."""
        shape = self.model.coding.shape
        if len(shape) > 1:
            row, column = divmod(number // math.prod(shape[2:]), shape[1])
            return f"row {row} column {column}"
        return self.names[number] if self.names else f"column {number}"

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is said of every item, in the order of the data."""
        return (self.row(number) for number in range(len(self.unusual)))


def rank(
    model: DensityModel,
    items: Items,
    *,
    kind: str = "plain",
    n_importance: int = 64,
    report: Report | None = None,
) -> Ranking:
    """Score items and put the most unusual first.

    Args:
        model: a fitted density.
        items: of the shape that it was fitted on.
        kind: one of `gezhi.latent.density.anomaly.KINDS`.
        n_importance: draws of z for each item.
        report: told of every step.

    Raises:
        ArrayError: items of another shape or values than the model was fitted on.
        ParameterError: an unknown kind, or one that these items cannot have.

    >>> from gezhi.kernel.arrays import Items
    >>> model = DensityModel.load("mnist-density")
    >>> busy = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    >>> found = rank(model, Items(np.stack([busy * 0, busy])), n_importance=1)
    >>> found.order.tolist()
    [1, 0]
    """
    scores = model.scores(items.values, n_importance=n_importance, report=report)
    how = unusual(model, items.values, scores, kind=kind)
    return Ranking(
        model=model,
        scores=scores,
        unusual=how,
        surprise=model.surprise(scores),
        order=np.argsort(-how, kind="stable"),
        names=items.names,
        sources=items.sources,
    )


def bits_per_cell(nats: float, model: DensityModel) -> float:
    """−log₂ p(x) for each cell, of log p(x) in nats."""
    return -nats / math.log(2) / model.coding.variables


def write_rows(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write what `Ranking.row` says of items as CSV; the file stands when all is written."""
    from gezhi.kernel.paths import atomic_write

    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
