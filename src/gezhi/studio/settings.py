"""What a studio is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["MEBIBYTE", "Settings"]

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits and places of one running studio.

    Args:
        folder: where uploads and results lie until the studio stops; the caller removes it.
        port: the port the page is served on, which the Host header has to name.
        upload_limit_bytes: a larger upload is answered with a page that says so.
        form_limit_bytes: the same for typed text.
        paste_limit_bytes: the same for text that papers are looked for in.
        jobs_at_once: how many jobs run; the others wait.
        jobs_waiting: how many may wait; one more is refused with a sentence.
        uploads_kept: the oldest upload goes when one more comes.
        worker: what Python is given to run a job.
        bridge_folder: where the bridge to a real house keeps its store; None looks for none.

    >>> Settings(folder=Path("/tmp/x"), port=8470).upload_limit_bytes
    209715200
    """

    folder: Path
    port: int
    upload_limit_bytes: int = 200 * MEBIBYTE
    form_limit_bytes: int = 2 * MEBIBYTE
    paste_limit_bytes: int = 4 * MEBIBYTE
    jobs_at_once: int = 1
    jobs_waiting: int = 8
    uploads_kept: int = 20
    worker: tuple[str, ...] = ("-m", "gezhi.studio.worker")
    bridge_folder: Path | None = None
