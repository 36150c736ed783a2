"""What ESPHome would not take of a node: names, pins, addresses."""

from __future__ import annotations

import re

from gezhi.errors import ParameterError
from gezhi.home.bridge.configuration import ChannelSettings, NodeSettings

__all__ = ["check_node"]


def check_node(node: NodeSettings) -> None:
    """Refuse names and pins that ESPHome would not take, or that are used twice.

    Raises:
        ParameterError: the sentence says which.

    >>> pump = ChannelSettings(name="pump", channel="pump", quantity="relay")
    >>> check_node(NodeSettings(node="cellar", channels=(pump,)))
    Traceback (most recent call last):
        ...
    gezhi.errors.ParameterError: node 'cellar': channel 'pump' needs a pin, such as pin = "GPIO16"
    """
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,29}[a-z0-9])?", node.node):
        raise ParameterError(
            f"node {node.node!r} cannot be an ESPHome name; up to 31 small letters, digits and "
            "hyphens would be right"
        )
    pins: dict[str, str] = {}
    for one in node.channels:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", one.channel):
            raise ParameterError(
                f"node {node.node!r}: channel {one.channel!r} cannot be an ESPHome id; small "
                "letters, digits and _ would be right"
            )
        if one.quantity in ("litres", "timer"):
            continue
        if not one.pin:
            raise ParameterError(
                f'node {node.node!r}: channel {one.channel!r} needs a pin, such as pin = "GPIO16"'
            )
        other = pins.setdefault(one.pin, one.quantity)
        if other != one.quantity or (other != "celsius" and _shares(node, one)):
            raise ParameterError(f"node {node.node!r}: pin {one.pin} is used twice")
    several = [one for one in node.channels if one.quantity == "celsius"]
    by_pin = {pin: [one for one in several if one.pin == pin] for pin in pins}
    for pin, those in by_pin.items():
        if len(those) > 1 and not all(one.address for one in those):
            raise ParameterError(
                f"node {node.node!r}: {len(those)} probes share pin {pin}, and each needs its "
                "address, which ESPHome's log shows at the start"
            )


def _shares(node: NodeSettings, channel: ChannelSettings) -> bool:
    return sum(one.pin == channel.pin for one in node.channels if one.quantity != "litres") > 1
