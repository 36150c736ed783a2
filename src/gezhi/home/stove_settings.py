"""What contradicts itself or is unsafe in the settings of the stove's controller."""

import math
from dataclasses import fields

from gezhi.home.types.stove import ALL, StoveSettings

__all__ = ["MOST_ENERGISED_SECONDS", "flaws"]

#: No cut may keep relays energised for longer, whatever a file says.
MOST_ENERGISED_SECONDS = 60.0
_MAY_BE_ZERO = ("burn_limit_seconds", "presence_seconds", "warning_seconds")
_MOST_PULSE_SECONDS = 30.0


def flaws(settings: StoveSettings) -> tuple[str, ...]:
    """Say, a sentence each, what contradicts itself or is unsafe in the settings.

    >>> from gezhi.home.types.stove import Burner
    >>> flaws(StoveSettings((Burner("left", "left-relay"),)))
    ()
    >>> flaws(StoveSettings((Burner("left", "r"), Burner("right", "r"))))[0]
    "burner 'right' shares the relay 'r', and needs one of its own"
    """
    return _of_numbers(settings) or (*_of_burners(settings), *_of_order(settings))


def _of_numbers(settings: StoveSettings) -> tuple[str, ...]:
    found = []
    for one in fields(settings):
        value = getattr(settings, one.name)
        if isinstance(value, bool) or not isinstance(value, float | int):
            continue
        if not (math.isfinite(value) and value >= 0):
            found.append(f"{one.name} is {value}, and should be a number of at least 0")
        elif value == 0 and one.name not in _MAY_BE_ZERO:
            found.append(f"{one.name} is 0, and should be more")
    return tuple(found)


def _of_burners(settings: StoveSettings) -> list[str]:
    found, names, relays = [], set[str](), {settings.hood} - {""}
    if not settings.burners:
        found.append("burners is empty, and should name at least one burner")
    for one in settings.burners:
        if not one.name.strip() or one.name in names:
            found.append(
                f"burner {one.name!r} is named twice or not at all, and needs its own name"
            )
        if one.name == ALL:
            found.append(
                f"a burner is named {ALL!r}, which means all of them; it needs another name"
            )
        if set(one.name) & set('./:#+"\\{}') or not one.name.isprintable():
            found.append(f"burner {one.name!r} has a character that no topic can hold")
        if not one.relay:
            found.append(f"burner {one.name!r} has no relay, and needs one")
        elif one.relay in relays:
            found.append(
                f"burner {one.name!r} shares the relay {one.relay!r}, and needs one of its own"
            )
        names.add(one.name)
        relays.add(one.relay)
    blind = [one.name for one in settings.burners if not one.flame_sensor]
    if settings.hood and len(blind) == len(settings.burners):
        found.append("hood follows the flame, and no burner has a flame_sensor")
    return found


def _of_order(settings: StoveSettings) -> list[str]:
    one = settings
    order = [
        ("pulse_seconds", one.pulse_seconds, _MOST_PULSE_SECONDS),
        ("energised_limit_seconds", one.energised_limit_seconds, MOST_ENERGISED_SECONDS),
        (
            "blind_pulses times pulse_seconds",
            one.blind_pulses * one.pulse_seconds,
            one.energised_limit_seconds,
        ),
        ("relay_seconds", one.relay_seconds, one.pulse_seconds),
        ("out_millivolts", one.out_millivolts, one.flame_millivolts),
        ("flame_millivolts", one.flame_millivolts, one.hold_millivolts),
    ]
    if one.burn_limit_seconds:
        order.append(("warning_seconds", one.warning_seconds, one.burn_limit_seconds))
        order.append(("burn_limit_seconds", one.burn_limit_seconds, 86_400.0))
    order.append(("longest_plan_seconds", one.longest_plan_seconds, 86_400.0))
    found = []
    if one.pause_seconds >= one.rest_seconds:
        # Between two pulses of a cut, a node would forget how long it has been energised.
        found.append(
            f"pause_seconds is {one.pause_seconds:g}, and should be less than "
            f"rest_seconds, which is {one.rest_seconds:g}"
        )
    return found + [
        f"{name} is {value:g}, and should be at most {most:g}"
        for name, value, most in order
        if value > most
    ]
