"""Names and times as the room's pages say them."""

from __future__ import annotations

import math

from gezhi.studio.i18n import Translator

__all__ = ["burner_name", "duration"]


def burner_name(name: str, t: Translator) -> str:
    """A burner as people call it: a place in their language, another name as it is.

    >>> burner_name("left", Translator("zh")), burner_name("wok", Translator("zh"))
    ('左灶', 'wok')
    """
    key = f"stove.burner.{name}"
    return t(key) if key in t.sentences else name


def duration(seconds: float) -> str:
    """A time that is left, as a clock counts down.

    >>> duration(61.2), duration(3600), duration(-1)
    ('1:02', '1:00:00', '0:00')
    """
    whole = max(0, math.ceil(seconds - 1e-6))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
