"""The stove in continuous time, at random: a second check that shares no line with the model.

Hub, node and the valve of `gezhi.home.valve` live in seconds with fractions; Hypothesis chooses
what hands, people, power, link and hub do. The judge here looks at gas and coil alone.
"""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gezhi.home import stove, stove_node, valve
from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake
from gezhi.home.types.stove import (
    Burner,
    Button,
    Cancel,
    ChildLock,
    Cut,
    Flame,
    LockNode,
    NodeSays,
    Plan,
    PlanNode,
    StoveSettings,
)

BURNER = Burner("left", "relay", flame_sensor=True)
STOVE = StoveSettings((BURNER,))
NODE = stove_node.node_settings(STOVE, BURNER)
SETTLES = 200.0
NOT_DONE = {"cut-waits", "flame-after-cut", "relay-silent", "cut-unseen", "cut-by-node"}
STEP = 0.5


class Kitchen(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 1000.0
        self.hub = stove.start(STOVE, self.now)
        self.node = stove_node.start(NODE, self.now)
        self.valve = valve.Valve(valve.ValveSettings())
        self.linked = self.powered = self.alive = True
        self.on_for = self.spent = self.rested = 0.0
        self.owed_at = None
        self.plan_at = None
        self.tell(Link(True))
        self.tell(self.says())

    # ---- the world

    @property
    def coil(self):
        return self.powered and self.node.energised

    @property
    def reach(self):
        return self.linked and self.powered and self.alive

    def says(self):
        return stove_node.report(self.node)

    def tell(self, event):
        if self.alive:
            self.hub, effects = stove.step(self.hub, event, self.now)
            self.carry_out(effects)

    def carry_out(self, effects):
        for one in effects:
            if isinstance(one, Notice) and one.code in NOT_DONE:
                self.owed_at = None
            assert isinstance(one, Notice | Wake | SetRelay | PlanNode | LockNode)
            if isinstance(one, SetRelay):
                assert one.name == "relay"
                assert 0 < one.limit_seconds <= STOVE.pulse_seconds
            if self.reach and isinstance(one, SetRelay | PlanNode | LockNode):
                self.tell_node(one)

    def tell_node(self, event):
        if self.powered:
            self.node, effects = stove_node.step(self.node, event, self.now)
            if self.reach:
                for one in effects:
                    if isinstance(one, NodeSays):
                        self.tell(one)

    def hand(self, knob):
        self.valve = valve.turn(self.valve, knob, circuit=not self.coil)
        if not valve.gas(self.valve):
            self.owed_at = None

    def pass_time(self, seconds):
        while seconds > 1e-9:
            part = min(STEP, seconds)
            seconds -= part
            before = valve.gas(self.valve)
            self.valve = valve.advance(self.valve, part, circuit=not self.coil)
            assert before or not valve.gas(self.valve), "gas flows that no hand started"
            self.count(part)
            self.now += part
            if self.powered:
                self.tell_node(Flame("left", self.valve.millivolts))
                self.tell_node(Tick())
            if self.reach:
                self.tell(RelayRead("relay", self.coil))
                self.tell(Flame("left", self.valve.millivolts))
                if round(self.now / STEP) % 20 == 0:
                    self.tell(self.says())
            self.tell(Tick())
            if not valve.gas(self.valve):
                self.owed_at = None
            if self.plan_at is not None and self.now >= self.plan_at:
                self.plan_at = None
                self.ask()

    def count(self, part):
        if self.coil:
            self.on_for, self.spent, self.rested = self.on_for + part, self.spent + part, 0.0
            return
        self.on_for, self.rested = 0.0, self.rested + part
        if self.rested >= STOVE.rest_seconds - STEP:
            self.spent = 0.0

    def ask(self):
        self.owed_at = self.now if valve.gas(self.valve) else None

    # ---- what happens

    @rule(seconds=st.sampled_from([0.5, 1.0, 3.0, 7.0, 12.0, 31.0]))
    def time_passes(self, seconds):
        self.pass_time(seconds)

    @rule()
    def a_hand_lights(self):
        self.hand("pressed")

    @rule()
    def a_hand_lets_go(self):
        if self.valve.knob == "pressed":
            self.hand("on")

    @rule()
    def a_hand_turns_off(self):
        self.hand("off")

    @precondition(lambda self: self.reach)
    @rule()
    def somebody_turns_off(self):
        self.ask()
        self.tell(Cut("left", issued_at=self.now))

    @precondition(lambda self: self.reach and self.plan_at is None)
    @rule(seconds=st.sampled_from([1.0, 10.0, 45.0]))
    def somebody_plans(self, seconds):
        self.plan_at = self.now + seconds
        self.tell(Plan("left", seconds))

    @precondition(lambda self: self.reach and self.plan_at is not None)
    @rule()
    def somebody_cancels(self):
        self.plan_at = None
        self.tell(Cancel("left"))

    @precondition(lambda self: self.reach)
    @rule(on=st.booleans())
    def somebody_locks(self, on):
        self.tell(ChildLock(on))

    @precondition(lambda self: self.powered)
    @rule()
    def the_button_is_pressed(self):
        self.tell_node(Button())
        assert not self.node.locked

    @rule()
    def the_link_comes_or_goes(self):
        self.linked = not self.linked
        self.link_changes()

    def link_changes(self):
        if self.alive:
            self.tell(Link(self.reach))
        if self.reach:
            self.tell(self.says())
        self.owed_at = self.owed_at and self.now

    @rule()
    def the_hub_dies_or_returns(self):
        self.alive = not self.alive
        if self.alive:
            self.hub, effects = stove.resume(self.hub, self.now)
            self.carry_out(effects)
            self.link_changes()

    @rule()
    def the_power_goes_or_returns(self):
        self.powered = not self.powered
        if self.powered:
            self.node = stove_node.restart(NODE, self.kept, self.now)
            self.on_for = 0.0
            self.tell_node(Tick())
        else:
            self.kept = stove_node.keep(self.node)
        self.link_changes()

    # ---- what must hold

    @invariant()
    def the_relay_is_never_energised_beyond_its_bound(self):
        assert self.on_for <= STOVE.pulse_seconds + STEP
        assert self.spent <= STOVE.energised_limit_seconds + 6 * STEP

    @invariant()
    def a_cut_is_done_or_reported(self):
        counts = self.owed_at is not None and self.powered and self.reach
        assert not counts or self.now - self.owed_at <= SETTLES

    def teardown(self):
        """From wherever this ended, the stove can be lit by hand again."""
        self.powered = self.linked = self.alive = True
        self.hub, _ = stove.resume(self.hub, self.now)
        self.node = stove_node.restart(NODE, stove_node.keep(self.node), self.now)
        self.link_changes()
        self.tell_node(Button())
        self.tell(Cancel("left"))
        self.hand("off")
        self.pass_time(SETTLES)
        assert not self.coil
        self.hand("pressed")
        self.pass_time(10.0)
        self.hand("on")
        self.pass_time(20.0)
        assert self.valve.flame


TestKitchen = Kitchen.TestCase
TestKitchen.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def test_a_valve_drops_when_the_circuit_is_broken_and_a_hand_alone_seats_it():
    one = valve.turn(valve.Valve(valve.ValveSettings()), "pressed", circuit=True)
    for _ in range(20):
        one = valve.advance(one, 1.0, circuit=True)
    held = valve.turn(one, "on", circuit=True)
    assert held.flame
    assert abs(held.millivolts - 25.0 * (1 - 2.718281828 ** (-20 / 4.0))) < 1e-6
    dropped = valve.advance(held, 0.1, circuit=False)
    assert not valve.gas(dropped)
    assert dropped.millivolts > valve.ValveSettings().hold_millivolts
    closed = valve.advance(dropped, 1.0, circuit=True)
    assert not valve.gas(closed)
    assert valve.gas(valve.turn(dropped, "pressed", circuit=False))
    weak = replace(held, settings=valve.ValveSettings(contact_share=0.2))
    assert not valve.gas(valve.advance(weak, 0.1, circuit=True))
