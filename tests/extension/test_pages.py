"""Links inside pages, in real Chromium, on pages that carry the sites' real host names."""

from urllib.parse import parse_qs, urlsplit

import pytest

PAPERS = "https://papers.cool"
SITES = {
    "arxiv": "https://arxiv.org/*",
    "openreview": "https://openreview.net/*",
    "acl": "https://aclanthology.org/*",
    "pmlr": "https://proceedings.mlr.press/*",
    "cvf": "https://openaccess.thecvf.com/*",
    "huggingface": "https://huggingface.co/*",
}
REGISTERED = (
    "async () => (await chrome.scripting.getRegisteredContentScripts()).map(s => s.id).sort()"
)
LINKS = "[data-gezhi-papers] a"
WHOLE = "document.documentElement.outerHTML"


@pytest.fixture(scope="module")
def all_sites(chromium):
    """Every site switched on, as the options page does it once the permission is given."""
    chromium.settings(sites=list(SITES))
    wait_for(chromium, lambda: chromium.worker.evaluate(REGISTERED) == sorted(SITES))
    yield
    chromium.settings()
    wait_for(chromium, lambda: chromium.worker.evaluate(REGISTERED) == [])


@pytest.fixture
def visit(chromium, all_sites):
    opened = []

    def go(address):
        opened.append(chromium.open(address))
        return opened[-1]

    yield go
    for page in opened:
        page.close()
    assert chromium.complaints == []


def wait_for(chromium, true):
    for _ in range(100):
        if true():
            return
        chromium.context.pages[0].wait_for_timeout(50)
    raise AssertionError("it did not come about")


def links(page, count):
    """The links that stand in a page, once there are so many and nothing more comes."""
    page.wait_for_function(f"document.querySelectorAll('{LINKS}').length >= {count}")
    page.wait_for_timeout(300)
    found = page.eval_on_selector_all(LINKS, "all => all.map(a => [a.textContent, a.href])")
    assert len(found) == count, found
    return found


def search(words):
    return ["by title", f"{PAPERS}/arxiv/search?highlight=1&query={words.replace(' ', '%20')}"]


def paper(path):
    return ["Cool Papers", f"{PAPERS}/{path}"]


def test_an_arxiv_abstract(visit):
    page = visit("arxiv.org/abs/1706.03762")
    assert links(page, 1) == [paper("arxiv/1706.03762")]
    assert page.locator("div.full-text ul > li:last-child a").inner_text() == "Cool Papers"


def test_an_arxiv_abstract_with_an_old_id(visit):
    page = visit("arxiv.org/abs/hep-th/9901001")
    assert links(page, 1) == [paper("arxiv/hep-th/9901001")]


def test_an_arxiv_list(visit):
    page = visit("arxiv.org/list/cs.CL/recent")
    expected = [paper(f"arxiv/2401.0000{number}") for number in (1, 2, 3)]
    assert links(page, 3) == expected
    after = "dt > a[title=Abstract] + [data-gezhi-papers]"
    assert page.locator(after).count() == 3


def test_an_openreview_forum(visit, pages):
    page = visit(f"openreview.net/forum?id={pages.FIRST}")
    found = [paper(f"venue/{pages.FIRST}@OpenReview"), search("Learning to look")]
    assert links(page, 2) == found
    assert page.locator("h2.citation_title > [data-gezhi-papers]").count() == 1


