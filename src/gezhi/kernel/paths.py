"""Where gezhi keeps its files, and how it writes one so that no half file is ever seen."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_write", "cache_folder", "sync_folder", "user_data_folder", "user_models_folder"]


def user_data_folder() -> Path:
    """The folder that fetched data sets are kept in; ``GEZHI_HOME`` moves it."""
    return _user_folder("data")


def user_models_folder() -> Path:
    """The folder of the user's own model bundles, ``name/version/``; ``GEZHI_HOME`` moves it."""
    return _user_folder("models")


def cache_folder() -> Path:
    """The folder of what can be made again, such as work in progress; ``GEZHI_HOME`` moves it."""
    home = os.environ.get("GEZHI_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    import platformdirs

    return platformdirs.user_cache_path("gezhi", appauthor=False)


def _user_folder(name: str) -> Path:
    home = os.environ.get("GEZHI_HOME")
    if home:
        return Path(home).expanduser() / name
    import platformdirs

    return platformdirs.user_data_path("gezhi", appauthor=False) / name


@contextmanager
def atomic_write(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; move it into place when the block ends well.

    The block writes the temporary path in whatever way it likes. When it ends, the bytes are
    forced to the disk and moved over ``path``; when it raises, Ctrl-C included, the temporary
    file is removed and an older ``path`` stays as it was. The ending of the name is kept, since
    some writers choose their format by it. A device or a pipe is written directly.

    Raises:
        OSError: the folder does not exist, may not be written to, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "answer.txt"
    ...     with atomic_write(target) as temporary:
    ...         _ = temporary.write_text("42", encoding="utf-8")
    ...     target.read_text(encoding="utf-8"), len(list(Path(folder).iterdir()))
    ('42', 1)
    """
    target = Path(path)
    if target.is_symlink():
        target = target.resolve()
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; name a file")
    if target.exists() and not target.is_file():
        yield target
        return
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.partial{target.suffix}")
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to the disk, where the system can do so."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
