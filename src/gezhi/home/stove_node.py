"""The rule of the node at the stove: a pure function, kept by the relay's own device.

The node cuts when the hub says so, when its copy of the planned cut comes due, and, with the child
lock on, when a flame appears. It needs no hub, link or clock of the house for any of that. A cut is
a train of pulses with pauses between; nothing that anybody sends makes a pulse longer, a pause
shorter or the sum of them more than its bound, and nothing that the hub sends ends a cut, since a
pulse ends by itself. At rest the relay is not energised and the stove is a stove.

After a power cut the remaining time goes on, and a cut that was under way is made again. What must
survive is in `NodeKept`: write it before the relay is switched.

>>> from gezhi.home.types.stove import NodeSettings, PlanNode, Tick
>>> state = start(NodeSettings("left", "left-relay"), now=0.0)
>>> state, _ = step(state, PlanNode("left", 600.0, number=1), 0.0)
>>> state = restart(state.settings, keep(state), now=0.0)  # the power was gone
>>> state, effects = step(state, Tick(), 600.0)
>>> effects[0]
SetRelay(name='left-relay', on=True, limit_seconds=10.0)
>>> state, effects = step(state, Tick(), 610.0)
>>> effects[0]
SetRelay(name='left-relay', on=False, limit_seconds=0.0)
"""

import math
from dataclasses import replace

from gezhi.home.types.common import SetRelay, Wake
from gezhi.home.types.stove import (
    Burner,
    Button,
    Flame,
    LockNode,
    NodeEffect,
    NodeEvent,
    NodeKept,
    NodeSays,
    NodeSettings,
    NodeState,
    PlanNode,
    StoveSettings,
)

__all__ = ["keep", "next_wake", "node_settings", "report", "restart", "shifted", "start", "step"]

#: Beyond these a thermocouple's voltage is a broken wire or a broken meter.
_ABSURD_MILLIVOLTS = (-5.0, 80.0)


def node_settings(settings: StoveSettings, burner: Burner) -> NodeSettings:
    """Give the settings of one burner's node out of the stove's.

    >>> stove = StoveSettings((Burner("left", "left-relay"),), pulse_seconds=8.0)
    >>> node_settings(stove, stove.burners[0]).pulse_seconds
    8.0
    """
    return NodeSettings(
        burner.name,
        burner.relay,
        burner.flame_sensor,
        settings.pulse_seconds,
        settings.pause_seconds,
        settings.energised_limit_seconds,
        settings.rest_seconds,
        settings.blind_pulses,
        settings.flame_millivolts,
        settings.out_millivolts,
        settings.stale_seconds,
    )


def start(settings: NodeSettings, now: float) -> NodeState:
    """Begin for the first time: at rest, nothing planned."""
    return restart(settings, NodeKept(), now)


def restart(settings: NodeSettings, kept: NodeKept, now: float) -> NodeState:
    """Begin again after a reset or a power cut, at rest, with what the flash has kept."""
    return NodeState(
        settings,
        now,
        off_at=now,
        ready_at=now,
        spent_seconds=kept.spent_seconds,
        pulses=0 if kept.cutting else None,
        failed=kept.failed,
        due_at=None if kept.remaining_seconds is None else now + kept.remaining_seconds,
        number=kept.number,
        fired=kept.fired,
        locked=kept.locked,
        presses=kept.presses,
    )


def keep(state: NodeState) -> NodeKept:
    """Give what the flash must hold."""
    return NodeKept(
        None if state.due_at is None else max(state.due_at - state.now, 0.0),
        state.number,
        state.fired,
        state.pulses is not None,
        state.failed,
        state.spent_seconds + (_pulse_seconds(state) if state.energised else 0.0),
        state.locked,
        state.presses,
    )


def report(state: NodeState) -> NodeSays:
    """Give what the node says of itself, on connecting, at every change and now and then."""
    remaining = None if state.due_at is None else max(state.due_at - state.now, 0.0)
    cutting = state.pulses is not None
    return NodeSays(
        state.settings.burner,
        remaining,
        state.number,
        state.fired,
        cutting,
        state.failed,
        state.locked,
        state.presses,
    )


def step(
    state: NodeState, event: NodeEvent, now: float
) -> tuple[NodeState, tuple[NodeEffect, ...]]:
    """Take one event at `now`, seconds since the node's start; give the state and what is done."""
    before = state
    # A clock that goes back, or says nothing, lets no time pass.
    state = replace(state, now=now) if now >= state.now else shifted(state, now - state.now)
    state = _forget_flame(state)
    state = _take(state, event)
    state = _come_due(state)
    state = _drive(state)
    out: list[NodeEffect] = []
    if state.energised is not before.energised:
        limit = _pulse_seconds(state) if state.energised else 0.0
        out.append(SetRelay(state.settings.relay, state.energised, limit))
    if replace(report(state), remaining_seconds=None) != replace(
        report(before), remaining_seconds=None
    ):
        out.append(report(state))
    wake = next_wake(state)
    return state, (*out, Wake(wake)) if wake is not None else tuple(out)


