"""The stove's part of ``home.toml``: the table ``[stove]``, and what the nodes must have for it.

The table has the fields of `gezhi.home.types.stove.StoveSettings`, and of `Burner` in each
``[[stove.burners]]``. Whether a burner's node keeps a planned cut by itself follows from the device
that its relay is on: an ESPHome node, whose file we write, does; a bought relay does not, and the
hub alone keeps its timers.

::

    [stove]
    burn_limit_seconds = 5400
    presence_seconds = 900

    [[stove.burners]]
    name = "left"
    relay = "left-relay"
    flame_sensor = true
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.home.bridge.configuration import (
    BridgeConfiguration,
    ChannelSettings,
    NodeSettings,
    read_configuration,
)
from gezhi.home.records import build
from gezhi.home.stove_settings import flaws
from gezhi.home.types.stove import Burner, StoveSettings

__all__ = [
    "TABLES",
    "example",
    "hub_only",
    "read_stove",
    "stove_channels",
    "tables_of",
    "with_timers",
]

#: The tables that a ``home.toml`` may have.
TABLES = ("hotwater", "plumbing", "tariffs", "exchange", "mqtt", "bridge", "nodes", "stove")

#: What else a stove may listen to, by the name of the channel.
_CONTACTS = ("presence", "alarm:smoke", "alarm:gas", "hood-sensor", "stove-button")


def example(name: str = "stove") -> str:
    """Give an example file: ``"stove"`` alone, or ``"both"`` with hot water.

    >>> example().splitlines()[0]
    '# A stove of two burners on one node of your own; it can turn gas off and never on.'
    """
    folder = resources.files("gezhi.home") / "examples"
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def tables_of(path: Path | str) -> Mapping[str, Any]:
    """Give the tables of a file.

    Raises:
        InputError: it cannot be read, or is no TOML.
    """
    place = Path(path)
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{place} is no TOML: {error}") from error


def read_stove(path: Path | str) -> StoveSettings:
    """Read and check the stove of a file.

    Raises:
        InputError: the table is missing, a key is unknown or wrong, the settings contradict
            themselves, or no node has what they need; the first flaw, with its key.
    """
    tables = tables_of(path)
    if "stove" not in tables:
        raise InputError(f"{path} has no table [stove]; burners are needed there")
    strange = sorted(set(tables) - set(TABLES))
    if strange:
        raise InputError(f"{path}: there is no table [{strange[0]}]; known: {', '.join(TABLES)}")
    try:
        settings = build(StoveSettings, _listed(tables["stove"]))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: {str(error).replace('StoveSettings', 'stove', 1)}") from error
    found = read_configuration(path)
    settings = _with_nodes(settings, tables["stove"], found)
    wrong = (
        *flaws(settings),
        *_shared(settings, tables.get("hotwater", {})),
        *_contradictions(settings, found),
    )
    if wrong:
        raise InputError(f"{path}: stove: {wrong[0]}")
    return settings


def hub_only(settings: StoveSettings) -> tuple[str, ...]:
    """Give the burners whose timers the hub alone keeps, since their node cannot."""
    return tuple(one.name for one in settings.burners if not one.node)


def stove_channels(settings: StoveSettings) -> tuple[str, ...]:
    """Give the names of all channels that the stove switches or listens to."""
    own = [name for one in settings.burners for name in (one.relay, f"flame:{one.name}")]
    return (*own, *([settings.hood] if settings.hood else []), *_CONTACTS)


def with_timers(found: BridgeConfiguration, settings: StoveSettings) -> BridgeConfiguration:
    """Give the nodes of the stove the channel on which plans and the child lock are told them."""
    own = {one.relay: one.name for one in settings.burners if one.node}

    def grown(node: NodeSettings) -> NodeSettings:
        there = {one.name for one in node.channels}
        more = tuple(
            ChannelSettings(name=f"timer:{own[one.name]}", channel=one.channel, quantity="timer")
            for one in node.channels
            if one.name in own and f"timer:{own[one.name]}" not in there
        )
        return node.model_copy(update={"channels": (*node.channels, *more)}) if more else node

    return found.model_copy(update={"nodes": tuple(grown(one) for one in found.nodes)})


def _listed(table: object) -> object:
    """The table, or what is wrong with it said in the file's own words."""
    if not isinstance(table, Mapping):
        raise ValueError(f"stove is {table!r}, and should be a table")
    if not table.get("burners"):
        raise ValueError("stove.burners is missing, and should name at least one burner")
    return table


