"""What contradicts itself or is unsafe in the settings of the hot-water controller."""

import math
from dataclasses import fields

from gezhi.home.types import LAYOUTS, Settings, Tap

__all__ = ["flaws"]


def flaws(settings: Settings) -> tuple[str, ...]:
    """Say, a sentence each, what contradicts itself or is unsafe in the settings.

    >>> flaws(Settings("drain", (Tap("kitchen", valve="v"),), pump=""))
    ()
    >>> flaws(Settings("siphon", (Tap("kitchen"),)))[0]
    "layout is 'siphon', and should be one of return-pipe, cold-return, drain"
    """
    if settings.layout not in LAYOUTS:
        return (f"layout is {settings.layout!r}, and should be one of {', '.join(LAYOUTS)}",)
    numbers = _flaws_of_numbers(settings)
    return numbers or (*_flaws_of_taps(settings), *_flaws_of_layout(settings))


def _flaws_of_numbers(settings: Settings) -> tuple[str, ...]:
    found = []
    owned = [(f"{tap.name}: ", _fields(tap)) for tap in settings.taps]
    for owner, values in [("", _fields(settings)), *owned]:
        for name, value in values:
            if isinstance(value, float | int) and not (math.isfinite(value) and value >= 0):
                found.append(f"{owner}{name} is {value}, and should be a number of at least 0")
    if found:
        return tuple(found)
    zero_is_fine = {"front_rise_kelvin", "min_off_seconds", "automatic_off_seconds"}
    for name, value in _fields(settings):
        if isinstance(value, float) and value == 0 and name not in zero_is_fine:
            found.append(f"{name} is 0, and should be more")
    order = [
        ("no_flow_seconds", settings.no_flow_seconds, settings.dry_limit_seconds),
        (
            "closing_seconds + renew_seconds",  # else the pump's node stops it before we do
            settings.closing_seconds + settings.renew_seconds,
            settings.dry_limit_seconds,
        ),
        ("dry_limit_seconds", settings.dry_limit_seconds, 10.0),
        ("purge_limit_seconds", settings.purge_limit_seconds, 300.0),
        ("2 dry_limit_seconds", 2 * settings.dry_limit_seconds, settings.purge_limit_seconds),
        ("warm_celsius", settings.warm_celsius, settings.cold_limit_celsius),
        ("cold_stop_celsius", settings.cold_stop_celsius, settings.cold_limit_celsius),
        ("room_celsius", settings.room_celsius, settings.supply_celsius),
    ]
    for name, value, most in order:
        if value > most:
            found.append(f"{name} is {value:g}, and should be at most {most:g}")
    if settings.layout == "cold-return" and settings.cold_limit_celsius > 38:
        found.append(
            f"cold_limit_celsius is {settings.cold_limit_celsius:g}, and should be at most 38"
        )
    return tuple(found)


def _flaws_of_taps(settings: Settings) -> list[str]:
    found, names, relays = [], set[str](), {settings.pump} - {""}
    if not settings.taps:
        found.append("taps is empty, and should name at least one tap")
    for tap in settings.taps:
        if not tap.name or tap.name in names:
            found.append(f"tap {tap.name!r} is named twice or not at all, and needs its own name")
        names.add(tap.name)
        if settings.layout == "return-pipe":
            if tap.valve:
                found.append(f"tap {tap.name!r} has a valve, and a return pipe has none")
            continue
        if not tap.valve:
            found.append(f"tap {tap.name!r} has no valve, and layout {settings.layout} needs one")
        elif tap.valve in relays:
            found.append(
                f"tap {tap.name!r} shares the relay {tap.valve!r}, and needs one of its own"
            )
        relays.add(tap.valve)
        if settings.layout == "cold-return" and not (tap.probe or tap.self_closing):
            found.append(
                f"tap {tap.name!r} has neither a probe nor a thermostatic valve, and the cold line "
                "would get hot"
            )
    return found


def _flaws_of_layout(settings: Settings) -> list[str]:
    found, layout = [], settings.layout
    if layout == "drain":
        if settings.pump:
            found.append("layout drain has a pump, and works by the pressure of the mains alone")
        return found
    if not settings.pump:
        found.append(f"layout {layout} has no pump, and needs one")
    flow, ignition = settings.pump_flow_litres_per_minute, settings.ignition_flow_litres_per_minute
    if flow <= ignition:
        found.append(
            f"the pump moves {flow:g} L/min and the heater lights at {ignition:g} L/min: the pump "
            "should move more"
        )
    if layout == "cold-return" and not settings.flow_sensor:
        found.append("layout cold-return has no flow sensor at the heater, and needs one")
    if layout == "return-pipe" and settings.return_sensor not in ("switch", "reading"):
        found.append(
            f"return_sensor is {settings.return_sensor!r}, and layout return-pipe needs 'switch' "
            "or 'reading'"
        )
    return found


def _fields(record: Settings | Tap) -> list[tuple[str, object]]:
    return [(one.name, getattr(record, one.name)) for one in fields(record)]
