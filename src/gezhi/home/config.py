"""A whole ``home.toml``: each table is read by who needs it, and here they must agree.

``[hotwater]`` is the controller's (`gezhi.home.types.Settings`), ``[plumbing]``, ``[tariffs]`` and
``[exchange]`` the simulation's (`gezhi.home.plumbing_file`), ``[mqtt]``, ``[bridge]`` and
``[[nodes]]`` the bridge's (`gezhi.home.bridge.configuration`). `EXAMPLES` has a file a layout.

What the controller leaves open follows from the rest: how many litres may pass before hot water
can have come, from the pipes; and whether a valve lives on cold readings, from whether its probe
sits on the same ESPHome node, which then shuts it by itself.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from gezhi.errors import InputError
from gezhi.home.bridge.configuration import BridgeConfiguration, read_configuration
from gezhi.home.plant import probe_metres_needed
from gezhi.home.plumbing_file import HomeFile, read_home
from gezhi.home.serving import read_settings
from gezhi.home.stove_file import TABLES
from gezhi.home.types import LAYOUTS, Settings, Tap

__all__ = [
    "EXAMPLES",
    "Config",
    "contradictions",
    "example",
    "pipe_labels",
    "read_config",
]

#: The layouts that there is an example of.
EXAMPLES = LAYOUTS
_LEASE_SECONDS = 5.0
_SLACK_SECONDS = 2.0  # a reading a second, and a second for the valve


@dataclass(frozen=True, slots=True)
class Config:
    """All that a file says of a home."""

    settings: Settings
    home: HomeFile
    bridge: BridgeConfiguration


def example(layout: str) -> str:
    """Give the example file of a layout.

    >>> example("drain").splitlines()[0]
    '# Hot water let into the drain until it is warm: no pump, a litre cap.'
    """
    folder = resources.files("gezhi.home") / "examples"
    return (folder / f"{layout}.toml").read_text(encoding="utf-8")


def read_config(path: Path | str) -> Config:
    """Read and check a whole file.

    Raises:
        InputError: the file cannot be read, or contradicts itself: the first contradiction, with
            its key and what would be right.
    """
    place = Path(path)
    settings = read_settings(place)
    tables = tomllib.loads(place.read_text(encoding="utf-8"))
    strange = sorted(set(tables) - set(TABLES))
    if strange:
        known = ", ".join(TABLES)
        raise InputError(f"{place}: there is no table [{strange[0]}]; known: {known}")
    config = Config(settings, read_home(place), read_configuration(place))
    wrong = contradictions(config)
    if wrong:
        raise InputError(f"{place}: {wrong[0]}")
    return replace(config, settings=_filled(config))


def contradictions(config: Config) -> tuple[str, ...]:
    """Say, a sentence each, where the tables of a file do not agree."""
    return (*_of_pipes(config), *_of_probes(config), *_of_channels(config))


def pipe_labels(config: Config) -> dict[str, str]:
    """Give a line for each tap's hot pipe, for `gezhi.home.drawing.drawing`."""
    return {
        branch.tap: f"{branch.hot.metres:g} m, {branch.hot.litres:.2g} L"
        for branch in config.home.plumbing.branches
    }


def _of_pipes(config: Config) -> list[str]:
    settings, plumbing, found = config.settings, config.home.plumbing, []
    if plumbing.layout != settings.layout:
        found.append(
            f"plumbing.layout is {plumbing.layout!r}, and should be hotwater.layout, which is "
            f"{settings.layout!r}"
        )
    names = {tap.name for tap in settings.taps}
    for lost in sorted(names ^ set(plumbing.taps)):
        where, other = ("hotwater.taps", "plumbing.branches")
        if lost not in names:
            where, other = other, where
        found.append(f"tap {lost!r} is in {where} and not in {other}, and should be in both")
    pairs = (
        ("pump_flow", settings.pump_flow_litres_per_minute, plumbing.pump_litres_per_minute),
        (
            "ignition_flow",
            settings.ignition_flow_litres_per_minute,
            plumbing.heater.ignition_litres_per_minute,
        ),
    )
    for name, mine, theirs in pairs:
        if settings.pump and not math.isclose(mine, theirs):
            found.append(
                f"hotwater.{name}_litres_per_minute is {mine:g} and plumbing says {theirs:g}; "
                "both should say the same"
            )
    return found


