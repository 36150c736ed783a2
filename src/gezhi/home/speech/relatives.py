"""Clauses that only say which one: "the timer I set earlier", "whatever is still on", 煮饭的火.

They are taken out, or "whatever is on" becomes "everything", before words are recognised: what
burns is what can be turned off, and a timer that was set is what can be cancelled.

>>> from gezhi.home.speech.normal import pieces
>>> " ".join(without_relatives(pieces("cancel the timer I set earlier please")))
'cancel the timer please'
>>> " ".join(without_relatives(pieces("turn off whatever's still on")))
'turn off everything'
>>> "".join(without_relatives(pieces("把还开着的火都关了")))
'把火都关了'
"""

import re
from collections.abc import Sequence

from gezhi.home.speech.normal import is_chinese, pieces

__all__ = ["without_relatives"]

_ON = (
    r"(?:still |currently |now |left |got |been |even )*"
    r"(?:on|lit|burning|running|going|turned on|cooking)"
)
_IS = (
    r"(?:that's|that is|that are|that're|which is|which are|that was|that were|that got|"
    r"that i left|i left)"
)
_AGO = (
    r"(?: earlier| before| just now| already| previously| for (?:it|me|us|you|dinner|lunch)"
    r"| (?:a|one) (?:minute|moment|second|while|bit|sec) ago| on (?:it|there))"
)
_SET = (
    r"(?:set|started|made|asked for|scheduled|created|put on|programmed|requested|said)(?: up| on)?"
)
_RELATIVE = re.compile(
    r"(?P<noun>\b(?:timers?|countdowns?|shut ?offs?|shutdown|cut off|one|turn off|auto off)) "
    r"(?:(?:that |which )?(?:i|we|you|he|she|i've|we've|you've|my \w+|i'd) "
    rf"(?:just |had |already |previously |have |only )*{_SET}{_AGO}*"
    rf"|(?:from|of) (?:before|earlier|just now)|{_IS} "
    r"(?:still |currently |now )*(?:running|set|on|going|active|ticking|pending)"
    r"(?: right now| now| currently)?)(?= ,| please| thanks| for the| on the|$)"
)
_BURNING = re.compile(
    r"(?P<noun>\b(?:stove|burners?|rings?|hobs?|gas|flames?|cooker|everything|anything|fire|one|"
    rf"all)) {_IS} {_ON}(?= ,| please| now| in \w+| right now|$)"
)
_WHATEVER = re.compile(
    r"\b(?:whatever|whichever|anything|everything|all|any)"
    r"(?: burners?| rings?| flames?| of the burners| one| ones)?"
    r"(?:'s| is| are| was| were| that's| that is| that are| i left| i've left| we left)? "
    rf"{_ON}(?= ,| please| now| right now| in \w+| on the stove|$)"
)
_BEFORE_LEAVING = re.compile(
    "(?:早上|今天|今早|刚才|刚刚)?(?:出门|走|离开|上班|出来|下楼|临走|离家)"
    "(?:之前|以前|前|的时候|那会儿|时)(?=.*(?:了吗|了没|没有|了没有|了么|没关|有没有).{0,2}$)"
)
_ONE = r"(?: one| burner| ring| side| hob| hand one| hand burner| flame)?"
#: "Leave the right one on" wants nothing.
_REMEMBER = re.compile(
    r"^(?:please |hey |ok |okay |and )*remember to (?=(?:turn|switch|shut|kill|cut)\b.*"
    r"(?:\b(?:minutes?|mins?|hours?|now|seconds?)\b))"
)
_SPARED = re.compile(
    rf"(?:(?:^|,|\bbut\b|\band\b) )*(?:(?:leave|keep) (?:the )?(?P<one>left|right){_ONE}"
    r"(?: on| alone| running| going| lit| as is| as it is| burning)*"
    r")(?:$| ,| but| and)"
)
_SPARED_IN_CHINESE = re.compile(
    "(?:^|,)(?:但是?|不过|只是)?(?P<kept>[左右])边?(?:的|那个|那边|灶|火|这个|的火|的灶)?(?:先|还|我|就|得)*"
    "(?:别动|不动|不用管|不管|别管|留着|要用|用着|在用|在煮|在炖|继续|继续煮|继续炖|要煮|没好|要炖|需要|烧着)"
    "(?:呢|吧|啊|着|了)*(?:,|$)"
)
_MOVED = re.compile(
    r"\b(?:push|move|bump|shift|nudge|kick|knock|put|set) (?:the |that |my )?"
    r"(?P<what>(?:(?:left|right|burner's|burner|stove|left burner|right burner) )?"
    r"(?:timer|countdown|shut ?off|cut ?off|turn ?off|switch ?off|auto off|shutdown)) "
    r"(?:(?<=bump the timer )up|back|out|later)(?! to\b| on\b)"
)
_COOKING = re.compile(
    "(?<![不没别])(?:还在|正在|还|正|在)?(?:(?:开着|烧着|燃着|亮着|着着|点着)的|"
    "(?:煮|炖|烧|炒|做|蒸|熬|热|煲|焖|卤)(?!好|完|开)[^,不别关边]{0,3}的)"
    "(?=火|灶|炉|煤气|燃气|瓦斯|那个火|那个灶|那个炉)"
)


def without_relatives(said: Sequence[str]) -> tuple[str, ...]:
    """The same pieces without what only says which one."""
    if is_chinese("".join(said)):
        row = "".join(said)
        plain = _spared_in_chinese(_BEFORE_LEAVING.sub("", _COOKING.sub("", row)))
        return tuple(said) if plain == row else pieces(plain)
    row = _REMEMBER.sub("", " ".join(said).replace(" one's ", " one is "))
    found = _RELATIVE.sub(lambda match: match["noun"], row)
    found = _SPARED.sub(lambda match: _spared(match, row), found).strip()
    found = _MOVED.sub(r"delay the \g<what>", found)
    found = _BURNING.sub(lambda match: match["noun"], _WHATEVER.sub("everything", found))
    return tuple(said) if found == " ".join(said) else tuple(found.split())


def _spared_in_chinese(row: str) -> str:
    """The row without 右边还要用, where the left one is to be off."""
    match = _SPARED_IN_CHINESE.search(row)
    if match is None:
        return row
    rest = row[: match.start()] + "," + row[match.end() :]
    kept, other = match["kept"], {"左": "右", "右": "左"}[match["kept"]]
    clear = other in rest and kept not in rest and any(one in rest for one in "关熄灭")
    return rest.strip(",") if clear and "不" not in rest and "别" not in rest else row


def _spared(match: re.Match[str], row: str) -> str:
    """Nothing, if the other burner is what is spoken of in the rest."""
    kept = match["one"]
    rest = f"{row[: match.start()]} {row[match.end() :]}".split()
    other = {"left": "right", "right": "left"}[kept]
    return " " if other in rest and kept not in rest and "off" in rest else match.group()
