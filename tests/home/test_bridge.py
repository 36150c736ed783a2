"""The bridge's logic, stopped and started between any two messages, without a network."""

import json
import random

import pytest

from gezhi.errors import InputError, ParameterError
from gezhi.home.bridge.adapters import PRESETS, Channel, TopicAdapter
from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.messages import Arrival
from gezhi.home.bridge.store import Store, StoreError


def sent_to(world, topic):
    return [one.payload for _, one in world.published if one.topic == topic]


def test_a_request_runs_until_the_probe_is_warm(world):
    assert world.ask() == {"id": "c1", "accepted": True}
    world.wait(5)
    assert set(world.node.off_at) == {"pump", "valve"}
    assert world.phase == "purging"
    world.node.sensors["probe"] = 36.0
    world.wait(1)
    world.wait(10)
    assert not world.node.off_at
    assert world.store.total("litres") == pytest.approx(world.node.litres, abs=1e-3)
    assert "command:request" in world.kinds()


def test_no_command_is_ever_retained_and_every_state_is(world):
    world.ask()
    world.wait(20)
    for _, one in world.published:
        command = one.topic.endswith(("/set", "/answer", "/notice"))
        assert one.retain is not command, one.topic


def test_what_comes_twice_late_early_or_retained_is_refused_with_the_reason(world):
    assert world.ask(id="once")["accepted"]
    again = world.ask(id="once")
    assert not again["accepted"]
    assert "duplicate: a command of this id was carried out before" in again["reason"]
    assert "late: sent 31.0 s ago" in world.ask(age=31.0)["reason"]
    assert "ahead of the bridge's" in world.ask(age=-6.0)["reason"]
    assert "retained" in world.ask(retained=True)["reason"]
    assert "no tap 'roof'" in world.ask(tap="roof")["reason"]
    assert "no command 'explode'" in world.ask("explode")["reason"]
    assert world.kinds().count("refused") == 5
    assert world.kinds().count("command:request") == 1


@pytest.mark.parametrize(
    "payload",
    [b"", b"ON", b"[]", b'"x"', b"{}", b'{"id": 5}', b'{"id": "a", "command": "stop"}',
     b'{"id": "a", "command": "stop", "sent": NaN}',
     b'{"id": "a", "command": "stop", "sent": true}',
     b'{"id": "a", "command": "stop", "sent": 1e999}', b"\xff\xfe", b"[" * 4000, b"9" * 4096,
     b"x" * 10_000, b'{"id": "a", "command": 7, "sent": 1}',
     b'{"id": "a\\nb", "command": "stop", "sent": 1}',
     b'{"id": "a", "command": "stop", "sent": 1, "valid_seconds": -1}'],
)  # fmt: skip
def test_no_payload_breaks_the_bridge(world, payload):
    for topic in ("gezhi/hotwater/command", "cellar/sensor/probe/state", "cellar/status",
                  "gezhi/hotwater/do/request/bath", "cellar/sensor/litres/state"):  # fmt: skip
        for retained in (False, True):
            world.bridge.receive(Arrival(topic, payload, retained=retained))
    world.wait(1)


def test_a_duplicate_is_known_after_a_restart(world):
    assert world.ask(id="once")["accepted"]
    world.die()
    world.start()
    assert "duplicate" in world.ask(id="once")["reason"]


def test_a_plain_press_works_live_and_not_from_the_past(world):
    world.hear("gezhi/hotwater/do/request/bath", "PRESS", retained=True)
    assert world.phase == "idle"
    world.hear("gezhi/hotwater/do/request/bath", "PRESS")
    assert world.phase == "opening"
    world.hear("gezhi/hotwater/do/absence", "ON")
    assert json.loads(world.retained["gezhi/hotwater/state"])["absent"] is True


def test_a_restart_in_the_middle_ends_with_all_off_and_forgets_nothing(world):
    world.hear("gezhi/hotwater/do/absence", "ON")
    world.ask()
    world.wait(5)
    before = len(world.kinds())
    world.die()
    world.wall += 20.0
    world.steady += 20.0
    world.start()
    assert not world.node.off_at
    assert world.bridge.driven["hotwater"].state.absent
    assert len(world.kinds()) > before
    world.wait(80)
    assert world.phase == "idle"
    assert world.ask()["accepted"]


