"""The menu's entry in real Chromium: the handler is given what a right-click would give it."""

from urllib.parse import parse_qs, urlsplit

import pytest

ARXIV = "https://papers.cool/arxiv/"
VENUE = "https://papers.cool/venue/"


@pytest.fixture
def reading(chromium):
    page = chromium.open("example.com/reading")
    yield page
    page.close()


@pytest.fixture
def visit(chromium):
    opened = []

    def go(address):
        opened.append(chromium.open(address))
        return opened[-1]

    yield go
    for page in opened:
        page.close()


@pytest.fixture(autouse=True)
def _as_installed(request, chromium):
    chromium.settings()
    chromium.worker.evaluate("() => chrome.storage.session.clear()")
    yield
    chromium.worker.evaluate("() => chrome.action.setBadgeText({text: ''})")
    assert chromium.complaints == []


def query_of(address):
    return parse_qs(urlsplit(address).query)["query"]


def test_the_selection_comes_before_the_link_and_the_link_before_the_page(chromium, visit):
    page = visit("arxiv.org/abs/1706.03762")
    link = "https://arxiv.org/abs/1810.04805"
    opened = chromium.click(page, selectionText="see arXiv:2005.14165", linkUrl=link)
    assert opened == [ARXIV + "2005.14165"]
    assert chromium.click(page, selectionText="no id", linkUrl=link) == [ARXIV + "1810.04805"]
    assert chromium.click(page, linkUrl="https://example.com/") == [ARXIV + "1706.03762"]


def test_no_selection_at_all(chromium, visit):
    page = visit("arxiv.org/abs/1706.03762")
    assert chromium.click(page) == [ARXIV + "1706.03762"]
    page = visit("example.com/nothing")
    assert chromium.click(page, opens=0) == []
    assert chromium.notice() == "noticeNothing"


def test_two_kinds_in_one_selection(chromium, reading):
    opened = chromium.click(reading, 2, selectionText=reading.inner_text("#two"))
    assert opened == [ARXIV + "1706.03762", VENUE + "4xvE6Iy77Y@OpenReview"]


@pytest.mark.parametrize(
    "words",
    [
        "A & B",
        "C# generics",
        "1+1 = 2",
        "100% 概率?",
        "a/b\\c «d»",
        "扩散模型的统一视角",
        "Диффузия",
        "拡散モデル",
        "확산 모델",
        "نماذج الانتشار",
    ],
)
def test_query_with_ampersand_hash_and_plus_and_in_any_script(chromium, reading, words):
    (address,) = chromium.click(reading, selectionText=words)
    parts = urlsplit(address)
    assert parts.hostname == "papers.cool"
    assert parts.path == "/arxiv/search"
    assert parts.fragment == ""
    assert query_of(address) == [words]


def test_old_id_abstract_page(chromium, visit):
    page = visit("arxiv.org/abs/hep-th/9901001")
    assert chromium.click(page) == [ARXIV + "hep-th/9901001"]


def test_acl_volume_page(chromium, visit):
    page = visit("aclanthology.org/volumes/2024.naacl-long/")
    assert chromium.click(page, opens=0) == []
    assert chromium.notice() == "noticeNothing"
    link = "https://aclanthology.org/2024.naacl-long.432/"
    assert chromium.click(page, linkUrl=link) == [VENUE + "2024.naacl-long.432@ACL"]


def test_percent_encoded_redirect(chromium, visit):
    target = "https%3A%2F%2Farxiv.org%2Fabs%2F1706.03762%3Fcontext%3Dcs"
    page = visit(f"www.example.com/url?sa=t&q={target}&usg=x")
    assert chromium.click(page) == [ARXIV + "1706.03762"]
    link = "https://www.google.com/url?q=https%3A%2F%2Fopenreview.net%2Fforum%3Fid%3DaB-c_D3eF7"
    assert chromium.click(page, linkUrl=link) == [VENUE + "aB-c_D3eF7@OpenReview"]


def test_duplicate_ids(chromium, reading):
    opened = chromium.click(reading, selectionText=reading.inner_text("#twice"))
    assert opened == [ARXIV + "1706.03762,1810.04805"]


def test_group_page(chromium, visit):
    page = visit("openreview.net/group?id=ICLR.cc/2025/Conference")
    assert chromium.click(page, opens=0) == []
    assert chromium.notice() == "noticeNothing"


