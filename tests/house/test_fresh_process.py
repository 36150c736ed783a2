"""The door opens quickly: nothing heavy is imported before it is needed."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "onnx",
    "onnxruntime",
    "sklearn",
    "scipy",
    "fastapi",
    "starlette",
    "uvicorn",
    "ray",
)


def modules_after(code: str) -> set[str]:
    probe = f"{code}\nimport sys\nprint('MODULES', *sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=120
    )
    line = next(one for one in done.stdout.splitlines() if one.startswith("MODULES"))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    "code",
    [
        "import gezhi",
        "import gezhi; gezhi.GezhiError; dir(gezhi)",
        "from gezhi.cli import cli; cli(['--help'], standalone_mode=False)",
        "from gezhi.cli import cli; cli(['models', '--help'], standalone_mode=False)",
        "from gezhi.cli import cli; cli(['models', 'list'], standalone_mode=False)",
        "from gezhi.cli import cli; cli(['data', 'list'], standalone_mode=False)",
        "from gezhi.cli import cli; cli(['read', '--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded(code):
    assert modules_after(code).isdisjoint(HEAVY)


def test_importing_gezhi_loads_no_library_at_all():
    own = {name for name in modules_after("import gezhi") if name.split(".")[0] == "gezhi"}
    assert own == {"gezhi"}
    assert modules_after("import gezhi").isdisjoint({"numpy", "click", "rich", *HEAVY})
