"""The three inputs of one LSTM that the original post compares, up to and from the network.

Does Chinese need word segmentation? A review is read as characters, each a one-hot row; as
characters, each an embedding; or as words, each an embedding. What follows is the same: LSTM 128,
dropout 0.5, one sigmoid output. Units that the vocabulary does not hold are skipped, and the first
200 characters or 100 words of what remains are read, as in the post (https://kexue.fm/archives/3863).
The state is read at the last of them, so padding never touches it.

No torch here: the networks are in `variant_networks`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.reading.sentiment.corpus import squeeze

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.kernel.inference import Session

__all__ = [
    "BATCH_TEXTS",
    "BATCH_UNITS",
    "ENCODED_AT_ONCE",
    "KIND",
    "VARIANTS",
    "Encoded",
    "PostFigures",
    "Variant",
    "VariantModel",
    "Vocabulary",
    "encode",
    "load_variant",
    "units_of",
]

KIND = "sentiment-variant"
"""The kind of the bundles that `load_variant` takes."""

BATCH_UNITS = 16_384
BATCH_TEXTS = 256
ENCODED_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class PostFigures:
    """What the post reports: epochs, and accuracy in percent on training and test reviews."""

    epochs: int
    train: float
    test: float


@dataclass(frozen=True, slots=True)
class Variant:
    """One input of the network.

    Attributes
    ----------
    unit
        `character` or `word`.
    length
        Units that are read of a text.
    least_seen
        Times a unit must be seen to enter the vocabulary.
    width
        Size of the embedding; None for one-hot rows.
    optimiser
        `rmsprop` or `adam`.
    epochs
        Ours. Fewer than in the post, because no padding dilutes the state; chosen by the
        validation part of the honest protocol.
    """

    name: str
    unit: str
    length: int
    least_seen: int
    width: int | None
    optimiser: str
    epochs: int
    post: PostFigures


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        variant.name: variant
        for variant in (
            Variant(
                "char-onehot", "character", 200, 20, None, "rmsprop", 6,
                PostFigures(90, 96.60, 89.21),
            ),
            Variant(
                "char-embedding", "character", 200, 20, 256, "adam", 5,
                PostFigures(30, 95.95, 89.55),
            ),
            Variant(
                "word-embedding", "word", 100, 5, 256, "adam", 3,
                PostFigures(30, 98.41, 89.03),
            ),
        )
    }
)  # fmt: skip


def units_of(text: str, unit: str) -> list[str]:
    """The characters of a text, or its words.

    Words are cut by rjieba with jieba's dictionary and hidden Markov model. It cuts Chinese as
    jieba does; runs of Latin letters, digits and signs (`2009-6-12`, `gmail.com`) stay whole.

    >>> units_of("酒店不错", "character")
    ['酒', '店', '不', '错']
    >>> units_of("酒店不错", "word")
    ['酒店', '不错']
    """
    if unit == "character":
        return list(text)
    if unit != "word":
        raise ParameterError(f"unit must be character or word, not {unit!r}")
    import rjieba

    return list(rjieba.cut(text))


@dataclass(frozen=True)
class Vocabulary:
    """The units that a network knows; the position of a unit is its number."""

    units: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]], *, least_seen: int) -> Vocabulary:
        """Every unit seen at least that often, the most frequent first.

        >>> Vocabulary.of(["不错", "不行"], least_seen=2).units
        ('不',)
        """
        seen = Counter(unit for text in texts for unit in text)
        often = [(-times, unit) for unit, times in seen.items() if times >= least_seen]
        return cls(tuple(unit for _, unit in sorted(often)))

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each unit."""
        return {unit: number for number, unit in enumerate(self.units)}

    def __len__(self) -> int:
        return len(self.units)


