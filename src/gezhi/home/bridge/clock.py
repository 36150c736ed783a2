"""The house's clock: never backwards, over restarts and jumps of the wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["HouseClock", "steady_seconds"]


def steady_seconds() -> float:
    """Seconds since the machine started, sleep included where the system counts it."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class HouseClock:
    """A clock that goes on where the store left it.

    While the bridge runs, the clock follows a steady counter, whatever happens to the wall clock.
    Over a restart only the wall clock knows how long it was dark; where it seems to have run
    backwards (a small computer without a battery starts in the past), no time has passed.

    Args:
        kept: house and wall seconds as they were last kept together, or None at the first start.
        steady, wall: where the seconds come from; tests give their own.

    >>> clock = HouseClock((50.0, 1000.0), steady=lambda: 7.0, wall=lambda: 1020.0)
    >>> clock.now(), HouseClock((50.0, 1000.0), steady=lambda: 7.0, wall=lambda: 3.0).now()
    (70.0, 50.0)
    """

    def __init__(
        self,
        kept: tuple[float, float] | None = None,
        *,
        steady: Callable[[], float] = steady_seconds,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._steady = steady
        self._wall = wall
        house, then = kept if kept is not None else (0.0, wall())
        self._offset = house + max(0.0, wall() - then) - steady()
        self._wall_offset = wall() - steady()

    def now(self) -> float:
        """Seconds on the house's clock."""
        return self._steady() + self._offset

    def wall(self) -> float:
        """Seconds since 1970 by the wall clock."""
        return self._wall()

    def jump(self) -> float:
        """By how many seconds the wall clock was set since the last time this was asked.

        Small corrections, as NTP makes them, count as none.
        """
        offset = self._wall() - self._steady()
        moved = offset - self._wall_offset
        self._wall_offset = offset
        return moved if abs(moved) > 2.0 else 0.0
