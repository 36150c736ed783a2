"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.kernel.paths import atomic_write, cache_folder, user_data_folder, user_models_folder


@settings(deadline=None, max_examples=50)
@given(old=st.none() | st.binary(max_size=50), new=st.binary(max_size=50))
def test_a_block_that_ends_well_replaces_the_file(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("files")
    target = folder / "out.csv"
    if old is not None:
        target.write_bytes(old)
    with atomic_write(target) as temporary:
        assert temporary.parent == folder
        assert temporary.suffix == ".csv"
        temporary.write_bytes(new)
        assert (target.read_bytes() if target.exists() else None) == old
    assert target.read_bytes() == new
    assert list(folder.iterdir()) == [target]


@settings(deadline=None, max_examples=50)
@given(
    old=st.none() | st.binary(max_size=50),
    part=st.none() | st.binary(max_size=50),
    error=st.sampled_from([ValueError, KeyboardInterrupt, OSError, SystemExit, GeneratorExit]),
)
def test_a_block_that_fails_leaves_what_was_there(tmp_path_factory, old, part, error):
    folder = tmp_path_factory.mktemp("files")
    target = folder / "out.csv"
    if old is not None:
        target.write_bytes(old)
    with pytest.raises(error), atomic_write(target) as temporary:  # noqa: PT012
        if part is not None:
            temporary.write_bytes(part)
        raise error
    assert (target.read_bytes() if target.exists() else None) == old
    assert list(folder.iterdir()) == ([] if old is None else [target])


def test_a_block_that_wrote_nothing_is_an_error_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    with pytest.raises(FileNotFoundError), atomic_write(target):
        pass
    assert target.read_bytes() == b"old"


def test_the_mode_of_the_old_file_is_kept(tmp_path):
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with atomic_write(target) as temporary:
        temporary.write_bytes(b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with atomic_write(link) as temporary:
        temporary.write_bytes(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_device_is_written_and_not_replaced():
    with atomic_write(Path(os.devnull)) as temporary:
        temporary.write_bytes(b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path):
        pass


def test_one_variable_moves_every_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GEZHI_HOME", str(tmp_path))
    folders = {user_data_folder(), user_models_folder(), cache_folder()}
    assert folders == {tmp_path / "data", tmp_path / "models", tmp_path / "cache"}


def test_without_the_variable_the_folders_are_the_systems(monkeypatch):
    monkeypatch.delenv("GEZHI_HOME")
    assert "gezhi" in str(user_data_folder())
    assert user_models_folder().parent == user_data_folder().parent
    assert cache_folder() not in (user_data_folder(), user_models_folder())
