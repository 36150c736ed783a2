"""A row of words with its durations read: which parts are in it, and where they stand."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from gezhi.home.speech.kinds import Kind, Token

__all__ = ["LAST", "OBJECTS", "SHUTTING", "SILENT", "Sentence"]

#: Where a word stands that is not there.
LAST = 10**6
#: Words that carry nothing.
SILENT = (Kind.FILLER, Kind.COMMA)
#: What can be turned off.
OBJECTS = (Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.ALL, Kind.PLURAL, Kind.PRONOUN)
#: Verbs that turn off by themselves.
SHUTTING = (Kind.OFF, Kind.OFFWARD)


class Sentence:
    """A row of words with its durations read.

    >>> from gezhi.home.speech.amounts import amounts
    >>> from gezhi.home.speech.lexicon import tokens
    >>> said = Sentence(amounts(tokens("turn off the left burner in ten minutes")))
    >>> said.has(Kind.PLACE), said.first(Kind.OFF), said.amount()
    (True, 0, Fraction(600, 1))
    """

    def __init__(self, words: Sequence[Token]) -> None:
        self.words = tuple(words)
        self.kinds = Counter(one.kind for one in self.words)

    def has(self, *kinds: Kind) -> bool:
        """Whether a word of one of these kinds is in it."""
        return any(kind in self.kinds for kind in kinds)

    def number(self, *kinds: Kind) -> int:
        """How many words of these kinds are in it."""
        return sum(self.kinds[kind] for kind in kinds)

    def first(self, *kinds: Kind) -> int:
        """Where the first of these kinds stands; far away where none does."""
        return next((at for at, one in enumerate(self.words) if one.kind in kinds), LAST)

    def amount(self) -> Fraction:
        """The duration that is said, in seconds."""
        value = self.words[self.first(Kind.AMOUNT)].value
        assert isinstance(value, Fraction)
        return value

    def before(self, at: int) -> Token | None:
        """The word that stands before, without what only fills."""
        row = [one for one in self.words[:at] if one.kind not in (*SILENT, Kind.ARTICLE)]
        return row[-1] if row else None

    def after(self, at: int) -> Token | None:
        """The word that stands after, without what only fills."""
        row = [one for one in self.words[at + 1 :] if one.kind not in SILENT]
        return row[0] if row else None

    def stands_before(self, one: Kind, other: Kind) -> bool:
        """Whether one stands right before the other: "the ten minute timer"."""
        after = self.after(self.first(one))
        return after is not None and after.kind == other

    def forgets(self) -> bool:
        """Whether somebody forgot, or must not forget."""
        return any(
            one.kind == Kind.NEGATION and ("忘" in one.text or "forg" in one.text)
            for one in self.words
        )
