"""The stove's hub and node, told by hand what happens: what each rule does, in seconds."""

import math
from dataclasses import replace

import pytest

from gezhi.home import stove, stove_node
from gezhi.home.records import build, plain
from gezhi.home.stove_settings import flaws
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick
from gezhi.home.types.stove import (
    Alarm,
    Burner,
    Cancel,
    ChildLock,
    Cut,
    Extend,
    Flame,
    Hood,
    LockNode,
    NodeSays,
    Plan,
    PlanNode,
    Presence,
    ResetFault,
    StoveSettings,
    StoveState,
)

LEFT = Burner("left", "left-relay", flame_sensor=True)
RIGHT = Burner("right", "right-relay")
SETTINGS = StoveSettings((LEFT, RIGHT), burn_limit_seconds=3600.0, presence_seconds=900.0)
LEFT_CUTS = SetRelay("left-relay", on=True, limit_seconds=10.0)


class House:
    """A hub that is told things, and what it did last."""

    def __init__(self, settings=SETTINGS):
        self.state = stove.start(settings, 0.0)
        self.effects = ()
        self.now = 0.0
        self.tell(Link(up=True))
        for one in settings.burners:
            self.tell(NodeSays(one.name, None))

    def tell(self, event, at=None):
        self.now = self.now if at is None else at
        self.state, self.effects = stove.step(self.state, event, self.now)
        return self

    def until(self, at):
        while (wake := stove.next_wake(self.state)) is not None and wake <= at:
            kept = self.effects
            self.tell(Tick(), wake)
            self.effects = (*kept, *self.effects)
        return self

    @property
    def codes(self):
        return [one.code for one in self.effects if isinstance(one, Notice)]

    @property
    def relays(self):
        return [one for one in self.effects if isinstance(one, SetRelay)]


def test_off_now_is_a_pulse_and_a_blind_burner_gets_two():
    house = House().tell(Cut("right"))
    assert house.relays == [SetRelay("right-relay", on=True, limit_seconds=10.0)]
    house.effects = ()
    house.tell(RelayRead("right-relay", on=True)).until(14.9)
    assert not house.relays
    house.until(15.0)
    assert len(house.relays) == 1
    house.effects = ()
    house.until(100.0)
    assert house.codes == ["cut-unseen"]


def test_a_flame_that_outlasts_six_pulses_is_a_latched_fault_that_keeps_reporting():
    house = House().tell(Flame("left", 25.0)).tell(Cut("left"))
    pulses = len(house.relays)
    for second in range(1, 100):
        for event in (RelayRead("left-relay", on=second % 15 < 10), Flame("left", 25.0)):
            pulses += len(house.tell(event, float(second)).relays)
    assert pulses == 6
    assert house.state.burner("left").fault == "flame-after-cut"
    house.tell(RelayRead("left-relay", on=False))
    house.until(1000.0)
    assert "flame-after-cut" in house.codes
    assert not house.relays
    assert house.tell(ResetFault("left")).codes == ["fault-reset"]


