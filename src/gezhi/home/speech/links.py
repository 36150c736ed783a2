"""What a clause leaves to the one before it: "eggs need seven minutes, turn the left one off then".

A time ("then", "after that", 到时候) or a burner ("it", "that one", 把它) that only points back is
written out, and the sentence is read anew; whether all else in it is only told is decided there,
by the same rules as for any other sentence. What points back at two things points at none.

>>> from gezhi.home.speech.normal import pieces
>>> [" ".join(one) for one in linked(pieces("it needs ten minutes, turn it off after that"), ())]
['it needs ten minutes , in 600 seconds turn it off']
>>> ["".join(one) for one in linked(pieces("左边的汤好了，把它关了"), ())]
['左边的汤好了,把左边关了']
"""

import re
from collections.abc import Iterator, Sequence

from gezhi.home.speech.amounts import amounts
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import words_of
from gezhi.home.speech.normal import is_chinese, pieces
from gezhi.home.speech.pointing import names_place
from gezhi.home.speech.sentence import SHUTTING, SILENT, Sentence

__all__ = ["linked"]

_JOINTS = (",", "!", "and", "so", "then", "but", "然", "到", "时", "再", "就", "之", "完")
#: More of them than this is no sentence that somebody said.
_MOST_JOINTS = 12
#: What ends a wait that was told before.
_ENDED = (
    r"(?:is |has |'s )?(?:up|over|out|done|finished|ended|ends|rings|beeps|expires|elapsed|passed|"
    r"goes off|runs out|run out|gone by|have passed|are up)"
)
_CLOCK = r"(?:the )?(?:timer|timer's|time|time's|countdown|alarm|minutes|it|it's|that|that's|they)"
_WHEN = rf"(?:when|once|as soon as|after) {_CLOCK} {_ENDED}"
_THEN = rf"(?:and )?(?:then|after that|afterwards|at that point|after|by then|{_WHEN})"
_AT_THE_START = re.compile(rf"^(?:, )?{_THEN} (?:, )?(?!all$)")
_AT_THE_END = re.compile(rf"(?: ,)? {_THEN}(?P<rest>(?: ,)?(?: please| thanks| thank you)*)$")
_BY_THEN = re.compile(
    "^,?(?:然后)?(?:到时候|到时|到点了|到点就|到点|到时间了|到时间就|到时间|时间到了|时间到|"
    "时间一到|一到时间|之后|然后|完了以后|完了|之后就|随后|完事|就|再)(?:就|再|请|,)?"
)
#: A clause of these sets the wait, and no more.
_SETS = (
    Kind.SET, Kind.TIMER, Kind.FOR, Kind.ARTICLE, Kind.PLEASE, Kind.KEEP, Kind.MORE, Kind.IN,
    Kind.TO, Kind.AMOUNT, Kind.PRONOUN, Kind.LATER, Kind.OBJECT, *SILENT,
)  # fmt: skip
_NO_WAIT = (
    Kind.OFF, Kind.OFFWARD, Kind.TURN, Kind.STOP, Kind.CANCEL, Kind.DROP, Kind.LIGHT, Kind.RAISE,
    Kind.LOWER, Kind.DEVICE, Kind.CONDITION, Kind.ASK, Kind.QUESTION, Kind.ASKING, Kind.VAGUE,
    Kind.SOME, Kind.POSTPONE, Kind.NUMBER, Kind.ADD, Kind.MOMENT, Kind.NEGATION, Kind.NEEDLESS,
    Kind.STATE,
)  # fmt: skip
_THAT_ONE = re.compile(
    r"\b(?:that|this) (?:one|burner|ring|hob|flame|fire)\b"
    r"|\b(?:it|that|them)\b(?! (?:is|was|one|stove|gas|cooker|timer|heat|thing|flame))"
)
#: The clause right after must be the order: nothing may come between that "it" could be.
_VERBS = (Kind.OFF, Kind.OFFWARD, Kind.STOP, Kind.MORE, Kind.ADD, Kind.KEEP)
_STILL = ("still", "not", "isn't", "aren't", "hasn't", "needs", "need", "too")
_IT = re.compile("把(?:它|那个|这个|那边|那)(?!们)|(?:它|那个|那边)(?=关|熄|再|可以)")
_FIRE = "火灶炉气煤瓦斯阀"


