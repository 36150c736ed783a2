"""The phases of the hot-water controller, and how each comes after the other."""

from dataclasses import replace

from gezhi.home.hotwater.situation import (
    JITTER_SECONDS,
    differs,
    drained_at,
    frozen_watch,
    index_of,
    is_blind,
    needed,
    pump_until,
    running,
    served,
    shuts_itself,
    trouble,
    valve_until,
    warm,
)
from gezhi.home.hotwater.standing import beyond_celsius
from gezhi.home.hotwater.switching import fail, halt, ran, rest, switch
from gezhi.home.types import EXERCISE, PERSONS, Effect, Notice, Phase, State, Tap

__all__ = ["begin", "supervise"]


def begin(state: State, name: str, source: str, out: list[Effect]) -> State:
    """Begin a run for a tap, or say why not."""
    tap = state.find(name)
    if tap is None:
        return state
    refusal, subject = _refusal(state, tap, source)
    if refusal:
        out.append(Notice(refusal, subject))
        if source == EXERCISE:
            limits = state.settings
            wait = limits.exercise_interval_seconds - limits.exercise_retry_seconds
            return ran(state, name, state.now - wait)
        return state
    state = replace(
        state,
        tap=name, source=source, since=state.now, opened_at=state.now, flowing_at=state.now,
        flowed=False, lowest=state.value(f"probe:{name}"), litres=0.0, told=(),
    )  # fmt: skip
    if state.settings.layout == "return-pipe":
        return _purge(state, out)
    state = switch(state, out, tap.valve, valve_until(state, tap))
    return replace(state, phase=Phase.OPENING)


def _refusal(state: State, tap: Tap, source: str) -> tuple[str, str]:
    limits, automatic = state.settings, source not in (*PERSONS, EXERCISE)
    last = state.last_runs[index_of(state, tap.name)]
    code, subject = trouble(state, tap)
    if not state.linked:
        return "refused-link", tap.name
    if automatic and state.absent:
        return "refused-absent", tap.name
    if automatic and state.now - last < limits.automatic_off_seconds:
        return "refused-soon", tap.name
    if code:
        return code, subject
    if is_blind(state, tap) and state.now - state.reading_at("flow") > limits.unseen_seconds:
        return "sensor-stale", "flow"
    if any(name in state.suspects for name in needed(state, tap)):
        return "sensor-frozen", tap.name
    if warm(state, tap):
        return "already-warm", tap.name
    hot = beyond_celsius(state, tap) >= limits.cold_stop_celsius
    return ("hot-beyond", tap.name) if hot else ("", "")


def supervise(state: State, out: list[Effect]) -> State:
    """Do what the phase and the readings ask for, at most one change of phase at a time."""
    if state.phase is Phase.FAULT:
        return _fault_passes(state, out)
    for relay in state.relays:
        over = state.now - relay.commanded_at >= state.settings.relay_seconds
        if over and differs(relay, state.settings):
            if relay.on and relay.read is False and state.now + JITTER_SECONDS >= relay.limit_at:
                return halt(state, out, "node-limit", relay.name)
            if state.phase is Phase.PURGING and relay.read is False and shuts_itself(state, relay):
                return _close(state, out, "node-shut", None)
            return fail(state, out, relay)
    cold = state.value("cold")
    if running(state) and cold is not None and cold >= state.settings.cold_stop_celsius:
        return halt(state, out, "cold-too-warm", value=cold)
    match state.phase:
        case Phase.IDLE:
            return _idle(state, out)
        case Phase.OPENING:
            return _opening(state, out)
        case Phase.PURGING:
            return _purging(state, out)
        case Phase.CLOSING:
            return _closing(state, out)
    return _cooldown(state, out)


def _idle(state: State, out: list[Effect]) -> State:
    interval = state.settings.exercise_interval_seconds
    for tap, last in zip(state.settings.taps, state.last_runs, strict=True):
        if state.linked and state.now - last >= interval:
            return begin(state, tap.name, EXERCISE, out)
    return state


def _opening(state: State, out: list[Effect]) -> State:
    tap, limits = served(state), state.settings
    code, subject = trouble(state, tap)
    if code:
        return halt(state, out, code, subject)
    if warm(state, tap):
        return halt(state, out, "warm", tap.name)
    confirmed = not limits.reads_back or state.relay(tap.valve).read is True
    waited = state.now - state.since >= limits.opening_seconds
    return _purge(state, out) if confirmed and waited else state


def _purge(state: State, out: list[Effect]) -> State:
    state = replace(state, phase=Phase.PURGING, since=state.now, flowing_at=state.now)
    if state.settings.pump:
        state = switch(state, out, state.settings.pump, pump_until(state))
    return state


