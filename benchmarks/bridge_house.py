"""The hot-water house of the bridge's measurements: its bridge, its node, and who judges them.

The node keeps a diary of what its relays really did, which is the judge: it knows nothing of the
bridge's opinion.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt

from benchmarks.bridge_parts import Design, House, live_as_node
from benchmarks.bridge_resident import Resident, at_once, kill_while, lost_commands, settle
from gezhi.home.bridge.store import Store

__all__ = ["Verdict", "hot_water", "kill_at_random", "measure_latency", "read_diary", "run_node"]

LIMIT_SECONDS = 3.0
# A process that was stopped by the system for a moment reacts late; a real relay does not.
SLACK_SECONDS = 0.75

_BRIDGE = """
import logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stderr,
                    format="%(asctime)s %(levelname)s %(message)s")
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.controllers import HotWater
from gezhi.home.bridge.service import serve
from gezhi.home.types import Settings, Tap
settings = Settings(
    "cold-return", (Tap("bath", valve="valve", probe=True, cooling_seconds=0.05),),
    purge_limit_seconds=2.9,
    dry_limit_seconds=1.2, no_flow_seconds=1.0, opening_seconds=0.05, closing_seconds=0.3,
    relay_seconds=0.8, min_off_seconds={min_off_seconds}, automatic_off_seconds=0.0,
    renew_seconds=0.3, stale_seconds=2.0, fault_seconds=0.5, request_age_seconds=5.0,
)
def ready(port):
    print(port, flush=True)
serve(read_configuration(sys.argv[1]), [HotWater(settings)], ready=ready)
"""
_NODE = "from benchmarks.bridge_house import run_node; import sys; run_node(*sys.argv[1:])"
_CHANNELS = (
    ("pump", "pump", "relay"),
    ("valve", "valve", "relay"),
    ("probe:bath", "probe", "celsius"),
    ("flow", "flow", "litres_per_minute"),
    ("litres", "litres", "litres"),
)


def hot_water(min_off_seconds: float = 0.9) -> Design:
    """The design: one tap whose cold pipe is the way back, pump and valve on one node.

    Args:
        min_off_seconds: the pause after a purge; as in a house, longer than a relay has time to
            read back.
    """
    channels = "\n".join(
        f'[[nodes.channels]]\nname = "{name}"\nchannel = "{channel}"\nquantity = "{quantity}"'
        + (f"\nlimit_seconds = {LIMIT_SECONDS}" if quantity == "relay" else "")
        for name, channel, quantity in _CHANNELS
    )
    return Design(
        tables=f'[[nodes]]\nnode = "cellar"\n{channels}\n',
        bridge=_BRIDGE.format(min_off_seconds=min_off_seconds),
        node=_NODE,
    )


def run_node(port: str, folder: str) -> None:
    """The node's process: the fake node on MQTT, its flash and its diary in files."""
    from gezhi.home.bridge.fake import FakeNode

    flash = Path(folder) / "flash.json"
    kept = json.loads(flash.read_text()) if flash.exists() else 0.0
    node = FakeNode(
        "cellar", {"pump": LIMIT_SECONDS, "valve": LIMIT_SECONDS}, sensors={"probe": 18.0},
        flow_litres_per_minute=6.0, flow_with="pump", litres=kept,
    )  # fmt: skip
    node.last = time.monotonic()
    wobble = random.Random(0)

    def keep() -> None:
        node.sensors["probe"] = 18.0 + wobble.random()
        partial = flash.with_suffix(".partial")
        partial.write_text(json.dumps(round(node.litres, 4)))
        partial.replace(flash)

    live_as_node(node, "cellar", int(port), Path(folder), keep=keep)


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
    with House(folder, hot_water(), chance=chance) as house:
        resident = Resident(house.broker_port)

        def ask() -> None:
            resident.ask("request", tap="bath")
            if chance.random() < 0.1:
                resident.ask("stop")

        try:
            settle(house, resident)
            resident.taken.clear()  # before the bridge was ever there, nobody kept them for it
            counts = kill_while(
                house, resident, kills, ask, pace_seconds=pace_seconds, all_in_turn=kills < 40
            )
            settle(house, resident)
            resident.ask("stop")
            time.sleep(LIMIT_SECONDS + 1.5)
            return _judge(house, resident, counts)
        finally:
            resident.close()


def _judge(house: House, resident: Resident, counts: dict[str, int]) -> Verdict:
    flash = json.loads((house.node_folder / "flash.json").read_text())
    water, after = 0.0, 0
    store = Store(house.folder / "bridge.sqlite", read_only=True)
    try:
        while found := store.events(after=after, limit=5000):
            after = found[-1].number
            water += sum(one.detail["litres"] for one in found if one.system == "water")
        total = store.total("litres")
    finally:
        store.close()
    overstays, longest, runs, left_on, stall = read_diary(house.node_folder, house.power_cuts)
    return Verdict(
        kills=counts,
        overstays=len(overstays),
        which=tuple(overstays),
        longest_over_seconds=longest,
        events_lost=len(lost_commands(house, resident)),
        litres_lost=round(max(abs(flash - total), abs(flash - water)), 3),
        litres=flash,
        taken=len(resident.taken),
        accepted=len(resident.accepted),
        refused=len(resident.refused),
        runs=runs,
        left_on=left_on,
        longest_stall_seconds=stall,
    )


def read_diary(
    node_folder: Path, power_cuts: Sequence[float], limit_seconds: float = LIMIT_SECONDS
) -> tuple[list[str], float, int, int, float]:
    """Overstays, the longest, runs, relays left on, and how long the node's process stood still.

    Args:
        node_folder: where the diary lies.
        power_cuts: when the node was killed, on the diary's clock.
        limit_seconds: the longest that a relay may be on without a break.
    """
    lines = (node_folder / "diary.jsonl").read_text(encoding="utf-8").splitlines()
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
            end = min((one for one in power_cuts if one >= last), default=entry["at"])
            overs += [(end - at, f"{name} at its death") for name, at in allowed.items()]
            allowed, begun, last = {}, {}, entry["at"]
            continue
        last = entry["at"]
        for name in set(allowed) - set(entry["off_at"]):
            overs.append((last - allowed.pop(name), f"{name} beyond its last permission"))
            overs.append((last - begun.pop(name) - limit_seconds, f"{name} on without a break"))
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
    with House(folder, hot_water(min_off_seconds=0.01), saves_at_once=False) as house:
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
        watcher.on_socket_open = at_once
        watcher.connect("127.0.0.1", house.broker_port)
        watcher.subscribe([("cellar/relay/valve/set", 0), ("gezhi/hotwater/state", 0)])
        watcher.loop_start()
        try:
            settle(house, resident)
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
