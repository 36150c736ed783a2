"""What the bridge asks of a controller, and the hot-water controller dressed so.

A controller is a pure `step(state, event, now)`. Around it the bridge needs words: which commands
there are, which sensor is which event, what Home Assistant is shown, what is kept. Any system that
offers these (hot water here, a stove beside it) runs on the same bridge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gezhi.errors import ParameterError
from gezhi.home import hotwater
from gezhi.home.bridge.adapters import Value
from gezhi.home.records import build, plain
from gezhi.home.types import (
    Absence,
    Cold,
    Effect,
    Event,
    Flow,
    Link,
    Notice,
    Phase,
    Probe,
    RelayRead,
    Request,
    Reset,
    Returned,
    SetRelay,
    Settings,
    State,
    Stop,
    Tick,
)

__all__ = ["Controller", "Entity", "HotWater"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that Home Assistant shows.

    Attributes:
        key: unique within the system; the entity's id is made from it and never changes.
        component: ``button``, ``switch``, ``sensor``, ``binary_sensor``, ``valve`` or ``number``.
        name: what people read.
        value: for what shows something, the key of the system's status.
        command: for what is pressed or switched, the command, and
        arguments: what goes with it; a switch adds ``on``.
        filled: for a number, the argument that what people enter becomes.
        options: further keys of the discovery message, such as a unit.
        node: the device on whose being there this entity depends as well, if any.
    """

    key: str
    component: str
    name: str
    value: str = ""
    command: str = ""
    arguments: Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None
    node: str = ""
    filled: str = ""


class Controller(Protocol):
    """A pure controller with the words that the bridge needs around it.

    ``subject`` is the argument that the last level of a plain command's topic stands for.
    """

    name: str
    title: str
    subject: str

    def start(self, now: float) -> Any:
        """The first state."""

    def resume(self, kept: Mapping[str, Any], now: float) -> tuple[Any, Sequence[Any]]:
        """The state that was kept, or a fresh one where the settings have changed since."""

    def step(self, state: Any, event: Any, now: float) -> tuple[Any, Sequence[Any]]:
        """The next state and what is to be done."""

    def keep(self, state: Any) -> Mapping[str, Any]:
        """The state as JSON."""

    def durable(self, state: Any) -> object:
        """What of the state may not be lost; the state is written when this changes."""

    def tick(self) -> Any:
        """The event that says only that time has passed."""

    def link(self, *, up: bool) -> Any:
        """The event that says whether the devices can be reached."""

    def refuge(self) -> Any:
        """The event that makes things safe when nothing can be written any more, or None."""

    def harmless(self, event: Any) -> bool:
        """Whether an event only makes things safer, and is obeyed although it cannot be written."""

    def allowed_unwritten(self, effect: SetRelay) -> bool:
        """Whether a relay may be switched so although the step could not be written."""

    def told_off(self, state: Any) -> Sequence[str]:
        """The relays told "off" when their device is found again, since it may have missed it."""

    def event(self, name: str, arguments: Mapping[str, Any], sent: tuple[str, str, float]) -> Any:
        """The event of a command; ``sent`` is id, source and the instant on the house's clock.

        Raises:
            ParameterError: there is no such command, or an argument is wrong.
        """

    def reading(self, channel: str, value: Value) -> Any:
        """The event of a sensor's or a relay's report; None when it means nothing here."""

    def refused(self, event: Any, state: Any, effects: Sequence[Any]) -> str:
        """Why the step did not do what the event asked for; empty when it did or will."""

    def essential(self) -> Sequence[str]:
        """The relays without whose devices nothing of the system works."""

    def relays(self, state: Any) -> Mapping[str, bool]:
        """Every relay's name and whether it is commanded on."""

    def status(self, state: Any, now: float) -> Mapping[str, Any]:
        """What people are shown: by key, plain values."""

    def entities(self) -> Sequence[Entity]:
        """What Home Assistant is shown."""


