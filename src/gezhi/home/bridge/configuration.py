"""The bridge's part of ``home.toml``: the broker, the socket, and the devices of the house.

::

    [mqtt]
    host = "192.168.1.5"
    user = "gezhi"
    password_file = "/etc/gezhi/mqtt-password"
    home_assistant = "2025.1.4"         # its version decides the form of discovery

    [[nodes]]
    node = "cellar"
    kind = "esphome"
    channels = [
        { name = "pump", channel = "pump", quantity = "relay", pin = "GPIO16" },
        { name = "flow", channel = "flow", quantity = "litres_per_minute", pin = "GPIO17" },
        { name = "litres", channel = "litres", quantity = "litres" },
    ]
"""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from gezhi.errors import InputError
from gezhi.home.bridge.adapters import PRESETS, Channel, Templates, TopicAdapter
from gezhi.home.bridge.discovery import form_for

__all__ = [
    "SECTIONS",
    "BridgeConfiguration",
    "ChannelSettings",
    "MqttSettings",
    "NodeSettings",
    "SocketSettings",
    "is_loopback",
    "read_configuration",
]

#: The tables of ``home.toml`` that are the bridge's; the others belong to the controllers.
SECTIONS = ("mqtt", "bridge", "nodes")
_SHORTEST_TOKEN = 16
_NAME = r"^[^\s/+#{}\"\\\x00-\x1f]+$"


def is_loopback(host: str) -> bool:
    """Whether a host is this computer and no other can reach it.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fields_of_templates(given: Mapping[str, str]) -> Mapping[str, str]:
    strange = sorted(set(given) - set(Templates.__dataclass_fields__))
    if strange:
        known = ", ".join(Templates.__dataclass_fields__)
        raise ValueError(f"there is no template {strange[0]!r}; known: {known}")
    return given


_Given = Annotated[Mapping[str, str], AfterValidator(_fields_of_templates)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MqttSettings(_Table):
    """How the broker is reached."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    user: str = ""
    password: str = ""
    password_file: str = ""
    tls: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    base: str = Field(default="gezhi", pattern=_NAME)
    discovery_prefix: str = Field(default="homeassistant", pattern=_NAME)
    home_assistant: str = "2024.11.0"
    keepalive_seconds: int = Field(default=15, ge=5, le=600)
    longest_wait_seconds: float = Field(default=30.0, ge=1, le=600, strict=False)

    @field_validator("home_assistant")
    @classmethod
    def _known(cls, version: str) -> str:
        form_for(version)
        return version

    @model_validator(mode="after")
    def _consistent(self) -> MqttSettings:
        if self.password and self.password_file:
            raise ValueError("password and password_file are both given; one of them is right")
        if (self.password or self.password_file) and not self.user:
            raise ValueError("a password needs a user")
        if not self.tls and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError("certificates are named and tls is off; tls = true would be right")
        if bool(self.certificate_file) != bool(self.key_file):
            raise ValueError("certificate_file and key_file go together")
        return self

    def secret(self) -> str | None:
        """The password, from the file when one is named.

        Raises:
            InputError: the file cannot be read.
        """
        if not self.password_file:
            return self.password or None
        try:
            return Path(self.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"mqtt.password_file {self.password_file}: {error}") from error

    def context(self) -> ssl.SSLContext | None:
        """The TLS context, or None without TLS; the broker's name is always checked.

        Raises:
            InputError: a certificate cannot be read.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
            if self.certificate_file:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            raise InputError(f"the certificates of [mqtt] cannot be read: {error}") from error
        return context


class SocketSettings(_Table):
    """Where the store lies and where the studio asks."""

    folder: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8473, ge=0, le=65535)
    token: str = ""

    @model_validator(mode="after")
    def _guarded(self) -> SocketSettings:
        if not is_loopback(self.host) and len(self.token) < _SHORTEST_TOKEN:
            raise ValueError(
                f"host {self.host} lets other computers in, which needs a token of at least "
                f"{_SHORTEST_TOKEN} characters; host 127.0.0.1 needs none"
            )
        return self


class ChannelSettings(_Table):
    """One relay or sensor of a device; ``pin`` and ``address`` are for the firmware alone."""

    name: str = Field(pattern=_NAME)
    channel: str = Field(min_length=1)
    quantity: Literal[
        "relay",
        "celsius",
        "litres_per_minute",
        "litres",
        "switch",
        "millivolts",
        "timer",
        "indicator",
    ]
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False, strict=False)
    limit_seconds: float = Field(default=300.0, gt=0, le=3600, allow_inf_nan=False, strict=False)
    templates: _Given = {}
    pin: str = Field(default="", pattern=r"^[A-Za-z0-9_]*$")
    inverted: bool = False
    address: str = Field(default="", pattern=r"^(0x[0-9a-fA-F]{16})?$")
    pulses_per_litre: float = Field(default=450.0, gt=0, allow_inf_nan=False, strict=False)


class NodeSettings(_Table):
    """One device."""

    node: str = Field(pattern=_NAME)
    kind: Literal["esphome", "tasmota", "zigbee2mqtt", "homeassistant", "custom"] = "esphome"
    channels: tuple[ChannelSettings, ...] = Field(min_length=1, strict=False)
    templates: _Given = {}
    chip: Literal["esp32", "esp8266"] = "esp32"
    board: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$")

    def adapter(self) -> TopicAdapter:
        """The device as the bridge speaks to it.

        Raises:
            ParameterError: a template cannot be filled.
        """
        preset = PRESETS.get(self.kind, Templates())
        channels = tuple(
            Channel(
                one.name,
                one.channel,
                one.quantity,
                scale=one.scale,
                limit_seconds=one.limit_seconds,
                templates=one.templates or None,
            )
            for one in self.channels
        )
        return TopicAdapter(self.node, channels, replace(preset, **dict(self.templates)))


class BridgeConfiguration(_Table):
    """The bridge's part of the file."""

    mqtt: MqttSettings = MqttSettings()
    bridge: SocketSettings = SocketSettings()
    nodes: tuple[NodeSettings, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _distinct(self) -> BridgeConfiguration:
        nodes = [one.node for one in self.nodes]
        names = [channel.name for one in self.nodes for channel in one.channels]
        for what, given in (("node", nodes), ("channel", names)):
            twice = sorted({one for one in given if given.count(one) > 1})
            if twice:
                raise ValueError(f"the {what} {twice[0]!r} is there twice; each needs its own name")
        return self


def read_configuration(path: Path | str, **overrides: str | int) -> BridgeConfiguration:
    """The bridge's part of a configuration file.

    Args:
        path: the file.
        overrides: keys of ``[bridge]`` that a command line gives instead, such as ``host``,
            ``port`` and ``token``.

    Raises:
        InputError: the file cannot be read, is no TOML, or a key is unknown, missing or wrong.
    """
    place = Path(path)
    try:
        tables = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{place} is no TOML: {error}") from error
    mine: dict[str, Any] = {key: tables[key] for key in SECTIONS if key in tables}
    if overrides:
        mine["bridge"] = {**mine.get("bridge", {}), **overrides}
    try:
        return BridgeConfiguration.model_validate(mine)
    except ValidationError as error:
        raise InputError(f"{place}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    """The first flaw, as key and sentence."""
    flaw = error.errors(include_url=False)[0]
    key = ""
    for part in flaw["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}"
    message = flaw["msg"].removeprefix("Value error, ")
    return f"{key.lstrip('.') or 'the file'}: {message}"
