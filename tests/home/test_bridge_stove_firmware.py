"""The stove's node file: ESPHome accepts it, and its C++ does what `stove_node.step` does."""

import importlib.util
import json
import random
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gezhi.errors import ParameterError
from gezhi.home import stove_node
from gezhi.home.bridge.configuration import ChannelSettings, MqttSettings, NodeSettings
from gezhi.home.stove_firmware import stove_node_file
from gezhi.home.types import SetRelay, Tick
from gezhi.home.types.stove import Burner, Button, Flame, LockNode, PlanNode, StoveSettings

ROOT = Path(__file__).parents[2]
ESPHOME = ROOT / "benchmarks" / "peers" / "esphome" / "bin" / "esphome"
_spec = importlib.util.spec_from_file_location(
    "stove_firmware_harness", Path(__file__).with_name("stove_firmware_harness.py")
)
harness = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(harness)


def channel(name, own, quantity, pin="", **more):
    return ChannelSettings(name=name, channel=own, quantity=quantity, pin=pin, **more)


CHANNELS = (
    channel("left-relay", "left", "relay", "GPIO16"),
    channel("right-relay", "right", "relay", "GPIO17", inverted=True),
    channel("flame:left", "flame_left", "millivolts", "A0_A1"),
    channel("stove-button", "button", "switch", "GPIO18"),
    channel("stove-light", "light", "indicator", "GPIO19"),
    channel("presence", "presence", "switch", "GPIO23"),
)
NODE = NodeSettings(node="stove", channels=CHANNELS)
STOVE = StoveSettings(
    (Burner("left", "left-relay", flame_sensor=True), Burner("right", "right-relay"))
)
PLAIN = NodeSettings(node="plain", channels=CHANNELS[1:2])


def written(node=NODE, settings=STOVE):
    return stove_node_file(node, MqttSettings(), settings)


