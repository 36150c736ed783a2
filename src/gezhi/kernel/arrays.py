"""Rows or pictures from any file that holds them: npy, npz, IDX, a folder of pictures, a table.

Nothing in a file is trusted: sizes that a header claims are compared with the bytes that are there
before any memory is asked for, and nothing is ever unpickled.
"""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError
from gezhi.kernel.pictures import read_folder
from gezhi.kernel.tables import find_column, open_table

__all__ = ["Items", "find_kind", "read_items", "read_labels"]

_ROWS = ("x", "data", "images", "features", "arr_0")
_LABELS = ("y", "label", "labels", "target", "class")
_TABLES = (".csv", ".tsv", ".tab", ".xlsx", ".parquet", ".pq", ".jsonl", ".ndjson")
_IDX: dict[int, str] = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Items:
    """What a file holds: one item a row.

    Attributes:
        values: (n, features) or (n, height, width[, channels]); of uint8, another whole type or
            float. May be mapped into memory and read-only.
        labels: (n,), as they stand in the file; None where it has none.
        names: of the features, from the heads of a table's columns; else empty.
        sources: of the items, such as the pictures' file names; else empty.
        damaged: a sentence for each picture of a folder that was left out.
    """

    values: NDArray[Any]
    labels: NDArray[Any] | None = None
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


