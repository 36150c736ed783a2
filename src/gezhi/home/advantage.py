"""The numbers that the learner brings along: a small network, and how it is read.

Two hidden layers of rectified units; the outputs are the spoilt draws that a purge now avoids and
the heat it costs, beside a purge some minutes later (`gezhi.home.demand`). The numbers were fitted
by ``benchmarks/hotwater_fit.py`` on variants of households 0 to 11, of which none is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "Advantage", "load_advantage"]

KINDS = ("flow", "cues")
"""What the network hears: flow events alone, or cues too."""

_LEAST_KWH = 0.0002
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Advantage:
    """A network of two hidden layers.

    Attributes:
        weights: matrices of shapes (inputs, first), (first, second), (second, 2).
        biases: vectors of lengths first, second, 2.
    """

    weights: tuple[_Floats, _Floats, _Floats]
    biases: tuple[_Floats, _Floats, _Floats]

    def __call__(self, inputs: _Floats) -> tuple[float, float]:
        """Spoilt draws avoided and kilowatt-hours spent by purging now.

        >>> network = load_advantage("flow")
        >>> saved, kwh = network(np.zeros(network.weights[0].shape[0]))
        >>> kwh > 0
        True
        """
        (first, second, last), (one, two, three) = self.weights, self.biases
        hidden = np.maximum(inputs @ first + one, 0.0)
        hidden = np.maximum(hidden @ second + two, 0.0)
        saved, tenths = (hidden @ last + three).tolist()
        return saved, max(_LEAST_KWH, tenths / 10)


@cache
def load_advantage(kind: str) -> Advantage:
    """The network for one of `KINDS`."""
    with (resources.files("gezhi.home") / "advantage.npz").open("rb") as file:
        found = np.load(file)
        layers = [found[f"{kind}_{name}"].astype(np.float64) for name in ("w1", "w2", "w3")]
        biases = [found[f"{kind}_{name}"].astype(np.float64) for name in ("b1", "b2", "b3")]
    return Advantage((layers[0], layers[1], layers[2]), (biases[0], biases[1], biases[2]))
