"""Only this computer's own page may ask, and it may load nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from gezhi.studio.security import CONTENT_SECURITY_POLICY, HEADERS

HERE = "127.0.0.1:8470"


@pytest.mark.parametrize("host", [HERE, "localhost:8470", "[::1]:8470", "LocalHost:8470"])
def test_this_computer_is_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


STRANGERS = [
    "evil.example",
    "evil.example:8470",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.0.0.1:8470.evil.example",
    "localhost.evil.example:8470",
    "192.168.1.2:8470",
    "0.0.0.0:8470",
    "",
]


@pytest.mark.parametrize("host", STRANGERS)
@pytest.mark.parametrize("path", ["/", "/static/studio.css", "/sentiment", "/jobs/x/events"])
def test_a_name_rebound_to_this_computer_is_not(client, host, path):
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 403
    assert "own address" in answer.text


OTHERS = [
    {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://evil.example", "sec-fetch-site": ""},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": f"http://{HERE}", "sec-fetch-site": "cross-site"},
    {"origin": f"https://{HERE}", "sec-fetch-site": "same-origin"},
    {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
    {"origin": "http://localhost:8470", "sec-fetch-site": "same-origin"},
]
WRITING = ["/sentiment/judge", "/sentiment/files", "/jobs/x/cancel", "/sentiment/files/x/remove"]


@pytest.mark.parametrize("headers", OTHERS)
@pytest.mark.parametrize("path", WRITING)
def test_another_page_changes_nothing(client, headers, path):
    answer = client.post(path, data={"text": "好"}, headers=headers)
    assert answer.status_code == 403


def test_a_request_that_hides_where_it_comes_from_changes_nothing(client):
    del client.headers["origin"]
    del client.headers["sec-fetch-site"]
    assert client.post("/sentiment/judge", data={"text": "好"}).status_code == 403
    assert client.get("/sentiment").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_other_method_is_checked_too(client, method):
    answer = client.request(method, "/sentiment", headers=OTHERS[0])
    assert answer.status_code == 403


def test_either_header_alone_is_enough(client):
    del client.headers["sec-fetch-site"]
    assert client.post("/sentiment/judge", data={"text": "好"}).status_code == 200
    del client.headers["origin"]
    client.headers["sec-fetch-site"] = "same-origin"
    assert client.post("/sentiment/judge", data={"text": "好"}).status_code == 200


def test_every_answer_carries_the_headers(client):
    answers = [
        client.get("/"),
        client.get("/sentiment"),
        client.get("/nothing"),
        client.get("/static/studio.css"),
        client.get("/static/nothing.css"),
        client.get("/", headers={"host": "evil.example"}),
        client.put("/sentiment"),
        client.post("/sentiment/judge", data={"text": "好"}),
        client.post("/sentiment/judge", content=b"?", headers={"content-type": "text/odd"}),
    ]
    assert {a.status_code for a in answers} == {200, 400, 403, 404, 405}
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (answer.url, name)


def test_a_mistake_of_ours_is_a_page_with_the_headers(client, monkeypatch):
    monkeypatch.setattr("gezhi.studio.sentiment.routes.find_example", lambda _: 1 / 0)
    client._transport.raise_server_exceptions = False
    answer = client.get("/sentiment")
    assert answer.status_code == 500
    assert "mistake in the studio itself" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_the_policy_allows_no_inline_code_and_no_other_host():
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


def elements(page):
    """Every element of a page with its attributes."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(page)
    return found


@pytest.mark.parametrize(
    "path", ["/", "/sentiment", "/sentiment?example=3", "/papers", "/papers?example=3", "/nothing"]
)
def test_a_page_holds_no_inline_code_and_loads_nothing_from_another_host(client, path):
    text = client.get(path).text
    assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert not re.findall(r"\s(?:on[a-z]+|style)=", text)
    for tag, attributes in elements(text):
        for name in ("src", "href", "action", "hx-get", "hx-post", "hx-sse:connect"):
            address = attributes.get(name, "/")
            if tag == "a" and address.startswith("https://"):  # leaving takes a click
                assert attributes["rel"] == "noopener noreferrer"
            else:
                assert re.match(r"/(?!/)|#", address), (tag, name, address)
    if not path.startswith("/papers") and path != "/":
        assert "//" not in re.sub(r"<!doctype html>", "", text)


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"]
)
def test_no_path_leads_out_of_the_static_files(client, path):
    assert client.get(path).status_code == 404


def test_cookies_stay_here(client):
    cookies = client.get("/?lang=zh").headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie


def test_nothing_describes_the_programs_interface(client):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404
