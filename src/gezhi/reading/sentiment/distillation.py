"""How the model that ships is made: a small network learns the answers of four teachers.

Two character language models that learned to judge (`pretraining`) and two linear models, over
runs of characters and of words, are blended by a logistic regression on the validation reviews.
The small network learns their probabilities (Hinton et al. 2015, arXiv 1503.02531) on every review
and on random runs of clauses cut from the reviews, for which nobody wrote a label.

Every stage leaves a checkpoint in the folder, so that a stopped run goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from gezhi.kernel.bundle import Bundle
from gezhi.kernel.paths import atomic_write
from gezhi.reading.sentiment.calibration import sigmoid
from gezhi.reading.sentiment.corpus import HonestSplit, Review, honest_split, training_pool
from gezhi.reading.sentiment.evaluation import evaluate
from gezhi.reading.sentiment.lessons import UNITS, Lessons, LinearTeacher, cut_spans
from gezhi.reading.sentiment.model import SentimentModel
from gezhi.reading.sentiment.network import Shape
from gezhi.reading.sentiment.pretraining import (
    Direction,
    Teacher,
    fine_tune,
    pretrain,
    teacher_log_odds,
)
from gezhi.reading.sentiment.text import count_characters
from gezhi.reading.sentiment.training import (
    Settings,
    Trained,
    train_network,
    write_model,
)

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "DIRECTIONS",
    "LEAST_SEEN",
    "OWN_DOMAIN_WEIGHT",
    "SHIPPED_SHAPE",
    "Council",
    "Recipe",
    "distil",
    "gather_council",
    "make_lessons",
    "write_student",
]


DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
LEAST_SEEN = 5
SHIPPED_SHAPE = Shape(characters=0, narrow=24, wide=96, blocks=3, dropout=0.2)
OWN_DOMAIN_WEIGHT = 1.5
"""Weight of a review of the 21 k corpus against one of the shopping corpus."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the shipped model was made with."""

    language_epochs: int = 5
    teacher_epochs: int = 3
    spans_per_review: float = 3.0
    student: Settings = field(default_factory=lambda: Settings(SHIPPED_SHAPE, epochs=5))
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Council:
    """The teachers and the weights of their log-odds."""

    recurrent: dict[Direction, Teacher]
    linear: tuple[LinearTeacher, ...]
    vocabulary: str
    weights: NDArray[np.float64]
    intercept: float

    def opinions(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds of every teacher, shape (n, teachers)."""
        return _opinions(self.recurrent, self.linear, self.vocabulary, texts)

    def blend(self, opinions: NDArray[np.float64]) -> NDArray[np.float64]:
        """The council's log-odds from its members', shape (n,)."""
        blended: NDArray[np.float64] = opinions @ self.weights + self.intercept
        return blended


def distil(
    posneg: Sequence[Review],
    shopping: Sequence[Review],
    folder: Path,
    output: Path,
    *,
    recipe: Recipe | None = None,
    report: Report | None = None,
) -> Bundle:
    """Make the model that ships from the two corpora; the honest test is read only to report.

    Args:
        folder: where the stages keep their checkpoints, one folder for each recipe and corpus.
        output: the bundle's folder.
    """
    recipe = recipe or Recipe()
    split, pool = honest_split(posneg), training_pool(posneg, shopping)
    folder = folder / _fingerprint(recipe, pool)
    folder.mkdir(parents=True, exist_ok=True)
    council = gather_council(pool, split.validation, folder, recipe, report)
    lessons = make_lessons(council, pool, folder, recipe)
    student = train_network(
        lessons.texts,
        lessons.targets,
        replace(recipe.student, seed=recipe.seed),
        vocabulary=council.vocabulary,
        checkpoint=folder / "student.checkpoint",
        report=report,
    )
    return write_student(output, student, split, recipe)


def gather_council(
    pool: Sequence[Review],
    validation: Sequence[Review],
    folder: Path,
    recipe: Recipe,
    report: Report | None = None,
) -> Council:
    """Train the teachers and weigh them by a logistic regression on validation reviews."""
    texts = [review.text for review in pool]
    vocabulary = count_characters(texts, least=LEAST_SEEN)
    labels = np.array([review.label for review in pool], dtype=np.float32)
    weights = np.where([not r.category for r in pool], OWN_DOMAIN_WEIGHT, 1.0).astype(np.float32)
    linear = tuple(LinearTeacher(unit).fit(texts, labels, weights) for unit in UNITS)
    recurrent: dict[Direction, Teacher] = {}
    for direction in DIRECTIONS:
        language_model = pretrain(
            texts,
            vocabulary,
            direction,
            epochs=recipe.language_epochs,
            seed=recipe.seed,
            checkpoint=folder / f"language-{direction}.checkpoint",
            report=report,
        )
        recurrent[direction] = fine_tune(
            language_model,
            texts,
            labels,
            weights,
            vocabulary,
            direction,
            epochs=recipe.teacher_epochs,
            seed=recipe.seed,
            checkpoint=folder / f"teacher-{direction}.checkpoint",
            report=report,
        )
    held_out = _opinions(recurrent, linear, vocabulary, [r.text for r in validation])
    blend = LogisticRegression().fit(held_out, [r.label for r in validation])
    return Council(recurrent, linear, vocabulary, blend.coef_[0], float(blend.intercept_[0]))


def make_lessons(council: Council, pool: Sequence[Review], folder: Path, recipe: Recipe) -> Lessons:
    """Reviews and clauses cut from them, with the probabilities that the council gives them."""
    reviews = [review.text for review in pool]
    spans = cut_spans(reviews, per_review=recipe.spans_per_review, seed=recipe.seed)
    texts = [*reviews, *spans]
    opinions = _stored(folder / "opinions.npy", lambda: council.opinions(texts))
    soft = sigmoid(council.blend(opinions))
    return Lessons(texts, soft.astype(np.float32))


def write_student(output: Path, student: Trained, split: HonestSplit, recipe: Recipe) -> Bundle:
    """Calibrate on validation, measure on the honest test, write the bundle."""
    return write_model(
        output,
        student,
        name="sentiment",
        typical=[r.text for r in split.train],
        validation=([r.text for r in split.validation], [r.label for r in split.validation]),
        measure=lambda model: _measured(model, split.test),
        training=_training(recipe),
    )


def _measured(model: SentimentModel, test: Sequence[Review]) -> dict[str, Any]:
    probability = model.probabilities([review.text for review in test])
    found = evaluate([review.label for review in test], probability, model.band())
    return {
        "data": f"sentiment-posneg, honest test of {found.n} unique reviews",
        "accuracy": round(found.accuracy, 4),
        "balanced_accuracy": round(found.balanced_accuracy, 4),
        "expected_calibration_error": round(found.expected_calibration_error, 4),
        "coverage_at_97": round(found.coverage, 4),
    }


def _training(recipe: Recipe) -> dict[str, Any]:
    return {
        "command": f"gezhi read sentiment distil OUTPUT --seed {recipe.seed}",
        "data": ["sentiment-posneg", "sentiment-shopping"],
        "split": "both corpora without the honest test and validation texts and their near copies",
        "seed": recipe.seed,
        "licence": "none stated by the sources of either corpus",
    }


def _opinions(
    recurrent: dict[Direction, Teacher],
    linear: Sequence[LinearTeacher],
    vocabulary: str,
    texts: Sequence[str],
) -> NDArray[np.float64]:
    columns = [
        teacher_log_odds(teacher, texts, vocabulary, direction)
        for direction, teacher in recurrent.items()
    ]
    return np.column_stack([*columns, *(teacher.log_odds(texts) for teacher in linear)])


def _fingerprint(recipe: Recipe, pool: Sequence[Review]) -> str:
    """A short name that another recipe, seed or corpus does not have."""
    return hashlib.sha256(repr((recipe, list(pool))).encode()).hexdigest()[:12]


def _stored(path: Path, make: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
    """What was computed and kept before, or what is computed now and kept."""
    if path.exists():
        answer: NDArray[np.float64] = np.load(path)
        return answer
    answer = make()
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.save(file, answer)
    return answer
