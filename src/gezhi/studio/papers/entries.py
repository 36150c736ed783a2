"""One paper as the room shows it: its number, its name and where it can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gezhi.papers import (
    Paper,
    Search,
    abstract_url,
    combined_links,
    paper_url,
    pdf_url,
    search_url,
)
from gezhi.papers.catalogue import NAMES, TOGETHER, is_unproven, markdown, query, title_words
from gezhi.papers.documents import Located
from gezhi.studio.characters import shortened, visible

__all__ = ["Entry", "Opening", "as_links", "as_markdown", "make_entry", "one_line", "openings"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a list.

    Attributes:
        number: from 1, in the order of the text; the mark in the text has the same.
        located: what the library found.
        kind: one of the finder's kinds, or the venue of a paper known only by its title.
        id: what the finder calls it.
        where: where it stands in a file, already in words; empty for pasted text.
        title: from the input where it has one, else empty.
        page: its address on papers.cool; None when its id there is not known.
        abstract, pdf: addresses at its own site, where they follow from the id.
        words, search: what to look for on papers.cool and the address of that search; empty and
            None where nothing is known but an id.
        unproven: whether nobody has checked that papers.cool has such an id.
    """

    number: int
    located: Located
    kind: str
    id: str
    where: str
    title: str
    page: str | None
    abstract: str | None
    pdf: str | None
    words: str
    search: str | None
    unproven: bool

    @property
    def name(self) -> str:
        """The kind and the id, as one would say them."""
        return f"{NAMES[self.kind]} {self.id}"


@dataclass(frozen=True, slots=True)
class Opening:
    """One address that opens several papers at once; `first` to `last` count within its scope."""

    scope: str
    count: int
    first: int
    last: int
    total: int
    address: str


def make_entry(number: int, located: Located, *, beside: str = "", where: str = "") -> Entry:
    """What the library found as an entry of a list.

    Args:
        number: its place in the list.
        located: the paper or search, with its title where that is known.
        beside: the words that stand beside it, to look for in want of a title.
        where: where it stands in a file, in words.

    >>> found = Located(Paper("openreview", "4xvE6Iy77Y", 0, 10))
    >>> make_entry(1, found, beside="Some words of a title").search
    'https://papers.cool/venue/search?highlight=1&query=Some%20words%20of%20a%20title'
    """
    found = located.found
    paper = found if isinstance(found, Paper) else None
    words = title_words(located)
    if not words and not (paper and paper.kind == "arxiv"):
        words = query(beside)
    return Entry(
        number=number,
        located=located,
        kind=found.venue if isinstance(found, Search) else found.kind,
        id=found.id,
        where=where,
        title=shortened(one_line(located.title or "")),
        page=paper_url(paper) if paper else None,
        abstract=abstract_url(paper) if paper else None,
        pdf=pdf_url(paper) if paper else None,
        words=one_line(words),
        search=search_url(words, scope="venue") if words else None,
        unproven=paper is not None and is_unproven(paper),
    )


def one_line(text: str) -> str:
    r"""A text on one line, with nothing in it that would not show.

    >>> one_line("  Attention\n Is\x07 All ")
    'Attention Is␇ All'
    """
    return " ".join("".join(c if c.isspace() else visible(c) for c in text).split())


def openings(entries: Sequence[Entry]) -> tuple[Opening, ...]:
    """Addresses that open all papers: first those of arXiv, then those of venues, in batches."""
    papers = [one.located.found for one in entries if isinstance(one.located.found, Paper)]
    made = []
    for scope in ("arxiv", "venue"):
        chosen = [paper for paper in papers if (paper.kind == "arxiv") == (scope == "arxiv")]
        for start in range(0, len(chosen), TOGETHER):
            batch = chosen[start : start + TOGETHER]
            [address] = combined_links(batch)
            last = start + len(batch)
            made.append(Opening(scope, len(batch), start + 1, last, len(chosen), address))
    return tuple(made)


def as_links(entries: Sequence[Entry]) -> str:
    """The addresses on papers.cool, one on each line; a search where there is no page."""
    return "\n".join(filter(None, (entry.page or entry.search for entry in entries)))


def as_markdown(entries: Sequence[Entry]) -> str:
    """A Markdown list of the same; what is only searched for is called by its words."""
    named = [
        replace(one.located, title=one.title or (None if one.page else one.words) or None)
        for one in entries
    ]
    return markdown(named)
