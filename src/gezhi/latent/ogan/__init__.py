"""O-GAN: a GAN whose discriminator is also its encoder."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.latent.ogan.estimator import OGAN
    from gezhi.latent.ogan.model import OGANModel

__all__ = ["OGAN", "OGANModel"]

_HOMES = {"OGAN": "gezhi.latent.ogan.estimator", "OGANModel": "gezhi.latent.ogan.model"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gezhi.latent.ogan' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
