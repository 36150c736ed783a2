"""What the enumeration does not say in numbers: real settings, real seconds."""

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gezhi.home import hotwater
from gezhi.home.hotwater import resume, running, start, step
from gezhi.home.notices import SENTENCES, sentence
from gezhi.home.records import build, plain
from gezhi.home.settings import flaws
from gezhi.home.types import (
    Absence,
    Cold,
    Flow,
    Link,
    Notice,
    Phase,
    Probe,
    RelayRead,
    Request,
    Reset,
    Returned,
    SetRelay,
    Settings,
    State,
    Stop,
    Tap,
    Tick,
    Wake,
)

TAPS = (
    Tap("kitchen", valve="kitchen-valve", probe=True, purge_litres=8.0),
    Tap("bath", valve="bath-valve", probe=True),
)
COLD_RETURN = Settings("cold-return", TAPS, cold_sensor=False)
RETURN_PIPE = Settings("return-pipe", (Tap("bath"),), flow_sensor=False, return_sensor="switch")
DRAIN = Settings("drain", TAPS[:1], pump="")


class House:
    """Relays that obey and read back, sensors that say what they are told to, once a second."""

    def __init__(self, settings, **sensors):
        self.now, self.sensors = 0.0, sensors
        self.state = start(settings, 0.0)
        self.notices, self.commands = [], []
        self.deaf = set()

    def tell(self, event, at=None):
        self.state, effects = step(self.state, event, self.now if at is None else at)
        if any(not isinstance(one, Wake) for one in effects):
            # A restart at any moment forgets nothing.
            assert build(State, json.loads(json.dumps(plain(self.state)))) == self.state
        for one in effects:
            match one:
                case Notice(code):
                    self.notices.append(code)
                case SetRelay(name, on):
                    self.commands.append(one)
                    if name not in self.deaf and self.state.settings.reads_back:
                        self.tell(RelayRead(name, on), at)
                case Wake(when):
                    assert when > self.state.now
        return self

    def wait(self, seconds):
        for _ in range(seconds):
            self.now += 1
            pump = self.state.settings.pump
            valves = [one.on for one in self.state.relays if one.name != pump]
            moving = any(valves) and (not pump or self.state.relay(pump).on)
            if "flow" in self.sensors:
                self.tell(Flow(self.sensors["flow"] * moving + self.sensors.get("draw", 0.0)))
            for name in ("kitchen", "bath"):
                if name in self.sensors:
                    self.tell(Probe(name, self.sensors[name] + self.now % 2 / 16))
            if "cold" in self.sensors:
                self.tell(Cold(self.sensors["cold"]))
            self.tell(Tick())
        return self

    def on(self):
        return [one.name for one in self.state.relays if one.on]


def cold_return(settings=COLD_RETURN, **sensors):
    return House(settings, **{"flow": 6.0, "kitchen": 20.0, "bath": 20.0, **sensors}).wait(1)


def test_the_valve_opens_first_and_closes_first():
    house = cold_return().tell(Request("kitchen"))
    assert house.on() == ["kitchen-valve"]
    house.wait(1)
    assert house.on() == ["kitchen-valve"]
    house.wait(1)
    assert house.on() == ["pump", "kitchen-valve"]
    house.sensors["kitchen"] = 40.0
    house.wait(1)
    assert house.on() == ["pump"]
    house.wait(1)
    assert house.on() == []
    assert house.notices == ["warm"]
    assert house.wait(60).state.phase is Phase.IDLE


def test_an_open_tap_hides_the_flow_stop_and_the_pump_stops_all_the_same():
    house = cold_return(draw=5.0).tell(Request("kitchen")).wait(10)
    house.sensors["kitchen"] = 40.0
    house.wait(1)
    assert house.on() == ["pump"]
    house.wait(5)
    assert house.on() == []
    assert house.notices[-1] == "still-flowing"


def test_no_flow_stops_within_ten_seconds_and_says_so():
    house = cold_return(flow=0.0).tell(Request("kitchen")).wait(10)
    assert house.on() == []
    assert house.notices == ["no-flow"]
    assert max(c.limit_seconds for c in house.commands if c.name == "pump") <= 10


def test_a_rise_closes_long_before_the_level_does():
    house = cold_return().tell(Request("kitchen")).wait(10)
    house.sensors["kitchen"] = 25.5
    house.wait(1)
    assert house.notices == ["warm"]


