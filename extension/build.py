"""Builds dist/gezhi-papers-chrome.zip and dist/gezhi-papers-firefox.zip from the one source tree.

    python extension/build.py [FOLDER]

The same sources give the same bytes: the files are sorted and carry one fixed time.
"""

import json
import sys
import zipfile
from pathlib import Path

__all__ = ["BROWSERS", "build", "packed_files"]

HERE = Path(__file__).parent
BROWSERS = ("chrome", "firefox")
_FOLDERS = ("_locales", "icons", "src")
_SUFFIXES = {".js", ".json", ".html", ".css", ".png"}
_TIME = (1980, 1, 1, 0, 0, 0)


def packed_files(browser: str) -> dict[str, bytes]:
    """Return what the extension for one browser is made of: file contents by path in the zip."""
    manifest = (HERE / f"manifest.{browser}.json").read_bytes()
    json.loads(manifest)
    files = {"manifest.json": manifest}
    for folder in _FOLDERS:
        for path in (HERE / folder).rglob("*"):
            if path.suffix in _SUFFIXES:
                files[path.relative_to(HERE).as_posix()] = path.read_bytes()
    return dict(sorted(files.items()))


def build(browser: str, folder: Path) -> Path:
    """Write the zip for one browser into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"gezhi-papers-{browser}.zip"
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in packed_files(browser).items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, content)
    partial.replace(path)
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "dist"
    for one in BROWSERS:
        print(build(one, target))  # noqa: T201
