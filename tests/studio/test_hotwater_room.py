"""The hot-water room: its addresses, its files, its comparison, and what it refuses."""

import html
import json
import re

import pytest

from gezhi.home.clock import find_zone
from gezhi.home.compare import POLICIES, WARM_UP_DAYS, compare, town_of, town_of_log
from gezhi.home.draw_log import read_log
from gezhi.home.plant import REFERENCE
from gezhi.studio.hotwater import comparisons, example, live
from gezhi.studio.hotwater.scenes import SEED
from gezhi.studio.hotwater.task import MOST_DAYS, compare_policies

JSON = {"accept": "application/json"}
HOME = '[plumbing]\nbranches = [{ tap = "bath", material = "dn20", metres = 9 }]\n'
LOG = "time,tap,flow_l_min,seconds\n" + "".join(
    f"2026-01-{day:02}T{hour:02}:30:00,tap,5.0,60\n" for day in range(5, 8) for hour in (6, 12, 19)
)


@pytest.fixture
def act(client):
    """Press a button of the living pipes as the page's script does."""

    def send(deed, **fields):
        return client.post(f"/hotwater/live/{deed}", data=fields, headers=JSON)

    return send


def give(client, name, text):
    data = text.encode() if isinstance(text, str) else text
    return client.post("/hotwater/files", files={"file": (name, data)})


def chosen(page, select):
    """The value that is selected in a list of the page."""
    block = re.search(rf'<select id="{select}".*?</select>', page, re.DOTALL)[0]
    found = re.search(r'<option value="([^"]*)" selected', block)
    return found and found[1]


# ---- the first sight --------------------------------------------------------------------------


def test_the_room_opens_with_a_home_in_which_something_happens(client):
    page = client.get("/hotwater").text
    assert "It buys comfort. It saves no money." in page
    assert re.search(r'id="ruled-hot0-flow" data-on="1"', page)
    assert re.search(r'id="alone-hot0-flow" data-on="0"', page)
    assert client.app.state.living.all == {}  # looking alone makes nothing


def test_the_rule_is_beside_a_home_without_anything(client):
    page = client.get("/hotwater").text
    alone, ruled = page.split('<article class="home home--ruled"')
    assert 'class="pump"' not in alone
    assert 'class="check"' not in alone
    assert 'class="pump"' in ruled


def test_no_page_of_the_room_holds_inline_code_or_asks_elsewhere(client):
    for path in ("/hotwater", "/hotwater/house", "/"):
        text = client.get(path).text
        assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
        assert "<style" not in text
        assert not re.findall(r"\s(?:on[a-z]+|style)=", text)
        if path != "/":
            assert "//" not in text.replace("<!doctype html>", "")


def test_the_stored_example_is_shown_whole_and_said_to_be_stored(client):
    page = html.unescape(client.get("/hotwater").text)
    stored = example.load()
    assert "Worked example, computed beforehand." in page
    assert stored["made"]["on"] in page
    assert stored["made"]["command"] in page
    rows = stored["result"]["policies"]
    assert [one["name"] for one in rows] == list(POLICIES)
    for one in rows:
        assert f"{one['extra_heat_kwh_per_day']:.2f} kWh" in page
    assert page.count("<circle cx=") == len(POLICIES)


def test_the_stored_example_is_of_the_household_that_it_names():
    stored = example.load()["result"]
    assert stored["days"] == example.DAYS
    town = town_of(REFERENCE, seed=SEED, days=example.DAYS, zone=find_zone("UTC"))
    begun = town.start + WARM_UP_DAYS * 86_400
    least = REFERENCE.heater.ignition_litres_per_minute
    lived = [one for one in town.draws if begun <= one.at < begun + example.DAYS * 86_400]
    counted = sum(one.litres_per_minute >= least for one in lived)
    served = [one["draws"] for one in stored["policies"]]
    # A draw at the first or the last midnight may fall on either side of it.
    assert max(served) - min(served) <= 3
    assert served[0] == pytest.approx(counted, abs=3), "python -m gezhi.studio.hotwater.example"


# ---- the living pipes -------------------------------------------------------------------------


def test_a_look_makes_this_browsers_home_and_lives_on(client, act):
    first = act("step").json()
    session = next(iter(client.app.state.living.all.values()))
    session.looked -= 1.0
    second = act("step").json()
    assert len(client.app.state.living.all) == 1
    assert second["words"]["clock"] > first["words"]["clock"]
    assert second["speed"] == second["pace"] == 60
    assert second["words"]["clock"] in client.get("/hotwater").text


def test_tap_request_and_stop(act):
    act("speed", do="0")
    held = act("tap", do="open:0").json()
    assert held["on"]["hand0"]
    assert held["on"]["alone-hot0-flow"]
    assert not act("tap", do="close:0").json()["on"]["hand0"]
    stopped = act("stop").json()
    assert stopped["words"]["ruled-said"] == "tap: stopped"
    assert not stopped["on"]["ruled-pump"]
    assert act("request", do="0").json()["words"]["ruled-said"].startswith("tap: starts when")


