"""The addresses of the papers room."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gezhi.papers.catalogue import NAMES
from gezhi.studio import pages
from gezhi.studio.i18n import Translator
from gezhi.studio.papers import extension, files
from gezhi.studio.papers.answers import LISTED, Answer, answer
from gezhi.studio.papers.entries import as_links, as_markdown
from gezhi.studio.papers.examples import CARD, EXAMPLES, find_example
from gezhi.studio.uploads import read_form

__all__ = ["find_papers", "preview", "room", "router", "spoken"]

router = APIRouter()
router.include_router(files.router)
router.include_router(extension.router)


def preview(_language: str) -> dict[str, Any]:
    """The worked example on the room's card."""
    return {"answer": answer(CARD), "names": NAMES}


@router.get("")
def room(request: Request) -> Response:
    """The room, with a worked example."""
    return _room(request, find_example(request.query_params.get("example")).text)


@router.post("/find")
async def find_papers(request: Request) -> Response:
    """Read what was pasted: a piece of the page for htmx, the whole page without it."""
    form = await read_form(request, request.app.state.settings.paste_limit_bytes)
    text = str(form.get("text", ""))
    if not pages.wants_fragment(request):
        return await run_in_threadpool(_room, request, text)
    return await run_in_threadpool(_piece, request, text)


def _piece(request: Request, text: str) -> Response:
    found = answer(text)
    said = spoken(Translator(pages.language_of(request)), found)
    return pages.render(request, "papers/_answer.html", **_context(found), oob=True, said=said)


def _room(request: Request, text: str) -> Response:
    settings = request.app.state.settings
    return pages.render(
        request,
        "papers/room.html",
        here=files.ROOM,
        **_context(answer(text)),
        oob=False,
        text=text,
        examples=EXAMPLES,
        uploads=request.app.state.uploads.of(pages.visitor_of(request), room=files.ROOM),
        limit_bytes=settings.upload_limit_bytes,
        paste_limit_bytes=settings.paste_limit_bytes,
        suffixes=files.SUFFIXES,
        built=extension.built(),
    )


def _context(found: Answer | None) -> dict[str, Any]:
    entries = found.entries if found else ()
    return {
        "answer": found,
        "names": NAMES,
        "listed": LISTED,
        "links_text": as_links(entries),
        "markdown_text": as_markdown(entries),
    }


def spoken(t: Translator, found: Answer | None) -> str:
    """One sentence on a new answer, for those who hear the page."""
    if found is None:
        return t("papers.empty")
    if not found.entries:
        return t("papers.none")
    count = len(found.entries) + found.more
    return t.count("papers.said", count)
