"""`SentimentClassifier`: the review network with the conventions of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from gezhi.errors import InputError, ParameterError
from gezhi.kernel.extras import require
from gezhi.reading.sentiment.explanation import Explanation
from gezhi.reading.sentiment.model import SentimentModel

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.reading.sentiment.calibration import Band

__all__ = ["SentimentClassifier"]


class SentimentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Judges short Chinese texts good or bad, with calibrated probabilities.

    Characters with hashed pairs and triples go through gated convolutions and attention pooling
    (`gezhi.reading.sentiment.network`). Training needs the extra `train`; predicting does not.

    Args:
        epochs: passes over the texts, 1 or more; None for as many as the texts need.
        batch_size: texts a step, 1 or more.
        learning_rate: the largest of the schedule, in (0, 1).
        least_seen: times a character must be seen to enter the vocabulary, 1 or more.
        width: channels of the convolutions, 8 or more.
        buckets: rows of each table of hashed n-grams, 256 or more.
        validation_share: part of the texts held back for calibration, in (0, 0.5].
        random_state: seed, `numpy.random.RandomState` or None; nothing global is seeded.

    Attributes:
        classes_: the two labels, the second is the one `predict_proba[:, 1]` belongs to.
        model_: the `SentimentModel` that predicts.

    >>> classifier = SentimentClassifier.load()
    >>> classifier.predict(["质量很好，非常满意！", "太差了，后悔买它。"]).tolist()
    [1, 0]
    """

    def __init__(
        self,
        *,
        epochs: int | None = None,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        least_seen: int = 2,
        width: int = 64,
        buckets: int = 1 << 15,
        validation_share: float = 0.1,
        random_state: Any = None,
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.least_seen = least_seen
        self.width = width
        self.buckets = buckets
        self.validation_share = validation_share
        self.random_state = random_state

    def fit(self, X: Sequence[str], y: ArrayLike) -> Self:
        """Train on texts of shape (n,) and their labels, two different values.

        Raises:
            ParameterError: a parameter is out of its range.
            InputError: `X` holds something else than strings, the lengths differ, or the labels
                are not exactly two.
            MissingExtra: torch is not installed.
        """
        self._check_parameters()
        texts, (labels, codes) = _texts(X), _labels(y)
        if len(texts) != len(codes):
            raise InputError(f"X has {len(texts)} texts but y has {len(codes)} labels")
        if len(labels) != 2:
            raise InputError(f"y must hold exactly two different labels, not {len(labels)}")
        require("torch", "train")
        from tempfile import TemporaryDirectory

        from gezhi.reading.sentiment.network import Shape
        from gezhi.reading.sentiment.training import Settings, train_bundle

        shape = Shape(characters=0, pairs=self.buckets, triples=self.buckets, wide=self.width)
        settings = Settings(
            shape, self.epochs, self.batch_size, self.learning_rate, self.least_seen
        )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with TemporaryDirectory() as folder:
            bundle = train_bundle(
                texts,
                codes.tolist(),
                Path(folder) / "1",
                name="fitted",
                settings=settings,
                validation_share=self.validation_share,
                seed=seed,
            )
            self._keep(bundle, labels)
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Calibrated probabilities, float64 of shape (n, 2), columns as in `classes_`."""
        positive = self._fitted().probabilities(_texts(X))
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """The likelier label of each text, shape (n,)."""
        likelier = self.predict_proba(X).argmax(axis=1)
        answer: NDArray[Any] = np.asarray(self.classes_)[likelier]
        return answer

    def explain(self, text: str) -> Explanation:
        """Which characters moved the judgement of one text."""
        return self._fitted().explain(text)

    def band(self, accuracy: float = 0.97) -> Band:
        """Probabilities between which to decide nothing, for that accuracy of the rest."""
        return self._fitted().band(accuracy)

    def save(self, folder: Path | str) -> Bundle:
        """Write the fitted model as a bundle that `load` and the command line open."""
        from gezhi.kernel.bundle import write_bundle

        source = self._fitted().bundle
        manifest = {
            key: getattr(source, key)
            for key in ("name", "version", "kind", "parameters", "inputs", "outputs")
        }
        rest = {key: getattr(source, key) for key in ("preprocessing", "metrics", "training")}
        files = {name: self._files[name] for name in source.files}
        return write_bundle(folder, files=files, **manifest, **rest)

    @classmethod
    def load(cls, source: str | Path = "sentiment") -> Self:
        """A fitted classifier from a bundle's name or folder; its classes are 0 and 1."""
        model = SentimentModel.load(source)
        classifier = cls()
        classifier._keep(model.bundle, np.array([0, 1]))
        return classifier

    def _keep(self, bundle: Bundle, labels: NDArray[Any]) -> None:
        self.classes_ = labels
        self._files = {name: bundle.path(name).read_bytes() for name in bundle.files}
        self.model_ = SentimentModel.from_bytes(bundle, self._files)

    def _fitted(self) -> SentimentModel:
        model: SentimentModel | None = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: call fit or load first"
            )
        return model

    def _check_parameters(self) -> None:
        for name, least in (
            ("epochs", 1), ("batch_size", 1), ("least_seen", 1), ("width", 8), ("buckets", 256)
        ):  # fmt: skip
            value = getattr(self, name)
            if name == "epochs" and value is None:
                continue
            if not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(f"{name} must be a whole number from {least}, not {value!r}")
        for name, most in (("learning_rate", 1.0), ("validation_share", 0.5)):
            value = getattr(self, name)
            if not isinstance(value, int | float | np.floating) or not 0 < value <= most:
                raise ParameterError(f"{name} must lie in (0, {most:g}], not {value!r}")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.classifier_tags.multi_class = False
        return tags


def _texts(texts: Any) -> list[str]:
    if isinstance(texts, str):
        raise InputError("X must be a list of strings, not one string: write [text]")
    answer = list(texts)
    for row, text in enumerate(answer):
        if not isinstance(text, str):
            raise InputError(f"X[{row}] must be a string, not {type(text).__name__}: {text!r:.60}")
    return answer


def _labels(labels: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    values = np.asarray(labels)
    if values.ndim != 1:
        raise InputError(f"y must have one dimension, not {values.ndim}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"y[{row}] must be a label, not {values[row]}")
    found, codes = np.unique(values, return_inverse=True)
    return found, codes.astype(np.int64)
