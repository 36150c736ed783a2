"""Find the papers of documents, and say where each one stands."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gezhi.papers.documents.document import Document, Piece
from gezhi.papers.documents.reading import read_document
from gezhi.papers.finder import Paper, Search, occurrences

__all__ = ["Collection", "Located", "find_in", "find_in_document"]

# What follows the id in the margin of a first page: v7 [cs.CL] 2 Aug 2023
_STAMP = r"v[0-9]{1,3}\s{1,4}\[[a-zA-Z.-]{2,20}\]\s{1,4}[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}"
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Located:
    """A paper or a search, and where it was found first.

    Attributes:
        found: the paper or search; its ``start`` and ``end`` count code points of the decoded
            text, for a PDF those of its page's text, or of the link or metadata it is in.
        file: the file's name as it was given, or the address it was fetched from.
        page: the page of a PDF, from 1.
        line: the line of a text, from 1.
        column: the column of the line, from 1, in code points.
        field: ``link`` or ``metadata`` of a PDF, ``address`` of a page that was fetched.
        title: the title that the document gives it.
    """

    found: Paper | Search
    file: str | None = None
    page: int | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    title: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two of them the same: paper or search, its kind or venue, its id."""
        if isinstance(self.found, Paper):
            return "paper", self.found.kind, self.found.id
        return "search", self.found.venue, self.found.id


class Collection:
    """Papers of several documents, in order of first appearance, each once.

    >>> collection = Collection()
    >>> for text in ("1706.03762", "arXiv:1706.03762v2 and 1810.04805"):
    ...     collection.add(find_in(text))
    >>> [paper.id for paper in collection.papers]
    ['1706.03762', '1810.04805']
    """

    def __init__(self) -> None:
        self._located: dict[tuple[str, str, str], Located] = {}

    def add(self, located: Sequence[Located]) -> None:
        """Add what is new; a title that comes later is taken where there was none."""
        for one in located:
            known = self._located.setdefault(one.key, one)
            if known.title is None and one.title is not None:
                self._located[one.key] = replace(known, title=one.title)

    @property
    def located(self) -> tuple[Located, ...]:
        """All of them, in order."""
        return tuple(self._located.values())

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers among them."""
        return tuple(one.found for one in self.located if isinstance(one.found, Paper))

    @property
    def searches(self) -> tuple[Located, ...]:
        """The searches among them, with what is known of each."""
        return tuple(one for one in self.located if isinstance(one.found, Search))


def find_in(
    source: Path | bytes | str, *, name: str | None = None, encoding: str | None = None
) -> tuple[Located, ...]:
    """Find the papers in a file, in the bytes of a file, or in a text.

    A text is read as `find` reads it, and besides as what it is: BibTeX, RIS or the source of a
    web page. For a folder see `files_in`.

    Args:
        source: a path, the bytes of a file, or a text.
        name: the file's name, for errors and for ``file``.
        encoding: that of a text file; found if not given.

    Returns:
        Papers and searches in order of first appearance, each once.

    Raises:
        InputError: the file is missing, too large, damaged, encrypted or of another kind.

    >>> (one,) = find_in("@inproceedings{a, booktitle={NIPS}, title={Attention Is All You Need}}")
    >>> one.found.venue, one.title
    ('neurips', 'Attention Is All You Need')
    """
    document = read_document(source, name=name, encoding=encoding)
    file = str(source) if isinstance(source, Path) else name
    collection = Collection()
    collection.add(find_in_document(document, file=file))
    return collection.located


def find_in_document(document: Document, *, file: str | None = None) -> tuple[Located, ...]:
    """Find the papers in a document that was read, every one as often as it stands there.

    >>> [(one.line, one.column) for one in find_in_document(read_document("a\\n 1706.03762"))]
    [(2, 2)]
    """
    hits = [(hit, piece) for piece in document.pieces for hit in _hits(piece)]
    if document.text is None:
        return tuple(
            Located(
                hit,
                file,
                piece.page,
                field=piece.field,
                title=document.title if _is_own(hit, piece) else None,
            )
            for hit, piece in hits
        )
    found = [hit for hit, _ in hits]
    found.sort(key=lambda hit: hit.start)
    starts = [hit.start for hit in found]
    for search in document.searches:  # named in words: only where nothing is named by an id
        place = bisect_left(starts, search.start)
        if place == len(starts) or starts[place] >= search.end:
            found.append(search)
    found.sort(key=lambda hit: hit.start)
    return tuple(_in_text(document, found, file))


def _hits(piece: Piece) -> Iterator[Paper | Search]:
    for hit in occurrences(piece.text):
        start, end = piece.place(hit.start, hit.end)
        yield replace(hit, start=start, end=end)


def _is_own(hit: Paper | Search, piece: Piece) -> bool:
    """Whether a PDF speaks of itself: in its metadata, or in the stamp that arXiv prints on it."""
    if piece.field is None and piece.page == 1:
        return re.search(re.escape(hit.id) + _STAMP, piece.text) is not None
    return piece.field == "metadata"


def _in_text(
    document: Document, found: Sequence[Paper | Search], file: str | None
) -> Iterator[Located]:
    assert document.text is not None
    lines = [0, *(end.end() for end in _LINE_END.finditer(document.text))] if found else []
    starts = [span.start for span in document.titles]
    for hit in found:
        line = bisect_right(lines, hit.start)
        span = bisect_right(starts, hit.start) - 1
        title = hit.title if isinstance(hit, Search) else None
        if title is None and span >= 0 and hit.start < document.titles[span].end:
            title = document.titles[span].title
        yield Located(hit, file, line=line, column=hit.start - lines[line - 1] + 1, title=title)
