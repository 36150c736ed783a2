"""Papers: from any text, link, PDF or page to the paper on papers.cool.

>>> from gezhi.papers import find, paper_url
>>> [paper_url(paper) for paper in find("math.GT/0309136 (2004)").papers]
['https://papers.cool/arxiv/math/0309136']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gezhi.papers.documents import Located, find_in
    from gezhi.papers.finder import Findings, Paper, Search, find
    from gezhi.papers.links import abstract_url, combined_links, paper_url, pdf_url, search_url

__all__ = [
    "Findings",
    "Located",
    "Paper",
    "Search",
    "abstract_url",
    "combined_links",
    "find",
    "find_in",
    "paper_url",
    "pdf_url",
    "search_url",
]

_HOMES = {
    **dict.fromkeys(("Findings", "Paper", "Search", "find"), "gezhi.papers.finder"),
    **dict.fromkeys(("Located", "find_in"), "gezhi.papers.documents"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'gezhi.papers' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "gezhi.papers.links")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
