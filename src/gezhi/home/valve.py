"""The flame-failure valve of a gas burner: thermocouple, magnet, armature, knob and flame.

A flame heats a thermocouple, whose voltage follows it with a time constant up and a slower one
down. Its current holds an armature that a hand has pressed against an electromagnet, and the
armature holds the gas open. Too little current, or a broken circuit, and a spring shuts the valve.
The current cannot lift the armature back: only a hand that presses the knob can. Pressed, the knob
passes gas whatever the magnet does. EN 125 is the standard of such valves; the times here are of
its order.
"""

import math
from dataclasses import dataclass, replace

__all__ = ["Knob", "Valve", "ValveSettings", "advance", "gas", "turn"]

Knob = str  # "off", "on" (turned, let go) or "pressed"


@dataclass(frozen=True, slots=True)
class ValveSettings:
    """What a burner's safety valve is like, seconds and millivolts.

    `hot_millivolts` is the open thermocouple's voltage in a settled flame, `hold_millivolts` what
    the magnet needs to hold, `contact_share` the share of the voltage that the magnet gets (1:
    clean contacts; less: contact resistance).
    """

    hot_millivolts: float = 25.0
    hold_millivolts: float = 6.0
    rise_seconds: float = 4.0
    fall_seconds: float = 12.0
    contact_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Valve:
    """A burner: where its knob is, whether the armature is held, its thermocouple, its flame."""

    settings: ValveSettings
    knob: Knob = "off"
    seated: bool = False
    millivolts: float = 0.0
    flame: bool = False


def gas(valve: Valve) -> bool:
    """Say whether gas flows: the knob is turned, and a hand or the magnet holds the armature.

    >>> gas(turn(Valve(ValveSettings()), "pressed", circuit=True))
    True
    >>> gas(turn(Valve(ValveSettings()), "on", circuit=True))
    False
    """
    return valve.knob == "pressed" or (valve.knob == "on" and valve.seated)


def turn(valve: Valve, knob: Knob, *, circuit: bool, spark: bool = True) -> Valve:
    """Let a hand move the knob; pressing lights the burner where there is a spark."""
    valve = replace(valve, knob=knob, seated=knob == "pressed" or valve.seated)
    return _settle(valve, circuit=circuit, spark=spark and knob == "pressed")


def advance(valve: Valve, seconds: float, *, circuit: bool) -> Valve:
    """Let time pass with the thermocouple's circuit closed or broken all the while."""
    limits = valve.settings
    goal = limits.hot_millivolts if valve.flame else 0.0
    slow = limits.rise_seconds if valve.flame else limits.fall_seconds
    after = goal + (valve.millivolts - goal) * math.exp(-seconds / slow)
    return _settle(replace(valve, millivolts=after), circuit=circuit, spark=False)


def _settle(valve: Valve, *, circuit: bool, spark: bool) -> Valve:
    limits = valve.settings
    holds = circuit and valve.millivolts * limits.contact_share >= limits.hold_millivolts
    seated = valve.knob == "pressed" or (valve.seated and valve.knob == "on" and holds)
    valve = replace(valve, seated=seated)
    return replace(valve, flame=gas(valve) and (valve.flame or spark))