def test_the_pipes_volume_closes_when_the_probe_stands_still():
    house = cold_return()
    house.sensors.pop("kitchen")
    house.tell(Probe("kitchen", 20.0)).tell(Request("kitchen"))
    for _ in range(160):
        house.tell(Probe("kitchen", 20.0)).wait(1)
    assert house.notices == ["volume", "sensor-frozen"]
    house.tell(Probe("kitchen", 20.0)).tell(Request("kitchen"))
    assert house.notices[-1] == "sensor-frozen"
    house.tell(Probe("kitchen", 20.1)).tell(Request("kitchen"))
    assert house.on() == ["kitchen-valve"]


def test_a_frozen_probe_without_a_known_volume_stops_after_three_minutes():
    house = cold_return().tell(Request("bath"))
    house.sensors.pop("bath")
    for _ in range(200):
        house.tell(Probe("bath", 20.0)).wait(1)
    assert "sensor-frozen" in house.notices
    assert house.on() == []


@pytest.mark.parametrize("celsius", [float("nan"), -1.0, 127.0, -127.0, float("inf")])
def test_an_absurd_probe_is_off_at_once(celsius):
    house = cold_return().tell(Request("kitchen")).wait(5)
    house.tell(Probe("kitchen", celsius))
    assert house.on() == []
    assert house.notices == ["sensor-absurd", "sensor-absurd"]


@pytest.mark.parametrize("rate", [float("nan"), -0.1, 101.0])
def test_an_absurd_flow_is_off_at_once(rate):
    house = cold_return().tell(Request("kitchen")).wait(5).tell(Flow(rate))
    assert house.on() == []


def test_a_silent_probe_is_off_within_its_time():
    house = cold_return().tell(Request("kitchen")).wait(5)
    house.sensors.pop("kitchen")
    assert house.wait(14).on()
    assert house.wait(1).on() == []
    assert house.notices == ["sensor-stale"]


def test_without_a_probe_that_speaks_nothing_starts():
    house = House(COLD_RETURN, flow=6.0).wait(1).tell(Request("kitchen"))
    assert (house.on(), house.notices) == ([], ["sensor-stale"])


def test_the_cold_line_stops_before_its_limit():
    house = cold_return(replace(COLD_RETURN, cold_sensor=True), cold=15.0)
    house.tell(Request("kitchen")).wait(5)
    assert house.on()
    house.sensors["cold"] = 36.0
    assert house.wait(1).on() == []
    assert house.notices == ["cold-too-warm"]


def test_the_pump_below_ignition_is_told_once():
    house = cold_return(flow=2.0).tell(Request("kitchen")).wait(30)
    assert house.notices.count("below-ignition") == 1


def test_two_taps_take_turns():
    house = cold_return().tell(Request("kitchen")).wait(5).tell(Request("bath", "voice"))
    assert house.notices == ["waiting"]
    house.sensors["kitchen"] = 40.0
    house.wait(70)
    assert house.on() == ["pump", "bath-valve"]


def test_automatic_requests_wait_and_people_do_not():
    house = cold_return().tell(Request("kitchen")).wait(5).tell(Stop()).wait(100)
    house.tell(Request("kitchen", "prediction"))
    assert (house.on(), house.notices[-1]) == ([], "refused-soon")
    house.tell(Request("kitchen", "voice"))
    assert house.on() == ["kitchen-valve"]


def test_absence_ends_what_ran_by_itself_and_refuses_more():
    house = cold_return().tell(Request("kitchen", "schedule")).wait(5).tell(Absence(True))
    assert (house.on(), house.notices) == ([], ["left-home"])
    house.wait(1000).tell(Request("kitchen", "schedule"))
    assert house.notices[-1] == "refused-absent"


def test_a_week_of_rest_moves_every_tap_once():
    # The week goes by in one leap, in which nobody looked: pipes that cool at once.
    taps = tuple(replace(tap, cooling_seconds=0.5) for tap in COLD_RETURN.taps)
    house = cold_return(replace(COLD_RETURN, taps=taps))
    house.now += COLD_RETURN.exercise_interval_seconds - COLD_RETURN.automatic_off_seconds - 9
    house.wait(400)
    opened = [one.name for one in house.commands if one.on and one.name != "pump"]
    assert sorted(set(opened)) == ["bath-valve", "kitchen-valve"]
    assert len(opened) == 2
    assert house.notices.count("exercised") == 2


