"""The room's job: find the papers of an uploaded file with the library's own function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gezhi.papers import Search
from gezhi.papers.documents import Collection, Located, find_in_document, read_document
from gezhi.studio.tasks import Report

__all__ = ["LISTED", "find_papers"]

LISTED = 1_000
_TITLE_LENGTH = 1_000


def find_papers(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Find the papers of `source` (a path of the studio's own), in order and each once.

    `found` has at most `LISTED` of them, `more` counts the others, and `remark` is what the
    library says it could not read.
    """
    report(0, None, "")
    document = read_document(Path(parameters["source"]))
    collection = Collection()
    collection.add(find_in_document(document))
    located = collection.located
    return {
        "found": [_plain(one) for one in located[:LISTED]],
        "more": max(0, len(located) - LISTED),
        "remark": document.remark or "",
    }


def _plain(one: Located) -> dict[str, Any]:
    found = one.found
    known = not isinstance(found, Search)
    unit = "page" if one.page else "line" if one.line else ""
    return {
        "known": known,
        "kind": found.venue if isinstance(found, Search) else found.kind,
        "id": found.id,
        "title": (one.title or "")[:_TITLE_LENGTH],
        "unit": unit,
        "place": one.page or one.line or 0,
    }
