"""What the bridge remembers: states, events, answers to commands and water counts, in SQLite.

One file in write-ahead mode. A state and the event that led to it are committed together and
forced to the disk before anything is published or acknowledged, so that a power cut between two
lines of the program loses neither: the broker still holds what was not acknowledged, and the
store holds what was. The studio reads the same file while the bridge writes it.
"""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gezhi.errors import InputError, ParameterError

__all__ = ["FORMAT", "Answer", "Kept", "Store", "StoreError", "StoredEvent"]

FORMAT = 1
_LOG_PAGES = 512
_COMMITS_TO_SETTLE = 50  # a commit writes up to about eight pages

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS states (
    system TEXT PRIMARY KEY, state TEXT NOT NULL, house REAL NOT NULL, wall REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    wall REAL NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, wall REAL NOT NULL, accepted INTEGER NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    topic TEXT PRIMARY KEY, last REAL NOT NULL, total REAL NOT NULL
) WITHOUT ROWID;
"""


class StoreError(InputError):
    """The store cannot be read or written: names the file and what would help."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A controller's state as it was kept, with both clocks of that moment in seconds."""

    state: Mapping[str, Any]
    house_seconds: float
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One thing that happened; ``number`` grows by one a row and is never used twice."""

    number: int
    wall_seconds: float
    system: str
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: whether it was accepted, and why not."""

    id: str
    accepted: bool
    reason: str


