"""The stove's house of the measurements: its bridge, its node with a flash, and who judges them.

The node runs `gezhi.home.stove_node.step`, which the ESPHome file mirrors. Its diary says what the
relays really did and which plans it held; the bridge's store says what was asked for. The judge
reads both, and asks of every planned cut that nobody cancelled whether a whole pulse came within
five seconds of its time, counting only seconds in which the node had power; and of every pulse
whether it ended within its bound.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from benchmarks.bridge_house import read_diary
from benchmarks.bridge_parts import Design, House, live_as_node
from benchmarks.bridge_resident import Resident, at_once, kill_while, lost_commands, settle
from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ask as ask_bridge
from gezhi.home.bridge.store import Store
from gezhi.home.types.stove import Burner, StoveSettings

__all__ = [
    "BURNERS",
    "QUICK",
    "SETTINGS",
    "StoveVerdict",
    "judged",
    "kill_stove_at_random",
    "measure_stove_latency",
    "run_stove_node",
    "stove",
]

BURNERS = ("left", "right")
#: A cut of a second instead of ten, so that a night of cuts fits into minutes.
SETTINGS = StoveSettings(
    tuple(Burner(name, f"{name}-relay") for name in BURNERS),
    pulse_seconds=1.0, pause_seconds=0.3, energised_limit_seconds=30.0, rest_seconds=1.0,
    relay_seconds=1.0, command_age_seconds=5.0, burn_limit_seconds=0.0,
)  # fmt: skip
#: The same for measuring how fast a command gets through.
QUICK = replace(SETTINGS, pulse_seconds=0.05, pause_seconds=0.02, blind_pulses=1, rest_seconds=0.05)
LATE_SECONDS = 5.0
# A plan's time is known to the moment at which its event was written.
EARLY_SECONDS = 0.25
FLASH_SECONDS = 1.0
# What the node reckons with and what the store says are the same plan within this.
_SAME_SECONDS = 0.3

_BRIDGE = """
import logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stderr,
                    format="%(asctime)s %(levelname)s %(message)s")
