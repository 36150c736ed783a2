"""What must hold of the stove at the end of every instant; part of `gezhi.home.stove_judge`.

All that was due has been said and done then: nobody sleeps over anything, what is known of a flame
is so, and hub and node agree with what people have asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gezhi.home.stove_world import World
from gezhi.home.types.common import Notice, Tick

if TYPE_CHECKING:
    from gezhi.home.stove_model import Stove

__all__ = ["Watch"]

_TICK = Tick()


class Watch:
    """Names what is broken in a world when an instant is over."""

    def __init__(self, model: Stove) -> None:
        self.model, self.limits = model, model.settings
        self._asleep: dict[Any, bool] = {}

    def before_tick(self, world: World) -> World:
        """Look at everything at the end of an instant, when all has been said and done."""
        for i in range(len(world.places)):
            broken = self._wrong_now(world, i)
            if broken:
                return world._replace(breach=broken)
        if self._sleeps_over(world):
            return world._replace(breach="wakes")
        hood = world.hood_left > 0
        if self.model.reach(world) and self.limits.hood and hood is not (world.hood_need > 0):
            return world._replace(breach="hood")
        return self._settled(world)

    def _settled(self, world: World) -> World:
        """Where hub and node have nothing planned and could say so, no older plan is left."""
        hub = self.model.hubs[world.hub]
        if not (hub.linked and self.model.reach(world)):
            return world
        for i, (place, here) in enumerate(zip(world.places, hub.burners, strict=True)):
            counting = place.plan or place.burn > 0 or place.alone > 0
            nothing = here.planned_at is None and self.model.nodes[place.node].due_at is None
            if not place.settled and here.sent and nothing and not counting:
                world = self.model.put(world, i, place._replace(settled=True))
        return world

    def _sleeps_over(self, world: World) -> bool:
        """Say whether hub or node would do something now, and have not asked to be woken for it."""
        nodes = tuple(place.node for place in world.places)
        key = world.hub, nodes, world.fault if world.fault in ("hub-gone", "power-gone") else ""
        known = self._asleep.get(key)
        if known is None:
            awake = world.fault != "hub-gone" and self._hub_oversleeps(world.hub)
            for one in nodes if world.fault != "power-gone" else ():
                number, says = self.model.node_step(one, _TICK)
                # Of a silent meter and of its rest a node thinks when it is asked.
                same = self.model.nodes[number].energised is self.model.nodes[one].energised
                awake = awake or says or not same
            known = self._asleep[key] = awake
        return known

    def _hub_oversleeps(self, number: int) -> bool:
        after, effects = self.model.hub_step(number, _TICK)
        old, new = self.model.hubs[number], self.model.hubs[after]
        # There is room for one fault: a second one is told when there is occasion.
        faulty = [one.name for one in old.burners if one.fault]
        burners = tuple(
            replace(one, fault=was.fault, fault_at=was.fault_at) if was.fault else one
            for was, one in zip(old.burners, new.burners, strict=True)
        )
        told = [one for one in effects if not (isinstance(one, Notice) and one.subject in faulty)]
        # The hood's time begins with the last that is heard of a flame, not with a thought of it.
        burns = any(one.flame for one in new.burners)
        until = old.hood_until if burns else new.hood_until
        same = replace(new, now=old.now, burners=burners, hood_until=until) == old
        return bool(told) or not same

    def _wrong_now(self, world: World, i: int) -> str:
        place, model = world.places[i], self.model
        known = model.hubs[world.hub].burners[i]
        if world.fault == "hub-gone":
            return ""
        if place.latched is not bool(known.fault):
            return "latched"
        if place.latched and place.silent >= self.limits.fault_seconds:
            return "reports"
        if 0 < place.burn <= self.limits.warning_seconds and not place.warned:
            return "warning"
        if place.weak > self.limits.settle_seconds and not place.faint:
            return "diagnosis"
        if not self._flame_known(world, i):
            return "unknown"
        if not model.reach(world):
            return ""
        idle = place.shut and known.cutting is None and world.fault == "stuck-closed"
        if idle and self.limits.burners[i].reads_back and not place.latched:
            return "reported"
        stuck = (
            world.fault == "stuck-open"
            and place.stuck >= self.limits.pulse_seconds + self.limits.relay_seconds
        )
        if stuck and self.limits.burners[i].reads_back and not place.latched:
            return "stuck"
        return self._wrong_at_node(world, i)

    def _flame_known(self, world: World, i: int) -> bool:
        place, told = world.places[i], self.model.hubs[world.hub].burners[i].flame
        if not self.limits.burners[i].flame_sensor or place.deaf >= self.limits.stale_seconds:
            return told is None
        if not self.model.reach(world):
            return True
        reading = self.model.reading(world, place)
        if reading is None:
            return True
        return told is (None if reading > 80 else reading > 5)

    def _wrong_at_node(self, world: World, i: int) -> str:
        place, hub = world.places[i], self.model.hubs[world.hub]
        if hub.locked is not world.lock:
            return "lock"
        if not self.limits.burners[i].node:
            cut = hub.burners[i].cutting
            many = not self.limits.burners[i].flame_sensor and cut is not None
            return (
                "budget"
                if many and cut is not None and cut.pulses > self.limits.blind_pulses
                else ""
            )
        node = self.model.nodes[place.node]
        if node.locked is not world.lock:
            return "lock"
        if (
            not self.limits.burners[i].flame_sensor
            and (node.pulses or 0) > self.limits.blind_pulses
        ):
            return "budget"
        left = [float(one) for one in (*place.plan, place.burn, place.alone) if one > 0]
        wanted = min(left, default=None)
        if wanted is None or node.due_at is None:
            return "" if wanted is node.due_at else "copy"
        slack = 0.0 if place.settled else self.limits.relay_seconds
        return "" if abs(node.due_at - wanted) <= slack else "copy"
