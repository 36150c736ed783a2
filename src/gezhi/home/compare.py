"""All policies on the same draws in the same home: waits against heat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any

from gezhi.errors import Interrupted, ParameterError
from gezhi.home.clock import LocalClock
from gezhi.home.demand import Exchange, Learned
from gezhi.home.foresight import Foresight
from gezhi.home.governor import controller_settings
from gezhi.home.households import Cue, Draw, cues, draws, household
from gezhi.home.plant import Plumbing
from gezhi.home.policies import AlwaysOn, Button, Grundfos, HotCirc, Nothing, Thermostat, Timer
from gezhi.home.simulate import Outcome, Policy, at_taps, simulate
from gezhi.home.types import Settings
from gezhi.kernel.progress import Report

__all__ = [
    "POLICIES",
    "WARM_UP_DAYS",
    "Figures",
    "Tariffs",
    "Town",
    "compare",
    "figures",
    "make_policy",
    "town_of",
    "town_of_log",
    "without_ignition",
]

POLICIES = (
    "nothing",
    "always-on",
    "timer",
    "thermostat",
    "button",
    "hotcirc",
    "grundfos",
    "learned",
    "learned-cues",
    "foresight",
)
WARM_UP_DAYS = 14
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Tariffs:
    """What energy and water cost, in any money; heat is what goes into the water."""

    heat_per_kwh: float = 0.10
    electricity_per_kwh: float = 0.30
    water_per_litre: float = 0.004


@dataclass(frozen=True, slots=True)
class Town:
    """Draws and cues at the taps of a home, and the time they are lived in.

    Attributes:
        plumbing: the home.
        draws: in order.
        cues: in order.
        start: the first instant.
        days: measured, after `warm_up_days`.
        warm_up_days: lived through first, so that what learns has learned.
        zone: of the clocks.
        seed: of whatever else is random.
        settings: of the controller, as ``[hotwater]`` of a configuration has them; None takes
            those that follow from the plumbing.
    """

    plumbing: Plumbing
    draws: tuple[Draw, ...]
    cues: tuple[Cue, ...]
    start: float
    days: int
    warm_up_days: int
    zone: tzinfo
    seed: int = 0
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one policy; per day, and heat beyond that of doing nothing.

    Attributes:
        name: of the policy.
        draws: that asked for hot water at or above the heater's ignition flow.
        under_5s: share of them with hot water within five seconds, 0 to 1.
        mean_wait_seconds: until hot water came, or the draw ended.
        extra_heat_kwh_per_day: heat of the heater beyond that under ``nothing``.
        pump_kwh_per_day: electricity.
        starts_per_day: of the pump or the drain valve.
        litres_wasted_per_day: drawn cold while waiting, and drained.
        money_per_day: extra heat, electricity, and water wasted, at the tariffs.
    """

    name: str
    draws: int
    under_5s: float
    mean_wait_seconds: float
    extra_heat_kwh_per_day: float
    pump_kwh_per_day: float
    starts_per_day: float
    litres_wasted_per_day: float
    money_per_day: float

    def record(self) -> dict[str, Any]:
        """The figures as JSON has them, rounded to what they mean."""
        found: dict[str, Any] = {"name": self.name, "draws": self.draws}
        for name in self.__slots__[2:]:
            found[name] = round(getattr(self, name), 4)
        return found


def town_of(
    plumbing: Plumbing,
    *,
    seed: int,
    days: int,
    zone: tzinfo,
    warm_up_days: int = WARM_UP_DAYS,
    first_day: date = date(2026, 1, 5),
) -> Town:
    """A home with the household of a seed.

    Raises:
        ParameterError: fewer than one day.
    """
    if days < 1:
        raise ParameterError(f"days must be 1 or more, not {days}")
    made = draws(household(seed), days + warm_up_days, first_day=first_day, zone=zone)
    found = at_taps(made, plumbing.taps)
    midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=zone).timestamp()
    heard = cues(found, seed=seed)
    return Town(plumbing, found, heard, midnight, days, warm_up_days, zone, seed)


