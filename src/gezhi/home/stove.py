"""The stove's controller in the hub: it turns gas off, and there is no word in it for on.

`step` takes the state, one event and the caller's time, and gives the new state and what is to be
done. Its one act on gas is the **cut**: `SetRelay(relay, on=True, limit_seconds=10)` breaks the
thermocouple's circuit for a bounded pulse, the magnet lets the valve fall shut, and the relay rests
again. Pulses are repeated while a flame is still seen, or where none can be seen twice, since a
hand may have held the knob; then the cut is judged, and what failed is a latched fault that asks
for a person, keeps reporting and stops nobody from lighting the stove by hand.

What is planned is also told to the burner's own node (`PlanNode`), which does it alone when hub,
link or broker are gone (`gezhi.home.stove_node`). A cut that cannot be sent is said to wait, and is
made when the way is there again, unless the node says that it has made it.

A home-made modification, not a certified safety device.

>>> from gezhi.home.types.common import Link, RelayRead, Tick
>>> from gezhi.home.types.stove import Burner, Plan, StoveSettings
>>> state = start(StoveSettings((Burner("left", "left-relay"),)), now=0.0)
>>> state, _ = step(state, Link(up=True), 0.0)
>>> state, effects = step(state, Plan("left", 600.0), 0.0)
>>> effects[0], effects[1]
(Notice(code='planned', subject='left', value=600.0),
 PlanNode(burner='left', remaining_seconds=600.0, number=1))
>>> state, effects = step(state, Tick(), 600.0)
>>> next(one for one in effects if isinstance(one, SetRelay))
SetRelay(name='left-relay', on=True, limit_seconds=10.0)
"""

import math
from collections.abc import Callable
from dataclasses import replace

from gezhi.home import stove_burner
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Wake
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
    StoveCommand,
    StoveEffect,
    StoveEvent,
    StoveSettings,
    StoveState,
    Timer,
)

__all__ = ["next_wake", "resume", "shifted", "start", "step"]

#: A node's or a phone's clock may be this much ahead of ours.
_JITTER_SECONDS = 1.0
_SEEN = 64
_Rule = Callable[[BurnerState], BurnerState]


def start(settings: StoveSettings, now: float) -> StoveState:
    """Begin with nothing planned, with settings in which `stove_settings.flaws` finds none."""
    burners = tuple(BurnerState(one.name, read_at=now) for one in settings.burners)
    return StoveState(settings, now, burners)


def resume(
    state: StoveState, now: float, settings: StoveSettings | None = None
) -> tuple[StoveState, tuple[StoveEffect, ...]]:
    """Go on after a restart with a stored state, perhaps with other settings.

    Timers, lock, faults and the numbers of plans are kept, and time has passed as the clock says;
    on a clock that went back none has. What was being cut is cut again once the nodes are there.
    """
    out: list[StoveEffect] = []
    if not now >= state.now:
        state = shifted(state, now - state.now)
    state = replace(state, now=now, linked=False, hood_sent_until=None)
    if settings is not None:
        known = {one.name: one for one in state.burners}
        fresh = (known.get(one.name, BurnerState(one.name)) for one in settings.burners)
        state = replace(state, settings=settings, burners=tuple(fresh))
    state = _each(state, ALL, lambda here: _woken(state, here, out))
    return _finish(_supervise(state, out), out)


