"""One cell of the comparison: a variant trained under a protocol, and its file."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.paths import atomic_write
from gezhi.reading.sentiment.evaluation import wilson_interval
from gezhi.reading.sentiment.protocols import Parts
from gezhi.reading.sentiment.variants import Variant

__all__ = ["CELL_FORMAT", "Cell", "Leak", "Share", "cell_identity", "read_cell", "write_cell"]

CELL_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Share:
    """How many are right, of how many."""

    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """Correct over total; 0 of 0 is not a number."""
        return self.correct / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval at 95 %."""
        return wilson_interval(self.correct, self.total) if self.total else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Leak:
    """Test reviews that were also trained on (`copied`), and the others."""

    copied: Share
    unseen: Share


@dataclass(frozen=True, slots=True)
class Cell:
    """One trained variant under one protocol.

    Attributes
    ----------
    identity
        Sha256 of the reviews, the protocol, the variant and the seed.
    seconds_per_epoch
        Mean over the epochs, of training alone.
    vocabulary, parameters
        Units known, and numbers trained.
    validation
        What epochs are chosen by; None under the post's protocol.
    leak
        None under the honest protocol, which has none.
    log
        One entry an epoch: epoch, loss, seconds, and validation accuracy where there is one.
    """

    identity: str
    protocol: str
    variant: str
    epochs: int
    seed: int
    seconds_per_epoch: float
    vocabulary: int
    parameters: int
    train: Share
    test: Share
    validation: Share | None
    leak: Leak | None
    log: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """Such as `post-char-onehot`: what its files are called."""
        return f"{self.protocol}-{self.variant}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the format number and the test accuracy spelled out."""
        plain = {"format": CELL_FORMAT, **asdict(self), "log": [dict(one) for one in self.log]}
        low, high = self.test.interval
        return {**plain, "test_accuracy": {"value": self.test.accuracy, "low": low, "high": high}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Cell:
        """The cell that `to_json` wrote; KeyError, TypeError or ValueError for anything else."""
        values = dict(plain)
        values.pop("test_accuracy")
        if values.pop("format") != CELL_FORMAT:
            raise ValueError("another format")
        for key in ("train", "test", "validation"):
            values[key] = Share(**values[key]) if values[key] is not None else None
        if values["leak"] is not None:
            values["leak"] = Leak(**{key: Share(**one) for key, one in values["leak"].items()})
        values["log"] = tuple(values["log"])
        return cls(**values)


def write_cell(cell: Cell, path: Path) -> None:
    """Write the cell's file, whole or not at all."""
    text = json.dumps(cell.to_json(), ensure_ascii=False, indent=1)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_cell(path: Path) -> Cell | None:
    """The cell in that file, or None where there is no file.

    Raises
    ------
    InputError
        The file is not what `write_cell` wrote.
    """
    if not path.exists():
        return None
    try:
        return Cell.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is not a stored result: delete it to train anew") from error


def cell_identity(parts: Parts, variant: Variant, seed: int) -> str:
    """Sha256 of what a cell is the result of, its number of epochs aside."""
    same = (variant.name, variant.unit, variant.length, variant.least_seen, variant.width)
    known = json.dumps([parts.digest(), *same, variant.optimiser, seed])
    return hashlib.sha256(known.encode()).hexdigest()
