"""What the finder finds, and what it does with any text at all."""

import itertools
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gezhi.papers import Paper, abstract_url, combined_links, find, paper_url, pdf_url, search_url
from gezhi.papers.normalise import normalise
from tests.papers.engine import ask
from tests.papers.strings import random_strings


def ids(text: str) -> list[tuple[str, str]]:
    return [(paper.kind, paper.id) for paper in find(text).papers]


# What broke the extension that this one replaces, version 0.2.0.


@pytest.mark.parametrize("nothing", ["", " ", "\n", "no paper here"])
def test_fault_no_selection_at_all(nothing):
    assert not find(nothing)
    assert combined_links(find(nothing).papers) == ()


def test_fault_old_arxiv_id():
    assert ids("hep-th/9901001") == [("arxiv", "hep-th/9901001")]


def test_fault_old_id_abstract_page():
    found = find("https://arxiv.org/abs/hep-th/9901001v2").papers
    assert [paper_url(paper) for paper in found] == ["https://papers.cool/arxiv/hep-th/9901001"]


@pytest.mark.parametrize("name", ["rJl-b3RcF7", "a_B-cdEf12", "_leadingOne", "trailing1-"])
def test_fault_openreview_id_with_hyphen_or_underscore(name):
    assert ids(f"https://openreview.net/forum?id={name}") == [("openreview", name)]


@pytest.mark.parametrize(
    "address",
    [
        "https://openreview.net/group?id=ICLR.cc/2024/Conference",
        "https://openreview.net/group?id=NeurIPS",
        "https://openreview.net/profile?id=~Some_Body1",
        "https://openreview.net/forum?noteId=4xvE6Iy77Y",
        "https://openreview.net/references/pdf?id=4xvE6Iy77Y",
        "https://openreview.net/forum?id=NeurIPS.cc/2023/Conference",
    ],
)
def test_fault_group_page(address):
    assert not find(address)


def test_fault_two_kinds_in_one_selection():
    found = find("arXiv:1706.03762 and https://openreview.net/forum?id=4xvE6Iy77Y").papers
    assert combined_links(found) == (
        "https://papers.cool/arxiv/1706.03762",
        "https://papers.cool/venue/4xvE6Iy77Y@OpenReview",
    )


def test_fault_query_with_marks():
    assert search_url("C++ & C# 50%").endswith("query=C%2B%2B%20%26%20C%23%2050%25")


def test_fault_duplicate_ids():
    text = "1706.03762 arXiv:1706.03762v2 https://arxiv.org/pdf/1706.03762v5.pdf"
    assert find(text).papers == (Paper("arxiv", "1706.03762", 0, 10),)


@pytest.mark.parametrize(
    "address",
    [
        "https://aclanthology.org/volumes/2022.acl-long/",
        "https://aclanthology.org/volumes/P18-1/",
        "https://www.aclweb.org/anthology/volumes/P18-1/",
        "https://aclanthology.org/2022.acl-long",
        "https://aclanthology.org/P18-1",
    ],
)
def test_fault_acl_volume_page(address):
    assert not find(address)


def test_fault_percent_encoded_redirect():
    address = "https://www.google.com/url?q=https%3A%2F%2Farxiv.org%2Fabs%2F2403.12345&sa=D"
    (paper,) = find(address).papers
    assert paper.id == "2403.12345"
    assert address[paper.start : paper.end] == "https%3A%2F%2Farxiv.org%2Fabs%2F2403.12345"


# Where a paper stands.


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("见（２４０３．１２３４５ｖ２）", "２４０３．１２３４５ｖ２"),
        ("😀 arXiv:\n2403.12345v2.", "arXiv:\n2403.12345v2"),
        ("arXiv:24\u00ad03.12345", "arXiv:24\u00ad03.12345"),
        ("\u00ad2403.12345\u00ad", "2403.12345"),
        (
            "x https:\\/\\/arxiv.org\\/abs\\/2403.12345\\/",
            "https:\\/\\/arxiv.org\\/abs\\/2403.12345",
        ),
        ("(hep-th/9901001v1)", "hep-th/9901001v1"),
        (
            "https://openreview.net/forum?noteId=1&amp;id=4xvE6Iy77Y&amp;a=b",
            "https://openreview.net/forum?noteId=1&amp;id=4xvE6Iy77Y",
        ),
        ("doi:10.48550/arXiv.2403.12345，", "10.48550/arXiv.2403.12345"),
    ],
)
def test_the_span_is_in_the_text_as_given(text, span):
    (paper,) = find(text).papers
    assert text[paper.start : paper.end] == span


def test_each_paper_of_a_list_has_its_own_span():
    text = "https://papers.cool/arxiv/1706.03762,hep-th/9901001,1706.3762"
    found = find(text).papers
    assert [text[paper.start : paper.end] for paper in found] == [
        "https://papers.cool/arxiv/1706.03762",
        "hep-th/9901001",
    ]


