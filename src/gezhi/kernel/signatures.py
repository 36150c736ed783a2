"""What a file is by its first bytes, so that nobody takes a picture for a text."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Signature", "find_signature"]


class Signature(NamedTuple):
    """The bytes that a kind of file begins with; ``what`` is its name in a sentence.

    ``family`` is archive, database, office, parquet, pdf, picture, program or workbook.
    """

    head: bytes
    what: str
    family: str


_SIGNATURES = (
    Signature(b"PK\x03\x04", "a zip archive or an Excel workbook", "workbook"),
    Signature(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file", "office"),
    Signature(b"PAR1\x15", "a parquet file", "parquet"),
    Signature(b"\x1f\x8b", "a gzip archive", "archive"),
    Signature(b"\xfd7zXZ\0", "an xz archive", "archive"),
    Signature(b"7z\xbc\xaf\x27\x1c", "a 7z archive", "archive"),
    Signature(b"Rar!\x1a\x07", "a rar archive", "archive"),
    Signature(b"\x28\xb5\x2f\xfd", "a zstd archive", "archive"),
    Signature(b"%PDF-", "a PDF", "pdf"),
    Signature(b"\x89PNG\r\n\x1a\n", "a picture (PNG)", "picture"),
    Signature(b"\xff\xd8\xff", "a picture (JPEG)", "picture"),
    Signature(b"GIF87a", "a picture (GIF)", "picture"),
    Signature(b"GIF89a", "a picture (GIF)", "picture"),
    Signature(b"\x7fELF", "a program", "program"),
    Signature(b"MZ\x90\0", "a program", "program"),
    Signature(b"SQLite format 3\0", "an SQLite database", "database"),
)


def find_signature(head: bytes) -> Signature | None:
    """The kind of file that begins so, if it is one of those that are no text.

    >>> find_signature(b"\\x1f\\x8b\\x08").what
    'a gzip archive'
    >>> find_signature(b"text") is None
    True
    """
    return next((one for one in _SIGNATURES if head.startswith(one.head)), None)
