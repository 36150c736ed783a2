"""A stove's bridge and node without a network: an obedient clock, a flash, a tiny broker."""

import json

from gezhi.home import stove_node
from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.messages import Arrival, matches
from gezhi.home.bridge.runtime import Runtime
from gezhi.home.bridge.store import Store
from gezhi.home.bridge.stove_fake import FakeStoveNode
from gezhi.home.bridge.stove_system import Stove
from gezhi.home.types.stove import Burner, StoveSettings

WALL = 1_764_000_000.0
SETTINGS = StoveSettings(
    (Burner("left", "left-relay", flame_sensor=True), Burner("right", "right-relay")),
    burn_limit_seconds=7200.0,
)
STEP = 0.5


class World:
    """Bridge and node joined by a broker; either can die, and time moves when told to."""

    def __init__(self, path, settings=SETTINGS, store=Store):
        self.path, self.settings, self.store_kind = path, settings, store
        self.steady, self.wall = 100.0, WALL
        self.retained, self.published = {}, []
        self.waiting, self.carrying = [], False
        self.cable = True  # between node and broker
        self.flash, self.numbers = {}, 0
        self.node = self.bridge = None
        self.pulses = []  # [relay, begun, ended]
        self.volts = {}
        self.power_on()
        self.start()
        self.wait(1.0)

    # -- dying and coming back ---

    def power_on(self, reset="power"):
        own = [stove_node.node_settings(self.settings, one) for one in self.settings.burners]
        self.node = FakeStoveNode(
            "stove", own, dict(self.flash), self.steady, reset, write=self.flash.update
        )
        self.carry([self.node.status(here=True), *self.node.report()], of_node=True)

    def power_off(self):
        """The node's power goes: its relays fall back, its last word is the broker's."""
        self.watch(off=True)
        will, self.node = self.node.status(here=False), None
        self.carry([will], of_node=True)

    def start(self):
        """Start the bridge anew on what the disk holds."""
        self.store = self.store_kind(self.path)
        self.store._base.execute("PRAGMA synchronous=OFF")  # no power is cut here
        clock = HouseClock(
            self.store.latest_house_seconds(), steady=lambda: self.steady, wall=lambda: self.wall
        )
        adapter = FakeStoveNode(
            "stove", [stove_node.node_settings(self.settings, one) for one in self.settings.burners]
        ).adapter()
        self.bridge = Runtime([Stove(self.settings)], [adapter], self.store, clock=clock)
        self.bridge.begin()
        self.carry(self.bridge.link(up=True))
        for topic, payload in list(self.retained.items()):
            self.hear(topic, payload, retained=True)
        if self.node is not None:
            self.carry(self.node.report(), of_node=True)

    def die(self):
        """The bridge's process ends without a word."""
        self.store.close()
        self.bridge = None

    # -- messages ---

    def hear(self, topic, payload, *, retained=False):
        """Let the bridge hear something; what it published at once."""
        if self.bridge is None:
            return []
        raw = payload if isinstance(payload, bytes) else payload.encode()
        out = self.bridge.receive(Arrival(topic, raw, retained=retained))
        self.carry(out)
        return out

    def carry(self, messages, *, of_node=False):
        """Publish, in order: what is answered to a message comes after all before it."""
        self.waiting += [(one, of_node) for one in messages]
        if self.carrying:
            return
        self.carrying = True
        while self.waiting:
            one, of_node = self.waiting.pop(0)
            if of_node and not self.cable:
                self.watch()
                continue
            self.published.append((self.wall, one))
            if one.retain:
                self.retained[one.topic] = one.payload
            if of_node:
                self.hear(one.topic, one.payload)
            elif (
                self.cable
                and self.node is not None
                and any(matches(topic, one.topic) for topic in self.node.subscriptions())
            ):
                arrival = Arrival(one.topic, one.payload.encode())
                self.carry(self.node.receive(arrival, self.steady), of_node=True)
            self.watch()
        self.carrying = False

    def tear(self):
        """Tear the node's cable; its last will is heard."""
        self.cable = False
        self.hear("stove/status", "offline")

    def mend(self):
        """Mend the node's cable, and let it say how it stands."""
        self.cable = True
        self.carry([self.node.status(here=True), *self.node.report()], of_node=True)

    def watch(self, *, off=False):
        """Write down when which relay was energised."""
        on = set() if off or self.node is None else set(self.node.off_at)
        for pulse in self.pulses:
            if pulse[2] is None and pulse[0] not in on:
                pulse[2] = self.steady
        open_ = {one[0] for one in self.pulses if one[2] is None}
        self.pulses += [[name, self.steady, None] for name in sorted(on - open_)]

    def wait(self, seconds):
        """Let time pass, with the node measuring and reporting now and then."""
        end = self.steady + seconds
        while self.steady < end - 1e-9:
            self.steady += STEP
            self.wall += STEP
            if self.node is not None:
                self.carry(self.node.advance(self.steady), of_node=True)
                for name, volts in self.volts.items():
                    self.carry(self.node.feel(name, volts, self.steady), of_node=True)
                if int(self.steady / STEP) % 4 == 0:
                    self.flash.update(self.node.kept())
                    self.carry(self.node.report(), of_node=True)
            if self.bridge is not None:
                self.carry(self.bridge.tick())

    def ask(self, command, *, id=None, age=0.0, retained=False, **more):
        """Send a command; its answer."""
        self.numbers += 1
        body = {"id": id or f"c{self.numbers}", "command": command, "sent": self.wall - age,
                "source": "app", **more}  # fmt: skip
        out = self.hear("gezhi/stove/command", json.dumps(body), retained=retained)
        return [json.loads(one.payload) for one in out if one.topic.endswith("/answer")][-1]

    # -- what is to be seen ---

    @property
    def shown(self):
        return json.loads(self.retained["gezhi/stove/state"])

    def begun(self, relay="left-relay"):
        """When the relay was energised, in seconds since the first start."""
        return [one[1] - 100.0 for one in self.pulses if one[0] == relay]

    def notices(self):
        return [one.detail["code"] for one in self.store.events(kind="notice", limit=100_000)]
