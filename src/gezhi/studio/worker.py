"""A job's own process: `python -m gezhi.studio.worker` runs one registered task and ends.

It reads one JSON line from standard input (`task`, `parameters`) and writes JSON lines to standard
output: `{"progress": [done, total, message]}`, then `{"result": …}` or `{"error": sentence}`.
Standard input stays open: when it closes, the studio is gone and the worker ends too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from typing import Any, TextIO

from gezhi.errors import GezhiError
from gezhi.studio.tasks import find_task

__all__ = ["Reporter", "end_with_the_studio", "main", "run"]

_SECONDS_BETWEEN_REPORTS = 0.1


class Reporter:
    """Writes messages to the studio; progress at most ten times a second."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.next_time = 0.0

    def send(self, **message: Any) -> None:
        """Write one message and flush it."""
        self.stream.write(json.dumps(message) + "\n")
        self.stream.flush()

    def __call__(self, done: int, total: int | None, message: str = "") -> None:
        """Report that `done` of `total` are finished (total None: not known)."""
        now = time.monotonic()
        if now >= self.next_time or done == total:
            self.next_time = now + _SECONDS_BETWEEN_REPORTS
            self.send(progress=[done, total, message])


def run(line: str, reporter: Reporter) -> int:
    """Run the task that a JSON line names; the exit code of the process."""
    order = json.loads(line)
    try:
        result = find_task(order["task"])(order["parameters"], reporter)
    except GezhiError as error:
        reporter.send(error=str(error), kind=type(error).__name__)
        return 1
    except OSError as error:
        reporter.send(error=f"The operating system refused: {error.strerror}.", kind="OSError")
        return 1
    reporter.send(result=result)
    return 0


def end_with_the_studio() -> None:
    """Wait until standard input closes, then end this process at once."""
    sys.stdin.buffer.read()
    os._exit(3)


def main() -> None:
    """Keep standard output for messages alone, read the order, run it."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline().decode("utf-8")
    threading.Thread(target=end_with_the_studio, daemon=True).start()
    try:
        code = run(line, Reporter(messages))
    except BaseException:
        traceback.print_exc()
        code = 2
    messages.close()
    sys.stderr.flush()
    # The watching thread is still inside a read of standard input, whose lock an ordinary exit
    # would wait for in vain.
    os._exit(code)


if __name__ == "__main__":
    main()
