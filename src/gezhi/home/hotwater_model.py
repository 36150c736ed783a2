"""The hot-water controller in a world that can go wrong, for `gezhi.home.verify_product`.

The controller is the real one, with its own `step`; around it stands the abstract house of
`gezhi.home.hotwater_world`: a front of hot water that moves through the pipe while water flows,
relays with their nodes' own limits, taps, sensors, a link, a hub that may be gone, a clock that may
jump. At any moment at most one thing is broken, in any order and as often as one likes.

**Time** is whole ticks. The settings used here are small whole numbers in the order of the real
ones (no flow < dry limit < purge limit and so on), so every deadline falls on a tick, and the
controller compares with ≥ only: what could happen between two ticks happens also on one (see
`gezhi.home.verify`). Before time goes on, every sensor that works has spoken and the controller's
deadline is kept; in which order, and what people do between, is free.

**A state** is the number of the controller's state (`gezhi.home.hotwater_numbers`) and that of the
world, for `gezhi.home.verify_product`: what can happen is worked out once for each world and each
`Sight`, which is all that the world can see of the controller; what the controller answers, once
for each of its states and each event.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from gezhi.home import hotwater
from gezhi.home.hotwater_numbers import Numbers, Sight
from gezhi.home.hotwater_world import COLD, HOT, WORDS, House, Variant, World
from gezhi.home.types import (
    Absence,
    Event,
    Flow,
    Link,
    Phase,
    Probe,
    RelayRead,
    Request,
    Returned,
    SetRelay,
    State,
    Stop,
    Tick,
)
from gezhi.home.verify_product import Way

__all__ = ["HotWater"]

T = TypeVar("T")

_FAR = 1000.0


class _Told(NamedTuple):
    """Something is told to the controller at `now`; it and its nodes then act on `world`."""

    world: World
    event: Event | None  # None: the hub is back
    now: float
    barred: bool = False


class _Reply(NamedTuple):
    """What the controller switches, and how far its time then is from the clock.

    `lag` is None where the hub is back: it counts as before then.
    """

    orders: tuple[SetRelay, ...]
    lag: int | None


class HotWater:
    """The model: a `Variant`'s house around a controller, which is a module like `hotwater`."""

    def __init__(self, variant: Variant, controller: Any = hotwater) -> None:
        self.variant = variant
        self.settings = variant.settings
        self.house = House(variant)
        self.numbers = Numbers(variant, controller)
        self.sights = self.numbers.sights
        self.worlds: list[World] = []
        self._world_numbers: dict[World, int] = {}
        self._free: dict[int, list[Way]] = {}  # what can happen in a world under any sight
        self._events: list[tuple[Event | None, float]] = []
        self._event_numbers: dict[tuple[Event | None, float], int] = {}
        self._replies: list[_Reply] = []
        self._reply_numbers: dict[_Reply, int] = {}
        self.names = [one.name for one in controller.start(variant.settings, 0.0).relays]

    def world(self, state: tuple[int, int]) -> World:
        """Give the world of a state."""
        return self.worlds[state[1]]

    def hub(self, state: tuple[int, int]) -> State:
        """Give the controller's state of a state."""
        return self.numbers.hubs[state[0]]

    # ---- what `gezhi.home.verify_product` asks

    def initial(self) -> Iterable[tuple[int, int]]:
        """Begin at rest, the pipe cold, no sensor heard yet, one request long served."""
        none = (0,) * len(self.names)
        world = World((False,) * len(self.names), none, none, self.house.pause)
        yield self.numbers.first(), self._number(world)

    def ways(self, sight: int, world: int) -> list[Way]:
        """Give all that can happen in a world with that sight; nothing after a breach."""
        here, seen = self.worlds[world], self.numbers.distinct[sight]
        if here.breach:
            return []
        free = self._free.get(world)
        if free is None:
            moves = itertools.chain(self._people(here), self._troubles(here))
            free = self._free[world] = [self._way(*one) for one in moves]
        return [*(self._way(*one) for one in self._moves(here, seen)), *free]

    def _way(self, words: str, after: World | _Told, quiet: bool) -> Way:  # noqa: FBT001
        if isinstance(after, World):
            return Way(words, quiet, -1, self._number(after))
        event = _numbered(self._events, self._event_numbers, (after.event, after.now))
        return Way(words, quiet, event, self._number(after.world), after.barred)

    def _number(self, world: World) -> int:
        return _numbered(self.worlds, self._world_numbers, world)

    def answer(self, mind: int, event: int) -> tuple[int, int]:
        """Ask the controller: its next state, and the number of its reply."""
        told, now = self._events[event]
        there, orders, lag = self.numbers.ask(mind, told, now)
        reply = _Reply(orders, None if told is None else lag)
        return there, _numbered(self._replies, self._reply_numbers, reply)

    def obeyed(self, sight: int, world: int, barred: bool, reply: int) -> int:  # noqa: FBT001
        """Give the world after the nodes have obeyed a reply."""
        seen, before = self.numbers.distinct[sight], self.worlds[world]
        orders, lag = self._replies[reply]
        # A barred message must start nothing by itself; a deadline that is due may.
        barred = barred and (lag is None or seen.wake > before.lag)
        if lag is not None:
            before = before._replace(lag=lag)
        return self._number(self._obey(before, seen, orders, barred=barred))

    # ---- all that can happen

    def _moves(self, world: World, sight: Sight) -> Iterator[tuple[str, World | _Told, bool]]:
        """Give what depends on more than the world."""
        due = list(self._due(world, sight))
        yield from due
        if not due:
            yield "a tick passes", self._advance(world, sight), True
            yield from self._improper(world)
            slips = self.house.slips(world)
            if slips is not None:
                yield "cold water follows hot past the probe", self.house.settled(slips), False
        if world.fault == "link-down" and sight.linked:
            yield "the hub notices", _Told(world, Link(False), world.lag), False

    def _due(self, world: World, sight: Sight) -> Iterator[tuple[str, _Told, bool]]:
        """Give what must happen before time goes on."""
        if world.fault == "hub-gone":
            return
        if sight.wake <= world.lag:
            yield "the controller's deadline comes", _Told(world, Tick(), world.lag), True
        if world.fault == "link-down":
            return
        if self.settings.reads_back:
            for name, read, contact in zip(self.names, sight.reads, world.contacts, strict=True):
                if read is not contact:
                    words = f"{name} reads {'on' if contact else 'off'}"
                    yield words, _Told(world, RelayRead(name, contact), world.lag), True
        heard = dict(sight.heard)
        for name, value, event in self._sensors(world):
            repeats = world.lag > 0 and not self.numbers.deaf(name, sight.phase)
            if repeats or heard.get(name, "") != value:
                shown = "nonsense" if value is None else f"{value:g}"
                yield f"{name} says {shown}", _Told(world, event, world.lag), True

    def _sensors(self, world: World) -> Iterator[tuple[str, float | None, Event]]:
        if self.settings.flow_sensor and world.fault != "flow-silent":
            flow = self.house.flow_says(world)
            yield "flow", flow, Flow(-1.0 if flow is None else flow)
        if world.fault == "probe-silent":
            return
        told = self.house.probe_says(world)
        celsius = -127.0 if told is None else told
        if self.settings.layout == "return-pipe":
            if self.settings.return_sensor == "switch":
                yield "return", 100.0 * (told == HOT), Returned(warm=told == HOT)
            else:
                yield "return", told, Returned(celsius)
            return
        for tap in self.settings.taps:
            if tap.probe:
                yield f"probe:{tap.name}", told, Probe(tap.name, celsius)

    def _advance(self, world: World, sight: Sight) -> World:
        """Let a tick pass; the controller had heard all there was to hear."""
        return self.house.settled(self._judge(self.house.tick(world), world, sight))

    def _judge(self, after: World, before: World, sight: Sight) -> World:
        """Name what the tick has broken."""
        limits, fault = self.settings, after.fault
        welded, heard = "weld" in fault, fault not in ("hub-gone", "link-down")
        on, closing = any(sight.on), sight.phase is Phase.CLOSING
        used = any(world_on and rest == 1 for world_on, rest in zip(
            before.contacts, before.left, strict=True))  # fmt: skip
        otherwise = any(a is not b for a, b in zip(sight.on, before.contacts, strict=True))
        apart = after.apart + 1 if heard and limits.reads_back and otherwise else 0
        apart = min(apart, int(limits.relay_seconds) + 1)
        misses = on and not closing and ("silent" in fault or "absurd" in fault)
        blind = after.blind + 1 if misses else 0
        most = {
            "probe-silent": limits.stale_seconds,
            "flow-silent": limits.opening_seconds + limits.no_flow_seconds,
        }
        resting = sight.phase in (Phase.IDLE, Phase.COOLDOWN, Phase.FAULT)
        bounds = {
            "cold": self.house.hot_in_cold(before),
            # Nothing can know of a shut way where the flow sensor itself has said flow.
            "dry": after.dry > limits.dry_limit_seconds and limits.flow_sensor
            and not welded and not before.feigned,
            "limit": max(after.on_for) > limits.purge_limit_seconds and not welded,
            "blind": blind > most.get(fault, 0.0),
            "apart": apart > limits.relay_seconds and sight.phase is not Phase.FAULT,
            "rest": resting and on and heard,
            "node": used and heard and not welded and not before.other
            and sight.phase is Phase.PURGING
            and (self.house.first_valve > 0 or limits.flow_sensor),
            "linger": heard and closing and before.lag - sight.since >= limits.closing_seconds,
        }  # fmt: skip
        breach = next((name for name, broken in bounds.items() if broken), "")
        return after._replace(breach=breach, apart=apart, blind=blind)

    # ---- people, and what breaks

    def _people(self, world: World) -> Iterator[tuple[str, World | _Told, bool]]:
        if self.variant.draws:
            words = "a tap is shut" if world.tap_open else "a tap is opened"
            opened = world._replace(tap_open=not world.tap_open)
            yield words, self.house.settled(opened), False
        if self.variant.shuts:
            words = "the way of the water is opened" if world.shut else "the way is shut"
            yield words, self.house.settled(world._replace(shut=not world.shut)), False
        if world.front and not self.house.speed(world):
            yield "the pipe cools down", world._replace(front=0), False
        if world.fault == "hub-gone":
            return
        for tap in self.settings.taps:
            for source in self.variant.people:
                event = Request(tap.name, source, id="new")
                barred = source != "button" and world.absent
                words = f"{source} asks for {tap.name}"
                yield words, _Told(world, event, world.lag, barred), False
        yield "somebody stops it", _Told(world, Stop(), world.lag), False
        if "schedule" in self.variant.people:
            gone = not world.absent
            words = "the house is left" if gone else "the house is lived in again"
            told = _Told(world._replace(absent=gone), Absence(gone), world.lag)
            yield words, told, False

    def _improper(self, world: World) -> Iterator[tuple[str, _Told, bool]]:
        """Try messages that must start nothing, wherever time may pass."""
        if world.fault == "hub-gone":
            return
        tap = self.settings.taps[0].name
        late = world.lag - self.settings.request_age_seconds - 1
        for words, event in (
            ("a retained request comes", Request(tap, id="old", retained=True)),
            ("a late request comes", Request(tap, id="late", issued_at=late)),
            ("a request from the future comes", Request(tap, id="early", issued_at=_FAR)),
            ("the last request comes again", Request(tap, id="last")),
        ):
            yield words, _Told(world, event, world.lag, barred=True), False

    def _troubles(self, world: World) -> Iterator[tuple[str, World | _Told, bool]]:
        if world.fault:
            yield self._mended(world)
            return
        for fault in self.variant.faults:
            if fault == "clock-jump":
                for words, by in (("far on", _FAR), ("back", -_FAR), ("a little on", 3.0)):
                    # Pauses, and a relay's time to answer, are counted on the clock that jumped.
                    dry = world.dry if self.house.pushes(world) else 0
                    rested = world._replace(off_for=self.house.pause, apart=0, dry=dry)
                    yield f"the clock jumps {words}", _Told(rested, Tick(), world.lag + by), False
                continue
            relay = 0 if fault.startswith("pump") else self.house.first_valve
            if "weld" in fault and not world.contacts[relay]:
                continue
            broken = world._replace(fault=fault, lag=0 if fault == "hub-gone" else world.lag)
            contacts = tuple(
                on and not self.house.dead(broken, i) for i, on in enumerate(world.contacts)
            )
            yield WORDS[fault], self.house.settled(broken._replace(contacts=contacts)), False

    def _mended(self, world: World) -> tuple[str, World | _Told, bool]:
        # A pause that a stuck relay took away is not the controller's.
        rested = self.house.pause if "weld" in world.fault else world.off_for
        mended = world._replace(fault="", blind=0, off_for=rested)
        words = f"this is over: {WORDS[world.fault]}"
        if world.fault == "link-down":
            return words, _Told(mended, Link(True), world.lag), False
        if world.fault == "hub-gone":
            return words, _Told(mended, None, 0.0, barred=True), False
        contacts = tuple(
            on and (rest > 0 or not self.house.welded(world, i))
            for i, (on, rest) in enumerate(zip(world.contacts, world.left, strict=True))
        )
        return words, self.house.settled(mended._replace(contacts=contacts)), False

    # ---- the nodes obey

    def _obey(
        self, world: World, sight: Sight, orders: tuple[SetRelay, ...], *, barred: bool
    ) -> World:
        for order in orders:
            relay = self.names.index(order.name)
            if order.on and not world.breach:
                world = world._replace(breach=self._wrong(world, sight, order, barred=barred))
            if sight.on[relay] is not order.on:
                world = world._replace(apart=0)
            if world.fault == "link-down":
                continue
            welded = self.house.welded(world, relay) and world.contacts[relay]
            begins = order.on and not any(world.contacts)
            contacts, left = list(world.contacts), list(world.left)
            contacts[relay] = not self.house.dead(world, relay) if order.on else welded
            left[relay] = math.ceil(order.limit_seconds) if order.on else 0
            world = world._replace(
                contacts=tuple(contacts),
                left=tuple(left),
                began_cold=world.front == 0 if begins else world.began_cold,
                lied=self._misled(world, sight) if begins else world.lied,
            )
        return self.house.settled(world)

    def _misled(self, world: World, sight: Sight) -> bool:
        """Say whether the last word of a probe was a lie that hid hot water."""
        probes = {f"probe:{tap.name}" for tap in self.settings.taps if tap.probe}
        return world.hidden and any(name in probes and value == COLD for name, value in sight.heard)

    def _wrong(self, world: World, sight: Sight, order: SetRelay, *, barred: bool) -> str:
        """Say what is wrong with a command to switch on."""
        relay = self.names.index(order.name)
        if not 0 < order.limit_seconds <= self.settings.purge_limit_seconds:
            return "limit"
        if sight.on[relay] or world.fault:
            return ""  # a renewal
        if barred:
            return "refused"
        if relay == 0 and world.off_for < self.house.pause:
            return "pause"
        pump_first = relay < self.house.first_valve and not any(sight.on)
        return "order" if pump_first and self.settings.layout == "cold-return" else ""


def _numbered(known: list[T], numbers: dict[T, int], one: T) -> int:
    """Give the number of one thing; a new one gets the next."""
    number = numbers.setdefault(one, len(known))
    if number == len(known):
        known.append(one)
    return number
