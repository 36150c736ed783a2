"""From what was heard to a row of plain pieces: words, numbers, single Chinese characters.

Width, letter case, traditional characters, emoji and punctuation make no difference after this;
what could hide a meaning (control characters, text that runs backwards, bytes that are no text) is
refused instead of repaired.

>>> pieces("請在１０分鐘後關火！🙏")
('请', '在', '10', '分', '钟', '后', '关', '火', '!')
>>> pieces("Turn-off the LEFT burner, in 2½ min.")
('turn', 'off', 'the', 'left', 'burner', ',', 'in', '2', '1/2', 'min')
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

__all__ = ["LONGEST_CHARACTERS", "Unreadable", "is_chinese", "pieces", "simplified"]

#: Nobody says more than this in one command; what is longer is not looked at.
LONGEST_CHARACTERS = 300

_BACKWARDS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
#: Pictures that say "no": they must not be dropped with the others.
_FORBIDDING = "🚫❌⛔✖✗✘🙅❎"
_DASHES = re.compile("[‐‑‒–—―−－]")
_QUOTES = re.compile("[‘’´`]")
_PIECE = re.compile(
    r"[0-9]+:[0-9]{2}(?![0-9])|[0-9]+/[0-9]+|[0-9]+(?:\.[0-9]+)?|[a-z]+(?:'[a-z]+)*|[^\s]"
)
# Between letters a dash joins words; after a space or at the start, before a number, it is a minus;
# between numbers it is a range.
#: What northerners add to a noun: 火眼儿, 灶儿, 味儿; but 儿子 and 幼儿 keep it.
_ENDING = re.compile(r"(?<=[火眼灶炉味贝头边伴])儿(?![子童女媳歌])")
_MINUS = re.compile(r"(?:(?<=^)|(?<=[^0-9a-z]))-\s*(?=[0-9])")
_RANGE = re.compile(r"(?<=[0-9])\s*-\s*(?=[0-9])")
#: 二时分钟 is 二十分钟 as it was heard.
_TEN = re.compile("(?<=[一二三四五六七八九])[时是石实](?=分钟|分中|分后|分种)")
#: Typed as one word: "tenminutes".
_JOINED = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|half|an)(minutes?|mins?|hours?|hrs?|seconds?|secs?)\b"
)
#: Pieces that carry no meaning of their own; a comma, "and" and "?" do.
_SILENT = frozenset(".;\"'()[]{}<>«»。；“”「」『』【】《》、…·-_*#|\\^=@")
#: What the table of characters leaves alone because other words need it.
_ALSO = str.maketrans("著瞭妳您祢咯啰啦嚒麽⁄", "着了你你你了了了么么/")


class Unreadable(Exception):
    """This is no text that somebody could have said; the code of the reason is its argument."""


@cache
def _table() -> dict[int, str]:
    """OpenCC's table (Apache-2.0), from opencc-python-reimplemented 0.1.7 as it is."""
    text = files("gezhi.home.speech").joinpath("TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines())
    return {ord(row[0]): row[1] for row in rows if len(row) > 1}


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, by OpenCC's table of single characters.

    >>> simplified("十分鐘後關閉瓦斯爐")
    '十分钟后关闭瓦斯炉'
    """
    return text.translate(_table()).translate(_ALSO)


def is_chinese(text: str) -> bool:
    """Whether Chinese characters are in it: then people are answered in Chinese.

    >>> is_chinese("关火"), is_chinese("stove off")
    (True, False)
    """
    return any("\u3400" <= one <= "\u9fff" or "\U00020000" <= one <= "\U0003ffff" for one in text)


def pieces(text: str) -> tuple[str, ...]:
    """Cut what was said into words, numbers, times, Chinese characters and telling marks.

    Raises:
        Unreadable: too long, bytes that are no text, control or direction characters.
    """
    if len(text) > LONGEST_CHARACTERS:
        raise Unreadable("too-long-text")
    plain = _ENDING.sub("", simplified(_folded(text)))
    plain = _QUOTES.sub("'", _DASHES.sub("-", plain))
    plain = _RANGE.sub(" ~ ", _MINUS.sub(" minus ", plain))
    plain = re.sub(r"(?<=[a-z])-(?=[a-z0-9])|(?<=[0-9])-(?=[a-z])", " ", plain)
    plain = _TEN.sub("十", plain)
    plain = _JOINED.sub(r"\1 \2", plain)
    # 5' and 5" are minutes and seconds to some, feet and inches to others.
    plain = re.sub(r"(?<=[0-9])['\"′″]+", " ″ ", plain)
    # 1,000 and 1,5 mean different things in different countries.
    plain = re.sub(r"(?<=[0-9]),(?=[0-9])", " ″ ", plain)
    found = (one.group() for one in _PIECE.finditer(plain))
    return tuple(one for one in found if one not in _SILENT)


def _folded(text: str) -> str:
    """One width and one case, without what cannot be seen; numbers such as ½ stand alone."""
    kept = []
    for one in text:
        kind = unicodedata.category(one)
        if one in _BACKWARDS or kind in ("Cs", "Co", "Cn") or (kind == "Cc" and not one.isspace()):
            raise Unreadable("not-text")
        if one in _FORBIDDING:
            kept.append(" 🚫 ")
        elif kind == "No":
            # Otherwise 2½ would become 21/2, and 10² 102.
            kept.append(f" {one} ")
        elif kind not in ("Cf", "Mn", "Me", "So", "Sk"):
            kept.append(one)
    return unicodedata.normalize("NFKC", "".join(kept)).lower()
