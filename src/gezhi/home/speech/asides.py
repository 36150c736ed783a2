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

__all__ = ["is_aside", "regrets"]

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
    r"(?:i|we) (?:can't|cannot|couldn't|could not) (?:reach|get to|find|see|touch|get near)\b.*",
    r"(?:i|we|i'm|i am) (?:just )?(?:don't want to|do not want to|afraid i'll|afraid of|scared of)"
    rf"\b.*{_SPOILT}",
)
_WARNS = re.compile("|".join(_WARNINGS))
_WARNS_IN_CHINESE = re.compile(
    "(?:可|千万)?(?:别|不要|别让它?|别给|免得|省得|以免|不然|要不然|要不|否则|怕|我怕|就怕|生怕|"
    "我可能会|可能会|我容易|我老|我老是|我总|我总是|我经常|我肯定|我肯定会|我一定会|我会|我怕到时候|我担心|担心|小心|当心|避免|防止|不想|我不想|怕我|我怕我|别把|害怕|我怕待会儿|怕一会儿|怕等会儿)"
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
_BY_HAND_IN_CHINESE = re.compile(
    "(?:那|还是|反正)*(?:我|我们|咱)(?:会|就|还是|待会儿|一会儿)*(?:自己|亲自|手动)(?:会|来|去|动手)*"
    "(?:关|看|盯|弄|守|管|熄)(?:着|火|就行|就好|吧|了|呢|灶)*|(?:我|我哋)(?:会)?睇住(?:火)?"
)
_STILL_ON = re.compile(
    r"(?!(?:leave|keep|put|turn|make|get|have|is|are|was|does|did|if|when)\b)[\w' ]+?"
    r"(?:left|is|are|was|been|'s|'re)\b[\w' ]*\b(?:on|burning|running|lit|going)"
    r"(?: again| right now| since \w+| for (?:hours|ages|so long)| too long| all (?:day|night))*"
)
_NO_STATE = (
    Kind.CONDITION, Kind.NEGATION, Kind.NEEDLESS, Kind.DEVICE, Kind.OFF, Kind.OFFWARD, Kind.TURN,
    Kind.LIGHT, Kind.TIMER, Kind.AMOUNT, Kind.QUESTION, Kind.KEEP, Kind.OBJECT, Kind.SET,
    Kind.CANCEL, Kind.ADD, Kind.PLEASE, Kind.RAISE, Kind.LOWER,
)  # fmt: skip
_BURNING = "火灶炉烟糊焦油锅煤瓦"
_ALARM = re.compile(
    "(?:这|那|厨房|屋里|家里|里面|里|锅里|灶上|现在|,)*"
    "(?:(?:火|灶|锅|油|烟|汤|水|油烟|厨房|屋里|味道|味儿|火苗|味)?(?:都|已经|实在|也)?(?:太|好|有点)"
    "(?:旺|大|猛|热|烫|高|呛|危险|浓|多|大|难闻|闷|臭)"
    "|(?:好大|全是|到处是|都是|满屋|满屋子|好多|有|有股|一股|闻到|闻到了|好浓|怎么有)(?:的|一股|都是|是|股)*"
    "(?:烟|火|糊味|煤气味|焦味|味|烟味|味道|煤气|瓦斯味|油烟|烧焦味|糊))(?:了|死了)?"
)
_PUT_ON = re.compile(
    r"(?:(?:i|i've|we|we've) (?:just |already |only |now )*|just )"
    r"(?:put|got|threw|popped|stuck|dropped|placed|started) (?:the |some |my |our |a )?[\w' ]+? "
    r"(?:on|in|over|on now|on the stove|in the pot|in the pan|on to boil|on to cook)"
)
_MISTAKE = re.compile(
    r"(?:the |that |my )?(?:timer's |timer is |timer was |that's |that is |that was |it's |it was |"
    r"oops |sorry |no )*(?:the |a |my |all )*(?:wrong|mistake|bad)(?: one| time| timer| burner)?"
)
_TOO_LITTLE = re.compile(
    "(?:,|时间|火候|感觉|好像|还|有点|我觉得|觉得|煮的|炖的|煮得|炖得|这|那|还是|可能|应该)*"
    "(?:不够|没好|没熟|差一点|差点|欠点|不行|不够久|太短|太短了|不太够|差点儿|短了|短了点)"
    "(?:火候|时间|了|呢|啊|吧)*"
)
_FORGETFUL = tuple(
    f"我{how}{will}{forgets}"
    for how in (
        "",
        "可能",
        "怕",
        "容易",
        "老",
        "老是",
        "总",
        "总是",
        "经常",
        "肯定",
        "一定",
        "恐怕",
        "也许",
    )
    for will in ("", "会", "要")
    for forgets in ("忘", "忘记", "忘掉", "忘事", "记不住")
    if how or will
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
    if not runs_on and row and _fits(told, order, row):
        return True
    if not runs_on and told.has(Kind.FOOD) and _PUT_ON.fullmatch(" ".join(row)) is not None:
        return not told.has(Kind.PLACE, Kind.AMOUNT, Kind.DEVICE, Kind.CONDITION)
    forgets = row and not runs_on and "".join(row).rstrip("了的啊呀") in _FORGETFUL
    if forgets:
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


def _burns(told: Sentence, order: Sentence, row: list[str]) -> bool:
    """ "You left the left burner on": why it is to be off."""
    placed = {one.value for one in order.words if one.kind == Kind.PLACE}
    named = {one.value for one in told.words if one.kind == Kind.PLACE}
    burner = told.has(Kind.STOVE, Kind.PLURAL) or bool(named)
    return (
        burner
        and named <= placed
        and not told.has(*_NO_STATE)
        and _STILL_ON.fullmatch(" ".join(row)) is not None
    )


def _alarms(order: Sentence, row: list[str]) -> bool:
    """火太大了, 好大的烟: why it is to be off at once."""
    said = "".join(row).rstrip("啊呀哦喔哈啦吧呢")
    now = order.has(*SHUTTING) and not order.has(Kind.AMOUNT, Kind.MOMENT, Kind.CANCEL)
    named = order.has(Kind.STOVE, Kind.PLACE, Kind.PLURAL, Kind.NAME)
    burns = any(part in "".join([said, *(one.text for one in order.words)]) for part in _BURNING)
    return now and (named or burns) and _ALARM.fullmatch(said) is not None


def _fits(told: Sentence, order: Sentence, row: list[str]) -> bool:
    """Whether it says why just this is wanted."""
    if order.has(Kind.ADD, Kind.MORE, Kind.POSTPONE):
        return _TOO_LITTLE.fullmatch("".join(row)) is not None
    if order.has(Kind.CANCEL, Kind.TIMER):
        if order.has(Kind.CANCEL) and _MISTAKE.fullmatch(" ".join(row)) is not None:
            return True
        mine = _BY_HAND_IN_CHINESE.fullmatch("".join(row)) is not None
        return mine or _BY_HAND.fullmatch(" ".join(row)) is not None
    if _alarms(order, row):
        return True
    shuts = order.has(*SHUTTING)
    if shuts and _burns(told, order, row):
        return True
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


_REGRETS = re.compile(
    "(?:关|熄|按|弄|搞|拧|说)错|不小心|误关|手滑|不该关|关早了|早了点|"
    r"\b(?:by mistake|accident|accidentally|by accident|wrong (?:one|burner|button|ring|hob)|"
    r"didn't mean|did not mean|shouldn't have|too early|too soon|my mistake|oops|whoops)\b"
)


def regrets(*said: str) -> bool:
    """Whether somebody is sorry that it was turned off: then it is to be lit, which is refused.

    >>> regrets("刚才关错了"), regrets("i turned it off by mistake"), regrets("the soup is done")
    (True, True, False)
    """
    return any(_REGRETS.search(one) is not None for one in said)
