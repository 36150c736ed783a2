"""The guard in front of optional dependencies."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from gezhi.errors import MissingExtra

__all__ = ["require"]


def require(module: str, extra: str) -> ModuleType:
    """Import ``module``, or say which pip command brings it.

    Args:
        module: the dotted name of the optional module, such as ``"torch"``.
        extra: the extra of the distribution that installs it, such as ``"train"``.

    Raises:
        MissingExtra: the module is not installed. A module that is installed and broken raises
            its own error, since installing it again would not help.

    >>> require("json", "train").dumps([1])
    '[1]'
    >>> require("no_such_module", "train")
    Traceback (most recent call last):
        ...
    gezhi.errors.MissingExtra: no_such_module needs the extra 'train': pip install 'gezhi[train]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or module
        if missing.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtra(
            f"{module} needs the extra '{extra}': pip install 'gezhi[{extra}]'"
        ) from error
