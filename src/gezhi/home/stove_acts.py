"""What people, messages and faults do in the stove's proof; part of `gezhi.home.stove_model`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gezhi.home.stove_judge import HINDRANCES
from gezhi.home.stove_telling import same_on_another_clock, untold_restart
from gezhi.home.stove_world import NOBODY, PRESSED, World
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    Burner,
    Cancel,
    ChildLock,
    Cut,
    CutPhase,
    Extend,
    Flame,
    Hood,
    LockNode,
    NodeEvent,
    NodeSays,
    Plan,
    PlanNode,
    Presence,
    ResetFault,
    StoveCommand,
    StoveEvent,
)
from gezhi.home.verify import Move

if TYPE_CHECKING:
    from gezhi.home.stove_model import Stove

__all__ = ["WORDS", "cancellable", "extendable", "hasty", "improper", "people", "troubles"]

_FAR = 9.0
_LOSE = ("hub-gone", "link-down", "power-gone", "node-resets")


# ---- people, and what the house tells the hub -----------------------------------------------


def people(model: Stove, world: World) -> Iterator[Move[World]]:
    """Give what people and the house can ask of the hub in this state, and what must be heeded."""
    if world.fault == "hub-gone":
        return
    for words, event in _wishes(model, world):
        yield Move(words, model.tell(world, event), quiet=False)
        if world.fault == "" and "hub-gone" in model.variant.faults:
            dies = _gone(model, model.tell(world, event, lost=True))
            yield Move(f"{words}, and the hub dies before it sends anything", dies, quiet=False)
    if "reports" in model.variant.acts and model.reach(world):
        for i, built in enumerate(model.settings.burners):
            if built.node and model.hubs[world.hub].linked:
                yield Move(f"{built.name}'s node reports again", model.hear_node(world, i), False)


def _wishes(model: Stove, world: World) -> Iterator[tuple[str, StoveEvent]]:
    acts = model.variant.acts
    names = [one.name for one in model.settings.burners]
    for name in names if len(names) == 1 else (*names, ALL):
        chosen = [i for i, one in enumerate(names) if name in (ALL, one)]
        yield from _wishes_at(model, world, name, chosen)
    if "lock" in acts:
        word = "off" if world.lock else "on"
        yield f"somebody switches the child lock {word}", ChildLock(not world.lock)
    if "presence" in acts:
        words = "everybody leaves the kitchen" if world.near else "somebody comes near"
        yield words, Presence(not world.near)
    if "alarm" in acts:
        words = "the alarm falls silent" if world.alarm else "the smoke alarm sounds"
        yield words, Alarm("smoke", not world.alarm)
    if "hood-sensor" in acts:
        words = "the hood is content" if world.alarm else "the hood's sensor asks for a cut"
        yield words, Hood(not world.alarm)


def _wishes_at(
    model: Stove, world: World, name: str, chosen: list[int]
) -> Iterator[tuple[str, StoveCommand]]:
    acts, limits = model.variant.acts, model.settings
    age = limits.command_age_seconds
    if "cut" in acts:
        yield f"somebody turns {name} off", Cut(name, issued_at=-age, expires_at=0.0)
    places = [world.places[i] for i in chosen]
    if "plan" in acts and all(len(one.plan) < limits.most_timers for one in places):
        for ticks in range(1, int(limits.longest_plan_seconds) + 1):
            words = f"somebody sets a timer of {ticks} for {name}"
            yield words, Plan(name, float(ticks), issued_at=1.0)
    if "extend" in acts and extendable(model, world, chosen, 1):
        yield f"somebody extends {name} by 1", Extend(name, 1.0)
    if "plan" in acts and cancellable(model, world, chosen):
        yield f"somebody cancels {name}", Cancel(name)
    if "reset" in acts:
        yield f"somebody resets {name}'s fault", ResetFault(name)


def extendable(model: Stove, world: World, chosen: list[int], ticks: int) -> bool:
    """Say whether people may extend what is planned at these burners."""
    ends = [one.plan[0] if one.plan else one.burn for one in (world.places[i] for i in chosen)]
    ends = [one for one in ends if one > 0]
    return bool(ends) and max(ends) + ticks <= model.settings.longest_plan_seconds


def cancellable(model: Stove, world: World, chosen: list[int]) -> bool:
    """Say whether there is anything to cancel at these burners."""
    hub = model.hubs[world.hub]
    cuts = [hub.burners[i].cutting for i in chosen]
    waits = any(one is not None and one.phase is CutPhase.WAITING for one in cuts)
    return waits or any(world.places[i].plan for i in chosen)


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


# ---- messages that must change nothing ------------------------------------------------------


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
        if any(isinstance(one, Notice) and "refused" in one.code for one in effects):
            continue
        again, effects = model.hub.step(state, first, 0.0)
        codes = [one.code for one in effects if isinstance(one, Notice)]
        if again != state or codes != ["refused-duplicate"]:
            return False
    unlocked = model.hub.step(hub, ChildLock(on=False), 0.0)[1]
    codes = [one.code for one in unlocked if isinstance(one, Notice)]
    if not _alarms_apart(model, number) or "refused-blind" in codes:
        return False
    # What has no id takes no room among those that have.
    return bool(model.hub.step(hub, Cut(name), 0.0)[0].seen == hub.seen)


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


# ---- what breaks ----------------------------------------------------------------------------


def troubles(model: Stove, world: World, *, busy: bool) -> Iterator[Move[World]]:
    """Give what can break, what can be mended, and what happens in an instant.

    While messages are under way (`busy`) only that matters which can lose one of them.
    """
    if not world.fault:
        for fault in model.variant.faults:
            if not busy or fault in _LOSE:
                yield from _breaks(model, world, fault)
    elif not busy:
        yield from _mends(model, world)


def _breaks(model: Stove, world: World, fault: str) -> Iterator[Move[World]]:
    if fault == "clock-jumps":
        for words, by in (("far on", _FAR), ("a little on", 1.0), ("back", -_FAR)):
            # A clock set back takes away the time since the hub was last awake, if there is any.
            if by < 0 and model.hubs[world.hub].now < 0:
                continue
            jumped = model.judge.jumped(world, int(by)) if by > 0 else world
            yield Move(f"the hub's clock jumps {words}", model.tell(jumped, Tick(), by=by), False)
    elif fault == "hub-forgets":
        if all(one.settled and one.asked == NOBODY and not one.says for one in world.places):
            # A hub without a memory asks the nodes what is planned.
            places = tuple(one._replace(says=True) for one in world.places)
            fresh = model.number(model.hub.start(model.settings, 0.0))
            after = model.tidy(world._replace(hub=fresh, places=places))
            yield Move("the hub is replaced by one without a memory", after, quiet=False)
    elif fault == "node-resets":
        for i, built in enumerate(model.settings.burners):
            if built.node:
                after = model.tell_node(_reset(model, world, i), i, Tick())
                yield Move(f"{built.name}'s node resets", model.tidy(after), quiet=False)
    elif fault == "hub-gone":
        yield Move(WORDS[fault], _gone(model, world), quiet=False)
        if model.wakes[world.hub] <= 0:
            dies = _gone(model, model.tell(world, Tick(), lost=True))
            yield Move("the hub dies as it does what is due", dies, quiet=False)
    else:
        yield Move(WORDS[fault], _broken(model, world, fault), quiet=False)


def _reset(model: Stove, world: World, i: int) -> World:
    """A node's chip starts anew, with what its flash has kept."""
    place = world.places[i]
    there = model.restarted(place.node)
    # A cut that must be made anew is hindered by a hand that is there now, one that was over by
    # whatever was in its way.
    anew = model.nodes[place.node].pulses is not None
    hindered = place.knob == PRESSED if anew else place.hindered
    # The relay rests for as long as a chip takes to start, and what was asked for counts anew from
    # here, as after a loss of power.
    place = place._replace(
        node=there,
        says=True,
        on_for=0,
        rested=0,
        hindered=place.owed or (place.waits and hindered),
        asked=NOBODY if place.asked == NOBODY else 0,
    )
    return model.put(world, i, place)


