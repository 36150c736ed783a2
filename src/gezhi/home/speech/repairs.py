"""What was said wrong and said again: "the left one, no sorry, the right one", 左边，不对，右边.

What follows the words of repair is a whole command, which then counts alone, or only the burner or
the time that was wrong, which is put in its place; the row that comes of it is read like any other.
Whoever names a burner or a time first and none the second time has not said what is meant.

>>> from gezhi.home.speech.normal import pieces
>>> for said in ("turn the left one off, no sorry, the right one", "五分钟后关火，不对，十分钟"):
...     print(*(" ".join(one) for one in replaced(pieces(said), ())))
turn the right one off
十 分 钟 后 关 火
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gezhi.home.speech.amounts import amounts
from gezhi.home.speech.command import Action, Command
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import words_of
from gezhi.home.speech.normal import is_chinese
from gezhi.home.speech.sentence import SILENT, Sentence

__all__ = ["find_repaired", "replaced"]

_Read = Callable[[Sequence[str]], Command]

_CHINESE_MARKS = (
    "不对|不对不对|不对不对不对|错了|说错了|我说错了|说错|口误|弄错了|搞错了|讲错了|我讲错了|更正|更正一下|"
    "纠正|纠正一下|不|不不|不不不|不是|不是不是|我是说|我的意思是|我意思是|我是想说|我想说的是|应该是|"
    "应该说|是说|对不起|不好意思|抱歉|改一下|唔系|唔系唔系|讲错咗|我讲错咗"
)
_CHINESE_FILLERS = "哦|噢|啊|哎呀|哎|呃|嗯|喔|唉|诶|欸|额|等等|等一下|慢着|是|呀|吖"
_ENGLISH_MARKS = (
    "sorry|no|nope|no no|oops|whoops|i mean|i meant|actually|correction|scratch that|strike that|"
    "make that|make it|rather|or rather|my bad|my mistake|pardon|apologies|wait|hang on|hold on|"
    "i meant to say|i should say|let's make it|let's say|wrong one|that's wrong|that's not right|"
    "not that one|change that to|make this"
)
_ENGLISH_FILLERS = "oh|uh|um|er|erm|hmm|well|ah|it's|that's|wait a second|wait a minute"
#: Said by itself, without a pause before it, it may be meant otherwise.
_CLEAR = re.compile(r"\b(?:i mean|i meant|scratch that|strike that|correction|no sorry|no wait)\b")


def _run(marks: str, fillers: str, apart: Callable[[str], str]) -> re.Pattern[str]:
    """One or more marks among commas and words that only fill."""
    mark, fill = (
        "|".join(apart(one) for one in sorted(row.split("|"), key=len, reverse=True))
        for row in (marks, fillers)
    )
    before = rf"(?:(?:,|!|{fill}) )*"
    return re.compile(rf"(?<= ){before}(?:{mark}) (?:(?:,|!|{mark}|{fill}) )*")


_CHINESE = _run(_CHINESE_MARKS, _CHINESE_FILLERS, " ".join)
_ENGLISH = _run(_ENGLISH_MARKS, _ENGLISH_FILLERS, str)
#: 关左边，不是右边 says which one is not meant; 关左边，不是，右边 puts it right.
_DENIES = re.compile("(?<![哦啊噢呃哎] )不 (?:是 )?$")
#: What may stand around the burner, or the time, that is said anew.
_NEUTRAL = (*SILENT, Kind.ARTICLE, Kind.PIECE, Kind.BE, Kind.PLEASE)
_BEFORE_TIME = (Kind.IN, Kind.LATER)
_LONGER = (Kind.MORE, Kind.ADD, Kind.POSTPONE)
_BURNERS = (Kind.PLACE, Kind.NAME, Kind.ALL, Kind.PLURAL)
_TIMES = (Kind.AMOUNT, Kind.MOMENT)


@dataclass(frozen=True)
class _Halves:
    """What was said first and what was said then, as pieces and as words."""

    wrong: tuple[str, ...]
    right: tuple[str, ...]
    names: tuple[str, ...]

    def words(self, half: Sequence[str]) -> Sentence:
        return Sentence(amounts(words_of(half, self.names)))


def find_repaired(said: Sequence[str], names: tuple[str, ...], read: _Read) -> Command | None:
    """The command that a speaker put right, or None where there is none or it is not clear.

    Args:
        said: the pieces of what was said.
        names: the burners' own names.
        read: reads pieces as one command, in which every word has its part.
    """
    halves = _halves(said, names)
    if halves is None:
        return None
    command = read(halves.right)
    if command.is_executable or command.action is Action.REFUSE:
        return command if _counts_alone(halves, read) else None
    made = {read(row) for row in replaced(said, names)}
    done = [one for one in made if one.is_executable]
    return done[0] if len(done) == 1 else None


def replaced(said: Sequence[str], names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What was said first, with the burner or the time that was said then.

    Args:
        said: the pieces of what was said.
        names: the burners' own names.
    """
    halves = _halves(said, names)
    if halves is None:
        return
    wrong, right = halves.words(halves.wrong), halves.words(halves.right)
    rest = [one for one in right.words if one.kind not in _NEUTRAL and one.text != "one"]
    kinds = [one.kind for one in rest]
    if kinds[:1] == [Kind.ON]:
        del kinds[0]  # the timer on the left, no, on the right
    if Kind.TIMER in kinds and wrong.has(Kind.TIMER):
        kinds.remove(Kind.TIMER)
    if Kind.PLACE in kinds and set(kinds) <= {Kind.PLACE, Kind.STOVE}:
        yield from _with(halves, wrong, right, Kind.PLACE)
    elif set(kinds) <= {Kind.AMOUNT, *_BEFORE_TIME, Kind.MORE, Kind.FOR} and _fits(wrong, right):
        yield from _with(halves, wrong, right, Kind.AMOUNT)
        yield from _with(halves, wrong, right, Kind.NUMBER, Kind.AMOUNT)
    elif kinds in ([Kind.NUMBER], [Kind.IN, Kind.NUMBER]):
        yield from _with_number(halves)