def test_an_openreview_id_with_a_hyphen_and_an_underscore(chromium, reading):
    link = "https://openreview.net/forum?referrer=x&id=aB-c_D3eF7#discussion"
    assert chromium.click(reading, linkUrl=link) == [VENUE + "aB-c_D3eF7@OpenReview"]


def test_the_address_of_a_pdf(chromium, visit):
    page = visit("example.com/nothing")
    opened = chromium.click(page, pageUrl="https://arxiv.org/pdf/1706.03762v5")
    assert opened == [ARXIV + "1706.03762"]


def test_what_the_page_says_of_itself(chromium, visit):
    page = visit("example.com/described")
    assert chromium.click(page) == [ARXIV + "1706.03762"]


def test_a_page_that_no_extension_may_read(chromium):
    page = chromium.context.new_page()
    page.goto("chrome://version")
    assert chromium.click(page, opens=0) == []
    assert chromium.notice() == "noticeUnreadable"
    page.close()


def test_a_selection_of_nothing_but_marks_is_not_searched_for(chromium, visit):
    page = visit("example.com/nothing")
    assert chromium.click(page, opens=0, selectionText=" —— … !? ") == []
    assert chromium.notice() == "noticeNothing"


def test_the_paper_is_here_already(chromium, visit):
    page = visit("papers.cool/arxiv/1706.03762")
    assert chromium.click(page, opens=0) == []
    assert chromium.notice() == "noticeHere"


def test_a_venue_known_by_title_only_is_searched_for_by_the_words_of_its_link(
    chromium, reading, pages
):
    (address,) = chromium.click(reading, linkUrl=pages.NEURIPS)
    assert urlsplit(address).path == "/arxiv/search"
    assert query_of(address) == [pages.ATTENTION]
    unknown = pages.NEURIPS.replace("3f5ee", "00000")
    assert chromium.click(reading, opens=0, linkUrl=unknown) == []
    assert chromium.notice() == "noticeUntitled"


def test_a_venue_paper_comes_with_the_search_for_its_title(chromium, reading, pages):
    link = f"https://openreview.net/forum?id={pages.FIRST}"
    before = set(chromium.context.pages)
    # A mark of a tab goes with its page, so it is caught while it is made.
    marks = """([info, tab]) => new Promise(done => {
      const {action} = globalThis.browser ?? chrome;
      const set = action.setBadgeText;
      const stop = text => { action.setBadgeText = set; done(text); };
      action.setBadgeText = change => { if (change.tabId) stop(change.text); };
      setTimeout(() => stop(null), 10000);
      chrome.contextMenus.onClicked.dispatch(info, tab);
    })"""
    info = {"linkUrl": link, "pageUrl": reading.url}
    assert chromium.worker.evaluate(marks, [info, chromium.tab(reading)]) == "?"
    chromium.opened(before)
    assert chromium.click(reading, linkUrl=link) == [VENUE + f"{pages.FIRST}@OpenReview"]
    kept = chromium.worker.evaluate("async () => (await chrome.storage.session.get()).opened")
    assert [paper["title"] for paper in kept[-1]["papers"]] == ["Learning to look"]
    chromium.settings(titleToo=True, scope="venue")
    opened = chromium.click(reading, 2, linkUrl=link)
    assert opened[0] == VENUE + f"{pages.FIRST}@OpenReview"
    assert urlsplit(opened[1]).path == "/venue/search"
    assert query_of(opened[1]) == ["Learning to look"]
    assert set(chromium.context.pages) == before


def test_a_page_that_loads_before_the_background_has_written_its_title_down_is_marked_too(
    chromium, reading, pages
):
    before = set(chromium.context.pages)
    slow = """([info, tab]) => {
      const {session} = chrome.storage, {set} = session;
      const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
      const loaded = async () => {
        const [here] = await chrome.tabs.query({active: true, currentWindow: true});
        return here.id !== tab.id && here.status === "complete";
      };
      session.set = async items => {
        if (!items.opened) return set.call(session, items);
        session.set = set;
        for (let tries = 0; tries < 200 && !await loaded(); tries++) await wait(50);
        await wait(1500);
        return set.call(session, items);
      };
      chrome.contextMenus.onClicked.dispatch(info, tab);
    }"""
    link = f"https://openreview.net/forum?id={pages.FIRST}"
    info = {"linkUrl": link, "pageUrl": reading.url}
    chromium.worker.evaluate(slow, [info, chromium.tab(reading)])
    marked = """async () => {
      const [tab] = await chrome.tabs.query({active: true, currentWindow: true});
      return [tab.status, await chrome.action.getBadgeText({tabId: tab.id})];
    }"""
    seen = []
    for _ in range(150):
        # A blank tab is complete too, before it loads.
        if (now := chromium.worker.evaluate(marked)) not in seen[-1:]:
            seen.append(now)
        if now[1] == "?":
            break
        reading.wait_for_timeout(100)
    chromium.opened(before)
    # Loaded without a mark first, or this would not have been the case that it is about.
    assert seen[-2:] == [["complete", ""], ["complete", "?"]]


