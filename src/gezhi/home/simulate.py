"""A home lives through days of draws while a policy decides when to purge; what that was worth.

The physics is `gezhi.home.plant`, the pump is switched by `gezhi.home.hotwater.step` and by
nothing else. Water that moves is followed second by second; while it stands, time jumps to the
next draw, cue or full minute, at which the policy is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gezhi.errors import ParameterError
from gezhi.home.governor import Governor, controller_settings
from gezhi.home.households import Cue, Draw
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR
from gezhi.home.plant import Plant, Plumbing
from gezhi.home.types import Settings

__all__ = ["LONG_WAIT_SECONDS", "Outcome", "Policy", "Served", "Watch", "at_taps", "simulate"]

LONG_WAIT_SECONDS = 5
_MINUTE = 60
_DAY = 86400

Watch = Callable[[int, Plant, "frozenset[str]", str | None], None]
"""Called after every step of moving water: the time, the plant, open taps, the tap purged for."""


class Policy(Protocol):
    """Decides when hot water should be brought to which tap.

    It is told of draws as they begin and end, and of cues, and is asked at those moments and
    every full minute.
    """

    name: str

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """A draw has begun."""

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """A draw has ended."""

    def cued(self, now: float, tap: str) -> None:
        """Somebody has entered the room of a tap."""

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps to purge for now, given what their probes read."""

    def due(self) -> float:
        """When it wants to be asked besides; infinity for never."""

    def holds(self, now: float) -> bool:
        """Whether the pump is to run without a pause, past the controller."""


