"""Jobs: long work in a process of its own, with progress, a queue and cancelling."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["FINISHED", "Job", "Jobs", "State", "TooManyJobs", "stop_process"]

_LINE_LIMIT = 16 << 20
_SECONDS_TO_STOP = 3.0
_SECONDS_BETWEEN_EVENTS = 0.2
_HEARTBEAT_SECONDS = 15.0


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"


FINISHED = frozenset({State.DONE, State.FAILED, State.CRASHED, State.CANCELLED})


class TooManyJobs(Exception):
    """The queue is full."""


@dataclass(slots=True)
class Job:
    """One run of a task: what was asked, how far it is, and what came of it.

    `page` is the address that shows it; `error` is the library's one sentence after FAILED, and
    the end of what the process wrote after CRASHED.
    """

    task: str
    parameters: Mapping[str, Any]
    page: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    state: State = State.QUEUED
    done: int = 0
    total: int | None = None
    message: str = ""
    begun: float = 0.0
    result: dict[str, Any] | None = None
    error: str = ""
    version: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINISHED

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the speed so far; None before that can be told."""
        spent = time.monotonic() - self.begun
        if self.state is not State.RUNNING or not self.total or not self.done or spent < 1:
            return None
        return spent * (self.total - self.done) / self.done

    def update(self, **values: Any) -> None:
        """Set fields and wake everyone who watches."""
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.changed.set()
        self.changed = asyncio.Event()


class Jobs:
    """The jobs of one studio: a bounded number runs at once, the others wait their turn."""

    def __init__(self, *, at_once: int, waiting: int, worker: Sequence[str]) -> None:
        self.worker = worker
        self.waiting = waiting
        self.stopping = False
        self.all: dict[str, Job] = {}
        self.slots = asyncio.Semaphore(at_once)
        self.running: set[asyncio.Task[None]] = set()

    def get(self, job_id: str) -> Job | None:
        """The job with an id, if there is one."""
        return self.all.get(job_id)

    def place(self, job: Job) -> int:
        """How many jobs wait before this one."""
        queued = [other.id for other in self.all.values() if other.state is State.QUEUED]
        return queued.index(job.id) if job.id in queued else 0

    def start(self, job: Job) -> None:
        """Queue a job; it runs when its turn comes (TooManyJobs when the queue is full)."""
        queued = sum(other.state is State.QUEUED for other in self.all.values())
        if queued >= self.waiting:
            raise TooManyJobs
        self.all[job.id] = job
        task = asyncio.create_task(self._run(job))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def cancel(self, job: Job) -> None:
        """Stop a job, whether it waits or runs; a finished one stays as it is."""
        if job.finished:
            return
        job.update(state=State.CANCELLED)
        if job.process is not None:
            await stop_process(job.process)

    def forget(self, job: Job) -> None:
        """Drop a finished job."""
        self.all.pop(job.id, None)

    def stop_watching(self) -> None:
        """End every `watch`, so that no stream of progress holds the door open."""
        self.stopping = True
        for job in self.all.values():
            job.changed.set()

    async def close(self) -> None:
        """Cancel whatever still runs or waits, and wait until the processes are gone."""
        for job in list(self.all.values()):
            await self.cancel(job)
        for task in list(self.running):
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        async with self.slots:
            if job.finished:
                return
            job.update(state=State.RUNNING, begun=time.monotonic())
            try:
                await _run_worker(job, self.worker)
            except OSError as error:
                job.update(state=State.CRASHED, error=str(error))

    async def watch(self, job: Job) -> AsyncIterator[Job | None]:
        """Yield the job now and after every change until it is finished; None is a heartbeat."""
        seen = -1
        while not self.stopping:
            changed = job.changed
            if job.version != seen:
                seen = job.version
                yield job
                if job.finished:
                    return
                await asyncio.sleep(_SECONDS_BETWEEN_EVENTS)
                continue
            try:
                await asyncio.wait_for(changed.wait(), _HEARTBEAT_SECONDS)
            except TimeoutError:
                yield None


async def _run_worker(job: Job, worker: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        # A module in the folder that the studio was started from must not be taken for ours.
        "-P",
        *worker,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
        # Its own group: cancelling reaches the processes that the task itself started.
        start_new_session=True,
        # A person also uses this computer: threads that wait busily make all of it many times
        # slower where other work runs beside them. What the person has set, stands.
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", **os.environ},
    )
    job.process = process
    if job.finished:
        await stop_process(process)
    assert process.stdin is not None
    assert process.stderr is not None
    order = json.dumps({"task": job.task, "parameters": dict(job.parameters)})
    with contextlib.suppress(ConnectionError):
        process.stdin.write(order.encode() + b"\n")
        await process.stdin.drain()
    log = asyncio.create_task(_tail(process.stderr))
    try:
        await _read_messages(job, process)
        code = await process.wait()
    except asyncio.CancelledError:
        await stop_process(process)
        raise
    finally:
        process.stdin.close()
    if not job.finished:
        last = await log
        job.update(state=State.CRASHED, error=last or f"exit code {code}")


async def _read_messages(job: Job, process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        message = json.loads(line)
        if job.finished:
            continue
        if "progress" in message:
            done, total, text = message["progress"]
            job.update(done=done, total=total, message=text)
        elif "result" in message:
            job.update(result=message["result"], state=State.DONE)
        else:
            job.update(error=message["error"], state=State.FAILED)


async def _tail(stream: asyncio.StreamReader) -> str:
    """The last line that a process wrote to standard error, at most 300 characters."""
    last = b""
    while chunk := await stream.read(1 << 16):
        last = (last + chunk)[-4096:]
    lines = last.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""


async def stop_process(process: asyncio.subprocess.Process) -> None:
    """Ask a worker and its children to end, and make them when they do not."""
    for force in (False, True):
        if process.returncode is not None:
            return
        _signal_group(process, force=force)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _SECONDS_TO_STOP)


def _signal_group(process: asyncio.subprocess.Process, *, force: bool) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
        else:
            process.kill()
