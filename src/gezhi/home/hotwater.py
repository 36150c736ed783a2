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

import math
from dataclasses import replace

from gezhi.home.types import (
    EXERCISE,
    PERSONS,
    Absence,
    Cold,
    Effect,
    Event,
    Flow,
    Link,
    Notice,
    Phase,
    Probe,
    Reading,
    Relay,
    RelayRead,
    Request,
    Reset,
    Returned,
    SetRelay,
    Settings,
    State,
    Stop,
    Tap,
    Wake,
)

__all__ = ["next_wake", "resume", "running", "shifted", "start", "step"]

#: Events may come this much out of order, and a node's clock may be this much ahead of ours.
_JITTER_SECONDS = 1.0
_SEEN = 32


def start(settings: Settings, now: float) -> State:
    """Begin with everything off, with settings in which `gezhi.home.settings.flaws` finds none."""
    names = [*([settings.pump] if settings.pump else []), *(t.valve for t in settings.taps)]
    relays = tuple(Relay(name, commanded_at=now, limit_at=now) for name in names if name)
    before = now - settings.automatic_off_seconds
    return State(settings, now, Phase.IDLE, now, relays, (before,) * len(settings.taps))


def resume(state: State, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Go on after a restart with a stored state: all off, the past kept, whatever clock now runs.

    The stored instants move with the new clock as if no time had passed. What ran is not begun
    anew, and readings from before the restart count as stale.
    """
    out: list[Effect] = []
    state = replace(shifted(state, now - state.now), readings=(), pending=(), linked=True)
    ran = state.phase in (Phase.OPENING, Phase.PURGING, Phase.CLOSING)
    state = _all_off(state, out)
    if ran:
        out.append(Notice("restarted", state.tap))
        state = _rest(state)
    return _finish(state, out)


def step(state: State, event: Event, now: float) -> tuple[State, tuple[Effect, ...]]:
    """Take one event at `now` (seconds); give the new state and what is to be done, in order."""
    out: list[Effect] = []
    state = _clock(state, now, out)
    state = _absorb(state, event, out)
    state = _command(state, event, out)
    phase = None
    while phase is not state.phase:
        phase = state.phase
        state = _supervise(state, out)
    return _finish(state, out)


def running(state: State) -> bool:
    """Say whether any relay is switched on.

    >>> running(start(Settings("return-pipe", (Tap("bath"),), return_sensor="switch"), 0.0))
    False
    """
    return any(one.on for one in state.relays)


def shifted(state: State, seconds: float) -> State:
    """Move every instant of the state by `seconds`: the same situation on another clock."""
    return replace(
        state,
        now=state.now + seconds,
        since=state.since + seconds,
        opened_at=state.opened_at + seconds,
        flowing_at=state.flowing_at + seconds,
        last_runs=tuple(one + seconds for one in state.last_runs),
        relays=tuple(
            replace(one, commanded_at=one.commanded_at + seconds, limit_at=one.limit_at + seconds)
            for one in state.relays
        ),
        readings=tuple(
            replace(one, at=one.at + seconds, changed_at=one.changed_at + seconds)
            for one in state.readings
        ),
    )


def next_wake(state: State) -> float | None:
    """Give the instant at which something is due if nothing happens before, or None."""
    limits, tap = state.settings, _tap(state)
    dues = [
        one.commanded_at + limits.relay_seconds for one in state.relays if _differs(one, limits)
    ]
    match state.phase:
        case Phase.IDLE:
            dues += [one + limits.exercise_interval_seconds for one in state.last_runs]
        case Phase.COOLDOWN:
            dues.append(state.since + limits.min_off_seconds)
        case Phase.FAULT:
            dues += [state.since + limits.fault_seconds]
            dues += [
                r.commanded_at + limits.dry_limit_seconds for r in state.relays if r.read is True
            ]
        case Phase.CLOSING:
            dues.append(state.since + limits.closing_seconds)
        case Phase.OPENING:
            dues.append(state.since + limits.opening_seconds)
            dues += [state.reading_at(name) + limits.stale_seconds for name in _fresh(state, tap)]
        case Phase.PURGING:
            dues += _purging_dues(state)
            dues += [state.reading_at(name) + limits.stale_seconds for name in _fresh(state, tap)]
    return min((one for one in dues if one > state.now), default=None)


def _purging_dues(state: State) -> list[float]:
    limits = state.settings
    dues = [state.opened_at + limits.purge_limit_seconds - limits.dry_limit_seconds]
    if limits.flow_sensor:
        dues.append(state.flowing_at + limits.no_flow_seconds)
    if state.source == EXERCISE:
        dues.append(state.since + limits.exercise_run_seconds)
    if limits.layout == "drain" and not limits.flow_sensor:
        dues.append(_drained_at(state))
    for name in _frozen_watch(state):
        dues.append(max(state.changed_at(name), state.since) + limits.frozen_seconds)
    return dues


# ---- time and what comes in -----------------------------------------------------------------


def _clock(state: State, now: float, out: list[Effect]) -> State:
    gap = now - state.now
    if -_JITTER_SECONDS <= gap <= 0:
        return state
    if not math.isfinite(gap):
        return _halt(state, out, "clock-jump")
    if gap < 0:
        return _halt(shifted(state, gap), out, "clock-jump")
    state = replace(state, now=now)
    return _halt(state, out, "clock-jump") if gap > state.settings.gap_seconds else state


def _absorb(state: State, event: Event, out: list[Effect]) -> State:
    match event:
        case Flow(rate):
            return _take_flow(state, _sane(rate), out)
        case Probe(tap, celsius) if state.find(tap):
            state = _take(state, f"probe:{tap}", _sane(celsius), out)
            value = state.value(f"probe:{tap}")
            if tap == state.tap and value is not None:
                low = value if state.lowest is None else min(value, state.lowest)
                return replace(state, lowest=low)
        case Cold(celsius):
            return _take(state, "cold", _sane(celsius), out)
        case Returned(celsius, warm):
            switch = None if warm is None else 100.0 * warm
            return _take(state, "return", _sane(celsius) if celsius is not None else switch, out)
        case RelayRead(name, on):
            relays = tuple(replace(r, read=on) if r.name == name else r for r in state.relays)
            return replace(state, relays=relays)
        case Absence(on):
            return replace(state, absent=on)
        case Link(up):
            relays = tuple(replace(r, read=r.read if up else None) for r in state.relays)
            return replace(state, linked=up, relays=relays)
    return state


def _sane(value: float) -> float | None:
    """Water and its flow are between 0 and 100 here; a lost probe says −127, a broken one NaN."""
    return float(value) if math.isfinite(value) and 0 <= value <= 100 else None


def _take(state: State, name: str, value: float | None, out: list[Effect]) -> State:
    old = state.reading(name)
    same = old is not None and old.value == value
    if value is None and not same:
        out.append(Notice("sensor-absurd", name))
    changed_at = old.changed_at if old is not None and same else state.now
    new = Reading(name, value, state.now, changed_at)
    rest = tuple(one for one in state.readings if one.name != name)
    suspects = state.suspects if same else tuple(s for s in state.suspects if s != name)
    readings = tuple(sorted((*rest, new), key=lambda one: one.name))
    return replace(state, readings=readings, suspects=suspects)


def _take_flow(state: State, rate: float | None, out: list[Effect]) -> State:
    if state.phase in (Phase.OPENING, Phase.PURGING, Phase.CLOSING):
        # The larger of two neighbours: a purge may be thought longer than it was, never shorter.
        seconds = state.now - max(state.reading_at("flow"), state.opened_at)
        most = max(state.value("flow") or 0.0, rate or 0.0)
        state = replace(state, litres=state.litres + most * max(seconds, 0.0) / 60)
    if rate is not None and rate >= state.settings.least_flow_litres_per_minute:
        state = replace(state, flowing_at=state.now, flowed=True)
    return _take(state, "flow", rate, out)


# ---- commands -------------------------------------------------------------------------------


def _command(state: State, event: Event, out: list[Effect]) -> State:
    match event:
        case Request():
            return _request(state, event, out)
        case Stop():
            return _halt(replace(state, pending=()), out, "stopped")
        case Absence(True):
            state = replace(state, pending=())
            if state.source not in (*PERSONS, EXERCISE):
                return _halt(state, out, "left-home")
        case Link(False):
            return _halt(state, out, "link-lost")
        case Link(True) if not running(state):
            state = _all_off(state, out)  # a node may have missed it, and may have run till now
            return state if state.phase is Phase.FAULT else _rest(state)
        case Reset() if state.phase is Phase.FAULT and not any(r.read for r in state.relays):
            out.append(Notice("fault-cleared"))
            return _rest(state)
    return state


def _request(state: State, event: Request, out: list[Effect]) -> State:
    code = _improper(state, event)
    if code:
        out.append(Notice(code, event.tap))
        return state
    if event.id:
        state = replace(state, seen=(*state.seen, event.id)[-_SEEN:])
    if state.phase is Phase.IDLE:
        return _begin(state, event.tap, event.source, out)
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
        if not -_JITTER_SECONDS <= age <= state.settings.request_age_seconds:
            return "refused-late"
    return "" if state.find(event.tap) else "refused-unknown"


def _begin(state: State, name: str, source: str, out: list[Effect]) -> State:
    tap = state.find(name)
    if tap is None:
        return state
    refusal, subject = _refusal(state, tap, source)
    if refusal:
        out.append(Notice(refusal, subject))
        if source == EXERCISE:
            limits = state.settings
            wait = limits.exercise_interval_seconds - limits.exercise_retry_seconds
            return _ran(state, name, state.now - wait)
        return state
    state = replace(
        state,
        tap=name, source=source, since=state.now, opened_at=state.now, flowing_at=state.now,
        flowed=False, lowest=state.value(f"probe:{name}"), litres=0.0, told=(),
    )  # fmt: skip
    if state.settings.layout == "return-pipe":
        return _purge(state, out)
    state = _switch(state, out, tap.valve, _valve_until(state, tap))
    return replace(state, phase=Phase.OPENING)


def _refusal(state: State, tap: Tap, source: str) -> tuple[str, str]:
    automatic = source not in (*PERSONS, EXERCISE)
    last = state.last_runs[_index(state, tap.name)]
    code, subject = _trouble(state, tap)
    if not state.linked:
        return "refused-link", tap.name
    if automatic and state.absent:
        return "refused-absent", tap.name
    if automatic and state.now - last < state.settings.automatic_off_seconds:
        return "refused-soon", tap.name
    if code:
        return code, subject
    if any(name in state.suspects for name in _needed(state, tap)):
        return "sensor-frozen", tap.name
    return ("already-warm", tap.name) if _warm(state, tap) else ("", "")


# ---- phases ---------------------------------------------------------------------------------


def _supervise(state: State, out: list[Effect]) -> State:
    if state.phase is Phase.FAULT:
        return _fault_passes(state, out)
    for relay in state.relays:
        over = state.now - relay.commanded_at >= state.settings.relay_seconds
        if over and _differs(relay, state.settings):
            if relay.on and relay.read is False and state.now + _JITTER_SECONDS >= relay.limit_at:
                return _halt(state, out, "node-limit", relay.name)
            if state.phase is Phase.PURGING and relay.read is False and _shuts_itself(state, relay):
                return _close(state, out, "node-shut", None)
            return _fail(state, out, relay)
    cold = state.value("cold")
    if running(state) and cold is not None and cold >= state.settings.cold_stop_celsius:
        return _halt(state, out, "cold-too-warm", value=cold)
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


def _shuts_itself(state: State, relay: Relay) -> bool:
    tap = _tap(state)
    return relay.name == tap.valve and tap.probe and not tap.valve_lease_seconds


def _idle(state: State, out: list[Effect]) -> State:
    interval = state.settings.exercise_interval_seconds
    for tap, last in zip(state.settings.taps, state.last_runs, strict=True):
        if state.linked and state.now - last >= interval:
            return _begin(state, tap.name, EXERCISE, out)
    return state


def _opening(state: State, out: list[Effect]) -> State:
    tap, limits = _tap(state), state.settings
    code, subject = _trouble(state, tap)
    if code:
        return _halt(state, out, code, subject)
    if _warm(state, tap):
        return _halt(state, out, "warm", tap.name)
    confirmed = not limits.reads_back or state.relay(tap.valve).read is True
    waited = state.now - state.since >= limits.opening_seconds
    return _purge(state, out) if confirmed and waited else state


def _purge(state: State, out: list[Effect]) -> State:
    state = replace(state, phase=Phase.PURGING, since=state.now, flowing_at=state.now)
    if state.settings.pump:
        state = _switch(state, out, state.settings.pump, _pump_until(state))
    return state


def _purging(state: State, out: list[Effect]) -> State:
    tap, limits = _tap(state), state.settings
    code, subject = _trouble(state, tap)
    if code:
        return _halt(state, out, code, subject)
    reason, value = _reached(state, tap)
    if reason:
        return _close(state, out, reason, value)
    for name in _frozen_watch(state):
        still = state.now - max(state.changed_at(name), state.since)
        if still >= limits.frozen_seconds:
            state = replace(state, suspects=(*state.suspects, name))
            return _halt(state, out, "sensor-frozen", name)
    if limits.flow_sensor and state.now - state.flowing_at >= limits.no_flow_seconds:
        silent = state.now - state.reading_at("flow") >= limits.no_flow_seconds
        return _halt(state, out, "sensor-stale" if silent else "no-flow", "flow" if silent else "")
    state = _warn_of_ignition(state, out)
    return _renew(state, tap, out)


def _reached(state: State, tap: Tap) -> tuple[str, float | None]:
    """Say why the purge is done, or "" while it is not."""
    limits, flow = state.settings, state.value("flow")
    if _warm(state, tap):
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
        else state.now >= _drained_at(state)
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
    wanted = [(tap.valve, _valve_until(state, tap))] if tap.valve else []
    if state.settings.pump:
        wanted.append((state.settings.pump, _pump_until(state)))
    for name, until in wanted:
        if until - state.relay(name).limit_at >= state.settings.renew_seconds:
            state = _switch(state, out, name, until)
    return state


def _close(state: State, out: list[Effect], reason: str, value: float | None) -> State:
    tap = _tap(state)
    name = f"probe:{tap.name}"
    state = _switch(state, out, tap.valve or state.settings.pump, state.now)
    out.append(Notice(reason, tap.name, value))
    if reason == "volume" and tap.probe and state.changed_at(name) <= state.opened_at:
        state = replace(state, suspects=(*state.suspects, name))
        out.append(Notice("sensor-frozen", name))
    return replace(state, phase=Phase.CLOSING, since=state.now)


def _closing(state: State, out: list[Effect]) -> State:
    limits, flow = state.settings, state.value("flow")
    code, subject = _trouble(state, _tap(state))
    if code and running(state):
        return _halt(state, out, code, subject)
    heard = state.reading_at("flow") >= state.since and flow is not None
    still = heard and flow is not None and flow < limits.least_flow_litres_per_minute
    if limits.flow_sensor and not still and state.now - state.since < limits.closing_seconds:
        return state
    if heard and not still:
        out.append(Notice("still-flowing", state.tap, flow))  # an open tap, or a leaking valve
    for relay in state.relays:
        if relay.on:
            state = _switch(state, out, relay.name, state.now)
    return _rest(state)


def _cooldown(state: State, out: list[Effect]) -> State:
    if state.now - state.since < state.settings.min_off_seconds:
        return state
    state = replace(state, phase=Phase.IDLE, since=state.now)
    while state.pending and state.phase is Phase.IDLE:
        first, *rest = state.pending
        state = _begin(replace(state, pending=tuple(rest)), first, PERSONS[0], out)
    return state


def _fault_passes(state: State, out: list[Effect]) -> State:
    stuck = [one for one in state.relays if one.read is True]
    if stuck:
        state = replace(state, since=state.now)
        for relay in stuck:
            if state.now - relay.commanded_at >= state.settings.dry_limit_seconds:
                state = _switch(state, out, relay.name, state.now)
                out.append(Notice("relay-stuck", relay.name))
        return state
    if state.now - state.since < state.settings.fault_seconds:
        return state
    out.append(Notice("fault-cleared"))
    return _rest(state)


# ---- what is asked of the state -------------------------------------------------------------


def _needed(state: State, tap: Tap) -> list[str]:
    """Name the sensors without which nothing may run for this tap."""
    limits = state.settings
    probe = [f"probe:{tap.name}"] if tap.probe and limits.layout != "return-pipe" else []
    back = ["return"] if limits.return_sensor and limits.layout == "return-pipe" else []
    return [*probe, *back, *(["cold"] if limits.cold_sensor else [])]


def _fresh(state: State, tap: Tap) -> list[str]:
    """Name those of them that speak regularly; a thermostat switch speaks when it changes."""
    switch = state.settings.return_sensor == "switch"
    return [name for name in _needed(state, tap) if not (name == "return" and switch)]


def _frozen_watch(state: State) -> list[str]:
    tap = _tap(state)
    return [name for name in _fresh(state, tap) if name != "cold"] if state.flowed else []


def _trouble(state: State, tap: Tap) -> tuple[str, str]:
    for name in _needed(state, tap):
        found = state.reading(name)
        if found is not None and found.value is None:
            return "sensor-absurd", name
        stale = name in _fresh(state, tap) and (
            found is None or state.now - found.at >= state.settings.stale_seconds
        )
        if found is None or stale:
            return "sensor-stale", name
    if state.settings.flow_sensor:
        flow = state.reading("flow")
        if flow is not None and flow.value is None:
            return "sensor-absurd", "flow"
    return "", ""


def _warm(state: State, tap: Tap) -> bool:
    limits = state.settings
    if limits.layout == "return-pipe":
        back = state.value("return")
        return back is not None and back >= limits.return_warm_celsius
    probe = state.value(f"probe:{tap.name}")
    if probe is None or not tap.probe:
        return False
    begun = state.phase is Phase.PURGING and tap.name == state.tap and state.lowest is not None
    rise = probe - state.lowest if begun and state.lowest is not None else 0.0
    return probe >= limits.warm_celsius or 0 < limits.front_rise_kelvin <= rise


def _pump_until(state: State) -> float:
    """Give the instant until which the pump's node may run it without hearing from us again."""
    limits = state.settings
    end = state.opened_at + limits.purge_limit_seconds
    return min(end, state.flowing_at + limits.dry_limit_seconds) if limits.flow_sensor else end


def _valve_until(state: State, tap: Tap) -> float:
    end = state.opened_at + state.settings.purge_limit_seconds
    if tap.probe and tap.valve_lease_seconds:
        end = min(end, state.reading_at(f"probe:{tap.name}") + tap.valve_lease_seconds)
    return min(end, _drained_at(state)) if state.settings.layout == "drain" else end


def _drained_at(state: State) -> float:
    """Give the earliest instant at which the litre cap of a drain can have been reached."""
    limits = state.settings
    left = max(limits.drain_litres - state.litres, 0.0)
    known = max(state.reading_at("flow"), state.opened_at) if limits.flow_sensor else None
    seconds = left * 60 / limits.drain_flow_litres_per_minute
    return (state.opened_at if known is None else known) + seconds


def _differs(relay: Relay, limits: Settings) -> bool:
    """Say whether a relay reads otherwise than commanded, or is silent where it should read."""
    return relay.on and limits.reads_back if relay.read is None else relay.read != relay.on


def _tap(state: State) -> Tap:
    return state.find(state.tap) or state.settings.taps[0]


def _index(state: State, name: str) -> int:
    return [one.name for one in state.settings.taps].index(name)


# ---- what is done to it ---------------------------------------------------------------------


def _switch(state: State, out: list[Effect], name: str, until: float) -> State:
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


def _all_off(state: State, out: list[Effect]) -> State:
    for relay in state.relays:  # the pump is the first of them
        state = _switch(state, out, relay.name, state.now)
    return state


def _halt(
    state: State, out: list[Effect], code: str, subject: str = "", value: float | None = None
) -> State:
    """Switch all off at once, say why, and rest; a fault stays a fault."""
    if not running(state):
        return state
    out.append(Notice(code, subject or state.tap, value))
    return _rest(_all_off(state, out))


def _fail(state: State, out: list[Effect], relay: Relay) -> State:
    silent = relay.read is None
    out.append(Notice("relay-silent" if silent else "relay-disagrees", relay.name))
    state = _all_off(_forget_run(state), out)
    return replace(state, phase=Phase.FAULT, since=state.now, pending=())


def _rest(state: State) -> State:
    return replace(_forget_run(state), phase=Phase.COOLDOWN, since=state.now)


def _forget_run(state: State) -> State:
    state = _ran(state, state.tap, state.now)
    return replace(
        state, tap="", source="", opened_at=state.now, flowing_at=state.now,
        flowed=False, lowest=None, litres=0.0, told=(),
    )  # fmt: skip


def _ran(state: State, name: str, at: float) -> State:
    """Note when a tap's parts last moved; with a return pipe all taps share them."""
    shared = state.settings.layout == "return-pipe"
    runs = tuple(
        at if shared or tap.name == name else last
        for tap, last in zip(state.settings.taps, state.last_runs, strict=True)
    )
    return replace(state, last_runs=runs)


def _finish(state: State, out: list[Effect]) -> tuple[State, tuple[Effect, ...]]:
    wake = next_wake(state)
    return state, (*out, Wake(wake)) if wake is not None else tuple(out)
