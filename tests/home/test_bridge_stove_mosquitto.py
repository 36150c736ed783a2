"""The stove with a real Mosquitto, killed at random; and the judge of that, tried itself."""

import json
import time
from types import SimpleNamespace

import pytest

from benchmarks.stove_house import SETTINGS, judged, kill_stove_at_random
from gezhi.home.bridge.store import Answer, Store


def test_killed_at_random_moments_every_planned_cut_is_made(tmp_path):
    verdict = kill_stove_at_random(tmp_path / "house", 20, seed=7, pace_seconds=0.4)
    assert sum(verdict.kills.values()) == 20
    assert verdict.planned > 0, verdict
    assert (verdict.late, verdict.missed) == (0, 0), verdict
    assert (verdict.overstays, verdict.left_on) == (0, 0), verdict
    assert verdict.events_lost == 0, verdict


class Case:
    """A house whose store and diary are written by hand; instants are on the diary's clock."""

    def __init__(self, folder):
        self.folder = self.node_folder = folder
        self.power_cuts, self.broker_deaths, self.outages = [], [], []
        self.store = Store(folder / "bridge.sqlite")
        self.offset = time.time() - time.monotonic()
        self.diary, self.plans = [{"at": 0.0, "boot": True}], []

    def planned(self, at, seconds, *, known=True, kind="plan"):
        name = f"{kind}{at}"
        detail = {"id": name, "burner": "left", "seconds": seconds}
        wall = at + self.offset
        self.store.remember(Answer(name, True, ""), wall_seconds=wall)
        self.store.record("stove", f"command:{kind}", detail, wall_seconds=wall)
        if known:
            self.plans.append({"at": at, "burner": "left", "due": at + seconds})
        return self

    def pulse(self, begun, end, bound=None):
        until = begun + SETTINGS.pulse_seconds if bound is None else bound
        self.diary += [{"at": begun, "off_at": {"left-relay": until}}]
        if end is not None:
            self.diary += [{"at": end, "off_at": {}}]
        return self

    def dark(self, begun, end):
        self.power_cuts.append(begun)
        self.diary.append({"at": end, "boot": True})
        return self

    def linked(self, at):
        detail = {"node": "stove", "here": True}
        self.store.record("bridge", "node", detail, wall_seconds=at + self.offset)
        return self

    def verdict(self):
        self.store.close()
        for name, lines in (("diary", self.diary), ("plans", self.plans)):
            text = "\n".join(json.dumps(one) for one in lines)
            (self.folder / f"{name}.jsonl").write_text(text)
        resident = SimpleNamespace(accepted={}, refused={}, taken={})
        return judged(self, resident, {})


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path)


def found(verdict):
    return verdict.planned, verdict.late, verdict.missed, verdict.overstays


def test_a_cut_in_time_is_in_time(case):
    assert found(case.planned(10, 5).pulse(15.02, 16.02).verdict()) == (1, 0, 0, 0)


def test_a_cut_that_never_came_is_missed(case):
    assert found(case.planned(10, 5).verdict()) == (1, 0, 1, 0)


def test_a_cut_before_its_time_is_none(case):
    assert found(case.planned(10, 5).pulse(13.0, 14.0).verdict()) == (1, 0, 1, 0)


def test_a_pulse_that_lasts_over_the_time_counts(case):
    assert found(case.planned(10, 5).pulse(14.5, 15.5).verdict()) == (1, 0, 0, 0)


def test_a_cut_six_seconds_late_is_late(case):
    verdict = case.planned(10, 5).pulse(21.0, 22.0).verdict()
    assert found(verdict) == (1, 1, 0, 0)
    assert verdict.longest_late_seconds == pytest.approx(6.0, abs=0.05)


def test_only_time_with_power_counts(case):
    verdict = case.planned(10, 5).dark(14.0, 40.0).pulse(42.0, 43.0).verdict()
    assert found(verdict) == (1, 0, 0, 0)
    assert verdict.longest_late_seconds == pytest.approx(2.0, abs=0.05)


def test_a_pulse_broken_off_by_a_power_cut_has_to_be_made_again(case):
    case.planned(10, 5).pulse(15.0, None).dark(15.3, 20.0)
    assert found(case.verdict()) == (1, 0, 1, 0)


@pytest.mark.parametrize(("linked", "late"), [(29.0, 0), (22.0, 1)])
def test_a_cut_that_the_node_had_not_heard_of_is_late_when_it_could_have_been_told(
    case, linked, late
):
    case.linked(2.0).planned(10, 5, known=False).linked(linked).pulse(30.0, 31.0)
    case.outages = [12.0]
    verdict = case.verdict()
    assert (verdict.unheard, found(verdict)) == (1, (1, late, 0, 0))


def test_a_cancelled_cut_is_not_asked_for(case):
    case.planned(10, 5).planned(12, 0, known=False, kind="cancel")
    verdict = case.verdict()
    assert (verdict.cancelled, found(verdict)) == (1, (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("back", "cancelled", "verdict"),
    [
        (30.0, 17.0, (0, 0, 0, 0)),  # taken back while it waited for the way to the node
        (16.0, 17.0, (1, 1, 0, 0)),  # the way was there: too late to take it back
        (30.0, 21.5, (1, 1, 0, 0)),  # it was done by then
    ],
)
def test_a_cut_that_waits_can_still_be_taken_back(case, back, cancelled, verdict):
    case.outages = [12.0]
    case.linked(2.0).planned(10, 5).linked(back).pulse(21.0, 22.0)
    assert found(case.planned(cancelled, 0, known=False, kind="cancel").verdict()) == verdict


def test_a_relay_beyond_its_bound_is_an_overstay(case):
    assert found(case.planned(10, 5).pulse(15.0, 18.0).verdict()) == (1, 0, 0, 2)
    # told off in time by its own word, and energised all the same


def test_a_relay_that_stays_on_is_told(case):
    assert case.planned(10, 5).pulse(15.0, None).verdict().left_on == 1
