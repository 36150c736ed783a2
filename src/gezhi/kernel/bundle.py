"""Model bundles: a folder ``name/version/`` whose every byte is known before it is opened.

``bundle.json`` stands beside the model's files. It holds the format number, the kind, what the
constructor was given, the shapes, the preprocessing (vocabulary included), the metrics with their
data set, split and seed, how the model was trained and on what, the sha256 of every file, and
last the sha256 of all that. Nothing in a bundle is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.paths import sync_folder

__all__ = ["FORMAT", "Bundle", "read_bundle", "write_bundle"]

FORMAT = 1
"""The number of the layout that this version reads and writes."""

_MANIFEST = "bundle.json"
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
_TEXTS = ("name", "version", "kind")
_TABLES = ("parameters", "inputs", "outputs", "preprocessing", "metrics", "training", "files")


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: what `read_bundle` found and `write_bundle` wrote.

    Attributes:
        folder: where the bundle lies.
        name, version, kind: such as ``"sentiment"``, ``"1"``, ``"sentiment-classifier"``.
        parameters: the constructor's parameters.
        inputs, outputs: name of each array and its shape, free dimensions by name or None.
        preprocessing: what turns the user's data into the inputs.
        metrics: what was measured, with data set, split and seed.
        training: command, data, split, seed and the licence of the data.
        files: name of each file in the folder and its sha256.
    """

    folder: Path
    name: str
    version: str
    kind: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, list[Any]]
    outputs: Mapping[str, list[Any]]
    preprocessing: Mapping[str, Any]
    metrics: Mapping[str, Any]
    training: Mapping[str, Any]
    files: Mapping[str, str]

    def path(self, file: str) -> Path:
        """The path of one of the bundle's hashed files.

        Raises:
            BundleError: the bundle has no such file.
        """
        if file not in self.files:
            raise BundleError(
                f"{self.folder} has no {file}; it has {', '.join(sorted(self.files))}"
            )
        return self.folder / file


def read_bundle(folder: Path | str) -> Bundle:
    """Read and verify a bundle; no file but ``bundle.json`` is opened before its hash is checked.

    Raises:
        BundleError: the folder is no bundle, has another format number, or differs in any byte
            from what was written.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder / _MANIFEST)
    for file, digest in manifest["files"].items():
        _check_file(folder, file, digest)
    fields = {key: manifest[key] for key in _TEXTS + _TABLES}
    return Bundle(folder=folder, **fields)


def write_bundle(
    folder: Path | str,
    *,
    name: str,
    version: str,
    kind: str,
    files: Mapping[str, bytes],
    parameters: Mapping[str, Any],
    inputs: Mapping[str, list[Any]],
    outputs: Mapping[str, list[Any]],
    preprocessing: Mapping[str, Any],
    metrics: Mapping[str, Any],
    training: Mapping[str, Any],
) -> Bundle:
    """Write a bundle beside ``folder`` and move it into place, over an older bundle if need be.

    Everything but ``files`` must be plain JSON: no NaN, no infinity, string keys.

    Raises:
        ParameterError: a name is out of its alphabet, a value is not JSON, or ``folder`` holds
            something that is not a bundle, which is never overwritten.
        OSError: the disk is full or may not be written to.
    """
    folder = Path(folder)
    _check_names(name, version, kind, files)
    if folder.exists() and any(folder.iterdir()) and not (folder / _MANIFEST).is_file():
        raise ParameterError(f"{folder} holds files that are no bundle; choose an empty folder")
    manifest = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "kind": kind,
        "parameters": dict(parameters),
        "inputs": dict(inputs),
        "outputs": dict(outputs),
        "preprocessing": dict(preprocessing),
        "metrics": dict(metrics),
        "training": dict(training),
        "files": {file: hashlib.sha256(files[file]).hexdigest() for file in sorted(files)},
    }
    content = _seal(manifest)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        temporary.mkdir()
        for file, data in files.items():
            (temporary / file).write_bytes(data)
        (temporary / _MANIFEST).write_bytes(content)
        read_bundle(temporary)
        _move_folder(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return read_bundle(folder)


def _render(manifest: Mapping[str, Any]) -> bytes:
    text = json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=1)
    return (text + "\n").encode("utf-8")


def _seal(manifest: Mapping[str, Any]) -> bytes:
    try:
        digest = hashlib.sha256(_render(manifest)).hexdigest()
        content = _render({**manifest, "sha256": digest})
        unchanged = json.loads(content) == {**manifest, "sha256": digest}
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"a bundle's description must be plain JSON: {error}") from error
    if not unchanged:
        raise ParameterError(
            "a bundle's description must be plain JSON that reads back equal: "
            "lists rather than tuples, strings as keys"
        )
    return content


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path.parent} is no model bundle: {path.name} cannot be read "
            f"({error.strerror or error})"
        ) from error
    try:
        manifest = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is damaged: it is not valid JSON") from error
    if not isinstance(manifest, dict) or "format" not in manifest:
        raise BundleError(f"{path} is no bundle description: it has no format number")
    if manifest["format"] != FORMAT:
        raise BundleError(
            f"{path} has the format {manifest['format']!r}; this version of gezhi reads {FORMAT}"
        )
    digest = manifest.pop("sha256", None)
    try:
        intact = (
            hashlib.sha256(_render(manifest)).hexdigest() == digest
            and _render({**manifest, "sha256": digest}) == content
        )
    except (ValueError, RecursionError):
        intact = False
    if not intact:
        raise BundleError(f"{path} is damaged or was edited: its sha256 is not the one it names")
    _check_fields(path, manifest)
    return manifest


def _check_fields(path: Path, manifest: Mapping[str, Any]) -> None:
    for key, kind in [(key, str) for key in _TEXTS] + [(key, dict) for key in _TABLES]:
        if not isinstance(manifest.get(key), kind):
            raise BundleError(f"{path} lacks the field {key!r}, or has it in another form")


def _check_file(folder: Path, file: str, digest: Any) -> None:
    path = folder / file
    if not _FILE_NAME.fullmatch(file) or path.resolve().parent != folder.resolve():
        raise BundleError(f"{folder} names the file {file!r}, which lies outside the bundle")
    try:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror or error})") from error
    if found != digest:
        raise BundleError(f"{path} is damaged: its sha256 is {found}, not {digest}")


def _check_names(name: str, version: str, kind: str, files: Mapping[str, bytes]) -> None:
    for label, value in (("name", name), ("kind", kind)):
        if not _NAME.fullmatch(value):
            raise ParameterError(
                f"{label} must be lower-case letters, digits, '-', '_' or '.', not {value!r}"
            )
    if not _VERSION.fullmatch(version):
        raise ParameterError(f"version must be numbers with dots, such as '1', not {version!r}")
    for file in files:
        if not _FILE_NAME.fullmatch(file) or file == _MANIFEST:
            raise ParameterError(f"a bundle cannot hold a file named {file!r}")


def _move_folder(temporary: Path, folder: Path) -> None:
    """Rename ``temporary`` to ``folder``; an older bundle goes only when the new one stands."""
    if not folder.exists():
        temporary.rename(folder)
        sync_folder(folder.parent)
        return
    older = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.older.partial")
    folder.rename(older)
    try:
        temporary.rename(folder)
    except BaseException:
        older.rename(folder)
        raise
    shutil.rmtree(older, ignore_errors=True)
    sync_folder(folder.parent)