def town_of_log(
    plumbing: Plumbing,
    log: Sequence[Draw],
    *,
    days: int | None,
    zone: tzinfo,
    seed: int = 0,
    warm_up_days: int = WARM_UP_DAYS,
) -> Town:
    """A home with recorded draws; cues are made as `gezhi.home.households.cues` makes them.

    Args:
        plumbing: the home.
        log: the draws.
        days: to measure after the warm-up; all that the log has when None.
        zone: of the clocks.
        seed: of the cues.
        warm_up_days: days of the log that only teach; fewer when it is short.

    Raises:
        ParameterError: no draws, or fewer days than asked for.
    """
    if not log:
        raise ParameterError("the log has no draws")
    found = tuple(sorted(at_taps(log, plumbing.taps)))
    clock = LocalClock(zone)
    first = clock.day(found[0].at)
    start = found[0].at - clock.second_of_day(found[0].at)
    covered = clock.day(found[-1].at) - first + 1
    if days is None:
        warm_up_days = min(warm_up_days, covered - 1)
        days = covered - warm_up_days
    if days < 1:
        raise ParameterError(f"days must be 1 or more, not {days}")
    if days + warm_up_days > covered:
        raise ParameterError(
            f"the log covers {covered} days; {days} days after {warm_up_days} of warm-up need "
            f"{days + warm_up_days}"
        )
    return Town(plumbing, found, cues(found, seed=seed), start, days, warm_up_days, zone, seed)


def without_ignition(plumbing: Plumbing) -> Plumbing:
    """The home with a heater that burns at any flow and at once."""
    heater = replace(plumbing.heater, ignition_litres_per_minute=0.0, ignition_seconds=0.0)
    return replace(plumbing, heater=heater)


def make_policy(name: str, town: Town, exchange: Exchange | None = None) -> Policy:
    """A policy of `POLICIES`, fresh.

    Raises:
        ParameterError: an unknown name.
    """
    plumbing, clock = town.plumbing, LocalClock(town.zone)
    exchange = exchange or Exchange()
    match name:
        case "nothing":
            return Nothing()
        case "always-on":
            return AlwaysOn(plumbing)
        case "timer":
            return Timer(plumbing, clock)
        case "thermostat":
            return Thermostat(plumbing)
        case "button":
            return Button(town.draws, seed=town.seed)
        case "hotcirc":
            return HotCirc(plumbing, clock)
        case "grundfos":
            return Grundfos(plumbing, clock)
        case "learned" | "learned-cues":
            settings = town.settings or controller_settings(plumbing)
            return Learned(
                plumbing,
                clock,
                exchange,
                with_cues=name == "learned-cues",
                rest_seconds=settings.automatic_off_seconds,
            )
        case "foresight":
            return Foresight(plumbing, town.draws)
    raise ParameterError(f"a policy is one of {', '.join(POLICIES)}, not {name!r}")


def figures(outcome: Outcome, nothing: Outcome, tariffs: Tariffs | None = None) -> Figures:
    """The figures of an outcome beside that of doing nothing on the same draws."""
    tariffs = tariffs or Tariffs()
    days = outcome.days
    heat = (outcome.heat_kwh - nothing.heat_kwh) / days
    pump = outcome.pump_kwh / days
    wasted = outcome.litres_wasted / days
    money = heat * tariffs.heat_per_kwh + pump * tariffs.electricity_per_kwh
    return Figures(
        outcome.name,
        len(outcome.served),
        outcome.under_5s,
        outcome.mean_wait_seconds,
        heat,
        pump,
        outcome.starts / days,
        wasted,
        money + wasted * tariffs.water_per_litre,
    )


def compare(
    town: Town,
    names: Sequence[str] = POLICIES,
    *,
    exchange: Exchange | None = None,
    tariffs: Tariffs | None = None,
    report: Report | None = None,
) -> tuple[Figures, ...]:
    """The figures of policies in one town, each with a home of its own.

    Args:
        town: the home and its draws.
        names: of `POLICIES`.
        exchange: what waiting is worth to those that weigh it.
        tariffs: for the money.
        report: told of each policy that is done.

    Raises:
        ParameterError: an unknown policy.
        Interrupted: Ctrl-C.
    """
    done: list[Outcome] = []
    wanted = ("nothing", *(one for one in names if one != "nothing"))
    try:
        for name in wanted:
            done.append(_live(name, town, exchange))
            if report is not None:
                report(len(done), len(wanted), name)
    except KeyboardInterrupt:
        raise Interrupted(f"stopped; {len(done)} of {len(wanted)} policies were finished") from None
    found = {one.name: figures(one, done[0], tariffs) for one in done}
    return tuple(found[name] for name in names)


def _live(name: str, town: Town, exchange: Exchange | None) -> Outcome:
    outcome = simulate(
        town.plumbing,
        town.draws,
        make_policy(name, town, exchange),
        start=town.start,
        days=town.days,
        warm_up_days=town.warm_up_days,
        cues=town.cues if name == "learned-cues" else (),
        settings=town.settings,
        seed=town.seed,
    )
    assert math.isfinite(outcome.heat_kwh)
    return outcome
