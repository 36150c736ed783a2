"""The hot-water controller: a pure function of what happened, with no clock and no wires.

`step` takes the state, one event and the caller's time, and gives the new state and what is to be
done. The phases follow each other as idle, opening (the valve, before the pump), purging, closing
(the valve first; when the flow stops, or after `closing_seconds` where an open tap hides that, the
pump), cooldown, idle. Whatever is wrong ends in cooldown with all off, or in fault where a relay
does not do as it is told.

Nothing here trusts that the next command will arrive: every relay that is switched on carries a
limit that its own node keeps. A pump with a flow sensor gets only as long as it may push without
flow, counted from when water was last known to move, and is renewed while it moves; so a lost hub,
a lost link and a valve that falls shut all end the same way.

>>> from gezhi.home.types import Flow, Probe, RelayRead, Request, Settings, Tap, Tick
>>> tap = Tap("kitchen", valve="kitchen-valve", probe=True, purge_litres=3.0)
>>> state = start(Settings("cold-return", (tap,)), now=0.0)
>>> state, _ = step(state, Probe("kitchen", 18.0), 0.0)
>>> state, effects = step(state, Request("kitchen"), 1.0)
>>> effects[0]
SetRelay(name='kitchen-valve', on=True, limit_seconds=300.0)
>>> state, _ = step(state, RelayRead("kitchen-valve", True), 1.2)
>>> state, effects = step(state, Tick(), 3.0)
>>> effects[0], state.phase.value
(SetRelay(name='pump', on=True, limit_seconds=10.0), 'purging')
>>> state, effects = step(state, Probe("kitchen", 36.0), 4.0)
>>> effects[0], effects[1]
(SetRelay(name='kitchen-valve', on=False, limit_seconds=0.0),
 Notice(code='warm', subject='kitchen', value=36.0))
>>> state, effects = step(state, Flow(0.0), 5.0)
>>> effects[0], state.phase.value
(SetRelay(name='pump', on=False, limit_seconds=0.0), 'cooldown')
"""

from dataclasses import replace

from gezhi.home.hotwater.hearing import absorb, keep_time
from gezhi.home.hotwater.phases import supervise
from gezhi.home.hotwater.situation import next_wake, running, shifted
from gezhi.home.hotwater.standing import nobody_looked
from gezhi.home.hotwater.switching import all_off, rest
from gezhi.home.hotwater.wishes import command
from gezhi.home.types import Effect, Event, Notice, Phase, Relay, Settings, State, Wake

__all__ = ["next_wake", "resume", "running", "shifted", "start", "step"]


def start(settings: Settings, now: float) -> State:
    """Begin with everything off and cold pipes, with settings that have no `settings.flaws`."""
    names = [*([settings.pump] if settings.pump else []), *(t.valve for t in settings.taps)]
    relays = tuple(Relay(name, commanded_at=now, limit_at=now) for name in names if name)
    before = now - settings.automatic_off_seconds
    last_runs = (before,) * len(settings.taps)
    return State(settings, now, Phase.IDLE, now, relays, last_runs, watched_at=now)


def resume(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Go on after a restart with a stored state: all off, the past kept, whatever clock now runs.

    The stored instants move with the new clock as if no time had passed. What ran is not begun
    anew, readings from before the restart count as stale, and what passed the probes meanwhile is
    not known.
    """
    out: list[Effect] = []
    state = shifted(state, now - state.now)
    state = replace(state, readings=(), pending=(), linked=True, watched_at=now)
    state = nobody_looked(state)
    ran = state.phase in (Phase.OPENING, Phase.PURGING, Phase.CLOSING)
    state = all_off(state, out)
    if ran:
        out.append(Notice("restarted", state.tap))
        state = rest(state)
    return _finish(state, out)


def step(state: State, event: Event, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Take one event at `now` (seconds); give the new state and what is to be done, in order."""
    out: list[Effect] = []
    state = keep_time(state, now, out)
    state = absorb(state, event, out)
    state = command(state, event, out)
    phase = None
    while phase is not state.phase:
        phase = state.phase
        state = supervise(state, out)
    return _finish(state, out)


def _finish(state: State, out: list[Effect]) -> tuple[State, tuple[Effect, ...]]:
    wake = next_wake(state)
    return state, (*out, Wake(wake)) if wake is not None else tuple(out)
