"""Fetching: from a server on this computer, and never what must not be fetched."""

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gezhi.errors import InputError
from gezhi.papers import pages
from gezhi.papers.pages import fetch_page, is_address, refuse_address


class Server(ThreadingHTTPServer):
    """Answers each path as ``answers`` says: status, headers, body or a function that writes."""

    daemon_threads = True

    def __init__(self):
        self.answers = {}
        self.asked = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                server.asked.append((self.path, dict(self.headers)))
                status, headers, body = server.answers.get(self.path, (404, {}, b"gone"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the client may have left
                    body(self.wfile) if callable(body) else self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def refused(address: str) -> str:
    with pytest.raises(InputError) as caught:
        fetch_page(address)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_page_comes_with_what_the_server_says_of_it(server):
    said = {"Content-Type": "Text/HTML; charset=GBK", "Content-Encoding": "Identity"}
    server.answers["/a?q=1"] = (200, said, b"<p>x")
    page = fetch_page(f"{server.url}/a?q=1#part")
    assert (page.address, page.data) == (f"{server.url}/a?q=1", b"<p>x")
    assert (page.content_type, page.charset) == ("text/html", "gbk")
    ((path, headers),) = server.asked
    assert path == "/a?q=1"
    assert headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in headers


def test_a_redirect_is_followed_and_the_last_address_is_told(server):
    server.answers["/old"] = (302, {"Location": "/new%20one"}, b"")
    server.answers["/new%20one"] = (200, {}, b"1706.03762")
    assert fetch_page(f"{server.url}/old").address == f"{server.url}/new%20one"


def test_an_address_in_any_script_is_encoded_once(server):
    server.answers["/%E8%AE%BA%E6%96%87/a%20b?t=%E5%A5%BD&u=%2F"] = (200, {}, b"x")
    assert fetch_page(f"{server.url}/论文/a%20b?t=好&u=%2F").data == b"x"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((404, {}, b""), "the server says 404 Not Found"),
        ((503, {}, b""), "the server says 503"),
        ((302, {"Location": "/x"}, b""), "redirects more than 5 times, or to itself"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "redirects to an address that is not"),
        ((302, {"Location": "ftp://127.0.0.1/a"}, b""), "an address begins with http"),
        (
            (302, {"Location": "https://papers.cool/arxiv/kimi?paper=1706.03762"}, b""),
            "would be counted",
        ),
        ((200, {"Content-Type": "image/png"}, b"x"), "is image/png; give a web page"),
        ((200, {"Content-Encoding": "gzip"}, b"x"), "is gzip; give a web page"),
        ((200, {"Content-Length": "9"}, b"1706"), "only 4 of 9 bytes came"),
        ((200, {"Content-Length": str(99 << 20)}, b"1706"), "is larger than 64 MiB"),
    ],
)
def test_what_goes_wrong_is_one_sentence_with_the_address(server, answer, sentence):
    server.answers["/x"] = answer
    said = refused(f"{server.url}/x")
    assert sentence in said
    assert "http" in said


def test_an_endless_page_is_left(server, monkeypatch):
    monkeypatch.setattr(pages, "LARGEST_BYTES", 1 << 20)

    def endless(out):
        while True:
            out.write(b"1706.03762 " * 10_000)

    server.answers["/x"] = (200, {}, endless)
    assert "is larger than 1 MiB" in refused(f"{server.url}/x")


def test_a_slow_page_is_left(server, monkeypatch):
    def slow(out):
        for _ in range(200):
            out.write(b"x")
            time.sleep(0.02)

    server.answers["/x"] = (200, {}, slow)
    monkeypatch.setattr(pages, "_WHOLE_SECONDS", 0.1)
    assert "was not done in" in refused(f"{server.url}/x")


def test_a_silent_server_is_left(server, monkeypatch):
    monkeypatch.setattr(pages, "_SILENCE_SECONDS", 0.1)
    server.answers["/x"] = (200, {}, lambda out: time.sleep(0.5))
    assert "no answer in" in refused(f"{server.url}/x")


@pytest.mark.parametrize("said", [b"", b"hi\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 99])
def test_what_is_no_web_server_is_one_sentence(monkeypatch, said):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        assert "could not be fetched" in refused(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_nobody_listens(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "could not be fetched: connection refused" in refused(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://arxiv.org/abs/1706.03762",
        "file:///etc/passwd",
        "arxiv.org/abs/1706.03762",
        "http://",
        "http:///x",
        "http://[::1",
        "http://a:b/",
        "http://a:99999/",
        "http://" + "a" * 70 + "é.org/",
        "http://a b/",
        "http://user:word@127.0.0.1/",
        "",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(address, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    monkeypatch.setattr(socket, "create_connection", None)
    assert refused(address)


@pytest.mark.parametrize(
    "path",
    [
        "/arxiv/kimi?paper=1706.03762",
        "/venue/kimi?paper=x",
        "/arxiv/star",
        "/kimi",
        "/star/x",
        "/arxiv/%6bimi?paper=x",
        "/arxiv/%256bimi",
        "/arxiv//kimi",
        "/arxiv/./kimi",
        "/arxiv/1706.03762/../kimi",
        "/x/arxiv/1706.03762",
        "/arxiv/KIMI",
        "/api/count?paper=x",
        "/",
    ],
)
@pytest.mark.parametrize(
    "host", ["papers.cool", "www.papers.cool", "PAPERS.cool.", "papers.cool:443"]
)
def test_a_counting_address_is_never_called(path, host):
    with pytest.raises(InputError, match="is not fetched"):
        refuse_address(f"https://{host}{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/arxiv/1706.03762",
        "/arxiv/1706.03762,1810.04805",
        "/arxiv/search?highlight=1&query=star",
        "/venue/4xvE6Iy77Y@OpenReview",
        "/arxiv/cs.CL",
    ],
)
def test_the_pages_of_papers_may_be_fetched(path):
    refuse_address(f"https://papers.cool{path}")


def test_an_address_is_alone_in_its_text():
    assert is_address("HTTPS://arxiv.org/abs/1706.03762")
    assert not any(map(is_address, ("see https://a.b", "https://a.b and", "arxiv.org", "")))
