"""A character bigram model of text, and the best reading of doubtful characters by it.

"OCR technology, a first look (7): the language model" (https://kexue.fm/archives/3842) weighs a
reading s₁s₂… by W(s₁) P(s₂|s₁) W(s₂) …, what the glyph network says of each character and how often
one follows the other, and finds the best by dynamic programming. There P is the plain share of
counts, which is 0 for a pair that was never seen; here it is smoothed by interpolated modified
Kneser-Ney (Chen and Goodman 1999, section 3), where a rare pair passes some of its weight on to how
many different characters its second one follows.

>>> model = LanguageModel.fit(["电视机", "看电视", "电视台", "柳树", "柳条"])
>>> model.decode([[("电", -0.1)], [("柳", -0.5), ("视", -0.9)]]).text
'电视'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, InputError, ParameterError

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["KIND", "Edge", "LanguageModel", "Reading"]

KIND = "language-model"
_FILE = "bigrams.npz"
_MOST_CHARACTERS = 60_000
_Floats = NDArray[np.float64]
_Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """The best reading.

    Attributes:
        text: of one character from each place, or from each edge of the path.
        log_score: natural logarithm of its weight.
        path: numbers of the edges, where there was a lattice.
    """

    text: str
    log_score: float
    path: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Edge:
    """A piece of a line that may be one character.

    Attributes:
        start, end: the cuts it lies between, start < end.
        candidates: characters and the logarithm of how well each fits.
    """

    start: int
    end: int
    candidates: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class LanguageModel:
    """P(b|a) of characters, with back-off; the probabilities of all b after any a sum to one.

    Attributes:
        characters: those it knows, in the order of their numbers from 2 on; 0 is the start of a
            text, 1 any character that it does not know.
        unigrams: log P(b) by how many different characters b follows, (2 + characters,); of the
            start −inf.
        keys: pairs that are kept, a · (2 + characters) + b, ascending.
        values: their log P(b|a).
        back_off: logarithm of what is left for the pairs of each a that are not kept.
        training: what the bundle says.
    """

    characters: str
    unigrams: _Floats
    keys: _Whole
    values: _Floats
    back_off: _Floats
    training: Mapping[str, Any] = field(default_factory=dict)

    # ---- learning

    @classmethod
    def fit(cls, texts: Iterable[str], *, least: int = 1, characters_from: int = 1) -> Self:
        """Count the pairs of texts, each with its beginning; white space ends a text.

        Args:
            texts: lines or longer.
            least: how often a pair must be seen to be kept; the others share what is left.
            characters_from: how often a character must be seen to be known.

        Raises:
            InputError: there is no character in them.
            ParameterError: a limit is below 1.
        """
        if min(least, characters_from) < 1:
            raise ParameterError("least and characters_from must be 1 or more")
        pairs: Counter[tuple[str, str]] = Counter()
        single: Counter[str] = Counter()
        for text in texts:
            for piece in text.split():
                single.update(piece)
                pairs.update(zip(("", *piece[:-1]), piece, strict=True))
        if not single:
            raise InputError("there is no character to learn from")
        known = sorted(one for one, count in single.items() if count >= characters_from)
        if len(known) > _MOST_CHARACTERS:
            raise InputError(f"{len(known):,} different characters are too many")
        number = {"": 0, **{one: place for place, one in enumerate(known, 2)}}
        size = len(known) + 2
        keys = np.fromiter(
            (number.get(a, 1) * size + number.get(b, 1) for a, b in pairs), np.int64, len(pairs)
        )
        counts = np.fromiter(pairs.values(), np.int64, len(pairs))
        keys, places = np.unique(keys, return_inverse=True)
        counts = np.bincount(places, counts).astype(np.int64)
        unigrams = _continuations(keys % size, size)
        probability = _smoothed(keys, counts, unigrams, size)
        kept = counts >= least
        said = {
            "characters": int(sum(single.values())), "pairs": len(keys), "least": least,
        }  # fmt: skip
        return cls._of("".join(known), unigrams, keys[kept], np.log(probability[kept]), said)

    @classmethod
    def _of(
        cls,
        characters: str,
        unigrams: _Floats,
        keys: _Whole,
        values: _Floats,
        training: Mapping[str, Any],
    ) -> Self:
        """With the back-off that makes the probabilities after every character sum to one."""
        size = len(unigrams)
        with np.errstate(divide="ignore"):
            logarithms = np.log(unigrams)
        # Stored in half the bytes, rounded down; what is left is reckoned from what is stored.
        stored = values.astype(np.float16)
        stored = np.where(stored > values, np.nextafter(stored, np.float16(-np.inf)), stored)
        values = stored.astype(np.float64)
        first, second = keys // size, keys % size
        spent = np.bincount(first, np.exp(values), size)
        covered = np.bincount(first, unigrams[second], size)
        whole = covered > 1 - 1e-9  # after which nothing else can come
        values = values - np.where(whole, np.log(np.maximum(spent, 1e-300)), 0)[first]
        left = np.where(whole, 1e-300, (1 - spent) / np.where(whole, 1, 1 - covered))
        return cls(characters, logarithms, keys, values, np.log(left), training)

    # ---- asking

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.characters, 2)}

    def numbers(self, characters: Sequence[str]) -> _Whole:
        """The number of each character, (n,); 1 of what is unknown, 0 of an empty string."""
        return np.array([0 if not one else self._numbers.get(one, 1) for one in characters])

    def transitions(self, first: _Whole, second: _Whole) -> _Floats:
        """log P(b|a) of all a of the first with all b of the second, (first, second)."""
        size = len(self.unigrams)
        asked = (np.asarray(first)[:, None] * size + np.asarray(second)).ravel()
        backed = (self.back_off[first][:, None] + self.unigrams[second]).ravel()
        if len(self.keys):
            places = np.searchsorted(self.keys, asked).clip(max=len(self.keys) - 1)
            backed = np.where(self.keys[places] == asked, self.values[places], backed)
        return np.asarray(backed.reshape(len(first), len(second)))

    def log_probability(self, text: str) -> float:
        """log P of a text from its beginning; white space is left out, and begins anew.

        >>> model = LanguageModel.fit(["今天天气好", "今天"])
        >>> model.log_probability("今天") > model.log_probability("天今")
        True
        """
        total = 0.0
        for piece in text.split():
            places = self.numbers(["", *piece])
            total += float(sum(
                self.transitions(places[n : n + 1], places[n + 1 : n + 2])[0, 0]
                for n in range(len(piece))
            ))  # fmt: skip
        return total

    def perplexity(self, texts: Iterable[str]) -> float:
        """exp of the mean −log P of a character; lower is better.

        Raises:
            InputError: there is no character in the texts.
        """
        total, count = 0.0, 0
        for text in texts:
            total += self.log_probability(text)
            count += len("".join(text.split()))
        if not count:
            raise InputError("there is no character to judge by")
        return float(np.exp(-total / count))

    def decode(
        self, places: Sequence[Sequence[tuple[str, float]]], *, weight: float = 1.0
    ) -> Reading:
        """The best reading of places one after another, each with candidates.

        Args:
            places: of each place characters and the logarithm of how well each fits.
            weight: of the language against the fit; 0 takes the best fit at every place.

        Raises:
            ParameterError: a place without candidates, or a weight below 0.
        """
        edges = [Edge(number, number + 1, one) for number, one in enumerate(places)]
        return self.search(edges, weight=weight)

    def search(self, edges: Sequence[Edge], *, weight: float = 1.0) -> Reading:
        """The best path through a lattice, from its first cut to its last (Viterbi).

        log score = Σ fit + weight · Σ log P(b|a) over the characters of the path.

        Raises:
            ParameterError: an edge without candidates or that goes back, no path from the first
                cut to the last, or a weight below 0.
        """
        if weight < 0:
            raise ParameterError(f"weight must be 0 or more, not {weight}")
        if not edges:
            return Reading("", 0.0)
        for one in edges:
            if one.start >= one.end or not one.candidates:
                raise ParameterError(f"an edge must go forward and have candidates: {one}")
        begin, last = min(one.start for one in edges), max(one.end for one in edges)
        fits = [np.array([fit for _, fit in one.candidates], np.float64) for one in edges]
        names = [self.numbers([each for each, _ in one.candidates]) for one in edges]
        scores: dict[int, _Floats] = {}
        came: dict[int, list[tuple[int, int]]] = {}
        arriving: dict[int, list[int]] = {}
        for number in sorted(range(len(edges)), key=lambda one: (edges[one].start, one)):
            edge = edges[number]
            before = arriving.get(edge.start, [])
            if edge.start == begin:
                step = weight * self.transitions(np.zeros(1, np.int64), names[number])
                scores[number] = step[0] + fits[number]
                came[number] = [(-1, 0)] * len(fits[number])
            elif before:
                stacked = np.concatenate([
                    scores[one][:, None] + weight * self.transitions(names[one], names[number])
                    for one in before
                ])  # fmt: skip
                sources = [(one, place) for one in before for place in range(len(fits[one]))]
                best = stacked.argmax(axis=0)
                columns = np.arange(len(best))
                scores[number] = stacked[best, columns] + fits[number]
                came[number] = [sources[one] for one in best.tolist()]
            else:
                continue
            arriving.setdefault(edge.end, []).append(number)
        final = arriving.get(last, [])
        if not final:
            raise ParameterError("the lattice has no path from its first cut to its last")
        here = max(final, key=lambda one: float(scores[one].max()))
        place = int(scores[here].argmax())
        total = float(scores[here][place])
        text, path = [], []
        while here >= 0:
            text.append(edges[here].candidates[place][0])
            path.append(here)
            here, place = came[here][place]
        return Reading("".join(reversed(text)), total, tuple(reversed(path)))

    # ---- bundles

    def save(self, folder: Path | str, *, name: str = "fitted") -> Bundle:
        """Write the model as a bundle that `load` opens."""
        import io

        from gezhi.kernel.bundle import write_bundle

        file = io.BytesIO()
        size = len(self.unigrams)
        gaps = np.diff(self.keys, prepend=0)
        np.savez_compressed(
            file,
            gaps=gaps.astype(np.uint32),
            values=self.values.astype(np.float16),
            unigrams=self.unigrams.astype(np.float32),
        )
        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files={_FILE: file.getvalue()},
            parameters={"characters": self.characters},
            inputs={"text": ["n"]},
            outputs={"log_probability": [1]},
            preprocessing={},
            metrics={"pairs": len(self.keys), "characters": size - 2},
            training=dict(self.training),
        )

    @classmethod
    def load(cls, source: Path | str) -> Self:
        """A model from a bundle's name or folder.

        Raises:
            BundleError: it is no bundle of this kind, or is damaged.
        """
        import zipfile

        from gezhi.kernel.registry import find_bundle

        bundle = find_bundle(source, kind=KIND)
        try:
            characters = str(bundle.parameters["characters"])
            with np.load(bundle.path(_FILE), allow_pickle=False) as stored:
                keys = np.cumsum(stored["gaps"].astype(np.int64))
                values = stored["values"].astype(np.float64)
                unigrams = np.exp(stored["unigrams"].astype(np.float64))
        except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
            raise BundleError(f"{bundle.folder}: its pairs cannot be read: {error}") from error
        size = len(characters) + 2
        if len(unigrams) != size or len(keys) != len(values) or (keys >= size**2).any():
            raise BundleError(f"{bundle.folder}: its pairs do not fit its characters")
        return cls._of(characters, unigrams, keys, values, bundle.training)


def _discounts(counts: _Whole) -> _Floats:
    """D(0), D(1), D(2), D(3+): modified Kneser-Ney, equation 26 of Chen and Goodman."""
    n = [int((counts == one).sum()) for one in (1, 2, 3, 4)]
    if not all(n):
        return np.array([0.0, 0.5, 0.75, 0.9])  # too few to tell
    share = n[0] / (n[0] + 2 * n[1])
    found = [one - (one + 1) * share * n[one] / n[one - 1] for one in (1, 2, 3)]
    # Where counts of counts are uneven the formula may leave what it makes sense for.
    return np.array([0.0, *(min(max(one, 0.1), 0.95 * most) for most, one in enumerate(found, 1))])


def _continuations(second: _Whole, size: int) -> _Floats:
    """P(b) by how many different characters b follows, spread thinly over all that are known."""
    follows = np.bincount(second, minlength=size)
    discounts = _discounts(follows)
    taken = discounts[np.minimum(follows, 3)]
    total = follows.sum()
    # The start follows nothing; a character that is not known may always come.
    uniform = np.full(size, 1 / (size - 1))
    uniform[0] = 0.0
    return np.asarray((follows - taken) / total + taken.sum() / total * uniform)


def _smoothed(keys: _Whole, counts: _Whole, unigrams: _Floats, size: int) -> _Floats:
    """P(b|a) of the pairs that were seen: discounted, and interpolated with P(b)."""
    first, second = keys // size, keys % size
    taken = _discounts(counts)[np.minimum(counts, 3)]
    total = np.bincount(first, counts, size)
    given = np.bincount(first, taken, size)
    return np.asarray(
        (counts - taken) / total[first] + (given / np.maximum(total, 1))[first] * unigrams[second]
    )