def test_openreview_after_navigation_inside_the_page(visit, pages):
    page = visit(f"openreview.net/forum?id={pages.FIRST}")
    links(page, 2)
    page.evaluate(f"show('/forum?id={pages.SECOND}', 'Looking to learn')")
    page.wait_for_function(f"document.querySelector('{LINKS}')?.href.includes('{pages.SECOND}')")
    found = [paper(f"venue/{pages.SECOND}@OpenReview"), search("Looking to learn")]
    assert links(page, 2) == found
    page.evaluate("show('/group?id=ICLR.cc/2025/Conference', '')")
    page.wait_for_function(f"!document.querySelector('{LINKS}')")
    rows = f'<a href="/forum?id={pages.FIRST}">Learning to look</a>'
    page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{rows}`)")
    assert links(page, 2)[0] == paper(f"venue/{pages.FIRST}@OpenReview")
    page.evaluate(f"document.querySelector('main > a').href = '/forum?id={pages.SECOND}'")
    page.wait_for_function(f"document.querySelector('{LINKS}')?.href.includes('{pages.SECOND}')")
    links(page, 2)


def test_an_openreview_group(visit, pages):
    page = visit("openreview.net/group?id=ICLR.cc/2025/Conference")
    assert links(page, 4) == [
        paper(f"venue/{pages.FIRST}@OpenReview"),
        search("Learning to look"),
        paper(f"venue/{pages.SECOND}@OpenReview"),
        search("Looking to learn"),
    ]


def test_an_acl_paper_and_a_volume(visit):
    page = visit("aclanthology.org/2024.naacl-long.431/")
    assert links(page, 2) == [paper("venue/2024.naacl-long.431@ACL"), search("A paper")]
    page = visit("aclanthology.org/volumes/2024.naacl-long/")
    assert links(page, 4) == [
        paper("venue/2024.naacl-long.431@ACL"),
        search("Paper number 1"),
        paper("venue/2024.naacl-long.432@ACL"),
        search("Paper number 2"),
    ]


@pytest.mark.parametrize("path", ["/v139/sun21c.html", "/v139/"])
def test_pmlr(visit, path):
    title = "What makes for end-to-end detection?"
    found = links(visit(f"proceedings.mlr.press{path}"), 2)
    assert found[0] == paper("venue/sun21c@v139@PMLR")
    assert found[1] == search(title.replace("?", "%3F"))


def test_cvf(visit, pages):
    title = "VGGT: Visual Geometry Grounded Transformer"
    for path in (pages.VGGT, "/CVPR2025?day=all"):
        name = "Wang_VGGT_Visual_Geometry_Grounded_Transformer@CVPR2025@CVF"
        found = links(visit(f"openaccess.thecvf.com{path}"), 2)
        assert found == [paper(f"venue/{name}"), search(title.replace(":", "%3A"))]


def test_hugging_face_papers(visit):
    for path in ("/papers/2401.12345", "/papers"):
        assert links(visit(f"huggingface.co{path}"), 1) == [paper("arxiv/2401.12345")]


def test_a_second_injection_changes_nothing(chromium, visit, pages):
    for address, count in (
        ("arxiv.org/list/cs.CL/recent", 3),
        (f"openreview.net/forum?id={pages.FIRST}", 2),
        ("aclanthology.org/volumes/2024.naacl-long/", 4),
    ):
        page = visit(address)
        links(page, count)
        before = page.evaluate(WHOLE)
        tab = chromium.tab(page)["id"]
        for _ in range(2):
            chromium.worker.evaluate(
                "tabId => chrome.scripting.executeScript("
                "{target: {tabId}, files: ['src/content.js']})",
                tab,
            )
        page.wait_for_timeout(400)
        assert page.evaluate(WHOLE) == before


def test_links_come_into_open_tabs_and_are_removed_cleanly(chromium, visit):
    chromium.settings(sites=["acl"])
    page = visit("arxiv.org/list/cs.CL/recent")
    page.wait_for_timeout(300)
    before = page.evaluate(WHOLE)
    assert "gezhi" not in before
    for _ in range(2):
        chromium.settings(sites=["acl", "arxiv"])
        links(page, 3)
        chromium.settings(sites=["acl"])
        page.wait_for_function(f"!document.querySelector('{LINKS}')")
        assert page.evaluate(WHOLE) == before
    chromium.settings(sites=list(SITES))
    links(page, 3)


def test_a_link_opens_as_the_options_say_and_only_by_a_hand(chromium, visit):
    page = visit("arxiv.org/abs/1706.03762")
    links(page, 1)
    before = set(chromium.context.pages)
    page.click(LINKS)
    assert chromium.opened(before) == [f"{PAPERS}/arxiv/1706.03762"]
    assert page.url == "https://arxiv.org/abs/1706.03762"
    page.evaluate(
        "addEventListener('click', event => event.preventDefault(), {once: true});"
        f"document.querySelector('{LINKS}').click()"
    )
    assert chromium.opened(before, 0) == []
    chromium.settings(sites=list(SITES), opening="same")
    page.click(LINKS)
    page.wait_for_url(f"{PAPERS}/arxiv/1706.03762")
    chromium.settings(sites=list(SITES))


def test_a_page_cannot_have_other_addresses_opened(chromium, visit):
    page = visit("arxiv.org/abs/1706.03762")
    links(page, 1)
    before = set(chromium.context.pages)
    page.evaluate(f"document.querySelector('{LINKS}').href = 'https://example.com/nothing'")
    page.click(LINKS)
    assert chromium.opened(before, 0) == []


def test_a_hostile_title_stays_text(visit):
    page = visit("openreview.net/group?id=ICLR.cc/2025/Conference")
    links(page, 4)
    title = "<img src=x onerror=alert(1)> & \\u202e"
    page.evaluate(f"document.querySelector('h4 a').textContent = `{title}`")
    page.evaluate("document.querySelector('h4 a').href = '/forum?id=Zz-_123456'")
    page.wait_for_function(f"document.querySelector('{LINKS}').href.includes('Zz-_123456')")
    assert page.locator("[data-gezhi-papers] img").count() == 0
    query = parse_qs(urlsplit(links(page, 4)[1][1]).query)["query"]
    assert query == ["<img src=x onerror=alert(1)> & \u202e"]


def test_after_an_update_the_links_in_open_tabs_are_those_of_the_new_version(chromium, visit):
    page = visit("arxiv.org/list/cs.CL/recent")
    links(page, 3)
    before = page.evaluate(WHOLE)
    chromium.reload()
    page.bring_to_front()
    page.wait_for_timeout(300)
    links(page, 3)
    assert page.evaluate(WHOLE) == before
    page.evaluate("document.querySelector('dt').remove()")
    page.wait_for_function(f"document.querySelectorAll('{LINKS}').length === 2")
    page.evaluate("document.body.append('the old copy of the script sees this too')")
    links(page, 2)
    assert chromium.worker.evaluate(REGISTERED) == sorted(SITES)
