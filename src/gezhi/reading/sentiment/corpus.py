"""The two review corpora, and the two ways of splitting the first one.

`posneg_21k` is the corpus the three LSTM inputs were first compared on; a fifth of its rows are
duplicates, so a random split of the rows leaks. `online_shopping_10_cats` holds 16 k of the same
texts: whatever is tested on must be taken out of it before training.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "POST_TRAINING_SIZE",
    "TEST_SIZE",
    "VALIDATION_SIZE",
    "HonestSplit",
    "Review",
    "honest_split",
    "near_key",
    "read_posneg",
    "read_shopping",
    "squeeze",
    "training_pool",
    "unique_reviews",
    "without_copies",
]

_WHITE_SPACE = re.compile(r"[\s\ufeff]+")
_NOT_HAN = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff]+")

TEST_SIZE = 4_000
VALIDATION_SIZE = 1_500
POST_TRAINING_SIZE = 15_000


@dataclass(frozen=True, slots=True)
class Review:
    """One review: its text, 1 for good and 0 for bad, and the category it was filed under."""

    text: str
    label: int
    category: str = ""


@dataclass(frozen=True, slots=True)
class HonestSplit:
    """Unique reviews sorted by the sha256 of their text: 4,000 test, 1,500 validation, the rest."""

    test: tuple[Review, ...]
    validation: tuple[Review, ...]
    train: tuple[Review, ...]


def squeeze(text: str) -> str:
    """Remove all white space and byte-order marks, the form in which texts are compared.

    >>> squeeze(" 很 好\\n")
    '很好'
    """
    return _WHITE_SPACE.sub("", text)


def read_posneg(path: Path) -> list[Review]:
    """Read `posneg_21k.tsv.gz`: columns label and text, one review a line."""
    return [Review(text, int(label)) for label, text in _rows(path, columns=2)]


def read_shopping(path: Path) -> list[Review]:
    """Read `online_shopping_10_cats.tsv.gz`: columns label, category and text."""
    return [Review(text, int(label), category) for label, category, text in _rows(path, columns=3)]


def unique_reviews(reviews: Iterable[Review]) -> list[Review]:
    """Drop texts under two characters, texts with both labels, and all but the first duplicate.

    The reviews returned are squeezed.
    """
    first: dict[str, Review] = {}
    contradicted: set[str] = set()
    for review in reviews:
        text = squeeze(review.text)
        known = first.setdefault(text, Review(text, review.label, review.category))
        if known.label != review.label:
            contradicted.add(text)
    return [r for text, r in first.items() if len(text) >= 2 and text not in contradicted]


def honest_split(
    reviews: Iterable[Review],
    *,
    test_size: int = TEST_SIZE,
    validation_size: int = VALIDATION_SIZE,
) -> HonestSplit:
    """Split without leaks: unique texts, sorted by the sha256 of the UTF-8 text.

    >>> reviews = [Review(f"评论{i}", i % 2) for i in range(10)] * 2
    >>> split = honest_split(reviews, test_size=4, validation_size=2)
    >>> len(split.test), len(split.validation), len(split.train)
    (4, 2, 4)
    """
    ordered = sorted(unique_reviews(reviews), key=lambda r: _sha256(r.text))
    end = test_size + validation_size
    return HonestSplit(
        test=tuple(ordered[:test_size]),
        validation=tuple(ordered[test_size:end]),
        train=tuple(ordered[end:]),
    )


def near_key(text: str) -> str:
    """Key under which a review and its truncated or re-punctuated copy are the same.

    The first twenty Chinese characters, or the whole squeezed text where there are fewer.

    >>> near_key("东西不错！") == near_key("东西不错")
    False
    """
    han = _NOT_HAN.sub("", text)
    return han[:20] if len(han) >= 20 else squeeze(text)


def without_copies(reviews: Iterable[Review], held_out: Collection[Review]) -> list[Review]:
    """Reviews that are neither a copy nor a near copy of a held-out one."""
    taken = {squeeze(r.text) for r in held_out} | {near_key(r.text) for r in held_out}
    return [r for r in reviews if squeeze(r.text) not in taken and near_key(r.text) not in taken]


def training_pool(posneg: Sequence[Review], shopping: Sequence[Review]) -> list[Review]:
    """All that the shipped model may learn from: both corpora without test and validation texts.

    Reviews of the honest training part come first and keep an empty category.
    """
    split = honest_split(posneg)
    mine = {r.text for r in split.train}
    others = [r for r in unique_reviews(shopping) if r.text not in mine]
    return without_copies([*split.train, *others], [*split.test, *split.validation])


def _rows(path: Path, *, columns: int) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        next(lines)
        for line in lines:
            yield line.rstrip("\n").split("\t", columns - 1)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
