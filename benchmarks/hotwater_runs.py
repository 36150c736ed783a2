"""The days that `benchmarks.hotwater` lives through: each run is one household in one setting."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gezhi.home.clock import LocalClock, find_zone
from gezhi.home.compare import Figures, Town, figures, make_policy, town_of, without_ignition
from gezhi.home.demand import Exchange
from gezhi.home.foresight import Outlook, best_purges, cost_of_plan, look_ahead
from gezhi.home.households import Draw, cues, draws, household
from gezhi.home.plant import REFERENCE, Plumbing
from gezhi.home.policies import Grundfos, HotCirc
from gezhi.home.simulate import Outcome, Policy, at_taps, simulate

__all__ = [
    "KINDS",
    "LEARNED_PRICES",
    "RATES",
    "RIVALS",
    "SHOWER_RATES",
    "TAP_CUE",
    "Task",
    "live",
    "settled",
]

UTC = find_zone("UTC")
DAY = 86400
LEARNED_PRICES = (180.0, 300.0, 480.0, 800.0)
"""Seconds of waiting for a kilowatt-hour, without a budget: the curves of what is learned."""
RATES = {"learned": (270.0, 330.0), "learned-cues": (330.0, 400.0)}
"""One exchange rate for all homes, below and above what comes to a mean of 1.5 kWh a day; found on
households 100 to 139, of which none is measured."""
TAP_CUE = "a short turn of the tap"
OPTIMUM_PRICES = (30.0, 150.0, 300.0, 450.0, 600.0, 800.0, 1100.0, 1600.0)
SHOWER_RATES = (45.0, 60.0, 75.0)
WAIT_PRICES = (20.0, 150.0, 250.0, 300.0, 350.0, 375.0, 400.0, 450.0, 500.0)
RIVALS: dict[str, Callable[[Town], Policy]] = {
    "hotcirc, threshold 120": lambda town: _hotcirc(town, 120.0),
    "hotcirc, threshold 200": lambda town: _hotcirc(town, 200.0),
    "hotcirc, threshold 30": lambda town: _hotcirc(town, 30.0),
    "grundfos, a week, no quarter ahead": lambda town: _grundfos(town, (1,), (0,)),
    "grundfos, no quarter ahead": lambda town: _grundfos(town, (1, 2), (0,)),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One run: what is lived through, by which household, for how many days."""

    kind: str
    seed: int
    days: int


Found = dict[str, tuple[float, ...]]
"""By name: share under 5 s, mean wait in seconds, extra heat in kWh a day, starts a day."""


def settled(seed: int) -> bool:
    """Whether a household of that seed is mostly at home in the days measured."""
    return len(draws(household(seed), 28)) > 28 * 40


def live(task: Task) -> tuple[Task, Found, float]:
    """Run a task; what was found, and seconds of processor."""
    begun = time.process_time()
    found = KINDS[task.kind](task)
    seconds = time.process_time() - begun
    print(task.kind, task.seed, {name: round(one[0], 3) for name, one in found.items()}, flush=True)
    return task, found, seconds


def _row(found: Figures) -> tuple[float, ...]:
    return (
        found.under_5s, found.mean_wait_seconds, found.extra_heat_kwh_per_day,
        found.starts_per_day,
    )  # fmt: skip


def _hotcirc(town: Town, threshold: float) -> Policy:
    return HotCirc(town.plumbing, LocalClock(town.zone), threshold=threshold)


def _grundfos(town: Town, weeks: Sequence[int], quarters: Sequence[int]) -> Policy:
    return Grundfos(town.plumbing, LocalClock(town.zone), weeks=weeks, quarters=quarters)


def _simulated(town: Town, policy: Policy) -> Outcome:
    return simulate(
        town.plumbing, town.draws, policy, start=town.start, days=town.days,
        warm_up_days=town.warm_up_days, cues=town.cues, seed=town.seed,
    )  # fmt: skip


def _compared(town: Town, policies: dict[str, Policy]) -> Found:
    """Each policy in the same town, beside doing nothing."""
    idle = _simulated(town, make_policy("nothing", town))
    found = {"nothing": _row(figures(idle, idle))}
    for name, policy in policies.items():
        found[name] = _row(figures(_simulated(town, policy), idle))
    return found


def _named(town: Town, *names: str) -> dict[str, Policy]:
    return {name: make_policy(name, town) for name in names}


def _at_prices(
    town: Town, name: str, prices: Sequence[float] = LEARNED_PRICES
) -> dict[str, Policy]:
    return {
        f"{name} at {price:g} s/kWh": make_policy(name, town, Exchange(price, None))
        for price in prices
    }


def _town(task: Task, plumbing: Plumbing = REFERENCE) -> Town:
    return town_of(plumbing, seed=task.seed, days=task.days, zone=UTC)


def _outlook(town: Town) -> tuple[Outlook, int]:
    """The days measured, with every draw known; and how many of the draws count."""
    begin = town.start + town.warm_up_days * DAY
    some = [one for one in town.draws if begin <= one.at < begin + town.days * DAY]
    least = town.plumbing.heater.ignition_litres_per_minute
    count = sum(one.litres_per_minute >= least for one in some)
    return look_ahead(town.plumbing, town.plumbing.taps[0], some), count


