"""Pictures as the networks see them, in [−1, 1], and back in shape, type and range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, BundleError
from gezhi.latent.cluster.items import require_finite

__all__ = ["Scaling", "as_pictures"]

_LEAST_SIDE, _MOST_SIDE = 8, 512
_COLOURS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Scaling:
    """One linear scale for all pixels.

    Attributes:
        low, high: the values that become −1 and 1.
        dtype: numpy's name of the pictures' type.
        shape: of one picture as it is given, (height, width) or (height, width, channels).
    """

    low: float
    high: float
    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, pictures: NDArray[Any]) -> Self:
        """The scale of pictures (n, height, width[, channels]): 0 to 255, 0 to 1, or their own.

        Raises:
            ArrayError: all pixels are equal.
        """
        low, high = float(pictures.min()), float(pictures.max())
        if low == high:
            raise ArrayError(f"every pixel of X is {low:g}: there is nothing to learn")
        if pictures.dtype == np.uint8:
            low, high = 0.0, 255.0
        elif low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        return cls(low, high, str(pictures.dtype), tuple(pictures.shape[1:]))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """What `record` wrote; BundleError where it is something else."""
        try:
            shape = tuple(int(one) for one in record["shape"])
            dtype = str(np.dtype(record["dtype"]))
            return cls(float(record["low"]), float(record["high"]), dtype, shape)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"the bundle's scaling cannot be read: {error}") from error

    def record(self) -> dict[str, Any]:
        """Plain values for a bundle."""
        return {**asdict(self), "shape": list(self.shape)}

    @property
    def full_shape(self) -> tuple[int, int, int]:
        """(height, width, colours)."""
        height, width, *colours = self.shape
        return height, width, colours[0] if colours else 1

    def seen(self, pictures: NDArray[Any]) -> NDArray[np.float32]:
        """Pictures (n, *shape) as (n, height, width, colours) in [−1, 1]."""
        plain = pictures.reshape(len(pictures), *self.full_shape).astype(np.float32)
        scaled = (plain - np.float32(self.low)) * np.float32(2 / (self.high - self.low)) - 1
        return scaled.clip(-1, 1)

    def shown(self, made: NDArray[Any]) -> NDArray[Any]:
        """The reverse: pictures of the shape, type and range that the model was fitted on."""
        values = (np.asarray(made, np.float64) + 1) * ((self.high - self.low) / 2) + self.low
        kind = np.dtype(self.dtype)
        if kind.kind in "iu":
            values = values.round()
        return values.clip(self.low, self.high).astype(kind).reshape(len(made), *self.shape)


def as_pictures(X: Any, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """X as an array of pictures (n, height, width[, channels]), or one sentence why not.

    Args:
        X: what was given.
        shape: of one picture, where a model is asked; one picture alone is then taken too.

    Raises:
        ArrayError: NaN, another shape, sides below 8 or above 512, or no numbers.
    """
    try:
        pictures: NDArray[Any] = np.asarray(X)
    except ValueError:
        raise ArrayError("X holds pictures of different sizes: bring them to one") from None
    if pictures.dtype.kind not in "uifb":
        raise ArrayError(f"X holds {pictures.dtype} values; give numbers, uint8 or float")
    if pictures.dtype == bool:
        pictures = pictures.astype(np.uint8) * np.uint8(255)
    if shape is not None:
        if pictures.shape == shape:
            pictures = pictures[None]
        if pictures.shape[1:] != shape or pictures.ndim != len(shape) + 1:
            raise ArrayError(
                f"X holds pictures of shape {pictures.shape[1:]}, but the model was fitted on "
                f"{shape}"
            )
        if not len(pictures):
            raise ArrayError("X holds no picture")
    elif pictures.ndim not in (3, 4) or 0 in pictures.shape:
        raise ArrayError(
            f"X has the shape {pictures.shape}; give pictures (n, height, width[, channels])"
        )
    elif pictures.ndim == 4 and pictures.shape[3] not in _COLOURS:
        raise ArrayError(f"X has {pictures.shape[3]} channels in its last dimension; give 1 to 4")
    sides = pictures.shape[1:3]
    if min(sides) < _LEAST_SIDE or max(sides) > _MOST_SIDE:
        raise ArrayError(
            f"X holds pictures of {sides[0]} × {sides[1]} pixels; each side must be from "
            f"{_LEAST_SIDE} to {_MOST_SIDE}"
        )
    require_finite(pictures)
    return pictures
