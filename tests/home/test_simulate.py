"""Days lived in simulation: known answers, the orders that physics forces, the command's JSON."""

import itertools
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.errors import InputError, ParameterError
from gezhi.home.clock import find_zone
from gezhi.home.compare import POLICIES, compare, make_policy, town_of, without_ignition
from gezhi.home.curve_drawing import draw_curve
from gezhi.home.demand import Exchange, Learned
from gezhi.home.foresight import best_purges, cost_of_plan, look_ahead, pipe_to
from gezhi.home.governor import controller_settings
from gezhi.home.households import Draw
from gezhi.home.pipes import Pipe
from gezhi.home.plan import plan
from gezhi.home.plant import REFERENCE, Branch
from gezhi.home.plumbing_file import read_home
from gezhi.home.policies import AlwaysOn, Nothing, Thermostat
from gezhi.home.simulate import at_taps, simulate

UTC = find_zone("UTC")
DAY = 86400


def test_a_draw_from_a_cold_pipe_waits_as_long_as_the_purge_volume_takes():
    home = without_ignition(REFERENCE)
    done = simulate(home, [Draw(3600.0, "tap", 6.0, 300.0)], Nothing(), start=0, days=1)
    (served,) = done.served
    assert served.wait_seconds == pytest.approx(home.purge_seconds("tap"), abs=1)
    assert served.cold_litres == pytest.approx(served.wait_seconds / 10)


def test_a_pump_that_always_runs_serves_all_and_costs_what_the_pipe_loses():
    home = without_ignition(REFERENCE)
    some = [Draw(3600.0 * hour, "tap", 3.0, 20.0) for hour in range(1, 24)]
    done = simulate(home, some, AlwaysOn(home), start=0, days=1)
    assert done.under_5s == 1
    lost = 15 * 0.58 * 25 * 24 / 1000  # at full temperature all along
    drawn = 23 * 1.0 * 4180 * 30 / 3.6e6
    assert done.heat_kwh - drawn == pytest.approx(lost + 0.154, rel=0.05)


def test_a_draw_below_the_ignition_flow_does_not_count():
    some = [Draw(3600.0, "tap", 1.5, 60.0), Draw(7200.0, "tap", 2.0, 60.0)]
    assert len(simulate(REFERENCE, some, Nothing(), start=0, days=1).served) == 1


def test_a_thermostat_starts_no_more_often_than_the_controller_allows():
    done = simulate(REFERENCE, [], Thermostat(REFERENCE), start=0, days=1)
    assert 60 < done.starts <= DAY / 600


def test_purges_of_standing_pipes_keep_the_cold_line_below_its_limit():
    pipe = Pipe.of("dn20", 9)
    home = replace(
        REFERENCE,
        branches=(Branch("tap", pipe, pipe),),
        layout="cold-return",
        probe_metres=3.0,
    )
    done = simulate(home, [], Thermostat(home), start=0, days=2)
    assert done.starts > 50
    assert done.cold_line_celsius <= 38


SOME_MINUTES = [0, 6, 13, 40, 52, 95, 101, 180]


def some_draws(minutes):
    return [Draw(60.0 * at, "tap", 2.5 + at % 3, 15.0 + 3 * (at % 7)) for at in minutes]


@pytest.mark.parametrize("home", [REFERENCE, without_ignition(REFERENCE)])
@pytest.mark.parametrize("spoilt_seconds", [None, 30.0])
def test_dynamic_programming_finds_what_trying_all_plans_finds(home, spoilt_seconds):
    outlook = look_ahead(home, "tap", some_draws(SOME_MINUTES))

    def cost(plan, rate):
        found = cost_of_plan(outlook, plan)
        waits = found.waited_seconds if spoilt_seconds is None else 30.0 * found.spoilt
        return waits + rate * found.kwh

    count = len(SOME_MINUTES)
    plans = [
        plan for size in range(count + 1) for plan in itertools.combinations(range(count), size)
    ]
    for rate in (30, 120, 200, 400, 800):
        chosen = best_purges(outlook, seconds_per_kwh=rate, spoilt_seconds=spoilt_seconds)
        least = min(cost(plan, rate) for plan in plans)
        assert cost(tuple(chosen), rate) == pytest.approx(least, abs=0.1)