class HotWater:
    """The hot-water controller with its words.

        Args:
            settings: the house.

        >>> from gezhi.home.types import Tap
    >>> system = HotWater(Settings("return-pipe", (Tap("kitchen"),), return_sensor="switch"))
    >>> system.event("request", {"tap": "kitchen"}, ("a1", "button", 5.0)).tap
    'kitchen'
    >>> system.reading("flow", 5.5)
    Flow(litres_per_minute=5.5)
    """

    name = "hotwater"
    title = "Hot water"
    subject = "tap"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._taps = {tap.name: tap for tap in settings.taps}
        valves = [tap.valve for tap in settings.taps if tap.valve]
        self._relays = (*((settings.pump,) if settings.pump else ()), *valves)

    def start(self, now: float) -> State:
        """The first state."""
        return hotwater.start(self.settings, now)

    def resume(self, kept: Mapping[str, Any], now: float) -> tuple[State, Sequence[Effect]]:
        """The state that was kept; after a change of settings only absence is carried over."""
        fresh = self.start(now)
        try:
            state = build(State, kept)
        except (ValueError, TypeError):
            return fresh, ()
        if state.settings != self.settings:
            return replace(fresh, absent=state.absent), ()
        return hotwater.resume(state, now)

    def step(self, state: State, event: Event, now: float) -> tuple[State, Sequence[Effect]]:
        """The next state and what is to be done."""
        return hotwater.step(state, event, now)

    def keep(self, state: State) -> Mapping[str, Any]:
        """The state as JSON."""
        kept: Mapping[str, Any] = plain(state)
        return kept

    def durable(self, state: State) -> object:
        """All but the clock and the latest readings, which come anew by themselves."""
        relays = tuple((one.name, one.on) for one in state.relays)
        return replace(
            state, now=0.0, readings=(), relays=(), flowing_at=0.0, lowest=None, litres=0.0,
            passed=(),
        ), relays  # fmt: skip

    def tick(self) -> Tick:
        """Time has passed."""
        return Tick()

    def link(self, *, up: bool) -> Link:
        """Whether the devices can be reached."""
        return Link(up)

    def refuge(self) -> Stop:
        """Everything off."""
        return Stop("store")

    def harmless(self, event: Event) -> bool:
        """A stop always is."""
        return isinstance(event, Stop)

    def allowed_unwritten(self, effect: SetRelay) -> bool:
        """Off is always allowed."""
        return not effect.on

    def told_off(self, state: State) -> Sequence[str]:
        """All that are not commanded on."""
        return [one.name for one in state.relays if not one.on]

    def event(self, name: str, arguments: Mapping[str, Any], sent: tuple[str, str, float]) -> Event:
        """The event of a command: ``request`` with a tap, ``stop``, ``reset``, ``absence`` with on.

        Raises:
            ParameterError: there is no such command, or an argument is wrong.
        """
        command_id, source, at = sent
        if name == "request":
            tap = arguments.get("tap")
            if not isinstance(tap, str) or tap not in self._taps:
                raise ParameterError(f"there is no tap {tap!r}; known: {', '.join(self._taps)}")
            return Request(tap, source, command_id, at)
        if name == "stop":
            return Stop(source)
        if name == "reset":
            return Reset(source)
        if name == "absence":
            on = arguments.get("on")
            if not isinstance(on, bool):
                raise ParameterError(f"'on' is {on!r}; true or false would be right")
            return Absence(on)
        raise ParameterError(f"there is no command {name!r}; known: request, stop, reset, absence")

    def reading(self, channel: str, value: Value) -> Event | None:
        """The event of a report; what cannot be a reading is handed on as not-a-number."""
        if channel in self._relays:
            return RelayRead(channel, value) if isinstance(value, bool) else None
        if channel == "return" and (
            isinstance(value, bool) or self.settings.return_sensor == "switch"
        ):
            return Returned(warm=value) if isinstance(value, bool) else None
        celsius = value if isinstance(value, float) else math.nan
        if channel == "flow":
            return Flow(celsius)
        if channel == "cold":
            return Cold(celsius)
        if channel == "return":
            return Returned(celsius=celsius)
        kind, _, tap = channel.partition(":")
        return Probe(tap, celsius) if kind == "probe" and tap in self._taps else None

    def refused(self, event: Event, state: State, effects: Sequence[Effect]) -> str:
        """The code of the notice that says why a request was not taken up."""
        if not isinstance(event, Request):
            return ""
        codes = [one.code for one in effects if isinstance(one, Notice)]
        serving = state.tap == event.tap and state.phase in (Phase.OPENING, Phase.PURGING)
        if serving or event.tap in state.pending or {"already-running", "already-warm"} & {*codes}:
            return ""
        return codes[-1] if codes else "refused"

    def essential(self) -> Sequence[str]:
        """The pump; taps with a device of their own fail each for itself."""
        return (self.settings.pump,) if self.settings.pump else ()

    def relays(self, state: State) -> Mapping[str, bool]:
        """Pump and valves, and whether they are commanded on."""
        return {one.name: one.on for one in state.relays}

    def status(self, state: State, now: float) -> Mapping[str, Any]:
        """Phase, tap, relays, readings and whether there is a fault."""
        return {
            "phase": str(state.phase),
            "tap": state.tap,
            "source": state.source,
            "seconds": round(now - state.since, 1),
            "absent": state.absent,
            "linked": state.linked,
            "fault": state.phase == Phase.FAULT,
            "relays": {one.name: one.on for one in state.relays},
            "readings": {one.name: one.value for one in state.readings},
        }

    def entities(self) -> Sequence[Entity]:
        """A button a tap, stop and reset, absence, the phase, a fault, relays and readings."""
        found = [
            Entity(f"request_{tap}", "button", f"Hot water at {tap}", command="request",
                   arguments={"tap": tap}, options={"icon": "mdi:water-thermometer"})
            for tap in self._taps
        ]  # fmt: skip
        found += [
            Entity("stop", "button", "Stop", command="stop", options={"icon": "mdi:stop"}),
            Entity("reset", "button", "Reset fault", command="reset",
                   options={"entity_category": "config"}),
            Entity("absence", "switch", "Absence", value="absent", command="absence"),
            Entity("phase", "sensor", "Phase", value="phase", options={
                "device_class": "enum", "options": [str(phase) for phase in Phase]}),
            Entity("tap", "sensor", "Tap served", value="tap"),
            Entity("fault", "binary_sensor", "Fault", value="fault",
                   options={"device_class": "problem"}),
            Entity("notice", "sensor", "Last notice", value="notice"),
        ]  # fmt: skip
        found += [
            Entity(f"relay_{name}", "binary_sensor", f"Relay {name}", value=f"relays.{name}",
                   options={"device_class": "running"})
            for name in self._relays
        ]  # fmt: skip
        return found
