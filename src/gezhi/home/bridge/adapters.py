"""How relays and sensors of different makes are spoken to, as templates of topics and payloads.

An adapter turns "relay on, for at most so many seconds" into messages, and messages into readings.
`TopicAdapter` does so for anything that can be described by templates; `PRESETS` has those of
ESPHome (as `gezhi home firmware` writes it), Tasmota, Zigbee2MQTT, and Home Assistant, through
which Xiaomi's switches are reached. `gezhi.home.bridge.fake` has one without any broker.

Placeholders of a template: ``{node}`` is the device's name in its own system, ``{channel}`` the
relay or sensor in it, ``{limit}`` the whole seconds after which the device itself switches off,
``{seconds}`` the same with a decimal. For a stove's node, ``{number}`` is a plan's number,
``{presses}`` how often its button was pressed, ``{lock}`` ON or OFF.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from gezhi.errors import ParameterError
from gezhi.home.bridge.messages import Arrival, Outgoing
from gezhi.home.types.stove import LockNode, PlanNode

__all__ = [
    "PRESETS",
    "QUANTITIES",
    "Adapter",
    "Channel",
    "Report",
    "Templates",
    "TopicAdapter",
    "Value",
    "number",
]

#: What a device reports: a number, on or off, a text, or None for what is none of these.
Value: TypeAlias = float | bool | str | None
#: What a sensor can report: "switch" is on or off, "litres" is a cumulative count, "timer" is how a
#: stove's node stands, as JSON.
QUANTITIES = ("celsius", "litres_per_minute", "litres", "switch", "millivolts", "timer")


@dataclass(frozen=True, slots=True)
class Channel:
    """One relay or sensor of a device.

    Attributes:
        name: what the rest of the house calls it, such as ``"pump"`` or ``"probe:kitchen"``.
        channel: what the device calls it; keys of a JSON payload are joined by dots.
        quantity: ``"relay"`` or one of `QUANTITIES`.
        scale: what a reading is multiplied by, such as litres a pulse.
        limit_seconds: for a relay, the longest that its device lets it stay on.
        templates: what differs from the device's preset, by field of `Templates`.
    """

    name: str
    channel: str
    quantity: str
    scale: float = 1.0
    limit_seconds: float = 300.0
    templates: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Templates:
    """Topics and payloads of a make; an empty topic says that it has none of this kind.

    ``*_path`` names the value inside a JSON payload, keys joined by dots; empty for a bare value.
    """

    command_topic: str = ""
    command_on: str = "ON"
    command_off: str = "OFF"
    state_topic: str = ""
    state_path: str = ""
    sensor_topic: str = ""
    sensor_path: str = ""
    on_payloads: str = "ON on true 1"
    off_payloads: str = "OFF off false 0"
    availability_topic: str = ""
    availability_path: str = ""
    available: str = "online"
    timer_topic: str = ""
    plan_topic: str = ""
    plan_set: str = "{seconds} {number}"
    plan_none: str = "NONE {number}"
    lock_topic: str = ""
    lock_set: str = "{lock} {presses} {number}"


PRESETS: Mapping[str, Templates] = {
    "esphome": Templates(
        command_topic="{node}/relay/{channel}/set",
        command_on="ON {seconds}",
        state_topic="{node}/switch/{channel}/state",
        sensor_topic="{node}/sensor/{channel}/state",
        availability_topic="{node}/status",
        timer_topic="{node}/timer/{channel}/state",
        plan_topic="{node}/timer/{channel}/plan",
        lock_topic="{node}/timer/{channel}/lock",
    ),
    "tasmota": Templates(
        # PulseTime is Tasmota's own limit; tenths to 111, seconds plus 100 above.
        command_topic="cmnd/{node}/Backlog",
        command_on="PulseTime{channel} {tasmota_limit}; Power{channel} ON",
        command_off="Power{channel} OFF",
        state_topic="stat/{node}/POWER{channel}",
        sensor_topic="tele/{node}/SENSOR",
        sensor_path="{channel}",
        availability_topic="tele/{node}/LWT",
        available="Online",
    ),
    "zigbee2mqtt": Templates(
        command_topic="zigbee2mqtt/{node}/set",
        command_on='{{"{channel}": "ON", "on_time": {limit}, "off_wait_time": 0}}',
        command_off='{{"{channel}": "OFF"}}',
        state_topic="zigbee2mqtt/{node}",
        state_path="{channel}",
        sensor_topic="zigbee2mqtt/{node}",
        sensor_path="{channel}",
        availability_topic="zigbee2mqtt/{node}/availability",
        availability_path="state",
    ),
    "homeassistant": Templates(
        # Answered by the automations that `gezhi.home.bridge.homeassistant` writes.
        command_topic="gezhi/homeassistant/{channel}/set",
        command_on="ON {seconds}",
        state_topic="gezhi/homeassistant/{channel}/state",
        sensor_topic="gezhi/homeassistant/{channel}/state",
        # Home Assistant's birth message is not kept: who comes later would wait for it in vain.
    ),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a device said: a channel's value (None when absurd), or with no channel that it is up.

    ``retained`` values are of unknown age; only a cumulative count and a relay's stand mean
    anything then.
    """

    channel: Channel | None
    value: Value
    retained: bool = False


