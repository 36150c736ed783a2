"""Somebody who asks a measured house for things, and what became of it while things were killed."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt

from benchmarks.bridge_parts import House
from gezhi.home.bridge.store import Store

__all__ = ["Resident", "at_once", "kill_while", "lost_commands", "settle"]

VICTIMS = ("broker", "bridge", "node", "network")


def at_once(_client: object, _userdata: object, one: Any) -> None:
    """Let an MQTT client's small messages go without waiting for each other."""
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Resident:
    """Somebody who sends commands and writes down what became of them.

    Args:
        port: of the broker.
        system: whose commands they are.
        shows: a relay's state topic that is worth knowing; ``showing`` is set while it says ON.
    """

    def __init__(
        self, port: int, *, system: str = "hotwater", shows: str = "cellar/switch/pump/state"
    ) -> None:
        self.accepted: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.taken: dict[str, float] = {}
        self.sent = 0
        self.heard = threading.Event()
        self.showing = threading.Event()
        self._ids: dict[int, str] = {}
        self._system = system
        # A message's number is known to us only after it may have been acknowledged. No lock: the
        # client calls back while it holds its own.
        self._early: dict[int, float] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="resident")
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(f"gezhi/{system}/answer", 1), (shows, 0)]
        )
        self.client.on_publish = self._taken
        self.client.on_message = self._heard
        self.client.on_socket_open = at_once
        self.client._reconnect_min_delay = self.client._reconnect_max_delay = 0.1
        self.client.connect_async("127.0.0.1", port, keepalive=5)
        self.client.loop_start()

    def _heard(self, _c: object, _u: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/state"):
            (self.showing.set if message.payload == b"ON" else self.showing.clear)()
            return
        answer = json.loads(message.payload)
        if answer["accepted"]:
            self.accepted[answer["id"]] = ""
        else:
            self.refused.setdefault(answer["id"], answer["reason"])
        self.heard.set()

    def ask(self, command: str, **arguments: Any) -> str:
        """Send a command; its id."""
        self.sent += 1
        name = f"r{self.sent}-{time.time():.6f}"
        body = {"id": name, "command": command, "sent": time.time(), "source": "app", **arguments}
        mid = self.client.publish(f"gezhi/{self._system}/command", json.dumps(body), qos=1).mid
        self._ids[mid] = name
        early = self._early.pop(mid, None)
        if early is not None:
            self.taken[name] = early
        return name

    def _taken(self, _c: object, _u: object, mid: int, *_: object) -> None:
        """The broker has taken a command: from now on it may not be lost."""
        name = self._ids.get(mid)
        if name is None:
            self._early[mid] = time.monotonic()
        else:
            self.taken[name] = time.monotonic()

    def close(self) -> None:
        """Go away."""
        self.client.disconnect()
        self.client.loop_stop()


def settle(house: House, resident: Resident, command: str = "stop", **arguments: Any) -> None:
    """Wait until a command that changes nothing is answered again."""
    for _ in range(150):
        resident.heard.clear()
        resident.ask(command, **arguments)
        if resident.heard.wait(0.5):
            return
    raise RuntimeError(f"the bridge does not come back; see {house.folder}/bridge.log")


def kill_while(
    house: House,
    resident: Resident,
    kills: int,
    ask: Callable[[], None],
    *,
    pace_seconds: float,
    all_in_turn: bool = False,
) -> dict[str, int]:
    """Kill at random moments while somebody asks for things; how often each was killed.

    Half of the moments are anywhere, half are while the relay that the resident watches is on.

    Args:
        house: the house.
        resident: who asks.
        kills: how many.
        ask: sends what somebody might send; called a few times a second.
        pace_seconds: the mean time between two kills.
        all_in_turn: kill the four in turn instead of by chance.
    """
    chance, counts = house.chance, dict.fromkeys(VICTIMS, 0)
    for number in range(kills):
        victim = VICTIMS[number % 4] if all_in_turn else chance.choice(VICTIMS)
        latest = time.monotonic() + (6 * pace_seconds if chance.random() < 0.5 else 0.0)
        end = time.monotonic() + chance.uniform(0.2, 1.8) * pace_seconds
        while time.monotonic() < end or (
            time.monotonic() < latest and not resident.showing.is_set()
        ):
            ask()
            time.sleep(chance.uniform(0.05, 0.3))
        long = chance.random() < 0.1
        house.kill(victim, chance.uniform(2.5, 4.0) if long else chance.uniform(0.0, 0.4))
        counts[victim] += 1
    return counts


def lost_commands(house: House, resident: Resident) -> set[str]:
    """The commands that were lost although bridge or broker had them.

    Lost is one that was answered "accepted" and is not in the store, or that the broker had taken
    and that has no fate in the store at all; not in the last moment before the broker's death,
    since Mosquitto writes to its disk a moment after it has said that it took a message.
    """
    kept, fates, after = set[str](), set[str](), 0
    store = Store(house.folder / "bridge.sqlite", read_only=True)
    try:
        while found := store.events(after=after, limit=5000):
            after = found[-1].number
            kept |= {one.detail["id"] for one in found if one.kind.startswith("command:")}
            fates |= {one.detail["id"] for one in found if one.kind == "refused"}
    finally:
        store.close()
    sure = {
        name
        for name, at in resident.taken.items()
        if not any(at - 0.2 <= death <= at + 1.5 for death in house.broker_deaths)
    }
    return (set(resident.accepted) - kept) | (sure - kept - fates)
