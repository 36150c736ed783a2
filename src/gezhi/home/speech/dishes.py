"""A dish says which burner is meant, or what a time is for: 左边炖牛肉的那个, 鸡蛋煮七分钟.

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
_COOKING = (Kind.KEEP, Kind.MORE, Kind.FILLER, Kind.FOR, Kind.AT)
#: With these a dish is more than what a time is for.
_DECIDING = (
    Kind.READY, Kind.CONDITION, Kind.NEGATION, Kind.NEEDLESS, Kind.ASK, Kind.QUESTION, Kind.DEVICE,
    Kind.ASKING, Kind.VAGUE,
)  # fmt: skip
_NEEDS = ("needs", "need", "want", "wants", "could use")
_UNDER = ("under", "underneath", "beneath", "below")
#: Water may run from a tap.
_TAPS = ("水", "开水", "汤水", "water")
_LONGEST = 6


def without_dishes(words: Sequence[Token]) -> tuple[Token, ...]:
    """The same words without the dishes that a burner or a time is for."""
    row, at = [], _needing(words)
    while at < len(words):
        length = _timed(words, at) or _under(words, at)
        if length:
            at += length
            continue
        row.append(words[at])
        at += 1
        if row[-1].kind == Kind.PLACE:
            at += _relative(words, at) or _dish(words, at) or _with(words, at)
    return tuple(row)


def _timed(words: Sequence[Token], at: int) -> int:
    """How many words are 鸡蛋 before 煮七分钟就关火, "the rice" after "give"."""
    if words[at].kind != Kind.FOOD or any(one.kind in _DECIDING for one in words):
        return 0
    chinese = not words[at].text.isascii()
    end = at + 1
    while end < len(words) and words[end].kind == Kind.FOOD:
        end += 1
    on = not chinese and [one.text for one in words[end : end + 1]] == ["on"]
    place = next((one for one in words[end + on :] if one.kind != Kind.FILLER), None)
    if on and (place is None or place.kind != Kind.PLACE):
        return 0
    cooks = any(one.kind in (Kind.KEEP, Kind.MORE) for one in words[:at])
    wait = next((one for one in words[end + on :] if one.kind not in (*_COOKING, Kind.PLACE)), None)
    counted = wait is not None and wait.kind in (Kind.NUMBER, Kind.HALF, Kind.ARTICLE)
    kept = cooks or any(one.kind in (Kind.KEEP, Kind.MORE) for one in words[end:])
    if not counted or not (kept if chinese else cooks) or not _goes_on(words, chinese=chinese):
        return 0
    return end + on - at


def _goes_on(words: Sequence[Token], *, chinese: bool) -> bool:
    """Whether what is to be done follows the time at once: 煮七分钟就关火, not 煮七分钟，关火."""
    last = max(at for at, one in enumerate(words) if one.kind in (Kind.UNIT, Kind.NUMBER))
    after = [one for one in words[last + 1 :] if one.kind not in (Kind.FILLER, Kind.HALF)]
    if not after:
        return True
    joined = after[0].kind != Kind.COMMA or after[1:2] == [] or after[1].kind == Kind.AND
    return joined if chinese else after[0].kind != Kind.COMMA or after[1:2] != []


def _under(words: Sequence[Token], at: int) -> int:
    """How many words are "under the pot", which the heat is in any case."""
    if words[at].text == "for" and at and words[at - 1].kind == Kind.UNIT:
        end = at + 1
        while end < len(words) and words[end].kind == Kind.FILLER:
            end += 1
        food = [one.kind for one in words[end : end + 2]] == [Kind.FOOD, Kind.AND]
        return end + 1 - at if food else 0
    fires = (Kind.STOVE, Kind.PLACE, Kind.ON, Kind.OFFWARD, Kind.LIGHT)
    if words[at].text not in _UNDER or not at or words[at - 1].kind not in fires:
        return 0
    end = at + 1
    while end < len(words) and words[end].kind == Kind.FILLER:
        end += 1
    named = any(one.kind in (Kind.STOVE, Kind.PLACE, Kind.LIGHT) for one in words[:at])
    pot = end < len(words) and (words[end].kind == Kind.FOOD or words[end].text == "kettle")
    return end + 1 - at if named and pot else 0


def _needing(words: Sequence[Token]) -> int:
    """How many words are "the chicken" before "needs"."""
    if any(one.kind in (Kind.OFF, Kind.TURN, Kind.OFFWARD) for one in words):
        return 0
    foods = [at for at, one in enumerate(words) if one.kind == Kind.FOOD]
    if len(foods) != 1 or any(one.kind != Kind.FILLER for one in words[: foods[0]]):
        return 0
    needs = next((at for at, one in enumerate(words) if one.text in _NEEDS), 0)
    between = words[foods[0] + 1 : needs]
    on = [one.kind for one in between if one.kind != Kind.FILLER] in ([], [Kind.ON, Kind.PLACE])
    return foods[0] + 1 if needs and on else 0


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
    pot = [one.text for one in words[end : end + 2]]
    if end == at and not words[at - 1].text.endswith(("的", "那个")) and pot[:1] != ["那"]:
        return 0
    end += pot[:1] == ["那"]
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
