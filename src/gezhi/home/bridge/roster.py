"""The devices of a house: which are there, whose a relay is, what is not yet to be believed.

What a broker kept of a device that is away says how it was when it was last heard, not how it is.
So retained reports wait until the device says that it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from gezhi.home.bridge.adapters import Adapter, Channel, Report
from gezhi.home.bridge.messages import Outgoing
from gezhi.home.types import SetRelay
from gezhi.home.types.stove import LockNode, PlanNode

__all__ = ["Roster"]

_log = logging.getLogger("gezhi.home.bridge")


class Roster:
    """The devices and who of them is there.

    Args:
        adapters: all of them.

    >>> from gezhi.home.bridge.fake import FakeNode
    >>> cellar = FakeNode("cellar", {"pump": 300.0}).adapter()
    >>> roster = Roster([cellar])
    >>> roster.reachable(["pump"]), roster.heard(cellar, here=True), roster.reachable(["pump"])
    (False, (True, []), True)
    """

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self.adapters = tuple(adapters)
        self._relays: dict[str, tuple[Adapter, Channel]] = {
            channel.name: (adapter, channel)
            for adapter in self.adapters
            for channel in adapter.channels
            if channel.quantity == "relay"
        }
        self._timers: dict[str, tuple[Adapter, Channel]] = {
            channel.name: (adapter, channel)
            for adapter in self.adapters
            for channel in adapter.channels
            if channel.quantity == "timer"
        }
        self._away: set[str] = set()
        self._unheard: set[str] = set()
        self._held: dict[str, dict[str, tuple[Report, str]]] = {}
        self.forget()

    def forget(self) -> None:
        """Who is there has to be heard anew: over a lost connection a last will may be missed."""
        self._unheard = {one.node for one in self.adapters if one.availability_topic()}
        self._held.clear()

    def absent(self) -> set[str]:
        """The devices that are away, or have not said yet that they are there."""
        return self._away | self._unheard

    def reachable(self, relays: Iterable[str]) -> bool:
        """Whether the devices of all these relays are there."""
        needed = {self._relays[name][0].node for name in relays if name in self._relays}
        return not needed & self.absent()

    def has(self, adapter: Adapter, relay: str) -> bool:
        """Whether a relay is this device's."""
        return relay in self._relays and self._relays[relay][0] is adapter

    def heard(self, adapter: Adapter, *, here: bool) -> tuple[bool, list[tuple[Report, str]]]:
        """A device came or went: whether that is new, and the reports that may be believed now."""
        known = adapter.node not in self._unheard
        was_away = adapter.node in self._away
        (self._away.discard if here else self._away.add)(adapter.node)
        self._unheard.discard(adapter.node)
        held = self._held.pop(adapter.node, {})
        new = not known or was_away == here
        # A device that comes back live tells by itself how it stands.
        return new, list(held.values()) if here and not known else []

    def hold(self, adapter: Adapter, report: Report, topic: str) -> bool:
        """Whether a report has to wait for its device; if so, it is held back."""
        if report.channel is None or not report.retained or adapter.node not in self.absent():
            return False
        self._held.setdefault(adapter.node, {})[report.channel.name] = (report, topic)
        return True

    def switch(self, effect: SetRelay) -> Sequence[Outgoing]:
        """The messages that switch a relay."""
        found = self._relays.get(effect.name)
        if found is None:
            _log.error("no device has a relay %r; name it under [[nodes]]", effect.name)
            return ()
        adapter, channel = found
        return adapter.switch(channel, on=effect.on, limit_seconds=effect.limit_seconds)

    def instruct(self, effect: PlanNode | LockNode) -> Sequence[Outgoing]:
        """The messages to a burner's node; none where no device has a rule of its own for it."""
        found = self._timers.get(f"timer:{effect.burner}")
        return () if found is None else found[0].instruct(found[1], effect)
