"""What is said beside a command for its own sake: a warning, a reason, a word of surprise.

>>> from gezhi.home.speech.lexicon import tokens
>>> from gezhi.home.speech.sentence import Sentence
>>> order = Sentence(tokens("turn off the stove"))
>>> [is_aside(Sentence(tokens(one)), order) for one in ("don't let it burn", "don't do that")]
[True, False]
>>> [is_aside(Sentence(tokens(one)), order) for one in ("别煮干了", "别关", "免得我忘了")]
[True, False, True]
"""

import re

from gezhi.home.speech.kinds import Kind
from gezhi.home.speech.sentence import SHUTTING, SILENT, Sentence

__all__ = ["is_aside"]

#: What is to be avoided.
_SPOILT = (
    r"\b(?:burn|burns|burnt|burned|burning|boil|boils|dry|overcook|overcooks|overcooked|stick|"
    r"sticks|scorch|forget|spill|overflow|overflows|catch fire|smoke|ruin|ruined|char|late|fire)"
    r"\b.*"
)
_WILL = r"(?:i'll|we'll|i'm gonna|i'm going to|i am going to|i might)"
_WARNINGS = (
    rf"(?:please )?(?:and )?(?:don't|dont|do not) (?:let|want)\b.*{_SPOILT}",
    r"(?:just )?(?:so|so that|that way|in case) (?:it|they|i|we|nothing|the \w+) "
    rf"(?:doesn't|don't|won't|will not|do not|does not|can't)\b.*{_SPOILT}",
    rf"(?:or|or else|otherwise|else) (?:it|it's|it'll|i|i'll|we'll|they'll|the \w+)\b.*{_SPOILT}",
    r"(?:i|we) (?:always |will |might |may |tend to |keep |usually |often )*(?:forget|forgetting)"
    r"(?: things| about it| it| these things| stuff)?",
    rf"{_WILL} (?:probably |surely |only |just |definitely )*forget(?: about it| it)?",
    r"(?:please )?(?:don't|dont|do not) (?:forget|forget it|forget about it|forget please)",
    r"before i forget",
    r"(?:i|we|i'm|i am) (?:just )?(?:don't want to|do not want to|afraid i'll|afraid of|scared of)"
    rf"\b.*{_SPOILT}",
)
_WARNS = re.compile("|".join(_WARNINGS))
_WARNS_IN_CHINESE = re.compile(
    "(?:可|千万)?(?:别|不要|别让它?|别给|免得|省得|以免|不然|要不然|要不|否则|怕|我怕|就怕|生怕|"
    "我担心|担心|小心|当心|避免|防止|不想|我不想|怕我|我怕我|别把|害怕|我怕待会儿|怕一会儿|怕等会儿)"
    "(?P<rest>.*)"
)
_HARM = re.compile(
    "糊|干|溢|焦|烧|忘|煮|着火|老|烂|过头|过火|坏|黑|扑|潽|冒|炖|熬|粘|危险|浪费|中毒|漏"
)
_ENDS_IT = re.compile(
    "(?:别|不|不用|不要|不想|不必|先不|咱不|我不|就不)(?:再)?(?:继续)?"
    "(?:煮|烧|炖|熬|炒|煲|蒸|做|弄|焖|煎|做饭|炒菜|热|吃|用火|开火|烧水|用灶|烧火)"
    "(?:了|啦|喽|它|汤|菜|饭|面|粥)*"
)
_FORGOT = re.compile(
    r"(?:oh no |oh |damn |shoot )?(?:(?:i|we|my \w+) )?(?:think |believe |guess )?"
    r"(?:i |we |i've |we've )?"
    r"(?:just |totally |completely |probably |may have |might have |must have |again |have )*"
    r"(?:forgot|forgotten)(?: all)?(?: about| to (?:turn|switch|shut)(?: off| down)?)?(?: off)?"
    r"(?: the| my| our)?(?: \w+){1,2}(?: off| on)?"
    r"(?: again| when i left| before i left| before leaving)?"
)
_HEARTH = "火|煤气|燃气|灶|炉子|瓦斯|灶台|左边|右边"
_FORGOT_IN_CHINESE = re.compile(
    "(?:我|我们|咱|咱们|刚才|刚刚|好像|可能|应该|出门|走的时候|出来|又|都|是|大概|估计|今天|早上|"
    "走得急|,)*(?:忘了|忘记了|忘记|忘|没|没有|还没|未)"
    f"(?:把)?(?:{_HEARTH})?(?:给)?(?:关|熄)(?:掉|上|闭|了|好)?"
    f"(?:{_HEARTH}|燃气灶|煤气灶|瓦斯炉)?(?:的火|的灶)?(?:了|就走了|就出门了|啊|呀)*"
)
_UNUSED = re.compile(
    "[左右前后大小][^不用]{0,4}"
    "(?:不用|不要|不需要|用不着|用不上|用完|用好|没用|不使|唔使|唔要|没人用)(?:用)?(?:了|啦|喇)?"
)
_THING = (
    r"(?:the |that |my |our |this |either |any )*(?:\w+ )?"
    r"(?:stove|gas|burners?|heat|hob|cooker|ring|it|flame|one|fire|stove top)"
)
_UNNEEDED = re.compile(
    r"(?:so |and |because |since )?(?:(?:i|we) )?(?:really )?"
    rf"(?:don't|dont|do not|no longer|won't) (?:even )?need(?: to use)? {_THING}"
    r"(?: any ?more| now| right now| tonight| today| any longer| after all)*"
    r"|(?:so )?(?:i'm|we're|i am|we are|all|i'm all) (?:all )?(?:done|finished|through) "
    rf"(?:with|using) {_THING}(?: now| for now| for today)?"
)
_BY_HAND = re.compile(
    r"(?:because |so |and )?(?:i'll|i will|we'll|i'm going to|i'm gonna|i am going to|let me|"
    r"i can|i'd rather|i want to) (?:just |rather )?"
    r"(?:do|turn|switch|shut|handle|watch|keep|stay|take care|mind|look|be)\b(?! on)[^,]*"
)
_TOO_LITTLE = re.compile(
    "(?:,|时间|火候|感觉|好像|还|有点|我觉得|觉得|煮的|炖的|煮得|炖得|这|那|还是|可能|应该)*"
    "(?:不够|没好|没熟|差一点|差点|欠点|不行|不够久|太短|太短了|不太够|差点儿|短了|短了点)"
    "(?:火候|时间|了|呢|啊|吧)*"
)
_BINDS = (
    *SHUTTING, Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.PLURAL, Kind.TIMER, Kind.CANCEL,
    Kind.DEVICE, Kind.AMOUNT, Kind.MOMENT, Kind.ADD, Kind.POSTPONE, Kind.ALL, Kind.ASK, Kind.ON,
    Kind.QUESTION, Kind.RAISE, Kind.LOWER, Kind.TURN, Kind.VAGUE,
)  # fmt: skip


