"""Text of strangers, made fit to be shown: control characters as pictures, and not too long."""

from __future__ import annotations

import unicodedata

__all__ = ["SHOWN_LENGTH", "shortened", "visible"]

SHOWN_LENGTH = 240
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})


def visible(character: str) -> str:
    r"""The character itself, or a picture of it when it would not show.

    >>> visible("好"), visible("\x07"), visible("\u200b")
    ('好', '␇', '�')
    """
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "␡"
    return "�" if unicodedata.category(character) in _UNSEEN else character


def shortened(text: str, length: int = SHOWN_LENGTH) -> str:
    """A text fit for a list: whole, or its beginning.

    >>> shortened("好" * 1000, 3)
    '好好好…'
    """
    shown = "".join(map(visible, text[:length]))
    return shown + "…" if len(text) > length else shown
