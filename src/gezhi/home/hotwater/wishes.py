"""What people and programs ask of the hot-water controller, and why it may refuse."""

from dataclasses import replace

from gezhi.home.hotwater.phases import begin
from gezhi.home.hotwater.situation import JITTER_SECONDS, running
from gezhi.home.hotwater.switching import all_off, halt, rest
from gezhi.home.types import (
    EXERCISE,
    PERSONS,
    Absence,
    Effect,
    Event,
    Link,
    Notice,
    Phase,
    Request,
    Reset,
    State,
    Stop,
)

__all__ = ["command"]

_SEEN = 32


def command(state: State, event: Event, out: list[Effect]) -> State:
    """Do what an event asks for, or say why not."""
    match event:
        case Request():
            return _request(state, event, out)
        case Stop():
            return halt(replace(state, pending=()), out, "stopped")
        case Absence(True):
            state = replace(state, pending=())
            if state.source not in (*PERSONS, EXERCISE):
                return halt(state, out, "left-home")
        case Link(False):
            return halt(state, out, "link-lost")
        case Link(True) if not running(state):
            state = all_off(state, out)  # a node may have missed it, and may have run till now
            return state if state.phase is Phase.FAULT else rest(state)
        case Reset() if state.phase is Phase.FAULT and not any(r.read for r in state.relays):
            out.append(Notice("fault-cleared"))
            return rest(state)
    return state


def _request(state: State, event: Request, out: list[Effect]) -> State:
    code = _improper(state, event)
    if code:
        out.append(Notice(code, event.tap))
        return state
    if event.id:
        state = replace(state, seen=(*state.seen, event.id)[-_SEEN:])
    if state.phase is Phase.IDLE:
        return begin(state, event.tap, event.source, out)
    if state.phase is Phase.FAULT:
        out.append(Notice("refused-fault", event.tap))
    elif state.phase is not Phase.COOLDOWN and (
        event.tap == state.tap or state.settings.layout == "return-pipe"
    ):
        out.append(Notice("already-running", event.tap))
    elif event.source in PERSONS:
        if event.tap not in state.pending:
            state = replace(state, pending=(*state.pending, event.tap))
        out.append(Notice("waiting", event.tap))
    else:
        cooling = state.phase is Phase.COOLDOWN
        out.append(Notice("refused-soon" if cooling else "refused-busy", event.tap))
    return state


def _improper(state: State, event: Request) -> str:
    if event.retained:
        return "refused-retained"
    if event.id and event.id in state.seen:
        return "refused-duplicate"
    if event.issued_at is not None:
        age = state.now - event.issued_at
        if not -JITTER_SECONDS <= age <= state.settings.request_age_seconds:
            return "refused-late"
    return "" if state.find(event.tap) else "refused-unknown"
