"""Which layout is worth its parts in a home: comfort bought, heat paid, payback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from gezhi.home.compare import Tariffs, figures, make_policy, town_of
from gezhi.home.demand import Exchange
from gezhi.home.plant import Branch, Plumbing, probe_metres_needed
from gezhi.home.simulate import simulate
from gezhi.kernel.progress import Report

__all__ = ["PARTS", "Choice", "laid_out", "plan"]

PARTS = {
    "return-pipe": 60.0,
    "cold-return": 55.0,
    "drain": 20.0,
    "cold-check-valve": 90.0,
    "cold-thermostatic": 110.0,
}
"""Rough prices of parts, without labour and without laying a return pipe that is not there."""

_POLICY = {
    "return-pipe": "learned",
    "cold-return": "learned",
    "drain": "learned",
    "cold-check-valve": "timer",
    "cold-thermostatic": "timer",
}
_COLD_LIMIT = 38.0
_SHUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One layout in a home, driven as it is meant to be.

    Attributes:
        layout: of the pipes.
        policy: what switches it: what is learned here, or the time switch of what shops sell.
        under_5s: share of hot draws within five seconds.
        minutes_saved_per_day: of waiting, beside doing nothing.
        extra_heat_kwh_per_day: heat.
        litres_saved_per_day: water; negative where more goes down the drain.
        money_per_year: saved (positive) or spent (negative), energy and water together.
        parts_price: roughly what its parts cost.
        payback_years: until the parts are paid by what is saved; None is never.
        cold_line_celsius: the warmest water that got into a cold pipe; None where none can.
        remark: what to know before buying.
    """

    layout: str
    policy: str
    under_5s: float
    minutes_saved_per_day: float
    extra_heat_kwh_per_day: float
    litres_saved_per_day: float
    money_per_year: float
    parts_price: float
    payback_years: float | None
    cold_line_celsius: float | None
    remark: str

    def record(self) -> dict[str, Any]:
        """The choice as JSON has it."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}


def plan(
    plumbing: Plumbing,
    *,
    layouts: Sequence[str] = tuple(PARTS),
    days: int = 14,
    seed: int = 1000,
    zone: tzinfo,
    tariffs: Tariffs | None = None,
    exchange: Exchange | None = None,
    report: Report | None = None,
) -> tuple[Choice, ...]:
    """Every layout in the same home with the same household, the most comfortable first.

    Where a branch has no way back, one like its hot pipe is assumed.

    Args:
        plumbing: the home; its own layout does not matter.
        layouts: to look at.
        days: measured, after 14 of learning.
        seed: of the household.
        zone: of its clocks.
        tariffs, exchange: of the user.
        report: told of each layout that is done.
    """
    tariffs = tariffs or Tariffs()
    found = []
    for number, layout in enumerate(layouts):
        home = laid_out(plumbing, layout)
        found.append(_choice(home, days, seed, zone, tariffs, exchange))
        if report is not None:
            report(number + 1, len(layouts), layout)
    return tuple(sorted(found, key=lambda one: -one.under_5s))


def laid_out(plumbing: Plumbing, layout: str) -> Plumbing:
    """The same home with another layout; where a branch lacks a way back, one like its hot pipe.

    >>> from gezhi.home.plant import REFERENCE
    >>> laid_out(REFERENCE, "cold-return").branches[0].back.metres
    15.0
    """
    if layout in ("return-pipe", "drain"):
        return replace(plumbing, layout=layout)
    branches = tuple(
        one if one.back is not None else Branch(one.tap, one.hot, one.hot)
        for one in plumbing.branches
    )
    # The probe sits so far before the tap that the valve is shut before the hot front is there.
    metres = max(
        probe_metres_needed(
            plumbing, one.hot, warm_celsius=35.0, rise_kelvin=5.0, shut_seconds=_SHUT_SECONDS
        )
        for one in branches
    )
    return replace(plumbing, layout=layout, branches=branches, probe_metres=metres)


def _choice(
    home: Plumbing,
    days: int,
    seed: int,
    zone: tzinfo,
    tariffs: Tariffs,
    exchange: Exchange | None,
) -> Choice:
    town = town_of(home, seed=seed, days=days, zone=zone)
    policy = _POLICY[home.layout]
    outcomes = [
        simulate(
            home,
            town.draws,
            make_policy(name, town, exchange),
            start=town.start,
            days=days,
            warm_up_days=town.warm_up_days,
            seed=seed,
        )
        for name in ("nothing", policy)
    ]
    idle, found = (figures(one, outcomes[0], tariffs) for one in outcomes)
    money = (idle.money_per_day - found.money_per_day) * 365
    cold = outcomes[1].cold_line_celsius if home.layout not in ("return-pipe", "drain") else None
    price = PARTS[home.layout]
    saved = (idle.mean_wait_seconds - found.mean_wait_seconds) * found.draws / days / 60
    return Choice(
        home.layout,
        policy,
        found.under_5s,
        saved,
        found.extra_heat_kwh_per_day,
        idle.litres_wasted_per_day - found.litres_wasted_per_day,
        money,
        price,
        price / money if money > 0 else None,
        cold,
        _remark(home.layout, cold, money),
    )


def _remark(layout: str, cold: float | None, money: float) -> str:
    if cold is not None and cold > _COLD_LIMIT:
        return (
            f"puts water of {cold:.0f} °C into the cold pipe: too warm for a filter and for codes"
        )
    if layout == "return-pipe":
        return "needs a return pipe in the wall; cheap only where there is one"
    if layout == "drain":
        return "no pump, but the water that was waited for goes down the drain all the same"
    if money < 0:
        return "buys comfort, saves no money"
    return "saves more water than it costs in energy at these tariffs"