from benchmarks import stove_house
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.service import serve
from gezhi.home.bridge.stove_system import Stove
serve(read_configuration(sys.argv[1]), [Stove(stove_house.{settings})])
"""
_NODE = """
import sys
from benchmarks import stove_house
stove_house.run_stove_node(*sys.argv[1:], settings=stove_house.{settings}, flaw="{flaw}")
"""


def stove(settings: str = "SETTINGS", flaw: str = "") -> Design:
    """The design: two burners without flame sensors on one node.

    Args:
        settings: the name of the settings in this module.
        flaw: of the node, for a judge that has to find it; see `run_stove_node`.
    """
    channels = ""
    for name in BURNERS:
        for own, quantity in ((f"{name}-relay", "relay"), (f"timer:{name}", "timer")):
            channels += (
                f'[[nodes.channels]]\nname = "{own}"\nchannel = "{name}"\nquantity = "{quantity}"\n'
            )
    return Design(
        tables=f'[[nodes]]\nnode = "stove"\n{channels}',
        bridge=_BRIDGE.format(settings=settings),
        node=_NODE.format(settings=settings, flaw=flaw),
    )


def run_stove_node(
    port: str, folder: str, settings: StoveSettings = SETTINGS, flaw: str = ""
) -> None:
    """The node's process: the rule on MQTT, its flash and its diary in files.

    Args:
        port: of its cable.
        folder: where flash and diary lie.
        settings: the stove.
        flaw: "forgets" has no flash, "unbounded" keeps a relay energised three times as long,
            "deaf" takes no plan.
    """
    from gezhi.home.bridge.stove_fake import FakeStoveNode
    from gezhi.home.stove_node import node_settings

    flash = Path(folder) / "flash.json"
    kept = json.loads(flash.read_text()) if flash.exists() and flaw != "forgets" else {}
    long = 3.0 if flaw == "unbounded" else 1.0
    written = [0.0]

    def write(kept: Mapping[str, Any]) -> None:
        partial = flash.with_suffix(".partial")
        partial.write_text(json.dumps(kept))
        partial.replace(flash)
        written[0] = time.monotonic()

    own = [node_settings(settings, one) for one in settings.burners]
    own = [replace(one, pulse_seconds=one.pulse_seconds * long) for one in own]

    class Deaf(FakeStoveNode):
        def subscriptions(self) -> tuple[str, ...]:
            topics = FakeStoveNode.subscriptions(self)
            return tuple(one for one in topics if not one.endswith("/plan"))

    kind = Deaf if flaw == "deaf" else FakeStoveNode
    node = kind("stove", own, kept, time.monotonic(), write=write)
    with (Path(folder) / "plans.jsonl").open("a", encoding="utf-8") as plans:
        last: dict[str, float | None] = {}

        def keep() -> None:
            """Write what is planned for the judge, and now and then the countdown."""
            for name, state in node.states.items():
                if last.get(name, -1.0) != state.due_at:
                    last[name] = state.due_at
                    line = {"at": time.monotonic(), "burner": name, "due": state.due_at}
                    plans.write(json.dumps(line) + "\n")
                    plans.flush()
            if time.monotonic() - written[0] >= FLASH_SECONDS:
                write(node.kept())

        live_as_node(node, "stove", int(port), Path(folder), keep=keep)


@dataclass(frozen=True)
class StoveVerdict:
    """What a run of kills came to.

    `late` and `missed` are planned cuts; `which` says them. Of a cut that the node had not heard of
    when it was due (`unheard` counts those: its hub, broker or cable was dead then), only time
    counts in which hub and node spoke to each other; of the others, time in which the node had
    power. `overstays` are pulses beyond their bound.
    """

    kills: dict[str, int]
    planned: int
    cancelled: int
    unheard: int
    late: int
    missed: int
    which: tuple[str, ...]
    longest_late_seconds: float
    overstays: int
    longest_over_seconds: float
    pulses: int
    events_lost: int
    accepted: int
    refused: int
    left_on: int
    longest_stall_seconds: float


def kill_stove_at_random(
    folder: Path, kills: int, *, seed: int, pace_seconds: float = 0.5, design: Design | None = None
) -> StoveVerdict:
    """Kill broker, bridge, node and network at random moments while cuts are being planned.

    Args:
        folder: an empty folder.
        kills: how many, each of the four in turn by chance.
        seed: of the moments, victims and plans.
        pace_seconds: the mean time between two kills.
        design: another house, for a judge that has to find fault.
    """
    chance = random.Random(seed)
    with _Watched(folder, design or stove(), chance=chance) as house:
        resident = Resident(house.broker_port, system="stove", shows="stove/switch/left/state")

        pending = dict.fromkeys(BURNERS, 0.0)

        def ask() -> None:
            burner, what = chance.choice(BURNERS), chance.random()
            # Mostly one timer a burner, as people have it; now and then several.
            if what < 0.5 and (time.monotonic() > pending[burner] or chance.random() < 0.1):
                seconds = round(chance.uniform(0.5, 6.0), 2)
                pending[burner] = time.monotonic() + seconds + 1.0
                resident.ask("plan", burner=burner, seconds=seconds)
            elif 0.5 < what < 0.52:
                resident.ask("cancel", burner=burner)
            elif 0.52 < what < 0.55:
                resident.ask("off", burner=burner)

        try:
            settle(house, resident, "hello")
            resident.taken.clear()  # before the bridge was ever there, nobody kept them for it
            counts = kill_while(
                house, resident, kills, ask, pace_seconds=pace_seconds, all_in_turn=kills < 40
            )
            settle(house, resident, "hello")
            _come_to_rest(house)
            return judged(house, resident, counts)
        finally:
            resident.close()


def _come_to_rest(house: House) -> None:
    """Wait until hub and node speak to each other and nothing is planned or being cut.

    On a busy computer that takes a while. What is not done by then will never be.
    """
    end, resting = time.monotonic() + 90.0, 0
    while time.monotonic() < end and resting < 5:
        time.sleep(0.5)
        try:
            shown = ask_bridge(house.folder, {"do": "status"})["systems"]["stove"]
        except InputError:
            continue
        busy = any(one["timers"] or one["cutting"] for one in shown["burners"].values())
        resting = 0 if busy or not shown["linked"] else resting + 1
    time.sleep(2.5)


@dataclass
class _Watched(House):
    """A house that knows when something in it was killed."""

    outages: list[float] = field(default_factory=list)

    def kill(self, victim: str, dark_seconds: float) -> None:
        """Kill, and write down when."""
        self.outages.append(time.monotonic())
        super().kill(victim, dark_seconds)


def judged(house: _Watched, resident: Resident, counts: dict[str, int]) -> StoveVerdict:
    """Read the store, the diary and the node's plans, and say what they come to."""
    offset = time.time() - time.monotonic()
    asked = _asked(house.folder / "bridge.sqlite", offset)
    linked = _linked(house.folder / "bridge.sqlite", offset, house.outages)
    life = _Life(house.node_folder, house.power_cuts)
    overstays, longest, runs, left_on, stall = read_diary(
        house.node_folder, house.power_cuts, SETTINGS.pulse_seconds
    )
    late: list[tuple[float, str]] = [(0.0, "")]
    missed, unheard = [], 0
    plans = [(one, life.energised(one.burner, one.due)) for one in asked if one.kind == "plan"]
    kept = [(one, done) for one, done in plans if not _withdrawn(one, done, asked, linked)]
    for one, done in kept:
        name = f"{one.burner} due {one.due:.2f}"
        heard = life.knew(one.burner, one.due)
        unheard += not heard
        if done is None:
            missed.append(f"{name}: missed")
            continue
        seconds = life.powered_seconds(one.due, done)
        if not heard:
            seconds = _between(linked, one.due, done)
        late.append((seconds, f"{name} done {done:.2f}, heard {heard}"))
    over = [f"{what}: {seconds:.2f} s late" for seconds, what in late if seconds > LATE_SECONDS]
    return StoveVerdict(
        kills=counts,
        planned=len(kept),
        cancelled=len(plans) - len(kept),
        unheard=unheard,
        late=len(over),
        missed=len(missed),
        which=(*missed, *over, *overstays),
        longest_late_seconds=round(max(late)[0], 3),
        overstays=len(overstays),
        longest_over_seconds=longest,
        pulses=runs,
        events_lost=len(lost_commands(house, resident)),
        accepted=len(resident.accepted),
        refused=len(resident.refused),
        left_on=left_on,
        longest_stall_seconds=stall,
    )


