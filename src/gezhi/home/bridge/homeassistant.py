"""Automations by which Home Assistant lends its own switches and sensors to the bridge.

Xiaomi's devices, and whatever else only Home Assistant can reach, are spoken to in this way: a
package file with three automations a device, to be put under ``packages/`` of its configuration.
Commands carry their own limit, which Home Assistant keeps; a retained one is never sent, since
the bridge retains none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gezhi.home.bridge.configuration import ChannelSettings, NodeSettings
from gezhi.home.bridge.discovery import slug

__all__ = ["package"]

_INTERVAL_SECONDS = 5


def package(nodes: Iterable[NodeSettings]) -> str:
    """The package file, in JSON, which is YAML as well; empty of rules without such devices.

    A channel's ``channel`` is the entity's id, such as ``switch.xiaomi_plug``.

    >>> print(package([]))
    {
      "automation": []
    }
    """
    rules: list[dict[str, Any]] = []
    for node in nodes:
        if node.kind == "homeassistant":
            for one in node.channels:
                rules += _relay(one) if one.quantity == "relay" else []
                rules.append(_report(one))
    return json.dumps({"automation": rules}, indent=2, ensure_ascii=False)


def _relay(channel: ChannelSettings) -> list[dict[str, Any]]:
    """On for a time, and off; a newer command restarts the rule and with it the limit."""
    entity = channel.channel
    seconds = f"{{{{ [trigger.payload.split(' ')[1] | float(0), {channel.limit_seconds}] | min }}}}"
    target = {"entity_id": entity}
    return [
        {
            "id": f"gezhi_set_{slug(channel.name)}",
            "alias": f"gezhi: {channel.name}",
            "mode": "restart",
            "trigger": [{"platform": "mqtt", "topic": f"gezhi/homeassistant/{entity}/set"}],
            "action": [
                {
                    "choose": [
                        {
                            "conditions": "{{ trigger.payload.startswith('ON ') and "
                            "trigger.payload.split(' ')[1] | float(0) > 0 }}",
                            "sequence": [
                                {"service": "homeassistant.turn_on", "target": target},
                                {"delay": {"seconds": seconds}},
                                {"service": "homeassistant.turn_off", "target": target},
                            ],
                        }
                    ],
                    "default": [{"service": "homeassistant.turn_off", "target": target}],
                }
            ],
        },
        {
            # A restart of Home Assistant forgets the delay above: nothing may stay on over it.
            "id": f"gezhi_off_{slug(channel.name)}",
            "alias": f"gezhi: {channel.name} off at start",
            "trigger": [{"platform": "homeassistant", "event": "start"}],
            "action": [{"service": "homeassistant.turn_off", "target": target}],
        },
    ]


def _report(channel: ChannelSettings) -> dict[str, Any]:
    entity = channel.channel
    on_off = channel.quantity in ("relay", "switch")
    state = f"states('{entity}')"
    return {
        "id": f"gezhi_say_{slug(channel.name)}",
        "alias": f"gezhi: what {channel.name} says",
        "trigger": [
            {"platform": "state", "entity_id": entity},
            {"platform": "time_pattern", "seconds": f"/{_INTERVAL_SECONDS}"},
        ],
        "action": [
            {
                "service": "mqtt.publish",
                "data": {
                    "topic": f"gezhi/homeassistant/{entity}/state",
                    "payload": f"{{{{ {state} | upper }}}}" if on_off else f"{{{{ {state} }}}}",
                    # Only a stand or a running total means anything later.
                    "retain": channel.quantity in ("relay", "litres"),
                },
            }
        ],
    }
