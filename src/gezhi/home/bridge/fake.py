"""A node that is not there: relays with their own limit, a counter and probes, all in memory.

It speaks the topics of `gezhi home firmware`'s nodes and keeps the same promise: a relay goes off
by itself after its limit, whatever the hub does. Tests kill it at any moment, and a bridge can be
tried with it before anything is bought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gezhi.home.bridge.adapters import PRESETS, Channel, TopicAdapter, number
from gezhi.home.bridge.messages import Arrival, Outgoing

__all__ = ["FakeNode"]


@dataclass(slots=True)
class FakeNode:
    """One simulated ESPHome node.

    Attributes:
        node: its name.
        limits: its relays, each with the longest that it may stay on, whatever is asked for.
        sensors: its sensors and what they show, by channel.
        flow_litres_per_minute: how fast its counter counts while the relay ``flow_with`` is on.
        litres: what it has counted; a real node keeps this in its flash.
        off_at: the relays that are on, each with the instant at which it goes off by itself.
        last: the latest instant it has seen.

    >>> node = FakeNode("cellar", {"pump": 10.0})
    >>> node.receive(Arrival("cellar/relay/pump/set", b"ON 10"), now=0.0)[0].payload
    'ON'
    >>> [one.payload for one in node.advance(10.5)]
    ['OFF']
    """

    node: str
    limits: Mapping[str, float]
    sensors: dict[str, float] = field(default_factory=dict)
    flow_litres_per_minute: float = 0.0
    flow_with: str = ""
    litres: float = 0.0
    off_at: dict[str, float] = field(default_factory=dict)
    last: float = 0.0

    def subscriptions(self) -> tuple[str, ...]:
        """The command topics of its relays."""
        return tuple(f"{self.node}/relay/{name}/set" for name in self.limits)

    def receive(self, arrival: Arrival, now: float) -> list[Outgoing]:
        """Obey a command; a retained one is not obeyed."""
        out = self.advance(now)
        name = arrival.topic.removeprefix(f"{self.node}/relay/").removesuffix("/set")
        if name not in self.limits or arrival.retained:
            return out
        word, _, limit = arrival.text.partition(" ")
        seconds = number(limit)
        if word == "ON" and seconds is not None and seconds > 0:
            self.off_at[name] = now + min(seconds, self.limits[name])
        elif word == "OFF":
            self.off_at.pop(name, None)
        return [*out, self._state(name)]

    def advance(self, now: float) -> list[Outgoing]:
        """Let time pass: count water, and switch off what has been on for its limit."""
        if self.flow_with in self.off_at:
            end = min(now, self.off_at[self.flow_with])
            self.litres += max(0.0, end - self.last) * self.flow_litres_per_minute / 60.0
        self.last = now
        over = [name for name, at in self.off_at.items() if now >= at]
        for name in over:
            del self.off_at[name]
        return [self._state(name) for name in over]

    def report(self) -> list[Outgoing]:
        """Everything it shows, as after a start and at every interval."""
        flow = self.flow_litres_per_minute if self.flow_with in self.off_at else 0.0
        shown = {**self.sensors}
        if self.flow_with:
            shown |= {"flow": flow, "litres": round(self.litres, 4)}
        return [
            *(self._state(name) for name in self.limits),
            *(
                Outgoing(f"{self.node}/sensor/{name}/state", f"{value:g}", retain=True)
                for name, value in shown.items()
            ),
        ]

    def status(self, *, here: bool) -> Outgoing:
        """Its birth or its last will."""
        return Outgoing(f"{self.node}/status", "online" if here else "offline", retain=True)

    def adapter(self) -> TopicAdapter:
        """How the bridge speaks to it."""
        relays = tuple(
            Channel(name, name, "relay", limit_seconds=limit) for name, limit in self.limits.items()
        )
        sensors = tuple(Channel(name, name, "celsius") for name in self.sensors)
        water = (
            (Channel("flow", "flow", "litres_per_minute"), Channel("litres", "litres", "litres"))
            if self.flow_with
            else ()
        )
        return TopicAdapter(self.node, (*relays, *sensors, *water), PRESETS["esphome"])

    def _state(self, name: str) -> Outgoing:
        stands = "ON" if name in self.off_at else "OFF"
        return Outgoing(f"{self.node}/switch/{name}/state", stands, retain=True)
