"""A page that was read, written as other programs read it."""

from __future__ import annotations

import json
from html import escape
from itertools import count

from gezhi import __version__
from gezhi.reading.ocr.reader import Page, TextLine

__all__ = ["FORMATS", "TSV_HEAD", "as_hocr", "as_json", "as_text", "as_tsv", "hocr_document"]

FORMATS = ("text", "json", "tsv", "hocr")
TSV_HEAD = "file\tpage\tline\tleft\ttop\tright\tbottom\tconfidence\ttext\n"
"""The first line of a table."""
_TABS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


def as_text(page: Page) -> str:
    """Its lines, each ended; nothing where there is no text."""
    return "".join(f"{one.text}\n" for one in page.lines)


def as_json(page: Page, *, file: str, number: int, pages: int, ascii_only: bool = False) -> str:
    """One object in one line; of files of several pages with the page's number, from 1."""
    which = {"page": number} if pages > 1 else {}
    record = {"file": file, **which, **page.record()}
    return json.dumps(record, ensure_ascii=ascii_only) + "\n"


def as_tsv(page: Page, *, file: str, number: int) -> str:
    """One row a line of text, as `TSV_HEAD` names its columns; boxes in whole pixels."""
    rows = []
    for place, one in enumerate(page.lines, 1):
        box = "\t".join(str(round(edge)) for edge in one.box)
        cells = f"{file.translate(_TABS)}\t{number}\t{place}\t{box}"
        rows.append(f"{cells}\t{one.confidence:.4f}\t{one.text.translate(_TABS)}\n")
    return "".join(rows)


def as_hocr(page: Page, *, file: str, number: int) -> str:
    """One ``div`` of class ocr_page (hOCR 1.2), characters as ocrx_cinfo."""
    name = escape(file, quote=True).replace("\n", " ")
    size = f"bbox 0 0 {page.width} {page.height}"
    counting = count(1)
    lines = "".join(_hocr_line(one, f"{number}_{next(counting)}") for one in page.lines)
    head = f"image &quot;{name}&quot;; {size}; ppageno {number - 1}"
    return f'<div class="ocr_page" id="page_{number}" title="{head}">\n{lines}</div>\n'


def _hocr_line(line: TextLine, name: str) -> str:
    box = " ".join(str(round(edge)) for edge in line.box)
    turned = "; textangle 270" if line.vertical else ""
    shown = []
    rest = line.text
    for one in line.characters:
        place = next((n for n, char in enumerate(rest) if not char.isspace()), 0)
        between, char, rest = rest[:place], rest[place : place + 1], rest[place + 1 :]
        edges = " ".join(str(round(edge)) for edge in one.box)
        title = f"x_bboxes {edges}; x_conf {100 * one.confidence:.0f}"
        shown.append(
            f'{escape(between)}<span class="ocrx_cinfo" title="{title}">{escape(char)}</span>'
        )
    word = f'<span class="ocrx_word" id="word_{name}" title="bbox {box}; x_wconf ' + (
        f'{100 * line.confidence:.0f}">{"".join(shown)}</span>'
    )
    return (
        f'<span class="ocr_line" id="line_{name}" title="bbox {box}{turned}">{word}</span><br/>\n'
    )


def hocr_document(pages: str) -> str:
    """A whole file of hOCR.

    >>> "ocr-system" in hocr_document("")
    True
    """
    return f"""<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh">
<head>
<meta charset="utf-8"/>
<title>gezhi</title>
<meta name="ocr-system" content="gezhi {__version__}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrx_cinfo"/>
</head>
<body>
{pages}</body>
</html>
"""
