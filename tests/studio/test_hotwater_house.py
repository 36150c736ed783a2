"""The page of the real house: what the bridge says, the buttons it obeys, and all its refusals."""

import html
import json
import re

import pytest
from playwright.sync_api import expect

from gezhi.home.bridge.loopback import ADDRESS_FILE
from gezhi.home.bridge.service import STORE_FILE
from gezhi.home.bridge.store import Store
from gezhi.studio.hotwater.house import look
from gezhi.studio.house_events import there
from gezhi.studio.i18n import Translator

FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def bridge(start_bridge):
    return start_bridge("bridge_world.py", lambda: {"broker": ""})


@pytest.fixture
def house(told):
    return told


def press(client, deed, **headers):
    return client.post("/hotwater/house/command", data={"do": deed}, headers=headers)


JSON = {"accept": "application/json"}


def test_the_page_shows_what_the_bridge_says(house, bridge):
    page = house.get("/hotwater/house").text
    assert 'data-phase="idle"' in page
    assert "Hot water to: bath" in page
    for relay in ("pump", "valve"):
        assert re.search(rf'data-on="0"><span>{relay}</span> <strong>off</strong>', page)
    assert re.search(r"<span>probe:bath</span> <strong>1[89]\.\d °C</strong>", page)
    assert re.search(r"<span>flow</span> <strong>0\.0 L/min</strong>", page)
    assert "real" in page
    assert "these buttons switch its pump and valves" in page


def test_a_request_opens_the_valve_and_stop_shuts_it(house, bridge):
    page = press(house, "request:bath")
    assert page.url.path == "/hotwater/house"
    bridge.wait(5)
    page = house.get("/hotwater/house/state").text
    assert 'data-phase="purging"' in page
    for relay in ("pump", "valve"):
        assert re.search(rf'data-on="1"><span>{relay}</span> <strong>on</strong>', page)
    assert set(bridge.world.node.off_at) == {"pump", "valve"}
    said = press(house, "stop", **FRAGMENT).text
    assert bridge.world.node.off_at == {}
    assert "The bridge has taken it." in said
    assert 'data-phase="cooldown"' in said
    assert "bath: stopped" in said
    lines = re.findall(r"<li><span[^>]*>[^<]*</span> ([^<]*)</li>", said)
    assert lines[:2] == ["bath: stopped", "command stop  (app)"]
    assert "command request bath (app)" in lines
    assert "the bridge has started" in lines
    assert "the node cellar is there" in lines


def test_a_refusal_is_shown_with_its_reason(house, bridge):
    assert "The bridge refuses: " not in press(house, "absence:on").text
    page = html.unescape(press(house, "request:sauna", **FRAGMENT).text)
    assert "The bridge refused: invalid: there is no tap 'sauna'; known: bath" in page
    assert "notice--bad" in page
    whole = house.get("/hotwater/house").text
    assert re.search(r"<dt>Nobody home</dt><dd>yes</dd>", whole)


@pytest.mark.parametrize("deed", ["", "on", "request", "pump:on", "events", "token"])
def test_only_the_pages_own_buttons_are_handed_over(house, bridge, deed):
    answer = press(house, deed, **FRAGMENT)
    if deed == "request":
        assert "there is no tap" in html.unescape(answer.text)
    else:
        assert answer.status_code == 400


def test_where_no_bridge_ever_ran(house, tmp_path):
    page = house.get("/hotwater/house").text
    assert "No bridge has run on this computer yet" in page
    assert "gezhi home serve --config home.toml" in page
    assert 'action="/hotwater/house/command"' not in page
    assert "A bridge to a real house" not in house.get("/hotwater").text


def test_a_bridge_that_was_stopped_leaves_what_happened(house, bridge):
    press(house, "request:bath")
    bridge.wait(5)
    bridge.stop()
    page = html.unescape(house.get("/hotwater/house").text)
    assert "The bridge does not answer" in page
    assert "no bridge runs here" in page
    assert "command request bath (app)" in page
    answer = press(house, "stop", **FRAGMENT)
    assert answer.status_code == 422
    assert "no bridge runs here" in answer.text


