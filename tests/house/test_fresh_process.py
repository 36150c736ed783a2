"""The door opens quickly: nothing heavy is imported before it is needed."""

import json
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
        "from gezhi.cli import cli; cli(['papers', 'find', '2403.12345'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded(code):
    assert modules_after(code).isdisjoint(HEAVY)


def test_importing_gezhi_loads_no_library_at_all():
    own = {name for name in modules_after("import gezhi") if name.split(".")[0] == "gezhi"}
    assert own == {"gezhi"}
    assert modules_after("import gezhi").isdisjoint({"numpy", "click", "rich", *HEAVY})


EXTRAS = ("torch", "onnx", "onnxscript", "safetensors", "sklearn", "scipy", "pyarrow", "ray")


def without_extras(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the front door as if the base install were all there is."""
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({EXTRAS!r}))\n"
        f"sys.argv = ['gezhi', *{arguments!r}]\nfrom gezhi.cli import main\nmain()"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_base_install_judges_a_review():
    done = without_extras("read", "sentiment", "--json", "太差了，后悔买它")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["label"] == "negative"


def test_the_base_install_has_the_whole_studio():
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({EXTRAS!r}))\n"
        "from pathlib import Path\n"
        "from gezhi.studio.app import create_app\nfrom gezhi.studio.settings import Settings\n"
        "import tempfile\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    print(len(create_app(Settings(folder=Path(folder), port=8470)).routes) > 3)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "True\n"


def test_what_needs_an_extra_says_how_to_get_it(tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text("text,label\n" + "很好,1\n太差了,0\n" * 20, encoding="utf-8")
    done = without_extras(
        *("read", "sentiment", "train", "--file", str(table), "--text-column", "text"),
        *("--label-column", "label", "--output", str(tmp_path / "model")),
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'gezhi[train]'" in done.stderr
    assert not (tmp_path / "model").exists()
