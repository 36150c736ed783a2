"""What is pointed at: which burner is named, and whether "it" can only be the stove.

>>> from gezhi.home.speech.lexicon import tokens
>>> points_at_nothing_else([tokens("the movie is boring")], tokens("turn off the stove"))
True
"""

from collections.abc import Sequence

from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import told_words, words_of
from gezhi.home.speech.sentence import SHUTTING, SILENT, Sentence

__all__ = ["names_place", "points_at_nothing_else"]

_WHO_LEFT = frozenset(
    {"i", "we", "he", "she", "they", "just", "have", "has", "had", "already", "everyone", "i've",
     "we've", "who", "everybody", "and", "somebody", "someone", "nobody", "never", "cat", "dog"}
)  # fmt: skip
_WHAT_WAS_LEFT = frozenset(
    {"the", "my", "our", "a", "an", "for", "home", "work", "it", "this", "some", "something", "his",
     "her", "early", "already", "without", "and", "in", "at", "an hour", "now", "here", "there"}
)  # fmt: skip

#: Done, but a washing machine may be that too; scheduled, but a flight may be.
_ANYTHING = ("done", "ready", "on fire", "好了", "好啦", "做完", "干了", "凉了", "满")
_PLANS = ("预约", "计划", "任务", "预定", "预设", "scheduled", "time limit", "timing", "timed")
_LAMPS = ("睡", "sleep", "bed", "tired")
_FIRE = "火灶炉气"


def points_at_nothing_else(
    clauses: Sequence[Sequence[Token]],
    command: Sequence[Token],
    nearest: Sequence[Token] | None = None,
) -> bool:
    """Whether "turn it off" can only be the stove: nothing strange is named, or food is.

    >>> from gezhi.home.speech.lexicon import tokens
    >>> order = tokens("turn it off")
    >>> points_at_nothing_else([tokens("the soup is done")], order)
    True
    >>> points_at_nothing_else([tokens("the movie is boring")], order)
    False
    """
    order = Sentence(command)
    if order.has(Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.PLURAL):
        return True
    if any(one.kind == Kind.TIMER and one.text not in _PLANS for one in command):
        return True
    if any(one.kind == Kind.OFF and any(part in one.text for part in _FIRE) for one in command):
        return True
    said = [one for clause in clauses for one in clause]
    if any(one.kind == Kind.DEVICE for one in said):
        return False
    near = said if nearest is None else nearest
    if any(one.kind in (Kind.FOOD, Kind.STOVE) for one in near) or _has_food(near):
        return True
    if any(one.kind == Kind.READY and one.text not in _ANYTHING for one in near):
        return True
    if any(one.kind not in (*SILENT, Kind.AND) for one in said) and not order.has(*SHUTTING):
        return not any(one.kind in (Kind.LIFE, Kind.DONE) for one in said) and _is_plain(said)
    if any(part in one.text for one in said if one.kind == Kind.LIFE for part in _LAMPS):
        return False
    return _is_plain(said)


def _is_plain(said: Sequence[Token]) -> bool:
    """Whether nothing is named that "it" could be."""
    plain = (
        told_words("english", "states")
        | told_words("english", "predicates")
        | {"quite", "yet", "really"}
    )
    return not any(one.kind == Kind.UNKNOWN and one.text not in plain for one in said)


def _has_food(said: Sequence[Token]) -> bool:
    """ "The stew's nearly there"."""
    return any(
        one.kind == Kind.UNKNOWN
        and one.text.endswith("'s")
        and words_of((one.text[:-2],))[0].kind == Kind.FOOD
        for one in said
    )


def names_place(told: Sentence, at: int) -> bool:
    """Whether a burner is named there: "the left one", and not "I left my keys".

    >>> from gezhi.home.speech.lexicon import tokens
    >>> told = Sentence(tokens("the soup on the left is done"))
    >>> [one.text for at, one in enumerate(told.words) if names_place(told, at)]
    ['left']
    """
    one = told.words[at]
    if one.kind != Kind.PLACE or not one.text.isascii():
        outside = one.text in ("外面", "里面", "前面", "后面", "外侧") and at
        gone = bool(outside) and told.words[at - 1].text[-1] in "在去到出从往"
        return one.kind in (Kind.PLACE, Kind.NAME) and not gone
    if one.value == "middle" and not told.has(Kind.STOVE, Kind.PLURAL):
        return False  # still pink in the middle
    if " " in one.text:
        return True
    if one.text not in ("left", "right"):
        around = [*told.words[max(at - 1, 0) : at], *told.words[at + 1 : at + 2]]
        return any(near.text in ("the", "my", "our") or near.kind == Kind.STOVE for near in around)
    before = told.words[at - 1].text.split()[-1] if at else ""
    after = told.words[at + 1] if at + 1 < len(told.words) else None
    follows = after.text.split()[0] if after is not None else ""
    if before in ("the", "my", "our", "on"):
        return True
    went = before in _WHO_LEFT or (not at and follows in _WHAT_WAS_LEFT)
    said = before in ("that's", "is", "you're", "i'm", "all", "yeah", "it's", "am", "are", "be")
    return not (went or follows in _WHAT_WAS_LEFT or (one.text == "right" and said))
