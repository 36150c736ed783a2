"""The words of the home wing: settings, events that come in, effects that go out, and the states.

All are frozen dataclasses of plain values, so that the same controller runs in simulation, in
enumeration and in the house, and so that its state can be stored and read back. Instants are
seconds of whatever clock the caller keeps; temperatures are degrees Celsius; flows are litres per
minute. The names here are hot water's and those that all controllers share; the stove's own are in
`gezhi.home.types.stove`.
"""

from gezhi.home.types.common import Link, Notice, RelayRead, SetRelay, Tick, Wake
from gezhi.home.types.hotwater import (
    AUTOMATIC,
    EXERCISE,
    LAYOUTS,
    PERSONS,
    Absence,
    Cold,
    Effect,
    Event,
    Flow,
    Passed,
    Phase,
    Probe,
    Reading,
    Relay,
    Request,
    Reset,
    Returned,
    Settings,
    State,
    Stop,
    Tap,
)

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
    "Link",
    "Notice",
    "Passed",
    "Phase",
    "Probe",
    "Reading",
    "Relay",
    "RelayRead",
    "Request",
    "Reset",
    "Returned",
    "SetRelay",
    "Settings",
    "State",
    "Stop",
    "Tap",
    "Tick",
    "Wake",
]
