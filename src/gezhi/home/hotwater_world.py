"""The house around the hot-water controller that is verified: pipes, relays, sensors and faults.

**Water** is counted in ticks of the pump's flow: hot water reaches the probe after `PROBE`, and the
valve, and through it the cold line, `margin` ticks later; an open tap makes it come twice as fast.
What the real margin must be is `gezhi.home.config`'s to check. Where cold water follows hot past
the probe, a slug of hot stays beyond it for `SLUG` ticks, unseen. A thermostatic valve that has
shut opens again no sooner than the pump has rested: its wax is slower than that.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gezhi.home.types import Settings

__all__ = [
    "COLD",
    "FLOW",
    "HOT",
    "PROBE",
    "SLUG",
    "TICK_LITRES",
    "WORDS",
    "House",
    "Variant",
    "World",
]

#: Ticks of flow until hot water reaches the probe.
PROBE = 2
#: Litres per minute, and in one tick of a second: an eighth, exact in binary.
FLOW = 7.5
TICK_LITRES = 0.125
COLD = 20.0
HOT = 60.0
#: Ticks for which what has passed the probe can be above the limit.
SLUG = 3


@dataclass(frozen=True, slots=True)
class Variant:
    """A house to verify: its settings, and what its nodes and its people can do.

    `margin` is how many ticks of flow lie between probe and valve; `node_shuts` says that the
    valve's node shuts it by itself when its own probe is warm. `faults` are what may break, one at
    a time; `people` which sources ask; `draws` whether taps are opened; `exercises` whether
    a week can pass; `shuts` whether a hand may shut the way of the water, or it falls shut.
    """

    name: str
    settings: Settings
    margin: int = 1
    node_shuts: bool = False
    faults: tuple[str, ...] = ()
    people: tuple[str, ...] = ("button",)
    draws: bool = True
    exercises: bool = False
    shuts: bool = False


class World(NamedTuple):
    """All around the controller, in ticks.

    `lag` is how long the controller has not been called; `contacts` how each relay really stands,
    `left` what its node's limit leaves, `on_for` how long it has been on; `dry` how long the pump
    has pushed against a closed way, `off_for` how long it has rested. `front` is how far hot water
    has come, `past` whether it was at the probe a tick ago, `slug` how long a slug beyond the probe
    stays hot and `slug_at` how far it has come, `stood` how long all water has stood (kept where no
    probe tells that it has cooled), `waxed` how long a thermostatic valve stays shut without a
    push, since wax follows its water slowly, and `hidden` whether hot water has come past the probe
    while the sensor that tells of it lied. `blind` is how long something has run without a sensor
    it needs, `apart` how long a relay has stood otherwise than commanded while the controller could
    see it, `breach` names a broken property. `began_cold`, `lied`, `feigned` and `other` tell of
    this purge whether the pipe was cold, the probe has lied, the flow sensor has lied of flow, and
    anything else was broken.
    """

    contacts: tuple[bool, ...]
    left: tuple[int, ...]
    on_for: tuple[int, ...]
    off_for: int
    lag: int = 0
    fault: str = ""
    tap_open: bool = False
    shut: bool = False
    front: int = 0
    past: bool = False
    slug: int = 0
    slug_at: int = 0
    stood: int = 0
    waxed: int = 0
    hidden: bool = False
    dry: int = 0
    blind: int = 0
    apart: int = 0
    absent: bool = False
    began_cold: bool = True
    lied: bool = False
    feigned: bool = False
    other: bool = False
    breach: str = ""


class House:
    """The physics of a `Variant`, apart from its controller."""

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self.settings = variant.settings
        self.first_valve = 1 if self.settings.pump else 0
        self.pause = int(self.settings.min_off_seconds)
        # One more than is allowed: all beyond is as bad.
        self._most_dry = int(self.settings.dry_limit_seconds) + 1
        self._most_on = int(self.settings.purge_limit_seconds) + 1
        self._guarded = self.settings.layout == "cold-return"
        self._blind = self._guarded and not self.settings.taps[0].probe

    # ---- water

    def through(self, world: World) -> bool:
        """Say whether water can pass the open way of the layout, taps apart."""
        if world.shut:
            return False
        if self.settings.layout == "return-pipe":
            return True
        shut = (tap.self_closing and world.waxed > 0 for tap in self.settings.taps)
        valves = world.contacts[self.first_valve :]
        return any(on and not closed for on, closed in zip(valves, shut, strict=True))

    def pushes(self, world: World) -> bool:
        """Say whether the pump pushes, or the mains where there is none."""
        return not self.first_valve or world.contacts[0]

    def speed(self, world: World) -> int:
        """Give the flow at the heater, in ticks of the pump's flow."""
        circulates, drawn = self.pushes(world) and self.through(world), world.tap_open
        return circulates + drawn if self._guarded else circulates or drawn

    def slips(self, world: World) -> World | None:
        """Let cold water follow what has passed the probe; None where nothing has.

        No heater makes hot water for less than a tick, so it was at the probe for one at least.
        """
        if not self._guarded or world.front <= PROBE or not world.past:
            return None
        if self._blind and not self.speed(world):
            return None  # a drip that no flow sensor feels is left out: nothing could know of it
        at = min(world.front, PROBE + self.variant.margin)
        return world._replace(front=0, past=False, slug=SLUG, slug_at=max(at, world.slug_at))

    def _unseen(self, world: World) -> bool:
        """Say whether hot water is past the probe, and the sensor that tells of it has lied."""
        lie = "flow-zero" if self._blind else "probe-low"
        here = self._guarded and (world.front >= PROBE or world.slug > 0)
        return here and (world.hidden or world.fault == lie)

    def flow_says(self, world: World) -> float | None:
        """Give what the flow sensor says; None is nonsense."""
        lies = {"flow-zero": 0.0, "flow-high": FLOW, "flow-absurd": None}
        return lies.get(world.fault, FLOW * self.speed(world))

    def probe_says(self, world: World) -> float | None:
        """Give what the probe says; None is nonsense."""
        lies = {"probe-low": COLD, "probe-high": HOT, "probe-absurd": None}
        return lies.get(world.fault, HOT if world.front >= PROBE else COLD)

    # ---- relays

    def welded(self, world: World, relay: int) -> bool:
        """Say whether a relay sticks closed."""
        return world.fault == ("pump-welds" if relay < self.first_valve else "valve-welds")

    def dead(self, world: World, relay: int) -> bool:
        """Say whether a relay does not close."""
        return world.fault == ("pump-dead" if relay < self.first_valve else "valve-dead")

    def settled(self, world: World) -> World:
        """Let the valve's own node act on its own probe, and forget what no longer counts.

        Where a way is opened, water moves, be it for an instant.
        """
        contacts = world.contacts
        sees = world.front >= PROBE or world.fault in ("probe-high", "probe-absurd")
        if self.variant.node_shuts and sees and world.fault != "probe-low":
            contacts = tuple(
                on and (i < self.first_valve or self.welded(world, i))
                for i, on in enumerate(contacts)
            )
        on = any(contacts)
        guarded = on and self._guarded
        return world._replace(
            contacts=contacts,
            left=tuple(n * on for n, on in zip(world.left, contacts, strict=True)),
            on_for=tuple(n * on for n, on in zip(world.on_for, contacts, strict=True)),
            hidden=self._unseen(world),
            slug_at=world.slug_at if world.slug else 0,
            dry=0 if self.speed(world._replace(contacts=contacts)) else world.dry,
            waxed=self.pause + 1 if self._blind and world.front >= PROBE else world.waxed,
            lied=guarded and (world.lied or world.fault == "probe-low"),
            feigned=on and (world.feigned or world.fault == "flow-high"),
            other=on and (world.other or world.fault not in ("", "probe-low", "heater-dead")),
            began_cold=world.began_cold or not guarded,
        )

    # ---- time

    def tick(self, world: World) -> World:
        """Let a tick pass."""
        speed = self.speed(world)
        left = tuple(max(one - 1, 0) for one in world.left)
        contacts = tuple(
            on and (rest > 0 or self.welded(world, i))
            for i, (on, rest) in enumerate(zip(world.contacts, left, strict=True))
        )
        warmer = 0 if world.fault == "heater-dead" else speed
        pushed = bool(self.first_valve) and world.contacts[0]
        stood = world.stood + 1 if self._blind and world.front and not speed else 0
        front = 0 if stood == SLUG else world.front + warmer
        end = PROBE + self.variant.margin
        return world._replace(
            # A hub that comes back takes no time to have passed.
            lag=0 if world.fault == "hub-gone" else min(world.lag + 1, self._most_on),
            front=min(front, end),
            past=self._guarded and world.front >= PROBE,
            stood=stood % SLUG,
            waxed=world.waxed if self.pushes(world) else max(world.waxed - 1, 0),
            slug=max(world.slug - 1, 0),
            slug_at=min(world.slug_at + speed, end) if world.slug else 0,
            contacts=contacts,
            left=left,
            dry=min(world.dry + 1, self._most_dry) if pushed and not speed else 0,
            on_for=tuple(
                min(n + on, self._most_on)
                for n, on in zip(world.on_for, world.contacts, strict=True)
            ),
            off_for=0 if contacts[0] else min(world.off_for + 1, self.pause),
        )

    def hot_in_cold(self, world: World) -> bool:
        """Say whether the pump pushes hot water into the cold line, and nothing excuses it."""
        pumped = self._guarded and self.pushes(world) and self.through(world)
        if not pumped or "weld" in world.fault:
            return False
        excused = world.lied and (world.other or not world.began_cold)
        end = PROBE + self.variant.margin
        front = world.front >= end and not excused
        return front or (world.slug > 0 and world.slug_at >= end and not world.hidden)


#: The faults in words.
WORDS = {
    "hub-gone": "the hub is gone",
    "link-down": "the link is lost",
    "pump-welds": "the pump's relay sticks closed",
    "pump-dead": "the pump's relay does not close",
    "valve-welds": "the valve's relay sticks closed",
    "valve-dead": "the valve's relay does not close",
    "heater-dead": "the heater does not light",
    "probe-silent": "the temperature probe falls silent",
    "probe-low": "the temperature probe always says cold",
    "probe-high": "the temperature probe always says hot",
    "probe-absurd": "the temperature probe says nonsense",
    "flow-silent": "the flow sensor falls silent",
    "flow-zero": "the flow sensor always says none",
    "flow-high": "the flow sensor always says flow",
    "flow-absurd": "the flow sensor says nonsense",
}
