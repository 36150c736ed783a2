"""Lives of a home whose cold pipe is the way back: taps, buttons and time, in any order.

The physics is `gezhi.home.plant`, the controller the house's own; the question is how warm the
water was that got into the cold pipe. `random_life` makes one by chance, `Life` lives any.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from gezhi.home.governor import Governor, controller_settings
from gezhi.home.pipes import Pipe
from gezhi.home.plant import Branch, Heater, Plant, Plumbing, probe_metres_needed
from gezhi.home.types import Settings, Tap

__all__ = ["HOMES", "Happening", "Life", "random_life", "settings_of"]

#: What happens ("hot", "cold": a tap is opened or closed; "request"; "wait"; "stand": a long wait),
#: at which tap, litres a minute of a tap that is opened, and how many seconds go by then.
Happening = tuple[str, int, float, int]

WHAT = ("hot", "hot", "cold", "request", "request", "wait", "stand")
SHUT_SECONDS = 2.0  # the probe is read every other second, and the valve is shut at once


def settings_of(plumbing: Plumbing) -> Settings:
    """The controller's settings for a home; one that asks again as soon as it may."""
    made = controller_settings(replace(plumbing, layout="cold-return"))
    if plumbing.layout == "cold-thermostatic":
        unheard = plumbing.heater.most_litres_per_minute / 60 * (SHUT_SECONDS + 1)
        made = replace(
            made,
            taps=tuple(
                replace(
                    Tap(one.tap, f"{one.tap}-valve", self_closing=True),
                    purge_litres=one.hot.purge_litres - unheard,
                    cooling_seconds=one.hot.cooling_seconds,
                )
                for one in plumbing.branches
            ),
        )
    return replace(made, automatic_off_seconds=60.0)


def _guarded(plumbing: Plumbing) -> Plumbing:
    """The home with its probes, or the thermostatic valves' bulbs, where they have to be."""
    made = settings_of(plumbing)
    metres = max(
        probe_metres_needed(
            plumbing,
            one.hot,
            warm_celsius=made.warm_celsius,
            rise_kelvin=made.front_rise_kelvin,
            shut_seconds=SHUT_SECONDS,
        )
        for one in plumbing.branches
    )
    return replace(plumbing, probe_metres=metres)


_BARE = Pipe.of("dn20", 9)
HOMES = {
    "one bare pipe": _guarded(Plumbing((Branch("bath", _BARE, _BARE),), layout="cold-return")),
    "60 °C in a wrapped pipe": _guarded(
        Plumbing(
            (Branch("bath", Pipe.of("dn25-foam", 12), _BARE),),
            layout="cold-return",
            heater=Heater(supply_celsius=60.0, kilowatts=40.0, ignition_seconds=3.0),
        )
    ),
    "two taps and a trunk": _guarded(
        Plumbing(
            (
                Branch("bath", _BARE, Pipe.of("dn20", 12)),
                Branch("kitchen", Pipe.of("dn20-foam", 7), Pipe.of("dn20", 7)),
            ),
            trunk=Pipe.of("dn25-foam", 5),
            layout="cold-return",
        )
    ),
    "thermostatic valve": _guarded(
        Plumbing((Branch("bath", _BARE, _BARE),), layout="cold-thermostatic")
    ),
}


def random_life(chance: random.Random, most: int = 40) -> list[Happening]:
    """A life by chance."""
    return [
        (chance.choice(WHAT), chance.randrange(2), chance.uniform(0.5, 10.0), chance.randint(1, 60))
        for _ in range(chance.randint(2, most))
    ]


class Life:
    """A home and its controller while things happen.

    Args:
        plumbing: the home, with pipes at the room's temperature.
        settings: of the controller; `settings_of` the home when None.
        seed: of the probes' noise.

    Attributes:
        purges: how many were begun.
    """

    def __init__(
        self, plumbing: Plumbing, settings: Settings | None = None, *, seed: int = 0
    ) -> None:
        self.plant = Plant(plumbing, seed=seed)
        self.purges = 0
        self._now = 0.0
        self._governor = Governor(settings or settings_of(plumbing), self._now)
        self._hot: dict[str, float] = {}
        self._cold: dict[str, float] = {}

    def live(self, happenings: Iterable[Happening]) -> float:
        """Live through that; the warmest water that has got into the cold pipe so far."""
        taps = self.plant.plumbing.taps
        for what, which, flow, seconds in happenings:
            tap = taps[which % len(taps)]
            if what == "request" and not self._governor.running:
                self._governor.request(tap, self._now, self.plant)
                self.purges += self._governor.running
            elif what in ("hot", "cold"):
                opened = self._hot if what == "hot" else self._cold
                if opened.pop(tap, None) is None:
                    opened[tap] = flow
            end = self._now + (30 * seconds if what == "stand" else seconds)
            while self._now < end:
                self._pass(end)
        return self.plant.cold_line_celsius

    def _pass(self, end: float) -> None:
        governor, plant = self._governor, self.plant
        if not (self._hot or governor.running):
            seconds = min(60.0, end - self._now)
            plant.stand(seconds)
            self._now += seconds
            governor.look(self._now, plant)
            return
        plant.step(self._hot, circulating=governor.circulating, cold_draws=self._cold)
        self._now += 1
        if governor.running:
            governor.sense(self._now, plant.litres_per_minute, plant)
        else:
            governor.look(self._now, plant)
