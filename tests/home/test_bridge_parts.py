"""The bridge's configuration, its messages to Home Assistant, and its unit file."""

import json
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from gezhi.errors import InputError, ParameterError
from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.controllers import Entity, HotWater
from gezhi.home.bridge.discovery import Announcer, form_for, slug
from gezhi.home.bridge.homeassistant import package
from gezhi.home.bridge.keeping import Keeper
from gezhi.home.bridge.planning import Planner
from gezhi.home.bridge.store import Store
from gezhi.home.bridge.systemd import unit
from gezhi.home.types import Flow, Probe, Settings, Tap

HOME = """
[mqtt]
host = "192.168.1.5"
user = "gezhi"
password = "secret"
home_assistant = "2024.3.3"

[bridge]
folder = "/tmp/x"

[[nodes]]
node = "cellar"
[[nodes.channels]]
name = "pump"
channel = "pump"
quantity = "relay"
pin = "GPIO16"

[[nodes]]
node = "plug"
kind = "tasmota"
channels = [{ name = "valve", channel = "1", quantity = "relay", limit_seconds = 60 }]

[house]
of = "the controllers"
"""


def read(tmp_path, text):
    path = tmp_path / "home.toml"
    path.write_text(text, encoding="utf-8")
    return read_configuration(path)


def test_a_good_file_is_read(tmp_path):
    found = read(tmp_path, HOME)
    assert found.mqtt.secret() == "secret"
    assert [one.adapter().node for one in found.nodes] == ["cellar", "plug"]
    assert found.nodes[1].channels[0].limit_seconds == 60.0
    assert read(tmp_path, "").mqtt.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[mqtt]", "[mqtt", "no TOML"),
        ('host = "192.168.1.5"', "host = 5", "mqtt.host: Input should be a valid string"),
        ('host = "192.168.1.5"', "hots = 5", "mqtt.hots: Extra inputs are not permitted"),
        ('user = "gezhi"', "port = 70000", "mqtt.port"),
        ('user = "gezhi"', "tls = false", "a password needs a user"),
        ('user = "gezhi"', 'user = "x"\nca_file = "ca.pem"', "tls is off"),
        ('user = "gezhi"', 'user = "x"\npassword_file = "p"', "both given"),
        ('user = "gezhi"', 'user = "x"\nbase = "a/b"', "mqtt.base"),
        ('"2024.3.3"', '"soon"', "no version of Home Assistant"),
        ('folder = "/tmp/x"', 'host = "0.0.0.0"', "needs a token"),
        ('folder = "/tmp/x"', 'host = "0.0.0.0"\ntoken = "short"', "at least 16"),
        ('kind = "tasmota"', 'kind = "magic"', r"nodes\[1\].kind"),
        ('node = "plug"', 'node = "cellar"', "the node 'cellar' is there twice"),
        ('name = "valve"', 'name = "pump"', "the channel 'pump' is there twice"),
        ("limit_seconds = 60", "limit_seconds = -1", "limit_seconds"),
        ("limit_seconds = 60", "limit_seconds = nan", "limit_seconds"),
        ("limit_seconds = 60", 'templates = { commandtopic = "x" }', "no template 'commandtopic'"),
        ("limit_seconds = 60", "scale = inf", "scale"),
        ('pin = "GPIO16"', 'address = "28-ff"', "address"),
    ],
)
def test_a_flaw_is_named_with_its_key(tmp_path, old, new, says):
    assert old in HOME
    with pytest.raises(InputError, match=says):
        read(tmp_path, HOME.replace(old, new))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.toml: No such file"):
        read_configuration(tmp_path / "no.toml")
    found = read(tmp_path, '[mqtt]\nuser = "x"\npassword_file = "/no/such/file"')
    with pytest.raises(InputError, match="password_file /no/such/file"):
        found.mqtt.secret()
    found = read(tmp_path, '[mqtt]\ntls = true\nca_file = "/no/such/ca"')
    with pytest.raises(InputError, match="certificates"):
        found.mqtt.context()


SYSTEM = HotWater(
    Settings(
        "cold-return", (Tap("bath", valve="v1", probe=True), Tap("厨房", valve="v2", probe=True))
    )
)


def configs(messages):
    return {one.topic: json.loads(one.payload) for one in messages
            if one.topic.endswith("/config") and one.payload and one.retain}  # fmt: skip


def ids(found):
    for one in found.values():
        yield from (it["unique_id"] for it in one.get("cmps", {"": one}).values())


def test_both_forms_say_the_same_of_the_same_ids():
    device = configs(Announcer([SYSTEM], form="device").messages("device"))
    single = configs(Announcer([SYSTEM], form="component").messages("component"))
    assert list(device) == ["homeassistant/device/gezhi_hotwater/config"]
    assert sorted(ids(device)) == sorted(ids(single))
    assert len(set(ids(single))) == len(list(ids(single))) == len(single)
    for topic, body in single.items():
        kind, key = topic.split("/")[1:3]
        inside = dict(next(iter(device.values()))["cmps"][key])
        assert inside.pop("p") == kind
        assert {k: v for k, v in body.items() if k not in ("device", "origin")} == inside


