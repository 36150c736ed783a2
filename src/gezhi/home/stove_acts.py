"""What people and faults do in the stove's proof; part of `gezhi.home.stove_model`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gezhi.home.stove_judge import HINDRANCES
from gezhi.home.stove_telling import untold_restart
from gezhi.home.stove_world import NOBODY, PRESSED, World
from gezhi.home.types.common import Link, Notice, Tick
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    Burner,
    Cancel,
    ChildLock,
    Cut,
    CutPhase,
    Extend,
    Hood,
    Plan,
    Presence,
    ResetFault,
    StoveCommand,
    StoveEvent,
)
from gezhi.home.verify import Move

if TYPE_CHECKING:
    from gezhi.home.stove_model import Stove

__all__ = ["WORDS", "cancellable", "extendable", "people", "troubles"]

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
    if model.nodes[there].pulses is not None and not anew:
        world = world._replace(breach="unasked")
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
