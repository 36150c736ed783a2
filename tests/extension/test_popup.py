"""The popup and the options page in real Chromium: by keyboard, in both languages, axe-clean."""

import contextlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PAPERS = "https://papers.cool"
MANY = " ".join(f"2401.{number:05d}" for number in range(1, 31))


@pytest.fixture(scope="module")
def axe():
    assert AXE.exists(), "axe-core is missing: run `npm ci` (make test does)"
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chinese(playwright, chromium_class, unpacked, internet, tmp_path_factory):
    browser = chromium_class(
        playwright, unpacked / "granted", internet, tmp_path_factory.mktemp("p"), language="zh_CN"
    )
    yield browser
    browser.close()


@pytest.fixture
def popup(chromium):
    """The popup over a page, as a tab of its own that tells whose papers it shows."""
    opened = []

    def show(address, browser=chromium, **media):
        page = browser.open(address)
        tab = browser.tab(page)["id"]
        shown = browser.context.new_page()
        opened.extend([shown, page])
        shown.emulate_media(**media)
        shown.set_viewport_size({"width": 424, "height": 600})
        shown.goto(f"{browser.home}src/popup/popup.html?tab={tab}")
        shown.wait_for_selector("[data-ready]")
        return shown

    yield show
    for page in opened:
        page.close()
    assert chromium.complaints == []


def said(browser, language):
    path = browser.extension / "_locales" / language / "messages.json"
    return {k: v["message"] for k, v in json.loads(path.read_text(encoding="utf-8")).items()}


def faults(page, axe):
    page.evaluate(f"() => {{ {axe} }}")
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def rows(page, section):
    return page.eval_on_selector_all(
        f"#{section} .paper__open", "all => all.map(a => [a.textContent, a.href ?? null])"
    )


def test_the_papers_of_the_page_and_those_it_mentions(popup, pages):
    page = popup("arxiv.org/abs/1706.03762")
    assert rows(page, "here") == [[pages.ATTENTION, f"{PAPERS}/arxiv/1706.03762"]]
    assert page.locator("#mentioned").is_hidden()
    page = popup("example.com/reading")
    search = f"{PAPERS}/arxiv/search?highlight=1&query=Attention%20Is%20All%20You%20Need"
    assert rows(page, "mentioned") == [
        ["1810.04805", f"{PAPERS}/arxiv/1810.04805"],
        ["Learning to look", f"{PAPERS}/venue/{pages.FIRST}@OpenReview"],
        ["1706.03762", f"{PAPERS}/arxiv/1706.03762"],
        [pages.ATTENTION, search],
    ]
    assert page.locator("#here").is_hidden()


def test_the_selection_is_first_and_its_words_can_be_searched_for(chromium, popup):
    page = popup("example.com/reading")
    reading = chromium.context.pages[-2]
    reading.evaluate("getSelection().selectAllChildren(document.querySelector('#words'))")
    page.reload()
    page.wait_for_selector("[data-ready]")
    found = page.eval_on_selector_all("#searches a", "all => all.map(a => a.href)")
    assert [urlsplit(one).path for one in found] == ["/arxiv/search", "/venue/search"]
    assert parse_qs(urlsplit(found[0]).query)["query"] == ["扩散模型 & C# + 概率 100%"]
    reading.evaluate("getSelection().selectAllChildren(document.querySelector('#twice'))")
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert [name for name, _ in rows(page, "here")] == ["1706.03762", "1810.04805"]


def test_the_paste_box(popup):
    page = popup("example.com/nothing")
    assert page.locator("#empty").inner_text() == "No paper was found on this page."
    page.fill("#paste", "(Vaswani, arXiv:1706.03762v7) https://aclanthology.org/P18-1007.pdf")
    assert rows(page, "pasted") == [
        ["1706.03762", f"{PAPERS}/arxiv/1706.03762"],
        ["P18-1007", f"{PAPERS}/venue/P18-1007@ACL"],
    ]
    assert page.locator("#said").inner_text() == "Papers found: 2"
    page.fill("#paste", "<b>a title & more</b>")
    assert page.locator("#pasted").is_hidden()
    assert page.locator("#pasted-searches a").first.inner_text() == (
        "Search arXiv papers for “<b>a title & more</b>”"
    )
    page.fill("#paste", MANY)
    assert len(rows(page, "pasted")) == 8
    page.click(".rest")
    assert len(rows(page, "pasted")) == 30
    page.fill("#paste", " ".join(f"2401.{number:05d}" for number in range(1, 301)))
    assert page.locator("#pasted .button").first.inner_text() == "Open the first 240"
    page.fill("#paste", "")
    assert page.locator("#pasted").is_hidden()
    assert page.locator("#pasted-searches").is_hidden()


