"""The file that a codec writes: a head, segments that stand alone, and where they lie.

``GZ8`` and a format number; the head as JSON with its length; segments, each with its sizes and a
checksum; an index; its place. Whole numbers are little endian. A reader that finds another model,
or data that differ from what was coded, says so and gives nothing.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import DataError

__all__ = [
    "FORMAT",
    "Container",
    "Segment",
    "digest_of",
    "read_container",
    "write_head",
    "write_index",
]

FORMAT = 1
_MAGIC = b"GZ8" + bytes([FORMAT])
_LENGTH = struct.Struct("<I")
_SEGMENT = struct.Struct("<IIII16s")
_PLACE = struct.Struct("<QI4s")
_END = b"8ZG."
_MOST_HEAD = 1 << 24


@dataclass(frozen=True)
class Segment:
    """Some items, coded onto one stack.

    Attributes:
        items: how many.
        blocks: the sizes of the blocks, in the order of the items.
        words: the stack.
        digest: of the items themselves, 16 bytes.
    """

    items: int
    blocks: tuple[int, ...]
    words: NDArray[np.uint32]
    digest: bytes

    def write(self, file: IO[bytes]) -> int:
        """Append it to a file; gives its bytes."""
        blocks = np.asarray(self.blocks, "<u2").tobytes()
        body = blocks + self.words.astype("<u4").tobytes()
        head = _SEGMENT.pack(
            self.items, len(self.blocks), len(self.words), zlib.crc32(body), self.digest
        )
        return file.write(head + body)


@dataclass(frozen=True)
class Container:
    """A file that was opened: its head, and where each segment begins.

    Attributes:
        path: of the file.
        head: what `write_head` was given.
        offsets: of the segments.
        counts: how many items each has.
    """

    path: Path
    head: dict[str, Any]
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    def segments(self, first: int = 0, last: int | None = None) -> Iterator[Segment]:
        """Read some segments.

        Raises:
            DataError: the file is damaged.
        """
        with self.path.open("rb") as file:
            for number in range(len(self.offsets))[first:last]:
                file.seek(self.offsets[number])
                yield _read_segment(file, self.path, number)


def write_head(file: IO[bytes], head: dict[str, Any]) -> int:
    """Begin a file; gives its bytes so far."""
    content = zlib.compress(json.dumps(head, ensure_ascii=False).encode(), 9)
    checked = _LENGTH.pack(len(content)) + content
    return file.write(_MAGIC + checked + _LENGTH.pack(zlib.crc32(checked)))


def write_index(file: IO[bytes], at: int, offsets: list[int], counts: list[int]) -> int:
    """End a file that is `at` bytes long; gives the bytes of its end."""
    sizes = np.diff([*offsets, at]).astype("<u4").tobytes()
    content = sizes + np.asarray(counts, "<u4").tobytes()
    end = _PLACE.pack(at, zlib.crc32(content), _END)
    return file.write(content + end)


def read_container(path: Path | str) -> Container:
    """Open a file and read its head and index.

    Raises:
        DataError: it is no such file, of another format, cut short or damaged.
    """
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(len(_MAGIC))
        if magic[:3] != _MAGIC[:3]:
            raise DataError(f"{path.name} was not written by gezhi latent compress")
        if magic != _MAGIC:
            known = f"this version reads {FORMAT}"
            raise DataError(f"{path.name} has the format {magic[3] if magic[3:] else '?'}; {known}")
        head = _read_head(file, path)
        begin = file.tell()
        if size < begin + _PLACE.size:
            raise DataError(f"{path.name} is cut short")
        file.seek(size - _PLACE.size)
        at, checksum, end = _PLACE.unpack(file.read(_PLACE.size))
        length = size - _PLACE.size - at
        if end != _END or at < begin or length < 0 or length % 8:
            raise DataError(f"{path.name} is cut short, or something was written behind its end")
        file.seek(at)
        content = file.read(length)
    if zlib.crc32(content) != checksum:
        raise DataError(f"{path.name} is damaged: its index has another checksum")
    sizes, counts = np.frombuffer(content, "<u4").reshape(2, -1).astype(np.int64)
    offsets = begin + np.cumsum([0, *sizes])
    if int(offsets[-1]) != at:
        raise DataError(f"{path.name} is damaged: its segments are of another length")
    return Container(path, head, tuple(offsets[:-1].tolist()), tuple(counts.tolist()))


def _read_head(file: IO[bytes], path: Path) -> dict[str, Any]:
    said = file.read(_LENGTH.size)
    length = _LENGTH.unpack(said)[0] if len(said) == _LENGTH.size else _MOST_HEAD + 1
    content = file.read(min(length, _MOST_HEAD))
    checksum = file.read(_LENGTH.size)
    if length > _MOST_HEAD or len(content) < length or len(checksum) < _LENGTH.size:
        raise DataError(f"{path.name} is cut short or damaged in its head")
    if zlib.crc32(said + content) != _LENGTH.unpack(checksum)[0]:
        raise DataError(f"{path.name} is damaged: its head has another checksum")
    try:
        unfolded = zlib.decompressobj().decompress(content, _MOST_HEAD)
        head = json.loads(unfolded)
    except (zlib.error, ValueError) as error:
        raise DataError(f"{path.name} is damaged in its head") from error
    if not isinstance(head, dict):
        raise DataError(f"{path.name} is damaged in its head")
    return head


def _read_segment(file: IO[bytes], path: Path, number: int) -> Segment:
    head = file.read(_SEGMENT.size)
    if len(head) < _SEGMENT.size:
        raise DataError(f"{path.name} is cut short in segment {number}")
    items, blocks, words, checksum, digest = _SEGMENT.unpack(head)
    body = file.read(2 * blocks + 4 * words)
    if zlib.crc32(body) != checksum or len(body) < 2 * blocks + 4 * words:
        raise DataError(f"{path.name} is damaged in segment {number}: it has another checksum")
    sizes = np.frombuffer(body[: 2 * blocks], "<u2")
    stack = np.frombuffer(body[2 * blocks :], "<u4").astype(np.uint32)
    return Segment(items, tuple(sizes.tolist()), stack, digest)


def digest_of(items: NDArray[Any]) -> bytes:
    """16 bytes that tell items apart: of their type, shape and values."""
    head = f"{items.dtype.str} {items.shape[1:]}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(items).tobytes()).digest()[:16]
