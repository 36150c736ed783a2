"""Who watches the stove in its proof: what people may expect, kept apart from the controller.

The judge hears what people ask for and what sensors say, sees gas, coils and notices, and names the
first promise that is broken. It knows the rules of docs/stove.md and nothing of how they are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gezhi.home.stove_telling import COMMANDS, FAULTS, same_on_another_clock, untold
from gezhi.home.stove_world import NOBODY, PRESSED, Place, World, gas
from gezhi.home.types.common import Link, Notice, SetRelay
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    BurnerState,
    Cancel,
    ChildLock,
    Cut,
    CutPhase,
    Extend,
    Flame,
    Hood,
    Plan,
    PlanNode,
    Presence,
    ResetFault,
    StoveEffect,
    StoveEvent,
)

if TYPE_CHECKING:
    from gezhi.home.stove_model import Stove

__all__ = ["HINDRANCES", "METERS", "RELAY_FAULTS", "Judge"]

#: Faults that can keep a cut from being made at once.
HINDRANCES = ("hub-gone", "link-down", "power-gone", "stuck-closed")
#: Faults of a relay, without which nobody may be told of one.
RELAY_FAULTS = ("stuck-closed", "stuck-open", "read-silent")
#: Faults of a thermocouple's meter.
METERS = ("sensor-silent", "sensor-low", "sensor-high", "sensor-absurd")
#: So many steps of each stove are done on another clock too.
_SAMPLE = 800


class Judge:
    """Keeps `Place`'s remembered fields and `World.breach` for a model."""

    def __init__(self, model: Stove) -> None:
        self.model = model
        limits = self.limits = model.settings
        most = limits.energised_limit_seconds / limits.pulse_seconds
        train = most * (limits.pulse_seconds + limits.pause_seconds)
        #: Ticks within which a cut is done or said not to be.
        self.bound = int(limits.rest_seconds + train + limits.relay_seconds + 1)
        self.names = [one.name for one in limits.burners]
        self._untold: dict[tuple[int, StoveEvent, float], str] = {}

    # ---- time

    def elapse(self, world: World, i: int, place: Place) -> tuple[Place, str]:
        """Count a tick at a burner and name what it broke; `world` is from before it."""
        place, breach = self._count_coil(world, i, place)
        if (place.owed or place.hindered or place.waits) and not gas(place):
            place = place._replace(owed=False, hindered=False, waits=False)
        if self._counts(world, i, place):
            place, late = self._count_asked(place)
            breach = breach or late
        elif place.asked != NOBODY and not place.owed and self._answered(world, i, place):
            place = place._replace(asked=NOBODY, sure=False)
        if place.shut and world.fault != "stuck-closed":
            place = place._replace(shut=False)
        return self._come_due(world, i, self._count_sensor(world, i, place)), breach

    def _count_coil(self, world: World, i: int, place: Place) -> tuple[Place, str]:
        limits, built = self.limits, self.limits.burners[i]
        if not self.model.energised(world, i):
            rested = min(place.rested + 1, int(limits.rest_seconds))
            spent = place.spent if rested < limits.rest_seconds else 0
            open_at_rest = world.fault == "stuck-open"
            stuck = min(place.stuck + 1, 9) if open_at_rest else 0
            return place._replace(on_for=0, rested=rested, spent=spent, stuck=stuck), ""
        short = place.on_for == 0 and 0 < place.rested < min(
            limits.pause_seconds, limits.rest_seconds
        )
        if short and place.spent and "clock-jumps" not in self.model.variant.faults:
            return place, "pause"
        spent = min(place.spent + 1, int(limits.energised_limit_seconds) + 1)
        place = place._replace(on_for=place.on_for + 1, spent=spent, rested=0, stuck=0)
        if place.on_for > limits.pulse_seconds:
            return place, "pulse"
        over = place.spent > limits.energised_limit_seconds
        # A bought relay has nobody who counts over losses of the link.
        bounded = built.node or not self.model.variant.faults
        return place, "budget" if over and bounded else ""

    def _counts(self, world: World, i: int, place: Place) -> bool:
        """Say whether the time in which a cut must be done or reported goes on."""
        if not place.owed or world.fault == "power-gone":
            return False
        # What a node does alone against a hand, it can tell only when it is heard again, and of a
        # cut that waits for the link people know; both are due within the bound once it is back.
        here = self.model.hubs[world.hub].burners[i]
        cuts = here.cutting is not None and not _waits(here)
        if world.fault == "link-down" and place.hindered and not cuts:
            return False
        return world.fault != "hub-gone" or (place.sure and not place.hindered)

    def _answered(self, world: World, i: int, place: Place) -> bool:
        """Say whether nobody will come with a cut for what was asked while no gas flowed."""
        if world.fault != "hub-gone":
            return True
        # A hub that is gone may come back with what it had begun, or comes late to what was due.
        here = self.model.hubs[world.hub].burners[i]
        node = self.model.nodes[place.node]
        later = here.cutting is not None or here.timers or here.planned_at is not None
        return not later and node.pulses is None and node.fired <= here.fired

    def _count_asked(self, place: Place) -> tuple[Place, str]:
        place = place._replace(asked=place.asked + 1)
        late = self.bound if place.hindered else self.limits.pulse_seconds - 1
        if place.asked <= late:
            return place, ""
        return place, "reported" if place.hindered else "prompt"

    def _count_sensor(self, world: World, i: int, place: Place) -> Place:
        limits = self.limits
        place = place._replace(
            deaf=min(place.deaf + 1, int(limits.stale_seconds)),
            weak=min(place.weak + 1, int(limits.settle_seconds) + 1) if place.weak else 0,
            silent=min(place.silent + 1, int(limits.fault_seconds)) if place.latched else 0,
        )
        built = limits.burners[i]
        if not (built.node and built.flame_sensor) or world.fault == "power-gone":
            return place
        reading = self.model.reading(world, place)
        if reading is None:
            # What is seen again after so long is a flame that the lock has not met.
            return place._replace(answered=place.answered and place.deaf < limits.stale_seconds - 1)
        if not 8 <= reading <= 80:
            return place._replace(answered=False)
        if self.model.nodes[place.node].locked and not place.answered:
            return self.ask(world, place._replace(answered=True), sure=True)
        return place

    def _come_due(self, world: World, i: int, place: Place) -> Place:
        plan = tuple(one - 1 for one in place.plan)
        burn = place.burn - 1 if place.burn > 0 else place.burn
        alone = place.alone - 1 if place.alone > 0 else place.alone
        # A node without power does not count.
        stopped = world.fault == "power-gone" and bool(place.plan or burn > 0 or alone > 0)
        due = (plan and plan[0] <= 0) or (place.burn > 0 and burn == 0)
        due = due or (place.alone > 0 and alone == 0)
        place = place._replace(
            plan=tuple(one for one in plan if one > 0),
            burn=burn or -2,
            alone=alone or -2,
            settled=place.settled and not stopped,
        )
        sure = place.settled and self.limits.burners[i].node
        return self.ask(world, place, sure=sure) if due else place

    # ---- what is asked for

    def ask(self, world: World, place: Place, *, sure: bool = False) -> Place:
        """A cut is asked for at this instant; `sure` when the node must do it whatever is gone."""
        flows = gas(place)
        # A bought relay has no node that keeps its pauses: the hub does, also for a pulse it lost.
        hub = self.model.hubs[world.hub].burners[0]
        pauses = hub.cutting is not None and hub.cutting.phase is CutPhase.PAUSE
        bought = not self.limits.burners[0].node
        pulsed = hub.pulsed_at is not None or (bought and pauses)
        fresh = place.rested >= self.limits.rest_seconds and not pulsed
        fault = world.fault in (HINDRANCES[2:] if sure else HINDRANCES)
        hindered = place.knob == PRESSED or not fresh or fault or (place.owed and place.hindered)
        budget = place.spent if sure or self.limits.burners[0].node else 0
        return place._replace(
            asked=0,
            owed=flows,
            hindered=flows and hindered,
            sure=sure,
            shut=world.fault == "stuck-closed",
            spent=budget,
        )

    def jumped(self, world: World, by: int) -> World:
        """The hub's clock jumps on by some ticks: what it counts comes so much sooner or later."""
        places = []
        for i, place in enumerate(world.places):
            counting = bool(place.burn > 0 or place.alone > 0 or place.plan) and by != 0
            place = place._replace(
                plan=tuple(max(one - by, 0) + 1 for one in place.plan),
                burn=max(place.burn - by, 0) + 1 if place.burn > 0 else place.burn,
                alone=max(place.alone - by, 0) + 1 if place.alone > 0 else place.alone,
                weak=min(max(place.weak + by, 1), int(self.limits.settle_seconds) + 1)
                if place.weak
                else 0,
                settled=place.settled and not counting,
                hindered=place.owed or place.hindered,
                asked=NOBODY if place.asked == NOBODY else 0,
                says=True,
                deaf=min(max(place.deaf + by, 0), int(self.limits.stale_seconds)),
                silent=min(max(place.silent + by, 0), int(self.limits.fault_seconds)),
            )
            places.append(self._come_due(world, i, place))
        need = max(world.hood_need - by, 0) if world.hood_need else 0
        return world._replace(places=tuple(places), hood_need=need)

    def gas_changes(self, place: Place) -> Place:
        """A hand has moved: what was owed is done where no gas flows any more."""
        return place if gas(place) else place._replace(owed=False, waits=False)

    def told(self, world: World, event: StoveEvent, effects: tuple[StoveEffect, ...]) -> World:
        """The hub was told something, and `effects` is what it will do."""
        if isinstance(event, COMMANDS):
            refused = (isinstance(one, Notice) and "refused" in one.code for one in effects)
            if any(refused):
                return world._replace(breach="accepts")
        match event:
            case ChildLock(on):
                world = world._replace(lock=on and not self._unheard(world))
            case Presence(near):
                world = world._replace(near=near)
            case Alarm(_, on) | Hood(on):
                rises = on and not world.alarm
                world = world._replace(alarm=on)
                event = Cut(ALL) if rises else event
        places = tuple(
            [self._told_place(world, i, place, event) for i, place in enumerate(world.places)]
        )
        need = world.hood_need
        if self.limits.hood and any(one.flame for one in self.model.hubs[world.hub].burners):
            need = int(self.limits.hood_run_seconds)
        if places == world.places and need == world.hood_need:
            return world
        return world._replace(places=places, hood_need=need)

    def unsent(self, world: World, effects: tuple[StoveEffect, ...], *, lost: bool) -> World:
        """What the hub wants done does not get out, or waits: a node may have an old plan."""
        hub = self.model.hubs[world.hub]
        planned = [one.burner for one in effects if isinstance(one, PlanNode)] if lost else []
        for i, (name, here) in enumerate(zip(self.names, hub.burners, strict=True)):
            if name in planned or (lost and not here.sent) or _waits(here):
                place = world.places[i]
                if place.settled:
                    world = self.model.put(world, i, place._replace(settled=False))
        return world

    def _unheard(self, world: World) -> bool:
        """Say whether a press of a button has not been heard of by the hub."""
        known = self.model.hubs[world.hub].burners
        return any(
            self.model.nodes[place.node].presses > one.presses
            for place, one in zip(world.places, known, strict=True)
        )

    def _told_place(self, world: World, i: int, place: Place, event: StoveEvent) -> Place:
        name, built = self.names[i], self.limits.burners[i]
        match event:
            case Cut(burner) if burner in (ALL, name):
                return self.ask(world, place)
            case Plan(burner, seconds) if burner in (ALL, name):
                return place._replace(plan=tuple(sorted((*place.plan, int(seconds)))))
            case Extend(burner, seconds) if burner in (ALL, name):
                return _extended(place, int(seconds))
            case Cancel(burner) if burner in (ALL, name):
                place = place._replace(plan=())
                drop = place.waits or (place.asked != NOBODY and not self.model.reach(world))
                return place._replace(waits=False, owed=False, asked=NOBODY) if drop else place
            case ResetFault(burner) if burner in (ALL, name):
                return place._replace(latched=False, shut=False)
            case Link(True) if place.waits:
                asked = self.ask(world, place._replace(waits=False))
                return asked._replace(hindered=asked.hindered or place.hindered)
            case ChildLock(True) if place.owed:
                return place._replace(asked=0, spent=place.spent if built.node else 0)
            case ChildLock(True) if not built.node and self.model.hubs[world.hub].burners[i].flame:
                return self.ask(world, place)
            case Presence(near):
                counts = not near and self.limits.presence_seconds > 0
                if counts and place.alone == -1 and (place.lit or not built.flame_sensor):
                    return place._replace(alone=int(self.limits.presence_seconds))
                return place._replace(alone=-1) if near else place
            case Flame(burner, millivolts) if burner == name and millivolts <= 80:
                return self._heard_flame(world, i, place, millivolts)
            case Flame(burner, _) if burner == name:
                return place._replace(deaf=0)
        return place

    def _heard_flame(self, world: World, i: int, place: Place, millivolts: float) -> Place:
        limits = self.limits
        place, unheard = place._replace(deaf=0), place.deaf >= limits.stale_seconds
        if millivolts < 8:
            return place._replace(lit=False, burn=-1, alone=-1, warned=False, weak=0, faint=False)
        weak = (place.weak or 1) if millivolts < limits.hold_millivolts else 0
        place = place._replace(weak=weak)
        if world.lock and not limits.burners[i].node and (unheard or not place.lit):
            place = self.ask(world, place)
        if place.lit:
            return place
        alone = int(limits.presence_seconds) if not world.near and limits.presence_seconds else -1
        return place._replace(lit=True, burn=int(limits.burn_limit_seconds) or -1, alone=alone)

    # ---- what is done and said

    def begun(self, world: World, before: int) -> World:
        """The hub has done a step from its state `before`: it may have begun a cut, with reason."""
        old, new = self.model.hubs[before].burners, self.model.hubs[world.hub].burners
        for i, place in enumerate(world.places):
            if new[i].cutting is None or old[i].cutting is not None or place.asked != NOBODY:
                continue
            if self.model.nodes[place.node].pulses is None:
                return world._replace(breach="unasked")
        return world

    def heard(
        self, world: World, before: int, event: StoveEvent, effects: tuple[StoveEffect, ...],
        by: float,
    ) -> World:  # fmt: skip
        """The hub has done a step from its state `before`: people must have been told of it."""
        key = before, event, by
        wrong = self._untold.get(key)
        if wrong is None:
            hubs = self.model.hubs
            told = untold(hubs[before], hubs[world.hub], event, effects, by)
            wrong = "told" if told else ""
            if not wrong and len(self._untold) < _SAMPLE:
                same = same_on_another_clock(self.model.hub, hubs[before], event, by)
                wrong = "" if same else "clock"
            self._untold[key] = wrong
        return world._replace(breach=wrong) if wrong and not world.breach else world

    def coil(self, world: World, i: int, before: Place) -> World:
        """A coil may have been switched on; that must have a reason."""
        place, model = world.places[i], self.model
        on_before = model.nodes[before.node].energised or before.left > 0
        if place.on_for and model.energised(world, i) and not on_before:
            # It fell in this very instant: another pulse, without a rest between.
            world = model.put(world, i, place._replace(on_for=0))
            if "clock-jumps" not in model.variant.faults:
                return world._replace(breach="pause")
            place = world.places[i]
        if world.breach or not model.energised(world, i) or place.asked != NOBODY:
            return world
        goes_on = model.nodes[before.node].pulses is not None
        if goes_on or model.hubs[world.hub].burners[i].cutting is not None:
            return world
        reading = model.reading(world, place)
        # A meter that falls silent is believed for a while, and one that lies until the next tick.
        lately = place.deaf < self.limits.stale_seconds and set(METERS) & set(model.variant.faults)
        burns = reading is not None and reading >= 8
        burns = burns or bool(lately and model.nodes[before.node].flame)
        if model.nodes[place.node].locked and burns:
            return model.put(world, i, self.ask(world, place))
        if not place.settled:  # the node does what people have changed meanwhile
            return model.put(world, i, place._replace(asked=0))
        return world._replace(breach="unasked")

    def ended(self, world: World, i: int, before: Place) -> World:
        """A tick has passed at a node; a cut that is over was made whole, and is told as it was."""
        old, new = (self.model.nodes[one] for one in (before.node, world.places[i].node))
        if old.pulses is None or new.pulses is not None or world.breach:
            return world
        spent = new.spent_seconds >= self.limits.energised_limit_seconds
        few = new.flame is None and old.pulses < self.limits.blind_pulses
        if not spent and (few or new.flame):
            return world._replace(breach="repeats")
        lies = new.failed is not (new.flame is True)
        return world._replace(breach="honest") if lies else world

    def noticed(self, world: World, notice: Notice) -> World:
        """People are told something."""
        if notice.subject not in self.names or world.breach:
            return world
        if notice.code == "plan-adopted" and "hub-forgets" not in self.model.variant.faults:
            return world._replace(breach="told")
        i = self.names.index(notice.subject)
        place, code = world.places[i], notice.code
        if code in FAULTS:
            able = code == FAULTS[0] or set(RELAY_FAULTS) & set(self.model.variant.faults)
            opens = self.model.hubs[world.hub].burners[i].read is True
            if not able or (code == "relay-silent" and opens and not place.latched):
                return world._replace(breach="told")
            place = place._replace(latched=True, silent=0, owed=place.owed and code == FAULTS[2])
        elif code == "cut-waits":
            place = place._replace(owed=False, waits=place.owed or place.waits)
        elif code in ("cut-done", "cut-unseen", "cut-by-node"):
            wrong = (place.owed or place.waits) and not place.hindered
            if wrong and code != "cut-unseen":
                return world._replace(breach="honest")
            place = place._replace(owed=wrong, waits=False)
        elif code == "burn-warning":
            if not 0 < place.burn <= self.limits.warning_seconds:
                return world._replace(breach="warning")
            place = place._replace(warned=True)
        elif code == "cannot-hold":
            if place.weak <= self.limits.settle_seconds:
                return world._replace(breach="diagnosis")
            place = place._replace(faint=True)
        else:
            return world
        hindered = place.hindered and (place.owed or place.waits)
        return self.model.put(world, i, place._replace(hindered=hindered))

    def planned(self, world: World, i: int, effect: object) -> World:
        """A node is told a plan."""
        if not isinstance(effect, PlanNode):
            return world
        return self.model.put(world, i, world.places[i]._replace(settled=True))

    def hood(self, world: World, effect: SetRelay) -> World:
        """The hood is switched."""
        bound = effect.limit_seconds if effect.on else self.limits.hood_run_seconds
        wrong = not 0 < bound <= self.limits.hood_run_seconds
        return world._replace(breach="hood") if wrong else world

    def no_gas_from_nothing(self, before: World, world: World) -> World:
        """Without a hand, gas flows nowhere where it did not."""
        for old, new in zip(before.places, world.places, strict=True):
            if gas(new) and not gas(old):
                return world._replace(breach="gas")
        return world


def _extended(place: Place, seconds: int) -> Place:
    if place.plan:
        first, *rest = place.plan
        return place._replace(plan=tuple(sorted((first + seconds, *rest))))
    return place._replace(burn=place.burn + seconds, warned=False) if place.burn > 0 else place


def _waits(here: BurnerState) -> bool:
    return here.cutting is not None and here.cutting.phase is CutPhase.WAITING