@pytest.mark.parametrize("previous", ["", "device", "component"])
@pytest.mark.parametrize("form", ["device", "component"])
def test_never_both_forms_for_one_id(form, previous):
    broker = {
        one.topic: one.payload for one in Announcer([SYSTEM], form=previous or form).messages()
    }
    for one in Announcer([SYSTEM], form=form).messages(previous):
        if one.retain:
            broker[one.topic] = one.payload
    kept = {topic for topic, payload in broker.items() if payload}
    assert kept == set(Announcer([SYSTEM], form=form).topics())


def test_a_change_of_form_lets_go_before_it_takes_hold():
    said = Announcer([SYSTEM], form="device").messages("component")
    first = [one.payload for one in said[: len(Announcer([SYSTEM], form="component").topics())]]
    assert set(first) == {'{"migrate_discovery": true}'}
    assert said[-1].payload == ""


def test_commands_carry_id_and_time_and_are_never_retained():
    found = configs(Announcer([SYSTEM], form="component").messages())
    for topic, body in found.items():
        assert body["availability_mode"] == "all"
        assert len(body["availability"]) == 2
        if "command_topic" in body:
            assert body["retain"] is False
        if "/button/" in topic:
            assert "now().timestamp()" in body["command_template"]
            assert "random" in body["command_template"]


def test_a_name_cannot_become_a_template():
    system = HotWater(Settings("return-pipe", (Tap("{{ evil }}"),), return_sensor="switch"))
    found = configs(Announcer([system], form="component").messages())
    (body,) = [one for topic, one in found.items() if "request" in topic]
    assert "{{ evil" not in body["command_template"]
    filled = body["command_template"]
    for template in ("{{ now().timestamp() }}", "{{ range(0, 65536) | random }}"):
        filled = filled.replace(template, "1")
    assert json.loads(filled)["tap"] == "{{ evil }}"


def test_slugs_tell_names_apart():
    names = ["bath", "Bad", "厨房", "浴室", "bad 1", "bäd", "bad", "a厨"]
    assert len({slug(one) for one in names}) == len(names)
    assert all(one.replace("_", "").replace("-", "").isalnum() for one in map(slug, names))


@pytest.mark.parametrize("version", ["", "next", "24.11", "v2024.11"])
def test_what_is_no_version_is_said(version):
    with pytest.raises(ParameterError, match="no version of Home Assistant"):
        form_for(version)


@dataclass(frozen=True)
class Stove:
    """Just enough of another system: a valve that can only be closed."""

    name: str = "stove"
    title: str = "Stove"

    def entities(self):
        return [
            Entity("left", "valve", "Left burner", value="left", command="off",
                   arguments={"burner": "left"},
                   options={"payload_open": None, "payload_close": "CLOSE"})
        ]  # fmt: skip


def test_another_system_finds_its_place_beside_it():
    found = configs(Announcer([SYSTEM, Stove()], form="device").messages("device"))
    assert len(found) == 2
    valve = found["homeassistant/device/gezhi_stove/config"]["cmps"]["gezhi_stove_left"]
    assert valve["p"] == "valve"
    assert valve["payload_open"] is None
    assert valve["command_topic"] == "gezhi/stove/command"
    assert '"command": "off", "burner": "left"' in valve["command_template"]


def test_the_package_for_switches_of_home_assistant(tmp_path):
    text = HOME.replace('kind = "tasmota"', 'kind = "homeassistant"').replace(
        'channel = "1"', 'channel = "switch.xiaomi_pump"'
    )
    found = package(read(tmp_path, text).nodes)
    assert "switch.xiaomi_pump" in found
    import yaml

    rules = yaml.safe_load(found)["automation"]
    assert len({one["id"] for one in rules}) == len(rules)
    assert any("delay" in json.dumps(one) for one in rules)
    commands = [one for one in rules if "/set" in json.dumps(one["trigger"])]
    assert all(one["mode"] == "restart" for one in commands)


def test_the_unit_is_one_that_systemd_accepts(tmp_path):
    path = tmp_path / "gezhi-home.service"
    path.write_text(unit(tmp_path / "my home.toml", user="root", executable="/usr/bin/env"))
    tool = shutil.which("systemd-analyze")
    if tool:
        done = subprocess.run([tool, "verify", path], capture_output=True, text=True, timeout=60)
        mine = [line for line in done.stderr.splitlines() if "gezhi-home.service" in line]
        assert not mine, done.stderr
    assert "Restart=always" in path.read_text()
    with pytest.raises(ParameterError, match="user is"):
        unit("x", user="a b\nExecStart=evil")
    with pytest.raises(ParameterError, match="unit file"):
        unit("x\ny", user="root")