@pytest.mark.parametrize("node", [NODE, PLAIN], ids=lambda one: one.node)
def test_esphome_accepts_the_file(node, tmp_path):
    assert ESPHOME.exists(), "tests/system.sh builds benchmarks/peers/esphome; run it once"
    path = tmp_path / f"{node.node}.yaml"
    path.write_text(written(node), encoding="utf-8")
    secrets = re.findall(r"!secret (\w+)", path.read_text())
    (tmp_path / "secrets.yaml").write_text("".join(f'{one}: "12345678"\n' for one in {*secrets}))
    done = subprocess.run(
        [ESPHOME, "config", path], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_says_first_what_it_is_and_knows_no_word_for_light():
    text = written()
    first = " ".join(line.lstrip("# ") for line in text.splitlines()[:4])
    assert "not a certified safety device" in first
    assert "never on" in first
    topics = re.findall(r"topic: (\S+)", text)
    assert not [one for one in topics if re.search(r"open|light|ignite|/on$", one)]


def test_a_relay_rests_at_every_start_and_no_pulse_is_without_a_second_bound():
    found = harness.yaml.load(written(), harness.Loader)
    relays = [one for one in found["switch"] if one["id"].startswith("relay_")]
    assert [one["restore_mode"] for one in relays] == ["ALWAYS_OFF"] * 2
    assert all(one["internal"] for one in found["switch"])
    scripts = {one["id"]: one for one in found["script"]}
    for one in relays:
        guard = scripts[one["on_turn_on"][0]["script.execute"]]
        assert guard["mode"] == "restart"
        assert guard["then"] == [{"delay": "11000ms"}, {"switch.turn_off": one["id"]}]


def test_the_countdown_is_kept_in_the_flash():
    found = harness.yaml.load(written(), harness.Loader)
    kept = {one["id"]: one for one in found["globals"] if one.get("restore_value")}
    assert set(kept) == {"kept_left", "kept_right"}
    drive = next(one["then"] for one in found["script"] if one["id"] == "drive_left")
    saves = [i for i, step in enumerate(drive) if "sync()" in step["lambda"]]
    acts = [i for i, step in enumerate(drive) if "turn_on()" in step["lambda"]]
    assert max(saves) < min(acts)


def test_the_node_and_the_bridge_mean_the_same_topics():
    found = harness.yaml.load(written(), harness.Loader)
    relays = [one for one in NODE.channels if one.quantity == "relay"]
    timers = tuple(
        ChannelSettings(name=f"timer:{one.channel}", channel=one.channel, quantity="timer")
        for one in relays
    )
    adapter = NodeSettings(node="stove", channels=(*CHANNELS, *timers)).adapter()
    told = set()
    for one in adapter.channels:
        if one.quantity == "relay":
            told.add(adapter.switch(one, on=True, limit_seconds=10)[0].topic)
        if one.quantity == "timer":
            told.add(adapter.instruct(one, PlanNode("left", 5.0, 1))[0].topic)
            told.add(adapter.instruct(one, LockNode("left", True, 0, 1))[0].topic)
    assert told == {one["topic"] for one in found["mqtt"]["on_message"]}
    said = {f"stove/sensor/{one['name']}/state" for one in found["sensor"]}
    said |= {one["state_topic"] for one in found["binary_sensor"]}
    for one in found["script"]:
        said |= {step["mqtt.publish"]["topic"] for step in one["then"] if "mqtt.publish" in step}
    said |= {"stove/status"}
    assert set(adapter.subscriptions()) == said - {"stove/sensor/button/state"} | {
        "stove/sensor/button/state"
    }


# ---- the same rule in two languages -----------------------------------------------------------

SHORT = replace(
    STOVE, pulse_seconds=2.0, pause_seconds=1.0, energised_limit_seconds=7.0, rest_seconds=5.0,
    stale_seconds=3.0,
)  # fmt: skip
TICK = 50


def in_milliseconds(settings):
    """The same settings, so that Python reckons in whole numbers as the chip does."""
    times = [one for one in settings.__dataclass_fields__ if one.endswith("_seconds")]
    return replace(settings, **{one: int(1000 * getattr(settings, one)) for one in times})


class Twin:
    """`stove_node` of one burner, with the flash of the file: the countdown in steps of 1 s."""

    def __init__(self, burner):
        own = next(one for one in SHORT.burners if one.name == burner)
        self.settings = in_milliseconds(stove_node.node_settings(SHORT, own))
        self.state = stove_node.start(self.settings, 0)
        self.flash = stove_node.keep(self.state)

    def take(self, event, now):
        self.state, _ = stove_node.step(self.state, event, now)
        kept = stove_node.keep(self.state)
        if kept.remaining_seconds is not None:
            kept = replace(kept, remaining_seconds=-(-kept.remaining_seconds // 1000) * 1000)
        self.flash = kept

    def power(self, now):
        self.state = stove_node.restart(self.settings, self.flash, now)


def random_events(seed, burner, sensor):
    """Events of a few minutes, as lines for the file and as events for Python."""
    chance = random.Random(seed)
    now, number, presses, volts = 2000, 0, 0, 0.0
    while now < 240_000:
        kind = chance.choices(
            ["tick", "plan", "none", "stale", "cut", "lock", "button", "flame", "power"],
            [700, 6, 2, 2, 3, 4, 2, 60 * sensor, 2],
        )[0]
        event, payload = Tick(), ""
        if kind in ("plan", "none", "stale"):
            number += kind != "stale"
            seconds = None if kind == "none" else chance.randrange(0, 12_000, 100)
            event = PlanNode(burner, seconds, number)
            payload = f"{'NONE' if seconds is None else seconds / 1000} {number}"
            kind = "plan"
        elif kind == "cut":
            event, payload = SetRelay(f"{burner}-relay", True, 2000), "ON 2.0"
        elif kind == "lock":
            number += chance.random() < 0.9
            on, known = chance.random() < 0.7, max(0, presses - chance.choice([0, 0, 1]))
            event = LockNode(burner, on, known, number)
            payload = f"{'ON' if on else 'OFF'} {known} {number}"
        elif kind == "button":
            presses, event = presses + 1, Button()
        elif kind == "flame":
            volts = chance.choice([volts, 0.0, 6.5, 25.0, -120.0, 200.0])
            event, payload = Flame(burner, volts), f"{volts}"
        yield now, kind, payload, event
        now += TICK * chance.choice([1, 1, 1, 2, 20])


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    assert shutil.which("g++"), "tests/system.sh installs g++, which compiles the node's rule"
    return harness.Firmware(written(settings=SHORT), tmp_path_factory.mktemp("firmware"))


@pytest.mark.parametrize("burner", ["left", "right"])
@pytest.mark.parametrize("seed", range(20))
def test_the_file_does_what_the_python_rule_does(firmware, burner, seed):
    events = list(random_events(seed, burner, sensor=burner == "left"))
    lines = [f"{now} {kind} {burner} {payload}".rstrip() for now, kind, payload, _ in events]
    answers = firmware.run(lines)
    twin, fired, energised = Twin(burner), 0, 0
    assert len(answers) == len(events)
    for (now, kind, payload, event), (relay, text) in zip(events, answers, strict=True):
        if kind == "power":
            twin.power(now)
        else:
            twin.take(event, now)
        said, expected = json.loads(text), stove_node.report(twin.state)
        where = f"at {now} after {kind} {payload}: {said} {twin.state}"
        assert (relay == "ON") is twin.state.energised, where
        for key in ("number", "fired", "cutting", "failed", "locked", "presses"):
            assert said[key] == getattr(expected, key), where
        left = expected.remaining_seconds
        assert (said["remaining_seconds"] is None) is (left is None), where
        assert left is None or said["remaining_seconds"] == pytest.approx(left / 1000, abs=0.06)
        fired, energised = max(fired, expected.fired), energised + twin.state.energised
    assert fired > 0
    assert energised > 0


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "600",
        "600 x",
        "x 600",
        "-1 9",
        "nan 9",
        "inf 9",
        "1e9 9",
        "600 9 9",
        "NONE",
        "NONE ",
        "5.0 ",
    ],
)
def test_what_is_no_plan_plans_nothing(firmware, payload):
    relay, text = firmware.run([f"2000 plan left {payload}"])[0]
    assert relay == "OFF"
    assert json.loads(text)["remaining_seconds"] is None
    assert json.loads(text)["number"] == 0


def test_what_the_broker_had_kept_cuts_nothing(firmware):
    assert firmware.run(["500 cut left ON 10.0", "600 tick left"])[1][0] == "OFF"
    assert firmware.run(["1500 cut left ON 10.0", "1600 tick left"])[1][0] == "ON"
    assert firmware.run(["1500 cut left OPEN", "1600 tick left"])[1][0] == "OFF"


def test_what_the_second_guard_put_to_rest_stays_at_rest(firmware):
    lines = ["1500 cut left ON 10.0", "1550 tick left", "1600 guard left", "1650 tick left"]
    assert [relay for relay, _ in firmware.run(lines)] == ["ON", "ON", "OFF", "OFF"]


@pytest.mark.parametrize(
    ("channels", "more", "says"),
    [
        (CHANNELS, {"chip": "esp8266"}, "wear out"),
        ((*CHANNELS, channel("pump", "pump", "relay", "GPIO5")), {}, "does not belong there"),
        ((channel("left-relay", "left", "relay"),), {}, "needs a pin"),
        ((CHANNELS[0], channel("flame:left", "f", "millivolts", "GPIO5")), {}, "ADS1115"),
        ((CHANNELS[0], channel("x", "x", "relay", "GPIO16")), {}, "used twice"),
        ((channel("left-relay", "Ä", "relay", "GPIO5"),), {}, "ESPHome id"),
    ],
)
def test_what_cannot_be_built_is_named(channels, more, says):
    with pytest.raises(ParameterError, match=says):
        written(NodeSettings(node="stove", channels=channels, **more))
