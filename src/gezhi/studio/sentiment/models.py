"""The models of the room, each loaded once."""

from __future__ import annotations

from functools import cache

from gezhi.kernel.registry import list_bundles
from gezhi.reading.sentiment.calibration import Band
from gezhi.reading.sentiment.model import SentimentModel

__all__ = ["BEST", "VARIANTS", "band", "load", "present_variants"]

BEST = "sentiment"
VARIANTS = ("sentiment-char-onehot", "sentiment-char-embedding", "sentiment-word-embedding")


@cache
def load(name: str) -> SentimentModel:
    """One model by the name of its bundle."""
    return SentimentModel.load(name)


@cache
def band(name: str, accuracy: float) -> Band:
    """Where a model is uncertain, when what it decides has to reach an accuracy."""
    return load(name).band(accuracy)


@cache
def present_variants() -> tuple[str, ...]:
    """The three variants as far as they are installed and sound."""
    sound = {entry.name for entry in list_bundles() if entry.error is None}
    return tuple(name for name in VARIANTS if name in sound)
