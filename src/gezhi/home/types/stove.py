"""The words of the stove: settings, events that come in, effects that go out, and the states.

Nothing here means "light", "open" or "on" for gas. The only effect that reaches a burner is
`SetRelay` of its relay, whose contact is normally closed and sits in the thermocouple's circuit:
**on** breaks that circuit, so the magnet lets go and the gas is shut; **off** is rest, and rest
lights nothing, since only a hand that presses the knob can put the armature back.

Instants are seconds of whatever clock the caller keeps; voltages are millivolts of a thermocouple.
"""

from dataclasses import dataclass
from enum import StrEnum

from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake

__all__ = [
    "ALARMS",
    "ALL",
    "Alarm",
    "Burner",
    "BurnerState",
    "Button",
    "Cancel",
    "ChildLock",
    "Cut",
    "CutPhase",
    "Cutting",
    "Extend",
    "Flame",
    "Hood",
    "LockNode",
    "NodeEffect",
    "NodeEvent",
    "NodeKept",
    "NodeSays",
    "NodeSettings",
    "NodeState",
    "Plan",
    "PlanNode",
    "Presence",
    "ResetFault",
    "StoveCommand",
    "StoveEffect",
    "StoveEvent",
    "StoveSettings",
    "StoveState",
    "Timer",
]

#: The burner name that means all of them.
ALL = "all"
#: What an alarm can be; "hood" is the hood's own sensor.
ALARMS = ("smoke", "gas", "hood")


# ---- settings -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Burner:
    """One burner: its name, the relay in its thermocouple's circuit, and what it has besides.

    `flame_sensor` says that the thermocouple's voltage is measured; without it the flame is unknown
    and said to be unknown. `reads_back` says that the relay reports how it stands. `node` says that
    the relay's device runs the rule of `gezhi.home.stove_node`, which keeps a copy of the planned
    cut; a bought relay does not, and there a plan lives in the hub alone.
    """

    name: str
    relay: str
    flame_sensor: bool = False
    reads_back: bool = True
    node: bool = True


@dataclass(frozen=True, slots=True)
class StoveSettings:
    """Everything the stove's controller needs to know; `stove_settings.flaws` checks it.

    A cut is pulses of `pulse_seconds` with `pause_seconds` between, `blind_pulses` of them where no
    sensor tells of a flame, else until it is out; `energised_limit_seconds` bounds them all, after
    which the relay rests for at least `rest_seconds`. `relay_seconds` is how long a relay may take
    to say what it was told. `burn_limit_seconds` is the longest time a flame may burn (0: off, and
    it needs a flame sensor), `warning_seconds` how long before it that is said, `presence_seconds`
    how long a flame may be alone (0: off). A voltage of `flame_millivolts` or more is a flame, of
    `out_millivolts` or less is none, and a flame below `hold_millivolts` for `settle_seconds`
    cannot hold the magnet. `hood` names the hood's relay ("": none), which runs on for
    `hood_run_seconds`. A step that comes more than `gap_seconds` after the latest wake means that
    the clock jumped or the hub slept.
    """

    burners: tuple[Burner, ...]
    pulse_seconds: float = 10.0
    pause_seconds: float = 5.0
    energised_limit_seconds: float = 60.0
    rest_seconds: float = 30.0
    blind_pulses: int = 2
    relay_seconds: float = 3.0
    burn_limit_seconds: float = 7200.0
    warning_seconds: float = 300.0
    presence_seconds: float = 0.0
    longest_plan_seconds: float = 43200.0
    most_timers: int = 8
    command_age_seconds: float = 15.0
    stale_seconds: float = 30.0
    flame_millivolts: float = 8.0
    out_millivolts: float = 5.0
    hold_millivolts: float = 20.0
    settle_seconds: float = 60.0
    hood: str = ""
    hood_run_seconds: float = 300.0
    fault_seconds: float = 600.0
    gap_seconds: float = 30.0


# ---- commands: what people and programs ask the hub for -------------------------------------


@dataclass(frozen=True, slots=True)
class Cut:
    """Turn a burner off now.

    `id` is unique to the command; the same id twice is a duplicate. `issued_at` is when it was
    said, on the caller's clock, `expires_at` until when it means anything; None where the message
    does not tell. So in all commands.
    """

    burner: str = ALL
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Turn a burner off in `seconds`; a burner may have several such timers."""

    burner: str
    seconds: float
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Extend:
    """Let a burner's next timer end `seconds` later; without a timer, its longest burning time."""

    burner: str
    seconds: float
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget a burner's timers, and a cut that could not be sent yet."""

    burner: str = ALL
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class ChildLock:
    """Cut whenever a flame appears, or no longer; a hand at the stove can always switch it off."""

    on: bool
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class ResetFault:
    """A person says that a latched fault has been looked after."""

    burner: str = ALL
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    expires_at: float | None = None
    retained: bool = False


StoveCommand = Cut | Plan | Extend | Cancel | ChildLock | ResetFault


# ---- what sensors, nodes and time say -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flame:
    """A burner's thermocouple speaks."""

    burner: str
    millivolts: float


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody is near the stove, or nobody."""

    near: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of `ALARMS` sounds, or is silent again."""

    kind: str
    on: bool


