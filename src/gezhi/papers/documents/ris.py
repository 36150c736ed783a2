"""RIS, the tagged lines that libraries and publishers export."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gezhi.papers.documents.bibliography import Entry, Field, bibliography
from gezhi.papers.documents.document import Document, Piece

__all__ = ["is_ris", "read_records", "read_ris"]

_SIGN = re.compile(r"^\ufeff?TY {1,2}- ?[A-Z]", re.M)
_LINE = re.compile(r"^(?:\ufeff?([A-Z][A-Z0-9]) {1,2}-)?([^\r\n]*)", re.M)
_TITLES = ("TI", "T1", "CT")
_VENUES = ("T2", "BT", "JO", "JF", "JA", "C3")
_LONGEST_VALUE = 2000


def is_ris(text: str) -> bool:
    """Whether a text has a line that begins a record: ``TY  - KIND``.

    >>> is_ris("TY  - CONF\\nER  - "), is_ris("TYPE - a")
    (True, False)
    """
    return _SIGN.search(text) is not None


def read_ris(text: str) -> Document:
    """Read RIS: every id in its text, and the titles of the records.

    A record of a conference without ids on papers.cool becomes a search.

    >>> document = read_ris("TY  - CONF\\nTI  - Attention\\n  is all\\nT2  - NIPS\\nER  - \\n")
    >>> document.titles[0].title, document.searches[0].venue
    ('Attention is all', 'neurips')
    """
    return bibliography(
        text, list(read_records(text)), format="ris", source=Piece(text), eprints=()
    )


def read_records(text: str) -> Iterator[Entry]:
    """Yield the records in order; one without its last line ends where the next begins."""
    start, last = 0, ""
    seen: dict[str, Field] = {}
    for line in _LINE.finditer(text):
        tag = line[1]
        if tag is None:
            if last in seen and line[2].strip():
                seen[last] = _longer(seen[last], line)
            continue
        if tag in ("TY", "ER"):
            if seen:
                yield _entry(start, line.start() if tag == "TY" else line.end(), seen)
            start, seen, last = line.start(), {}, ""
            continue
        last = tag
        seen.setdefault(tag, Field(line[2].strip(), line.start(2), line.end(2)))
    if seen:
        yield _entry(start, len(text), seen)


def _longer(field: Field, line: re.Match[str]) -> Field:
    if len(field.value) > _LONGEST_VALUE:
        return field
    return Field(f"{field.value} {line[2].strip()}", field.start, line.end(2))


def _entry(start: int, end: int, fields: dict[str, Field]) -> Entry:
    title = next((fields[tag].value for tag in _TITLES if tag in fields), "")
    venues = [fields[tag].value for tag in _VENUES if tag in fields]
    return Entry(start, end, fields, " ".join(title[:_LONGEST_VALUE].split()) or None, venues)
