"""What kind of sentence it is: would it light, does it ask, tell, or deny?

>>> from gezhi.home.speech.amounts import amounts
>>> from gezhi.home.speech.lexicon import tokens
>>> said = Sentence(amounts(tokens("is the stove on?")))
>>> is_question(said), lights(said)
(True, True)
"""

from gezhi.home.speech.kinds import Kind
from gezhi.home.speech.sentence import LAST, OBJECTS, SHUTTING, SILENT, Sentence

__all__ = [
    "denies_plainly",
    "is_question",
    "is_unclear_question",
    "kindles",
    "lights",
    "lights_the_stove",
    "names_fire",
    "reports",
    "takes_back",
    "tells",
    "wants_no_timer",
]

_BEFORE = ("刚刚", "刚才", "已经", "已")
_SELF = ("我", "我们", "咱", "咱们", "俺", "俺们", "他", "她", "我这就")
_ASKED_FOR = ("吧", "请", "帮", "麻烦", "给", "劳驾", "呗", "唔该", "拜托", "谢", "你", "您", "好")
_WISHED = ("吧", "呗", "一下", "下", "一关")
#: "The stove turns off in ten minutes" tells.
_HAPPENS = ("turned", "switched", "turns", "switches", "shuts", "cuts", "powers")
_ANYMORE = ("anymore", "any more", "after all", "no longer")
_DONT = ("don't", "dont", "do not", "not", "不", "别", "不要", "别把", "不要把", "唔好")
_MAY_I = ("can i", "could i", "may i", "can we", "could we")
#: Questions that may be about anything; without a word of the stove they are not for it.
_ASK_ANYTHING = frozenset(
    {"几点", "什么", "多少", "什么时候", "几时", "何时", "有没有", "是不是", "是否", "what",
     "what's", "what is", "what are", "whats", "what's the", "which", "how many", "when is",
     "does", "did", "has", "list", "do i", "did i", "how much"}
)  # fmt: skip


def lights(said: Sentence) -> bool:
    """Whether a flame would be lit or raised by it, were it a command."""
    if said.has(Kind.LIGHT, Kind.RAISE):
        return True
    if any(one.text == "increase" for one in said.words):
        return not said.has(Kind.AMOUNT, Kind.TIMER)
    fed = said.has(Kind.MORE, Kind.ADD) and said.has(Kind.STOVE)
    if fed and not said.has(Kind.AMOUNT, Kind.TIMER, Kind.NUMBER, Kind.UNIT, Kind.VAGUE):
        return not said.has(*SHUTTING, Kind.ASK)
    starts = any(
        one.text in ("start", "begin", "run") for one in said.words if one.kind == Kind.SET
    )
    if starts and said.has(Kind.STOVE, Kind.PLACE) and not said.has(Kind.TIMER):
        return not said.has(*SHUTTING)
    return said.has(Kind.ON) and _puts_on(said)


def lights_the_stove(said: Sentence) -> bool:
    """Whether what is turned on is the stove, even if another device is named elsewhere."""
    for at, one in enumerate(said.words):
        row = [other.kind for other in said.words[at + 1 : at + 5] if other.kind not in SILENT]
        if one.kind == Kind.LIGHT and row[:1] in ([Kind.STOVE], [Kind.PLACE]):
            return row[1:2] != [Kind.DEVICE]
    return False


def kindles(said: Sentence) -> bool:
    """Whether fire or gas is named, so that it is no other thing that is turned on."""
    return said.has(Kind.STOVE, Kind.PLACE, Kind.NAME) or any(
        one.kind == Kind.LIGHT and any(part in one.text for part in "火燃灶炉气点")
        for one in said.words
    )


def names_fire(said: Sentence) -> bool:
    """Whether a stove, a burner or a flame is named, and not only a side."""
    return said.has(Kind.STOVE, Kind.PLURAL) or any(
        one.kind == Kind.PLACE and any(part in one.text for part in ("火", "灶", "炉", "burn"))
        for one in said.words
    )


def tells(said: Sentence) -> bool:
    """ "The stove is on", 火开着: a state, of which nobody knows what is to follow."""
    return said.has(Kind.STATE, Kind.BE)


