"""From pieces to recognised words: the cheapest reading of the whole, typing errors mended.

A phrase costs 1, a phrase heard wrongly a little more, a piece that nobody knows much more; the
reading with the least sum is taken, and of equal ones that with the longest first word. Words that
are unknown stay in it as UNKNOWN: the grammar never skips what it has not understood.

>>> [token.kind.value for token in tokens("关掉左边的灶")]
['off', 'place']
>>> [token.text for token in tokens("tern of the stvoe")]
['tern of', 'the', 'stove']
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise, product
from typing import Any

from gezhi.home.speech.kinds import Kind, Token, Value
from gezhi.home.speech.normal import pieces
from gezhi.home.speech.numerals import numeral
from gezhi.home.speech.settling import settled
from gezhi.home.speech.sounds import all_sounds, sound, syllable

__all__ = ["LANGUAGES", "Lexicon", "Word", "lexicon", "tokens", "told_words", "words_of"]

LANGUAGES = ("english", "chinese")

Word = tuple[Kind, Value, str]

_UNKNOWN_COST = 4.0
_MISHEARD_COST = 0.4
#: A character that sounds only nearly the same.
_BLURRED_COST = 0.5
_WEIGHTY = frozenset(
    {Kind.NEGATION, Kind.NEEDLESS, Kind.SOME, Kind.CONDITION, Kind.VAGUE, Kind.LIGHT, Kind.RAISE,
     Kind.LOWER, Kind.AND, Kind.DEVICE, Kind.TO, Kind.UNKNOWN, Kind.FOOD, Kind.READY, Kind.LIFE}
)  # fmt: skip
# 关小灶 is the small burner and no smaller flame.
_KIND_COST = {Kind.LOWER: 1.05, Kind.RAISE: 1.05}
_LONGEST_NUMBER = 6
#: No recogniser hears these.
_DIALECT = "咗佢番返嘅唔畀俾冇埋"
#: A longer phrase is put right where its parts are.
_LONGEST_HEARD = 5
_AMBIGUOUS_DECIMAL = re.compile(r"\.(?!\d$|25$|50$|75$|0+$)")
#: Only these are mended by sound: mending what only fills would mend what is not meant at all.
_BY_SOUND = frozenset(
    {Kind.OFF, Kind.STOVE, Kind.PLACE, Kind.UNIT, Kind.TIMER, Kind.CANCEL, Kind.ADD, Kind.POSTPONE,
     Kind.MORE, Kind.LATER, Kind.IN, Kind.NOW, Kind.LIGHT, Kind.ASK, Kind.CONDITION,
     Kind.NEGATION, Kind.NEEDLESS, Kind.DEVICE}
)  # fmt: skip
#: They only keep a command from being done, and are heard only in what is no other word.
_STOPPING = frozenset({Kind.CONDITION, Kind.NEGATION, Kind.NEEDLESS, Kind.DEVICE})
#: What names or lights may be wrong in every character, what turns off never.
_BY_SOUND_ALONE = frozenset({Kind.STOVE, Kind.PLACE, Kind.UNIT, Kind.TIMER, Kind.LIGHT})


@dataclass
class Lexicon:
    """All phrases, as they are written and as they sound."""

    exact: dict[tuple[str, ...], tuple[Word, ...]] = field(default_factory=dict)
    by_sound: dict[tuple[str, ...], list[tuple[str, ...]]] = field(default_factory=dict)
    numerals: dict[str, int] = field(default_factory=dict)
    spelled: dict[str, int] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    mendable: tuple[str, ...] = ()
    real_words: frozenset[str] = frozenset()
    #: Words that sound as one of the stove's and are none.
    other_words: frozenset[tuple[str, ...]] = frozenset()
    letters: set[str] = field(default_factory=set)
    longest: int = 1

    def add(self, phrase: str, *words: Word) -> None:
        """Know a phrase from now on; the first meaning that is given stays."""
        key = pieces(phrase)
        if not key or key in self.exact:
            return
        self.exact[key] = words
        self.letters.update(key)
        self.longest = max(self.longest, len(key))
        if len(key) > 1 and words[0][0] in _BY_SOUND:
            self.hear(key)

    def hear(self, key: tuple[str, ...]) -> None:
        """Know a phrase by its sound too."""
        plain = len(key) <= _LONGEST_HEARD and not "".join(key).isascii()
        if plain and not any(one in _DIALECT for one in key):
            for sounds in product(*map(all_sounds, key)):
                self.by_sound.setdefault(sounds, []).append(key)

    def readings(
        self, said: Sequence[str], heard: Sequence[str], at: int
    ) -> Iterator[tuple[int, float, tuple[Word, ...]]]:
        """What may begin here, as written or as it sounds: pieces, their cost, their words."""
        number = self._number(said, at)
        if number is not None:
            yield number
        for length in range(min(self.longest, len(said) - at), 0, -1):
            key = tuple(said[at : at + length])
            if key in self.exact:
                words = self.exact[key]
                yield length, _KIND_COST.get(words[0][0], 1.0), words
            elif 1 < length <= _LONGEST_HEARD:
                for other in self.by_sound.get(tuple(heard[at : at + length]), ()):
                    cost = self._misheard(key, other)
                    if cost is not None and not self._cuts_word(said, at, other):
                        yield length, cost, self.exact[other]
        yield 1, _UNKNOWN_COST, ((Kind.UNKNOWN, None, said[at]),)

    def _misheard(self, key: tuple[str, ...], other: tuple[str, ...]) -> float | None:
        """What it costs to take one phrase for another; None if nobody would."""
        wrong = [(one, two) for one, two in zip(key, other, strict=True) if one != two]
        alone = self.exact[other][0][0] in _BY_SOUND_ALONE
        if len(wrong) > len(key) // 2 and not alone:
            return None
        if any(self._is_weighty(one, harmless=alone) for one, _ in wrong):
            return None
        if self.exact[other][0][0] in _STOPPING and any((one,) in self.exact for one, _ in wrong):
            return None  # 火再 is two words, and no 火灾
        if self._has_other_word(key):
            return None
        same = sum(syllable(one) == syllable(two) for one, two in wrong)
        return 1.0 + _MISHEARD_COST * same + _BLURRED_COST * (len(wrong) - same)

    def _cuts_word(self, said: Sequence[str], at: int, other: tuple[str, ...]) -> bool:
        """Whether what is put right first or last is the half of a word: 使馆了 is not 使关了."""
        end = at + len(other)
        before = at > 0 and said[at] != other[0] and tuple(said[at - 1 : at + 1])
        after = end < len(said) and said[end - 1] != other[-1] and tuple(said[end - 1 : end + 1])
        # 加散十秒 adds thirty.
        counts = after and said[end] in self.numerals and sound(said[end - 1]) in _counting()
        return bool(counts) or before in self.other_words or after in self.other_words

    def _has_other_word(self, key: tuple[str, ...]) -> bool:
        """Whether it is, or has in it, a word of its own: 收货 is not 收火."""
        spans = range(2, len(key) + 1)
        return any(
            key[at : at + span] in self.other_words
            for span in spans
            for at in range(len(key) - span + 1)
        )

    def _is_weighty(self, piece: str, *, harmless: bool) -> bool:
        """Numerals, denials, "or" and their like are never taken for another character."""
        alone = self.exact.get((piece,))
        if alone is None or (harmless and alone[0][0] in (Kind.LOWER, Kind.RAISE)):
            return piece in self.numerals
        return piece in self.numerals or alone[0][0] in _WEIGHTY

    def _number(self, said: Sequence[str], at: int) -> tuple[int, float, tuple[Word, ...]] | None:
        first = said[at]
        if first[0] in "0123456789":
            return 1, 1.0, (_digits(first),)
        end = at
        while end < len(said) and said[end] in self.numerals:
            end += 1
        if end == at:
            return None
        text = "".join(said[at:end])
        value = numeral(text, self.numerals)
        # 五六分钟 is five or six.
        word: Word = (Kind.VAGUE, None, text) if value is None else (Kind.NUMBER, value, text)
        return end - at, 1.0, (word,)

    def mended(self, piece: str) -> str:
        """An English word with a letter wrong, put right when only one can be meant."""
        if len(piece) < 4 or not piece.isascii() or not piece.isalpha():
            return piece
        if piece in self.letters or piece in self.real_words:
            return piece
        near = [one for one in self.mendable if _close(piece, one)]
        return near[0] if len(near) == 1 else piece


def tokens(text: str, names: tuple[str, ...] = ()) -> tuple[Token, ...]:
    """The words of what was said.

    Args:
        text: what was said.
        names: the burners' own names, which are words too.

    Raises:
        Unreadable: this is no text that somebody could have said.
    """
    return words_of(pieces(text), names)


def words_of(said: Sequence[str], names: tuple[str, ...] = ()) -> tuple[Token, ...]:
    """The words of pieces, which may be a part of what was said.

    >>> [one.text for one in words_of(("stove", "off"))]
    ['stove', 'off']
    """
    return _words_of(tuple(said), names)


@lru_cache(maxsize=1024)
def _words_of(said: tuple[str, ...], names: tuple[str, ...]) -> tuple[Token, ...]:
    """A sentence is read in many stretches, and many of them again."""
    words = lexicon(names)
    mended = _spelled([words.typed.get(one, _mended(one, names)) for one in said], words)
    return tuple(settled(list(_read_cheaply(mended, words))))


@lru_cache(maxsize=4096)
def _mended(piece: str, names: tuple[str, ...]) -> str:
    """Every stretch of a sentence asks again for each of its words."""
    return lexicon(names).mended(piece)


def _read_cheaply(said: Sequence[str], words: Lexicon) -> Iterator[Token]:
    """The reading of the whole that costs least; of equal ones that with the longest first word."""
    cheapest: list[tuple[float, int, tuple[Word, ...]]] = [(0.0, 0, ())] * (len(said) + 1)
    heard = tuple(map(sound, said))
    for at in range(len(said) - 1, -1, -1):
        cheapest[at] = min(
            (
                (cost + cheapest[at + length][0], length, found)
                for length, cost, found in words.readings(said, heard, at)
            ),
            key=lambda one: (round(one[0], 6), -one[1]),
        )
    at = 0
    while at < len(said):
        _, length, read = cheapest[at]
        yield from (Token(kind, word, value, at) for kind, value, word in read)
        at += length


def _spelled(said: list[str], words: Lexicon) -> list[str]:
    """Numbers that a recogniser wrote as other words, which only a unit after them betrays."""
    found = list(said)
    for at, (one, after) in enumerate(pairwise(said)):
        before = said[at - 1] if at else ""
        if one in ("for", "to", "too", "fore") and before not in _BEFORE_NUMBER:
            continue  # "on for hours"
        free = before not in ("half", "a", "an") and before[:1] not in "0123456789"
        if one in words.spelled and after in _UNITS and (free or not before):
            found[at] = str(words.spelled[one])
    return found


_BEFORE_NUMBER = ("in", "after", "another", "add", "by", "extra", "wait", "exactly", "just", "for")
_UNITS = frozenset(("minutes", "minute", "mins", "hours", "hour", "seconds"))


def _digits(text: str) -> Word:
    if ":" in text:
        hours, minutes = (int(one) for one in text.split(":"))
        good = hours < 25 and minutes < 60
        return (Kind.CLOCK, (hours, minutes), text) if good else (Kind.VAGUE, None, text)
    if "/" in text:
        above, below = (int(one) for one in text.split("/"))
        good = (above, below) in ((1, 2), (1, 3), (1, 4), (2, 3), (3, 4))
        return (Kind.NUMBER, Fraction(above, below), text) if good else (Kind.VAGUE, None, text)
    if len(text.partition(".")[0]) > _LONGEST_NUMBER or _AMBIGUOUS_DECIMAL.search(text):
        return Kind.UNKNOWN, None, text
    return Kind.NUMBER, Fraction(text), text


def _close(typed: str, word: str) -> bool:
    """Whether one letter is wrong, missing, too many or swapped; two from eight letters on."""
    allowed = 2 if len(word) >= 8 and len(typed) >= 7 else 1
    if abs(len(typed) - len(word)) > allowed:
        return False
    rows: list[list[int]] = [list(range(len(word) + 1))]
    for i, one in enumerate(typed, 1):
        row = [i]
        for j, two in enumerate(word, 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (one != two))
            if i > 1 and j > 1 and one == word[j - 2] and typed[i - 2] == two:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1] <= allowed


@cache
def _counting() -> frozenset[str]:
    """How numerals sound."""
    return frozenset(map(sound, "一二两三四五六七八九十百"))


@cache
def lexicon(names: tuple[str, ...] = ()) -> Lexicon:
    """All words of both languages, and the burners' own names before them."""
    made = Lexicon()
    tables = [_table(language) for language in LANGUAGES]
    for table in tables:
        made.numerals.update(table.get("numerals", {}))
        made.spelled.update(table.get("spelled", {}))
        for right, wrong in table.get("typed", {}).items():
            made.typed.update((one, right) for one in str(wrong).split())
    for name in names:
        made.add(name, (Kind.NAME, name, name))
    for table in tables:
        _read(table, made)
    made.mendable = tuple(tables[0]["mend"].split())
    made.real_words = frozenset(tables[0]["real_words"].split())
    made.other_words = frozenset(map(tuple, str(tables[1]["other_words"]).split()))
    return made


