"""Ask the browser extension's engine, in node, what it finds."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("engine.mjs")


def node() -> str:
    found = shutil.which("node")
    assert found, "the extension's engine is tested with node, which is not installed"
    return found


def ask(question: dict[str, Any], folder: Path) -> Any:
    """Send one question to engine.mjs through files and give its answer."""
    asked, answered = folder / "question.json", folder / "answer.json"
    asked.write_text(json.dumps(question), encoding="ascii")
    subprocess.run([node(), str(RUNNER), str(asked), str(answered)], check=True, timeout=300)
    return json.loads(answered.read_text(encoding="utf-8"))
