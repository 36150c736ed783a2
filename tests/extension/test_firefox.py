"""Firefox's package in real Firefox: the menu by the mouse, links in pages, popup, options."""

import pytest

ARXIV = "https://papers.cool/arxiv/"
VENUE = "https://papers.cool/venue/"
ENTRY = "Open in Cool Papers"
LINKS = "document.querySelectorAll('[data-gezhi-papers] a')"
PLACED = f"return {LINKS}.length === arguments[0] && [...{LINKS}].map(a => [a.textContent, a.href])"
WHOLE = "return document.documentElement.outerHTML"
SITES = {
    "arxiv": "https://arxiv.org/*",
    "openreview": "https://openreview.net/*",
    "acl": "https://aclanthology.org/*",
    "pmlr": "https://proceedings.mlr.press/*",
    "cvf": "https://openaccess.thecvf.com/*",
    "huggingface": "https://huggingface.co/*",
}


class Desk:
    """A Firefox with one tab for pages and one with the extension's options."""

    def __init__(self, firefox) -> None:
        self.firefox = firefox
        self.page = firefox.ask("WebDriver:GetWindowHandle")
        self.options = firefox.new_tab(firefox.home + "src/options/options.html")
        firefox.wait("return document.body.dataset.ready")
        firefox.switch(self.page)

    def choose(self, address, selector, opens=1):
        """Right-click on an element of a page and choose the entry; what that opened."""
        if address:
            self.firefox.go(address)
        self.firefox.right_click(selector, ENTRY)
        return self.firefox.opened([self.page, self.options], opens)

    def extension(self, script, *arguments):
        """What a function body returns in the extension's own page."""
        self.firefox.switch(self.options)
        try:
            return self.firefox.run(script, *arguments)
        finally:
            self.firefox.switch(self.page)

    def switch_site(self, name):
        """Tick or untick a site on the options page as a person does."""
        self.firefox.switch(self.options)
        self.firefox.run("document.getElementById('said').textContent = ''")
        self.firefox.click(f"#sites input[value={name}]")
        said = self.firefox.wait("return document.getElementById('said').textContent")
        self.firefox.switch(self.page)
        return said


@pytest.fixture(scope="module")
def firefox(firefox_class, packages, internet, tmp_path_factory):
    running = firefox_class(internet, tmp_path_factory.mktemp("profile") / "firefox")
    try:
        running.install(packages["firefox"])
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def desk(firefox):
    return Desk(firefox)


@pytest.fixture(scope="module")
def all_sites(desk):
    for name in SITES:
        assert desk.switch_site(name).startswith("Links are now shown on ")


def select(firefox, selector):
    firefox.run(f"getSelection().selectAllChildren(document.querySelector('{selector}'))")


@pytest.mark.parametrize(
    ("address", "selector", "expected"),
    [
        ("example.com/reading", "#link", ARXIV + "1810.04805"),
        ("arxiv.org/abs/1706.03762", "h1", ARXIV + "1706.03762"),
        ("arxiv.org/abs/hep-th/9901001", "h1", ARXIV + "hep-th/9901001"),
        ("example.com/described", "h1", ARXIV + "1706.03762"),
        ("arxiv.org/pdf/1706.03762", "body", ARXIV + "1706.03762"),
    ],
)
def test_a_right_click_opens(desk, address, selector, expected):
    assert desk.choose(address, selector) == [expected]


def test_two_kinds_in_one_selection(desk, firefox, pages):
    firefox.go("example.com/reading")
    select(firefox, "#two")
    expected = [ARXIV + "1706.03762", VENUE + f"{pages.FIRST}@OpenReview"]
    assert desk.choose(None, "#two", opens=2) == expected


def test_words_with_ampersand_hash_and_plus_are_searched_for(desk, firefox):
    firefox.go("example.com/reading")
    select(firefox, "#words")
    (address,) = desk.choose(None, "#words")
    query = "%E6%89%A9%E6%95%A3%E6%A8%A1%E5%9E%8B%20%26%20C%23%20%2B%20%E6%A6%82%E7%8E%87%20100%25"
    assert address == f"{ARXIV}search?highlight=1&query={query}"


