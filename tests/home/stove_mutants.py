"""Hubs, nodes and valves with one mistake each, made by hand from the text of the real ones."""

import types
from dataclasses import dataclass
from pathlib import Path

from gezhi.home import stove, stove_burner, stove_node

PARTS = {
    one.__name__.rpartition(".")[2]: Path(one.__file__).read_text(encoding="utf-8")
    for one in (stove_burner, stove, stove_node)
}


@dataclass(frozen=True)
class Mutant:
    """In `part`, `old` becomes `new`; some property must break in the piece of that number."""

    name: str
    part: str
    old: str
    new: str
    piece: int


MUTANTS = (
    Mutant("a retained command is honoured", "stove", "if event.retained:", "if False:", 0),
    Mutant("an expired command is honoured", "stove",
           "if event.expires_at is not None and not now <= event.expires_at:", "if False:", 0),
    Mutant("a late command is honoured", "stove",
           "if not -_JITTER_SECONDS <= age <= limits.command_age_seconds:", "if False:", 0),
    Mutant("the same command twice counts twice", "stove",
           "if event.id in state.seen:", "if False:", 0),
    Mutant("any duration is taken", "stove",
           "not 0 < event.seconds <= limits.longest_plan_seconds:", "False:", 0),
    Mutant("a command gets in before what is due", "stove",
           "return _command(_supervise(state, out), event, out)",
           "return _command(state, event, out)", 1),
    Mutant("an unknown burner is no burner to refuse", "stove",
           'return "refused-unknown"', 'return ""', 0),
    Mutant("the relay stays on after its pulse", "stove_node",
           "if state.now - state.on_at < _pulse_seconds(state):", "if True:", 0),
    Mutant("pulses follow each other without a pause", "stove_node",
           "ready_at=state.now + limits.pause_seconds,", "ready_at=state.now,", 2),
    Mutant("no end to the pulses while a flame is seen", "stove_node",
           "if state.spent_seconds >= limits.energised_limit_seconds:\n        return True",
           "if False:\n        return True", 2),
    Mutant("one rest is not needed to cut anew", "stove_node",
           "if state.now - state.off_at >= limits.rest_seconds:", "if True:", 2),
    Mutant("a planned cut is not made by the node", "stove_node",
           "if state.due_at is None or state.now < state.due_at:", "if True:", 16),
    Mutant("a planned cut is forgotten by a reset", "stove_node",
           "due_at=None if kept.remaining_seconds is None else now + kept.remaining_seconds,",
           "due_at=None,", 19),
    Mutant("a cut under way is forgotten by a reset", "stove_node",
           "pulses=0 if kept.cutting else None,", "pulses=None,", 19),
    Mutant("a late plan is taken by the node", "stove_node",
           "case PlanNode(name, seconds, number) if name == here and number > state.number:",
           "case PlanNode(name, seconds, number) if name == here:", 0),
    Mutant("the button does not take the lock off", "stove_node",
           "return replace(state, locked=False, presses=state.presses + 1)",
           "return replace(state, presses=state.presses + 1)", 3),
    Mutant("a press of the button is forgotten", "stove_node",
           "return replace(state, locked=False, presses=state.presses + 1)",
           "return replace(state, locked=False)", 3),
    Mutant("the lock meets no flame", "stove_node",
           "return _cut(state) if appeared and state.locked else state", "return state", 3),
    Mutant("a flame is cut without a lock", "stove_node",
           "return _cut(state) if appeared and state.locked else state",
           "return _cut(state) if appeared else state", 2),
    Mutant("the hub tells its node no plan", "stove",
           "out.append(PlanNode(here.name, remaining, number))", "pass", 1),
    Mutant("the node's plan is not taken back", "stove",
           "if due_at != here.planned_at:", "if due_at is not None and due_at != here.planned_at:",
           1),
    Mutant("nobody is warned", "stove_burner",
           'out.append(Notice("burn-warning", here.name, left))', "pass", 4),
    Mutant("a flame may burn for ever", "stove_burner",
           "limit_at=state.now + burn if burn else None)", "limit_at=None)", 4),
    Mutant("nobody near cuts nothing", "stove_burner",
           'found.append((since + alone, "presence"))', "pass", 5),
    Mutant("an alarm cuts nothing", "stove",
           "return _each(state, ALL, lambda here: stove_burner.begin(state, here, kind, out))",
           "return state", 7),
    Mutant("an alarm that goes on cuts again", "stove",
           "if not on or kind in state.alarms:", "if not on:", 7),
    Mutant("the hood is not renewed", "stove",
           "due = state.now >= _hood_renewal(state) or not burning",
           "due = sent is None", 8),
    Mutant("a relay that does not open is no fault", "stove_burner",
           "if built.reads_back and not cutting.opened:", "if False:", 11),
    Mutant("a flame after a cut is no fault", "stove_burner",
           'return latch(state, here, "flame-after-cut", out)\n    if built',
           "return here\n    if built", 11),
    Mutant("a fault is told once", "stove_burner",
           "if here.fault and now - here.fault_at >= limits.fault_seconds:", "if False:", 12),
    Mutant("a relay stuck open is no fault", "stove_burner",
           "if here.read and now - here.read_at >= long and", "if False and", 12),
    Mutant("a silent meter is believed", "stove_burner",
           "now - here.flame_at >= limits.stale_seconds:", "False:", 13),
    Mutant("a meter's nonsense is believed", "stove_burner",
           "if not low <= millivolts <= high:", "if False:", 14),
    Mutant("a weak flame is not told", "stove_burner",
           'if weak and "weak" not in here.told:', "if False:", 15),
)  # fmt: skip


def controllers(mutant: Mutant | None) -> tuple[types.ModuleType, types.ModuleType]:
    """Give the mutated hub and node, as modules beside the real ones."""
    made = {}
    for part, text in PARTS.items():
        if mutant is not None and part == mutant.part:
            assert text.count(mutant.old) == 1, f"{mutant.name}: {text.count(mutant.old)} times"
            text = text.replace(mutant.old, mutant.new)
        module = types.ModuleType(part)
        exec(compile(text, f"{part}.py", "exec"), module.__dict__)
        made[part] = module
    made["stove"].__dict__["stove_burner"] = made["stove_burner"]
    return made["stove"], made["stove_node"]
