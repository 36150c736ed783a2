"""What a labelling run has finished so far, kept beside its output until the output is whole.

Beside ``reviews.out.csv`` lies the folder ``reviews.out.csv.gezhi-partial`` with the identity of
the run and the probabilities of the finished chunks, each with its checksum: a run that was killed
in the middle of a write loses that chunk and no other.
"""

from __future__ import annotations

import json
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError

__all__ = ["UnfinishedRun", "partial_folder"]

_ENDING = ".gezhi-partial"
_HEAD = struct.Struct("<4sIII")  # mark, index of the chunk, its rows, the checksum of its numbers
_MARK = b"GZPR"


class UnfinishedRun:
    """The probabilities of the finished chunks of one labelling run, in order.

    Args:
        output: the file that the run is making.
        identity: whatever the probabilities depend on; those of another identity are dropped.
        resume: whether to keep what an earlier run of the same identity finished.

    Raises:
        InputError: another process is at work on the same output.
        OSError: the folder cannot be written.
    """

    def __init__(self, output: Path, identity: Mapping[str, Any], *, resume: bool) -> None:
        self.folder = partial_folder(output)
        self.made = self.folder / output.name
        self.rows = self.chunks = 0
        self.resumed_rows = 0
        self.folder.mkdir(exist_ok=True)
        self._identity = self.folder / "run.json"
        self._numbers = self.folder / "probabilities"
        self._file = self._numbers.open("ab+")
        try:
            self._lock(output)
            self._remove_leftovers()
            if not (resume and self._same(identity)):
                self._file.truncate(0)
                self._identity.write_text(json.dumps(dict(identity)), encoding="utf-8")
            self._file.truncate(self._sound_length())
        except BaseException:
            self._file.close()
            raise
        self.resumed_rows = self.rows

    def finished(self) -> Iterator[NDArray[np.float64]]:
        """The probabilities of the chunks that are finished, in order."""
        with self._numbers.open("rb") as file:
            for _ in range(self.chunks):
                _, _, count, _ = _HEAD.unpack(file.read(_HEAD.size))
                yield np.frombuffer(file.read(8 * count), dtype="<f8").astype(np.float64)

    def append(self, probabilities: NDArray[np.float64]) -> None:
        """Keep one more finished chunk."""
        numbers = probabilities.astype("<f8").tobytes()
        head = _HEAD.pack(_MARK, self.chunks, len(probabilities), zlib.crc32(numbers))
        self._file.write(head + numbers)
        self._file.flush()
        self.chunks += 1
        self.rows += len(probabilities)

    def finish(self, output: Path) -> None:
        """Move the output that was made in the folder to its name, and remove the folder."""
        if output.exists():
            shutil.copymode(output, self.made)
        self.made.replace(output)
        self.close()
        self._remove()

    def close(self) -> None:
        """Leave the folder for a later run; one that holds nothing is removed."""
        with suppress(OSError):  # the disk is full: what could not be written is judged again
            self._file.close()
        if not self.chunks and self.folder.exists():
            self._remove()

    def _lock(self, output: Path) -> None:
        if sys.platform == "win32":
            return
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"another run is making {output.name}; wait for it or name another output"
            ) from None

    def _same(self, identity: Mapping[str, Any]) -> bool:
        try:
            known = json.loads(self._identity.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(known == json.loads(json.dumps(dict(identity))))

    def _sound_length(self) -> int:
        """The bytes of the chunks that are whole; counts their rows."""
        length = 0
        with self._numbers.open("rb") as file:
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                mark, index, count, checksum = _HEAD.unpack(head)
                numbers = file.read(8 * count) if mark == _MARK else b""
                if index != self.chunks or len(numbers) != 8 * count or mark != _MARK:
                    break
                if zlib.crc32(numbers) != checksum:
                    break
                self.chunks += 1
                self.rows += count
                length += len(head) + len(numbers)
        return length

    def _remove_leftovers(self) -> None:
        """Remove the half-written output of a run that was killed."""
        for path in self.folder.iterdir():
            if path == self.made or (path.name.startswith(".") and ".partial" in path.name):
                path.unlink()

    def _remove(self) -> None:
        if not self.folder.exists():  # closing a run without a row has removed it already
            return
        self._remove_leftovers()
        self._numbers.unlink(missing_ok=True)
        self._identity.unlink(missing_ok=True)
        with suppress(OSError):  # someone else's file lies in it
            self.folder.rmdir()


def partial_folder(output: Path) -> Path:
    """The folder that holds the unfinished run of an output.

    >>> partial_folder(Path("reviews.out.csv")).name
    'reviews.out.csv.gezhi-partial'
    """
    return output.with_name(output.name + _ENDING)