@dataclass(frozen=True, slots=True)
class Hood:
    """The hood's own sensor asks for the stove to be turned off, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class NodeSays:
    """A burner's node says how it stands.

    `remaining_seconds` is until its planned cut (None: nothing planned), `number` that of the
    latest message it took, `fired` that of the one it knew last when its plan came due, `cutting`
    whether it is cutting now, `failed` whether a flame burned on after its last cut, `presses` how
    often the button at the stove has been pressed.
    """

    burner: str
    remaining_seconds: float | None
    number: int = 0
    fired: int = 0
    cutting: bool = False
    failed: bool = False
    locked: bool = False
    presses: int = 0


@dataclass(frozen=True, slots=True)
class Button:
    """A hand presses the button at the stove: the child lock goes off."""


StoveEvent = (
    StoveCommand | Flame | Presence | Alarm | Hood | NodeSays | RelayRead | Link | Tick
)  # fmt: skip


# ---- what goes out --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanNode:
    """Tell a burner's node to cut by itself in `remaining_seconds`; None forgets the plan.

    `number` grows with every plan; a node takes none that is not newer than what it has.
    """

    burner: str
    remaining_seconds: float | None
    number: int


@dataclass(frozen=True, slots=True)
class LockNode:
    """Tell a burner's node to cut whenever a flame appears, or no longer.

    `number` is of the same series as that of `PlanNode`. `presses` is how many presses of its
    button the hub has heard of; a node whose button has been pressed more often does not lock: the
    hand at the stove was later.
    """

    burner: str
    on: bool
    presses: int
    number: int


StoveEffect = SetRelay | PlanNode | LockNode | Notice | Wake


# ---- the hub's state ------------------------------------------------------------------------


class CutPhase(StrEnum):
    """How far a cut is."""

    WAITING = "waiting"
    PULSE = "pulse"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Cutting:
    """A cut under way: its phase `since` when, why, how many pulses were made, and what was seen.

    `number` is that of the plan that came due (0: it was asked for now), `opened` whether the relay
    has read energised.
    """

    phase: CutPhase
    since: float
    source: str
    number: int = 0
    pulses: int = 0
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Timer:
    """One planned cut."""

    due_at: float
    source: str = "button"
    id: str = ""


@dataclass(frozen=True, slots=True)
class BurnerState:
    """All that the hub remembers of one burner.

    `flame` is None while unknown; `flame_at` is when the sensor spoke last, `lit_at` when the flame
    appeared, `limit_at` until when it may burn, `weak_at` since when it has been too weak to hold.
    `weak_at` falls away when it is strong again. `told` are the notices of this flame, `read` how
    the relay stands since `read_at`, `pulsed_at` when it was last told to cut. `planned_at` is the
    planned cut, `number` that of the latest message about it, `sent` whether the node was told,
    `fired` the latest that it carried out.
    """

    name: str
    timers: tuple[Timer, ...] = ()
    cutting: Cutting | None = None
    flame: bool | None = None
    millivolts: float | None = None
    flame_at: float | None = None
    lit_at: float | None = None
    limit_at: float | None = None
    weak_at: float | None = None
    told: tuple[str, ...] = ()
    pulsed_at: float | None = None
    node_cutting: bool = False
    node_failed: bool = False
    fault: str = ""
    fault_at: float = 0.0
    read: bool | None = None
    read_at: float = 0.0
    planned_at: float | None = None
    number: int = 0
    fired: int = 0
    sent: bool = True
    presses: int = 0


@dataclass(frozen=True, slots=True)
class StoveState:
    """All that the hub remembers; `now` is the latest instant it has seen.

    `away_at` is since when nobody is near, `hood_until` when the hood may stop and
    `hood_sent_until` what it has been told, `seen` the ids of the latest commands.
    """

    settings: StoveSettings
    now: float
    burners: tuple[BurnerState, ...]
    away_at: float | None = None
    alarms: tuple[str, ...] = ()
    locked: bool = False
    linked: bool = False
    hood_until: float | None = None
    hood_sent_until: float | None = None
    seen: tuple[str, ...] = ()

    def burner(self, name: str) -> BurnerState:
        """Give the burner of that name."""
        return next(one for one in self.burners if one.name == name)


# ---- the node -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What the node of one burner is built with; the numbers mean what they do in the hub's."""

    burner: str
    relay: str
    flame_sensor: bool = False
    pulse_seconds: float = 10.0
    pause_seconds: float = 5.0
    energised_limit_seconds: float = 60.0
    rest_seconds: float = 30.0
    blind_pulses: int = 2
    flame_millivolts: float = 8.0
    out_millivolts: float = 5.0
    stale_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class NodeState:
    """All that one burner's node knows; what it keeps in its flash is said in `stove_node`.

    `on_at` is since when the relay is energised (None: at rest), `off_at` since when it rests,
    `ready_at` from when it may be energised again, `spent_seconds` how long it has been since its
    last long rest. `pulses` is how many pulses the cut under way has made, None without one;
    `failed` whether a flame burned on after the last. `due_at` is the planned cut.
    """

    settings: NodeSettings
    now: float
    on_at: float | None = None
    off_at: float = 0.0
    ready_at: float = 0.0
    spent_seconds: float = 0.0
    pulses: int | None = None
    failed: bool = False
    due_at: float | None = None
    number: int = 0
    fired: int = 0
    flame: bool | None = None
    flame_at: float = 0.0
    locked: bool = False
    presses: int = 0

    @property
    def energised(self) -> bool:
        """Whether the relay is energised: the thermocouple's circuit is broken."""
        return self.on_at is not None


@dataclass(frozen=True, slots=True)
class NodeKept:
    """What a node keeps in its flash, so that a power cut takes no planned cut away.

    It is written whenever anything but `remaining_seconds` changes, before the relay is switched,
    and now and then for `remaining_seconds`. `spent_seconds` counts a pulse from its beginning.
    """

    remaining_seconds: float | None = None
    number: int = 0
    fired: int = 0
    cutting: bool = False
    failed: bool = False
    spent_seconds: float = 0.0
    locked: bool = False
    presses: int = 0


NodeEvent = SetRelay | PlanNode | LockNode | Flame | Button | Tick
NodeEffect = SetRelay | NodeSays | Wake
