"""Excel workbooks (.xlsx): the first sheet, read row by row and written row by row.

A workbook is a zip archive of XML, so two attacks are shut out before anything is parsed: parts
that unpack to far more than their size, and XML entities (defusedxml, which openpyxl uses). The
strings that cells share are held in memory, all else is a stream; a sheet ends at 1,048,576 rows.
"""

from __future__ import annotations

import json
import re
import shutil
import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.tables.table import Row, Table, TableWriter

__all__ = ["WorkbookTable", "WorkbookWriter"]

_ROW_LIMIT = 1_048_576
_TEXT_LIMIT = 32_767  # characters in a cell; openpyxl would cut what is longer
_PARTS_LIMIT = 10_000
_SHEET_LIMIT = 4 << 30  # bytes unpacked, of a sheet, which is a stream
_STRINGS_LIMIT = 1 << 30  # bytes unpacked, of the shared strings, which are held in memory
_OTHER_LIMIT = 64 << 20  # bytes unpacked, of styles and the like
_BOMB_SIZE = 64 << 20
_BOMB_RATIO = 200  # sheets of real text pack 3 to 30 times
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FIXED_DATE = datetime(1980, 1, 1)  # so that equal tables are equal files


class WorkbookTable(Table):
    """The first sheet of a workbook; formulas are read as their last values.

    Empty rows at the end are no rows; an empty row in between is one. A value outside the columns
    that the first row names is refused, since it has no name.
    """

    format = "xlsx"

    def __init__(self, path: Path, *, header: bool = True) -> None:
        self.path = path
        self.header = header
        _check_archive(path)
        first = next(self._records(None), None)
        if first is None:
            raise InputError(f"{path.name}: the first sheet is empty; put a header and rows there")
        values = list(first.values)
        while values and values[-1] in (None, ""):
            values.pop()
        if header:
            self.columns = tuple("" if value is None else str(value) for value in values)
        else:
            self.columns = tuple(str(number) for number in range(1, len(values) + 1))
        self.header_source = first.source[: len(values)]

    def rows(self) -> Iterator[Row]:
        """Yield the rows; the source is a list of (value, number format, type) for each cell."""
        records = self._records(len(self.columns))
        if self.header:
            next(records, None)
        yield from records

    def _records(self, width: int | None) -> Iterator[Row]:
        number = pending = 0
        begun = False
        with closing(self._cells()) as rows:
            for cells in rows:
                number += 1
                if number > _ROW_LIMIT:
                    raise InputError(
                        f"{self.path.name} has more rows than the {_ROW_LIMIT:,} of Excel"
                    )
                source = [_source(cell) for cell in cells]
                while source and source[-1][0] is None:
                    source.pop()
                if not source:
                    # Leading and trailing empty rows are no rows; those in between are.
                    pending += begun
                    continue
                begun = True
                for behind in range(pending, 0, -1):
                    yield Row(number - behind, [None] * (width or 0), [_EMPTY] * (width or 0))
                pending = 0
                if width is not None and len(source) > width:
                    raise InputError(
                        f"{self.path.name}: row {number} has a value in column {len(source)} and "
                        f"the first row ends at column {width}; name the column or clear the cell"
                    )
                source += [_EMPTY] * ((width or 0) - len(source))
                yield Row(number, [value for value, _, _ in source], source)

    def _cells(self) -> Generator[Sequence[Any], None, None]:
        import openpyxl

        workbook = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about decorations that are not read
                workbook = openpyxl.load_workbook(
                    self.path, read_only=True, data_only=True, keep_links=False
                )
                if not workbook.worksheets:
                    raise InputError(f"{self.path.name} has no sheet of cells")
                sheet = workbook.worksheets[0]
                sheet.reset_dimensions()  # a wrong size in the file would pad every row
                yield from sheet.iter_rows()
        except (InputError, GeneratorExit, KeyboardInterrupt, MemoryError):
            raise
        except Exception as error:  # a damaged workbook fails in any of dozens of ways
            raise InputError(
                f"{self.path.name} cannot be read as an Excel workbook ({_reason(error)}); "
                "open it in a spreadsheet program and save it again as .xlsx"
            ) from error
        finally:
            if workbook is not None:
                workbook.close()


