"""Who may ask this page for what: host names, origins and the headers of every answer.

The page listens on 127.0.0.1, which keeps other computers out but not other web pages open in the
same browser. Those are kept out by three checks: the Host header (against a name rebound to
127.0.0.1), Origin and Sec-Fetch-Site on whatever changes something, and a Content-Security-Policy
that lets a page load nothing from elsewhere.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTENT_SECURITY_POLICY", "HEADERS", "LocalOnly", "allowed_hosts", "refusal"]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send "Origin: null" with a form, and the check below fails.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_SAFE_METHODS = frozenset({"GET", "HEAD"})


def allowed_hosts(port: int) -> frozenset[str]:
    """Every Host header that means this computer and this port.

    >>> sorted(allowed_hosts(8470))
    ['127.0.0.1:8470', '[::1]:8470', 'localhost:8470']
    """
    names = ("localhost", "127.0.0.1", "[::1]")
    hosts = {f"{name}:{port}" for name in names}
    return frozenset(hosts | set(names) if port == 80 else hosts)


def refusal(method: str, headers: Headers, hosts: frozenset[str]) -> str | None:
    """Say why a request is refused, or None when it may pass.

    >>> refusal("GET", Headers({"host": "evil.example"}), allowed_hosts(8470))
    'This page answers only to its own address on this computer.'
    """
    host = headers.get("host", "").lower()
    if host not in hosts or len(headers.getlist("host")) != 1:
        return "This page answers only to its own address on this computer."
    if method in _SAFE_METHODS:
        return None
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is None and site is None:
        return "A request that changes something has to come from this page in a browser."
    if (origin is not None and origin != f"http://{host}") or site not in (None, "same-origin"):
        return "This request came from another web page and was not carried out."
    return None


class LocalOnly:
    """ASGI middleware: refuses what `refusal` refuses and puts `HEADERS` on every answer."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self.app = app
        self.hosts = allowed_hosts(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 with one sentence, or pass the request on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        reason = refusal(scope["method"], Headers(scope=scope), self.hosts)
        answer = self.app if reason is None else PlainTextResponse(reason, status_code=403)
        await answer(scope, receive, send_with_headers)
