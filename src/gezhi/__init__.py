"""Gezhi: designs from the blog Scientific Spaces as software that runs on your own computer.

The names below are loaded when they are first touched, so that importing gezhi stays quick.

>>> import gezhi
>>> gezhi.__version__
'0.1.0'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.errors import GezhiError
    from gezhi.reading.sentiment.classifier import SentimentClassifier
    from gezhi.reading.sentiment.model import SentimentModel

__version__ = "0.1.0"

__all__ = ["GezhiError", "SentimentClassifier", "SentimentModel", "__version__"]

_HOMES = {
    "GezhiError": "gezhi.errors",
    "SentimentClassifier": "gezhi.reading.sentiment.classifier",
    "SentimentModel": "gezhi.reading.sentiment.model",
}

# The module that a name cannot be loaded without, and the extra that brings it.
_EXTRAS = {"SentimentClassifier": ("sklearn", "train")}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gezhi' has no attribute {name!r}")
    if name in _EXTRAS:
        from gezhi.kernel.extras import require

        require(*_EXTRAS[name])
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