class Diary:
    """A rule that writes down what it is told and wants what it is set to."""

    def __init__(self, *wanted):
        self.lines, self.wanted = [], wanted

    def drew(self, now, tap, litres_per_minute):
        self.lines.append(("drew", now, tap))

    def ended(self, now, tap, litres_per_minute, seconds):
        self.lines.append(("ended", now, tap))

    def cued(self, now, tap):
        self.lines.append(("cued", now, tap))

    def wants(self, now, celsius):
        return [tap for tap in self.wanted if tap in celsius]


def test_a_rule_hears_draws_and_is_taught_them_again_after_a_restart(bridge_world, tmp_path):
    world = bridge_world.World(tmp_path / "bridge.sqlite")
    rule = Diary()
    planner = Planner(rule, world.settings, world.store)
    world.bridge._advisors = (planner,)
    begun = world.wall
    world.hear("cellar/sensor/flow/state", "5.0")
    world.hear("gezhi/hotwater/cue/bath", "ON")
    world.wait(20, report=False)
    world.hear("cellar/sensor/flow/state", "0.0")
    assert rule.lines == [
        ("drew", begun, "bath"), ("cued", begun, "bath"), ("ended", begun + 20, "bath"),
    ]  # fmt: skip
    world.wait(3)
    assert world.ask()["accepted"]
    world.wait(6)  # the pump's own water is no draw
    world.ask("stop")
    world.wait(3)
    assert len(rule.lines) == 3
    again = Diary()
    Planner(again, world.settings, world.store)
    assert sorted(again.lines) == sorted(rule.lines)
    world.store.close()


def test_what_a_rule_wants_is_a_request_like_any_other(bridge_world, tmp_path):
    world = bridge_world.World(tmp_path / "bridge.sqlite")
    world.bridge._advisors = (Planner(Diary("bath"), world.settings, world.store),)
    world.wait(5)
    asked = [one.detail for one in world.store.events(kind="command:request")]
    assert [one["source"] for one in asked] == ["prediction"]
    assert world.node.off_at
    world.hear("gezhi/hotwater/do/absence", "ON")
    world.wait(200)
    assert not world.node.off_at
    assert len(world.store.events(kind="command:request")) == 1
    world.store.close()


def test_among_several_taps_the_one_whose_probe_warms_was_drawn_from(tmp_path):
    settings = SYSTEM.settings
    store = Store(tmp_path / "s.sqlite")
    rule = Diary()
    planner = Planner(rule, settings, store)
    state = SYSTEM.start(0.0)
    for now, event in enumerate(
        [Probe("bath", 18.0), Probe("厨房", 18.0), Flow(6.0), Probe("厨房", 30.0),
         Probe("bath", 18.5), Flow(0.0), Flow(6.0), Flow(0.0)]
    ):  # fmt: skip
        state, _ = SYSTEM.step(state, event, float(now))
        kept = planner.heard(event, state, float(now))
        if now == 5:
            assert kept[0][1] | {"seconds": 0} == {
                "tap": "厨房", "begun": 2.0, "seconds": 0, "litres_per_minute": 6.0,
            }  # fmt: skip
    assert rule.lines == [("drew", 2.0, "厨房"), ("ended", 5.0, "厨房")]
    assert kept[0][1]["tap"] == ""
    store.close()


def test_the_command_line_may_give_host_and_token(tmp_path):
    path = tmp_path / "home.toml"
    path.write_text(HOME, encoding="utf-8")
    with pytest.raises(InputError, match="needs a token"):
        read_configuration(path, host="0.0.0.0")
    found = read_configuration(path, host="0.0.0.0", token="a long enough token")
    assert found.bridge.folder == "/tmp/x"


def test_the_log_has_its_room_from_the_start_and_begins_anew_when_it_settles(tmp_path):
    store = Store(tmp_path / "bridge.sqlite")
    log = tmp_path / "bridge.sqlite-wal"
    room = log.stat().st_size
    settled = 0
    for number in range(400):
        with store.transaction():
            store.save("hotwater", {"n": "x" * 900}, house_seconds=number, wall_seconds=number)
            store.record("hotwater", "request", {"id": str(number)}, wall_seconds=number)
        if store.settling_due:
            store.settle()
            settled += 1
    assert settled == 8
    assert log.stat().st_size == room > 1_000_000
    other = Store(tmp_path / "bridge.sqlite", read_only=True)
    assert [one.detail["id"] for one in other.last_events(1)] == ["399"]


def test_a_count_that_stands_still_is_written_once(tmp_path):
    store = Store(tmp_path / "bridge.sqlite")
    keeper = Keeper(store, HouseClock())
    for reading in (5.0, 5.0, 5.0, 7.0, 7.0, 1.0, 1.0):
        keeper.count("litres", reading, rollback=0.0)
    assert store.total("litres") == 3.0  # 2 more, then 1 of a counter that began anew
    assert [one.detail["litres"] for one in store.events()] == [2.0, 1.0]