def test_speeds(act):
    for speed in live.SPEEDS:
        assert act("speed", do=str(speed)).json()["speed"] == speed


@pytest.mark.parametrize(
    ("deed", "said", "sentence"),
    [
        ("speed", "5000000", "speed is one of 0, 1, 10, 60, 600"),
        ("speed", "fast", "speed is one of"),
        ("tap", "open:9", "there is no tap '9'; the home has 1"),
        ("tap", "open:<b>", "there is no tap '<b>'"),
        ("tap", "", "a tap is opened or closed, not ''"),
        ("tap", "close:9", "there is no tap '9'"),
        ("request", "sauna", "there is no tap 'sauna'"),
        ("request", "１", "there is no tap '１'"),
    ],
)
def test_a_button_that_no_page_has_is_refused_in_the_librarys_words(act, deed, said, sentence):
    answer = act(deed, do=said)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)


def test_another_scene_begins_anew(client, act):
    act("step")
    page = client.post(
        "/hotwater/live/scene",
        data={"home": "two-taps", "layout": "cold-return", "rule": "hotcirc"},
    ).text
    assert chosen(page, "scene-home") == "two-taps"
    assert chosen(page, "scene-layout") == "cold-return"
    assert chosen(page, "scene-rule") == "hotcirc"
    assert page.count('class="valve"') == 2
    assert len(client.app.state.living.all) == 1
    assert act("tap", do="open:1").json()["on"]["hand1"]


def test_a_scene_that_is_none_is_the_worked_example(client):
    page = client.post(
        "/hotwater/live/scene", data={"home": "../x", "layout": "siphon", "rule": "<b>"}
    ).text
    assert chosen(page, "scene-home") == "reference"
    assert chosen(page, "scene-layout") == "return-pipe"
    assert chosen(page, "scene-rule") == "learned"


def test_when_too_many_look_the_next_one_is_told(client, act, monkeypatch):
    act("step")
    monkeypatch.setattr(client.app.state.living, "most", 1)
    client.cookies.clear()
    answer = act("step")
    assert answer.status_code == 503
    assert "Too many pages watch a home already" in answer.text


def test_without_a_script_the_buttons_work_too(client):
    page = client.get("/hotwater").text
    before = re.search(r'id="clock">([^<]*)<', page)[1]
    after = client.post("/hotwater/live/pass").text
    assert re.search(r'id="clock">([^<]*)<', after)[1] > before
    held = client.post("/hotwater/live/tap", data={"do": "open:0"})
    assert held.url.path == "/hotwater"
    assert 'value="close:0" aria-pressed="true"' in held.text


LIVE = ["step", "pass", "speed", "tap", "request", "stop", "scene"]
WRITING = [f"/hotwater/live/{deed}" for deed in LIVE]
WRITING += ["/hotwater/files", "/hotwater/compare", "/hotwater/files/x/remove",
            "/hotwater/house/command"]  # fmt: skip


