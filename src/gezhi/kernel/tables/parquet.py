"""Parquet (the extra ``tables``): read in batches, written with every column's type kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.extras import require
from gezhi.kernel.tables.table import Row, Table, TableWriter

__all__ = ["ParquetTable", "ParquetWriter"]

_BATCH_ROWS = 1024
_GROUP_ROWS = 65_536
_GROUP_BYTES = 64 << 20


class ParquetTable(Table):
    """A parquet file; rows are read a batch at a time."""

    format = "parquet"

    def __init__(self, path: Path) -> None:
        parquet = require("pyarrow.parquet", "tables")
        self.path = path
        with _plain_errors(path), parquet.ParquetFile(path) as file:
            self.columns = tuple(file.schema_arrow.names)
            self.schema = file.schema_arrow
            self.row_count = file.metadata.num_rows
            self.compression = "snappy"
            if file.metadata.num_row_groups and self.columns:
                self.compression = file.metadata.row_group(0).column(0).compression.lower()
        if not self.columns:
            raise InputError(f"{path.name} has no columns")

    def rows(self) -> Iterator[Row]:
        """Yield the rows; the source is the batch and the position in it."""
        parquet = require("pyarrow.parquet", "tables")
        number = 1
        with _plain_errors(self.path), parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                columns = [_values(column) for column in batch.columns]
                for position, values in enumerate(zip(*columns, strict=True)):
                    number += 1
                    yield Row(number, values, (batch, position))


def _values(column: Any) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except ValueError:  # nanoseconds and the like, which Python's own types cannot hold
        values = column.cast("string").to_pylist()
    return values


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    pyarrow = require("pyarrow", "tables")
    try:
        yield
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(
            f"{path.name} cannot be read as parquet ({str(error).splitlines()[0][:120]}); "
            "write it again"
        ) from error


class ParquetWriter(TableWriter):
    """Writes batches as they were read, with the added columns behind them."""

    def __init__(self, path: Path, source: Table, names: Sequence[str]) -> None:
        pyarrow = require("pyarrow", "tables")
        parquet = require("pyarrow.parquet", "tables")
        self._pyarrow = pyarrow
        self._copied = isinstance(source, ParquetTable)
        self._added: list[list[str | float]] = [[] for _ in names]
        self._rows: list[Sequence[Any]] = []
        self._batches: list[Any] = []
        self._held = self._held_bytes = 0
        compression = "snappy"
        if isinstance(source, ParquetTable):
            schema, compression = source.schema, source.compression
        else:
            columns = [name or f"column {number}" for number, name in enumerate(source.columns, 1)]
            schema = pyarrow.schema([(name, pyarrow.string()) for name in columns])
        self._source_schema = schema
        kinds = [pyarrow.string(), pyarrow.float64()]
        for name, kind in zip(names, kinds, strict=True):
            schema = schema.append(pyarrow.field(name, kind))
        self._schema = schema
        self._writer = parquet.ParquetWriter(path, schema, compression=compression)

    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Hold one row back until its batch, and then a row group, is complete."""
        for values, value in zip(self._added, added, strict=True):
            values.append(value)
        if self._copied:
            batch, position = row.source
            if position + 1 == batch.num_rows:
                self._end_batch(batch)
            return
        self._rows.append([None if value is None else _string(value) for value in row.values])
        if len(self._rows) == _BATCH_ROWS:
            self._end_rows()

    def close(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._end_rows()
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file, which has no footer and so is no parquet file."""
        try:
            self._writer.close()
        except (OSError, self._pyarrow.ArrowException):
            return

    def _end_rows(self) -> None:
        columns = list(zip(*self._rows, strict=True))
        batch = self._pyarrow.record_batch(
            [self._pyarrow.array(column, self._pyarrow.string()) for column in columns],
            schema=self._source_schema,
        )
        self._rows.clear()
        self._end_batch(batch)

    def _end_batch(self, batch: Any) -> None:
        labels, probabilities = self._added
        pyarrow = self._pyarrow
        added = [pyarrow.array(labels, pyarrow.string()), pyarrow.array(probabilities)]
        whole = pyarrow.RecordBatch.from_arrays([*batch.columns, *added], schema=self._schema)
        self._added = [[], []]
        self._batches.append(whole)
        self._held += whole.num_rows
        self._held_bytes += whole.nbytes
        if self._held >= _GROUP_ROWS or self._held_bytes >= _GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._batches:
            table = self._pyarrow.Table.from_batches(self._batches, self._schema)
            self._writer.write_table(table, row_group_size=_GROUP_ROWS)
        self._batches = []
        self._held = self._held_bytes = 0


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(value, ensure_ascii=False, default=str).strip('"')
