"""The stove on the bridge, stopped and started between any two messages, without a network."""

import asyncio
import importlib.util
import json
import random
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gezhi.home import stove, stove_node
from gezhi.home.bridge import link
from gezhi.home.bridge.configuration import MqttSettings
from gezhi.home.bridge.discovery import Announcer
from gezhi.home.bridge.messages import Arrival
from gezhi.home.bridge.runtime import Runtime
from gezhi.home.bridge.store import Store
from gezhi.home.bridge.stove_fake import FakeStoveNode
from gezhi.home.types import Link, SetRelay, Tick
from gezhi.home.types.stove import Burner, Cut, NodeSays, Plan, PlanNode, StoveSettings

_spec = importlib.util.spec_from_file_location(
    "stove_bridge_world", Path(__file__).with_name("stove_bridge_world.py")
)
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)


@pytest.fixture
def world(tmp_path):
    made = worlds.World(tmp_path / "bridge.sqlite")
    yield made
    made.store.close()


def test_off_breaks_the_circuit_for_a_bounded_pulse_and_rests_again(world):
    world.volts["left"] = 25.0
    world.wait(2)
    assert world.shown["burners"]["left"]["valve"] == "open"
    assert world.ask("off", burner="left")["accepted"]
    assert set(world.node.off_at) == {"left-relay"}
    assert world.shown["burners"]["left"]["valve"] == "closing"
    world.volts["left"] = 0.0
    world.wait(30)
    assert not world.node.off_at
    assert [round(one[2] - one[1], 1) for one in world.pulses] == [10.0]
    assert world.shown["burners"]["left"]["valve"] == "closed"
    assert world.retained["stove/switch/left/state"] == "OFF"
    assert "cut-done" in world.notices()


def test_a_plan_lives_in_the_node_and_is_cut_without_hub(world):
    assert world.ask("plan", burner="left", minutes=1)["accepted"]
    assert world.node.states["left"].due_at == pytest.approx(world.steady + 60)
    assert world.shown["burners"]["left"]["remaining_seconds"] == 60
    due = world.steady + 60
    world.wait(10)
    world.die()
    world.wait(80)
    assert world.begun()[0] + 100.0 == pytest.approx(due, abs=worlds.STEP)
    count = len(world.begun())
    world.start()
    world.wait(60)
    assert len(world.begun()) == count  # what the node has done is not done again
    assert "cut-by-node" in world.notices() or not world.shown["burners"]["left"]["timers"]
    assert world.shown["burners"]["left"]["timers"] == 0


def test_after_a_power_cut_the_remaining_time_goes_on_and_the_cut_comes_late(world):
    world.ask("plan", burner="right", seconds=20)
    world.wait(15)
    world.die()
    world.power_off()
    world.wait(40)
    world.power_on("brownout")
    back = world.steady
    world.wait(10)
    assert world.begun("right-relay")[0] + 100.0 - back <= 5.0 + 2.0
    world.wait(60)
    world.start()
    world.wait(5)
    assert world.shown["resets"]["right"] == "brownout"


def test_the_hub_cuts_at_once_what_came_due_while_the_node_was_dark(world):
    world.ask("plan", burner="left", seconds=20)
    world.wait(5)
    world.power_off()
    world.wait(30)
    assert world.shown["burners"]["left"]["cutting"]
    assert "cut-waits" in world.notices()
    world.power_on()
    world.wait(2)
    assert "left-relay" in world.node.off_at


