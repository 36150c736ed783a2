"""What one message must make of the stove's hub, written down a second time for its proof.

`wanted` says for every kind of message what people, docs/stove.md and the words of
`gezhi.home.types.stove` promise of it, when nothing else is due: what it changes, and what is sent
to relays and nodes. Whatever it does not name stays as it was. Hood and notices are judged
elsewhere (`gezhi.home.stove_contract`, `gezhi.home.stove_telling`).

>>> from gezhi.home.types.stove import Burner, BurnerState, StoveSettings
>>> left = Burner("left", "relay")
>>> hub = StoveState(StoveSettings((left,)), 0.0, (BurnerState("left"),), linked=True)
>>> wanted(hub, Cut("left")).orders
[SetRelay(name='relay', on=True, limit_seconds=10.0)]
>>> wanted(hub, Cancel("left")).state == hub
True
"""

from dataclasses import dataclass, field, replace
from typing import Any

from gezhi.home.types.common import Link, RelayRead, SetRelay
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    BurnerState,
    Cancel,
    ChildLock,
    Cut,
    CutPhase,
    Cutting,
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
    Timer,
)

__all__ = ["Wanted", "wanted"]

_SANE_MILLIVOLTS = (-5.0, 80.0)


@dataclass
class Wanted:
    """The hub's state after a message, and the orders that it sends to relays and nodes.

    `made` is the burner whose node tells that its cut has ended.
    """

    state: StoveState
    orders: list[Any] = field(default_factory=list)
    made: int = -1

    def put(self, i: int, **changes: Any) -> None:
        """Change what is known of one burner."""
        burners = list(self.state.burners)
        burners[i] = replace(burners[i], **changes)
        self.state = replace(self.state, burners=tuple(burners))

    def built(self, i: int) -> Any:
        """Give how a burner is built."""
        return self.state.settings.burners[i]


def wanted(state: StoveState, event: StoveEvent) -> Wanted:
    """Say what a proper message makes of a hub that has nothing due."""
    here = Wanted(state)
    match event:
        case Presence() | Alarm() | Hood() | Link():
            _house(here, event)
        case ChildLock(on):
            _locked(here, on=on)
        case _:
            if not _refused(state, event):
                for i, one in enumerate(state.burners):
                    if _meant(state, i, event):
                        _one(here, i, one, event)
    for i in range(len(state.burners)):
        _stuck(here, i)
        if i == here.made:
            _over(here, i)
        _tell(here, i)
    return here


def _meant(state: StoveState, i: int, event: StoveEvent) -> bool:
    if isinstance(event, RelayRead):
        return event.name == state.settings.burners[i].relay
    return getattr(event, "burner", "") in (ALL, state.burners[i].name)


def _refused(state: StoveState, event: StoveEvent) -> bool:
    """Say whether a command asks for what there is not, at any burner it names."""
    most = state.settings.longest_plan_seconds
    burners = [one for i, one in enumerate(state.burners) if _meant(state, i, event)]
    match event:
        case Plan(_, seconds):
            full = any(len(one.timers) == state.settings.most_timers for one in burners)
            return full or seconds > most
        case Extend(_, seconds):
            ends = [end for one in burners if (end := _end(one)) is not None]
            return not ends or seconds > most or max(ends) - state.now + seconds > most
    return False


def _end(here: BurnerState) -> float | None:
    return here.timers[0].due_at if here.timers else here.limit_at


# ---- what is planned ------------------------------------------------------------------------


def _dues(state: StoveState, i: int) -> list[float]:
    here, limits = state.burners[i], state.settings
    found = [one.due_at for one in here.timers]
    if here.limit_at is not None:
        found.append(here.limit_at)
    burns = here.lit_at is not None or not limits.burners[i].flame_sensor
    if limits.presence_seconds and state.away_at is not None and burns:
        since = state.away_at if here.lit_at is None else max(state.away_at, here.lit_at)
        found += [] if "alone" in here.told else [since + limits.presence_seconds]
    return found


