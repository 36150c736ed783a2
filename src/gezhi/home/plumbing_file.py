"""The simulation's part of ``home.toml``: pipes, heater, tariffs, and what waiting is worth.

::

    [plumbing]
    layout = "cold-return"
    zone = "Europe/Berlin"
    supply_celsius = 45
    ignition_litres_per_minute = 2.0
    pump_litres_per_minute = 6
    trunk = { material = "dn25", metres = 4 }
    branches = [
        { tap = "bath", material = "dn20", metres = 9, back_material = "dn20", back_metres = 9 },
        { tap = "kitchen", material = "dn20-foam", metres = 5 },
    ]

    [tariffs]
    heat_per_kwh = 0.10

    [exchange]
    seconds_per_kwh = 75
    kwh_per_day = 1.5                    # 0 for no limit

Every key may be left out; what is left out is as in the reference home.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import tzinfo
from pathlib import Path
from typing import Any

from gezhi.errors import InputError, ParameterError
from gezhi.home.clock import find_zone
from gezhi.home.compare import Tariffs
from gezhi.home.demand import Exchange
from gezhi.home.pipes import Pipe
from gezhi.home.plant import REFERENCE, Branch, Heater, Plumbing
from gezhi.home.types import Settings

__all__ = ["SECTIONS", "HomeFile", "read_home"]

SECTIONS = ("plumbing", "tariffs", "exchange")
"""The tables of ``home.toml`` that are read here."""

_HEATER = tuple(one.name for one in fields(Heater))
_NUMBERS = tuple(one.name for one in fields(Plumbing) if one.type == "float")
_LEAST = {"mains_celsius": -5.0, "ambient_celsius": -20.0}
_MOST = {"supply_celsius": 95.0, "hot_celsius": 90.0, "mains_celsius": 40.0, "ambient_celsius": 50}


@dataclass(frozen=True, slots=True)
class HomeFile:
    """What a configuration says of a home's water.

    Attributes:
        plumbing: pipes, heater and pump.
        zone: of the clocks; None where it is not said.
        tariffs: what energy and water cost.
        exchange: what waiting is worth.
        controller: numbers of ``[hotwater]`` that are said, such as ``automatic_off_seconds``; the
            simulated controller obeys them too.
    """

    plumbing: Plumbing = REFERENCE
    zone: tzinfo | None = None
    tariffs: Tariffs = field(default_factory=Tariffs)
    exchange: Exchange = field(default_factory=Exchange)
    controller: Mapping[str, float] = field(default_factory=dict)


def read_home(path: Path) -> HomeFile:
    """Read the tables `SECTIONS` of a configuration; other tables belong to others.

    Raises:
        InputError: the file cannot be read, is no TOML, contradicts itself, or has an unknown key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}") from error
    try:
        table = _table(tables, "plumbing")
        zone = table.pop("zone", None)
        return HomeFile(
            _plumbing(table),
            None if zone is None else find_zone(str(zone)),
            Tariffs(**_numbers(_table(tables, "tariffs"), "tariffs", _names(Tariffs), least=0.0)),
            _exchange(_table(tables, "exchange")),
            _controller(_table(tables, "hotwater")),
        )
    except ParameterError as error:
        raise InputError(f"{path}: {error}") from error


def _controller(table: dict[str, Any]) -> dict[str, float]:
    """The numbers; whether they go together is checked with the whole table."""
    known = {one.name for one in fields(Settings) if one.type is float or one.type == "float"}
    return {
        name: float(value)
        for name, value in table.items()
        if name in known and isinstance(value, int | float) and math.isfinite(value) and value >= 0
    }


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _table(tables: dict[str, Any], name: str) -> dict[str, Any]:
    found = tables.get(name, {})
    if not isinstance(found, dict):
        raise ParameterError(f"{name} must be a table, not {found!r}")
    return dict(found)


def _exchange(table: dict[str, Any]) -> Exchange:
    numbers = _numbers(table, "exchange", _names(Exchange), least=0.0)
    if "seconds_per_kwh" in numbers and numbers["seconds_per_kwh"] == 0:
        raise ParameterError("exchange.seconds_per_kwh must be above 0")
    limit = numbers.get("kwh_per_day", Exchange().kwh_per_day)
    rate = numbers.get("seconds_per_kwh", Exchange().seconds_per_kwh)
    return Exchange(rate, limit or None)


def _plumbing(table: dict[str, Any]) -> Plumbing:
    layout = table.pop("layout", REFERENCE.layout)
    trunk = table.pop("trunk", None)
    rows = table.pop("branches", None)
    numbers = _numbers(table, "plumbing", (*_HEATER, *_NUMBERS), least=0.0)
    heater = Heater(**{name: numbers.pop(name) for name in _HEATER if name in numbers})
    home = Plumbing(
        REFERENCE.branches if rows is None else _branches(rows),
        None if trunk is None else _pipe(trunk, "plumbing.trunk", ""),
        layout,
        heater,
        **numbers,
    )
    if not home.mains_celsius < home.hot_celsius < heater.supply_celsius:
        raise ParameterError(
            f"plumbing.hot_celsius is {home.hot_celsius:g}, and should lie between mains_celsius "
            f"({home.mains_celsius:g}) and supply_celsius ({heater.supply_celsius:g})"
        )
    flow, ignition = home.pump_litres_per_minute, heater.ignition_litres_per_minute
    if layout != "drain" and flow <= ignition:
        raise ParameterError(
            f"plumbing.pump_litres_per_minute is {flow:g}, and must be above the heater's ignition "
            f"flow of {ignition:g}"
        )
    return home


def _branches(rows: Any) -> tuple[Branch, ...]:
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise ParameterError("plumbing.branches must be a list of tables")
    found = []
    for number, given in enumerate(rows):
        row, place = dict(given), f"plumbing.branches[{number}]"
        tap = row.pop("tap", None)
        if not isinstance(tap, str) or not tap:
            raise ParameterError(f"{place} needs the name of its tap")
        back = {name: row.pop(name) for name in tuple(row) if name.startswith("back_")}
        found.append(
            Branch(tap, _pipe(row, place, ""), _pipe(back, place, "back_") if back else None)
        )
    return tuple(found)


def _pipe(given: Any, place: str, prefix: str) -> Pipe:
    if not isinstance(given, dict):
        raise ParameterError(f"{place} must be a table with material and metres")
    row = dict(given)
    material, metres = row.pop(f"{prefix}material", None), row.pop(f"{prefix}metres", None)
    if row:
        raise ParameterError(f"{place} has an unknown key {min(row)!r}")
    if isinstance(metres, bool) or not isinstance(metres, int | float):
        raise ParameterError(f"{place}.{prefix}metres must be a number, not {metres!r}")
    return Pipe.of(str(material), float(metres))


def _numbers(
    table: dict[str, Any], place: str, names: tuple[str, ...], *, least: float
) -> dict[str, float]:
    strange = sorted(set(table) - set(names))
    if strange:
        raise ParameterError(f"{place} has an unknown key {strange[0]!r}")
    for name, value in table.items():
        low, high = _LEAST.get(name, least), _MOST.get(name, 1e6)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise ParameterError(
                f"{place}.{name} must be a number from {low:g} to {high:g}, not {value!r}"
            )
    return {name: float(value) for name, value in table.items()}
