"""What came from npm is what was published, byte for byte, and nothing else lies beside it."""

import hashlib
import json
from pathlib import Path

import pytest

import gezhi.studio

FOLDER = Path(gezhi.studio.__file__).parent / "static" / "vendor"
VENDORED = json.loads((FOLDER / "VENDORED.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VENDORED)
def test_a_vendored_file_is_the_published_one(name):
    record = VENDORED[name]
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == record["sha256"]
    assert set(record) == {"package", "version", "path", "licence", "sha256"}


def test_no_other_file_lies_there():
    assert {path.name for path in FOLDER.iterdir()} == {*VENDORED, "VENDORED.json"}
