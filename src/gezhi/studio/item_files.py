"""A file of items in a room that learns: taken in, chosen for, worked on, shown and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gezhi.studio import pages
from gezhi.studio.items import SUFFIXES, can_learn
from gezhi.studio.jobs import State
from gezhi.studio.uploads import Upload, attachment, find_upload, receive_upload, remove_upload

__all__ = ["forget_file", "missing", "number_of", "send_file", "show_file", "show_room", "take_in"]


def missing(request: Request, *, room: str) -> Response:
    """The page that says that there is nothing at this address."""
    return pages.message_page(request, "error.missing", status=404, here=room)


def show_room(request: Request, *, room: str, template: str, result: Any) -> Response:
    """The room: a worked example, and a place for a file of one's own."""
    return pages.render(
        request,
        template,
        result=result,
        pictures=f"{room}/example",
        asked=request.query_params,
        uploads=request.app.state.uploads.of(pages.visitor_of(request), room=room),
        limit_bytes=request.app.state.settings.upload_limit_bytes,
        suffixes=SUFFIXES,
    )


async def take_in(request: Request, *, room: str) -> Response:
    """Take a file in, and lead on to its page; it is read in the job, not here."""
    upload = await receive_upload(request, room=room, suffixes=SUFFIXES)
    if upload is None:
        return pages.message_page(request, "latent.file.none", status=422, here=room)
    response = RedirectResponse(upload.address, status_code=303)
    pages.remember(request, response)
    return response


def show_file(
    request: Request, upload_id: str, *, room: str, template: str, **context: Any
) -> Response:
    """The page of one file: choose, watch the job, or look at what came of it."""
    upload = find_upload(request, upload_id, room=room)
    if upload is None:
        return missing(request, room=room)
    job = upload.job
    again = request.query_params.get("again") == "1"
    shown = (State.QUEUED, State.RUNNING, State.DONE)
    return pages.render(
        request,
        template,
        upload=upload,
        address=upload.address,
        job=job,
        place=request.app.state.jobs.place(job) if job else 0,
        choosing=job is None or (again and job.finished) or job.state not in shown,
        trouble=upload.in_own_words(job.error) if job else "",
        result=job.result if job else None,
        pictures=upload.address,
        asked=request.query_params,
        able=can_learn(),
        ending=upload.path.suffix,
        **context,
    )


def send_file(upload: Upload, path: Path, ending: str) -> Response:
    """A file that came of an upload, to be kept under the upload's own name."""
    return FileResponse(
        path,
        media_type="application/octet-stream",
        headers={"Content-Disposition": attachment(f"{Path(upload.name).stem}{ending}")},
    )


def number_of(text: str, *, below: int) -> int | None:
    """The number in an address, from 0 to just below a limit; None of anything else.

    >>> number_of("7", below=8), number_of("8", below=8), number_of("²", below=8)
    (7, None, None)
    """
    known = text.isascii() and text.isdigit() and len(text) < 9 and int(text) < below
    return int(text) if known else None


async def forget_file(request: Request, upload_id: str, *, room: str) -> Response:
    """Forget a file and what came of it."""
    await remove_upload(request, upload_id, room=room)
    return RedirectResponse(room, status_code=303)