def _broken(model: Stove, world: World, fault: str) -> World:
    world = world._replace(fault=fault)
    places = world.places
    if fault == "power-gone":
        places = tuple(
            place._replace(node=model.restarted(place.node), left=0, says=True, on_for=0, rested=0)
            for place in places
        )
    if fault in HINDRANCES:
        spared = HINDRANCES[:2]
        places = tuple(
            place._replace(hindered=place.hindered or not (place.sure and fault in spared))
            if place.owed or place.waits
            else place
            for place in places
        )
    return model.tidy(world._replace(places=places))


def _gone(model: Stove, world: World) -> World:
    if world.breach:
        return world
    return _broken(model, world, "hub-gone")


def _mends(model: Stove, world: World) -> Iterator[Move[World]]:
    mended = world._replace(fault="")
    words = f"this is over: {WORDS[world.fault]}"
    if world.fault not in ("hub-gone", "power-gone", "link-down"):
        rested = tuple(one._replace(stuck=0, shut=False) for one in mended.places)
        yield Move(words, mended._replace(places=rested), quiet=False)
        return
    places = tuple(
        one._replace(
            asked=0 if one.asked != NOBODY else NOBODY,
            hindered=one.owed or one.hindered,
            says=True,
            rested=0 if world.fault == "power-gone" else one.rested,
            weak=0 if world.fault == "hub-gone" else one.weak,
            deaf=int(model.settings.stale_seconds) if world.fault == "hub-gone" else one.deaf,
        )
        for one in world.places
    )
    mended = mended._replace(places=places)
    if world.fault != "hub-gone":
        if world.fault == "power-gone":
            for i, built in enumerate(model.settings.burners):
                mended = model.tell_node(mended, i, Tick()) if built.node else mended
        yield Move(words, model.tidy(mended), quiet=False)
        return
    hub = model.hubs[world.hub]
    yield Move(words, _resumed(model, mended, 0.0), quiet=False)
    if hub.now == 0:
        back = _resumed(model, mended, -_FAR)
        yield Move(f"{words}, with a clock that was set back", back, quiet=False)


