"""PDFs: opened safely, drawn as pictures, and written so that a picture's text can be searched.

PDFium reads them, which browsers trust with anything; it is not safe for threads, so that one
file is open at a time. ReportLab writes the layer of text.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gezhi.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "DOTS",
    "SearchablePdf",
    "Words",
    "is_pdf",
    "opened_pdf",
    "page_count",
    "page_picture",
]

DOTS = 200
"""Pixels an inch at which pages are drawn unless told."""
_POINTS = 72
_PDFIUM = threading.RLock()
_HEAD = 1024  # bytes in which %PDF- must stand
_NO_PASSWORD = 4  # FPDF_ERR_PASSWORD
_SCHEME = 5  # FPDF_ERR_SECURITY
_FONT = "STSong-Light"  # known to every reader of PDFs by name, and never shown
_INVISIBLE = 3
_HAS_TEXT = 8  # characters of a page that need no second layer
_ASCENT = 0.88


@dataclass(frozen=True)
class Words:
    """Text and where it stands.

    Attributes:
        text: what is found when one searches.
        box: left, top, right and bottom in pixels of the picture.
    """

    text: str
    box: tuple[float, float, float, float]


def is_pdf(data: bytes) -> bool:
    """Whether the first bytes are a PDF's; some begin with a few bytes of something else.

    >>> is_pdf(b"%PDF-1.7"), is_pdf(b"pdf")
    (True, False)
    """
    return b"%PDF-" in data[:_HEAD]


@contextmanager
def opened_pdf(source: bytes | Path, *, name: str) -> Iterator[Any]:
    """PDFium's document of a file or its bytes; others wait until it is closed.

    Raises:
        InputError: the file is missing, damaged or encrypted.
    """
    import pypdfium2

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(source)
        except FileNotFoundError:
            raise InputError(f"there is no file {source!s}") from None
        except pypdfium2.PdfiumError as error:
            raise InputError(_why_not(error, name)) from None
        with closing(document):
            yield document


def _why_not(error: Any, name: str) -> str:
    if error.err_code == _NO_PASSWORD:
        return f"{name} is encrypted; save a copy that opens without a password"
    if error.err_code == _SCHEME:
        return f"{name} is encrypted in a way that is not supported; save a copy without encryption"
    return f"{name} is a damaged PDF, or was cut off; get it anew"


def page_count(path: Path) -> int:
    """How many pages a PDF has.

    Raises:
        InputError: it is missing, damaged or encrypted.
    """
    with opened_pdf(path, name=path.name) as document:
        return len(document)


def page_picture(
    path: Path, page: int, *, dots: float = DOTS, most_pixels: int | None = None
) -> NDArray[np.uint8]:
    """A page, numbered from 0, drawn on white: (height, width, 3).

    Args:
        path: the file.
        page: its number.
        dots: pixels an inch; fewer where the page would have more than `most_pixels`.
        most_pixels: the most that are drawn; None for the usual limit.

    Raises:
        InputError: the file or the page is damaged, or the file is encrypted.
    """
    import numpy as np
    import pypdfium2

    from gezhi.kernel.pictures import MOST_PIXELS

    most_pixels = MOST_PIXELS if most_pixels is None else most_pixels
    with opened_pdf(path, name=path.name) as document:
        try:
            with closing(document[page]) as sheet:
                width, height = sheet.get_size()
                most = (most_pixels / max(1.0, width * height)) ** 0.5
                scale = min(dots / _POINTS, most)
                with closing(sheet.render(scale=scale, rev_byteorder=True)) as drawn:
                    pixels: NDArray[np.uint8] = np.array(drawn.to_numpy())
        except (pypdfium2.PdfiumError, IndexError, AssertionError, ValueError) as error:
            raise InputError(f"page {page + 1} of {path.name} is damaged: {error}") from None
    if pixels.ndim == 3 and pixels.shape[2] > 1:
        return pixels[..., :3]
    return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)


class SearchablePdf:
    """A PDF in the making: pictures or pages, each with text that can be searched and copied.

    >>> import numpy as np
    >>> pdf = SearchablePdf()
    >>> pdf.add_picture(np.full((40, 90), 255, np.uint8), [Words("格致", (5, 5, 85, 35))])
    >>> file = io.BytesIO()
    >>> pdf.write(file)
    >>> is_pdf(file.getvalue())
    True
    """

    def __init__(self) -> None:
        import pypdfium2

        with _PDFIUM:
            self._document = pypdfium2.PdfDocument.new()

    def __len__(self) -> int:
        return len(self._document)

    def add_picture(
        self, picture: NDArray[np.uint8], words: Sequence[Words], *, dots: float = DOTS
    ) -> None:
        """Add a page that shows a picture (height, width[, 3]) at so many pixels an inch."""
        import pypdfium2

        from gezhi.kernel.pictures import jpeg_bytes

        height, width = picture.shape[:2]
        scale = _POINTS / dots
        layer = _layer(words, (width * scale, height * scale), scale, jpeg_bytes(picture))
        with _PDFIUM, closing(pypdfium2.PdfDocument(layer)) as page:
            self._document.import_pages(page)

    def add_page(
        self, path: Path, page: int, size: tuple[int, int], words: Sequence[Words]
    ) -> None:
        """Add a page of another PDF as it is; the text only where it has none of its own.

        Args:
            path: the other PDF.
            page: its page, numbered from 0.
            size: (height, width) in pixels of the picture that the words were read from.
            words: what was read.

        Raises:
            InputError: the file is damaged.
        """
        import pypdfium2

        with opened_pdf(path, name=path.name) as other:
            with closing(other[page]) as sheet, closing(sheet.get_textpage()) as text:
                known = text.count_chars() >= _HAS_TEXT
                shown = sheet.get_size()
            self._document.import_pages(other, [page])
        if known or not words:
            return
        layer = _layer(words, shown, shown[0] / max(1, size[1]), None)
        with _PDFIUM, closing(pypdfium2.PdfDocument(layer)) as above:
            form = above.page_as_xobject(0, self._document)
            with closing(self._document[len(self._document) - 1]) as sheet:
                piece = form.as_pageobject()
                piece.set_matrix(_turned(sheet))
                sheet.insert_obj(piece)
                sheet.gen_content()

    def write(self, file: BinaryIO | Path) -> None:
        """Write the file; nothing can be added afterwards."""
        with _PDFIUM, closing(self._document):
            self._document.save(file)


def _turned(sheet: Any) -> Any:
    """From the page as it is shown to the page as it is stored."""
    from pypdfium2 import PdfMatrix

    left, bottom, right, top = sheet.get_cropbox()
    turn = sheet.get_rotation()
    if turn == 90:
        return PdfMatrix(0, 1, -1, 0, right, bottom)
    if turn == 180:
        return PdfMatrix(-1, 0, 0, -1, right, top)
    if turn == 270:
        return PdfMatrix(0, -1, 1, 0, left, top)
    return PdfMatrix(1, 0, 0, 1, left, bottom)


def _layer(
    words: Sequence[Words], size: tuple[float, float], scale: float, picture: bytes | None
) -> bytes:
    """A PDF of one page: a picture if there is one, and the words where they stand, unseen."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, pageCompression=1)
    if picture is not None:
        canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, *size)
    for one in words:
        shown = one.text.strip()
        left, top, right, bottom = (edge * scale for edge in one.box)
        high = max(bottom - top, 0.5)
        natural = pdfmetrics.stringWidth(shown, _FONT, high)
        if not natural:
            continue
        line = canvas.beginText(left, size[1] - top - _ASCENT * high)
        line.setFont(_FONT, high)
        line.setTextRenderMode(_INVISIBLE)
        line.setHorizScale(100 * max(right - left, 0.5) / natural)
        line.textOut(shown)
        canvas.drawText(line)
    canvas.showPage()
    canvas.save()
    return file.getvalue()