@dataclass(frozen=True)
class _Asked:
    kind: str
    burner: str
    at: float
    due: float


def _asked(path: Path, offset: float) -> list[_Asked]:
    """The accepted commands, on the diary's clock."""
    found, after = [], 0
    store = Store(path, read_only=True)
    try:
        while events := store.events(after=after, limit=5000):
            after = events[-1].number
            for one in events:
                kind = one.kind.removeprefix("command:")
                answer = store.answer(one.detail.get("id", ""))
                if kind in ("plan", "cancel") and answer is not None and answer.accepted:
                    at = one.wall_seconds - offset
                    due = at + float(one.detail.get("seconds", 0.0))
                    found.append(_Asked(kind, one.detail["burner"], at, due))
    finally:
        store.close()
    return found


def _linked(path: Path, offset: float, outages: Sequence[float]) -> list[tuple[float, float]]:
    """When hub and node spoke to each other: from the hub's word of it to whatever ended it."""
    store = Store(path, read_only=True)
    try:
        kinds = [
            (one.wall_seconds - offset, one.kind == "node" and one.detail["here"])
            for kind in ("node", "started")
            for one in store.events(kind=kind, limit=100_000)
        ]
    finally:
        store.close()
    found: list[tuple[float, float]] = []
    begun: float | None = None
    for at, here in sorted([*kinds, *((one, False) for one in outages)]):
        if begun is not None and not here:
            found.append((begun, at))
        begun = (at if begun is None else begun) if here else None
    return [*found, *([] if begun is None else [(begun, float("inf"))])]


def _between(spans: Sequence[tuple[float, float]], begun: float, end: float) -> float:
    """How much of the time between two instants lies in the spans."""
    return sum(max(0.0, min(end, off) - max(begun, on)) for on, off in spans)


def _withdrawn(
    plan: _Asked,
    done: float | None,
    asked: Sequence[_Asked],
    linked: Sequence[tuple[float, float]],
) -> bool:
    """Whether a person took the plan back: before it was due, or while its cut still waited.

    A cut waits where it came due with no way to the node; the node, which had been without power
    for a while, had not made it either.
    """

    def takes_back(at: float) -> bool:
        waited = _between(linked, plan.due, at) == 0 and (done is None or at < done)
        return plan.at <= at and (at <= plan.due + 0.5 or waited)

    cancels = (one.at for one in asked if one.kind == "cancel" and one.burner == plan.burner)
    return any(takes_back(at) for at in cancels)