def _woken(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    if here.timers or here.cutting is not None:
        out.append(Notice("resumed", here.name))
    # What the node was told stays told: it says itself what it has of that, and what it has done.
    here = replace(here, flame=None, millivolts=None, flame_at=None)
    return stove_burner.hear_link(state, here, out)


def step(
    state: StoveState, event: StoveEvent, now: float
) -> tuple[StoveState, tuple[StoveEffect, ...]]:
    """Take one event at `now` (seconds); give the new state and what is to be done, in order."""
    out: list[StoveEffect] = []
    state = _clock(state, now, out)
    state = _take(state, event, out)
    return _finish(_supervise(state, out), out)


def shifted(state: StoveState, seconds: float) -> StoveState:
    """Move every instant of the state by `seconds`: the same situation on another clock."""
    if not math.isfinite(seconds):
        return state

    def moved(at: float | None) -> float | None:
        return None if at is None else at + seconds

    def shift(here: BurnerState) -> BurnerState:
        cutting = here.cutting
        return replace(
            here,
            timers=tuple(replace(one, due_at=one.due_at + seconds) for one in here.timers),
            cutting=None if cutting is None else replace(cutting, since=cutting.since + seconds),
            flame_at=moved(here.flame_at),
            lit_at=moved(here.lit_at),
            limit_at=moved(here.limit_at),
            weak_at=moved(here.weak_at),
            fault_at=here.fault_at + seconds,
            read_at=here.read_at + seconds,
            pulsed_at=moved(here.pulsed_at),
            planned_at=moved(here.planned_at),
        )

    return replace(
        state,
        now=state.now + seconds,
        burners=tuple(shift(one) for one in state.burners),
        away_at=moved(state.away_at),
        hood_until=moved(state.hood_until),
        hood_sent_until=moved(state.hood_sent_until),
    )


def next_wake(state: StoveState) -> float | None:
    """Give the instant at which something is due if nothing happens before, or None."""
    found = [at for here in state.burners for at in stove_burner.wakes(state, here)]
    if state.hood_until is not None:
        found.append(state.hood_until)
        found.append(_hood_renewal(state))
    return min((at for at in found if at > state.now), default=None)


# ---- time and what comes in -----------------------------------------------------------------


def _clock(state: StoveState, now: float, out: list[StoveEffect]) -> StoveState:
    """Let time pass as the clock says: back is no time, and a pulse under a jump is made again."""
    if not now >= state.now - _JITTER_SECONDS:
        return shifted(state, now - state.now)
    wake = next_wake(state)
    state = replace(state, now=max(now, state.now))
    if wake is None or now - wake <= state.settings.gap_seconds:
        return state
    out.append(Notice("clock-jump", "", now - wake))

    def again(here: BurnerState) -> BurnerState:
        if here.cutting is None or here.cutting.phase is CutPhase.WAITING:
            return here
        return stove_burner.again(state, here, here.cutting, out)

    return _each(state, ALL, again)


def _take(state: StoveState, event: StoveEvent, out: list[StoveEffect]) -> StoveState:
    match event:
        case Cut() | Plan() | Extend() | Cancel() | ChildLock() | ResetFault():
            # What came due a moment before a command is not changed by it.
            return _command(_supervise(state, out), event, out)
        case Flame(name, millivolts) if _knows(state, name):
            return _each(state, name, lambda h: stove_burner.take_flame(state, h, millivolts, out))
        case RelayRead(relay, _):
            for built in state.settings.burners:
                if built.relay == relay:
                    rule: _Rule = lambda h: stove_burner.take_relay(state, h, event)  # noqa: E731
                    return _each(state, built.name, rule)
        case NodeSays() if _knows(state, event.burner):
            state = _heard_button(state, event, out)
            return _each(
                state, event.burner, lambda h: stove_burner.hear_node(state, h, event, out)
            )
        case Presence(near):
            return _presence(state, near=near)
        case Alarm(kind, on):
            return _alarm(state, kind, out, on=on)
        case Hood(on):
            return _alarm(state, "hood", out, on=on)
        case Link(up):
            state = replace(state, linked=up, hood_sent_until=None)
            return _each(state, ALL, lambda h: stove_burner.hear_link(state, h, out))
    return state


def _heard_button(state: StoveState, says: NodeSays, out: list[StoveEffect]) -> StoveState:
    """A press of the button at the stove that we had not heard of takes the lock off."""
    here = state.burner(says.burner)
    state = _each(state, says.burner, lambda h: replace(h, presses=says.presses))
    if says.presses > here.presses and state.locked:
        out.append(Notice("unlocked-at-stove"))
        return _lock(state, out, on=False)
    if says.locked is not state.locked:
        return _each(state, says.burner, lambda h: _lock_node(state, h, out))
    return state


def _lock(state: StoveState, out: list[StoveEffect], *, on: bool) -> StoveState:
    state = replace(state, locked=on)
    return _each(state, ALL, lambda here: _lock_node(state, here, out))


def _lock_node(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    """Tell a node of the lock; one that does not hear it is told again when it speaks."""
    if not (state.linked and stove_burner.burner_of(state.settings, here.name).node):
        return here
    out.append(LockNode(here.name, state.locked, here.presses, here.number + 1))
    return replace(here, number=here.number + 1)


def _presence(state: StoveState, *, near: bool) -> StoveState:
    if not near:
        return replace(state, away_at=state.now if state.away_at is None else state.away_at)

    def forget(here: BurnerState) -> BurnerState:
        return replace(here, told=tuple(one for one in here.told if one != "alone"))

    return _each(replace(state, away_at=None), ALL, forget)


def _alarm(state: StoveState, kind: str, out: list[StoveEffect], *, on: bool) -> StoveState:
    if kind not in ALARMS:
        out.append(Notice("refused-unknown", kind))
        return state
    if not on or kind in state.alarms:
        return replace(state, alarms=tuple(one for one in state.alarms if on or one != kind))
    out.append(Notice(f"alarm-{kind}"))
    state = replace(state, alarms=(*state.alarms, kind))
    return _each(state, ALL, lambda here: stove_burner.begin(state, here, kind, out))


# ---- commands -------------------------------------------------------------------------------


def _command(state: StoveState, event: StoveCommand, out: list[StoveEffect]) -> StoveState:
    reason = _refusal(state, event)
    if reason:
        out.append(Notice(reason, "" if isinstance(event, ChildLock) else event.burner))
        return state
    if event.id:
        state = replace(state, seen=(*state.seen, event.id)[-_SEEN:])
    match event:
        case Cut(name, source):
            return _each(state, name, lambda h: stove_burner.begin(state, h, source, out))
        case Plan(name):
            return _each(state, name, lambda h: _plan(state, h, event, out))
        case Extend(name, seconds):
            return _each(state, name, lambda h: _extend(h, seconds, out))
        case Cancel(name):
            return _each(state, name, lambda h: _cancel(h, out))
        case ResetFault(name):
            return _each(state, name, lambda h: _reset(h, out))
    return _child_lock(state, event, out)


def _child_lock(state: StoveState, event: ChildLock, out: list[StoveEffect]) -> StoveState:
    out.append(Notice("locked" if event.on else "unlocked"))
    for built in state.settings.burners:
        if event.on and not built.flame_sensor:
            out.append(Notice("lock-blind", built.name))
    fresh = event.on and not state.locked
    state = _lock(state, out, on=event.on)

    def meet(here: BurnerState) -> BurnerState:
        alone = not stove_burner.burner_of(state.settings, here.name).node
        if fresh and alone and here.flame:
            return stove_burner.begin(state, here, "lock", out)
        return here

    return _each(state, ALL, meet)


def _refusal(state: StoveState, event: StoveCommand) -> str:
    """Say why a command is refused, as the code of a notice; empty when it is not."""
    limits, now = state.settings, state.now
    if event.retained:
        return "refused-retained"
    if event.id in state.seen:
        return "refused-duplicate"
    age = 0.0 if event.issued_at is None else now - event.issued_at
    if not -_JITTER_SECONDS <= age <= limits.command_age_seconds:
        return "refused-late"
    if event.expires_at is not None and not now <= event.expires_at:
        return "refused-late"
    if isinstance(event, ChildLock):
        blind = not any(one.flame_sensor for one in limits.burners)
        return "refused-blind" if event.on and blind else ""
    burners = [one for one in state.burners if event.burner in (ALL, one.name)]
    if not burners:
        return "refused-unknown"
    if isinstance(event, Plan | Extend) and not 0 < event.seconds <= limits.longest_plan_seconds:
        return "refused-absurd"
    if isinstance(event, Plan) and any(len(one.timers) >= limits.most_timers for one in burners):
        return "refused-full"
    if isinstance(event, Extend):
        return _extend_refusal(state, burners, event.seconds)
    if isinstance(event, Cancel) and not any(_cancellable(one) for one in burners):
        return "refused-nothing"
    return ""


def _extend_refusal(state: StoveState, burners: list[BurnerState], seconds: float) -> str:
    ends = [_end(one) for one in burners]
    known = [one for one in ends if one is not None]
    if not known:
        return "refused-nothing"
    long = max(known) + seconds - state.now > state.settings.longest_plan_seconds
    return "refused-absurd" if long else ""


def _end(here: BurnerState) -> float | None:
    """Give what `Extend` would move: the next timer, or else the end of the longest burning."""
    return here.timers[0].due_at if here.timers else here.limit_at


def _cancellable(here: BurnerState) -> bool:
    waits = here.cutting is not None and here.cutting.phase is CutPhase.WAITING
    return bool(here.timers) or waits


def _plan(state: StoveState, here: BurnerState, event: Plan, out: list[StoveEffect]) -> BurnerState:
    out.append(Notice("planned", here.name, event.seconds))
    timer = Timer(state.now + event.seconds, event.source, event.id)
    return replace(here, timers=_sorted((*here.timers, timer)))


def _sorted(timers: tuple[Timer, ...]) -> tuple[Timer, ...]:
    return tuple(sorted(timers, key=lambda one: one.due_at))


def _extend(here: BurnerState, seconds: float, out: list[StoveEffect]) -> BurnerState:
    if _end(here) is None:
        return here
    out.append(Notice("extended", here.name, seconds))
    if here.timers:
        first, *rest = here.timers
        later = replace(first, due_at=first.due_at + seconds)
        return replace(here, timers=_sorted((later, *rest)))
    told = tuple(one for one in here.told if one != "warned")
    limit_at = None if here.limit_at is None else here.limit_at + seconds
    return replace(here, limit_at=limit_at, told=told)


def _cancel(here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    if not _cancellable(here):
        return here
    out.append(Notice("cancelled", here.name))
    waits = here.cutting is not None and here.cutting.phase is CutPhase.WAITING
    return replace(here, timers=(), cutting=None if waits else here.cutting)


def _reset(here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    if here.fault:
        out.append(Notice("fault-reset", here.name))
    return replace(here, fault="")


# ---- what is due ----------------------------------------------------------------------------


def _supervise(state: StoveState, out: list[StoveEffect]) -> StoveState:
    state = _each(state, ALL, lambda here: stove_burner.advance(state, here, out))
    state = _each(state, ALL, lambda here: _tell_plan(state, here, out))
    return _drive_hood(state, out)


def _tell_plan(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    """Let the node know what is planned, once it can be told."""
    if not stove_burner.burner_of(state.settings, here.name).node:
        return here
    if here.cutting is not None and here.cutting.phase is CutPhase.WAITING:
        return here  # what could not be sent yet is not taken from who may do it alone
    due_at = stove_burner.planned(state, here)
    if due_at != here.planned_at:
        here = replace(here, planned_at=due_at, sent=False)
    if here.sent or not state.linked:
        return here
    number = here.number + 1
    # What is due has been fired a moment before: all that is planned is still to come.
    remaining = None if due_at is None else due_at - state.now
    out.append(PlanNode(here.name, remaining, number))
    return replace(here, number=number, sent=True)


def _drive_hood(state: StoveState, out: list[StoveEffect]) -> StoveState:
    """Keep the hood running while a flame burns and for a while after; its own node ends it."""
    limits = state.settings
    if not limits.hood:
        return state
    burning = any(here.flame for here in state.burners)
    if burning:
        state = replace(state, hood_until=state.now + limits.hood_run_seconds)
    if state.hood_until is None:
        return state
    if state.now >= state.hood_until:
        out.append(SetRelay(limits.hood, on=False))
        return replace(state, hood_until=None, hood_sent_until=None)
    sent = state.hood_sent_until
    due = state.now >= _hood_renewal(state) or not burning
    if state.linked and due and sent != state.hood_until:
        left = state.hood_until - state.now
        out.append(SetRelay(limits.hood, on=True, limit_seconds=left))
        return replace(state, hood_sent_until=state.hood_until)
    return state


def _hood_renewal(state: StoveState) -> float:
    """Give when the hood must hear from us again so as not to stop under a flame."""
    sent = state.now if state.hood_sent_until is None else state.hood_sent_until
    return sent - state.settings.hood_run_seconds / 2


# ---- small parts ----------------------------------------------------------------------------


def _knows(state: StoveState, name: str) -> bool:
    return any(one.name == name for one in state.burners)


def _each(state: StoveState, name: str, rule: _Rule) -> StoveState:
    """Apply a rule to the burner of that name, or to all."""
    burners = tuple(rule(one) if name in (ALL, one.name) else one for one in state.burners)
    return replace(state, burners=burners)


def _finish(
    state: StoveState, out: list[StoveEffect]
) -> tuple[StoveState, tuple[StoveEffect, ...]]:
    wake = next_wake(state)
    return state, (*out, Wake(wake)) if wake is not None else tuple(out)
