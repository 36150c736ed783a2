"""The papers room says what the library says, and nothing pasted ever becomes markup."""

import html
import json
import re
import time
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from gezhi.papers import combined_links, find, paper_url, search_url
from gezhi.papers.catalogue import NAMES
from gezhi.studio.app import create_app
from gezhi.studio.jobs import Job
from gezhi.studio.papers import answers, extension
from gezhi.studio.papers.examples import EXAMPLES

ADDRESS = "http://127.0.0.1:8470"
OWN = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
FRAGMENT = {"hx-request": "true"}
MIXED = (
    "Attention arXiv:1706.03762v7, 见https://openreview.net/forum?id=4xvE6Iy77Y。"
    "Old: hep-th/9901001 and again 1706.03762"
)


@pytest.fixture
def paste(client):
    def send(text, **headers):
        answer = client.post(
            "/papers/find", files={"text": (None, text)}, headers={**FRAGMENT, **headers}
        )
        assert answer.status_code == 200
        return answer.text

    return send


@pytest.fixture
def upload_papers(client, finish):
    """Upload a file, wait for its job, and return the page that shows the result."""

    def send(name, data):
        answer = client.post("/papers/files", files={"file": (name, data)})
        return finish(client, answer.url.path) if answer.status_code == 200 else answer

    return send


def shown_text(piece):
    """The text of the passage as a reader sees it, the labels of the marks left out."""
    passage = re.search(r'<div class="passage"[^>]*>(.*?)</div>', piece, re.DOTALL).group(1)
    bare = re.sub(r'<span class="mark__kind">.*?</span>', "", passage)
    return html.unescape(re.sub("<[^>]*>", "", bare))


def hrefs(piece):
    return [html.unescape(one) for one in re.findall(r'href="(https?:[^"]*)"', piece)]


def test_the_room_opens_with_a_worked_example(client):
    page = client.get("/papers").text
    assert html.escape(EXAMPLES[0].text, quote=False) in page
    assert 'class="mark kind--cvf" id="mark-3" href="#paper-3"' in page
    assert "https://papers.cool/arxiv/1706.03762,2104.09864" in page


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_opens_without_javascript(client, number):
    page = client.get(f"/papers?example={number}").text
    assert f">\n{EXAMPLES[number].text}</textarea>" in html.unescape(page)


def test_the_marks_are_what_the_library_found(paste):
    piece = paste(MIXED)
    found = find(MIXED)
    marks = re.findall(
        r'<a class="mark kind--(\w+)" id="mark-(\d+)" href="#paper-\2">(.*?)<span', piece
    )
    assert [(kind, html.unescape(text)) for kind, _, text in marks] == [
        (one.kind, MIXED[one.start : one.end]) for one in found.papers
    ]
    assert [int(number) for _, number, _ in marks] == list(range(1, len(marks) + 1))
    assert shown_text(piece) == MIXED


def test_a_paper_named_twice_is_marked_twice_and_listed_once(paste):
    piece = paste(MIXED)
    assert piece.count('href="#paper-1"') == 2
    assert piece.count('id="mark-1"') == piece.count('id="paper-1"') == 1


def test_every_paper_has_its_links_and_all_have_theirs(paste):
    piece, found = paste(MIXED), find(MIXED)
    links = hrefs(piece)
    for paper in found.papers:
        assert paper_url(paper) in links
    for address in combined_links(found.papers):
        assert address in links
    assert "https://arxiv.org/pdf/1706.03762" in links
    assert "https://openreview.net/forum?id=4xvE6Iy77Y" in links


def test_links_open_outside_without_a_way_back(client, paste):
    for piece in (paste(MIXED), paste("no ids here"), client.get("/papers").text):
        outside = [
            attributes
            for tag, attributes in Elements(piece).elements
            if tag == "a" and attributes["href"].startswith("http")
        ]
        assert outside
        assert {one["rel"] for one in outside} == {"noopener noreferrer"}
        assert {one["target"] for one in outside} == {"_blank"}


