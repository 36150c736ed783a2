"""Which encoding a text has, decided over the whole of it; a file takes constant memory.

The first block is not enough: an export may hold 100 kB of ASCII before its first Chinese
character. So the file is decoded strictly from end to end, once for each candidate, and the first
that fits without an error wins: UTF-8 (with or without a byte-order mark), UTF-16 in either order,
GB18030 (of which GBK and GB2312 are parts).
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gezhi.errors import InputError

__all__ = ["Encoding", "find_encoding"]

_BLOCK = 1 << 20

# A byte-order mark of UTF-32 begins like one of UTF-16: the longer ones are tried first.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    ("\ufeff".encode("gb18030"), "gb18030"),
)
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "utf-8-sig": "utf-8",
    "utf-16-le-sig": "utf-16-le",
    "utf-16-be-sig": "utf-16-be",
}
_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")
_MOSTLY_NUL = 0.4  # ASCII text in UTF-16 is half NUL bytes, and valid UTF-8 as well
_PLAUSIBLE = 0.5  # the least share of characters that are ASCII or in GB2312
_ENOUGH_CHARACTERS = 50  # below which a share says nothing


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python and the byte-order mark that stands before the text, if any.

    >>> str(Encoding("utf-8", b"\\xef\\xbb\\xbf")), str(Encoding("gb18030"))
    ('utf-8-sig', 'gb18030')
    """

    codec: str
    mark: bytes = b""

    def __str__(self) -> str:
        return f"{self.codec}-sig" if self.mark else self.codec


