"""Fetch a page or a file from the web, when the user asks for it and never otherwise."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from gezhi.errors import InputError

__all__ = ["LARGEST_BYTES", "Page", "fetch_page", "is_address", "refuse_address"]

LARGEST_BYTES = 64 << 20
"""The largest answer that is taken."""

_MOST_REDIRECTS = 5
_SILENCE_SECONDS = 20.0  # without a byte
_WHOLE_SECONDS = 120.0
_BLOCK = 1 << 16
_COUNTING = "papers.cool"
# What its pages are called; every other address there counts something or costs the site money.
_PAGES = (["arxiv"], ["venue"])
_READABLE = ("text/", "application/")
_SAFE = "!$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered.

    Attributes:
        address: where it came from in the end, after redirects.
        data: its bytes.
        content_type: what the server calls them, in small letters, such as ``text/html``.
        charset: the encoding that the server names.
    """

    address: str
    data: bytes
    content_type: str
    charset: str | None


def is_address(text: str) -> bool:
    """Whether a text is one address of the web and nothing else.

    >>> is_address("https://arxiv.org/abs/1706.03762"), is_address("see http://a.b")
    (True, False)
    """
    return text.lower().startswith(("http://", "https://")) and len(text.split()) == 1


def refuse_address(address: str) -> None:
    """Refuse an address that is never fetched.

    Only http and https are, and of papers.cool only the pages of papers: its other addresses
    count readers and ask a language model.

    Raises:
        InputError: the address is refused, or is none.

    >>> refuse_address("https://papers.cool/arxiv/1706.03762")
    >>> refuse_address("https://papers.cool/arxiv/kimi?paper=1706.03762")
    Traceback (most recent call last):
        ...
    gezhi.errors.InputError: https://papers.cool/arxiv/kimi?paper=1706.03762 is not fetched: ...
    """
    try:
        parts = urllib.parse.urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
        broken = parts.port == 0 or parts.username is not None or len(parts.netloc.split()) > 1
    except ValueError:
        broken = True
    if broken:
        raise InputError(f"{address} is no web address; it has a host, a port at most, and a path")
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"{address} is not fetched: an address begins with http:// or https://")
    if host == _COUNTING or host.endswith(f".{_COUNTING}"):
        path = urllib.parse.unquote(urllib.parse.unquote(parts.path)).lower()
        names = [name for name in path.split("/") if name not in ("", ".")]
        counted = any(word in name for name in names[1:] for word in ("kimi", "star"))
        if names[:1] not in _PAGES or len(names) > 2 or ".." in names or counted:
            raise InputError(
                f"{address} is not fetched: it would be counted as a reader's visit; "
                "give the address of the paper"
            )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, each to an address that would be fetched for itself."""

    max_redirections = _MOST_REDIRECTS

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            refuse_address(newurl)
        except InputError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch_page(address: str) -> Page:
    """Fetch an address: at most `LARGEST_BYTES`, five redirects and two minutes.

    Raises:
        InputError: the address is refused, cannot be reached, answers with an error, is too
            large, or is a picture, a sound or a film.
    """
    refuse_address(address)
    request = urllib.request.Request(
        _in_ascii(address),
        headers={"User-Agent": "gezhi", "Accept-Encoding": "identity"},
    )
    opener = urllib.request.build_opener(_Redirects)
    deadline = time.monotonic() + _WHOLE_SECONDS
    try:
        with opener.open(request, timeout=_SILENCE_SECONDS) as answer:
            return _read(answer, address, deadline)
    except urllib.error.HTTPError as error:
        with error:
            reason = f"the server says {error.code} {error.msg}"
            if "infinite loop" in reason:
                reason = f"it redirects more than {_MOST_REDIRECTS} times, or to itself"
            elif "not allowed" in reason:
                reason = "it redirects to an address that is not of the web"
        raise _unfetched(address, reason) from None
    except TimeoutError:
        raise _unfetched(address, f"no answer in {_SILENCE_SECONDS:.0f} seconds") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unfetched(address, _reason(error)) from None


def _in_ascii(address: str) -> str:
    """The address as it goes over the wire; what is encoded already stays so."""
    parts = urllib.parse.urlsplit(address)
    try:
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except UnicodeError:
        raise InputError(f"{address} is no web address; check its host") from None
    path, query = (
        urllib.parse.quote(part, safe=_SAFE, errors="replace") for part in (parts.path, parts.query)
    )
    return urllib.parse.urlunsplit((parts.scheme, host, path or "/", query, ""))


def _read(answer: Any, address: str, deadline: float) -> Page:
    content_type = answer.headers.get_content_type() if answer.headers["Content-Type"] else ""
    packed = (answer.headers["Content-Encoding"] or "identity").lower()
    kind = content_type if packed == "identity" else packed
    if kind and not kind.startswith(_READABLE):
        raise InputError(f"{address} is {kind}; give a web page, a PDF or a text")
    length = answer.headers["Content-Length"] or ""
    total = int(length) if length.isdecimal() else None
    data = bytearray()
    while block := answer.read1(_BLOCK):
        data += block
        if max(len(data), total or 0) > LARGEST_BYTES:
            raise InputError(f"{address} is larger than {LARGEST_BYTES >> 20} MiB")
        if time.monotonic() > deadline:
            raise _unfetched(address, f"it was not done in {_WHOLE_SECONDS:.0f} seconds")
    if total is not None and len(data) < total:
        raise _unfetched(address, f"only {len(data):,} of {total:,} bytes came")
    return Page(answer.url, bytes(data), content_type, answer.headers.get_content_charset())


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"no answer in {_SILENCE_SECONDS:.0f} seconds"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    if isinstance(reason, http.client.HTTPException):
        return "what answers there is no web server, or it broke off"
    return str(reason) or type(reason).__name__


def _unfetched(address: str, reason: str) -> InputError:
    return InputError(f"{address} could not be fetched: {' '.join(reason.split())}")