def test_timers_fire_in_turn_can_be_extended_and_cancelled():
    house = House().tell(Plan("left", 600.0)).tell(Plan("left", 300.0))
    assert [one.remaining_seconds for one in house.effects if isinstance(one, PlanNode)] == [300.0]
    house.tell(Extend("left", 400.0))
    assert [one.due_at for one in house.state.burner("left").timers] == [600.0, 700.0]
    house.effects = ()
    assert LEFT_CUTS in house.until(600.0).effects
    house.tell(Cancel("left"), 650.0)
    assert house.state.burner("left").timers == ()
    assert [one.remaining_seconds for one in house.effects if isinstance(one, PlanNode)] == [None]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Cut("left", retained=True), "refused-retained"),
        (Cut("left", issued_at=-16.0), "refused-late"),
        (Cut("left", issued_at=2.0), "refused-late"),
        (Cut("left", expires_at=-0.1), "refused-late"),
        (Cut("moon"), "refused-unknown"),
        (Plan("left", 0.0), "refused-absurd"),
        (Plan("left", -5.0), "refused-absurd"),
        (Plan("left", math.nan), "refused-absurd"),
        (Plan("left", math.inf), "refused-absurd"),
        (Plan("left", 43201.0), "refused-absurd"),
        (Extend("left", 60.0), "refused-nothing"),
        (Cancel("left"), "refused-nothing"),
        (Alarm("bell", on=True), "refused-unknown"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(command, code):
    house = House()
    before = house.state
    house.tell(command)
    assert house.codes == [code]
    assert not house.relays
    assert house.state == before


def test_the_same_id_is_taken_once_and_too_many_timers_are_refused():
    house = House().tell(Plan("left", 60.0, id="a"))
    assert house.tell(Plan("left", 60.0, id="a")).codes == ["refused-duplicate"]
    for i in range(7):
        house.tell(Plan("left", 100.0 + i))
    assert house.tell(Plan("left", 60.0)).codes == ["refused-full"]


def test_burning_too_long_is_warned_of_and_then_cut():
    house = House()
    for minute in range(61):
        house.tell(Flame("left", 25.0), 60.0 * minute)
        if house.codes == ["burn-warning"]:
            warned = house.now
        house.tell(RelayRead("left-relay", on=False))
    assert warned == 3300.0
    assert (
        LEFT_CUTS in house.tell(Flame("left", 25.0), 3600.0).effects
        or house.state.burner("left").cutting
    )


def test_nobody_near_cuts_what_burns_and_what_cannot_be_seen():
    house = House().tell(Flame("left", 25.0)).tell(Presence(near=False))
    for second in range(20, 920, 20):
        house.tell(Flame("left", 25.0), float(second))
    names = {one.name for one in house.relays}
    assert names == {"left-relay", "right-relay"}


@pytest.mark.parametrize("event", [Alarm("smoke", on=True), Alarm("gas", on=True), Hood(on=True)])
def test_an_alarm_cuts_all_burners_once(event):
    house = House().tell(event)
    assert {one.name for one in house.relays} == {"left-relay", "right-relay"}
    assert not house.tell(event).relays


def test_the_child_lock_needs_a_flame_sensor_and_says_so():
    blind = House(StoveSettings((RIGHT,)))
    assert blind.tell(ChildLock(on=True)).codes == ["refused-blind"]
    both = House().tell(ChildLock(on=True))
    assert both.codes == ["locked", "lock-blind"]
    assert [one.on for one in both.effects if isinstance(one, LockNode)] == [True, True]
    both.tell(NodeSays("left", None, 1, 0, presses=1))
    assert not both.state.locked
    assert "unlocked-at-stove" in both.codes


def test_the_hood_runs_while_a_flame_burns_and_a_while_after():
    house = House(StoveSettings((LEFT,), hood="hood"))
    assert SetRelay("hood", on=True, limit_seconds=300.0) in house.tell(Flame("left", 25.0)).effects
    renewed = [at for at in range(1, 601) if house.tell(Flame("left", 25.0), float(at)).relays]
    assert renewed
    assert max(b - a for a, b in zip([0, *renewed], [*renewed, 600], strict=True)) < 300
    house.tell(Flame("left", 0.0), 601.0)
    house.effects = ()
    house.until(2000.0)
    assert house.relays == [SetRelay("hood", on=False)]
    assert house.now == 900.0


def test_a_weak_flame_is_told_after_it_has_settled():
    house = House()
    told = []
    for second in range(0, 100, 5):
        house.tell(Flame("left", 12.0), float(second))
        told += [house.now] if "cannot-hold" in house.codes else []
    assert told == [60.0]


def test_a_cut_without_a_link_waits_and_is_made_when_the_node_has_not():
    house = House().tell(Link(up=False)).tell(Cut("left"))
    assert house.codes == ["cut-waits"]
    assert not house.relays
    assert not house.tell(Link(up=True), 50.0).relays
    assert house.tell(NodeSays("left", None)).relays == [LEFT_CUTS]


def test_what_the_node_has_cut_meanwhile_is_not_cut_again():
    house = House().tell(Plan("left", 60.0)).tell(Link(up=False)).until(60.0)
    assert "cut-waits" in house.codes
    house.tell(Link(up=True), 300.0).tell(NodeSays("left", None, 1, 1))
    assert house.codes == ["cut-by-node"]
    assert not house.relays


def test_a_restart_keeps_timers_and_cuts_late_rather_than_never():
    house = House().tell(Plan("left", 60.0)).tell(Plan("left", 7200.0))
    kept = build(StoveState, plain(house.state))
    assert kept == house.state
    state, effects = stove.resume(kept, 500.0)
    codes = [one.code for one in effects if isinstance(one, Notice)]
    assert codes == ["resumed", "late", "due-timer", "cut-waits"]
    state, _ = stove.step(state, Link(up=True), 501.0)
    state, effects = stove.step(state, NodeSays("left", 40.0, 1), 501.0)
    assert LEFT_CUTS in effects
    assert [one.due_at for one in state.burner("left").timers] == [7200.0]
    back, _ = stove.resume(kept, -500.0)
    assert [one.due_at - back.now for one in back.burner("left").timers] == [60.0, 7200.0]


def test_other_settings_after_a_restart_keep_the_timers_of_burners_that_stay():
    house = House().tell(Plan("left", 60.0)).tell(Plan("right", 60.0))
    one = replace(SETTINGS, burners=(replace(RIGHT, flame_sensor=True), Burner("back", "b")))
    state, _ = stove.resume(house.state, 1.0, one)
    assert [(here.name, len(here.timers)) for here in state.burners] == [("right", 1), ("back", 0)]


def test_a_hub_without_a_memory_takes_its_nodes_plan():
    house = House().tell(NodeSays("left", 120.0, 40, 39))
    assert house.codes == ["plan-adopted"]
    assert [one.due_at for one in house.state.burner("left").timers] == [120.0]
    plan = next(one for one in house.effects if isinstance(one, PlanNode))
    assert plan.number == 41


def test_a_node_whose_clock_goes_back_lets_no_time_pass():
    node = stove_node.start(stove_node.node_settings(SETTINGS, RIGHT), 100.0)
    node, _ = stove_node.step(node, PlanNode("right", 60.0, 1), 100.0)
    node, _ = stove_node.step(node, Tick(), 5.0)
    assert stove_node.report(node).remaining_seconds == 60.0
    node, effects = stove_node.step(node, Tick(), 65.0)
    assert SetRelay("right-relay", on=True, limit_seconds=10.0) in effects


def test_a_timer_that_ends_with_a_pulse_gets_its_own_and_finds_no_silent_relay():
    house = House(StoveSettings((RIGHT,), blind_pulses=1)).tell(RelayRead("right-relay", on=False))
    house.tell(Plan("right", 11.0)).tell(Cut("right"), 1.0)
    house.tell(RelayRead("right-relay", on=True), 1.0)
    house.tell(RelayRead("right-relay", on=False), 11.0).until(16.0)
    assert house.codes == ["due-timer"]
    assert house.relays == [SetRelay("right-relay", on=True, limit_seconds=10.0)]
    house.tell(RelayRead("right-relay", on=True), 16.1)
    house.tell(RelayRead("right-relay", on=False), 26.1)
    assert house.until(40.0).codes == ["cut-unseen"]
    assert house.state.burner("right").fault == ""


def test_a_cut_as_a_pulse_ends_gets_its_own_and_finds_no_silent_relay():
    house = House().tell(Flame("left", 0.0)).tell(Cut("left"))
    house.tell(RelayRead("left-relay", on=True), 0.1)
    house.tell(RelayRead("left-relay", on=False), 9.9).tell(Cut("left"), 9.95).until(15.0)
    assert house.relays == [LEFT_CUTS]
    house.tell(RelayRead("left-relay", on=True), 15.1).tell(RelayRead("left-relay", on=False), 25.1)
    assert house.tell(Flame("left", 0.0), 25.2).until(40.0).codes == ["cut-done"]


def test_a_node_that_rests_after_its_bound_is_no_silent_relay():
    house = House().tell(Flame("left", 0.0)).tell(RelayRead("left-relay", on=False))
    house.tell(Cut("left"))
    house.tell(NodeSays("left", None, cutting=True), 0.1).until(15.0)
    assert "relay-silent" not in house.codes  # it says that it is at it, and has not pulsed yet
    for second in (20.0, 25.0):
        house.tell(Flame("left", 0.0), second)
    assert house.state.burner("left").cutting is not None
    house.tell(RelayRead("left-relay", on=True), 30.0).tell(Flame("left", 0.0), 44.0)
    house.tell(RelayRead("left-relay", on=False), 40.0)
    assert house.state.burner("left").cutting is not None
    assert house.tell(NodeSays("left", None, cutting=False), 45.1).codes == ["cut-done"]


def test_a_node_that_cuts_is_sent_no_second_pulse_and_one_that_says_nothing_is():
    for says in ([NodeSays("right", None, cutting=True)], []):
        house = House().tell(Cut("right"))
        for one in says:
            house.tell(one, 0.1)
        house.effects = ()
        house.until(29.0)
        assert len(house.relays) == (0 if says else 1)


def test_a_cut_between_two_pulses_of_a_node_is_sent_at_once():
    house = House().tell(Cut("right")).tell(NodeSays("right", None, cutting=True), 0.1).until(12.0)
    assert house.tell(Cut("right"), 12.0).relays == [SetRelay("right-relay", True, 10.0)]


def test_a_relay_that_is_silent_while_its_node_cuts_is_told_when_the_node_is_done():
    house = House().tell(Flame("left", 0.0)).tell(RelayRead("left-relay", on=False))
    house.tell(Cut("left"))
    house.tell(NodeSays("left", None, cutting=True), 0.1).until(14.9)
    house.tell(NodeSays("left", None, cutting=False), 15.1).until(15.1)
    assert house.codes == ["relay-silent"]
    assert house.state.burner("left").fault == "relay-silent"


def test_a_rest_no_longer_than_a_pause_would_make_the_bound_of_a_cut_endless():
    assert flaws(SETTINGS) == ()
    for rest in (4.0, 5.0):
        (flaw,) = flaws(replace(SETTINGS, rest_seconds=rest))
        assert flaw.startswith("pause_seconds is 5, and should be less than rest_seconds")
    assert flaws(replace(SETTINGS, rest_seconds=5.1)) == ()


def test_a_cut_of_the_lock_that_failed_while_nobody_heard_is_told_though_one_had_failed_before():
    for locked in (True, False):
        house = House().tell(NodeSays("left", None, failed=True))
        assert house.codes == ["flame-after-cut"]
        house.tell(ResetFault("left")).tell(ChildLock(on=locked))
        house.tell(Link(up=False), 1.0).tell(Link(up=True), 200.0)
        house.tell(NodeSays("left", None, 1, 0, failed=True, locked=locked), 200.0)
        assert ("flame-after-cut" in house.codes) is locked
