"""Numbers for the controller's states in an exploration: one for all that no rule tells apart.

Instants are kept relative to now, and an age beyond every limit is kept as that limit. At rest the
age of the flow sensor's word is of no account where a probe watches: a run that begins counts from
its beginning; so a word that repeats the last one changes nothing.
"""

import math
from dataclasses import replace
from typing import Any, NamedTuple

from gezhi.home.hotwater_world import HOT, SLUG, Variant
from gezhi.home.types import Event, Passed, Phase, Relay, SetRelay, State

__all__ = ["Numbers", "Sight"]

_FAR = 1000.0
_RUNS = (Phase.OPENING, Phase.PURGING, Phase.CLOSING)


class Sight(NamedTuple):
    """All that the world sees of a controller's state.

    `wake` is its deadline, `on` how it has commanded its relays and `reads` how it has read them,
    `heard` the sensors that have spoken in this instant, with what they said, and `since` how long
    ago it began to close.
    """

    wake: float
    on: tuple[bool, ...]
    reads: tuple[bool | None, ...]
    heard: tuple[tuple[str, float | None], ...]
    phase: Phase
    since: float
    linked: bool


class Numbers:
    """The controller's states by number, and each one's `Sight`, by number too.

    Attributes:
        hubs: the states.
        sights: for each, the number of its sight.
        distinct: the sights.
    """

    def __init__(self, variant: Variant, controller: Any) -> None:
        self.variant, self.settings, self.controller = variant, variant.settings, controller
        self.hubs: list[State] = []
        self.sights: list[int] = []
        self.distinct: list[Sight] = []
        self._numbers: dict[State, int] = {}
        self._sight_numbers: dict[Sight, int] = {}
        self._ages = max(self.settings.stale_seconds, self.settings.no_flow_seconds)
        rests = [self.settings.automatic_off_seconds] if "schedule" in variant.people else []
        rests += [self.settings.exercise_interval_seconds] if variant.exercises else []
        self._longest_rest = max(rests, default=0.0)

    def first(self) -> int:
        """Give the number of the state in which all begins, with one request long served."""
        return self._number(replace(self.controller.start(self.settings, 0.0), seen=("last",)))

    def ask(
        self, hub: int, event: Event | None, now: float
    ) -> tuple[int, tuple[SetRelay, ...], int]:
        """Tell the controller an event, or that it is back; its next state and what it switches.

        The third is how far its own time is from the clock then.
        """
        if event is None:
            after, effects = self.controller.resume(self.hubs[hub], now)
        else:
            after, effects = self.controller.step(self.hubs[hub], event, now)
        orders = tuple(one for one in effects if isinstance(one, SetRelay))
        return self._number(after), orders, int(now - after.now)

    def deaf(self, sensor: str, phase: Phase) -> bool:
        """Say whether it does not matter when a sensor has repeated its word."""
        blind = self.settings.layout == "cold-return" and not self.settings.taps[0].probe
        return sensor == "flow" and phase not in _RUNS and not blind

    def _number(self, hub: State) -> int:
        hub = self._tidy(hub)
        number = self._numbers.setdefault(hub, len(self.hubs))
        if number == len(self.hubs):
            self.hubs.append(hub)
            sight = self._sight(hub)
            known = self._sight_numbers.setdefault(sight, len(self.distinct))
            if known == len(self.distinct):
                self.distinct.append(sight)
            self.sights.append(known)
        return number

    def _sight(self, hub: State) -> Sight:
        wake = self.controller.next_wake(hub)
        far = wake is None or (hub.phase is Phase.IDLE and not self.variant.exercises)
        return Sight(
            wake=math.inf if wake is None or far else wake,
            on=tuple(one.on for one in hub.relays),
            reads=tuple(one.read for one in hub.relays),
            heard=tuple((one.name, one.value) for one in hub.readings if one.at >= 0),
            phase=hub.phase,
            since=hub.since if hub.phase is Phase.CLOSING else 0.0,
            linked=hub.linked,
        )

    def _tidy(self, hub: State) -> State:
        """Put `now` at 0, and make one of all ages that no rule tells apart any more."""
        hub, limits = self.controller.shifted(hub, -hub.now), self.settings
        runs = hub.phase in _RUNS
        long = limits.purge_limit_seconds + 1
        # Litres count from the later of a reading and the opening; else only staleness counts.
        ages = max(self._ages, 1 - hub.opened_at) if runs else self._ages
        shared = limits.layout == "return-pipe"
        return replace(
            hub,
            since=0.0 if hub.phase is Phase.IDLE else max(hub.since, -long),
            opened_at=hub.opened_at if runs else 0.0,
            flowing_at=hub.flowing_at if runs else 0.0,
            flowed=runs and hub.flowed,
            relays=tuple(self._tidy_relay(one, hub.phase) for one in hub.relays),
            last_runs=tuple(  # what runs is noted at its end
                0.0 if runs and (shared or tap.name == hub.tap)
                else max(last, -self._longest_rest)
                for tap, last in zip(limits.taps, hub.last_runs, strict=True)
            ),
            readings=tuple(
                replace(
                    one,
                    at=0.0 if self.deaf(one.name, hub.phase) else max(one.at, -ages),
                    changed_at=self._changed(one.changed_at, hub) if runs else -_FAR,
                )
                for one in hub.readings
            ),
            seen=("last",) if hub.seen else (),
            passed=tuple(self._tidy_passed(one) for one in hub.passed),
            watched_at=self._watched(hub),
        )  # fmt: skip

    def _watched(self, hub: State) -> float:
        """When watching began counts until the sensors that can tell of hot water have spoken."""
        wanted = {f"probe:{one.name}" for one in self.settings.taps if one.probe}
        wanted |= {"flow"} if self.settings.flow_sensor else set()
        if self.settings.layout != "cold-return" or wanted <= {one.name for one in hub.readings}:
            return -_FAR
        return max(hub.watched_at, -self.settings.unseen_seconds - 1)

    def _tidy_passed(self, one: Passed) -> Passed:
        if one.celsius < self.settings.cold_stop_celsius or one.at <= -SLUG:
            return replace(one, celsius=self.settings.room_celsius, at=0.0)
        return replace(one, celsius=HOT)

    def _changed(self, at: float, hub: State) -> float:
        if at <= hub.opened_at:
            return -_FAR
        return at if self.settings.frozen_seconds < self.settings.purge_limit_seconds else 0.0

    def _tidy_relay(self, relay: Relay, phase: Phase) -> Relay:
        grace = self.settings.dry_limit_seconds if phase is Phase.FAULT else 0.0
        age = max(self.settings.relay_seconds, grace)
        return replace(
            relay,
            commanded_at=max(relay.commanded_at, -age),
            limit_at=relay.limit_at if relay.on else 0.0,
        )
