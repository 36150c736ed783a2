"""A stove that lives while somebody looks on, with a hand at its knobs and faults to be tried.

It is made of the same parts as the real one: `gezhi.home.valve` is its gas, thermocouples and
magnets, `gezhi.home.stove_node.step` runs at each burner's relay, `gezhi.home.stove.step` is the
hub. Between them are a network and a broker that can be taken away, and nothing else: no rule of
the stove is here. A clock is not here either: the caller says how far to live.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from gezhi.errors import ParameterError
from gezhi.home import stove, stove_node, valve
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake
from gezhi.home.types.stove import (
    Alarm,
    Burner,
    Button,
    Flame,
    LockNode,
    NodeEffect,
    NodeEvent,
    NodeKept,
    NodeSays,
    NodeState,
    PlanNode,
    Presence,
    StoveCommand,
    StoveEffect,
    StoveEvent,
    StoveSettings,
    StoveState,
)
from gezhi.home.valve import Valve, ValveSettings

__all__ = ["TWO_BURNERS", "Answer", "Fault", "Flaw", "LivingStove", "Told", "Way"]

TWO_BURNERS = StoveSettings(
    (
        Burner("left", "left-relay", flame_sensor=True),
        Burner("right", "right-relay", flame_sensor=True),
    ),
    presence_seconds=900.0,
    hood="hood",
)
"""A stove of two burners with flame sensors, a hood, and presence watched for."""

_STEP_SECONDS = 0.25
_SENSE_SECONDS = 1.0
_REPORT_SECONDS = 10.0
# One and a half times the fifteen seconds at which an ESPHome node says that it is alive.
_WILL_SECONDS = 22.5
_LATE_SECONDS = 120.0
_LYING_MILLIVOLTS = 25.0
_TOLD_KEPT = 60


class Fault(StrEnum):
    """What can be gone in the house."""

    HUB = "hub"
    NETWORK = "network"
    BROKER = "broker"
    POWER = "power"


class Flaw(StrEnum):
    """What can be wrong at one burner: its relay's contact, or its flame sensor."""

    CONTACT_OPEN = "contact-open"
    CONTACT_CLOSED = "contact-closed"
    SENSOR_LIES = "sensor-lies"
    SENSOR_SILENT = "sensor-silent"


class Way(StrEnum):
    """How a message reaches the hub."""

    PLAIN = "plain"
    LATE = "late"
    TWICE = "twice"
    RETAINED = "retained"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: when (seconds), who says so, and what.

    `who` is "hub" for a notice of the controller, else "hand", "valve", "node" or "house".
    """

    at: float
    who: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answered to a command; it has not `reached` it where something is gone."""

    reached: bool
    notices: tuple[Notice, ...] = ()

    @property
    def refused(self) -> Notice | None:
        """The notice that says why it was refused, or None."""
        return next((one for one in self.notices if one.code.startswith("refused")), None)


