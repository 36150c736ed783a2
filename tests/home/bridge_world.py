"""A house without a network for the bridge's tests: a clock that obeys, a fake node, a disk."""

import json
import sqlite3

from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.controllers import HotWater
from gezhi.home.bridge.fake import FakeNode
from gezhi.home.bridge.messages import Arrival, matches
from gezhi.home.bridge.runtime import Runtime
from gezhi.home.bridge.store import Store
from gezhi.home.types import Settings, Tap

WALL = 1_764_000_000.0
# A pipe that cools at once: nobody has to wait until hot water beyond the probe has gone.
SETTINGS = Settings("cold-return", (Tap("bath", valve="valve", probe=True, cooling_seconds=0.5),))


class FullDisk(Store):
    """A store whose disk can be filled and freed."""

    full = False

    def _named(self):
        return super()._named()

    def save(self, *args, **kwargs):
        if self.full:
            with self._named():
                raise sqlite3.OperationalError("database or disk is full")
        super().save(*args, **kwargs)

    def record(self, *args, **kwargs):
        if self.full:
            with self._named():
                raise sqlite3.OperationalError("database or disk is full")
        return super().record(*args, **kwargs)


class World:
    """Bridge and node joined by a broker of one dictionary; time moves when told to."""

    def __init__(self, path, settings=SETTINGS, store=Store):
        self.path, self.settings, self.store_kind = path, settings, store
        self.steady, self.wall = 100.0, WALL
        self.retained, self.published = {}, []
        self.numbers = 0
        self.node = FakeNode(
            "cellar", {"pump": 300.0, "valve": 300.0}, sensors={"probe": 18.0},
            flow_litres_per_minute=6.0, flow_with="pump",
        )  # fmt: skip
        self.start()
        self.settle()

    def settle(self):
        """Wait until the controller rests: it pauses after every loss of the link."""
        self.wait(1.0)
        while self.phase != "idle":
            self.wait(5.0)

    def start(self, *, online=True):
        """Start the bridge anew on what the disk holds."""
        self.store = self.store_kind(self.path)
        self.store._base.execute("PRAGMA synchronous=OFF")  # no power is cut here
        clock = HouseClock(
            self.store.latest_house_seconds(), steady=lambda: self.steady, wall=lambda: self.wall
        )
        adapter = self.node.adapter()
        names = {"probe": "probe:bath"}
        adapter = type(adapter)(
            adapter.node,
            tuple(
                type(one)(names.get(one.name, one.name), one.channel, one.quantity)
                for one in adapter.channels
            ),
            adapter._shared,
        )
        self.bridge = Runtime([HotWater(self.settings)], [adapter], self.store, clock=clock)
        self.bridge.begin()
        if online:
            self.carry(self.bridge.link(up=True))
            for topic, payload in list(self.retained.items()):
                self.hear(topic, payload, retained=True)
            self.carry([self.node.status(here=True), *self.node.report()], of_node=True)

    def die(self):
        """The bridge's process ends without a word."""
        self.store.close()

    def hear(self, topic, payload, *, retained=False):
        raw = payload if isinstance(payload, bytes) else payload.encode()
        out = self.bridge.receive(Arrival(topic, raw, retained=retained))
        self.carry(out)
        return out

    def carry(self, messages, *, of_node=False):
        for one in messages:
            self.published.append((self.wall, one))
            if one.retain:
                self.retained[one.topic] = one.payload
            if of_node:
                self.hear(one.topic, one.payload)
            elif any(matches(topic, one.topic) for topic in self.node.subscriptions()):
                arrival = Arrival(one.topic, one.payload.encode())
                self.carry(self.node.receive(arrival, self.steady), of_node=True)

    def wait(self, seconds, *, report=True):
        """Let time pass in steps of half a second, with the node reporting at each."""
        end = self.steady + seconds
        while self.steady < end:
            self.steady += 0.5
            self.wall += 0.5
            self.carry(self.node.advance(self.steady), of_node=True)
            if report:
                self.node.sensors["probe"] += 0.01
                self.carry(self.node.report(), of_node=True)
            self.carry(self.bridge.tick())

    def ask(self, command="request", *, id=None, age=0.0, retained=False, **more):
        """Send a command; its answer."""
        self.numbers += 1
        body = {"id": id or f"c{self.numbers}", "command": command, "sent": self.wall - age,
                "source": "app", **more}  # fmt: skip
        if command == "request":
            body.setdefault("tap", "bath")
        out = self.hear("gezhi/hotwater/command", json.dumps(body), retained=retained)
        return [json.loads(one.payload) for one in out if one.topic.endswith("/answer")][-1]

    @property
    def phase(self):
        return str(self.bridge.driven["hotwater"].state.phase)

    def kinds(self):
        return [one.kind for one in self.store.events(limit=100_000)]
