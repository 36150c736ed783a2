"""Rendering: one Jinja environment, and what every page needs to know of the request."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gezhi.studio.i18n import HTML_LANGUAGES, LANGUAGES, Translator, choose_language
from gezhi.studio.rooms import ROOMS

__all__ = [
    "LANGUAGE_COOKIE",
    "STATIC",
    "VISITOR_COOKIE",
    "environment",
    "file_size",
    "fragment",
    "language_of",
    "message_page",
    "percent",
    "remember",
    "render",
    "static_path",
    "visitor_of",
    "wants_fragment",
]

LANGUAGE_COOKIE = "gezhi_language"
VISITOR_COOKIE = "gezhi_visitor"
_YEAR_SECONDS = 365 * 24 * 3600
STATIC = Path(str(files(__package__))) / "static"


@cache
def static_path(name: str) -> str:
    """Address of a static file with a piece of its hash, so that an update is seen at once."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:10]}"


def file_size(size_bytes: float) -> str:
    """A size for people.

    >>> file_size(512), file_size(200 * 1024**2)
    ('512 B', '200 MB')
    """
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000 or unit == "MB":
            break
        size_bytes /= 1024
    text = f"{size_bytes:.1f}" if size_bytes < 10 and unit != "B" else f"{size_bytes:.0f}"
    return f"{text} {unit}"


def percent(share: float, digits: int = 0) -> str:
    """A share of one as a percentage that never rounds to a false 0 % or 100 %.

    >>> percent(0.5), percent(0.99999), percent(1.0), percent(0.0004, 1)
    ('50%', '>99%', '100%', '<0.1%')
    """
    text = f"{100 * share:.{digits}f}"
    step = 10.0**-digits
    if float(text) >= 100 and share < 1:
        return f">{100 - step:.{digits}f}%"
    if float(text) <= 0 and share > 0:
        return f"<{step:.{digits}f}%"
    return f"{text}%"


@cache
def environment() -> Environment:
    """The templates; autoescaping is always on, and an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("gezhi.studio"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["percent"] = percent
    made.filters["file_size"] = file_size
    made.globals["static"] = static_path
    made.globals["rooms"] = ROOMS
    made.globals["languages"] = LANGUAGES
    made.globals["html_languages"] = HTML_LANGUAGES
    return made


def language_of(request: Request) -> str:
    """The reader's language: `?lang=`, then the cookie, then Accept-Language."""
    return choose_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language"),
    )


def visitor_of(request: Request) -> str:
    """The random name of this browser, made on its first visit."""
    known = request.cookies.get(VISITOR_COOKIE)
    if known is None:
        known = getattr(request.state, "visitor", None) or secrets.token_urlsafe(18)
        request.state.visitor = known
    return known


def fragment(language: str, template: str, **context: Any) -> str:
    """Render a piece of a page."""
    page = environment().get_template(template)
    return page.render(t=Translator(language), lang=language, **context)


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a whole page, or the piece of one that htmx asked for, and remember the reader."""
    language = language_of(request)
    context.setdefault("here", request.url.path if request.method == "GET" else "/")
    html = fragment(language, template, **context)
    response = HTMLResponse(html, status_code=status)
    remember(request, response)
    return response


def remember(request: Request, response: Response) -> None:
    """Set the cookies of language and visitor where they are new."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES and request.cookies.get(LANGUAGE_COOKIE) != asked:
        response.set_cookie(
            LANGUAGE_COOKIE, asked, max_age=_YEAR_SECONDS, httponly=True, samesite="strict"
        )
    if VISITOR_COOKIE not in request.cookies:
        response.set_cookie(VISITOR_COOKIE, visitor_of(request), httponly=True, samesite="strict")


def wants_fragment(request: Request) -> bool:
    """Whether htmx asked, so that a piece of the page is enough."""
    return request.headers.get("hx-request") == "true"


def message_page(
    request: Request, key: str, *, status: int, here: str = "/", quoted: str = "", **values: object
) -> Response:
    """Answer with one sentence, as a page or as a piece; `quoted` is shown word for word."""
    sentence = Translator(language_of(request))(key, **values)
    template = "_message.html" if wants_fragment(request) else "message.html"
    return render(request, template, status=status, here=here, sentence=sentence, quoted=quoted)
