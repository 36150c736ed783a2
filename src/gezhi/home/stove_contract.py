"""Every message to a hub or a node does what it says, and nothing else; part of `stove_model`.

At each state of a hub in which nothing is due, messages that are not otherwise sent there are
tried: what becomes of the hub, what is sent and what is said must be as it is written down a second
time in `gezhi.home.stove_expected`. So it is for a restart, for what comes as time passes
(`gezhi.home.stove_timely`), and for a node (`gezhi.home.stove_node_contract`). The walk does not go
on from there, so this costs no states.

>>> from gezhi.home import stove
>>> from gezhi.home.types.stove import Burner, StoveSettings
>>> hub = stove.start(StoveSettings((Burner("left", "relay", flame_sensor=True),)), 0.0)
>>> hub_breaks(stove, hub)
''
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gezhi.home.stove_expected import wanted
from gezhi.home.stove_telling import untold
from gezhi.home.stove_timely import timely
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake
from gezhi.home.types.stove import (
    ALARMS,
    ALL,
    Alarm,
    BurnerState,
    Cancel,
    ChildLock,
    Cut,
    CutPhase,
    Extend,
    Flame,
    Hood,
    LockNode,
    NodeSays,
    Plan,
    PlanNode,
    Presence,
    ResetFault,
    StoveEvent,
    StoveState,
)

__all__ = ["hub_breaks"]

_NAN = float("nan")
_LATER = 64.0


def hub_breaks(rule: Any, state: StoveState) -> str:
    """Name what a hub does otherwise than is written down; "" where it does all, or has work."""
    quiet, said = rule.step(state, Tick(), 0.0)
    if any(not isinstance(one, Wake) for one in said):
        return _nags(quiet, state, said)
    if any(one.flame_at is None and (one.flame, one.millivolts) != (None, None)
           for one in quiet.burners):  # fmt: skip
        return "something is claimed of a meter that is silent"
    for event in _events(quiet):
        broken = _broken(rule, quiet, event)
        if broken:
            return f"{broken} after {event}"
    return (
        _presses(rule, quiet)
        or _clocks(rule, quiet)
        or _restart(rule, quiet)
        or _hood_ends(rule, quiet)
        or timely(rule, quiet)
        or timely(rule, rule.step(quiet, Link(up=True), quiet.now)[0])
    )


def _nags(quiet: StoveState, state: StoveState, said: tuple[Any, ...]) -> str:
    """A fault is told when it comes and each time that its report is due, and no more often."""
    told = {(one.code, one.subject) for one in said if isinstance(one, Notice)}
    for one in state.burners:
        due = -one.fault_at >= state.settings.fault_seconds
        if one.fault and (one.fault, one.name) in told and not due:
            return "a fault is told more often than is set"
    return ""


def _broken(rule: Any, before: StoveState, event: StoveEvent) -> str:
    after, effects = rule.step(before, event, before.now)
    want = wanted(before, event)
    told = untold(before, after, event, effects)
    if told:
        return f"{told} is not told as it is"
    hood = before.settings.hood
    orders = [one for one in effects if isinstance(one, SetRelay | PlanNode | LockNode)]
    own = [one for one in orders if not (isinstance(one, SetRelay) and one.name == hood)]
    if Counter(own) != Counter(want.orders):
        return f"{own} is sent, not {want.orders},"
    for_hood = [one for one in orders if isinstance(one, SetRelay) and one.name == hood]
    until, sent, ran = _hood(before, want.state, event)
    if for_hood != ran:
        return "the hood is told otherwise"
    return "" if after == replace(want.state, hood_until=until, hood_sent_until=sent) else (
        "the hub knows otherwise"
    )  # fmt: skip


def _hood(
    before: StoveState, want: StoveState, event: StoveEvent
) -> tuple[float | None, float | None, list[SetRelay]]:
    """Give until when the hood runs, what it was told of that, and what it is told now.

    It is told when it does not know, when the flame is out, and when half of its time is gone.
    """
    limits, now, until = want.settings, want.now, before.hood_until
    sent = None if isinstance(event, Link) else before.hood_sent_until
    if not limits.hood:
        return until, sent, []
    burns = any(one.flame for one in want.burners)
    until = now + limits.hood_run_seconds if burns else until
    if until is None or not want.linked or sent == until:
        return until, sent, []
    if sent is not None and burns and now < sent - limits.hood_run_seconds / 2:
        return until, sent, []
    return until, until, [SetRelay(limits.hood, True, until - now)]


# ---- what is tried --------------------------------------------------------------------------


def _events(state: StoveState) -> Iterator[StoveEvent]:
    names = [one.name for one in state.burners]
    long = state.settings.longest_plan_seconds
    for name in (*names, ALL):
        yield Cut(name)
        for seconds in (1.0, long, long + 1):
            yield Plan(name, seconds)
            yield Extend(name, seconds)
        yield ResetFault(name)
        chosen = [one for one in state.burners if name in (ALL, one.name)]
        if any(one.timers or (one.cutting and _waits(one)) for one in chosen):
            yield Cancel(name)
    if any(one.flame_sensor for one in state.settings.burners):
        yield ChildLock(on=True)
    yield ChildLock(on=False)
    for near in (False, True):
        yield Presence(near)
    for kind in ALARMS:
        yield Alarm(kind, on=True)
        yield Alarm(kind, on=False)
    yield Hood(on=True)
    yield Hood(on=False)
    yield Link(up=False)
    yield Link(up=True)
    for built, here in zip(state.settings.burners, state.burners, strict=True):
        yield RelayRead(built.relay, on=True)
        yield RelayRead(built.relay, on=False)
        if built.flame_sensor:
            for millivolts in _voltages(state):
                yield Flame(built.name, millivolts)
        if built.node:
            yield from _node_words(state, here)


def _waits(one: BurnerState) -> bool:
    return one.cutting is not None and one.cutting.phase is CutPhase.WAITING


def _voltages(state: StoveState) -> tuple[float, ...]:
    """Give voltages at every threshold, between them, and beyond what a thermocouple can show."""
    limits = state.settings
    between = (limits.out_millivolts + limits.flame_millivolts) / 2
    hold = max(limits.hold_millivolts, limits.flame_millivolts)
    return (-5.1, -5.0, limits.out_millivolts, between, limits.flame_millivolts, hold, 80.0, 80.1,
            _NAN)  # fmt: skip


def _node_words(state: StoveState, here: BurnerState) -> Iterator[NodeSays]:
    """Give what a node could say that is pressed no more often, and locked as it was told."""
    left = None if here.planned_at is None else here.planned_at - state.now
    usual = NodeSays(here.name, left, here.number, here.fired, here.node_cutting, here.node_failed,
                     state.locked, here.presses)  # fmt: skip
    other = not here.node_cutting
    yield usual
    yield replace(usual, cutting=other)
    yield replace(usual, cutting=other, failed=True)
    yield replace(usual, failed=True)
    yield replace(usual, cutting=False, failed=False)
    if left is None:
        yield replace(usual, remaining_seconds=1.0)
        yield replace(usual, remaining_seconds=0.0)
    else:
        slack = state.settings.relay_seconds
        for seconds in (left + slack, left + slack + 1, max(left - 1, 0.0), None):
            yield replace(usual, remaining_seconds=seconds)
    older, newer = here.number - 1, here.number + 3
    for seconds in (None, 1.0):
        yield replace(usual, remaining_seconds=seconds, number=older)
        yield replace(usual, remaining_seconds=seconds, number=newer, fired=newer - 1)
        yield replace(usual, remaining_seconds=seconds, number=newer, cutting=other)
    for number in {here.number, here.number - 1}:
        if number > here.fired:
            done = replace(usual, remaining_seconds=None, fired=number)
            yield done
            yield replace(done, cutting=other)
            yield replace(done, cutting=False, failed=True)


# ---- the button at the stove, clocks, and a restart ------------------------------------------


def _presses(rule: Any, state: StoveState) -> str:
    """A press that the hub had not heard of takes the lock off; a node that differs is told."""
    for i, (built, here) in enumerate(zip(state.settings.burners, state.burners, strict=True)):
        if not built.node or here.cutting is not None or not (state.linked and here.sent):
            continue
        left = None if here.planned_at is None else here.planned_at - state.now
        says = NodeSays(here.name, left, here.number, here.fired, here.node_cutting,
                        here.node_failed, False, here.presses + 1)  # fmt: skip
        after, effects = rule.step(state, says, state.now)
        locks = {one.burner: one for one in effects if isinstance(one, LockNode)}
        names = [one.name for one in state.settings.burners if one.node] if state.locked else []
        freed = not any(one.on for one in locks.values()) and not after.locked
        if list(locks) != names or not freed or after.burners[i].presses != says.presses:
            return "a press of the button does not take the lock off"
        if untold(state, after, says, effects):
            return "a press of the button is not told"
        says = replace(says, presses=here.presses, locked=not state.locked)
        after, effects = rule.step(state, says, state.now)
        orders = [one for one in effects if isinstance(one, LockNode)]
        wants = LockNode(here.name, state.locked, here.presses, here.number + 1)
        if orders != [wants] or after.burners[i].number <= here.number:
            return "a node that is locked otherwise is not told"
        if after.locked is not state.locked:
            return "a node locks the hub"
    return ""


def _clocks(rule: Any, state: StoveState) -> str:
    """A clock that is set back, or is no number, lets no time pass; a little back is nothing."""
    after, effects = rule.step(state, Tick(), state.now)
    same = tuple(one for one in effects if not isinstance(one, Wake))
    for now in (_NAN, state.now - 1.0):
        there, said = rule.step(state, Tick(), now)
        if there != after or tuple(one for one in said if not isinstance(one, Wake)) != same:
            return f"a clock of {now} is not taken for this instant"
    if rule.step(rule.shifted(state, _LATER), Tick(), state.now)[0] != after:
        return "a clock set back lets time pass"
    if rule.shifted(state, _NAN) != state:
        return "a shift of no number is one"
    return _jump(rule, state)


def _jump(rule: Any, state: StoveState) -> str:
    """Whoever comes after the wake by more than a gap has slept, and says so."""
    wake = rule.next_wake(state)
    if wake is None:
        return ""
    for late in (state.settings.gap_seconds, state.settings.gap_seconds + 1):
        effects = rule.step(state, Tick(), wake + late)[1]
        if late > state.settings.gap_seconds and state.linked:
            relays = {one.name for one in effects if isinstance(one, SetRelay)}
            built = zip(state.settings.burners, state.burners, strict=True)
            if any(b.relay not in relays for b, one in built if one.cutting and not _waits(one)):
                return "a cut whose pulse may have been too short is not made anew"
        said = any(isinstance(one, Notice) and one.code == "clock-jump" for one in effects)
        if said is not (late > state.settings.gap_seconds):
            return "a jump of the clock is not told as it is"
    return ""


def _hood_ends(rule: Any, state: StoveState) -> str:
    """The hub wakes to renew the hood's time, and when that is over, and then tells it to stop."""
    until, sent, limits = state.hood_until, state.hood_sent_until, state.settings
    if until is None:
        return ""
    wakes = [until] if sent is None else [until, sent - limits.hood_run_seconds / 2]
    wake = rule.next_wake(state)
    if wake is None or wake > min((one for one in wakes if one > state.now), default=wake):
        return "the hub sleeps over the hood"
    burning = [one.name for one in state.burners if one.flame]
    if burning and sent is not None and state.linked:
        at = state.now + 1
        effects = rule.step(state, Flame(burning[0], 50.0), at)[1]
        renews = any(isinstance(one, SetRelay) and one.name == limits.hood for one in effects)
        half = at >= sent - limits.hood_run_seconds / 2
        return "" if renews is half else "the hood's time is not renewed when half of it is gone"
    if burning:
        return ""
    after, effects = rule.step(state, Tick(), until)
    stops = SetRelay(limits.hood, on=False) in effects
    return "" if stops and after.hood_until is None else "the hood is not stopped"


