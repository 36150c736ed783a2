"""What a controller has to say, as it is kept and as it is published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gezhi.home.types import Notice

__all__ = ["notice_events", "notice_text"]


def notice_events(effects: Iterable[Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The notices among a controller's effects, as events for the store.

    >>> notice_events([Notice("no_flow", "bath"), "else"])
    [('notice', {'code': 'no_flow', 'subject': 'bath', 'value': None})]
    """
    return [
        ("notice", {"code": one.code, "subject": one.subject, "value": one.value})
        for one in effects
        if isinstance(one, Notice)
    ]


def notice_text(notice: Notice, text: str) -> str:
    """A notice as JSON, with its sentence for people."""
    said = {
        "code": notice.code, "subject": notice.subject, "value": notice.value, "text": text,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)
