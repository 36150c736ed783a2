"""An internet of one computer: a proxy that answers for every host with pages of the tests' own.

Browsers are pointed at it as their proxy, so that a page has the real host name in its address and
nothing asked for goes unseen. A host without pages gets a 404, never the real host.
"""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

Page = tuple[str, bytes]
Answer = Callable[[str, str], Page | None]


def certificate(folder: Path) -> Path:
    """A key and a certificate that belongs to nobody, made for this run."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: tests/system.sh installs it"
    path = folder / "nobody.pem"
    key = folder / "nobody.key"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [openssl, *made, "-keyout", str(key), "-out", str(path)], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


class Internet:
    """The proxy while it runs; `asked` are the addresses of all requests in order."""

    def __init__(self, answer: Answer, folder: Path) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate(folder))
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def requests_to(self, host: str) -> list[str]:
        return [address for address in self.asked if urlsplit(address).hostname == host]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A browser that hangs up is no news."""


def _handler(internet: Internet) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            host = self.path.rpartition(":")[0]
            self.send_response(200, "Connection Established")
            self.end_headers()
            with contextlib.suppress(OSError):
                inside = internet.tls.wrap_socket(self.connection, server_side=True)
                _Inside(host, inside, self.client_address, self.server)
                inside.close()
            self.close_connection = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            host = self.host or parts.hostname or ""
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            internet.asked.append(f"https://{host}{target}")
            page = internet.answer(host, target)
            kind, body = page or ("text/html", b"<!doctype html><title>404</title>")
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class _Inside(Handler):
        """What is asked inside a tunnel, of the host that the tunnel leads to."""

        def __init__(self, host: str, tunnel: socket.socket, client, server) -> None:
            self.host = host
            super().__init__(tunnel, client, server)

    return Handler