def _tell(here: Wanted, i: int) -> None:
    """A node is told the plan when it is another than it was told, once it can be."""
    one = here.state.burners[i]
    if not here.built(i).node or (one.cutting and one.cutting.phase is CutPhase.WAITING):
        return
    at = min(_dues(here.state, i), default=None)
    if at == one.planned_at and one.sent:
        return
    here.put(i, planned_at=at, sent=here.state.linked)
    if here.state.linked:
        here.put(i, number=one.number + 1)
        left = None if at is None else at - here.state.now
        here.orders.append(PlanNode(one.name, left, one.number + 1))


# ---- one burner -----------------------------------------------------------------------------


def _one(here: Wanted, i: int, one: BurnerState, event: StoveEvent) -> None:
    match event:
        case Cut(_, source):
            _cut(here, i, source)
        case Plan(_, seconds, source, name):
            fresh = Timer(here.state.now + seconds, source, name)
            here.put(i, timers=_in_order(*one.timers, fresh))
        case Extend(_, seconds):
            _extend(here, i, one, seconds)
        case Cancel():
            here.put(i, timers=(), cutting=None if _waits(one) else one.cutting)
        case ResetFault():
            here.put(i, fault="")
        case Flame(_, millivolts):
            _flame(here, i, one, millivolts)
        case RelayRead(_, on):
            if on is not one.read:
                here.put(i, read=on, read_at=here.state.now)
            if on and one.cutting is not None:
                here.put(i, cutting=replace(one.cutting, opened=True))
        case NodeSays():
            _node(here, i, one, event)


def _waits(one: BurnerState) -> bool:
    return one.cutting is not None and one.cutting.phase is CutPhase.WAITING


def _in_order(*timers: Timer) -> tuple[Timer, ...]:
    return tuple(sorted(timers, key=lambda one: one.due_at))


def _extend(here: Wanted, i: int, one: BurnerState, seconds: float) -> None:
    if one.timers:
        first, *rest = one.timers
        later = replace(first, due_at=first.due_at + seconds)
        here.put(i, timers=_in_order(later, *rest))
    elif one.limit_at is not None:
        told = tuple(each for each in one.told if each != "warned")
        here.put(i, limit_at=one.limit_at + seconds, told=told)
        limits, left = here.state.settings, one.limit_at + seconds - here.state.now
        if left <= limits.warning_seconds:
            here.put(i, told=(*told, "warned"))


def _stuck(here: Wanted, i: int) -> None:
    """A relay that still reads energised at rest is a fault again, whatever else there is."""
    one, limits = here.state.burners[i], here.state.settings
    long = here.state.now - one.read_at >= limits.pulse_seconds + limits.relay_seconds
    if one.read and long and one.fault != "relay-stuck":
        here.put(i, fault="relay-stuck", fault_at=here.state.now)


def _flame(here: Wanted, i: int, one: BurnerState, millivolts: float) -> None:
    limits, now = here.state.settings, here.state.now
    low, high = _SANE_MILLIVOLTS
    told = tuple(each for each in one.told if each != "absurd")
    if not low <= millivolts <= high:
        here.put(i, flame=None, millivolts=None, flame_at=now, told=(*told, "absurd"))
        return
    here.put(i, millivolts=millivolts, flame_at=now, told=told)
    if millivolts <= limits.out_millivolts:
        here.put(i, flame=False, lit_at=None, limit_at=None, weak_at=None, told=())
    if millivolts < limits.flame_millivolts:
        return
    here.put(i, flame=True)
    if one.lit_at is None:
        burn = limits.burn_limit_seconds
        here.put(i, lit_at=now, limit_at=now + burn if burn > 0 else None)
    since = now if one.weak_at is None else one.weak_at
    here.put(i, weak_at=since if millivolts < limits.hold_millivolts else None)
    if here.state.locked and not here.built(i).node and not one.flame:
        _cut(here, i, "lock")