def _with_nodes(
    settings: StoveSettings, table: Mapping[str, Any], found: BridgeConfiguration
) -> StoveSettings:
    """Fill in which burners' devices keep a planned cut, where the file leaves it open."""
    makes = {one.name: node.kind for node in found.nodes for one in node.channels}
    burners: list[Burner] = []
    for one, given in zip(settings.burners, table["burners"], strict=True):
        if "node" not in given and one.relay in makes:
            one = replace(one, node=makes[one.relay] == "esphome")
        burners.append(one)
    return replace(settings, burners=tuple(burners))


def _shared(settings: StoveSettings, hot_water: object) -> list[str]:
    """Say which relay hot water has as well: two controllers would switch it against each other."""
    if not isinstance(hot_water, Mapping):
        return []
    taps = hot_water.get("taps", [])
    valves = [one.get("valve") for one in taps if isinstance(one, Mapping)]
    taken = {hot_water.get("pump", "pump" if hot_water else ""), *valves} - {"", None}
    own = [*(one.relay for one in settings.burners), settings.hood]
    return [
        f"the relay {one!r} is hot water's, and should be another" for one in own if one in taken
    ]


def _contradictions(settings: StoveSettings, found: BridgeConfiguration) -> list[str]:
    """Say what the stove needs and no node has; a file without nodes is for trying out."""
    if not found.nodes:
        return []
    there = {one.name: (one, node) for node in found.nodes for one in node.channels}
    wanted = {one.relay: "relay" for one in settings.burners}
    wanted |= {f"flame:{one.name}": "millivolts" for one in settings.burners if one.flame_sensor}
    if settings.hood:
        wanted[settings.hood] = "relay"
    wrong = []
    for name, quantity in wanted.items():
        if name not in there:
            wrong.append(f"no node has a channel {name!r}, which should be a {quantity}")
        elif there[name][0].quantity != quantity:
            wrong.append(
                f"channel {name!r} is a {there[name][0].quantity}, and should be a {quantity}"
            )
    for name in (*_CONTACTS, *there):
        flame = name.startswith("flame:")
        if name in there and name in _CONTACTS and there[name][0].quantity != "switch":
            wrong.append(f"channel {name!r} is a {there[name][0].quantity}, and should be a switch")
        elif flame and name in there and name not in wanted:
            burner = name.removeprefix("flame:")
            wrong.append(f"channel {name!r} is there, and burner {burner!r} has no flame_sensor")
    return wrong + _of_devices(settings, there)


def _of_devices(
    settings: StoveSettings, there: Mapping[str, tuple[ChannelSettings, NodeSettings]]
) -> list[str]:
    """Say which device cannot keep what is asked of it."""
    wrong = []
    for one in settings.burners:
        if one.relay not in there:
            continue
        channel, node = there[one.relay]
        if one.node and node.kind not in ("esphome", "custom"):
            wrong.append(
                f"burner {one.name!r} says node = true, and a {node.kind} keeps no planned cut"
            )
        if channel.limit_seconds < settings.pulse_seconds:
            wrong.append(
                f"the relay {one.relay!r} rests after {channel.limit_seconds:g} s, and a cut of "
                f"{settings.pulse_seconds:g} s should fit into that"
            )
    if settings.presence_seconds and "presence" not in there:
        wrong.append("presence_seconds is set, and no node has a channel 'presence'")
    return wrong
