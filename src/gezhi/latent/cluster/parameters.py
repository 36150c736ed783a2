"""The ranges of the estimator's parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from gezhi.errors import ParameterError

__all__ = ["check_parameters"]

_WHOLE = (
    ("n_clusters", 1), ("n_steps", 20), ("batch_size", 2), ("latent_dim", 1), ("width", 2),
    ("blocks", 0), ("label_width", 2), ("n_heads", 1), ("n_neighbors", 1), ("patience", 1),
)  # fmt: skip
_MAY_BE_NONE = ("n_clusters", "n_steps", "patience")
_WORDS = {
    "objective": ("mutual", "elbo"),
    "scaling": ("auto", "columns", "whole"),
    "augment": ("auto", True, False),
}


def check_parameters(given: Any) -> None:
    """Refuse a parameter out of its range, naming it, the range and the value."""
    for name, least in _WHOLE:
        value = getattr(given, name)
        if value is None and name in _MAY_BE_NONE:
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            also = " or None" if name in _MAY_BE_NONE else ""
            raise ParameterError(f"{name} must be a whole number from {least}{also}, not {value!r}")
    for name, words in _WORDS.items():
        value = getattr(given, name)
        if not isinstance(value, str | bool) or value not in words:
            raise ParameterError(f"{name} must be one of {words}, not {value!r}")
    for name, most in (("learning_rate", 1.0), ("balance", 10.0)):
        value = getattr(given, name)
        if not isinstance(value, int | float | np.floating) or not 0 < value <= most:
            raise ParameterError(f"{name} must lie in (0, {most:g}], not {value!r}")
    if given.objective == "elbo" and given.n_clusters is None:
        raise ParameterError("n_clusters=None needs objective='mutual': the ELBO merges nothing")