class Adapter(Protocol):
    """One device, however it is reached."""

    node: str
    channels: tuple[Channel, ...]

    def subscriptions(self) -> tuple[str, ...]:
        """The topics to listen to."""

    def switch(self, channel: Channel, *, on: bool, limit_seconds: float) -> tuple[Outgoing, ...]:
        """The messages that switch a relay, with the device's own limit when on."""

    def instruct(self, channel: Channel, effect: PlanNode | LockNode) -> tuple[Outgoing, ...]:
        """The messages that give a device with a rule of its own a plan, or the child lock."""

    def read(self, arrival: Arrival) -> tuple[Report, ...]:
        """What a message says; nothing when it is not of this device."""

    def availability_topic(self) -> str:
        """The topic on which the device says that it is there; empty if it has none."""


class TopicAdapter:
    """A device that is described by templates of topics.

    Args:
        node: the device's name in its own system.
        channels: its relays and sensors.
        templates: the make's topics and payloads, such as ``PRESETS["esphome"]``.

    Raises:
        ParameterError: a template names a placeholder that there is not.

    >>> pump = Channel("pump", "1", "relay")
    >>> plug = TopicAdapter("cellar", (pump,), PRESETS["tasmota"])
    >>> plug.switch(pump, on=True, limit_seconds=300)[0]  # doctest: +NORMALIZE_WHITESPACE
    Outgoing(topic='cmnd/cellar/Backlog', payload='PulseTime1 400; Power1 ON', retain=False, qos=0)
    >>> plug.read(Arrival("stat/cellar/POWER1", b"OFF"))[0].value
    False
    """

    def __init__(self, node: str, channels: tuple[Channel, ...], templates: Templates) -> None:
        self.node = node
        self.channels = channels
        self._templates = {
            one.name: replace(templates, **dict(one.templates or {})) for one in channels
        }
        self._shared = templates
        self._by_topic: dict[str, list[tuple[Channel, str]]] = {}
        for one in channels:
            mine = self._templates[one.name]
            relay = one.quantity == "relay"
            wanted, inside = {
                "relay": (mine.state_topic, mine.state_path),
                "timer": (mine.timer_topic, ""),
                "indicator": ("", ""),  # the node's own business
            }.get(one.quantity, (mine.sensor_topic, mine.sensor_path))
            topic, path = self._fill(wanted, one), self._fill(inside, one)
            if topic:
                self._by_topic.setdefault(topic, []).append((one, path))
            if relay:
                self.switch(one, on=True, limit_seconds=1.0)
            elif one.quantity == "timer":
                self.instruct(one, PlanNode("", 1.0, 1))
                self.instruct(one, LockNode("", on=False, presses=0, number=1))

    def _fill(
        self,
        template: str,
        channel: Channel | None,
        limit_seconds: float = 0.0,
        **more: str | int,
    ) -> str:
        whole = max(1, math.ceil(limit_seconds))
        tenths = 100 + whole if limit_seconds > 11.1 else max(1, math.ceil(limit_seconds * 10))
        try:
            return template.format(
                node=self.node,
                channel=channel.channel if channel else "",
                limit=whole,
                seconds=f"{limit_seconds:.1f}",
                tasmota_limit=tenths,
                **more,
            )
        except (KeyError, IndexError, ValueError) as error:
            raise ParameterError(
                f"node {self.node!r}: the template {template!r} cannot be filled ({error}); "
                "{node}, {channel}, {limit} and {seconds} are known, other braces are doubled"
            ) from error

    def subscriptions(self) -> tuple[str, ...]:
        """The topics of states, readings and availability."""
        available = self.availability_topic()
        return (*self._by_topic, *((available,) if available else ()))

    def availability_topic(self) -> str:
        """The topic on which the device says that it is there."""
        return self._fill(self._shared.availability_topic, None)

    def switch(self, channel: Channel, *, on: bool, limit_seconds: float) -> tuple[Outgoing, ...]:
        """One message; at most once when on, so that nothing keeps it for an absent device."""
        mine = self._templates[channel.name]
        limit = min(limit_seconds, channel.limit_seconds) if limit_seconds else 0.0
        payload = self._fill(mine.command_on if on else mine.command_off, channel, limit)
        topic = self._fill(mine.command_topic, channel)
        return (Outgoing(topic, payload, retain=False, qos=0 if on else 1),)

    def instruct(self, channel: Channel, effect: PlanNode | LockNode) -> tuple[Outgoing, ...]:
        """One message; at least once, since numbers tell the node what it has heard before."""
        mine = self._templates[channel.name]
        if isinstance(effect, LockNode):
            lock = "ON" if effect.on else "OFF"
            more = {"presses": effect.presses, "number": effect.number}
            topic, said = mine.lock_topic, self._fill(mine.lock_set, channel, lock=lock, **more)
        else:
            seconds = effect.remaining_seconds
            topic, payload = mine.plan_topic, mine.plan_none if seconds is None else mine.plan_set
            said = self._fill(payload, channel, seconds or 0.0, number=effect.number)
        return (Outgoing(self._fill(topic, channel), said),) if topic else ()

    def read(self, arrival: Arrival) -> tuple[Report, ...]:
        """The readings in one message; a payload that cannot be read is a value of None."""
        found = tuple(
            Report(one, self._value(one, _inside(arrival.text, path)), arrival.retained)
            for one, path in self._by_topic.get(arrival.topic, ())
            if not path or _inside(arrival.text, path) is not _ABSENT
        )
        if arrival.topic == self.availability_topic() and arrival.topic:
            said = _inside(arrival.text, self._shared.availability_path)
            found += (Report(None, said == self._shared.available, arrival.retained),)
        return found

    def _value(self, channel: Channel, said: object) -> Value:
        mine = self._templates[channel.name]
        if channel.quantity in ("relay", "switch"):
            word = str(said).lower() if isinstance(said, bool) else str(said)
            if word in mine.on_payloads.split():
                return True
            return False if word in mine.off_payloads.split() else None
        if channel.quantity == "timer":
            return str(said)
        value = number(said)
        return None if value is None else value * channel.scale


_ABSENT = object()


def number(said: object) -> float | None:
    """A finite number from a payload, or None: not words, not ``nan``, not ``true``.

    >>> number("21.5"), number("nan"), number(True), number("1e999")
    (21.5, None, None, None)
    """
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _inside(text: str, path: str) -> Any:
    if not path:
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for key in path.split("."):
        if not isinstance(found, dict) or key not in found:
            return _ABSENT
        found = found[key]
    return found