def _reason(error: BaseException) -> str:
    """The first cause in a few words, without the paths that openpyxl adds."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if type(error).__module__.startswith("defusedxml"):
        return "it declares XML entities, which can be an attack"
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


_EMPTY: tuple[Any, str | None, str] = (None, None, "n")


def _source(cell: Any) -> tuple[Any, str | None, str]:
    value = cell.value
    if value is None:
        return _EMPTY
    if isinstance(value, str):
        return value, None, cell.data_type
    number_format = cell.number_format
    return value, None if number_format == "General" else number_format, cell.data_type


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{path.name} is a damaged Excel workbook ({error}); save it again as .xlsx"
        ) from None
    if len(parts) > _PARTS_LIMIT:
        raise InputError(
            f"{path.name} has {len(parts):,} parts; no workbook of reviews has as many"
        )
    for part in parts:
        limit = _OTHER_LIMIT
        if part.filename.startswith("xl/worksheets/"):
            limit = _SHEET_LIMIT
        elif part.filename == "xl/sharedStrings.xml":
            limit = _STRINGS_LIMIT
        # The archive's own figure is safe to judge by: unpacking stops there.
        ratio = part.file_size / max(1, part.compress_size)
        is_bomb = part.file_size > _BOMB_SIZE and ratio > _BOMB_RATIO
        if part.file_size > limit or is_bomb:
            raise InputError(
                f"{path.name}: {part.filename} unpacks to {part.file_size >> 20:,} MiB from "
                f"{part.compress_size >> 10:,} KiB, too much to open safely; save the table as csv"
            )


class WorkbookWriter(TableWriter):
    """Writes one sheet, a row at a time: equal tables give equal bytes.

    Values, dates and number formats are kept; formulas become their values, and colours, widths
    and further sheets are not copied.
    """

    def __init__(self, path: Path, source: Table, names: Sequence[str]) -> None:
        from openpyxl import Workbook

        self._path = path
        self._copied = isinstance(source, WorkbookTable)
        self._written = 0
        self._book = Workbook(write_only=True)
        self._book.properties.created = self._book.properties.modified = _FIXED_DATE
        self._sheet = self._book.create_sheet("Sheet1")
        if isinstance(source, WorkbookTable) and source.header:
            self._append([*map(self._copy, source.header_source), *map(self._cell, names)])
        elif source.header or source.format == "lines":
            self._append([self._cell(name) for name in (*source.columns, *names)])

    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Write one row with the added cells last."""
        if self._copied:
            cells = [self._copy(cell) for cell in row.source]
        else:
            cells = [self._cell(value, row.number) for value in row.values]
        self._append([*cells, *map(self._cell, added)])

    def close(self) -> None:
        """Write the archive."""
        from openpyxl.writer.excel import ExcelWriter

        with _Archive(self._path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            ExcelWriter(self._book, archive).write_data()

    def abandon(self) -> None:
        """Remove the file that openpyxl keeps the sheet in until the archive is written."""
        with suppress(Exception):  # what the disk could not take is thrown away anyhow
            self._sheet.close()
        with suppress(AttributeError):  # no row was written, so there is no file
            Path(self._sheet._writer.out).unlink(missing_ok=True)

    def _append(self, cells: list[Any]) -> None:
        self._written += 1
        if self._written > _ROW_LIMIT:
            raise InputError(
                f"a workbook holds {_ROW_LIMIT:,} rows and the table has more; write csv instead"
            )
        self._sheet.append(cells)

    def _copy(self, source: tuple[Any, str | None, str]) -> Any:
        value, number_format, kind = source
        if value is None:
            return None
        cell = self._typed(value, kind)
        if number_format is not None:
            cell.number_format = number_format
        return cell

    def _cell(self, value: Any, row: int = 1) -> Any:
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (datetime, time)) and value.tzinfo is not None:
            value = value.isoformat()  # Excel knows no time zones
        elif isinstance(value, (date, time, timedelta)):
            return value
        elif not isinstance(value, str):
            value = json.dumps(value, ensure_ascii=False, default=str)
        if len(value) > _TEXT_LIMIT:
            raise InputError(
                f"row {row} has a text of {len(value):,} characters and a cell of Excel holds "
                f"{_TEXT_LIMIT:,}; write csv instead"
            )
        return self._typed(_ILLEGAL.sub("\ufffd", value), "s")

    def _typed(self, value: Any, kind: str) -> Any:
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(self._sheet, value)
        if isinstance(value, str):
            # A text that begins with = is a text, and must not come back as a formula.
            cell.data_type = "e" if kind == "e" else "s"
        return cell


class _Archive(zipfile.ZipFile):
    """A zip archive whose entries carry no time of writing."""

    def writestr(self, name: Any, data: Any, *_: Any, **__: Any) -> None:  # type: ignore[override]
        super().writestr(self._entry(str(name)), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Copy a file into the archive as a stream."""
        with (
            Path(filename).open("rb") as source,
            self.open(self._entry(str(arcname)), "w", force_zip64=True) as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)

    @staticmethod
    def _entry(name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, _FIXED_DATE.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry
