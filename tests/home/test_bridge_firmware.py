"""Node files: what they promise, and that ESPHome itself accepts them, without a network."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from gezhi.errors import ParameterError
from gezhi.home.bridge.configuration import ChannelSettings, MqttSettings, NodeSettings
from gezhi.home.firmware import node_file, write_firmware

ROOT = Path(__file__).parents[2]
ESPHOME = ROOT / "benchmarks" / "peers" / "esphome" / "bin" / "esphome"


def channel(name, quantity, pin="", **more):
    return ChannelSettings(
        name=name, channel=name.replace(":", "_"), quantity=quantity, pin=pin, **more
    )


CELLAR = NodeSettings(
    node="cellar",
    channels=(
        channel("pump", "relay", "GPIO16"),
        channel("valve", "relay", "GPIO19", inverted=True, limit_seconds=120),
        channel("probe:bath", "celsius", "GPIO18", address="0x1c0000031edd2a28"),
        channel("cold", "celsius", "GPIO18", address="0x1c0000031edd2a29"),
        channel("flow", "litres_per_minute", "GPIO17", pulses_per_litre=396),
        channel("litres", "litres"),
        channel("return", "switch", "GPIO21"),
    ),
)
TAP = NodeSettings(
    node="tap-1",
    chip="esp8266",
    channels=(channel("tap_valve", "relay", "D1"), channel("probe:kitchen", "celsius", "D2")),
)
EYE = NodeSettings(node="eye", channels=(channel("probe:roof", "celsius", "GPIO18"),))
CLOSES = {"probe:bath": ("valve", 35.0), "probe:kitchen": ("tap_valve", 35.0)}


class Loader(yaml.SafeLoader):
    """YAML with ESPHome's own tags as plain text."""


for tag in ("!secret", "!lambda"):
    Loader.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))


def read(node):
    return yaml.load(node_file(node, MqttSettings(port=1884), closes=CLOSES), Loader)


