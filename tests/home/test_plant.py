"""The pipes against the formulae they must obey, against another solver, and against themselves."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import ParameterError
from gezhi.home.pipes import (
    JOULES_PER_LITRE_KELVIN,
    MATERIALS,
    Pipe,
    PlugFlow,
    standing_celsius,
    steady_outlet_celsius,
)
from gezhi.home.plant import LAYOUTS, REFERENCE, Branch, Heater, Plant, Plumbing
from gezhi.home.thermometer import Thermometer

CASES = Path(__file__).parents[1] / "cases" / "home"


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("flow", [1.0, 2.5, 6.0, 12.0])
def test_a_steady_pipe_ends_as_the_formula_says(material, flow):
    pipe = Pipe.of(material, 15)
    water = PlugFlow(pipe, 20)
    for _ in range(int(2 * pipe.purge_litres / flow * 60)):
        leaving = water.push(flow / 60, 45, 1)
    assert leaving == pytest.approx(steady_outlet_celsius(pipe, 45, 20, flow), abs=0.01)
    by_hand = 20 + 25 * math.exp(-pipe.watts_per_metre_kelvin * 15 / (flow / 60 * 4180))
    assert leaving == pytest.approx(by_hand, abs=0.01)


@pytest.mark.parametrize("material", MATERIALS)
def test_a_standing_pipe_cools_as_the_formula_says_however_it_is_cut(material):
    pipe = Pipe.of(material, 15)
    water = PlugFlow(pipe, 20, 45)
    gone = 0.0
    for seconds in (1, 59, 0.5, 1000, 3600):
        water.stand(seconds)
        gone += seconds
        tau = pipe.litres_per_metre * 4180 * 1.39 / pipe.watts_per_metre_kelvin
        assert water.far_celsius == pytest.approx(20 + 25 * math.exp(-gone / tau), abs=0.01)
        assert water.far_celsius == pytest.approx(standing_celsius(pipe, 45, 20, gone), abs=1e-9)


@pytest.mark.parametrize("material", MATERIALS)
def test_the_wall_makes_the_purge_1_39_times_the_volume(material):
    pipe = Pipe.of(material, 15)
    water = PlugFlow(pipe, 20)
    litres = 0.0
    while water.far_celsius < 32:
        water.push(0.01, 45, 0.1)
        litres += 0.01
    assert litres / (15 * MATERIALS[material][0]) == pytest.approx(1.39, abs=0.01)


def test_pipes_agree_with_pandapipes():
    """A stored run of pandapipes 0.16 on a fine grid, wall left out, as it has none."""
    stored = json.loads((CASES / "pandapipes.json").read_text(encoding="utf-8"))
    for case in stored["cases"]:
        pipe = Pipe(case["metres"], case["litres_per_metre"], case["loss"], wall_share=0.0)
        water = PlugFlow(pipe, case["ambient"], case["inlet"][0])
        for before, after, expected in zip(
            case["inlet"], case["inlet"][1:], case["outlet"][1:], strict=False
        ):
            water.push(case["litres_per_minute"] / 60, (before + after) / 2, 1)
            assert water.far_celsius == pytest.approx(expected, abs=0.1)


HOMES = {
    "reference": REFERENCE,
    "cold-return": Plumbing(
        (
            Branch("bath", Pipe.of("dn20", 9), Pipe.of("dn20", 12)),
            Branch("kitchen", Pipe.of("dn20-foam", 4), Pipe.of("dn20", 7)),
        ),
        trunk=Pipe.of("dn25-foam", 5),
        layout="cold-return",
        probe_metres=1.5,
    ),
    "drain": Plumbing((Branch("tap", Pipe.of("dn20", 8)),), layout="drain"),
}

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["draw", "pump", "both", "stand", "under"]),
        st.integers(0, 1),
        st.integers(1, 90),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize("home", HOMES)
@settings(max_examples=25, deadline=None)
@given(moves=MOVES)
def test_no_joule_is_made_or_lost(home, moves):
    plumbing = HOMES[home]
    plant = Plant(plumbing)
    for what, which, seconds in moves:
        tap = plumbing.taps[which % len(plumbing.taps)]
        if what == "stand":
            plant.stand(seconds * 20.0)
            continue
        draws = {"draw": {tap: 5.2}, "both": {tap: 2.5}, "under": {tap: 1.1}}.get(what, {})
        for _ in range(seconds):
            plant.step(draws, circulating=tap if what in ("pump", "both") else None)
    came = plant.heat_joules + plant.mains_joules
    went = plant.tapped_joules + plant.lost_joules + plant.stored_joules
    size = max(1.0, plant.heat_joules + abs(plant.mains_joules))
    assert abs(came - went) / size < 1e-6


def test_a_heater_burns_only_above_its_ignition_flow_and_after_its_delay():
    plumbing = Plumbing((Branch("tap", Pipe(1, 0.163, 0.48)),), heater=Heater(45, 2.0, 3.0))
    plant = Plant(plumbing)
    for _ in range(60):
        plant.step({"tap": 1.9})
    assert plant.heat_joules == 0
    for second in range(4):
        plant.step({"tap": 2.0})
        assert plant.burning == (second == 3)


def test_a_heater_gives_no_more_than_it_can():
    plant = Plant(Plumbing((Branch("tap", Pipe(1, 0.163, 0.48)),), heater=Heater(kilowatts=5)))
    for _ in range(300):
        plant.step({"tap": 10.0})
    rise = 5000 / (10 / 60 * JOULES_PER_LITRE_KELVIN)
    assert plant.leaving["tap"] == pytest.approx(15 + rise, abs=0.1)


def test_a_thermostatic_valve_closes_when_it_is_warm():
    home = Plumbing(
        (Branch("tap", Pipe.of("dn25", 15), Pipe.of("dn25", 15)),), layout="cold-thermostatic"
    )
    plant = Plant(home)
    for _ in range(600):
        plant.step({}, circulating="tap")
    assert plant.heat_joules / 3.6e6 < 0.25


@pytest.mark.parametrize("seconds", [1.0, 10.0, 600.0])
def test_a_lagging_sensor_follows_cooling_water_exactly(seconds):
    pipe = Pipe.of("dn20", 3)
    exact = Thermometer(lag_seconds=5, noise_kelvin=0, celsius=20, seed=0)
    exact.follow_cooling(pipe, 45, 20, seconds)
    small = Thermometer(lag_seconds=5, noise_kelvin=0, celsius=20, seed=0)
    steps = 20000
    for step in range(steps):
        water = standing_celsius(pipe, 45, 20, (step + 0.5) * seconds / steps)
        small.follow(water, seconds / steps)
    assert exact.celsius == pytest.approx(small.celsius, abs=1e-3)


def test_noise_has_the_size_that_was_asked_for_and_repeats_with_the_seed():
    first = Thermometer(lag_seconds=0, noise_kelvin=0.5, celsius=40, seed=3)
    again = Thermometer(lag_seconds=0, noise_kelvin=0.5, celsius=40, seed=3)
    readings = [first.read() for _ in range(4000)]
    assert readings == [again.read() for _ in range(4000)]
    spread = math.sqrt(sum((one - 40) ** 2 for one in readings) / len(readings))
    assert spread == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("metres", [0, -1, math.nan, math.inf])
def test_a_pipe_without_a_real_length_is_refused(metres):
    with pytest.raises(ParameterError, match="metres of a pipe must be a positive number"):
        Pipe.of("dn20", metres)


def test_a_home_that_contradicts_itself_is_refused():
    branch = REFERENCE.branches[0]
    with pytest.raises(ParameterError, match="two branches lead to one tap"):
        Plumbing((branch, branch))
    with pytest.raises(ParameterError, match="at least one branch"):
        Plumbing(())
    with pytest.raises(ParameterError, match="layout must be one of"):
        Plumbing((branch,), layout="siphon")
    with pytest.raises(ParameterError, match="a pipe is one of"):
        Pipe.of("dn32", 3)
    assert "cold-return" in LAYOUTS
