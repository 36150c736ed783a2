"""PDFs: the text layer of each page, the addresses that its links lead to, and the metadata.

PDFium reads them (`gezhi.kernel.pdf`).
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.pdf import is_pdf, opened_pdf
from gezhi.papers.documents.document import Document, Origin, Piece

__all__ = ["MOST_PAGES", "read_pdf"]

MOST_PAGES = 20_000
"""Pages that are read of one file; what is behind them is left out, and a remark says so."""

_MOST_CHARACTERS = 100_000_000
_LONGEST_LINK = 10_000
_MOST_LINKS = 20_000  # of one page
# What PDFium puts in the place of a hyphen at the end of a line, which an address needs back.
_HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-"})
# An address that ends a line so goes on in the next. A full stop would more often end it.
_BREAK = re.compile(r"(?<=[-/=_?&])\r?\n(?=\S)")
_ADDRESS = re.compile(r"https?://|(?<![0-9.])10[.][0-9]{4,9}/", re.I)
_LONGEST_LINE = 500
# Title comes first: it is the title of the whole. arXiv writes its id and its DOI in own keys.
_METADATA = ("arXivID", "DOI", "doi", "Subject", "Keywords")
_NO_TITLE = re.compile(
    r"^(microsoft word|untitled|slide 1$)|[.](docx?|dvi|indd|pdf|pptx?|tex)$", re.I
)


def read_pdf(data: bytes, *, name: str) -> Document:
    """Read a PDF: first its metadata, then each page's text and where its links lead.

    Args:
        data: the file.
        name: what an error calls it.

    Raises:
        InputError: the file is damaged or encrypted.
    """
    if not is_pdf(data):
        raise InputError(f"{name} is not a PDF: it does not begin with %PDF-")
    with opened_pdf(data, name=name) as document:
        return _read(document, name)


def _read(document: Any, name: str) -> Document:
    pieces = [
        Piece(value, field="metadata")
        for key in _METADATA
        if (value := document.get_metadata_value(key).strip())
    ]
    title = _title(document.get_metadata_value("Title"))
    pages = min(len(document), MOST_PAGES)
    unread: list[int] = []
    characters = 0
    read = 0
    for number in range(1, pages + 1):
        text, links = _page(document, number)
        if text is None:
            unread.append(number)
            continue
        pieces += [_unbroken(text, number)] if text else []
        pieces += [Piece(link, page=number, field="link") for link in links]
        characters += len(text)
        read = number
        if characters > _MOST_CHARACTERS:
            break
    remark = _remark(name, len(document), read, unread, has_text=characters > 0)
    return Document("pdf", pieces, title=title, remark=remark)


def _title(value: str) -> str | None:
    """The title in the metadata, unless a program wrote its own name or the file's there."""
    title = " ".join(value.split())
    return None if _NO_TITLE.search(title) else title or None


def _page(document: Any, number: int) -> tuple[str | None, list[str]]:
    """The text of a page and where its links lead; no text when the page is damaged."""
    import pypdfium2

    try:
        with closing(document[number - 1]) as page, closing(page.get_textpage()) as layer:
            # Unlike a range of characters, the bounds know what is beyond U+FFFF.
            text = str(layer.get_text_bounded()).translate(_HYPHENS)
            return text, list(dict.fromkeys(_links(document, page)))
    except (pypdfium2.PdfiumError, AssertionError):
        return None, []


def _unbroken(text: str, page: int) -> Piece:
    """A page, where the addresses that run over the end of a line are whole."""
    origins: list[Origin] = []
    parts: list[str] = []
    place = offset = 0
    for line_end in _BREAK.finditer(text):
        line = text[max(place, line_end.start() - _LONGEST_LINE) : line_end.start()]
        last_word = line.split()[-1]
        goes_on = parts and len(last_word) == line_end.start() - place
        if goes_on or _ADDRESS.search(last_word):
            parts.append(text[place : line_end.start()])
            origins.append(Origin(offset, place, line_end.start()))
            offset += line_end.start() - place
            place = line_end.end()
    if not parts:
        return Piece(text, page=page)
    origins.append(Origin(offset, place, len(text)))
    return Piece("".join([*parts, text[place:]]), page=page, origins=origins)


def _links(document: Any, page: Any) -> Iterator[str]:
    from pypdfium2 import raw

    place, link = ctypes.c_int(0), raw.FPDF_LINK()
    for _ in range(_MOST_LINKS):
        if not raw.FPDFLink_Enumerate(page, place, link):
            break
        action = raw.FPDFLink_GetAction(link)
        if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
            continue
        length = raw.FPDFAction_GetURIPath(document, action, None, 0)
        if not 1 < length <= _LONGEST_LINK:
            continue
        buffer = ctypes.create_string_buffer(length)
        raw.FPDFAction_GetURIPath(document, action, buffer, length)
        yield buffer.raw[: length - 1].decode("utf-8", "replace")


def _remark(name: str, pages: int, read: int, unread: list[int], *, has_text: bool) -> str | None:
    if unread:
        which = (
            f"page {unread[0]}" if len(unread) == 1 else f"{len(unread)} pages, {unread[0]} first"
        )
        return f"{name} is damaged: {which} could not be read"
    if not has_text:
        return f"{name} has no text layer, only pictures: its links and metadata were read"
    if read < pages:
        return f"{name} has {pages:,} pages: the first {read:,} were read"
    return None