class Store:
    """The bridge's memory in one SQLite file.

    Args:
        path: the file; it and its folder are made when missing.
        events_kept: the oldest events beyond this number are dropped when the store is tidied.
        read_only: open a store that exists, and only to look; for the studio.

    Raises:
        StoreError: the file is no store, of a newer format, or the disk is full or read-only.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder) / "bridge.sqlite")
    ...     with store.transaction():
    ...         store.save("hotwater", {"phase": "idle"}, house_seconds=5.0, wall_seconds=1.7e9)
    ...         _ = store.record("hotwater", "request", {"tap": "kitchen"}, wall_seconds=1.7e9)
    ...     store.close()
    ...     again = Store(Path(folder) / "bridge.sqlite")
    ...     again.load("hotwater").state, [event.kind for event in again.events()]
    ({'phase': 'idle'}, ['request'])
    """

    def __init__(
        self, path: Path | str, *, events_kept: int = 1_000_000, read_only: bool = False
    ) -> None:
        self.path = Path(path)
        self.events_kept = events_kept
        self._commits = 0
        with self._named():
            if read_only:
                address = f"{self.path.absolute().as_uri()}?mode=ro"
                self._base = sqlite3.connect(address, uri=True, isolation_level=None)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, isolation_level=None, timeout=5.0)
            try:
                self._prepare()
            except BaseException:
                self._base.close()
                raise

    def _prepare(self) -> None:
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        found = int(self._base.execute("PRAGMA user_version").fetchone()[0])
        if found > FORMAT:
            raise StoreError(
                f"{self.path} was written by a newer gezhi (format {found}, this one knows "
                f"{FORMAT}); update gezhi or name another folder"
            )
        if found < FORMAT:
            self._base.executescript(_TABLES)
            self._base.execute(f"PRAGMA user_version={FORMAT}")
        self._base.execute("SELECT count(*) FROM states").fetchone()
        self._widen_log()

    def _widen_log(self) -> None:
        """Let the write-ahead log have its size before it matters.

        A commit that overwrites the log is forced to the disk several times faster than one that
        makes it longer. The log is copied into the database by `settle` alone, when there is time,
        and only if that never comes by a commit.
        """
        self._base.execute(f"PRAGMA wal_autocheckpoint={4 * _LOG_PAGES}")
        size = int(self._base.execute("PRAGMA page_size").fetchone()[0])
        with contextlib.suppress(sqlite3.Error):  # where there is no room, it grows by itself
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.execute(
                    "INSERT OR REPLACE INTO facts VALUES ('room', zeroblob(?))",
                    (_LOG_PAGES * size,),
                )
                self._base.execute("DELETE FROM facts WHERE name = 'room'")
                self._base.execute("COMMIT")
            except sqlite3.Error:
                self._base.execute("ROLLBACK")
        self.settle()

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{self.path}: {error}; the bridge needs a writable folder with free space"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: {error}; move the file away to start anew") from error
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or error}") from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block reach the disk together, or none does."""
        with self._named():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
                self._commits += 1
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                raise

    @property
    def settling_due(self) -> bool:
        """Whether so much was committed that `settle` is worth its time."""
        return self._commits >= _COMMITS_TO_SETTLE

    def settle(self) -> None:
        """Copy what is in the log into the database, so that the log begins anew.

        All of it is on the disk before and after; it takes two waits for the disk, and is best
        done while nobody waits for a relay.
        """
        self._commits = 0
        with self._named():
            self._base.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._base.close()

    def tidy(self, *, before_wall_seconds: float) -> None:
        """Drop answers older than the given time and events beyond ``events_kept``."""
        with self.transaction():
            self._base.execute("DELETE FROM answers WHERE wall < ?", (before_wall_seconds,))
            self._base.execute(
                "DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - ?",
                (self.events_kept,),
            )

    # -- states ---

    def save(
        self, system: str, state: Mapping[str, Any], *, house_seconds: float, wall_seconds: float
    ) -> None:
        """Keep a controller's state in place of the last one."""
        with self._named():
            self._base.execute(
                "INSERT INTO states VALUES (?, ?, ?, ?) ON CONFLICT (system) DO UPDATE SET "
                "state = excluded.state, house = excluded.house, wall = excluded.wall",
                (system, _text(state), house_seconds, wall_seconds),
            )

    def load(self, system: str) -> Kept | None:
        """The state last kept, or None when there is none that can be read."""
        with self._named():
            row = self._base.execute(
                "SELECT state, house, wall FROM states WHERE system = ?", (system,)
            ).fetchone()
        if row is None:
            return None
        return Kept(json.loads(row[0]), float(row[1]), float(row[2]))

    def latest_house_seconds(self) -> tuple[float, float] | None:
        """The newest pair of house and wall clock that any state was kept with."""
        with self._named():
            row = self._base.execute(
                "SELECT house, wall FROM states ORDER BY house DESC LIMIT 1"
            ).fetchone()
        return None if row is None else (float(row[0]), float(row[1]))

    # -- events ---

    def record(
        self, system: str, kind: str, detail: Mapping[str, Any], *, wall_seconds: float
    ) -> int:
        """Add an event; its number."""
        with self._named():
            done = self._base.execute(
                "INSERT INTO events (wall, system, kind, detail) VALUES (?, ?, ?, ?)",
                (wall_seconds, system, kind, _text(detail)),
            )
        return int(done.lastrowid or 0)

    def events(
        self, *, after: int = 0, limit: int = 1000, kind: str | None = None
    ) -> list[StoredEvent]:
        """Events by number from the one after ``after``, at most ``limit``, of one kind or all."""
        with self._named():
            rows = self._base.execute(
                "SELECT number, wall, system, kind, detail FROM events WHERE number > ? "
                "AND (? IS NULL OR kind = ?) ORDER BY number LIMIT ?",
                (after, kind, kind, limit),
            ).fetchall()
        return [StoredEvent(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]

    def last_events(self, limit: int = 50) -> list[StoredEvent]:
        """The newest events, oldest of them first."""
        with self._named():
            top = self._base.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0]
        return self.events(after=max(0, int(top) - limit), limit=limit)

    # -- answers to commands ---

    def answer(self, command_id: str) -> Answer | None:
        """What a command of this id was answered, or None when it is new."""
        with self._named():
            row = self._base.execute(
                "SELECT id, accepted, reason FROM answers WHERE id = ?", (command_id,)
            ).fetchone()
        return None if row is None else Answer(row[0], bool(row[1]), row[2])

    def remember(self, answer: Answer, *, wall_seconds: float) -> None:
        """Keep an answer, so that the same command a second time is known."""
        with self._named():
            self._base.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)",
                (answer.id, wall_seconds, int(answer.accepted), answer.reason),
            )

    # -- cumulative counts ---

    def count(self, topic: str, reading: float, *, rollback: float = 0.0) -> float:
        """Take a cumulative reading of a node; how much is new since the last one.

        The first reading of a topic only sets the mark. A node that lost power comes back either
        with zero, and then all it shows is new, or with the number it last wrote to its flash,
        at most ``rollback`` below the mark, and then nothing is new and the mark moves down.

        Args:
            topic: where the count comes from.
            reading: the cumulative count, in the node's unit, not negative.
            rollback: the most that a node may have counted since it last wrote its flash.

        Raises:
            ParameterError: the reading is negative or not a number.
        """
        if not math.isfinite(reading) or reading < 0:
            raise ParameterError(f"{topic}: a count is 0 or more, not {reading}")
        with self._named():
            row = self._base.execute(
                "SELECT last, total FROM counts WHERE topic = ?", (topic,)
            ).fetchone()
            if row is None:
                new, total = 0.0, 0.0
            else:
                last, total = float(row[0]), float(row[1])
                if reading >= last:
                    new = reading - last
                else:
                    new = 0.0 if reading > 0 and last - reading <= rollback else reading
            self._base.execute(
                "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (topic) DO UPDATE SET "
                "last = excluded.last, total = excluded.total",
                (topic, reading, total + new),
            )
        return new

    def total(self, topic: str) -> float:
        """All that was ever counted on a topic, over restarts of the node and of the bridge."""
        with self._named():
            row = self._base.execute(
                "SELECT total FROM counts WHERE topic = ?", (topic,)
            ).fetchone()
        return 0.0 if row is None else float(row[0])

    # -- single facts ---

    def fact(self, name: str) -> str | None:
        """A single remembered text, such as the form in which entities were last announced."""
        with self._named():
            row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a single text."""
        with self._named():
            self._base.execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
                "value = excluded.value",
                (name, value),
            )


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
