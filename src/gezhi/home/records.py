"""Frozen dataclasses to JSON and back, with every field's type checked on the way in."""

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["build", "plain"]

T = TypeVar("T")


def plain(value: object) -> Any:
    """Turn a frozen dataclass into what JSON knows: objects, lists, strings, numbers.

    >>> from gezhi.home.types import Notice
    >>> plain(Notice("warm", "kitchen"))
    {'code': 'warm', 'subject': 'kitchen', 'value': None}
    """
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} cannot be stored: JSON has no such number")
    return str(value) if isinstance(value, StrEnum) else value


def build(kind: type[T], value: object) -> T:
    """Turn what `plain` gave back into its dataclass; `ValueError` names the field that is off.

    >>> from gezhi.home.types import Notice
    >>> build(Notice, plain(Notice("warm", "kitchen")))
    Notice(code='warm', subject='kitchen', value=None)
    """
    return _build(kind, value, kind.__name__)  # type: ignore[no-any-return]


def _build(kind: Any, value: object, path: str) -> Any:
    if is_dataclass(kind):
        return _build_record(kind, value, path)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{path} is {value!r}, and should be a list")
        return tuple(_build(get_args(kind)[0], one, f"{path}[{i}]") for i, one in enumerate(value))
    if get_origin(kind) in (Union, types.UnionType):
        chosen = [one for one in get_args(kind) if one is not type(None)]
        return None if value is None else _build(chosen[0], value, path)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(str(value))
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    elif type(value) is kind:
        return value
    raise ValueError(
        f"{path} is {value!r}, and should be of type {getattr(kind, '__name__', kind)}"
    )


def _build_record(kind: Any, value: object, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"{path} is {value!r}, and should be an object")
    hints = get_type_hints(kind)
    strange = sorted(set(value) - set(hints))
    if strange:
        raise ValueError(f"{path} has no field {strange[0]!r}")
    try:
        return kind(**{key: _build(hints[key], one, f"{path}.{key}") for key, one in value.items()})
    except TypeError as error:
        raise ValueError(f"{path} lacks a field: {error}") from error