@dataclass(frozen=True, slots=True)
class _Reading:
    """What strict decoding of a whole file met: the first error, the NULs, the kinds of text.

    ``plausible`` is the share of what is not ASCII that is in GB2312, ``chinese`` in GBK.
    """

    error_offset: int | None
    nul_offset: int | None
    nuls: int
    size: int
    characters: int
    ascii: int
    plausible: float
    chinese: float

    @property
    def valid(self) -> bool:
        return self.error_offset is None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the bytes are, to be read more than once, and what an error calls them."""

    content: Path | bytes
    name: str

    def open(self) -> BinaryIO:
        if isinstance(self.content, Path):
            return self.content.open("rb")
        return io.BytesIO(self.content)

    def size(self) -> int:
        if isinstance(self.content, Path):
            return self.content.stat().st_size
        return len(self.content)


def find_encoding(
    source: Path | bytes, asked: str | None = None, *, name: str | None = None
) -> Encoding:
    """Find the encoding of a text, or check the one that is asked for, over all its bytes.

    Args:
        source: a file of text, or the bytes of one.
        asked: a name of an encoding; ``None`` decides by the bytes.
        name: what an error calls the text; a file's own name if not given.

    Raises:
        InputError: no encoding fits (names the byte offset and the line), the file holds NUL
            bytes, or the name asked for is unknown.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "reviews.txt"
    ...     _ = path.write_bytes(("a" * 200_000 + "很好").encode("gbk"))
    ...     str(find_encoding(path))
    'gb18030'
    """
    text = _Source(source, name or (source.name if isinstance(source, Path) else "the text"))
    with text.open() as file:
        head = file.read(4)
    mark, marked_codec = next(
        ((mark, codec) for mark, codec in _MARKS if head.startswith(mark)), (b"", "")
    )
    if asked is not None:
        return _checked(text, _asked_codec(asked, marked_codec), marked_codec, mark)
    if mark:
        return _checked(text, marked_codec, marked_codec, mark)
    return _by_bytes(text)


def _asked_codec(asked: str, marked_codec: str) -> str:
    name = asked.strip().lower().replace("_", "-")
    name = _ALIASES.get(name, name)
    if name in ("utf-16", "utf-32"):
        return marked_codec if marked_codec.startswith(name) else f"{name}-le"
    try:
        info = codecs.lookup(name)
    except LookupError:
        raise InputError(
            f"no encoding is called '{asked}'; try utf-8, gb18030, utf-16 or big5"
        ) from None
    if not getattr(info, "_is_text_encoding", True):
        raise InputError(f"'{asked}' is not an encoding of text; try utf-8, gb18030 or utf-16")
    return _ALIASES.get(info.name, info.name)


def _checked(source: _Source, codec: str, marked_codec: str, mark: bytes) -> Encoding:
    encoding = Encoding(codec, mark if codec == marked_codec else b"")
    reading = _read_strictly(source, encoding)
    if reading.error_offset is not None:
        raise InputError(
            f"{source.name}: the bytes at offset {reading.error_offset} "
            f"(line {_line_of(source, reading.error_offset, codec)}) are not {encoding}; "
            "name the right encoding, or save the file as UTF-8"
        )
    if reading.nul_offset is not None:
        raise _nul_error(source, reading.nul_offset, codec)
    return encoding


def _by_bytes(source: _Source) -> Encoding:
    utf8 = _read_strictly(source, Encoding("utf-8"))
    nuls, nul_offset = _count_nuls(source)
    if utf8.valid and not nuls:
        return Encoding("utf-8")
    if nul_offset is not None:
        wide = None
        if not utf8.valid or nuls >= _MOSTLY_NUL * utf8.size:
            wide = _utf16_order(source)
        if wide is None:
            raise _nul_error(source, nul_offset, "utf-8")
        return wide
    assert utf8.error_offset is not None
    if not _is_damaged_utf8(source):
        gb18030 = _read_strictly(source, Encoding("gb18030"))
        few = gb18030.characters - gb18030.ascii < _ENOUGH_CHARACTERS
        if gb18030.valid and (few or gb18030.plausible >= _PLAUSIBLE):
            return Encoding("gb18030")
    raise InputError(
        f"{source.name}: the byte at offset {utf8.error_offset} "
        f"(line {_line_of(source, utf8.error_offset, 'utf-8')}) is not UTF-8, and the file as a "
        "whole is not GB18030 or UTF-16; name its encoding, or save it as UTF-8"
    )


def _read_strictly(source: _Source, encoding: Encoding) -> _Reading:
    decoder = codecs.getincrementaldecoder(encoding.codec)("strict")
    offset = len(encoding.mark)
    characters = ascii_characters = wide_characters = nuls = 0
    gb2312_bytes = gbk_bytes = 0
    error_offset: int | None = None
    nul_offset: int | None = None
    for block, is_last in _blocks(source, offset):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, is_last)
        except UnicodeDecodeError as error:
            error_offset = offset - held + error.start
            break
        if nul_offset is None and "\0" in text:
            before = text[: text.index("\0")].encode(encoding.codec)
            nul_offset = offset - held + len(before)
        nuls += text.count("\0")
        ascii_here = len(text.encode("ascii", "ignore"))
        characters += len(text)
        ascii_characters += ascii_here
        # The share among what is not ASCII: long stretches of ASCII say nothing about the rest.
        wide_characters += len(text) - ascii_here
        gb2312_bytes += len(text.encode("gb2312", "ignore")) - ascii_here
        gbk_bytes += len(text.encode("gbk", "ignore")) - ascii_here
        offset += len(block)
    return _Reading(
        error_offset,
        nul_offset,
        nuls,
        source.size(),
        characters,
        ascii_characters,
        gb2312_bytes / 2 / wide_characters if wide_characters else 1.0,
        gbk_bytes / 2 / wide_characters if wide_characters else 1.0,
    )


def _blocks(source: _Source, start: int, size: int = _BLOCK) -> Iterator[tuple[bytes, bool]]:
    with source.open() as file:
        file.seek(start)
        while block := file.read(size):
            yield block, False
        yield b"", True


def _count_nuls(source: _Source) -> tuple[int, int | None]:
    nuls, first, offset = 0, None, 0
    for block, _ in _blocks(source, 0):
        if first is None and b"\0" in block:
            first = offset + block.index(0)
        nuls += block.count(0)
        offset += len(block)
    return nuls, first


def _utf16_order(source: _Source) -> Encoding | None:
    """Tell the byte order by which of the two gives ASCII and common Chinese, if any does."""
    best, best_score = None, 0.0
    for codec in ("utf-16-le", "utf-16-be"):
        reading = _read_strictly(source, Encoding(codec))
        if not reading.valid or reading.nuls or not reading.characters:
            continue
        wide = reading.characters - reading.ascii
        known = (reading.ascii + reading.chinese * wide) / reading.characters
        score = known + (reading.ascii + reading.plausible * wide) / reading.characters
        if known >= _PLAUSIBLE and score > best_score:
            best, best_score = Encoding(codec), score
    return best


def _is_damaged_utf8(source: _Source) -> bool:
    """Whether a file is UTF-8 but for a few bytes: as GB18030 it would decode into nonsense.

    Only characters of three bytes and more count; GB18030 is often valid UTF-8 of two bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    wrong = right = 0
    for block, is_last in _blocks(source, 0, size=1 << 16):
        text = decoder.decode(block, is_last)
        here = text.count("\ufffd")
        wrong += here
        right += len(_THREE_BYTES.findall(text)) - here
        if wrong > 1000 and right <= 5 * wrong:
            return False  # a file in another encoding is full of errors, which are slow
    return right > 5 * wrong


def _nul_error(source: _Source, offset: int, codec: str) -> InputError:
    return InputError(
        f"{source.name}: a NUL byte at offset {offset} (line {_line_of(source, offset, codec)}): "
        "this is not a file of text; save it as csv, jsonl or plain text in UTF-8"
    )


def _line_of(source: _Source, offset: int, codec: str) -> int:
    """The line, from 1, that holds the byte at an offset."""
    newline = "\n".encode(codec)
    lines, left = 1, offset
    with source.open() as file:
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            lines += block.count(newline)
            left -= len(block)
    return lines
