"""Cluster: a variational autoencoder whose latent is a code and a label."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.latent.cluster.estimator import ClusterVAE

__all__ = ["ClusterVAE"]


def __getattr__(name: str) -> Any:
    if name != "ClusterVAE":
        raise AttributeError(f"module 'gezhi.latent.cluster' has no attribute {name!r}")
    from gezhi.kernel.extras import require

    require("sklearn", "train")
    return import_module("gezhi.latent.cluster.estimator").ClusterVAE
