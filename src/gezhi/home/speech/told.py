"""What is only told beside a command: "the soup is done", 孩子睡了; it is heard and left alone.

A clause is told when it is a plain statement: it has a subject and something said of it, does
nothing to the stove, asks nothing, sets no condition, forbids nothing, and leaves no time or
burner open that the command would have to take from it. Any word may stand in it.

>>> from gezhi.home.speech.lexicon import tokens
>>> command = tokens("turn off the stove")
>>> is_told(tokens("the soup is done"), command), is_told(tokens("if it is done"), command)
(True, False)
>>> is_told(tokens("banana"), command), is_told(tokens("play some music"), command)
(False, False)
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from gezhi.home.speech.amounts import amounts
from gezhi.home.speech.asides import is_aside
from gezhi.home.speech.corrections import corrects
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import told_words
from gezhi.home.speech.normal import is_chinese
from gezhi.home.speech.order import names_by_length
from gezhi.home.speech.pointing import names_place
from gezhi.home.speech.sentence import SHUTTING, SILENT, Sentence

__all__ = ["is_told", "texts"]

#: Whoever says one of these wants something, asks, or makes a condition.
_ACTS = (
    Kind.OFF, Kind.CANCEL, Kind.TIMER, Kind.POSTPONE, Kind.ADD, Kind.PLEASE, Kind.QUESTION,
    Kind.ASKING, Kind.LOOK, Kind.OBJECT, Kind.SOME, Kind.BY, Kind.NEEDLESS, Kind.UNIT,
)  # fmt: skip
_SOFT = frozenset(
    {"after all", "lit", "boil", "burn", "open", "strike", "resume", "full", "high", "max", "up",
     "medium",
     "rise", "higher", "hotter", "down", "low", "less", "sooner", "earlier", "faster", "still",
     "out", "simmering", "low heat", "time", "pass", "by", "with", "in", "forget", "lose", "as",
     "forgot", "cancelled", "canceled",
     "早", "到了", "看着", "拿", "烧水"}
)  # fmt: skip
_VERBS = ("turn", "switch", "flip", "click", "turned", "turning", "tern", "trun", "tunr")
_COMING = frozenset({"今天", "回来", "出门", "离开", "回家", "有人", "没人", "今晚上"})
_DENIED = frozenset({"不", "没", "没有", "还没", "未", "不想", "不会", "不太", "不怎么", "唔"})
_BURNT = ("糊", "冒烟", "溢", "烧干", "干了", "焦", "扑", "潽", "煳", "起火", "着火", "烧穿")
_OVER = ("溢", "扑", "潽", "冒烟", "着火", "起火", "糊", "焦", "煳", "烧干", "烧穿", "干锅", "烧着")
#: 还得熬一会儿: how long it is, the command says.
_WHILES = ("会", "会儿", "阵", "阵子", "阵间", "下", "些时候", "时间")
_HABITS = (
    "要是", "如果", "假如", "一旦", "的话", "万一", "总", "经常", "从来", "一般", "平时", "昨",
    "应该", "什么", "新闻", "以前", "说", "玩笑", "逗", "错",
)  # fmt: skip
#: Taken back: nobody knows what is left of the command.
_RETRACTING = frozenset({"kidding", "joking", "joke", "mean", "meant", "wrong", "mistake"})
#: Who says so means now: 汤好了，关火吧.
_URGES = (
    "吧",
    "赶紧",
    "赶快",
    "快点",
    "快把",
    "可以",
    "行了",
    "谢",
    "多谢",
    "麻烦",
    "关掉吧",
    "关了吧",
)
_QUOTING = frozenset({"said", "told", "asked", "says", "tells", "asks", "saying", "say"})
_WARM = ("heat", "boiler", "fireplace", "gas", "oven", "grill", "炉", "热", "燃气", "煤气", "灶")
_FIRM = ("stove", "hob", "burner", "cook", "gas", "火", "灶", "炉", "气", "瓦斯")
#: They are vague of a number only.
_LOOSE = frozenset({"over", "under", "within", "around", "long", "a bit", "a little", "bit"})
_PRONOUNS = frozenset({"i", "it", "he", "she", "we", "they", "everyone", "somebody", "nobody"})
#: After "it" and its like they are no verb: "it too".
_NO_VERBS = frozenset(
    {"else", "too", "also", "and", "or", "both", "all", "later", "again", "please", "now", "then",
     "would", "could", "should", "off", "on", "up", "down", "in", "at", "for", "if", "when", "not"}
)  # fmt: skip
#: Characters that stand in many words that have nothing to do with a stove.
_PARTS_OF_WORDS = frozenset(
    "外到开点响满非无未倒上电门车香烟亮热降升高减加早晚半定推来里内些稍缓添订拖其时前以水面鱼鸡药茶"
    "奶蛋汤下出走回看听弱增调设分秒刻个口同又也成为至于"
)


def texts(clause: Sequence[Token]) -> list[str]:
    """The words of a clause, one by one.

    >>> from gezhi.home.speech.lexicon import tokens
    >>> texts(tokens("the soup is done"))
    ['the', 'soup', 'is', 'done']
    """
    return " ".join(one.text for one in clause).split()


def is_told(clause: Sequence[Token], command: Sequence[Token], *, runs_on: bool = False) -> bool:
    """Whether it is a plain statement beside the command, or nothing at all.

    Args:
        clause: its words.
        command: the words of the command, which must not lack what the clause would give.
        runs_on: no comma and no "so" parts the two; then the statement must be a plainer one.
    """
    told, order = Sentence(amounts(_in_words(clause))), Sentence(amounts(command))
    if all(one.kind in SILENT for one in clause):
        return True
    chinese = is_chinese("".join(one.text for one in clause))
    if not chinese and _is_quoted(texts(clause)):
        return True
    if (
        _is_still_cooking(told, order)
        or _erred(told, order)
        or is_aside(told, order, runs_on=runs_on)
    ):
        return True
    if any(_acts(told, at) for at in range(len(told.words))) or _leaves_open(told, order):
        return False
    if told.has(Kind.DEVICE) and not _is_firm(told, order):
        return False
    if _is_cooking(told, order):
        return True
    if chinese:
        if _burns_over(told, order):
            return True
        urged = any(one.text.startswith(_URGES) or one.text.endswith("一下") for one in command)
        return _states_in_chinese(told, order, runs_on=runs_on, urged=urged and not runs_on)
    return _states_in_english(told, runs_on=runs_on)


def _in_words(clause: Sequence[Token]) -> tuple[Token, ...]:
    """外卖 and 加班 are words of their own, of which one character is known for another part."""
    row = []
    for at, one in enumerate(clause):
        near = [*clause[max(at - 1, 0) : at], *clause[at + 1 : at + 2]]
        beside = any(
            other.kind == Kind.UNKNOWN and len(other.text) == 1 and not other.text.isascii()
            for other in near
        )
        part = len(one.text) == 1 and one.text in _PARTS_OF_WORDS and beside
        row.append(replace(one, kind=Kind.UNKNOWN) if part else one)
    return tuple(row)


def _acts(told: Sentence, at: int) -> bool:
    """Whether a word does more than tell."""
    one = told.words[at]
    chinese = is_chinese(one.text)
    fire = told.has(Kind.STOVE, Kind.PLURAL, Kind.PLACE)
    if one.kind == Kind.SOME and one.text.isascii() and _is_of_another_thing(told, at):
        return False
    if one.text in ("anymore", "any more", "no longer") and told.words[0].text.isascii():
        return told.has(Kind.TIMER, Kind.CANCEL, *SHUTTING)
    if one.kind in _ACTS:
        return one.text not in _SOFT
    if one.kind in (Kind.LIGHT, Kind.RAISE, Kind.LOWER, Kind.ASK, Kind.LATER, Kind.IN, Kind.DROP):
        counted = one.kind in (Kind.LATER, Kind.IN) and told.has(Kind.AMOUNT)
        return not counted and (one.text not in _SOFT or (fire and one.kind == Kind.LIGHT))
    if one.kind == Kind.TURN:
        return one.text in _VERBS or (told.has(Kind.OFFWARD, Kind.ON) and fire)
    if one.kind == Kind.OFFWARD:
        return one.text != "out" and not _leaves_home(told, at)
    if one.kind == Kind.STOP:
        return chinese or fire
    if one.kind in (Kind.SET, Kind.KEEP):
        on = any(
            other.kind == Kind.ON and (after := told.after(which)) is not None
            and after.kind != Kind.PLACE
            for which, other in enumerate(told.words)
        )  # fmt: skip
        errand = told.after(at)
        goes = errand is not None and errand.kind in (Kind.UNKNOWN, Kind.DEVICE, Kind.LIFE)
        sets = chinese and one.kind == Kind.SET and not (goes and not told.has(Kind.AMOUNT))
        return sets or (fire and on)
    if one.kind == Kind.MORE:
        return fire or (chinese and not told.has(Kind.AMOUNT))
    if one.kind == Kind.NEGATION and one.text in ("isn't", "aren't", "hasn't", "not"):
        after = told.after(at)
        if after is not None and after.kind == Kind.READY:
            return False
    if one.kind == Kind.NEGATION:
        return (fire and one.text not in _SOFT) or (chinese and one.text not in _DENIED)
    if one.kind == Kind.CONDITION:
        return one.text not in _COMING or not any(
            part in "".join(texts(told.words)) for part in "了要吃去不"
        )
    return False


def _is_of_another_thing(told: Sentence, at: int) -> bool:
    """ "In the other room", "somebody's at the door"."""
    after = told.after(at)
    people = told.words[at].text.startswith("somebody")
    return people or (after is not None and after.kind in (Kind.UNKNOWN, Kind.FOOD, Kind.LIFE))


def _is_cooking(told: Sentence, order: Sentence) -> bool:
    """煮个鸡蛋 before a time, "still not done" before more of it: what that time is for."""
    if not order.has(Kind.AMOUNT):
        return False
    heads = [one for one in told.words if one.kind != Kind.PLACE]
    boils = bool(heads) and heads[0].kind == Kind.KEEP and not heads[0].text.isascii()
    if boils and told.has(Kind.FOOD) and not told.has(Kind.UNKNOWN):
        return True
    more = order.has(Kind.ADD, Kind.MORE, Kind.POSTPONE) and not order.has(*SHUTTING)
    bare = ("still", "quite", "almost", "nearly", "too", "not", "yet")
    plain = (Kind.READY, Kind.FOOD, *SILENT)
    return (
        more
        and told.has(Kind.READY)
        and told.words[0].text.isascii()
        and all(one.kind in plain or one.text in bare for one in told.words)
    )


def _is_still_cooking(told: Sentence, order: Sentence) -> bool:
    """卤肉还要卤 before a time: what that time is for."""
    row = [one for one in told.words if one.kind not in SILENT]
    if row and row[0].kind == Kind.PLACE and row[0].value in {one.value for one in order.words}:
        del row[0]
    if row and row[-1].kind == Kind.VAGUE and row[-1].text.endswith(_WHILES):
        row.pop()
    kinds = [one.kind for one in row]
    wants = (Kind.MORE, Kind.KEEP)
    return (
        order.has(Kind.AMOUNT)
        and kinds[:1] == [Kind.FOOD]
        and len(kinds) > 1
        and (
            (set(kinds[1:]) <= {*wants, Kind.FOOD} and kinds[-1] in wants)
            or (set(kinds[1:]) <= {*wants, Kind.FOOD, Kind.AMOUNT} and _same_time(told, order))
        )
    )


def _same_time(told: Sentence, order: Sentence) -> bool:
    """Whether both say one time, and the same."""
    once = told.number(Kind.AMOUNT) == order.number(Kind.AMOUNT) == 1
    return once and told.amount() == order.amount()


def _erred(told: Sentence, order: Sentence) -> bool:
    """我刚才说错了 before 取消定时: a plan that is taken back may be wrong."""
    row = "".join(one.text for one in told.words if one.kind != Kind.COMMA)
    wrong = ("说错了", "弄错了", "搞错了", "设错了", "按错了", "定错了")
    return order.has(Kind.CANCEL) and row.removeprefix("我").removeprefix("刚才") in wrong


def _burns_over(told: Sentence, order: Sentence) -> bool:
    """锅溢出来了赶紧关火: it has happened, and the order is for now."""
    row = "".join(one.text for one in told.words if one.kind != Kind.COMMA)
    happened = row.endswith(("了", "啦")) and any(one in row for one in _OVER)
    return happened and order.words[0].kind == Kind.NOW and not order.has(Kind.AMOUNT)


def _leaves_home(told: Sentence, at: int) -> bool:
    """ "I'm off to work"."""
    before, after = told.before(at), told.after(at)
    return (
        before is not None
        and before.text in ("i'm", "we're", "am", "are", "he's", "she's")
        and after is not None
        and after.kind not in (Kind.COMMA, Kind.PRONOUN, Kind.STOVE)
    )


def _leaves_open(told: Sentence, order: Sentence) -> bool:
    """Whether the clause has a time or a burner that the command lacks."""
    past = any(one in ("been", "already", "已经", "已", "都") for one in texts(told.words))
    timed = order.has(Kind.AMOUNT, Kind.MOMENT) and not names_by_length(order)
    vague = any(one.kind == Kind.VAGUE and one.text not in _LOOSE for one in told.words)
    if (vague or told.has(Kind.AMOUNT, Kind.MOMENT)) and not (timed or past):
        return True
    if _puts_right(told, order):
        return True
    named = order.has(Kind.PLACE, Kind.NAME, Kind.ALL, Kind.PLURAL)
    return not named and any(names_place(told, at) for at in range(len(told.words)))


def _puts_right(told: Sentence, order: Sentence) -> bool:
    """ "Turn off the left burner, sorry, it's the right one"."""
    said = {one.value for one in order.words if one.kind == Kind.PLACE}
    other = any(one.kind == Kind.PLACE and one.value not in said for one in told.words)
    names = told.words[0].text.split()[0] in ("it's", "it", "that's", "i", "是", "应该", "我")
    timed = told.has(Kind.AMOUNT, Kind.NUMBER, Kind.MOMENT)
    return (other and names and bool(said)) or ((other or timed) and corrects(told.words))


def _is_firm(told: Sentence, order: Sentence) -> bool:
    """Whether a device that is spoken of cannot be what the command is for."""
    devices = [one.text for one in told.words if one.kind == Kind.DEVICE]
    if any(part in one for one in devices for part in _WARM):
        return False
    kinds = (Kind.STOVE, Kind.PLURAL, Kind.PLACE, Kind.OFF)
    named = [one.text for one in order.words if one.kind in kinds]
    return any(part in one for one in named for part in _FIRM)


def _is_quoted(words: list[str]) -> bool:
    """ "Mummy says"."""
    words = [one for one in words if one not in ("the", "my", "our", "your", "please", "hey", ",")]
    who = told_words("english", "speakers")
    return len(words) == 2 and words[0] in who and words[1] in ("says", "wants")


def _states_in_english(told: Sentence, *, runs_on: bool) -> bool:
    words = texts(told.words)
    who = told_words("english", "subjects")
    if any(one.kind == Kind.STATE and "turned" in one.text for one in told.words):
        return False
    states = told_words("english", "states")
    heads = [
        one for one in told.words if one.kind not in SILENT or one.text.split()[0] in who | states
    ]
    if not heads:
        return True
    first = heads[0].text.split()[0]
    orders = told_words("english", "orders")
    if first in orders or "you" in words[:2] or (_QUOTING | _RETRACTING) & set(words):
        return False
    if told.has(Kind.DEVICE) and first in ("it", "it's", "that", "that's"):
        return False
    for one, after in pairwise(words):
        if one in ("and", "then", "or") and (after in orders or one != "and"):
            return False
    if {"let's", "lets"} & set(words):
        return False  # a proposal, whatever else is in it
    copula = any(one in states or one.endswith(("'s", "'re", "'m", "'ve")) for one in words)
    if runs_on or copula:
        return copula
    verb = words[1:2] and words[1] not in _NO_VERBS
    if verb and words[0] in _PRONOUNS and told.words[0].text == words[0]:
        return True
    predicates = told_words("english", "predicates")
    denied = any(one in ("don't", "didn't") for one in words) and first not in who
    said = any(one in predicates for one in words[1:] if not denied) or first.endswith(
        ("'t", "'ll")
    )
    said = said or (first in who and "left" in words[1:])
    past = any(one.endswith("ed") and len(one) > 4 for one in words[1:])
    doing = first.endswith("ing") and len(first) > 5 and not first.endswith(("thing", "ning"))
    gone = first in ("nothing", "no one", "nobody") and len(words) > 1
    return said or past or doing or gone


def _states_in_chinese(told: Sentence, order: Sentence, *, runs_on: bool, urged: bool) -> bool:
    row = "".join(one.text for one in told.words if one.kind != Kind.COMMA)
    row = row.lstrip("哎呀啊喂嗯哦诶唉那好的")
    sure = any(one in row for one in told_words("chinese", "sure"))
    if not row:
        return True
    if row[0] in told_words("chinese", "orders") and not row.startswith("不"):
        return False
    loose = row.startswith(("不是", "不对")) or row.endswith(
        ("就", "再", "才", "先", "后", "时", "前")
    )
    if loose or any(one in row for one in _HABITS):
        return False
    if told.has(Kind.READY):
        burnt = any(part in row for part in (*_BURNT, "味")) and ("了" in row or row[0] in "有好")
        mine = row.startswith(("我", "咱", "俺")) and not runs_on
        cooked = not runs_on and _has_cooked(told, row)
        if _of_another(told, order):
            return False
        if not (sure or urged or mine or cooked or (burnt and not runs_on)):
            return False
    if runs_on:
        return sure and row[-1] in told_words("chinese", "ends")
    mine = told.has(Kind.LIFE) and row.startswith(("我", "咱", "俺"))
    return mine or any(one in row for one in told_words("chinese", "marks"))


def _of_another(told: Sentence, order: Sentence) -> bool:
    """左边的炖好了，右边的再炖十分钟: is the left one to be turned off?"""
    placed = {one.value for one in order.words if one.kind == Kind.PLACE}
    said = {one.value for one in told.words if one.kind == Kind.PLACE}
    return bool(said) and not said <= placed


def _has_cooked(told: Sentence, row: str) -> bool:
    """菜炒好了 is over; 水开了 and 汤好了 may be what is waited for."""
    ready = [one.text for one in told.words if one.kind == Kind.READY]
    over = ("好了", "完了", "得了", "熟了", "烂了", "透了")
    return row.endswith(over) and len(ready) == 1 and len(ready[0]) > 2
