"""Each message, tried at states of hub and node: the real ones do what is written down."""

import pytest

from benchmarks.stove_operators import controllers, mutants
from gezhi.home import stove, stove_node
from gezhi.home.stove_contract import hub_breaks
from gezhi.home.stove_expected import wanted
from gezhi.home.stove_node_contract import node_breaks
from gezhi.home.stove_timely import timely
from gezhi.home.types.common import Link, SetRelay, Tick
from gezhi.home.types.stove import (
    ALL,
    Burner,
    Cancel,
    Cut,
    Extend,
    Flame,
    NodeSettings,
    Plan,
    PlanNode,
    StoveSettings,
)

SETTINGS = StoveSettings(
    (Burner("left", "one", flame_sensor=True), Burner("right", "two", node=False)),
    burn_limit_seconds=600.0,
    warning_seconds=60.0,
    presence_seconds=300.0,
    longest_plan_seconds=200.0,
    hood="hood",
)
EVERY = {one.name: one for one in mutants()}


def after(*events, now=0.0):
    state = stove.start(SETTINGS, now)
    for event in (Link(up=True), *events):
        state, _ = stove.step(state, event, now)
    return state


STATES = {
    "nothing": (),
    "a timer": (Plan("left", 200.0),),
    "timers at both": (Plan("left", 200.0), Plan("right", 100.0)),
    "a flame": (Flame("left", 25.0),),
    "a cut": (Cut(ALL),),
    "a cut that waits": (Link(up=False), Cut("left"), Plan("right", 100.0)),
}


@pytest.mark.parametrize("name", STATES)
def test_the_real_hub_does_what_is_written_down(name):
    state = after(*STATES[name])
    assert hub_breaks(stove, state) == timely(stove, state) == ""


def test_what_is_written_down_is_what_people_ask_for():
    both = after(*STATES["timers at both"])
    longer = wanted(both, Extend("right", 60.0))
    assert [one.due_at for one in longer.state.burner("right").timers] == [160.0]
    assert longer.state.burner("left") == both.burner("left")
    assert longer.orders == []  # the right one's relay has no node
    none = wanted(both, Cancel(ALL))
    assert not any(one.timers for one in none.state.burners)
    assert none.orders == [PlanNode("left", None, 2)]
    # What is too long for one burner is done at neither.
    assert wanted(both, Extend(ALL, 60.0)).state == both
    cut = wanted(both, Cut("right"))
    assert cut.orders == [SetRelay("two", True, 10.0)]


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("stove._cancel: without timers=()", "a timer"),
        ("stove._extend_refusal: max(known) -> min(known)", "timers at both"),
        ("stove_burner.take_flame: if millivolts <= limits.out_millivolts -> if True", "a flame"),
        ("stove._woken: without flame_at=None", "a flame"),
        ("stove_burner._drive: cutting.pulses + 1 -> cutting.pulses - 1", "a cut"),
        ("stove_burner.hear_link: without pulses=0", "a cut"),
        ("stove._drive_hood: without out.append(SetRelay(limits.hood, on=False))", "a flame"),
    ],
)
def test_a_hub_that_does_otherwise_is_named(name, where):
    hub, _ = controllers(EVERY[name])
    state = after(*STATES[where])
    if name.endswith("pulses=0"):
        state, _ = stove.step(state, Tick(), 10.0)
        state = stove.shifted(state, -10.0)
    if "hood" in name:
        state, _ = stove.step(state, Flame("left", 0.0), 0.0)
    assert hub_breaks(hub, state)
    assert not hub_breaks(stove, state)


@pytest.mark.parametrize(
    "name",
    [
        "stove_node.restart: without number=kept.number",
        "stove_node._take: presses >= state.presses -> presses > state.presses",
        "stove_node._take_flame: if millivolts <= limits.out_millivolts -> if True",
        "stove_node._come_due: without fired=state.number",
    ],
)
def test_a_node_that_does_otherwise_is_named(name):
    _, node = controllers(EVERY[name])
    state = stove_node.start(NodeSettings("left", "one", flame_sensor=True), 0.0)
    for event in (PlanNode("left", 100.0, 3), Flame("left", 25.0)):
        state, _ = stove_node.step(state, event, 0.0)
    assert node_breaks(node, state)
    assert not node_breaks(stove_node, state)
