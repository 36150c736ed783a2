"""What Home Assistant is shown of a stove: valves that only close, timers, flames, the child lock.

>>> from gezhi.home.types.stove import Burner
>>> found = entities(StoveSettings((Burner("left", "left-relay"),)))
>>> [(one.key, one.component) for one in found][:2]
[('valve_left', 'valve'), ('switch_left', 'switch')]
>>> found[0].options["payload_open"] is None
True
"""

from __future__ import annotations

from collections.abc import Sequence

from gezhi.home.bridge.controllers import Entity
from gezhi.home.types.stove import ALL, StoveSettings

__all__ = ["entities"]

_MORE_MINUTES = 10


def entities(settings: StoveSettings) -> Sequence[Entity]:
    """The entities of every burner, then those of the whole stove."""
    found: list[Entity] = []
    for one in settings.burners:
        found += _of_burner(one.name, settings)
    return [
        *found,
        Entity("off", "button", "All off", command="off", arguments={"burner": ALL},
               options={"icon": "mdi:gas-burner"}),
        Entity("cancel", "button", "Cancel all timers", command="cancel",
               arguments={"burner": ALL}, options={"icon": "mdi:timer-off"}),
        Entity("reset", "button", "Reset fault", command="reset", arguments={"burner": ALL},
               options={"entity_category": "config"}),
        Entity("lock", "switch", "Child lock", value="locked", command="lock",
               options={"icon": "mdi:lock"}),
        Entity("fault", "binary_sensor", "Fault", value="fault",
               options={"device_class": "problem"}),
        Entity("notice", "sensor", "Last notice", value="notice"),
    ]  # fmt: skip


def _of_burner(name: str, settings: StoveSettings) -> list[Entity]:
    own = {"burner": name}
    value = f"burners.{name}"
    longest = int(settings.longest_plan_seconds // 60)
    return [
        Entity(f"valve_{name}", "valve", f"{name}", value=f"{value}.valve", command="off",
               arguments=own, options={"device_class": "gas", "payload_open": None,
                                       "payload_close": "CLOSE", "reports_position": False}),
        # Voice assistants that know no valve say "off" to this one; its "on" is refused.
        Entity(f"switch_{name}", "switch", f"{name} burns", value=f"{value}.burning",
               command="switch", arguments=own, options={"icon": "mdi:gas-burner"}),
        Entity(f"off_{name}", "button", f"{name} off now", command="off", arguments=own,
               options={"icon": "mdi:gas-burner"}),
        Entity(f"plan_{name}", "number", f"{name} off in", value=f"{value}.minutes",
               command="plan", arguments=own, filled="minutes",
               options={"min": 0, "max": max(1, longest), "step": 1, "mode": "box",
                        "unit_of_measurement": "min", "icon": "mdi:timer"}),
        Entity(f"more_{name}", "button", f"{name} {_MORE_MINUTES} minutes more", command="extend",
               arguments={**own, "minutes": _MORE_MINUTES}, options={"icon": "mdi:timer-plus"}),
        Entity(f"cancel_{name}", "button", f"{name} cancel timer", command="cancel", arguments=own,
               options={"icon": "mdi:timer-off"}),
        Entity(f"remaining_{name}", "sensor", f"{name} remaining",
               value=f"{value}.remaining_seconds",
               options={"device_class": "duration", "unit_of_measurement": "s"}),
        Entity(f"flame_{name}", "binary_sensor", f"{name} flame", value=f"{value}.flame",
               options={"device_class": "heat"}),
    ]  # fmt: skip
