"""The words of hot water: settings, events that come in, effects that go out, and the state.

All are frozen dataclasses of plain values, so that the same controller runs in simulation, in
enumeration and in the house, and so that its state can be stored and read back. Instants are
seconds of whatever clock the caller keeps; temperatures are degrees Celsius; flows are litres per
minute.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake

__all__ = [
    "AUTOMATIC",
    "EXERCISE",
    "LAYOUTS",
    "PERSONS",
    "Absence",
    "Cold",
    "Effect",
    "Event",
    "Flow",
    "Passed",
    "Phase",
    "Probe",
    "Reading",
    "Relay",
    "Request",
    "Reset",
    "Returned",
    "Settings",
    "State",
    "Stop",
    "Tap",
]

#: Layouts that the controller drives; the two that are sold in shops need no controller.
LAYOUTS = ("return-pipe", "cold-return", "drain")
#: Sources of a request behind which a person stands: absence and the long pause do not refuse them.
PERSONS = ("button", "voice", "app")
#: Sources that decide by themselves; a source that is named nowhere here counts as one of these.
AUTOMATIC = ("schedule", "prediction", "presence", "thermostat")
#: The source of the controller's own short run against seizing.
EXERCISE = "exercise"


class Phase(StrEnum):
    """What the controller is doing."""

    IDLE = "idle"
    OPENING = "opening"
    PURGING = "purging"
    CLOSING = "closing"
    COOLDOWN = "cooldown"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Tap:
    """One place where hot water is wanted.

    `valve` names its solenoid's relay, "" in the layout with a return pipe. `probe` says whether a
    temperature probe sits on its hot pipe; `self_closing` whether a thermostatic valve in series
    shuts by itself when warm. `purge_litres` is how much may pass before hot water can have come
    (0: not known). `valve_lease_seconds` is how long the valve stays open without a new cold
    reading of the probe; 0 says that the valve's own node shuts it when its probe is warm.
    `cooling_seconds` is the time constant of the hot pipe when its water stands (0: not known, and
    taken to be slow).
    """

    name: str
    valve: str = ""
    probe: bool = False
    self_closing: bool = False
    purge_litres: float = 0.0
    valve_lease_seconds: float = 0.0
    cooling_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the hot-water controller needs to know of a house; `settings.flaws` checks it.

    `return_sensor` is "switch", "reading" or "" (none). `warm_celsius` ends a purge at a tap's
    probe, and so does a rise of `front_rise_kelvin` above the lowest reading of that purge (0:
    off), which a probe that lags shows much earlier. `dry_limit_seconds` is how long a pump may
    push without flow, kept by the pump's own node; `no_flow_seconds` is when the controller gives
    up. `supply_celsius` is the hottest that the heater gives, `room_celsius` what standing pipes
    fall to; a probe that has risen by `passed_rise_kelvin`, or has said nothing for longer than
    `unseen_seconds`, may have let hot water pass.
    """

    layout: str
    taps: tuple[Tap, ...]
    pump: str = "pump"
    flow_sensor: bool = True
    cold_sensor: bool = False
    return_sensor: str = ""
    reads_back: bool = True
    pump_flow_litres_per_minute: float = 6.0
    ignition_flow_litres_per_minute: float = 2.5
    least_flow_litres_per_minute: float = 0.5
    warm_celsius: float = 35.0
    front_rise_kelvin: float = 5.0
    return_warm_celsius: float = 38.0
    cold_limit_celsius: float = 38.0
    cold_stop_celsius: float = 36.0
    supply_celsius: float = 60.0
    room_celsius: float = 25.0
    passed_rise_kelvin: float = 1.0
    unseen_seconds: float = 5.0
    drain_litres: float = 10.0
    drain_flow_litres_per_minute: float = 10.0
    purge_limit_seconds: float = 300.0
    dry_limit_seconds: float = 10.0
    no_flow_seconds: float = 8.0
    opening_seconds: float = 2.0
    closing_seconds: float = 5.0
    relay_seconds: float = 3.0
    min_off_seconds: float = 60.0
    automatic_off_seconds: float = 600.0
    stale_seconds: float = 15.0
    frozen_seconds: float = 180.0
    request_age_seconds: float = 15.0
    renew_seconds: float = 3.0
    gap_seconds: float = 30.0
    fault_seconds: float = 60.0
    exercise_interval_seconds: float = 604800.0
    exercise_run_seconds: float = 5.0
    exercise_retry_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody or something wants hot water at a tap.

    `id` is unique to the request; the same id twice is a duplicate. `issued_at` is when it was
    said, on the caller's clock; None where the message does not tell.
    """

    tap: str
    source: str = "button"
    id: str = ""
    issued_at: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants everything off now."""

    source: str = "button"


