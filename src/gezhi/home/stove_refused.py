"""Messages that must change nothing in the stove's proof; part of `gezhi.home.stove_model`.

Retained, late, repeated, absurd and strange ones come at any moment, to the hub and to a node: they
are refused, with the reason, and nothing is done of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gezhi.home.stove_acts import cancellable, extendable
from gezhi.home.stove_telling import same_on_another_clock
from gezhi.home.stove_world import World
from gezhi.home.types.common import Notice, RelayRead, SetRelay, Tick
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    Cancel,
    ChildLock,
    Cut,
    Extend,
    Flame,
    LockNode,
    NodeEvent,
    NodeSays,
    Plan,
    PlanNode,
    Presence,
    ResetFault,
    StoveEffect,
    StoveEvent,
)
from gezhi.home.verify import Move

if TYPE_CHECKING:
    from gezhi.home.stove_model import Stove

__all__ = ["hasty", "improper"]

_FAR = 9.0


def hasty(model: Stove, world: World) -> Iterator[Move[World]]:
    """Try commands that come with something due: they must not get in before it."""
    key = "hasty", world.hub
    name = model.settings.burners[0].name
    if key not in model.known:
        due = model.hub_step(world.hub, Tick())[0]
        events = (Cancel(name), Cut(name), Plan(name, 1.0), Extend(name, 1.0), ResetFault(name))
        model.known[key] = all(
            model.hub_step(world.hub, one)[0] == model.hub_step(due, one)[0] for one in events
        )
    if not model.known[key]:
        yield Move("a command gets in before what was due", world._replace(breach="refuses"), False)


def improper(model: Stove, world: World) -> Iterator[Move[World]]:
    """Try messages that must change nothing, and say which of them did."""
    if world.fault != "hub-gone":
        wrong = _heeded(model, world)
        if wrong:
            yield Move(wrong, world._replace(breach="refuses"), quiet=False)
    for i in range(len(world.places)):
        if model.settings.burners[i].node and world.fault != "power-gone":
            words = _node_heeded(model, world.places[i].node)
            if words:
                yield Move(words, world._replace(breach="refuses"), quiet=False)


def _heeded(model: Stove, world: World) -> str:
    """Name a message to the hub that was not refused, or not for the right reason."""
    first = world.places[0]
    key = "improper", world.hub, first.plan, first.burn, world.alarm, world.near
    known = model.known.get(key)
    if known is None:
        known = model.known[key] = _first_heeded(model, world)
    return str(known)


def _first_heeded(model: Stove, world: World) -> str:
    for words, event, code in _improper(model, world):
        if not _refused(model, world.hub, event, code):
            return f"{words} and is not refused"
    return ""


def _improper(model: Stove, world: World) -> Iterator[tuple[str, StoveEvent, str]]:
    limits, name = model.settings, model.settings.burners[0].name
    late = -limits.command_age_seconds - 1
    yield "a retained cut comes", Cut(name, retained=True), "refused-retained"
    yield "a late cut comes", Cut(name, issued_at=late), "refused-late"
    yield "a cut from the future comes", Cut(name, issued_at=2.0), "refused-late"
    yield "an expired cut comes", Cut(name, expires_at=-1.0), "refused-late"
    yield "a cut for no burner comes", Cut("moon"), "refused-unknown"
    yield "a timer of nought comes", Plan(name, 0.0), "refused-absurd"
    yield "a timer of no number comes", Plan(name, math.nan), "refused-absurd"
    long = limits.longest_plan_seconds + 1
    yield "an overlong timer comes", Plan(name, long), "refused-absurd"
    yield "a backward extension comes", Extend(name, -1.0), "refused-absurd"
    if len(world.places[0].plan) >= limits.most_timers:
        yield "a timer too many comes", Plan(name, 1.0), "refused-full"
    plan, burn = world.places[0].plan, world.places[0].burn
    if not extendable(model, world, [0], 1):
        code = "refused-absurd" if plan or burn > 0 else "refused-nothing"
        yield "an impossible extension comes", Extend(name, 1.0), code
    if not cancellable(model, world, [0]):
        yield "a cancel of nothing comes", Cancel(name), "refused-nothing"
    if not any(one.flame_sensor for one in limits.burners):
        yield "a blind child lock comes", ChildLock(on=True), "refused-blind"
    yield "an alarm of no kind comes", Alarm("bell", on=True), "refused-unknown"
    if world.alarm and "alarm" in model.variant.acts:
        yield "the alarm goes on", Alarm("smoke", on=True), ""
    yield "a flame of no burner comes", Flame("moon", 25.0), ""
    yield "a flame of all burners comes", Flame(ALL, 25.0), ""
    yield "a node of no burner comes", NodeSays("moon", 1.0, 9, 9), ""
    yield "a relay of no burner comes", RelayRead("moon", on=True), ""
    if not world.near:
        yield "nobody comes again", Presence(near=False), ""


def _refused(model: Stove, number: int, event: StoveEvent, code: str) -> bool:
    """Say whether an event does no more than time does, and is refused with this code."""
    key = "refused", number, event
    known = model.known.get(key)
    if known is None:
        quiet, usual = model.hub_step(number, Tick())
        after, effects = model.hub_step(number, event)
        extra = [one for one in effects if one not in usual]
        codes = [one.code for one in extra if isinstance(one, Notice)]
        same = after == quiet and all(isinstance(one, Notice) for one in extra)
        known = same and codes == ([code] if code else [])
        known = model.known[key] = known and _twice_refused(model, number)
    return known


def _twice_refused(model: Stove, number: int) -> bool:
    """Say whether the same command twice is taken once."""
    name = model.settings.burners[0].name
    hub = model.hubs[number]
    for first in (Cut(name, id="twice"), Plan(name, 1.0, id="twice")):
        state, effects = model.hub.step(hub, first, 0.0)
        nameless = model.hub.step(hub, replace(first, id=""), 0.0)[1]
        if _refusals(effects) != _refusals(nameless):
            return False  # an id of which nobody has heard is no reason to refuse
        if _refusals(effects):
            continue
        again, effects = model.hub.step(state, first, 0.0)
        codes = [one.code for one in effects if isinstance(one, Notice)]
        if again != state or codes != ["refused-duplicate"] or first.id not in state.seen:
            return False
    unlocked = model.hub.step(hub, ChildLock(on=False), 0.0)[1]
    codes = [one.code for one in unlocked if isinstance(one, Notice)]
    if not _alarms_apart(model, number) or "refused-blind" in codes:
        return False
    # What has no id takes no room among those that have.
    return bool(model.hub.step(hub, Cut(name), 0.0)[0].seen == hub.seen)


def _refusals(effects: tuple[StoveEffect, ...]) -> list[str]:
    notices = [one.code for one in effects if isinstance(one, Notice)]
    return [one for one in notices if one.startswith("refused")]


def _alarms_apart(model: Stove, number: int) -> bool:
    """Say whether an alarm that falls silent leaves another one as it is."""
    state = model.hubs[number]
    for event in (Alarm("gas", on=True), Alarm("smoke", on=True), Alarm("smoke", on=False)):
        state = model.hub.step(state, event, 0.0)[0]
    return bool(state.alarms == ("gas",) or "hood" in state.alarms)


def _node_heeded(model: Stove, number: int) -> str:
    """Name a message to a node that changed something."""
    key = "heeded", number
    known = model.known.get(key)
    if known is None:
        known = ""
        quiet = model.node_step(number, Tick())[0]
        for words, event in _node_improper(model, number):
            if model.node_step(number, event)[0] != quiet:
                known = f"{words} and is heeded by the node"
        known = known or _node_forgets(model, number)
        model.known[key] = known
    return str(known)


def _node_forgets(model: Stove, number: int) -> str:
    """Name a message that a node takes without remembering that it has."""
    node = model.nodes[number]
    name, next_one = node.settings.burner, node.number + 1
    for event in (
        PlanNode(name, 1.0, next_one),
        LockNode(name, True, node.presses, next_one),
        LockNode(name, False, node.presses, next_one),
    ):
        if model.node.step(node, event, 0.0)[0].number != next_one:
            return f"a node takes {event} and could take it again"
    if not same_on_another_clock(model.node, node, Tick()):
        return "a node's clock matters"
    if model.node.report(model.node.shifted(node, _FAR)) != model.node.report(node):
        return "a node's clock matters to what it says"
    kept = model.node.keep(node)
    begun, later = (model.node.restart(node.settings, kept, at) for at in (0.0, _FAR))
    # Of a flame that is unknown nobody asks since when.
    same = replace(model.node.shifted(begun, _FAR), flame_at=0.0) == replace(later, flame_at=0.0)
    return "" if same else "a node's clock matters at its start"


def _node_improper(model: Stove, number: int) -> Iterator[tuple[str, NodeEvent]]:
    node = model.nodes[number]
    name = node.settings.burner
    yield "a plan comes again", PlanNode(name, None, node.number)
    yield "a late plan comes", PlanNode(name, 1.0, node.number)
    yield "a late lock comes", LockNode(name, not node.locked, node.presses, node.number)
    yield "a plan of no number comes", PlanNode(name, math.nan, node.number + 1)
    yield "another's plan comes", PlanNode("moon", 1.0, node.number + 1)
    yield "another's lock comes", LockNode("moon", not node.locked, node.presses, node.number + 1)
    yield "another's flame comes", Flame("moon", 0.0 if node.flame else 25.0)
    yield "another's relay is switched", SetRelay("moon", on=True, limit_seconds=1.0)
    yield "an off for the relay comes", SetRelay(node.settings.relay, on=False)