def test_a_bridge_that_was_killed_is_said_not_to_answer(house, bridge):
    kept = (bridge.folder / ADDRESS_FILE).read_bytes()
    bridge.stop()
    (bridge.folder / ADDRESS_FILE).write_bytes(kept)
    page = html.unescape(house.get("/hotwater/house").text)
    assert "does not answer" in page
    assert "start it with: gezhi home serve" in page


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": "127.0.0.1"}', "\x00"])
def test_a_damaged_address_is_a_sentence(house, tmp_path, text):
    (tmp_path / "bridge").mkdir(exist_ok=True)
    (tmp_path / "bridge" / ADDRESS_FILE).write_text(text)
    (tmp_path / "bridge" / STORE_FILE).write_bytes(b"this is no database at all" * 100)
    page = house.get("/hotwater/house")
    assert page.status_code == 200
    assert "no bridge runs here" in html.unescape(page.text)


def test_the_room_leads_to_the_house(house, bridge):
    page = house.get("/hotwater").text
    assert "A bridge to a real house has been set up on this computer." in page
    assert 'href="/hotwater/house"' in page


def test_what_is_stored_becomes_no_markup(house, tmp_path):
    (tmp_path / "bridge").mkdir(exist_ok=True)
    store = Store(tmp_path / "bridge" / STORE_FILE)
    with store.transaction():
        store.record("hotwater", "odd", {"<b>": "<script>x</script>" * 40}, wall_seconds=1.7e9)
        store.record("hotwater", "notice", {"code": "no-flow", "subject": "<i>"}, wall_seconds=1e9)
    store.close()
    page = house.get("/hotwater/house").text
    assert "<script>x" not in page
    assert "<b>" not in page
    assert "&lt;i&gt;: no water moved" in page


def test_the_bridges_token_is_shown_nowhere(house, bridge):
    token = json.loads((bridge.folder / ADDRESS_FILE).read_text())["token"]
    assert token not in house.get("/hotwater/house").text
    assert token not in str(look(bridge.folder, Translator("zh")))


def test_what_happened_is_said_in_the_readers_language(house, bridge):
    press(house, "request:bath")
    bridge.wait(5)
    press(house, "stop")
    assert "bath：已停止" in house.get("/hotwater/house?lang=zh").text


def test_who_asks_for_json_gets_all_that_is_known(house, bridge):
    known = house.get("/hotwater/house/state", headers=JSON).json()
    assert known["trouble"] == ""
    assert known["taps"] == ["bath"]
    assert known["system"]["relays"] == {"pump": False, "valve": False}
    assert known["lines"][-1]["words"] == "the bridge has started"
    assert press(house, "request:bath", **JSON).json()["accepted"]
    again = press(house, "request:sauna", **JSON).json()
    assert not again["accepted"]
    assert "no tap 'sauna'" in again["reason"]
    bridge.stop()
    gone = press(house, "stop", **JSON)
    assert (gone.status_code, gone.json()["accepted"]) == (503, False)
    assert "no bridge runs here" in gone.json()["reason"]
    assert (
        "no bridge runs here" in house.get("/hotwater/house/state", headers=JSON).json()["trouble"]
    )


def test_the_page_lives_in_a_browser(bridge, start_studio, chromium, violations):
    studio = start_studio("--port", "0", "--bridge", str(bridge.folder))
    for scheme, locale, width in (("light", "en-GB", 1280), ("dark", "zh-CN", 360)):
        context = chromium.new_context(
            color_scheme=scheme,
            locale=locale,
            viewport={"width": width, "height": 800},
            bypass_csp=True,
        )
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(said.text))  # noqa: B023
        page.goto(studio.address + "/hotwater/house")
        assert violations(page) == []
        page.locator("button[value='request:bath']").click()
        expect(page.locator("#house-said")).to_be_visible(timeout=30_000)  # the bridge has it
        bridge.wait(4)
        expect(page.locator("[data-phase='purging']")).to_be_visible(timeout=30_000)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.locator("button[value='stop']").click()
        expect(page.locator("[data-phase='cooldown']")).to_be_visible(timeout=30_000)
        bridge.wait(90)  # the pause after a run
        expect(page.locator("[data-phase='idle']")).to_be_visible(timeout=30_000)
        expect(page.locator("#house-said")).to_be_visible()  # the next look does not wipe it
        context.close()
        assert complaints == []


def test_nothing_is_looked_for_where_nobody_named_a_folder(tmp_path):
    assert not there(None)
    assert not there(tmp_path)
    assert look(None, Translator("en")).trouble.startswith("No bridge has run")