def linked(said: Sequence[str], names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The same pieces with what points back written out, in each way that it can be.

    Args:
        said: the pieces of what was said.
        names: the burners' own names.
    """
    chinese = is_chinese("".join(said))
    if sum(one in _JOINTS for one in said) > _MOST_JOINTS:
        return
    for at, one in enumerate(said):
        if at and one in _JOINTS:
            left, right = said[:at], said[at:]
            before = Sentence(amounts(words_of(left, names)))
            yield from _timed(left, before, right, chinese=chinese)
            near = left[_last_comma(left) :]
            yield from _placed(left, Sentence(amounts(words_of(near, names))), right, names)


def _last_comma(left: Sequence[str]) -> int:
    """Where the clause right before begins."""
    return max((at + 1 for at, one in enumerate(left) if one in (",", "!")), default=0)


def _timed(
    left: Sequence[str], before: Sentence, right: Sequence[str], *, chinese: bool
) -> Iterator[tuple[str, ...]]:
    """The wait of the clause before in the place of "then"."""
    if before.number(Kind.AMOUNT) != 1 or before.has(*_NO_WAIT):
        return
    if before.has(Kind.IN) and before.has(Kind.UNKNOWN) and not _names_fire(right):
        return  # "the gas bill is due in ten minutes, then turn it off"
    value = before.amount()
    if value.denominator != 1 or value <= 0:
        return
    if chinese:
        row = "".join(right)
        match = _BY_THEN.match(row)
        if match is None:
            return
        # Without a word between, the two times would be read as one.
        wait, rest = (
            ("那", f"{int(value)}", "秒", "后"),
            tuple(right[_pieces_in(right, match.end()) :]),
        )
        order = (*wait, *rest)
    else:
        row = " ".join(right)
        found = _AT_THE_START.match(row)
        last = _AT_THE_END.search(row)
        if found is not None:
            row = row[found.end() :]
        elif last is not None:
            row = row[: last.start()] + last["rest"]
        else:
            return
        order = ("in", f"{int(value)}", "seconds", *row.removeprefix(", ").split())
    sets = all(one.kind in _SETS for one in before.words)
    yield order if sets and before.has(Kind.SET, Kind.TIMER) else (*left, ",", *order)


def _names_fire(right: Sequence[str]) -> bool:
    return Sentence(words_of(right)).has(Kind.STOVE, Kind.PLACE, Kind.PLURAL)


def _pieces_in(row: Sequence[str], length: int) -> int:
    """How many pieces are so many characters."""
    count = 0
    while count < len(row) and length > 0:
        length -= len(row[count])
        count += 1
    return count


def _placed(
    left: Sequence[str], before: Sentence, right: Sequence[str], names: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """The burner of the clause before in the place of "it"."""
    places = [one for at, one in enumerate(before.words) if names_place(before, at)]
    if len({one.value for one in places}) != 1 or before.has(Kind.ALL, Kind.SOME, Kind.DEVICE):
        return
    if not _is_of_the_stove(before, places[0]):
        return
    order = Sentence(words_of(right, names))
    if order.has(Kind.PLACE, Kind.NAME, Kind.ALL, Kind.PLURAL, Kind.DEVICE):
        return
    verbs = Sentence(words_of(pieces(" ".join(right).strip(", ").split(" , ")[0]), names))
    if not verbs.has(*_VERBS):
        return
    if order.has(Kind.MORE, Kind.ADD) and not order.has(*SHUTTING) and not _needs_more(before):
        return
    place = places[0].text
    if not is_chinese("".join(right)):
        the = place if place.startswith("one ") else f"{place} burner"
        row, count = _THAT_ONE.subn(f"the {the}", " ".join(right))
        if count == 1:
            yield (*left, *row.split())
        elif not count and not order.has(Kind.STOVE, Kind.TIMER) and order.has(Kind.MORE):
            yield (*left, *right, "on", "the", *the.split())
        return
    place = place.removesuffix("的").removesuffix("那个")
    row, count = _IT.subn(lambda found: f"{'把' * ('把' in found.group())}{place}", "".join(right))
    if count == 1:
        yield (*left, *pieces(row))
        return
    names_it = order.has(Kind.STOVE, Kind.TIMER, Kind.OBJECT, Kind.CANCEL)
    if not (count or names_it or any(part in one.text for one in order.words for part in _FIRE)):
        yield (*left, ",", *place, *(one for one in right if one != ","))


def _needs_more(before: Sentence) -> bool:
    """Whether something is not done yet; who is finished wants no more time."""
    return any(
        one.kind == Kind.KEEP
        or one.text in _STILL
        or any(part in one.text for part in "还没不太硬")
        for one in before.words
    )


def _is_of_the_stove(before: Sentence, place: Token) -> bool:
    """ "The soup on the left", "the left one"; but "the left speaker" is no burner."""
    needed = any(one.text.split()[-1] in ("need", "use", "using") for one in before.words)
    if needed and not before.has(Kind.AMOUNT):
        return False  # "I only need the right one"
    after = before.after(before.words.index(place))
    bare = place.text.isascii() and " " not in place.text
    if bare and after is not None and after.kind == Kind.UNKNOWN and "'" not in after.text:
        return False
    if before.has(Kind.FOOD, Kind.STOVE, Kind.READY, Kind.KEEP):
        return True
    plain = (Kind.PLACE, Kind.AMOUNT, Kind.MORE, Kind.NEEDLESS, Kind.DONE, Kind.BE, *SILENT)
    return all(one.kind in plain for one in before.words)
