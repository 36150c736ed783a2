"""One burner's rules in the hub: its flame, what comes due, the cut and how it is judged.

Part of `gezhi.home.stove`, which see. Every function takes the whole state for settings and time,
one burner's state and the list of effects, and gives the burner's new state.
"""

from dataclasses import replace

from gezhi.home.types.common import Notice, RelayRead, SetRelay
from gezhi.home.types.stove import (
    Burner,
    BurnerState,
    CutPhase,
    Cutting,
    NodeSays,
    PlanNode,
    StoveEffect,
    StoveSettings,
    StoveState,
    Timer,
)

__all__ = [
    "advance",
    "again",
    "begin",
    "burner_of",
    "dues",
    "hear_link",
    "hear_node",
    "latch",
    "planned",
    "take_flame",
    "take_relay",
    "wakes",
]

#: Beyond these a thermocouple's voltage is a broken wire or a broken meter.
_ABSURD_MILLIVOLTS = (-5.0, 80.0)


def burner_of(settings: StoveSettings, name: str) -> Burner:
    """Give the burner of that name as it is built."""
    return next(one for one in settings.burners if one.name == name)


# ---- what is due ----------------------------------------------------------------------------


def dues(state: StoveState, here: BurnerState) -> list[tuple[float, str]]:
    """Give everything that will cut this burner by itself: when, and why."""
    found = [(one.due_at, "timer") for one in here.timers]
    if here.limit_at is not None:
        found.append((here.limit_at, "limit"))
    alone = state.settings.presence_seconds
    unseen = not burner_of(state.settings, here.name).flame_sensor
    waits = alone > 0 and "alone" not in here.told and (here.lit_at is not None or unseen)
    if waits and state.away_at is not None:
        since = state.away_at if here.lit_at is None else max(state.away_at, here.lit_at)
        found.append((since + alone, "presence"))
    return sorted(found)


def planned(state: StoveState, here: BurnerState) -> float | None:
    """Give the instant of the next planned cut, or None."""
    return next((at for at, _ in dues(state, here)), None)


def wakes(state: StoveState, here: BurnerState) -> list[float]:
    """Give every instant at which something of this burner is due."""
    limits = state.settings
    found = [at for at, _ in dues(state, here)]
    if here.limit_at is not None:
        found.append(here.limit_at - limits.warning_seconds)
    if here.flame_at is not None:
        found.append(here.flame_at + limits.stale_seconds)
    if here.weak_at is not None:
        found.append(here.weak_at + limits.settle_seconds)
    if here.fault:
        found.append(here.fault_at + limits.fault_seconds)
    if here.read:
        found.append(here.read_at + limits.pulse_seconds + limits.relay_seconds)
    if here.cutting is not None:
        found.append(here.cutting.since + _phase_seconds(limits, here.cutting))
    return found


def _phase_seconds(limits: StoveSettings, cutting: Cutting) -> float:
    if cutting.phase is CutPhase.WAITING:
        return limits.relay_seconds
    return limits.pulse_seconds if cutting.phase is CutPhase.PULSE else limits.pause_seconds


# ---- what is heard --------------------------------------------------------------------------


def take_flame(
    state: StoveState, here: BurnerState, millivolts: float, out: list[StoveEffect]
) -> BurnerState:
    """Take a reading of the thermocouple; one that cannot be says that the flame is unknown."""
    limits = state.settings
    low, high = _ABSURD_MILLIVOLTS
    if not low <= millivolts <= high:
        if "absurd" not in here.told:
            out.append(Notice("flame-absurd", here.name))
        told = (*(one for one in here.told if one != "absurd"), "absurd")
        return replace(here, flame=None, millivolts=None, flame_at=state.now, told=told)
    told = tuple(one for one in here.told if one != "absurd")
    here = replace(here, millivolts=float(millivolts), flame_at=state.now, told=told)
    if millivolts >= limits.flame_millivolts:
        here = _lit(state, here, out)
        since = state.now if here.weak_at is None else here.weak_at
        return replace(here, weak_at=since if millivolts < limits.hold_millivolts else None)
    if millivolts <= limits.out_millivolts:
        return _out(state, here, out)
    return here


