"""Density: a VAE read as importance sampling gives log p(x), and draws, outliers and a codec."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.latent.density.coding import binarised
    from gezhi.latent.density.estimator import DensityVAE
    from gezhi.latent.density.model import DensityModel, Scores

__all__ = ["DensityModel", "DensityVAE", "Scores", "binarised"]

_HOMES = {
    "DensityModel": "gezhi.latent.density.model",
    "DensityVAE": "gezhi.latent.density.estimator",
    "Scores": "gezhi.latent.density.model",
    "binarised": "gezhi.latent.density.coding",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gezhi.latent.density' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
