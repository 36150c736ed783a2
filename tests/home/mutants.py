"""Controllers with one mistake each, made by hand from the text of the real one."""

import types
from dataclasses import dataclass
from pathlib import Path

from gezhi.home import hotwater

SOURCE = Path(hotwater.__file__).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new`; some property of the house named by `piece` must break."""

    name: str
    old: str
    new: str
    piece: tuple[int, tuple[str, ...]]
    more: str = ""


# Houses by their number in `hotwater_proof.VARIANTS`, and what may break in them.
NODE = (0, ())
MUTANTS = (
    Mutant(
        "no flow is not noticed, and the node is told a long limit",
        "return min(end, state.flowing_at + limits.dry_limit_seconds) if limits.flow_sensor "
        "else end",
        "return end",
        (0, ("hub-gone",)),
    ),
    Mutant(
        "the pump is renewed though no water moves",
        "min(end, state.flowing_at + limits.dry_limit_seconds)",
        "min(end, state.now + limits.dry_limit_seconds)",
        (0, ("hub-gone",)),
        "shuts",
    ),
    Mutant(
        "the pump starts before the valve is open",
        "return _purge(state, out) if confirmed and waited else state",
        "return _purge(state, out)",
        (0, ("valve-dead",)),
    ),
    Mutant(
        "the pump starts with the valve",
        "    state = _switch(state, out, tap.valve, _valve_until(state, tap))\n"
        "    return replace(state, phase=Phase.OPENING)",
        "    state = _purge(state, out)\n"
        "    return _switch(state, out, tap.valve, _valve_until(state, tap))",
        NODE,
    ),
    Mutant(
        "closing waits for the flow to stop, which an open tap hides",
        "if limits.flow_sensor and not still and state.now - state.since < limits.closing_seconds:",
        "if limits.flow_sensor and not still:",
        NODE,
        "draws",
    ),
    Mutant(
        "a warm probe does not close",
        "    return probe >= limits.warm_celsius or 0 < limits.front_rise_kelvin <= rise",
        "    return False",
        (1, ()),
    ),
    Mutant(
        "the litres are not counted when the probe lies",
        "if 0 < tap.purge_litres <= state.litres:",
        "if 0 > tap.purge_litres:",
        (0, ("probe-low",)),
    ),
    Mutant(
        "the valve is not kept on cold readings",
        "    if tap.probe and tap.valve_lease_seconds:",
        "    if tap.probe and tap.valve_lease_seconds > 99:",
        (1, ("link-down",)),
    ),
    Mutant(
        "a stale probe does not stop",
        "found is None or state.now - found.at >= state.settings.stale_seconds",
        "found is None",
        (0, ("probe-silent",)),
    ),
    Mutant(
        "an absurd probe does not stop",
        "        if found is not None and found.value is None:\n"
        '            return "sensor-absurd", name\n',
        "",
        (0, ("probe-absurd",)),
    ),
    Mutant(
        "an absurd flow sensor does not stop",
        "if flow is not None and flow.value is None:",
        "if flow is None:",
        (0, ("flow-absurd",)),
    ),
    Mutant(
        "a retained request is honoured",
        "    if event.retained:",
        "    if event.retained and not event.tap:",
        NODE,
    ),
    Mutant(
        "a repeated request is honoured",
        "    if event.id and event.id in state.seen:",
        "    if event.id and event.id in state.pending:",
        NODE,
    ),
    Mutant(
        "a late request is honoured",
        "if not -_JITTER_SECONDS <= age <= state.settings.request_age_seconds:",
        "if not -_JITTER_SECONDS <= age:",
        NODE,
    ),
    Mutant(
        "a request from the future is honoured",
        "if not -_JITTER_SECONDS <= age <= state.settings.request_age_seconds:",
        "if not age <= state.settings.request_age_seconds:",
        NODE,
    ),
    Mutant(
        "absence refuses nothing",
        "    if automatic and state.absent:",
        "    if automatic and not state.linked:",
        (6, ()),
    ),
    Mutant(
        "no pause between runs",
        "    if state.now - state.since < state.settings.min_off_seconds:",
        "    if state.now < state.since:",
        NODE,
    ),
    Mutant(
        "a relay that disagrees is overlooked",
        "if over and _differs(relay, state.settings):",
        "if over and not relay.name:",
        (0, ("pump-welds",)),
    ),
    Mutant(
        "a fault is never over",
        "    if state.now - state.since < state.settings.fault_seconds:\n        return state\n"
        '    out.append(Notice("fault-cleared"))',
        '    return state\n    out.append(Notice("fault-cleared"))',
        (0, ("pump-dead",)),
    ),
    Mutant(
        "the time limit is not kept",
        "if state.now >= state.opened_at + limits.purge_limit_seconds - limits.dry_limit_seconds:",
        "if state.now < state.opened_at:",
        (3, ("heater-dead",)),
    ),
    Mutant(
        "the restart forgets to switch off",
        "    state = _all_off(state, out)\n    if ran:",
        "    if ran:",
        (0, ("hub-gone",)),
    ),
    Mutant(
        "the node gets no limit of its own",
        "out.append(SetRelay(name, on, until - state.now if on else 0.0))",
        "out.append(SetRelay(name, on, 1e6 if on else 0.0))",
        NODE,
    ),
    Mutant(
        "stopping forgets the relays",
        "    return _rest(_all_off(state, out))",
        "    return _rest(state)",
        NODE,
    ),
    Mutant(
        "closing forgets the pump",
        "        if relay.on:\n            state = _switch(state, out, relay.name, state.now)\n"
        "    return _rest(state)",
        "        if relay.on:\n            pass\n    return _rest(state)",
        NODE,
    ),
)


def controller(mutant: Mutant | None) -> types.ModuleType:
    """Give the mutated module."""
    text = SOURCE
    if mutant is not None:
        assert SOURCE.count(mutant.old) == 1, (
            f"{mutant.name}: found {SOURCE.count(mutant.old)} times"
        )
        text = SOURCE.replace(mutant.old, mutant.new)
    module = types.ModuleType("mutant")
    exec(compile(text, "mutant.py", "exec"), module.__dict__)
    return module