def _read(table: dict[str, Any], made: Lexicon) -> None:
    for word, value in table.get("numbers", {}).items():
        made.add(word, (Kind.NUMBER, Fraction(value), word))
    for seconds, phrases in table["units"].items():
        for phrase in _phrases(phrases):
            made.add(phrase, (Kind.UNIT, Fraction(seconds), phrase))
    for kind, section in ((Kind.PLACE, "places"), (Kind.DAYTIME, "daytimes")):
        for value, phrases in table[section].items():
            for phrase in _phrases(phrases):
                made.add(phrase, (kind, value, phrase))
    for name, phrases in table["phrases"].items():
        for phrase in _phrases(phrases):
            made.add(phrase, (Kind(name), None, phrase))
    for kind, parts in table.get("composed", {}).items():
        for before, verb, end, after in product(*(str(parts[one]).split("|") for one in _PARTS)):
            phrase = f"{before}{verb}{end}{after}"
            made.add(phrase, (Kind(kind), None, phrase))
    for heard, said in table.get("heard", {}).items():
        made.add(heard, *_spoken(str(said), made))


#: What words of a regular build are made of: 还没|煮|熟|了.
_PARTS = ("before", "verbs", "ends", "after")


def _phrases(text: str | int) -> Iterator[str]:
    return (one.strip() for one in str(text).replace("\n", " ").split("|") if one.strip())


def _spoken(said: str, made: Lexicon) -> Iterator[Word]:
    """The words of a stretch that is heard as another."""
    return ((one.kind, one.value, one.text) for one in _read_cheaply(pieces(said), made))


@cache
def told_words(language: str, name: str) -> frozenset[str]:
    """The words that tell a statement from an order in a language; ``[told]`` of its table.

    >>> "play" in told_words("english", "orders")
    True
    """
    return frozenset(str(_table(language)["told"][name]).split())


@cache
def _table(language: str) -> dict[str, Any]:
    text = files("gezhi.home.speech").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
