"""Papers as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gezhi.kernel.terminal import shorten, visible
from gezhi.papers.catalogue import NAMES, batches, is_unproven, title_search
from gezhi.papers.documents.locating import Located
from gezhi.papers.finder import Paper
from gezhi.papers.links import abstract_url, paper_url, pdf_url

__all__ = ["draw_papers", "draw_place"]

_LISTED = 5


def draw_papers(located: Sequence[Located], *, width: int | None) -> str:
    """Each paper with its place and addresses, then what opens them together, then the doubts.

    Args:
        located: papers and searches.
        width: columns that titles are cut to; addresses are never cut. None cuts nothing.
    """
    blocks = ["\n".join(_block(one, width)) for one in located]
    papers = [one.found for one in located if isinstance(one.found, Paper)]
    if len(papers) > 1:
        links = "\n".join(f"  {link}" for link in batches(papers))
        blocks.append(f"{len(papers)} papers together\n{links}")
    notes = list(_notes(located, papers))
    return "\n\n".join([*blocks, *(["\n".join(notes)] if notes else [])])


def draw_place(located: Located) -> str:
    """Where a paper stands: ``refs.bib:3:10``, ``a.pdf, page 2, link``, ``line 1, column 5``.

    >>> from gezhi.papers.documents import find_in
    >>> draw_place(find_in("see 1706.03762")[0])
    'line 1, column 5'
    """
    if located.line is not None:
        if located.file is not None:
            return visible(f"{_file(located)}:{located.line}:{located.column}")
        return f"line {located.line}, column {located.column}"
    parts = [_file(located)] if located.file else []
    parts += [f"page {located.page}"] if located.page else []
    parts += [located.field] if located.field else []
    return visible(", ".join(parts))


def _file(located: Located) -> str:
    return "stdin" if located.file == "-" else located.file or ""


def _block(located: Located, width: int | None) -> Iterable[str]:
    found = located.found
    name = NAMES[found.kind if isinstance(found, Paper) else found.venue]
    yield f"{name} {visible(found.id)}  ({draw_place(located)})"
    if located.title:
        title = visible(located.title)
        yield f"  title     {shorten(title, max(20, width - 12)) if width else title}"
    if isinstance(found, Paper):
        yield f"  page      {paper_url(found)}"
        rows = (("abstract", abstract_url(found)), ("PDF", pdf_url(found)))
        yield from (f"  {what:8}  {url}" for what, url in rows if url)
    search = title_search(located)
    if search:
        yield f"  search    {search}"
    elif not isinstance(found, Paper):
        yield "  search    for its title, which is not known here"


def _notes(located: Sequence[Located], papers: Sequence[Paper]) -> Iterable[str]:
    doubtful = [paper.id for paper in papers if is_unproven(paper)]
    if doubtful:
        yield f"Not sure to be on papers.cool: {_listed(doubtful)}."
    if any(paper.kind == "openreview" for paper in papers):
        yield "papers.cool lacks many papers of OpenReview: then search for the title."
    nameless = [one for one in located if not one.title and title_search(one) is None]
    if any(not isinstance(one.found, Paper) or one.found.kind != "arxiv" for one in nameless):
        yield "Where a title is not known: --fetch with the paper's address reads it."


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