@dataclass(frozen=True)
class Encoded:
    """Texts as unit numbers.

    Attributes
    ----------
    units
        Shape (texts, steps), int32; what stands right of a text's length means nothing.
    lengths
        Shape (texts,), int32; 0 for a text without a known unit.
    """

    units: NDArray[np.int32]
    lengths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.lengths)

    def rows(self, index: NDArray[np.intp]) -> Encoded:
        """The texts at those positions, without the columns that none of them needs."""
        lengths = self.lengths[index]
        steps = max(int(lengths.max(initial=0)), 1)
        return Encoded(self.units[index, :steps], lengths)


def encode(texts: Sequence[Sequence[str]], vocabulary: Vocabulary, *, length: int) -> Encoded:
    """Number the units of each text: unknown ones are skipped, the first `length` are kept.

    >>> encoded = encode(["不错", "x不"], Vocabulary(("错", "不")), length=200)
    >>> encoded.units.tolist(), encoded.lengths.tolist()
    ([[1, 0], [1, 0]], [2, 1])
    """
    numbers = vocabulary.numbers
    known = [
        list(islice((numbers[unit] for unit in text if unit in numbers), length)) for text in texts
    ]
    lengths = np.fromiter((len(one) for one in known), dtype=np.int32, count=len(known))
    units = np.zeros((len(known), max(int(lengths.max(initial=0)), 1)), dtype=np.int32)
    for row, one in enumerate(known):
        units[row, : len(one)] = one
    return Encoded(units, lengths)


class VariantModel:
    """A trained variant in ONNX Runtime; made by `load_variant`."""

    def __init__(self, bundle: Bundle, session: Session) -> None:
        self.bundle = bundle
        self.variant = VARIANTS[bundle.parameters["variant"]]
        self.vocabulary = Vocabulary(tuple(bundle.preprocessing["vocabulary"]))
        self._session = session

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probability that each text is positive, shape (texts,).

        A text without a known unit gets what the network says of an empty one.
        """
        parts = [
            self._log_odds(texts[start : start + ENCODED_AT_ONCE])
            for start in range(0, len(texts), ENCODED_AT_ONCE)
        ]
        log_odds = np.concatenate([np.empty(0), *parts])
        # The logistic function, written so that no exponential overflows.
        return 0.5 * (1.0 + np.tanh(0.5 * log_odds))

    def _log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        units = [units_of(squeeze(text), self.variant.unit) for text in texts]
        encoded = encode(units, self.vocabulary, length=self.variant.length)
        log_odds = np.empty(len(texts))
        for index in _batches(encoded.lengths):
            batch = encoded.rows(index)
            feeds: dict[str, NDArray[Any]] = {
                "units": batch.units.astype(np.int64),
                "lengths": batch.lengths,
            }
            log_odds[index] = self._session.run(feeds)[0]
        return log_odds


def load_variant(bundle: Bundle, threads: int | None = None) -> VariantModel:
    """Open a bundle of the kind `sentiment-variant`.

    Raises
    ------
    BundleError
        The bundle is of another kind, or names a variant that this version does not know.
    """
    from gezhi.kernel.inference import open_model

    if bundle.kind != KIND:
        raise BundleError(f"{bundle.folder} is a bundle of the kind {bundle.kind!r}, not {KIND!r}")
    if bundle.parameters.get("variant") not in VARIANTS or not bundle.preprocessing.get(
        "vocabulary"
    ):
        raise BundleError(
            f"{bundle.folder} must name a variant ({', '.join(VARIANTS)}) and its vocabulary"
        )
    return VariantModel(bundle, open_model(bundle, threads=threads))


def _batches(lengths: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """Positions of texts of like length, few enough for the memory of one run to be bounded."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        end = min(start + BATCH_TEXTS, len(order))
        # Ascending lengths: the last text of the batch sets its number of steps.
        while end - start > 1 and (end - start) * int(lengths[order[end - 1]]) > BATCH_UNITS:
            end = start + max((end - start) // 2, 1)
        yield order[start:end]
        start = end
