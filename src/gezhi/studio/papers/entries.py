"""One paper as the room shows it: its number, its name and where it can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gezhi.papers import (
    Paper,
    Search,
    abstract_url,
    combined_links,
    paper_url,
    pdf_url,
    search_url,
)
from gezhi.studio.characters import visible

__all__ = [
    "BATCH",
    "NAMES",
    "QUERY_LENGTH",
    "Entry",
    "Opening",
    "as_links",
    "as_markdown",
    "one_line",
    "openings",
    "paper_entry",
    "query_of",
    "search_entry",
    "unproven",
    "words_in",
]

NAMES = {
    "arxiv": "arXiv",
    "openreview": "OpenReview",
    "acl": "ACL",
    "ijcai": "IJCAI",
    "pmlr": "PMLR",
    "cvf": "CVF",
    "aaai": "AAAI",
    "usenix": "USENIX",
    "neurips": "NeurIPS",
    "eccv": "ECCV",
    "ndss": "NDSS",
    "mlsys": "MLSys",
    "isca": "ISCA",
}
"""How each kind and venue writes its own name."""

BATCH = 40
"""Papers in one combined link: the address stays below 2,000 characters for ordinary ids."""

QUERY_LENGTH = 200
_LEAST_WORDS = 3
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_HAN}]{{2}}|[^\W\d_{_HAN}]{{2,}}")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a list.

    Attributes:
        number: from 1, in the order of the text; the mark in the text has the same.
        kind: one of the finder's kinds, or the venue of a paper known only by its title.
        id: what the finder calls it.
        where: where it stands in a file, already in words; empty for pasted text.
        title: from the input where it has one, else empty.
        page: its address on papers.cool; None when its id there is not known.
        abstract, pdf: addresses at its own site, where they follow from the id.
        query, search: words to look for on papers.cool and the address of that search; empty and
            None where nothing is known but an id.
        unproven: whether nobody has checked that papers.cool has such an id.
    """

    number: int
    kind: str
    id: str
    where: str
    title: str
    page: str | None
    abstract: str | None
    pdf: str | None
    query: str
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


def paper_entry(
    number: int, paper: Paper, *, title: str = "", beside: str = "", where: str = ""
) -> Entry:
    """A paper whose id on papers.cool is known; a venue id comes with a search where one can be.

    Args:
        number: its place in the list.
        paper: what the finder found.
        title: its title where the input says it.
        beside: the words that stand beside it, in want of a title.
        where: where it stands in a file.
    """
    query = ""
    if paper.kind != "arxiv":
        query = query_of(title) or _title_in_id(paper) or query_of(beside)
    return Entry(
        number=number,
        kind=paper.kind,
        id=paper.id,
        where=where,
        title=one_line(title),
        page=paper_url(paper),
        abstract=abstract_url(paper),
        pdf=pdf_url(paper),
        query=query,
        search=search_url(query, scope="venue") if query else None,
        unproven=unproven(paper),
    )


def search_entry(number: int, found: Search, *, beside: str = "", where: str = "") -> Entry:
    """A paper of a venue whose ids on papers.cool are not known: only a search leads to it."""
    title = found.title or ""
    slug = re.sub("[-_]+", " ", found.id)
    query = query_of(title) or (query_of(slug) if words_in(slug) > _LEAST_WORDS else "")
    query = query or query_of(beside)
    return Entry(
        number=number,
        kind=found.venue,
        id=found.id,
        where=where,
        title=one_line(title),
        page=None,
        abstract=None,
        pdf=None,
        query=query,
        search=search_url(query, scope="venue") if query else None,
        unproven=False,
    )


def _title_in_id(paper: Paper) -> str:
    """CVF writes the title into the id, behind the first author's name.

    >>> _title_in_id(Paper("cvf", "Wang_VGGT_Visual_Geometry@CVPR2025", 0, 0))
    'VGGT Visual Geometry'
    """
    if paper.kind != "cvf":
        return ""
    _, _, title = paper.id.partition("@")[0].partition("_")
    return one_line(title.replace("_", " "))


def unproven(paper: Paper) -> bool:
    """Whether nobody has checked that papers.cool knows such an id.

    >>> unproven(Paper("arxiv", "hep-th/9901001", 0, 0)), unproven(Paper("aaai", "36974", 0, 0))
    (True, False)
    """
    if paper.kind == "acl":
        # Workshops: W19-7509, and volumes of the new style that are numbered, not named.
        return re.match(r"W[0-9]|[0-9]{4}\.[a-z0-9]+-[0-9]+\.", paper.id) is not None
    return paper.kind == "pmlr" or (paper.kind == "arxiv" and "/" in paper.id)


def one_line(text: str) -> str:
    r"""A text on one line, with nothing in it that would not show.

    >>> one_line("  Attention\n Is\x07 All ")
    'Attention Is␇ All'
    """
    return " ".join("".join(c if c.isspace() else visible(c) for c in text).split())


def words_in(text: str) -> int:
    """How many words a text has, two Chinese characters taken for one.

    >>> words_in("Attention is all you need [1]"), words_in("旋转位置编码"), words_in("a 1 _")
    (5, 3, 0)
    """
    return len(_WORD.findall(text))


def query_of(text: str) -> str:
    """The words of a text that a search is given: on one line, and not too many."""
    query = one_line(text)
    if len(query) <= QUERY_LENGTH:
        return query
    cut = query[:QUERY_LENGTH]
    return cut.rpartition(" ")[0] or cut


def openings(papers: Sequence[Paper]) -> tuple[Opening, ...]:
    """Addresses that open all papers: first those of arXiv, then those of venues, in batches."""
    made = []
    for scope in ("arxiv", "venue"):
        chosen = [paper for paper in papers if (paper.kind == "arxiv") == (scope == "arxiv")]
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            [address] = combined_links(batch)
            last = start + len(batch)
            made.append(Opening(scope, len(batch), start + 1, last, len(chosen), address))
    return tuple(made)


def as_links(entries: Sequence[Entry]) -> str:
    """The addresses on papers.cool, one on each line; a search where there is no page."""
    return "\n".join(filter(None, (entry.page or entry.search for entry in entries)))


def as_markdown(entries: Sequence[Entry]) -> str:
    """A Markdown list of the same."""
    lines = []
    for entry in entries:
        address = entry.page or entry.search
        if address:
            name = entry.title or (entry.name if entry.page else entry.query)
            escaped = _MARKDOWN.sub(r"\\\1", name)
            lines.append(f"- [{escaped}]({address})")
    return "\n".join(lines)
