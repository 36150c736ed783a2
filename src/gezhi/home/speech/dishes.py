"""A dish says which burner is meant: 左边炖牛肉的那个, "the left one with the soup".

>>> from gezhi.home.speech.lexicon import tokens
>>> [one.text for one in without_dishes(tokens("左边炖牛肉的那个关掉"))]
['左边', '关掉']
>>> [one.text for one in without_dishes(tokens("the left one with the soup"))]
['the', 'left one']
"""

from collections.abc import Sequence

from gezhi.home.speech.kinds import Kind, Token

__all__ = ["without_dishes"]

_THAT = (
    "那个",
    "那个灶",
    "那个炉",
    "那个炉子",
    "那个火",
    "那边",
    "灶",
    "火",
    "炉子",
    "这个",
    "那个锅",
)
_COOKED = (Kind.FOOD, Kind.KEEP, Kind.UNKNOWN, Kind.READY)
_AFTER = (Kind.MORE, Kind.ADD, Kind.NUMBER, Kind.POSTPONE, Kind.HALF)
#: Water may run from a tap.
_TAPS = ("水", "开水", "汤水", "water")
_LONGEST = 6


def without_dishes(words: Sequence[Token]) -> tuple[Token, ...]:
    """The same words without the dishes that stand on a burner that is named."""
    row, at = [], _needing(words)
    while at < len(words):
        row.append(words[at])
        at += 1
        if row[-1].kind == Kind.PLACE:
            at += _relative(words, at) or _dish(words, at) or _with(words, at)
    return tuple(row)


def _needing(words: Sequence[Token]) -> int:
    """How many words are "the chicken" before "needs"."""
    if any(one.kind in (Kind.OFF, Kind.TURN, Kind.OFFWARD) for one in words):
        return 0
    foods = [at for at, one in enumerate(words) if one.kind == Kind.FOOD]
    if len(foods) != 1 or foods[0] + 1 >= len(words) or words[foods[0] + 1].text != "needs":
        return 0
    return foods[0] + 1 if all(one.kind == Kind.FILLER for one in words[: foods[0]]) else 0


def _relative(words: Sequence[Token], at: int) -> int:
    """How many words are 炖牛肉的那个."""
    end = at
    while end < len(words) and end - at < _LONGEST and words[end].kind in _COOKED:
        end += 1
    cooks = any(one.kind in (Kind.FOOD, Kind.KEEP) for one in words[at:end])
    if not cooks or end + 1 >= len(words) or words[end].text != "的":
        return 0
    return end + 2 - at if words[end + 1].text in _THAT else 0


def _dish(words: Sequence[Token], at: int) -> int:
    """How many words are 的鸡汤 before 再加五分钟."""
    if [one.kind for one in words[at : at + 1]] == [Kind.KEEP] and len(words) > at + 1:
        return 1 + more if words[at + 1].text == "的" and (more := _dish(words, at + 1)) else 0
    end = at + 1 if at < len(words) and words[at].text in ("的", "那个", "那锅") else at
    if end == at and not words[at - 1].text.endswith(("的", "那个")):
        return 0
    start = end
    while end < len(words) and words[end].kind == Kind.FOOD and words[end].text not in _TAPS:
        end += 1
    follows = next((one for one in words[end:] if one.kind != Kind.COMMA), None)
    after = follows.kind if follows else None
    return end - at if end > start and after in _AFTER else 0


def _with(words: Sequence[Token], at: int) -> int:
    """How many words are "with the soup"."""
    row = words[at : at + 4]
    texts = [one.text for one in row]
    if texts[:1] != ["with"]:
        return 0
    end = 2 if texts[1:2] and texts[1] in ("the", "my", "our") else 1
    food = len(row) > end and row[end].kind == Kind.FOOD and row[end].text not in _TAPS
    return end + 1 if food else 0