@given(st.text(max_size=60))
def test_an_offset_of_the_normalised_text_leads_back(text):
    page = normalise(text)
    assert len(page.lowered) == len(page.kept) == len(page.text)
    spans = [(page.start(index), page.end(index + 1)) for index in range(len(page.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    for (start, end), one in zip(spans, page.text, strict=True):
        piece = text[start:end]
        assert piece == one or end - start > 1 or 0xFF00 < ord(piece) < 0xFF5F or piece == "\u3000"


# Properties of every answer.

STRINGS = random_strings(3000, seed=7)


def test_answers_are_in_order_without_duplicates_and_inside_the_text():
    for text in STRINGS:
        found = find(text)
        for answers in (found.papers, found.searches):
            starts = [one.start for one in answers]
            assert starts == sorted(starts)
            assert all(0 <= one.start < one.end <= len(text) for one in answers)
        assert len({(one.kind, one.id) for one in found.papers}) == len(found.papers)
        assert len({(one.venue, one.id) for one in found.searches}) == len(found.searches)


def test_the_span_alone_names_the_same_paper():
    for text in STRINGS:
        for paper in find(text).papers:
            span = text[paper.start : paper.end]
            if "@" in span or "%40" in span or "\uff20" in span:
                continue  # a later id of a list on papers.cool is one only there
            assert (paper.kind, paper.id) in ids(span) or wrongly_padded(span, paper)


def wrongly_padded(span: str, paper: Paper) -> bool:
    # A later id of a list, which only the address before it lets be written so.
    return paper.kind == "arxiv" and ids(f"arXiv:{span}") == [("arxiv", paper.id)]


def test_the_addresses_of_a_paper_name_it_again():
    seen = {(paper.kind, paper.id): paper for text in STRINGS for paper in find(text).papers}
    assert {kind for kind, _ in seen} >= {"arxiv", "openreview", "acl", "cvf", "pmlr", "usenix"}
    for (kind, name), paper in seen.items():
        for address in (paper_url(paper), abstract_url(paper), pdf_url(paper)):
            assert address is None or ids(address) == [(kind, name)]
    venues = [paper for paper in seen.values() if paper.kind != "arxiv"]
    (link,) = combined_links(venues)
    assert ids(link) == [(paper.kind, paper.id) for paper in venues]


def test_what_has_been_found_stays_found_beside_other_scripts():
    for before, after in itertools.product("中のを한。（「 \n,;'\"", repeat=2):
        assert ids(f"{before}1706.03762{after}") == [("arxiv", "1706.03762")]
    for glue in "aZ_09":
        assert not find(f"{glue}1706.03762")
        assert not find(f"1706.03762{glue}")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "viXra:1203.0456",
            "http://vixra.org/abs/1203.0456v2",
            "version 2403.12345",
            "$2403.12345",
        ),
        *("2403.12345元", "2403.12345 USD", "1204.5678 MHz", "tel. 0912.3456", "-1204.5678"),
        *("1.2403.12345", "2403.12345.6", "2403.12345%", "2403.12345±0.1", "电话：0912.3456"),
    ],
)
def test_a_quantity_or_another_number_is_no_id(text):
    assert not find(text)


@pytest.mark.parametrize(
    "text",
    [
        *("arXiv version 2403.12345", "the full version: 2403.12345", "hotel 2403.12345"),
        *("2403.12345 Example", "2403.12345元学习", "- 2403.12345", "笔记-2403.12345.pdf"),
        *("2403.12345. Next", "2403.12345 S. Kim", "10.1109/TPAMI.2023.3341234的2403.12345"),
        "https://urldefense.com/v3/__https://arxiv.org/abs/2403.12345__;!!x",
    ],
)
def test_an_id_beside_such_words_is_one(text):
    assert ids(text) == [("arxiv", "2403.12345")]


def test_importing_the_finder_loads_no_other_library():
    code = (
        "import sys, gezhi.papers.links; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.startswith("_")}
    loaded.discard("sitecustomize")  # Debian's Python brings it
    assert loaded - sys.stdlib_module_names == {"gezhi"}


# Odd and hostile input.


@pytest.mark.parametrize(
    "text", ["\ud800", "\0" * 100, "\udfff2403.1", "%", "%%%2", "&amp", "İ" * 9]
)
def test_broken_text_is_only_text(text):
    assert not find(text)


def test_a_letter_that_grows_when_lowered_moves_nothing():
    text = "İİ HTTPS://ARXIV.ORG/abs/2403.12345 K"
    (paper,) = find(text).papers
    assert text[paper.start : paper.end] == "HTTPS://ARXIV.ORG/abs/2403.12345"


HOSTILE = [
    *("arXiv:", "%25", "10.", "&amp;", "a", "1.", "0", "\u00ad", "\\/", "％", "(", "/9901001"),
    *("openreview.net/forum?", "openreview.net/forum?a&", "10.1234/", "10.1234/，", "10.1234/(("),
    *("10.1234/x;10.48550/arXiv.2403.12345;", "papers.cool/arxiv/", "papers.cool/arxiv/x,"),
    *("papers.cool/venue/a@b,", "2403.12345,", "cs/9901001,", "arXiv: \n", "2022.acl-long."),
    *(
        "openaccess.thecvf.com/content/CVPR2020/html/a_",
        "version 2403.12345 ",
        "aclanthology.org/a/",
    ),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_four_times_the_text_takes_about_four_times_as_long(unit):
    # Quadratic work would take sixteen times as long; processor time of the best of several runs.
    short, long = sizes(unit)
    assert best(long) < 9 * best(short) + 0.005


def sizes(unit: str) -> list[str]:
    return [unit * (size // len(unit)) for size in (20_000, 80_000)]


def test_four_times_the_text_takes_node_about_four_times_as_long(tmp_path):
    texts = [text for unit in HOSTILE for text in sizes(unit)]
    durations = iter(ask({"timed": texts}, tmp_path)["durations"])
    for unit, short, long in zip(HOSTILE, durations, durations, strict=True):
        assert long < 9 * short + 0.02, unit


def best(text: str) -> float:
    durations = []
    for _ in range(4):
        start = time.process_time()
        find(text)
        durations.append(time.process_time() - start)
    return min(durations)


def test_a_long_parameter_list_is_read_once():
    long = "https://openreview.net/forum?" + "a=b&" * 20_000 + "id=4xvE6Iy77Y"
    assert not find(long)
    assert ids("https://openreview.net/forum?" + "a=b&" * 20 + "id=4xvE6Iy77Y")
