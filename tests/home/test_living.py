"""A home that is looked on lives as the simulated one does, however its time is cut."""

from dataclasses import replace

import pytest

from gezhi.errors import ParameterError
from gezhi.home.clock import find_zone
from gezhi.home.compare import make_policy, town_of
from gezhi.home.households import Draw
from gezhi.home.living import LivingHome, teach
from gezhi.home.pipes import Pipe
from gezhi.home.plant import REFERENCE, Branch
from gezhi.home.policies import HotCirc, Nothing
from gezhi.home.simulate import simulate
from gezhi.home.types import Phase

DAY = 86400
COLD_RETURN = replace(
    REFERENCE,
    layout="cold-return",
    branches=(
        Branch("bath", Pipe.of("dn20", 9.0), Pipe.of("dn20", 9.0)),
        Branch("kitchen", Pipe.of("dn20", 6.0), Pipe.of("dn20", 6.0)),
    ),
    trunk=Pipe.of("dn25", 4.0),
    probe_metres=2.0,
)


@pytest.fixture(scope="module")
def town():
    return town_of(REFERENCE, seed=1000, days=2, warm_up_days=0, zone=find_zone("UTC"))


def living(town, name):
    policy = make_policy(name, town)
    return LivingHome(town.plumbing, policy, now=int(town.start), draws=town.draws)


def lived(town, name):
    home = living(town, name)
    home.live(int(town.start) + DAY)
    done = simulate(town.plumbing, town.draws, make_policy(name, town), start=town.start, days=1)
    return home, home.tally, done


def test_a_home_without_anything_is_the_simulated_one(town):
    home, tally, done = lived(town, "nothing")
    assert tally.draws == len(done.served)
    assert tally.quick == sum(one.quick for one in done.served)
    assert tally.wait_seconds == sum(one.wait_seconds for one in done.served)
    assert tally.heat_kwh == pytest.approx(done.heat_kwh, rel=1e-12)
    assert tally.starts == done.starts == 0
    assert home.last == done.served[-1]


@pytest.mark.parametrize("name", ["hotcirc", "timer"])
def test_a_home_with_a_rule_is_the_simulated_one_but_for_the_beat_of_its_sensors(town, name):
    _, tally, done = lived(town, name)
    assert tally.draws == len(done.served)
    assert tally.heat_kwh == pytest.approx(done.heat_kwh, rel=0.01)
    assert tally.pump_kwh == pytest.approx(done.pump_kwh, rel=0.1)
    assert tally.starts == pytest.approx(done.starts, abs=2)
    assert tally.quick == pytest.approx(sum(one.quick for one in done.served), abs=2)


def test_how_the_time_is_cut_changes_nothing(town):
    whole, parts = living(town, "hotcirc"), living(town, "hotcirc")
    end = int(town.start) + DAY // 2
    whole.live(end)
    step = 0
    while parts.now < end:
        step = step % 97 + 7
        parts.live(min(end, parts.now + step))
    assert parts.tally.starts == whole.tally.starts > 0
    assert parts.tally.heat_kwh == pytest.approx(whole.tally.heat_kwh, rel=1e-9)
    assert parts.tally.quick == whole.tally.quick


@pytest.mark.parametrize("plumbing", [COLD_RETURN, replace(COLD_RETURN, layout="drain"), REFERENCE])
def test_hot_water_asked_for_comes_to_that_tap_and_all_is_off_again(plumbing):
    tap = plumbing.taps[0]
    home = LivingHome(plumbing, Nothing(), now=0)
    home.request(tap)
    home.live(10)
    assert home.circulating == tap
    assert home.valve_open(tap) == (plumbing.layout != "return-pipe")
    home.live(300)
    assert home.circulating is None
    assert home.state.phase is Phase.IDLE
    assert home.told[0].notice.code == "warm"
    home.open(tap, 5.0)
    home.live(330)
    home.close(tap)
    # A cold line must stay cold: there the last metres behind the probe are left to the tap.
    assert home.last.wait_seconds < (5 if plumbing.layout == "return-pipe" else 20)
    assert home.plant.cold_line_celsius <= 38.0
    assert (home.tally.cold_litres > 1) == (plumbing.layout == "drain")


def test_stop_stops_and_is_said(town):
    home = LivingHome(REFERENCE, Nothing(), now=0)
    home.request("tap")
    home.live(5)
    home.stop()
    assert home.circulating is None
    assert [one.notice.code for one in home.told] == ["stopped"]
    home.request("tap")
    assert home.told[-1].notice.code == "waiting"


def test_a_tap_in_hand_waits_until_it_is_hot(town):
    home = LivingHome(REFERENCE, Nothing(), now=0)
    home.open("tap", 5.0)
    home.open("tap", 5.0)
    assert home.flows == {"tap": 5.0}
    home.live(20)
    assert home.waiting("tap") == (20, False)
    home.live(120)
    waited, came = home.waiting("tap")
    assert came
    assert 60 < waited < 75  # 5.3 L at 5 L/min, and what cools on the way
    home.close("tap")
    home.close("tap")
    assert (home.waiting("tap"), home.tally.draws, home.tally.quick) == (None, 1, 0)


def test_a_draw_too_small_for_the_heater_does_not_count():
    home = LivingHome(REFERENCE, Nothing(), now=0, draws=(Draw(5, "tap", 1.0, 20),))
    home.live(60)
    assert (home.tally.draws, home.last) == (0, None)


@pytest.mark.parametrize("flow", [0.0, -1.0, float("nan"), float("inf")])
def test_a_flow_that_is_none_is_refused(flow):
    with pytest.raises(ParameterError, match="positive"):
        LivingHome(REFERENCE, Nothing(), now=0).open("tap", flow)


def test_a_strange_tap_is_named():
    home = LivingHome(REFERENCE, Nothing(), now=0)
    for act in (home.request, lambda tap: home.open(tap, 5.0)):
        with pytest.raises(ParameterError, match="'sauna'; the home has tap"):
            act("sauna")
    with pytest.raises(ParameterError, match="sauna"):
        LivingHome(REFERENCE, Nothing(), now=0, draws=(Draw(0, "sauna", 5, 10),))


def test_a_rule_that_was_taught_knows_the_hours(town):
    taught = make_policy("hotcirc", town)
    assert isinstance(taught, HotCirc)
    daily = [Draw(day * DAY + 7 * 3600, "tap", 5.0, 60) for day in range(14)]
    teach(taught, daily)
    assert taught.wants(14 * DAY + 7 * 3600, {"tap": 20.0}) == ["tap"]
    assert taught.wants(14 * DAY + 12 * 3600, {"tap": 20.0}) == []