def _lit(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    appeared = here.flame is not True
    here = replace(here, flame=True)
    if here.lit_at is None:
        out.append(Notice("flame-on", here.name))
        burn = state.settings.burn_limit_seconds
        here = replace(here, lit_at=state.now, limit_at=state.now + burn if burn else None)
    if appeared and state.locked and not burner_of(state.settings, here.name).node:
        return begin(state, here, "lock", out)
    return here


def _out(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    if here.lit_at is not None:
        out.append(Notice("flame-out", here.name, state.now - here.lit_at))
    return replace(here, flame=False, lit_at=None, limit_at=None, weak_at=None, told=())


def take_relay(state: StoveState, here: BurnerState, event: RelayRead) -> BurnerState:
    """Take how the burner's relay stands."""
    if event.on is not here.read:
        here = replace(here, read=event.on, read_at=state.now)
    if event.on and here.cutting is not None:
        here = replace(here, cutting=replace(here.cutting, opened=True))
    return here


def hear_link(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    """The way to the nodes is lost or there again: a cut waits for it and begins anew."""
    # A locked node may cut while nobody hears of it: that it has failed is news then.
    failed = here.node_failed and not state.locked
    here = replace(here, read=None, read_at=state.now, node_failed=failed)
    if here.cutting is None:
        return here
    if state.linked and not burner_of(state.settings, here.name).node:
        return again(state, here, here.cutting, out)
    if not state.linked:
        out.append(Notice("cut-waits", here.name))
    # What a node has done meanwhile is heard before anything is sent.
    waiting = replace(_phase(state, here.cutting, CutPhase.WAITING), pulses=0, opened=False)
    return replace(here, cutting=waiting)


def again(
    state: StoveState, here: BurnerState, cutting: Cutting, out: list[StoveEffect]
) -> BurnerState:
    """Make a cut anew whose pulse may have been too short; a bought relay rests before.

    There is a link: without one a cut waits, and is in no pulse or pause.
    """
    if burner_of(state.settings, here.name).node:
        return _pulse(state, here, cutting, out)
    out.append(SetRelay(burner_of(state.settings, here.name).relay, on=False))
    return replace(here, cutting=replace(_phase(state, cutting, CutPhase.PAUSE), pulses=0))


def hear_node(
    state: StoveState, here: BurnerState, says: NodeSays, out: list[StoveEffect]
) -> BurnerState:
    """Compare what the node says with what it should know, and take over what it has done."""
    news = says.fired > here.fired
    if says.number > here.number:
        here = _adopt(state, here, says, out)
    elif news:
        here = _node_fired(state, replace(here, fired=says.fired), says, out)
    if says.number < here.number:
        _repeat(state, here, out)
    elif _differs(state, here, says):
        here = replace(here, sent=False)
    if here.cutting is not None and here.cutting.phase is CutPhase.WAITING and state.linked:
        here = _pulse(state, here, here.cutting, out)
    begun = says.cutting and not here.node_cutting
    ended = here.node_cutting and not says.cutting
    failed = says.failed and (ended or not here.node_failed)
    here = replace(here, node_cutting=says.cutting, node_failed=says.failed)
    if here.cutting is not None:
        # A node makes all pulses of its cut: of it nothing is left to make.
        limits = state.settings
        enough = max(_most_pulses(limits), limits.blind_pulses) if ended else here.cutting.pulses
        return replace(here, cutting=replace(here.cutting, pulses=enough))
    if failed:
        here = latch(state, here, "flame-after-cut", out)
    return begin(state, here, "lock" if state.locked else "node", out) if begun else here


def _adopt(
    state: StoveState, here: BurnerState, says: NodeSays, out: list[StoveEffect]
) -> BurnerState:
    """Take over the plan of a node that knows more than a hub without a memory."""
    here = replace(here, number=says.number, fired=says.fired, sent=False)
    if says.remaining_seconds is None:
        return here
    out.append(Notice("plan-adopted", here.name, says.remaining_seconds))
    timer = Timer(state.now + says.remaining_seconds, "node")
    return replace(here, timers=tuple(sorted((*here.timers, timer), key=lambda one: one.due_at)))


def _node_fired(
    state: StoveState, here: BurnerState, says: NodeSays, out: list[StoveEffect]
) -> BurnerState:
    """The node has cut by itself: while we could not, or a moment before us."""
    cutting = here.cutting
    if cutting is not None and cutting.phase is CutPhase.WAITING:
        if says.cutting or not 0 < cutting.number <= here.fired:
            return here
        out.append(Notice("cut-by-node", here.name))
        return replace(here, cutting=None)
    if here.fired == here.number and here.sent and here.planned_at is not None:
        return _fire(state, here, here.planned_at, out)
    return here


def _repeat(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> None:
    """Tell a node again what it has not heard yet, or was on its way when it spoke.

    By the same number, to which a node that has it does not answer: a new one for every word of a
    node would be answered by a new word, and so on at the network's pace.
    """
    if state.linked and here.sent:
        due_at = here.planned_at
        remaining = None if due_at is None else max(due_at - state.now, 0.0)
        out.append(PlanNode(here.name, remaining, here.number))


def _differs(state: StoveState, here: BurnerState, says: NodeSays) -> bool:
    """Say whether a node's copy of the plan is not what it was told."""
    if here.planned_at is None or says.remaining_seconds is None:
        return (here.planned_at is None) is not (says.remaining_seconds is None)
    # Sooner is the truth of a node whose clock has run on while ours was set back.
    later = says.remaining_seconds - (here.planned_at - state.now)
    return later > state.settings.relay_seconds


# ---- the cut --------------------------------------------------------------------------------


def begin(
    state: StoveState, here: BurnerState, source: str, out: list[StoveEffect], number: int = 0
) -> BurnerState:
    """Begin a cut, or count its pulses anew; `number` is that of the plan which asks for it."""
    if here.cutting is not None:
        if here.cutting.phase is CutPhase.WAITING:
            out.append(Notice("cut-waits", here.name))
        # What the node has done of the first is no answer to the second.
        anew = replace(here.cutting, number=0, pulses=0, opened=here.read is True)
        over = here.cutting.phase is CutPhase.PULSE and here.cutting.opened and not anew.opened
        if here.cutting.phase is CutPhase.PAUSE or over:
            return again(state, here, anew, out)
        return replace(here, cutting=anew)
    cutting = Cutting(CutPhase.WAITING, state.now, source, number)
    if not state.linked:
        out.append(Notice("cut-waits", here.name))
        return replace(here, cutting=cutting)
    out.append(Notice("cutting", here.name))
    limits = state.settings
    rests = here.pulsed_at is None or state.now >= (
        here.pulsed_at + limits.pulse_seconds + limits.pause_seconds
    )
    return (_pulse if rests else again)(state, here, cutting, out)


def _phase(state: StoveState, cutting: Cutting, phase: CutPhase) -> Cutting:
    return replace(cutting, phase=phase, since=state.now)


def _pulse(
    state: StoveState, here: BurnerState, cutting: Cutting, out: list[StoveEffect]
) -> BurnerState:
    relay = burner_of(state.settings, here.name).relay
    out.append(SetRelay(relay, on=True, limit_seconds=state.settings.pulse_seconds))
    cutting = _phase(state, cutting, CutPhase.PULSE)
    cutting = replace(cutting, opened=cutting.opened or here.read is True)
    return replace(here, cutting=cutting, pulsed_at=state.now)


def advance(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    """Do what is due at this instant."""
    here = _watch(state, here, out)
    first = planned(state, here)
    if first is not None and first <= state.now:
        here = _fire(state, here, state.now, out)
    return _drive(state, here, out)


def _fire(
    state: StoveState, here: BurnerState, until: float, out: list[StoveEffect]
) -> BurnerState:
    """Cut for everything that is due until an instant."""
    due = [one for one in dues(state, here) if one[0] <= until]
    if not due:
        return here  # it has been fired already, and its cut still waits
    at, source = due[0]
    late = state.now - at
    if late > state.settings.relay_seconds:
        out.append(Notice("late", here.name, late))
    out.append(Notice(f"due-{source}", here.name))
    reasons = {why for _, why in due}
    number = here.number if here.sent and here.planned_at == at else 0
    here = replace(
        here,
        timers=tuple(one for one in here.timers if one.due_at > until),
        limit_at=None if "limit" in reasons else here.limit_at,
        told=(*here.told, "alone") if "presence" in reasons else here.told,
    )
    return begin(state, here, source, out, number)


def _drive(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    cutting, limits = here.cutting, state.settings
    if cutting is None or state.now < cutting.since + _phase_seconds(limits, cutting):
        return here
    if cutting.phase is CutPhase.WAITING:
        return _pulse(state, here, cutting, out) if state.linked else here
    if cutting.phase is CutPhase.PULSE:
        cutting = replace(_phase(state, cutting, CutPhase.PAUSE), pulses=cutting.pulses + 1)
        return replace(here, cutting=cutting)
    if here.node_cutting:
        return here  # it makes the cut whole by itself, and may have to rest before
    wanted = {True: _most_pulses(limits), False: 1, None: limits.blind_pulses}[here.flame]
    if cutting.pulses < wanted:
        return _pulse(state, here, cutting, out)
    return _judge(state, here, cutting, out)


def _most_pulses(limits: StoveSettings) -> int:
    return int(limits.energised_limit_seconds / limits.pulse_seconds)


def _judge(
    state: StoveState, here: BurnerState, cutting: Cutting, out: list[StoveEffect]
) -> BurnerState:
    """End a cut and say what came of it."""
    built = burner_of(state.settings, here.name)
    here = replace(here, cutting=None)
    if here.flame:
        return latch(state, here, "flame-after-cut", out)
    if built.reads_back and not cutting.opened:
        return latch(state, here, "relay-silent", out)
    out.append(Notice("cut-done" if here.flame is False else "cut-unseen", here.name))
    return here


# ---- watching -------------------------------------------------------------------------------


def latch(state: StoveState, here: BurnerState, fault: str, out: list[StoveEffect]) -> BurnerState:
    """Latch a fault and say so; only a person takes it away."""
    out.append(Notice(fault, here.name))
    return replace(here, fault=fault, fault_at=state.now)


def _watch(state: StoveState, here: BurnerState, out: list[StoveEffect]) -> BurnerState:
    limits, now = state.settings, state.now
    if here.flame_at is not None and now - here.flame_at >= limits.stale_seconds:
        out.append(Notice("flame-stale", here.name))
        here = replace(here, flame=None, millivolts=None, flame_at=None)
    weak = here.weak_at is not None and now - here.weak_at >= limits.settle_seconds
    if weak and "weak" not in here.told:
        out.append(Notice("cannot-hold", here.name, here.millivolts))
        here = replace(here, told=(*here.told, "weak"))
    left = 0.0 if here.limit_at is None else here.limit_at - now
    if 0 < left <= limits.warning_seconds and "warned" not in here.told:
        out.append(Notice("burn-warning", here.name, left))
        here = replace(here, told=(*here.told, "warned"))
    long = limits.pulse_seconds + limits.relay_seconds
    if here.read and now - here.read_at >= long and here.fault != "relay-stuck":
        here = latch(state, here, "relay-stuck", out)
    if here.fault and now - here.fault_at >= limits.fault_seconds:
        here = latch(state, here, here.fault, out)
    return here