def next_wake(state: NodeState) -> float | None:
    """Give the instant at which something is due if nothing happens before, or None."""
    dues = [] if state.due_at is None else [state.due_at]
    if state.on_at is not None:
        dues.append(state.on_at + _pulse_seconds(state))
    elif state.pulses is not None:
        dues.append(_next_pulse(state))
    return min((one for one in dues if one > state.now), default=None)


def shifted(state: NodeState, seconds: float) -> NodeState:
    """Move every instant of the state by `seconds`: the same situation on another clock."""
    if not math.isfinite(seconds):
        return state
    return replace(
        state,
        now=state.now + seconds,
        on_at=None if state.on_at is None else state.on_at + seconds,
        off_at=state.off_at + seconds,
        ready_at=state.ready_at + seconds,
        due_at=None if state.due_at is None else state.due_at + seconds,
        flame_at=state.flame_at + seconds,
    )


# ---- what comes in --------------------------------------------------------------------------


def _take(state: NodeState, event: NodeEvent) -> NodeState:
    here = state.settings.burner
    match event:
        case SetRelay(name, True) if name == state.settings.relay:
            return _cut(state)
        case PlanNode(name, seconds, number) if name == here and number > state.number:
            if seconds is not None and not math.isfinite(seconds):
                return state
            due_at = None if seconds is None else state.now + seconds
            return replace(state, due_at=due_at, number=number)
        case LockNode(name, on, presses, number) if name == here and number > state.number:
            return _lock(replace(state, number=number), on=on and presses >= state.presses)
        case Button():
            return replace(state, locked=False, presses=state.presses + 1)
        case Flame(name, millivolts) if name == here:
            return _take_flame(state, millivolts)
    return state


def _lock(state: NodeState, *, on: bool) -> NodeState:
    state = _cut(state) if on and not state.locked and state.flame else state
    return replace(state, locked=on)


def _take_flame(state: NodeState, millivolts: float) -> NodeState:
    limits = state.settings
    low, high = _ABSURD_MILLIVOLTS
    if not low <= millivolts <= high:
        return replace(state, flame=None)
    flame = state.flame
    if millivolts >= limits.flame_millivolts:
        flame = True
    elif millivolts <= limits.out_millivolts:
        flame = False
    appeared = flame is True and state.flame is not True
    state = replace(state, flame=flame, flame_at=state.now)
    return _cut(state) if appeared and state.locked else state


def _forget_flame(state: NodeState) -> NodeState:
    stale = state.now - state.flame_at >= state.settings.stale_seconds
    return replace(state, flame=None) if stale else state


# ---- what is done ---------------------------------------------------------------------------


def _come_due(state: NodeState) -> NodeState:
    if state.due_at is None or state.now < state.due_at:
        return state
    return _cut(replace(state, due_at=None, fired=state.number))


def _cut(state: NodeState) -> NodeState:
    """Begin a cut, or begin it anew where one is between two pulses."""
    return state if state.energised else replace(state, pulses=0)


def _drive(state: NodeState) -> NodeState:
    limits = state.settings
    if state.on_at is not None:
        if state.now - state.on_at < _pulse_seconds(state):
            return state
        return replace(
            state,
            on_at=None,
            off_at=state.now,
            ready_at=state.now + limits.pause_seconds,
            spent_seconds=state.spent_seconds + state.now - state.on_at,
            pulses=(state.pulses or 0) + 1,
        )
    if state.now - state.off_at >= limits.rest_seconds:
        state = replace(state, spent_seconds=0.0)
    if state.pulses is None or state.now < _next_pulse(state):
        return state
    if state.pulses > 0 and _enough(state):
        return replace(state, pulses=None, failed=state.flame is True)
    return replace(state, on_at=state.now)


def _enough(state: NodeState) -> bool:
    """Say whether a cut that has made a pulse needs no other, or may make none."""
    limits = state.settings
    if state.spent_seconds >= limits.energised_limit_seconds:
        return True
    if state.flame is None:
        return (state.pulses or 0) >= limits.blind_pulses
    return not state.flame


def _pulse_seconds(state: NodeState) -> float:
    """Give how long a pulse may be, that under way or the next one."""
    left = state.settings.energised_limit_seconds - state.spent_seconds
    return min(state.settings.pulse_seconds, left)


def _next_pulse(state: NodeState) -> float:
    """Give the instant from which the cut under way may go on, or may end."""
    limits = state.settings
    spent = state.spent_seconds >= limits.energised_limit_seconds
    return state.off_at + limits.rest_seconds if spent and not state.pulses else state.ready_at