def test_colour_never_stands_alone(paste):
    piece = paste(MIXED)
    labels = re.findall(r'class="mark kind--(\w+)".*?mark__kind">([^<]+) \d+<', piece)
    assert [NAMES[kind] for kind, _ in labels] == [name for _, name in labels]
    listed = re.findall(r'class="kind kind--(\w+)">([^<]+)<', piece)
    assert [NAMES[kind] for kind, _ in listed] == [name for _, name in listed]
    assert len(listed) == 3


def test_unproven_targets_are_said_to_be(paste):
    piece = paste(MIXED)
    assert re.findall(r'id">([^<]*)</span> <span class="unproven">', piece) == ["hep-th/9901001"]
    assert "nobody has checked" in piece
    assert "unproven" not in paste("arXiv:1706.03762")


def test_a_venue_known_only_by_title_gets_a_search(paste):
    piece = paste(EXAMPLES[3].text)
    assert "1 paper known only by its title" in piece
    assert search_url("Attention Is All You Need", scope="venue") in hrefs(piece)
    assert "/venue/3f5ee243547dee91fbd053c1c4a845aa" not in piece


def test_a_venue_id_has_a_title_search_beside_it_where_there_is_a_title(paste):
    address = "https://openreview.net/forum?id=4xvE6Iy77Y"
    title = "Learning to see in the dark"
    for text in (
        f"[3] {title}. {address}",
        f"[{title}]({address})",
        f"@article{{a, title={{{title}}}, url={{{address}}}}}",
        f'<p><a href="{address}">{title}</a></p>',
    ):
        assert search_url(title, scope="venue") in hrefs(paste(text)), text
    assert "paste the title above" in paste(address)
    assert "paste the title above" not in paste("arXiv:1706.03762")


def test_nothing_found_offers_a_search_for_the_words(paste):
    piece = paste("  rotary  position\nembedding & 旋转 #1+2 ")
    words = "rotary position embedding & 旋转 #1+2"
    assert "No paper id was found" in piece
    assert hrefs(piece) == [search_url(words), search_url(words, scope="venue")]
    assert html.escape(words) in piece


def test_a_search_for_many_words_is_cut_at_a_word(paste):
    [arxiv, _] = hrefs(paste("word " * 1000))
    assert arxiv == search_url(("word " * 40).strip())


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u3000\t\r\n"])
def test_nothing_pasted_is_a_sentence(paste, text):
    assert "There is nothing to read yet" in paste(text)


HOSTILE = [
    "<script>alert(1)</script> arXiv:1706.03762 <img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)> https://openreview.net/forum?id=4xvE6Iy77Y\'"><b>',
    "[</textarea><script>alert(1)</script>](https://openreview.net/forum?id=4xvE6Iy77Y)",
    "@inproceedings{a, title={<script>alert(1)</script> of five words}, "
    "url={https://openreview.net/forum?id=4xvE6Iy77Y}}",
    "{{7*7}} {% raw %} javascript:alert(1) data:text/html,<script>alert(1)</script>",
    "<a href='javascript:alert(1)//arxiv.org/abs/1706.03762'>five words of text here</a>",
]