@dataclass(frozen=True, slots=True)
class Reset:
    """A person says that a fault has been looked after."""

    source: str = "button"


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow sensor at the heater speaks."""

    litres_per_minute: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The probe on a tap's hot pipe speaks."""

    tap: str
    celsius: float


@dataclass(frozen=True, slots=True)
class Cold:
    """The probe on the cold line speaks."""

    celsius: float


@dataclass(frozen=True, slots=True)
class Returned:
    """The sensor on the return pipe speaks: a probe in degrees, or a thermostat switch."""

    celsius: float | None = None
    warm: bool | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """The house is left, or lived in again."""

    on: bool


Event = Request | Stop | Reset | Tick | Flow | Probe | Cold | Returned | RelayRead | Absence | Link


Effect = SetRelay | Notice | Wake


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay as commanded (`on` since `commanded_at`, by itself off at `limit_at`) and as read."""

    name: str
    on: bool = False
    commanded_at: float = 0.0
    limit_at: float = 0.0
    read: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The latest of one sensor; `value` None is an absurd one, `changed_at` its last change."""

    name: str
    value: float | None
    at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Passed:
    """What may have passed a tap's probe: at most that warm at that instant, and cooling since.

    `lowest` is the probe's lowest reading since its last rise.
    """

    tap: str
    celsius: float
    at: float
    lowest: float | None


@dataclass(frozen=True, slots=True)
class State:
    """All that the controller remembers; `now` is the latest instant it has seen.

    `since` is when the phase began, `opened_at` when this purge did, `flowing_at` when water was
    last known to move in it, `lowest` the probe's lowest reading and `litres` what has passed.
    `pending` are taps that wait for the pause to end, `seen` the ids of the latest requests,
    `suspects` sensors that stood still while water moved, `told` notices of this purge, `passed`
    what may stand beyond the probes. Nobody has looked at anything before `watched_at`.
    """

    settings: Settings
    now: float
    phase: Phase
    since: float
    relays: tuple[Relay, ...]
    last_runs: tuple[float, ...]
    tap: str = ""
    source: str = ""
    opened_at: float = 0.0
    flowing_at: float = 0.0
    flowed: bool = False
    lowest: float | None = None
    litres: float = 0.0
    readings: tuple[Reading, ...] = ()
    pending: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    passed: tuple[Passed, ...] = ()
    absent: bool = False
    linked: bool = True
    watched_at: float = 0.0

    def find(self, tap: str) -> Tap | None:
        """Give the tap of that name, or None."""
        return next((one for one in self.settings.taps if one.name == tap), None)

    def relay(self, name: str) -> Relay:
        """Give the relay of that name."""
        return next(one for one in self.relays if one.name == name)

    def reading(self, name: str) -> Reading | None:
        """Give the latest reading of a sensor, or None when it has never spoken."""
        return next((one for one in self.readings if one.name == name), None)

    def value(self, name: str) -> float | None:
        """Give a sensor's latest value, or None when it is absurd or has never spoken."""
        found = self.reading(name)
        return None if found is None else found.value

    def reading_at(self, name: str) -> float:
        """Give when a sensor spoke last; minus infinity when never."""
        found = self.reading(name)
        return -math.inf if found is None else found.at

    def changed_at(self, name: str) -> float:
        """Give when a sensor's value changed last; minus infinity when it has never spoken."""
        found = self.reading(name)
        return -math.inf if found is None else found.changed_at
