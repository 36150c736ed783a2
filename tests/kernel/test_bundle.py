"""Bundles: what is written reads back equal, and no damage of any byte goes unnoticed."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import FORMAT, read_bundle, write_bundle

NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() != "bundle.json"
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=8,
)
TABLES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4)


def write(folder: Path, **changes):
    fields = {
        "name": "tiny",
        "version": "1",
        "kind": "test",
        "files": {"model.onnx": b"\x08\x09weights", "words.txt": "好".encode()},
        "parameters": {"units": 3},
        "inputs": {"units": [None, 200]},
        "outputs": {"probability": ["rows"]},
        "preprocessing": {"vocabulary": ["好", "坏", "\U0001f600"]},
        "metrics": {"accuracy": 0.9312},
        "training": {"command": "none", "licence": "none stated"},
    }
    return write_bundle(folder, **{**fields, **changes})


@settings(deadline=None, max_examples=50)
@given(
    files=st.dictionaries(NAMES, st.binary(max_size=60), max_size=3),
    parameters=TABLES,
    preprocessing=TABLES,
)
def test_what_is_written_reads_back_equal(tmp_path_factory, files, parameters, preprocessing):
    if len({name.lower() for name in files}) < len(files):
        return  # one file on a disk that ignores case
    folder = tmp_path_factory.mktemp("bundles") / "tiny" / "1"
    written = write(folder, files=files, parameters=parameters, preprocessing=preprocessing)
    read = read_bundle(folder)
    assert read == written
    assert read.parameters == parameters
    assert read.preprocessing == preprocessing
    assert {name: read.path(name).read_bytes() for name in read.files} == files
    assert {one.name for one in folder.parent.iterdir()} == {"1"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "tiny"
    write(folder)
    return folder


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_any_changed_byte_is_noticed(sound, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged") / "tiny"
    shutil.copytree(sound, folder)
    path = folder / data.draw(st.sampled_from(["bundle.json", "model.onnx", "words.txt"]))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(BundleError):
        read_bundle(folder)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_shortened_or_missing_file_is_noticed(sound, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("short") / "tiny"
    shutil.copytree(sound, folder)
    path = folder / data.draw(st.sampled_from(["bundle.json", "model.onnx", "words.txt"]))
    content = path.read_bytes()
    length = data.draw(st.integers(-1, len(content) - 1))
    path.unlink()
    if length >= 0:
        path.write_bytes(content[:length])
    with pytest.raises(BundleError):
        read_bundle(folder)


def reseal(folder: Path, **changes) -> None:
    """Change bundle.json as someone would who knows how its own hash is made."""
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    manifest.pop("sha256")
    manifest.update(changes)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    manifest["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / "bundle.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "escape", ["../secret", "/etc/hostname", "a/../../secret", "..", ".", "", "sub/file", "link"]
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, escape):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    folder = tmp_path / "tiny"
    write(folder)
    (folder / "link").symlink_to(secret)
    reseal(folder, files={escape: hashlib.sha256(b"secret").hexdigest()})
    with pytest.raises(BundleError, match="outside the bundle"):
        read_bundle(folder)


def test_another_format_number_is_named(tmp_path):
    write(tmp_path / "tiny")
    reseal(tmp_path / "tiny", format=FORMAT + 1)
    with pytest.raises(BundleError, match=f"format {FORMAT + 1}; this version of gezhi reads"):
        read_bundle(tmp_path / "tiny")


def test_a_field_of_another_form_is_named(tmp_path):
    write(tmp_path / "tiny")
    reseal(tmp_path / "tiny", metrics=[])
    with pytest.raises(BundleError, match="'metrics'"):
        read_bundle(tmp_path / "tiny")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"format": NaN}', b"[" * 100_000, b'{"format": 1}']
)
def test_nonsense_is_no_bundle(tmp_path, content):
    (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError):
        read_bundle(tmp_path)


def test_a_missing_folder_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match="no model bundle"):
        read_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Über"},
        {"name": "../up"},
        {"version": "one"},
        {"kind": ""},
        {"files": {"../up": b""}},
        {"files": {"bundle.json": b""}},
        {"metrics": {"loss": float("nan")}},
        {"parameters": {"callback": print}},
        {"parameters": {"shape": (1, 2)}},
        {"parameters": {1: "one"}},
        {"preprocessing": {"letter": "\ud800"}},
    ],
    ids=str,
)
def test_what_cannot_be_described_is_refused_and_leaves_nothing(tmp_path, change):
    with pytest.raises(ParameterError):
        write(tmp_path / "tiny", **change)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_replaces_a_bundle_whole(tmp_path):
    folder = tmp_path / "tiny"
    write(folder, files={"old.onnx": b"old"})
    write(folder, files={"new.onnx": b"new"})
    assert {one.name for one in folder.iterdir()} == {"bundle.json", "new.onnx"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_failed_write_leaves_the_old_bundle(tmp_path, monkeypatch):
    folder = tmp_path / "tiny"
    old = write(folder)
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write(folder, version="2")
    monkeypatch.undo()
    assert read_bundle(folder) == old
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_of_other_things_is_never_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="no bundle"):
        write(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_that_is_not_in_the_bundle_has_no_path(sound):
    bundle = read_bundle(sound)
    assert bundle.path("model.onnx").read_bytes() == b"\x08\x09weights"
    with pytest.raises(BundleError, match=r"no weights\.bin"):
        bundle.path("weights.bin")
