"""How long it is until a time of day that was said.

>>> from datetime import datetime
>>> seconds_until((7, 30), "", datetime(2026, 3, 1, 18, 50))
2400
>>> seconds_until((7, 30), "pm", datetime(2026, 3, 1, 18, 50))
2400
"""

from datetime import datetime, timedelta

__all__ = ["FURTHEST_SECONDS", "NotSoon", "seconds_until"]

#: Without "am" or "pm" a time is believed only when it is near: 7:30 said at 7:31 is a mistake.
FURTHEST_SECONDS = 6 * 3600


class NotSoon(Exception):
    """No time that can be meant; the code of the reason is its argument."""


def seconds_until(moment: tuple[int, int], daytime: str, now: datetime) -> int:
    """Seconds until the next time the clock shows that.

    Args:
        moment: hours and minutes as they were said.
        daytime: "am", "pm", "noon", "midday" or "midnight", or nothing, where twelve hours earlier
            or later may be meant too.
        now: the local time.

    Raises:
        NotSoon: clock-time, when it contradicts itself or is too far away to be certain.
    """
    hours, minutes = moment
    candidates = _hours(hours, daytime)
    if not candidates:
        raise NotSoon("clock-time")
    ahead = []
    for hour in candidates:
        then = now.replace(hour=hour, minute=minutes, second=0, microsecond=0)
        if then <= now:
            then += timedelta(days=1)
        ahead.append(int(-(-(then - now).total_seconds() // 1)))
    nearest = min(ahead)
    certain = bool(daytime) or hours == 0 or hours > 12
    if not certain and nearest > FURTHEST_SECONDS:
        raise NotSoon("clock-time")
    return nearest


def _hours(hours: int, daytime: str) -> tuple[int, ...]:
    if hours == 24:
        return (0,) if not daytime or daytime == "pm" else ()
    if daytime == "am":
        return (hours % 12,) if hours <= 12 else ()
    if daytime == "pm":
        return (hours % 12 + 12,) if hours <= 12 else (hours,)
    if daytime in ("noon", "midday"):
        return (hours,) if 11 <= hours <= 14 else (hours + 12,) if hours in (1, 2) else ()
    if daytime == "midnight":
        return (0,) if hours in (0, 12) else ()
    return (hours,) if hours > 12 or hours == 0 else (hours % 12, hours % 12 + 12)
