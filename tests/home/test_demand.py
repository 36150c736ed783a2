"""What is learned of a home: known answers of the habits, changes of habit, the network's form."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from gezhi.errors import ParameterError
from gezhi.home.advantage import KINDS, Advantage, load_advantage
from gezhi.home.clock import LocalClock, find_zone
from gezhi.home.demand import Exchange, Learned
from gezhi.home.habits import CUES, FEATURES, Habits
from gezhi.home.households import Draw
from gezhi.home.pipes import Pipe
from gezhi.home.plant import REFERENCE, Branch
from gezhi.home.simulate import simulate

UTC = find_zone("UTC")
DAY = 86400
MONDAY = 1767571200  # 2026-01-05


def taught(days, hours=(7.0,), *, first=0):
    habits = Habits(LocalClock(UTC))
    for day in range(first, first + days):
        for hour in hours:
            at = MONDAY + day * DAY + hour * 3600
            habits.drew(at)
            habits.ended(at + 20, 20)
    return habits


def feature(habits, now, name):
    found = habits.features(now, with_cues=name in CUES)
    return found[(*FEATURES, *CUES).index(name)]


def expected(habits, now, name):
    """Back from the halved logarithm."""
    return math.exp(2 * (feature(habits, now, name) - 0.5)) - 0.02


def test_a_draw_every_day_at_seven_is_expected_at_seven():
    habits = taught(28)
    morning = MONDAY + 28 * DAY + 6.9 * 3600
    for name in ("same weekday", "same kind, long memory", "same kind, short memory"):
        # a draw smoothed by 12 minutes: what falls into the 13 minutes around its middle
        share = math.erf(6.5 / 12 / math.sqrt(2))
        assert expected(habits, morning, name) == pytest.approx(share, abs=0.12)
        assert expected(habits, morning + 6 * 3600, name) < 0.03


def test_working_days_and_weekends_are_kept_apart():
    habits = Habits(LocalClock(UTC))
    for day in range(28):
        at = MONDAY + day * DAY + (10 if day % 7 >= 5 else 7) * 3600
        habits.drew(at)
        habits.ended(at + 20, 20)
    tuesday, saturday = MONDAY + 29 * DAY, MONDAY + 33 * DAY
    name = "same kind, long memory"
    assert expected(habits, tuesday + 6.9 * 3600, name) > 0.3
    assert expected(habits, tuesday + 9.9 * 3600, name) < 0.1
    habits = Habits(LocalClock(UTC))
    for day in range(28):
        habits.drew(MONDAY + day * DAY + (10 if day % 7 >= 5 else 7) * 3600)
    assert expected(habits, saturday + 9.9 * 3600, name) > 0.2


def test_a_new_hour_is_expected_within_a_week_and_the_old_one_forgotten():
    habits = taught(21)
    for day in range(21, 28):
        habits.drew(MONDAY + day * DAY + 9.5 * 3600)
    name, today = "same kind, short memory", MONDAY + 28 * DAY
    assert expected(habits, today + 9.4 * 3600, name) > 1.5 * expected(
        habits, today + 6.9 * 3600, name
    )


def test_a_journey_teaches_nothing():
    kept, left = taught(21), taught(21)
    before = feature(kept, MONDAY + 21 * DAY + 6.9 * 3600, "same kind, long memory")
    after = feature(left, MONDAY + 35 * DAY + 6.9 * 3600, "same kind, long memory")
    assert after == pytest.approx(before, abs=0.08)


def test_cues_that_are_never_followed_lose_their_credit():
    habits = Habits(LocalClock(UTC))
    first = feature(habits, MONDAY, "cues that were right")
    for hour in range(120):
        habits.cued(MONDAY + hour * 3600)
        last = feature(habits, MONDAY + hour * 3600 + 900, "cues that were right")
    assert last < -0.8 < first
    for hour in range(120, 240):
        habits.cued(MONDAY + hour * 3600)
        habits.drew(MONDAY + hour * 3600 + 60)
        habits.ended(MONDAY + hour * 3600 + 80, 20)
    assert feature(habits, MONDAY + 240 * 3600, "cues that were right") > 0.8
    lead = feature(habits, MONDAY + 240 * 3600, "lead") + 4.3
    assert math.exp(lead) == pytest.approx(60, rel=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_hears_every_feature_and_is_what_its_formula_says(kind):
    network = load_advantage(kind)
    names = (*FEATURES, *CUES) if kind == "cues" else FEATURES
    assert network.weights[0].shape[0] == len(names) + 6
    chance = np.random.default_rng(0)
    given = chance.normal(size=len(names) + 6)
    layer = given
    for weights, biases in zip(network.weights[:2], network.biases[:2], strict=True):
        sums = [sum(x * w for x, w in zip(layer, column, strict=True)) for column in weights.T]
        layer = [max(0.0, one + bias) for one, bias in zip(sums, biases, strict=True)]
    last = [
        sum(x * w for x, w in zip(layer, column, strict=True)) for column in network.weights[2].T
    ]
    saved, kwh = network(given)
    assert saved == pytest.approx(last[0] + network.biases[2][0])
    assert kwh == pytest.approx(max(0.0002, (last[1] + network.biases[2][1]) / 10))
    assert isinstance(network, Advantage)


def regular(days, hour_of):
    chance, found = random.Random(3), []
    for day in range(days):
        for hour in (6.5, 12.0, 18.5):
            at = MONDAY + day * DAY + (hour + hour_of(day) + chance.gauss(0, 0.15)) * 3600
            for _ in range(5):
                found.append(Draw(round(at), "tap", 3.0, 25.0))
                at += 60 + chance.random() * 240
    return sorted(found)


def shares(draws, days, **more):
    learned = Learned(REFERENCE, LocalClock(UTC), **more)
    done = simulate(REFERENCE, draws, learned, start=MONDAY, days=days)
    weeks = [[] for _ in range(days // 7)]
    for one in done.served:
        weeks[int(one.draw.at - MONDAY) // (7 * DAY)].append(one.quick)
    return [sum(week) / max(1, len(week)) for week in weeks]


def test_a_changed_schedule_is_served_as_well_again_in_its_second_week():
    found = shares(regular(35, lambda day: 0.0 if day < 21 else 2.5), 35)
    assert found[4] >= found[2] - 0.05
    assert found[2] > 0.75


def test_two_weeks_of_other_hours_at_home_are_forgotten_within_a_week():
    found = shares(regular(42, lambda day: 2.0 if 21 <= day < 28 else 0.0), 42)
    assert found[5] >= found[2] - 0.05


def test_the_price_rises_until_the_budget_is_kept():
    draws = regular(14, lambda day: 0.0)
    learned = Learned(REFERENCE, LocalClock(UTC), Exchange(75.0, 0.3))
    begin = learned.price
    simulate(REFERENCE, draws, learned, start=MONDAY, days=14)
    assert learned.price > begin
    generous = Learned(REFERENCE, LocalClock(UTC), Exchange(75.0, 30.0))
    dear = Learned(REFERENCE, LocalClock(UTC), Exchange(600.0, 30.0))
    for one in (generous, dear):
        simulate(REFERENCE, draws, one, start=MONDAY, days=9)
    assert 75.0 / 30 <= generous.price < begin
    assert dear.price == 600.0 / 30  # never below what the user says


def test_a_request_that_the_controller_refused_costs_nothing_and_is_made_again():
    learned = Learned(REFERENCE, LocalClock(UTC), Exchange(1.0, None))
    learned.drew(MONDAY, "tap", 3.0)
    assert list(learned.wants(MONDAY, {"tap": 20.0})) == ["tap"]
    assert list(learned.wants(MONDAY + 60, {"tap": 20.0})) == []
    learned.ended(MONDAY + 200, "tap", 3.0, 200.0)
    learned.drew(MONDAY + 205, "tap", 3.0)
    assert list(learned.wants(MONDAY + 240, {"tap": 19.9})) == ["tap"]


def test_a_pipe_that_holds_heat_twice_as_long_is_worth_more_for_the_same_heat():
    bare = Learned(REFERENCE, LocalClock(UTC))
    foam = replace(REFERENCE, branches=(Branch("tap", Pipe.of("dn25-foam", 15.0)),))
    wrapped = Learned(foam, LocalClock(UTC))
    for one in (bare, wrapped):
        one.drew(MONDAY, "tap", 3.0)
    plain, better = (one.weigh(MONDAY, "tap", 25.0) for one in (bare, wrapped))
    assert better[0] / better[1] > plain[0] / plain[1]


def test_an_exchange_that_is_not_positive_is_refused():
    with pytest.raises(ParameterError, match="seconds_per_kwh must be positive"):
        Exchange(0.0)
    with pytest.raises(ParameterError, match="kwh_per_day must be positive or None"):
        Exchange(75.0, -1.0)
