"""Chrome's package as users get it, by true clicks and keys in a Chromium with a window."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ARXIV = "https://papers.cool/arxiv/"
# On a page itself "View page source" comes before "Inspect", which else is the menu's only end.
ON_A_PAGE = 3


@pytest.fixture(scope="module")
def screen(screen_module):
    made = screen_module.Screen()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(playwright, chromium_class, unpacked, internet, screen, tmp_path_factory):
    profile: Path = tmp_path_factory.mktemp("profile")
    running = chromium_class(
        playwright, unpacked / "chrome", internet, profile, display=screen.name
    )
    # Chrome keeps what is wrong with a manifest only for a load in developer mode.
    running.reload()
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(browser):
    made = browser.open("example.com/reading")
    made.wait_for_timeout(500)
    return made


@pytest.fixture(scope="module")
def hand(screen_module, screen, page):
    return screen_module.Hand(screen, page)


@pytest.fixture(autouse=True)
def _silent(browser):
    yield
    assert browser.complaints == []


@pytest.fixture
def right_click(browser, page, hand):
    def click(address, point, upwards=2, opens=1):
        """Go to an address, point somewhere, and choose the entry; what that opened."""
        page.bring_to_front()
        page.goto(f"https://{address}")
        page.wait_for_timeout(300)
        point()
        before = set(browser.context.pages)
        hand.choose(upwards)
        return browser.opened(before, opens)

    return click


def kept_of(browser):
    """What the browser keeps about the extension: its state, and every fault it saw."""
    extensions = browser.open("chrome://extensions")
    kept = extensions.evaluate(
        """async () => {
          const all = await chrome.developerPrivate.getExtensionsInfo({});
          const {state, errorCollection, installWarnings, manifestErrors, runtimeErrors} =
            all.find(one => one.name === 'Gezhi Papers');
          return [state, errorCollection.isActive,
                  [...installWarnings, ...manifestErrors, ...runtimeErrors]];
        }"""
    )
    extensions.close()
    return kept


def test_the_package_loads_without_a_warning(browser):
    assert kept_of(browser) == ["ENABLED", True, []]
    rights = browser.worker.evaluate("() => chrome.permissions.getAll()")
    assert sorted(rights["permissions"]) == ["activeTab", "contextMenus", "scripting", "storage"]
    assert rights["origins"] == []


def test_a_right_click_on_a_link(right_click, page, hand):
    opened = right_click("example.com/reading", lambda: hand.over(page, "#link"))
    assert opened == [ARXIV + "1810.04805"]


def test_a_right_click_on_a_venue_link_grants_the_page_with_its_title(
    right_click, page, hand, browser, pages
):
    opened = right_click("example.com/reading", lambda: hand.over(page, "#venue"))
    assert opened == [f"https://papers.cool/venue/{pages.FIRST}@OpenReview"]
    kept = browser.worker.evaluate("async () => (await chrome.storage.session.get()).opened")
    assert kept[-1]["papers"][0]["title"] == "Learning to look"


def test_a_right_click_on_a_selection(right_click, page, hand):
    def select():
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#words'))")
        hand.over(page, "#words", along=0.03)

    (address,) = right_click("example.com/reading", select)
    query = parse_qs(urlsplit(address).query)["query"]
    assert query == ["扩散模型 & C# + 概率 100%"]


def test_a_right_click_on_two_kinds_in_one_selection(right_click, page, hand, pages):
    def select():
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#two'))")
        hand.over(page, "#two", along=0.03)

    opened = right_click("example.com/reading", select, opens=2)
    expected = [ARXIV + "1706.03762", f"https://papers.cool/venue/{pages.FIRST}@OpenReview"]
    assert sorted(opened) == expected


def test_a_right_click_on_a_page(right_click, hand):
    opened = right_click("arxiv.org/abs/1706.03762", lambda: hand.move(500, 400), ON_A_PAGE)
    assert opened == [ARXIV + "1706.03762"]


def test_a_right_click_on_a_page_with_nothing_but_meta_tags(right_click, hand):
    opened = right_click("example.com/described", lambda: hand.move(500, 400), ON_A_PAGE)
    assert opened == [ARXIV + "1706.03762"]


def test_a_right_click_where_there_is_nothing_says_so(right_click, hand, browser):
    opened = right_click("example.com/nothing", lambda: hand.move(500, 400), ON_A_PAGE, 0)
    assert opened == []
    assert browser.notice() == "noticeNothing"


def test_a_right_click_on_a_pdf(right_click, hand, page):
    def wait():
        page.wait_for_timeout(1500)
        hand.move(500, 500)

    assert right_click("arxiv.org/pdf/1706.03762v5", wait) == [ARXIV + "1706.03762"]


def test_the_words_selected_in_a_pdf_of_no_paper_are_searched_for(right_click, hand, page, screen):
    def select():
        page.wait_for_timeout(1500)
        hand.move(640, 170)
        screen.do("click", "--repeat", 2, "--delay", 60, 1)

    (address,) = right_click("example.com/pdf/words", select)
    assert parse_qs(urlsplit(address).query)["query"] == ["transformer"]


def test_the_keys_of_both_commands(browser, page, screen):
    page.bring_to_front()
    page.goto("https://arxiv.org/abs/1706.03762")
    page.wait_for_timeout(300)
    before = set(browser.context.pages)
    screen.press("alt+shift+o")
    assert browser.opened(before) == [ARXIV + "1706.03762"]
    page.bring_to_front()
    screen.press("alt+p")
    titles = "[...document.querySelectorAll('.paper__open')].map(a => a.textContent)"
    assert browser.in_popup(titles) == ["Attention Is All You Need"]
    browser.close_popup()


def test_the_word_in_the_address_bar(browser, page, screen):
    page.bring_to_front()
    before = set(browser.context.pages)
    screen.press("ctrl+l")
    screen.do("type", "papers")
    screen.press("Tab")
    screen.do("type", "--delay", 30, "hep-th/9901001")
    page.wait_for_timeout(400)
    screen.press("alt+Return")
    assert browser.opened(before) == [ARXIV + "hep-th/9901001"]


def test_a_site_is_switched_on_by_its_permission_and_off_again(browser, screen):
    abstract = browser.open("arxiv.org/abs/1706.03762")
    options = browser.open(browser.home + "src/options/options.html")
    options.wait_for_selector("[data-ready]")
    box, said = options.get_by_label("arXiv arxiv.org"), options.locator("#said")
    origins = "async () => (await chrome.permissions.getAll()).origins"

    def answer(*keys):
        box.focus()
        screen.press("space")
        options.wait_for_timeout(800)
        screen.press(*keys)
        # Not `wait_for_function`: it evaluates a string again, which the options' policy forbids.
        options.locator("#said:not(:empty)").wait_for()

    answer("Return")
    assert said.inner_text() == "Without the permission, no links can be shown on arXiv."
    assert not box.is_checked()
    answer("Tab", "Return")
    options.locator("#said", has_text="now shown").wait_for()
    assert box.is_checked()
    assert browser.worker.evaluate(origins) == ["https://arxiv.org/*"]
    abstract.wait_for_selector("li[data-gezhi-papers] a")
    box.focus()
    screen.press("space")
    abstract.wait_for_function("!document.querySelector('[data-gezhi-papers]')")
    options.locator("#said", has_text="are gone").wait_for()
    assert browser.worker.evaluate(origins) == []
    abstract.close()
    options.close()


def test_papers_cool_was_asked_for_papers_and_searches_only(internet):
    paths = {urlsplit(address) for address in internet.requests_to("papers.cool")}
    assert paths
    for one in paths:
        assert one.path.startswith(("/arxiv/", "/venue/")) or one.path == "/favicon.ico", one
        assert set(parse_qs(one.query)) in (set(), {"highlight", "query"}), one


def test_the_browser_kept_no_error_of_all_that(browser):
    assert kept_of(browser) == ["ENABLED", True, []]