def _cut(here: Wanted, i: int, source: str, number: int = 0) -> None:
    """A cut begins at once, or as soon as there is a way; one under way begins anew."""
    one, now, limits = here.state.burners[i], here.state.now, here.state.settings
    built, old = here.built(i), one.cutting
    reads = one.read is True
    if old is None:
        new = Cutting(CutPhase.WAITING, now, source, number)
    else:
        new = replace(old, number=0, pulses=0, opened=reads)
        fell = old.phase is CutPhase.PULSE and old.opened and not reads
        if not (old.phase is CutPhase.PAUSE or fell):
            here.put(i, cutting=new)
            return
    here.put(i, cutting=new)
    if not here.state.linked:
        return
    rest = limits.pulse_seconds + limits.pause_seconds
    rested = old is None and (one.pulsed_at is None or now - one.pulsed_at >= rest)
    _pulse(here, i, new) if built.node or rested else _rest(here, i, new)


def _pulse(here: Wanted, i: int, cutting: Cutting) -> None:
    relay, now = here.built(i).relay, here.state.now
    here.orders.append(SetRelay(relay, True, here.state.settings.pulse_seconds))
    opened = cutting.opened or here.state.burners[i].read is True
    begun = replace(cutting, phase=CutPhase.PULSE, since=now, opened=opened)
    here.put(i, cutting=begun, pulsed_at=now)


def _rest(here: Wanted, i: int, cutting: Cutting) -> None:
    here.orders.append(SetRelay(here.built(i).relay, False))
    rests = replace(cutting, phase=CutPhase.PAUSE, since=here.state.now, pulses=0)
    here.put(i, cutting=rests)


# ---- the house ------------------------------------------------------------------------------


def _house(here: Wanted, event: StoveEvent) -> None:
    state, count = here.state, len(here.state.burners)
    match event:
        case Presence(near):
            away = state.now if state.away_at is None else state.away_at
            here.state = replace(state, away_at=None if near else away)
            for i, one in enumerate(state.burners if near else ()):
                here.put(i, told=tuple(each for each in one.told if each != "alone"))
        case Alarm(_, on) | Hood(on):
            kind = event.kind if isinstance(event, Alarm) else "hood"
            others = tuple(one for one in state.alarms if one != kind)
            rises = on and kind not in state.alarms
            if rises or not on:
                here.state = replace(state, alarms=(*others, kind) if on else others)
            for i in range(count if rises else 0):
                _cut(here, i, kind)
        case Link(up):
            here.state = replace(state, linked=up)
            for i in range(count):
                _link(here, i)


def _link(here: Wanted, i: int) -> None:
    """Of what is not heard nothing is claimed, and a cut waits for who may do it alone."""
    one, state = here.state.burners[i], here.state
    here.put(i, read=None, read_at=state.now, node_failed=one.node_failed and not state.locked)
    if one.cutting is None:
        return
    if state.linked and not here.built(i).node:
        _rest(here, i, one.cutting)
    else:
        waits = replace(one.cutting, phase=CutPhase.WAITING, since=state.now)
        here.put(i, cutting=replace(waits, pulses=0, opened=False))


def _locked(here: Wanted, *, on: bool) -> None:
    before = here.state
    if on and not any(one.flame_sensor for one in before.settings.burners):
        return
    here.state = replace(before, locked=on)
    for i, one in enumerate(before.burners):
        _tell_lock(here, i)
        if on and not before.locked and one.flame and not here.built(i).node:
            _cut(here, i, "lock")


def _tell_lock(here: Wanted, i: int) -> None:
    one = here.state.burners[i]
    if here.state.linked and here.built(i).node:
        here.put(i, number=one.number + 1)
        here.orders.append(LockNode(one.name, here.state.locked, one.presses, one.number + 1))


