"""Things that live while somebody looks on: one a browser, few at once, none for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

__all__ = ["IDLE_SECONDS", "MOST", "Full", "Looked", "Sessions"]

MOST = 16
IDLE_SECONDS = 600.0
_KEPT_SECONDS = 20.0


class Full(Exception):
    """So many are looked at already."""


class Looked(Protocol):
    """What is kept: it knows when somebody looked last."""

    looked: float


T = TypeVar("T", bound=Looked)


class Sessions(Generic[T]):
    """The sessions of one room, by browser; those that nobody looks at are forgotten.

    Args:
        most: how many there may be.
        clock: seconds, the same that `looked` is told in.
    """

    def __init__(self, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.clock = most, clock
        self.all: dict[str, T] = {}
        self._lock = threading.Lock()

    def get(self, visitor: str) -> T | None:
        """The session of a browser, if it has one."""
        with self._lock:
            self._forget_idle()
            return self.all.get(visitor)

    def start(self, visitor: str, made: T) -> T:
        """Keep a session for a browser, in place of the one it has.

        Raises:
            Full: all places are taken by pages that are being looked at.
        """
        with self._lock:
            self._forget_idle()
            self._make_room(visitor)
            self.all[visitor] = made
        return made

    def _make_room(self, visitor: str) -> None:
        """Let the session go that was looked at least lately, unless somebody still looks at it."""
        if visitor in self.all or len(self.all) < self.most:
            return
        oldest = min(self.all, key=lambda one: self.all[one].looked)
        if self.clock() - self.all[oldest].looked < _KEPT_SECONDS:
            raise Full
        del self.all[oldest]

    def _forget_idle(self) -> None:
        now = self.clock()
        for visitor, one in tuple(self.all.items()):
            if now - one.looked > IDLE_SECONDS:
                del self.all[visitor]
