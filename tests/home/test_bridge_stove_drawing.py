"""The stove's drawing: every relay and its closed contact, honest, and legible in a browser."""

import os
import shutil
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright

from gezhi.home.bridge.configuration import ChannelSettings, NodeSettings
from gezhi.home.stove_drawing import HONESTY, drawing, parts

RELAYS = {"left": "left-relay", "right": "right-relay"}
NODE = NodeSettings(
    node="stove",
    channels=(
        ChannelSettings(name="left-relay", channel="left", quantity="relay", pin="GPIO16"),
        ChannelSettings(name="right-relay", channel="right", quantity="relay", pin="GPIO17"),
    ),
)


def drawn():
    return drawing(("left", "right"), RELAYS, sensors=("right",), nodes=(NODE,))


def words(svg):
    root = ElementTree.fromstring(svg)
    return [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_burner_has_its_contact_closed_at_rest():
    said = words(drawn())
    for name, relay in RELAYS.items():
        assert name in said
        assert said.count(relay) == 2  # in the circuit and at the wire
    assert said.count("closed at rest and without power") == 2
    assert said.count("relay, contact normally CLOSED") == 2
    assert said.count("ADS1115") == 1
    assert "relay, contact normally open" not in said


def test_it_says_first_what_it_is():
    said = words(drawn())
    assert tuple(said[1:3]) == HONESTY
    assert "not a certified safety device" in HONESTY[0]
    assert "never on" in HONESTY[1]


def test_the_list_counts_and_asks_for_a_good_contact():
    count = {one.name: one for one in parts(3, 2, 1)}
    relay = next(one for name, one in count.items() if "gold-plated" in name)
    assert relay.count == 3
    assert sum(one.count for one in parts(3, 3)) - sum(one.count for one in parts(3)) == 2
    assert not any("ADS1115" in one.name for one in parts(2))


def test_a_name_cannot_break_the_drawing():
    said = words(drawing(('<script>&"',), {'<script>&"': "a < b"}))
    assert '<script>&"' in said
    assert "a < b" in said


def test_nothing_is_outside_and_no_words_cover_each_other_in_a_browser(tmp_path):
    path = tmp_path / "stove.svg"
    path.write_text(drawn(), encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(path.as_uri())
        width, height, texts = page.evaluate(
            """() => { const root = document.documentElement, box = root.viewBox.baseVal;
            return [box.width, box.height, [...root.querySelectorAll('text')].map(
              t => { const b = t.getBBox(); return [t.textContent, b.x, b.y, b.width, b.height] })]
            }"""
        )
        browser.close()
    for i, (one, x, y, w, h) in enumerate(texts):
        assert 0 <= x <= x + w <= width, one
        assert 0 <= y <= y + h <= height, one
        for other, left, top, wide, high in texts[i + 1 :]:
            apart = x + w <= left or left + wide <= x or y + h <= top + 3 or top + high <= y + 3
            assert apart, f"{one!r} covers {other!r}"


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium was found: install it, or name one with CHROMIUM=/path/to/it"
    return path


def test_no_burner_is_no_drawing_of_relays():
    assert parts(0, 0, 0) == ()
    with pytest.raises(KeyError):
        drawing(("left",), {})