# ---- what a node says -----------------------------------------------------------------------


def _node(here: Wanted, i: int, one: BurnerState, says: NodeSays) -> None:
    """A node speaks that has been pressed no more often, and is locked as it was told."""
    if says.number > one.number:
        here.put(i, number=says.number, fired=says.fired, sent=False)
        if says.remaining_seconds is not None:
            adopted = Timer(here.state.now + says.remaining_seconds, "node")
            here.put(i, timers=_in_order(*one.timers, adopted))
    elif says.fired > one.fired:
        here.put(i, fired=says.fired)
        _fired(here, i, says)
    if says.number < one.number:
        _tell_again(here, i)
    elif _other_copy(here, i, says):
        here.put(i, sent=False)
    now_one = here.state.burners[i]
    if now_one.cutting is not None and _waits(now_one) and here.state.linked:
        _pulse(here, i, now_one.cutting)
    _cuts_itself(here, i, says)


def _cuts_itself(here: Wanted, i: int, says: NodeSays) -> None:
    one, limits = here.state.burners[i], here.state.settings
    begun = says.cutting and not one.node_cutting
    ended = one.node_cutting and not says.cutting
    news = says.failed and (ended or not one.node_failed)
    here.put(i, node_cutting=says.cutting, node_failed=says.failed)
    if one.cutting is not None:
        if ended:  # it has made all pulses there can be
            most = max(int(limits.energised_limit_seconds / limits.pulse_seconds),
                       limits.blind_pulses)  # fmt: skip
            here.put(i, cutting=replace(one.cutting, pulses=most))
            here.made = i
        return
    if news:
        here.put(i, fault="flame-after-cut", fault_at=here.state.now)
    if begun:
        _cut(here, i, "lock" if here.state.locked else "node")


def _over(here: Wanted, i: int) -> None:
    """A cut of which nothing is left to make is over after its last pause, and judged."""
    now, one = here.state.now, here.state.burners[i]
    cutting = one.cutting
    if cutting is None or cutting.phase is not CutPhase.PAUSE:
        return
    if now - cutting.since < here.state.settings.pause_seconds:
        return
    here.put(i, cutting=None)
    silent = here.built(i).reads_back and not cutting.opened
    if one.flame or silent:
        here.put(i, fault="flame-after-cut" if one.flame else "relay-silent", fault_at=now)


def _fired(here: Wanted, i: int, says: NodeSays) -> None:
    """A node tells that it has cut what was planned: that is a cut, or the one that waited."""
    one = here.state.burners[i]
    if one.cutting is not None and _waits(one):
        if not says.cutting and 0 < one.cutting.number <= says.fired:
            here.put(i, cutting=None)
        return
    at = one.planned_at
    if says.fired != one.number or not one.sent or at is None:
        return
    timers = tuple(each for each in one.timers if each.due_at > at)
    burned = one.limit_at is not None and one.limit_at <= at
    here.put(i, timers=timers, limit_at=None if burned else one.limit_at)
    alone = any(each <= at for each in _dues(here.state, i))
    if alone:
        here.put(i, told=(*one.told, "alone"))
    if alone or burned or len(timers) < len(one.timers):
        _cut(here, i, "limit" if burned else "presence" if alone else "timer", one.number)


def _tell_again(here: Wanted, i: int) -> None:
    one = here.state.burners[i]
    if here.state.linked and one.sent:
        at = one.planned_at
        left = None if at is None else max(at - here.state.now, 0.0)
        here.orders.append(PlanNode(one.name, left, one.number))


def _other_copy(here: Wanted, i: int, says: NodeSays) -> bool:
    """Say whether a node has a plan where there is none, none where there is one, or a late one."""
    one = here.state.burners[i]
    has, told = says.remaining_seconds, one.planned_at
    if has is None or told is None:
        return (has is None) != (told is None)
    return has > told - here.state.now + here.state.settings.relay_seconds
