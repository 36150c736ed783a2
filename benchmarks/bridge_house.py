"""A small real house for the bridge: Mosquitto, a bridge and a node as processes, and a network.

Everything that can die is a process of its own or a proxy, so that it can be killed at any moment
and started again. The node keeps a diary of what its relays really did, which is the judge: it
knows nothing of the bridge's opinion.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from gezhi.home.bridge.store import Store

__all__ = ["House", "Proxy", "Verdict", "free_port", "kill_at_random", "measure_latency"]

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 3.0
# A process that was stopped by the system for a moment reacts late; a real relay does not.
SLACK_SECONDS = 0.75

BRIDGE = """
import logging, sys, threading
logging.basicConfig(level=logging.INFO, stream=sys.stderr,
                    format="%(asctime)s %(levelname)s %(message)s")
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.controllers import HotWater
from gezhi.home.bridge.service import serve
from gezhi.home.types import Settings, Tap
settings = Settings(
    "cold-return", (Tap("bath", valve="valve", probe=True),), purge_limit_seconds=2.9,
    dry_limit_seconds=1.2, no_flow_seconds=1.0, opening_seconds=0.05, closing_seconds=0.3,
    relay_seconds=0.8, min_off_seconds=float(sys.argv[2]), automatic_off_seconds=0.0,
    renew_seconds=0.3,
    stale_seconds=2.0, fault_seconds=0.5, request_age_seconds=5.0,
)
def ready(port):
    print(port, flush=True)
serve(read_configuration(sys.argv[1]), [HotWater(settings)], ready=ready)
"""

NODE = "from benchmarks.bridge_house import run_node; import sys; run_node(*sys.argv[1:])"


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Proxy:
    """A network of one cable: carries connections to a port, and can be cut."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun,), daemon=True)
        self._thread.start()
        begun.wait(5)

    def _run(self, begun: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def listen() -> None:
            await asyncio.start_server(self._carry, "127.0.0.1", self.port)
            begun.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._open -= {writer, back}

    def cut(self) -> None:
        """Tear all connections and refuse new ones."""
        self._cut = True

        def tear() -> None:
            for one in list(self._open):
                one.transport.abort()

        self._loop.call_soon_threadsafe(tear)

    def mend(self) -> None:
        """Carry connections again."""
        self._cut = False

    def close(self) -> None:
        """Stop the proxy's thread."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


def run_node(port: str, folder: str) -> None:
    """The node's process: the fake node on MQTT, its flash and its diary in files."""
    from gezhi.home.bridge.fake import FakeNode
    from gezhi.home.bridge.messages import Arrival

    flash = Path(folder) / "flash.json"
    kept = json.loads(flash.read_text()) if flash.exists() else 0.0
    node = FakeNode(
        "cellar", {"pump": LIMIT_SECONDS, "valve": LIMIT_SECONDS}, sensors={"probe": 18.0},
        flow_litres_per_minute=6.0, flow_with="pump", litres=kept,
    )  # fmt: skip
    node.last = time.monotonic()
    lock = threading.Lock()
    with (Path(folder) / "diary.jsonl").open("a", encoding="utf-8") as diary:

        def note(**what: Any) -> None:
            diary.write(json.dumps({"at": time.monotonic(), **what}) + "\n")
            diary.flush()

        note(boot=True)
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="cellar")
        will = node.status(here=False)
        client.will_set(will.topic, will.payload, qos=1, retain=True)

        def say(out: list[Any]) -> None:
            for one in out:
                client.publish(one.topic, one.payload, qos=0, retain=one.retain)

        def connected(*_: Any) -> None:
            with lock:
                client.subscribe([(topic, 0) for topic in node.subscriptions()])
                say([node.status(here=True), *node.report()])

        def heard(_c: Any, _u: Any, message: mqtt.MQTTMessage) -> None:
            with lock:
                before = dict(node.off_at)
                arrival = Arrival(message.topic, message.payload, retained=message.retain)
                out = node.receive(arrival, time.monotonic())
                if node.off_at != before:
                    note(off_at=node.off_at)
                say(out)

        client.on_connect = connected
        client.on_message = heard
        client.reconnect_delay_set(min_delay=1, max_delay=1)
        client._reconnect_min_delay = client._reconnect_max_delay = 0.1
        client.connect_async("127.0.0.1", int(port), keepalive=5)
        client.loop_start()
        wobble, next_report, looked = random.Random(0), 0.0, time.monotonic()
        while True:
            time.sleep(0.02)
            with lock:
                stalled, looked = time.monotonic() - looked, time.monotonic()
                if stalled > 0.25:
                    note(stalled=stalled)
                before = dict(node.off_at)
                out = node.advance(time.monotonic())
                if node.off_at != before:
                    note(off_at=node.off_at)
                if node.last >= next_report:
                    next_report = node.last + 0.15
                    node.sensors["probe"] = 18.0 + wobble.random()
                    partial = flash.with_suffix(".partial")
                    partial.write_text(json.dumps(round(node.litres, 4)))
                    partial.replace(flash)
                    out = node.report()
                say(out)