def test_five_minutes_are_the_end_for_pump_and_valve():
    settings = replace(RETURN_PIPE, taps=(Tap("bath"),))
    house = House(settings).tell(Returned(warm=False)).tell(Request("bath"))
    assert house.commands == [SetRelay("pump", True, 300.0)]
    assert house.wait(289).on() == ["pump"]
    assert house.wait(1).on() == []
    assert house.notices == ["time-limit"]


def test_a_warm_return_stops_the_pump():
    house = House(RETURN_PIPE).tell(Returned(warm=False)).tell(Request("bath")).wait(20)
    assert house.tell(Returned(warm=True)).on() == []
    house.wait(100).tell(Request("bath"))
    assert house.notices == ["warm", "already-warm"]


def test_a_drain_never_lets_more_than_its_litres_run():
    house = House(DRAIN, flow=6.0, kitchen=20.0).wait(1).tell(Request("kitchen")).wait(120)
    assert house.notices[0] == "volume"
    house = House(
        replace(DRAIN, taps=(replace(TAPS[0], purge_litres=0.0),)), flow=6.0, kitchen=20.0
    )
    house.wait(1).tell(Request("kitchen")).wait(99)
    assert house.state.litres == pytest.approx(9.8, abs=0.11)
    house.wait(20)
    assert house.notices == ["litre-cap"]
    # Without another word from us its node shuts it before the litres are over.
    assert house.commands[0].limit_seconds == 60.0


def test_a_relay_that_reads_otherwise_is_a_fault_until_it_reads_right():
    house = cold_return()
    house.deaf.add("kitchen-valve")
    house.tell(RelayRead("kitchen-valve", False)).tell(Request("kitchen")).wait(3)
    assert (house.state.phase, house.on()) == (Phase.FAULT, [])
    assert house.tell(Request("kitchen")).notices[-1] == "refused-fault"
    assert house.wait(61).notices[-1] == "fault-cleared"
    house.wait(61).deaf.add("pump")
    house.tell(RelayRead("pump", True)).wait(4)
    assert house.state.phase is Phase.FAULT
    house.wait(200)
    assert house.state.phase is Phase.FAULT
    assert "relay-stuck" in house.notices
    house.tell(RelayRead("pump", False)).tell(Reset())
    assert house.state.phase is Phase.COOLDOWN


def test_messages_that_are_no_wish_start_nothing():
    house = cold_return()
    house.tell(Request("kitchen", id="a", retained=True))
    house.tell(Request("kitchen", id="b", issued_at=house.now - 16))
    house.tell(Request("kitchen", id="c", issued_at=house.now + 2))
    house.tell(Request("kitchen", id="d", issued_at=float("nan")))
    house.tell(Request("cellar", id="e"))
    assert house.on() == []
    house.tell(Request("kitchen", id="f")).tell(Stop()).wait(100).tell(Request("kitchen", id="f"))
    assert house.on() == []
    assert house.notices == [
        "refused-retained", *["refused-late"] * 3, "refused-unknown", "stopped",
        "refused-duplicate",
    ]  # fmt: skip


@pytest.mark.parametrize("at", [-1e9, 1e9, float("nan"), float("inf")])
def test_a_clock_that_jumps_switches_off_and_life_goes_on(at):
    house = cold_return().tell(Request("kitchen")).wait(5)
    house.tell(Tick(), at=at)
    assert (house.on(), house.notices[0]) == ([], "clock-jump")
    house.now = house.state.now
    assert house.wait(61).state.phase is not Phase.COOLDOWN


def test_events_a_little_out_of_order_are_no_jump():
    house = cold_return().tell(Request("kitchen")).wait(5)
    assert house.tell(Tick(), at=house.now - 0.9).on()


def test_a_lost_link_is_off_and_comes_back_with_all_off():
    house = cold_return().tell(Request("kitchen")).wait(5).tell(Link(False))
    assert house.on() == []
    assert house.wait(70).tell(Request("kitchen")).notices == ["link-lost", "refused-link"]
    house.commands.clear()
    house.tell(Link(True))
    assert [one.on for one in house.commands] == [False] * 3


