"""Label the reviews of a file of any size, in order, in constant memory, and resumably."""

from __future__ import annotations

import errno
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import GezhiError, InputError, Interrupted, ParameterError
from gezhi.kernel.parallel import ordered_map
from gezhi.kernel.progress import Report
from gezhi.kernel.tables import (
    Row,
    Table,
    TableWriter,
    cell_text,
    find_column,
    free_names,
    open_table,
    open_writer,
)
from gezhi.reading.sentiment.calibration import DEFAULT_ACCURACY, Band
from gezhi.reading.sentiment.model import Judgement, SentimentModel
from gezhi.reading.sentiment.unfinished import UnfinishedRun

__all__ = ["TEXT_COLUMNS", "LabelSummary", "judge_texts", "label_file", "read_texts"]

TEXT_COLUMNS = (
    *("text", "texts", "review", "reviews", "comment", "comments", "content", "sentence"),
    *("message", "body", "feedback", "review_text", "review_body", "comment_text"),
    *("评论", "评论内容", "评论文本", "评价", "评价内容", "内容", "文本", "文字", "正文"),
    *("留言", "反馈", "点评", "句子", "用户评论", "用户评价", "買家評論", "評論", "評價", "內容"),
)
"""Names by which a text column is known when none is named."""

_EMPTY_PROBABILITY = 0.5
_DECIMALS = 6
_CHUNK_ROWS = 1024
_CHUNK_CHARACTERS = 1 << 20
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """What labelling a file gave: rows by label, and how the file was read.

    ``empty`` rows hold no text; they are among the ``uncertain``. ``resumed`` rows had been judged
    by an earlier run. ``columns`` are the names of the two added columns.
    """

    rows: int
    positive: int
    negative: int
    uncertain: int
    empty: int
    encoding: str | None
    format: str
    columns: tuple[str, str]
    resumed: int


class _Chunk(NamedTuple):
    rows: list[Row]
    texts: list[str | None]


def label_file(
    source: Path | str,
    output: Path | str,
    *,
    column: str | None = None,
    model: str | Path = "sentiment",
    accuracy: float = DEFAULT_ACCURACY,
    workers: int = 1,
    threads: int | None = None,
    encoding: str | None = None,
    header: bool = True,
    resume: bool = True,
    report: Report | None = None,
) -> LabelSummary:
    """Copy a table and add to each row its `label` and its `probability` of positive.

    Order, other columns, encoding, delimiter and line ends stay as they are; a name that exists
    already gets the prefix ``gezhi_``. A row without text (empty, None, NaN) is `uncertain` with
    the probability 0.5. The output appears when it is whole. Until then the finished part lies in
    ``OUTPUT.gezhi-partial``, and the same call goes on from there if file, column and model are
    the same; the result is then equal, byte by byte, to that of a run that was never stopped.

    Args:
        source: csv, tsv, xlsx, jsonl, parquet, or plain lines.
        output: where to write; by its ending in another of these formats.
        column: name, or number from 1, of the text column; ``None`` takes the only column or a
            well-known name, see `TEXT_COLUMNS`.
        model: name or folder of a bundle.
        accuracy: what the labels positive and negative shall reach; decides what is uncertain.
        workers: processes.
        threads: of each process; ``None`` takes the usual number.
        encoding: of a text file; ``None`` finds it.
        header: whether the first row names the columns.
        resume: ``False`` starts again from the first row.
        report: called with the rows done, all rows (None when unknown) and a message.

    Raises:
        InputError: the file, the column or the output will not do.
        ParameterError: `accuracy` or `workers` is out of its range.
        Interrupted: Ctrl-C; the finished rows are kept.
        GezhiError: the disk is full; the finished rows are kept.
    """
    source, output = Path(source), Path(output)
    if workers < 1:
        raise ParameterError(f"workers must be 1 or more, not {workers}")
    _check_output(source, output)
    judge = SentimentModel.load(model, threads=threads)
    band = judge.band(accuracy)
    if report is not None:
        report(0, None, f"checking {source.name}")
    table = open_table(source, encoding=encoding, header=header)
    place = find_column(table, column, TEXT_COLUMNS, "text")
    score: Callable[[list[str]], NDArray[np.float64]] = judge.probabilities
    if workers > 1:
        score = partial(_score_in_worker, str(judge.bundle.folder), threads)
    before = source.stat()
    identity = _identity(table, place, judge)
    run = UnfinishedRun(output, identity, resume=resume)
    with _kept_on_failure(run, output, table):
        names = free_names(table.columns, ("label", "probability"), "gezhi_")
        job = _Job(table, place, band, run, report)
        with open_writer(run.made, table, names) as writer:
            job.write(writer, score, workers)
        after = source.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise InputError(f"{source.name} was changed while it was labelled; run again")
        run.finish(output)
    return job.summary(names)


def read_texts(
    source: Path | str,
    *,
    column: str | None = None,
    encoding: str | None = None,
    header: bool = True,
) -> Iterator[str | None]:
    """Yield the texts of one column in order; None where there is none.

    Raises:
        InputError: the file cannot be read, or has no such column.
    """
    table = open_table(source, encoding=encoding, header=header)
    place = find_column(table, column, TEXT_COLUMNS, "text")
    for row in table.rows():
        yield _text(table, place, row)


def judge_texts(model: SentimentModel, texts: Sequence[str | None], band: Band) -> list[Judgement]:
    """Judge texts as `label_file` does: what holds no visible character is `uncertain` at 0.5."""
    judged = [text if text and text.strip() else None for text in texts]
    probabilities = _score(model.probabilities, [text for text in judged if text is not None])
    left = iter(probabilities.tolist())
    answers = []
    for text, visible in zip(texts, judged, strict=True):
        number = _EMPTY_PROBABILITY if visible is None else next(left)
        label = "uncertain" if visible is None else band.label(number)
        answers.append(Judgement(text or "", label, round(number, _DECIMALS)))
    return answers


