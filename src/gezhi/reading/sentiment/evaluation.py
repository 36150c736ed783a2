"""How good judgements are: accuracy with its interval, F1, calibration, and what is decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gezhi.errors import ParameterError
from gezhi.reading.sentiment.calibration import Band

__all__ = [
    "BINS",
    "Evaluation",
    "as_record",
    "evaluate",
    "expected_calibration_error",
    "wilson_interval",
]

BINS = 15
_Z_95 = 1.959963984540054  # the normal quantile of 0.975


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one labelled set; shares lie between 0 and 1.

    Attributes:
        n: texts.
        accuracy: share that is right when everything is decided at 0.5.
        accuracy_low: lower end of its 95 % Wilson interval.
        accuracy_high: upper end.
        balanced_accuracy: mean of the shares right among the positive and the negative.
        f1: of the class positive.
        expected_calibration_error: see `expected_calibration_error`.
        confusion: ((truly negative judged negative, judged positive), (truly positive judged
            negative, judged positive)), at 0.5.
        banded: the same rows with three columns, negative, uncertain and positive, by the band.
        coverage: share outside the uncertain band.
        decided_accuracy: share that is right among those; None when nothing is decided.
        band: the uncertain band.
    """

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    balanced_accuracy: float
    f1: float
    expected_calibration_error: float
    confusion: tuple[tuple[int, int], tuple[int, int]]
    banded: tuple[tuple[int, int, int], tuple[int, int, int]]
    coverage: float
    decided_accuracy: float | None
    band: Band


def evaluate(labels: ArrayLike, probabilities: ArrayLike, band: Band) -> Evaluation:
    """Compare probabilities of positive with the truth.

    Args:
        labels: 1 for positive and 0 for negative, shape (n,), with both classes.
        probabilities: of positive, shape (n,).
        band: the uncertain band.

    Raises:
        ParameterError: shapes differ, a label is neither 0 nor 1, a probability lies outside
            [0, 1], or a class is missing.

    >>> band = Band(accuracy=0.97, low=0.3, high=0.7, coverage=0.9)
    >>> e = evaluate([1, 1, 0, 0], [0.9, 0.6, 0.2, 0.8], band)
    >>> e.accuracy, e.coverage, e.confusion
    (0.75, 0.75, ((1, 1), (0, 2)))
    """
    truth, probability = _checked(labels, probabilities)
    judged = probability >= 0.5
    confusion = [[int(np.sum((truth == t) & (judged == j))) for j in (0, 1)] for t in (0, 1)]
    (true_negative, false_positive), (false_negative, true_positive) = confusion
    n = len(truth)
    right = true_negative + true_positive
    low, high = wilson_interval(right, n)
    named = np.array([band.label(value) for value in probability.tolist()])
    banded = [[int(np.sum((truth == t) & (named == name))) for name in _LABELS] for t in (0, 1)]
    decided = n - banded[0][1] - banded[1][1]
    return Evaluation(
        n=n,
        accuracy=right / n,
        accuracy_low=low,
        accuracy_high=high,
        balanced_accuracy=(
            true_negative / (true_negative + false_positive)
            + true_positive / (true_positive + false_negative)
        )
        / 2,
        f1=2 * true_positive / (2 * true_positive + false_positive + false_negative),
        expected_calibration_error=expected_calibration_error(truth, probability),
        confusion=(_pair(confusion[0]), _pair(confusion[1])),
        banded=(_triple(banded[0]), _triple(banded[1])),
        coverage=decided / n,
        decided_accuracy=(banded[0][0] + banded[1][2]) / decided if decided else None,
        band=band,
    )


_LABELS = ("negative", "uncertain", "positive")


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """The mean gap between how sure the judgements are and how often they are right.

    Guo et al., On Calibration of Modern Neural Networks (2017), equation 3: the confidence, which
    is the probability of the judged class, is sorted into 15 bins of equal width on (0, 1]; in
    each the gap is |accuracy - mean confidence|, and the gaps are weighted by the share of texts.

    >>> expected_calibration_error([1, 1, 1, 0], [0.75, 0.75, 0.75, 0.75])
    0.0
    """
    truth = np.asarray(labels, dtype=np.int64)
    probability = np.asarray(probabilities, dtype=np.float64)
    confidence = np.maximum(probability, 1 - probability)
    right = (probability >= 0.5) == (truth == 1)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, right - confidence, BINS)
    return float(np.abs(gaps).sum() / len(truth))


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share.

    >>> [round(end, 3) for end in wilson_interval(90, 100)]
    [0.826, 0.945]
    """
    if not 0 <= right <= n or not n:
        raise ParameterError(f"right must lie between 0 and n > 0, not {right} of {n}")
    share, z2 = right / n, _Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _checked(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    truth = np.asarray(labels)
    probability = np.asarray(probabilities, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != probability.shape:
        raise ParameterError(
            "labels and probabilities must have one and the same length, not the shapes "
            f"{truth.shape} and {probability.shape}"
        )
    if not np.isin(truth, (0, 1)).all():
        raise ParameterError("labels must be 0 and 1")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ParameterError("probabilities must lie between 0 and 1")
    if len(np.unique(truth)) < 2:
        raise ParameterError("labels must hold both classes, 0 and 1")
    return truth.astype(np.int64), probability


def _pair(row: Sequence[int]) -> tuple[int, int]:
    return row[0], row[1]


def _triple(row: Sequence[int]) -> tuple[int, int, int]:
    return row[0], row[1], row[2]


def as_record(evaluation: Evaluation) -> dict[str, Any]:
    """The figures as one flat JSON object."""
    names = ("negative", "positive")
    record: dict[str, Any] = {
        name: getattr(evaluation, name)
        for name in (
            *("n", "accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy", "f1"),
            *("expected_calibration_error", "coverage", "decided_accuracy"),
        )
    }
    record["band"] = {
        "accuracy": evaluation.band.accuracy,
        "low": evaluation.band.low,
        "high": evaluation.band.high,
    }
    record["confusion"] = {
        truth: dict(zip(names, row, strict=True))
        for truth, row in zip(names, evaluation.confusion, strict=True)
    }
    record["confusion_banded"] = {
        truth: dict(zip(_LABELS, row, strict=True))
        for truth, row in zip(names, evaluation.banded, strict=True)
    }
    return record
