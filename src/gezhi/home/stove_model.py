"""The stove's hub and nodes in a world that can go wrong, for `gezhi.home.verify`.

Hub and node are the real ones, with their own `step`. Around them stand burners with knobs that
hands turn, relays, thermocouples, a link, power, and a hub whose clock may jump. At any moment at
most one thing is broken, in any order and as often as one likes; resets, jumps, and messages that
are late, retained or repeated come on top at any moment.

**Time** is whole ticks, and every duration of the settings is a small whole number of them in the
order of the real ones. Hub and node compare instants with ≥ and ≤ only, so what could happen
between two ticks happens on one too (see `gezhi.home.verify`). Instants are kept relative to now,
and an age beyond every limit is kept as that limit: no rule tells them apart. Before time goes on,
every due wake is kept and every message that has a way has arrived. One node's messages come in
the order in which it sends them; the hub's own deadline and the loss of hub, link or power fall
anywhere between them. Hands and failing sensors change nothing that is under way already, and a
command that comes with something due is the same as one just after it (which is verified too), so
they act when all has arrived. A node reads its own thermocouple before it decides.

**Numbers** of messages and presses only ever grow and are only compared, so they are kept as ranks.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from gezhi.home import stove, stove_node
from gezhi.home.stove_acts import people, troubles
from gezhi.home.stove_ages import news, ranks, tidy_hub, tidy_node, tidy_place
from gezhi.home.stove_contract import hub_breaks
from gezhi.home.stove_judge import Judge
from gezhi.home.stove_node_contract import node_breaks
from gezhi.home.stove_refused import hasty, improper
from gezhi.home.stove_watch import Watch
from gezhi.home.stove_world import (
    COLD,
    HOT,
    LET_GO,
    OFF,
    PRESSED,
    WARM,
    Place,
    Variant,
    World,
    heated,
    settled,
)
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick
from gezhi.home.types.stove import (
    Burner,
    Button,
    Flame,
    LockNode,
    NodeEvent,
    NodeSays,
    NodeState,
    PlanNode,
    StoveEffect,
    StoveEvent,
    StoveState,
)
from gezhi.home.verify import Move

__all__ = ["MILLIVOLTS", "Stove"]

#: What a thermocouple shows at each heat, in millivolts.
MILLIVOLTS = {COLD: 0.0, WARM: 10.0, HOT: 25.0}
_FAR = 9.0
#: Moves within which a hand that keeps at it must have lit a burner.
_PATIENCE = 60


class Stove:
    """The model: a `Variant`'s stove around a hub and a node, modules like the real ones."""

    def __init__(self, variant: Variant, hub: Any = stove, node: Any = stove_node) -> None:
        self.variant = variant
        self.settings = variant.settings
        self.hub, self.node = hub, node
        self.hubs: list[StoveState] = []
        self.wakes: list[float] = []
        self.nodes: list[NodeState] = []
        self.node_wakes: list[float] = []
        self.judge, self.watch = Judge(self), Watch(self)
        self._hub_numbers: dict[StoveState, int] = {}
        self._node_numbers: dict[NodeState, int] = {}
        self._hub_steps: dict[Any, tuple[int, tuple[StoveEffect, ...]]] = {}
        self._node_steps: dict[Any, tuple[int, bool]] = {}
        self._hub_ticks: dict[tuple[int, bool], int] = {}
        self._node_ticks: dict[int, int] = {}
        self._ranked: dict[Any, tuple[int, tuple[int, ...]]] = {}
        self.known: dict[Any, Any] = {}
        #: Whether each message is tried at each state of hub and node.
        self.tries = "tries" in variant.acts
        #: Steps of a node that do not switch its relay as its state says.
        self.faithless: set[Any] = set()

    def initial(self) -> Iterable[World]:
        """Begin with a hub and nodes that have just been switched on, all knobs off."""
        start = self.number(self.hub.start(self.settings, 0.0))
        places = tuple(
            Place(
                self.node_number(self.node.start(self._node_settings(one), 0.0)),
                rested=int(self.settings.rest_seconds),
                deaf=int(self.settings.stale_seconds),
            )
            for one in self.settings.burners
        )
        yield self.tidy(World(start, places))

    def _node_settings(self, burner: Burner) -> Any:
        return self.node.node_settings(self.settings, burner)

    def moves(self, world: World) -> Iterator[Move[World]]:
        """Give all that can happen; nothing after a breach."""
        if world.breach:
            return
        due = list(self._due(world))
        yield from due
        if not due:
            yield Move("a tick passes", self._advance(world))
            if "messages" in self.variant.acts:
                yield from improper(self, world)
            if self.tries:
                yield from self._tried(world)
            if "untouched" not in self.variant.acts:
                yield from self._hands(world)
            yield from people(self, world)
        yield from troubles(self, world, busy=bool(due))

    def _tried(self, world: World) -> Iterator[Move[World]]:
        """Try what every message does to hub and nodes, once at each of their states."""
        sides = [("hub", world.hub)] if world.fault != "hub-gone" else []
        sides += [
            ("node", place.node)
            for place, built in zip(world.places, self.settings.burners, strict=True)
            if built.node and world.fault != "power-gone"
        ]
        for key in sides:
            if key not in self.known:
                side, number = key
                self.known[key] = (
                    hub_breaks(self.hub, self.hubs[number])
                    if side == "hub"
                    else node_breaks(self.node, self.nodes[number])
                )
            if self.known[key]:
                yield Move(self.known[key], world._replace(breach="meant"), quiet=False)

    # ---- what must happen before time goes on

    def reach(self, world: World) -> bool:
        """Say whether messages get from the hub to the nodes and back."""
        return world.fault not in ("link-down", "power-gone", "hub-gone")

    def _due(self, world: World) -> Iterator[Move[World]]:
        if world.fault == "hub-gone":
            return
        hub, reach = self.hubs[world.hub], self.reach(world)
        if hub.linked is not reach:
            words = "the hub notices the link" if reach else "the hub notices that the link is lost"
            yield Move(words, self.tell(world, Link(reach)))
        if self.wakes[world.hub] <= 0:
            yield Move("the hub's deadline comes", self.tell(world, Tick()))
            if "messages" in self.variant.acts:
                yield from hasty(self, world)
        if not (reach and hub.linked):
            return
        for i, built in enumerate(self.settings.burners):
            reports = self._reports(world, i)
            # One node's messages come in the order in which it sends them.
            yield from itertools.islice(reports, 1) if built.node else reports

    def _reports(self, world: World, i: int) -> Iterator[Move[World]]:
        built, place = self.settings.burners[i], world.places[i]
        known, contact = self.hubs[world.hub].burners[i], self.open(world, i)
        if built.reads_back and known.read is not contact and world.fault != "read-silent":
            told = self.tell(world, RelayRead(built.relay, contact))
            yield Move(f"{built.name}'s relay reads {'on' if contact else 'off'}", told)
        if built.node and place.says:
            yield Move(f"{built.name}'s node reports", self.hear_node(world, i))
        reading = self.reading(world, place)
        if built.flame_sensor and reading is not None and news(known, reading):
            told = self.tell(world, Flame(built.name, reading))
            yield Move(f"{built.name}'s thermocouple says {reading:g} mV", told)

    def hear_node(self, world: World, i: int) -> World:
        """Let the hub hear how a node stands."""
        # A node speaks of now, however long ago it last had something to do.
        says = self.node.report(replace(self.nodes[world.places[i].node], now=0.0))
        return self.tell(self.put(world, i, world.places[i]._replace(says=False)), says)

    def reading(self, world: World, place: Place) -> float | None:
        """Give what the thermocouple's meter says, or None when it is silent."""
        told = MILLIVOLTS[place.heat]
        lies = {
            "sensor-silent": None,
            "sensor-low": -5.0,
            "sensor-high": 80.0,
            "sensor-absurd": 999.0,
        }
        return lies.get(world.fault, told)

    # ---- the house

    def energised(self, world: World, i: int) -> bool:
        """Say whether a burner's relay has current."""
        place = world.places[i]
        if self.settings.burners[i].node:
            return self.nodes[place.node].energised and world.fault != "power-gone"
        return place.left > 0

    def open(self, world: World, i: int) -> bool:
        """Say whether a burner's contact is open, so that its magnet has no current."""
        if world.fault in ("stuck-closed", "stuck-open"):
            return world.fault == "stuck-open"
        return self.energised(world, i) is (self.variant.wiring == "closed")

    def _settle(self, world: World, i: int, place: Place) -> Place:
        holds = place.heat >= WARM and not self.open(world, i) and world.fault != "dirty"
        return settled(place, holds=holds, lifts=self.variant.lifts)

    def _advance(self, world: World) -> World:
        """Let a tick pass; everybody had heard all there was to hear."""
        before = world
        world = self.watch.before_tick(world)
        if world.breach:
            return world
        places, breach = [], ""
        for i, place in enumerate(world.places):
            after = heated(place, WARM if world.fault == "dirty" else self.variant.hottest)
            after = self._settle(world, i, after)
            if after.left:
                after = after._replace(left=after.left - 1)
            after, broken = self.judge.elapse(world, i, after)
            places.append(after)
            breach = breach or broken
        world = world._replace(
            places=tuple(places),
            hub=self._hub_tick(world.hub, gone=world.fault == "hub-gone"),
            hood_left=max(world.hood_left - 1, 0),
            hood_need=max(world.hood_need - 1, 0),
            breach=breach,
        )
        for i in range(len(places)):
            world = self._node_passes(world, i)
        return self.tidy(self.judge.no_gas_from_nothing(before, world))

    def _node_passes(self, world: World, i: int) -> World:
        """Let a tick pass at a node: it reads its thermocouple, and does what is due."""
        if world.fault == "power-gone" or not self.settings.burners[i].node:
            return world
        place = world.places[i]
        world = self.put(world, i, place._replace(node=self._node_tick(place.node)))
        reading = self.reading(world, place._replace(heat=world.places[i].heat))
        built = self.settings.burners[i]
        if built.flame_sensor and reading is not None:
            world = self.tell_node(world, i, Flame(built.name, reading))
        elif self.node_wakes[world.places[i].node] <= 0:
            world = self.tell_node(world, i, Tick())
        return self.judge.ended(world, i, place)

    def _hands(self, world: World) -> Iterator[Move[World]]:
        for i, place in enumerate(world.places):
            name = self.settings.burners[i].name
            if place.knob != PRESSED:
                pressed = place._replace(knob=PRESSED, flame=True)
                yield Move(
                    f"a hand presses and lights {name}", self._hand(world, i, pressed), False
                )
            else:
                gone = place._replace(knob=LET_GO)
                yield Move(f"the hand lets {name} go", self._hand(world, i, gone), quiet=False)
            if place.knob != OFF:
                off = place._replace(knob=OFF)
                yield Move(f"a hand turns {name} off", self._hand(world, i, off), quiet=False)
            if place.flame and "blow" in self.variant.acts:
                out = place._replace(flame=False)
                yield Move(f"{name}'s flame is blown out", self.put(world, i, out), quiet=False)
            powered = self.settings.burners[i].node and world.fault != "power-gone"
            if powered and "lock" in self.variant.acts:
                freed = self.tell_node(world._replace(lock=False), i, Button())
                yield Move(f"the button at {name} is pressed", self.tidy(freed), quiet=False)

    def _hand(self, world: World, i: int, place: Place) -> World:
        place = self._settle(world, i, place)
        matters = (place.owed or place.waits) and place.knob == PRESSED
        hindered = place.hindered or matters
        place = place._replace(hindered=hindered)
        return self.tidy(self.put(world, i, self.judge.gas_changes(place)))

    def lit_again(self, world: World) -> bool:
        """Say whether a hand that keeps at it can light the first burner from here."""
        hub, place = world.hub, world.places[0]
        key = "lit", hub, place.node, world.fault, place.heat
        known = self.known.get(key)
        if known is None:
            off = self._hand(world, 0, place._replace(knob=OFF))
            known = self.known[key] = self._lights(off)
        return bool(known)

    def _lights(self, world: World) -> bool:
        for _ in range(_PATIENCE):
            due = next(self._due(world), None)
            place = world.places[0]
            if world.breach:
                return True  # which is told elsewhere
            if due is not None:
                world = due.state
            elif place.knob == PRESSED and place.heat >= WARM and not self.open(world, 0):
                world = self._hand(world, 0, place._replace(knob=LET_GO))
            elif place.knob == LET_GO and place.flame:
                return True
            elif place.knob == PRESSED:
                world = self._advance(world)
            else:
                world = self._hand(world, 0, place._replace(knob=PRESSED, flame=True))
        return False

    def freed(self, number: int) -> bool:
        """Say whether the button at the stove takes the child lock off a node, whatever it does."""
        return not self.nodes[self.node_step(number, Button())[0]].locked

    # ---- hub and node are told something, and do it

    def put(self, world: World, i: int, place: Place) -> World:
        """Give the world with another state of one burner."""
        places = world.places
        if place == places[i]:
            return world
        return world._replace(places=(*places[:i], place, *places[i + 1 :]))

    def tell(
        self, world: World, event: StoveEvent, *, by: float = 0.0, lost: bool = False
    ) -> World:
        """Give an event to the hub, `by` off its clock, and carry out what it says unless lost."""
        after, effects = self.hub_step(world.hub, event, by)
        before = world.hub
        world = self.judge.told(world._replace(hub=after), event, effects)
        if self._sends_in_vain(before, after, effects):
            world = world._replace(breach="copy")
        world = self.judge.begun(world, before)
        world = self.judge.heard(world, before, event, effects, by)
        lost = lost or not self.reach(world)
        world = self.judge.unsent(world, effects, lost=lost)
        for effect in effects:
            world = self._obey(world, effect, lost=lost)
        return self.tidy(world)

    def hub_step(
        self, number: int, event: StoveEvent, by: float = 0.0
    ) -> tuple[int, tuple[StoveEffect, ...]]:
        """Give the hub's next state and what it wants done, wakes left out."""
        key = number, event, by
        known = self._hub_steps.get(key)
        if known is None:
            state, effects = self.hub.step(self.hubs[number], event, by)
            wanted = tuple(
                one for one in effects if isinstance(one, SetRelay | PlanNode | LockNode | Notice)
            )
            known = self.number(self.hub.shifted(state, -by) if by else state), wanted
            self._hub_steps[key] = known
        return known

    def _sends_in_vain(self, before: int, after: int, effects: tuple[StoveEffect, ...]) -> bool:
        """Say whether the hub sends something to a node though it knows that the link is lost."""
        if self.hubs[before].linked or self.hubs[after].linked:
            return False
        return any(
            not isinstance(one, Notice) and getattr(one, "name", "") != self.settings.hood
            for one in effects
        )

    def _obey(self, world: World, effect: StoveEffect, *, lost: bool) -> World:
        if isinstance(effect, Notice):
            return self.judge.noticed(world, effect)
        if isinstance(effect, SetRelay) and effect.name == self.settings.hood:
            if lost or world.fault == "hood-gone":
                return world
            left = math.ceil(effect.limit_seconds) if effect.on else 0
            return self.judge.hood(world._replace(hood_left=left), effect)
        if lost or not isinstance(effect, SetRelay | PlanNode | LockNode):
            return world
        for i, built in enumerate(self.settings.burners):
            if isinstance(effect, SetRelay) and effect.name == built.relay:
                if not built.node:
                    return self._switch(world, i, effect)
                return self.tell_node(world, i, effect)
            if not isinstance(effect, SetRelay) and effect.burner == built.name:
                if not built.node:  # it has no word for that
                    return world._replace(breach="copy")
                return self.tell_node(world, i, effect)
        return world

    def _switch(self, world: World, i: int, effect: SetRelay) -> World:
        """A bought relay does as it is told, for as long as it is told."""
        left = math.ceil(effect.limit_seconds) if effect.on else 0
        before = world.places[i]
        return self.judge.coil(self.put(world, i, before._replace(left=left)), i, before)

    def tell_node(self, world: World, i: int, event: NodeEvent) -> World:
        """Give an event to a node."""
        place, (after, said) = world.places[i], self.node_step(world.places[i].node, event)
        if after == place.node and not said and not isinstance(event, PlanNode):
            return world
        world = self.put(world, i, place._replace(node=after, says=place.says or said))
        if (place.node, event) in self.faithless:
            world = world._replace(breach="pulse")
        return self.judge.coil(self.judge.planned(world, i, event), i, place)

    def node_step(self, number: int, event: NodeEvent) -> tuple[int, bool]:
        """Give a node's next state, and whether it says something."""
        key = number, event
        known = self._node_steps.get(key)
        if known is None:
            before = self.nodes[number]
            state, effects = self.node.step(before, event, 0.0)
            said = any(isinstance(one, NodeSays) for one in effects)
            known = self._node_steps[key] = self.node_number(state), said
            if not _switched(before, state, effects):
                self.faithless.add(key)
        return known

    def restarted(self, number: int) -> int:
        """Give the state of a node whose power was gone for an instant."""
        key = "restarted", number
        known = self.known.get(key)
        if known is None:
            state = replace(self.nodes[number], now=0.0)
            fresh = self.node.restart(state.settings, self.node.keep(state), 0.0)
            known = self.known[key] = self.node_number(fresh)
        return int(known)

    def resumed(self, number: int, by: float) -> tuple[int, tuple[StoveEffect, ...]]:
        """Give the state of a hub that is back, on a clock `by` off its own, and what it says."""
        key = "resumed", number, by
        known = self.known.get(key)
        if known is None:
            hub, effects = self.hub.resume(self.hubs[number], by)
            hub = self.hub.shifted(hub, -by) if by else hub
            known = self.known[key] = self.number(hub), effects
        return known

    # ---- one state for all that no rule tells apart

    def _hub_tick(self, number: int, *, gone: bool) -> int:
        """Let a tick pass at the hub; of one that is gone nobody asks for how long it has been."""
        known = self._hub_ticks.get((number, gone))
        if known is None:
            later = self.hub.shifted(self.hubs[number], -1.0)
            known = self.number(replace(later, now=-1.0) if gone else later)
            self._hub_ticks[number, gone] = known
        return known

    def _node_tick(self, number: int) -> int:
        known = self._node_ticks.get(number)
        if known is None:
            known = self.node_number(self.node.shifted(self.nodes[number], -1.0))
            self._node_ticks[number] = known
        return known

    def number(self, hub: StoveState) -> int:
        """Give the number of a hub's state, one for all that no rule tells apart."""
        wake = self.hub.next_wake(hub)
        hub = tidy_hub(hub, idle=wake is None)
        number = self._hub_numbers.setdefault(hub, len(self.hubs))
        if number == len(self.hubs):
            self.hubs.append(hub)
            self.wakes.append(math.inf if wake is None else wake)
        return number

    def node_number(self, node: NodeState) -> int:
        """Give the number of a node's state, one for all that no rule tells apart."""
        wake = self.node.next_wake(node)
        node = tidy_node(node, idle=wake is None)
        number = self._node_numbers.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
            self.node_wakes.append(math.inf if wake is None else wake)
        return number

    def tidy(self, world: World) -> World:
        """Keep the numbers of messages and presses as ranks, and nothing that is no more."""
        numbers = tuple([place.node for place in world.places])
        key = world.hub, numbers
        known = self._ranked.get(key)
        if known is None:
            known = self._ranked[key] = self._rank(world.hub, numbers)
        places = tuple([tidy_place(place) for place in world.places])
        if known[1] != numbers:
            places = tuple(
                [one._replace(node=number) for one, number in zip(places, known[1], strict=True)]
            )
        if known[0] == world.hub and places == world.places:
            return world
        return world._replace(hub=known[0], places=places)

    def _rank(self, number: int, numbers: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        hub, burners, nodes = self.hubs[number], [], []
        for here, one in zip(hub.burners, numbers, strict=True):
            node = self.nodes[one]
            cut = here.cutting.number if here.cutting is not None else 0
            small = ranks(here.number, here.fired, node.number, node.fired, cut)
            cutting = here.cutting and replace(here.cutting, number=small[4])
            unheard = min(node.presses - here.presses, 1)
            here = replace(here, number=small[0], fired=small[1], cutting=cutting, presses=1)
            burners.append(here)
            node = replace(node, number=small[2], fired=small[3], presses=1 + unheard)
            nodes.append(self.node_number(node))
        return self.number(replace(hub, burners=tuple(burners))), tuple(nodes)


def _switched(before: NodeState, after: NodeState, effects: tuple[Any, ...]) -> bool:
    """Say whether a node has switched its relay as its state says, on with a bound only."""
    orders = [one for one in effects if isinstance(one, SetRelay)]
    if before.energised is after.energised:
        return not orders
    limits = after.settings
    if len(orders) != 1 or (orders[0].name, orders[0].on) != (limits.relay, after.energised):
        return False
    left = limits.energised_limit_seconds - after.spent_seconds
    bound = min(limits.pulse_seconds, left) if after.energised else 0.0
    return bool(orders[0].limit_seconds == bound)