class Elements(HTMLParser):
    """Every element of a page with its attributes, and all its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_stays_text(paste, client, text):
    page = client.post("/papers/find", files={"text": (None, text)}).text
    assert "<!doctype html>" in page
    own = {tag for tag, _ in Elements(client.get("/papers").text).elements}
    for piece in (paste(text), page):
        seen = Elements(piece)
        assert {tag for tag, _ in seen.elements} <= own
        for tag, attributes in seen.elements:
            assert not [name for name in attributes if name.startswith("on")]
            if tag in ("script", "img"):
                assert attributes["src"].startswith("/static/")
            if "href" in attributes:
                assert re.match(r"https://|/|#", attributes["href"])
    assert text in Elements(page).text


def test_a_template_in_the_text_is_not_run(paste):
    assert "{{7*7}}" in paste("{{7*7}} {% raw %} arXiv:1706.03762")


def test_markdown_cannot_be_broken_out_of(client, upload_papers):
    bib = "@misc{a, title={Evil](https://evil.example) `x` [y}, eprint={1706.03762}}"
    page = upload_papers("refs.bib", bib.encode()).text
    [line] = re.findall(r"- \[.*\]\(.*\)", html.unescape(page))
    assert line == (
        r"- [Evil\](https://evil.example) \`x\` \[y](https://papers.cool/arxiv/1706.03762)"
    )


@pytest.mark.parametrize("character", ["\x07", "\x1b", "\x7f", "\u200b", "\u202e", "\x85"])
def test_control_characters_are_shown_and_never_sent_on(paste, character):
    piece = paste(f"a{character}b arXiv:1706.03762")
    assert character not in piece


def test_the_list_can_be_copied_as_links_and_as_markdown(paste):
    piece = html.unescape(paste(MIXED))
    boxes = dict(re.findall(r'<textarea id="copy-(\w+)"[^>]*>(.*?)</textarea>', piece, re.DOTALL))
    papers = find(MIXED).papers
    assert boxes["links"].split("\n") == [paper_url(paper) for paper in papers]
    assert boxes["markdown"].split("\n")[0] == (
        "- [arXiv 1706.03762](https://papers.cool/arxiv/1706.03762)"
    )


def test_a_megabyte_is_shown_only_around_its_papers(paste):
    filler = "Lorem ipsum 参考文献 dolor sit amet. " * 30
    text = "".join(f"{filler}see arXiv:1706.{n:05d}\n" for n in range(1, 1000))
    assert len(text.encode()) > 1_000_000
    piece = paste(text)
    assert piece.count('<li class="paper"') == answers.LISTED
    assert f"{999 - answers.LISTED} more are not" in piece
    assert f"The text has {len(text):,} characters" in piece
    assert len(piece) < 500_000
    gaps = sum(int(n.replace(",", "")) for n in re.findall(r"([\d,]+) characters left out", piece))
    shown = re.sub(r"[\d,]+ characters left out", "", shown_text(piece))
    assert gaps + len(shown) == len(text)


def test_many_papers_open_in_batches_whose_addresses_stay_short(paste):
    text = " ".join(f"arXiv:2401.{n:05d}" for n in range(1, 101))
    batches = [one for one in hrefs(paste(text)) if "," in one]
    assert [one.count(",") + 1 for one in batches] == [40, 40, 20]
    assert max(map(len, batches)) < 1000
    assert ",".join(one.rpartition("/")[2] for one in batches).split(",") == [
        paper.id for paper in find(text).papers
    ]


def test_the_limit_of_a_paste_is_its_own(client, settings):
    fits = "论" * 1_000_000
    answer = client.post("/papers/find", files={"text": (None, fits)}, headers=FRAGMENT)
    assert "No paper id was found" in answer.text
    answer = client.post(
        "/papers/find",
        files={"text": (None, "a" * (settings.paste_limit_bytes + 1))},
        headers=FRAGMENT,
    )
    assert answer.status_code == 413
    assert "at most 4.0 MB" in answer.text


def test_the_form_works_without_javascript(client):
    text = "\nfirst line empty, arXiv:1706.03762"
    page = client.post("/papers/find", data={"text": text}).text
    assert "<!doctype html>" in page
    assert f">\n{text}</textarea>" in page
    assert 'id="paper-1"' in page


def test_a_new_answer_is_said_aloud(paste):
    said = re.search(r'<p id="said" role="status"[^>]*>([^<]*)</p>', paste(MIXED)).group(1)
    assert said == "3 papers found"


def test_both_languages(client, paste):
    piece = paste(MIXED, **{"accept-language": "zh-CN"})
    assert "一起打开 2 篇 arXiv 论文" in piece
    assert "未经证实" in piece


def test_a_bibliography_gives_titles_and_lines(upload_papers):
    page = upload_papers("参考.bib", EXAMPLES[3].text.encode()).text
    assert "1 paper found" in page
    assert "Attention Is All You Need" in page
    assert "line " in page
    assert search_url("Attention Is All You Need", scope="venue") in hrefs(page)


def test_a_title_of_a_megabyte_is_cut(upload_papers):
    bib = "@misc{a, title={" + "endless " * 100_000 + "}, eprint={1706.03762}}"
    page = upload_papers("refs.bib", bib.encode()).text
    assert "1 paper found" in page
    assert "endless endless" in page
    assert len(page) < 20_000


def test_a_file_that_holds_nothing_says_so(upload_papers):
    assert "No paper id was found in this file" in upload_papers("a.txt", b"nothing").text


@pytest.mark.parametrize("data", [b"%PDF-1.7\nbroken", b"\x89PNG\r\n\x1a\n" + b"\0" * 100])
def test_a_file_that_cannot_be_read_is_one_sentence_with_its_own_name(upload_papers, data):
    page = html.unescape(upload_papers("my paper.pdf", data).text)
    assert "The file could not be read:" in page
    quoted = re.search(r'class="quoted" lang="en">([^<]+)<', page).group(1)
    assert "my paper.pdf" in quoted
    assert "source.pdf" not in page
    assert "Traceback" not in page


def test_a_form_without_a_file_is_a_sentence(client):
    answer = client.post("/papers/files", files={"text": (None, "x")})
    assert answer.status_code == 422
    assert "No file was chosen" in answer.text


def test_files_stay_in_their_room(client, upload, reviews_csv, upload_papers):
    sentiment = upload("reviews.csv", reviews_csv).url.path.rpartition("/")[2]
    papers = upload_papers("refs.txt", b"arXiv:1706.03762").url.path.rpartition("/")[2]
    assert client.get(f"/papers/files/{sentiment}").status_code == 404
    assert client.get(f"/sentiment/files/{papers}").status_code == 404
    assert "refs.txt" not in client.get("/sentiment").text
    assert "refs.txt" in client.get("/papers").text


def test_a_file_can_be_removed(client, upload_papers, settings):
    address = upload_papers("refs.txt", b"arXiv:1706.03762").url.path
    client.post(f"{address}/remove")
    assert client.get(address).status_code == 404
    assert [one for one in settings.folder.rglob("*") if one.is_file()] == []


def test_a_full_queue_keeps_no_file(odd_settings):
    slow = {"total": 600, "pause": 0.1}
    with TestClient(create_app(odd_settings), base_url=ADDRESS, headers=OWN) as client:
        jobs = client.app.state.jobs
        client.portal.call(jobs.start, Job("odd.count", slow, "/"))
        deadline = time.monotonic() + 60
        while not any(job.state == "running" for job in jobs.all.values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(odd_settings.jobs_waiting):
            client.portal.call(jobs.start, Job("odd.count", slow, "/"))
        answer = client.post("/papers/files", files={"file": ("a.txt", b"x")})
        assert answer.status_code == 503
        assert client.app.state.uploads.all == {}
    assert [one for one in odd_settings.folder.rglob("*") if one.is_file()] == []


def test_the_task_returns_plain_values(tmp_path):
    from gezhi.studio.papers.task import find_papers

    path = tmp_path / "a.txt"
    path.write_text("\n1706.03762 hep-th/9901001", encoding="utf-8")
    reports = []
    found = find_papers({"source": str(path)}, lambda *report: reports.append(report))
    assert json.loads(json.dumps(found)) == found
    assert [(one["kind"], one["id"], one["unit"], one["place"]) for one in found["found"]] == [
        ("arxiv", "1706.03762", "line", 2),
        ("arxiv", "hep-th/9901001", "line", 2),
    ]
    assert reports


def test_the_extension_is_offered_only_where_it_has_been_built(client, monkeypatch, tmp_path):
    monkeypatch.setattr(extension, "_PLACES", (tmp_path,))
    page = client.get("/papers").text
    assert "make extension" in page
    assert "/papers/extension/" not in page
    assert client.get("/papers/extension/chrome").status_code == 404
    (tmp_path / "gezhi-papers-chrome.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    page = client.get("/papers").text
    assert 'href="/papers/extension/chrome"' in page
    assert 'href="/papers/extension/firefox"' not in page
    answer = client.get("/papers/extension/chrome")
    assert answer.headers["content-disposition"].endswith('filename="gezhi-papers-chrome.zip"')
    assert answer.content.startswith(b"PK")


@pytest.mark.parametrize("browser", ["%2e%2e%2fsecret", "..%5csecret", "safari", "*", "Chrome"])
def test_only_known_browsers_have_a_package(client, browser):
    assert client.get(f"/papers/extension/{browser}").status_code == 404
