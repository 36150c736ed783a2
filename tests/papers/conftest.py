"""Little PDFs, written by hand so that each test knows every byte of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

Pdf = Callable[..., bytes]


def _text(value: str) -> bytes:
    if value.isascii():
        escaped = value.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return b"(" + escaped.encode() + b")"
    return b"<FEFF" + value.encode("utf-16-be").hex().encode() + b">"


def _stream(lines: Sequence[str]) -> bytes:
    shown = b" ".join(_text(line) + b" Tj T*" for line in lines)
    drawn = b"BT /F1 10 Tf 50 750 Td 12 TL " + shown + b" ET" if lines else b"0 0 9 9 re f"
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)


def write_pdf(
    pages: Sequence[Sequence[str]] = ((),),
    *,
    metadata: dict[str, str] | None = None,
    links: Sequence[tuple[int, str]] = (),
    trailer: bytes = b"",
) -> bytes:
    """A PDF whose pages show these lines; ``links`` are page numbers, from 1, and addresses."""
    objects = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", b""]

    def add(body: bytes) -> bytes:
        objects.append(body)
        return b"%d 0 R" % len(objects)

    kids = []
    for number, lines in enumerate(pages, 1):
        content = add(_stream(lines))
        annotations = b" ".join(
            add(
                b"<< /Type /Annot /Subtype /Link /Rect [9 9 99 99] /A << /S /URI /URI "
                + _text(address)
                + b" >> >>"
            )
            for page, address in links
            if page == number
        )
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents " + content + b" "
                b"/Resources << /Font << /F1 1 0 R >> >> /Annots [" + annotations + b"] >>"
            )
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    root = add(b"<< /Type /Catalog /Pages 2 0 R >>")
    info = b" ".join(
        b"/" + key.encode() + b" " + _text(value) for key, value in (metadata or {}).items()
    )
    described = add(b"<< " + info + b" >>")
    written = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root %s /Info %s %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, root, described, trailer, len(written))
    )


@pytest.fixture
def pdf() -> Pdf:
    return write_pdf