def lived(home, draws, purges):
    """Seconds waited and heat with purges at any instants, step by step, and no dynamic program."""
    flow, now, waited, kwh = pipe_to(home, "tap", hot=False), draws[0].at, 0.0, 0.0
    full = pipe_to(home, "tap", hot=True).stored_joules
    events = sorted([(at, 0, None) for at in purges] + [(one.at, 1, one) for one in draws])
    for at, _, draw in events:
        if at > now:
            flow.stand(at - now)
            now = at
        if draw is None:
            kwh += (full - flow.stored_joules) / 3.6e6
            flow = pipe_to(home, "tap", hot=True)
            continue
        came = False
        for second in range(round(draw.seconds)):
            burns = second >= home.heater.ignition_seconds
            entering = home.heater.supply_celsius if burns else home.mains_celsius
            leaving = flow.push(draw.litres_per_minute / 60, entering, 1.0)
            came = came or leaving >= home.hot_celsius
            waited += not came
        now += draw.seconds
    return waited, kwh


def test_no_purge_on_a_fine_grid_of_instants_beats_the_plan():
    draws = some_draws(SOME_MINUTES[:5])
    outlook = look_ahead(REFERENCE, "tap", draws)
    before = [one.at for one in draws]
    between = [60.0 * at for at in range(4, 52, 4)]
    between = [at for at in between if all(not d.at <= at < d.at + d.seconds for d in draws)]
    instants = sorted({*before, *between})
    grid = [
        lived(REFERENCE, draws, plan)
        for size in range(4)
        for plan in itertools.combinations(instants, size)
    ]
    for rate in (60, 150, 300, 600):
        plan = best_purges(outlook, seconds_per_kwh=rate)
        assert len(plan) <= 3
        waited, kwh = lived(REFERENCE, draws, [draws[index].at for index in plan])
        mine = waited + rate * kwh
        found = cost_of_plan(outlook, plan)
        assert found.waited_seconds + rate * found.kwh == pytest.approx(mine, abs=0.1)
        assert mine <= min(waits + rate * heat for waits, heat in grid) + 0.1


@pytest.fixture(scope="module")
def rows():
    town = town_of(REFERENCE, seed=1001, days=3, zone=UTC, warm_up_days=6)
    return {one.name: one for one in compare(town)}


def test_policies_stand_in_the_order_that_physics_forces(rows):
    assert tuple(rows) == POLICIES
    assert rows["nothing"].extra_heat_kwh_per_day == 0
    most = max(rows.values(), key=lambda one: one.extra_heat_kwh_per_day)
    assert most.name == "always-on"
    assert rows["always-on"].under_5s > 0.95
    assert rows["foresight"].mean_wait_seconds < rows["learned"].mean_wait_seconds
    assert rows["foresight"].mean_wait_seconds < rows["hotcirc"].mean_wait_seconds
    assert all(one.under_5s >= rows["nothing"].under_5s for one in rows.values())
    assert len({one.draws for one in rows.values()}) == 1


def test_a_budget_is_kept_and_a_higher_price_buys_less():
    town = town_of(REFERENCE, seed=1001, days=6, zone=UTC, warm_up_days=8)

    def heat(exchange):
        found = compare(town, ("learned",), exchange=exchange)
        return found[0].extra_heat_kwh_per_day

    assert heat(Exchange(400, None)) < heat(Exchange(100, None))
    assert heat(Exchange(20, 0.6)) < 0.9


def test_what_a_policy_may_not_know_does_not_change_it():
    """A learner's first days are the same whatever comes later."""
    town = town_of(REFERENCE, seed=1001, days=4, zone=UTC, warm_up_days=4)
    early = [one for one in town.draws if one.at < town.start + 5 * DAY]
    long = simulate(REFERENCE, town.draws, make_policy("learned", town), start=town.start, days=5)
    short = simulate(REFERENCE, early, make_policy("learned", town), start=town.start, days=5)
    assert long.heat_kwh == short.heat_kwh


