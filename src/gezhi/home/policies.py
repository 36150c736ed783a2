"""Rules for when to bring hot water to a tap, from none at all to what shops sell.

Each is a `gezhi.home.simulate.Policy`. Those that learn are in `gezhi.home.demand`, the one that
knows the future in `gezhi.home.foresight`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from gezhi.home.clock import LocalClock
from gezhi.home.households import Draw
from gezhi.home.plant import Plumbing

__all__ = [
    "AlwaysOn",
    "Button",
    "Grundfos",
    "HotCirc",
    "Nothing",
    "Thermostat",
    "Timer",
]

_SPARE_KELVIN = 1.5
_DAY = 86400
_HALF_HOUR = 1800
_HOUR = 3600
_TAKES_ALL = ("return-pipe", "cold-check-valve", "cold-thermostatic")


class Nothing:
    """Never: people wait."""

    name = "nothing"

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """A draw has begun."""

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """A draw has ended."""

    def cued(self, now: float, tap: str) -> None:
        """Somebody has entered the room of a tap."""

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """No tap, ever."""
        return ()

    def due(self) -> float:
        """No instant in particular."""
        return math.inf

    def holds(self, now: float) -> bool:
        """The pump never runs without a pause."""
        return False


class Thermostat(Nothing):
    """Keeps every tap hot around the clock, purging when its probe falls near what is cold.

    Args:
        plumbing: the home.
    """

    name = "thermostat"

    def __init__(self, plumbing: Plumbing) -> None:
        self._plumbing = plumbing
        self._least = plumbing.hot_celsius + _SPARE_KELVIN

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps that are getting cold."""
        return [tap for tap, found in celsius.items() if found < self._least]


class AlwaysOn(Thermostat):
    """The pump runs day and night; where a cold line or a drain forbids that, as a thermostat."""

    name = "always-on"

    def holds(self, now: float) -> bool:
        """Always, where one way back takes it."""
        plumbing = self._plumbing
        return plumbing.layout in _TAKES_ALL and len(plumbing.branches) == 1


class Timer(AlwaysOn):
    """The pump runs at the hours that a time switch is set to.

    Args:
        plumbing: the home.
        clock: of the home.
        hours: from, to, of every day.
    """

    name = "timer"

    def __init__(
        self,
        plumbing: Plumbing,
        clock: LocalClock,
        hours: Sequence[tuple[float, float]] = ((6.0, 8.5), (17.0, 22.5)),
    ) -> None:
        super().__init__(plumbing)
        self._clock, self._hours = clock, hours

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The cold taps, at the hours that are set."""
        return super().wants(now, celsius) if self._is_time(now) else ()

    def holds(self, now: float) -> bool:
        """At the hours that are set."""
        return super().holds(now) and self._is_time(now)

    def _is_time(self, now: float) -> bool:
        hour = self._clock.second_of_day(now) / _HOUR
        return any(start <= hour < end for start, end in self._hours)


class Button(Nothing):
    """People press a button before they want hot water, when they think of it.

    They do before most showers and baths and before some of the other sessions, a minute or so
    ahead; this is a guess about people, not a measurement.

    Args:
        draws: what they will do.
        seed: of when they think of it.
        shower, other: share of showers and baths, and of other sessions, that they press for.
    """

    name = "button"

    def __init__(
        self, draws: Sequence[Draw], *, seed: int = 0, shower: float = 0.8, other: float = 0.3
    ) -> None:
        chance = random.Random(seed)
        self._presses: list[tuple[float, str]] = []
        last: dict[str, float] = {}
        for one in draws:
            long = one.seconds >= 120
            begins = one.at - last.get(one.tap, float("-inf")) > 600
            last[one.tap] = one.at + one.seconds
            if (long or begins) and chance.random() < (shower if long else other):
                self._presses.append((one.at - chance.uniform(45, 120), one.tap))
        self._presses.sort(reverse=True)

    def due(self) -> float:
        """When somebody presses next."""
        return self._presses[-1][0] if self._presses else math.inf

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps that somebody has pressed for."""
        taps = []
        while self._presses and self._presses[-1][0] <= now:
            at, tap = self._presses.pop()
            if now - at < 120:
                taps.append(tap)
        return taps


