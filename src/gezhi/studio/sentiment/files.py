"""Whole files of reviews: uploaded, looked at, labelled in a job, and handed back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, RedirectResponse, Response

from gezhi.errors import GezhiError
from gezhi.kernel.tables import TableInfo, sniff
from gezhi.studio import pages
from gezhi.studio.characters import shortened
from gezhi.studio.jobs import Job, Jobs, State
from gezhi.studio.sentiment import charts, models
from gezhi.studio.sentiment.judgements import (
    DEFAULT_ACCURACY,
    has_han,
    parse_accuracy,
)
from gezhi.studio.uploads import (
    Uploads,
    attachment,
    find_upload,
    read_form,
    receive_upload,
    remove_upload,
    start_job,
)

__all__ = [
    "SUFFIXES",
    "Preview",
    "coverage",
    "download",
    "label",
    "look",
    "offered_suffixes",
    "receive",
    "remove",
    "router",
    "show",
]

router = APIRouter()

SUFFIXES = (".csv", ".tsv", ".xlsx", ".jsonl", ".parquet", ".txt")
_PARQUET = ".parquet"
_ROOM = "/sentiment"
_COLUMNS_SHOWN = 12
_COLUMNS_OFFERED = 500
_CELL_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Preview:
    """A table before it is labelled: its columns, first rows, and the column that looks right."""

    info: TableInfo
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guess: int

    def column(self, number: str | None) -> str | None:
        """What the library calls a column that the form names by its place.

        By name, which a reader of an error message knows; by number where the name is not unique.
        """
        if self.info.format == "lines":
            return None
        names = [name.strip() for name in self.info.columns]
        known = number is not None and number.isascii() and number.isdigit() and len(number) < 6
        place = min(int(number or 0), len(names) - 1) if known else self.guess
        name = names[place]
        return name if name and names.count(name) == 1 else str(place + 1)


def look(info: TableInfo) -> Preview:
    """Guess the column of the reviews: the one with the most Chinese characters in the sample."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in info.sample]
    han: Counter[int] = Counter()
    for row in cells:
        for place, cell in enumerate(row):
            han[place] += sum(map(has_han, cell[:1000]))
    guess = max(range(len(info.columns)), key=lambda place: (han[place], -place), default=0)
    rows = tuple(
        tuple(shortened(cell, _CELL_LENGTH) for cell in row[:_COLUMNS_SHOWN]) for row in cells
    )
    names = tuple(shortened(name.strip(), _CELL_LENGTH) for name in info.columns)
    return Preview(info, names[:_COLUMNS_OFFERED], rows, guess)


def offered_suffixes() -> tuple[str, ...]:
    """The endings that can be read here: parquet needs the extra `tables`."""
    able = find_spec("pyarrow") is not None
    return tuple(suffix for suffix in SUFFIXES if able or suffix != _PARQUET)


@router.post("/files")
async def receive(request: Request) -> Response:
    """Take a file in, look at it, and lead on to its page."""
    uploads: Uploads = request.app.state.uploads
    jobs: Jobs = request.app.state.jobs
    upload = await receive_upload(request, room=_ROOM, suffixes=SUFFIXES)
    if upload is None:
        return pages.message_page(request, "sentiment.file.none", status=422, here=_ROOM)
    try:
        upload.about = look(await run_in_threadpool(sniff, upload.path))
    except GezhiError as error:
        uploads.remove(upload, jobs)
        sentence = upload.in_own_words(str(error))
        return pages.message_page(
            request, "sentiment.file.unreadable", status=422, here=_ROOM, quoted=sentence
        )
    response = RedirectResponse(upload.address, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/files/{upload_id}")
async def show(request: Request, upload_id: str) -> Response:
    """The page of one file: choose a column, watch the job, or read the result."""
    upload = find_upload(request, upload_id, room=_ROOM)
    if upload is None:
        return pages.message_page(request, "error.missing", status=404, here=_ROOM)
    again = request.query_params.get("again") == "1"
    job = upload.job
    accuracy = job.parameters["accuracy"] if job else DEFAULT_ACCURACY
    band = await run_in_threadpool(models.band, models.BEST, accuracy)
    jobs: Jobs = request.app.state.jobs
    # From here on in the loop that the jobs change in: the page shows one moment of the job.
    return pages.render(
        request,
        "sentiment/file.html",
        upload=upload,
        address=upload.address,
        preview=upload.about,
        job=job,
        place=jobs.place(job) if job else 0,
        choosing=job is None or (again and job.finished) or job.state not in _SHOWN_ALONE,
        trouble=upload.in_own_words(job.error) if job else "",
        accuracy=accuracy,
        coverage=band.coverage,
        **_result(job),
    )


_SHOWN_ALONE = frozenset({State.QUEUED, State.RUNNING, State.DONE})


def _result(job: Job | None) -> dict[str, Any]:
    result = job.result if job else None
    if result is None:
        return {"result": None}
    band = result["band"]
    return {
        "result": result,
        "bars": charts.histogram(result["bins"], low=band["low"], high=band["high"]),
        "shares": charts.shares(result),
    }


@router.post("/files/{upload_id}/label")
async def label(request: Request, upload_id: str) -> Response:
    """Start the job that labels a file."""
    upload = find_upload(request, upload_id, room=_ROOM)
    if upload is None:
        return pages.message_page(request, "error.missing", status=404, here=_ROOM)
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    if upload.job is None or upload.job.finished:
        number = form.get("column")
        parameters = {
            "source": str(upload.path),
            "output": str(upload.folder / f"labelled{upload.path.suffix}"),
            "column": upload.about.column(str(number) if number is not None else None),
            "accuracy": parse_accuracy(str(form.get("accuracy"))),
        }
        start_job(request, upload, "sentiment.label", parameters)
    return RedirectResponse(upload.address, status_code=303)


@router.get("/files/{upload_id}/labelled")
def download(request: Request, upload_id: str) -> Response:
    """The labelled file, under the name it came with."""
    upload = find_upload(request, upload_id, room=_ROOM)
    if upload is None or upload.job is None or upload.job.state is not State.DONE:
        return pages.message_page(request, "error.missing", status=404, here=_ROOM)
    stem, dot, ending = upload.name.rpartition(".")
    name = f"{stem}-labelled.{ending}" if dot else f"{upload.name}-labelled"
    return FileResponse(
        upload.job.parameters["output"],
        media_type="application/octet-stream",
        headers={"Content-Disposition": attachment(name)},
    )


@router.post("/files/{upload_id}/remove")
async def remove(request: Request, upload_id: str) -> Response:
    """Forget a file and what came of it."""
    await remove_upload(request, upload_id, room=_ROOM)
    return RedirectResponse(_ROOM, status_code=303)


@router.get("/coverage")
def coverage(request: Request) -> Response:
    """One sentence: how much is decided at an accuracy."""
    accuracy = parse_accuracy(request.query_params.get("accuracy"))
    share = models.band(models.BEST, accuracy).coverage
    return pages.render(request, "sentiment/_coverage.html", coverage=share)