def _restart(rule: Any, state: StoveState) -> str:
    """A restart keeps what people have asked for, and claims nothing of what it has not heard."""
    after = rule.resume(state, state.now)[0]
    if after.linked or after.hood_sent_until is not None or after.locked is not state.locked:
        return "a hub that begins again claims what it has not heard"
    for old, new in zip(state.burners, after.burners, strict=True):
        cutting = old.cutting
        if cutting is not None:
            cutting = replace(cutting, phase=CutPhase.WAITING, since=state.now, pulses=0,
                              opened=False)  # fmt: skip
        want = replace(old, cutting=cutting, flame=None, millivolts=None, flame_at=None,
                       read=None, read_at=state.now,
                       node_failed=old.node_failed and not state.locked)  # fmt: skip
        # What hangs on a flame may come due or be planned otherwise; the rest is as it was.
        if new != replace(want, planned_at=new.planned_at, sent=new.sent):
            return "a hub that begins again does not know what it knew"
    for by in (_LATER, -_LATER):
        moved = rule.resume(rule.shifted(state, by), state.now + by)[0]
        if moved != rule.shifted(after, by):
            return "a restart is another one on another clock"
    if rule.resume(rule.shifted(state, _LATER), state.now)[0] != after:
        return "a clock set back over a restart lets time pass"
    return ""
