"""Latent: what unlabelled pictures or rows are made of, learnt by variational autoencoders."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.latent.cluster.estimator import ClusterVAE
    from gezhi.latent.density.estimator import DensityVAE
    from gezhi.latent.ogan.estimator import OGAN

__all__ = ["OGAN", "ClusterVAE", "DensityVAE"]

_HOMES = {
    "ClusterVAE": "gezhi.latent.cluster",
    "DensityVAE": "gezhi.latent.density",
    "OGAN": "gezhi.latent.ogan",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gezhi.latent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
