"""One ``home.toml`` to a running bridge, or to the files of its nodes.

The controller's part of the file is the table ``[hotwater]``: the fields of
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

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from gezhi.errors import InputError
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.controllers import HotWater
from gezhi.home.bridge.planning import Advisor
from gezhi.home.bridge.service import serve
from gezhi.home.bridge.store import Store
from gezhi.home.firmware import write_firmware
from gezhi.home.records import build
from gezhi.home.settings import flaws
from gezhi.home.types import Notice, Settings

__all__ = ["firmware_home", "read_settings", "serve_home"]


def read_settings(path: Path | str) -> Settings:
    """The hot-water controller's settings in a configuration file.

    Raises:
        InputError: the file cannot be read, the table is missing, a key is unknown or wrong, or
            the settings contradict themselves; the sentence says which.
    """
    place = Path(path)
    try:
        tables = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{place} is no TOML: {error}") from error
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
    from gezhi.home.config import read_config  # which itself reads its table by this module

    controllers = [HotWater(read_config(path).settings)]
    serve(
        read_configuration(path, **given),
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
    from gezhi.home.config import read_config

    config = read_config(path)
    settings, configuration = config.settings, config.bridge
    closes = {
        f"probe:{tap.name}": (tap.valve, settings.warm_celsius)
        for tap in settings.taps
        if tap.valve and tap.probe and not tap.valve_lease_seconds
    }
    return write_firmware(folder, configuration.nodes, configuration.mqtt, closes=closes)