def test_a_restart_keeps_the_past_and_begins_with_all_off():
    house = cold_return().tell(Request("kitchen", id="a")).wait(5)
    state, effects = resume(house.state, 3.0)
    assert [one.on for one in effects if isinstance(one, SetRelay)] == [False] * 3
    assert not running(state)
    assert state.phase is Phase.COOLDOWN
    state, _ = step(state, Tick(), 70.0)
    state, effects = step(state, Request("kitchen", id="a"), 70.0)
    assert effects[0] == Notice("refused-duplicate", "kitchen")


def test_every_notice_has_its_sentences():
    parts = Path(hotwater.__file__).parent.glob("*.py")
    trees = [ast.parse(one.read_text(encoding="utf-8")) for one in parts]
    words = {n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    codes = {w for w in words if isinstance(w, str) and w in SENTENCES}
    assert codes == set(SENTENCES)
    for code in SENTENCES:
        for language in ("en", "zh"):
            said = sentence(Notice(code, "kitchen", 3.0), language)
            assert said
            assert "{" not in said


def test_the_controller_imports_the_standard_library_and_its_words_alone():
    own = Path(hotwater.__file__).parent
    for path in (*own.glob("*.py"), *(own.parent / "types").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                standard = name.split(".")[0] in sys.stdlib_module_names
                words = name.split(".")[2:3] in (["types"], ["hotwater"]) and "gezhi.home" in name
                assert standard or words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pump_flow_litres_per_minute": 2.5}, "the pump should move more"),
        ({"taps": (TAPS[0], replace(TAPS[1], valve="kitchen-valve"))}, "shares the relay"),
        ({"taps": (replace(TAPS[0], probe=False),)}, "neither a probe nor a thermostatic valve"),
        ({"taps": (TAPS[0], TAPS[0])}, "named twice"),
        ({"taps": ()}, "at least one tap"),
        ({"layout": "siphon"}, "should be one of return-pipe, cold-return, drain"),
        ({"flow_sensor": False}, "no flow sensor"),
        ({"pump": ""}, "no pump"),
        ({"warm_celsius": float("nan")}, "warm_celsius is nan"),
        ({"stale_seconds": -1.0}, "stale_seconds is -1"),
        ({"renew_seconds": 0.0}, "renew_seconds is 0"),
        ({"cold_limit_celsius": 41.0}, "at most 38"),
        ({"dry_limit_seconds": 11.0}, "at most 10"),
        ({"purge_limit_seconds": 301.0}, "at most 300"),
        ({"closing_seconds": 8.0}, "closing_seconds"),
    ],
)
def test_settings_that_contradict_themselves_are_named(change, words):
    assert flaws(COLD_RETURN) == flaws(RETURN_PIPE) == flaws(DRAIN) == ()
    assert any(words in one for one in flaws(replace(COLD_RETURN, **change)))


@pytest.mark.parametrize(
    "value", [{"code": 3}, {"code": "a", "colour": "b"}, {}, [], {"code": "a", "value": "x"}]
)
def test_a_stored_record_that_is_no_record_is_refused(value):
    with pytest.raises(ValueError, match="Notice"):
        build(Notice, value)


@pytest.mark.parametrize("silent", [COLD_RETURN.unseen_seconds, COLD_RETURN.unseen_seconds + 1])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_came_before_the_first_reading_of_all_may_be_hot(silent, restarted):
    """Found by the proof of a whole house: a draw while no sensor had spoken yet."""
    state = start(COLD_RETURN, 0.0)
    if restarted:
        day = 86400.0
        state, _ = resume(replace(state, now=day), 0.0)
        state = replace(state, passed=())  # as if all had cooled again since
    for event in (Probe("bath", 20.0), Flow(0.0), Request("bath", "button")):
        state, effects = step(state, event, silent)
    codes = [one.code for one in effects if isinstance(one, Notice)]
    looked = silent <= COLD_RETURN.unseen_seconds
    assert running(state) is looked
    assert ("hot-beyond" in codes) is not looked


def test_a_clock_set_back_hides_how_long_nobody_looked():
    """Found by the proof of a whole house: the flow sensor was silent before."""
    state = start(COLD_RETURN, 0.0)
    for event, now in ((Probe("bath", 20.0), 0.0), (Flow(0.0), 0.0), (Tick(), -1000.0)):
        state, _ = step(state, event, now)
    for event in (Probe("bath", 20.0), Flow(0.0), Request("bath", "button")):
        state, effects = step(state, event, -1000.0)
    assert "hot-beyond" in [one.code for one in effects if isinstance(one, Notice)]
    assert not running(state)
