"""Web pages: their source as text, and what their tags tell besides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin

from gezhi.papers.documents.document import Document, Piece, TitleSpan, lines_piece
from gezhi.papers.documents.venues import find_venue, title_slug
from gezhi.papers.finder import Search

__all__ = ["declared_encoding", "is_html", "read_html"]

_SIGN = re.compile(r"<(?:!doctype[ \t\r\n]{1,99}html|html|head|body|meta|title)[\s/>]", re.I)
_LOOKED_AT = 4096  # characters in which a page shows that it is one, and names its encoding
_CHARSET = re.compile(
    rb"<meta[^<>]{0,999}charset[ \t]{0,9}=[ \t]{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.I
)
_TAG = re.compile(r"<(a|base|link|meta)(?=[\s/])", re.I)
_ATTRIBUTE = re.compile(
    r"[\s/]{0,999}([A-Za-z:_-]{1,40})"
    r"(?:[\s]{0,99}=[\s]{0,99}(?:\"([^\"]{0,4000})\"|'([^']{0,4000})'|([^\s\"'<>]{1,4000})))?"
)
_MOST_ATTRIBUTES = 64
_TITLE = re.compile(r"<title(?:[\s][^<>]{0,200})?>([^<]{1,2000})", re.I)
_MARKUP = re.compile(r"<[^<>]{0,999}>")
_LONGEST_TITLE = 500
_ADDRESS = re.compile(r"https?:|arxiv:|doi:|10[.][0-9]{4}", re.I)
_WORD = re.compile(r"[^\W\d_]+")
_BUTTONS = (
    "a abs abstract and anthology arxiv article bib bibtex cite code data dataset doi download "
    "file for full here html in kb link links material mb more of on openreview original other "
    "page paper pdf poster preprint project proceedings read show site slides source supp "
    "supplement supplemental supplementary talk tex text the this to version video view web "
    "website"
)
_ON_BUTTONS = frozenset(_BUTTONS.split())
_TITLE_NAMES = ("citation_title", "og:title", "dc.title", "dcterms.title", "twitter:title")
_ADDRESS_NAMES = ("og:url", "citation_abstract_html_url", "citation_pdf_url")
_VENUE_NAMES = ("citation_conference_title", "citation_journal_title", "citation_conference")


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag with its attributes: each a value, unescaped, and where it stands."""

    name: str
    end: int
    attributes: dict[str, tuple[str, int, int]]

    def value(self, name: str) -> str:
        return self.attributes[name][0].strip() if name in self.attributes else ""


