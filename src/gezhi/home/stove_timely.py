"""What the stove's hub does as time passes, and that it wakes for it; part of `stove_contract`.

>>> from gezhi.home import stove
>>> from gezhi.home.types.stove import Burner, StoveSettings
>>> timely(stove, stove.start(StoveSettings((Burner("left", "relay"),)), 0.0))
''
"""

from collections.abc import Iterator
from typing import Any

from gezhi.home.types.common import SetRelay, Tick
from gezhi.home.types.stove import BurnerState, Cut, CutPhase, Cutting, StoveState

__all__ = ["timely"]


def timely(rule: Any, state: StoveState) -> str:
    """Name what a hub does not do, or sleeps over, as time passes; "" where it does all."""
    wake = rule.next_wake(state)
    for i, here in enumerate(state.burners):
        instants = [at for at in _instants(state, here) if at > state.now]
        if instants and (wake is None or wake > min(instants)):
            return "the hub sleeps over something"
        broken = _cut_goes_on(rule, state, i) or _comes_due(rule, state, i)
        if broken or _rested_is_cut(rule, state, i):
            return broken or "a relay that has rested is not cut at once"
    return ""


def _instants(state: StoveState, here: BurnerState) -> Iterator[float]:
    """Give when something of a burner is to be done or said."""
    limits = state.settings
    yield from (one.due_at for one in here.timers)
    if here.limit_at is not None:
        yield here.limit_at
        yield here.limit_at - limits.warning_seconds
    if here.flame_at is not None:
        yield here.flame_at + limits.stale_seconds
    if here.weak_at is not None:
        yield here.weak_at + limits.settle_seconds
    if here.fault:
        yield here.fault_at + limits.fault_seconds
    if here.read:
        yield here.read_at + limits.pulse_seconds + limits.relay_seconds
    if here.cutting is not None:
        yield _ends(state, here.cutting)


def _ends(state: StoveState, cutting: Cutting) -> float:
    limits = state.settings
    lasts = {
        CutPhase.WAITING: limits.relay_seconds,
        CutPhase.PULSE: limits.pulse_seconds,
        CutPhase.PAUSE: limits.pause_seconds,
    }
    return cutting.since + lasts[cutting.phase]


def _cut_goes_on(rule: Any, state: StoveState, i: int) -> str:
    """A pulse is followed by a pause, and that by a pulse until there were as many as are set."""
    here, limits, built = state.burners[i], state.settings, state.settings.burners[i]
    cutting = here.cutting
    if cutting is None or not state.linked:
        return ""
    at = _ends(state, cutting)
    others = [one for each in state.burners for one in _instants(state, each) if one != at]
    alone = state.settings.presence_seconds > 0 and state.away_at is not None
    if at <= state.now or alone or any(one < at for one in others):
        return ""
    if any(one.due_at <= at for one in here.timers) or (here.limit_at or at + 1) <= at:
        return ""
    after, effects = rule.step(state, Tick(), at)
    relays = [one for one in effects if isinstance(one, SetRelay) and one.name == built.relay]
    new = after.burners[i].cutting
    pulse = [SetRelay(built.relay, True, limits.pulse_seconds)]
    most = int(limits.energised_limit_seconds / limits.pulse_seconds)
    flame = after.burners[i].flame
    wants = most if flame else limits.blind_pulses if flame is None else 1
    if cutting.phase is CutPhase.PULSE:
        fine = not relays and new is not None and new.phase is CutPhase.PAUSE
        fine = fine and new.pulses == cutting.pulses + 1 and new.since == at
    elif cutting.phase is CutPhase.PAUSE and here.node_cutting:
        fine = not relays and new == cutting
    elif cutting.phase is CutPhase.WAITING or cutting.pulses < wants:
        fine = relays == pulse and new is not None and new.phase is CutPhase.PULSE
        fine = fine and new.opened == (cutting.opened or here.read is True)
    else:
        fine = not relays and new is None
    return "" if fine else "a cut does not go on as it should"


def _comes_due(rule: Any, state: StoveState, i: int) -> str:
    """What is planned comes due once, and the hub knows which of a node's plans that was."""
    here = state.burners[i]
    if here.cutting is not None or not here.timers:
        return ""
    at = here.timers[0].due_at
    if any(one < at for each in state.burners for one in _instants(state, each)):
        return ""
    after = rule.step(state, Tick(), at)[0].burners[i]
    known = here.sent and here.planned_at == at
    if after.cutting is None or after.cutting.number != (here.number if known else 0):
        return "a cut that comes due is not that which was planned"
    return "" if not any(one.due_at <= at for one in after.timers) else "a timer comes due twice"


def _rested_is_cut(rule: Any, state: StoveState, i: int) -> bool:
    """Say whether a bought relay that has rested long enough is made to wait for another rest."""
    here, limits, built = state.burners[i], state.settings, state.settings.burners[i]
    if here.pulsed_at is None or here.cutting is not None or not state.linked:
        return False
    at = here.pulsed_at + limits.pulse_seconds + limits.pause_seconds
    if at <= state.now or any(one <= at for one in _instants(state, here)):
        return False
    orders = rule.step(state, Cut(here.name), at)[1]
    return SetRelay(built.relay, True, limits.pulse_seconds) not in orders
