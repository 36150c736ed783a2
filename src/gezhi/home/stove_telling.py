"""What people must be told of the stove, judged step by step; part of `gezhi.home.stove_judge`.

Every change of which people should know has its notice, once, and no notice comes without one.

>>> from gezhi.home.stove import start, step
>>> from gezhi.home.types.stove import Burner, Flame, StoveSettings
>>> before = start(StoveSettings((Burner("left", "relay", flame_sensor=True),)), 0.0)
>>> after, effects = step(before, Flame("left", 25.0), 0.0)
>>> untold(before, after, Flame("left", 25.0), effects)
''
>>> untold(before, after, Flame("left", 25.0), ())
'flame-on'
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gezhi.home.types.common import Notice, Wake
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
    NodeSays,
    Plan,
    ResetFault,
    StoveEffect,
    StoveEvent,
    StoveState,
)

__all__ = ["COMMANDS", "FAULTS", "same_on_another_clock", "untold", "untold_restart"]

_ENDS = {"cut-done": False, "cut-unseen": None, "flame-after-cut": True}
#: Notices of faults, which stay until a person resets them.
FAULTS = ("flame-after-cut", "relay-silent", "relay-stuck")
_CODES = {
    "locked", "unlocked", "lock-blind", "unlocked-at-stove", "flame-on", "flame-out", "flame-stale",
    "flame-absurd", "cannot-hold", "burn-warning", "planned", "extended", "cancelled", "due-timer",
    "due-limit", "due-presence", "late", "cutting", "cut-waits", "cut-done", "cut-unseen",
    "cut-by-node", "plan-adopted", "fault-reset", "clock-jump", *FAULTS,
    *(f"alarm-{one}" for one in ALARMS),
}  # fmt: skip
_LATER = 64.0
#: What people and programs ask of the hub.
COMMANDS = (Cut, Plan, Extend, Cancel, ChildLock, ResetFault)


def untold(
    old: StoveState,
    new: StoveState,
    event: StoveEvent,
    effects: tuple[StoveEffect, ...],
    by: float = 0.0,
) -> str:
    """Name a notice of one step that is missing, or has no reason; "" when all is told.

    `by` is how far the step's clock was from that of both states.
    """
    said = Counter((one.code, one.subject) for one in effects if isinstance(one, Notice))
    refused = [one for one in said if one[0].startswith("refused")]
    if refused:
        named = "" if isinstance(event, ChildLock) else _subject(event)
        return "" if refused == [(refused[0][0], named)] else refused[0][0]
    strange = [code for code, _ in said if code not in _CODES]
    if strange:
        return strange[0] or "nothing"
    for code, subject, times in _house(old, new, event):
        if said[code, subject] != times:
            return code
    for was, here in zip(old.burners, new.burners, strict=True):
        own = Counter({code: n for (code, subject), n in said.items() if subject == here.name})
        for code, times in _burner(new, was, here, event, own, by):
            if own[code] != times:
                return code
    return ""


def untold_restart(old: StoveState, effects: tuple[StoveEffect, ...]) -> str:
    """Name a notice of a restart that is missing, or has no reason; "" when all is told."""
    said = Counter((one.code, one.subject) for one in effects if isinstance(one, Notice))
    for here in old.burners:
        cuts = here.cutting is not None
        if said["resumed", here.name] != bool(here.timers or cuts):
            return "resumed"
        if said["cut-waits", here.name] < cuts:
            return "cut-waits"
    return ""


def same_on_another_clock(rule: Any, state: Any, event: Any, now: float = 0.0) -> bool:
    """Say whether a hub's or node's `step` does the same on a later clock, and tells its wake."""
    there, said = rule.step(state, event, now)
    later, same = rule.step(rule.shifted(state, _LATER), _moved(event), now + _LATER)
    wake = rule.next_wake(there)
    if [one.at for one in said if isinstance(one, Wake)] != ([] if wake is None else [wake]):
        return False
    moved = tuple(Wake(one.at + _LATER) if isinstance(one, Wake) else one for one in said)
    return bool(later == rule.shifted(there, _LATER) and same == moved)


def _moved(event: Any) -> Any:
    if not isinstance(event, COMMANDS):
        return event
    issued, expires = event.issued_at, event.expires_at
    return replace(
        event,
        issued_at=None if issued is None else issued + _LATER,
        expires_at=None if expires is None else expires + _LATER,
    )


def _subject(event: StoveEvent) -> str:
    return event.kind if isinstance(event, Alarm) else getattr(event, "burner", "")


def _meant(event: StoveEvent, name: str) -> bool:
    return getattr(event, "burner", "") in (ALL, name)


def _house(old: StoveState, new: StoveState, event: StoveEvent) -> Iterator[tuple[str, str, int]]:
    """Give code, subject and number of what must be said of the whole house."""
    lock = isinstance(event, ChildLock)
    on = isinstance(event, ChildLock) and event.on
    yield "locked", "", int(on)
    yield "unlocked", "", int(lock and not on)
    for built in new.settings.burners:
        yield "lock-blind", built.name, int(on and not built.flame_sensor)
    pressed = isinstance(event, NodeSays) and old.locked and not new.locked
    yield "unlocked-at-stove", "", int(pressed)
    kind = event.kind if isinstance(event, Alarm) else "hood" if isinstance(event, Hood) else ""
    if kind:
        rises = isinstance(event, Alarm | Hood) and event.on and kind not in old.alarms
        yield f"alarm-{kind}", "", int(rises)


def _burner(
    new: StoveState,
    was: BurnerState,
    here: BurnerState,
    event: StoveEvent,
    said: Counter[str],
    by: float,
) -> Iterator[tuple[str, int]]:
    """Give code and number of what must be said of a burner."""
    yield "flame-on", int(was.lit_at is None and here.lit_at is not None)
    yield "flame-out", int(was.lit_at is not None and here.lit_at is None)
    yield "flame-stale", int(was.flame_at is not None and here.flame_at is None)
    absurd = isinstance(event, Flame) and "absurd" in here.told and "absurd" not in was.told
    yield "flame-absurd", int(absurd)
    yield "cannot-hold", int("weak" in here.told and "weak" not in was.told)
    if not isinstance(event, Extend):
        yield "burn-warning", int("warned" in here.told and "warned" not in was.told)
    adopts = isinstance(event, NodeSays) and _meant(event, here.name) and event.number > was.number
    known = isinstance(event, NodeSays) and event.remaining_seconds is not None
    yield "plan-adopted", int(adopts and known)
    yield "planned", int(isinstance(event, Plan) and _meant(event, here.name))
    if not any(one.due_at <= by for one in was.timers):
        waits = was.cutting is not None and was.cutting.phase is CutPhase.WAITING
        cancels = isinstance(event, Cancel) and _meant(event, here.name)
        yield "cancelled", int(cancels and (bool(was.timers) or waits))
        extends = isinstance(event, Extend) and _meant(event, here.name)
        if was.limit_at is None or was.limit_at > by:
            yield "extended", int(extends and (bool(was.timers) or was.limit_at is not None))
    yield from _what_came_due(new, was, here, event, said, by)
    yield from _cut(new, was, here, event, said)
    yield from _faults(was, here, event, said)


def _what_came_due(
    new: StoveState,
    was: BurnerState,
    here: BurnerState,
    event: StoveEvent,
    said: Counter[str],
    by: float,
) -> Iterator[tuple[str, int]]:
    if isinstance(event, COMMANDS) or said["plan-adopted"]:
        return
    gone = was.timers[: len(was.timers) - len(here.timers)]
    burned = was.limit_at is not None and here.limit_at is None and here.lit_at is not None
    alone = "alone" in here.told and "alone" not in was.told
    dues = [code for code in ("due-timer", "due-limit", "due-presence") if said[code]]
    wanted = {"due-timer": bool(gone), "due-limit": burned, "due-presence": alone}
    if not any(wanted.values()):
        yield from ((code, 0) for code in (*wanted, "late"))
        return
    # One notice tells of all that comes at once, and names the first of it.
    for code, reason in wanted.items():
        yield code, int(dues == [code] and reason)
    if not dues:
        yield next(code for code, reason in wanted.items() if reason), 1
    if alone:
        return
    ends = [one.due_at for one in gone]
    if burned and was.limit_at is not None:
        ends.append(was.limit_at)
    yield "late", int(by - min(ends) > new.settings.relay_seconds)


def _node_made(was: BurnerState, event: StoveEvent) -> bool:
    """Say whether a node tells of having made, and ended, the planned cut that waits."""
    cut = was.cutting
    if not isinstance(event, NodeSays) or event.burner != was.name or cut is None:
        return False
    news = was.fired < event.fired and event.number <= was.number and not event.cutting
    return news and cut.phase is CutPhase.WAITING and 0 < cut.number <= event.fired


def _cut(
    new: StoveState, was: BurnerState, here: BurnerState, event: StoveEvent, said: Counter[str]
) -> Iterator[tuple[str, int]]:
    yield "cut-by-node", int(_node_made(was, event))
    if was.cutting is None and here.cutting is None:
        for code in ("cutting", "cut-waits", "cut-done", "cut-unseen"):
            yield code, 0
    elif was.cutting is None:
        yield "cutting", int(new.linked)
        yield "cut-waits", int(not new.linked)
    elif here.cutting is None:
        cancelled = isinstance(event, Cancel) and _meant(event, here.name)
        yield "cancelled", int(cancelled)
        ends = [code for code in (*_ENDS, "relay-silent", "cut-by-node") if said[code]]
        if not cancelled and not was.fault and "cut-by-node" not in ends:
            yield "cut-done", int(ends == ["cut-done"])
            yield "cut-unseen", int(ends == ["cut-unseen"])
            if len(ends) != 1 or (ends[0] in _ENDS and _ENDS[ends[0]] is not here.flame):
                yield "cut-done", 1 - said["cut-done"]
    else:
        waited = was.cutting.phase is CutPhase.WAITING
        asked = isinstance(event, Cut) and _meant(event, here.name)
        if here.cutting.phase is CutPhase.WAITING and (asked or not waited) and not new.linked:
            yield "cut-waits", max(said["cut-waits"], 1)


def _faults(
    was: BurnerState, here: BurnerState, event: StoveEvent, said: Counter[str]
) -> Iterator[tuple[str, int]]:
    reset = isinstance(event, ResetFault) and _meant(event, here.name)
    if was.fault or not reset:
        yield "fault-reset", int(reset)
    if here.fault and here.fault_at == 0:
        # Latched at this instant, by this step or the one before; of several the last stays.
        if (was.fault, was.fault_at) != (here.fault, here.fault_at):
            yield here.fault, max(said[here.fault], 1)
        return
    for code in FAULTS:
        yield code, said[code] if code == was.fault else 0
