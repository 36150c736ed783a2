"""What the small network is taught: linear teachers' answers beside the labels people gave.

A network that learns from labels alone is weaker than a linear model on a kind of review it has
never seen. A linear model over runs of characters and words is quick to fit, and the network that
learns its probabilities (Hinton et al. 2015, arXiv 1503.02531), on every review and on clauses cut
from the reviews for which nobody wrote a label, keeps what the linear model carries over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from gezhi.reading.sentiment.calibration import sigmoid
from gezhi.reading.sentiment.variants import units_of

__all__ = ["UNITS", "Lessons", "LinearTeacher", "Unit", "cut_spans", "linear_lessons"]

Unit = Literal["character", "word"]

UNITS: tuple[Unit, ...] = ("character", "word")

_CLAUSE = re.compile(r"[^，。！？；,.!?;~…\s]+[，。！？；,.!?;~…\s]*")
_FEW_TEXTS = 1_000


@dataclass(frozen=True, slots=True)
class Lessons:
    """Texts and probabilities of positive for the small network, both of length n."""

    texts: list[str]
    targets: NDArray[np.float32]


class LinearTeacher:
    """TF-IDF of one to four characters, or of one and two words, and a logistic regression."""

    def __init__(self, unit: Unit, *, strength: float = 10.0, least_seen: int = 2) -> None:
        runs: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 4)}
        if unit == "word":
            cut = partial(units_of, unit="word")
            runs = {"tokenizer": cut, "token_pattern": None, "ngram_range": (1, 2)}
        self._pipeline: Pipeline = make_pipeline(
            TfidfVectorizer(min_df=least_seen, sublinear_tf=True, dtype=np.float32, **runs),
            LogisticRegression(C=strength, solver="liblinear", random_state=0),
        )

    def fit(
        self,
        texts: Sequence[str],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32] | None = None,
    ) -> LinearTeacher:
        """Learn 0/1 labels, each with its weight."""
        self._pipeline.fit(texts, labels > 0.5, logisticregression__sample_weight=weights)
        return self

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds of each text, shape (n,)."""
        answer: NDArray[np.float64] = self._pipeline.decision_function(texts)
        return answer


def linear_lessons(
    texts: Sequence[str],
    labels: NDArray[np.float32],
    *,
    seed: int,
    hard: float = 0.5,
    spans_per_review: float = 1.0,
    strength: float = 2.0,
) -> Lessons:
    """Reviews and clauses cut from them, taught by two linear models and by the labels.

    Args:
        texts: reviews, length n.
        labels: 0 or 1 for each.
        seed: of the choice of clauses.
        hard: the label's share in a review's target; the rest is the linear models' answer.
        spans_per_review: how many runs of clauses are cut from a review, on average.
        strength: the linear models' inverse regularisation.

    >>> labels = np.array([1, 0, 1, 0], np.float32)
    >>> lessons = linear_lessons(["很好，满意", "很差，失望", "好", "差"], labels, seed=0)
    >>> len(lessons.texts), lessons.targets.shape, bool(lessons.targets[0] > lessons.targets[1])
    (6, (6,), True)
    """
    least_seen = 2 if len(texts) >= _FEW_TEXTS else 1
    teachers = [
        LinearTeacher(unit, strength=strength, least_seen=least_seen).fit(texts, labels)
        for unit in UNITS
    ]
    spans = cut_spans(texts, per_review=spans_per_review, seed=seed)
    asked = [*texts, *spans]
    targets = sigmoid(np.mean([teacher.log_odds(asked) for teacher in teachers], axis=0))
    targets[: len(texts)] = hard * labels + (1 - hard) * targets[: len(texts)]
    return Lessons(asked, targets.astype(np.float32))


def cut_spans(texts: Sequence[str], *, per_review: float, seed: int) -> list[str]:
    """Random runs of whole clauses, about `per_review` for each text of more than one clause.

    >>> cut_spans(["好，坏"], per_review=1.0, seed=0) in (["好，"], ["坏"])
    True
    """
    rng = np.random.default_rng(seed)
    spans = []
    for text in texts:
        clauses = _CLAUSE.findall(text)
        if len(clauses) < 2:
            continue
        for _ in range(int(per_review) + int(rng.random() < per_review % 1)):
            count = int(rng.integers(1, len(clauses)))
            start = int(rng.integers(0, len(clauses) - count + 1))
            spans.append("".join(clauses[start : start + count]))
    return spans
