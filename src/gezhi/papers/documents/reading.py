"""Read a file, bytes or a text, whichever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gezhi.errors import InputError
from gezhi.kernel.pdf import is_pdf
from gezhi.papers.documents.bibtex import is_bibtex, read_bibtex
from gezhi.papers.documents.document import Document, Piece
from gezhi.papers.documents.pdf import read_pdf
from gezhi.papers.documents.ris import is_ris, read_ris
from gezhi.papers.documents.text import HEAD_BYTES, decode, refuse_other_kinds
from gezhi.papers.documents.web import declared_encoding, is_html, read_html

__all__ = ["LARGEST_BYTES", "files_in", "read_bytes", "read_document"]

LARGEST_BYTES = 256 << 20
"""The largest file that is read."""

_ENDINGS = {
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".htm": "html",
    ".html": "html",
    ".pdf": "pdf",
    ".ris": "ris",
    ".xhtml": "html",
}
_TYPES = {
    "application/pdf": "pdf",
    "application/x-bibtex": "bibtex",
    "application/x-pdf": "pdf",
    "application/x-research-info-systems": "ris",
    "application/xhtml+xml": "html",
    "text/html": "html",
    "text/x-bibtex": "bibtex",
}


def read_document(
    source: Path | bytes | str,
    *,
    name: str | None = None,
    encoding: str | None = None,
    content_type: str | None = None,
    charset: str | None = None,
    address: str | None = None,
) -> Document:
    """Read a document: a text, a web page, a PDF, BibTeX or RIS.

    What it is, its first bytes say, else its content type, else the ending of its name. A file
    that is empty has no piece.

    Args:
        source: a path, the bytes of a file, or a text.
        name: what errors call the source; the file's own name if not given.
        encoding: that of a text, when it is known; found if not given.
        content_type: what a server called the bytes, such as ``text/html``.
        charset: the encoding that a server named, which may be wrong.
        address: the web address of the source, from which its relative links start.

    Raises:
        InputError: the file is missing, too large, damaged, encrypted or of another kind.

    >>> read_document("@misc{a, title={A Title}}").titles[0].title
    'A Title'
    >>> read_document(b"TY  - JOUR\\nTI  - A Title\\nER  - ").format
    'ris'
    """
    if isinstance(source, str):
        return _read_text(source, None, address)
    name = name or (str(source) if isinstance(source, Path) else "the input")
    data = read_bytes(source) if isinstance(source, Path) else source
    if len(data) > LARGEST_BYTES:
        raise _too_large(name)
    format = _TYPES.get((content_type or "").lower())
    if format is None:
        ending = source if isinstance(source, Path) else Path(name)
        format = _ENDINGS.get(ending.suffix.lower())
    if not data:
        return Document(format or "text", (), text="", remark=f"{name} is empty")
    if is_pdf(data) or format == "pdf":
        return read_pdf(data, name=name)
    text, found = decode(
        data, name=name, encoding=encoding, declared=charset or declared_encoding(data)
    )
    return replace(_read_text(text, format, address), encoding=found)


def _read_text(text: str, format: str | None, address: str | None) -> Document:
    if not text.strip():
        return Document(format or "text", (), text=text)
    # A page that shows a reference is a page; a file of references may quote a page.
    if format == "html" or (format is None and is_html(text)):
        return read_html(text, base=address)
    if format == "bibtex" or is_bibtex(text):
        return read_bibtex(text)
    if format == "ris" or is_ris(text):
        return read_ris(text)
    return Document("text", (Piece(text),), text=text)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, a pipe or a device, unless there are too many.

    What is no document is known by its first bytes, and the rest is not read.

    Raises:
        OtherKindError: the file is no document.
        InputError: there is no such file, it may not be read, or it is larger than
            `LARGEST_BYTES`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
            if not is_pdf(data):
                refuse_other_kinds(data, str(path))
            data += file.read(max(0, LARGEST_BYTES + 1 - len(data)))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name a file in it") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise _too_large(str(path))
    return data


def _too_large(name: str) -> InputError:
    return InputError(f"{name} is larger than {LARGEST_BYTES >> 20} MiB; give a part of it")


def files_in(folder: Path) -> Iterator[Path | InputError]:
    """Yield the files of a folder and of the folders in it, sorted, each folder once.

    Names that begin with a dot are left out. Links are followed, and one that leads back into a
    folder that was read already ends there. A folder that may not be read comes as an error in
    its place.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.txt", "a.txt", ".hidden"):
    ...         _ = (Path(folder) / name).write_text("")
    ...     (Path(folder) / "loop").symlink_to(folder)
    ...     [path.name for path in files_in(Path(folder))]
    ['a.txt', 'b.txt']
    """
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            if not path.is_dir():
                if path.is_file():  # and not a pipe, which would never end
                    yield path
                continue
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
        except OSError as error:
            yield InputError(f"{path} cannot be read: {error.strerror}")
            continue
        waiting += reversed(inside)