def test_what_comes_twice_late_early_or_retained_is_refused_with_the_reason(world):
    assert world.ask("plan", id="once", burner="left", seconds=600)["accepted"]
    assert "duplicate" in world.ask("plan", id="once", burner="left", seconds=600)["reason"]
    assert "late: sent 31.0 s ago" in world.ask("off", age=31.0)["reason"]
    assert "ahead" in world.ask("off", age=-6.0)["reason"]
    assert "retained" in world.ask("off", retained=True)["reason"]
    assert "no burner 'roof'" in world.ask("off", burner="roof")["reason"]
    for absurd in (-1, "soon", None, True, float("inf")):
        body = {"id": f"a{absurd}", "command": "plan", "sent": world.wall, "burner": "left",
                "seconds": absurd}  # fmt: skip
        out = world.hear("gezhi/stove/command", json.dumps(body).replace("Infinity", "1e999"))
        answer = next(json.loads(one.payload) for one in out if one.topic.endswith("/answer"))
        assert "0 or more would be right" in answer["reason"]
    assert "seconds" in world.ask("plan", burner="left")["reason"]
    assert not world.ask("plan", burner="left", minutes=10_000)["accepted"]
    assert not world.ask("cancel", burner="right")["accepted"]
    assert not world.pulses


@pytest.mark.parametrize("word", ["on", "open", "light", "ignite", "start"])
def test_whatever_would_light_is_refused_and_says_why(world, word):
    assert "nothing but a hand" in world.ask(word, burner="left")["reason"]
    assert not world.pulses


def test_a_switch_turned_on_is_refused_and_shown_off_again_and_off_cuts(world):
    world.published.clear()
    out = world.hear("gezhi/stove/do/switch/left", "ON")
    answer = next(json.loads(one.payload) for one in out if one.topic.endswith("/answer"))
    assert "nothing but a hand" in answer["reason"]
    shown = [json.loads(one.payload) for one in out if one.topic == "gezhi/stove/state"]
    assert shown[-1]["burners"]["left"]["burning"] is False
    assert not world.pulses
    world.hear("gezhi/stove/do/switch/left", "OFF")
    assert set(world.node.off_at) == {"left-relay"}


def test_a_plan_set_to_nothing_is_taken_away_and_cuts_nothing(world):
    world.ask("plan", burner="left", minutes=5)
    assert world.shown["burners"]["left"]["minutes"] == 5
    assert world.ask("plan", burner="left", minutes=0)["accepted"]
    assert world.node.states["left"].due_at is None
    world.wait(310)
    assert not world.pulses


def test_what_is_said_is_done_or_refused(world):
    assert world.ask("say", text="turn off the left burner in 20 minutes")["accepted"]
    assert world.shown["burners"]["left"]["minutes"] == 20
    assert world.shown["burners"]["right"]["minutes"] == 0
    assert not world.ask("say", text="打开燃气灶")["accepted"]
    assert not world.ask("say", text="turn off the lights")["accepted"]
    assert not world.ask("say", text=7)["accepted"]
    assert world.ask("say", text="关火")["accepted"]
    assert set(world.node.off_at) == {"left-relay", "right-relay"}


def test_the_child_lock_is_in_the_node_and_a_hand_takes_it_off(world):
    assert world.ask("lock", on=True)["accepted"]
    assert world.node.states["left"].locked
    world.die()
    world.volts["left"] = 25.0
    world.wait(1)
    assert "left-relay" in world.node.off_at
    world.volts["left"] = 0.0
    world.wait(30)
    world.carry(world.node.press(world.steady), of_node=True)
    world.start()
    world.wait(5)
    assert world.shown["locked"] is False
    assert "unlocked-at-stove" in world.notices()
    world.volts["left"] = 25.0
    count = len(world.pulses)
    world.wait(20)
    assert len(world.pulses) == count


def test_presence_and_alarms_cut(tmp_path):
    settings = replace(worlds.SETTINGS, presence_seconds=60.0)
    system = worlds.Stove(settings)
    assert system.reading("presence", False).near is False
    assert system.reading("alarm:gas", True).kind == "gas"
    assert system.reading("hood-sensor", True).on is True
    assert system.reading("presence", 1.0) is None
    world = worlds.World(tmp_path / "b.sqlite", settings)
    for event in (system.reading("alarm:smoke", True),):
        world.carry(world.bridge._advance(world.bridge.driven["stove"], event))
    assert set(world.node.off_at) == {"left-relay", "right-relay"}
    world.store.close()