def is_html(text: str) -> bool:
    """Whether a text begins as a web page does.

    >>> is_html("<!DOCTYPE html><p>"), is_html("if a <body and b"), is_html("<p>1706.03762</p>")
    (True, True, False)
    """
    return _SIGN.search(text, 0, _LOOKED_AT) is not None


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page names in its head.

    >>> declared_encoding(b'<meta http-equiv=content-type content="text/html; charset=gbk">')
    'gbk'
    """
    found = _CHARSET.search(data, 0, _LOOKED_AT)
    name = found[1].decode("ascii") if found else None
    # A page that could be read this far in ASCII is not in UTF-16, whatever it says.
    return "utf-8" if name and name.lower().startswith("utf-16") else name


def read_html(text: str, *, base: str | None = None) -> Document:
    """Read a web page: its source, its relative links made whole, and its titles.

    The source is looked through as it is, so that ids in scripts and comments count. The title of
    the page belongs to what its own meta tags name; the text of a link, to what the link names.

    Args:
        text: the source.
        base: the address of the page; without one it is taken from the page, if it says.

    >>> page = read_html('<title>A Title</title><a href="/abs/1706.03762">Attention Please</a>',
    ...     base="https://arxiv.org/list/cs.CL/new")
    >>> page.title, page.pieces[1].text, page.titles[0].title
    ('A Title', 'https://arxiv.org/abs/1706.03762', 'Attention Please')
    """
    tags = list(_tags(text))
    title = _page_title(text, tags)
    pieces = [Piece(text)]
    links = [*_whole_links(tags, _base(tags, base)), *_prefixed_ids(tags)]
    if links:
        pieces.append(lines_piece(sorted(links, key=lambda link: link[1])))
    own = [one.attributes[_VALUE[one.name]] for one in tags if _is_own(one)]
    titles = [TitleSpan(start, end, title) for _, start, end in own if title]
    titles += _link_titles(text, tags)
    return Document(
        "html",
        pieces,
        text=text,
        title=title,
        titles=sorted(titles),
        searches=_search_of(tags, title, own),
    )


_VALUE = {"meta": "content", "link": "href"}


def _tags(text: str) -> Iterator[_Tag]:
    for opening in _TAG.finditer(text):
        attributes: dict[str, tuple[str, int, int]] = {}
        place = opening.end()
        for _ in range(_MOST_ATTRIBUTES):
            found = _ATTRIBUTE.match(text, place)
            if found is None:
                break
            place = found.end()
            group = found.lastindex or 1
            if group > 1:
                where = found.span(group)
                attributes.setdefault(found[1].lower(), (unescape(found[group]), *where))
        yield _Tag(opening[1].lower(), place, attributes)


def _name(tag: _Tag) -> str:
    return (tag.value("name") or tag.value("property")).lower()


def _is_own(tag: _Tag) -> bool:
    """Whether a tag in the head speaks of the page itself and not of what it cites."""
    if tag.name == "link":
        return tag.value("rel").lower() == "canonical" and "href" in tag.attributes
    name = _name(tag)
    return (
        tag.name == "meta"
        and "content" in tag.attributes
        and name.startswith(("citation_", "og:", "dc.", "dcterms."))
        and "reference" not in name
    )


def _page_title(text: str, tags: list[_Tag]) -> str | None:
    named = {_name(one): one.value("content") for one in reversed(tags) if one.name == "meta"}
    for name in _TITLE_NAMES:
        if title := _neat(named.get(name, "")):
            return title
    found = _TITLE.search(text)
    return _neat(unescape(found[1])) if found else None


def _neat(title: str) -> str | None:
    plain = "".join(" " if unicodedata.category(one) == "Cc" else one for one in title)
    return " ".join(plain.split())[:_LONGEST_TITLE] or None


def _base(tags: list[_Tag], address: str | None) -> str | None:
    """What relative links start from: the page's base, its address, or what it says it is."""
    own = [one.value("href") for one in tags if one.name == "link" and _is_own(one)]
    own += [one.value("content") for one in tags if _name(one) in _ADDRESS_NAMES]
    base = next((one.value("href") for one in tags if one.name == "base"), "")
    return _joined(address, base) if address and base else base or address or next(iter(own), None)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # what looks like an address of IPv6 and is none
        return link


_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|#|//")


def _whole_links(tags: list[_Tag], base: str | None) -> Iterator[tuple[str, int, int]]:
    if base is None:
        return
    for one in tags:
        if one.name not in ("a", "link") or "href" not in one.attributes:
            continue
        link, start, end = one.attributes["href"]
        if link.strip() and not _WITH_SCHEME.match(link.strip()):
            yield "".join(_joined(base, link.strip()).split()), start, end


def _prefixed_ids(tags: list[_Tag]) -> Iterator[tuple[str, int, int]]:
    """The id of arXiv that a meta tag names, as an id without doubt."""
    for one in tags:
        if one.name == "meta" and _name(one) == "citation_arxiv_id" and "content" in one.attributes:
            content, start, end = one.attributes["content"]
            yield f"arXiv:{content.strip().removeprefix('arXiv:')}", start, end


def _link_titles(text: str, tags: list[_Tag]) -> Iterator[TitleSpan]:
    for one in tags:
        if one.name != "a" or "href" not in one.attributes:
            continue
        closing = text.find("</a", one.end, one.end + 2000)
        if closing < 0:
            continue
        words = _neat(unescape(_MARKUP.sub("", text[one.end : closing].partition(">")[2])))
        if words and len(words) <= _LONGEST_TITLE and _is_title(words):
            _, start, end = one.attributes["href"]
            yield TitleSpan(start, end, words)


def _is_title(words: str) -> bool:
    """Whether the text of a link can be a title, and is not what stands on a button."""
    found = _WORD.findall(words)
    several = len(found) >= 2 or (len(words) >= 6 and not words.isascii())
    spoken = any(word.lower() not in _ON_BUTTONS for word in found)
    return several and spoken and not _ADDRESS.search(words)


def _search_of(
    tags: list[_Tag], title: str | None, own: list[tuple[str, int, int]]
) -> list[Search]:
    """The page as a search, when its meta tags name one of the conferences without ids."""
    if not title or not title_slug(title):
        return []
    for one in tags:
        if one.name == "meta" and _name(one) in _VENUE_NAMES:
            venue = find_venue(one.value("content"))
            if venue is not None:
                start = min(first for _, first, _ in own)
                end = max(last for _, _, last in own)
                return [Search(venue, title_slug(title), start, end, title)]
    return []
