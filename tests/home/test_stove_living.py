"""A stove that lives: the hand, the real rules, and what happens when something is gone."""

import random

import pytest

from gezhi.errors import ParameterError
from gezhi.home.stove_living import Fault, Flaw, LivingStove, Way
from gezhi.home.types.stove import ALL, Cancel, ChildLock, Cut, Extend, Plan, ResetFault

PULSE_SECONDS = 10.0


@pytest.fixture
def stove():
    return LivingStove()


@pytest.fixture
def lit(stove):
    """A stove whose left burner burns, and is seen to."""
    stove.hold("left", 6.0)
    stove.live(30.0)
    assert stove.valves["left"].flame
    return stove


def codes(stove):
    return [one.notice.code for one in stove.told]


def longest_energised(stove, seconds):
    """Live on, and give the longest time that the left relay was energised without a break."""
    longest = since = 0.0
    end = stove.now + seconds
    while stove.now < end:
        stove.live(stove.now + 0.25)
        since = since + 0.25 if stove.energised("left") else 0.0
        longest = max(longest, since)
    return longest


def test_only_a_hand_lights_and_only_one_that_waits(stove):
    stove.turn("left", "on")
    stove.live(20.0)
    assert stove.valves["left"].knob == "off"
    stove.turn("left", "pressed")
    stove.live(20.5)
    assert stove.valves["left"].flame
    stove.turn("left", "on")
    assert not stove.valves["left"].flame
    assert codes(stove)[-1] == "let-go-early"
    stove.hold("left", 6.0)
    stove.live(60.0)
    assert stove.valves["left"].flame
    assert stove.hub.burner("left").flame is True
    stove.turn("left", "off")
    assert not stove.valves["left"].flame
    with pytest.raises(ParameterError, match="left, right"):
        stove.turn("middle", "pressed")


def test_a_plan_cuts_with_a_bounded_pulse_and_the_stove_can_be_lit_again(lit):
    assert lit.ask(Plan("left", 60.0)).notices[0].code == "planned"
    lit.live(89.0)
    assert lit.valves["left"].flame
    assert longest_energised(lit, 60.0) <= PULSE_SECONDS + 0.5
    assert not lit.valves["left"].flame
    assert "cut-done" in codes(lit)
    assert lit.closed("left")
    lit.hold("left", 6.0)
    lit.live(lit.now + 30.0)
    assert lit.valves["left"].flame


@pytest.mark.parametrize("fault", [Fault.HUB, Fault.NETWORK, Fault.BROKER])
def test_the_node_keeps_the_plan_when_all_else_is_gone(lit, fault):
    lit.ask(Plan("left", 60.0))
    lit.break_house(fault, broken=True)
    lit.live(100.0)
    assert not lit.valves["left"].flame
    assert "node-due" in codes(lit)
    lit.break_house(fault, broken=False)
    lit.live(200.0)
    assert lit.hub.burner("left").timers == ()
    assert lit.hub.burner("left").fault == ""


def test_a_power_cut_lets_it_burn_and_the_rest_of_the_time_goes_on_after(lit):
    lit.ask(Plan("left", 60.0))
    lit.live(50.0)
    lit.break_house(Fault.POWER, broken=True)
    lit.live(500.0)
    assert lit.valves["left"].flame
    assert lit.closed("left")
    lit.break_house(Fault.POWER, broken=False)
    lit.live(545.0)
    assert not lit.valves["left"].flame


def test_no_power_at_all_and_it_is_a_stove(stove):
    stove.break_house(Fault.POWER, broken=True)
    stove.hold("right", 6.0)
    stove.live(30.0)
    assert stove.valves["right"].flame
    assert stove.ask(Cut(ALL)).reached is False
    assert codes(stove)[-1] == "unheard"


def test_a_welded_contact_is_a_latched_fault_within_its_bound(lit):
    lit.break_burner("left", Flaw.CONTACT_CLOSED, broken=True)
    lit.ask(Cut("left"))
    start, energised = lit.now, 0.0
    while lit.now < start + 300.0:
        lit.live(lit.now + 0.25)
        energised += 0.25 * lit.energised("left")
    assert lit.valves["left"].flame
    assert lit.hub.burner("left").fault == "flame-after-cut"
    assert energised <= 61.0
    assert not lit.energised("left")