@pytest.mark.parametrize(
    "payload",
    [b"", b"ON", b"[]", b"null", b"{}", b'{"remaining_seconds": "x"}', b"\xff\xfe", b"[" * 4000,
     b'{"remaining_seconds": -5, "number": 1, "fired": 0, "presses": 0, "cutting": false, '
     b'"failed": false, "locked": false}',
     b'{"remaining_seconds": 1e999, "number": 1, "fired": 0, "presses": 0, "cutting": false, '
     b'"failed": false, "locked": false}',
     b'{"remaining_seconds": null, "number": 1.5, "fired": 0, "presses": 0, "cutting": false, '
     b'"failed": false, "locked": false}',
     b'{"remaining_seconds": null, "number": true, "fired": 0, "presses": 0, "cutting": 0, '
     b'"failed": false, "locked": false}'],
)  # fmt: skip
def test_no_payload_breaks_the_bridge_or_plans_anything(world, payload):
    for topic in (
        "gezhi/stove/command", "gezhi/stove/do/plan/left", "gezhi/stove/do/switch/left",
        "stove/timer/left/state", "stove/sensor/flame_left/state", "stove/status",
    ):  # fmt: skip
        for retained in (False, True):
            world.bridge.receive(Arrival(topic, payload, retained=retained))
    world.wait(1)
    assert not world.bridge.driven["stove"].state.burner("left").timers


def test_a_voltage_that_cannot_be_is_no_flame_and_no_darkness(world):
    world.volts["left"] = 25.0
    world.wait(2)
    assert world.shown["burners"]["left"]["flame"] is True
    for wrong in ("nan", "-127", "900", "soft"):
        world.hear("stove/sensor/flame_left/state", wrong)
        assert world.shown["burners"]["left"]["flame"] is None, wrong


def test_nothing_that_is_published_could_light_and_no_command_is_retained(world):
    for command in ("off", "plan", "extend", "cancel", "lock", "reset"):
        world.ask(command, burner="left", minutes=1, on=True)
        world.wait(3)
    topics = {one.topic for _, one in world.published}
    assert {"stove/relay/left/set", "stove/timer/left/plan", "stove/timer/left/lock"} <= topics
    for _, one in world.published:
        if one.topic.endswith(("/set", "/plan", "/lock", "/answer", "/notice")):
            assert not one.retain
    told = {one.payload.split()[0] for _, one in world.published if one.topic.endswith("/set")}
    assert told == {"ON"}


def test_timers_outlive_the_hub_and_jumps_of_the_wall_clock(world):
    world.ask("plan", burner="left", minutes=10)
    world.ask("plan", burner="left", minutes=20)
    due = world.steady + 600
    world.wait(100)
    world.wall += 7200.0
    world.wait(100)
    world.die()
    world.wait(50)
    world.start()
    world.wait(due - world.steady - 1)
    assert not world.begun()
    world.wait(2)
    assert world.begun()
    world.wait(100)
    assert world.shown["burners"]["left"]["timers"] == 1


class FullDisk(Store):
    """A store whose disk can be filled and freed."""

    full = False

    def save(self, *args, **kwargs):
        if self.full:
            with self._named():
                raise sqlite3.OperationalError("database or disk is full")
        super().save(*args, **kwargs)


def test_a_full_disk_refuses_plans_and_still_cuts(tmp_path):
    world = worlds.World(tmp_path / "b.sqlite", store=FullDisk)
    world.ask("plan", burner="right", seconds=60)
    world.store.full = True
    refused = world.ask("plan", burner="left", seconds=60)
    assert "disk is full" in refused["reason"]
    assert world.node.states["left"].due_at is None
    assert world.shown["burners"]["left"]["timers"] == 0
    assert world.ask("off", burner="left")["accepted"]
    assert "left-relay" in world.node.off_at
    world.wait(61)
    assert "right-relay" in world.node.off_at  # what was planned is done without a disk
    world.store.full = False
    world.wait(10)
    assert world.bridge.status()["problem"] == ""
    assert world.ask("plan", burner="left", seconds=60)["accepted"]
    world.store.close()


