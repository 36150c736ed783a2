"""One ``home.toml`` to a running bridge, or to the files of its nodes.

The stove's part is read by `gezhi.home.stove_file`; a file may have one of the two or both. Hot
water's part is the table ``[hotwater]``: the fields of
`gezhi.home.types.Settings`, and of `gezhi.home.types.Tap` in each ``[[hotwater.taps]]``. Fields
that are left out have the values that are safe, or follow from the other tables
(`gezhi.home.config`).

::

    [hotwater]
    layout = "cold-return"

    [[hotwater.taps]]
    name = "bath"
    valve = "bath-valve"
    probe = true
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from gezhi.errors import InputError
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.controllers import Controller, HotWater
from gezhi.home.bridge.planning import Advisor
from gezhi.home.bridge.service import serve
from gezhi.home.bridge.store import Store
from gezhi.home.bridge.stove_system import Stove
from gezhi.home.firmware import write_firmware
from gezhi.home.records import build
from gezhi.home.settings import flaws
from gezhi.home.stove_file import hub_only, read_stove, tables_of, with_timers
from gezhi.home.stove_firmware import is_stove_node, stove_node_file
from gezhi.home.types import Notice, Settings

__all__ = ["firmware_home", "has_hot_water", "read_settings", "serve_home"]

_log = logging.getLogger("gezhi.home")


def has_hot_water(path: Path | str) -> bool:
    """Say whether a file has hot water; one with a stove alone need not.

    Raises:
        InputError: it cannot be read, or is no TOML.
    """
    tables = tables_of(path)
    return "hotwater" in tables or "stove" not in tables


def read_settings(path: Path | str) -> Settings:
    """The hot-water controller's settings in a configuration file.

    Raises:
        InputError: the file cannot be read, the table is missing, a key is unknown or wrong, or
            the settings contradict themselves; the sentence says which.
    """
    place, tables = Path(path), tables_of(path)
    if "hotwater" not in tables:
        raise InputError(f"{place} has no table [hotwater]; layout and taps are needed there")
    try:
        settings = build(Settings, tables["hotwater"])
    except (ValueError, TypeError) as error:
        raise InputError(f"{place}: {str(error).replace('Settings', 'hotwater', 1)}") from error
    wrong = flaws(settings)
    if wrong:
        raise InputError(f"{place}: hotwater: {wrong[0]}")
    return settings


def serve_home(
    path: Path | str,
    *,
    host: str = "",
    port: int | None = None,
    token: str = "",
    embedded: bool = False,
    describe: Callable[[Notice], str] = lambda notice: notice.code,
    advisors: Callable[[Store], Iterable[Advisor]] = lambda store: (),
    ready: Callable[[int], None] = lambda port: None,
) -> None:
    """Run the bridge of a configuration file until SIGTERM or SIGINT.

    Args:
        path: the file.
        host, port, token: of the socket, instead of those in the file; a host that others can
            reach needs a token.
        embedded: run a small broker inside, for a first try.
        describe: turns a notice into a sentence for people.
        advisors: makes those who ask by themselves, such as a `Planner`, from what is stored.
        ready: told the port of the socket once the bridge answers there.

    Raises:
        InputError: the file is wrong, or what it names cannot be used.
        MissingExtra: the extra ``home`` is not installed.
    """
    given: dict[str, str | int] = {}
    if host:
        given["host"] = host
    if port is not None:
        given["port"] = port
    if token:
        given["token"] = token
    configuration = read_configuration(path, **given)
    controllers: list[Controller] = []
    if has_hot_water(path):
        from gezhi.home.config import read_config  # which itself reads its table by this module

        controllers.append(HotWater(read_config(path).settings))
    if "stove" in tables_of(path):
        stove = read_stove(path)
        configuration = with_timers(configuration, stove)
        controllers.append(Stove(stove))
        for name in hub_only(stove):
            _log.warning(
                "the timers of burner %r live in this hub alone: while it is away, nothing that is "
                "planned is done; a node that gezhi home firmware writes keeps them too",
                name,
            )
    serve(
        configuration,
        controllers,
        embedded=embedded,
        describe=describe,
        advisors=advisors,
        ready=ready,
    )


def firmware_home(path: Path | str, folder: Path | str) -> tuple[Path, ...]:
    """Write the node files of a configuration file; a valve is shut by its own tap's probe.

    Returns:
        The paths of the node files; none when no node is an ESPHome.

    Raises:
        InputError: the file is wrong.
        ParameterError: a node's name, channel or pin cannot be used.
    """
    configuration = read_configuration(path)
    closes: dict[str, tuple[str, float]] = {}
    if has_hot_water(path):
        from gezhi.home.config import read_config

        settings = read_config(path).settings
        closes = {
            f"probe:{tap.name}": (tap.valve, settings.warm_celsius)
            for tap in settings.taps
            if tap.valve and tap.probe and not tap.valve_lease_seconds
        }
    stove = read_stove(path) if "stove" in tables_of(path) else None
    own = [one for one in configuration.nodes if stove and is_stove_node(one, stove)]
    others = tuple(one for one in configuration.nodes if one not in own)
    texts = {
        one.node: stove_node_file(one, configuration.mqtt, stove)
        for one in own
        if stove and one.kind == "esphome"
    }
    return write_firmware(folder, others, configuration.mqtt, closes=closes, more=texts)
