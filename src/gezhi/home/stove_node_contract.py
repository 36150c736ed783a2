"""Every message to a node does what it says, and nothing else; part of `gezhi.home.stove_contract`.

What one message must make of a node that has nothing due is written down here a second time, from
docs/stove.md and the words of `gezhi.home.types.stove`, and so is what a node says, keeps in its
flash, and is after a loss of power.

>>> from gezhi.home import stove_node
>>> from gezhi.home.types.stove import NodeSettings
>>> node_breaks(stove_node, stove_node.start(NodeSettings("left", "relay"), 0.0))
''
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gezhi.home.types.common import SetRelay, Tick, Wake
from gezhi.home.types.stove import (
    Button,
    Flame,
    LockNode,
    NodeEvent,
    NodeKept,
    NodeSays,
    NodeState,
    PlanNode,
)

__all__ = ["node_breaks"]

_LATER = 64.0
_NAN = float("nan")
_SANE_MILLIVOLTS = (-5.0, 80.0)


def node_breaks(rule: Any, state: NodeState) -> str:
    """Name what a node does otherwise than is written down; "" where it does all, or has work."""
    quiet, said = rule.step(state, Tick(), 0.0)
    stale = -state.flame_at >= state.settings.stale_seconds
    if quiet.flame is not (None if stale else state.flame):
        return "a node believes a meter that is silent, or none that speaks,"
    if any(not isinstance(one, Wake) for one in said):
        return ""
    for event in _events(quiet):
        after, effects = rule.step(quiet, event, quiet.now)
        if after != _wanted(quiet, event):
            return f"a node makes something else of {event}"
        says = [one for one in effects if isinstance(one, NodeSays)]
        news = _says(after, 0.0) != _says(quiet, 0.0)
        if says != ([_says(after)] if news else []):
            return f"a node says something else after {event}"
    return _flash(rule, quiet) or _clock(rule, quiet)


def _says(state: NodeState, remaining: float | None = None) -> NodeSays:
    left = None if state.due_at is None else max(state.due_at - state.now, 0.0)
    return NodeSays(
        burner=state.settings.burner,
        remaining_seconds=left if remaining is None else remaining,
        number=state.number,
        fired=state.fired,
        cutting=state.pulses is not None,
        failed=state.failed,
        locked=state.locked,
        presses=state.presses,
    )


# ---- messages -------------------------------------------------------------------------------


def _events(state: NodeState) -> Iterator[NodeEvent]:
    limits, number = state.settings, state.number + 1
    yield SetRelay(limits.relay, on=True, limit_seconds=limits.pulse_seconds)
    for seconds in (None, 0.0, 1.0):
        yield PlanNode(limits.burner, seconds, number)
    for on in (True, False):
        for presses in (state.presses - 1, state.presses, state.presses + 1):
            yield LockNode(limits.burner, on, presses, number)
    yield Button()
    if not limits.flame_sensor:
        return
    between = (limits.out_millivolts + limits.flame_millivolts) / 2
    for millivolts in (-5.1, -5.0, limits.out_millivolts, between, limits.flame_millivolts, 80.0,
                       80.1, _NAN):  # fmt: skip
        yield Flame(limits.burner, millivolts)


def _wanted(state: NodeState, event: NodeEvent) -> NodeState:
    now = state.now
    match event:
        case SetRelay():
            return _cut(state)
        case PlanNode(_, seconds, number):
            due = seconds == 0
            at = None if seconds is None or due else now + seconds
            told = replace(state, due_at=at, number=number)
            return _cut(replace(told, fired=number)) if due else told
        case LockNode(_, on, presses, number):
            locks = on and presses >= state.presses
            after = replace(state, number=number, locked=locks)
            return _cut(after) if locks and state.flame and not state.locked else after
        case Button():
            return replace(state, locked=False, presses=state.presses + 1)
        case Flame(_, millivolts):
            return _flame(state, millivolts)
    return state


def _flame(state: NodeState, millivolts: float) -> NodeState:
    low, high = _SANE_MILLIVOLTS
    if not low <= millivolts <= high:
        return replace(state, flame=None)
    flame = state.flame
    if millivolts >= state.settings.flame_millivolts:
        flame = True
    if millivolts <= state.settings.out_millivolts:
        flame = False
    after = replace(state, flame=flame, flame_at=state.now)
    return _cut(after) if flame and not state.flame and state.locked else after


def _cut(state: NodeState) -> NodeState:
    """A cut begins, at once where the relay has rested; a pulse under way is none of its business.

    One whose bound is spent waits for the long rest.
    """
    if state.energised:
        return state
    spent = state.spent_seconds >= state.settings.energised_limit_seconds
    ready = state.off_at + state.settings.rest_seconds if spent else state.ready_at
    return replace(state, pulses=0, on_at=state.now if ready <= state.now else None)


# ---- flash and clock ------------------------------------------------------------------------


def _flash(rule: Any, state: NodeState) -> str:
    """What a node keeps is what it knows, and with that it begins again at rest."""
    limits, says = state.settings, _says(state)
    if rule.report(state) != says:
        return "a node says of itself what is not so"
    left = limits.energised_limit_seconds - state.spent_seconds
    pulse = min(limits.pulse_seconds, left) if state.energised else 0.0
    kept = NodeKept(
        remaining_seconds=says.remaining_seconds,
        number=state.number,
        fired=state.fired,
        cutting=state.pulses is not None,
        failed=state.failed,
        spent_seconds=state.spent_seconds + pulse,
        locked=state.locked,
        presses=state.presses,
    )
    if rule.keep(state) != kept:
        return "a node keeps in its flash what is not so"
    for now in (0.0, _LATER):
        again = rule.restart(limits, kept, now)
        at = None if kept.remaining_seconds is None else now + kept.remaining_seconds
        want = NodeState(limits, now, off_at=now, ready_at=now, due_at=at, number=kept.number,
                         spent_seconds=kept.spent_seconds, fired=kept.fired, failed=kept.failed,
                         pulses=0 if kept.cutting else None, locked=kept.locked,
                         presses=kept.presses)  # fmt: skip
        if again != want:
            return "a node does not begin again with what its flash has kept"
    return ""


def _clock(rule: Any, state: NodeState) -> str:
    """A clock that is set back, or is no number, lets no time pass; and a wake is what is due."""
    after = rule.step(state, Tick(), state.now)[0]
    ahead = rule.shifted(state, _LATER)
    if rule.step(ahead, Tick(), state.now)[0] != after:
        return "a node's clock set back lets time pass"
    if rule.step(state, Tick(), _NAN)[0] != after or rule.shifted(state, _NAN) != state:
        return "a node's clock of no number is one"
    limits = state.settings
    dues = [] if state.due_at is None else [state.due_at]
    if state.on_at is not None:
        left = limits.energised_limit_seconds - state.spent_seconds
        dues.append(state.on_at + min(limits.pulse_seconds, left))
    elif state.pulses is not None:
        spent = state.spent_seconds >= limits.energised_limit_seconds and state.pulses == 0
        dues.append(state.off_at + limits.rest_seconds if spent else state.ready_at)
    wake = min((one for one in dues if one > state.now), default=None)
    return "" if rule.next_wake(state) == wake else "a node wakes at another time"