def _puts_on(said: Sentence) -> bool:
    """ "On" that is no place ("on the left") and nothing kept ("leave it on")."""
    if said.has(Kind.AMOUNT) and said.has(Kind.ADD, Kind.MORE):
        return False
    if said.has(Kind.TURN) and not said.has(*SHUTTING):
        return True
    return any(
        one.kind == Kind.ON and not _is_place_word(said, at) and not said.has(Kind.KEEP, Kind.TIMER)
        for at, one in enumerate(said.words)
    )


def _is_place_word(said: Sentence, at: int) -> bool:
    after = said.after(at)
    if after is not None and after.kind == Kind.UNKNOWN and said.has(Kind.OFF):
        return True  # "on Monday"
    return after is not None and after.kind in (
        *OBJECTS,
        Kind.TIMER,
        Kind.ARTICLE,
        Kind.AMOUNT,
    )


def is_question(said: Sentence) -> bool:
    """Whether it asks how things stand."""
    marked = said.has(Kind.QUESTION, Kind.ASKING)
    if said.has(Kind.ASKING) and said.forgets():
        return True
    if said.has(Kind.ASK):
        return not _asks_and_commands(said) and _asks_of_the_stove(said)
    if said.has(Kind.BE) and (marked or _is_head(said, said.first(Kind.BE))):
        return not _asks_and_commands(said)
    if said.has(Kind.STATE) and marked and not said.has(Kind.PLEASE):
        return True
    if said.has(Kind.LOOK):
        return not said.has(*SHUTTING) or marked
    if said.has(Kind.ASKING) and not said.has(Kind.PLEASE):
        return _says_it_happened(said)
    bare = said.has(Kind.OFFWARD, Kind.ON) and not said.has(Kind.TURN, Kind.PLEASE, Kind.AMOUNT)
    return bare and said.has(Kind.QUESTION) and said.has(Kind.STOVE, Kind.PLACE, Kind.PRONOUN)


def _asks_and_commands(said: Sentence) -> bool:
    """ "Is it on? Then turn it off", and "turn off the burner that is left"."""
    if said.has(Kind.AND) and said.has(Kind.OFF, Kind.OFFWARD, Kind.CANCEL, Kind.ADD):
        return True
    if _orders_after_comma(said):
        return True
    at = said.first(Kind.OFF, Kind.TURN)
    ordered = at < said.first(Kind.ASK, Kind.BE) and said.words[at].text.isascii()
    return ordered and not said.words[at].text.startswith(("turned", "switched"))


def _orders_after_comma(said: Sentence) -> bool:
    """ "The stove is on, turn it off"; "I can't remember, did I turn it off" asks."""
    comma, asks = said.first(Kind.COMMA), said.first(Kind.ASK, Kind.BE)
    after = [one for one in said.words[comma + 1 :] if one.kind not in SILENT]
    order = after[:1] and after[0].kind in (Kind.OFF, Kind.TURN, Kind.OBJECT, Kind.PLEASE)
    return bool(asks < comma < LAST and order and not after[0].text.startswith("turned"))


def _asks_of_the_stove(said: Sentence) -> bool:
    """ "What time is it" is for somebody else."""
    if any(one.kind == Kind.ASK and one.text not in _ASK_ANYTHING for one in said.words):
        return True
    return said.has(
        *OBJECTS, Kind.OFF, Kind.OFFWARD, Kind.ON, Kind.TIMER, Kind.STATE, Kind.KEEP, Kind.MORE
    )


def _is_head(said: Sentence, at: int) -> bool:
    return all(one.kind in SILENT and one.text != "make sure" for one in said.words[:at])


def _says_it_happened(said: Sentence) -> bool:
    """关火了吗 asks; 关火吗 may be a proposal."""
    done = said.has(Kind.DONE) and said.has(Kind.OFF, Kind.STOVE)
    ended = ("了", "好", "上", "掉", "咗", "啦")
    return done or any(one.kind == Kind.OFF and one.text.endswith(ended) for one in said.words)


