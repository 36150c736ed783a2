"""A worker that knows tasks no product has: slow, failing and crashing ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

from gezhi.errors import InputError
from gezhi.studio import tasks, worker


def count(parameters, report):
    """Count up to `total`, slowly when asked."""
    for done in range(1, parameters["total"] + 1):
        report(done, parameters["total"], "")
        time.sleep(parameters.get("pause", 0))
    sys.stdout.write("this line is not a message and must not be taken for one\n")
    return {"counted": parameters["total"], "text": "好"}


def hang(parameters, report):
    """Start a child, write both process ids down, and wait for ever."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pending = Path(parameters["ids"] + ".new")
    pending.write_text(f"{os.getpid()} {child.pid}")
    pending.rename(parameters["ids"])
    report(1, 2, "")
    time.sleep(600)


def refuse(parameters, report):
    """Fail as the library does."""
    raise InputError("source.csv: row 3 is <ragged>")


def crash(parameters, report):
    """Fail as a mistake in the program does."""
    raise RuntimeError("the reactor is on fire")


def die(parameters, report):
    """End without a word, as when the system runs out of memory."""
    os._exit(9)


if __name__ == "__main__":
    for task in (count, hang, refuse, crash, die):
        tasks.TASKS[f"odd.{task.__name__}"] = f"odd_worker:{task.__name__}"
    sys.modules["odd_worker"] = sys.modules["__main__"]
    worker.main()