def _purging(state: State, out: list[Effect]) -> State:
    tap, limits = served(state), state.settings
    code, subject = trouble(state, tap)
    if code:
        return halt(state, out, code, subject)
    reason, value = _reached(state, tap)
    if reason:
        return _close(state, out, reason, value)
    for name in frozen_watch(state):
        still = state.now - max(state.changed_at(name), state.since)
        if still >= limits.frozen_seconds:
            state = replace(state, suspects=(*state.suspects, name))
            return halt(state, out, "sensor-frozen", name)
    if limits.flow_sensor and state.now - state.flowing_at >= limits.no_flow_seconds:
        silent = state.now - state.reading_at("flow") >= limits.no_flow_seconds
        return halt(state, out, "sensor-stale" if silent else "no-flow", "flow" if silent else "")
    state = _warn_of_ignition(state, out)
    return _renew(state, tap, out)


def _reached(state: State, tap: Tap) -> tuple[str, float | None]:
    """Say why the purge is done, or "" while it is not."""
    limits, flow = state.settings, state.value("flow")
    if warm(state, tap):
        name = "return" if limits.layout == "return-pipe" else f"probe:{tap.name}"
        return "warm", state.value(name)
    still = flow is not None and flow < limits.least_flow_litres_per_minute
    if tap.self_closing and state.flowed and still:
        return "warm", None
    if 0 < tap.purge_litres <= state.litres:
        return "volume", state.litres
    if limits.layout == "drain" and (
        state.litres >= limits.drain_litres
        if limits.flow_sensor
        else state.now >= drained_at(state)
    ):
        return "litre-cap", state.litres
    if state.now >= state.opened_at + limits.purge_limit_seconds - limits.dry_limit_seconds:
        return "time-limit", None
    done = state.now - state.since >= limits.exercise_run_seconds
    return ("exercised", None) if state.source == EXERCISE and done else ("", None)


def _warn_of_ignition(state: State, out: list[Effect]) -> State:
    limits, flow = state.settings, state.value("flow")
    if not limits.pump or flow is None or "below-ignition" in state.told:
        return state
    steady = state.now - state.since >= limits.opening_seconds
    if steady and limits.least_flow_litres_per_minute <= flow < (
        limits.ignition_flow_litres_per_minute
    ):
        out.append(Notice("below-ignition", state.tap, flow))
        return replace(state, told=(*state.told, "below-ignition"))
    return state


def _renew(state: State, tap: Tap, out: list[Effect]) -> State:
    wanted = [(tap.valve, valve_until(state, tap))] if tap.valve else []
    if state.settings.pump:
        wanted.append((state.settings.pump, pump_until(state)))
    for name, until in wanted:
        if until - state.relay(name).limit_at >= state.settings.renew_seconds:
            state = switch(state, out, name, until)
    return state


def _close(state: State, out: list[Effect], reason: str, value: float | None) -> State:
    tap = served(state)
    name = f"probe:{tap.name}"
    state = switch(state, out, tap.valve or state.settings.pump, state.now)
    out.append(Notice(reason, tap.name, value))
    if reason == "volume" and tap.probe and state.changed_at(name) <= state.opened_at:
        state = replace(state, suspects=(*state.suspects, name))
        out.append(Notice("sensor-frozen", name))
    return replace(state, phase=Phase.CLOSING, since=state.now)


def _closing(state: State, out: list[Effect]) -> State:
    limits, flow = state.settings, state.value("flow")
    code, subject = trouble(state, served(state))
    if code and running(state):
        return halt(state, out, code, subject)
    heard = state.reading_at("flow") >= state.since and flow is not None
    still = heard and flow is not None and flow < limits.least_flow_litres_per_minute
    if limits.flow_sensor and not still and state.now - state.since < limits.closing_seconds:
        return state
    if heard and not still:
        out.append(Notice("still-flowing", state.tap, flow))  # an open tap, or a leaking valve
    for relay in state.relays:
        if relay.on:
            state = switch(state, out, relay.name, state.now)
    return rest(state)


def _cooldown(state: State, out: list[Effect]) -> State:
    if state.now - state.since < state.settings.min_off_seconds:
        return state
    state = replace(state, phase=Phase.IDLE, since=state.now)
    while state.pending and state.phase is Phase.IDLE:
        first, *rest = state.pending
        state = begin(replace(state, pending=tuple(rest)), first, PERSONS[0], out)
    return state


def _fault_passes(state: State, out: list[Effect]) -> State:
    stuck = [one for one in state.relays if one.read is True]
    if stuck:
        state = replace(state, since=state.now)
        for relay in stuck:
            if state.now - relay.commanded_at >= state.settings.dry_limit_seconds:
                state = switch(state, out, relay.name, state.now)
                out.append(Notice("relay-stuck", relay.name))
        return state
    if state.now - state.since < state.settings.fault_seconds:
        return state
    out.append(Notice("fault-cleared"))
    return rest(state)
