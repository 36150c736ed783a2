"""Plain lines: one text a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gezhi.errors import InputError
from gezhi.kernel.encodings import find_encoding
from gezhi.kernel.tables.table import Row, Table, TextWriter, read_lines

__all__ = ["LinesTable", "LinesWriter"]


class LinesTable(Table):
    """One text a line, an empty line being an empty text; there is no header."""

    format = "lines"
    header = False

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self.columns = ("text",)
        self.encoding = find_encoding(path, encoding)
        self.row_count = sum(1 for _ in read_lines(path, self.encoding))

    def rows(self) -> Iterator[Row]:
        """Yield one row a line; its source is the line with its end."""
        assert self.encoding is not None
        for number, line in enumerate(read_lines(self.path, self.encoding), 1):
            yield Row(number, (line.rstrip("\r\n"),), line)


class LinesWriter(TextWriter):
    """Adds its values behind each line, with tabs between them."""

    def __init__(self, path: Path, source: Table, names: Sequence[str]) -> None:
        if source.format != "lines":
            raise InputError(
                f"{path.name}: plain lines hold one column and {source.path.name} may have more; "
                "name the output .csv, .tsv, .jsonl or .xlsx"
            )
        super().__init__(path, source.encoding)

    def write(self, row: Row, added: Sequence[str | float]) -> None:
        """Write the line as it was read, then a tab and a value for each added column."""
        line: str = row.source
        body = line.rstrip("\r\n")
        self.put("\t".join((body, *map(str, added))) + line[len(body) :])
