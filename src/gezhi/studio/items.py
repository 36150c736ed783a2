"""Items of an uploaded file, for every room that learns from pictures or rows."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from gezhi.errors import InputError
from gezhi.kernel.arrays import Items, read_items
from gezhi.kernel.pictures import unpack_pictures

__all__ = ["MOST_VALUES", "SUFFIXES", "can_learn", "parse_size", "read_upload"]

MOST_VALUES = 100_000_000
"""Cells or pixels of a file: what fits into the memory of a small computer."""
SUFFIXES = (".npy", ".npz", ".zip", ".csv", ".tsv", ".xlsx", ".gz")
"""Of the files that hold items."""


def can_learn() -> bool:
    """Whether this installation can learn: the extra `train`."""
    return all(find_spec(name) is not None for name in ("torch", "sklearn", "onnx"))


def parse_size(text: str) -> tuple[int, int] | None:
    """(height, width) of a side in pixels, from 8 to 128; None leaves pictures as they are.

    >>> parse_size("28"), parse_size(""), parse_size("1e9"), parse_size("7")
    ((28, 28), None, None, None)
    """
    known = text.isascii() and text.isdigit() and len(text) < 4 and 8 <= int(text) <= 128
    return (int(text), int(text)) if known else None


def read_upload(
    source: Path, *, size: tuple[int, int] | None = None, skip_damaged: bool = False
) -> Items:
    """The items of an uploaded file; a zip of pictures is a folder of pictures.

    Where damaged pictures are skipped, `Items.damaged` tells of them.

    Raises:
        InputError: it cannot be read, or holds more than `MOST_VALUES` numbers.
    """
    if source.suffix == ".zip":
        folder = source.with_name("unpacked")
        names = unpack_pictures(source, folder)
        items = read_items(folder, size=size, skip_damaged=skip_damaged)
        own = tuple(names[int(Path(one).stem)] for one in items.sources)
        items = replace(items, labels=None, sources=own)
    else:
        items = read_items(source)
    if items.values.size > MOST_VALUES:
        raise InputError(
            f"{source.name} holds {items.values.size:,} numbers; {MOST_VALUES:,} are the most here"
        )
    return items
