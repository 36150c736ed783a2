"""The best that could be done by somebody who knows every draw to come.

Heat leaks as long as a pipe is hot, so a purge that is worth its heat is done just before the draw
that it serves; and a purge fills the pipe, so what comes after it does not depend on what was
before. Plans are therefore paths from purge to purge, and after some draws or a night a purged
pipe is as one that was never purged: there such a path joins the one without purges. The cheapest
path, with heat at the exchange rate, is found by dynamic programming over the draws of each tap,
without any limit on how long a plan may go without a purge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gezhi.home.households import Draw
from gezhi.home.pipes import JOULES_PER_KILOWATT_HOUR, PlugFlow
from gezhi.home.plant import Plumbing
from gezhi.home.policies import Nothing

__all__ = [
    "Foresight",
    "Outlook",
    "Stretch",
    "best_purges",
    "cost_of_plan",
    "look_ahead",
    "pipe_to",
]

_STEP_SECONDS = 1.0
_EARLY_SECONDS = 3.0
_QUICK_SECONDS = 5.0
# A pipe is as one that was never purged when both hold as much heat, to a part in five hundred of
# a purge, and their ends are as warm, to a twentieth of a kelvin.
_ALIKE_SHARE = 0.002
_ALIKE_KELVIN = 0.05


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happens up to just before a draw.

    Attributes:
        draw: its index.
        spoilt: draws until then that waited five seconds or more, or in vain.
        waited_seconds: by all of them together.
        kwh: heat of a purge that would come now.
    """

    draw: int
    spoilt: int
    waited_seconds: float
    kwh: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """The draws of a tap as a graph of purges.

    Attributes:
        count: how many draws there are.
        never: before each draw and at the end, where nothing is ever purged.
        after: for a purge right before each draw, the stretches to every later draw, until the
            pipe is as it would be without any purge (or the draws end), which is the last.
    """

    count: int
    never: tuple[Stretch, ...]
    after: tuple[tuple[Stretch, ...], ...]


class Foresight(Nothing):
    """Purges as `best_purges` planned with the draws known.

    Args:
        plumbing: the home.
        draws: all that will come, in order.
        seconds_per_kwh: the exchange rate.
        outlooks: of each tap, where they are known already.
    """

    name = "foresight"

    def __init__(
        self,
        plumbing: Plumbing,
        draws: Sequence[Draw],
        *,
        seconds_per_kwh: float = 40.0,
        outlooks: Mapping[str, Outlook] | None = None,
    ) -> None:
        self._plans: dict[str, list[float]] = {}
        for tap in plumbing.taps:
            lead = plumbing.purge_seconds(tap) + _EARLY_SECONDS
            mine = [one for one in draws if one.tap == tap]
            seen = outlooks[tap] if outlooks else look_ahead(plumbing, tap, mine)
            chosen = best_purges(seen, seconds_per_kwh=seconds_per_kwh)
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
    outlook: Outlook, *, seconds_per_kwh: float, spoilt_seconds: float | None = None
) -> list[int]:
    """The draws of one tap to purge for: least seconds waited plus heat at the exchange rate.

    Args:
        outlook: of the tap.
        seconds_per_kwh: the exchange rate.
        spoilt_seconds: what a draw that is not served within five seconds counts as, instead of
            what it waited; None counts seconds as they are.

    Returns:
        indices of draws, rising.

    >>> from gezhi.home.plant import REFERENCE
    >>> far = [Draw(1e5 * day, "tap", 3.0, 60.0) for day in range(3)]
    >>> outlook = look_ahead(REFERENCE, "tap", far)
    >>> best_purges(outlook, seconds_per_kwh=100)
    [0, 1, 2]
    >>> best_purges(outlook, seconds_per_kwh=1000)
    []
    """
    count = outlook.count
    purged, came = [math.inf] * count, [-1] * count  # with a purge right before the draw
    plain, left = [math.inf] * (count + 1), [-1] * (count + 1)  # as if never purged
    plain[0] = 0.0
    for index in range(count + 1):
        here = outlook.never[index]
        if index:
            before = outlook.never[index - 1]
            other = plain[index - 1] + _cost(here, spoilt_seconds) - _cost(before, spoilt_seconds)
            if other < plain[index]:
                plain[index], left[index] = other, left[index - 1]
        if index == count:
            break
        if plain[index] + here.kwh * seconds_per_kwh < purged[index]:
            purged[index], came[index] = plain[index] + here.kwh * seconds_per_kwh, left[index]
        *between, last = outlook.after[index]
        for one in between:
            total = purged[index] + _cost(one, spoilt_seconds) + one.kwh * seconds_per_kwh
            if total < purged[one.draw]:
                purged[one.draw], came[one.draw] = total, index
        total = purged[index] + _cost(last, spoilt_seconds)
        if total < plain[last.draw]:
            plain[last.draw], left[last.draw] = total, index
    chosen, at = [], left[count]
    while at >= 0:
        chosen.append(at)
        at = came[at]
    return chosen[::-1]