def _resumed(model: Stove, world: World, by: float) -> World:
    before = model.hubs[world.hub]
    hub, effects = model.resumed(world.hub, by)
    world = model.judge.told(world._replace(hub=hub), Link(up=False), effects)
    world = model.judge.unsent(world, effects, lost=True)
    for effect in effects:
        if isinstance(effect, Notice):
            world = model.judge.noticed(world, effect)
    if untold_restart(before, effects):
        world = world._replace(breach="told")
    if not _keeps_what_is_known(model, world.hub):
        world = world._replace(breach="restart")
    return model.tidy(world)


def _keeps_what_is_known(model: Stove, number: int) -> bool:
    """Say whether a restart with other settings keeps what was known, and begins what is new."""
    key = "resettled", number
    known = model.known.get(key)
    if known is None:
        hub = model.hubs[number]
        wider = replace(hub.settings, burners=(*hub.settings.burners, Burner("new", "new-relay")))
        same, after = (model.hub.resume(hub, 0.0, one)[0] for one in (None, wider))
        new = model.hub.start(wider, 0.0).burners[-1:]
        kept = after.settings == wider and after.burners[:-1] == same.burners
        known = kept and [one.name for one in after.burners[-1:]] == [one.name for one in new]
        model.known[key] = known
    return bool(known)


WORDS = {
    "hub-gone": "the hub is gone",
    "link-down": "the link is lost",
    "power-gone": "the node has no power",
    "stuck-closed": "the relay's contact no longer opens",
    "stuck-open": "the relay's contact no longer closes",
    "read-silent": "the relay no longer says how it stands",
    "sensor-silent": "the thermocouple's meter falls silent",
    "sensor-low": "the meter always says no flame",
    "sensor-high": "the meter always says flame",
    "sensor-absurd": "the meter says nonsense",
    "dirty": "a contact in the thermocouple's circuit is dirty",
    "hood-gone": "the hood does not hear",
}
