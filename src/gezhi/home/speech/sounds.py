"""How Chinese characters sound: what a recogniser of speech writes for one another.

Tones are not heard, and neither is what many speakers do not tell apart: z and zh, c and ch, s and
sh, n and l, f and h, -n and -ng.

>>> sound("灶"), sound("找"), sound("stove")
('zao', 'zao', 'stove')
>>> sound("风") == sound("昏"), sound("左") == sound("右")
(True, False)
>>> sorted(all_sounds("长"))
['can', 'zan']
>>> syllable("找"), syllable("灶")
('zhao', 'zao')
"""

import re
from functools import cache
from importlib.resources import files

__all__ = ["all_sounds", "sound", "syllable"]


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """The syllables of each character, the commonest first."""
    found: dict[str, tuple[str, ...]] = {}
    text = files("gezhi.home.speech").joinpath("pinyin.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            said, characters = line.split()
            for one in characters:
                found[one] = (*found.get(one, ()), said)
    return found


def syllable(piece: str) -> str:
    """A character's commonest syllable without its tone; of anything else, the piece itself."""
    return _table().get(piece, (piece,))[0]


@cache
def sound(piece: str) -> str:
    """A character's commonest syllable with what is not told apart made one."""
    return _blurred(syllable(piece)) if piece in _table() else piece


def all_sounds(piece: str) -> frozenset[str]:
    """Every way in which a character may be read, blurred as :func:`sound` does."""
    return frozenset(map(_blurred, _table()[piece])) if piece in _table() else frozenset((piece,))


def _blurred(said: str) -> str:
    plain = re.sub("^([zcs])h", r"\1", said)
    plain = re.sub("^n(?=[aeiouv])", "l", plain)
    plain = re.sub("(?<=[aei])ng$", "n", plain)
    # Fan and huan, feng and hun, fei and hui differ in more than the first letter as written.
    plain = re.sub("^hu(?=[aoi])", "h", re.sub("^hun$", "hen", plain))
    return re.sub("^f", "h", {"hi": "hei"}.get(plain, plain))
