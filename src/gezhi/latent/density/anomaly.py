"""How unusual an item is, by its density and by what a plain density gets wrong.

A model of clothes finds digits more likely than clothes, since they are simpler: fewer cells need
to be told. Less the bits that a packer without any model needs, what is left is what the model did
not expect (Serrà et al., Input complexity and out-of-distribution detection, 2020).
"""

from __future__ import annotations

import bz2
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ParameterError
from gezhi.kernel.extras import require
from gezhi.latent.density.coding import as_items
from gezhi.latent.density.model import DensityModel, Scores

__all__ = ["KINDS", "complexity", "unusual"]

#: What `unusual` knows: −log p(x), the same less `complexity`, and likelihood regret.
KINDS = ("plain", "complexity", "regret")


def complexity(items: Any) -> NDArray[np.float64]:
    """Nats that each item needs without a model, (n,): the best of plain packers.

    Pictures are packed as differences from the pixel above and from the one to the left too.

    >>> flat, busy = np.zeros((16, 16), np.uint8), np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> flat_nats, busy_nats = complexity(np.stack([flat, busy * 89]))
    >>> bool(flat_nats < busy_nats)
    True
    """
    array = as_items(items)
    if array.dtype.kind == "b" or array.max() <= 1:
        return np.array([_packed([np.packbits(one.astype(np.uint8))]) for one in array])
    return np.array([_packed(_filtered(one)) for one in array.astype(np.uint8)])


def unusual(
    model: DensityModel, items: Any, scores: Scores, *, kind: str = "plain"
) -> NDArray[np.float64]:
    """How unusual each item is, nats, (n,); more is more unusual.

    Raises:
        ParameterError: an unknown kind, or complexity of real numbers.
        MissingExtra: regret is asked for and torch is not installed.
    """
    if kind not in KINDS:
        raise ParameterError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if kind == "plain":
        return -scores.log_density
    if kind == "regret":
        require("torch", "train")
        from gezhi.latent.density.regret import likelihood_regret

        return likelihood_regret(model, items)
    if not model.coding.whole:
        raise ParameterError("real numbers have no complexity in bits: ask for the kind plain")
    return np.asarray(-scores.log_density - complexity(items))


def _filtered(item: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    if item.ndim < 2:
        return [item]
    above, left = item.copy(), item.copy()
    above[1:] -= item[:-1]
    left[:, 1:] -= item[:, :-1]
    return [item, above, left]


def _packed(forms: list[NDArray[np.uint8]]) -> float:
    sizes = [min(len(zlib.compress(one.tobytes(), 9)), len(bz2.compress(one.tobytes())))
             for one in forms]  # fmt: skip
    return 8 * math.log(2) * min(sizes)
