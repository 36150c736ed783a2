"""How heavy the base install is: what `make run` puts on the disk, and how quickly it opens.

    python -m benchmarks.install

It installs the repository with its pins into an empty environment, compiles every module to
bytecode as an installer does, and counts. pip itself, which the environment came with, is left
out. Times are medians over fresh processes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import Results, Row

__all__ = ["main", "measure"]

ROOT = Path(__file__).parents[1]
_STARTS = 15
_BROUGHT = ("pip", "setuptools")
_IMPORT = "import time; t = time.perf_counter(); import gezhi; print(time.perf_counter() - t)"


def measure(folder: Path) -> list[Row]:
    """Install into a new environment at ``folder`` and measure it."""
    python = _install(folder)
    packages = json.loads(_output(python, "-m", "pip", "list", "--format=json"))
    count = sum(one["name"] not in (*_BROUGHT, "gezhi") for one in packages)
    site = Path(_output(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    return [
        Row("size", "Base install, with bytecode", "基础安装（含字节码）", _megabytes(site), "MB",
            must=500, aim=350, better="lower", digits=0),
        Row("packages", "Packages it brings", "依赖包数量", count,
            must=45, aim=35, better="lower", digits=0),
        Row("import", "`import gezhi`", "`import gezhi`",
            statistics.median(float(_output(python, "-c", _IMPORT)) for _ in range(_STARTS)), "s",
            must=0.3, aim=0.15, better="lower", digits=3),
        Row("help", "`gezhi --help`, the whole process", "`gezhi --help`（整个进程）",
            statistics.median(_seconds(python, "-m", "gezhi", "--help") for _ in range(_STARTS)),
            "s", better="lower", digits=2),
    ]  # fmt: skip


def _install(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", "."]
    subprocess.run(pip, cwd=ROOT, check=True)
    subprocess.run([str(python), "-m", "compileall", "-q", str(folder / "lib")], check=False)
    return python


def _megabytes(site: Path) -> float:
    kept = [
        one
        for one in site.iterdir()
        if one.name.partition("-")[0] not in (*_BROUGHT, "_distutils_hack", "pkg_resources")
    ]
    files = [path for one in kept for path in ([one] if one.is_file() else one.rglob("*"))]
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def _seconds(python: Path, *arguments: str) -> float:
    start = time.perf_counter()
    _output(python, *arguments)
    return time.perf_counter() - start


def _output(python: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(python), *arguments], capture_output=True, text=True, check=True, cwd=python.parent
    )
    return done.stdout.strip()


def main() -> None:
    """Measure and write results/install.json."""
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder) / "environment")
    Results.measured("install", rows, seeds=[], command="python -m benchmarks.install").write()


if __name__ == "__main__":
    main()
