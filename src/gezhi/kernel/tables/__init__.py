"""Read a table of any common kind once, safely, as a stream, and write the same kind back.

csv, tsv, JSON lines, plain lines, Excel workbooks and parquet; the encoding, delimiter and line
ends are found, a damaged file is refused with a sentence that names the row or the byte.
"""

from gezhi.kernel.encodings import Encoding, find_encoding
from gezhi.kernel.tables.opening import find_format, open_table, open_writer, read_rows, sniff
from gezhi.kernel.tables.table import (
    FORMATS,
    Row,
    Table,
    TableInfo,
    TableWriter,
    cell_text,
    find_column,
    free_names,
)

__all__ = [
    "FORMATS",
    "Encoding",
    "Row",
    "Table",
    "TableInfo",
    "TableWriter",
    "cell_text",
    "find_column",
    "find_encoding",
    "find_format",
    "free_names",
    "open_table",
    "open_writer",
    "read_rows",
    "sniff",
]
