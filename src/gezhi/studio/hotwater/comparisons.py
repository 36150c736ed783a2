"""Rules side by side: files of one's own, the job that compares on them, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.home.clock import find_zone
from gezhi.home.curve_drawing import draw_curve
from gezhi.home.draw_log import read_log
from gezhi.home.plumbing_file import read_home
from gezhi.studio import pages
from gezhi.studio.hotwater.scenes import HOMES
from gezhi.studio.hotwater.task import MOST_DAYS
from gezhi.studio.i18n import Translator
from gezhi.studio.jobs import Job, Jobs, State
from gezhi.studio.settings import MEBIBYTE
from gezhi.studio.uploads import Upload, Uploads, read_form, receive_upload

__all__ = [
    "DAYS_OFFERED",
    "LIMIT_BYTES",
    "ROOM",
    "SUFFIXES",
    "Comparison",
    "Comparisons",
    "compare",
    "curve",
    "files_of",
    "receive",
    "remove",
    "router",
    "show",
]

ROOM = "/hotwater"
SUFFIXES = (".toml", ".csv")
LIMIT_BYTES = 8 * MEBIBYTE
DAYS_OFFERED = (7, 14, 28, MOST_DAYS)
_KEPT = 12
_XMLNS = ' xmlns="http://www.w3.org/2000/svg"'

router = APIRouter()


@dataclass(slots=True)
class Comparison:
    """One comparison that a browser asked for: on what, and its job.

    `home` is one of the room's homes, or "" for the file called `home_file`; `log_file` is the
    name of the log, or "" for a made household.
    """

    visitor: str
    home: str
    home_file: str
    log_file: str
    days: int
    job: Job
    uploads: tuple[Upload, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))


class Comparisons:
    """The comparisons of one studio; the oldest that is over goes when there are too many."""

    def __init__(self) -> None:
        self.all: dict[str, Comparison] = {}

    def of(self, visitor: str) -> list[Comparison]:
        """All that one browser asked for, newest first."""
        return [one for one in reversed(self.all.values()) if one.visitor == visitor]

    def add(self, made: Comparison, jobs: Jobs) -> None:
        """Keep another one."""
        self.all[made.id] = made
        over = [one for one in self.all.values() if one.job.finished]
        for one in over[: max(0, len(self.all) - _KEPT)]:
            del self.all[one.id]
            jobs.forget(one.job)


def files_of(request: Request, kind: str) -> list[Upload]:
    """This browser's files of one kind: "home" or "log"."""
    uploads: Uploads = request.app.state.uploads
    return [one for one in uploads.of(pages.visitor_of(request), room=ROOM) if one.about == kind]


def curve(rows: Sequence[Mapping[str, Any]], t: Translator) -> str:
    """The waiting–energy curve of a comparison, as SVG to be put into a page."""
    points = [
        (t(f"hotwater.rule.{one['name']}"), one["extra_heat_kwh_per_day"], one["under_5s"])
        for one in rows
    ]
    return draw_curve(points, title=t("hotwater.curve"), axis=t("hotwater.curve.axis")).replace(
        _XMLNS, ""
    )


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take in a home.toml or a log of draws; a wrong one is refused in the library's words."""
    upload = await receive_upload(request, room=ROOM, suffixes=SUFFIXES, limit_bytes=LIMIT_BYTES)
    if upload is None:
        return pages.message_page(request, "hotwater.file.none", status=422, here=ROOM)
    uploads: Uploads = request.app.state.uploads
    try:
        await run_in_threadpool(_look_at, upload)
    except GezhiError as error:
        uploads.remove(upload, request.app.state.jobs)
        return pages.message_page(
            request,
            "hotwater.file.wrong",
            status=422,
            here=f"{ROOM}#own",
            quoted=upload.in_own_words(str(error)),
        )
    response = RedirectResponse(f"{ROOM}?file={upload.id}#own", status_code=303)
    pages.remember(request, response)
    return response


def _look_at(upload: Upload) -> None:
    """Read a file as the job will; what is wrong with it is said now."""
    if upload.path.suffix == ".toml":
        read_home(upload.path)
        upload.about = "home"
    else:
        read_log(upload.path, find_zone("UTC"))
        upload.about = "log"


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file; a comparison that runs on it ends."""
    uploads: Uploads = request.app.state.uploads
    upload = uploads.get(upload_id, room=ROOM)
    if upload is not None:
        jobs: Jobs = request.app.state.jobs
        if upload.job is not None:
            await jobs.cancel(upload.job)
            upload.job = None  # its comparison still shows it
        uploads.remove(upload, jobs)
    return RedirectResponse(f"{ROOM}#own", status_code=303)


@router.post("/compare")
async def compare(request: Request) -> Response:
    """Start the job that compares all rules."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    homes = {one.id: one for one in files_of(request, "home")}
    logs = {one.id: one for one in files_of(request, "log")}
    home, log = str(form.get("home", "")), str(form.get("log", ""))
    days = str(form.get("days", ""))
    right = (home in HOMES or home in homes) and (log == "" or log in logs)
    if not (right and days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= MOST_DAYS):
        return pages.message_page(request, "error.bad_form", status=400, here=ROOM)
    used = tuple(one for one in (homes.get(home), logs.get(log)) if one is not None)
    made = Comparison(
        visitor=pages.visitor_of(request),
        home=home if home in HOMES else "",
        home_file="" if home in HOMES else homes[home].name,
        log_file=logs[log].name if log else "",
        days=int(days),
        job=Job(
            task="hotwater.compare",
            parameters={
                "home": home if home in HOMES else str(homes[home].path),
                "log": str(logs[log].path) if log else "",
                "days": int(days),
            },
            page="",
        ),
        uploads=used,
    )
    made.job.page = f"{ROOM}/compare/{made.id}"
    jobs: Jobs = request.app.state.jobs
    jobs.start(made.job)
    for one in used:
        one.job = made.job
    _kept(request).add(made, jobs)
    response = RedirectResponse(made.job.page, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/compare/{comparison_id}")
async def show(request: Request, comparison_id: str) -> Response:
    """The page of one comparison: watch the job, or read the result."""
    found = _kept(request).all.get(comparison_id)
    if found is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    jobs: Jobs = request.app.state.jobs
    job, t = found.job, Translator(pages.language_of(request))
    result = job.result if job.state is State.DONE else None
    trouble = job.error
    for one in found.uploads:
        trouble = one.in_own_words(trouble)
    return pages.render(
        request,
        "hotwater/comparison.html",
        found=found,
        job=job,
        place=jobs.place(job),
        trouble=trouble,
        result=result,
        curve=curve(result["policies"], t) if result else "",
    )


def _kept(request: Request) -> Comparisons:
    kept: Comparisons = request.app.state.comparisons
    return kept
