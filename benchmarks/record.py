"""What a benchmark measured, written so that the tables in the docs can be made from it.

    rows = [
        Row("accuracy", "Accuracy, honest test of 4,000", "诚实测试集（4,000 条）准确率", 93.1, "%",
            must=92.0, aim=94.0, digits=2, peers=(Peer("TF-IDF + logistic regression", 90.8),)),
    ]
    Results.measured("sentiment", rows, seeds=[0], command="python -m benchmarks.sentiment").write()

A value is in the unit that a reader sees: 93.1 with ``"%"``, not 0.931.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Peer", "Results", "Row", "machine"]

FOLDER = Path(__file__).parent / "results"
_PACKAGES = ("gezhi", "numpy", "onnxruntime", "torch", "scikit-learn", "rjieba")


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer reached in the same run, in the unit of the row."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Attributes:
        key: short and stable, for those who look a figure up.
        name, name_zh: what was measured, for readers.
        value: in ``unit``; None when it was not measured in this run.
        must, aim: what has to be reached, and what is hoped for; None when nothing was set.
        better: whether ``"higher"`` or ``"lower"`` is better.
        digits: decimals to show.
        interval: a 95 % confidence interval of the value, in the same unit.
        peers: others on the same data in the same run.
        headline: whether the README's table of systems shows it.
        note: one short remark, in English.
    """

    key: str
    name: str
    name_zh: str
    value: float | None
    unit: str = ""
    must: float | None = None
    aim: float | None = None
    better: str = "higher"
    digits: int = 2
    interval: tuple[float, float] | None = None
    peers: tuple[Peer, ...] = ()
    headline: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"better must be 'higher' or 'lower', not {self.better!r}")

    def reaches(self, mark: float | None) -> bool | None:
        """Whether the value is as good as ``mark``; None when there is no mark or no value."""
        if mark is None or self.value is None:
            return None
        return self.value >= mark if self.better == "higher" else self.value <= mark

    @property
    def reached(self) -> bool | None:
        """Whether what must be reached is reached."""
        return self.reaches(self.must)


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of one system, and what they were measured on."""

    system: str
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    seeds: Sequence[int]
    command: str
    rows: tuple[Row, ...]
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def measured(
        cls,
        system: str,
        rows: Sequence[Row],
        *,
        seeds: Sequence[int],
        command: str,
        versions: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Results:
        """The rows with this machine and its versions; ``versions`` adds those of the peers."""
        return cls(
            system=system,
            machine=machine(),
            versions={**_versions(), **(versions or {})},
            seeds=list(seeds),
            command=command,
            rows=tuple(rows),
            details=details or {},
        )

    @classmethod
    def read(cls, system: str, folder: Path = FOLDER) -> Results:
        """The results that were written last; FileNotFoundError when there are none."""
        stored = json.loads((folder / f"{system}.json").read_text(encoding="utf-8"))
        rows = []
        for one in stored.pop("rows"):
            said = one.pop("reached")
            peers = tuple(Peer(**peer) for peer in one.pop("peers"))
            interval = one.pop("interval")
            row = Row(**one, peers=peers, interval=tuple(interval) if interval else None)
            if row.reached != said:
                raise ValueError(f"{system}.json: {row.key} says reached = {said}, which is wrong")
            rows.append(row)
        return cls(**stored, rows=tuple(rows))

    def write(self, folder: Path = FOLDER) -> Path:
        """Write ``folder/system.json``, whole or not at all, and return its path."""
        from gezhi.kernel.paths import atomic_write

        stored = asdict(self)
        stored["rows"] = [{**asdict(row), "reached": row.reached} for row in self.rows]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.system}.json"
        with atomic_write(path) as temporary:
            text = json.dumps(stored, ensure_ascii=False, indent=1, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")
        return path


def machine() -> dict[str, Any]:
    """The machine of this run, as far as it matters to a figure."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gigabytes": _memory_gigabytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory_gigabytes() -> int | None:
    if not hasattr(os, "sysconf"):
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=FOLDER.parent, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
