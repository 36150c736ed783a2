"""What a speaker puts right while speaking: "the left, sorry, the right one", 左边不对右边.

Only the last of two places or two durations counts when a word of correction alone stands between
them; two places with doubt between them that is no clear correction are no enumeration either.

>>> from gezhi.home.speech.amounts import amounts
>>> from gezhi.home.speech.lexicon import tokens
>>> [one.text for one in corrected(amounts(tokens("turn off the left, sorry, the right one")))]
['turn off', 'the', 'right one']
>>> doubts_places(tokens("turn off the left um right burner"))
True
"""

from collections.abc import Sequence
from itertools import pairwise

from gezhi.home.speech.kinds import Kind, Token

__all__ = ["corrected", "corrects", "doubts_places"]

_MARKS = frozenset(
    {"sorry", "no", "nope", "oops", "whoops", "mean", "meant", "i mean", "i meant", "wait",
     "no wait", "actually", "correction", "rather", "my bad", "scratch that", "apologies",
     "pardon", "hang on", "hold on", "make that", "make it", "my mistake", "sorry i mean",
     "不对", "不对不对", "错了", "说错了", "说错", "我说错了", "口误", "对不起", "不好意思", "抱歉",
     "弄错了", "搞错了", "讲错了", "更正", "纠正", "唔系", "哦不", "啊不", "噢不", "哎不", "呃不",
     "哦不对", "啊不对", "错"}
)  # fmt: skip
#: Said while somebody thinks which one it was.
_DOUBTS = _MARKS | frozenset(
    {"um", "umm", "uh", "uhh", "er", "erm", "hmm", "oh", "oh no", "well", "i think", "i guess",
     "i said", "yeah", "yes", "again", "哎呀", "哦", "喔", "呃", "额", "嗯", "哎", "唉", "是", "对",
     "对了", "噢", "诶", "啊"}
)  # fmt: skip
_BARE_NO = ("不", "不不", "不不不", "不是", "唔")
_JOINS = (Kind.AND, Kind.ALL, Kind.OFF, Kind.OFFWARD, Kind.TURN, Kind.STOP, Kind.OBJECT)
_NOUNS = (Kind.STOVE, Kind.PIECE)
_WAITED = (Kind.AMOUNT, Kind.NUMBER)


def corrected(words: Sequence[Token]) -> tuple[Token, ...]:
    """The words without a place or a duration that was put right right after it."""
    row = list(words)
    for at in range(len(row) - 1, 0, -1):
        if at < len(row) and _is_mark(row, at):
            start, end = _span(row, at)
            wrong, right = _place(row, start, end), _amount(row, start, end)
            if wrong is not None:
                del row[wrong:end]
            elif right is not None:
                del row[right:end]
    return tuple(row)


def corrects(words: Sequence[Token]) -> bool:
    """Whether a word of correction is in it.

    >>> from gezhi.home.speech.lexicon import tokens
    >>> corrects(tokens("sorry it's the right one"))
    True
    """
    return any(one.text in _MARKS for one in words)


def doubts_places(words: Sequence[Token]) -> bool:
    """Whether two different places stand beside each other, and not as "this and that"."""
    places = [at for at, one in enumerate(words) if one.kind == Kind.PLACE]
    for first, second in pairwise(places):
        between = words[first + 1 : second]
        if words[first].value == words[second].value:
            continue
        if any(one.text in _DOUBTS or one.text in _BARE_NO for one in between):
            return True
        listed = any(one.kind in _JOINS for one in words[first + 1 :]) or words[0].kind == Kind.ALL
        if any(one.kind == Kind.COMMA for one in between) and not listed:
            return True
    return False


def _is_mark(row: Sequence[Token], at: int) -> bool:
    if row[at].text in _MARKS:
        return True
    # 左边，不，右边 puts right; 左边不右边 is nothing, and 左边不是右边 means the left one.
    apart = at + 1 < len(row) and row[at + 1].kind == Kind.COMMA
    return row[at].text in _BARE_NO and apart


def _span(row: Sequence[Token], at: int) -> tuple[int, int]:
    """The mark with all that only fills around it, and the "i" of "i mean"."""
    start, end = at, at + 1
    while start > 0 and (_fills(row[start - 1]) or _is_mark(row, start - 1)):
        start -= 1
    while end < len(row) and (_fills(row[end]) or _is_mark(row, end)):
        end += 1
    return start, end


def _fills(one: Token) -> bool:
    return one.kind in (Kind.FILLER, Kind.COMMA) or one.text in ("it's", "is", "'s", "应该")


def _place(row: Sequence[Token], start: int, end: int) -> int | None:
    """Where the place begins that was wrong, if a place stands at both sides."""
    if end >= len(row) or row[end].kind != Kind.PLACE:
        return None
    at = start - 1
    while at > 0 and (row[at].kind in _NOUNS or row[at].text == "one"):
        at -= 1
    return at if at >= 0 and row[at].kind == Kind.PLACE else None


def _amount(row: Sequence[Token], start: int, end: int) -> int | None:
    """Where the duration begins that was wrong, if a duration stands at both sides."""
    again = end < len(row) and row[end].kind == Kind.IN
    right = end + 1 if again else end
    if right >= len(row) or row[right].kind != Kind.AMOUNT:
        return None
    at = start - 1
    if at >= 0 and row[at].kind == Kind.LATER:
        if right + 1 >= len(row) or row[right + 1].kind != Kind.LATER:
            return None
        at -= 1
    if at < 0 or row[at].kind not in _WAITED:
        return None
    return at - 1 if again and at and row[at - 1].kind == Kind.IN else at