def test_copying(chromium, popup, pages):
    chromium.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = popup("example.com/reading")
    clipboard = "navigator.clipboard.readText()"
    page.get_by_role("button", name=f"Copy link: OpenReview {pages.FIRST}").click()
    assert page.evaluate(clipboard) == f"{PAPERS}/venue/{pages.FIRST}@OpenReview"
    page.get_by_role("button", name=f"Markdown: OpenReview {pages.FIRST}").click()
    link = f"[Learning to look]({PAPERS}/venue/{pages.FIRST}@OpenReview)"
    assert page.evaluate(clipboard) == link
    page.get_by_role("button", name="Markdown: all of them").click()
    assert page.evaluate(clipboard).splitlines() == [
        f"- [arXiv 1810.04805]({PAPERS}/arxiv/1810.04805)",
        f"- {link}",
        f"- [arXiv 1706.03762]({PAPERS}/arxiv/1706.03762)",
    ]
    assert page.locator("#notice").inner_text() == "Copied."


def test_all_of_it_by_keyboard_alone(chromium, popup):
    page = popup("example.com/reading")
    before = set(chromium.context.pages)
    passed = []
    for _ in range(40):
        page.keyboard.press("Tab")
        passed.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        if passed[-1] == "paste":
            break
    controls = page.eval_on_selector_all(
        "a:not([hidden] *), button:not([hidden] *)", "all => all.map(a => a.id || a.innerText)"
    )
    assert passed == [*controls, "paste"]
    page.keyboard.type("2005.14165 and 1706.03762")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Open all 2"
    with contextlib.suppress(Error):  # the popup closes while the key is still down
        page.keyboard.press("Enter")
    assert chromium.opened(before) == [f"{PAPERS}/arxiv/2005.14165,1706.03762"]


def test_the_opened_venue_paper_offers_the_search_for_its_title(chromium, popup, pages):
    reading = chromium.open("example.com/reading")
    chromium.settings(opening="same")
    tab = chromium.tab(reading)
    link = f"https://openreview.net/forum?id={pages.FIRST}"
    chromium.worker.evaluate(
        "([info, tab]) => { chrome.contextMenus.onClicked.dispatch(info, tab); }",
        [{"linkUrl": link, "pageUrl": reading.url}, tab],
    )
    reading.wait_for_url(f"{PAPERS}/venue/*")
    page = chromium.context.new_page()
    page.goto(f"{chromium.home}src/popup/popup.html?tab={tab['id']}")
    page.wait_for_selector("[data-ready]")
    search = page.get_by_role("link", name=f"Search the title: OpenReview {pages.FIRST}")
    assert parse_qs(urlsplit(search.get_attribute("href")).query)["query"] == ["Learning to look"]
    page.close()
    reading.close()
    chromium.settings()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_popup_and_the_options_are_axe_clean(request, popup, axe, language, scheme):
    browser = request.getfixturevalue("chinese" if language == "zh_CN" else "chromium")
    messages = said(browser, language)
    page = popup("example.com/reading", browser, color_scheme=scheme)
    page.fill("#paste", f"{MANY} https://aclanthology.org/P18-1007/")
    assert page.locator("html").get_attribute("lang") == messages["language"]
    assert page.locator("#mentioned h2").inner_text() == messages["popupMentioned"]
    assert faults(page, axe) == []
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown <= 424
    page.fill("#paste", "words")
    assert faults(page, axe) == []
    page.set_viewport_size({"width": 800, "height": 700})
    page.goto(f"{browser.home}src/options/options.html")
    page.wait_for_selector("[data-ready]")
    assert page.locator("legend").first.inner_text() == messages["optionsOpening"]
    assert faults(page, axe) == []
    assert browser.complaints == []


def test_options_are_kept(chromium):
    page = chromium.context.new_page()
    page.goto(f"{chromium.home}src/options/options.html")
    page.wait_for_selector("[data-ready]")
    page.get_by_label("In a new tab").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Search among conference papers").check()
    page.get_by_label("also open the search").check()
    page.get_by_label("ACL Anthology").check()
    # Not `wait_for_function`: it evaluates a string again, which the options' own policy forbids.
    page.locator("#said", has_text="ACL").wait_for()
    kept = chromium.worker.evaluate("async () => (await chrome.storage.local.get()).settings")
    expected = {"opening": "background", "scope": "venue", "titleToo": True, "sites": ["acl"]}
    assert kept == expected
    registered = "async () => (await chrome.scripting.getRegisteredContentScripts()).map(s => s.id)"
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert page.get_by_label("In a background tab").is_checked()
    assert page.get_by_label("ACL Anthology").is_checked()
    assert chromium.worker.evaluate(registered) == ["acl"]
    assert page.locator("kbd").all_inner_texts() == ["Alt+P", "Alt+Shift+O"]
    chromium.settings()
    assert chromium.worker.evaluate(registered) == []
    page.close()
    assert chromium.complaints == []


def test_both_languages_say_the_same_things(chromium):
    english, chinese = said(chromium, "en"), said(chromium, "zh_CN")
    assert english.keys() == chinese.keys()
    for name, words in english.items():
        assert [n in words for n in ("$1", "$2")] == [n in chinese[name] for n in ("$1", "$2")]
    folder = chromium.extension
    sources = [*folder.rglob("src/**/*.js"), *folder.rglob("src/**/*.html")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    text += (folder / "manifest.json").read_text(encoding="utf-8")
    unused = [name for name in english if f'"{name}"' not in text and f"_{name}_" not in text]
    assert unused == []
