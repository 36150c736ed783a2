"""The rules of the house that a tool keeps, run here too so that one command tells all."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_hold():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is part of the extra 'dev'"
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout


def test_the_pins_cover_every_direct_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    tested = ("train", "tables", "home", "dev")
    asked = [*project["dependencies"], *(one for extra in tested for one in extras[extra])]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(line.count("==") == 1 for line in pins)
    pinned = {plain(line) for line in pins}
    assert {plain(one) for one in asked} <= pinned


def plain(requirement: str) -> str:
    name = requirement.split(";")[0]
    for mark in "=<>!~[ ":
        name = name.split(mark)[0]
    return name.strip().lower().replace("_", "-")