def test_a_contact_that_stays_open_holds_no_flame(stove):
    stove.break_burner("left", Flaw.CONTACT_OPEN, broken=True)
    stove.hold("left", 6.0)
    stove.live(30.0)
    assert not stove.valves["left"].flame
    assert "let-go-broken" in codes(stove)
    stove.break_burner("left", Flaw.CONTACT_OPEN, broken=False)
    stove.hold("left", 6.0)
    stove.live(60.0)
    assert stove.valves["left"].flame


def test_a_silent_sensor_makes_the_flame_unknown(lit):
    lit.break_burner("left", Flaw.SENSOR_SILENT, broken=True)
    lit.live(120.0)
    assert lit.valves["left"].flame
    assert lit.hub.burner("left").flame is None


def test_a_lying_sensor_is_believed_and_nothing_worse(lit):
    lit.break_burner("left", Flaw.SENSOR_LIES, broken=True)
    lit.live(60.0)
    assert lit.hub.burner("left").flame is False
    assert lit.ask(Cut("left")).reached
    assert not lit.valves["left"].flame


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (Way.LATE, "refused-late"),
        (Way.TWICE, "refused-duplicate"),
        (Way.RETAINED, "refused-retained"),
    ],
)
def test_messages_that_mean_nothing_are_refused(lit, way, code):
    answer = lit.ask(Plan("left", 600.0), way)
    assert answer.refused.code == code
    assert len(lit.hub.burner("left").timers) == (way is Way.TWICE)


def test_the_child_lock_cuts_a_flame_and_the_button_takes_it_off(stove):
    stove.ask(ChildLock(True))
    stove.hold("left", 6.0)
    stove.live(60.0)
    assert not stove.valves["left"].flame
    stove.press_button()
    assert not stove.hub.locked
    stove.hold("left", 6.0)
    stove.live(120.0)
    assert stove.valves["left"].flame


def test_alarms_and_nobody_near_turn_it_off(lit):
    lit.sound("smoke", on=True)
    assert not lit.valves["left"].flame
    lit.sound("smoke", on=False)
    lit.live(lit.now + 60.0)
    lit.hold("left", 6.0)
    lit.live(lit.now + 10.0)
    lit.come(near=False)
    assert lit.hood_runs
    lit.live(lit.now + 880.0)
    assert lit.valves["left"].flame
    lit.live(lit.now + 60.0)
    assert not lit.valves["left"].flame
    lit.live(lit.now + 400.0)
    assert not lit.hood_runs


def meddle(stove, dice):
    """Do one thing at random, as somebody who tries everything."""
    burner = dice.choice(["left", "right"])
    deeds = (
        lambda: stove.turn(burner, dice.choice(["pressed", "on", "off"])),
        lambda: stove.hold(burner, dice.uniform(0.2, 8.0)),
        lambda: stove.break_house(dice.choice(list(Fault)), broken=dice.random() < 0.4),
        lambda: stove.break_burner(burner, dice.choice(list(Flaw)), broken=dice.random() < 0.4),
        lambda: stove.ask(
            dice.choice(
                [
                    Cut(burner),
                    Plan(ALL, dice.uniform(1.0, 20.0)),
                    Extend(burner, 5.0),
                    Cancel(burner),
                    ChildLock(dice.random() < 0.5),
                    ResetFault(burner),
                ]
            ),
            dice.choice(list(Way)),
        ),
        lambda: stove.sound(dice.choice(["smoke", "gas", "hood"]), on=dice.random() < 0.4),
        lambda: stove.come(near=dice.random() < 0.7),
        stove.press_button,
    )
    dice.choice(deeds)()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_one_tries_gas_needs_a_hand_and_a_relay_rests(seed):
    dice = random.Random(seed)
    stove = LivingStove(now=66_600.0 + dice.random())
    flames, energised = dict.fromkeys(stove.valves, False), dict.fromkeys(stove.valves, 0.0)
    for _ in range(60):
        meddle(stove, dice)
        until = stove.now + dice.uniform(0.0, 12.0)
        while stove.now < until:
            pressed = {name for name, one in stove.valves.items() if one.knob == "pressed"}
            step = dice.uniform(0.05, 0.4)
            stove.live(stove.now + step)
            for name, one in stove.valves.items():
                assert not one.flame or flames[name] or name in pressed
                flames[name] = one.flame
                on = stove.energised(name)
                energised[name] = energised[name] + step if on else 0.0
                assert energised[name] <= PULSE_SECONDS + 0.5
        for name, one in stove.valves.items():
            flames[name] = one.flame
