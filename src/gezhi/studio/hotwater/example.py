"""The comparison that is shown before anybody has asked for one: computed once and shipped.

python -m gezhi.studio.hotwater.example      computes it anew (some minutes)
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gezhi import __version__
from gezhi.kernel.paths import atomic_write
from gezhi.studio.hotwater.scenes import SEED
from gezhi.studio.hotwater.task import compare_policies

__all__ = ["DAYS", "PATH", "load", "main"]

PATH = Path(__file__).with_name("example.json")
DAYS = 28


@cache
def load() -> dict[str, Any]:
    """The stored comparison: `result` as the job gives it, and how it was `made`."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Compute the comparison and store it."""
    result = compare_policies(
        {"home": "reference", "log": "", "days": DAYS}, lambda done, total, message: None
    )
    made = {
        "command": f"gezhi home hotwater compare --days {DAYS} --seed {SEED} --json",
        "gezhi": __version__,
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    with atomic_write(PATH) as temporary:
        text = json.dumps({"made": made, "result": result}, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
