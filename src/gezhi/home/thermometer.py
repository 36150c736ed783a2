"""A thermometer at a pipe: it follows the water with a lag and reads with noise."""

from __future__ import annotations

import math
import random

from gezhi.home.pipes import Pipe

__all__ = ["Thermometer"]


class Thermometer:
    """A thermometer that follows with a lag and reads with noise.

    >>> probe = Thermometer(lag_seconds=5, noise_kelvin=0, celsius=20, seed=0)
    >>> for _ in range(5):
    ...     probe.follow(45, 1)
    >>> round(probe.read(), 1)
    35.8
    """

    __slots__ = ("_lag", "_noise", "_random", "celsius")

    def __init__(
        self, *, lag_seconds: float, noise_kelvin: float, celsius: float, seed: int
    ) -> None:
        self.celsius = celsius
        self._lag = lag_seconds
        self._noise = noise_kelvin
        self._random = random.Random(seed)

    def follow(self, celsius: float, seconds: float) -> None:
        """Follow water of a temperature that stays."""
        if self._lag > 0:
            self.celsius = celsius + (self.celsius - celsius) * math.exp(-seconds / self._lag)
        else:
            self.celsius = celsius

    def follow_cooling(self, pipe: Pipe, start: float, ambient: float, seconds: float) -> None:
        """Follow water that stands, from ``start`` towards the room, exactly."""
        lag, slow = self._lag, pipe.cooling_seconds
        water = (start - ambient) * math.exp(-seconds / slow)
        if lag <= 0:
            self.celsius = ambient + water
            return
        if abs(slow - lag) < 1e-6 * slow:
            slow *= 1 + 1e-5
        gone = math.exp(-seconds / lag)
        driven = slow / (slow - lag) * (water - (start - ambient) * gone)
        self.celsius = ambient + (self.celsius - ambient) * gone + driven

    def read(self) -> float:
        """A reading."""
        return self.celsius + self._random.gauss(0, self._noise) if self._noise else self.celsius
