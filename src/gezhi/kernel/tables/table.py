"""What every kind of table has in common: columns, rows in order, a writer that adds columns."""

from __future__ import annotations

import io
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.encodings import Encoding

__all__ = [
    "FORMATS",
    "LINE_LIMIT",
    "Row",
    "Table",
    "TableInfo",
    "TableWriter",
    "TextWriter",
    "cell_text",
    "find_column",
    "free_names",
    "read_lines",
]

FORMATS = ("csv", "tsv", "jsonl", "lines", "xlsx", "parquet")
LINE_LIMIT = 1 << 24  # characters; a line this long is a missing line end or quotation mark
_ROWS_IN_SAMPLE = 5
_COLUMNS_IN_MESSAGE = 12
_MISSING = frozenset({"", "nan", "none", "null", "n/a", "#n/a", "<na>"})
_LONGEST_MISSING = 16  # with white space around it


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is 1), its values, its source.

    ``source`` is private to the format: what a writer of the same format copies unchanged.
    """

    number: int
    values: Sequence[Any]
    source: Any = None


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What a table file is: format, encoding (None where it has none), columns, first rows.

    ``rows`` counts the rows without the header, and is None where counting means reading all.
    """

    format: str
    encoding: str | None
    columns: tuple[str, ...]
    sample: tuple[tuple[Any, ...], ...]
    rows: int | None


class Table(ABC):
    """A table file that has been opened: its columns are known, its rows are read as a stream."""

    format: str
    path: Path
    columns: tuple[str, ...]
    header: bool = True
    row_count: int | None = None
    encoding: Encoding | None = None

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the rows in order, from the first; may be called again."""

    def info(self) -> TableInfo:
        """Describe the table, with its first rows."""
        sample = []
        rows = self.rows()
        for row in rows:
            sample.append(tuple(row.values))
            if len(sample) == _ROWS_IN_SAMPLE:
                break
        close = getattr(rows, "close", None)
        if close is not None:
            close()
        encoding = None if self.encoding is None else str(self.encoding)
        return TableInfo(self.format, encoding, self.columns, tuple(sample), self.row_count)


class TableWriter(ABC):
    """Writes the rows of a table with more columns behind them; closed once, at the end."""

    @abstractmethod
    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Write one row and the values of the added columns."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left; the file is whole only after this."""

    @abstractmethod
    def abandon(self) -> None:
        """Let go of the file after an error, without finishing it."""


class TextWriter(TableWriter):
    """A writer of text: keeps the encoding and the byte-order mark of what was read."""

    def __init__(self, path: Path, encoding: Encoding | None) -> None:
        encoding = encoding or Encoding("utf-8")
        self._binary = path.open("wb")
        self._binary.write(encoding.mark)
        # Lone surrogates, which JSON can name, have no bytes in any encoding.
        self._text = io.TextIOWrapper(
            self._binary, encoding=encoding.codec, errors="replace", newline=""
        )

    def put(self, text: str) -> None:
        """Write text as it is."""
        self._text.write(text)

    def close(self) -> None:
        """Write what is left and close the file."""
        self._text.close()

    def abandon(self) -> None:
        """Close the file whatever it holds."""
        try:
            self._text.close()
        except OSError:
            self._binary.close()


def read_lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """Yield the lines of a text file with their line ends, whatever those are.

    Raises:
        InputError: a line is longer than `LINE_LIMIT`, or the file changed since its encoding
            was checked.
    """
    with path.open("rb") as binary:
        binary.seek(len(encoding.mark))
        with io.TextIOWrapper(binary, encoding=encoding.codec, newline="") as text:
            number = 0
            while True:
                number += 1
                try:
                    line = text.readline(LINE_LIMIT + 1)
                except UnicodeDecodeError:
                    raise InputError(
                        f"{path.name}: line {number} is no longer {encoding}: "
                        "the file changed while it was read; run again"
                    ) from None
                if not line:
                    return
                if len(line) > LINE_LIMIT:
                    raise InputError(
                        f"{path.name}: line {number} is longer than {LINE_LIMIT:,} characters; "
                        "put each text on a line of its own"
                    )
                yield line


def find_column(table: Table, asked: str | None, known: Sequence[str], what: str) -> int:
    """Find a column by its name, else by its number from 1, else by a well-known name.

    Args:
        table: the table.
        asked: a name or a number; ``None`` takes the only column, or the one well-known name.
        known: well-known names in lower case.
        what: what the column holds, for the message.

    Raises:
        InputError: no such column, or several of that name; lists the columns.
    """
    names = [name.strip() for name in table.columns]
    listed = _list_columns(table.columns)
    if asked is not None:
        exact = [index for index, name in enumerate(names) if name == asked.strip()]
        if len(exact) == 1:
            return exact[0]
        if exact:
            numbers = ", ".join(str(index + 1) for index in exact)
            raise InputError(
                f"{table.path.name} has {len(exact)} columns called '{asked}'; "
                f"give the number of one: {numbers}"
            )
        if asked.strip().isdecimal() and 1 <= int(asked) <= len(names):
            return int(asked) - 1
        raise InputError(f"{table.path.name} has no column '{asked}'; its columns are {listed}")
    if len(names) == 1:
        return 0
    fitting = [index for index, name in enumerate(names) if name.lower() in known]
    if len(fitting) == 1:
        return fitting[0]
    raise InputError(f"{table.path.name}: which column holds the {what}? name one of {listed}")


def _list_columns(columns: Sequence[str]) -> str:
    shown = [name.strip() or f"(no name: {number})" for number, name in enumerate(columns, 1)]
    if len(shown) > _COLUMNS_IN_MESSAGE:
        rest = len(shown) - _COLUMNS_IN_MESSAGE
        shown = [*shown[:_COLUMNS_IN_MESSAGE], f"and {rest} more"]
    return ", ".join(shown)


def free_names(columns: Sequence[str], wanted: Sequence[str], prefix: str) -> tuple[str, ...]:
    """Prefix each wanted name that a column has already.

    >>> free_names(["text", "label"], ["label", "probability"], "gezhi_")
    ('gezhi_label', 'probability')
    >>> free_names(["label", "gezhi_label"], ["label"], "gezhi_")
    ('gezhi_label_2',)
    """
    taken = {name.strip() for name in columns}
    names = []
    for name in wanted:
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{prefix}{name}" if count == 2 else f"{prefix}{name}_{count - 1}"
        names.append(free)
    return tuple(names)


def cell_text(value: Any) -> str | None:
    """The text of a cell; None where there is none (empty, None, NaN and their spellings).

    >>> cell_text("很好"), cell_text(5.0), cell_text(float("nan")), cell_text("NaN")
    ('很好', '5', None, None)

    Raises:
        InputError: the value is a list, an object or bytes, and no text.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        if len(value) > _LONGEST_MISSING:
            return None if value.isspace() else value
        return None if value.strip().lower() in _MISSING else value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    raise InputError(f"is a {type(value).__name__} and not a text")
