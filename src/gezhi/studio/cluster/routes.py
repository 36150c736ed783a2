"""The addresses of the cluster room."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.kernel.pictures import read_picture
from gezhi.studio import pages
from gezhi.studio.cluster import views
from gezhi.studio.jobs import State
from gezhi.studio.uploads import (
    Upload,
    attachment,
    find_upload,
    read_form,
    receive_upload,
    remove_upload,
    start_job,
)

__all__ = [
    "ROOM",
    "SUFFIXES",
    "able",
    "download",
    "example_picture",
    "file_picture",
    "parse_clusters",
    "parse_size",
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
SUFFIXES = (".npy", ".npz", ".zip", ".csv", ".tsv", ".xlsx", ".gz")
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


def able() -> bool:
    """Whether this installation can learn: the extra `train`."""
    return all(find_spec(name) is not None for name in ("torch", "sklearn", "onnx"))


def parse_clusters(text: str) -> int | None:
    """How many clusters a form asks for; None is to be found out, and so is what makes no sense.

    >>> parse_clusters("12"), parse_clusters("auto"), parse_clusters("-3"), parse_clusters("9999")
    (12, None, None, 50)
    """
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return max(2, min(int(text), _MOST_CLUSTERS))


def parse_size(text: str) -> tuple[int, int] | None:
    """(height, width) of a side in pixels, from 8 to 128; None leaves pictures as they are.

    >>> parse_size("28"), parse_size(""), parse_size("1e9"), parse_size("7")
    ((28, 28), None, None, None)
    """
    known = text.isascii() and text.isdigit() and len(text) < 4 and 8 <= int(text) <= 128
    return (int(text), int(text)) if known else None


@router.get("")
def room(request: Request) -> Response:
    """The room: the test pictures of Fashion-MNIST by cluster, and a place for one's own."""
    uploads = request.app.state.uploads.of(pages.visitor_of(request), room=ROOM)
    return pages.render(
        request,
        "cluster/room.html",
        result=views.example().digest,
        pictures=f"{ROOM}/example",
        uploads=uploads,
        limit_bytes=request.app.state.settings.upload_limit_bytes,
        suffixes=SUFFIXES,
    )


@router.get("/example/{kind}/{number}")
def example_picture(request: Request, kind: str, number: str) -> Response:
    """One strip of the example, or its map."""
    shown = views.example()
    sheets = {"members": shown.members, "samples": shown.samples}
    if (kind, number) == ("map", "all"):
        return Response(shown.map, media_type="image/svg+xml", headers=_CACHED)
    clusters = len(shown.digest["clusters"])
    if kind not in sheets or not _within(number, clusters):
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    png = views.strip(sheets[kind], int(number), clusters)
    return Response(png, media_type="image/png", headers=_CACHED)


def _within(number: str, clusters: int) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 4 and int(number) < clusters


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a file in, and lead on to its page; it is read in the job, not here."""
    upload = await receive_upload(request, room=ROOM, suffixes=SUFFIXES)
    if upload is None:
        return pages.message_page(request, "cluster.file.none", status=422, here=ROOM)
    response = RedirectResponse(upload.address, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one file: choose, watch the job, or look at the clusters."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    job = upload.job
    again = request.query_params.get("again") == "1"
    shown = (State.QUEUED, State.RUNNING, State.DONE)
    return pages.render(
        request,
        "cluster/file.html",
        upload=upload,
        address=upload.address,
        job=job,
        place=request.app.state.jobs.place(job) if job else 0,
        choosing=job is None or (again and job.finished) or job.state not in shown,
        trouble=upload.in_own_words(job.error) if job else "",
        result=job.result if job else None,
        pictures=upload.address,
        able=able(),
        zipped=upload.path.suffix == ".zip",
    )


@router.post("/files/{upload_id}/start")
async def start(request: Request, upload_id: str) -> Response:
    """Start the job that finds the clusters."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
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
    result = _result(upload)
    if upload is None or result is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    folder, clusters = upload.folder / "clusters", len(result["clusters"])
    if (kind, number) == ("map", "all"):
        return FileResponse(folder / "map.svg", media_type="image/svg+xml")
    if kind not in ("members", "samples") or not _within(number, clusters):
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    if not result["pictures"]:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    sheet = read_picture(folder / f"{kind}.png")
    return Response(views.strip(sheet, int(number), clusters), media_type="image/png")


def _result(upload: Upload | None) -> dict[str, Any] | None:
    done = upload is not None and upload.job is not None and upload.job.state is State.DONE
    return upload.job.result if done and upload is not None and upload.job is not None else None


@router.get("/files/{upload_id}/{what}")
def download(request: Request, upload_id: str, what: str) -> Response:
    """The labels as CSV, or the page that opens anywhere."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None or _result(upload) is None or what not in _DOWNLOADS:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    file, ending = _DOWNLOADS[what]
    return FileResponse(
        upload.folder / "clusters" / file,
        media_type="application/octet-stream",
        headers={"Content-Disposition": attachment(f"{Path(upload.name).stem}{ending}")},
    )


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what came of it."""
    await remove_upload(request, upload_id, room=ROOM)
    return RedirectResponse(ROOM, status_code=303)
