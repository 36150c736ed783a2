"""From the arguments of a command line to the papers that they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal

from gezhi.errors import InputError
from gezhi.kernel.progress import Report
from gezhi.papers.documents.document import Document
from gezhi.papers.documents.locating import Collection, find_in_document
from gezhi.papers.documents.reading import LARGEST_BYTES, files_in, read_document
from gezhi.papers.documents.text import OtherKindError
from gezhi.papers.pages import fetch_page, is_address

__all__ = ["Argument", "Gathering", "gather", "sort_arguments"]

_ENDINGS = (".pdf", ".bib", ".ris", ".html", ".htm", ".txt", ".tex", ".md")


@dataclass(frozen=True, slots=True)
class Argument:
    """What an argument is: a path that exists, an address to fetch, stdin, or text."""

    kind: Literal["path", "address", "stdin", "text"]
    value: str


@dataclass(slots=True)
class Gathering:
    """What the arguments held.

    Attributes:
        collection: the papers and searches.
        unread: files and addresses that could not be read, each with the reason in one sentence.
        named_unread: whether one of them was named itself and not only found in a folder.
        remarks: what else the reader of the answer should know, a sentence each.
        words: those of the texts among the arguments, and the titles of the documents: what one
            would search for when there is no id.
    """

    collection: Collection = field(default_factory=Collection)
    unread: list[tuple[str, str]] = field(default_factory=list)
    named_unread: bool = False
    remarks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def sort_arguments(given: Sequence[str], *, fetch: bool) -> list[Argument]:
    """Tell paths, addresses and texts apart; texts that stand together are one text.

    Args:
        given: the arguments.
        fetch: whether addresses are fetched; if not they are texts.

    >>> sort_arguments(["see", "arXiv", "1706.03762"], fetch=False)
    [Argument(kind='text', value='see arXiv 1706.03762')]
    >>> [one.kind for one in sort_arguments(["https://arxiv.org/abs/1706.03762", "-"], fetch=True)]
    ['address', 'stdin']
    """
    sorted_out: list[Argument] = []
    for one in given:
        kind: Literal["path", "address", "stdin", "text"] = "text"
        if one == "-":
            kind = "stdin"
        elif _exists(one):
            kind = "path"
        elif fetch and is_address(one):
            kind = "address"
        if kind == "text" and sorted_out and sorted_out[-1].kind == "text":
            sorted_out[-1] = Argument("text", f"{sorted_out[-1].value} {one}")
        else:
            sorted_out.append(Argument(kind, one))
    return sorted_out


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False


def gather(
    arguments: Sequence[Argument],
    gathering: Gathering,
    *,
    stdin: Callable[[], BinaryIO | None],
    encoding: str | None = None,
    report: Report | None = None,
) -> None:
    """Read all arguments, files of folders included, into ``gathering``.

    What cannot be read is noted there, and the rest is read all the same; when nothing else was
    named, it is an error. What was gathered stays when this is interrupted.

    Args:
        arguments: what to read.
        gathering: takes what is found.
        stdin: gives the stream that ``-`` stands for, None where there is none.
        encoding: that of text files; found if not given.
        report: told how many files are read, when there are several.

    Raises:
        InputError: the only argument cannot be read.
    """
    for number, one in enumerate(arguments):
        try:
            if one.kind == "path" and Path(one.value).is_dir():
                _folder(Path(one.value), gathering, encoding, report)
                continue
            if report is not None and len(arguments) > 1:
                report(number, len(arguments), "")
            _one(one, gathering, stdin, encoding)
        except InputError as error:
            if len(arguments) == 1:
                raise
            gathering.unread.append((one.value, str(error)))
            gathering.named_unread = True


def _one(
    one: Argument,
    gathering: Gathering,
    stdin: Callable[[], BinaryIO | None],
    encoding: str | None,
) -> None:
    if one.kind == "text":
        _add(read_document(one.value), gathering, None)
        words = [word for word in one.value.split() if not is_address(word)]
        missing = [word for word in words if word.lower().endswith(_ENDINGS)]
        gathering.remarks += [f"there is no file {one}: it was read as text" for one in missing]
        gathering.words += [] if missing else words
        return
    if one.kind == "address":
        _fetched(one.value, gathering, encoding)
        return
    if one.kind == "stdin":
        document = read_document(_all_of(stdin()), name="stdin", encoding=encoding)
    else:
        document = read_document(Path(one.value), encoding=encoding)
    _add(document, gathering, one.value)
    if document.remark:
        gathering.remarks.append(document.remark)


def _add(document: Document, gathering: Gathering, file: str | None) -> None:
    gathering.collection.add(find_in_document(document, file=file))
    if document.title:
        gathering.words.append(document.title)


def _fetched(address: str, gathering: Gathering, encoding: str | None) -> None:
    """Read an address, and then what it leads to, whose title belongs to the address too."""
    page = fetch_page(address)
    document = read_document(
        page.data,
        name=address,
        encoding=encoding,
        content_type=page.content_type,
        charset=page.charset,
        address=page.address,
    )
    named = find_in_document(read_document(address), file=address)
    if len(named) == 1:
        named = (replace(named[0], title=document.title),)
    gathering.collection.add(
        [replace(one, field="address", line=None, column=None) for one in named]
    )
    _add(document, gathering, address)
    if document.remark:
        gathering.remarks.append(document.remark)


def _all_of(stream: BinaryIO | None) -> bytes:
    if stream is None:
        raise InputError("stdin is closed; name a file, or pipe something into this command")
    return stream.read(LARGEST_BYTES + 1)


def _folder(
    folder: Path, gathering: Gathering, encoding: str | None, report: Report | None
) -> None:
    """Read the documents of a folder; files of other kinds are passed over in silence."""
    files = list(files_in(folder))
    for number, file in enumerate(files):
        if report is not None:
            report(number, len(files), "")
        if isinstance(file, InputError):
            gathering.unread.append((str(folder), str(file)))
            continue
        try:
            document = read_document(file, encoding=encoding)
        except OtherKindError:
            continue
        except InputError as error:
            gathering.unread.append((str(file), str(error)))
            continue
        gathering.collection.add(find_in_document(document, file=str(file)))
        if document.remark and document.pieces:
            gathering.remarks.append(document.remark)