def _optimum(town: Town, prices: Sequence[float], *, waits: bool = False) -> Found:
    """Points of the best curve there is, by dynamic programming on the pipe alone."""
    outlook, count = _outlook(town)
    found: Found = {}
    for price in prices:
        plan = best_purges(outlook, seconds_per_kwh=price, spoilt_seconds=None if waits else 30.0)
        all_of_it = cost_of_plan(outlook, plan)
        found[f"optimum at {price:g} s/kWh"] = (
            1 - all_of_it.spoilt / count, all_of_it.waited_seconds / count,
            all_of_it.kwh / town.days, len(plan) / town.days,
        )  # fmt: skip
    return found


def _reference(task: Task) -> Found:
    town = _town(task)
    names = ("hotcirc", "grundfos", "learned", "learned-cues", "foresight")
    policies = _named(town, *names)
    for name, rates in RATES.items():
        policies |= _at_prices(town, name, rates)
    return _compared(town, policies) | _optimum(town, OPTIMUM_PRICES)


def _curve(task: Task) -> Found:
    town = _town(task)
    policies = _at_prices(town, "learned") | _at_prices(town, "learned-cues")
    return _compared(town, policies | {name: make(town) for name, make in RIVALS.items()})


def _ignored(task: Task) -> Found:
    town = _town(task, without_ignition(REFERENCE))
    names = ("timer", "hotcirc", "learned", "learned-cues")
    return _compared(town, _named(town, *names)) | _optimum(town, (30.0, 240.0))


def _slow(task: Task) -> Found:
    town = _town(task, replace(REFERENCE, heater=replace(REFERENCE.heater, ignition_seconds=3.0)))
    return _compared(town, _named(town, "hotcirc", "learned", "learned-cues"))


def _sensors(task: Task) -> Found:
    """Other cues than those of the reference: more false ones, none, a short turn of the tap."""
    town = _town(task)
    found: Found = {}
    for name, idle, lead, spread in (
        ("no false cue", 0.0, 90.0, 0.6),
        ("10 false cues a day", 10.0, 90.0, 0.6),
        (TAP_CUE, 0.5, 90.0, 0.25),
    ):
        heard = cues(
            town.draws, seed=task.seed, idle_a_day=idle, lead_seconds=lead, lead_spread=spread
        )
        other = replace(town, cues=heard)
        policies = _named(other, "learned-cues")
        if name == TAP_CUE:
            policies |= _at_prices(other, "learned-cues", RATES["learned-cues"])
        for policy, row in _compared(other, policies).items():
            if policy != "nothing":
                found[policy.replace("learned-cues", name)] = row
    return found


def _scattered(task: Task) -> Found:
    """Twice the draws that come alone, and twice the sessions at any hour."""
    home = household(task.seed)
    home = replace(home, singles=2 * home.singles, others=2 * home.others)
    plain = _town(task)
    made = at_taps(draws(home, task.days + plain.warm_up_days), REFERENCE.taps)
    town = replace(plain, draws=made, cues=cues(made, seed=task.seed))
    return _compared(town, _named(town, "hotcirc", "learned", "learned-cues"))


def _showers(task: Task) -> Found:
    """A tap that only showers are taken at."""
    plain = _town(task)
    some = tuple(one for one in plain.draws if one.fixture == "shower")
    town = replace(plain, draws=some, cues=cues(some, seed=task.seed))
    policies = {
        f"learned-cues at {rate:g} s/kWh": make_policy("learned-cues", town, Exchange(rate, None))
        for rate in SHOWER_RATES
    }
    return _compared(town, policies) | _optimum(town, WAIT_PRICES, waits=True)


def _changed(task: Task) -> Found:
    """Four weeks, then everything two and a half hours later (another shift), three weeks more."""
    plain = town_of(REFERENCE, seed=task.seed, days=35, zone=UTC)
    moved = plain.start + 28 * DAY
    shifted: tuple[Draw, ...] = tuple(
        one if one.at < moved else replace(one, at=one.at + 9000.0) for one in plain.draws
    )
    town = replace(plain, draws=shifted, cues=())
    outcome = _simulated(town, make_policy("learned", town))
    found: Found = {}
    for name, first, last in (
        ("before", 14, 28), ("first week after", 28, 35), ("second week after", 35, 42),
        ("third week after", 42, 49),
    ):  # fmt: skip
        begin, end = plain.start + first * DAY, plain.start + last * DAY
        some = [one for one in outcome.served if begin <= one.draw.at < end]
        if not some:
            return {}  # away in one of the weeks
        share = sum(one.quick for one in some) / len(some)
        found[name] = (share, sum(one.wait_seconds for one in some) / len(some), 0.0, 0.0)
    return found


KINDS: dict[str, Callable[[Task], Found]] = {
    "reference": _reference,
    "curve": _curve,
    "ignored": _ignored,
    "slow": _slow,
    "sensors": _sensors,
    "scattered": _scattered,
    "showers": _showers,
    "changed": _changed,
}
