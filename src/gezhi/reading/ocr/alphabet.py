"""The characters that are read, numbered."""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["LATIN", "LEVEL_1", "LEVEL_2", "PUNCTUATION", "alphabet", "plain"]


def _rows(first: int, last: int) -> str:
    """Characters of the rows of GB 2312 that begin with these bytes."""
    found = []
    for row in range(first, last + 1):
        for column in range(0xA1, 0xFF):
            try:
                found.append(bytes((row, column)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


LEVEL_1 = _rows(0xB0, 0xD7)
"""The 3,755 characters of GB 2312 that are used most, by their sounds."""
LEVEL_2 = _rows(0xD8, 0xF7)
"""The 3,008 others of GB 2312, by their radicals."""
LATIN = "".join(map(chr, range(0x21, 0x7F)))
"""What ASCII prints, but the space."""
PUNCTUATION = "。、“”‘’《》〈〉【】「」『』〔〕…—·～°℃¥×÷±√≥≤≈※★☆●○■□▲△◆◇→←↑↓①②③④⑤⑥⑦⑧⑨⑩€£§©®™"
"""What Chinese print has besides; full-width forms of ASCII are read as ASCII."""


@cache
def alphabet(*, level_2: bool = True) -> str:
    """All characters that are read, in the order of their numbers.

    >>> len(alphabet(level_2=False)), len(alphabet()), alphabet()[:3]
    (3912, 6920, '!"#')
    """
    return LATIN + PUNCTUATION + LEVEL_1 + (LEVEL_2 if level_2 else "")


def plain(text: str) -> str:
    """A text as it is compared: full-width forms made ASCII (NFKC), white space taken out.

    >>> plain("Ａ 100　％，好")
    'A100%,好'
    """
    return "".join(unicodedata.normalize("NFKC", text).split())
