"""Learning when hot water will be wanted, and purging when that pays.

The expected number of draws while a purge's heat would last is exp(w · features): a Poisson
regression on what `gezhi.home.habits` knows of the home. The weights w were fitted once, on
households that no figure is measured on; what differs from home to home is in the features, and
in one factor that is corrected for ever by what came true.

A purge costs the heat that the pipe has lost since it was hot, and is worth the seconds of waiting
that it saves: it is done when expected draws × seconds each ≥ price × kWh. The price is the user's
exchange rate, seconds of waiting for a kilowatt-hour; with a budget it rises until the budget is
kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gezhi.errors import ParameterError
from gezhi.home.clock import LocalClock
from gezhi.home.habits import CUES, FEATURES, Habits
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR, JOULES_PER_LITRE_KELVIN
from gezhi.home.plant import Plumbing

__all__ = ["CUE_WEIGHTS", "FLOW_WEIGHTS", "Exchange", "Learned"]

FLOW_WEIGHTS = (
    0.261, 0.062, -0.175, 0.667, 0.373, 0.145, 0.536, 0.482, -0.482, -0.004, -0.766, -0.178,
    -0.407, -0.071,
)  # fmt: skip
"""Of `FEATURES`; fitted on households 0 to 11, on which nothing is measured."""

CUE_WEIGHTS = (
    -0.058, 0.058, -0.162, 0.614, 0.432, 0.132, 0.318, 0.562, -0.553, 0.04, -0.641, -0.164,
    -0.183, -0.14, 0.305, 0.185, 0.194, -0.503, 0.182,
)  # fmt: skip
"""Of `FEATURES` and `CUES`; fitted on the same households."""

_SPARE_KELVIN = 1.5
_MOST_EXPECTED = 20.0
_DAY = 86400
_SPENDING_DAYS = 5.0
_PAUSE_SECONDS = 665.0  # the controller rests 600 s between runs of its own accord


@dataclass(frozen=True, slots=True)
class Exchange:
    """What hot water at once is worth to somebody.

    Attributes:
        seconds_per_kwh: how many seconds of waiting a kilowatt-hour of heat may save at least.
        kwh_per_day: the most heat to spend a day; None for no such limit.

    Raises:
        ParameterError: a value that is not positive.
    """

    seconds_per_kwh: float = 120.0
    kwh_per_day: float | None = 1.4

    def __post_init__(self) -> None:
        if not self.seconds_per_kwh > 0:
            raise ParameterError(f"seconds_per_kwh must be positive, not {self.seconds_per_kwh}")
        if self.kwh_per_day is not None and not self.kwh_per_day > 0:
            raise ParameterError(f"kwh_per_day must be positive or None, not {self.kwh_per_day}")


class _Tap:
    """What is learned of one tap."""

    def __init__(self, clock: LocalClock, full_kwh: float) -> None:
        self.habits = Habits(clock)
        self.full_kwh = full_kwh
        self.wait_seconds = 30.0
        self.asked_at = -math.inf


class Learned:
    """Purges when the draws to expect pay for it.

    Args:
        plumbing: the home.
        clock: of the home.
        exchange: what waiting is worth.
        with_cues: listen to cues too.

    >>> from gezhi.home.clock import find_zone
    >>> from gezhi.home.plant import REFERENCE
    >>> learned = Learned(REFERENCE, LocalClock(find_zone("UTC")))
    >>> learned.wants(0.0, {"tap": 20.0})
    []
    """

    def __init__(
        self,
        plumbing: Plumbing,
        clock: LocalClock,
        exchange: Exchange | None = None,
        *,
        with_cues: bool = False,
        power: float = 0.6,
    ) -> None:
        self.name = "learned-cues" if with_cues else "learned"
        self._plumbing, self._clock = plumbing, clock
        self._exchange = exchange or Exchange()
        self._with_cues, self._power = with_cues, power
        self._weights = CUE_WEIGHTS if with_cues else FLOW_WEIGHTS
        self._least = plumbing.hot_celsius + _SPARE_KELVIN
        self._span = plumbing.heater.supply_celsius - plumbing.ambient_celsius
        self._taps = {tap: _Tap(clock, self._full_kwh(tap)) for tap in plumbing.taps}
        self._price = self._exchange.seconds_per_kwh
        self._spent = self._spent_a_day = 0.0
        self._day = -1

    def _full_kwh(self, tap: str) -> float:
        """Heat of a purge through cold pipes, above the room."""
        litres = self._plumbing.purge_seconds(tap) / 60 * self._plumbing.pump_litres_per_minute
        return litres * JOULES_PER_LITRE_KELVIN * self._span / JOULES_PER_KILOWATT_HOUR

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """A draw has begun; one below the heater's ignition flow asks for no hot water."""
        if litres_per_minute >= self._plumbing.heater.ignition_litres_per_minute:
            self._taps[tap].habits.drew(now)

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """A draw has ended."""
        self._taps[tap].habits.ended(now)

    def cued(self, now: float, tap: str) -> None:
        """Somebody has entered the room of a tap."""
        if self._with_cues:
            self._taps[tap].habits.cued(now)

    def due(self) -> float:
        """No instant in particular."""
        return math.inf

    def holds(self, now: float) -> bool:
        """The pump never runs without a pause."""
        return False

    def expected(self, now: float, tap: str) -> float:
        """The draws to expect at a tap while a purge's heat would last."""
        found = self._taps[tap].habits.features(now, with_cues=self._with_cues)
        score = sum(w * x for w, x in zip(self._weights, found, strict=True))
        return min(_MOST_EXPECTED, math.exp(score))

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps for which a purge pays now."""
        self._settle(now)
        wanted = []
        for tap, found in celsius.items():
            known = self._taps[tap]
            if found >= self._least or now - known.asked_at < _PAUSE_SECONDS:
                continue
            missing = min(1.0, (self._plumbing.heater.supply_celsius - found) / self._span)
            cost = known.full_kwh * max(0.0, missing)
            weighed = known.full_kwh * max(0.0, missing) ** self._power
            if self.expected(now, tap) * known.wait_seconds >= self._price * weighed:
                wanted.append(tap)
                known.asked_at = now
                self._spent += cost
        return wanted

    def _settle(self, now: float) -> None:
        """Once a day: let the price follow what was spent, where there is a budget."""
        day = self._clock.day(now)
        if day == self._day:
            return
        budget = self._exchange.kwh_per_day
        if self._day >= 0 and budget is not None:
            share = 1 / _SPENDING_DAYS
            self._spent_a_day += share * (self._spent - self._spent_a_day)
            over = (0.5 * self._spent_a_day + 0.5 * self._spent) / budget
            least = self._exchange.seconds_per_kwh
            self._price = max(least, self._price * math.exp(0.35 * (min(over, 2.0) - 1)))
        elif self._day < 0 and budget is not None:
            self._spent_a_day = budget
        self._spent = 0.0
        self._day = day


assert len(FLOW_WEIGHTS) == len(FEATURES)
assert len(CUE_WEIGHTS) == len(FEATURES) + len(CUES)
