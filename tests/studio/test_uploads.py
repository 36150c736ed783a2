"""Uploads: counted while they are read, never used as a path, their names never as markup."""

import re

import pytest
from fastapi.testclient import TestClient

from gezhi.studio.app import create_app
from gezhi.studio.settings import Settings
from gezhi.studio.uploads import attachment, shown_name

ADDRESS = "http://127.0.0.1:8470"


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_a_file_at_the_limit_fits_and_one_above_does_not(upload, settings):
    overhead = 400
    line = "很好\n".encode()
    fits = line * ((settings.upload_limit_bytes - overhead) // len(line))
    assert upload("fits.txt", fits).status_code == 200
    answer = upload("large.txt", fits + line * 100)
    assert answer.status_code == 413
    assert "too large: at most 1.0 MB" in answer.text
    assert 'href="/sentiment"' in answer.text
    assert len(files_below(settings.folder)) == 1


def test_the_count_does_not_trust_the_length_that_is_announced(client, settings):
    def endless():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(64):
            yield b"0123456789abcdef" * 4096

    answer = client.post(
        "/sentiment/files",
        content=endless(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413
    assert files_below(settings.folder) == []


def test_typed_text_has_a_limit_too(client, settings):
    answer = client.post(
        "/sentiment/judge",
        data={"text": "a" * (settings.form_limit_bytes + 1)},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 413
    assert "too large" in answer.text
    assert "<html" not in answer.text


NAMES = [
    "../../../etc/evil.csv",
    "/etc/evil.csv",
    "..\\..\\evil.csv",
    "C:\\Windows\\evil.csv",
    "evil\x00.csv",
    "x" * 1000 + ".csv",
    ".csv",
    "CON.csv",
    "评论 表.csv",
    "a\r\nSet-Cookie: x=1.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_path(upload, settings, reviews_csv, name, tmp_path):
    answer = upload(name, reviews_csv)
    assert answer.status_code == 200
    stored = files_below(tmp_path)
    assert [path.name for path in stored] == ["source.csv"]
    assert stored[0].is_relative_to(settings.folder)
    assert re.fullmatch("[0-9a-f]{32}", stored[0].parent.name)


def test_a_name_is_no_markup(upload, client, reviews_csv):
    page = upload("<img src=x onerror=alert(1)>.csv", reviews_csv)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;.csv" in page.text
    assert "<img src=x" not in client.get("/sentiment").text


def test_a_quotation_mark_in_a_name_is_shown_as_it_is(upload, reviews_csv):
    page = upload('my "best" reviews.csv', reviews_csv)
    assert "my &#34;best&#34; reviews.csv" in page.text


@pytest.mark.parametrize("name", ["", "/", "\\", "\x00", "..", "a/../.."])
def test_every_name_can_be_shown(name):
    assert shown_name(name)
    assert "/" not in shown_name(name)


def test_a_long_name_keeps_its_ending():
    assert shown_name("评" * 500 + ".parquet").endswith("….parquet")
    assert len(shown_name("a" * 500)) < 130


def test_a_header_holds_any_name():
    header = attachment('a"; b=\r\n评.csv')
    assert header.isascii()
    assert header.isprintable()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"--x\r\n\r\nno name\r\n--x--", "multipart/form-data; boundary=x"),
        (b"\xff\xfe%%%", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_a_sentence(client, content, kind):
    answer = client.post("/sentiment/files", content=content, headers={"content-type": kind})
    assert answer.status_code in (400, 422)
    assert "notice--bad" in answer.text


def test_a_form_without_a_file_is_a_sentence(client):
    answer = client.post("/sentiment/files", files={"file": ("", b"")})
    assert answer.status_code == 422
    assert "No file was chosen." in answer.text


def test_the_oldest_upload_goes_and_its_file_with_it(tmp_path, reviews_csv):
    settings = Settings(folder=tmp_path / "studio", port=8470, uploads_kept=3)
    headers = {"origin": ADDRESS}
    with TestClient(create_app(settings), base_url=ADDRESS, headers=headers) as client:
        pages = [
            client.post("/sentiment/files", files={"file": (f"{n}.csv", reviews_csv)}).url
            for n in range(4)
        ]
        assert [client.get(page).status_code for page in pages] == [404, 200, 200, 200]
    assert len(files_below(settings.folder)) == 3


def test_one_visitor_is_not_shown_the_files_of_another(settings, reviews_csv):
    app = create_app(settings)
    headers = {"origin": ADDRESS}
    with TestClient(app, base_url=ADDRESS, headers=headers) as one:
        page = one.post("/sentiment/files", files={"file": ("mine.csv", reviews_csv)})
        assert "mine.csv" in one.get("/sentiment").text
        other = TestClient(app, base_url=ADDRESS, headers=headers)
        assert "mine.csv" not in other.get("/sentiment").text
        assert len(page.url.path.rpartition("/")[2]) >= 24


def test_a_full_disk_is_a_sentence_and_leaves_nothing(client, upload, settings, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gezhi.studio.uploads._copy", full)
    answer = upload("a.csv", b"text\n1\n")
    assert answer.status_code == 507
    assert "No space left on device" in answer.text
    assert list(settings.folder.rglob("*")) == []