def test_a_relay_that_is_bought_has_its_timers_in_the_hub(tmp_path):
    settings = StoveSettings((Burner("left", "left-relay", node=False),))
    world = worlds.World(tmp_path / "b.sqlite", settings)
    assert world.ask("plan", burner="left", seconds=30)["accepted"]
    assert world.node.states["left"].due_at is None
    assert world.shown["burners"]["left"]["timer_in"] == "hub"
    world.wait(32)
    assert world.begun()
    world.store.close()


@pytest.mark.parametrize("seed", range(6))
def test_killed_between_any_two_messages_every_planned_cut_is_made(tmp_path, seed):
    """A short version of `benchmarks/stove_house.py`, without a clock to wait for."""
    # After its bound a relay rests; power that fails every few seconds would let it rest for long.
    settings = replace(worlds.SETTINGS, rest_seconds=5.0, pause_seconds=4.0)
    world = worlds.World(tmp_path / "bridge.sqlite", settings)
    chance, plans, dark = random.Random(seed), [], []
    for _ in range(60):
        world.wait(chance.choice([0.5, 2.0, 9.0]))
        pending = plans and world.steady < plans[-1] + 30  # a node holds one plan a burner
        if world.bridge and world.node and not pending and chance.random() < 0.6:
            seconds = chance.randrange(5, 60)
            answer = world.ask("plan", burner="left", seconds=seconds)
            plans += [world.steady + seconds] if answer["accepted"] else []
        if chance.random() < 0.2:
            world.die() if world.bridge is not None else world.start()
        if chance.random() < 0.15:
            if world.node is not None:
                world.power_off()
                dark.append([world.steady, None])
            else:
                world.power_on()
                dark[-1][1] = world.steady
    if world.node is None:
        world.power_on()
        dark[-1][1] = world.steady
    if world.bridge is None:
        world.start()
    world.wait(100)
    assert plans
    for due in plans:
        whole = [max(begun, due) for _, begun, end in world.pulses
                 if end is not None and end >= due and end - begun >= 9.0]  # fmt: skip
        assert whole, due
        done = min(whole)
        powered = done - due - sum(max(0.0, min(done, b) - max(due, a)) for a, b in dark)
        assert powered <= 5.0 + 15.0, (due, done, dark)  # a cut under way may end with a pause
    for _, begun, end in world.pulses:
        assert end - begun <= 10.0 + worlds.STEP
    world.store.close()


def test_a_flame_that_burns_on_is_not_written_to_the_disk_every_second(tmp_path):
    settings = replace(worlds.SETTINGS, hood="hood")
    world = worlds.World(tmp_path / "bridge.sqlite", settings)
    world.volts["left"] = 25.0
    world.wait(5)
    saves = []
    real = world.store.save
    world.store.save = lambda *args, **more: (saves.append(args), real(*args, **more))
    world.wait(60)
    assert len(saves) <= 2
    world.store.close()


@pytest.mark.parametrize("second", ["plan", "off"])
def test_what_the_node_has_done_of_one_cut_is_no_answer_to_the_next(world, second):
    """Hub and node lose each other with two cuts to make, of which the node knows the first."""
    world.ask("plan", burner="left", seconds=20)
    if second == "plan":
        world.ask("plan", burner="left", seconds=60)
    world.tear()
    world.wait(50)
    if second == "off":
        world.ask("off", burner="left")
    world.wait(20)
    pulses = len(world.begun())
    assert pulses > 0
    world.mend()
    world.wait(40)
    assert len(world.begun()) > pulses


# ---- what Home Assistant is told --------------------------------------------------------------

NAMED = worlds.Stove(StoveSettings((Burner("left", "r1", flame_sensor=True), Burner("右灶", "r2"))))


def configs(form):
    messages = Announcer([NAMED], form=form).messages(form)
    return {one.topic: json.loads(one.payload) for one in messages if one.payload}


