"""Texts from a pipe, one a line, judged as they come."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, TypeVar

from gezhi.errors import InputError

__all__ = ["in_batches", "line_batches"]

Item = TypeVar("Item")

_BATCH = 256
_BLOCK = 1 << 16
_LINE_LIMIT = 1 << 24  # bytes


def in_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut a stream into lists of at most 256, none of them empty.

    >>> [len(batch) for batch in in_batches(range(300))]
    [256, 44]
    """
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def line_batches(stream: BinaryIO, encoding: str) -> Iterator[list[str]]:
    """Yield the lines of a byte stream in batches: what has arrived is not kept waiting.

    Raises:
        InputError: a line is not in that encoding (what stands before it is yielded first), a
            line is longer than 16 MiB, or there is no such encoding.

    >>> list(line_batches(io.BytesIO("很好\\n差".encode()), "utf-8"))
    [['很好'], ['差']]
    """
    try:
        wide = len("\n".encode(encoding)) > 1
    except (LookupError, AttributeError):
        raise InputError(f"no encoding is called '{encoding}'; try utf-8 or gb18030") from None
    lines = _wide_lines(stream, encoding) if wide else _byte_lines(stream)
    number = 0
    for arrived in lines:
        for batch in in_batches(arrived):
            yield from _decoded(batch, encoding, number)
            number += len(batch)


def _byte_lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines, cut at the byte of the line end, which no character of the encoding holds."""
    read = getattr(stream, "read1", stream.read)
    rest = b""
    while block := read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _LINE_LIMIT:
            raise InputError("stdin has a line of more than 16 MiB; put one text on each line")
        yield lines
    if rest:
        yield [rest]


def _wide_lines(stream: BinaryIO, encoding: str) -> Iterator[list[bytes]]:
    """Whole lines of an encoding in which a line end is several bytes, encoded again."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="\n")
    for line in text:
        yield [line.removesuffix("\n").encode(encoding, "surrogateescape")]


def _decoded(lines: Sequence[bytes], encoding: str, before: int) -> Iterator[list[str]]:
    texts: list[str] = []
    for number, line in enumerate(lines, before + 1):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            if texts:
                yield texts
            raise InputError(
                f"stdin: line {number} is not {encoding} (byte {error.start + 1} of the line); "
                "name its encoding with --encoding"
            ) from None
        texts.append((text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r"))
    if texts:
        yield texts
