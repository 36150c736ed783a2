"""What BibTeX and RIS have in common: a text with entries, each with fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gezhi.papers.documents.document import Document, Piece, TitleSpan, lines_piece
from gezhi.papers.documents.venues import find_venue, title_slug
from gezhi.papers.finder import Search

__all__ = ["Entry", "Field", "bibliography"]


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a field, without its delimiters, and where it stands in the text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One reference: where it stands, its fields by name in small letters, its cleaned title."""

    start: int
    end: int
    fields: Mapping[str, Field]
    title: str | None
    venues: Sequence[str] = ()


def bibliography(
    text: str, entries: Sequence[Entry], *, format: str, source: Piece, eprints: Sequence[Field]
) -> Document:
    """Make the document of a bibliography.

    Args:
        text: the whole text, as decoded.
        entries: what was understood of it, in order.
        format: ``bibtex`` or ``ris``.
        source: the piece of the whole text, of which nothing is lost when entries are malformed.
        eprints: ids that are spread over fields, put together, with the place they stand at.
    """
    pieces = [source]
    if eprints:
        pieces.append(lines_piece([(one.value, one.start, one.end) for one in eprints]))
    titles = [TitleSpan(one.start, one.end, one.title) for one in entries if one.title]
    return Document(
        format,
        pieces,
        text=text,
        titles=titles,
        searches=[search for one in entries if (search := _search_of(one))],
    )


def _search_of(entry: Entry) -> Search | None:
    if not entry.title:
        return None
    venue = next((venue for name in entry.venues if (venue := find_venue(name))), None)
    slug = title_slug(entry.title)
    if venue is None or not slug:
        return None
    return Search(venue, slug, entry.start, entry.end, entry.title)
