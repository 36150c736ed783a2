"""Two ways of dividing labelled reviews into what is trained on and what is tested on.

The post shuffles the rows as they are: 15,000 train, the rest tests. Since a fifth of the rows are
copies of others, part of that test was trained on. The honest way is `corpus.honest_split`: no
copies, nothing shared, and a validation part to choose by. Files of other sizes are divided in the
proportions of the corpus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError, ParameterError
from gezhi.reading.sentiment.corpus import (
    POST_TRAINING_SIZE,
    TEST_SIZE,
    VALIDATION_SIZE,
    Review,
    honest_split,
    squeeze,
    unique_reviews,
)

__all__ = ["PROTOCOLS", "Parts", "leaked", "split"]

PROTOCOLS = ("post", "honest")

_CORPUS_ROWS = 21_105
_CORPUS_TEXTS = 16_728


@dataclass(frozen=True, slots=True)
class Parts:
    """The reviews of one protocol; the post's has no validation part."""

    protocol: str
    train: Sequence[Review]
    validation: Sequence[Review]
    test: Sequence[Review]

    def digest(self) -> str:
        """Sha256 over every label and text in order: equal parts, equal digest."""
        digest = hashlib.sha256(self.protocol.encode())
        for part in (self.train, self.validation, self.test):
            for review in part:
                digest.update(f"{review.label}\t{review.text}\n".encode())
            digest.update(b"\0")
        return digest.hexdigest()


def split(protocol: str, reviews: Sequence[Review], *, seed: int = 0) -> Parts:
    """Divide the reviews; `seed` shuffles the post's protocol and does nothing to the honest one.

    Rows without text are dropped under both.

    Raises
    ------
    InputError
        The training or the test part lacks one of the two classes.

    Examples
    --------
    >>> reviews = [Review(f"第{i}条评论", i % 2) for i in range(400)]
    >>> parts = split("honest", reviews)
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (270, 35, 95)
    """
    rows = [review for review in reviews if squeeze(review.text)]
    if protocol == "post":
        parts = _as_the_post(rows, seed)
    elif protocol == "honest":
        parts = _honestly(rows)
    else:
        raise ParameterError(f"protocol must be one of {', '.join(PROTOCOLS)}, not {protocol!r}")
    for name, part in (("training", parts.train), ("test", parts.test)):
        found = {review.label for review in part}
        if found != {0, 1}:
            raise InputError(
                f"the {name} part ({protocol} protocol) needs good and bad reviews, but its "
                f"{len(part)} hold {len(found)} of the two classes: give more reviews of both"
            )
    return parts


def leaked(parts: Parts) -> NDArray[np.bool_]:
    """Which test reviews also stand in the training part, white space aside; shape (test,).

    >>> twice = [Review("很 好", 1), Review("太差", 0), Review("很好", 1)]
    >>> leaked(Parts("post", twice[:2], (), twice[2:])).tolist()
    [True]
    """
    seen = {squeeze(review.text) for review in parts.train}
    return np.array([squeeze(review.text) in seen for review in parts.test], dtype=np.bool_)


def _as_the_post(rows: Sequence[Review], seed: int) -> Parts:
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    size = min(POST_TRAINING_SIZE, len(rows) * POST_TRAINING_SIZE // _CORPUS_ROWS)
    return Parts("post", [rows[i] for i in order[:size]], (), [rows[i] for i in order[size:]])


def _honestly(rows: Sequence[Review]) -> Parts:
    texts = len(unique_reviews(rows))
    parts = honest_split(
        rows,
        test_size=min(TEST_SIZE, texts * TEST_SIZE // _CORPUS_TEXTS),
        validation_size=min(VALIDATION_SIZE, texts * VALIDATION_SIZE // _CORPUS_TEXTS),
    )
    return Parts("honest", parts.train, parts.validation, parts.test)
