"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.encodings import find_encoding
from gezhi.kernel.tables.table import Row, Table, TextWriter, read_lines

__all__ = ["JsonLinesTable", "JsonLinesWriter"]

_COLUMN_LIMIT = 10_000


class JsonLinesTable(Table):
    """One JSON object a line; the columns are all keys of all lines, blank lines are skipped."""

    format = "jsonl"

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self.encoding = find_encoding(path, encoding)
        columns: dict[str, None] = {}
        self.row_count = 0
        for number, _, values in self._objects():
            self.row_count += 1
            columns.update(dict.fromkeys(values))
            if len(columns) > _COLUMN_LIMIT:
                raise InputError(
                    f"{path.name}: row {number} brings the keys to more than {_COLUMN_LIMIT:,}; "
                    "use the same keys on every line"
                )
        self.columns = tuple(columns)
        if not columns:
            raise InputError(f"{path.name} is empty; it should hold one JSON object a line")

    def rows(self) -> Iterator[Row]:
        """Yield one row a line; a key that a line lacks is None, the source is the line."""
        for number, line, values in self._objects():
            yield Row(number, [values.get(name) for name in self.columns], line)

    def _objects(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        assert self.encoding is not None
        for number, line in enumerate(read_lines(self.path, self.encoding), 1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as error:
                reason = "it is nested too deeply"
                if isinstance(error, json.JSONDecodeError):
                    reason = f"{error.msg} at column {error.colno}"
                raise InputError(
                    f"{self.path.name}: row {number} is not JSON ({reason}); "
                    "each line should be one JSON object"
                ) from None
            if not isinstance(values, dict):
                raise InputError(
                    f"{self.path.name}: row {number} is a JSON {_kind(values)}; "
                    "each line should be one JSON object"
                )
            yield number, line, values


def _kind(value: object) -> str:
    return {list: "array", str: "string", bool: "boolean", type(None): "null"}.get(
        type(value), "number"
    )


class JsonLinesWriter(TextWriter):
    """Adds its keys at the end of each object and leaves every other byte of the line alone."""

    def __init__(self, path: Path, source: Table, names: Sequence[str]) -> None:
        copied = source.format == "jsonl"
        super().__init__(path, source.encoding if copied else None)
        self._copied = copied
        self._columns = _unique(source.columns)
        self._names = names

    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Write the object with the added keys last."""
        extra = dict(zip(self._names, added, strict=True))
        if not self._copied:
            values = dict(zip(self._columns, map(_jsonable, row.values), strict=True))
            self.put(json.dumps({**values, **extra}, ensure_ascii=False) + "\n")
            return
        line: str = row.source
        body = line.rstrip()
        inside = body[:-1].rstrip()
        comma = "" if inside.endswith("{") and not inside[:-1].strip() else ", "
        tail = json.dumps(extra, ensure_ascii=False)[1:]
        self.put(inside + comma + tail + line[len(body) :])


def _unique(columns: Sequence[str]) -> list[str]:
    """Names that may be keys: an unnamed or repeated column is called by its number."""
    seen: set[str] = set()
    names = []
    for number, name in enumerate(columns, 1):
        key = name if name and name not in seen else f"column {number}"
        seen.add(key)
        names.append(key)
    return names


def _jsonable(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool, list, dict)):
        return value
    return str(value)
