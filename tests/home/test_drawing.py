"""The drawing is one sound SVG that shows every part; the list counts them."""

import os
import re
import shutil
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright

from gezhi.home.config import EXAMPLES, example, read_config
from gezhi.home.drawing import drawing, parts


@pytest.fixture(params=EXAMPLES)
def config(request, tmp_path):
    path = tmp_path / "home.toml"
    path.write_text(example(request.param), encoding="utf-8")
    return read_config(path)


def words(svg):
    root = ElementTree.fromstring(svg)
    return [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_tap_relay_and_sensor_is_named(config):
    settings, nodes = config.settings, config.bridge.nodes
    said = words(drawing(settings, nodes))
    for tap in settings.taps:
        assert tap.name in said
        assert not tap.valve or said.count(tap.valve) == 2  # at the pipe and at the wire
    for node in nodes:
        for one in node.channels:
            assert one.name in said
            assert one.pin in said
    assert ("check valve" in said) == (settings.layout == "return-pipe")
    assert ("to the drain" in said) == (settings.layout == "drain")


def test_the_list_counts_what_is_drawn(config):
    settings = config.settings
    count = {one.name.split(",")[0]: one.count for one in parts(settings, config.bridge.nodes)}
    valves = sum(1 for tap in settings.taps if tap.valve)
    assert count.get("solenoid valve", 0) == valves
    assert count["relay module"] == valves + bool(settings.pump)
    assert count.get("circulation pump for drinking water", 0) == bool(settings.pump)
    assert count["ESP32 board"] == len(config.bridge.nodes)


def test_a_name_cannot_break_the_drawing(config):
    taps = (replace(config.settings.taps[0], name='<script>&"'),)
    said = words(drawing(replace(config.settings, taps=taps), labels={'<script>&"': "a < b"}))
    assert '<script>&"' in said
    assert "a < b" in said


def test_the_same_home_gives_the_same_drawing_and_no_other_file(config):
    svg = drawing(config.settings, config.bridge.nodes)
    assert svg == drawing(config.settings, config.bridge.nodes)
    assert set(re.findall(r"https?://[^\"]*", svg)) == {"http://www.w3.org/2000/svg"}


def test_nothing_is_outside_and_no_words_cover_each_other_in_a_browser(config, tmp_path):
    path = tmp_path / "home.svg"
    labels = {tap.name: "dn20, 6 m" for tap in config.settings.taps}
    path.write_text(drawing(config.settings, config.bridge.nodes, labels), encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(color_scheme="dark")
        page.goto(path.as_uri())
        found = page.evaluate(
            """() => { const root = document.documentElement, box = root.viewBox.baseVal;
            const paper = getComputedStyle(document.querySelector('.paper')).fill;
            return [paper, box.width, box.height, [...root.querySelectorAll('text')].map(
              t => { const b = t.getBBox(); return [t.textContent, b.x, b.y, b.width, b.height] })]
            }"""
        )
        browser.close()
    paper, width, height, texts = found
    assert paper == "rgb(20, 24, 31)"
    for name, x, y, w, h in texts:
        assert 0 <= x <= x + w <= width, name
        assert 0 <= y <= y + h <= height, name
    for i, (one, x, y, w, h) in enumerate(texts):
        for other, left, top, wide, high in texts[i + 1 :]:
            apart = x + w <= left or left + wide <= x or y + h <= top + 3 or top + high <= y + 3
            assert apart, f"{one!r} covers {other!r}"


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium was found: install it, or name one with CHROMIUM=/path/to/it"
    return path
