"""The addresses of the density room."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.studio.density import views
from gezhi.studio.item_files import (
    forget_file,
    missing,
    number_of,
    send_file,
    show_file,
    show_room,
    take_in,
)
from gezhi.studio.items import parse_size
from gezhi.studio.uploads import find_upload, read_form, start_job

__all__ = [
    "ROOM",
    "download",
    "example_picture",
    "file_picture",
    "preview",
    "receive",
    "remove",
    "room",
    "router",
    "show",
    "start",
]

router = APIRouter()

ROOM = "/density"
_KINDS = ("plain", "complexity")
_STEPS = {"quick": 600, "full": 3000}
_CACHED = {"Cache-Control": "private, max-age=3600"}
#: What may be downloaded of a finished job, and how the file is called.
_DOWNLOADS = {
    "scores": ("scores.csv", "-unusual.csv"),
    "packed": ("items.gz8", ".gz8"),
    "archive": ("packed.zip", "-packed.zip"),
}


def preview(_language: str) -> dict[str, Any]:
    """The worked example on the room's card; empty when the model cannot be loaded."""
    try:
        return {"example": views.example().digest}
    except GezhiError:
        return {}


@router.get("")
def room(request: Request) -> Response:
    """The room: test pictures by how unusual they are, and a place for one's own."""
    shown = views.example().digest
    return show_room(request, room=ROOM, template="density/room.html", result=shown)


@router.get("/example/{kind}/{number}")
def example_picture(request: Request, kind: str, number: str) -> Response:
    """A picture of the example, or why it is unusual."""
    shown = views.example()
    one = number_of(number, below=len(shown.pictures))
    if kind not in ("item", "why") or one is None:
        return missing(request, room=ROOM)
    png = (
        views.picture_of(shown.pictures[one])
        if kind == "item"
        else views.why_of(shown.ranking, shown.pictures, one)
    )
    return Response(png, media_type="image/png", headers=_CACHED)


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a file in, and lead on to its page."""
    return await take_in(request, room=ROOM)


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one file."""
    return show_file(
        request,
        upload_id,
        room=ROOM,
        template="density/file.html",
        models=views.shipped_models(),
    )


@router.post("/files/{upload_id}/start")
async def start(request: Request, upload_id: str) -> Response:
    """Start the job that ranks the items."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None:
        return missing(request, room=ROOM)
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    if upload.job is None or upload.job.finished:
        model, kind = str(form.get("model", "")), str(form.get("kind", ""))
        parameters = {
            "source": str(upload.path),
            "output": str(upload.folder / "density"),
            "model": model if model in views.shipped_models() else "",
            "kind": kind if kind in _KINDS else "plain",
            "steps": _STEPS["full" if form.get("effort") == "full" else "quick"],
            "size": parse_size(str(form.get("size", ""))),
        }
        start_job(request, upload, "density.rank", parameters)
    return RedirectResponse(upload.address, status_code=303)


@router.get("/files/{upload_id}/{kind}/{number}")
def file_picture(request: Request, upload_id: str, kind: str, number: str) -> Response:
    """A picture of a file, why it is unusual, or the histogram of all."""
    upload = find_upload(request, upload_id, room=ROOM)
    result = upload.result if upload else None
    if upload is None or result is None:
        return missing(request, room=ROOM)
    folder = upload.folder / "density"
    if (kind, number) == ("histogram", "all"):
        return FileResponse(folder / "histogram.svg", media_type="image/svg+xml")
    drawn = {str(one["number"]) for part in ("unusual", "usual") for one in result[part]}
    if not result["pictures"] or kind not in ("item", "why") or number not in drawn:
        return missing(request, room=ROOM)
    return FileResponse(folder / f"{kind}-{number}.png", media_type="image/png")


@router.get("/files/{upload_id}/{what}")
def download(request: Request, upload_id: str, what: str) -> Response:
    """The scores of all items as CSV, or the packed file."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None or upload.result is None or what not in _DOWNLOADS:
        return missing(request, room=ROOM)
    file, ending = _DOWNLOADS[what]
    if not (upload.folder / "density" / file).is_file():
        return missing(request, room=ROOM)
    return send_file(upload, upload.folder / "density" / file, ending)


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what came of it."""
    return await forget_file(request, upload_id, room=ROOM)
