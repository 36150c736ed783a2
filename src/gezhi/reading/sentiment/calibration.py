"""From log-odds to probabilities that mean what they say, and the band in which nothing is decided.

The probabilities are those of Platt scaling: P(positive) = σ(slope · log-odds + intercept), fitted
on validation reviews. The post chose its uncertain band by hand around a threshold that moved from
training to training; here the band follows from the accuracy that a person asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gezhi.errors import ParameterError

__all__ = ["CERTAINTY", "DEFAULT_ACCURACY", "Band", "Calibration", "sigmoid"]

DEFAULT_ACCURACY = 0.97
CERTAINTY = 1.0
"""Standard errors by which the validation accuracy of a band must pass the one asked for."""

_STEPS = 200


@dataclass(frozen=True, slots=True)
class Band:
    """Probabilities strictly between `low` and `high` are left undecided.

    `accuracy` is what was asked for, `coverage` the share of validation reviews that is decided.
    """

    accuracy: float
    low: float
    high: float
    coverage: float

    def label(self, probability: float) -> str:
        """`positive`, `negative` or `uncertain`.

        >>> Band(accuracy=0.97, low=0.2, high=0.8, coverage=0.9).label(0.5)
        'uncertain'
        """
        if probability >= self.high:
            return "positive"
        return "negative" if probability <= self.low else "uncertain"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling, and how accurate the answers beyond each confidence were on validation data.

    `confidences` rises from 0.5; `decided` and `correct` count the validation reviews whose larger
    probability is at least that confidence.
    """

    slope: float
    intercept: float
    confidences: tuple[float, ...]
    decided: tuple[int, ...]
    correct: tuple[int, ...]

    @classmethod
    def fit(cls, log_odds: ArrayLike, labels: ArrayLike) -> Calibration:
        """Fit on the log-odds and 0/1 labels of validation reviews, both of shape (n,)."""
        from sklearn.linear_model import LogisticRegression

        odds = np.asarray(log_odds, dtype=np.float64)
        truth = np.asarray(labels, dtype=np.int64)
        platt = LogisticRegression(C=100.0).fit(odds[:, None], truth)
        slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        probability = sigmoid(slope * odds + intercept)
        confidence = np.maximum(probability, 1 - probability)
        right = (probability >= 0.5) == (truth == 1)
        grid = 0.5 + 0.5 * (1 - np.geomspace(1, 1e-4, _STEPS))
        beyond = confidence[None, :] >= grid[:, None]
        return cls(
            slope,
            intercept,
            tuple(grid.tolist()),
            tuple(beyond.sum(1).tolist()),
            tuple((beyond & right).sum(1).tolist()),
        )

    def probabilities(self, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(positive), float64, of raw log-odds of any shape."""
        return sigmoid(self.slope * log_odds + self.intercept)

    def band(self, accuracy: float = DEFAULT_ACCURACY) -> Band:
        """The narrowest band beyond which validation answers are as accurate as asked for.

        The accuracy must pass the one asked for by one standard error, so that it holds on other
        reviews too. Where no band does, everything is uncertain and the coverage is 0.

        Raises:
            ParameterError: `accuracy` is not between 0.5 and 1.
        """
        if not 0.5 < accuracy < 1:
            raise ParameterError(f"accuracy must lie between 0.5 and 1, not {accuracy}")
        everything = self.decided[0]
        for confidence, decided, correct in zip(
            self.confidences, self.decided, self.correct, strict=True
        ):
            spread = CERTAINTY * (accuracy * (1 - accuracy) / max(decided, 1)) ** 0.5
            if decided and correct / decided >= min(accuracy + spread, 1.0):
                return Band(accuracy, 1 - confidence, confidence, decided / everything)
        return Band(accuracy, -np.inf, np.inf, 0.0)

    def as_preprocessing(self) -> dict[str, Any]:
        """The calibration as plain JSON values, for a bundle."""
        return {
            "slope": self.slope,
            "intercept": self.intercept,
            "confidences": [round(value, 8) for value in self.confidences],
            "decided": list(self.decided),
            "correct": list(self.correct),
        }

    @classmethod
    def from_preprocessing(cls, values: Mapping[str, Any]) -> Calibration:
        """Read what `as_preprocessing` wrote."""
        return cls(
            float(values["slope"]),
            float(values["intercept"]),
            tuple(values["confidences"]),
            tuple(values["decided"]),
            tuple(values["correct"]),
        )


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + e^-x) without overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1 / (1 + small), small / (1 + small))
