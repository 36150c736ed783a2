"""Documents: what is read, whichever kind of file it is, and the papers found in it.

>>> from gezhi.papers.documents import find_in
>>> [(one.found.id, one.line) for one in find_in("first\\nthen 1706.03762")]
[('1706.03762', 2)]
"""

from gezhi.papers.documents.document import Document, Piece
from gezhi.papers.documents.locating import (
    Collection,
    Located,
    find_in,
    find_in_document,
)
from gezhi.papers.documents.reading import files_in, read_document
from gezhi.papers.documents.text import OtherKindError

__all__ = [
    "Collection",
    "Document",
    "Located",
    "OtherKindError",
    "Piece",
    "files_in",
    "find_in",
    "find_in_document",
    "read_document",
]