def _memory() -> Path:
    """A folder in memory: a node's relay does not wait for this computer's busy disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="node-", dir=memory if memory.is_dir() else None))


@dataclass
class House:
    """Broker, bridge, node and two cables, in one folder."""

    folder: Path
    broker: subprocess.Popen[bytes] | None = None
    bridge: subprocess.Popen[bytes] | None = None
    node: subprocess.Popen[bytes] | None = None
    broker_port: int = field(default_factory=free_port)
    node_folder: Path = field(default_factory=lambda: _memory())
    home_assistant: str = "2025.1.4"
    min_off_seconds: float = 0.9  # as in a house: longer than a relay has time to read back
    chance: random.Random = field(default_factory=random.Random)
    power_cuts: list[float] = field(default_factory=list)
    broker_deaths: list[float] = field(default_factory=list)

    def __enter__(self) -> House:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start_broker()
        self.bridge_cable = Proxy(self.broker_port)
        self.node_cable = Proxy(self.broker_port)
        config = self.folder / "home.toml"
        channels = "\n".join(
            f'[[nodes.channels]]\nname = "{name}"\nchannel = "{channel}"\nquantity = "{quantity}"'
            + (f"\nlimit_seconds = {LIMIT_SECONDS}" if quantity == "relay" else "")
            for name, channel, quantity in (
                ("pump", "pump", "relay"),
                ("valve", "valve", "relay"),
                ("probe:bath", "probe", "celsius"),
                ("flow", "flow", "litres_per_minute"),
                ("litres", "litres", "litres"),
            )
        )
        config.write_text(
            f"[mqtt]\nport = {self.bridge_cable.port}\nlongest_wait_seconds = 1\n"
            f'home_assistant = "{self.home_assistant}"\n'
            f'[bridge]\nport = 0\nfolder = "{self.folder}"\n'
            f'[[nodes]]\nnode = "cellar"\n{channels}\n'
        )
        self.start_bridge()
        self.start_node()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.bridge, self.node, self.broker):
            if one is not None:
                one.kill()
                one.wait()
        self.bridge_cable.close()
        self.node_cable.close()
        shutil.rmtree(self.node_folder, ignore_errors=True)

    def start_broker(self) -> None:
        """Start Mosquitto, which keeps sessions and retained messages over its own death."""
        found = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\n"
            "autosave_on_changes true\nuser root\nset_tcp_nodelay true\n"
        )
        with (self.folder / "mosquitto.log").open("ab") as output:
            self.broker = subprocess.Popen([found, "-c", str(config)], stdout=output, stderr=output)
        for _ in range(200):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.broker_port), timeout=1),
            ):
                return
            time.sleep(0.02)
        raise RuntimeError(f"Mosquitto does not start; see {self.folder}/mosquitto.log")

    def start_bridge(self) -> None:
        """Start the bridge's process."""
        with (self.folder / "bridge.log").open("ab") as output:
            self.bridge = subprocess.Popen(
                [sys.executable, "-c", BRIDGE, str(self.folder / "home.toml"),
                 str(self.min_off_seconds)],
                stdout=output, stderr=output, cwd=ROOT,
            )  # fmt: skip

    def start_node(self) -> None:
        """Give the node power."""
        self.node = subprocess.Popen(
            [sys.executable, "-c", NODE, str(self.node_cable.port), str(self.node_folder)],
            cwd=ROOT,
        )

    def kill(self, victim: str, dark_seconds: float) -> None:
        """Kill broker, bridge, node or network without warning; give it back after a while."""
        if victim == "network":
            cable = self.chance.choice([self.node_cable, self.bridge_cable])
            cable.cut()
            time.sleep(dark_seconds)
            cable.mend()
            return
        process = getattr(self, victim)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if victim == "node":
            self.power_cuts.append(time.monotonic())
        if victim == "broker":
            self.broker_deaths.append(time.monotonic())
        time.sleep(dark_seconds)
        getattr(self, f"start_{victim}")()