def find_kind(path: Path | str) -> str:
    """Tell what is read from a path: ``npy``, ``npz``, ``idx``, ``folder`` or ``table``.

    Raises:
        InputError: there is nothing of that name, or it is empty or of no kind that is read.
    """
    path = Path(path)
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if head[:2] == b"\x1f\x8b":
                file.seek(0)
                head = gzip.GzipFile(fileobj=file).read(8)
    except FileNotFoundError:
        raise InputError(f"there is no file or folder {path}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path.name} is cut short or damaged: it is no whole gzip file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not head:
        raise InputError(f"{path.name} is empty")
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if path.suffix.lower() in _TABLES:
        return "table"
    if head.startswith(b"PK\x03\x04"):
        return "npz"
    if head[:2] == b"\0\0" and len(head) > 3 and head[2] in _IDX:
        return "idx"
    raise InputError(
        f"{path.name} is nothing that is read here: give .npy, .npz, IDX (.gz), a folder of "
        "pictures, .csv, .tsv, .xlsx or .parquet"
    )


def read_items(
    path: Path | str,
    *,
    columns: Sequence[str] | None = None,
    label: str | None = None,
    size: tuple[int, int] | None = None,
    skip_damaged: bool = False,
) -> Items:
    """Read all items of a file or folder.

    Args:
        path: the file, or a folder of pictures.
        columns: the columns of a table, or the array of an npz, that hold the values; None takes
            all numeric columns but the label, and the array called x or the only one.
        label: the column or array with labels; None takes the one called y or label, if any.
        size: (height, width) to which pictures of a folder are brought; None wants equal ones.
        skip_damaged: leave pictures of a folder out that cannot be read, and tell of them.

    Raises:
        InputError: what is there cannot be read; names the file, row and column.
        MissingExtra: the file is parquet and pyarrow is not installed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     _ = path.write_text("width,height,label\\n1,2,a\\n3,4.5,b\\n")
    ...     items = read_items(path)
    >>> items.values.tolist(), items.labels.tolist(), items.names
    ([[1.0, 2.0], [3.0, 4.5]], ['a', 'b'], ('width', 'height'))
    """
    path = Path(path)
    kind = find_kind(path)
    if kind == "folder":
        damaged: list[str] | None = [] if skip_damaged else None
        values, labels, sources = read_folder(path, size=size, damaged=damaged)
        found = Items(values, labels, sources=sources, damaged=tuple(damaged or ()))
    elif kind == "table":
        found = _table(path, columns, label)
    elif kind == "npz":
        found = _npz(path, columns, label)
    else:
        found = Items(_npy(path) if kind == "npy" else _idx(path))
    _check(path, found)
    return found if kind == "table" else replace(found, labels=_flat(path, found))


def read_labels(path: Path | str) -> NDArray[Any]:
    """Labels (n,) of a file of their own: npy or IDX (.gz), as MNIST has them.

    Raises:
        InputError: it cannot be read, or is of another kind or shape.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels-idx1-ubyte"
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_labels(path).tolist()
    [7, 2, 1]
    """
    path = Path(path)
    kind = find_kind(path)
    if kind not in ("npy", "idx"):
        raise InputError(f"{path.name} is a {kind}; give labels as .npy or IDX (.gz)")
    labels = _npy(path) if kind == "npy" else _idx(path)
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "uifbU":
        raise InputError(f"{path.name} holds {labels.dtype}{labels.shape}, not one label an item")
    return np.asarray(labels)


def _check(path: Path, items: Items) -> None:
    values = items.values
    if values.dtype.kind not in "uifb":
        raise InputError(f"{path.name} holds {values.dtype} values; give numbers")
    if values.ndim < 2 or values.ndim > _MOST_DIMENSIONS:
        raise InputError(
            f"{path.name} holds an array of shape {values.shape}; give (n, features) or "
            "(n, height, width[, channels])"
        )
    if 0 in values.shape:
        raise InputError(f"{path.name} holds an array of shape {values.shape}: nothing is in it")


def _flat(path: Path, items: Items) -> NDArray[Any] | None:
    if items.labels is None:
        return None
    if items.labels.shape != (len(items),):
        raise InputError(
            f"{path.name} has {len(items)} items, but labels of shape {items.labels.shape}"
        )
    return items.labels


# ---- npy and npz


def _npy(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        _header(file, path.stat().st_size, path.name)
    try:
        values: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from None
    return values


def _header(file: IO[bytes], size: int, name: str) -> None:
    """Compare what an npy header claims with the bytes that are there."""
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, kind = read(file)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{name} is no npy array: {error}") from None
    if kind.hasobject:
        raise InputError(f"{name} holds Python objects, which are never loaded; give numbers")
    wanted = math.prod(shape) * kind.itemsize
    if wanted > size:
        raise InputError(
            f"{name} is cut short: its header tells of {wanted:,} bytes, and {size:,} are there"
        )


def _npz(path: Path, columns: Sequence[str] | None, label: str | None) -> Items:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
            names = [one.removesuffix(".npy") for one in sizes if one.endswith(".npy")]
            if not names:
                raise InputError(f"{path.name} is a zip archive without arrays (.npy)")
            asked = columns[0] if columns else None
            known = [one for one in names if one.lower() in _ROWS]
            rest = [one for one in names if one.lower() not in _LABELS]
            chosen = asked or (known or rest or names)[0]
            if not asked and not known and len(rest) > 1:
                raise InputError(
                    f"{path.name}: which array holds the items? name one of {', '.join(rest)}"
                )
            labels = label or next((one for one in names if one.lower() in _LABELS), None)
            found = [_member(archive, path, one, names) for one in (chosen, labels) if one]
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from None
    return Items(found[0], found[1] if labels else None)


def _member(archive: zipfile.ZipFile, path: Path, name: str, names: Sequence[str]) -> NDArray[Any]:
    if name not in names:
        raise InputError(f"{path.name} has no array {name!r}; it has {', '.join(names)}")
    what = f"{name} in {path.name}"
    with archive.open(f"{name}.npy") as file:
        _header(file, archive.getinfo(f"{name}.npy").file_size, what)
    try:
        with archive.open(f"{name}.npy") as file:
            values: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except ValueError as error:
        raise InputError(f"{what} is cut short or damaged: {error}") from None
    return values


# ---- IDX, the format of MNIST: http://yann.lecun.com/exdb/mnist


def _idx(path: Path) -> NDArray[Any]:
    packed = path.open("rb").read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            _, _, code, dimensions = file.read(4)
            if not 1 <= dimensions <= _MOST_DIMENSIONS:
                raise InputError(f"{path.name} has {dimensions} dimensions; give 2 to 4")
            shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
            kind = np.dtype(_IDX[code])
            wanted = math.prod(shape) * kind.itemsize
            if not packed and wanted > path.stat().st_size:
                raise InputError(
                    f"{path.name} is cut short: its header tells of {wanted:,} bytes, and "
                    f"{path.stat().st_size:,} are there"
                )
            content = _at_most(file, wanted + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from None
    if len(content) != wanted:
        raise InputError(
            f"{path.name} is {'cut short' if len(content) < wanted else 'too long'}: its header "
            f"tells of {wanted:,} bytes"
        )
    return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def _at_most(file: Any, size: int) -> bytes:
    """Read so many bytes, asking for memory as they come: a header may claim anything."""
    parts, left = [], size
    while left and (part := file.read(min(left, 1 << 24))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


# ---- tables


def _table(path: Path, columns: Sequence[str] | None, label: str | None) -> Items:
    table = open_table(path)
    heads = [one.strip() for one in table.columns]
    at = _label_column(heads, label, table)
    chosen = (
        [find_column(table, one, (), "values") for one in columns]
        if columns
        else [i for i in range(len(heads)) if i != at]
    )
    if not chosen:
        raise InputError(f"{path.name} has no column of values beside its labels")
    rows, labels = [], []
    for row in table.rows():
        rows.append([_number(path, row.number, heads[i], row.values[i]) for i in chosen])
        if at is not None:
            labels.append(str(row.values[at]))
    if not rows:
        raise InputError(f"{path.name} has no rows")
    names = tuple(heads[i] for i in chosen)
    values = np.array(rows, np.float64)
    return Items(values, np.array(labels) if at is not None else None, names)


def _label_column(heads: Sequence[str], label: str | None, table: Any) -> int | None:
    if label is not None:
        return find_column(table, label, (), "labels")
    found = [i for i, one in enumerate(heads) if one.lower() in _LABELS]
    return found[0] if len(found) == 1 else None


def _number(path: Path, row: int, column: str, cell: Any) -> float:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        shown = repr(str(cell)[:40]) if str(cell).strip() else "an empty cell"
        raise InputError(
            f"{path.name}, row {row}, column {column!r}: {shown} is no finite number; fill it in, "
            "or leave the column out"
        )
    return value
