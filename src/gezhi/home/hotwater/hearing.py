"""Time and readings as the hot-water controller takes them in."""

import math
from dataclasses import replace

from gezhi.home.hotwater.situation import JITTER_SECONDS, shifted
from gezhi.home.hotwater.standing import flow_seen, nobody_looked, probe_seen
from gezhi.home.hotwater.switching import halt
from gezhi.home.types import (
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
    RelayRead,
    Returned,
    State,
)

__all__ = ["absorb", "keep_time"]


def keep_time(state: State, now: float, out: list[Effect]) -> State:
    """Move to `now`; a clock that jumped stops what runs."""
    gap = now - state.now
    if -JITTER_SECONDS <= gap <= 0:
        return state
    if not math.isfinite(gap):
        return halt(state, out, "clock-jump")
    if gap < 0:
        # How long nobody has looked is not known either.
        return halt(nobody_looked(shifted(state, gap)), out, "clock-jump")
    state = replace(state, now=now)
    return halt(state, out, "clock-jump") if gap > state.settings.gap_seconds else state


def absorb(state: State, event: Event, out: list[Effect]) -> State:
    """Take in what an event says of sensors, relays, absence and the link."""
    match event:
        case Flow(rate):
            return _take_flow(state, _sane(rate), out)
        case Probe(tap, celsius) if state.find(tap):
            unseen = _unseen(state, f"probe:{tap}")
            state = _take(state, f"probe:{tap}", _sane(celsius), out)
            value = state.value(f"probe:{tap}")
            state = probe_seen(state, tap, value, unseen)
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


def _unseen(state: State, sensor: str) -> float:
    """Give for how many seconds a sensor has not looked, or nobody has."""
    return state.now - max(state.reading_at(sensor), state.watched_at)


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
    state = flow_seen(state, rate, _unseen(state, "flow"))
    if rate is not None and rate >= state.settings.least_flow_litres_per_minute:
        state = replace(state, flowing_at=state.now, flowed=True)
    return _take(state, "flow", rate, out)
