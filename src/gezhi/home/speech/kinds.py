"""What a word can be in a command to a stove, and a word that has been recognised."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

__all__ = ["Kind", "Token", "Value"]


class Kind(StrEnum):
    """The part that a word plays; what is none of these is OTHER or UNKNOWN, and stops all."""

    OFF = "off"  # turn off, 关掉
    OFFWARD = "offward"  # off, when it stands apart from its verb
    TURN = "turn"  # turn, put: nothing without off or on
    STOP = "stop"  # stop, kill, 停: needs an object
    STOVE = "stove"  # stove, gas, 灶, 火
    PRONOUN = "pronoun"  # it, 它
    PLACE = "place"  # left, 左边: its value is the place's name
    NAME = "name"  # a burner's own name: its value is that name
    ALL = "all"  # both, all, 全部
    PLURAL = "plural"  # burners: all of them, unless one is named
    SOME = "some"  # one of, any, 随便哪个
    TIMER = "timer"  # timer, 定时
    CANCEL = "cancel"  # cancel, 取消
    DROP = "drop"  # delete, clear, 删除: needs a timer
    ADD = "add"  # add, extend, 延长
    POSTPONE = "postpone"  # delay, 推迟
    KEEP = "keep"  # let it cook, 再煮
    MORE = "more"  # more, another, 再
    SET = "set"  # set, 设置
    NOW = "now"  # now, 马上
    IN = "in"  # in, after, 过
    LATER = "later"  # later, from now, 后
    FOR = "for"  # for
    TO = "to"  # to, 到
    BY = "by"  # by
    AT = "at"  # at
    NUMBER = "number"
    UNIT = "unit"  # its value is its seconds
    HALF = "half"
    QUARTER = "quarter"
    ARTICLE = "article"  # a, an
    AND = "and"
    OF = "of"
    PIECE = "piece"  # 个
    POINT = "point"  # 点: decimal point or o'clock
    CLOCK = "clock"  # 7:30
    OCLOCK = "oclock"
    DAYTIME = "daytime"  # am, 晚上: its value is the hours it spans
    PAST = "past"  # half past
    LIGHT = "light"  # light, ignite, 点火
    ON = "on"
    RAISE = "raise"  # turn up, 开大
    LOWER = "lower"  # turn down, 小火
    NEGATION = "negation"  # don't, 别
    NEEDLESS = "needless"  # no need to, 不用
    CONDITION = "condition"  # when, if, 如果
    READY = "ready"  # 好了, 煮开: told, or a condition
    FOOD = "food"  # soup, 汤, pots too
    LIFE = "life"  # what people tell of their day: asleep, 上班
    VAGUE = "vague"  # a few, soon, 一会儿
    DEVICE = "device"  # light, oven, 灯
    ASK = "ask"  # is, did, how long, 多久
    STATE = "state"  # still on, 开着
    ASKING = "asking"  # 吗, 没有
    PLEASE = "please"  # can you, 能不能: makes a question a request
    DONE = "done"  # 了
    OBJECT = "object"  # 把
    COMMA = "comma"
    QUESTION = "question"  # ?
    FILLER = "filler"
    UNKNOWN = "unknown"
    BE = "be"  # is, are: asks at the head of a sentence, states elsewhere
    LOOK = "look"  # check, 看看: asks unless something is to be done too
    AMOUNT = "amount"  # a duration, read; its value is its seconds
    MOMENT = "moment"  # a time of day, read; hours and minutes, and in the text am, pm or nothing


Value = Fraction | str | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Token:
    """One recognised word.

    Args:
        kind: the part it plays.
        text: as it was said, simplified and in lower case.
        value: a number, a unit's seconds, a place's name, hours and minutes of a clock.
        start: how many pieces stand before it.
    """

    kind: Kind
    text: str
    value: Value = None
    start: int = 0