def is_aside(told: Sentence, order: Sentence, *, runs_on: bool = False) -> bool:
    """Whether it warns of what is to be avoided, or is a word of haste; it binds no command."""
    if all(one.kind in (*SILENT, Kind.NOW) for one in told.words):
        return not order.has(Kind.AMOUNT, Kind.MOMENT)
    row = [one.text for one in told.words if one.kind != Kind.COMMA and one.text != "!"]
    if not runs_on and _fits(told, order, row):
        return True
    if told.has(*_BINDS) or (runs_on and row[:1] not in (["or"], ["otherwise"], ["or else"])):
        return False
    if row and row[0].isascii():
        return _WARNS.fullmatch(" ".join(row)) is not None
    said = "".join(row).rstrip("啊呀哦喔哈啦吧呢")
    if _ENDS_IT.fullmatch(said) is not None:
        return order.has(*SHUTTING) and not order.has(Kind.AMOUNT, Kind.MOMENT, Kind.CANCEL)
    warns = _WARNS_IN_CHINESE.fullmatch(said)
    return warns is not None and _HARM.search(warns["rest"]) is not None


def _fits(told: Sentence, order: Sentence, row: list[str]) -> bool:
    """Whether it says why just this is wanted."""
    if order.has(Kind.ADD, Kind.MORE, Kind.POSTPONE):
        return _TOO_LITTLE.fullmatch("".join(row)) is not None
    if order.has(Kind.CANCEL, Kind.TIMER):
        return _BY_HAND.fullmatch(" ".join(row)) is not None
    shuts = order.has(*SHUTTING)
    return shuts and (_was_forgotten(told, order, row) or _is_unused(told, order, row))


def _was_forgotten(told: Sentence, order: Sentence, row: list[str]) -> bool:
    """ "I forgot to turn off the stove", 我出门忘关火了: why it is to be done now."""
    named = {one.value for one in told.words if one.kind == Kind.PLACE}
    same = named <= {one.value for one in order.words if one.kind == Kind.PLACE}
    if not same or told.has(Kind.DEVICE, Kind.TIMER, Kind.AMOUNT, Kind.QUESTION, Kind.ASKING):
        return False
    if row[0].isascii():
        return _FORGOT.fullmatch(" ".join(row)) is not None
    return _FORGOT_IN_CHINESE.fullmatch("".join(row)) is not None


def _is_unused(told: Sentence, order: Sentence, row: list[str]) -> bool:
    """右边不用了: the burner that is to be off."""
    named = {one.value for one in told.words if one.kind == Kind.PLACE}
    placed = {one.value for one in order.words if one.kind == Kind.PLACE}
    return (
        len(named) == 1 and named == placed and _UNUSED.fullmatch("".join(row)) is not None
    ) or (named <= placed and _UNNEEDED.fullmatch(" ".join(row)) is not None)
