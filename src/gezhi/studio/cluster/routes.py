"""The addresses of the cluster room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.kernel.pictures import read_picture
from gezhi.studio.cluster import views
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
    "example_drawn",
    "example_picture",
    "file_drawn",
    "file_picture",
    "parse_clusters",
    "preview",
    "receive",
    "remove",
    "room",
    "router",
    "show",
    "start",
]

router = APIRouter()

ROOM = "/cluster"
_MOST_CLUSTERS = 50
#: Fewer leave even far groups mixed.
_STEPS = {"quick": 600, "full": 1200}
_CACHED = {"Cache-Control": "private, max-age=3600"}
#: What may be downloaded of a finished job, and how the file is called.
_DOWNLOADS = {"labels": ("assignments.csv", "-clusters.csv"), "report": ("report.html", ".html")}


def preview(_language: str) -> dict[str, Any]:
    """The worked example on the room's card; empty when the model cannot be loaded."""
    try:
        return {"example": views.example().digest}
    except GezhiError:
        return {}


def parse_clusters(text: str) -> int | None:
    """How many clusters a form asks for; None is to be found out, and so is what makes no sense.

    >>> parse_clusters("12"), parse_clusters("auto"), parse_clusters("-3"), parse_clusters("9999")
    (12, None, None, 50)
    """
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return max(2, min(int(text), _MOST_CLUSTERS))


@router.get("")
def room(request: Request) -> Response:
    """The room: the test pictures of Fashion-MNIST by cluster, and a place for one's own."""
    shown = views.example().digest
    return show_room(request, room=ROOM, template="cluster/room.html", result=shown)


@router.get("/example/drawn")
def example_drawn(request: Request) -> Response:
    """What the shipped model draws where the sliders stand."""
    return _drawn(request, views.EXAMPLE_MODEL)


@router.get("/files/{upload_id}/drawn")
def file_drawn(request: Request, upload_id: str) -> Response:
    """What the model of a file draws where the sliders stand."""
    upload = find_upload(request, upload_id, room=ROOM)
    result = upload.result if upload else None
    if upload is None or result is None or not result["pictures"]:
        return missing(request, room=ROOM)
    return _drawn(request, upload.folder / "clusters" / "model")


def _drawn(request: Request, source: Path | str) -> Response:
    query = request.query_params
    model = views.model_of(source)
    cluster = number_of(query.get("cluster", "0"), below=len(model.centres))
    if cluster is None:
        return missing(request, room=ROOM)
    png = views.drawn(model, cluster, views.asked_amounts(query))
    return Response(png, media_type="image/png", headers=_CACHED)


@router.get("/example/{kind}/{number}")
def example_picture(request: Request, kind: str, number: str) -> Response:
    """One strip of the example, or its map."""
    shown = views.example()
    sheets = {"members": shown.members, "samples": shown.samples}
    if (kind, number) == ("map", "all"):
        return Response(shown.map, media_type="image/svg+xml", headers=_CACHED)
    clusters = len(shown.digest["clusters"])
    one = number_of(number, below=clusters)
    if kind not in sheets or one is None:
        return missing(request, room=ROOM)
    png = views.strip(sheets[kind], one, clusters)
    return Response(png, media_type="image/png", headers=_CACHED)


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a file in, and lead on to its page."""
    return await take_in(request, room=ROOM)


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one file."""
    return show_file(request, upload_id, room=ROOM, template="cluster/file.html")


@router.post("/files/{upload_id}/start")
async def start(request: Request, upload_id: str) -> Response:
    """Start the job that finds the clusters."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None:
        return missing(request, room=ROOM)
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    if upload.job is None or upload.job.finished:
        parameters = {
            "source": str(upload.path),
            "output": str(upload.folder / "clusters"),
            "clusters": parse_clusters(str(form.get("clusters"))),
            "steps": _STEPS["full" if form.get("effort") == "full" else "quick"],
            "size": parse_size(str(form.get("size", ""))),
            "title": upload.name,
        }
        start_job(request, upload, "cluster.find", parameters)
    return RedirectResponse(upload.address, status_code=303)


@router.get("/files/{upload_id}/{kind}/{number}")
def file_picture(request: Request, upload_id: str, kind: str, number: str) -> Response:
    """One strip of a file's sheets, or its map."""
    upload = find_upload(request, upload_id, room=ROOM)
    result = upload.result if upload else None
    if upload is None or result is None:
        return missing(request, room=ROOM)
    folder, clusters = upload.folder / "clusters", len(result["clusters"])
    if (kind, number) == ("map", "all"):
        return FileResponse(folder / "map.svg", media_type="image/svg+xml")
    one = number_of(number, below=clusters)
    if kind not in ("members", "samples") or one is None or not result["pictures"]:
        return missing(request, room=ROOM)
    sheet = read_picture(folder / f"{kind}.png")
    return Response(views.strip(sheet, one, clusters), media_type="image/png")


@router.get("/files/{upload_id}/{what}")
def download(request: Request, upload_id: str, what: str) -> Response:
    """The labels as CSV, or the page that opens anywhere."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None or upload.result is None or what not in _DOWNLOADS:
        return missing(request, room=ROOM)
    file, ending = _DOWNLOADS[what]
    return send_file(upload, upload.folder / "clusters" / file, ending)


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what came of it."""
    return await forget_file(request, upload_id, room=ROOM)
