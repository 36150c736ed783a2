"""The words that all controllers of the home wing share: time, links, relays, notices."""

from dataclasses import dataclass

__all__ = ["Link", "Notice", "RelayRead", "SetRelay", "Tick", "Wake"]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; due at the latest `Wake`."""


@dataclass(frozen=True, slots=True)
class RelayRead:
    """A relay says how it stands."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Link:
    """The way to the nodes is lost, or there again."""

    up: bool


@dataclass(frozen=True, slots=True)
class SetRelay:
    """Switch a relay; when on, its own node switches it off after `limit_seconds`, hub or no hub.

    The same command again while on starts the node's limit anew. A bridge must never retain or
    queue one that switches on.
    """

    name: str
    on: bool
    limit_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people should be able to read: a code of `gezhi.home.notices`."""

    code: str
    subject: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    """Send a `Tick` at this instant; the latest one counts."""

    at: float