class _Job:
    """One pass over the rows: those judged before are only written, the others judged first."""

    def __init__(
        self, table: Table, place: int, band: Band, run: UnfinishedRun, report: Report | None
    ) -> None:
        self._table, self._place, self._band = table, place, band
        self._run, self._report = run, report
        self._rows = self._empty = 0
        self._labels: Counter[str] = Counter()

    def write(
        self,
        writer: TableWriter,
        score: Callable[[list[str]], NDArray[np.float64]],
        workers: int,
    ) -> None:
        chunks = self._chunks()
        for probabilities in self._run.finished():
            self._write(writer, next(chunks), probabilities)
        ahead: deque[_Chunk] = deque()

        def texts_of_chunks() -> Iterator[list[str]]:
            for chunk in chunks:
                ahead.append(chunk)
                yield [text for text in chunk.texts if text is not None]

        for answer in ordered_map(partial(_score, score), texts_of_chunks(), workers=workers):
            chunk = ahead.popleft()
            probabilities = np.full(len(chunk.rows), _EMPTY_PROBABILITY)
            probabilities[[text is not None for text in chunk.texts]] = answer
            self._run.append(probabilities)
            self._write(writer, chunk, probabilities)

    def summary(self, names: Sequence[str]) -> LabelSummary:
        encoding = self._table.encoding
        return LabelSummary(
            rows=self._rows,
            positive=self._labels["positive"],
            negative=self._labels["negative"],
            uncertain=self._labels["uncertain"],
            empty=self._empty,
            encoding=None if encoding is None else str(encoding),
            format=self._table.format,
            columns=(names[0], names[1]),
            resumed=self._run.resumed_rows,
        )

    def _chunks(self) -> Iterator[_Chunk]:
        chunk, characters = _Chunk([], []), 0
        for row in self._table.rows():
            text = _text(self._table, self._place, row)
            chunk.rows.append(row)
            chunk.texts.append(text)
            characters += len(text or "")
            if len(chunk.rows) == _CHUNK_ROWS or characters >= _CHUNK_CHARACTERS:
                yield chunk
                chunk, characters = _Chunk([], []), 0
        if chunk.rows:
            yield chunk

    def _write(
        self, writer: TableWriter, chunk: _Chunk, probabilities: NDArray[np.float64]
    ) -> None:
        if len(chunk.rows) != len(probabilities):
            raise GezhiError(
                f"{self._run.folder.name} does not fit {self._table.path.name}; delete that folder"
            )
        for row, text, number in zip(chunk.rows, chunk.texts, probabilities.tolist(), strict=True):
            label = "uncertain" if text is None else self._band.label(number)
            self._labels[label] += 1
            self._empty += text is None
            writer.write(row, (label, round(number, _DECIMALS)))
        self._rows += len(chunk.rows)
        if self._report is not None:
            self._report(self._rows, self._table.row_count, "")


@contextmanager
def _kept_on_failure(run: UnfinishedRun, output: Path, table: Table) -> Iterator[None]:
    """Say in one sentence what is kept when a run is stopped or the disk is full."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"stopped: {_kept(run, table)}") from None
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise GezhiError(
            f"the disk is full: {output} could not be written; free some space: {_kept(run, table)}"
        ) from error
    finally:
        run.close()


def _kept(run: UnfinishedRun, table: Table) -> str:
    if not run.rows:
        return "no rows were finished yet, and nothing was written"
    of_all = "" if table.row_count is None else f" of {table.row_count:,}"
    return (
        f"{run.rows:,}{of_all} rows are kept in {run.folder.name}; "
        "run the same command again to go on"
    )


def _check_output(source: Path, output: Path) -> None:
    if not output.parent.is_dir():
        raise InputError(f"there is no folder {output.parent} to write {output.name} into")
    if not output.exists():
        return
    if source.exists() and source.samefile(output):
        raise InputError(f"the output is the input, {source}; name another output")
    if not output.is_file():
        raise InputError(f"{output} is not a file that can be written; name another output")


def _identity(table: Table, place: int, judge: SentimentModel) -> dict[str, object]:
    """Whatever the stored probabilities depend on; the accuracy only moves the labels."""
    with table.path.open("rb") as file:
        source = hashlib.file_digest(file, "sha256").hexdigest()
    bundle = hashlib.sha256((judge.bundle.folder / "bundle.json").read_bytes()).hexdigest()
    return {
        "source": source,
        "format": table.format,
        "encoding": str(table.encoding),
        "header": table.header,
        "column": place,
        "model": bundle,
        "chunk": [_CHUNK_ROWS, _CHUNK_CHARACTERS],
    }


def _text(table: Table, place: int, row: Row) -> str | None:
    try:
        text = cell_text(row.values[place])
    except InputError as error:
        raise InputError(
            f"{table.path.name}: row {row.number}, column '{table.columns[place]}' {error}"
        ) from None
    # JSON can name half a character; no encoding has bytes for it.
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def _score(
    score: Callable[[list[str]], NDArray[np.float64]], texts: list[str]
) -> NDArray[np.float64]:
    return score(texts) if texts else np.empty(0)


def _score_in_worker(folder: str, threads: int | None, texts: list[str]) -> NDArray[np.float64]:
    return _model_of_worker(folder, threads).probabilities(texts)


@cache
def _model_of_worker(folder: str, threads: int | None) -> SentimentModel:
    return SentimentModel.load(folder, threads=threads)
