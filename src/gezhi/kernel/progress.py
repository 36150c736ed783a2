"""Progress that library functions report and a terminal draws.

A library function takes a `Report`, a plain function, and knows nothing of terminals. A command
line hands it a `Progress`, which draws a bar with the time left on stderr, and only when stderr
is a terminal: pipes and log files stay clean.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = ["Progress", "Report", "track"]

_Item = TypeVar("_Item")

Report: TypeAlias = Callable[[int, int | None, str], None]
"""Called with what is done, the total (None when unknown) and a short message."""


class Progress:
    """A bar on the terminal's stderr, to be handed over as a `Report`.

    Args:
        description: what is being done, before the bar.
        quiet: draw nothing.

    >>> with Progress("Reading", quiet=True) as report:
    ...     report(1, 10, "")
    """

    def __init__(self, description: str = "", *, quiet: bool = False) -> None:
        self._description = description
        self._drawn = not quiet and sys.stderr.isatty()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show that ``done`` of ``total`` are finished; a message replaces the description."""
        if not self._drawn:
            return
        if self._bar is None:
            self._bar = _new_bar()
            self._task = self._bar.add_task(self._description, total=total)
            self._bar.start()
        assert self._task is not None
        text = message or self._description
        self._bar.update(self._task, completed=done, total=total, description=text)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def track(
    items: Iterable[_Item] | int,
    description: str = "",
    *,
    total: int | None = None,
    quiet: bool = False,
) -> Iterator[_Item] | Iterator[int]:
    """Yield the items while a bar shows how many are done; an int stands for its range.

    >>> list(track(3, "Counting", quiet=True))
    [0, 1, 2]
    """
    source: Iterable[_Item] | Iterable[int] = range(items) if isinstance(items, int) else items
    if total is None and isinstance(source, Sized):
        total = len(source)
    with Progress(description, quiet=quiet) as report:
        for done, item in enumerate(source, start=1):
            yield item  # type: ignore[misc]
            report(done, total, "")


def _new_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bar,
    )

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
