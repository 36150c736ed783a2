"""Compress pictures or tables of small whole numbers by a fitted model, without loss."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, DataError, ParameterError
from gezhi.kernel.parallel import ordered_map
from gezhi.kernel.paths import atomic_write
from gezhi.latent.codec.blocks import pack_segment, unpack_segment
from gezhi.latent.codec.container import (
    Container,
    Segment,
    digest_of,
    read_container,
    write_head,
    write_index,
)
from gezhi.latent.density.coding import as_items

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report
    from gezhi.latent.density.model import DensityModel

__all__ = [
    "SEGMENT_ITEMS",
    "Packed",
    "compress",
    "decompress",
    "iterate",
    "model_digest",
    "versions",
]

#: Items that are coded onto one stack: fewer reach any one sooner, more share one seed.
SEGMENT_ITEMS = 4096


@dataclass(frozen=True)
class Packed:
    """What became of the items.

    Attributes:
        items: how many.
        bytes: of the whole file.
        seed_bytes: of them, bits that the first blocks found on their stacks.
        raw_bytes: of the items as they were.
        bits_per_cell: of the whole file.
    """

    items: int
    bytes: int
    seed_bytes: int
    raw_bytes: int
    bits_per_cell: float


def compress(
    model: DensityModel,
    items: Any,
    path: Path | str,
    *,
    check: bool = True,
    extra: dict[str, Any] | None = None,
    segment_items: int = SEGMENT_ITEMS,
    workers: int = 1,
    report: Report | None = None,
) -> Packed:
    """Write items to a file from which `decompress` gives the same.

    Args:
        model: fitted with whole numbers (likelihood ``"bytes"`` or ``"bernoulli"``).
        items: (n, *shape) of whole numbers; may be mapped into memory, and is read in segments.
        path: the file, which stands only when all is written.
        check: decode each segment and compare it before it is written.
        extra: plain JSON that `decompress` gives back, such as names of columns.
        segment_items: items a segment.
        workers: processes that code segments.

    Raises:
        ArrayError: items of another shape or with values that the model does not have.
        ParameterError: the model is of real numbers, or `segment_items` is below 1.
        DataError: a segment did not decode to what it was; nothing is written.
    """
    if not model.coding.whole:
        raise ParameterError("the model is of real numbers, which have no bits: fit bytes or bits")
    if segment_items < 1:
        raise ParameterError(f"segment_items must be 1 or more, not {segment_items}")
    array = as_items(items)
    if array.dtype.kind == "f":
        raise ArrayError(f"items are {array.dtype}; only whole numbers are coded without loss")
    head = {
        "model": model_digest(model),
        "dtype": array.dtype.str,
        "shape": list(array.shape[1:]),
        "made_with": versions(),
        "extra": extra or {},
    }
    seed, offsets, counts = 0, list[int](), list[int]()
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        at = write_head(file, head)
        begins = range(0, len(array), segment_items)
        parts = (np.asarray(array[begin : begin + segment_items]) for begin in begins)
        pack = partial(_packed, model, check=check)
        for segment, words in ordered_map(pack, parts, workers=min(workers, len(begins))):
            offsets.append(at)
            counts.append(segment.items)
            at += segment.write(file)
            seed += 4 * words
            if report is not None:
                report(sum(counts), len(array), "")
        at += write_index(file, at, offsets, counts)
    return Packed(len(array), at, seed, array.nbytes, 8 * at / array.size)


def decompress(
    model: DensityModel, path: Path | str, *, workers: int = 1, report: Report | None = None
) -> tuple[NDArray[Any], dict[str, Any]]:
    """The items of a file, and what was written beside them.

    Raises:
        DataError: the file is damaged, was made by another model, or does not decode to what was
            coded; says with which versions it was made.
    """
    container = _opened(model, path)
    total, found = sum(container.counts), []
    for items in iterate(model, path, workers=workers):
        found.append(items)
        if report is not None:
            report(sum(len(one) for one in found), total, "")
    empty = np.zeros((0, *container.head["shape"]), container.head["dtype"])
    return np.concatenate([empty, *found]), dict(container.head["extra"])


def iterate(
    model: DensityModel,
    path: Path | str,
    *,
    first: int = 0,
    last: int | None = None,
    workers: int = 1,
) -> Iterator[NDArray[Any]]:
    """The items of some segments, one segment after the other, without reading the rest."""
    container = _opened(model, path)
    segments = container.segments(first, last)
    found = ordered_map(partial(_unpacked, model, container), segments, workers=workers)
    yield from found


def _unpacked(model: DensityModel, container: Container, segment: Segment) -> NDArray[Any]:
    kind, shape = np.dtype(container.head["dtype"]), tuple(container.head["shape"])
    if sum(segment.blocks) != segment.items or not segment.items:
        raise DataError(f"{container.path.name} is damaged: its blocks hold other numbers")
    numbers = unpack_segment(model, segment.words, list(segment.blocks))
    items = numbers.reshape(-1, *shape).astype(kind)
    if digest_of(items) != segment.digest:
        raise DataError(_differs(container))
    return items


def _packed(model: DensityModel, items: NDArray[Any], *, check: bool) -> tuple[Segment, int]:
    numbers = model.coding.numbers(items)
    words, blocks, seed = pack_segment(model, numbers)
    digest = digest_of(items)
    if check:
        again = unpack_segment(model, words, blocks)
        if digest_of(again.reshape(items.shape).astype(items.dtype)) != digest:
            raise DataError(
                "a segment did not decode to what it was, so nothing is written; "
                f"this should not happen ({versions()})"
            )
    return Segment(len(items), tuple(blocks), words, digest), seed


def _opened(model: DensityModel, path: Path | str) -> Container:
    container = read_container(path)
    head = container.head
    try:
        kind, shape, digest = np.dtype(head["dtype"]), tuple(head["shape"]), str(head["model"])
        dict(head["extra"]), dict(head["made_with"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{container.path.name} is damaged in its head") from error
    if digest != model_digest(model):
        raise DataError(
            f"{container.path.name} was made with another model ({digest[:12]}…); this one is "
            f"{model_digest(model)[:12]}…"
        )
    if shape != model.coding.shape or kind.kind not in "biu" or math.prod(shape) < 1:
        raise DataError(f"{container.path.name} is damaged in its head")
    return container


def _differs(container: Container) -> str:
    made, now = container.head["made_with"], versions()
    others = [f"{name} {one}, here {now.get(name)}" for name, one in made.items()
              if now.get(name) != one]  # fmt: skip
    why = f"it was made with {'; '.join(others)}" if others else "the file or this computer errs"
    return f"{container.path.name} does not decode to what was coded: {why}"


def model_digest(model: DensityModel) -> str:
    """The sha256 of a model's weights and of how it codes items."""
    import hashlib
    import json

    digest = hashlib.sha256(json.dumps(model.coding.describe(), sort_keys=True).encode())
    digest.update(f"{model.latent} {model.gates}".encode())
    for name in sorted(model.weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(model.weights[name]).tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """What decides about the last digits of a chance."""
    return {
        "numpy": np.__version__,
        "constriction": metadata.version("constriction"),
        "processor": platform.machine(),
    }
