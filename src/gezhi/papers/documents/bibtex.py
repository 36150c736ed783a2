"""BibTeX, read so that a malformed file loses nothing that a reader's eye would find.

The whole text is searched, with LaTeX's escapes undone; entries are understood where they can be,
for their titles and for ids that are spread over fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from gezhi.papers.documents.bibliography import Entry, Field, bibliography
from gezhi.papers.documents.document import Document, Origin, Piece

__all__ = ["is_bibtex", "plain_text", "read_bibtex", "read_entries"]

_ENTRY = re.compile(r"(?<![^\s)}])@([A-Za-z]{1,32})[ \t\r\n]{0,64}[{(]")
_SIGN = re.compile(
    r"^[ \t]{0,64}@[A-Za-z]{1,32}[ \t]{0,64}[{(][^\s,{}()\"]{0,200}[ \t]{0,64},", re.M
)
_BETWEEN = re.compile(r"[\s,]*")
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_:+.-]{0,63})[ \t\r\n]{0,200}=[ \t\r\n]{0,200}")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_QUOTE = re.compile(r'\\.|[{}"]', re.S)
_NEXT = re.compile(r"[,\n]")
_BARE = re.compile(r"[^\s,{}\"]{0,1000}")
_ESCAPE = re.compile(
    r"\{\\(?P<braced>[_&%#~$])\}|\\(?P<kept>[_&%#~$])(?:\{\})?"
    r"|\{?\\text(?P<named>underscore|asciitilde)(?:\{\}|\}|[ ])?"
)
_NAMED = {"underscore": "_", "asciitilde": "~"}
_KEPT_APART = ("comment", "preamble", "string")
_VENUE_FIELDS = ("booktitle", "journal", "series", "journaltitle", "eventtitle")
_OLD_NUMBER = re.compile(r"[0-9]{7}(v[0-9]+)?")

_MARKS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_ACCENT = re.compile(r"\\(?:([\'`^\"~=.])|([uvHckrdb])(?=[ {]))[ ]?\{?\\?([A-Za-z])\}?")
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "l": "ł", "L": "Ł",
    "aa": "å", "AA": "Å", "i": "ı", "&": "&",
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)[ ]?(\{?)")
_STYLES = ("bf", "em", "it", "rm", "sc", "sl", "tt")


def is_bibtex(text: str) -> bool:
    """Whether a text has a line that begins an entry: ``@kind{key,``.

    >>> is_bibtex("see\\n@misc{key, title={A}}"), is_bibtex("mail me@home{x,")
    (True, False)
    """
    return _SIGN.search(text) is not None


def read_bibtex(text: str) -> Document:
    """Read BibTeX: every id in its text, ids put together from fields, titles of the entries.

    ``archivePrefix``, ``eprint`` and ``primaryClass`` make one id of arXiv, also where ``eprint``
    alone would be none. An entry of a conference without ids on papers.cool becomes a search.

    >>> entry = "@misc{a, eprint={0309136}, eprinttype={arxiv}, primaryclass={math.GT}}"
    >>> read_bibtex(entry).pieces[1].text
    'arXiv:math/0309136'
    """
    entries = list(read_entries(text))
    eprints = [eprint for entry in entries if (eprint := _eprint(entry))]
    return bibliography(text, entries, format="bibtex", source=_unescaped(text), eprints=eprints)


def read_entries(text: str) -> Iterator[Entry]:
    """Yield the entries in order; one that never ends, ends where the next begins.

    >>> [one.title for one in read_entries("@misc{a, title={{A} B}, @misc{b, title = \\"C\\"}")]
    ['A B', 'C']
    """
    for mark, following in pairwise([*_ENTRY.finditer(text), None]):
        if mark is None or mark[1].lower() in _KEPT_APART:
            continue
        end = following.start() if following else len(text)
        fields = _fields(text, mark.end(), end)
        title = plain_text(fields["title"].value) if "title" in fields else ""
        venues = [plain_text(fields[name].value) for name in _VENUE_FIELDS if name in fields]
        yield Entry(mark.start(), end, fields, title or None, venues)


def _fields(text: str, start: int, end: int) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    place = max(start, text.find(",", start, end) + 1)
    broken = False  # after one value that never ends, none may run further than its line
    while place < end:
        between = _BETWEEN.match(text, place, end)
        place = between.end() if between else place
        name = _NAME.match(text, place, end)
        if name is None:
            skipped = _NEXT.search(text, place, end)
            if skipped is None:
                break
            place = skipped.end()
            continue
        first, last, place = _value(text, name.end(), end, broken=broken)
        broken = broken or last < 0
        if last < 0:
            line_end = text.find("\n", first, end)
            last = place = line_end if line_end >= 0 else end
        fields.setdefault(name[1].lower(), Field(text[first:last], first, last))
    return fields


def _value(text: str, start: int, end: int, *, broken: bool) -> tuple[int, int, int]:
    """Where a value begins and ends, -1 if it never does, and where to read on."""
    opening = text[start : start + 1]
    if start >= end or opening not in ('"', "{"):
        bare = _BARE.match(text, start, end)
        last = bare.end() if bare else start
        return start, last, max(last, start + 1)
    if broken:
        return start + 1, -1, -1
    depth = 0
    for token in (_BRACE if opening == "{" else _QUOTE).finditer(text, start + 1, end):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}" and depth:
            depth -= 1
        elif token[0] in '}"' and depth == 0:
            return start + 1, token.start(), token.end()
    return start + 1, -1, -1


def _eprint(entry: Entry) -> Field | None:
    """The entry's id of arXiv, put together from its fields."""
    eprint = entry.fields.get("eprint")
    archive = entry.fields.get("archiveprefix") or entry.fields.get("eprinttype")
    if eprint is None or archive is None or archive.value.strip().lower() != "arxiv":
        return None
    number = eprint.value.strip()
    if number.lower().startswith("arxiv:"):
        number = number[6:].strip()
    subject = entry.fields.get("primaryclass") or entry.fields.get("eprintclass")
    if _OLD_NUMBER.fullmatch(number) and subject is not None:
        number = f"{subject.value.strip().partition('.')[0]}/{number}"
    return Field(f"arXiv:{number}", eprint.start, eprint.end)


def _unescaped(text: str) -> Piece:
    """The text without LaTeX's escapes, which would cut an id in two."""
    parts, origins, place, offset = [], [], 0, 0
    for escape in _ESCAPE.finditer(text):
        plain = _meant(escape)
        parts += [text[place : escape.start()], plain]
        origins.append(Origin(offset, place, escape.start()))
        offset += escape.start() - place
        origins.append(Origin(offset, escape.start(), escape.end(), rewritten=True))
        offset += 1
        place = escape.end()
    if not parts:
        return Piece(text)
    origins.append(Origin(offset, place, len(text)))
    return Piece("".join([*parts, text[place:]]), origins=origins)


def _meant(escape: re.Match[str]) -> str:
    return escape["braced"] or escape["kept"] or _NAMED[escape["named"]]


def plain_text(value: str) -> str:
    """A value as a person writes it: no braces, no commands, accents on their letters.

    >>> plain_text("On {B}ayes and Schr{\\\\\\"o}dinger \\\\emph{again} \\\\& more")
    'On Bayes and Schrödinger again & more'
    """
    text = _ESCAPE.sub(_meant, value[:2000])
    text = _ACCENT.sub(lambda one: one[3] + _MARKS[one[1] or one[2]], text)
    text = _COMMAND.sub(_without_command, text)
    text = text.replace("{", "").replace("}", "").replace("$", "").replace("\\", "")
    return " ".join(unicodedata.normalize("NFC", text).replace("~", " ").split())


def _without_command(command: re.Match[str]) -> str:
    name, brace = command.groups()
    if name in _LETTERS:
        return _LETTERS[name] + brace
    return brace if brace or name in _STYLES else f"{name} "