def cost_of_plan(outlook: Outlook, purges: Sequence[int]) -> Stretch:
    """All that happens with any plan: spoilt draws, seconds waited, heat, to the end.

    >>> from gezhi.home.plant import REFERENCE
    >>> far = [Draw(1e5 * day, "tap", 3.0, 60.0) for day in range(3)]
    >>> plan = cost_of_plan(look_ahead(REFERENCE, "tap", far), [0, 2])
    >>> plan.spoilt, round(plan.kwh, 2)
    (1, 0.31)
    """
    spoilt, waited, kwh, at = 0, 0.0, 0.0, -1
    for following in (*purges, outlook.count):
        passed = _passed(outlook, at, following)
        spoilt, waited = spoilt + passed.spoilt, waited + passed.waited_seconds
        kwh += passed.kwh if following < outlook.count else 0.0
        at = following
    return Stretch(outlook.count, spoilt, waited, kwh)


def look_ahead(plumbing: Plumbing, tap: str, draws: Sequence[Draw]) -> Outlook:
    """Everything that purges of one tap can lead to, by the physics of its pipe.

    Args:
        plumbing: the home; a trunk counts as part of the tap's own pipe.
        tap: the tap.
        draws: at that tap, in order.
    """
    full = pipe_to(plumbing, tap, hot=True).stored_joules
    never = list(_live(plumbing, tap, draws, -1, full))
    plain = tuple(stretch for stretch, _ in never)
    after = []
    for index in range(len(draws)):
        found = []
        for stretch, celsius in _live(plumbing, tap, draws, index, full):
            found.append(stretch)
            other, other_celsius = never[stretch.draw]
            heat = abs(stretch.kwh - other.kwh) * JOULES_PER_KILOWATT_HOUR
            if heat < _ALIKE_SHARE * full and abs(celsius - other_celsius) < _ALIKE_KELVIN:
                break
        after.append(tuple(found))
    return Outlook(len(draws), plain, tuple(after))


def _cost(stretch: Stretch, spoilt_seconds: float | None) -> float:
    if spoilt_seconds is None:
        return stretch.waited_seconds
    return stretch.spoilt * spoilt_seconds


def _passed(outlook: Outlook, purge: int, following: int) -> Stretch:
    """From a purge (−1: from the beginning) to a later draw."""
    if purge < 0:
        return outlook.never[following]
    for one in outlook.after[purge]:
        if one.draw == following:
            return one
    last, then = outlook.after[purge][-1], outlook.never[following]
    joined = outlook.never[last.draw]
    return Stretch(
        following,
        last.spoilt + then.spoilt - joined.spoilt,
        last.waited_seconds + then.waited_seconds - joined.waited_seconds,
        then.kwh,
    )


def _live(
    plumbing: Plumbing, tap: str, draws: Sequence[Draw], purge: int, full: float
) -> Iterator[tuple[Stretch, float]]:
    """Each later draw as a `Stretch`, with the warmth at the tap; then the end of all draws."""
    flow = pipe_to(plumbing, tap, hot=purge >= 0)
    first = max(purge, 0)
    spoilt, waited, now = 0, 0.0, draws[first].at if draws else 0.0
    for index in range(first, len(draws)):
        draw = draws[index]
        if draw.at > now:
            flow.stand(draw.at - now)
            now = draw.at
        if index > purge:
            kwh = max(0.0, full - flow.stored_joules) / JOULES_PER_KILOWATT_HOUR
            yield Stretch(index, spoilt, waited, kwh), flow.far_celsius
        seconds, quick = _serve(plumbing, flow, draw)
        spoilt, waited, now = spoilt + (not quick), waited + seconds, now + draw.seconds
    yield Stretch(len(draws), spoilt, waited, 0.0), -math.inf


def pipe_to(plumbing: Plumbing, tap: str, *, hot: bool) -> PlugFlow:
    """The water on the way to a tap, cold or as after a purge.

    A trunk counts as so many metres more of the tap's own pipe as hold its water.

    >>> from gezhi.home.plant import REFERENCE
    >>> pipe_to(REFERENCE, "tap", hot=True).far_celsius
    45.0
    """
    branch = next(one for one in plumbing.branches if one.tap == tap)
    celsius = plumbing.heater.supply_celsius if hot else None
    pipe = branch.hot
    if plumbing.trunk is not None:
        longer = pipe.metres + plumbing.trunk.litres / pipe.litres_per_metre
        pipe = type(pipe)(
            longer, pipe.litres_per_metre, pipe.watts_per_metre_kelvin, pipe.wall_share
        )
    return PlugFlow(pipe, plumbing.ambient_celsius, celsius)


def _serve(plumbing: Plumbing, flow: PlugFlow, draw: Draw) -> tuple[float, bool]:
    """Let a draw run; the seconds it waits and whether it was quick; one that does not count is."""
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
    if not burns:
        return 0.0, True
    return waited, came and waited < _QUICK_SECONDS