class _Life:
    """What the node went through: when it had power, its pulses, and the plans it held."""

    def __init__(self, folder: Path, power_cuts: Sequence[float]) -> None:
        self._cuts = sorted(power_cuts)
        self._lives: list[tuple[float, float]] = []
        self._pulses: dict[str, list[tuple[float, float, bool]]] = {one: [] for one in BURNERS}
        self._plans = [
            json.loads(line) for line in (folder / "plans.jsonl").read_text().splitlines()
        ]
        on: dict[str, float] = {}
        for entry in map(json.loads, (folder / "diary.jsonl").read_text().splitlines()):
            if entry.get("boot"):
                self._die(on, entry["at"])
                self._lives.append((entry["at"], float("inf")))
            if "off_at" in entry:
                self._switched(on, entry)

    def _die(self, on: dict[str, float], booted: float) -> None:
        """The life before this start ended with the first cut after it began."""
        if not self._lives:
            return
        begun = self._lives[-1][0]
        end = min((one for one in self._cuts if one >= begun), default=booted)
        self._lives[-1] = (begun, end)
        for name, at in on.items():
            self._pulses[name].append((at, end, False))
        on.clear()

    def _switched(self, on: dict[str, float], entry: Mapping[str, Any]) -> None:
        now = {one.removesuffix("-relay") for one in entry["off_at"]}
        for name in now - set(on):
            on[name] = entry["at"]
        for name in set(on) - now:
            self._pulses[name].append((on.pop(name), entry["at"], True))

    def knew(self, burner: str, due: float) -> bool:
        """Whether the node held a plan for about that instant, before it."""
        return any(
            one["burner"] == burner
            and one["due"] is not None
            and one["at"] < due
            and abs(one["due"] - due) < _SAME_SECONDS
            for one in self._plans
        )

    def energised(self, burner: str, due: float) -> float | None:
        """When a whole pulse first broke the circuit at this instant or after it."""
        since = due - EARLY_SECONDS
        found = [
            max(begun, due)
            for begun, end, whole in self._pulses[burner]
            if whole and (end >= due or begun >= since)
        ]
        return min(found, default=None)

    def powered_seconds(self, begun: float, end: float) -> float:
        """How long the node had power between two instants."""
        return _between(self._lives, begun, end)


def measure_stove_latency(folder: Path, samples: int) -> list[float]:
    """Seconds from the publishing of "off" to its relay message at another subscriber."""
    seconds: list[float] = []
    with House(folder, stove("QUICK")) as house:
        resident = Resident(house.broker_port, system="stove", shows="stove/switch/left/state")
        arrived, rests, at = threading.Event(), threading.Event(), [0.0]

        def heard(_c: object, _u: object, message: mqtt.MQTTMessage) -> None:
            if message.topic.endswith("/state"):
                burners = json.loads(message.payload)["burners"].values()
                (rests.clear if any(one["cutting"] for one in burners) else rests.set)()
            elif message.payload.startswith(b"ON"):
                at[0] = time.perf_counter()
                arrived.set()

        watcher = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        watcher.on_message = heard
        watcher.on_socket_open = at_once
        watcher.connect("127.0.0.1", house.broker_port)
        watcher.subscribe([("stove/relay/left/set", 0), ("gezhi/stove/state", 0)])
        watcher.loop_start()
        try:
            settle(house, resident, "hello")
            time.sleep(1.0)
            misses = 0
            while len(seconds) < samples and misses < 50:
                rests.wait(2.0)
                arrived.clear()
                rests.clear()
                begun = time.perf_counter()
                resident.ask("off", burner="left")
                if arrived.wait(1.0):
                    seconds.append(at[0] - begun)
                else:
                    misses += 1
                time.sleep(0.03)
        finally:
            watcher.loop_stop()
            resident.close()
    if len(seconds) < samples:
        raise RuntimeError(f"{misses} commands had no effect; see {folder}/bridge.log")
    return seconds
