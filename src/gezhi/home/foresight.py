"""The best that could be done by somebody who knows every draw to come.

Heat leaks as long as a pipe is hot, so a purge that is worth its heat is done just before the draw
that it serves; and a purge fills the pipe, so what comes after it does not depend on what was
before. Plans are therefore paths from purge to purge, and the cheapest path, with heat at the
exchange rate and seconds waited, is found by dynamic programming over the draws of each tap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gezhi.home.households import Draw
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR, PlugFlow
from gezhi.home.plant import Plumbing
from gezhi.home.policies import Nothing

__all__ = ["Foresight", "best_purges", "cost_of_plan"]

_MOST_DRAWS = 24
_STEP_SECONDS = 2.0
_EARLY_SECONDS = 3.0


class Foresight(Nothing):
    """Purges as `best_purges` planned with the draws known.

    Args:
        plumbing: the home.
        draws: all that will come, in order.
        seconds_per_kwh: the exchange rate.
    """

    name = "foresight"

    def __init__(
        self, plumbing: Plumbing, draws: Sequence[Draw], *, seconds_per_kwh: float = 40.0
    ) -> None:
        self._plans: dict[str, list[float]] = {}
        for tap in plumbing.taps:
            lead = plumbing.purge_seconds(tap) + _EARLY_SECONDS
            mine = [one for one in draws if one.tap == tap]
            chosen = best_purges(plumbing, tap, mine, seconds_per_kwh=seconds_per_kwh)
            self._plans[tap] = sorted((mine[index].at - lead for index in chosen), reverse=True)

    def due(self) -> float:
        """When the next purge has to begin."""
        return min((plan[-1] for plan in self._plans.values() if plan), default=math.inf)

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps whose next planned purge is due."""
        taps = []
        for tap, plan in self._plans.items():
            while plan and plan[-1] <= now:
                plan.pop()
                if tap not in taps:
                    taps.append(tap)
        return taps


def best_purges(
    plumbing: Plumbing, tap: str, draws: Sequence[Draw], *, seconds_per_kwh: float
) -> list[int]:
    """The draws of one tap to purge for: least seconds waited plus heat at the exchange rate.

    Args:
        plumbing: the home; a trunk counts as part of the tap's own pipe.
        tap: the tap.
        draws: at that tap, in order.
        seconds_per_kwh: the exchange rate.

    Returns:
        indices into ``draws``, rising.

    >>> from gezhi.home.plant import REFERENCE
    >>> far = [Draw(1e5 * day, "tap", 3.0, 60.0) for day in range(3)]
    >>> best_purges(REFERENCE, "tap", far, seconds_per_kwh=100)
    [0, 1, 2]
    >>> best_purges(REFERENCE, "tap", far, seconds_per_kwh=1000)
    []
    """
    count = len(draws)
    best = [math.inf] * (count + 1)
    came: list[int] = [-1] * (count + 1)
    # best[k] is the least cost of all before draw k when a purge comes right before it; the
    # beginning is a cold pipe, as after any long pause.
    for index in (-1, *range(count)):
        here = 0.0 if index < 0 else best[index]
        if here == math.inf:
            continue
        for reached, waited, kwh in _after(plumbing, tap, draws, index):
            total = here + waited + (kwh * seconds_per_kwh if reached < count else 0.0)
            if total < best[reached]:
                best[reached], came[reached] = total, index
    chosen, at = [], came[count]
    while at >= 0:
        chosen.append(at)
        at = came[at]
    return chosen[::-1]


def cost_of_plan(
    plumbing: Plumbing,
    tap: str,
    draws: Sequence[Draw],
    purges: Sequence[int],
    *,
    seconds_per_kwh: float,
) -> float:
    """Seconds waited plus heat at the exchange rate of any plan, by the same model of the pipe."""
    total, index = 0.0, -1
    for following in (*purges, len(draws)):
        for reached, waited, kwh in _after(plumbing, tap, draws, index, every=True):
            if reached == following:
                total += waited + (kwh * seconds_per_kwh if reached < len(draws) else 0.0)
        index = following
    return total


def _after(
    plumbing: Plumbing, tap: str, draws: Sequence[Draw], index: int, *, every: bool = False
) -> list[tuple[int, float, float]]:
    """What follows a purge right before draw ``index`` (−1: a cold pipe at the beginning).

    For every later draw: its index, the seconds waited before it, the heat of a purge for it; last
    the end of the draws. After a purge no plan lets more than 24 draws pass without another, so
    that the work grows with the number of draws and not with its square.
    """
    flow = _pipe(plumbing, tap, hot=index >= 0)
    full = _pipe(plumbing, tap, hot=True).stored_joules
    found: list[tuple[int, float, float]] = []
    waited, now = 0.0, draws[max(index, 0)].at if draws else 0.0
    for following in range(max(index, 0), len(draws)):
        draw = draws[following]
        if draw.at > now:
            flow.stand(draw.at - now)
            now = draw.at
        if following > index:
            kwh = (full - flow.stored_joules) / JOULES_PER_KILOWATT_HOUR
            found.append((following, waited, max(0.0, kwh)))
            far = following - max(index, 0) > _MOST_DRAWS and index >= 0
            if far and not every:
                return found
        waited += _serve(plumbing, flow, draw)
        now += draw.seconds
    found.append((len(draws), waited, 0.0))
    return found


def _pipe(plumbing: Plumbing, tap: str, *, hot: bool) -> PlugFlow:
    branch = next(one for one in plumbing.branches if one.tap == tap)
    celsius = plumbing.heater.supply_celsius if hot else None
    pipe = branch.hot
    if plumbing.trunk is not None:  # as many metres of the branch as hold the trunk's water
        longer = pipe.metres + plumbing.trunk.litres / pipe.litres_per_metre
        pipe = type(pipe)(
            longer, pipe.litres_per_metre, pipe.watts_per_metre_kelvin, pipe.wall_share
        )
    return PlugFlow(pipe, plumbing.ambient_celsius, celsius)


def _serve(plumbing: Plumbing, flow: PlugFlow, draw: Draw) -> float:
    """Let a draw run; the seconds it waits, or 0 when it is not one that counts."""
    heater = plumbing.heater
    burns = draw.litres_per_minute >= heater.ignition_litres_per_minute
    left, waited, came, gone = draw.seconds, 0.0, False, 0.0
    while left > 1e-9:
        seconds = min(_STEP_SECONDS, left)
        hot = burns and gone >= heater.ignition_seconds
        entering = heater.supply_celsius if hot else plumbing.mains_celsius
        leaving = flow.push(draw.litres_per_minute / 60 * seconds, entering, seconds)
        came = came or leaving >= plumbing.hot_celsius
        waited += 0.0 if came else seconds
        left -= seconds
        gone += seconds
    return waited if burns else 0.0
