"""Uploads: read from the network to disk, counted while they are read, kept until the studio stops.

Nothing that a browser sends is ever used as a path: a file is stored under a name of our own, and
its own name is only shown.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from gezhi.studio.jobs import Job, Jobs, State
from gezhi.studio.pages import visitor_of

__all__ = [
    "BadForm",
    "TooLarge",
    "Upload",
    "Uploads",
    "attachment",
    "find_upload",
    "read_form",
    "receive_upload",
    "remove_upload",
    "shown_name",
    "start_job",
    "stored_suffix",
]

_DRAIN_FACTOR = 8
_NAME_LENGTH = 120


class TooLarge(Exception):
    """A request body passed its limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.limit_bytes = limit_bytes


class BadForm(Exception):
    """A request body is not the form it says it is."""


async def read_form(request: Request, limit_bytes: int) -> FormData:
    """Read a form, its files spooled to disk, and stop at `limit_bytes` (TooLarge, BadForm)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stream = _counted(request, limit_bytes)
    try:
        if kind == "multipart/form-data":
            return await MultiPartParser(
                request.headers, stream, max_files=1, max_fields=20, max_part_size=limit_bytes
            ).parse()
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(
                request.headers, stream, max_fields=20, max_part_size=limit_bytes
            ).parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise BadForm(str(error)) from error
    raise BadForm(kind)


async def _counted(request: Request, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    count = 0
    async for chunk in request.stream():
        count += len(chunk)
        if count <= limit_bytes:
            yield chunk
        # Read on without keeping anything: a browser shows an answer only after it has sent all.
        elif count > _DRAIN_FACTOR * limit_bytes:
            break
    if count > limit_bytes:
        raise TooLarge(limit_bytes)


def shown_name(name: str) -> str:
    """A file name fit to be shown: no folders, no control characters, not too long.

    >>> shown_name("C:\\\\secret\\\\re\\x07view.csv")
    're\ufffdview.csv'
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(
        character if character.isprintable() else "\ufffd" for character in last
    ).strip()
    if len(printable) > _NAME_LENGTH:
        stem, dot, suffix = printable.rpartition(".")
        printable = printable[: _NAME_LENGTH - 10] + "…" + (dot + suffix[:8] if stem else "")
    return printable or "?"


def attachment(name: str) -> str:
    """A Content-Disposition header for a file name of any script.

    >>> attachment('评"1.csv')
    "attachment; filename*=UTF-8''%E8%AF%84%221.csv"
    """
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


@dataclass(slots=True)
class Upload:
    """One uploaded file: where it lies, what it was called, whose it is, and its job if any.

    `room` is the address of the room it was given to, `about` what that room found in it.
    """

    folder: Path
    path: Path
    name: str
    size_bytes: int
    visitor: str
    room: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    about: Any = None
    job: Job | None = None

    @property
    def address(self) -> str:
        """The address of the file's own page in its room."""
        return f"{self.room}/files/{self.id}"

    @property
    def result(self) -> dict[str, Any] | None:
        """What its job has given, or None as long as there is nothing."""
        done = self.job is not None and self.job.state is State.DONE
        return self.job.result if done and self.job is not None else None

    def in_own_words(self, sentence: str) -> str:
        """A sentence of the library with the file's own name instead of ours."""
        return sentence.replace(f"{self.folder}/", "").replace(self.path.name, self.name)


class Uploads:
    """The uploads of one studio; the oldest idle one goes when there are too many."""

    def __init__(self, folder: Path, *, kept: int) -> None:
        self.folder = folder
        self.kept = kept
        self.all: dict[str, Upload] = {}

    def get(self, upload_id: str, *, room: str) -> Upload | None:
        """The upload with an id in a room, if there is one."""
        upload = self.all.get(upload_id)
        return upload if upload is not None and upload.room == room else None

    def of(self, visitor: str, *, room: str) -> list[Upload]:
        """All uploads from one browser to a room, newest first."""
        asked = (visitor, room)
        return [one for one in reversed(self.all.values()) if (one.visitor, one.room) == asked]

    def add(self, file: UploadFile, *, room: str, suffix: str, visitor: str) -> Upload:
        """Store a file that was read; `suffix` is ours, from the list of known formats."""
        folder = self.folder / secrets.token_hex(16)
        folder.mkdir(mode=0o700, parents=True)
        path = folder / f"source{suffix}"
        try:
            _copy(file.file, path)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(
            folder=folder,
            path=path,
            # A browser sends a quotation mark within the name in this form, and nothing else.
            name=shown_name((file.filename or "").replace("%22", '"')),
            size_bytes=path.stat().st_size,
            visitor=visitor,
            room=room,
        )
        self.all[upload.id] = upload
        return upload

    def remove(self, upload: Upload, jobs: Jobs) -> None:
        """Forget an upload, its job and its files."""
        self.all.pop(upload.id, None)
        if upload.job is not None:
            jobs.forget(upload.job)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def make_room(self, jobs: Jobs) -> None:
        """Remove the oldest uploads whose jobs are over until one more fits."""
        idle = [u for u in self.all.values() if u.job is None or u.job.finished]
        for upload in idle[: max(0, len(self.all) - self.kept + 1)]:
            self.remove(upload, jobs)


def _copy(source: IO[bytes], path: Path) -> None:
    source.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def stored_suffix(name: str, suffixes: Sequence[str]) -> str:
    """The ending that a file is stored with: one that the room knows, or none that means anything.

    >>> stored_suffix("Reviews.CSV", [".csv"]), stored_suffix("../../etc/passwd", [".csv"])
    ('.csv', '.data')
    """
    return next((suffix for suffix in suffixes if name.lower().endswith(suffix)), ".data")


async def receive_upload(
    request: Request, *, room: str, suffixes: Sequence[str], limit_bytes: int | None = None
) -> Upload | None:
    """Take the file of a form in, for a room that knows these endings; None where there is none.

    A room whose files are small has a limit of its own below that of the studio.
    """
    uploads: Uploads = request.app.state.uploads
    most = request.app.state.settings.upload_limit_bytes
    form = await read_form(request, most if limit_bytes is None else min(most, limit_bytes))
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return None
        uploads.make_room(request.app.state.jobs)
        return await run_in_threadpool(
            uploads.add,
            file,
            room=room,
            suffix=stored_suffix(file.filename, suffixes),
            visitor=visitor_of(request),
        )
    finally:
        await form.close()


def find_upload(request: Request, upload_id: str, *, room: str) -> Upload | None:
    """The upload that an address of a room names, if there is one."""
    uploads: Uploads = request.app.state.uploads
    return uploads.get(upload_id, room=room)


def start_job(request: Request, upload: Upload, task: str, parameters: Mapping[str, Any]) -> None:
    """Start a job for an upload, which its page shows, in the place of its last one."""
    jobs: Jobs = request.app.state.jobs
    job = Job(task=task, parameters=parameters, page=upload.address)
    jobs.start(job)
    if upload.job is not None:
        jobs.forget(upload.job)
    upload.job = job


async def remove_upload(request: Request, upload_id: str, *, room: str) -> None:
    """Forget an upload and what came of it; a job that is at it is stopped first."""
    upload = find_upload(request, upload_id, room=room)
    if upload is not None:
        jobs: Jobs = request.app.state.jobs
        if upload.job is not None:
            await jobs.cancel(upload.job)
        request.app.state.uploads.remove(upload, jobs)