@pytest.mark.parametrize("node", [CELLAR, TAP, EYE], ids=lambda node: node.node)
def test_esphome_accepts_the_file(node, tmp_path):
    assert ESPHOME.exists(), "tests/system.sh builds benchmarks/peers/esphome; run it once"
    (path,) = write_firmware(tmp_path, (node,), MqttSettings(), closes=CLOSES)
    done = subprocess.run(
        [ESPHOME, "config", path], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Configuration is valid!" in done.stdout + done.stderr


def test_every_relay_is_off_at_start_and_switches_itself_off():
    found = read(CELLAR)
    assert [one["restore_mode"] for one in found["switch"]] == ["ALWAYS_OFF"] * 2
    for relay, script, limit in zip(
        found["switch"], found["script"], (300_000, 120_000), strict=True
    ):
        begun = relay["on_turn_on"][0]["script.execute"]
        assert begun == {"id": script["id"], "milliseconds": limit}
        assert script["mode"] == "restart"
        assert script["then"] == [
            {"delay": "return milliseconds;"},
            {"switch.turn_off": relay["id"]},
        ]
        assert relay["internal"] is True  # no command topic beside the one with a limit


def test_a_relay_goes_on_only_for_a_time_and_not_by_what_the_broker_kept():
    pump, valve = read(CELLAR)["mqtt"]["on_message"]
    text = pump["then"][0]["lambda"]
    assert text.index('"OFF"') < text.index("connected_at") < text.index("turn_on()")
    assert "if (!(seconds > 0.0f)) return;" in text
    assert "if (seconds > 300.0f) seconds = 300.0f;" in text
    assert "if (seconds > 120.0f) seconds = 120.0f;" in valve["then"][0]["lambda"]
    assert pump["topic"] == "cellar/relay/pump/set"


def test_a_valve_shuts_by_its_own_probe():
    probe = read(TAP)["sensor"][0]
    rule = probe["on_value"][0]["if"]
    lines = [one.strip() for one in rule["condition"]["lambda"].splitlines()]
    assert lines[-3:] == [
        "if (std::isnan(x)) return true;",
        "if (!id(relay_tap_valve).state || x < lowest) lowest = x;",
        "return x >= 35.00f || x - lowest >= 5.0f;",
    ]
    assert rule["then"] == [{"switch.turn_off": "relay_tap_valve"}]


def test_pulses_are_counted_whole_kept_and_retained():
    found = read(CELLAR)
    kept = {one["id"]: one for one in found["globals"]}["pulses_flow"]
    assert (kept["type"], kept["restore_value"]) == ("uint64_t", True)
    flow = next(one for one in found["sensor"] if one["platform"] == "pulse_counter")
    actions = flow["total"]["on_raw_value"]
    assert "pulses_flow" in actions[0]["lambda"]
    assert actions[1]["mqtt.publish"]["retain"] is True
    assert actions[1]["mqtt.publish"]["topic"] == "cellar/sensor/litres/state"
    assert flow["filters"][0]["multiply"] == pytest.approx(1 / 396, abs=1e-8)


def test_the_node_and_the_bridge_mean_the_same_topics():
    found = read(CELLAR)
    adapter = CELLAR.adapter()
    told = {
        adapter.switch(one, on=True, limit_seconds=9)[0].topic
        for one in adapter.channels
        if one.quantity == "relay"
    }
    assert told == {one["topic"] for one in found["mqtt"]["on_message"]}
    said = {f"cellar/sensor/{one['name']}/state" for one in found["sensor"]}
    said |= {one["state_topic"] for one in found["binary_sensor"]}
    said |= {one["mqtt.publish"]["topic"] for one in found["interval"][0]["then"]}
    said |= {"cellar/status"}
    assert set(adapter.subscriptions()) == said


def test_secrets_are_the_users_own_and_never_overwritten(tmp_path):
    write_firmware(tmp_path, (TAP,), MqttSettings())
    secrets = tmp_path / "secrets.yaml"
    assert secrets.stat().st_mode & 0o077 == 0
    secrets.write_text("mine")
    write_firmware(tmp_path, (TAP, EYE), MqttSettings())
    assert secrets.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.glob("[a-z]*.yaml")) == [
        "eye.yaml", "secrets.yaml", "tap-1.yaml",
    ]  # fmt: skip


def test_devices_of_another_make_get_no_file(tmp_path):
    plug = NodeSettings(node="plug", kind="tasmota", channels=(channel("pump", "relay"),))
    assert write_firmware(tmp_path, (plug,), MqttSettings()) == ()


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        ([("a", "relay")], "needs a pin"),
        ([("a", "relay", "D1"), ("b", "relay", "D1")], "used twice"),
        ([("a", "relay", "D1"), ("b", "celsius", "D1")], "used twice"),
        ([("a", "celsius", "D1"), ("b", "celsius", "D1")], "needs its address"),
        ([("a", "litres")], "0 flow sensors"),
        ([("Ä", "relay", "D1")], "ESPHome id"),
    ],
)
def test_what_cannot_be_built_is_named(channels, says):
    node = NodeSettings(node="x", channels=tuple(channel(*one) for one in channels))
    with pytest.raises(ParameterError, match=says):
        node_file(node, MqttSettings())


def test_a_name_that_esphome_would_refuse_is_named():
    node = NodeSettings(node="Cellar", channels=(channel("a", "relay", "D1"),))
    with pytest.raises(ParameterError, match="small letters"):
        node_file(node, MqttSettings())


def test_the_tool_that_judges_is_the_one_that_is_pinned():
    assert shutil.which(str(ESPHOME)), "tests/system.sh builds benchmarks/peers/esphome"
    done = subprocess.run([ESPHOME, "version"], capture_output=True, text=True, timeout=60)
    pinned = (ROOT / "benchmarks" / "peers" / "esphome.txt").read_text().split("==")[1].strip()
    assert pinned in done.stdout
