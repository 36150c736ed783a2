"""Reading: what Chinese text says. Sentiment is the first room of this wing.

>>> from gezhi.reading import SentimentModel
>>> SentimentModel.load().judge(["质量很好，非常满意！"])[0].label
'positive'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.reading.sentiment.classifier import SentimentClassifier
    from gezhi.reading.sentiment.model import SentimentModel

__all__ = ["SentimentClassifier", "SentimentModel"]

_HOMES = {
    "SentimentClassifier": "gezhi.reading.sentiment.classifier",
    "SentimentModel": "gezhi.reading.sentiment.model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gezhi.reading' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
