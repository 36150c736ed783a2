"""A stove's node that is not there: the rule of the real one, a flash, and topics to speak on.

It speaks as the nodes that `gezhi home firmware` writes, and runs `gezhi.home.stove_node.step`,
which those files mirror. What it keeps over a power cut is what `kept` gives. Tests kill it at any
moment, and the simulation of an evening has its valves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gezhi.home import stove_node
from gezhi.home.bridge.adapters import PRESETS, Channel, TopicAdapter, number
from gezhi.home.bridge.messages import Arrival, Outgoing
from gezhi.home.records import build, plain
from gezhi.home.types import SetRelay, Tick
from gezhi.home.types.stove import (
    Button,
    Flame,
    LockNode,
    NodeEvent,
    NodeKept,
    NodeSays,
    NodeSettings,
    NodeState,
    PlanNode,
)

__all__ = ["FakeStoveNode"]


@dataclass(slots=True)
class FakeStoveNode:
    """One simulated node with a relay for each of its burners.

    Attributes:
        node: its name.
        settings: its burners.
        flash: what it had kept, by burner, as `kept` gives it; empty at its first start.
        now: the instant at which it gets power, and then the latest that it has seen.
        reset: why it started.
        write: writes its flash; called before the relay is switched, and by whoever keeps time.
        off_at: the relays that are energised, each with the instant at which it rests by itself.

    >>> stove = FakeStoveNode("stove", (NodeSettings("left", "left-relay"),))
    >>> _ = stove.receive(Arrival("stove/timer/left/plan", b"600.0 1"), 0.0)
    >>> stove.advance(600.0)[0].payload, stove.off_at
    ('ON', {'left-relay': 610.0})
    """

    node: str
    settings: Sequence[NodeSettings]
    flash: Mapping[str, Any] = field(default_factory=dict)
    now: float = 0.0
    reset: str = "power"
    write: Callable[[Mapping[str, Any]], None] = lambda kept: None
    off_at: dict[str, float] = field(default_factory=dict)
    states: dict[str, NodeState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.settings:
            try:
                kept = build(NodeKept, self.flash.get(one.burner, {}))
            except ValueError:
                kept = NodeKept()  # a flash that cannot be read is as good as an empty one
            self.states[one.burner] = stove_node.restart(one, kept, self.now)

    def kept(self) -> dict[str, Any]:
        """What its flash holds, as JSON."""
        return {name: plain(stove_node.keep(state)) for name, state in self.states.items()}

    def subscriptions(self) -> tuple[str, ...]:
        """The topics on which it is told something."""
        return tuple(
            topic
            for one in self.settings
            for topic in (
                f"{self.node}/relay/{one.burner}/set",
                f"{self.node}/timer/{one.burner}/plan",
                f"{self.node}/timer/{one.burner}/lock",
            )
        )

    def receive(self, arrival: Arrival, now: float) -> list[Outgoing]:
        """Obey a message; one that the broker had kept, or that means nothing, is passed over."""
        out = self.advance(now)
        parts = arrival.topic.split("/")
        if len(parts) != 4 or parts[0] != self.node or parts[2] not in self.states:
            return out
        event = None if arrival.retained else self._event(parts[1], parts[3], parts[2], arrival)
        return out if event is None else [*out, *self.take(parts[2], event, now)]

    def _event(self, kind: str, verb: str, burner: str, arrival: Arrival) -> NodeEvent | None:
        """What a message means; None where it means nothing."""
        word, *more = arrival.text.split(" ")
        if (kind, verb) == ("relay", "set"):
            relay = self.states[burner].settings.relay
            return SetRelay(relay, on=True) if word == "ON" else None
        counts = [int(one) for one in more if one.isdecimal()]
        if len(counts) != len(more):
            return None
        if (kind, verb, len(counts)) == ("timer", "lock", 2) and word in ("ON", "OFF"):
            return LockNode(burner, word == "ON", *counts)
        if (kind, verb, len(counts)) == ("timer", "plan", 1):
            seconds = number(word)
            if word == "NONE" or (seconds is not None and seconds >= 0):
                return PlanNode(burner, seconds, counts[0])
        return None

    def press(self, now: float) -> list[Outgoing]:
        """A hand presses the button at the stove."""
        return [one for name in self.states for one in self.take(name, Button(), now)]

    def feel(self, burner: str, millivolts: float, now: float) -> list[Outgoing]:
        """A thermocouple's voltage is measured, and published."""
        said = Outgoing(f"{self.node}/sensor/flame_{burner}/state", f"{millivolts:.2f}", qos=0)
        return [said, *self.take(burner, Flame(burner, millivolts), now)]

    def advance(self, now: float) -> list[Outgoing]:
        """Let time pass."""
        return [one for name in self.states for one in self.take(name, Tick(), now)]

    def take(self, burner: str, event: NodeEvent, now: float) -> list[Outgoing]:
        """Take one event of one burner; what is published."""
        self.now = now
        before = self.states[burner]
        state, effects = stove_node.step(before, event, now)
        self.states[burner] = state
        if _lasting(state) != _lasting(before):
            self.write(self.kept())
        out: list[Outgoing] = []
        for effect in effects:
            if isinstance(effect, SetRelay):
                if effect.on:
                    self.off_at[effect.name] = now + effect.limit_seconds
                else:
                    self.off_at.pop(effect.name, None)
                out.append(self._stand(state))
            elif isinstance(effect, NodeSays):
                out.append(self._says(state))
        return out

    def report(self) -> list[Outgoing]:
        """Everything it shows, as after a start and at every interval."""
        return [
            one for state in self.states.values() for one in (self._stand(state), self._says(state))
        ]

    def status(self, *, here: bool) -> Outgoing:
        """Its birth or its last will."""
        return Outgoing(f"{self.node}/status", "online" if here else "offline", retain=True)

    def adapter(self) -> TopicAdapter:
        """How the bridge speaks to it."""
        channels: list[Channel] = []
        for one in self.settings:
            channels += [
                Channel(one.relay, one.burner, "relay", limit_seconds=one.pulse_seconds),
                Channel(f"timer:{one.burner}", one.burner, "timer"),
            ]
            if one.flame_sensor:
                name = f"flame:{one.burner}"
                channels.append(Channel(name, f"flame_{one.burner}", "millivolts"))
        return TopicAdapter(self.node, tuple(channels), PRESETS["esphome"])

    def _stand(self, state: NodeState) -> Outgoing:
        stands = "ON" if state.energised else "OFF"
        return Outgoing(f"{self.node}/switch/{state.settings.burner}/state", stands, retain=True)

    def _says(self, state: NodeState) -> Outgoing:
        said = asdict(stove_node.report(state))
        burner = said.pop("burner")
        remaining = said["remaining_seconds"]
        said["remaining_seconds"] = None if remaining is None else round(remaining, 1)
        payload = json.dumps({**said, "reset": self.reset})
        return Outgoing(f"{self.node}/timer/{burner}/state", payload, retain=True)


def _lasting(state: NodeState) -> NodeKept:
    """What is written at every change; the countdown is written now and then."""
    return replace(stove_node.keep(state), remaining_seconds=None)
