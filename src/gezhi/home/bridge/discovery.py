"""How Home Assistant is told what there is, in either of its two forms and never in both.

From 2024.11 on, one message describes a device with all its components (``cmps``). Older versions
want a message a component. Both lead to the same unique ids; so a change of form first lets go of
the old messages and then gives the new one, as Home Assistant's documentation asks for.

Sources: home-assistant.io, "MQTT: Discovery messages", "Device discovery payload", "Migration from
single component to device-based discovery", "Availability", "Birth and last will".
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from typing import Any

from gezhi.errors import ParameterError
from gezhi.home.bridge.controllers import Controller, Entity
from gezhi.home.bridge.messages import Outgoing

__all__ = ["FORMS", "Announcer", "form_for", "slug"]

FORMS = ("device", "component")


def form_for(version: str) -> str:
    """The form that a version of Home Assistant understands best.

    >>> form_for("2024.3.3"), form_for("2024.11.0"), form_for("2025.1")
    ('component', 'device', 'device')
    """
    parts = re.match(r"(\d{4})\.(\d{1,2})(\.\d+)?", version)
    if parts is None:
        raise ParameterError(f"{version!r} is no version of Home Assistant; 2024.11.0 would be one")
    return "device" if (int(parts[1]), int(parts[2])) >= (2024, 11) else "component"


def slug(name: str) -> str:
    """A name in the letters that topics and ids allow; other scripts are told apart by a hash.

    >>> slug("kitchen tap"), slug("厨房")
    ('kitchen_tap', 'x4ae988')
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")
    if plain and plain.isascii() and name.isascii():
        return plain
    return (plain + "_" if plain else "") + "x" + sha256(name.encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True)
class Announcer:
    """The discovery messages of one bridge.

    Attributes:
        controllers: what is announced.
        base: the first level of the bridge's own topics; also tells two bridges apart.
        prefix: Home Assistant's discovery prefix.
        form: ``"device"`` or ``"component"``.
    """

    controllers: Sequence[Controller]
    base: str = "gezhi"
    prefix: str = "homeassistant"
    form: str = "device"

    def messages(self, previous: str = "") -> list[Outgoing]:
        """What to publish, retained, after every connection and every birth of Home Assistant.

        Args:
            previous: the form that this bridge announced last, from its store; empty if unknown.
        """
        if self.form not in FORMS:
            raise ParameterError(f"form is {self.form!r}; 'device' or 'component' would be right")
        new = [one for it in self.controllers for one in self._config(it, self.form)]
        if previous == self.form:
            return new
        other = FORMS[1 - FORMS.index(self.form)]
        old = [one.topic for it in self.controllers for one in self._config(it, other)]
        cleared = [Outgoing(topic, "", retain=True) for topic in old]
        if not previous:
            return [*cleared, *new]
        # Home Assistant keeps names and areas that people gave when it is told beforehand.
        leaving = [Outgoing(topic, '{"migrate_discovery": true}') for topic in old]
        return [*leaving, *new, *cleared] if self.form == "device" else [*leaving, *cleared, *new]

    def topics(self) -> tuple[str, ...]:
        """The topics of the form in use; cleared to take everything out of Home Assistant."""
        return tuple(one.topic for it in self.controllers for one in self._config(it, self.form))

    def _config(self, controller: Controller, form: str) -> list[Outgoing]:
        identity = f"{slug(self.base)}_{controller.name}"
        device = {
            "identifiers": [identity],
            "name": controller.title,
            "manufacturer": "Gezhi",
            "model": controller.name,
            "sw_version": metadata.version("gezhi"),
        }
        origin = {"name": "gezhi", "sw_version": metadata.version("gezhi")}
        components = {
            f"{identity}_{slug(one.key)}": (one.component, self._component(controller, one))
            for one in controller.entities()
        }
        if form == "device":
            payload: dict[str, Any] = {
                "device": device,
                "origin": origin,
                "cmps": {
                    key: {"p": kind, "unique_id": key, **body}
                    for key, (kind, body) in components.items()
                },
            }
            topic = f"{self.prefix}/device/{identity}/config"
            return [Outgoing(topic, json.dumps(payload), retain=True)]
        return [
            Outgoing(
                f"{self.prefix}/{kind}/{key}/config",
                json.dumps({"unique_id": key, "device": device, "origin": origin, **body}),
                retain=True,
            )
            for key, (kind, body) in components.items()
        ]

    def _component(self, controller: Controller, entity: Entity) -> dict[str, Any]:
        own = f"{self.base}/{controller.name}"
        body: dict[str, Any] = {
            "name": entity.name,
            "availability": [
                {"topic": f"{self.base}/bridge/availability"},
                {"topic": f"{own}/availability"},
            ],
            "availability_mode": "all",
        }
        if entity.component in ("button", "number", "valve"):
            body |= {
                "command_topic": f"{own}/command",
                "command_template": _template(entity),
                "qos": 1,
                "retain": False,
            }
        elif entity.command:
            subject = next(iter((entity.arguments or {}).values()), "")
            body |= {
                "command_topic": f"{own}/do/{entity.command}" + (f"/{subject}" if subject else ""),
                "qos": 0,
                "retain": False,
            }
        if entity.value:
            body |= {
                "state_topic": f"{own}/state",
                "value_template": _value(entity),
            }
        return {**body, **(entity.options or {})}


def _template(entity: Entity) -> str:
    """A command with an id used once and the time, filled by Home Assistant when it is given."""
    fixed = {"command": entity.command, **(entity.arguments or {}), "source": "app"}
    # In a name, braces would be taken for a template.
    # Home Assistant's sandbox refuses ranges above 100,000.
    body = json.dumps(fixed)[1:-1].replace("{", "\\u007b").replace("}", "\\u007d")
    if entity.filled:
        body += f", {json.dumps(entity.filled)}: {{{{ value }}}}"
    return (
        '{"id": "ha-{{ now().timestamp() }}-{{ range(0, 65536) | random }}", '
        f'"sent": {{{{ now().timestamp() }}}}, {body}}}'
    )


def _value(entity: Entity) -> str:
    found = "value_json" + "".join(f"[{key!r}]" for key in entity.value.split("."))
    if entity.component in ("binary_sensor", "switch"):
        # What is not known is told as such, and not as off.
        return f"{{{{ 'None' if {found} is none else ('ON' if {found} else 'OFF') }}}}"
    return f"{{{{ {found} }}}}"
