"""What the rooms of a real house share: whether a bridge was set up here, and what it wrote down.

The bridge is another program (``gezhi home serve``). What has happened is read from its store,
which can be looked at while the bridge is down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ADDRESS_FILE, ask
from gezhi.home.bridge.service import STORE_FILE
from gezhi.home.bridge.store import Store, StoredEvent
from gezhi.studio.characters import shortened
from gezhi.studio.i18n import Translator

__all__ = ["PATIENCE_SECONDS", "Line", "events", "folder_of", "hand_over", "plain_words", "there"]

PATIENCE_SECONDS = 3.0
"""Within which a bridge has to answer."""
_READ = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that has happened: when, in words of the clock, and what."""

    at: str
    words: str


def there(folder: Path | None) -> bool:
    """Whether a bridge has left its address or its store in a folder.

    >>> there(None)
    False
    """
    return folder is not None and any((folder / one).exists() for one in (ADDRESS_FILE, STORE_FILE))


def folder_of(request: Request) -> Path | None:
    """The folder in which the bridge keeps its store, where this studio was told of one."""
    folder: Path | None = request.app.state.settings.bridge_folder
    return folder


async def hand_over(folder: Path, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the bridge an order, and what it answers.

    Raises:
        InputError: it does not answer.
    """
    said = await run_in_threadpool(ask, folder, order, timeout=PATIENCE_SECONDS)
    answer: Mapping[str, Any] = said["answer"]
    return answer


def plain_words(event: StoredEvent, t: Translator) -> str:
    """What may happen to any system of a house, in a sentence; anything else as it is kept."""
    detail = event.detail
    match event.kind:
        case "refused":
            return t("house.event.refused", reason=detail.get("reason", "?"))
        case "node":
            key = "house.event.here" if detail.get("here") else "house.event.gone"
            return t(key, node=detail.get("node", "?"))
        case "started":
            return t("house.event.started")
    plain = ", ".join(f"{key} {value}" for key, value in detail.items())
    return t("house.event.other", kind=event.kind, detail=plain)


def events(
    folder: Path, systems: Collection[str], words: Callable[[StoredEvent], str], shown: int = 12
) -> tuple[Line, ...]:
    """What happened last to some systems, newest first; nothing where no store can be read."""
    try:
        with closing(Store(folder / STORE_FILE, read_only=True)) as store:
            found = store.last_events(_READ)
    except InputError:
        return ()
    lines = [_line(one, words) for one in reversed(found) if one.system in systems]
    return tuple(lines[:shown])


def _line(event: StoredEvent, words: Callable[[StoredEvent], str]) -> Line:
    at = datetime.fromtimestamp(event.wall_seconds).astimezone()
    return Line(f"{at:%m-%d %H:%M:%S}", shortened(words(event)))
