"""A lossless codec: bits-back with a `DensityModel`, for pictures and small whole numbers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.latent.codec.codec import Packed, compress, decompress, iterate

__all__ = ["Packed", "compress", "decompress", "iterate"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'gezhi.latent.codec' has no attribute {name!r}")
    return getattr(import_module("gezhi.latent.codec.codec"), name)
