"""What a measured house is made of, whatever it controls: processes and cables that can die.

Mosquitto, a bridge and a node are processes of their own, with a cable in front of bridge and node,
so that each can be killed at any moment and started again. A `Design` says which bridge and which
node; who sends commands to it is in `benchmarks.bridge_resident`.
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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as mqtt

from gezhi.home.bridge.messages import Arrival, Outgoing

__all__ = ["Design", "House", "Node", "Proxy", "free_port", "live_as_node"]

ROOT = Path(__file__).parents[1]


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
        carrying = asyncio.all_tasks(self._loop)
        for one in carrying:
            one.cancel()
        self._loop.run_until_complete(asyncio.gather(*carrying, return_exceptions=True))
        self._loop.close()

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


class Node(Protocol):
    """A simulated device: relays that go off by themselves, messages in and out."""

    off_at: dict[str, float]

    def subscriptions(self) -> tuple[str, ...]:
        """The topics it listens to."""

    def receive(self, arrival: Arrival, now: float) -> list[Outgoing]:
        """A message came."""

    def advance(self, now: float) -> list[Outgoing]:
        """Time has passed."""

    def report(self) -> list[Outgoing]:
        """Everything it shows."""

    def status(self, *, here: bool) -> Outgoing:
        """Its birth or its last will."""


def live_as_node(
    node: Node,
    name: str,
    port: int,
    folder: Path,
    *,
    keep: Callable[[], None],
    report_seconds: float = 0.15,
) -> None:
    """Be a node's process for ever: the node on MQTT, and a diary of what its relays really did.

    The diary, ``diary.jsonl``, is the judge of a measurement, since it knows nothing of the
    bridge's opinion: a line at each start, at each change of ``off_at``, and where the process
    stood still for more than a quarter of a second.

    Args:
        node: the simulated device.
        name: of its MQTT client.
        port: of the broker, or of a cable to it.
        folder: where the diary lies.
        keep: called before each report: writes what the device keeps in its flash.
        report_seconds: how often it shows everything.
    """
    lock = threading.Lock()
    with (folder / "diary.jsonl").open("a", encoding="utf-8") as diary:

        def note(**what: Any) -> None:
            diary.write(json.dumps({"at": time.monotonic(), **what}) + "\n")
            diary.flush()

        note(boot=True)
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name)
        will = node.status(here=False)
        client.will_set(will.topic, will.payload, qos=1, retain=True)

        def say(out: list[Outgoing]) -> None:
            if out:
                keep()  # a count that is shown and not kept would be shown twice after a kill
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
        client.connect_async("127.0.0.1", port, keepalive=5)
        client.loop_start()
        next_report, looked = 0.0, time.monotonic()
        while True:
            time.sleep(0.02)
            with lock:
                now = time.monotonic()
                if now - looked > 0.25:
                    note(stalled=now - looked)
                looked, before = now, dict(node.off_at)
                out = node.advance(now)
                if node.off_at != before:
                    note(off_at=node.off_at)
                if now >= next_report:
                    next_report = now + report_seconds
                    keep()
                    out = [*out, *node.report()]
                say(out)


@dataclass(frozen=True)
class Design:
    """What a house has besides broker and cables.

    Attributes:
        tables: of ``home.toml``, beyond ``[mqtt]`` and ``[bridge]``: the nodes, for example.
        bridge: a Python program that serves the configuration named by its first argument.
        node: a Python program that lives as the node: its arguments are the port of its cable and
            its folder, which is on a disk of memory.
    """

    tables: str
    bridge: str
    node: str


def _memory() -> Path:
    """A folder in memory: a node's relay does not wait for this computer's busy disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="node-", dir=memory if memory.is_dir() else None))


@dataclass
class House:
    """Broker, bridge, node and two cables, in one folder.

    Mosquitto writes all it has to the disk at every change while ``saves_at_once``, as it must
    where it is going to be killed; else when it stops and twice an hour, as it does by itself.
    """

    folder: Path
    design: Design
    broker: subprocess.Popen[bytes] | None = None
    bridge: subprocess.Popen[bytes] | None = None
    node: subprocess.Popen[bytes] | None = None
    broker_port: int = field(default_factory=free_port)
    node_folder: Path = field(default_factory=_memory)
    home_assistant: str = "2025.1.4"
    saves_at_once: bool = True
    chance: random.Random = field(default_factory=random.Random)
    power_cuts: list[float] = field(default_factory=list)
    broker_deaths: list[float] = field(default_factory=list)

    def __enter__(self) -> House:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start_broker()
        self.bridge_cable = Proxy(self.broker_port)
        self.node_cable = Proxy(self.broker_port)
        (self.folder / "home.toml").write_text(
            f"[mqtt]\nport = {self.bridge_cable.port}\nlongest_wait_seconds = 1\n"
            f'home_assistant = "{self.home_assistant}"\n'
            f'[bridge]\nport = 0\nfolder = "{self.folder}"\n{self.design.tables}'
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
            f"persistence_location {self.folder}/\nuser root\nset_tcp_nodelay true\n"
            + "autosave_interval 1\nautosave_on_changes true\n"
            * self.saves_at_once
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
                [sys.executable, "-c", self.design.bridge, str(self.folder / "home.toml")],
                stdout=output, stderr=output, cwd=ROOT,
            )  # fmt: skip

    def start_node(self) -> None:
        """Give the node power."""
        self.node = subprocess.Popen(
            [sys.executable, "-c", self.design.node, str(self.node_cable.port),
             str(self.node_folder)],
            cwd=ROOT,
        )  # fmt: skip

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