class LivingStove:
    """One stove with everything around it.

    Attributes:
        settings: of the stove.
        now: seconds, on whatever clock the caller keeps.
        hub: the state of the controller, that which it has stored while the hub is gone.
        nodes: the state of each burner's node.
        valves: each burner's gas, by name.
        faults: what is gone.
        flaws: what is wrong at which burner.
        alarms: those that sound.
        near: whether somebody is near.
        told: what happened last, oldest first.
        count: how much has been told in all.

    Args:
        settings: of the stove.
        now: when it begins, all off and at rest.
        gas: what the burners' valves are like.

    >>> stove = LivingStove()
    >>> stove.hold("left", 1.0)
    >>> stove.live(3.0)
    >>> stove.valves["left"].flame  # let go too early
    False
    >>> stove.hold("left", 6.0)
    >>> stove.live(60.0)
    >>> stove.valves["left"].flame, stove.hub.burner("left").flame
    (True, True)
    >>> from gezhi.home.types.stove import Cut
    >>> stove.ask(Cut("left")).reached
    True
    >>> stove.valves["left"].flame  # the relay has opened the thermocouple's circuit
    False
    """

    def __init__(
        self,
        settings: StoveSettings = TWO_BURNERS,
        now: float = 0.0,
        gas: ValveSettings | None = None,
    ) -> None:
        self.settings, self.now = settings, now
        self.hub: StoveState = stove.start(settings, now)
        self.nodes: dict[str, NodeState] = {
            one.name: stove_node.start(stove_node.node_settings(settings, one), now)
            for one in settings.burners
        }
        self.valves = {one.name: Valve(gas or ValveSettings()) for one in settings.burners}
        self.faults: set[Fault] = set()
        self.flaws: set[tuple[str, Flaw]] = set()
        self.alarms: set[str] = set()
        self.near = True
        self.told: deque[Told] = deque(maxlen=_TOLD_KEPT)
        self.count = 0
        self._flash: dict[str, NodeKept] = {}
        self._let_go: dict[str, float] = {}
        self._hood_until = self._will_at = -math.inf
        self._wake_at = math.inf
        self._sense_at = self._report_at = now
        self._sent = 0
        self._link(up=True)

    # -- what is to be seen ---

    @property
    def hub_lives(self) -> bool:
        """Whether the hub runs."""
        return not self.faults & {Fault.HUB, Fault.POWER}

    @property
    def powered(self) -> bool:
        """Whether the nodes have power."""
        return Fault.POWER not in self.faults

    @property
    def carried(self) -> bool:
        """Whether hub and nodes hear each other."""
        return self.hub_lives and not self.faults & {Fault.NETWORK, Fault.BROKER}

    @property
    def hood_runs(self) -> bool:
        """Whether the hood's relay is on."""
        return self.powered and self._hood_until > self.now

    def energised(self, burner: str) -> bool:
        """Whether the coil of a burner's relay has power."""
        return self.powered and self.nodes[burner].energised

    def closed(self, burner: str) -> bool:
        """Whether the contact in the thermocouple's circuit is closed."""
        if (burner, Flaw.CONTACT_OPEN) in self.flaws:
            return False
        return (burner, Flaw.CONTACT_CLOSED) in self.flaws or not self.energised(burner)

    def measured(self, burner: str) -> float | None:
        """Millivolts as the node's sensor says them; None when it is silent."""
        if not self.powered or (burner, Flaw.SENSOR_SILENT) in self.flaws:
            return None
        here = self.valves[burner]
        if (burner, Flaw.SENSOR_LIES) in self.flaws:
            return 0.0 if here.flame else _LYING_MILLIVOLTS
        return here.millivolts

    def kept(self, burner: str) -> float | None:
        """Seconds until the cut that a burner's node has planned, as it counts them, or None."""
        due_at = self.nodes[burner].due_at
        return None if due_at is None else max(due_at - self.now, 0.0)

    # -- the hand ---

    def turn(self, burner: str, knob: valve.Knob) -> None:
        """Let a hand put a knob to "off" or "on" (turned, let go), or hold it "pressed"."""
        self._check(burner)
        self._let_go.pop(burner, None)
        before = self.valves[burner]
        if knob == before.knob or (knob == "on" and before.knob == "off"):
            return  # a knob is turned from its place only while it is pressed
        after = valve.turn(before, knob, circuit=self.closed(burner))
        self.valves[burner] = after
        if knob == "pressed":
            self._tell("hand", "pressed", burner)
        elif knob == "off":
            self._tell("hand", "turned-off", burner)
        elif after.flame:
            self._tell("hand", "held", burner, after.millivolts)
        else:
            broken = not self.closed(burner)
            code = "let-go-broken" if broken else "let-go-early"
            self._tell("hand", code, burner, after.millivolts)

    def hold(self, burner: str, seconds: float) -> None:
        """Let a hand press a knob for so long, and then let go."""
        self.turn(burner, "pressed")
        self._let_go[burner] = self.now + seconds

    def press_button(self) -> None:
        """Let a hand press the button at the stove that takes the child lock off."""
        self._tell("hand", "button")
        for name in self.nodes:
            self._node(name, Button())

    # -- what people and the house say ---

    def ask(self, command: StoveCommand, way: Way = Way.PLAIN) -> Answer:
        """Send a command to the hub, as a page or an assistant does.

        Returns:
            What the hub said to it; of a message that came twice, to the second.
        """
        if not self._reaches():
            return Answer(reached=False)
        self._sent += 1
        age = _LATE_SECONDS if way is Way.LATE else 0.0
        sent = replace(
            command,
            id=f"page-{self._sent}",
            issued_at=self.now - age,
            retained=way is Way.RETAINED,
        )
        if way is Way.TWICE:
            self._hub(sent)
        return Answer(reached=True, notices=self._hub(sent))

    def sound(self, alarm: str, *, on: bool) -> None:
        """Let an alarm sound, or be silent."""
        (self.alarms.add if on else self.alarms.discard)(alarm)
        self._tell("house", "alarm-on" if on else "alarm-off", alarm)
        if self._reaches():
            self._hub(Alarm(alarm, on))

    def come(self, *, near: bool) -> None:
        """Let somebody come near, or everybody leave."""
        self.near = near
        self._tell("house", "near" if near else "away")
        if self._reaches():
            self._hub(Presence(near))

    def _reaches(self) -> bool:
        reaches = self.hub_lives and Fault.BROKER not in self.faults
        if not reaches:
            gone = sorted(self.faults & {Fault.HUB, Fault.BROKER, Fault.POWER})
            self._tell("house", "unheard", gone[0])
        return reaches

    # -- what goes wrong ---

    def break_house(self, fault: Fault, *, broken: bool) -> None:
        """Take hub, network, broker or power away, or bring it back."""
        if broken is (fault in self.faults):
            return
        lived, powered, carried = self.hub_lives, self.powered, self.carried
        (self.faults.add if broken else self.faults.discard)(fault)
        self._tell("house", f"{fault.value}-{'gone' if broken else 'back'}")
        if powered and not self.powered:
            for name in self.nodes:
                self.nodes[name], _ = stove_node.step(self.nodes[name], Tick(), self.now)
            self._flash = {name: stove_node.keep(one) for name, one in self.nodes.items()}
            self._hood_until = -math.inf
        elif self.powered and not powered:
            for name, kept in self._flash.items():
                self.nodes[name] = stove_node.restart(self.nodes[name].settings, kept, self.now)
        if self.hub_lives and not lived:
            self.hub, effects = stove.resume(self.hub, self.now)
            self._set_wake(effects)
            self._obey(effects)
        if self.carried:
            self._link(up=True)
        elif carried and self.hub_lives:
            # Its own connection breaks at once; that a node is away, the broker says later.
            self._will_at = self.now + (0.0 if fault is Fault.BROKER else _WILL_SECONDS)
            self._last_will()

    def break_burner(self, burner: str, flaw: Flaw, *, broken: bool) -> None:
        """Let a burner's contact or sensor fail, or mend it."""
        self._check(burner)
        if broken is ((burner, flaw) in self.flaws):
            return
        if broken and flaw in (Flaw.CONTACT_OPEN, Flaw.CONTACT_CLOSED):
            self.flaws -= {(burner, Flaw.CONTACT_OPEN), (burner, Flaw.CONTACT_CLOSED)}
        (self.flaws.add if broken else self.flaws.discard)((burner, flaw))
        self._tell("house", flaw.value if broken else "mended", burner)
        self._gas(burner, 0.0)

    # -- living ---

    def live(self, until: float) -> None:
        """Live until an instant; one in the past changes nothing."""
        while self.now < until:
            self._moment(min(_STEP_SECONDS, until - self.now))

    def _moment(self, seconds: float) -> None:
        for name in self.valves:
            self._gas(name, seconds)
        self.now += seconds
        for name, at in tuple(self._let_go.items()):
            if at <= self.now:
                self.turn(name, "on")
        for name, node in tuple(self.nodes.items()):
            if (stove_node.next_wake(node) or math.inf) <= self.now:
                self._node(name, Tick())
        self._last_will()
        if self.now >= self._sense_at:
            self._sense_at = self.now + _SENSE_SECONDS
            self._sense()
        if self.now >= self._report_at:
            self._report_at = self.now + _REPORT_SECONDS
            self._report()
        if self.hub_lives and self._wake_at <= self.now:
            self._hub(Tick())

    def _gas(self, burner: str, seconds: float) -> None:
        before = self.valves[burner]
        after = valve.advance(before, seconds, circuit=self.closed(burner))
        self.valves[burner] = after
        if before.flame and not after.flame:
            self._tell("valve", "dropped", burner, after.millivolts)

    def _sense(self) -> None:
        """Let every thermocouple's voltage be measured, for the node and for the hub."""
        for one in self.settings.burners:
            millivolts = self.measured(one.name)
            if millivolts is None or not one.flame_sensor:
                self._node(one.name, Tick())
                continue
            said = Flame(one.name, round(millivolts, 2))
            self._node(one.name, said)
            if self.carried:
                self._hub(said)

    def _report(self) -> None:
        """Let the nodes say how they stand, as on connecting and now and then."""
        for one in self.settings.burners:
            self._node(one.name, Tick())
            if self.carried:
                self._hub(RelayRead(one.relay, self.energised(one.name)))
                self._hub(stove_node.report(self.nodes[one.name]))

    def _last_will(self) -> None:
        if -math.inf < self._will_at <= self.now:
            self._will_at = -math.inf
            if self.hub_lives:
                self._link(up=False)

    def _link(self, *, up: bool) -> None:
        self._will_at = -math.inf
        self._hub(Link(up))
        if up:
            for alarm in sorted(self.alarms):
                self._hub(Alarm(alarm, on=True))
            self._hub(Presence(self.near))
            self._report()

    # -- the wires ---

    def _hub(self, event: StoveEvent) -> tuple[Notice, ...]:
        self.hub, effects = stove.step(self.hub, event, self.now)
        self._set_wake(effects)
        self._obey(effects)
        return tuple(one for one in effects if isinstance(one, Notice))

    def _set_wake(self, effects: Iterable[StoveEffect]) -> None:
        """Take the wake of the latest step, before what it does leads to another."""
        self._wake_at = next((one.at for one in effects if isinstance(one, Wake)), math.inf)

    def _obey(self, effects: Iterable[StoveEffect]) -> None:
        for one in effects:
            if isinstance(one, Notice):
                self._told(Told(self.now, "hub", one))
            elif isinstance(one, SetRelay) and one.name == self.settings.hood:
                if self.carried:
                    self._hood_until = self.now + one.limit_seconds if one.on else -math.inf
            elif isinstance(one, SetRelay | PlanNode | LockNode):
                self._send(one)

    def _send(self, message: SetRelay | PlanNode | LockNode) -> None:
        if isinstance(message, SetRelay):
            relays = {one.relay: one.name for one in self.settings.burners}
            burner = relays[message.name]
        else:
            burner = message.burner
        if self.carried:
            self._node(burner, message)
        else:
            self._tell("house", "lost", burner)

    def _node(self, burner: str, event: NodeEvent) -> None:
        if not self.powered:
            return
        before = self.nodes[burner]
        self.nodes[burner], effects = stove_node.step(before, event, self.now)
        if before.due_at is not None and before.due_at <= self.now:
            self._tell("node", "node-due", burner)
        for one in effects:
            self._hear(burner, one)

    def _hear(self, burner: str, effect: NodeEffect) -> None:
        """Take what a node does and says; the hub hears of it where it can."""
        if isinstance(effect, SetRelay):
            self._tell("node", "energised" if effect.on else "rests", burner)
            self._gas(burner, 0.0)
            if self.carried:
                self._hub(RelayRead(effect.name, effect.on))
        elif isinstance(effect, NodeSays) and self.carried:
            self._hub(effect)

    def _tell(self, who: str, code: str, subject: str = "", value: float | None = None) -> None:
        self._told(Told(self.now, who, Notice(code, subject, value)))

    def _told(self, told: Told) -> None:
        self.told.append(told)
        self.count += 1

    def _check(self, burner: str) -> None:
        if burner not in self.valves:
            raise ParameterError(
                f"there is no burner {burner!r}; the stove has {', '.join(self.valves)}"
            )
