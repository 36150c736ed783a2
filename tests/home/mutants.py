"""Controllers with one mistake each, made by hand from the text of the real one."""

import sys
import types
from dataclasses import dataclass
from pathlib import Path

from gezhi.home import hotwater

SOURCES = {
    one.stem: one.read_text(encoding="utf-8") for one in Path(hotwater.__file__).parent.glob("*.py")
}


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
        "    state = switch(state, out, tap.valve, valve_until(state, tap))\n"
        "    return replace(state, phase=Phase.OPENING)",
        "    state = _purge(state, out)\n"
        "    return switch(state, out, tap.valve, valve_until(state, tap))",
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
        "draws",
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
        "draws",
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
        "if not -JITTER_SECONDS <= age <= state.settings.request_age_seconds:",
        "if not -JITTER_SECONDS <= age:",
        NODE,
    ),
    Mutant(
        "a request from the future is honoured",
        "if not -JITTER_SECONDS <= age <= state.settings.request_age_seconds:",
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
        "if over and differs(relay, state.settings):",
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
        "    state = all_off(state, out)\n    if ran:",
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
        "    return rest(all_off(state, out))",
        "    return rest(state)",
        NODE,
    ),
    Mutant(
        "closing forgets the pump",
        "        if relay.on:\n            state = switch(state, out, relay.name, state.now)\n"
        "    return rest(state)",
        "        if relay.on:\n            pass\n    return rest(state)",
        NODE,
    ),
)


def controller(mutant: Mutant | None) -> types.ModuleType:
    """Give the mutated controller, a package of its own beside the real one."""
    texts, name = dict(SOURCES), "mutant_of_hotwater"
    if mutant is not None:
        hit = [part for part, text in texts.items() if mutant.old in text]
        count = sum(text.count(mutant.old) for text in texts.values())
        assert count == 1, f"{mutant.name}: found {count} times"
        texts[hit[0]] = texts[hit[0]].replace(mutant.old, mutant.new)
    modules = {part: types.ModuleType(f"{name}.{part}") for part in texts}
    modules["__init__"] = types.ModuleType(name)
    modules["__init__"].__path__ = []  # a package whose parts are all there already
    done = set[str]()

    def load(part: str) -> None:
        if part in done:
            return
        done.add(part)
        text = texts[part].replace("gezhi.home.hotwater", name)
        for other in texts:
            if f"from {name}.{other} import" in text:
                load(other)
        exec(compile(text, f"{part}.py", "exec"), modules[part].__dict__)

    before = {one.__name__: one for one in modules.values()}
    sys.modules.update(before)
    try:
        load("__init__")
    finally:
        for one in before:
            del sys.modules[one]
    return modules["__init__"]
