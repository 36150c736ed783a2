"""A network's weights as plain arrays: what is left of it after training.

Norms are folded into the layers beside them, so a residual MLP is products, sums and zeros from
below, which NumPy does in float64 wherever it runs.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError

__all__ = ["STORAGES", "Floats", "Storage", "packed", "rounded", "run_mlp", "unpacked"]

Floats = NDArray[np.float64]
Storage = Literal["float32", "int8"]
STORAGES = ("float32", "int8")
#: Arrays of fewer numbers are kept as float32: they weigh nothing.
_SMALL = 4096
_SCALE = ".scale"


def run_mlp(weights: Mapping[str, Any], name: str, x: Any) -> Any:
    """A residual MLP: linear, blocks of x + W₂ relu(W₁ relu(a x + c) + b₁) + b₂, relu, linear.

    Arrays of NumPy or tensors of torch, all of one kind.

    Args:
        weights: ``name.first.weight``, ``name.0.gain`` and so on, matrices as (inputs, outputs).
        name: of the network.
        x: (n, inputs).

    Returns:
        (n, outputs).
    """
    h = x @ weights[f"{name}.first.weight"] + weights[f"{name}.first.bias"]
    block = 0
    while f"{name}.{block}.gain" in weights:
        at = f"{name}.{block}"
        inner = (h * weights[f"{at}.gain"] + weights[f"{at}.shift"]).clip(0.0)
        inner = (inner @ weights[f"{at}.inner.weight"] + weights[f"{at}.inner.bias"]).clip(0.0)
        h = h + (inner @ weights[f"{at}.outer.weight"] + weights[f"{at}.outer.bias"])
        block += 1
    last = (h * weights[f"{name}.gain"] + weights[f"{name}.shift"]).clip(0.0)
    return last @ weights[f"{name}.last.weight"] + weights[f"{name}.last.bias"]


def rounded(weights: Mapping[str, Floats], storage: Storage) -> dict[str, Floats]:
    """The weights as they are after they were stored and read back.

    >>> rounded({"a": np.array([1 / 3])}, "float32")["a"].tolist() == [float(np.float32(1 / 3))]
    True
    """
    return unpacked(packed(weights, storage))


def packed(weights: Mapping[str, Floats], storage: Storage = "float32") -> bytes:
    """The weights as an npz file: float32, or large ones as int8 with a scale for each column.

    Raises:
        ParameterError: another storage.
    """
    if storage not in STORAGES:
        raise ParameterError(f"storage must be one of {', '.join(STORAGES)}, not {storage!r}")
    kept: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if storage == "int8" and array.size >= _SMALL and array.ndim == 2:
            scale = np.maximum(abs(array).max(0), 1e-12).astype(np.float32) / np.float32(127)
            kept[name] = np.rint(array / scale).astype(np.int8)
            kept[name + _SCALE] = scale
        else:
            kept[name] = array.astype(np.float32)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **kept)
    return file.getvalue()


def unpacked(content: bytes) -> dict[str, Floats]:
    """The weights in float64 that `packed` has packed.

    Raises:
        BundleError: it is no such file.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"weights cannot be read: {error}") from error
    weights = {}
    for name, array in kept.items():
        if name.endswith(_SCALE):
            continue
        scale = kept.get(name + _SCALE)
        whole = array.astype(np.float64)
        weights[name] = whole if scale is None else whole * scale.astype(np.float64)
    return weights
