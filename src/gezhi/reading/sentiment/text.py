"""From texts to the padded arrays that the sentiment network reads.

Every character becomes its number in the vocabulary; beside it stand the hashed pair and triple of
characters that end there, so that the network starts from the n-grams a linear model would use.
All of it is vectorised over a batch of texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "TextEncoder", "count_characters", "fold"]

PADDING, UNKNOWN, EDGE, FIRST = 0, 1, 2, 3
"""Numbers below the vocabulary: padding, any unknown character, a text's edge, the first known."""

_DROPPED = -1
_CODE_POINTS = 0x110000
_WHITE_SPACE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"
_PAIR_FACTOR, _TRIPLE_FACTORS = 0x9E3779B1, (0x85EBCA6B, 0xC2B2AE35)
_LENGTH_STEP = 8


def fold(character: str) -> str:
    """Full-width ASCII to ASCII, capitals to small letters; white space and controls to nothing.

    >>> fold("Ａ"), fold("　"), fold("好")
    ('a', '', '好')
    """
    if "\uff01" <= character <= "\uff5e":
        character = chr(ord(character) - 0xFEE0)
    if character.isspace() or character in _WHITE_SPACE or ord(character) < 32:
        return ""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def count_characters(texts: Iterable[str], *, least: int) -> str:
    """The folded characters seen at least `least` times in a corpus, most frequent first.

    >>> count_characters(["好好 Aa"], least=2)
    'a好'
    """
    counts = Counter(character for text in texts for character in text)
    folded: Counter[str] = Counter()
    for character, count in counts.items():
        folded[fold(character)] += count
    del folded[""]
    kept = [(-count, character) for character, count in folded.items() if count >= least]
    return "".join(character for _, character in sorted(kept))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some texts as arrays of shape (texts, positions), int32, padded with 0.

    `rows` says which texts these are, `positions` has for each text the place of every unit in the
    original string.
    """

    rows: NDArray[np.int64]
    feeds: Mapping[str, NDArray[np.int32]]


class TextEncoder:
    """Turns texts into batches of character, pair and triple numbers.

    Args:
        vocabulary: the known characters; the first has the number 3.
        pair_buckets: how many numbers hashed pairs share; 0 is padding.
        triple_buckets: the same for triples.
        longest: longer texts are cut into pieces of at most this many characters.
    """

    def __init__(
        self, vocabulary: str, *, pair_buckets: int, triple_buckets: int, longest: int
    ) -> None:
        self.vocabulary = vocabulary
        self.pair_buckets = pair_buckets
        self.triple_buckets = triple_buckets
        self.longest = longest
        self._numbers = _number_table(vocabulary)

    def pieces(self, texts: Sequence[str]) -> tuple[list[NDArray[np.int32]], NDArray[np.int64]]:
        """Character numbers of every piece, and the number of the text each piece belongs to.

        A text with nothing but white space has one piece of a single unknown character.
        """
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        numbers = self._numbers[np.frombuffer(joined, dtype=np.uint32)]
        kept = numbers != _DROPPED
        owner = np.repeat(np.arange(len(texts)), lengths)[kept]
        counts = np.bincount(owner, minlength=len(texts))
        ends = np.cumsum(counts)
        numbers = numbers[kept]
        pieces: list[NDArray[np.int32]] = []
        owners: list[int] = []
        for row, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
            if count == 0:
                pieces.append(np.array([UNKNOWN], dtype=np.int32))
                owners.append(row)
            elif count <= self.longest:
                pieces.append(numbers[end - count : end])
                owners.append(row)
            else:
                parts = np.array_split(numbers[end - count : end], -(-count // self.longest))
                pieces.extend(parts)
                owners.extend([row] * len(parts))
        return pieces, np.array(owners, dtype=np.int64)

    def batches(
        self, pieces: Sequence[NDArray[np.int32]], *, characters: int = 3_072
    ) -> Iterator[Batch]:
        """Pieces sorted by length, in batches of about `characters` padded positions.

        A few thousand positions keep what the network computes within a core's own cache.
        """
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (
                _round_up(int(lengths[order[end]])) * (end + 1 - start) <= characters
            ):
                end += 1
            rows = order[start:end]
            yield Batch(rows, self.feeds([pieces[row] for row in rows]))
            start = end

    def feeds(self, pieces: Sequence[NDArray[np.int32]]) -> dict[str, NDArray[np.int32]]:
        """Pad pieces to one length and hash the pairs and triples that end at each character.

        Returns `characters`, `pairs` and `triples`, each int32 of shape (pieces, positions).
        """
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        width = _round_up(int(lengths.max()))
        inside = np.arange(width) < lengths[:, None]
        framed = np.full((len(pieces), width + 2), EDGE, dtype=np.int64)
        current = framed[:, 2:]
        current[...] = PADDING
        current[inside] = np.concatenate(pieces)
        pair = current * _PAIR_FACTOR + framed[:, 1:-1] * _TRIPLE_FACTORS[0]
        triple = pair + framed[:, :-2] * _TRIPLE_FACTORS[1]
        return {
            "characters": current.astype(np.int32),
            "pairs": _bucket(pair, self.pair_buckets, inside),
            "triples": _bucket(triple, self.triple_buckets, inside),
        }


def _bucket(keys: NDArray[np.int64], buckets: int, inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    mixed = (keys ^ (keys >> 15)) * 0x2C1B3C6D
    mixed = (mixed ^ (mixed >> 13)) & 0x7FFFFFFF
    return np.where(inside, mixed % (buckets - 1) + 1, PADDING).astype(np.int32)


def _number_table(vocabulary: str) -> NDArray[np.int32]:
    table = np.full(_CODE_POINTS, UNKNOWN, dtype=np.int32)
    numbers = {character: number for number, character in enumerate(vocabulary, FIRST)}
    for code in [*range(0x3000), *range(0xFE00, 0x10000)]:
        folded = fold(chr(code))
        table[code] = numbers.get(folded, UNKNOWN) if folded else _DROPPED
    for character, number in numbers.items():
        if fold(character) == character:
            table[ord(character)] = number
    for character in ["\u3000", *_WHITE_SPACE]:
        table[ord(character)] = _DROPPED
    return table


def _round_up(length: int) -> int:
    return -(-length // _LENGTH_STEP) * _LENGTH_STEP
