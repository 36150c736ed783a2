"""The addresses of the O-GAN room."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.kernel.pictures import ENDINGS
from gezhi.studio import pages
from gezhi.studio.item_files import forget_file, missing, show_file
from gezhi.studio.items import SUFFIXES, parse_size
from gezhi.studio.ogan import views
from gezhi.studio.uploads import Upload, find_upload, read_form, receive_upload, start_job

__all__ = [
    "ROOM",
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

ROOM = "/ogan"
_TAKEN = (*(one for one in SUFFIXES if one in (".npy", ".npz", ".zip", ".gz")), *ENDINGS)
_STEPS = {"quick": 400, "full": 4000}
_CACHED = {"Cache-Control": "private, max-age=3600"}
_MOST_SEED = 999_999


def preview(_language: str) -> dict[str, Any]:
    """The worked example on the room's card; empty when no model can be loaded."""
    try:
        return {"pictures": len(views.shipped(next(iter(views.MODELS))))}
    except GezhiError:
        return {}


@router.get("")
def room(request: Request) -> Response:
    """The room: a shipped model to play with, and a place for one's own pictures."""
    name = views.asked_model(request.query_params)
    return pages.render(
        request,
        "ogan/room.html",
        **_shown(request, views.shipped(name)),
        asked=request.query_params,
        model=name,
        models=tuple(views.MODELS),
        pictures=f"{ROOM}/example/{name}",
        uploads=request.app.state.uploads.of(pages.visitor_of(request), room=ROOM),
        limit_bytes=request.app.state.settings.upload_limit_bytes,
        suffixes=_TAKEN,
    )


def _shown(request: Request, scene: views.Scene) -> dict[str, Any]:
    seed = views.asked_number(request.query_params, "seed", 0, _MOST_SEED, 0)
    return {
        "scene": scene,
        "seed": seed,
        "next_seed": (seed + 1) % (_MOST_SEED + 1),
        "directions": tuple(scene.model.directions),
    }


@router.get("/example/{name}/{what}")
def example_picture(request: Request, name: str, what: str) -> Response:
    """What a shipped model draws."""
    if name not in views.MODELS:
        return missing(request, room=ROOM)
    return _picture(request, views.shipped(name), what)


def _picture(request: Request, scene: views.Scene, what: str) -> Response:
    found = views.seen(scene, what, request.query_params) if what in views.WHAT else None
    if found is None:
        return missing(request, room=ROOM)
    kind = "image/webp" if found[:4] == b"RIFF" else "image/png"
    return Response(found, media_type=kind, headers=_CACHED)


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a picture or a file of pictures in, and lead on to its page."""
    upload = await receive_upload(request, room=ROOM, suffixes=_TAKEN)
    if upload is None:
        return pages.message_page(request, "latent.file.none", status=422, here=ROOM)
    response = RedirectResponse(upload.address, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one picture, or of a file to learn from."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None:
        return missing(request, room=ROOM)
    if upload.path.suffix in ENDINGS:
        return _show_picture(request, upload)
    scene = _scene(request, upload)
    context = _shown(request, scene) if scene is not None else {}
    return show_file(request, upload_id, room=ROOM, template="ogan/file.html", **context)


def _show_picture(request: Request, upload: Upload) -> Response:
    name = views.asked_model(request.query_params)
    trouble, context = "", {}
    try:
        scene = views.picture_scene(name, upload.path)
        context = _shown(request, scene)
        context["realness"] = float(scene.model.encode(scene.pictures[:1]).judgements[0])
    except GezhiError as error:
        trouble = upload.in_own_words(str(error))
    return pages.render(
        request,
        "ogan/picture.html",
        upload=upload,
        address=upload.address,
        pictures=upload.address,
        asked=request.query_params,
        model=name,
        models=tuple(views.MODELS),
        trouble=trouble,
        **context,
    )


def _scene(request: Request, upload: Upload) -> views.Scene | None:
    if upload.path.suffix in ENDINGS:
        return views.picture_scene(views.asked_model(request.query_params), upload.path)
    return views.trained_scene(upload.folder / "gan") if upload.result is not None else None


@router.post("/files/{upload_id}/start")
async def start(request: Request, upload_id: str) -> Response:
    """Start the job that trains."""
    upload = find_upload(request, upload_id, room=ROOM)
    if upload is None or upload.path.suffix in ENDINGS:
        return missing(request, room=ROOM)
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    if upload.job is None or upload.job.finished:
        parameters = {
            "source": str(upload.path),
            "output": str(upload.folder / "gan"),
            "steps": _STEPS["full" if form.get("effort") == "full" else "quick"],
            "size": parse_size(str(form.get("size", ""))),
            "title": upload.name,
        }
        start_job(request, upload, "ogan.train", parameters)
    return RedirectResponse(upload.address, status_code=303)


@router.get("/files/{upload_id}/{what}")
def file_picture(request: Request, upload_id: str, what: str) -> Response:
    """What a model draws of one's own picture, or one's own model of its pictures."""
    upload = find_upload(request, upload_id, room=ROOM)
    try:
        scene = _scene(request, upload) if upload is not None else None
    except GezhiError:
        scene = None
    if scene is None:
        return missing(request, room=ROOM)
    return _picture(request, scene, what)


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what came of it."""
    return await forget_file(request, upload_id, room=ROOM)
