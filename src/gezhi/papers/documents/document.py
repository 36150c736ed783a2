"""What a reader makes of a file: pieces of text, and how each stands in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gezhi.papers.finder import Search

__all__ = ["Document", "Origin", "Piece", "TitleSpan", "lines_piece"]


class Origin(NamedTuple):
    """From ``offset`` of a piece on, its characters are those of ``start`` to ``end`` in the file.

    A run that was kept maps one to one; one that was rewritten stands for the whole of ``start``
    to ``end``. All three count code points.
    """

    offset: int
    start: int
    end: int
    rewritten: bool = False


class TitleSpan(NamedTuple):
    """What is named between two code points of a document's text bears this title."""

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text to look for papers in.

    Attributes:
        text: the stretch.
        page: the page of a PDF it is from, from 1.
        field: what it is when it is not running text: ``link``, ``metadata`` and so on.
        origins: where its runs stand in the document's text when it was rewritten, in order of
            their offsets, the first of which is 0; empty for a piece that stands for itself.
    """

    text: str
    page: int | None = None
    field: str | None = None
    origins: Sequence[Origin] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the code points ``start`` to ``end`` of the piece stand in the document.

        >>> runs = (Origin(0, 0, 1), Origin(1, 1, 3, rewritten=True), Origin(2, 3, 4))
        >>> escaped = Piece("a_b", origins=runs)  # made of a\\_b
        >>> escaped.place(0, 2), escaped.place(2, 3)
        ((0, 3), (3, 4))
        """
        if not self.origins:
            return start, end
        return self._source_of(start)[0], self._source_of(max(start, end - 1))[1]

    def _source_of(self, offset: int) -> tuple[int, int]:
        number = bisect_right(self.origins, offset, key=lambda origin: origin.offset) - 1
        first, start, end, rewritten = self.origins[number]
        if rewritten:
            return start, end
        return start + offset - first, start + offset - first + 1


@dataclass(frozen=True, slots=True)
class Document:
    """A file as text.

    Attributes:
        format: ``text``, ``html``, ``pdf``, ``bibtex`` or ``ris``.
        pieces: what to look through; for all but a PDF they are parts of ``text``.
        text: the decoded text; None for a PDF, whose pages have texts of their own.
        title: the title of the whole, where the file has one.
        titles: titles of parts of the text, in order, none inside another.
        searches: papers that are named by venue and title alone, with their places in the text.
        encoding: that of the file; None for a PDF and for text that was never bytes.
        remark: one sentence on what could not be read, if anything.
    """

    format: str
    pieces: Sequence[Piece]
    text: str | None = None
    title: str | None = None
    titles: Sequence[TitleSpan] = ()
    searches: Sequence[Search] = ()
    encoding: str | None = None
    remark: str | None = None


def lines_piece(values: Sequence[tuple[str, int, int]], field: str | None = None) -> Piece:
    """One piece of many values, a line each: a value, and where in the text it stands for.

    >>> lines_piece([("arXiv:math/0309136", 7, 14)]).place(6, 18)
    (7, 14)
    """
    origins, offset = [], 0
    for value, start, end in values:
        origins.append(Origin(offset, start, end, rewritten=True))
        offset += len(value) + 1
    return Piece("\n".join(value for value, _, _ in values), field=field, origins=origins)
