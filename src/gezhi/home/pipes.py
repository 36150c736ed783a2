"""Water in a pipe: plug flow with a wall that stores heat and a room that takes it.

The wall has the temperature of the water beside it, so a metre of pipe obeys

    (C_w + C_wall) ∂T/∂t + C_w v ∂T/∂x = −U′ (T − T_a)

with C_w and C_wall the heat capacities of a metre of water and of wall. Along its characteristics
the solution is exact: a parcel moves with the speed of the water divided by 1 + C_wall/C_w and
falls towards the room with τ = (C_w + C_wall)/U′. `PlugFlow` carries those parcels, so nothing is
smeared that the equation does not smear, and heat is kept to rounding.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from gezhi.errors import ParameterError

__all__ = [
    "JOULES_PER_KILOWATT_HOUR",
    "JOULES_PER_LITRE_KELVIN",
    "MATERIALS",
    "Pipe",
    "PlugFlow",
    "standing_celsius",
    "steady_outlet_celsius",
]

JOULES_PER_LITRE_KELVIN = 4180.0
"""Heat capacity of a litre of water, 1 kg/L × 4180 J/(kg K)."""

JOULES_PER_KILOWATT_HOUR = 3.6e6

_WALL_SHARE = 0.39
_SMALLEST_SCALE = 1e-9


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe of one kind.

    Attributes:
        metres: its length.
        litres_per_metre: what it holds.
        watts_per_metre_kelvin: heat lost to the room, U′.
        wall_share: heat capacity of the wall over that of the water inside.

    Raises:
        ParameterError: a length, content or loss that is not positive and finite.

    >>> pipe = Pipe(15, 0.254, 0.58)
    >>> round(pipe.litres, 2), round(pipe.purge_litres, 2), round(pipe.cooling_seconds)
    (3.81, 5.3, 2544)
    """

    metres: float
    litres_per_metre: float
    watts_per_metre_kelvin: float
    wall_share: float = _WALL_SHARE

    def __post_init__(self) -> None:
        for name in ("metres", "litres_per_metre", "watts_per_metre_kelvin"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ParameterError(f"{name} of a pipe must be a positive number, not {value}")
        if not (math.isfinite(self.wall_share) and self.wall_share >= 0):
            raise ParameterError(
                f"wall_share of a pipe must be zero or positive, not {self.wall_share}"
            )

    @classmethod
    def of(cls, material: str, metres: float) -> Pipe:
        """A pipe of a known kind, such as ``"dn25"``; `MATERIALS` has them all.

        >>> Pipe.of("dn20-foam", 8).watts_per_metre_kelvin
        0.25
        """
        if material not in MATERIALS:
            raise ParameterError(f"a pipe is one of {', '.join(MATERIALS)}, not {material!r}")
        litres_per_metre, loss = MATERIALS[material]
        return cls(metres, litres_per_metre, loss)

    @property
    def litres(self) -> float:
        """The water in it, V."""
        return self.metres * self.litres_per_metre

    @property
    def purge_litres(self) -> float:
        """What has to flow until the far end is warm, V (1 + C_wall/C_w)."""
        return self.litres * (1 + self.wall_share)

    @property
    def cooling_seconds(self) -> float:
        """τ = (C_w + C_wall)/U′ of the standing pipe."""
        capacity = self.litres_per_metre * JOULES_PER_LITRE_KELVIN * (1 + self.wall_share)
        return capacity / self.watts_per_metre_kelvin


MATERIALS = {
    "dn20": (0.163, 0.48),
    "dn20-foam": (0.163, 0.25),
    "dn25": (0.254, 0.58),
    "dn25-foam": (0.254, 0.30),
}
"""Litres a metre and W/(m K) of PPR pipes, bare and with 9 mm of foam."""


def steady_outlet_celsius(
    pipe: Pipe, inlet_celsius: float, ambient_celsius: float, litres_per_minute: float
) -> float:
    """T_a + (T_in − T_a)·exp(−U′L/(ṁc)): the far end when water has flowed for long.

    >>> round(steady_outlet_celsius(Pipe(15, 0.254, 0.58), 45, 20, 6), 3)
    44.485
    """
    capacity_flow = litres_per_minute / 60 * JOULES_PER_LITRE_KELVIN
    lost = math.exp(-pipe.watts_per_metre_kelvin * pipe.metres / capacity_flow)
    return ambient_celsius + (inlet_celsius - ambient_celsius) * lost


def standing_celsius(
    pipe: Pipe, start_celsius: float, ambient_celsius: float, seconds: float
) -> float:
    """T_a + (T_0 − T_a)·exp(−t/τ): a pipe whose water stands.

    >>> round(standing_celsius(Pipe(15, 0.254, 0.58), 45, 20, 600), 2)
    39.75
    """
    kept = math.exp(-seconds / pipe.cooling_seconds)
    return ambient_celsius + (start_celsius - ambient_celsius) * kept


class PlugFlow:
    """The water of one pipe as parcels; litres are counted with the wall's share.

    A parcel's temperature above the room is kept as it would have been at a common moment, and
    `_scale` is what cooling has left of it since: standing costs one multiplication however many
    parcels there are.

    Args:
        pipe: the pipe.
        ambient_celsius: the room.
        celsius: the water at the beginning, everywhere; the room's when None.

    >>> flow = PlugFlow(Pipe(15, 0.254, 0.58), 20.0)
    >>> for _ in range(60):
    ...     leaving = flow.push(0.1, 45.0, 1.0)
    >>> round(leaving, 1), round(flow.far_celsius, 1)
    (44.5, 44.5)
    """

    __slots__ = (
        "_last_kept",
        "_last_seconds",
        "_parcels",
        "_scale",
        "_sum",
        "ambient_celsius",
        "lost_joules",
        "pipe",
    )

    def __init__(self, pipe: Pipe, ambient_celsius: float, celsius: float | None = None) -> None:
        self.pipe = pipe
        self.ambient_celsius = ambient_celsius
        self.lost_joules = 0.0
        above = 0.0 if celsius is None else celsius - ambient_celsius
        self._parcels: deque[tuple[float, float]] = deque([(pipe.purge_litres, above)])
        self._sum = pipe.purge_litres * above
        self._scale = 1.0
        self._last_seconds = -1.0
        self._last_kept = 1.0

    @property
    def stored_joules(self) -> float:
        """Heat of water and wall above the room's temperature."""
        return JOULES_PER_LITRE_KELVIN * self._scale * self._sum

    @property
    def far_celsius(self) -> float:
        """The water that would leave next."""
        return self.ambient_celsius + self._scale * self._parcels[0][1]

    @property
    def near_celsius(self) -> float:
        """The water that entered last."""
        return self.ambient_celsius + self._scale * self._parcels[-1][1]

    def celsius_before_end(self, metres: float) -> float:
        """The water at a point that many metres before the far end."""
        left = metres * self.pipe.litres_per_metre * (1 + self.pipe.wall_share)
        for litres, above in self._parcels:
            left -= litres
            if left < 0:
                return self.ambient_celsius + self._scale * above
        return self.near_celsius

    def stand(self, seconds: float) -> None:
        """Let the water stand: it falls towards the room, exactly."""
        if seconds != self._last_seconds:
            self._last_seconds = seconds
            self._last_kept = math.exp(-seconds / self.pipe.cooling_seconds)
        self._cool(self._last_kept)

    def push(self, litres: float, celsius: float, seconds: float) -> float:
        """Let water enter for a while; the mean temperature of what leaves meanwhile.

        Half of the cooling comes before and half after, which is right to the second order.

        Args:
            litres: what enters, and leaves; less than the pipe holds.
            celsius: of what enters.
            seconds: how long that takes.
        """
        self.stand(seconds / 2)
        leaving = self.leave(litres)
        self.enter(litres, celsius)
        self.stand(seconds / 2)
        return leaving

    def leave(self, litres: float, *, backwards: bool = False) -> float:
        """Take water off the far end (the near one when backwards); its mean temperature.

        The same litres must `enter` before anything else happens to the pipe.
        """
        stored = self._take(litres, backwards=backwards)
        self._sum -= stored
        return self.ambient_celsius + self._scale * stored / litres

    def enter(self, litres: float, celsius: float, *, backwards: bool = False) -> None:
        """Add water at the near end (the far one when backwards)."""
        above = (celsius - self.ambient_celsius) / self._scale
        self._sum += litres * above
        if backwards:
            self._parcels.appendleft((litres, above))
        else:
            self._parcels.append((litres, above))

    def _cool(self, kept: float) -> None:
        before = self._scale
        self._scale = before * kept
        self.lost_joules += JOULES_PER_LITRE_KELVIN * self._sum * (before - self._scale)
        if self._scale < _SMALLEST_SCALE:
            self._renew()

    def _renew(self) -> None:
        scale = self._scale
        self._parcels = deque((litres, above * scale) for litres, above in self._parcels)
        self._sum = sum(litres * above for litres, above in self._parcels)
        self._scale = 1.0

    def _take(self, litres: float, *, backwards: bool) -> float:
        """Take litres off one end; the sum of litres times stored temperature of them."""
        parcels = self._parcels
        taken = 0.0
        while True:
            size, above = parcels.pop() if backwards else parcels.popleft()
            if size > litres:
                rest = (size - litres, above)
                if backwards:
                    parcels.append(rest)
                else:
                    parcels.appendleft(rest)
                return taken + litres * above
            taken += size * above
            litres -= size
            if litres <= 1e-12 or not parcels:
                return taken + max(litres, 0.0) * above
