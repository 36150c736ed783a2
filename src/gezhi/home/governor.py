"""The controller of the house at the pump of the simulation: events in, relays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gezhi.home.hotwater import start, step
from gezhi.home.pipes import steady_outlet_celsius
from gezhi.home.plant import Plant, Plumbing
from gezhi.home.types import (
    Event,
    Flow,
    Phase,
    Probe,
    RelayRead,
    Request,
    Returned,
    SetRelay,
    Settings,
    Tap,
)

__all__ = ["Governor", "controller_settings"]

_WARM_BELOW_STEADY_KELVIN = 2.5
_UNSEEN_SECONDS = 90.0
_BEAT_SECONDS = 2
_FAR_BEAT_SECONDS = 5
_FLOW_BEAT_SECONDS = 6
_NEAR_KELVIN = 12.0
_AT_REST = (Phase.IDLE, Phase.COOLDOWN, Phase.FAULT)


def controller_settings(plumbing: Plumbing, given: Mapping[str, float] | None = None) -> Settings:
    """The controller's settings for a home, with the sensors that are simulated.

    A return pipe's sensor says warm a little below what the far end reaches in steady flow; a
    probe that guards a cold line says so well below the line's limit. Predictions may start the
    pump every ten minutes: a pipe stays hot for about that long. While water stands, probes are
    read once a minute.

    Args:
        plumbing: the home.
        given: numbers of ``[hotwater]`` that somebody has set; they hold in simulation too.

    >>> from gezhi.home.plant import REFERENCE
    >>> round(controller_settings(REFERENCE).return_warm_celsius, 1)
    42.0
    """
    flow = plumbing.pump_litres_per_minute
    supply, room = plumbing.heater.supply_celsius, plumbing.ambient_celsius
    reached = min(steady_outlet_celsius(one.hot, supply, room, flow) for one in plumbing.branches)
    guarded = plumbing.layout in ("cold-return", "drain")
    warm = 35.0 if plumbing.layout == "cold-return" else 38.0
    made = Settings(
        layout=plumbing.layout if guarded else "return-pipe",
        taps=tuple(
            Tap(
                one.tap,
                valve=f"{one.tap}-valve" if guarded else "",
                probe=True,
                cooling_seconds=one.hot.cooling_seconds,
            )
            for one in plumbing.branches
        ),
        pump="" if plumbing.layout == "drain" else "pump",
        return_sensor="" if guarded else "reading",
        pump_flow_litres_per_minute=flow,
        ignition_flow_litres_per_minute=plumbing.heater.ignition_litres_per_minute or 0.1,
        warm_celsius=min(warm, reached - _WARM_BELOW_STEADY_KELVIN),
        return_warm_celsius=reached - _WARM_BELOW_STEADY_KELVIN,
        drain_litres=1.5 * max(plumbing.purge_seconds(tap) for tap in plumbing.taps) / 60 * flow,
        drain_flow_litres_per_minute=flow,
        supply_celsius=supply,
        room_celsius=room,
        unseen_seconds=_UNSEEN_SECONDS,
    )
    numbers: dict[str, Any] = dict(given or {})
    return replace(made, **numbers)


class Governor:
    """Feeds `gezhi.home.hotwater.step` with what the plant's sensors say.

    Relays do as they are told and read back so.

    Attributes:
        circulating: the tap that water is moved for, or None.
        running: whether the controller must hear of every second.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._state = start(settings, now)
        self.circulating: str | None = None
        self.running = False

    def request(self, tap: str, now: float, plant: Plant) -> None:
        """Ask for hot water at a tap, as a prediction does."""
        if self.running:
            return
        self._feel(tap, now, plant)
        self._take(Flow(0.0), now)  # a draw is nothing to it: what it leaves, the probes tell
        self._take(Request(tap, "prediction"), now)

    def look(self, now: float, plant: Plant) -> None:
        """Tell the controller what the sensors read while it rests, where it must know that."""
        if self._settings.layout == "cold-return" and not self.running:
            self._feel_all(now, plant)
            self._take(Flow(plant.litres_per_minute), now)

    def sense(self, now: float, litres_per_minute: float, plant: Plant) -> None:
        """Tell the controller what the heater's flow sensor and the tap's probe read.

        With a return pipe the flow sensor speaks every sixth second and the probe every fifth, and
        every other second once it is within reach of what ends a purge; elsewhere all sensors
        speak every other second.
        """
        second, tap = int(now), self._state.tap
        if self._settings.layout == "cold-return":
            if second % _BEAT_SECONDS == 0:
                self._feel_all(now, plant)
                self._take(Flow(litres_per_minute), now)
            return
        far = self._settings.layout == "return-pipe" and (
            plant.probes[tap].celsius < self._settings.return_warm_celsius - _NEAR_KELVIN
        )
        if second % (_FAR_BEAT_SECONDS if far else _BEAT_SECONDS) == 0:
            self._feel(tap, now, plant)
        if second % _FLOW_BEAT_SECONDS == 1:
            self._take(Flow(litres_per_minute), now)

    def _feel_all(self, now: float, plant: Plant) -> None:
        for tap in self._settings.taps:
            self._feel(tap.name, now, plant)

    def _feel(self, tap: str, now: float, plant: Plant) -> None:
        celsius = plant.probe_celsius(tap)
        returns = self._settings.layout == "return-pipe"
        self._take(Returned(celsius) if returns else Probe(tap, celsius), now)

    def _take(self, event: Event, now: float) -> None:
        self._state, effects = step(self._state, event, now)
        switched = [one for one in effects if isinstance(one, SetRelay)]
        for one in switched:
            if self._state.relay(one.name).read is not one.on:
                self._state, _ = step(self._state, RelayRead(one.name, one.on), now)
        if switched or self.running:
            self.running = self._state.phase not in _AT_REST
            self.circulating = self._circulating() if self.running else None

    def _circulating(self) -> str | None:
        on = {one.name for one in self._state.relays if one.on}
        if self._settings.pump and self._settings.pump not in on:
            return None
        tap = next(one for one in self._settings.taps if one.name == self._state.tap)
        return tap.name if not tap.valve or tap.valve in on else None
