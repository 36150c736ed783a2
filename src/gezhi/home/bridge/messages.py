"""The plain values that pass between the broker and the bridge's own logic."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Arrival", "Outgoing", "matches"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message from the broker.

    Attributes:
        topic: where it came in.
        payload: its bytes as they came.
        retained: whether the broker had kept it from before this subscription: its age is unknown.
    """

    topic: str
    payload: bytes
    retained: bool = False

    @property
    def text(self) -> str:
        """The payload as text; bytes that are not UTF-8 become replacement characters."""
        return self.payload.decode("utf-8", errors="replace").strip()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish.

    Attributes:
        topic: where it goes.
        payload: its text; an empty one that is retained clears the topic.
        retain: whether the broker keeps it for those who subscribe later. Never for a command.
        qos: 0, at most once and never queued for an absent node; 1, at least once.
    """

    topic: str
    payload: str
    retain: bool = False
    qos: int = 1


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic falls under a subscription with ``+`` and ``#`` (MQTT 3.1.1, 4.7).

    >>> matches("gezhi/+/do", "gezhi/hotwater/do"), matches("a/#", "a"), matches("+", "a/b")
    (True, True, False)
    """
    wanted, given = pattern.split("/"), topic.split("/")
    for place, part in enumerate(wanted):
        if part == "#":
            return True
        if place >= len(given) or part not in ("+", given[place]):
            return False
    return len(wanted) == len(given)