def test_the_command_prints_the_agreed_json(tmp_path):
    log = tmp_path / "log.csv"
    lines = [
        f"2026-01-{day:02}T{hour:02}:00:00,tap,3.0,60" for day in range(1, 8) for hour in (7, 19)
    ]
    log.write_text("time,tap,flow_l_min,seconds\n" + "\n".join(lines) + "\n", encoding="utf-8")
    command = ["home", "hotwater", "compare", "--draws", str(log), "--json"]
    picture = tmp_path / "curve.svg"
    done = CliRunner().invoke(cli, [*command, "--picture", str(picture)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["policies"]
    assert [one["name"] for one in found] == list(POLICIES)
    keys = {"name", "draws", "under_5s", "mean_wait_seconds", "extra_heat_kwh_per_day"}
    keys |= {"pump_kwh_per_day", "starts_per_day", "litres_wasted_per_day"}
    assert all(keys <= set(one) for one in found)
    assert picture.read_text(encoding="utf-8").count("<circle") == len(POLICIES)
    shown = CliRunner().invoke(cli, ["home", "hotwater", "replay", str(log), "--json"])
    served = json.loads(shown.stdout)["served"]
    assert len(served) == 14
    assert served[0]["time"] == "2026-01-01T07:00:00+00:00"


def test_the_log_must_cover_the_days_that_are_asked_for(tmp_path):
    log = tmp_path / "log.csv"
    text = "time,tap,flow_l_min,seconds\n2026-01-05T06:00,tap,3,20\n2026-01-07T06:00,tap,3,20\n"
    log.write_text(text, encoding="utf-8")
    command = ["home", "hotwater", "compare", "--draws", str(log), "--days", "5"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 1
    assert "the log covers 3 days" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plumbing]\nlayout = 'siphon'", "layout must be one of"),
        ("[plumbing]\nsupply = 45", "plumbing has an unknown key 'supply'"),
        ("[plumbing]\nsupply_celsius = nan", "supply_celsius must be a number"),
        ("[plumbing]\nsupply_celsius = 35", "hot_celsius is 38, and should lie between"),
        ("[plumbing]\npump_litres_per_minute = 1.5", "must be above the heater's ignition flow"),
        ("[plumbing]\nbranches = [{ tap = 'a' }]", "branches\\[0\\].metres must be a number"),
        ("[exchange]\nseconds_per_kwh = -1", "must be a number from 0"),
        ("[plumbing", "is no TOML"),
    ],
)
def test_a_configuration_that_is_wrong_says_where(tmp_path, text, said):
    path = tmp_path / "home.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_home(path)


def test_a_configuration_is_read(tmp_path):
    path = tmp_path / "home.toml"
    text = """
    [plumbing]
    layout = "cold-return"
    zone = "Europe/Berlin"
    supply_celsius = 48
    trunk = { material = "dn25", metres = 4 }
    branches = [
        { tap = "bath", material = "dn20", metres = 9, back_material = "dn20", back_metres = 9 },
        { tap = "kitchen", material = "dn20-foam", metres = 5 },
    ]
    [exchange]
    kwh_per_day = 0
    """
    path.write_text(text, encoding="utf-8")
    found = read_home(path)
    assert found.plumbing.taps == ("bath", "kitchen")
    assert found.plumbing.heater.supply_celsius == 48
    assert found.exchange.kwh_per_day is None
    assert str(found.zone) == "Europe/Berlin"
    some = at_taps([Draw(0.0, "shower", 5.0, 60.0, "shower")], found.plumbing.taps)
    assert some[0].tap == "bath"


def test_what_the_file_says_of_the_controller_holds_in_simulation(tmp_path):
    path = tmp_path / "home.toml"
    path.write_text('[hotwater]\nlayout = "return-pipe"\nautomatic_off_seconds = 43200\n', "utf-8")
    found = read_home(path)
    settings = controller_settings(found.plumbing, found.controller)
    done = simulate(
        found.plumbing, [], Thermostat(found.plumbing), start=0, days=2, settings=settings
    )
    assert 3 <= done.starts <= 4


def test_a_plan_names_what_heats_the_cold_pipe():
    layouts = ("cold-return", "cold-check-valve")
    found = {one.layout: one for one in plan(REFERENCE, layouts=layouts, days=2, zone=UTC)}
    assert found["cold-return"].cold_line_celsius < found["cold-check-valve"].cold_line_celsius
    assert found["cold-check-valve"].cold_line_celsius > 40
    assert "too warm" in found["cold-check-valve"].remark


def test_an_unknown_policy_and_strange_taps_are_refused():
    town = town_of(REFERENCE, seed=1, days=1, zone=UTC)
    with pytest.raises(ParameterError, match="a policy is one of nothing"):
        make_policy("magic", town)
    with pytest.raises(ParameterError, match="names the tap 'roof'"):
        simulate(REFERENCE, [Draw(0.0, "roof", 3, 20)], Nothing(), start=0, days=1)
    assert Learned(REFERENCE, make_clock()).name == "learned"


def make_clock():
    from gezhi.home.clock import LocalClock

    return LocalClock(UTC)


def test_a_curve_is_drawn_with_its_names_escaped():
    picture = draw_curve([("a<b", 0.5, 0.5)], {"learned": [(0.2, 0.4), (1.0, 0.9)]})
    assert "a&lt;b" in picture
    assert picture.count("<polyline") == 1
