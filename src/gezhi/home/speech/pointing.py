"""Whether "it" can only be the stove: nothing strange is named beside the command, or food is.

>>> from gezhi.home.speech.lexicon import tokens
>>> points_at_nothing_else([tokens("the movie is boring")], tokens("turn off the stove"))
True
"""

from collections.abc import Sequence

from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import told_words, words_of
from gezhi.home.speech.sentence import SHUTTING, SILENT, Sentence

__all__ = ["points_at_nothing_else"]

#: Done, but a washing machine may be that too; scheduled, but a flight may be.
_ANYTHING = ("done", "ready", "on fire", "好了", "好啦", "做完", "干了", "凉了", "满")
_PLANS = ("预约", "计划", "任务", "预定", "预设", "scheduled", "time limit", "timing", "timed")
_LAMPS = ("睡", "sleep", "bed", "tired")
_FIRE = "火灶炉气"


def points_at_nothing_else(clauses: Sequence[Sequence[Token]], command: Sequence[Token]) -> bool:
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
    if any(one.kind in (Kind.FOOD, Kind.STOVE) for one in said) or _has_food(said):
        return True
    if any(one.kind == Kind.READY and one.text not in _ANYTHING for one in said):
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
