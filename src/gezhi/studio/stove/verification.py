"""The proof of the controller: the last result, as it was shipped, and a run on this computer.

python -m gezhi.studio.stove.verification      proves it anew and stores the result (some minutes)
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gezhi import __version__
from gezhi.kernel.paths import atomic_write
from gezhi.studio import pages
from gezhi.studio.i18n import Translator
from gezhi.studio.jobs import Job, Jobs, State
from gezhi.studio.stove.task import verify_stove

__all__ = [
    "LOSSES",
    "PATH",
    "ROOM",
    "Verifications",
    "in_words",
    "load",
    "main",
    "property_key",
    "router",
    "show",
    "shown",
    "verify",
]

PATH = Path(__file__).with_name("verification.json")
ROOM = "/stove"
LOSSES = ("hub-gone", "link-down", "power-gone", "node-resets", "clock-jumps")
"""What can be lost in a house; a result that leaves one out says so."""

_KEPT = 4

router = APIRouter()


@dataclass(slots=True)
class Verifications:
    """The runs of this studio, newest last; everybody sees the same controller proved."""

    jobs: list[Job] = field(default_factory=list)

    def get(self, job_id: str) -> Job | None:
        """The run of an id, if there is one."""
        return next((one for one in self.jobs if one.id == job_id), None)

    @property
    def under_way(self) -> Job | None:
        """The run that is not over, if there is one."""
        return next((one for one in self.jobs if not one.finished), None)

    @property
    def last(self) -> Job | None:
        """The latest that has come to a result."""
        return next((one for one in reversed(self.jobs) if one.state is State.DONE), None)


@cache
def load() -> dict[str, Any]:
    """The stored verification: `result` as the command gives it, and how it was `made`."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return found


def property_key(name: str) -> str:
    """The key of a property's sentence in the catalogues.

    >>> property_key("gas never flows that a hand did not start")
    'stove.property.gas-never-flows-that-a-hand-did-not-start'
    """
    return "stove.property." + re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


def in_words(result: Mapping[str, Any], t: Translator) -> dict[str, Any]:
    """A result with each property's sentence in the reader's language, where there is one.

    `missing` are the losses that no stove of it may have.
    """
    told = []
    for one in result["properties"]:
        key = property_key(one["name"])
        known = key in t.sentences
        told.append({**one, "words": t(key) if known else one["name"], "foreign": not known})
    faults = {fault for one in result["stoves"] for fault in one["faults"]}
    missing = [t(f"stove.proof.loss.{one}") for one in LOSSES if one not in faults]
    return {**result, "properties": told, "missing": missing}


def shown(request: Request) -> dict[str, Any]:
    """What the room shows: the latest run of this studio, else the one that was shipped."""
    kept, stored = _kept(request), load()
    t = Translator(pages.language_of(request))
    last = kept.last.result if kept.last is not None else None
    return {
        "proof": in_words(last or stored["result"], t),
        "made": None if last else stored["made"],
        "run": kept.under_way,
    }


@router.post("/verify")
async def verify(request: Request) -> Response:
    """Start the job that walks through all states; one that runs already is shown instead."""
    jobs: Jobs = request.app.state.jobs
    kept = _kept(request)
    job = kept.under_way
    if job is None:
        job = Job(task="stove.verify", parameters={}, page="")
        job.page = f"{ROOM}/verify/{job.id}"
        jobs.start(job)
        kept.jobs.append(job)
        for old in kept.jobs[:-_KEPT]:
            jobs.forget(old)
        del kept.jobs[:-_KEPT]
    response = RedirectResponse(job.page, status_code=303)
    pages.remember(request, response)
    return response


@router.get("/verify/{job_id}")
async def show(request: Request, job_id: str) -> Response:
    """The page of one run: watch the job, or read the result."""
    job = _kept(request).get(job_id)
    if job is None:
        return pages.message_page(request, "error.missing", status=404, here=ROOM)
    jobs: Jobs = request.app.state.jobs
    t = Translator(pages.language_of(request))
    return pages.render(
        request,
        "stove/verification.html",
        job=job,
        place=jobs.place(job),
        proof=in_words(job.result, t) if job.result is not None else None,
        made=None,
    )


def _kept(request: Request) -> Verifications:
    kept: Verifications = request.app.state.verifications
    return kept


def main() -> None:
    """Prove the controller and store the result."""
    began = time.monotonic()
    result = verify_stove({}, lambda done, total, message: None)
    made = {
        "command": "gezhi home stove verify --json",
        "gezhi": __version__,
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(time.monotonic() - began),
    }
    with atomic_write(PATH) as temporary:
        text = json.dumps({"made": made, "result": result}, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
