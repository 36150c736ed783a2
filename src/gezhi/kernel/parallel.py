"""A map over processes that keeps the order and never holds more than a few items."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from gezhi.errors import GezhiError, ParameterError

__all__ = ["available_cores", "ordered_map"]

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

_AHEAD = 2  # items in flight for each worker: one at work, one waiting


def available_cores() -> int:
    """How many processor cores this process may use.

    >>> available_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    function: Callable[[_Item], _Answer], items: Iterable[_Item], *, workers: int
) -> Iterator[_Answer]:
    """Yield ``function(item)`` for each item, in order, from ``workers`` fresh processes.

    At most two items a worker are in flight, so an endless iterable is fine. ``function``, the
    items and the answers must be picklable; one worker means this very process, where nothing
    needs to be. The first error of ``function`` is raised in its place in the order, and what
    had not started by then never starts. Closing the iterator ends the processes.

    Raises:
        ParameterError: ``workers`` is below 1.
        GezhiError: a worker was killed, most often for want of memory.

    >>> list(ordered_map(abs, [-3, 1, -2], workers=1))
    [3, 1, 2]
    """
    if workers < 1:
        raise ParameterError(f"workers must be 1 or more, not {workers}")
    if workers == 1:
        return map(function, items)
    return _map_over_processes(function, items, workers)


def _map_over_processes(
    function: Callable[[_Item], _Answer], items: Iterable[_Item], workers: int
) -> Iterator[_Answer]:
    threads = max(1, available_cores() // workers)
    pool = ProcessPoolExecutor(
        workers,
        # A forked child inherits locks that the inference threads hold; a spawned one has none.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare_worker,
        initargs=(threads,),
    )
    pending: deque[Future[_Answer]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= _AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise GezhiError(
            "a worker process was ended from outside, most often for want of memory; "
            "use fewer workers"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare_worker(threads: int) -> None:
    # Ctrl-C reaches the whole group; the parent alone decides what is kept.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
