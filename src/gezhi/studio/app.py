"""The web application: the shell, its rooms and its jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gezhi.errors import GezhiError
from gezhi.studio import pages
from gezhi.studio.jobs import Job, Jobs, TooManyJobs
from gezhi.studio.rooms import ROOMS
from gezhi.studio.security import HEADERS, LocalOnly
from gezhi.studio.settings import Settings
from gezhi.studio.uploads import BadForm, TooLarge, Uploads

__all__ = ["CachedFiles", "create_app"]


class CachedFiles(StaticFiles):
    """Static files; their addresses hold a hash, so a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(settings: Settings) -> FastAPI:
    """Build the studio; it keeps uploads and results below `settings.folder`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.jobs = Jobs(
            at_once=settings.jobs_at_once, waiting=settings.jobs_waiting, worker=settings.worker
        )
        yield
        await app.state.jobs.close()

    app = FastAPI(title="gezhi", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.uploads = Uploads(settings.folder, kept=settings.uploads_kept)
    app.add_middleware(LocalOnly, port=settings.port)
    app.mount("/static", CachedFiles(directory=pages.STATIC), name="static")
    _add_shell(app)
    _add_jobs(app)
    _add_errors(app)
    for room in ROOMS:
        module = import_module(room.module)
        app.include_router(module.router, prefix=room.path)
        if hasattr(module, "prepare"):
            module.prepare(app.state)
    return app


def _add_shell(app: FastAPI) -> None:
    @app.get("/")
    def home(request: Request) -> Response:
        language = pages.language_of(request)
        previews = {room.name: import_module(room.module).preview(language) for room in ROOMS}
        return pages.render(request, "home.html", previews=previews)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return RedirectResponse(pages.static_path("seal.svg"), status_code=308)


def _add_jobs(app: FastAPI) -> None:
    @app.get("/jobs/{job_id}/events")
    async def events(request: Request, job_id: str) -> Response:
        job = app.state.jobs.get(job_id)
        if job is None:
            return pages.message_page(request, "error.missing", status=404)
        language = pages.language_of(request)
        return StreamingResponse(_events(app, job, language), media_type="text/event-stream")

    @app.post("/jobs/{job_id}/cancel")
    async def cancel(request: Request, job_id: str) -> Response:
        job = app.state.jobs.get(job_id)
        if job is None:
            return pages.message_page(request, "error.missing", status=404)
        await app.state.jobs.cancel(job)
        return RedirectResponse(job.page, status_code=303)


async def _events(app: FastAPI, job: Job, language: str) -> AsyncIterator[str]:
    """Server-sent events of one job: the progress as a piece of page, `end` when it is over."""
    jobs: Jobs = app.state.jobs
    async for change in jobs.watch(job):
        if change is None:
            yield ": still here\n\n"
            continue
        html = pages.fragment(language, "_progress.html", job=job, place=jobs.place(job))
        yield "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
    if job.finished:
        yield f"event: end\ndata: {job.state}\n\n"


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(TooLarge)
    def too_large(request: Request, error: TooLarge) -> Response:
        limit = pages.file_size(error.limit_bytes)
        here = _room_of(request)
        return pages.message_page(request, "error.too_large", status=413, here=here, limit=limit)

    @app.exception_handler(BadForm)
    def bad_form(request: Request, _error: BadForm) -> Response:
        return pages.message_page(request, "error.bad_form", status=400, here=_room_of(request))

    @app.exception_handler(ClientDisconnect)
    def gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is left to read it

    @app.exception_handler(TooManyJobs)
    def too_many(request: Request, _error: TooManyJobs) -> Response:
        return pages.message_page(request, "error.queue_full", status=503, here=_room_of(request))

    @app.exception_handler(GezhiError)
    def own_error(request: Request, error: GezhiError) -> Response:
        return pages.message_page(
            request, "error.own", status=422, here=_room_of(request), quoted=str(error)
        )

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        return pages.message_page(
            request, "error.own", status=507, here=_room_of(request), quoted=error.strerror or ""
        )

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        key = "error.missing" if error.status_code == 404 else "error.bad_form"
        return pages.message_page(request, key, status=error.status_code)

    @app.exception_handler(Exception)
    def mistake(request: Request, _error: Exception) -> Response:
        response = pages.message_page(request, "error.mistake", status=500, here=_room_of(request))
        # This handler answers outside of every middleware.
        response.headers.update(HEADERS)
        return response


def _room_of(request: Request) -> str:
    """The room that a request belongs to, for the way back from an error."""
    first = "/" + request.url.path.split("/")[1]
    return first if any(room.path == first for room in ROOMS) else "/"