@pytest.mark.parametrize(
    "address",
    [
        "example.com/nothing",
        "openreview.net/group?id=ICLR.cc/2025/Conference",
        "aclanthology.org/volumes/2024.naacl-long/",
    ],
)
def test_where_there_is_nothing_the_popup_says_so(desk, address):
    assert desk.choose(address, "h1, h2", opens=0) == []
    views = "return browser.extension.getViews({type: 'popup'})"
    notice = f"{views}.map(view => view.document.getElementById('notice').textContent)"
    (said,) = desk.extension(notice)
    assert said.startswith("No paper was found in the selection")
    desk.extension(f"{views}.forEach(view => view.close())")


def test_the_menu_has_the_entry_on_tabs_too(desk, firefox):
    firefox.go("arxiv.org/abs/1706.03762")
    firefox.run_in_browser(
        """const [label] = arguments;
        return (async () => {
          const menu = document.getElementById("tabContextMenu");
          const once = {once: true};
          const shown = new Promise(done => menu.addEventListener("popupshown", done, once));
          gBrowser.selectedTab.dispatchEvent(
            new MouseEvent("contextmenu", {bubbles: true, cancelable: true, button: 2}));
          await shown;
          menu.activateItem([...menu.children].find(one => one.label === label));
        })();""",
        ENTRY,
    )
    assert firefox.opened([desk.page, desk.options]) == [ARXIV + "1706.03762"]


def test_links_inside_pages(all_sites, desk, firefox, pages):
    title = "VGGT%3A%20Visual%20Geometry%20Grounded%20Transformer"
    name = "Wang_VGGT_Visual_Geometry_Grounded_Transformer@CVPR2025@CVF"
    for address, count, first in (
        ("arxiv.org/abs/1706.03762", 1, ARXIV + "1706.03762"),
        ("arxiv.org/abs/hep-th/9901001", 1, ARXIV + "hep-th/9901001"),
        ("arxiv.org/list/cs.CL/recent", 3, ARXIV + "2401.00001"),
        (f"openreview.net/forum?id={pages.FIRST}", 2, VENUE + f"{pages.FIRST}@OpenReview"),
        ("aclanthology.org/2024.naacl-long.431/", 2, VENUE + "2024.naacl-long.431@ACL"),
        ("aclanthology.org/volumes/2024.naacl-long/", 4, VENUE + "2024.naacl-long.431@ACL"),
        ("proceedings.mlr.press/v139/sun21c.html", 2, VENUE + "sun21c@v139@PMLR"),
        ("proceedings.mlr.press/v139/", 2, VENUE + "sun21c@v139@PMLR"),
        ("huggingface.co/papers/2401.12345", 1, ARXIV + "2401.12345"),
        ("huggingface.co/papers", 1, ARXIV + "2401.12345"),
        ("openaccess.thecvf.com/CVPR2025?day=all", 2, VENUE + name),
        (f"openaccess.thecvf.com{pages.VGGT}", 2, VENUE + name),
    ):
        firefox.go(address)
        found = firefox.wait(PLACED, count)
        assert found[0] == ["Cool Papers", first]
    assert found[1] == ["by title", f"{ARXIV}search?highlight=1&query={title}"]


def test_a_second_injection_changes_nothing(all_sites, desk, firefox):
    firefox.go("arxiv.org/list/cs.CL/recent")
    firefox.wait(PLACED, 3)
    before = firefox.run(WHOLE)
    done = desk.extension(
        """return (async () => {
          const [tab] = await browser.tabs.query({url: "https://arxiv.org/list/*"});
          const target = {tabId: tab.id};
          await browser.scripting.executeScript({target, files: ["/src/content.js"]});
          await browser.scripting.executeScript({target, files: ["/src/content.js"]});
          await new Promise(resolve => setTimeout(resolve, 400));
          return true;
        })()"""
    )
    assert done
    assert firefox.run(WHOLE) == before