def test_both_forms_say_the_same_and_a_valve_can_only_close():
    device, single = configs("device"), configs("component")
    inside = device["homeassistant/device/gezhi_stove/config"]["cmps"]
    assert sorted(inside) == sorted(one["unique_id"] for one in single.values())
    assert len(inside) == 2 * 8 + 6
    for topic, body in single.items():
        kind, key = topic.split("/")[1:3]
        same = dict(inside[key])
        assert same.pop("p") == kind
        assert {k: v for k, v in body.items() if k not in ("device", "origin")} == same
        assert [one["topic"] for one in body["availability"]] == [
            "gezhi/bridge/availability", "gezhi/stove/availability",
        ]  # fmt: skip
        if kind == "valve":
            assert body["payload_open"] is None
            assert "payload_stop" not in body
        assert body.get("retain", False) is False


def test_what_home_assistant_fills_in_is_a_command_that_is_understood(world):
    for topic, body in configs("component").items():
        if "command_template" not in body or "右灶" in str(body["name"]):
            continue
        text = body["command_template"]
        for template, value in (
            ("{{ now().timestamp() }}-{{ range(0, 65536) | random }}", topic[-30:]),
            ("{{ now().timestamp() }}", str(world.wall)),
            ("{{ value }}", "7"),
        ):
            text = text.replace(template, value)
        out = world.hear("gezhi/stove/command", text)
        answer = next(json.loads(one.payload) for one in out if one.topic.endswith("/answer"))
        assert "invalid" not in answer.get("reason", ""), (topic, answer)


def test_what_is_not_known_is_told_as_not_known():
    flames = [one for topic, one in configs("component").items() if "flame" in topic]
    assert len(flames) == 2
    assert all("'None' if" in one["value_template"] for one in flames)


# ---- the connection ---------------------------------------------------------------------------


class HastyBroker:
    """An MQTT client whose broker sends what it has kept before it says that one is subscribed."""

    def __init__(self, *_, queue_type, **__):
        self.queue = queue_type()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    async def subscribe(self, topics):
        for topic, payload in (("stove/status", b"online"),):
            if topic in dict(topics):
                self.queue.put_nowait(SimpleNamespace(topic=topic, payload=payload, retain=True))

    async def publish(self, *_, **__):
        return None

    @property
    async def messages(self):
        await asyncio.Event().wait()
        yield


def test_a_node_that_is_heard_with_the_subscription_is_there(tmp_path, monkeypatch):
    store = Store(tmp_path / "b.sqlite")
    system = worlds.Stove(worlds.SETTINGS)
    own = [stove_node.node_settings(worlds.SETTINGS, one) for one in worlds.SETTINGS.burners]
    runtime = Runtime([system], [FakeStoveNode("stove", own).adapter()], store)
    runtime.begin()
    monkeypatch.setattr(link.aiomqtt, "Client", HastyBroker)
    broker = link.BrokerLink(runtime, MqttSettings(), Announcer([system]))

    async def run():
        stop = asyncio.Event()
        running = asyncio.create_task(broker.run(stop))
        for _ in range(200):
            await asyncio.sleep(0.01)
            if runtime.driven["stove"].linked:
                break
        linked = runtime.driven["stove"].state.linked
        stop.set()
        await running
        return linked

    assert asyncio.run(run())
    store.close()


def test_a_node_keeps_its_plan_until_the_hub_has_sent_its_own_cut():
    """A cut waits for a link that is just there again when another comes due: both may be lost."""
    state = stove.start(worlds.SETTINGS, 0.0)
    told = []
    for at, event in (
        (0.0, Link(True)),
        (0.0, Plan("left", 20.0, id="a")),
        (1.0, NodeSays("left", 19.0, 1)),
        (10.0, Link(False)),
        (15.0, Cut("left", id="b")),
        (19.9, Link(True)),
        (20.0, Tick()),
    ):
        state, effects = stove.step(state, event, at)
        told += [(at, one) for one in effects if isinstance(one, PlanNode | SetRelay)]
    assert told[-1] == (0.0, PlanNode("left", 20.0, 1))
    state, effects = stove.step(state, NodeSays("left", None, 1, 1, cutting=True), 20.1)
    kinds = [type(one) for one in effects if isinstance(one, PlanNode | SetRelay)]
    assert PlanNode not in kinds or kinds.index(SetRelay) < kinds.index(PlanNode)