@pytest.mark.parametrize("seed", range(6))
def test_killed_between_any_two_messages_nothing_is_lost(bridge_world, tmp_path, seed):
    world = bridge_world.World(tmp_path / "bridge.sqlite")
    chance = random.Random(seed)
    accepted = []
    for _ in range(40):
        world.wait(chance.choice([0.5, 1.0, 7.0]))
        if chance.random() < 0.4:
            answer = world.ask()
            accepted += [answer["id"]] if answer["accepted"] else []
        if chance.random() < 0.3:
            world.die()
            world.node.advance(world.steady)
            world.start()
    world.ask("stop")
    world.wait(2)
    kept = [one.detail["id"] for one in world.store.events(limit=9999)
            if one.kind == "command:request"]  # fmt: skip
    assert set(accepted) <= set(kept)
    assert len(kept) == len(set(kept))
    assert accepted
    assert world.store.total("litres") == pytest.approx(world.node.litres, abs=1e-3)
    assert not world.node.off_at
    world.store.close()


def test_the_node_ends_what_the_hub_has_forgotten(world):
    world.ask()
    world.wait(3)
    world.die()
    pump = world.node.off_at["pump"]
    assert pump - world.steady <= 10.0
    world.node.advance(world.steady + 300.1)
    assert not world.node.off_at


def test_nothing_is_lost_or_invented_by_the_counter(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    assert store.count("w", 100.0) == 0.0  # the first reading only sets the mark
    assert store.count("w", 101.5) == 1.5
    assert store.count("w", 101.5) == 0.0
    assert store.count("w", 0.5) == 0.5  # the node began anew
    assert store.count("w", 9.0) == 8.5
    assert store.count("w", 8.0, rollback=2.0) == 0.0  # its flash was a little behind
    assert store.count("w", 9.0, rollback=2.0) == 1.0
    store.close()
    assert Store(tmp_path / "s.sqlite").total("w") == 11.5
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="0 or more"):
            Store(tmp_path / "s.sqlite").count("w", wrong)


def test_an_absent_node_stops_the_purge_and_is_told_off_when_it_is_back(world):
    world.ask()
    world.wait(5)
    world.hear("cellar/status", "offline")
    assert world.phase == "cooldown"
    assert world.retained["gezhi/hotwater/availability"] == "offline"
    world.wait(70)
    assert "refused-link" in world.ask()["reason"]
    world.published.clear()
    world.hear("cellar/status", "online")
    for relay in ("pump", "valve"):
        assert set(sent_to(world, f"cellar/relay/{relay}/set")) == {"OFF"}
    assert world.retained["gezhi/hotwater/availability"] == "online"
    world.published.clear()
    world.hear("cellar/status", "online")  # it was away for a moment and nobody saw it go
    for relay in ("pump", "valve"):
        assert sent_to(world, f"cellar/relay/{relay}/set") == ["OFF"]


def test_what_the_broker_kept_of_an_absent_node_is_no_news(world):
    world.hear("cellar/status", "offline")
    world.die()
    world.start(online=False)
    world.carry(world.bridge.link(up=True))
    world.hear("cellar/switch/pump/state", "ON", retained=True)
    world.hear("cellar/status", "offline", retained=True)
    world.hear("cellar/sensor/probe/state", "80", retained=True)
    state = world.bridge.driven["hotwater"].state
    assert not any(one.read for one in state.relays)
    assert not state.readings


def test_a_wall_clock_that_jumps_moves_no_timer(world):
    world.ask()
    world.wait(3)
    before = world.bridge.clock.now()
    world.wall += 7200.0
    world.wait(2)
    assert world.bridge.clock.now() - before == pytest.approx(2.0)
    assert world.phase == "purging"
    world.wall -= 86400.0
    world.wait(2)
    assert world.phase == "purging"
    assert world.kinds().count("clock") == 2
    assert world.ask("stop")["accepted"]


def test_the_house_clock_never_runs_backwards():
    steady, wall = [5.0], [1000.0]
    kept = None
    last = 0.0
    for step in (0.0, 10.0, -500.0, 3600.0, -7.0):
        wall[0] += step
        steady[0] = 1.0
        clock = HouseClock(kept, steady=lambda: steady[0], wall=lambda: wall[0])
        assert clock.now() >= last
        steady[0] += 4.0
        wall[0] += 4.0
        kept = (clock.now(), clock.wall())
        last = clock.now()


