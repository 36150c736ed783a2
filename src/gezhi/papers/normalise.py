"""A text the way the rules read it, and the way back to where each character stood.

What is mapped is written in rules.json; this module only carries it out, and so does
`normalise.js`. Offsets are code points of the text as given.

>>> page = normalise("见 arXiv：２４０３．１２３４５")
>>> page.text
'见 arXiv:2403.12345'
>>> page = normalise("https%3A%2F%2Farxiv.org")
>>> page.text, page.start(5), page.end(6)
('https://arxiv.org', 5, 8)
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from gezhi.papers.rules import table

__all__ = ["Normalised", "normalise"]


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text as the rules read it.

    `text` is what patterns see, `lowered` the same with small letters, and `kept` the same with
    the full-width punctuation that ends a DOI still as it was.
    """

    text: str
    lowered: str
    kept: str
    _after: list[int]  # where each rewritten piece ends in `text`
    _shift: list[int]  # how far the text as given is ahead from there on
    _widths: dict[int, int]  # characters of `text` that were wider in the text as given

    def start(self, index: int) -> int:
        """Give the code point of the text as given where character `index` begins."""
        piece = bisect_right(self._after, index)
        return index + (self._shift[piece - 1] if piece else 0)

    def end(self, index: int) -> int:
        """Give the code point of the text as given where a span that ends at `index` ends."""
        return self.start(index - 1) + self._widths.get(index - 1, 1)


def normalise(text: str) -> Normalised:
    """Map a text as rules.json says, in time linear in its length.

    >>> normalise("a&amp;b").text
    'a&b'
    """
    mapped = kept = text
    for wide, narrow, stays in () if text.isascii() else _characters():
        if wide in mapped:
            mapped = mapped.replace(wide, narrow)
            kept = kept if stays else kept.replace(wide, narrow)
    pieces: list[str] = []
    kept_pieces: list[str] = []
    after: list[int] = []
    shift: list[int] = []
    widths: dict[int, int] = {}
    last = length = 0
    for found in _rewrites().finditer(mapped):
        start, end = found.span()
        value = _rewritten(found[0])
        pieces += (mapped[last:start], value)
        kept_pieces += (kept[last:start], value)
        length += start - last + len(value)
        if value:
            widths[length - 1] = end - start
        after.append(length)
        shift.append(end - length)
        last = end
    if pieces:
        same = kept == mapped
        mapped = "".join((*pieces, mapped[last:]))
        kept = mapped if same else "".join((*kept_pieces, kept[last:]))
    return Normalised(mapped, _lowered(mapped), kept, after, shift, widths)


@cache
def _characters() -> tuple[tuple[str, str, bool], ...]:
    """List each mapped character, what it becomes, and whether a DOI's end still sees it."""
    kept = [(ord(first), ord(last)) for first, last in table()["kept"]["ranges"]]
    return tuple(
        (
            chr(point),
            chr(ord(one["first"]) + point - ord(one["from"])),
            any(first <= point <= last for first, last in kept),
        )
        for one in table()["characters"]
        for point in range(ord(one["from"]), ord(one["to"]) + 1)
    )


@cache
def _rewrites() -> re.Pattern[str]:
    return re.compile(table()["rewrites"]["pattern"], re.ASCII)


@cache
def _rewritten(piece: str) -> str:
    rewrites = table()["rewrites"]
    if piece[0] != "%":
        return str(rewrites["values"].get(piece.lower(), ""))
    point = int(piece[1:], 16)
    # An address holds no space, no quote, no control and no byte above 127 as it is.
    if point <= 0x20 or point >= 0x7F or chr(point) in "\"'<>`":
        return str(rewrites["unreadable"])
    return chr(point)


def _lowered(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return re.sub("[A-Z]", lambda found: found[0].lower(), text)
