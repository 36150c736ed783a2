"""The cold line stays at 38 °C or below, whatever is drawn, asked for and waited for, and when."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.cold_line import HOMES, Life, settings_of
from gezhi.home.hotwater import resume, start, step
from gezhi.home.types import Flow, Notice, Phase, Probe, Request, Settings, Tap

#: A tap is opened while the pump runs: the front comes twice as fast.
DRAWN_MEANWHILE = [("request", 0, 1.0, 20), ("hot", 0, 6.0, 30), ("hot", 0, 1.0, 60)]
#: A draw too small for the heater pushes what an earlier one has left beyond the probe.
LEFT_BEHIND = [
    ("hot", 0, 6.0, 19), ("hot", 0, 1.0, 5), ("hot", 0, 1.5, 55), ("hot", 0, 1.0, 1),
    ("request", 0, 1.0, 60), ("wait", 0, 1.0, 60), ("request", 0, 1.0, 60),
]  # fmt: skip
#: A trunk that cools slowly sends a front of little more than 38 °C into a pipe that is warm yet.
LUKEWARM = [
    ("cold", 0, 2.9, 46), ("hot", 1, 9.497, 30), ("hot", 1, 7.179, 6), ("request", 0, 4.2, 49),
    ("stand", 1, 5.6, 48), ("request", 0, 7.2, 59),
]  # fmt: skip
#: Cold water is drawn beside a valve that is open.
COLD_BESIDE = [("request", 0, 1.0, 3), ("cold", 0, 10.0, 60), ("cold", 0, 1.0, 60)]

HAPPENING = st.tuples(
    st.sampled_from(["hot", "hot", "cold", "request", "request", "wait", "stand"]),
    st.integers(0, 1),
    st.floats(0.5, 10.0),
    st.integers(1, 60),
)


@pytest.mark.parametrize("home", HOMES)
@settings(max_examples=25, deadline=None)
@given(life=st.lists(HAPPENING, min_size=2, max_size=30), seed=st.integers(0, 9))
@example(life=DRAWN_MEANWHILE, seed=0)
@example(life=LEFT_BEHIND, seed=0)
@example(life=COLD_BESIDE, seed=0)
@example(life=LUKEWARM, seed=8)
def test_whatever_happens_the_cold_line_stays_below_its_limit(home, life, seed):
    assert Life(HOMES[home], seed=seed).live(life) <= 38.0


@pytest.mark.parametrize("home", HOMES)
def test_hot_water_is_brought_all_the_same(home):
    life = Life(HOMES[home])
    life.live([("request", 0, 1.0, 60), ("wait", 0, 1.0, 30)])
    tap = HOMES[home].taps[0]
    assert life.purges == 1
    assert life.plant.hot[tap].celsius_before_end(HOMES[home].probe_metres) > 38
    life.live([("stand", 0, 1.0, 60)] * 4 + [("request", 0, 1.0, 60)])
    assert life.purges == 2


def drawn_after(seconds):
    return [("request", 0, 1.0, seconds), ("hot", 0, 6.0, 30), ("hot", 0, 1.0, 60)]


def test_a_probe_near_enough_for_a_pipe_that_stands_is_too_near_when_a_tap_is_opened():
    near = replace(HOMES["one bare pipe"], probe_metres=0.75)
    assert Life(near).live([("request", 0, 1.0, 60)]) <= 38
    assert max(Life(near).live(drawn_after(seconds)) for seconds in range(8, 26)) > 38
    right = HOMES["one bare pipe"]
    assert max(Life(right).live(drawn_after(seconds)) for seconds in range(8, 26)) <= 38


def test_without_the_bound_on_what_stands_beyond_hot_water_gets_in():
    home = HOMES["one bare pipe"]
    careless = replace(
        settings_of(home), room_celsius=0.0, supply_celsius=0.0, unseen_seconds=1e9,
        passed_rise_kelvin=0.5,
    )  # fmt: skip
    assert Life(home, careless).live(LEFT_BEHIND) > 38
    assert Life(home).live(LEFT_BEHIND) <= 38


PROBED = Tap("bath", "valve", probe=True, cooling_seconds=2000.0)
BLIND = Tap("bath", "valve", self_closing=True, cooling_seconds=2000.0)
#: 60 °C is below 36 °C after τ ln(35/11), in a room of 25 °C.
COOL_SECONDS = 2315


def told(tap, *readings, then=()):
    """The controller after a reading a second, each told `then` as well; and what it said last."""
    state, said = start(Settings("cold-return", (tap,)), 0.0), []
    for second, value in enumerate(readings):
        event = Probe("bath", value) if tap.probe else Flow(value)
        for one in (event, *(then if second == len(readings) - 1 else ())):
            state, effects = step(state, one, float(second))
            said = [one.code for one in effects if isinstance(one, Notice)]
    return state, said


@pytest.mark.parametrize("value", [21.0, 60.0, float("nan")])
def test_what_has_passed_the_probe_is_waited_for_until_it_has_cooled(value):
    """A rise of a kelvin may be the beginning of any hot water, and so may what nobody read."""
    ask = (Request("bath"),)
    assert told(PROBED, *[20.0] * 5, then=ask)[0].phase is Phase.OPENING
    passed = [20.0, value]
    assert told(PROBED, *passed, *[20.0] * (COOL_SECONDS - 5), then=ask)[1] == ["hot-beyond"]
    assert told(PROBED, *passed, *[20.0] * (COOL_SECONDS + 5), then=ask)[0].phase is Phase.OPENING


def test_noise_and_a_pipe_that_cools_are_no_rise():
    falling = [34.0 - second / 60 + 0.4 * (second % 2) for second in range(600)]
    assert told(PROBED, *falling, then=(Request("bath"),))[0].phase is Phase.OPENING


def test_a_valve_without_a_probe_waits_after_any_flow():
    ask = (Request("bath"),)
    assert told(BLIND, *[0.0] * 5, then=ask)[0].phase is Phase.OPENING
    assert told(BLIND, 3.0, *[0.0] * (COOL_SECONDS - 5), then=ask)[1] == ["hot-beyond"]
    assert told(BLIND, 3.0, *[0.0] * (COOL_SECONDS + 5), then=ask)[0].phase is Phase.OPENING


def test_after_a_restart_or_a_silence_nobody_knows_what_passed():
    state, _ = resume(told(PROBED, *[20.0] * 9)[0], 9.0)
    state, _ = step(state, Probe("bath", 20.0), 10.0)
    assert [one.code for one in step(state, Request("bath"), 10.0)[1][:1]] == ["hot-beyond"]
    state, _ = told(PROBED, *[20.0] * 9)
    state, _ = step(state, Probe("bath", 20.0), 14.0)
    assert [one.code for one in step(state, Request("bath"), 14.0)[1][:1]] == ["hot-beyond"]