@pytest.mark.parametrize("path", WRITING)
def test_another_page_moves_nothing(client, path):
    for headers in (
        {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
        {"host": "evil.example:8470"},
    ):
        assert client.post(path, data={"do": "open:0"}, headers=headers).status_code == 403
    assert client.app.state.living.all == {}


# ---- files of one's own -----------------------------------------------------------------------


def test_a_home_of_ones_own_lives_and_is_offered(client):
    page = give(client, "我的家.toml", HOME)
    assert page.status_code == 200
    assert chosen(page.text, "compare-home")
    assert page.text.count("我的家.toml") >= 3
    name = chosen(page.text, "compare-home")
    lived = client.post("/hotwater/live/scene", data={"home": name}).text
    assert chosen(lived, "scene-home") == name
    assert "Hold open: bath" in lived


def test_a_log_of_ones_own_is_offered(client):
    page = give(client, "mine.csv", LOG).text
    assert chosen(page, "compare-log")
    assert "mine.csv" in page


WRONG = [
    ("home.toml", "[plumbing]\nlayout = 'siphon'\n", "layout must be one of"),
    ("home.toml", "[plumbing\n", "home.toml is no TOML"),
    ("home.toml", b"\xff\xfe", "home.toml is no TOML"),
    ("home.toml", "[plumbing]\nsupply = 4\n", "plumbing has an unknown key 'supply'"),
    ("home.toml", "[plumbing]\nsupply_celsius = nan\n", "supply_celsius must be a number from"),
    ("log.csv", "a,b\n1,2\n", "log.csv has no column 'time'"),
    ("log.csv", LOG + "2026-01-12T06:00:00,tap,nan,60\n", "line 11: flow_l_min must be a number"),
    ("log.csv", "time,tap,flow_l_min,seconds\n", "log.csv has no draws"),
    ("log.csv", b"\x00\xff\xfe", "log.csv"),
    ("what.exe", "MZ", "what.exe has no column"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG)
def test_a_wrong_file_is_refused_in_the_librarys_words(client, settings, name, text, sentence):
    answer = give(client, name, text)
    assert answer.status_code == 422
    shown = html.unescape(answer.text)
    assert "This file cannot be used as it is:" in shown
    assert sentence in shown
    assert str(settings.folder) not in shown
    assert not [one for one in settings.folder.rglob("*") if one.is_file()]


def test_no_file_and_a_file_too_large(client, monkeypatch):
    assert client.post("/hotwater/files", files={"x": (None, "y")}).status_code == 422
    monkeypatch.setattr(comparisons, "LIMIT_BYTES", 1000)
    answer = give(client, "log.csv", LOG * 50)
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_file_can_be_taken_back(client, settings):
    page = give(client, "mine.csv", LOG).text
    address = re.search(r'action="(/hotwater/files/[^"]+/remove)"', page)[1]
    assert "mine.csv" not in client.post(address).text
    assert not [one for one in settings.folder.rglob("*") if one.is_file()]


def test_files_are_their_browsers_own(client):
    page = give(client, "home.toml", HOME).text
    name = chosen(page, "compare-home")
    client.cookies.clear()
    lived = client.post("/hotwater/live/scene", data={"home": name}).text
    assert chosen(lived, "scene-home") == "reference"
    answer = client.post("/hotwater/compare", data={"home": name, "log": "", "days": "1"})
    assert answer.status_code == 400


def test_the_controllers_numbers_in_a_home_hold_in_the_drawing(client):
    page = give(client, "home.toml", HOME + "[hotwater]\nmin_off_seconds = 7\n").text
    client.post("/hotwater/live/scene", data={"home": chosen(page, "compare-home")})
    session = next(iter(client.app.state.living.all.values()))
    assert session.homes[1].state.settings.min_off_seconds == 7.0


# ---- the comparison ---------------------------------------------------------------------------


def quiet(done, total, message):
    assert 0 <= done <= total
    assert message == ""


def test_the_job_is_the_librarys_comparison(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    names = ("nothing", "hotcirc")
    done = compare_policies(
        {"home": "reference", "log": str(log), "days": 28, "policies": names}, quiet
    )
    zone = find_zone("UTC")
    town = town_of_log(REFERENCE, read_log(log, zone), days=None, zone=zone, seed=SEED)
    assert done["policies"] == [one.record() for one in compare(town, names)]
    assert (done["days"], done["warm_up_days"]) == (1, 2)
    json.dumps(done)


def test_of_a_long_log_the_days_asked_for_are_measured(tmp_path):
    log = tmp_path / "log.csv"
    rows = "".join(
        f"2026-{month:02}-{day:02}T07:00:00,tap,5.0,60\n"
        for month in (1, 2)
        for day in range(1, 29)
    )
    log.write_text("time,tap,flow_l_min,seconds\n" + rows)
    asked = {"home": "reference", "log": str(log), "days": 5, "policies": ("nothing",)}
    done = compare_policies(asked, quiet)
    assert (done["days"], done["policies"][0]["draws"]) == (5, 5)


def test_a_comparison_from_the_form_to_the_table(client, finish):
    give(client, "home.toml", HOME)
    page = give(client, "mine.csv", LOG.replace("00,tap,", "00,bath,")).text
    home = re.search(r'<option value="([^"]{20,})"[^>]*>home.toml', page)[1]
    log = chosen(page, "compare-log")
    asked = client.post("/hotwater/compare", data={"home": home, "log": log, "days": "7"})
    assert re.match(r"/hotwater/compare/.{20,}", asked.url.path)
    done = finish(client, asked.url.path).text
    assert "All rules, on the same draws" in done
    assert "1 day measured, after 2 of learning." in done
    assert done.count('<th scope="row">') == done.count("<circle cx=") == len(POLICIES)
    assert "mine.csv" in done
    assert "home.toml, 7 days" in client.get("/hotwater").text


def test_a_log_of_another_home_fails_in_words(client, finish):
    two = HOME.replace("}]", '}, { tap = "sink", material = "dn20", metres = 4 }]')
    give(client, "home.toml", two)
    page = give(client, "mine.csv", LOG).text
    home = re.search(r'<option value="([^"]{20,})"[^>]*>home.toml', page)[1]
    log = chosen(page, "compare-log")
    asked = client.post("/hotwater/compare", data={"home": home, "log": log, "days": "7"})
    done = html.unescape(finish(client, asked.url.path).text)
    assert "The comparison could not be made:" in done
    assert "a draw names the tap 'tap'; the home has bath, sink" in done


@pytest.mark.parametrize("days", ["0", "-1", "", "x", "7.5", str(MOST_DAYS + 1), "9" * 50, "٣"])
def test_days_that_no_form_offers_are_refused(client, days):
    answer = client.post("/hotwater/compare", data={"home": "reference", "log": "", "days": days})
    assert answer.status_code == 400
    assert client.app.state.comparisons.all == {}


def test_a_comparison_that_is_gone(client):
    assert client.get("/hotwater/compare/nothing").status_code == 404
