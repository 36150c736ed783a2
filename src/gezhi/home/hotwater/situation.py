"""What is asked of the hot-water controller's state: what it needs, what is warm, what is due."""

from dataclasses import replace

from gezhi.home.types import EXERCISE, Phase, Relay, Settings, State, Tap

__all__ = [
    "JITTER_SECONDS",
    "differs",
    "drained_at",
    "frozen_watch",
    "index_of",
    "is_blind",
    "needed",
    "next_wake",
    "pump_until",
    "running",
    "served",
    "shifted",
    "shuts_itself",
    "trouble",
    "valve_until",
    "warm",
]

#: Events may come this much out of order, and a node's clock may be this much ahead of ours.
JITTER_SECONDS = 1.0


def needed(state: State, tap: Tap) -> list[str]:
    """Name the sensors without which nothing may run for this tap."""
    limits = state.settings
    probe = [f"probe:{tap.name}"] if tap.probe and limits.layout != "return-pipe" else []
    back = ["return"] if limits.return_sensor and limits.layout == "return-pipe" else []
    cold = ["cold"] if limits.cold_sensor else []
    return [*probe, *back, *cold, *(["flow"] if is_blind(state, tap) else [])]


def is_blind(state: State, tap: Tap) -> bool:
    """Say whether the flow sensor alone can tell what stands before a tap's valve."""
    return state.settings.layout == "cold-return" and not tap.probe


def _fresh(state: State, tap: Tap) -> list[str]:
    """Name those of them that speak regularly; a thermostat switch speaks when it changes."""
    switch = state.settings.return_sensor == "switch"
    return [name for name in needed(state, tap) if not (name == "return" and switch)]


def frozen_watch(state: State) -> list[str]:
    """Name the sensors that should have moved by now, once water has."""
    tap = served(state)
    return (
        [name for name in _fresh(state, tap) if name not in ("cold", "flow")]
        if state.flowed
        else []
    )


def trouble(state: State, tap: Tap) -> tuple[str, str]:
    """Say which sensor a run cannot go on with, as a code and its name; both "" when none."""
    for name in needed(state, tap):
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


def warm(state: State, tap: Tap) -> bool:
    """Say whether hot water has come, by what the layout measures."""
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


def pump_until(state: State) -> float:
    """Give the instant until which the pump's node may run it without hearing from us again."""
    limits = state.settings
    end = state.opened_at + limits.purge_limit_seconds
    return min(end, state.flowing_at + limits.dry_limit_seconds) if limits.flow_sensor else end


def valve_until(state: State, tap: Tap) -> float:
    """Give the instant until which the valve's node may keep it open without hearing from us."""
    end = state.opened_at + state.settings.purge_limit_seconds
    if tap.probe and tap.valve_lease_seconds:
        end = min(end, state.reading_at(f"probe:{tap.name}") + tap.valve_lease_seconds)
    return min(end, drained_at(state)) if state.settings.layout == "drain" else end


def drained_at(state: State) -> float:
    """Give the earliest instant at which the litre cap of a drain can have been reached."""
    limits = state.settings
    left = max(limits.drain_litres - state.litres, 0.0)
    known = max(state.reading_at("flow"), state.opened_at) if limits.flow_sensor else None
    seconds = left * 60 / limits.drain_flow_litres_per_minute
    return (state.opened_at if known is None else known) + seconds


def differs(relay: Relay, limits: Settings) -> bool:
    """Say whether a relay reads otherwise than commanded, or is silent where it should read."""
    return relay.on and limits.reads_back if relay.read is None else relay.read != relay.on


def shuts_itself(state: State, relay: Relay) -> bool:
    """Say whether a relay is the valve that its own node shuts when its probe is warm."""
    tap = served(state)
    return relay.name == tap.valve and tap.probe and not tap.valve_lease_seconds


def served(state: State) -> Tap:
    """Give the tap that is served, or the first one."""
    return state.find(state.tap) or state.settings.taps[0]


def index_of(state: State, name: str) -> int:
    """Give a tap's place among the settings' taps."""
    return [one.name for one in state.settings.taps].index(name)


def running(state: State) -> bool:
    """Say whether any relay is switched on.

    >>> from gezhi.home.hotwater import start
    >>> running(start(Settings("return-pipe", (Tap("bath"),), return_sensor="switch"), 0.0))
    False
    """
    return any(one.on for one in state.relays)


def next_wake(state: State) -> float | None:
    """Give the instant at which something is due if nothing happens before, or None."""
    limits, tap = state.settings, served(state)
    dues = [one.commanded_at + limits.relay_seconds for one in state.relays if differs(one, limits)]
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
        dues.append(drained_at(state))
    for name in frozen_watch(state):
        dues.append(max(state.changed_at(name), state.since) + limits.frozen_seconds)
    return dues


def shifted(state: State, seconds: float) -> State:
    """Move every instant of the state by `seconds`: the same situation on another clock."""
    return replace(
        state,
        now=state.now + seconds,
        since=state.since + seconds,
        opened_at=state.opened_at + seconds,
        watched_at=state.watched_at + seconds,
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
        passed=tuple(replace(one, at=one.at + seconds) for one in state.passed),
    )