@dataclass(frozen=True, slots=True)
class Served:
    """How one draw was served: seconds until hot water came, or all of them if it never did."""

    draw: Draw
    wait_seconds: float
    came: bool
    cold_litres: float

    @property
    def quick(self) -> bool:
        """Whether hot water came within five seconds."""
        return self.came and self.wait_seconds < LONG_WAIT_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy did over the days that were measured.

    Attributes:
        name: of the policy.
        days: measured.
        served: the draws that counted.
        heat_kwh: heat that the heater gave.
        pump_kwh: electricity of the pump.
        starts: times that the pump, or the drain valve, was switched on.
        drained_litres: water let into the drain.
        cold_line_celsius: the warmest water that was pushed into a cold pipe.
    """

    name: str
    days: float
    served: tuple[Served, ...]
    heat_kwh: float
    pump_kwh: float
    starts: int
    drained_litres: float
    cold_line_celsius: float

    @property
    def under_5s(self) -> float:
        """Share of draws with hot water within five seconds; 1.0 when there were none."""
        return sum(one.quick for one in self.served) / len(self.served) if self.served else 1.0

    @property
    def mean_wait_seconds(self) -> float:
        """Mean seconds until hot water came; 0 when there were no draws."""
        waits = [one.wait_seconds for one in self.served]
        return sum(waits) / len(waits) if waits else 0.0

    @property
    def litres_wasted(self) -> float:
        """Cold water drawn while waiting, and what went into the drain."""
        return sum(one.cold_litres for one in self.served) + self.drained_litres


def at_taps(draws: Sequence[Draw], taps: Sequence[str]) -> tuple[Draw, ...]:
    """The draws at the taps that a home has.

    A draw whose tap the home does not name goes to the tap of its fixture's room, or, in a home
    of one tap, there.

    Raises:
        ParameterError: several taps, and none of them fits.
    """
    rooms = {"shower": "bath", "bath": "shower", "basin": "bath"}
    found = []
    for one in draws:
        name = one.tap
        if name not in taps:
            near = [t for t in (one.fixture, rooms.get(one.fixture, "")) if t in taps]
            if not near and len(taps) > 1:
                near = [taps[0]] if one.fixture else []
            if not near and len(taps) == 1:
                near = [taps[0]]
            if not near:
                raise ParameterError(
                    f"a draw names the tap {name!r}; the home has {', '.join(taps)}"
                )
            name = near[0]
        found.append(replace(one, tap=name))
    return tuple(found)


@dataclass(slots=True)
class _Open:
    draw: Draw
    until: int
    waited: int = 0
    came: bool = False
    cold_litres: float = 0.0


class _Run:
    """One policy in one home; kept apart from `simulate` so that its parts stay short."""

    def __init__(
        self,
        plumbing: Plumbing,
        policy: Policy,
        settings: Settings,
        start: int,
        seed: int,
        watch: Watch | None,
    ) -> None:
        self.plumbing, self.policy, self.watch = plumbing, policy, watch
        self.plant = Plant(plumbing, seed=seed)
        self.governor = Governor(settings, start)
        self.open: list[_Open] = []
        self.flows: dict[str, float] = {}
        self.served: list[Served] = []
        self.pump_seconds = 0
        self.starts = 0
        self._pumping = False

    def begin(self, now: int, draw: Draw) -> None:
        self.open.append(_Open(draw, now + max(1, round(draw.seconds))))
        self._sum_flows()
        self.policy.drew(now, draw.tap, draw.litres_per_minute)

    def ask(self, now: int) -> None:
        celsius = {tap: probe.celsius for tap, probe in self.plant.probes.items()}
        for tap in self.policy.wants(now, celsius):
            self.governor.request(tap, now, self.plant)

    def circulating(self, now: int) -> str | None:
        if self.policy.holds(now):
            return self.plumbing.taps[0]
        return self.governor.circulating

    def step(self, now: int, circulating: str | None) -> None:
        self.plant.step(self.flows, circulating=circulating)
        if circulating is not None:
            self.pump_seconds += 1
            self.starts += not self._pumping
        self._pumping = circulating is not None
        if self.governor.running:
            self.governor.sense(now + 1, self.plant.litres_per_minute, self.plant)
        else:
            self.governor.look(now + 1, self.plant)
        if self.open:
            self._pour(now + 1)
        if self.watch is not None:
            self.watch(now + 1, self.plant, frozenset(self.flows), circulating)

    def _pour(self, now: int) -> None:
        ended = []
        for one in self.open:
            if not one.came:
                if self.plant.leaving[one.draw.tap] >= self.plumbing.hot_celsius:
                    one.came = True
                else:
                    one.waited += 1
                    one.cold_litres += one.draw.litres_per_minute / 60
            if now >= one.until:
                ended.append(one)
        for one in ended:
            self._end(now, one)
        if ended:
            self.ask(now)

    def _end(self, now: int, one: _Open) -> None:
        self.open.remove(one)
        self._sum_flows()
        draw = one.draw
        if draw.litres_per_minute >= self.plumbing.heater.ignition_litres_per_minute:
            self.served.append(Served(draw, one.waited, one.came, one.cold_litres))
        self.policy.ended(now, draw.tap, draw.litres_per_minute, draw.seconds)

    def _sum_flows(self) -> None:
        self.flows = {}
        for one in self.open:
            tap = one.draw.tap
            self.flows[tap] = self.flows.get(tap, 0.0) + one.draw.litres_per_minute


def simulate(
    plumbing: Plumbing,
    draws: Sequence[Draw],
    policy: Policy,
    *,
    start: float,
    days: int,
    warm_up_days: int = 0,
    cues: Sequence[Cue] = (),
    settings: Settings | None = None,
    seed: int = 0,
    watch: Watch | None = None,
) -> Outcome:
    """Live through the draws with a policy.

    Args:
        plumbing: the home.
        draws: in order, at taps of the home.
        policy: when to purge; it keeps what it learns.
        start: the first instant, seconds since 1970.
        days: how many days are measured.
        warm_up_days: days before them, from ``start`` on, that are not.
        cues: in order.
        settings: of the controller; made for the home when None.
        seed: of the probes' noise.
        watch: called after each second of moving water.

    Raises:
        ParameterError: no day to measure, or a draw at a tap that the home does not have.
    """
    if days < 1:
        raise ParameterError(f"days must be 1 or more, not {days}")
    strange = {one.tap for one in draws} - set(plumbing.taps)
    if strange:
        raise ParameterError(
            f"a draw names the tap {min(strange)!r}; the home has {', '.join(plumbing.taps)}"
        )
    begin = int(start)
    made = settings or controller_settings(plumbing)
    run = _Run(plumbing, policy, made, begin, seed, watch)
    _live(run, draws, cues, begin, begin + warm_up_days * _DAY)
    plant = run.plant
    heat, pumped, starts, drained = (
        plant.heat_joules, run.pump_seconds, run.starts, plant.drained_litres,
    )  # fmt: skip
    run.served.clear()
    _live(run, draws, cues, begin + warm_up_days * _DAY, begin + (warm_up_days + days) * _DAY)
    watts = plumbing.pump_watts if plumbing.layout != "drain" else 0.0
    return Outcome(
        name=policy.name,
        days=days,
        served=tuple(run.served),
        heat_kwh=(plant.heat_joules - heat) / JOULES_PER_KILOWATT_HOUR,
        pump_kwh=(run.pump_seconds - pumped) * watts / JOULES_PER_KILOWATT_HOUR,
        starts=run.starts - starts,
        drained_litres=plant.drained_litres - drained,
        cold_line_celsius=plant.cold_line_celsius,
    )


def _live(run: _Run, draws: Sequence[Draw], cues: Sequence[Cue], begin: int, end: int) -> None:
    """Run from one instant to another."""
    coming = [one for one in draws if begin <= one.at < end]
    told = [one for one in cues if begin <= one.at < end]
    now, next_draw, next_cue, minute = begin, 0, 0, begin
    while now < end:
        asked = now >= minute or now >= run.policy.due()
        while next_draw < len(coming) and coming[next_draw].at <= now:
            run.begin(now, coming[next_draw])
            next_draw, asked = next_draw + 1, True
        while next_cue < len(told) and told[next_cue].at <= now:
            run.policy.cued(now, told[next_cue].tap)
            next_cue, asked = next_cue + 1, True
        if asked:
            run.ask(now)
            minute = now - now % _MINUTE + _MINUTE
        circulating = run.circulating(now)
        if run.open or run.governor.running or circulating is not None:
            run.step(now, circulating)
            now += 1
            continue
        until = min(minute, end)
        if next_draw < len(coming):
            until = min(until, _second(coming[next_draw].at))
        if next_cue < len(told):
            until = min(until, _second(told[next_cue].at))
        until = max(now + 1, min(until, _second(min(run.policy.due(), end))))
        run.plant.stand(until - now)
        now = until
        run.governor.look(now, run.plant)


def _second(at: float) -> int:
    """The first whole second that is not before an instant."""
    return -int(-at // 1)
