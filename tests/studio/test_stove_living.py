"""The stove that is looked at: its clock, its hand, its faults, and when it is forgotten."""

import pytest

from gezhi.errors import ParameterError
from gezhi.home.stove_living import Fault, Flaw
from gezhi.home.types.stove import ChildLock
from gezhi.studio.i18n import LANGUAGES, Translator, catalogue
from gezhi.studio.sessions import IDLE_SECONDS, MOST, Full, Sessions
from gezhi.studio.stove.frames import frame
from gezhi.studio.stove.live import BEGIN_SECONDS, Session


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(clock):
    return Session(clock)


def look(session, clock, seconds, every=0.2):
    """Look on for so long, as a page does; the fastest and slowest pace that was seen."""
    paces = set()
    end = clock.now + seconds
    while clock.now < end - 1e-9:
        clock.now += every
        session.advance()
        paces.add(session.pace)
    return paces


def plain(session, language="en"):
    return frame(session, Translator(language)).plain()


def test_it_begins_lit_with_a_timer_that_runs_down(session, clock):
    stove = session.stove
    assert stove.valves["left"].flame
    assert plain(session)["words"]["b0-hubtimer"] == "4:00"
    assert plain(session)["words"]["b0-nodetimer"] == "4:00"
    assert stove.now == BEGIN_SECONDS + 360
    look(session, clock, 5.0)
    assert plain(session)["words"]["b0-hubtimer"] == "3:10"
    look(session, clock, 30.0)
    assert not stove.valves["left"].flame
    assert plain(session)["states"]["b0-armature"] == "fallen"


def test_nothing_lives_while_nobody_looks_or_the_clock_stands(session, clock):
    before = session.stove.now
    session.set_speed(0)
    look(session, clock, 60.0)
    assert session.stove.now == before
    session.set_speed(60)
    clock.now += 3600.0
    session.advance()
    assert session.stove.now <= before + 60 * 2
    with pytest.raises(ParameterError, match="0, 1, 10, 60"):
        session.set_speed(7)


def test_the_clock_slows_down_for_a_hand_and_for_a_pulse(session, clock):
    session.set_speed(60)
    session.turn("right", "press")
    assert session.pace == 1
    before = session.stove.now
    look(session, clock, 2.0)
    assert session.stove.now == pytest.approx(before + 2.0, abs=0.3)
    session.turn("right", "release")
    assert session.stove.valves["right"].flame
    assert session.pace == 60
    session.order("off", "right", 0.0)
    assert session.pace == 10
    assert look(session, clock, 0.8) == {10}


def test_a_hand_that_is_not_looked_at_any_more_lets_go(session, clock):
    session.turn("right", "press")
    clock.now += 30.0
    session.advance()
    assert session.stove.valves["right"].knob == "on"


def test_pressing_a_knob_starts_a_clock_that_stands(session, clock):
    session.set_speed(0)
    session.turn("right", "hold")
    look(session, clock, 8.0)
    assert session.stove.valves["right"].flame
    session.turn("right", "off")
    assert not session.stove.valves["right"].flame
    with pytest.raises(ParameterError, match="press, hold, release or off"):
        session.turn("right", "light")


def test_every_switch_goes_on_and_off_and_is_shown(session):
    for fault in Fault:
        for state in ("on", "off"):
            session.break_house(fault.value)
            assert plain(session)["states"][f"fault-{fault.value}"] == state
    for flaw in Flaw:
        for state in ("on", "off"):
            session.break_burner("right", flaw.value)
            assert plain(session)["states"][f"b1-{flaw.value}"] == state
    for sense in ("smoke", "gas", "hood", "near", "lock"):
        for state in ("on", "off"):
            session.sense(sense)
            assert plain(session)["states"][f"sense-{sense}"] == state
    for deed in (
        lambda: session.break_house("moon"),
        lambda: session.break_burner("left", "moon"),
        lambda: session.break_burner("moon", "sensor-lies"),
        lambda: session.sense("moon"),
        lambda: session.order("light", "left", 0.0),
    ):
        with pytest.raises(ParameterError, match=r"moon|light"):
            deed()


def test_the_button_at_the_stove_takes_the_lock_off(session):
    session.stove.ask(ChildLock(True))
    assert plain(session)["states"]["sense-lock"] == "on"
    session.sense("button")
    assert plain(session)["states"]["sense-lock"] == "off"


def test_a_flame_that_is_not_known_is_said_to_be_unknown(session, clock):
    session.break_burner("left", "sensor-silent")
    look(session, clock, 4.0)
    words = plain(session)["words"]
    assert words["b0-known"] == "flame unknown"
    assert words["b0-seen"] == "burns"
    assert words["b0-measured"] == "silent"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_happens_is_told_in_words(session, clock, language):
    """An evening with every fault: each line of the log is a sentence of its language."""
    codes = set()
    for deed in (
        *[lambda f=f: session.break_house(f.value) for f in Fault for _ in range(2)],
        *[lambda f=f: session.break_burner("left", f.value) for f in Flaw for _ in range(2)],
        *[lambda s=s: session.sense(s) for s in ("smoke", "near", "lock", "button") for _ in "12"],
        *[lambda v=v: session.order(v, "left", 1.0) for v in ("plan", "extend", "cancel", "late")],
        lambda: session.break_house("broker"),
        lambda: session.order("off", "left", 0.0),
        lambda: session.break_house("broker"),
        lambda: session.turn("right", "press"),
        lambda: session.turn("right", "release"),
        lambda: session.turn("right", "hold"),
    ):
        deed()
        look(session, clock, 6.0)
        codes |= {(one.who, one.notice.code) for one in session.stove.told}
        log = plain(session, language)["pieces"]["log"]
        assert "{" not in log
        assert log.count("<li") == min(40, len(session.stove.told))
    own = {f"stove.told.{code}" for who, code in codes if who != "hub"}
    assert own <= set(catalogue(language))
    assert len(own) > 15


class Thing:
    def __init__(self, clock):
        self.looked = clock()


def test_few_are_kept_and_none_for_long(clock):
    kept = Sessions(clock=clock)
    for number in range(MOST):
        kept.start(f"v{number}", Thing(clock))
    with pytest.raises(Full):
        kept.start("one more", Thing(clock))
    assert kept.start("v0", Thing(clock)) is kept.get("v0")
    clock.now += 120.0
    kept.get("v1").looked = clock.now
    kept.start("one more", Thing(clock))
    assert len(kept.all) == MOST
    assert kept.get("v1") is not None
    clock.now += IDLE_SECONDS + 1
    assert kept.get("v1") is None
    assert kept.all == {}
