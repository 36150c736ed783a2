"""A home that lives while somebody looks on, opens its taps and asks for hot water.

It is made of the same parts as `gezhi.home.simulate`, and of the whole controller of the house:
`gezhi.home.hotwater.step` hears the sensors every second in which anything goes on, its relays keep
their own time limits, and what it says to people is kept. A clock is not here: the caller says how
far to live.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gezhi.errors import ParameterError
from gezhi.home import hotwater
from gezhi.home.governor import controller_settings
from gezhi.home.households import Cue, Draw
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR
from gezhi.home.plant import Plant, Plumbing
from gezhi.home.simulate import LONG_WAIT_SECONDS, Policy, Served
from gezhi.home.types import (
    Event,
    Flow,
    Notice,
    Phase,
    Probe,
    RelayRead,
    Request,
    Returned,
    SetRelay,
    Settings,
    Stop,
    Tick,
)

__all__ = ["LivingHome", "Tally", "Told", "teach"]

_MINUTE = 60
_HOT_CELSIUS = 99.0
_NOTICES_KEPT = 12
_ASKED = ("refused", "already", "waiting", "sensor-stale")
_AT_REST = (Phase.IDLE, Phase.COOLDOWN, Phase.FAULT)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice of the controller and when it came, in seconds since 1970."""

    at: int
    notice: Notice


@dataclass(frozen=True, slots=True)
class Tally:
    """What has come together in a home since it began to live.

    Attributes:
        draws: that asked for hot water, at or above the heater's ignition flow, and have ended.
        quick: those of them with hot water within five seconds.
        wait_seconds: waited at all of them together.
        heat_kwh: heat that the heater gave.
        pump_kwh: electricity of the pump.
        starts: times that water was set in motion by pump or drain valve.
        cold_litres: drawn cold while waiting, and let into the drain.
    """

    draws: int
    quick: int
    wait_seconds: float
    heat_kwh: float
    pump_kwh: float
    starts: int
    cold_litres: float


@dataclass(slots=True)
class _Open:
    draw: Draw
    until: float
    waited: int = 0
    came: bool = False
    cold_litres: float = 0.0


