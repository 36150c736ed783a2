"""The studio in a real browser: typing, a whole file, the keyboard, both languages, axe-core."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from gezhi.reading.sentiment.labelling import label_file
from gezhi.reading.sentiment.model import SentimentModel

ROOT = Path(__file__).parents[2]
SECONDS = 1000.0


@pytest.fixture
def reviews_file(tmp_path):
    lines = ["编号,评论"]
    for place in range(3000):
        lines.append(f"{place},{'质量很好，非常满意' if place % 3 else '太差了，后悔买它'}{place}")
    path = tmp_path / "我的评论.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def label_of(text):
    return SentimentModel.load().judge([text])[0].label


def test_typing_is_judged_while_it_happens(visit):
    page = visit().go("/sentiment")
    label = label_of("太差了，用了一天就坏，后悔买它。")
    page.locator("#text").fill("太差了，用了一天就坏，后悔买它。")
    expect(page.locator(f"#answer .verdict.{label}")).to_be_visible()
    expect(page.locator("#said")).to_have_text(re.compile(f"{label}, probability", re.IGNORECASE))
    page.locator("#text").fill("质量很好\n太差了\n")
    expect(page.locator("#answer .lines li")).to_have_count(2)
    page.locator("#text").fill("")
    expect(page.locator("#answer")).to_contain_text("There is nothing to judge yet")
    page.locator("#text").fill("<b>很好</b>😀")
    expect(page.locator("#answer .marked")).to_have_text("<b>很好</b>😀")


def test_an_example_fills_the_box_and_the_slider_moves_the_band(visit):
    page = visit().go("/sentiment")
    page.get_by_role("link", name="a broken phone").click()
    expect(page.locator("#text")).to_have_value(re.compile("开不了机"))
    expect(page.locator("#answer .marked")).to_contain_text("开不了机")
    assert page.url.endswith("/sentiment")
    before = page.locator("#coverage").inner_text()
    page.locator("#accuracy").fill("80")
    expect(page.locator("#accuracy-shown")).to_have_text("80%")
    expect(page.locator("#coverage")).not_to_have_text(before)


def test_a_file_from_upload_to_download(visit, reviews_file, tmp_path):
    page = visit().go("/sentiment")
    page.get_by_label("Choose a file, or drop it here").set_input_files(reviews_file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的评论.csv")
    column = page.get_by_label("Which column holds the reviews?")
    expect(column).to_have_value("1")
    expect(page.locator("th.chosen")).to_have_text("评论")
    page.get_by_role("button", name="Label this file").click()
    heading = page.get_by_role("heading", name="3,000 rows labelled")
    expect(heading).to_be_visible(timeout=60 * SECONDS)
    expect(heading).to_be_focused()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the labelled file").click()
    assert waiting.value.suggested_filename == "我的评论-labelled.csv"
    expected = tmp_path / "expected.csv"
    label_file(reviews_file, expected, column="评论")
    assert Path(waiting.value.path()).read_bytes() == expected.read_bytes()


def test_a_reload_finds_the_running_job_and_cancel_ends_it(visit, tmp_path):
    path = tmp_path / "many.txt"
    path.write_text("".join(f"质量很好，非常满意，第{n}次买了\n" for n in range(200_000)))
    page = visit().go("/sentiment")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("button", name="Label this file").click()
    expect(page.locator("progress[value]")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Labelling")).to_be_visible()
    first = page.locator(".progress__words").inner_text()
    expect(page.locator(".progress__words")).not_to_have_text(first)
    page.get_by_role("link", name="Sentiment of Chinese reviews").click()
    expect(page.locator(".uploads li", has_text="many.txt")).to_contain_text("running")
    page.get_by_role("link", name="many.txt").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").first).to_contain_text("Cancelled. Nothing was kept")
    expect(page.get_by_role("button", name="Label this file")).to_be_visible()


def test_a_file_that_is_too_large_is_told_so_before_it_is_sent(visit, reviews_file):
    page = visit().go("/sentiment")
    page.locator("form[data-drop]").evaluate("form => { form.dataset.limit = 100 }")
    page.locator("#file").set_input_files(reviews_file)
    expect(page.locator("#file-trouble")).to_contain_text("too large")
    page.get_by_role("button", name="Look at the file").click()
    assert page.url.endswith("/sentiment")


def test_everything_can_be_done_with_the_keyboard_alone(visit, reviews_file):
    page = visit().go("/sentiment")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("质量很好，非常满意！")
    expect(page.locator("#said")).to_have_text(re.compile("probability of positive"))
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached[-1]
        if reached[-1] == "accuracy":
            page.keyboard.press("ArrowLeft")
            expect(page.locator("#accuracy-shown")).to_have_text("96%")
        if reached[-1] == "file":
            page.locator("#file").set_input_files(reviews_file)
        if "Look at the file" in reached[-1]:
            break
    assert "accuracy" in reached
    assert "file" in reached
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的评论.csv")
    page.locator("#column").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="3,000 rows labelled")).to_be_focused(
        timeout=60 * SECONDS
    )


def test_the_language_can_be_switched_and_stays(visit):
    one = visit()
    page = one.go("/sentiment")
    page.get_by_role("link", name="中文", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("中文评论的情感")
    page.locator("#text").fill("太差了，后悔买它")
    expect(page.locator("#said")).to_have_text(re.compile("(正面|负面|不确定)，正面的概率"))
    expect(one.go("/").get_by_role("heading", level=1)).to_have_text("格物，以致知")


def test_a_browser_in_chinese_is_met_in_chinese(visit):
    page = visit(locale="zh-CN").go("/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_without_javascript_the_forms_still_work(visit):
    page = visit(java_script_enabled=False).go("/sentiment")
    page.locator("#text").fill("太差了，后悔买它。")
    page.get_by_role("button", name="Judge").click()
    expect(page.locator("#answer .marked")).to_have_text("太差了，后悔买它。")


def test_a_studio_that_has_stopped_is_noticed(visit, chromium):
    one = visit()
    page = one.go("/sentiment")
    one.context.route("**/sentiment/judge", lambda route: route.abort("connectionrefused"))
    page.locator("#text").fill("很好")
    expect(page.locator("#lost")).to_contain_text("The studio does not answer")
    one.complaints.clear()


REFERENCES = "".join(
    f"[{n}] A reference with some words, arXiv:2401.{n:05d}, https://example.org\n"
    for n in range(1, 41)
)


def test_papers_are_found_while_one_pastes(visit):
    page = visit().go("/papers")
    page.locator("#text").fill(
        "see arXiv:1706.03762v7 和https://openreview.net/forum?id=4xvE6Iy77Y。"
    )
    expect(page.locator("#answer .passage .mark")).to_have_count(2)
    expect(page.locator("#said")).to_have_text("2 papers found")
    link = page.get_by_role("link", name="papers.cool: arXiv 1706.03762")
    expect(link).to_have_attribute("href", "https://papers.cool/arxiv/1706.03762")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    page.locator("#text").fill("<img src=x onerror=alert(1)> rotary embedding")
    search = page.get_by_role("link", name="Search arXiv papers")
    expect(search).to_have_attribute("href", re.compile("query=%3Cimg%20src%3Dx"))
    page.locator("#text").fill("")
    expect(page.locator("#answer")).to_contain_text("There is nothing to read yet")


def test_a_mark_and_its_paper_lead_to_each_other_by_keyboard(visit):
    page = visit().go("/papers")
    page.locator("#text").fill(REFERENCES)
    expect(page.locator("#answer .passage .mark")).to_have_count(40)
    mark = page.locator("#mark-40")
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#paper-40")).to_be_in_viewport()
    outline = "element => getComputedStyle(element).outlineStyle"
    assert page.locator("#paper-40").evaluate(outline) == "solid"
    page.keyboard.press("Tab")
    expect(page.locator("#paper-40 .paper__number")).to_be_focused()
    page.keyboard.press("Enter")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate(outline) == "solid"


def test_the_list_is_copied_with_one_click(visit):
    one = visit(permissions=["clipboard-read", "clipboard-write"])
    page = one.go("/papers")
    page.get_by_text("Copy the list").click()
    page.get_by_role("button", name="Copy the Markdown").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#copy-markdown").input_value()
    assert copied.startswith(
        "- [arXiv 1706\\.03762]" if "\\." in copied else "- [arXiv 1706.03762]("
    )


def test_a_megabyte_can_be_pasted(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"]).go("/papers")
    text = (REFERENCES + "Nothing but words stands here. " * 160) * 140
    assert len(text) > 1_000_000
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#text").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    expect(page.locator("#answer .notice").first).to_contain_text("All of it is read")
    expect(page.locator("#answer .paper")).to_have_count(40)


@pytest.mark.parametrize("name", ["references.bib", "page.html"])
def test_a_file_of_papers_from_upload_to_list(visit, tmp_path, name):
    bibtex = "@article{a,\n title={Attention Is All You Need},\n eprint={1706.03762}\n}\n"
    web = (
        "<!doctype html><p><a href='https://arxiv.org/abs/1706.03762'>Attention Is All You Need</a>"
    )
    path = tmp_path / name
    path.write_text(bibtex if name.endswith("bib") else web, encoding="utf-8")
    page = visit().go("/papers")
    page.get_by_label("Choose a file, or drop it here").set_input_files(path)
    page.get_by_role("button", name="Find its papers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("heading", name="1 paper found")).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator(".paper")).to_contain_text("Attention Is All You Need")
    expect(page.locator(".paper")).to_contain_text("1706.03762")


def test_without_javascript_papers_are_found_by_a_button(visit):
    page = visit(java_script_enabled=False).go("/papers")
    page.locator("#text").fill("arXiv:1810.04805")
    page.get_by_role("button", name="Find the papers").click()
    expect(page.locator("#paper-1")).to_contain_text("1810.04805")
    page.locator("#mark-1").click()
    assert page.url.endswith("#paper-1")
    page.get_by_text("Copy the list").click()
    expect(page.locator("#copy-links")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the links")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_overflows(
    visit, violations, reviews_file, scheme, locale, width
):
    one = visit(
        color_scheme=scheme,
        locale=locale,
        viewport={"width": width, "height": 800},
        bypass_csp=True,  # axe itself has to be brought onto the page
    )
    page = one.go("/")

    def check(where):
        assert violations(page) == [], where
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, where
        wide = page.evaluate(
            "[...document.querySelectorAll('.panel, .card, .drop')]"
            ".filter(box => box.scrollWidth > box.clientWidth).map(box => box.className)"
        )
        assert wide == [], where

    check("home")
    one.go("/sentiment?example=1")
    check("room")
    page.locator("#text").fill("质量很好\n太差了\n一般吧")
    expect(page.locator("#answer .lines li")).to_have_count(3)
    check("several lines")
    page.locator("#text").fill("ok\x07")
    expect(page.locator("#answer .notice")).to_have_count(2)
    check("notices")
    page.locator("#file").set_input_files(reviews_file)
    page.locator("form.drop button").click()
    expect(page.locator("#column")).to_be_visible()
    check("choosing a column")
    page.locator("form.choose button").click()
    expect(page.locator(".histogram")).to_be_visible(timeout=60 * SECONDS)
    page.locator("summary").click()
    check("result")
    one.go("/sentiment")
    check("room with a file")
    one.go("/papers")
    check("papers")
    page.locator("summary").click()
    check("papers, copying")
    page.locator("#text").fill("only words")
    expect(page.locator("#answer .none")).to_be_visible()
    check("no paper")
    page.locator("#text").fill(
        "hep-th/9901001 https://papers.nips.cc/paper/5000-a-b " + "x " * 15_000
    )
    expect(page.locator("#answer .left-out")).to_be_visible()
    check("an excerpt")
    page.locator("#file").set_input_files(ROOT / "docs" / "sentiment.md")
    page.locator("form.drop button").click()
    expect(page.locator(".result__head")).to_be_visible(timeout=60 * SECONDS)
    check("papers of a file")


@pytest.mark.parametrize("path", ["/nothing", "/sentiment/files/nothing"])
def test_axe_finds_nothing_on_an_error_page(visit, violations, path):
    one = visit(bypass_csp=True)
    page = one.go(path)
    assert violations(page) == []
    one.complaints = [said for said in one.complaints if "404" not in said[1]]
    assert one.complaints == []
