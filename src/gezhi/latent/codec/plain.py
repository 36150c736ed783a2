"""What plain packers make of the same items: the measure beside which a codec is read."""

from __future__ import annotations

import bz2
import lzma
import math
import zlib

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import png_bytes, webp_bytes

__all__ = ["mosaic", "plain_sizes"]

_WEBP_SIDE = 16_383


def plain_sizes(items: NDArray[np.uint8]) -> dict[str, int]:
    """Bytes that xz, bz2 and zlib need for items, and for pictures PNG and WebP too.

    Pictures are packed one by one, as people keep them, and as one mosaic. All are asked for
    their smallest result; WebP takes no picture wider or higher than 16,383 pixels.

    Args:
        items: (n, columns), or (n, height, width[, 3]).

    >>> sizes = plain_sizes(np.zeros((4, 8, 8), np.uint8))
    >>> sizes["PNG mosaic"] < sizes["PNG"]
    True
    """
    raw = items.tobytes()
    sizes = {
        "xz": len(lzma.compress(raw, preset=9)),
        "bz2": len(bz2.compress(raw)),
        "zlib": len(zlib.compress(raw, 9)),
    }
    if items.ndim < 3:
        return sizes
    whole = mosaic(items)
    sizes |= {"PNG": sum(len(png_bytes(one)) for one in items), "PNG mosaic": len(png_bytes(whole))}
    if max(items.shape[1:]) <= _WEBP_SIDE:
        sizes["WebP"] = sum(len(webp_bytes(one)) for one in items)
    if max(whole.shape) <= _WEBP_SIDE:
        sizes["WebP mosaic"] = len(webp_bytes(whole))
    return sizes


def mosaic(items: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All pictures (n, height, width[, 3]) as one square of them, black where there are no more.

    >>> mosaic(np.ones((3, 2, 2), np.uint8))[:, 3].tolist()
    [1, 1, 0, 0]
    """
    side = math.ceil(math.sqrt(len(items)))
    padded = np.zeros((side * side, *items.shape[1:]), np.uint8)
    padded[: len(items)] = items
    height, width, *channels = items.shape[1:]
    rows = padded.reshape(side, side, height, width, *channels).swapaxes(1, 2)
    return np.ascontiguousarray(rows.reshape(side * height, side * width, *channels))
