"""The addresses of a paper: on papers.cool, on its own site, and of its PDF.

>>> from gezhi.papers.finder import find
>>> paper_url(find("arXiv:1706.03762").papers[0])
'https://papers.cool/arxiv/1706.03762'
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal
from urllib.parse import quote

from gezhi.errors import ParameterError
from gezhi.papers.checks import fill
from gezhi.papers.finder import KINDS, Paper
from gezhi.papers.rules import table

__all__ = ["abstract_url", "combined_links", "paper_url", "pdf_url", "search_url"]


def paper_url(paper: Paper) -> str:
    """Give the paper's page on papers.cool.

    Whether the site has the paper is not known here: it lacks many of OpenReview, and old arXiv ids
    and PMLR are unproven. Raises `ParameterError` for a kind that is none of `KINDS`.

    >>> paper_url(Paper("openreview", "4xvE6Iy77Y", 0, 10))
    'https://papers.cool/venue/4xvE6Iy77Y@OpenReview'
    """
    return _address(paper, "paper") or ""


def abstract_url(paper: Paper) -> str | None:
    """Give the paper's page on its own site, or None where the id does not tell it.

    >>> abstract_url(Paper("ijcai", "267@2023", 0, 3))
    'https://www.ijcai.org/proceedings/2023/267'
    """
    return _address(paper, "abstract")


def pdf_url(paper: Paper) -> str | None:
    """Give the address of the paper's PDF, or None where the id does not tell it.

    >>> pdf_url(Paper("ijcai", "267@2023", 0, 3))
    'https://www.ijcai.org/proceedings/2023/0267.pdf'
    >>> pdf_url(Paper("aaai", "36974", 0, 5)) is None
    True
    """
    return _address(paper, "pdf")


def combined_links(papers: Sequence[Paper]) -> tuple[str, ...]:
    """Give the addresses that open all papers at once: one of arXiv ids, one of venue ids.

    >>> combined_links([Paper("arxiv", "1706.03762", 0, 9), Paper("arxiv", "cs/0701001", 11, 21)])
    ('https://papers.cool/arxiv/1706.03762,cs/0701001',)
    """
    found: dict[str, list[str]] = {start: [] for start in table()["combined"].values()}
    for paper in papers:
        address = paper_url(paper)
        start = next(one for one in found if address.startswith(one))
        name = address[len(start) :]
        if name not in found[start]:
            found[start].append(name)
    return tuple(start + ",".join(names) for start, names in found.items() if names)


def search_url(query: str, *, scope: Literal["arxiv", "venue"] = "arxiv") -> str:
    """Give the address of papers.cool's search; `query` is percent-encoded, its white space single.

    >>> search_url("C# & C++")
    'https://papers.cool/arxiv/search?highlight=1&query=C%23%20%26%20C%2B%2B'
    """
    starts = table()["search"]
    if scope not in starts:
        raise ParameterError(f"scope is 'arxiv' or 'venue', not {scope!r}")
    return str(starts[scope]) + _quoted(_SPACE.sub(" ", query).strip(" "), "!~*'()")


_SPACE = re.compile("[ \t\n\r\f\v\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _quoted(text: str, safe: str) -> str:
    return quote(_SURROGATE.sub("\ufffd", text), safe=safe)


def _address(paper: Paper, which: str) -> str | None:
    if paper.kind not in KINDS:
        raise ParameterError(
            f"the kind of a paper is one of {', '.join(KINDS)}, not {paper.kind!r}"
        )
    for pattern, template in table()["addresses"][paper.kind][which]:
        found = _whole(pattern).fullmatch(paper.id)
        if found:
            groups = [paper.id, *found.groups()]
            return fill(template, [_quoted(one, "@/~") for one in groups])
    return None


@cache
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern or "(?s:.*)", re.ASCII)
