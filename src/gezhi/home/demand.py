"""Learning when hot water will be wanted, and purging when that pays.

Whether a purge pays now or later cannot be seen from the next draw alone: the pipe cools, a draw
that comes first announces others, and a purge that is put off may not be needed at all. So two
numbers are predicted for every moment at which a purge is possible: how many draws fewer would
have to wait more than five seconds if the pipe were purged now instead of some minutes later, and
what heat that costs. A small network (`gezhi.home.advantage`) predicts both from what
`gezhi.home.habits` knows of the home, from the water's temperature, and from the price. It was
fitted by policy iteration: households that no figure is measured on are lived through, at many
moments both ways from there on, and the differences are what it has to predict
(``benchmarks/hotwater_fit.py``). What differs from home to home is in the features.

A purge is done when the draws it saves are worth its heat. The price is the user's exchange rate,
seconds of waiting for a kilowatt-hour, where a draw that is spoilt counts 30 s; with a budget the
price is what keeps the budget (`gezhi.home.budget`), and never below the user's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gezhi.errors import ParameterError
from gezhi.home.advantage import Advantage, load_advantage
from gezhi.home.budget import Budget
from gezhi.home.clock import LocalClock
from gezhi.home.foresight import pipe_to
from gezhi.home.habits import Habits
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR, PlugFlow
from gezhi.home.plant import REFERENCE, Plumbing

__all__ = ["SPOILT_SECONDS", "Exchange", "Learned"]

SPOILT_SECONDS = 30.0
"""What a draw without hot water in its first five seconds counts as, in seconds of waiting."""

_CEILING_CELSIUS = 40.5  # of the reference home: hotter water is left alone
_RUN_SECONDS = 60.0
_SLOW_SECONDS = 80.0  # by then a purge is over
_STEP_SECONDS = 4.0
_RUN_KWH = 0.004  # lost by the pipe while the pump runs, and by what it brings too much
_UNSEEN = 1.02  # the heat of purges over what can be told of it, set on households 100 to 139


@dataclass(frozen=True, slots=True)
class Exchange:
    """What hot water at once is worth to somebody.

    Attributes:
        seconds_per_kwh: how many seconds of waiting a kilowatt-hour of heat must save at least.
        kwh_per_day: the heat to spend a day, on average; None for no such limit.

    Raises:
        ParameterError: a value that is not positive.
    """

    seconds_per_kwh: float = 75.0
    kwh_per_day: float | None = 1.5

    def __post_init__(self) -> None:
        if not self.seconds_per_kwh > 0:
            raise ParameterError(f"seconds_per_kwh must be positive, not {self.seconds_per_kwh}")
        if self.kwh_per_day is not None and not self.kwh_per_day > 0:
            raise ParameterError(f"kwh_per_day must be positive or None, not {self.kwh_per_day}")


class _Tap:
    """What is learned of one tap, and the water in its pipe as far as draws tell."""

    def __init__(self, clock: LocalClock, plumbing: Plumbing, name: str) -> None:
        self.habits = Habits(clock)
        self._plumbing, self._name = plumbing, name
        self.pipe = pipe_to(plumbing, name, hot=True)
        self._full_joules = self.pipe.stored_joules
        self.litres = self.pipe.pipe.purge_litres
        self.hot_seconds = _hot_seconds(plumbing, self.pipe)
        self.asked_at = self.known_at = -math.inf
        self.asked_celsius, self.charged_kwh = math.inf, 0.0
        self.hot_litres = self.cold_litres = 0.0
        self.rate, self.since = 0.0, math.inf

    @property
    def full_kwh(self) -> float:
        """Heat of a purge through pipes as warm as the room."""
        return self._full_joules / JOULES_PER_KILOWATT_HOUR

    def follow(self, now: float) -> None:
        """Let the water in the pipe stand, or run, until now."""
        if self.since < now:
            self._pour(now)
        elif self.known_at < now and self.since == math.inf:
            self.pipe.stand(min(now - self.known_at, 1e6))
            self.known_at = now

    def _pour(self, now: float) -> None:
        heater = self._plumbing.heater
        burns = self.rate >= heater.ignition_litres_per_minute
        at = self.known_at = max(self.since, self.known_at)
        while at < now:
            seconds = min(_STEP_SECONDS, now - at)
            litres = min(self.rate / 60 * seconds, 0.9 * self.litres)
            warm = burns and at - self.since >= heater.ignition_seconds
            self.pipe.push(
                litres, heater.supply_celsius if warm else self._plumbing.mains_celsius, seconds
            )
            at += seconds
            if burns:
                self.hot_litres += litres
            else:
                self.cold_litres += litres
        self.known_at = now

    def open(self, now: float, rate: float) -> None:
        """A draw begins."""
        self.follow(now)
        self.rate, self.since = rate, now

    def shut(self, now: float) -> float:
        """It ends; the heat, in kWh, that it brought into the pipe while the pump ran."""
        both = min(now, self.asked_at + _RUN_SECONDS) - max(self.since, self.asked_at)
        burns = self.rate >= self._plumbing.heater.ignition_litres_per_minute
        self.follow(now)
        self.since = math.inf
        if both <= 0 or not burns:
            return 0.0
        share = min(0.5, self.rate / 60 * both / self.litres)
        return share * self.full_kwh

    def refund(self, now: float, celsius: float) -> float:
        """Heat of a purge that was asked for and never came, as its water tells; else 0."""
        if not self.charged_kwh or now - self.asked_at < _SLOW_SECONDS + _RUN_SECONDS:
            return 0.0
        charged, self.charged_kwh = self.charged_kwh, 0.0
        if celsius > self.asked_celsius:
            return 0.0
        self.asked_at = -math.inf
        return charged

    def purged(self, now: float, celsius: float) -> float:
        """A purge is asked for: its heat in kWh; the pipe will be as new when it is done."""
        self.follow(now)
        lacks = max(0.0, self._full_joules - self.pipe.stored_joules)
        self.pipe = pipe_to(self._plumbing, self._name, hot=True)
        self.asked_at, self.hot_litres, self.cold_litres = now, 0.0, 0.0
        self.known_at = now + _RUN_SECONDS
        self.asked_celsius = celsius
        self.charged_kwh = lacks / JOULES_PER_KILOWATT_HOUR + _RUN_KWH
        return self.charged_kwh


class Learned:
    """Purges when the draws that it saves are worth its heat.

    Args:
        plumbing: the home.
        clock: of the home.
        exchange: what waiting is worth.
        with_cues: listen to cues too.
        rest_seconds: how long the controller rests between runs of its own accord.

    >>> from gezhi.home.clock import find_zone
    >>> learned = Learned(REFERENCE, LocalClock(find_zone("UTC")))
    >>> learned.wants(0.0, {"tap": 45.0})
    []
    """

    def __init__(
        self,
        plumbing: Plumbing,
        clock: LocalClock,
        exchange: Exchange | None = None,
        *,
        with_cues: bool = False,
        rest_seconds: float = 600.0,
    ) -> None:
        self.name = "learned-cues" if with_cues else "learned"
        self._plumbing, self._clock = plumbing, clock
        self._exchange = exchange or Exchange()
        self._with_cues, self._rest_seconds = with_cues, rest_seconds
        self._advantage: Advantage = load_advantage("cues" if with_cues else "flow")
        self._taps = {tap: _Tap(clock, plumbing, tap) for tap in plumbing.taps}
        self._least_price = self._exchange.seconds_per_kwh / SPOILT_SECONDS
        kwh = self._exchange.kwh_per_day
        self._budget = Budget(kwh, least_price=self._least_price) if kwh else None
        self._spent, self._day = 0.0, -1

    @property
    def price(self) -> float:
        """What a purge has to save now: spoilt draws for a kilowatt-hour."""
        return self._budget.price if self._budget else self._least_price

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """A draw has begun; one below the heater's ignition flow asks for no hot water."""
        known = self._taps[tap]
        known.open(now, litres_per_minute)
        least = self._plumbing.heater.ignition_litres_per_minute
        known.habits.drew(now, counts=litres_per_minute >= least)

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """A draw has ended."""
        self._spent -= self._taps[tap].shut(now)
        self._taps[tap].habits.ended(now, seconds)

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

    def weigh(self, now: float, tap: str, celsius: float) -> tuple[float, float]:
        """What a purge now would bring, beside one some minutes later.

        Args:
            now: the instant.
            tap: the tap.
            celsius: of the water at its end.

        Returns:
            spoilt draws avoided, and kilowatt-hours more.
        """
        known = self._taps[tap]
        known.follow(now)
        warmth = (self._as_reference(celsius) - 20) / 25
        size = known.full_kwh / _REFERENCE_KWH
        longer = known.hot_seconds / _REFERENCE_SECONDS
        price = self.price * size / longer
        rested = (now - known.asked_at - _RUN_SECONDS) / 3600
        state = (
            warmth,
            warmth * warmth,
            math.log(min(45.0, max(2.5, price)) / 10),
            min(1.0, max(0.0, rested)),
            min(1.0, known.hot_litres / known.litres),
            min(1.0, known.cold_litres * _REFERENCE_LITRES / known.litres),
        )
        features = known.habits.features(now, with_cues=self._with_cues)
        saved, kwh = self._advantage(np.array([*features, *state]))
        return saved * longer, kwh * size

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps for which a purge pays now."""
        self._settle(now)
        wanted = []
        for tap, found in celsius.items():
            known = self._taps[tap]
            self._spent -= known.refund(now, found)
            rested = now - known.asked_at >= self._rest_seconds + _SLOW_SECONDS
            if not rested or self._as_reference(found) >= _CEILING_CELSIUS:
                continue
            saved, kwh = self.weigh(now, tap, found)
            if saved > self.price * kwh:
                wanted.append(tap)
                self._spent += known.purged(now, found)
        return wanted

    def _as_reference(self, celsius: float) -> float:
        """What means as much in the reference home, between room, hot and supply."""
        plumbing, home = self._plumbing, REFERENCE
        if celsius >= plumbing.hot_celsius:
            above = plumbing.heater.supply_celsius - plumbing.hot_celsius
            share = (celsius - plumbing.hot_celsius) / above
            return home.hot_celsius + share * (home.heater.supply_celsius - home.hot_celsius)
        share = (celsius - plumbing.ambient_celsius) / (
            plumbing.hot_celsius - plumbing.ambient_celsius
        )
        return home.ambient_celsius + share * (home.hot_celsius - home.ambient_celsius)

    def _settle(self, now: float) -> None:
        """Once a day: let the price follow what was spent, where there is a budget."""
        day = self._clock.day(now)
        if day == self._day:
            return
        if self._day >= 0 and self._budget is not None:
            self._budget.spent(_UNSEEN * self._spent)
        self._spent, self._day = 0.0, day


def _hot_seconds(plumbing: Plumbing, flow: PlugFlow) -> float:
    """How long a purged pipe stays hot at the tap."""
    above = plumbing.heater.supply_celsius - plumbing.ambient_celsius
    least = plumbing.hot_celsius - plumbing.ambient_celsius
    return flow.pipe.cooling_seconds * math.log(above / least)


_REFERENCE_PIPE = pipe_to(REFERENCE, "tap", hot=True)
_REFERENCE_SECONDS = _hot_seconds(REFERENCE, _REFERENCE_PIPE)
_REFERENCE_LITRES = _REFERENCE_PIPE.pipe.purge_litres
_REFERENCE_KWH = _REFERENCE_PIPE.stored_joules / JOULES_PER_KILOWATT_HOUR
