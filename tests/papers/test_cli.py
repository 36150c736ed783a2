"""``gezhi papers``: what goes to stdout, what to stderr, and with which exit code."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.kernel.terminal import cell_width
from gezhi.papers import cli as papers
from gezhi.papers.catalogue import tabs
from gezhi.papers.documents import find_in
from gezhi.papers.drawing import draw_papers
from gezhi.papers.pages import Page

FORUM = "https://openreview.net/forum?id=4xvE6Iy77Y"
REFERENCES = """\
@misc{a, title={One}, eprint={1706.03762}, archiveprefix={arXiv}}
@inproceedings{b, title={Two \\& more}, booktitle={NeurIPS}}
@inproceedings{c, title={Three}, url={https://openreview.net/forum?id=B1l\\_abcd}}
"""


def run(*arguments: object, stdin: str | bytes | None = None):
    return CliRunner().invoke(cli, ["papers", *map(str, arguments)], input=stdin)


def found(*arguments: object, stdin: str | bytes | None = None, code: int = 0) -> dict:
    """The one JSON object that ``find --json`` prints."""
    done = run("find", *arguments, "--json", stdin=stdin)
    assert done.exit_code == code, done.output
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def ids(answer: dict) -> list[str]:
    return [one["id"] for one in answer["papers"]]


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """The addresses that would have been opened."""
    addresses: list[str] = []
    monkeypatch.setattr(papers.webbrowser, "open_new_tab", lambda one: not addresses.append(one))
    return addresses


@pytest.fixture
def folder(tmp_path, monkeypatch, pdf) -> Path:
    """The working folder, with a document of each kind in ``library``."""
    monkeypatch.chdir(tmp_path)
    library = tmp_path / "library"
    library.mkdir()
    (library / "a.pdf").write_bytes(pdf([["arXiv:1706.03762"], ["1810.04805"]]))
    (library / "b.bib").write_text(REFERENCES, encoding="utf-8")
    (library / "c.html").write_text("<html>10.18653/v1/P18-1007", encoding="utf-8")
    (library / "d.txt").write_bytes("论文 hep-th/9901001".encode("gbk"))
    (library / "e.png").write_bytes(b"\x89PNG\r\n\x1a\n 2403.12345")
    (library / "f.txt").write_bytes(b"")
    return tmp_path


class TestFind:
    def test_the_json_of_a_text(self):
        assert found("see arXiv:1706.03762v5, and 1706.03762") == {
            "papers": [
                {
                    "kind": "arxiv",
                    "id": "1706.03762",
                    "start": 4,
                    "end": 22,
                    "url": "https://papers.cool/arxiv/1706.03762",
                    "abstract": "https://arxiv.org/abs/1706.03762",
                    "pdf": "https://arxiv.org/pdf/1706.03762",
                    "line": 1,
                    "column": 5,
                }
            ],
            "searches": [],
            "links": ["https://papers.cool/arxiv/1706.03762"],
            "unread": [],
        }

    def test_the_json_of_references(self, folder):
        answer = found("library/b.bib")
        always = ["kind", "id", "start", "end", "url", "abstract", "pdf"]
        assert [list(one) for one in answer["papers"]] == [
            [*always, "file", "line", "column", "title"],
            [*always, "file", "line", "column", "title", "search"],
        ]
        (search,) = answer["searches"]
        assert search == {
            "venue": "neurips",
            "id": "two-more",
            "start": REFERENCES.index("@inproceedings{b"),
            "end": REFERENCES.index("@inproceedings{c"),
            "title": "Two & more",
            "url": "https://papers.cool/venue/search?highlight=1&query=Two%20%26%20more",
            "file": "library/b.bib",
            "line": 2,
            "column": 1,
        }
        assert answer["links"] == [
            "https://papers.cool/arxiv/1706.03762",
            "https://papers.cool/venue/B1l_abcd@OpenReview",
        ]

    def test_several_words_are_one_text(self):
        for given in (["see", "arXiv:", "1706.03762", "now"], ["see arXiv: 1706.03762 now"]):
            assert found(*given)["papers"][0]["start"] == 4

    def test_an_address_is_a_text(self, monkeypatch):
        monkeypatch.setattr("gezhi.papers.gathering.fetch_page", None)
        answer = found(FORUM, "https://arxiv.org/abs/1706.03762?utm=1", "https://example.com/")
        assert ids(answer) == ["4xvE6Iy77Y", "1706.03762"]
        assert len(answer["links"]) == 2

    def test_a_path_that_exists_is_a_file(self, folder):
        (folder / "1706.03762").write_text("1810.04805", encoding="utf-8")
        assert ids(found("1706.03762")) == ["1810.04805"]

    def test_a_name_that_does_not_exist_is_said(self, folder):
        done = run("find", "missing.pdf")
        assert (done.exit_code, done.stdout) == (3, "")
        assert "there is no file missing.pdf: it was read as text" in done.stderr

    @pytest.mark.parametrize("text", ["x" * 5000, "a\0b 1706.03762", "\udce9 1706.03762", "~"])
    def test_any_argument_is_read(self, text):
        done = run("find", "--json", "--", text)
        assert done.exit_code == (0 if "1706" in text else 3)
        assert json.loads(done.stdout)["unread"] == []

    def test_a_folder_is_read_in_order_and_each_paper_comes_once(self, folder):
        (folder / "library" / "loop").symlink_to(folder / "library")
        answer = found("library", "library/b.bib")
        assert [(one["id"], Path(one["file"]).name) for one in answer["papers"]] == [
            ("1706.03762", "a.pdf"),
            ("1810.04805", "a.pdf"),
            ("B1l_abcd", "b.bib"),
            ("P18-1007", "c.html"),
            ("hep-th/9901001", "d.txt"),
        ]
        assert answer["papers"][0]["title"] == "One"
        assert [one.get("page") for one in answer["papers"]] == [1, 2, None, None, None]
        assert answer["papers"][4]["unproven"] is True

    def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_read(self, folder):
        (folder / "library" / "bad.pdf").write_bytes(b"%PDF-1.4 x")
        done = run("find", "library", "--json")
        assert done.exit_code == 0
        sentence = "library/bad.pdf is a damaged PDF, or was cut off; get it anew"
        assert done.stderr == f"gezhi: {sentence}\n"
        answer = json.loads(done.stdout)
        assert answer["unread"] == [{"file": "library/bad.pdf", "reason": sentence}]
        assert len(answer["papers"]) == 5

    def test_a_file_that_was_named_and_cannot_be_read_is_an_error(self, folder):
        (folder / "bad.pdf").write_bytes(b"%PDF-1.4 x")
        alone = run("find", "bad.pdf", "--json")
        assert (alone.exit_code, alone.stdout) == (1, "")
        assert alone.stderr.startswith("gezhi: bad.pdf is a damaged PDF")
        assert alone.stderr.count("\n") == 1
        together = run("find", "bad.pdf", "library/d.txt", "--json")
        assert together.exit_code == 1
        assert ids(json.loads(together.stdout)) == ["hep-th/9901001"]

    def test_nothing_but_unreadable_files_is_an_error_and_not_a_no(self, tmp_path):
        (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 x")
        assert run("find", tmp_path).exit_code == 1

    def test_nothing_is_three(self, tmp_path):
        (tmp_path / "a.txt").write_text("10.1109/TPAMI.2023.3341234", encoding="utf-8")
        (tmp_path / "empty.pdf").write_bytes(b"")
        for given in ("img_2403.12345.png", tmp_path / "a.txt", tmp_path, tmp_path / "empty.pdf"):
            empty = {"papers": [], "searches": [], "links": [], "unread": []}
            assert found(given, code=3) == empty
            done = run("find", given)
            assert (done.exit_code, done.stdout) == (3, "")
            assert done.stderr.endswith("gezhi: no paper was found\n")
        assert "empty.pdf is empty" in run("find", tmp_path / "empty.pdf").stderr

    def test_a_scan_says_why_there_is_nothing(self, tmp_path, pdf):
        (tmp_path / "scan.pdf").write_bytes(pdf([[]]))
        done = run("find", tmp_path / "scan.pdf")
        assert done.exit_code == 3
        assert "has no text layer" in done.stderr
        assert "has no text layer" not in run("find", "--quiet", tmp_path / "scan.pdf").stderr

    def test_stdin_is_text_or_a_pdf(self, pdf):
        assert found("-", stdin="见 1706.03762".encode("gbk"))["papers"][0]["column"] == 3
        answer = found("-", stdin=pdf([["x"], ["1706.03762"]]))
        assert (answer["papers"][0]["page"], answer["papers"][0]["file"]) == (2, "-")
        assert "(stdin, page 2)" in run("find", "-", stdin=pdf([["x"], ["1706.03762"]])).stdout
        assert run("find", "-", stdin=b"\x89PNG\r\n\x1a\n").exit_code == 1

    def test_no_argument_is_wrong_usage(self):
        assert run("find").exit_code == run("open").exit_code == 2
        assert run("find", "x", "--json", "--format", "links").exit_code == 2

    def test_an_encoding_that_does_not_fit_is_an_error(self, folder):
        done = run("find", "library/d.txt", "--encoding", "utf-8")
        assert done.exit_code == 1
        assert "name the right encoding" in done.stderr

    def test_the_other_formats(self, folder):
        assert run("find", "library/b.bib", "--format", "markdown").stdout == (
            "- [One](https://papers.cool/arxiv/1706.03762)\n"
            "- [Two & more](https://papers.cool/venue/search?highlight=1&query=Two%20%26%20more)\n"
            "- [Three](https://papers.cool/venue/B1l_abcd@OpenReview)\n"
        )
        assert run("find", "library/b.bib", "--format", "links").stdout.splitlines() == [
            "https://papers.cool/arxiv/1706.03762",
            "https://papers.cool/venue/B1l_abcd@OpenReview",
            "https://papers.cool/venue/search?highlight=1&query=Two%20%26%20more",
        ]
        as_json = run("find", "library/b.bib", "--format", "json").stdout
        assert json.loads(as_json) == found("library/b.bib")

    def test_markdown_cannot_be_broken_by_a_title(self):
        text = "@misc{a, title={A [b](c) *d* <e>}, eprint={1706.03762}}"
        assert run("find", text, "--format", "markdown").stdout == (
            r"- [A \[b\](c) \*d\* \<e\>](https://papers.cool/arxiv/1706.03762)" + "\n"
        )


class TestForPeople:
    def test_each_paper_with_its_place_and_addresses(self, folder):
        done = run("find", "library/b.bib")
        assert (
            done.stdout
            == """\
arXiv 1706.03762  (library/b.bib:1:31)
  title     One
  page      https://papers.cool/arxiv/1706.03762
  abstract  https://arxiv.org/abs/1706.03762
  PDF       https://arxiv.org/pdf/1706.03762

NeurIPS two-more  (library/b.bib:2:1)
  title     Two & more
  search    https://papers.cool/venue/search?highlight=1&query=Two%20%26%20more

OpenReview B1l_abcd  (library/b.bib:3:39)
  title     Three
  page      https://papers.cool/venue/B1l_abcd@OpenReview
  abstract  https://openreview.net/forum?id=B1l_abcd
  PDF       https://openreview.net/pdf?id=B1l_abcd
  search    https://papers.cool/venue/search?highlight=1&query=Three

2 papers together
  https://papers.cool/arxiv/1706.03762
  https://papers.cool/venue/B1l_abcd@OpenReview

papers.cool lacks many papers of OpenReview: then search for the title.
"""
        )

    def test_what_is_not_proven_is_said_in_one_line(self):
        given = "hep-th/9901001 proceedings.mlr.press/v139/sun21c.html aclanthology.org/W19-7509"
        last = run("find", given).stdout.splitlines()[-2]
        assert last == "Not sure to be on papers.cool: hep-th/9901001, sun21c@v139, W19-7509."

    def test_a_line_fits_80_columns_unless_it_is_an_address(self):
        title = "很长的题目" * 30 + "\x1b[31m"
        located = find_in(f"@misc{{a, title={{{title}}}, eprint={{1706.03762}}}} {FORUM}")
        drawn = draw_papers(located, width=80)
        assert "\x1b" not in drawn
        for line in drawn.splitlines():
            assert cell_width(line) <= 80 or "https://" in line

    def test_help_fits_80_columns(self):
        for verb in ("find", "open"):
            assert max(map(len, run(verb, "--help").stdout.splitlines())) <= 80


class TestFetch:
    def test_the_page_gives_the_address_its_title(self, monkeypatch):
        html = '<html><meta name=citation_title content="A Title">arXiv:1810.04805'
        answer = Page(FORUM, html.encode(), "text/html", None)
        monkeypatch.setattr("gezhi.papers.gathering.fetch_page", lambda address: answer)
        first, second = found("--fetch", FORUM)["papers"]
        assert (first["field"], first["title"], first["file"]) == ("address", "A Title", FORUM)
        assert first["search"].endswith("query=A%20Title")
        assert (second["id"], second["line"]) == ("1810.04805", 1)

    def test_the_content_type_decides(self, monkeypatch, pdf):
        pages = {
            "http://a.b/bib": Page("", REFERENCES.encode(), "text/plain", None),
            "http://a.b/pdf": Page("", pdf([["1810.04805"]]), "application/octet-stream", None),
            "http://a.b/not": Page("", b"<html>", "application/pdf", None),
        }
        monkeypatch.setattr("gezhi.papers.gathering.fetch_page", pages.get)
        assert ids(found("--fetch", "http://a.b/bib")) == ["1706.03762", "B1l_abcd"]
        assert found("--fetch", "http://a.b/pdf")["papers"][0]["page"] == 1
        done = run("find", "--fetch", "http://a.b/not")
        assert done.exit_code == 1
        assert "http://a.b/not is not a PDF" in done.stderr

    def test_what_cannot_be_fetched_is_one_line(self):
        done = run("find", "--fetch", "https://papers.cool/arxiv/kimi?paper=1706.03762")
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1


class TestOpen:
    def test_papers_share_a_tab_and_searches_have_their_own(self, folder, opened):
        assert run("open", "library").exit_code == 0
        assert opened == [
            "https://papers.cool/arxiv/1706.03762,1810.04805,hep-th/9901001",
            "https://papers.cool/venue/B1l_abcd@OpenReview,P18-1007@ACL",
            "https://papers.cool/venue/search?highlight=1&query=Two%20%26%20more",
        ]

    def test_print_opens_nothing(self, folder, opened):
        done = run("open", "library/b.bib", "--print")
        assert opened == []
        assert done.stdout.splitlines() == list(tabs(find_in(Path("library/b.bib"))))
        beside = "if OpenReview B1l_abcd is not there: https://papers.cool/venue/search"
        assert beside in done.stderr
        assert run("open", "library/b.bib", "--print", "--quiet").stderr == ""

    @pytest.mark.parametrize("scope", ["arxiv", "venue"])
    def test_words_without_an_id_are_searched_for(self, opened, scope):
        done = run("open", "C#", "&", "注意力", "a+b", "--search", scope)
        assert done.exit_code == 0
        query = "C%23%20%26%20%E6%B3%A8%E6%84%8F%E5%8A%9B%20a%2Bb"
        assert opened == [f"https://papers.cool/{scope}/search?highlight=1&query={query}"]
        assert "no paper was found; this is a search for the words" in done.stderr

    def test_a_pdf_without_an_id_is_searched_for_by_its_title(self, tmp_path, pdf, opened):
        (tmp_path / "a.pdf").write_bytes(pdf([["text"]], metadata={"Title": "Deep Things"}))
        assert run("open", tmp_path / "a.pdf").exit_code == 0
        assert opened == ["https://papers.cool/arxiv/search?highlight=1&query=Deep%20Things"]

    def test_files_and_addresses_are_not_searched_for(self, tmp_path, opened):
        (tmp_path / "a.txt").write_text("words in a file", encoding="utf-8")
        for given in (tmp_path / "a.txt", "missing.pdf", "https://example.com/a", " "):
            assert run("open", given).exit_code == 3
        assert opened == []

    def test_more_tabs_than_one_wants_are_not_opened(self, opened):
        text = " ".join(f"2403.{number:05}" for number in range(1, 122))
        done = run("open", text, "--tabs", "2")
        assert [address.count(",") for address in opened] == [39, 39]
        assert done.stderr == "gezhi: 2 more were not opened; --print shows all\n"
        shown = run("open", text, "--print").stdout.split()
        assert found(text)["links"] == shown
        assert max(map(len, shown)) < 2000
        assert re.findall(r"2403\.[0-9]{5}", "".join(shown)) == text.split()

    def test_without_a_browser_the_address_is_said(self, monkeypatch):
        monkeypatch.setattr(papers.webbrowser, "open_new_tab", lambda address: False)
        done = run("open", "1706.03762")
        assert done.exit_code == 1
        assert "open it yourself: https://papers.cool/arxiv/1706.03762" in done.stderr

    def test_a_search_without_a_title_cannot_be_opened(self, opened):
        address = (
            "https://papers.nips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html"
        )
        done = run("open", address)
        assert done.exit_code == 3
        assert "no title to search for" in done.stderr


def process(*arguments: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "gezhi", "papers", *arguments],
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        | options,
    )


def test_a_fresh_process_finds_without_anything_heavy():
    code = (
        "import sys\nfrom gezhi.cli import cli\n"
        "cli(['papers', 'find', 'arXiv:1706.03762', '--json'], standalone_mode=False)\n"
        "heavy = {'numpy', 'torch', 'onnxruntime', 'pypdfium2', 'fastapi', 'httpx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(json.loads(done.stdout)) == ["1706.03762"]


def test_a_fresh_process_opens_the_browser_that_is_set(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    door = process("open", "1706.03762", env={**os.environ, "BROWSER": f"{browser} %s"})
    assert (door.wait(60), door.stderr.read()) == (0, b"")
    opened = (tmp_path / "opened").read_text(encoding="utf-8")
    assert opened == "https://papers.cool/arxiv/1706.03762\n"


def test_ctrl_c_keeps_what_was_found(tmp_path):
    (tmp_path / "a.txt").write_text("1706.03762", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    door = process("find", str(tmp_path / "a.txt"), str(tmp_path / "pipe"), "--json")
    with (tmp_path / "pipe").open("wb"):  # opens when the command does
        time.sleep(0.2)
        door.send_signal(signal.SIGINT)
        assert door.wait(60) == 130
    assert ids(json.loads(door.stdout.read())) == ["1706.03762"]
    assert door.stderr.read() == b"gezhi: stopped; what was found until then is printed\n"


def test_a_closed_stdin_is_one_line():
    command = [sys.executable, "-m", "gezhi", "papers", "find", "-"]
    closed = ["bash", "-c", 'exec "$@" <&-', "-", *command]
    done = subprocess.run(closed, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "gezhi: stdin is closed; name a file, or pipe something into this command\n"
    )


def test_a_terminal_of_another_encoding_gets_json_that_can_be_read(tmp_path):
    (tmp_path / "论文.txt").write_text("1706.03762", encoding="utf-8")
    door = process(
        *("find", "论文.txt", "--json"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    answer, errors = door.communicate(timeout=60)
    assert errors == b""
    assert json.loads(answer.decode("ascii"))["papers"][0]["file"] == "论文.txt"


def test_a_terminal_cuts_titles_to_its_width(tmp_path):
    (tmp_path / "a.bib").write_text(
        f"@misc{{a, title={{{'word ' * 40}}}, eprint={{1706.03762}}}}", encoding="utf-8"
    )
    master, slave = pty.openpty()
    door = process("find", "a.bib", cwd=tmp_path, stdout=slave, env={**os.environ, "COLUMNS": "60"})
    os.close(slave)
    shown = b""
    try:
        while block := os.read(master, 4096):
            shown += block
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(master)
    assert door.wait(60) == 0
    lines = shown.decode().replace("\r\n", "\n").splitlines()
    assert lines[1].endswith("…")
    assert max(map(len, lines)) == 60
