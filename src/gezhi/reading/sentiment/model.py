"""A sentiment bundle, opened and ready to judge texts; needs neither torch nor scikit-learn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import Bundle
from gezhi.kernel.inference import Session, open_model
from gezhi.kernel.registry import find_bundle
from gezhi.reading.sentiment.calibration import (
    DEFAULT_ACCURACY,
    Band,
    Calibration,
    sigmoid,
)
from gezhi.reading.sentiment.explanation import Explanation, explain
from gezhi.reading.sentiment.text import TextEncoder
from gezhi.reading.sentiment.variants import load_variant

__all__ = ["Judgement", "NetworkScorer", "Scorer", "SentimentModel"]

_VISIBLE = re.compile(r"[^\s\ufeff]")

KIND, VARIANT_KIND = "sentiment", "sentiment-variant"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A text, its label (`positive`, `negative`, `uncertain`) and the probability of positive."""

    text: str
    label: str
    probability: float


class Scorer(Protocol):
    """Whatever gives probabilities of positive, shape (n,), for n texts."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """P(positive) of each text."""


class SentimentModel:
    """Judges Chinese reviews with a bundle that ships, or with one's own.

    >>> model = SentimentModel.load()
    >>> [j.label for j in model.judge(["质量很好，非常满意！", "太差了，后悔买它。"])]
    ['positive', 'negative']
    """

    def __init__(self, bundle: Bundle, scorer: Scorer, calibration: Calibration | None) -> None:
        self.bundle = bundle
        self._scorer = scorer
        self._calibration = calibration

    @classmethod
    def load(
        cls, source: str | Path = "sentiment", *, threads: int | None = None
    ) -> SentimentModel:
        """Open a bundle by name or folder.

        Raises:
            BundleError: nothing of that name, a damaged bundle, or one of another kind.
        """
        bundle = find_bundle(source)
        if bundle.kind == VARIANT_KIND:
            return cls(bundle, load_variant(bundle, threads), None)
        if bundle.kind != KIND:
            raise BundleError(f"{bundle.folder} is a bundle of kind {bundle.kind!r}, not {KIND!r}")
        return cls._of(bundle, open_model(bundle, threads=threads))

    @classmethod
    def from_bytes(cls, bundle: Bundle, files: Mapping[str, bytes]) -> SentimentModel:
        """The model of a bundle whose files are in memory and need no folder any more."""
        return cls._of(bundle, Session(files["model.onnx"]))

    @classmethod
    def _of(cls, bundle: Bundle, session: Session) -> SentimentModel:
        try:
            settings = bundle.preprocessing
            calibration = Calibration.from_preprocessing(settings["calibration"])
            encoder = TextEncoder(
                settings["vocabulary"],
                pair_buckets=int(settings["pair_buckets"]),
                triple_buckets=int(settings["triple_buckets"]),
                longest=int(settings["longest"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"{bundle.folder} was written by another version of gezhi: its preprocessing lacks "
                f"or garbles {error}"
            ) from error
        return cls(bundle, NetworkScorer(encoder, session, calibration), calibration)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """P(positive) of each text, float64 of shape (n,); any strings will do.

        A text without a visible character has the probability 0.5.

        Raises:
            ParameterError: `texts` is a single string, or holds something that is not one.
        """
        _check_texts(texts)
        answer = np.full(len(texts), 0.5)
        visible = [row for row, text in enumerate(texts) if _VISIBLE.search(text)]
        if visible:
            answer[visible] = self._scorer.probabilities([texts[row] for row in visible])
        return answer

    def band(self, accuracy: float = DEFAULT_ACCURACY) -> Band:
        """The uncertain band that reaches an accuracy on validation reviews; see `Calibration`.

        A variant has no calibration and decides everything at 0.5.
        """
        if self._calibration is None:
            if not 0.5 < accuracy < 1:
                raise ParameterError(f"accuracy must lie between 0.5 and 1, not {accuracy}")
            return Band(accuracy, 0.5, 0.5, 1.0)
        return self._calibration.band(accuracy)

    def judge(self, texts: Sequence[str], *, accuracy: float = DEFAULT_ACCURACY) -> list[Judgement]:
        """Label each text; what lies in the band of that accuracy is `uncertain`."""
        band = self.band(accuracy)
        return [
            Judgement(text, band.label(probability), probability)
            for text, probability in zip(texts, self.probabilities(texts).tolist(), strict=True)
        ]

    def explain(self, text: str) -> Explanation:
        """Say which characters moved the judgement; see `gezhi.reading.sentiment.explanation`."""
        _check_texts([text])
        return explain(text, self._log_odds)

    def _log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        probability = np.clip(self.probabilities(texts), 1e-15, 1 - 1e-15)
        return np.log(probability) - np.log1p(-probability)


class NetworkScorer:
    """Runs the exported network on texts of any length.

    A text longer than the encoder's `longest` is cut into equal pieces whose log-odds are averaged.
    """

    def __init__(
        self, encoder: TextEncoder, session: Session, calibration: Calibration | None = None
    ) -> None:
        self.encoder = encoder
        self.session = session
        self.calibration = calibration

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """P(positive), shape (n,), calibrated where a calibration was given."""
        odds = self.log_odds(texts)
        return sigmoid(odds) if self.calibration is None else self.calibration.probabilities(odds)

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The network's own log-odds, shape (n,)."""
        pieces, owners = self.encoder.pieces(texts)
        odds = np.empty(len(pieces))
        for batch in self.encoder.batches(pieces):
            odds[batch.rows] = self.session.run(batch.feeds)[0]
        return np.bincount(owners, odds, len(texts)) / np.bincount(owners, minlength=len(texts))


def _check_texts(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise ParameterError("texts must be a list of strings, not one string: write [text]")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise ParameterError(f"texts[{row}] must be a string, not {type(text).__name__}")
