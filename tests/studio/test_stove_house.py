"""The page of the real stove: what the bridge knows and does not, and the commands it obeys."""

import html
import re

import pytest

FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def bridge(start_bridge):
    """Its left burner has a flame sensor and the right one none."""
    return start_bridge("stove_bridge_world.py")


@pytest.fixture
def kitchen(told):
    return told


def order(client, deed, minutes="10", **headers):
    data = {"do": deed, "minutes": minutes}
    return client.post("/stove/house/command", data=data, headers=headers)


def flames(page):
    return re.findall(r'data-flame="(\w+)"', page)


def heat(bridge, millivolts, seconds=3.0):
    def deed(house):
        house.volts["left"] = millivolts
        house.wait(seconds)

    bridge.do(deed)


def test_a_flame_is_shown_as_on_off_or_unknown_and_never_pretended(kitchen, bridge):
    page = kitchen.get("/stove/house").text
    assert flames(page) == ["unknown", "unknown"]
    assert "flame unknown" in page
    heat(bridge, 25.0)
    assert flames(kitchen.get("/stove/house/state").text) == ["on", "unknown"]
    heat(bridge, 1.0)
    assert flames(kitchen.get("/stove/house/state").text) == ["off", "unknown"]
    bridge.do(lambda house: house.volts.clear() or house.wait(120.0))
    assert flames(kitchen.get("/stove/house/state").text) == ["unknown", "unknown"]


def test_off_now_reaches_the_relay(kitchen, bridge):
    heat(bridge, 25.0)
    said = order(kitchen, "off:left", **FRAGMENT).text
    assert "The bridge has taken it." in said
    assert "A cut is under way." in said
    assert set(bridge.world.node.off_at) == {"left-relay"}


def test_a_plan_is_set_extended_and_cancelled(kitchen, bridge):
    page = order(kitchen, "plan:right", "20")
    assert page.url.path == "/stove/house"
    assert '<dd class="countdown">20:00</dd>' in page.text
    assert '<dd class="countdown">25:00</dd>' in order(kitchen, "extend:right").text
    assert "command plan, Right burner (app)" in html.unescape(page.text)
    after = order(kitchen, "cancel:right").text
    assert '<dd class="countdown">25:00</dd>' not in after


def test_words_are_understood_by_the_bridge_and_what_would_light_is_refused(kitchen, bridge):
    def say(text):
        data = {"do": "say", "text": text}
        return kitchen.post("/stove/house/command", data=data, headers=FRAGMENT).text

    assert '<dd class="countdown">20:00</dd>' in say("turn off the right burner in 20 minutes")
    said = html.unescape(say("turn on the stove"))
    assert "gas can only be turned off from here" in said
    assert "The bridge refused:" in say("x" * 5000)


def test_the_child_lock_goes_on_and_off(kitchen, bridge):
    assert "<dt>Child lock</dt><dd>on</dd>" in order(kitchen, "lock:on").text
    assert "<dt>Child lock</dt><dd>off</dd>" in order(kitchen, "lock:off").text


@pytest.mark.parametrize("minutes", ["", "soon", "-3", "nan", "1e9"])
def test_the_bridge_refuses_and_the_page_says_why(kitchen, bridge, minutes):
    said = order(kitchen, "plan:left", minutes, **FRAGMENT).text
    assert "The bridge refused:" in said
    assert "notice--bad" in said


@pytest.mark.parametrize("deed", ["on:left", "open:left", "light:left", "", "switch:left"])
def test_there_is_no_button_that_lights(kitchen, bridge, deed):
    assert order(kitchen, deed).status_code == 400
    assert not re.search(r'value="(on|open|light|ignite|start|switch)', kitchen.get(
        "/stove/house").text)  # fmt: skip


def test_it_is_told_apart_from_the_simulated_one(kitchen, bridge):
    real, room = kitchen.get("/stove/house").text, kitchen.get("/stove").text
    assert 'class="tag tag--real">real<' in real
    assert "simulated</span>" in room
    assert "Open the real stove" in room
    assert "not a certified safety device" in real


def test_a_bridge_that_died_leaves_the_flame_unknown(kitchen, bridge):
    order(kitchen, "plan:left", "20")
    bridge.stop()
    page = kitchen.get("/stove/house").text
    assert "The bridge does not answer" in page
    assert "Whether anything burns is not known here." in page
    assert flames(page) == []
    assert "command plan, Left burner (app)" in page  # what happened can still be read
    assert order(kitchen, "off:left").status_code == 422


def test_without_a_bridge_there_is_a_way_to_begin(client):
    page = client.get("/stove/house").text
    assert "No bridge has run on this computer yet" in page
    assert "gezhi home serve --config stove.toml" in client.get("/stove").text