def test_openreview_after_navigation_inside_the_page(all_sites, firefox, pages):
    firefox.go(f"openreview.net/forum?id={pages.FIRST}")
    firefox.wait(PLACED, 2)
    firefox.run(
        "const script = document.createElement('script'); script.textContent = arguments[0];"
        "document.body.append(script);",
        f"show('/forum?id={pages.SECOND}', 'Looking to learn')",
    )
    moved = f"return {LINKS}[0]?.href.includes(arguments[0])"
    firefox.wait(moved, pages.SECOND)
    assert firefox.wait(PLACED, 2)[0][1] == VENUE + f"{pages.SECOND}@OpenReview"


def test_links_are_removed_cleanly(all_sites, desk, firefox):
    firefox.go("arxiv.org/abs/1706.03762")
    firefox.wait(PLACED, 1)
    assert desk.switch_site("arxiv") == "Links on arXiv are gone."
    firefox.wait(f"return {LINKS}.length === 0")
    before = firefox.run(WHOLE)
    assert "gezhi" not in before
    firefox.go("arxiv.org/abs/1706.03762")
    assert firefox.run(WHOLE) == before
    origins = desk.extension("return browser.permissions.getAll().then(all => all.origins)")
    assert SITES["arxiv"] not in origins
    assert len(origins) == len(SITES) - 1
    desk.switch_site("arxiv")
    firefox.wait(PLACED, 1)


def test_a_click_on_a_link_opens_a_tab(all_sites, desk, firefox):
    firefox.go("arxiv.org/abs/1706.03762")
    firefox.wait(PLACED, 1)
    firefox.click("[data-gezhi-papers] a")
    assert firefox.opened([desk.page, desk.options]) == [ARXIV + "1706.03762"]


def test_the_popup(all_sites, desk, firefox, pages):
    firefox.go("arxiv.org/abs/1706.03762")
    tab = desk.extension(
        "return browser.tabs.query({url: 'https://arxiv.org/*'}).then(([tab]) => tab.id)"
    )
    popup = firefox.new_tab(f"{firefox.home}src/popup/popup.html?tab={tab}")
    firefox.wait("return document.body.dataset.ready")
    rows = "return [...document.querySelectorAll(arguments[0])].map(a => [a.textContent, a.href])"
    assert firefox.run(rows, "#here .paper__open") == [[pages.ATTENTION, ARXIV + "1706.03762"]]
    firefox.click("#paste")
    text = "P18-1007.pdf https://aclanthology.org/P18-1007.pdf, arXiv:2005.14165"
    box = next(iter(firefox.find("#paste").values()))
    firefox.ask("WebDriver:ElementSendKeys", id=box, text=text)
    assert firefox.run(rows, "#pasted .paper__open") == [
        ["P18-1007", VENUE + "P18-1007@ACL"],
        ["2005.14165", ARXIV + "2005.14165"],
    ]
    firefox.click("#pasted .all button:nth-child(2)")
    firefox.wait("return document.getElementById('notice').textContent === 'Copied.'")
    assert popup
    firefox.ask("WebDriver:CloseWindow")
    firefox.switch(desk.page)


def test_options_are_kept(desk, firefox):
    firefox.switch(desk.options)
    firefox.click("input[name=opening][value=same]")
    firefox.click("input[name=scope][value=venue]")
    kept = "return browser.storage.local.get().then(all => all.settings)"
    firefox.wait("return document.getElementById('said').textContent === 'Saved.'")
    assert firefox.run(kept)["opening"] == "same"
    assert firefox.run(kept)["scope"] == "venue"
    firefox.switch(desk.page)
    firefox.go("example.com/reading")
    select(firefox, "#words")
    firefox.right_click("#words", ENTRY)
    firefox.wait("return location.hostname === 'papers.cool' && location.pathname")
    assert firefox.run("return location.pathname") == "/venue/search"


def test_nothing_was_complained_of(desk, firefox):
    said = firefox.run_in_browser(
        "return Services.console.getMessageArray().map(String)"
        ".filter(message => message.includes(arguments[0]))",
        firefox.home,
    )
    assert said == []
