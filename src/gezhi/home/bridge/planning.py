"""Hot water before it is asked for: a policy of the house, fed with what the bridge hears.

The policy (`gezhi.home.demand`, or any rule of `gezhi.home.policies`) is told of draws and cues and
asked once a minute, and at draws and cues, for which taps a purge pays. Draws are events in the
store, so that after a restart the policy is taught again all that it had learned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gezhi.home.bridge.store import Store
from gezhi.home.types import Event, Flow, Phase, Settings, State

__all__ = ["Advisor", "Planner", "Rule"]

_ASK_SECONDS = 60.0
# A tap counts as drawn from when its probe warmed by this much while water moved.
_RISE_KELVIN = 3.0
_AT_REST = (Phase.IDLE, Phase.COOLDOWN, Phase.FAULT)


class Rule(Protocol):
    """When to bring hot water, as `gezhi.home.simulate` has it; instants are since 1970."""

    def drew(self, now: float, tap: str, litres_per_minute: float) -> None:
        """A draw has begun."""

    def ended(self, now: float, tap: str, litres_per_minute: float, seconds: float) -> None:
        """A draw has ended."""

    def cued(self, now: float, tap: str) -> None:
        """Somebody has entered the room of a tap."""

    def wants(self, now: float, celsius: Mapping[str, float]) -> Sequence[str]:
        """The taps for which a purge pays now."""


class Advisor(Protocol):
    """Somebody who listens to one system and asks for things by itself."""

    system: str

    def heard(
        self, event: Any, state: Any, wall_seconds: float
    ) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Take note of an event; what of it is to be kept, as kind and detail."""

    def cued(self, cue: str, wall_seconds: float) -> None:
        """Take note of a cue, such as a light that went on."""

    def wants(self, state: Any, wall_seconds: float) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """The commands it asks for now, each with its arguments."""


class Planner:
    """A rule for hot water, at work in a real house.

    The heater's flow sensor does not say which tap is open. In a house of one tap it is that one;
    in others it is the tap whose probe warmed most while water moved, known when the draw is over.

    Args:
        rule: the policy.
        settings: the house.
        store: where earlier draws and cues are; the rule is taught from it.

    >>> import tempfile
    >>> from types import SimpleNamespace
    >>> from gezhi.home.types import Tap
    >>> rule = SimpleNamespace(drew=lambda now, tap, rate: print(tap, rate))
    >>> house = Settings("return-pipe", (Tap("bath"),), return_sensor="switch")
    >>> at_rest = SimpleNamespace(phase=Phase.IDLE, readings=())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     planner = Planner(rule, house, Store(folder + "/store"))
    ...     _ = planner.heard(Flow(5.0), at_rest, 1.7e9)
    bath 5.0
    """

    system = "hotwater"

    def __init__(self, rule: Rule, settings: Settings, store: Store) -> None:
        self._rule = rule
        self._settings = settings
        self._taps = [tap.name for tap in settings.taps]
        self._begun: tuple[float, Mapping[str, float]] | None = None
        self._peak = 0.0
        self._ask_at = -math.inf
        after = 0
        while found := store.events(after=after, limit=1000):
            after = found[-1].number
            for one in found:
                if one.system == self.system:
                    self._teach(one.kind, one.detail, one.wall_seconds)

    def _teach(self, kind: str, detail: Mapping[str, Any], wall_seconds: float) -> None:
        if kind == "draw" and detail["tap"] in self._taps:
            self._rule.drew(detail["begun"], detail["tap"], detail["litres_per_minute"])
            self._rule.ended(
                wall_seconds, detail["tap"], detail["litres_per_minute"], detail["seconds"]
            )
        elif kind == "cue" and detail["cue"] in self._taps:
            self._rule.cued(wall_seconds, detail["cue"])

    def heard(
        self, event: Event, state: State, wall_seconds: float
    ) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Follow the flow; a draw that has ended is to be kept."""
        if not isinstance(event, Flow) or not math.isfinite(event.litres_per_minute):
            return ()
        rate = event.litres_per_minute
        least = self._settings.least_flow_litres_per_minute
        if state.phase not in _AT_REST:  # the pump's own water, which hides a draw's end
            return self._over(state, wall_seconds)
        if rate >= least:
            if self._begun is None:
                self._ask_at = -math.inf
                self._begun, self._peak = (wall_seconds, _probes(state)), 0.0
                if len(self._taps) == 1:
                    self._rule.drew(wall_seconds, self._taps[0], rate)
            self._peak = max(self._peak, rate)
            return ()
        return self._over(state, wall_seconds)

    def _over(self, state: State, wall_seconds: float) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """A draw has ended, or can no longer be told from the pump's water."""
        if self._begun is None:
            return ()
        begun, before = self._begun
        self._begun, self._ask_at = None, -math.inf
        tap = self._taps[0] if len(self._taps) == 1 else _warmed(before, _probes(state))
        seconds = max(0.0, wall_seconds - begun)
        if tap in self._taps:
            if len(self._taps) > 1:
                self._rule.drew(begun, tap, self._peak)
            self._rule.ended(wall_seconds, tap, self._peak, seconds)
        detail = {
            "tap": tap,
            "begun": begun,
            "seconds": round(seconds, 1),
            "litres_per_minute": round(self._peak, 3),
        }
        return (("draw", detail),)

    def cued(self, cue: str, wall_seconds: float) -> None:
        """A cue is named after the tap that it belongs to."""
        if cue in self._taps:
            self._rule.cued(wall_seconds, cue)
            self._ask_at = -math.inf

    def wants(
        self, state: State | None, wall_seconds: float
    ) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Once a minute, and when something happens, a request for each tap where it pays."""
        if -_ASK_SECONDS < wall_seconds - self._ask_at < _ASK_SECONDS:
            return []
        self._ask_at = wall_seconds
        if state is None or state.phase is not Phase.IDLE or state.absent:
            return []
        return [
            ("request", {"tap": tap}) for tap in self._rule.wants(wall_seconds, self._at(state))
        ]

    def _at(self, state: State) -> dict[str, float]:
        """What each tap's water has, as far as a sensor tells."""
        values = {one.name: one.value for one in state.readings if one.value is not None}
        shared = values.get("return") if self._settings.layout == "return-pipe" else None
        found = {tap: values.get(f"probe:{tap}", shared) for tap in self._taps}
        return {tap: celsius for tap, celsius in found.items() if celsius is not None}


def _probes(state: State) -> dict[str, float]:
    return {
        one.name.removeprefix("probe:"): one.value
        for one in state.readings
        if one.name.startswith("probe:") and one.value is not None
    }


def _warmed(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    rises = {tap: after[tap] - celsius for tap, celsius in before.items() if tap in after}
    tap = max(rises, key=lambda one: rises[one], default="")
    return tap if tap and rises[tap] >= _RISE_KELVIN else ""