def _at_once(_client: object, _userdata: object, one: Any) -> None:
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Resident:
    """Somebody who sends commands and writes down which were accepted."""

    def __init__(self, port: int) -> None:
        self.accepted: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.taken: dict[str, float] = {}
        self.sent = 0
        self.heard = threading.Event()
        self.pumping = threading.Event()
        self._ids: dict[int, str] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="resident")
        self.client.on_connect = lambda client, *_: client.subscribe(
            [("gezhi/hotwater/answer", 1), ("cellar/switch/pump/state", 0)]
        )
        self.client.on_publish = self._taken
        self.client.on_message = self._heard
        self.client.on_socket_open = _at_once
        self.client._reconnect_min_delay = self.client._reconnect_max_delay = 0.1
        self.client.connect_async("127.0.0.1", port, keepalive=5)
        self.client.loop_start()

    def _heard(self, _c: object, _u: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/state"):
            (self.pumping.set if message.payload == b"ON" else self.pumping.clear)()
            return
        answer = json.loads(message.payload)
        if answer["accepted"]:
            self.accepted[answer["id"]] = ""
        else:
            self.refused.setdefault(answer["id"], answer["reason"])
        self.heard.set()

    def ask(self, command: str, **arguments: str) -> str:
        """Send a command; its id."""
        self.sent += 1
        name = f"r{self.sent}-{time.time():.6f}"
        body = {"id": name, "command": command, "sent": time.time(), "source": "app", **arguments}
        self._ids[self.client.publish("gezhi/hotwater/command", json.dumps(body), qos=1).mid] = name
        return name

    def _taken(self, _c: object, _u: object, mid: int, *_: object) -> None:
        """The broker has taken a command: from now on it may not be lost."""
        name = self._ids.get(mid)
        if name is not None:
            self.taken[name] = time.monotonic()

    def close(self) -> None:
        """Go away."""
        self.client.loop_stop()


@dataclass(frozen=True)
class Verdict:
    """What a run of kills came to.

    Lost is a command that was answered "accepted" and is not in the store, or that the broker had
    taken (not in the last moment before its death) and that has no fate in the store at all.
    An overstay is judged by the node's own diary, with a slack for a process that stood still;
    ``longest_stall_seconds`` says for how long one did.
    """

    kills: dict[str, int]
    overstays: int
    which: tuple[str, ...]
    longest_over_seconds: float
    events_lost: int
    litres_lost: float
    litres: float
    taken: int
    accepted: int
    refused: int
    runs: int
    left_on: int
    longest_stall_seconds: float


def kill_at_random(folder: Path, kills: int, *, seed: int, pace_seconds: float = 0.5) -> Verdict:
    """Kill broker, bridge, node and network at random moments while somebody asks for water.

    Args:
        folder: an empty folder.
        kills: how many, each of the four in turn by chance.
        seed: of the moments and victims.
        pace_seconds: the mean time between two kills.
    """
    chance = random.Random(seed)
    counts = dict.fromkeys(("broker", "bridge", "node", "network"), 0)
    with House(folder, chance=chance) as house:
        resident = Resident(house.broker_port)
        try:
            _settle(house, resident)
            resident.taken.clear()  # before the bridge was ever there, nobody kept them for it
            for number in range(kills):
                victim = list(counts)[number % 4] if kills < 40 else chance.choice(list(counts))
                # Half of the moments are anywhere, half are while the pump runs.
                latest = time.monotonic() + (6 * pace_seconds if chance.random() < 0.5 else 0.0)
                end = time.monotonic() + chance.uniform(0.2, 1.8) * pace_seconds
                while time.monotonic() < end or (
                    time.monotonic() < latest and not resident.pumping.is_set()
                ):
                    resident.ask("request", tap="bath")
                    if chance.random() < 0.1:
                        resident.ask("stop")
                    time.sleep(chance.uniform(0.05, 0.3))
                long = chance.random() < 0.1
                house.kill(victim, chance.uniform(2.5, 4.0) if long else chance.uniform(0.0, 0.4))
                counts[victim] += 1
            _settle(house, resident)
            resident.ask("stop")
            time.sleep(LIMIT_SECONDS + 1.5)
            return _judge(house, resident, counts)
        finally:
            resident.close()


def _settle(house: House, resident: Resident) -> None:
    """Wait until a command is answered again and the counts agree."""
    for _ in range(150):
        resident.heard.clear()
        resident.ask("stop")
        if resident.heard.wait(0.5):
            return
    raise RuntimeError(f"the bridge does not come back; see {house.folder}/bridge.log")


def _judge(house: House, resident: Resident, counts: dict[str, int]) -> Verdict:
    flash = json.loads((house.node_folder / "flash.json").read_text())
    store = Store(house.folder / "bridge.sqlite", read_only=True)
    try:
        kept, fates, after = set[str](), set[str](), 0
        water = 0.0
        while found := store.events(after=after, limit=5000):
            after = found[-1].number
            kept |= {one.detail["id"] for one in found if one.kind.startswith("command:")}
            fates |= {one.detail["id"] for one in found if one.kind == "refused"}
            water += sum(one.detail["litres"] for one in found if one.system == "water")
        total = store.total("litres")
    finally:
        store.close()
    # Mosquitto writes to its disk a moment after it has said that it took a message.
    sure = {
        name
        for name, at in resident.taken.items()
        if not any(at - 0.2 <= death <= at + 1.5 for death in house.broker_deaths)
    }
    lost = (set(resident.accepted) - kept) | (sure - kept - fates)
    overstays, longest, runs, left_on, stall = _read_diary(house)
    return Verdict(
        kills=counts,
        overstays=len(overstays),
        which=tuple(overstays),
        longest_over_seconds=longest,
        events_lost=len(lost),
        litres_lost=round(max(abs(flash - total), abs(flash - water)), 3),
        litres=flash,
        taken=len(resident.taken),
        accepted=len(resident.accepted),
        refused=len(resident.refused),
        runs=runs,
        left_on=left_on,
        longest_stall_seconds=stall,
    )


def _read_diary(house: House) -> tuple[list[str], float, int, int, float]:
    """Overstays, the longest, runs, relays left on, and how long the node's process stood still."""
    lines = (house.node_folder / "diary.jsonl").read_text(encoding="utf-8").splitlines()
    allowed: dict[str, float] = {}
    begun: dict[str, float] = {}
    overs: list[tuple[float, str]] = [(0.0, "")]
    stalls, runs, last = [0.0], 0, 0.0
    for entry in map(json.loads, lines):
        if "stalled" in entry:
            stalls.append(entry["stalled"])
            continue
        if entry.get("boot"):
            # The life that wrote last ended with the first cut after that; others may have been
            # too short to write at all.
            end = min((one for one in house.power_cuts if one >= last), default=entry["at"])
            overs += [(end - at, f"{name} at its death") for name, at in allowed.items()]
            allowed, begun, last = {}, {}, entry["at"]
            continue
        last = entry["at"]
        for name in set(allowed) - set(entry["off_at"]):
            overs.append((last - allowed.pop(name), f"{name} beyond its last permission"))
            overs.append((last - begun.pop(name) - LIMIT_SECONDS, f"{name} on without a break"))
        for name, at in entry["off_at"].items():
            if name not in allowed:
                runs += 1
                begun[name] = last
            allowed[name] = at
    over = [f"{what}: {seconds:.3f} s" for seconds, what in overs if seconds > SLACK_SECONDS]
    return over, round(max(overs)[0], 3), runs, len(allowed), round(max(stalls), 3)


def measure_latency(folder: Path, samples: int) -> list[float]:
    """Seconds from the publishing of a command to its relay message at another subscriber."""
    seconds: list[float] = []
    with House(folder, min_off_seconds=0.01) as house:
        resident = Resident(house.broker_port)
        arrived = threading.Event()
        at = [0.0]

        idle = threading.Event()

        def heard(_c: object, _u: object, message: mqtt.MQTTMessage) -> None:
            if message.topic.endswith("/state"):
                rests = json.loads(message.payload)["phase"] == "idle"
                (idle.set if rests else idle.clear)()
            elif message.payload.startswith(b"ON"):
                at[0] = time.perf_counter()
                arrived.set()

        watcher = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        watcher.on_message = heard
        watcher.on_socket_open = _at_once
        watcher.connect("127.0.0.1", house.broker_port)
        watcher.subscribe([("cellar/relay/valve/set", 0), ("gezhi/hotwater/state", 0)])
        watcher.loop_start()
        try:
            _settle(house, resident)
            time.sleep(1.0)
            misses = 0
            while len(seconds) < samples and misses < 50:
                idle.wait(2.0)
                arrived.clear()
                begun = time.perf_counter()
                resident.ask("request", tap="bath")
                if arrived.wait(1.0):
                    seconds.append(at[0] - begun)
                else:
                    misses += 1
                resident.heard.clear()
                resident.ask("stop")
                resident.heard.wait(1.0)
                time.sleep(0.03)
        finally:
            watcher.loop_stop()
            resident.close()
    if len(seconds) < samples:
        raise RuntimeError(f"{misses} commands had no effect; see {folder}/bridge.log")
    return seconds