def is_unclear_question(said: Sentence) -> bool:
    """A question mark or particle that neither asks for the state nor is polite."""
    if said.has(Kind.ASKING) and said.has(Kind.PLEASE):
        # 可以关火了吗 asks for leave; 能把火关了吗 is a request.
        permitted = _says_it_happened(said) and not said.has(Kind.OBJECT)
        return permitted and not any(one.text.startswith("帮") for one in said.words)
    if any(one.kind == Kind.PLEASE and one.text in _MAY_I for one in said.words):
        ours = any(one.text in ("can we", "could we") for one in said.words)
        return said.has(*SHUTTING) or (said.has(Kind.CANCEL) and not ours)
    return said.has(Kind.QUESTION, Kind.ASKING) and not said.has(Kind.PLEASE)


def reports(said: Sentence) -> bool:
    """ "I turned it off", 我把火关了, 火关了: that is told, not asked for."""
    shut = said.first(Kind.OFF)
    if shut == LAST:
        return False
    text = said.words[shut].text
    if text.isascii():
        past = text.startswith(_HAPPENS) and not said.has(Kind.SET)
        return past or (shut > 0 and said.words[shut - 1].text in ("i", "we"))
    fillers = [one.text for one in said.words if one.kind == Kind.FILLER]
    told = any(one in _SELF for one in fillers) or _others_do(said, shut)
    if told or any(one in _BEFORE for one in fillers):
        return True
    if text.startswith("给我") or (text.startswith("给") and text.endswith(_WISHED)):
        return False
    if not ("了" in text or "咗" in text or said.has(Kind.DONE)):
        return False
    if "我要" in fillers:
        return True
    wished = any(one.startswith(_ASKED_FOR) for one in fillers)
    free = (Kind.OBJECT, Kind.AMOUNT, Kind.MOMENT, Kind.ALL, Kind.NOW, Kind.PLEASE, Kind.LOOK)
    # 右边炉头熄咗佢 has its object behind the verb, which only an order has.
    behind = any(one.text == "佢" for one in said.words[shut:]) or text.endswith("佢")
    return not (wished or behind) and not said.has(*free) and said.first(*OBJECTS) < shut


def _others_do(said: Sentence, shut: int) -> bool:
    """他关火 tells what he does; 把他关了 is a recogniser's 把它关了."""
    return any(
        one.text in ("他", "她") and not (at and said.words[at - 1].kind == Kind.OBJECT)
        for at, one in enumerate(said.words[:shut])
    )


def takes_back(said: Sentence) -> bool:
    """ "Never mind, don't turn it off", 算了不关了: both halves say the same."""
    at = said.first(Kind.NEGATION)
    if at == LAST or said.kinds[Kind.NEGATION] > 1 or said.words[at].text not in _DONT:
        return False
    after = [one.kind for one in said.words[at + 1 :] if one.kind != Kind.FILLER]
    verb = after[:1] in ([Kind.OFF], [Kind.TURN]) or after[:2] == [Kind.OBJECT, Kind.STOVE]
    return verb and said.first(Kind.CANCEL) < at


def wants_no_timer(said: Sentence) -> bool:
    """定时不要了: the timer itself is what is not wanted any more."""
    denials = [one.text for one in said.words if one.kind == Kind.NEGATION]
    alone = all(
        one.kind in (Kind.NEGATION, Kind.TIMER, Kind.FILLER, Kind.PLACE, Kind.AMOUNT)
        for one in said.words
    )
    # 不要十分钟的定时 may be followed by which one is wanted.
    alone = alone and (not said.has(Kind.AMOUNT) or said.stands_before(Kind.TIMER, Kind.NEGATION))
    ended = (said.has(Kind.DONE) or alone) and said.has(Kind.TIMER)
    over = said.stands_before(Kind.TIMER, Kind.DONE)
    plain = denials == ["不要"] or (denials == ["别"] and over)
    return plain and ended and not said.has(*SHUTTING, Kind.CANCEL, Kind.DROP, Kind.STOP)


def denies_plainly(said: Sentence) -> bool:
    """ "Don't … anymore"; other denials beside "no need to" are beyond this grammar."""
    denials = [one.text for one in said.words if one.kind == Kind.NEGATION]
    ends = any(one.kind == Kind.NEEDLESS and one.text in _ANYMORE for one in said.words)
    return not denials or (len(denials) == 1 and denials[0] in _DONT and ends)
