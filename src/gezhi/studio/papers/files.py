"""Whole files: uploaded, read in a job, and their papers listed with where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gezhi.papers import Paper, Search
from gezhi.papers.catalogue import NAMES
from gezhi.papers.documents import Located
from gezhi.studio import pages
from gezhi.studio.i18n import Translator
from gezhi.studio.jobs import Job, Jobs, State
from gezhi.studio.papers.entries import Entry, as_links, as_markdown, make_entry, openings
from gezhi.studio.uploads import (
    Uploads,
    find_upload,
    receive_upload,
    remove_upload,
    start_job,
)

__all__ = ["ROOM", "SUFFIXES", "entries_of", "receive", "remove", "router", "show"]

router = APIRouter()

ROOM = "/papers"
SUFFIXES = (".pdf", ".html", ".htm", ".bib", ".ris", ".txt", ".md")


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a file in, start the job that reads it, and lead on to its page."""
    uploads: Uploads = request.app.state.uploads
    jobs: Jobs = request.app.state.jobs
    upload = await receive_upload(request, room=ROOM, suffixes=SUFFIXES)
    if upload is None:
        return pages.message_page(request, "papers.file.none", status=422, here=ROOM)
    try:
        start_job(request, upload, "papers.find", {"source": str(upload.path)})
    except Exception:
        uploads.remove(upload, jobs)
        raise
    response = RedirectResponse(upload.address, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one file: watch the job, or read the result."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None or upload.job is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    jobs: Jobs = request.app.state.jobs
    job = upload.job
    t = Translator(pages.language_of(request))
    return pages.render(
        request,
        "papers/file.html",
        upload=upload,
        address=upload.address,
        job=job,
        place=jobs.place(job),
        trouble=upload.in_own_words(job.error),
        names=NAMES,
        **_result(job, t),
    )


def _result(job: Job, t: Translator) -> dict[str, Any]:
    if job.state is not State.DONE or job.result is None:
        return {}
    found, more = job.result["found"], job.result["more"]
    entries = entries_of(found, t)
    return {
        "entries": entries,
        "openings": openings(entries),
        "count": len(found) + more,
        "listed": len(found),
        "more": more,
        "remark": job.result["remark"],
        "links_text": as_links(entries),
        "markdown_text": as_markdown(entries),
    }


def entries_of(found: list[Mapping[str, Any]], t: Translator) -> list[Entry]:
    """The result of the job as the entries of a list, their places said in words.

    What only a title leads to comes last, as on the page: its numbers lead to no mark.
    """
    entries = []
    for number, one in enumerate(sorted(found, key=lambda one: not one["known"]), 1):
        where = t(f"papers.where.{one['unit']}", n=f"{one['place']:,}") if one["unit"] else ""
        made = Paper if one["known"] else Search
        located = Located(made(one["kind"], one["id"], 0, 0), title=one["title"] or None)
        entries.append(make_entry(number, located, where=where))
    return entries


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what was found in it."""
    await remove_upload(request, upload_id, room=ROOM)
    return RedirectResponse(ROOM, status_code=303)
