"""csv and tsv: fields with a delimiter between them, and quotation marks where needed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.encodings import find_encoding
from gezhi.kernel.tables.table import LINE_LIMIT, Row, Table, TextWriter, read_lines

__all__ = ["DelimitedTable", "DelimitedWriter"]

_DELIMITERS = (",", ";", "\t", "|")
_ROWS_FOR_DELIMITER = 50


class DelimitedTable(Table):
    """A csv or tsv file, checked from end to end when it is opened.

    The delimiter of a csv is found among comma, semicolon, tab and bar. Every row must have as
    many fields as the first: a longer one is most often a text with a bare delimiter in it, a
    shorter one a lost field, and to guess which would put values under the wrong name. Blank
    lines are no rows, except in a table of one column, where they are empty texts. A tsv whose
    quotation marks do not pair is read as one where they mean nothing.
    """

    def __init__(
        self, path: Path, *, format: str, encoding: str | None = None, header: bool = True
    ) -> None:
        # The limit is the csv module's own and global; its default refuses a long review.
        csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))
        self.path = path
        self.format = format
        self.header = header
        self.encoding = find_encoding(path, encoding)
        self.delimiter = "\t" if format == "tsv" else self._find_delimiter()
        self.quoted = True
        self.header_source = ""
        try:
            self._check()
        except InputError:
            if self.delimiter != "\t":
                raise
            self.quoted = False
            self._check_unquoted_or_raise()

    def rows(self) -> Iterator[Row]:
        """Yield the rows; the source is the text of the row as it stands in the file."""
        records = self._records(len(self.columns))
        yield from islice(records, 1, None) if self.header else records

    def _check_unquoted_or_raise(self) -> None:
        try:
            self._check()
        except InputError:
            self.quoted = True
            self._check()

    def _check(self) -> None:
        first = next(self._records(None), None)
        if first is None:
            raise InputError(f"{self.path.name} is empty; it should hold a header and rows")
        width = len(first.values)
        if self.header:
            self.columns = tuple(first.values)
            self.header_source = first.source
        else:
            self.columns = tuple(str(number) for number in range(1, width + 1))
        count = sum(1 for _ in self._records(width))
        self.row_count = count - 1 if self.header else count

    def _find_delimiter(self) -> str:
        """The delimiter that cuts the first rows into the same number of fields, more than one."""
        best, best_share = ",", 0.0
        for delimiter in _DELIMITERS:
            try:
                records = self._records(None, delimiter)
                widths = [len(row.values) for row in islice(records, _ROWS_FOR_DELIMITER)]
            except InputError:
                continue
            if not widths or widths[0] < 2:
                continue
            share = widths.count(widths[0]) / len(widths)
            if share > best_share:
                best, best_share = delimiter, share
        return best

    def _records(self, width: int | None, delimiter: str | None = None) -> Iterator[Row]:
        """Yield every record, the header too; with a width, refuse records of another."""
        assert self.encoding is not None
        parts: list[str] = []
        lines = read_lines(self.path, self.encoding)
        reader = csv.reader(
            _kept(lines, parts),
            delimiter=delimiter or self.delimiter,
            quoting=csv.QUOTE_MINIMAL if getattr(self, "quoted", True) else csv.QUOTE_NONE,
            strict=True,
        )
        number, begun = 0, False
        while True:
            number += 1
            parts.clear()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._quoting_error(error, number, reader.line_num) from None
            if not fields:
                if width != 1 or not begun:
                    continue
                fields = [""]
            begun = True
            if width is not None and len(fields) != width:
                raise self._ragged_error(number, reader.line_num, len(fields), width)
            yield Row(number, fields, "".join(parts))

    def _quoting_error(self, error: csv.Error, number: int, line: int) -> InputError:
        name = f"{self.path.name}: row {number} (line {line})"
        if "field larger" in str(error):
            return InputError(
                f"{name} has a field of more than {LINE_LIMIT:,} characters; "
                "is a closing quotation mark missing?"
            )
        if "unexpected end" in str(error):
            return InputError(
                f"{name} opens a quotation mark that is never closed; close it, or double it "
                "where it is part of the text"
            )
        return InputError(
            f"{name} goes on after a closing quotation mark; double the quotation marks that "
            "are part of the text"
        )

    def _ragged_error(self, number: int, line: int, found: int, width: int) -> InputError:
        if found > width:
            advice = "put texts that hold the delimiter in quotation marks"
            if width == 1:
                advice += ", or name the file .txt to read one text a line"
        else:
            advice = "add the missing fields (nothing is filled in by guess)"
        first = "the header" if self.header else "the first row"
        return InputError(
            f"{self.path.name}: row {number} (line {line}) has {found} "
            f"field{'s' if found > 1 else ''} where {first} has {width}; {advice}"
        )


def _kept(lines: Iterator[str], parts: list[str]) -> Iterator[str]:
    """Hand the lines on and keep them: together they are the source of a record."""
    size = 0
    for line in lines:
        size = len(line) if not parts else size + len(line)
        if size > 2 * LINE_LIMIT:
            raise csv.Error("field larger than field limit")
        parts.append(line)
        yield line


class DelimitedWriter(TextWriter):
    """Adds its fields behind each row and leaves the row itself as it stands in the file."""

    def __init__(self, path: Path, source: Table, names: Sequence[str], *, format: str) -> None:
        copied = isinstance(source, DelimitedTable) and source.format == format
        super().__init__(path, source.encoding if copied else None)
        self._delimiter = "\t" if format == "tsv" else ","
        self._copied = copied
        if isinstance(source, DelimitedTable) and copied:
            self._delimiter = source.delimiter
            if source.header:
                self._append(source.header_source, names)
            return
        self._writer = csv.writer(self._text, delimiter=self._delimiter, lineterminator="\n")
        if source.header or source.format == "lines":
            self._writer.writerow([*source.columns, *names])

    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Write one row with the added fields last."""
        if self._copied:
            self._append(row.source, added)
        else:
            self._writer.writerow([*map(_field, row.values), *added])

    def _append(self, source: str, added: Sequence[str | float]) -> None:
        body = source.rstrip("\r\n")
        self.put(self._delimiter.join((body, *map(str, added))) + source[len(body) :])


def _field(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
