"""Items as the network takes them: rows or pictures, checked and brought to one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, BundleError

__all__ = ["Scaling", "flattened", "require_finite", "require_shape"]


@dataclass(frozen=True)
class Scaling:
    """(x − shift) · factor, which is what the network sees.

    Attributes:
        shift, factor: of every feature, float64 of shape (features,).
        bounded: whether that lies in [0, 1], so that a Bernoulli likelihood fits.
        whole_numbers: whether the items it was found on were uint8.
    """

    shift: NDArray[np.float64]
    factor: NDArray[np.float64]
    bounded: bool
    whole_numbers: bool

    @classmethod
    def of(cls, items: NDArray[Any], kind: str) -> Self:
        """The scaling of items (n, ...): one for all features (``whole``) or one each.

        ``auto`` takes one for pictures, for uint8 and for values in [0, 1], where the features
        share a unit, and otherwise standardises every column. A constant column becomes 0.
        """
        flat = flattened(items)
        features = flat.shape[1]
        if items.dtype == np.uint8:
            low, high = 0.0, 255.0
        else:
            low, high = float(flat.min()), float(flat.max())
            if low >= 0 and high <= 1:
                low, high = 0.0, 1.0
        shared = items.ndim > 2 or items.dtype == np.uint8 or (low, high) == (0.0, 1.0)
        if kind == "whole" or (kind == "auto" and shared):
            one = 1 / (high - low) if high > low else 0.0
            return cls(
                np.full(features, low), np.full(features, one), True, items.dtype == np.uint8
            )
        flat = flat.astype(np.float64)
        middle, deviation = flat.mean(axis=0), flat.std(axis=0)
        constant = deviation <= 1e-12 * np.maximum(1, np.abs(middle))
        factor = np.where(constant, 0, 1 / np.where(constant, 1, deviation))
        return cls(middle, factor, False, items.dtype == np.uint8)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """What `record` wrote; BundleError where it is something else."""
        try:
            shift, factor = (np.asarray(record[key], np.float64) for key in ("shift", "factor"))
            return cls(shift, factor, bool(record["bounded"]), bool(record["whole_numbers"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"the bundle's scaling cannot be read: {error}") from error

    def record(self) -> dict[str, Any]:
        """Plain values for a bundle."""
        return {
            "shift": self.shift.tolist(),
            "factor": self.factor.tolist(),
            "bounded": self.bounded,
            "whole_numbers": self.whole_numbers,
        }

    def require_same_units(self, items: NDArray[Any]) -> None:
        """Refuse fractions of 0 to 1 where the model was fitted on uint8, 0 to 255."""
        if not self.whole_numbers or items.dtype.kind != "f":
            return
        if 0 < items.max() <= 1 and items.min() >= 0 and (items % 1 != 0).any():
            raise ArrayError(
                f"X holds fractions up to {items.max():.3g}, but the model was fitted on whole "
                "numbers from 0 to 255: multiply by 255"
            )


def flattened(items: NDArray[Any]) -> NDArray[Any]:
    """Items (n, ...) as rows (n, features), without a copy."""
    return items.reshape(len(items), -1)


def require_finite(items: NDArray[Any]) -> None:
    """Refuse NaN and infinity, naming the first place.

    >>> require_finite(np.array([[1.0, 2.0], [np.nan, 3.0]]))
    Traceback (most recent call last):
        ...
    gezhi.errors.ArrayError: X contains NaN: row 1, column 0; fill it in or leave the row out
    """
    if items.dtype.kind != "f" or bool(np.isfinite(np.sum(items, dtype=np.float64))):
        return
    bad = np.argwhere(~np.isfinite(items))
    if not len(bad):
        return
    place = tuple(int(one) for one in bad[0])
    value = "NaN" if np.isnan(items[place]) else "infinity"
    where = f"column {place[1]}" if len(place) == 2 else f"pixel {place[1:]}"
    raise ArrayError(
        f"X contains {value}: row {place[0]}, {where}; fill it in or leave the row out"
    )


def require_shape(items: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse items of another shape than those that the model was fitted on."""
    if items.shape[1:] == shape:
        return
    if len(shape) == 1 and items.ndim == 2:
        # The words that scikit-learn's own estimators use, and its checks look for.
        raise ArrayError(
            f"X has {items.shape[1]} features, but ClusterVAE is expecting {shape[0]} features "
            "as input"
        )
    raise ArrayError(
        f"X holds items of shape {items.shape[1:]}, but the model was fitted on {shape}"
    )