def _halves(said: Sequence[str], names: tuple[str, ...]) -> _Halves | None:
    """What stands before and behind the last words of repair."""
    chinese = is_chinese("".join(said))
    row = " ".join(said) + " "
    runs = list((_CHINESE if chinese else _ENGLISH).finditer(row))
    if not runs:
        return None
    last = runs[-1]
    paused = "," in last.group() or "!" in last.group()
    if _DENIES.search(last.group()):
        return None
    if not (paused or (not chinese and _CLEAR.search(last.group()))):
        return None
    wrong, right = row[: last.start()].split(), row[last.end() :].split()
    return _Halves(tuple(wrong), tuple(right), names) if wrong and right else None


def _counts_alone(halves: _Halves, read: _Read) -> bool:
    """Whether the second command says all that the first one said."""
    first, then = read(halves.wrong), read(halves.right)
    if not (first.is_executable or first.action is Action.REFUSE):
        return False
    if then.action is Action.REFUSE:
        return True
    wrong, right = halves.words(halves.wrong), halves.words(halves.right)
    for command, half in ((first, wrong), (then, right)):
        if command.action is Action.CANCEL and not half.has(Kind.TIMER):
            return False  # what is to be cancelled: a timer, or what was said?
    placed = not wrong.has(*_BURNERS) or right.has(*_BURNERS)
    timed = not wrong.has(*_TIMES) or right.has(*_TIMES, Kind.NOW)
    return placed and (timed or then.action is Action.CANCEL)


def _fits(wrong: Sentence, right: Sentence) -> bool:
    """Whether a time is said as the first was: 再加五分钟, and not 十分钟后."""
    later = not right.has(*_BEFORE_TIME) or wrong.has(*_BEFORE_TIME)
    return later and (not right.has(Kind.MORE) or wrong.has(*_LONGER))


def _with(
    halves: _Halves, wrong: Sentence, right: Sentence, old: Kind, new: Kind | None = None
) -> Iterator[tuple[str, ...]]:
    """The only word of a kind in the first half replaced by that of the second."""
    new = new or old
    if wrong.number(old) != 1 or right.number(new) != 1:
        return
    out, in_ = _span(wrong.words, old, halves.wrong), _span(right.words, new, halves.right)
    yield (*halves.wrong[: out[0]], *halves.right[slice(*in_)], *halves.wrong[out[1] :])


def _with_number(halves: _Halves) -> Iterator[tuple[str, ...]]:
    """ "In ten minutes, make it fifteen": the unit stays."""
    wrong = Sentence(words_of(halves.wrong, halves.names))
    right = Sentence(words_of(halves.right, halves.names))
    if wrong.number(Kind.UNIT) == 1 and not wrong.has(Kind.HALF):
        yield from _with(halves, wrong, right, Kind.NUMBER)


def _span(words: Sequence[Token], kind: Kind, said: Sequence[str]) -> tuple[int, int]:
    """The pieces of the only word of a kind."""
    start = next(one.start for one in words if one.kind == kind)
    return start, min((one.start for one in words if one.start > start), default=len(said))
