"""Local time from seconds since 1970, fast enough to be asked every minute of a year."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from gezhi.errors import ParameterError

__all__ = ["LocalClock", "find_zone", "instant"]

_QUARTER = 900
_DAY = 86400
_THURSDAY = 3


def find_zone(name: str) -> tzinfo:
    """The time zone of a name such as ``Europe/Berlin``.

    Raises:
        ParameterError: there is no such zone on this computer.

    >>> find_zone("Europe/Berlin")
    zoneinfo.ZoneInfo(key='Europe/Berlin')
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError(
            f"zone must be a name of the tz database, such as Europe/Berlin, not {name!r}"
        ) from error


class LocalClock:
    """What clocks on the wall show; daylight saving moves them, never the seconds since 1970.

    >>> clock = LocalClock(find_zone("Europe/Berlin"))
    >>> clock.weekday(1774746000), clock.second_of_day(1774746000) / 3600
    (6, 3.0)
    """

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._quarter = -1
        self._offset = 0

    def local(self, now: float) -> float:
        """Seconds since 1970 as if the wall's clocks had always run straight."""
        quarter = int(now // _QUARTER)
        if quarter != self._quarter:
            offset = datetime.fromtimestamp(quarter * _QUARTER, self.zone).utcoffset()
            self._quarter = quarter
            self._offset = int((offset or timedelta()).total_seconds())
        return now + self._offset

    def second_of_day(self, now: float) -> float:
        """Seconds since midnight as the wall's clocks count them."""
        return self.local(now) % _DAY

    def day(self, now: float) -> int:
        """Days since 1970-01-01, local."""
        return int(self.local(now) // _DAY)

    def weekday(self, now: float) -> int:
        """0 is Monday."""
        return (self.day(now) + _THURSDAY) % 7


def instant(wall: datetime, zone: tzinfo, *, not_before: float | None = None) -> float:
    """Seconds since 1970 of a time on the wall, which may exist twice or not at all.

    A time with an offset of its own keeps it. Of the two instants of an hour that exists twice
    the first one not earlier than ``not_before`` is taken. A time that clocks skip counts as if
    they had not skipped it.

    >>> berlin = find_zone("Europe/Berlin")
    >>> twice = datetime(2026, 10, 25, 2, 30)
    >>> first = instant(twice, berlin)
    >>> (instant(twice, berlin, not_before=first + 1) - first) / 3600
    1.0
    """
    if wall.tzinfo is not None:
        return wall.timestamp()
    first = wall.replace(tzinfo=zone, fold=0).timestamp()
    if not_before is not None and first < not_before:
        second = wall.replace(tzinfo=zone, fold=1).timestamp()
        if second > first:
            return second
    return first
