"""The hot water of a home as physics: heater, trunk, branches, taps, pump, valves, probes.

Water moves in steps of at most a second (`Plant.step`); while it stands, `Plant.stand` goes any
time at once, exactly. What is not modelled: the least power of the heater's burner, mixing along
the pipe, and of the cold line anything but what is pushed into it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gezhi.errors import ParameterError
from gezhi.home.pipes import JOULES_PER_LITRE_KELVIN, Pipe, PlugFlow
from gezhi.home.thermometer import Thermometer

__all__ = [
    "LAYOUTS",
    "REFERENCE",
    "Branch",
    "Heater",
    "Plant",
    "Plumbing",
    "probe_metres_needed",
]

LAYOUTS = ("return-pipe", "cold-return", "drain", "cold-check-valve", "cold-thermostatic")
_COLD_LAYOUTS = ("cold-return", "cold-check-valve", "cold-thermostatic")
_THERMOSTATIC_CELSIUS = 35.0
_PULLED_SHARE = 0.5
_COLD_LIMIT_CELSIUS = 38.0


@dataclass(frozen=True, slots=True)
class Heater:
    """An instantaneous heater.

    Attributes:
        supply_celsius: what it is set to.
        ignition_litres_per_minute: the least flow that makes it burn; 0 burns at any flow.
        ignition_seconds: from that flow to hot water, less what the exchanger still holds hot.
        kilowatts: the most heat it can give to the water.
        most_litres_per_minute: what its flow limiter lets through at most, pump and taps together.
    """

    supply_celsius: float = 45.0
    ignition_litres_per_minute: float = 2.0
    ignition_seconds: float = 1.0
    kilowatts: float = 24.0
    most_litres_per_minute: float = 12.0


@dataclass(frozen=True, slots=True)
class Branch:
    """The hot pipe to one tap, and the pipe that water can come back through.

    Attributes:
        tap: the name of the tap at its end.
        hot: the hot pipe.
        back: the return pipe, or the cold pipe that serves as one; None is a return without
            content and loss, or none at all.
    """

    tap: str
    hot: Pipe
    back: Pipe | None = None


@dataclass(frozen=True, slots=True)
class Plumbing:
    """A home's pipes and what drives water through them.

    Attributes:
        branches: one a tap.
        trunk: the hot pipe that all branches share, from the heater on.
        layout: one of `LAYOUTS`.
        heater: the heater.
        pump_litres_per_minute: flow of the pump, or of the drain valve.
        pump_watts: electric power of the pump.
        ambient_celsius: the room around the pipes.
        mains_celsius: cold water from the street.
        hot_celsius: water at the tap that people call hot.
        probe_metres: how far before the tap its probe sits.
        probe_lag_seconds: time constant of the probe.
        probe_noise_kelvin: standard deviation of a reading.

    Raises:
        ParameterError: no branch, two branches to one tap, or an unknown layout.
    """

    branches: tuple[Branch, ...]
    trunk: Pipe | None = None
    layout: str = "return-pipe"
    heater: Heater = field(default_factory=Heater)
    pump_litres_per_minute: float = 6.0
    pump_watts: float = 25.0
    ambient_celsius: float = 20.0
    mains_celsius: float = 15.0
    hot_celsius: float = 38.0
    probe_metres: float = 0.0
    probe_lag_seconds: float = 4.0
    probe_noise_kelvin: float = 0.1

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise ParameterError(f"layout must be one of {', '.join(LAYOUTS)}, not {self.layout!r}")
        taps = [branch.tap for branch in self.branches]
        if not taps:
            raise ParameterError("a home needs at least one branch with a tap")
        if len(set(taps)) < len(taps):
            raise ParameterError(f"two branches lead to one tap: {', '.join(taps)}")

    @property
    def taps(self) -> tuple[str, ...]:
        """The names of the taps."""
        return tuple(branch.tap for branch in self.branches)

    def purge_seconds(self, tap: str) -> float:
        """How long the pump needs to bring hot water to a tap through cold pipes.

        >>> round(REFERENCE.purge_seconds("tap"))
        53
        """
        litres = self.trunk.purge_litres if self.trunk else 0.0
        litres += next(one.hot.purge_litres for one in self.branches if one.tap == tap)
        return litres / self.pump_litres_per_minute * 60


REFERENCE = Plumbing((Branch("tap", Pipe.of("dn25", 15.0)),))
"""The home that figures are compared on: one bare dn25 branch of 15 m, 45 °C, 6 L/min."""


@dataclass(frozen=True, slots=True)
class _Flows:
    """What moves, in litres a minute: drawn hot at taps, pumped, and pulled through its valve."""

    draws: Mapping[str, float]
    circulating: str | None
    pumped: float
    pulled: float

    @property
    def total(self) -> float:
        return self.pumped + self.pulled + sum(self.draws.values())


def probe_metres_needed(
    plumbing: Plumbing,
    pipe: Pipe,
    *,
    warm_celsius: float,
    rise_kelvin: float,
    shut_seconds: float,
) -> float:
    """How far before its valve a probe must sit, so that a hot front never reaches the valve.

    The front may come as fast as the heater's flow limiter lets it, since a tap may be opened
    while the pump runs. It takes the probe's lag and then ``shut_seconds``. A front shows the later
    the less it is above what is there: the least favourable is one of just 38 °C, such as water of
    a trunk that cools slowly, in a pipe where it must rise by ``rise_kelvin`` to ``warm_celsius``.

    Args:
        plumbing: the home.
        pipe: the hot pipe to the tap.
        warm_celsius: a reading that shuts.
        rise_kelvin: a rise that shuts; 0 where none does.
        shut_seconds: from such a reading to a shut valve, at worst.

    >>> needed = probe_metres_needed(
    ...     REFERENCE, REFERENCE.branches[0].hot, warm_celsius=35, rise_kelvin=5, shut_seconds=2)
    >>> round(needed, 1)
    3.8
    """
    noise = 5 * plumbing.probe_noise_kelvin
    least = warm_celsius - rise_kelvin if rise_kelvin else plumbing.ambient_celsius
    rise = (rise_kelvin or warm_celsius - least) + noise
    share = min(max(rise / max(_COLD_LIMIT_CELSIUS - least, 1.0), 0.0), 0.99)
    lag_seconds = -plumbing.probe_lag_seconds * math.log1p(-share)
    fastest = max(plumbing.heater.most_litres_per_minute, plumbing.pump_litres_per_minute) / 60
    return fastest / (pipe.purge_litres / pipe.metres) * (lag_seconds + shut_seconds)


class Plant:
    """The state of a home's water, moved on by `step` and `stand`.

    ``litres_per_minute`` is what the flow sensor at the heater saw in the last step.

    Energies are counted from the room's temperature, in joules since the beginning:
    ``heat_joules`` given by the heater, ``mains_joules`` brought by cold water (negative when it
    is colder than the room), ``tapped_joules`` taken at taps and drains.

    >>> plant = Plant(REFERENCE)
    >>> for second in range(56):
    ...     plant.step({}, circulating="tap")
    >>> round(plant.tap_celsius("tap"), 1), round(plant.heat_joules / 3.6e6, 2)
    (44.5, 0.15)
    """

    def __init__(self, plumbing: Plumbing, *, seed: int = 0) -> None:
        self.plumbing = plumbing
        room = plumbing.ambient_celsius
        self.trunk = PlugFlow(plumbing.trunk, room) if plumbing.trunk else None
        self.hot = {one.tap: PlugFlow(one.hot, room) for one in plumbing.branches}
        self.back = {
            one.tap: PlugFlow(one.back, room) for one in plumbing.branches if one.back is not None
        }
        self.probes = {
            tap: Thermometer(
                lag_seconds=plumbing.probe_lag_seconds,
                noise_kelvin=plumbing.probe_noise_kelvin,
                celsius=room,
                seed=seed * 1009 + index,
            )
            for index, tap in enumerate(plumbing.taps)
        }
        self._pipes = [*([self.trunk] if self.trunk else []), *self.hot.values()]
        self._pipes += self.back.values()
        self._smallest = min(one.pipe.purge_litres for one in self._pipes)
        self._burning_seconds = 0.0
        self.heat_joules = self.mains_joules = self.tapped_joules = 0.0
        self.drained_litres = self.litres_per_minute = 0.0
        self.leaving = dict.fromkeys(plumbing.taps, room)
        self.returning_celsius = room
        self.cold_line_celsius = room

    @property
    def burning(self) -> bool:
        """Whether the heater gives heat."""
        return self._burning_seconds > self.plumbing.heater.ignition_seconds

    @property
    def lost_joules(self) -> float:
        """Heat that the pipes have given to the room."""
        return sum(one.lost_joules for one in self._pipes)

    @property
    def stored_joules(self) -> float:
        """Heat in water and walls above the room's temperature."""
        return sum(one.stored_joules for one in self._pipes)

    def tap_celsius(self, tap: str) -> float:
        """The water at the tap's end of its pipe."""
        return self.hot[tap].far_celsius

    def probe_celsius(self, tap: str) -> float:
        """A reading of the tap's probe."""
        return self.probes[tap].read()

    def stand(self, seconds: float) -> None:
        """Let all water stand for a while."""
        self.litres_per_minute = 0.0
        if seconds <= 0:
            return
        before = self.plumbing.probe_metres
        for tap, flow in self.hot.items():
            start = flow.celsius_before_end(before) if before else flow.far_celsius
            room = flow.ambient_celsius
            self.probes[tap].follow_cooling(flow.pipe, start, room, seconds)
        for one in self._pipes:
            one.stand(seconds)
        self._burning_seconds = 0.0

    def step(
        self,
        draws: Mapping[str, float],
        *,
        circulating: str | None = None,
        cold_draws: Mapping[str, float] | None = None,
        seconds: float = 1.0,
    ) -> None:
        """Let water move for a second or less.

        Args:
            draws: litres a minute of hot water drawn at each tap.
            circulating: the tap whose branch the pump, or the drain valve, moves water through.
            cold_draws: litres a minute of cold water drawn at each tap. It matters where water
                comes back through the cold pipe: half of it comes through the open valve.
            seconds: how long, at most 1.
        """
        pumped = self._pumped(circulating)
        pulled = 0.0
        if pumped and circulating is not None and self.plumbing.layout in _COLD_LAYOUTS:
            pulled = _PULLED_SHARE * (cold_draws or {}).get(circulating, 0.0)
        total = pumped + pulled + sum(draws.values())
        if total <= 0:
            self.stand(seconds)
            return
        limited = min(1.0, self.plumbing.heater.most_litres_per_minute / total)
        if limited < 1:
            draws = {tap: flow * limited for tap, flow in draws.items()}
        flows = _Flows(draws, circulating, pumped * limited, pulled * limited)
        self.litres_per_minute = flows.total
        parts = math.ceil(flows.total / 60 * seconds / (0.9 * self._smallest))
        for _ in range(parts):
            self._move(flows, seconds / parts)

    def _pumped(self, circulating: str | None) -> float:
        if circulating is None:
            return 0.0
        thermostatic = self.plumbing.layout == "cold-thermostatic"
        if thermostatic and self.probes[circulating].celsius >= _THERMOSTATIC_CELSIUS:
            return 0.0
        return self.plumbing.pump_litres_per_minute

    def _move(self, flows: _Flows, seconds: float) -> None:
        for one in self._pipes:
            one.stand(seconds / 2)
        litres = {}
        for tap, flow in self.hot.items():
            flowing = flows.draws.get(tap, 0.0)
            if tap == flows.circulating:
                flowing += flows.pumped + flows.pulled
            if flowing > 0:
                litres[tap] = flowing * seconds / 60
                self.leaving[tap] = flow.leave(litres[tap])
        total, moved = flows.total, flows.total * seconds / 60
        supply = self._heated(self._inlet_celsius(flows, seconds), total, moved, seconds)
        if self.trunk is not None:
            arriving = self.trunk.leave(moved)
            self.trunk.enter(moved, supply)
            supply = arriving
        for tap, entering in litres.items():
            self.hot[tap].enter(entering, supply)
        for one in self._pipes:
            one.stand(seconds / 2)
        self._read(seconds)

    def _inlet_celsius(self, flows: _Flows, seconds: float) -> float:
        """What reaches the heater: mains for what is drawn, returned water for what is pumped."""
        plumbing = self.plumbing
        room, mains = plumbing.ambient_celsius, plumbing.mains_celsius
        for tap, flow in flows.draws.items():
            self.tapped_joules += self._joules(flow * seconds / 60, self.leaving[tap] - room)
        pumped, pulled = flows.pumped * seconds / 60, flows.pulled * seconds / 60
        returned, fresh = mains, (flows.total - flows.pumped) * seconds / 60
        drawn = fresh
        if flows.circulating is not None and pumped > 0:
            returned = self.leaving[flows.circulating]
            self.tapped_joules += self._joules(pulled, returned - room)
            if plumbing.layout == "drain":
                self.tapped_joules += self._joules(pumped, returned - room)
                self.drained_litres += pumped
                returned, fresh = mains, drawn + pumped
            else:
                returned = self._back(flows.circulating, pumped, returned)
                self.returning_celsius = returned
        self.mains_joules += self._joules(fresh, mains - room)
        return (drawn * mains + pumped * returned) / (drawn + pumped)

    def _back(self, tap: str, litres: float, celsius: float) -> float:
        """Send water through the way back; what arrives at the heater."""
        if self.plumbing.layout in _COLD_LAYOUTS:
            self.cold_line_celsius = max(self.cold_line_celsius, celsius)
        back = self.back.get(tap)
        if back is None:
            return celsius
        arriving = back.leave(litres)
        back.enter(litres, celsius)
        return arriving

    def _heated(self, inlet: float, flow: float, litres: float, seconds: float) -> float:
        heater = self.plumbing.heater
        if flow < heater.ignition_litres_per_minute:
            self._burning_seconds = 0.0
            return inlet
        self._burning_seconds += seconds
        if not self.burning:
            return inlet
        most = heater.kilowatts * 1000 * seconds
        wanted = max(0.0, self._joules(litres, heater.supply_celsius - inlet))
        given = min(wanted, most)
        self.heat_joules += given
        return inlet + given / (litres * JOULES_PER_LITRE_KELVIN)

    def _read(self, seconds: float) -> None:
        before = self.plumbing.probe_metres
        for tap, flow in self.hot.items():
            water = flow.celsius_before_end(before) if before else flow.far_celsius
            self.probes[tap].follow(water, seconds)

    @staticmethod
    def _joules(litres: float, kelvin: float) -> float:
        return litres * JOULES_PER_LITRE_KELVIN * kelvin
