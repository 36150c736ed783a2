"""Bytes as text: the encoding is found, and what is no text is refused by name."""

from __future__ import annotations

import codecs
import re

from gezhi.errors import InputError
from gezhi.kernel.encodings import find_encoding
from gezhi.kernel.signatures import find_signature

__all__ = ["HEAD_BYTES", "OtherKindError", "decode", "refuse_other_kinds"]

HEAD_BYTES = 1 << 16
"""How much of a file `refuse_other_kinds` looks at."""

_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.02  # of random bytes every eighth is one, of a damaged text hardly any
_WESTERN = "cp1252"
# As browsers have it: who says GB2312 may mean its extensions, and who says Latin-1, Windows.
_MEANT = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": _WESTERN, "ascii": _WESTERN}


class OtherKindError(InputError):
    """A file is no document at all: a picture, a program, an archive, numbers."""


def decode(
    data: bytes, *, name: str, encoding: str | None = None, declared: str | None = None
) -> tuple[str, str]:
    """Decode a text; return it and the encoding that it was found to have.

    Ids of papers are ASCII, so a text whose encoding nobody can tell is still worth reading: it is
    decoded as UTF-8 with marks for what is damaged, or as Western.

    Args:
        data: the bytes of a text.
        name: what an error calls them.
        encoding: the encoding that the user names, which must fit.
        declared: one that the text or its server names, which may be wrong.

    Raises:
        OtherKindError: a picture, a program, an archive or some such.
        InputError: ``encoding`` does not fit.

    >>> decode("你好 1706.03762".encode("gbk"), name="a.txt")
    ('你好 1706.03762', 'gb18030')
    >>> decode(b"caf\\xe9 1706.03762", name="b.txt")
    ('café 1706.03762', 'cp1252')
    """
    refuse_other_kinds(data[:HEAD_BYTES], name)
    if encoding is not None:
        codec = find_encoding(data, encoding, name=name)
        return data[len(codec.mark) :].decode(codec.codec), str(codec)
    codec_declared = _known(declared)
    if codec_declared and not data.startswith((codecs.BOM_UTF8, b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(codec_declared), codec_declared
        except (UnicodeError, ValueError):
            pass  # pages say so without being it
    try:
        codec = find_encoding(data, name=name)
    except InputError:
        return _at_all_costs(data)
    return data[len(codec.mark) :].decode(codec.codec), str(codec)


def _known(declared: str | None) -> str | None:
    try:
        info = codecs.lookup((declared or "").strip())
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True):
        return None
    return _MEANT.get(info.name, info.name)


def refuse_other_kinds(head: bytes, name: str) -> None:
    """Refuse what is no text, by the first bytes of a file.

    Raises:
        OtherKindError: it is another kind of file.

    >>> refuse_other_kinds("很好".encode("utf-16"), "a.txt")
    >>> refuse_other_kinds(b"GIF89a", "b.gif")
    Traceback (most recent call last):
        ...
    gezhi.papers.documents.text.OtherKindError: b.gif is a picture (GIF); give a text, a PDF, ...
    """
    signature = find_signature(head[:16])
    kind = signature.what if signature is not None else None
    if kind is None and len(_CONTROLS.findall(head)) > _MOST_CONTROLS * len(head):
        try:
            # UTF-16 is full of such bytes. A character that was cut in two is no error.
            find_encoding(head[: len(head) // 4 * 4 if len(head) == HEAD_BYTES else None])
        except InputError:
            kind = "no text"
    if kind is not None:
        raise OtherKindError(f"{name} is {kind}; give a text, a PDF, a web page, BibTeX or RIS")


def _at_all_costs(data: bytes) -> tuple[str, str]:
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = len(text) - len(text.encode("ascii", "ignore")) - wrong
    if right >= wrong:
        return text, "utf-8"
    return data.decode(_WESTERN, "replace"), _WESTERN