class HotCirc(Nothing):
    """The learning rule of STB3/esphome-hotcirc, per tap.

    A matrix of 7 × 48 half hours gains 40 (up to 255) at a draw and loses two hundredths every
    midnight. The pump brings hot water once in a half hour whose entry has reached the threshold,
    and when a draw has lasted 15 s, if the pipe is not hot.
    https://github.com/STB3/esphome-hotcirc

    Args:
        plumbing: the home.
        clock: of the home.
        threshold: its ECO level; the original's default is 120, most figures here take 60.
    """

    name = "hotcirc"

    def __init__(
        self,
        plumbing: Plumbing,
        clock: LocalClock,
        *,
        threshold: float = 60.0,
    ) -> None:
        self._clock, self._threshold = clock, threshold
        self._least = plumbing.hot_celsius + _SPARE_KELVIN
        self._matrix = {tap: [[0.0] * 48 for _ in range(7)] for tap in plumbing.taps}
        self._day = -1
        self._started: dict[str, tuple[int, int]] = {}
        self._open: dict[str, float] = {}

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """Learn the half hour."""
        self._open[tap] = now
        weekday, slot = self._slot(now)
        row = self._matrix[tap][weekday]
        row[slot] = min(255.0, row[slot] + 40)

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """Forget a draw that was short."""
        if seconds < 15:
            self._open.pop(tap, None)

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The cold taps in a half hour that is usually busy, or with a draw just seen."""
        self._decay(now)
        slot = self._slot(now)
        taps = []
        for tap, rows in self._matrix.items():
            due = rows[slot[0]][slot[1]] >= self._threshold
            if due:
                due = self._started.get(tap) != slot
                self._started[tap] = slot
            seen = tap in self._open and now - self._open[tap] >= 15
            if seen:
                del self._open[tap]
            if (due or seen) and celsius[tap] < self._least:
                taps.append(tap)
        return taps

    def _decay(self, now: float) -> None:
        day = self._clock.day(now)
        if day != self._day and self._day >= 0:
            for rows in self._matrix.values():
                rows[:] = [[0.98 * value for value in row] for row in rows]
        self._day = day

    def _slot(self, now: float) -> tuple[int, int]:
        return self._clock.weekday(now), int(self._clock.second_of_day(now) // _HALF_HOUR)


class Grundfos(Nothing):
    """Slots of two weeks, in the manner of self-learning pumps that are sold.

    A quarter of an hour is held hot when in one of the two weeks before there was a draw in it or
    in the quarter after it, on the same weekday.

    Args:
        plumbing: the home.
        clock: of the home.
        weeks: ago, that are looked at.
        quarters: ahead, that are looked at.
    """

    name = "grundfos"

    def __init__(
        self,
        plumbing: Plumbing,
        clock: LocalClock,
        *,
        weeks: Sequence[int] = (1, 2),
        quarters: Sequence[int] = (0, 1),
    ) -> None:
        self._clock, self._weeks, self._quarters = clock, weeks, quarters
        self._least = plumbing.hot_celsius + _SPARE_KELVIN
        self._seen: dict[str, dict[int, int]] = {tap: {} for tap in plumbing.taps}

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """Note the quarter of an hour."""
        quarter = int(self._clock.local(now) // 900)
        self._seen[tap][quarter] = self._seen[tap].get(quarter, 0) + 1

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The cold taps in quarters that were busy a week or two ago."""
        quarter = int(self._clock.local(now) // 900)
        week = 7 * 96
        return [
            tap
            for tap, seen in self._seen.items()
            if celsius[tap] < self._least
            and any(
                seen.get(quarter - weeks * week + ahead)
                for weeks in self._weeks
                for ahead in self._quarters
            )
        ]
