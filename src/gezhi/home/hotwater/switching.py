"""What is done to the hot-water controller's state: relays on and off, ends of runs."""

from dataclasses import replace

from gezhi.home.hotwater.situation import running
from gezhi.home.types import Effect, Notice, Phase, Relay, SetRelay, State

__all__ = ["all_off", "fail", "halt", "ran", "rest", "switch"]


def switch(state: State, out: list[Effect], name: str, until: float) -> State:
    """Switch a relay on until an instant, or off where that is not later than now."""
    on = until > state.now
    out.append(SetRelay(name, on, until - state.now if on else 0.0))
    relays = tuple(
        replace(
            one,
            on=on,
            commanded_at=one.commanded_at if on and one.on else state.now,
            limit_at=until if on else state.now,
        )
        if one.name == name
        else one
        for one in state.relays
    )
    return replace(state, relays=relays)


def all_off(state: State, out: list[Effect]) -> State:
    """Switch every relay off, the pump first."""
    for relay in state.relays:
        state = switch(state, out, relay.name, state.now)
    return state


def halt(
    state: State, out: list[Effect], code: str, subject: str = "", value: float | None = None
) -> State:
    """Switch all off at once, say why, and rest; a fault stays a fault."""
    if not running(state):
        return state
    out.append(Notice(code, subject or state.tap, value))
    return rest(all_off(state, out))


def fail(state: State, out: list[Effect], relay: Relay) -> State:
    """Switch all off because of a relay, and stay in fault."""
    silent = relay.read is None
    out.append(Notice("relay-silent" if silent else "relay-disagrees", relay.name))
    state = all_off(_forget_run(state), out)
    return replace(state, phase=Phase.FAULT, since=state.now, pending=())


def rest(state: State) -> State:
    """End the run; begin the pause."""
    return replace(_forget_run(state), phase=Phase.COOLDOWN, since=state.now)


def _forget_run(state: State) -> State:
    state = ran(state, state.tap, state.now)
    return replace(
        state, tap="", source="", opened_at=state.now, flowing_at=state.now,
        flowed=False, lowest=None, litres=0.0, told=(),
    )  # fmt: skip


def ran(state: State, name: str, at: float) -> State:
    """Note when a tap's parts last moved; with a return pipe all taps share them."""
    shared = state.settings.layout == "return-pipe"
    runs = tuple(
        at if shared or tap.name == name else last
        for tap, last in zip(state.settings.taps, state.last_runs, strict=True)
    )
    return replace(state, last_runs=runs)