def _of_probes(config: Config) -> list[str]:
    """Say which probe sits too near its valve for the valve to shut in time."""
    settings, plumbing = config.settings, config.home.plumbing
    if settings.layout != "cold-return":
        return []
    found = []
    for branch in plumbing.branches:
        tap = next((one for one in settings.taps if one.name == branch.tap), None)
        if tap is None or not tap.probe or tap.self_closing:
            continue
        metres = probe_metres_needed(
            plumbing,
            branch.hot,
            warm_celsius=settings.warm_celsius,
            rise_kelvin=settings.front_rise_kelvin,
            shut_seconds=_SLACK_SECONDS + _lease(config, tap),
        )
        if plumbing.probe_metres < metres:
            found.append(
                f"plumbing.probe_metres is {plumbing.probe_metres:g}, and should be at least "
                f"{math.ceil(metres * 10) / 10:g} for tap {tap.name!r}: hot water needs that way "
                "while the probe warms and the valve shuts, be a tap open or not"
            )
    return found


def _of_channels(config: Config) -> list[str]:
    """Say which relay or sensor no node has; a file without nodes is for simulation alone."""
    settings, nodes = config.settings, config.bridge.nodes
    if not nodes:
        return []
    there = {one.name: one.quantity for node in nodes for one in node.channels}
    wanted = {settings.pump: "relay", **{tap.valve: "relay" for tap in settings.taps}}
    if settings.layout != "return-pipe":
        wanted |= {f"probe:{tap.name}": "celsius" for tap in settings.taps if tap.probe}
    elif settings.return_sensor:
        wanted["return"] = "switch" if settings.return_sensor == "switch" else "celsius"
    if settings.flow_sensor:
        wanted["flow"] = "litres_per_minute"
    if settings.cold_sensor:
        wanted["cold"] = "celsius"
    wanted.pop("", None)
    found = []
    for name, quantity in wanted.items():
        if name not in there:
            found.append(f"no node has a channel {name!r}, and hotwater needs it ({quantity})")
        elif there[name] != quantity:
            found.append(f"channel {name!r} is a {there[name]}, and should be a {quantity}")
    return found


def _lease(config: Config, tap: Tap) -> float:
    """Give how long a valve may stay open without a cold reading; 0 where its node shuts it."""
    if not tap.probe or config.settings.layout != "cold-return" or tap.valve_lease_seconds:
        return tap.valve_lease_seconds
    for node in config.bridge.nodes:
        names = {one.name for one in node.channels}
        if {tap.valve, f"probe:{tap.name}"} <= names and node.kind == "esphome":
            return 0.0
    return _LEASE_SECONDS


def _filled(config: Config) -> Settings:
    """Fill in what follows from pipes and nodes."""
    plumbing, taps = config.home.plumbing, []
    fastest = max(plumbing.heater.most_litres_per_minute, plumbing.pump_litres_per_minute)
    spare = fastest / 60 * _SLACK_SECONDS  # a tap may be open, too
    trunk = plumbing.trunk.purge_litres if plumbing.trunk else 0.0
    for tap in config.settings.taps:
        hot = next(one.hot for one in plumbing.branches if one.tap == tap.name)
        litres = tap.purge_litres
        if not litres and config.settings.layout == "cold-return":
            litres = max(trunk + hot.purge_litres - spare, spare)
        lease = _lease(config, tap)
        taps.append(
            replace(
                tap,
                purge_litres=litres,
                valve_lease_seconds=lease,
                cooling_seconds=tap.cooling_seconds or hot.cooling_seconds,
            )
        )
    return replace(
        config.settings,
        taps=tuple(taps),
        supply_celsius=max(plumbing.heater.supply_celsius, plumbing.ambient_celsius),
        room_celsius=plumbing.ambient_celsius,
    )
