"""What one says of a paper beside its id: its site's name, a search for its title, a doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gezhi.papers.documents.locating import Located
from gezhi.papers.finder import Paper, Search
from gezhi.papers.links import abstract_url, combined_links, paper_url, pdf_url, search_url

__all__ = [
    "NAMES",
    "TOGETHER",
    "batches",
    "is_unproven",
    "markdown",
    "query",
    "record",
    "tabs",
    "title_search",
    "title_words",
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

TOGETHER = 40
"""Papers that one tab opens: its address stays below 2,000 characters for ordinary ids."""

_LONGEST_QUERY = 200
_LEAST_WORDS = 4  # of an id that is made from a title
_WORKSHOP = re.compile(r"W[0-9]|[0-9]{4}[.][a-z0-9]+-[0-9]+[.]")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")


def is_unproven(paper: Paper) -> bool:
    """Whether nobody has checked that papers.cool knows ids of this form.

    Old ids of arXiv, PMLR, and workshops: of ACL the volumes that are numbered and not named.

    >>> is_unproven(Paper("arxiv", "hep-th/9901001", 0, 0)), is_unproven(Paper("aaai", "3", 0, 0))
    (True, False)
    """
    if paper.kind == "acl":
        return _WORKSHOP.match(paper.id) is not None
    return paper.kind == "pmlr" or (paper.kind == "arxiv" and "/" in paper.id)


def query(words: str) -> str:
    """The words that a search is given: on one line, and not too many of them.

    >>> query("  Attention is\\nall ")
    'Attention is all'
    """
    line = " ".join(words[: 4 * _LONGEST_QUERY].split())
    if len(line) <= _LONGEST_QUERY:
        return line
    cut = line[:_LONGEST_QUERY]
    return cut.rpartition(" ")[0] or cut


def title_words(located: Located) -> str:
    """The words to look for a paper with: its title, which CVF and NDSS write into the id.

    Empty for a paper of arXiv, since papers.cool has them all, and where no title is known.

    >>> title_words(Located(Search("ndss", "cars-that-steer-themselves", 0, 0)))
    'cars that steer themselves'
    """
    found = located.found
    words = query(located.title or "")
    if isinstance(found, Search):
        parts = re.split("[-_]+", found.id)
        return words or (" ".join(parts) if len(parts) >= _LEAST_WORDS else "")
    if found.kind == "arxiv":
        return ""
    if found.kind == "cvf":
        return words or " ".join(found.id.partition("@")[0].split("_")[1:])
    return words


def title_search(located: Located) -> str | None:
    """The search for a paper's title that stands beside its id; None when no title is known.

    >>> from gezhi.papers.documents import find_in
    >>> (one,) = find_in("https://openreview.net/forum?id=4xvE6Iy77Y")
    >>> title_search(one) is None
    True
    """
    words = title_words(located)
    return search_url(words, scope="venue") if words else None


def batches(papers: Sequence[Paper]) -> tuple[str, ...]:
    """The addresses that open all papers, `TOGETHER` at a time: those of arXiv, then of venues.

    >>> batches([Paper("arxiv", f"2403.{number:05}", 0, 0) for number in range(1, 42)])[1]
    'https://papers.cool/arxiv/2403.00041'
    """
    links: list[str] = []
    for is_arxiv in (True, False):
        chosen = [paper for paper in papers if (paper.kind == "arxiv") == is_arxiv]
        for start in range(0, len(chosen), TOGETHER):
            links += combined_links(chosen[start : start + TOGETHER])
    return tuple(links)


def tabs(located: Sequence[Located]) -> tuple[str, ...]:
    """The addresses that open all of it: papers together, then a search for each other one.

    >>> from gezhi.papers.documents import find_in
    >>> tabs(find_in("1706.03762 and 1810.04805"))
    ('https://papers.cool/arxiv/1706.03762,1810.04805',)
    """
    links = batches([one.found for one in located if isinstance(one.found, Paper)])
    searches = [title_search(one) for one in located if isinstance(one.found, Search)]
    return tuple(dict.fromkeys([*links, *filter(None, searches)]))


def markdown(located: Sequence[Located]) -> str:
    """A Markdown list of links to papers.cool; what no address is known of has no link.

    >>> from gezhi.papers.documents import find_in
    >>> markdown(find_in("1706.03762"))
    '- [arXiv 1706.03762](https://papers.cool/arxiv/1706.03762)'
    """
    lines = []
    for one in located:
        found = one.found
        is_paper = isinstance(found, Paper)
        name = f"{NAMES[found.kind if isinstance(found, Paper) else found.venue]} {found.id}"
        text = _MARKDOWN.sub(r"\\\1", " ".join((one.title or name).split()))
        address = paper_url(found) if isinstance(found, Paper) else title_search(one)
        lines.append(f"- [{text}]({address})" if is_paper or address else f"- {text}")
    return "\n".join(lines)


def record(located: Located) -> dict[str, Any]:
    """A paper or a search as the JSON object that ``gezhi papers find --json`` prints for it.

    >>> from gezhi.papers.documents import find_in
    >>> (one,) = find_in("see 1706.03762")
    >>> record(one)["url"], record(one)["line"], "page" in record(one)
    ('https://papers.cool/arxiv/1706.03762', 1, False)
    """
    found = located.found
    span = {"id": found.id, "start": found.start, "end": found.end}
    known: dict[str, Any] = {
        name: getattr(located, name) for name in ("file", "page", "line", "column", "field")
    }
    if isinstance(found, Search):
        named = {"venue": found.venue, **span}
        named |= {"title": located.title, "url": title_search(located)}
    else:
        named = {"kind": found.kind, **span, "url": paper_url(found)}
        named |= {"abstract": abstract_url(found), "pdf": pdf_url(found)}
        known |= {"title": located.title, "search": title_search(located)}
        known |= {"unproven": is_unproven(found) or None}
    return named | {name: value for name, value in known.items() if value is not None}
