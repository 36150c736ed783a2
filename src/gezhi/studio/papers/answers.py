"""What the room says about pasted text, as plain values that a template can draw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gezhi.papers import Search, search_url
from gezhi.papers.catalogue import query
from gezhi.papers.documents import Located, find_in_document, read_document
from gezhi.studio.characters import visible
from gezhi.studio.papers.entries import Entry, Opening, make_entry, one_line, openings

__all__ = [
    "LISTED",
    "MARKED",
    "WHOLE_LENGTH",
    "Answer",
    "Piece",
    "answer",
    "beside",
    "numbered",
    "pieces_of",
]

WHOLE_LENGTH = 20_000
"""Longer texts are not shown whole: only what stands around each paper."""

LISTED = 200
MARKED = 500
_AROUND = 120
_LINE_REACH = 400
_LOOKED_AT = 2_000
_LEAST_WORDS = 4
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_HAN}]{{2}}|[^\W\d_{_HAN}]{{2,}}")
_NEW_LINE = re.compile(r"\r\n?")
_KEPT = frozenset("\n\t")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{3,300})\]\([^()\s]*\Z")
_NOISE = re.compile(
    r"</?[a-z][^<>]*>"  # tags
    r"|https?://\S*"  # addresses
    r"|\b(?:doi|arxiv)\s*:\s*\S*"  # and ids with their prefix
    r"|(?:\A|\s)[\[(]?[0-9]{1,3}[\].)]\s"  # the number of a reference
    r"|[{}\\<>\"|]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the text as it is shown.

    A piece with a number is a mark, and its kind is the paper's; `first` says whether the paper
    was not marked before. A piece with `left_out` stands for that many characters that are not
    shown.
    """

    text: str = ""
    number: int = 0
    first: bool = False
    kind: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was pasted, read.

    At most `LISTED` entries are listed, and `more` says how many are not. `words` is what a search
    is offered for when nothing was found.
    """

    entries: tuple[Entry, ...]
    openings: tuple[Opening, ...]
    pieces: tuple[Piece, ...]
    more: int
    length: int
    words: str
    arxiv_search: str
    venue_search: str

    @property
    def whole(self) -> bool:
        """Whether the text is shown from its beginning to its end."""
        return self.length <= WHOLE_LENGTH


def answer(text: str) -> Answer | None:
    """Read what was pasted; None when there is nothing but white space.

    >>> found = answer("see arXiv:1706.03762v7")
    >>> [(entry.kind, entry.id) for entry in found.entries]
    [('arxiv', '1706.03762')]
    >>> [piece.text for piece in found.pieces if piece.number]
    ['arXiv:1706.03762v7']
    """
    if not text.strip():
        return None
    text = _NEW_LINE.sub("\n", text)
    document = read_document(text)
    hits = find_in_document(document)
    numbers = numbered(hits)
    entries = []
    for number, (place, title) in enumerate(list(numbers.values())[:LISTED], 1):
        # What stands beside an id in a web page or a table of fields is seldom its reference.
        words = beside(text, hits, place) if document.format == "text" else ""
        entries.append(make_entry(number, replace(hits[place], title=title), beside=words))
    words = "" if hits else query(one_line(text.strip()[:_LOOKED_AT]))
    return Answer(
        entries=tuple(entries),
        openings=openings(entries),
        pieces=pieces_of(text, hits, list(numbers)[:LISTED]),
        more=max(0, len(numbers) - LISTED),
        length=len(text),
        words=words,
        arxiv_search=search_url(words) if words else "",
        venue_search=search_url(words, scope="venue") if words else "",
    )


def numbered(hits: Sequence[Located]) -> dict[tuple[str, str, str], tuple[int, str | None]]:
    """Each paper once, in order: where among the hits it stands first, and its title if any."""
    known: dict[tuple[str, str, str], tuple[int, str | None]] = {}
    for place, hit in enumerate(hits):
        first, title = known.setdefault(hit.key, (place, hit.title))
        if title is None and hit.title is not None:
            known[hit.key] = first, hit.title
    return known


def beside(text: str, hits: Sequence[Located], place: int) -> str:
    """The words on the line of a paper, up to its neighbours: most often its reference.

    Empty when there are too few to look for.

    >>> line = "[3] Wang. Visual geometry grounded transformer. https://openreview.net/forum?id=x1"
    >>> from gezhi.papers import Paper
    >>> beside(line, [Located(Paper("openreview", "x1", 48, 78))], 0)
    'Wang. Visual geometry grounded transformer'
    """
    one = hits[place].found
    before = hits[place - 1].found.end if place else 0
    after = hits[place + 1].found.start if place + 1 < len(hits) else len(text)
    start = max(text.rfind("\n", max(0, one.start - _LINE_REACH), one.start) + 1, before)
    line_end = text.find("\n", one.end, one.end + _LINE_REACH)
    end = min(line_end if line_end >= 0 else len(text), after)
    # A longer line is running text, and no reference.
    left = text[start : one.start] if one.start - start <= _LINE_REACH else ""
    right = text[one.end : end] if end - one.end <= _LINE_REACH else ""
    named = _MARKDOWN_LINK.search(left)
    for words in (named[1] if named else "", left, right):
        cleaned = " ".join(_NOISE.sub(" ", words).split()).strip(" -–—,;:/.[]()")
        if len(_WORD.findall(cleaned)) >= _LEAST_WORDS:
            return cleaned
    return ""


def pieces_of(
    text: str, hits: Sequence[Located], listed: Sequence[tuple[str, str, str]]
) -> tuple[Piece, ...]:
    """The text cut into plain pieces and marks of what is listed.

    Of a long text, only what stands around the first mark of each paper.
    """
    whole = len(text) <= WHOLE_LENGTH
    reach = len(text) if whole else _AROUND
    numbers = {key: number for number, key in enumerate(listed, 1)}
    marked: set[int] = set()
    pieces: list[Piece] = []
    place = 0
    for hit in hits[: MARKED if whole else None]:
        number = numbers.get(hit.key, 0)
        start, end = hit.found.start, hit.found.end
        if not number or start < place or start == end or (not whole and number in marked):
            continue
        pieces += _between(text, place, start, reach, after_mark=place > 0)
        kind = hit.found.venue if isinstance(hit.found, Search) else hit.found.kind
        pieces.append(Piece(_shown(text[start:end]), number, number not in marked, kind))
        marked.add(number)
        place = end
    if pieces or whole:
        pieces += _between(text, place, len(text), reach, after_mark=True, before_mark=False)
    return tuple(pieces)


def _between(
    text: str, start: int, end: int, reach: int, *, after_mark: bool, before_mark: bool = True
) -> list[Piece]:
    """What stands between two marks: all of it, or an end at each mark and a gap."""
    head = start + (reach if after_mark else 0)
    tail = end - (reach if before_mark else 0)
    if head >= tail:
        return [Piece(_shown(text[start:end]))] if start < end else []
    parts = [
        Piece(_shown(text[start:head])),
        Piece(left_out=tail - head),
        Piece(_shown(text[tail:end])),
    ]
    return [part for part in parts if part.text or part.left_out]


def _shown(text: str) -> str:
    return "".join(c if c in _KEPT else visible(c) for c in text)
