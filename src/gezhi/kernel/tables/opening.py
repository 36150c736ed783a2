"""Open a table by its name and its first bytes, whichever of the formats it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gezhi.errors import InputError
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.signatures import find_signature
from gezhi.kernel.tables.delimited import DelimitedTable, DelimitedWriter
from gezhi.kernel.tables.json_lines import JsonLinesTable, JsonLinesWriter
from gezhi.kernel.tables.lines import LinesTable, LinesWriter
from gezhi.kernel.tables.parquet import ParquetTable, ParquetWriter
from gezhi.kernel.tables.table import Row, Table, TableInfo, TableWriter
from gezhi.kernel.tables.workbook import WorkbookTable, WorkbookWriter

__all__ = [
    "find_format",
    "open_table",
    "open_writer",
    "output_format",
    "read_rows",
    "sniff",
]

_ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "lines",
}
_ADVICE = {
    "archive": "unpack it first",
    "database": "export a table as csv",
    "office": "save it as .xlsx",
    "parquet": "name it .parquet",
    "pdf": "copy its text into a .txt file",
    "picture": "give a table of texts",
    "program": "give a table of texts",
    "workbook": "name a workbook .xlsx",
}
_OPENS_WITH = {"xlsx": b"PK\x03\x04", "parquet": b"PAR1"}


def find_format(path: Path) -> str:
    """Tell the format by the ending of the name, and check that the first bytes agree.

    Anything of another ending is plain lines.

    Raises:
        InputError: no such file, a folder, or a file whose bytes are not what its name says.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a pipe or a device, and is read only once; save it as a file")
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not head:
        raise InputError(f"{path.name} is empty; it should hold texts")
    format = _ENDINGS.get(path.suffix.lower(), "lines")
    opens_with = _OPENS_WITH.get(format)
    if opens_with is not None and head.startswith(opens_with):
        return format
    wanted = f"not {_a(format)} file" if path.suffix.lower() in _ENDINGS else "not text"
    signature = find_signature(head)
    if signature is not None:
        raise InputError(
            f"{path.name} is {signature.what} and {wanted}; {_ADVICE[signature.family]}"
        )
    if opens_with is not None:
        raise InputError(f"{path.name} is {wanted}; name it by what it is, such as .csv or .txt")
    if path.suffix.lower() == ".json" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise InputError(f"{path.name} is one JSON array; write one object a line (.jsonl)")
    return format


def _a(format: str) -> str:
    return f"an {format}" if format == "xlsx" else f"a {'txt' if format == 'lines' else format}"


def open_table(path: Path | str, *, encoding: str | None = None, header: bool = True) -> Table:
    """Open a table: find its format, encoding and columns, and check text files to the end.

    Args:
        path: the file.
        encoding: the encoding of a text file; ``None`` finds it.
        header: whether the first row of a csv, tsv or xlsx names the columns; without one the
            columns are called 1, 2 and so on.

    Raises:
        InputError: the file is missing, empty, damaged or ragged; names the row or the byte.
        MissingExtra: the file is parquet and pyarrow is not installed.
    """
    path = Path(path)
    format = find_format(path)
    if format in ("csv", "tsv"):
        return DelimitedTable(path, format=format, encoding=encoding, header=header)
    if format == "jsonl":
        return JsonLinesTable(path, encoding=encoding)
    if format == "xlsx":
        return WorkbookTable(path, header=header)
    if format == "parquet":
        return ParquetTable(path)
    return LinesTable(path, encoding=encoding)


def sniff(path: Path | str, *, encoding: str | None = None, header: bool = True) -> TableInfo:
    """Describe a table file: format, encoding, columns, the first rows.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "reviews.csv"
    ...     _ = path.write_text("id;评论\\n1;很好\\n", encoding="utf-8-sig")
    ...     info = sniff(path)
    >>> info.format, info.encoding, info.columns, info.sample, info.rows
    ('csv', 'utf-8-sig', ('id', '评论'), (('1', '很好'),), 1)

    Raises:
        InputError, MissingExtra: see `open_table`.
    """
    return open_table(path, encoding=encoding, header=header).info()


def read_rows(
    path: Path | str, *, encoding: str | None = None, header: bool = True
) -> Iterator[Row]:
    """Yield the rows of a table file in order.

    Raises:
        InputError, MissingExtra: see `open_table`.
    """
    return open_table(path, encoding=encoding, header=header).rows()


@contextmanager
def open_writer(
    path: Path | str, source: Table, names: Sequence[str], *, format: str | None = None
) -> Iterator[TableWriter]:
    """Write the rows of ``source`` with a text column and a number column added to them.

    The file appears under its name when the block ends, never before and never in part. In the
    format of the source its encoding, byte-order mark, delimiter, quotation marks and line ends
    are kept; another format is written in UTF-8.

    Args:
        path: where to write.
        source: the table whose rows will be written.
        names: the names of the two added columns.
        format: one of `FORMATS`; ``None`` takes the ending of the name, else the source's.

    Raises:
        InputError: the table does not fit the format.
        OSError: the folder is missing or the disk is full.
    """
    with atomic_write(path) as temporary:
        writer = _new_writer(temporary, source, names, format or output_format(Path(path), source))
        try:
            yield writer
            writer.close()
        except BaseException:
            writer.abandon()
            raise


def output_format(path: Path, source: Table) -> str:
    """The format that a path would be written in: by its ending, else that of the source.

    Raises:
        InputError: a workbook with macros, which cannot be written.
    """
    if path.suffix.lower() == ".xlsm":
        raise InputError(f"{path.name}: macros are not copied; name the output .xlsx")
    if path.suffix.lower() == source.path.suffix.lower():
        return source.format
    return _ENDINGS.get(path.suffix.lower(), source.format)


def _new_writer(path: Path, source: Table, names: Sequence[str], format: str) -> TableWriter:
    if format in ("csv", "tsv"):
        return DelimitedWriter(path, source, names, format=format)
    if format == "jsonl":
        return JsonLinesWriter(path, source, names)
    if format == "xlsx":
        return WorkbookWriter(path, source, names)
    if format == "parquet":
        return ParquetWriter(path, source, names)
    return LinesWriter(path, source, names)
