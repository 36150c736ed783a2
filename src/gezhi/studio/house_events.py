"""What the rooms of a real house share: whether a bridge was set up here, and what it wrote down.

The bridge is another program (``gezhi home serve``). What has happened is read from its store,
which can be looked at while the bridge is down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ADDRESS_FILE
from gezhi.home.bridge.service import STORE_FILE
from gezhi.home.bridge.store import Store, StoredEvent
from gezhi.studio.characters import shortened

__all__ = ["Line", "events", "there"]

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
