"""The hot-water controller in a world that can go wrong, for `gezhi.home.verify`.

The controller is the real one, with its own `step`. Around it stands an abstract house: a front of
hot water that moves through the pipe while water flows, relays with their nodes' own limits, taps,
sensors, a link, a hub that may be gone, a clock that may jump. At any moment at most one thing is
broken, in any order and as often as one likes.

**Time** is whole ticks. The settings used here are small whole numbers in the order of the real
ones (no flow < dry limit < purge limit and so on), so every deadline falls on a tick, and the
controller compares with ≥ only: what could happen between two ticks happens also on one (see
`gezhi.home.verify`). Instants are kept relative to now, and an age beyond every limit is kept as
that limit: no rule tells them apart. Before time goes on, every sensor that works has spoken and
the controller's deadline is kept; in which order, and what people do between, is free.

**Water** is counted in ticks of flow: hot water reaches the probe after `PROBE`, and the valve, and
through it the cold line, `margin` ticks later. What the real margin must be is
`gezhi.home.config`'s to check.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gezhi.home import hotwater
from gezhi.home.types import (
    Absence,
    Event,
    Flow,
    Link,
    Passed,
    Phase,
    Probe,
    Relay,
    RelayRead,
    Request,
    Returned,
    SetRelay,
    Settings,
    State,
    Stop,
    Tick,
)
from gezhi.home.verify import Move

__all__ = ["FLOW", "PROBE", "TICK_LITRES", "HotWater", "Variant", "World"]

#: Ticks of flow until hot water reaches the probe.
PROBE = 2
#: Litres per minute, and in one tick of a second: an eighth, exact in binary.
FLOW = 7.5
TICK_LITRES = 0.125
_COLD, _HOT = 20.0, 60.0
_FAR = 1000.0
#: Ticks until what passed the probe has cooled below the limit, for the time constant used.
_COOL = 3
_RUNS = (Phase.OPENING, Phase.PURGING, Phase.CLOSING)


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
    """The number of the controller's state in `HotWater.hubs`, and all around it, in ticks.

    `lag` is how long the controller has not been called; `contacts` how each relay really stands,
    `left` what its node's limit leaves, `on_for` how long it has been on; `dry` how long the pump
    has pushed against a closed way, `off_for` how long it has rested; `front` how far hot water has
    come; `blind` how long something has run without a sensor it needs; `apart` how long a relay has
    stood otherwise than commanded while the controller could see it. `breach` names a broken
    property. `began_cold`, `lied`, `feigned` and `other` tell of this purge whether the pipe was
    cold, the probe has lied, the flow sensor has lied of flow, and anything else was broken.
    """

    hub: int
    contacts: tuple[bool, ...]
    left: tuple[int, ...]
    on_for: tuple[int, ...]
    off_for: int
    lag: int = 0
    fault: str = ""
    tap_open: bool = False
    shut: bool = False
    front: int = 0
    dry: int = 0
    blind: int = 0
    apart: int = 0
    absent: bool = False
    began_cold: bool = True
    lied: bool = False
    feigned: bool = False
    other: bool = False
    breach: str = ""


class HotWater:
    """The model: a `Variant`'s house around a controller, which is a module like `hotwater`."""

    def __init__(self, variant: Variant, controller: Any = hotwater) -> None:
        self.variant = variant
        self.settings = variant.settings
        self.controller = controller
        self.hubs: list[State] = []
        self._numbers: dict[State, int] = {}
        self._wakes: list[float] = []
        self._steps: dict[tuple[int, Event, float], tuple[int, tuple[SetRelay, ...], int]] = {}
        self.names = [one.name for one in controller.start(variant.settings, 0.0).relays]
        self._first = 1 if self.settings.pump else 0
        self._pause = int(self.settings.min_off_seconds)
        self._ages = max(self.settings.stale_seconds, self.settings.no_flow_seconds)
        # One more than is allowed: all beyond is as bad.
        self._most_dry = int(self.settings.dry_limit_seconds) + 1
        self._most_on = int(self.settings.purge_limit_seconds) + 1
        rests = [self.settings.automatic_off_seconds] if "schedule" in variant.people else []
        rests += [self.settings.exercise_interval_seconds] if variant.exercises else []
        self._longest_rest = max(rests, default=0.0)

    def initial(self) -> Iterable[World]:
        """Begin at rest, the pipe cold, no sensor heard yet, one request long served."""
        none = (0,) * len(self.names)
        begun = self.controller.start(self.settings, 0.0)
        hub = self._number(replace(begun, seen=("last",)))
        yield World(hub, (False,) * len(self.names), none, none, self._pause)

    def moves(self, world: World) -> Iterator[Move[World]]:
        """Give all that can happen; nothing after a breach."""
        if world.breach:
            return
        due = list(self._due(world))
        yield from due
        if not due:
            yield Move("a tick passes", self._advance(world))
            yield from self._improper(world)
        yield from self._people(world)
        yield from self._mends(world) if world.fault else self._troubles(world)

    # ---- what must happen before time goes on

    def _due(self, world: World) -> Iterator[Move[World]]:
        if world.fault == "hub-gone":
            return
        if self._wakes[world.hub] <= world.lag:
            yield Move("the controller's deadline comes", self._tell(world, Tick()))
        if world.fault == "link-down":
            return
        hub = self.hubs[world.hub]
        if self.settings.reads_back:
            for relay, contact in zip(hub.relays, world.contacts, strict=True):
                if relay.read is not contact:
                    words = f"{relay.name} reads {'on' if contact else 'off'}"
                    yield Move(words, self._tell(world, RelayRead(relay.name, contact)))
        for name, value, event in self._sensors(world):
            old = hub.reading(name)
            if old is None or old.value != value or world.lag > 0 or old.at < 0:
                shown = "nonsense" if value is None else f"{value:g}"
                yield Move(f"{name} says {shown}", self._tell(world, event))

    def _sensors(self, world: World) -> Iterator[tuple[str, float | None, Event]]:
        if self.settings.flow_sensor and world.fault != "flow-silent":
            flow = FLOW if self._moves_water(world) else 0.0
            lies = {"flow-zero": 0.0, "flow-high": FLOW, "flow-absurd": None}
            told = lies.get(world.fault, flow)
            yield "flow", told, Flow(-1.0 if told is None else told)
        if world.fault == "probe-silent":
            return
        told = {"probe-low": _COLD, "probe-high": _HOT, "probe-absurd": None}.get(
            world.fault, _HOT if world.front >= PROBE else _COLD
        )
        celsius = -127.0 if told is None else told
        if self.settings.layout == "return-pipe":
            if self.settings.return_sensor == "switch":
                yield "return", 100.0 * (told == _HOT), Returned(warm=told == _HOT)
            else:
                yield "return", told, Returned(celsius)
            return
        for tap in self.settings.taps:
            if tap.probe:
                yield f"probe:{tap.name}", told, Probe(tap.name, celsius)

    # ---- the house

    def _through(self, world: World) -> bool:
        """Say whether water can pass the open way of the layout, taps apart."""
        if world.shut:
            return False
        if self.settings.layout == "return-pipe":
            return True
        shut = (tap.self_closing and world.front >= PROBE for tap in self.settings.taps)
        valves = world.contacts[self._first :]
        return any(on and not closed for on, closed in zip(valves, shut, strict=True))

    def _moves_water(self, world: World) -> bool:
        pushed = not self._first or world.contacts[0]
        return (pushed and self._through(world)) or world.tap_open

    def _advance(self, world: World) -> World:
        """Let a tick pass; the controller had heard all there was to hear."""
        moving, gone = self._moves_water(world), world.fault == "hub-gone"
        pushed = bool(self._first) and world.contacts[0]
        left = tuple(max(one - 1, 0) for one in world.left)
        contacts = tuple(
            on and (rest > 0 or self._welded(world, i))
            for i, (on, rest) in enumerate(zip(world.contacts, left, strict=True))
        )
        warmer = moving and world.fault != "heater-dead"
        after = world._replace(
            # A hub that comes back takes no time to have passed.
            lag=0 if gone else min(world.lag + 1, self._most_on),
            front=min(world.front + warmer, PROBE + self.variant.margin),
            contacts=contacts,
            left=left,
            dry=min(world.dry + 1, self._most_dry) if pushed and not moving else 0,
            on_for=tuple(
                min(n + on, self._most_on)
                for n, on in zip(world.on_for, world.contacts, strict=True)
            ),
            off_for=0 if contacts[0] else min(world.off_for + 1, self._pause),
        )
        return self._settled(self._judge(after, world))

    def _judge(self, after: World, before: World) -> World:
        """Name what the tick has broken."""
        limits, fault = self.settings, after.fault
        hub, welded = self.hubs[before.hub], "weld" in fault
        heard = fault not in ("hub-gone", "link-down")
        on = any(one.on for one in hub.relays)
        used = any(world_on and rest == 1 for world_on, rest in zip(
            before.contacts, before.left, strict=True))  # fmt: skip
        otherwise = (one.on is not c for one, c in zip(hub.relays, before.contacts, strict=True))
        apart = after.apart + 1 if heard and limits.reads_back and any(otherwise) else 0
        apart = min(apart, int(limits.relay_seconds) + 1)
        misses = on and hub.phase is not Phase.CLOSING and ("silent" in fault or "absurd" in fault)
        blind = after.blind + 1 if misses else 0
        most = {
            "probe-silent": limits.stale_seconds,
            "flow-silent": limits.opening_seconds + limits.no_flow_seconds,
        }
        excused = before.lied and (before.other or not before.began_cold)
        passes = self._through(before) and self._first and before.contacts[0]
        resting = hub.phase in (Phase.IDLE, Phase.COOLDOWN, Phase.FAULT)
        bounds = {
            "cold": passes and before.front >= PROBE + self.variant.margin
            and not excused and not welded and limits.layout == "cold-return",
            # Nothing can know of a shut way where the flow sensor itself has said flow.
            "dry": after.dry > limits.dry_limit_seconds and limits.flow_sensor
            and not welded and not before.feigned,
            "limit": max(after.on_for) > limits.purge_limit_seconds and not welded,
            "blind": blind > most.get(fault, 0.0),
            "apart": apart > limits.relay_seconds and hub.phase is not Phase.FAULT,
            "rest": resting and on and heard,
            "node": used and heard and not welded and not before.other
            and hub.phase is Phase.PURGING and (self._first or limits.flow_sensor),
            "linger": heard and hub.phase is Phase.CLOSING
            and before.lag - hub.since >= limits.closing_seconds,
        }  # fmt: skip
        breach = next((name for name, broken in bounds.items() if broken), "")
        return after._replace(breach=breach, apart=apart, blind=blind)

    def _welded(self, world: World, relay: int) -> bool:
        return world.fault == ("pump-welds" if relay < self._first else "valve-welds")

    def _dead(self, world: World, relay: int) -> bool:
        return world.fault == ("pump-dead" if relay < self._first else "valve-dead")

    def _settled(self, world: World) -> World:
        """Let the valve's own node act on its own probe, and forget what no longer counts."""
        contacts = world.contacts
        sees = world.front >= PROBE or world.fault in ("probe-high", "probe-absurd")
        if self.variant.node_shuts and sees and world.fault != "probe-low":
            contacts = tuple(
                on and (i < self._first or self._welded(world, i)) for i, on in enumerate(contacts)
            )
        on = any(contacts)
        guarded = on and self.settings.layout == "cold-return"
        return world._replace(
            contacts=contacts,
            left=tuple(n * on for n, on in zip(world.left, contacts, strict=True)),
            on_for=tuple(n * on for n, on in zip(world.on_for, contacts, strict=True)),
            lied=guarded and (world.lied or world.fault == "probe-low"),
            feigned=on and (world.feigned or world.fault == "flow-high"),
            other=on and (world.other or world.fault not in ("", "probe-low", "heater-dead")),
            began_cold=world.began_cold or not guarded,
        )

    # ---- people, and what breaks

    def _people(self, world: World) -> Iterator[Move[World]]:
        if self.variant.draws:
            words = "a tap is shut" if world.tap_open else "a tap is opened"
            # Where a tap is opened, water moves, be it for an instant.
            other = world._replace(tap_open=not world.tap_open, dry=0)
            yield Move(words, other, quiet=False)
        if self.variant.shuts:
            words = "the way of the water is opened" if world.shut else "the way is shut"
            yield Move(words, world._replace(shut=not world.shut, dry=0), quiet=False)
        if world.front and not self._moves_water(world):
            yield Move("the pipe cools down", world._replace(front=0), quiet=False)
        if world.fault == "hub-gone":
            return
        for tap in self.settings.taps:
            for source in self.variant.people:
                event = Request(tap.name, source, id="new")
                barred = source != "button" and world.absent
                told = self._tell(world, event, barred=barred)
                yield Move(f"{source} asks for {tap.name}", told, quiet=False)
        yield Move("somebody stops it", self._tell(world, Stop()), quiet=False)
        if "schedule" in self.variant.people:
            gone = not world.absent
            told = self._tell(world._replace(absent=gone), Absence(gone))
            words = "the house is left" if gone else "the house is lived in again"
            yield Move(words, told, quiet=False)

    def _improper(self, world: World) -> Iterator[Move[World]]:
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
            yield Move(words, self._tell(world, event, barred=True), quiet=False)

    def _troubles(self, world: World) -> Iterator[Move[World]]:
        for fault in self.variant.faults:
            if fault == "clock-jump":
                for words, by in (("far on", _FAR), ("back", -_FAR), ("a little on", 3.0)):
                    # A pause is counted on the clock that jumped.
                    told = self._tell(world._replace(off_for=self._pause), Tick(), by=by)
                    yield Move(f"the clock jumps {words}", told, quiet=False)
                continue
            relay = 0 if fault.startswith("pump") else self._first
            if "weld" in fault and not world.contacts[relay]:
                continue
            broken = world._replace(fault=fault, lag=0 if fault == "hub-gone" else world.lag)
            contacts = tuple(
                on and not self._dead(broken, i) for i, on in enumerate(world.contacts)
            )
            yield Move(_WORDS[fault], self._settled(broken._replace(contacts=contacts)), False)

    def _mends(self, world: World) -> Iterator[Move[World]]:
        # A pause that a stuck relay took away is not the controller's.
        rested = self._pause if "weld" in world.fault else world.off_for
        mended = world._replace(fault="", blind=0, off_for=rested)
        words = f"this is over: {_WORDS[world.fault]}"
        if world.fault == "link-down":
            if self.hubs[world.hub].linked:
                yield Move("the hub notices", self._tell(world, Link(False)), quiet=False)
            yield Move(words, self._tell(mended, Link(True)), quiet=False)
        elif world.fault == "hub-gone":
            hub, effects = self.controller.resume(self.hubs[world.hub], 0.0)
            relays = tuple(one for one in effects if isinstance(one, SetRelay))
            back = self._obey(mended, relays, barred=True)
            yield Move(words, back._replace(hub=self._number(hub)), quiet=False)
        else:
            contacts = tuple(
                on and (rest > 0 or not self._welded(world, i))
                for i, (on, rest) in enumerate(zip(world.contacts, world.left, strict=True))
            )
            yield Move(words, self._settled(mended._replace(contacts=contacts)), quiet=False)

    # ---- the controller is told something, and the nodes obey it

    def _tell(self, world: World, event: Event, *, barred: bool = False, by: float = 0.0) -> World:
        """Give an event to the controller; a `barred` one must start nothing by itself."""
        now = world.lag + by
        known = self._steps.get((world.hub, event, now))
        if known is None:
            hub, effects = self.controller.step(self.hubs[world.hub], event, now)
            relays = tuple(one for one in effects if isinstance(one, SetRelay))
            # A controller that keeps its own time is that far from the clock from now on.
            known = self._number(hub), relays, int(now - hub.now)
            self._steps[world.hub, event, now] = known
        barred = barred and self._wakes[world.hub] > world.lag
        told = self._obey(world._replace(lag=known[2]), known[1], barred=barred)
        return told._replace(hub=known[0])

    def _obey(self, world: World, effects: tuple[SetRelay, ...], *, barred: bool) -> World:
        for effect in effects:
            relay = self.names.index(effect.name)
            if effect.on and not world.breach:
                world = world._replace(breach=self._wrong(world, effect, barred=barred))
            if self.hubs[world.hub].relays[relay].on is not effect.on:
                world = world._replace(apart=0)
            if world.fault == "link-down":
                continue
            welded = self._welded(world, relay) and world.contacts[relay]
            begins = effect.on and not any(world.contacts)
            contacts, left = list(world.contacts), list(world.left)
            contacts[relay] = not self._dead(world, relay) if effect.on else welded
            left[relay] = math.ceil(effect.limit_seconds) if effect.on else 0
            world = world._replace(
                contacts=tuple(contacts),
                left=tuple(left),
                began_cold=world.front == 0 if begins else world.began_cold,
            )
        return self._settled(world)

    def _wrong(self, world: World, effect: SetRelay, *, barred: bool) -> str:
        """Say what is wrong with a command to switch on."""
        relay = self.names.index(effect.name)
        if not 0 < effect.limit_seconds <= self.settings.purge_limit_seconds:
            return "limit"
        before = self.hubs[world.hub].relays
        if before[relay].on or world.fault:
            return ""  # a renewal
        if barred:
            return "refused"
        if relay == 0 and world.off_for < self._pause:
            return "pause"
        pump_first = relay < self._first and not any(one.on for one in before)
        return "order" if pump_first and self.settings.layout == "cold-return" else ""

    # ---- one state for all that no rule tells apart

    def _number(self, hub: State) -> int:
        hub = self._tidy(hub)
        number = self._numbers.setdefault(hub, len(self.hubs))
        if number == len(self.hubs):
            self.hubs.append(hub)
            wake = self.controller.next_wake(hub)
            far = wake is None or (hub.phase is Phase.IDLE and not self.variant.exercises)
            self._wakes.append(math.inf if wake is None or far else wake)
        return number

    def _tidy(self, hub: State) -> State:
        """Put `now` at 0, and make one of all ages that no rule tells apart any more."""
        hub, limits = self.controller.shifted(hub, -hub.now), self.settings
        runs = hub.phase in _RUNS
        long = limits.purge_limit_seconds + 1
        # Litres count from the later of a reading and the opening; else only staleness counts.
        ages = max(self._ages, 1 - hub.opened_at) if runs else self._ages
        shared = limits.layout == "return-pipe"
        return replace(
            hub,
            since=0.0 if hub.phase is Phase.IDLE else max(hub.since, -long),
            opened_at=hub.opened_at if runs else 0.0,
            flowing_at=hub.flowing_at if runs else 0.0,
            flowed=runs and hub.flowed,
            relays=tuple(self._tidy_relay(one, hub.phase) for one in hub.relays),
            last_runs=tuple(  # what runs is noted at its end
                0.0 if runs and (shared or tap.name == hub.tap)
                else max(last, -self._longest_rest)
                for tap, last in zip(limits.taps, hub.last_runs, strict=True)
            ),
            readings=tuple(
                replace(
                    one,
                    at=max(one.at, -ages),
                    changed_at=self._changed(one.changed_at, hub) if runs else -_FAR,
                )
                for one in hub.readings
            ),
            seen=("last",) if hub.seen else (),
            passed=tuple(self._tidy_passed(one) for one in hub.passed),
        )  # fmt: skip

    def _tidy_passed(self, one: Passed) -> Passed:
        if one.celsius < self.settings.cold_stop_celsius or one.at <= -_COOL:
            return replace(one, celsius=self.settings.room_celsius, at=0.0)
        return replace(one, celsius=_HOT)

    def _changed(self, at: float, hub: State) -> float:
        if at <= hub.opened_at:
            return -_FAR
        return at if self.settings.frozen_seconds < self.settings.purge_limit_seconds else 0.0

    def _tidy_relay(self, relay: Relay, phase: Phase) -> Relay:
        grace = self.settings.dry_limit_seconds if phase is Phase.FAULT else 0.0
        age = max(self.settings.relay_seconds, grace)
        return replace(
            relay,
            commanded_at=max(relay.commanded_at, -age),
            limit_at=relay.limit_at if relay.on else 0.0,
        )


_WORDS = {
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