def test_the_tab_that_the_options_ask_for(chromium, visit):
    page = visit("arxiv.org/abs/1706.03762")
    active = "async () => (await chrome.tabs.query({active: true, currentWindow: true}))[0].id"
    here = chromium.tab(page)
    chromium.settings(opening="background")
    before = set(chromium.context.pages)
    with chromium.context.expect_page() as fresh:
        dispatch = "([info, tab]) => { chrome.contextMenus.onClicked.dispatch(info, tab); }"
        chromium.worker.evaluate(dispatch, [{"pageUrl": page.url}, here])
    assert chromium.worker.evaluate(active) == here["id"]
    tab = chromium.worker.evaluate(
        "async () => (await chrome.tabs.query({url: 'https://papers.cool/*'}))[0]"
    )
    assert tab["index"] == here["index"] + 1
    fresh.value.close()
    chromium.settings(opening="same")
    page.bring_to_front()
    chromium.worker.evaluate(dispatch, [{"pageUrl": page.url}, here])
    page.wait_for_url(ARXIV + "1706.03762")
    assert set(chromium.context.pages) == before


def test_the_shortcut_reads_the_selection_itself(chromium, reading):
    reading.evaluate("getSelection().selectAllChildren(document.querySelector('#twice'))")
    tab = chromium.tab(reading)
    before = set(chromium.context.pages)
    chromium.worker.evaluate(
        "tab => { chrome.commands.onCommand.dispatch('open-current-page', tab); }", tab
    )
    assert chromium.opened(before) == [ARXIV + "1706.03762,1810.04805"]


def test_the_word_in_the_address_bar(chromium, reading):
    def enter(text, disposition="newForegroundTab", opens=1):
        before = set(chromium.context.pages)
        reading.bring_to_front()
        chromium.worker.evaluate(
            "([text, how]) => { chrome.omnibox.onInputEntered.dispatch(text, how); }",
            [text, disposition],
        )
        return chromium.opened(before, opens)

    assert enter("1706.03762 and 2024.naacl-long.431", opens=2) == [
        ARXIV + "1706.03762",
        VENUE + "2024.naacl-long.431@ACL",
    ]
    (address,) = enter("扩散 & C#", "newBackgroundTab")
    assert query_of(address) == ["扩散 & C#"]
    assert enter(address) == [address]
    assert enter("——", opens=0) == []
    assert chromium.notice() == "noticeEmpty"


def test_papers_that_only_their_title_finds_are_told_beside_those_opened(chromium, reading, pages):
    words = f"arXiv:1706.03762 and {pages.NEURIPS}"
    assert chromium.click(reading, selectionText=words) == [ARXIV + "1706.03762"]
    assert chromium.badge() == "!"
    kept = chromium.worker.evaluate("async () => (await chrome.storage.session.get()).notice")
    assert kept == {"message": "noticeLeft", "count": 1}


def test_a_browser_that_opens_no_popup_has_its_button_marked(chromium, visit):
    page = visit("example.com/nothing")
    chromium.worker.evaluate(
        "() => { const {action} = globalThis.browser ?? chrome;"
        " globalThis.openPopup = action.openPopup;"
        " action.openPopup = () => Promise.reject(new Error('not here')); }"
    )
    assert chromium.click(page, opens=0) == []
    assert chromium.badge() == "!"
    popup = visit(f"{chromium.home}src/popup/popup.html?tab={chromium.tab(page)['id']}")
    popup.wait_for_selector("[data-ready]")
    assert popup.locator("#notice").inner_text() == chromium.messages["noticeNothing"]
    assert chromium.badge() == ""
    chromium.worker.evaluate(
        "() => { (globalThis.browser ?? chrome).action.openPopup = openPopup; }"
    )