class LivingHome:
    """One home, its controller, and the rule that decides when hot water is brought.

    Attributes:
        plumbing: the home.
        plant: its water.
        state: of the controller.
        now: seconds since 1970.
        told: the controller's latest notices, oldest first; refusals of the rule's own wishes
            are left out.
        last: how the latest draw that has ended was served, or None.

    Args:
        plumbing: the home.
        policy: the rule.
        now: when it begins to live, with all water at the room's temperature.
        draws: what its people will draw, in order.
        cues: when they will enter a room, in order.
        settings: of the controller; made for the home when None.
        seed: of the probes' noise.

    Raises:
        ParameterError: a draw at a tap that the home does not have.

    >>> from gezhi.home.plant import REFERENCE
    >>> from gezhi.home.policies import Nothing
    >>> home = LivingHome(REFERENCE, Nothing(), now=0)
    >>> home.request("tap")
    >>> home.live(20)
    >>> home.state.phase.value, home.circulating
    ('purging', 'tap')
    >>> home.live(120)
    >>> home.open("tap", 5.0)
    >>> home.live(150)
    >>> home.close("tap")
    >>> home.last.wait_seconds, home.tally.quick
    (0, 1)
    """

    def __init__(
        self,
        plumbing: Plumbing,
        policy: Policy,
        *,
        now: int,
        draws: Sequence[Draw] = (),
        cues: Sequence[Cue] = (),
        settings: Settings | None = None,
        seed: int = 0,
    ) -> None:
        strange = {one.tap for one in draws} - set(plumbing.taps)
        if strange:
            raise ParameterError(
                f"a draw names the tap {min(strange)!r}; the home has {', '.join(plumbing.taps)}"
            )
        self.plumbing, self.policy, self.now = plumbing, policy, now
        self.plant = Plant(plumbing, seed=seed)
        self.state = hotwater.start(settings or controller_settings(plumbing), now)
        self.told: deque[Told] = deque(maxlen=_NOTICES_KEPT)
        self.last: Served | None = None
        self._draws = deque(one for one in draws if one.at >= now)
        self._cues = deque(one for one in cues if one.at >= now)
        self._open: list[_Open] = []
        self._relays: dict[str, float] = {}
        self._minute = now
        self._waited = self._cold_litres = 0.0
        self._drawn = self._quick = self._starts = self._pump_seconds = 0
        self._pumping = False

    # -- what people do ---

    def open(self, tap: str, litres_per_minute: float) -> None:
        """Open a tap by hand, until it is closed; open already, it stays as it is.

        Raises:
            ParameterError: there is no such tap, or no such flow.
        """
        self._check(tap)
        if not (math.isfinite(litres_per_minute) and litres_per_minute > 0):
            raise ParameterError(f"a flow must be a positive number, not {litres_per_minute}")
        if not self.in_hand(tap):
            self._begin(_Open(Draw(self.now, tap, litres_per_minute, 0.0), math.inf))

    def close(self, tap: str) -> None:
        """Close a tap that was opened by hand."""
        for one in [one for one in self._open if one.draw.tap == tap and one.until == math.inf]:
            self._end(one)

    def request(self, tap: str) -> None:
        """Press the button for hot water at a tap."""
        self._check(tap)
        self._sense()
        self._take(Request(tap, "button"))

    def stop(self) -> None:
        """Press the button that switches everything off."""
        self._take(Stop("button"))

    # -- what is to be seen ---

    @property
    def circulating(self) -> str | None:
        """The tap that pump or drain valve move water for, or None."""
        if self.policy.holds(self.now):
            return self.plumbing.taps[0]
        on = {name for name, until in self._relays.items() if until > self.now}
        settings = self.state.settings
        if settings.pump and settings.pump not in on:
            return None
        tap = self.state.find(self.state.tap)
        if tap is None or (tap.valve and tap.valve not in on):
            return None
        return tap.name

    @property
    def flows(self) -> dict[str, float]:
        """Litres a minute that are drawn, by tap."""
        found: dict[str, float] = {}
        for one in self._open:
            tap = one.draw.tap
            found[tap] = found.get(tap, 0.0) + one.draw.litres_per_minute
        return found

    def in_hand(self, tap: str) -> bool:
        """Whether a tap was opened by hand."""
        return any(one.draw.tap == tap and one.until == math.inf for one in self._open)

    def waiting(self, tap: str) -> tuple[int, bool] | None:
        """Seconds waited at the latest draw that is open at a tap, and whether it is hot."""
        found = [one for one in self._open if one.draw.tap == tap]
        return (found[-1].waited, found[-1].came) if found else None

    def valve_open(self, tap: str) -> bool:
        """Whether the solenoid valve of a tap is open."""
        known = self.state.find(tap)
        return known is not None and self._relays.get(known.valve, -math.inf) > self.now

    @property
    def tally(self) -> Tally:
        """What has come together so far."""
        watts = self.plumbing.pump_watts if self.plumbing.layout != "drain" else 0.0
        return Tally(
            self._drawn,
            self._quick,
            self._waited,
            self.plant.heat_joules / JOULES_PER_KILOWATT_HOUR,
            self._pump_seconds * watts / JOULES_PER_KILOWATT_HOUR,
            self._starts,
            self._cold_litres + self.plant.drained_litres,
        )

    # -- living ---

    def live(self, until: int) -> None:
        """Live until an instant (seconds since 1970); one in the past changes nothing."""
        while self.now < until:
            self._meet()
            circulating = self.circulating
            if self._open or circulating is not None or self.state.phase not in _AT_REST:
                self._second(circulating)
                continue
            seconds = max(1, min(self._minute, until, self._next()) - self.now)
            self.plant.stand(seconds)
            self._pumping = False
            self.now += seconds

    def _meet(self) -> None:
        """Take up all that is due now: draws, cues, and the question for the rule."""
        asked = self.now >= self._minute or self.now >= self.policy.due()
        while self._draws and self._draws[0].at <= self.now:
            draw = self._draws.popleft()
            self._begin(_Open(draw, self.now + max(1, round(draw.seconds))))
            asked = True
        while self._cues and self._cues[0].at <= self.now:
            self.policy.cued(self.now, self._cues.popleft().tap)
            asked = True
        if self.now >= self._minute:
            self._minute = self.now - self.now % _MINUTE + _MINUTE
            self._sense()
            self._take(Tick())
        elif (hotwater.next_wake(self.state) or math.inf) <= self.now:
            self._take(Tick())
        if asked:
            self._ask()

    def _next(self) -> int:
        """The first whole second at which a draw, a cue, rule or controller is due."""
        dues = [self.policy.due(), hotwater.next_wake(self.state) or math.inf]
        dues += [queue[0].at for queue in (self._draws, self._cues) if queue]
        soonest = min(dues)
        return self._minute if soonest == math.inf else math.ceil(soonest)

    def _second(self, circulating: str | None) -> None:
        self.plant.step(self.flows, circulating=circulating)
        if circulating is not None:
            self._pump_seconds += 1
            self._starts += not self._pumping
        self._pumping = circulating is not None
        self.now += 1
        flow = sum(self.flows.values())
        if circulating is not None:
            flow += self.plumbing.pump_litres_per_minute
        self._obey_limits()
        if self.state.phase not in _AT_REST:
            self._sense()
            self._take(Flow(flow))
            self._take(Tick())
        elif self.state.settings.layout == "cold-return":
            self._sense()  # what passes a probe now may stand beyond it later
        for one in tuple(self._open):
            self._pour(one)

    def _pour(self, one: _Open) -> None:
        if not one.came:
            if self.plant.leaving[one.draw.tap] >= self.plumbing.hot_celsius:
                one.came = True
            else:
                one.waited += 1
                one.cold_litres += one.draw.litres_per_minute / 60
        if self.now >= one.until:
            self._end(one)
            self._ask()

    def _begin(self, one: _Open) -> None:
        self._open.append(one)
        self.policy.drew(self.now, one.draw.tap, one.draw.litres_per_minute)

    def _end(self, one: _Open) -> None:
        self._open.remove(one)
        draw, rate = one.draw, one.draw.litres_per_minute
        if rate >= self.plumbing.heater.ignition_litres_per_minute:
            self.last = Served(draw, one.waited, one.came, one.cold_litres)
            self._drawn += 1
            self._quick += one.came and one.waited < LONG_WAIT_SECONDS
            self._waited += one.waited
            self._cold_litres += one.cold_litres
        self.policy.ended(self.now, draw.tap, rate, self.now - draw.at)

    def _ask(self) -> None:
        celsius = {tap: probe.celsius for tap, probe in self.plant.probes.items()}
        for tap in self.policy.wants(self.now, celsius):
            self._sense()
            self._take(Request(tap, "prediction"))

    # -- the controller's wires ---

    def _sense(self) -> None:
        """Tell the controller what the thermometers read."""
        if self.state.settings.return_sensor:
            tap = self.state.tap or self.plumbing.taps[0]
            self._take(Returned(self.plant.probe_celsius(tap)))
            return
        for tap in self.plumbing.taps:
            self._take(Probe(tap, self.plant.probe_celsius(tap)))

    def _take(self, event: Event) -> None:
        self.state, effects = hotwater.step(self.state, event, self.now)
        by_itself = isinstance(event, Request) and event.source == "prediction"
        for one in effects:
            if isinstance(one, SetRelay):
                self._relays[one.name] = self.now + one.limit_seconds if one.on else -math.inf
                self.state, _ = hotwater.step(self.state, RelayRead(one.name, one.on), self.now)
            elif isinstance(one, Notice) and not (by_itself and one.code.startswith(_ASKED)):
                self.told.append(Told(self.now, one))

    def _obey_limits(self) -> None:
        """Let the nodes switch off what nobody has renewed."""
        for name, until in self._relays.items():
            if -math.inf < until <= self.now:
                self._relays[name] = -math.inf
                self._take(RelayRead(name, False))

    def _check(self, tap: str) -> None:
        if tap not in self.plumbing.taps:
            raise ParameterError(
                f"there is no tap {tap!r}; the home has {', '.join(self.plumbing.taps)}"
            )


def teach(policy: Policy, draws: Sequence[Draw], cues: Sequence[Cue] = ()) -> None:
    """Tell a rule of earlier days, as the bridge does after a restart: no water moves for it.

    It is asked after each draw with all taps hot, so that what it does once a day is done.

    >>> from gezhi.home.clock import LocalClock, find_zone
    >>> from gezhi.home.plant import REFERENCE
    >>> from gezhi.home.policies import Grundfos
    >>> rule = Grundfos(REFERENCE, LocalClock(find_zone("UTC")))
    >>> teach(rule, [Draw(0.0, "tap", 5.0, 60.0)])
    >>> rule.wants(7 * 86400, {"tap": 20.0})
    ['tap']
    """
    happened: list[Draw | Cue] = sorted([*draws, *cues], key=lambda one: one.at)
    hot: dict[str, float] = {}
    for one in happened:
        hot[one.tap] = _HOT_CELSIUS
        if isinstance(one, Draw):
            policy.drew(one.at, one.tap, one.litres_per_minute)
            policy.ended(one.at + one.seconds, one.tap, one.litres_per_minute, one.seconds)
        else:
            policy.cued(one.at, one.tap)
        policy.wants(one.at, hot)
