"""Text on a terminal: how wide it is, cut to a width, and with nothing that a terminal obeys."""

from __future__ import annotations

import unicodedata

__all__ = ["cell_width", "shorten", "visible"]


def visible(text: str) -> str:
    """The text with each character that a terminal would obey replaced, one for one.

    >>> visible("好\\x1b[31m\\n")
    '好·[31m '
    """
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    # Escapes, marks that turn the direction of writing, and half characters.
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\u200d":
        return "·"
    return character


def cell_width(text: str) -> int:
    """The columns that a text takes: 2 for a wide character, 0 for one that joins the last.

    >>> cell_width("很好 ok")
    7
    """
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, with … for what is cut off.

    >>> shorten("质量很好", 6), shorten("质量", 6)
    ('质量…', '质量')
    """
    if cell_width(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"
