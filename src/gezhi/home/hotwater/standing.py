"""What may stand between a tap's probe and its valve, where no sensor looks.

A purge must not push into the cold line what earlier draws have left there: cold water that follows
hot, as after a short draw, hides it from the probe. But whatever stands beyond the probe has once
passed it, and has cooled since with the pipe's own time constant. So a bound is kept for each tap
of the layout whose cold pipe is the way back: the probe's reading where that is above the bound,
and the heater's own temperature where the probe, which lags, has begun to rise, or where nobody
looked, be it before the first reading of all. A tap with a thermostatic valve and no probe has the
flow sensor alone: any flow may have brought hot water. While the bound is not below
`cold_stop_celsius`, nothing is let through.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from gezhi.home.types import Passed, State, Tap

__all__ = ["beyond_celsius", "flow_seen", "nobody_looked", "probe_seen"]

#: A reading is this far from the water at worst, once it has settled.
_ACCURACY_KELVIN = 1.0
#: The slowest pipe that there is a reason to think of: a thick one, well wrapped.
_SLOWEST_SECONDS = 5000.0


def beyond_celsius(state: State, tap: Tap) -> float:
    """Give the most that water between a tap's probe and its valve can have now."""
    room = state.settings.room_celsius
    found = _find(state, tap.name)
    if found is None:
        return room
    constant = tap.cooling_seconds or _SLOWEST_SECONDS
    kept = math.exp(-max(state.now - found.at, 0.0) / constant)
    return room + (found.celsius - room) * kept


def probe_seen(state: State, name: str, value: float | None, unseen_seconds: float) -> State:
    """Take in a reading of a tap's probe, `unseen_seconds` after anybody looked."""
    tap, limits = state.find(name), state.settings
    if tap is None or limits.layout != "cold-return":
        return state
    if value is None or unseen_seconds > limits.unseen_seconds:
        return _keep(state, Passed(name, limits.supply_celsius, state.now, value))
    found = _find(state, name)
    lowest = value if found is None or found.lowest is None else min(found.lowest, value)
    if value - lowest >= limits.passed_rise_kelvin:
        return _keep(state, Passed(name, limits.supply_celsius, state.now, value))
    bound, warmest = beyond_celsius(state, tap), value + _ACCURACY_KELVIN
    if warmest > bound and warmest >= limits.cold_stop_celsius:
        return _keep(state, Passed(name, warmest, state.now, lowest))
    if found is not None and bound >= limits.cold_stop_celsius:
        return _keep(state, replace(found, lowest=lowest))
    return _keep(state, Passed(name, limits.room_celsius, 0.0, lowest))


def flow_seen(state: State, rate: float | None, unseen_seconds: float) -> State:
    """Take in a reading of the flow sensor, `unseen_seconds` after anybody looked."""
    limits = state.settings
    # What flowed at the last reading has flowed until this one.
    most = math.inf if rate is None else max(rate, state.value("flow") or 0.0)
    still = most < limits.least_flow_litres_per_minute
    if still and unseen_seconds <= limits.unseen_seconds:
        return state
    return _hot(state, lambda tap: not tap.probe)


def nobody_looked(state: State) -> State:
    """Suppose the worst beyond every probe: the controller was away."""
    return _hot(state, lambda tap: True)


def _hot(state: State, which: Callable[[Tap], bool]) -> State:
    if state.settings.layout != "cold-return":
        return state
    for tap in state.settings.taps:
        if which(tap):
            found = _find(state, tap.name)
            lowest = None if found is None else found.lowest
            hottest = state.settings.supply_celsius
            state = _keep(state, Passed(tap.name, hottest, state.now, lowest))
    return state


def _find(state: State, name: str) -> Passed | None:
    return next((one for one in state.passed if one.tap == name), None)


def _keep(state: State, new: Passed) -> State:
    others = [one for one in state.passed if one.tap != new.tap]
    return replace(state, passed=tuple(sorted((*others, new), key=lambda one: one.tap)))