def test_a_full_disk_switches_off_says_so_and_recovers(bridge_world, tmp_path, caplog):
    world = bridge_world.World(tmp_path / "bridge.sqlite", store=bridge_world.FullDisk)
    world.ask()
    world.wait(4)
    assert world.node.off_at
    world.store.full = True
    answer = world.ask("stop")
    assert answer["accepted"]
    assert not world.node.off_at
    assert "disk is full" in world.ask()["reason"]
    assert "disk is full" in world.bridge.status()["problem"]
    world.wait(80)
    assert not world.node.off_at
    world.store.full = False
    world.wait(10)
    assert world.bridge.status()["problem"] == ""
    assert "writable" in world.kinds()
    assert world.ask()["accepted"]
    assert caplog.text.count("disk is full") < 10
    assert world.store.total("litres") == pytest.approx(world.node.litres, abs=1e-3)
    world.store.close()


def test_a_disk_that_fills_up_in_the_middle_of_a_purge_ends_it(bridge_world, tmp_path):
    world = bridge_world.World(tmp_path / "bridge.sqlite", store=bridge_world.FullDisk)
    world.store.full = True
    assert not world.ask()["accepted"]
    assert not world.node.off_at
    world.store.close()


def test_sqlites_own_word_for_a_full_disk_is_understood(world):
    world.ask()
    world.wait(4)
    assert world.node.off_at
    world.store._base.execute("VACUUM")  # what the log's room has left free
    pages = world.store._base.execute("PRAGMA page_count").fetchone()[0]
    world.store._base.execute(f"PRAGMA max_page_count={pages}")
    for _ in range(400):
        world.ask(id="x" * 60 + str(world.numbers), command="absence", on=True)
        if world.bridge.status()["problem"]:
            break
    assert "database or disk is full" in world.bridge.status()["problem"]
    assert not world.node.off_at
    world.store._base.execute(f"PRAGMA max_page_count={pages + 1000}")
    world.wait(10)
    assert world.bridge.status()["problem"] == ""
    assert world.ask("stop")["accepted"]


def test_a_store_that_is_none_or_newer_is_named(tmp_path):
    (tmp_path / "text").write_text("this is no database at all, it only looks like a file")
    with pytest.raises(StoreError, match="move the file away"):
        Store(tmp_path / "text")
    store = Store(tmp_path / "new")
    store._base.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(InputError, match="newer gezhi"):
        Store(tmp_path / "new")


def test_the_studio_may_read_while_the_bridge_writes(world, tmp_path):
    reader = Store(tmp_path / "bridge.sqlite", read_only=True)
    before = len(reader.events())
    world.ask()
    assert len(reader.events()) > before
    with pytest.raises(StoreError, match="readonly"):
        reader.record("x", "y", {}, wall_seconds=0.0)
    reader.close()


def test_one_report_with_two_values_is_two_readings():
    sensors = (
        Channel("probe:bath", "temperature", "celsius"),
        Channel("valve", "state", "relay"),
    )
    plug = TopicAdapter("tap", sensors, PRESETS["zigbee2mqtt"])
    found = plug.read(Arrival("zigbee2mqtt/tap", b'{"temperature": 21.5, "state": "ON"}'))
    assert [(one.channel.name, one.value) for one in found] == [
        ("probe:bath", 21.5),
        ("valve", True),
    ]
    assert plug.read(Arrival("zigbee2mqtt/tap", b'{"linkquality": 7}')) == ()
    sent = plug.switch(sensors[1], on=True, limit_seconds=9.2)[0]
    assert json.loads(sent.payload) == {"state": "ON", "on_time": 10, "off_wait_time": 0}
    gone = plug.read(Arrival("zigbee2mqtt/tap/availability", b'{"state": "offline"}'))
    assert gone[0].channel is None
    assert gone[0].value is False


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("tasmota", "PulseTime1 100; Power1 ON"),
        ("esphome", "ON 10.0"),
        ("homeassistant", "ON 10.0"),
    ],
)
def test_every_make_is_told_its_own_limit(kind, payload):
    pump = Channel("pump", "1", "relay", limit_seconds=300.0)
    plug = TopicAdapter("x", (pump,), PRESETS[kind])
    sent = plug.switch(pump, on=True, limit_seconds=10.0)[0]
    assert (sent.payload, sent.qos, sent.retain) == (payload, 0, False)


def test_a_template_with_an_unknown_placeholder_is_named():
    with pytest.raises(ParameterError, match="doubled"):
        TopicAdapter(
            "x",
            (Channel("pump", "1", "relay", templates={"command_on": "{wrong}"}),),
            PRESETS["tasmota"],
        )
