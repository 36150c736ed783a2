"""The told evening, the example files, and the commands around the stove's own file."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.bridge_parts import free_port
from gezhi.errors import InputError
from gezhi.home.bridge.configuration import read_configuration
from gezhi.home.bridge.loopback import ADDRESS_FILE, ask
from gezhi.home.serving import firmware_home, has_hot_water
from gezhi.home.stove_evening import SCRIPT, evening
from gezhi.home.stove_file import example, hub_only, read_stove, with_timers

ROOT = Path(__file__).parents[2]
ESPHOME = ROOT / "benchmarks" / "peers" / "esphome" / "bin" / "esphome"


def gezhi(*arguments, stdin=None):
    return subprocess.run(
        [sys.executable, "-m", "gezhi", "home", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, input=stdin,
    )  # fmt: skip


def written(tmp_path, text):
    path = tmp_path / "home.toml"
    path.write_text(text, encoding="utf-8")
    return path


# ---- the evening ------------------------------------------------------------------------------


def test_the_evening_of_ours_goes_as_its_remarks_say():
    said = [(one.at, one.who, one.text) for one in evening()]
    dropped = [at for at, who, text in said if who == "valve" and "shut" in text]
    assert dropped == ["18:31:00", "18:50:00", "19:00:00", "19:21:00"]
    lit = [at for at, who, text in said if who == "hand" and "holds the valve" in text]
    assert lit == ["18:00:08", "18:05:08", "18:33:08", "19:05:08", "19:26:08"]
    assert any(at == "18:50:00" and "late" in text for at, _, text in said)
    assert any("by hand now" in text for _, _, text in said)
    assert not [text for _, who, text in said if who == "hub" and "{" in text]


def test_a_flame_is_never_lit_but_by_a_hand():
    lines = evening("18:00 say turn on the stove\n18:01 say 开火\n18:02 plan left 1\n18:10 end")
    assert not [one for one in lines if one.who == "valve"]
    assert not [one for one in lines if "a flame burns" in one.text]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("", "empty"),
        ("# nothing\n\n", "empty"),
        ("light left", "line 1: 'light left' should be as"),
        ("25:00 light left", "line 1"),
        ("18:61 light left", "line 1"),
        ("18:00", "line 1"),
        ("18:05 light left\n18:00 out left", "line 2: 18:00:00 is before"),
        ("18:00 light roof", "there is no burner 'roof'"),
        ("18:00 explode", "line 1: 'explode': not understood"),
        ("18:00 plan left soon", "not understood"),
        ("18:00 plan left", "not understood"),
        ("18:00 hub lost", "gone or back"),
        ("18:00 fail left gas", "not understood"),
        ("18:00 alarm fire on", "smoke, gas, hood"),
        ("18:00 lock maybe", "on or off"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(script, says):
    with pytest.raises(InputError, match=says):
        evening(script)


def test_the_commands_tell_and_write(tmp_path):
    told = gezhi("stove", "simulate", "--script", "-", "--json", stdin="18:00 light left\n")
    lines = json.loads(told.stdout)["lines"]
    assert {"at", "who", "text"} == set(lines[0])
    assert any(one["who"] == "hand" for one in lines)
    assert gezhi("stove", "simulate", "--show-script").stdout == SCRIPT
    wrong = gezhi("stove", "simulate", "--script", "-", stdin="soon light left\n")
    assert wrong.returncode == 1
    assert wrong.stderr.count("\n") == 1
    path = written(tmp_path, example())
    page = tmp_path / "page.md"
    done = gezhi("stove", "instructions", "--config", path, "--language", "zh", page)
    assert done.returncode == 0, done.stderr
    assert "不是经过认证的安全装置" in page.read_text(encoding="utf-8")


# ---- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stove", "both"])
def test_an_example_is_drawn_and_its_nodes_are_accepted_by_esphome(name, tmp_path):
    path = written(tmp_path, example(name))
    assert has_hot_water(path) is (name == "both")
    nodes = firmware_home(path, tmp_path / "nodes")
    assert nodes
    for one in nodes:
        judged = subprocess.run([ESPHOME, "config", one], capture_output=True, text=True)
        assert judged.returncode == 0, judged.stdout + judged.stderr
    stove = next(one for one in nodes if one.name == "stove.yaml").read_text()
    assert stove.startswith("# A home-made modification, not a certified safety device")
    done = gezhi("drawing", "--config", path, tmp_path / "home.svg")
    assert done.returncode == 0, done.stderr
    assert "gold-plated" in done.stdout
    assert ("check valve" in done.stdout) is (name == "both")
    svg = ElementTree.fromstring((tmp_path / "home.svg").read_text(encoding="utf-8"))
    said = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "relay, contact normally CLOSED" in said
    assert ("heater" in said) is (name == "both")


def test_who_keeps_a_timer_follows_from_the_device(tmp_path):
    settings = read_stove(written(tmp_path, example()))
    assert hub_only(settings) == ()
    found = with_timers(read_configuration(tmp_path / "home.toml"), settings)
    names = {one.name for node in found.nodes for one in node.channels}
    assert {"timer:left", "timer:right"} <= names
    bought = example("both").replace('node = "stove"\nkind = "esphome"', (
        'node = "stove"\nkind = "tasmota"'
    ))  # fmt: skip
    settings = read_stove(written(tmp_path, bought))
    assert hub_only(settings) == ("wok",)
    found = with_timers(read_configuration(tmp_path / "home.toml"), settings)
    assert not [one for node in found.nodes for one in node.channels if one.quantity == "timer"]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("stove", "[stove]", "[stove", "no TOML"),
        ("stove", "[mqtt]", "[mqqt]", r"there is no table \[mqqt\]"),
        ("stove", "presence_seconds = 900", "presence = 900", "no field 'presence'"),
        ("stove", "presence_seconds = 900", "presence_seconds = nan", "presence_seconds"),
        ("stove", "presence_seconds = 900", "presence_seconds = -1.0", "at least 0"),
        ("stove", "presence_seconds = 900", "pulse_seconds = 0.0", "pulse_seconds is 0"),
        ("stove", "presence_seconds = 900", "energised_limit_seconds = 90.0", "at most 60"),
        ("stove", "presence_seconds = 900", "pulse_seconds = 45.0", "at most 30"),
        ("stove", "presence_seconds = 900", 'pulse_seconds = "ten"', "stove.pulse_seconds"),
        ("stove", 'name = "right"', 'name = "left"', "named twice"),
        ("stove", 'name = "right"', 'name = "all"', "means all of them"),
        ("stove", 'name = "right"', 'name = "a/b"', "no topic can hold"),
        ("stove", 'relay = "right-relay"', 'relay = "left-relay"', "one of its own"),
        ("stove", 'relay = "right-relay"', 'relay = "valve"', "no node has a channel 'valve'"),
        ("stove", '"millivolts", pin = "A2_A3"', '"switch", pin = "GPIO5"', "should be a milli"),
        ("stove", 'hood = "hood"', 'hood = "fan"', "no node has a channel 'fan'"),
        ("stove", '"presence", channel', '"person", channel', "no node has a channel 'presence'"),
        ("both", 'relay = "wok-relay"', 'relay = "pump"', "hot water's"),
        ("both", 'relay = "wok-relay"', 'relay = "wok-relay"\nnode = 1', "node"),
        ("both", '[[stove.burners]]\nname = "wok"\nrelay = "wok-relay"', "", "burners is missing"),
    ],
)
def test_a_flaw_of_the_stove_is_one_sentence_with_its_key(name, old, new, says, tmp_path):
    text = example(name)
    assert old in text
    with pytest.raises(InputError, match=says) as told:
        read_stove(written(tmp_path, text.replace(old, new)))
    assert "home.toml" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_without_either_is_said(tmp_path):
    with pytest.raises(InputError, match="no table"):
        firmware_home(written(tmp_path, '[mqtt]\nhost = "127.0.0.1"\n'), tmp_path / "n")
    with pytest.raises(InputError, match=r"none\.toml"):
        read_stove(tmp_path / "none.toml")


# ---- serving ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stove", "both"])
def test_the_bridge_serves_it_and_is_asked_through_its_socket(name, tmp_path):
    state = tmp_path / "state"
    bridge = f'[bridge]\nport = 0\nfolder = "{state}"\n\n[mqtt]\nport = {free_port()}\n'
    text = example(name).replace("[mqtt]\n", bridge)
    if name == "both":
        text = text.replace('node = "stove"\nkind = "esphome"', 'node = "stove"\nkind = "tasmota"')
    path = written(tmp_path, text)
    output = tmp_path / "output"
    with output.open("wb") as stream:
        running = subprocess.Popen(
            [sys.executable, "-m", "gezhi", "home", "serve", "--config", path, "--embedded-broker"],
            stderr=stream,
        )
    try:
        for _ in range(600):
            if (state / ADDRESS_FILE).exists() and ask(state, {"do": "status"})["connected"]:
                break
            assert running.poll() is None, output.read_text()
            time.sleep(0.05)
        systems = ask(state, {"do": "status"})["systems"]
        assert set(systems) == ({"stove"} if name == "stove" else {"hotwater", "stove"})
        burner = "left" if name == "stove" else "wok"
        answer = ask(state, {"do": "command", "system": "stove", "command": "plan",
                             "burner": burner, "minutes": 5})["answer"]  # fmt: skip
        assert answer["accepted"]
        answer = ask(state, {"do": "command", "system": "stove", "command": "open"})["answer"]
        assert "nothing but a hand" in answer["reason"]
        assert ask(state, {"do": "status"})["systems"]["stove"]["burners"][burner]["timers"] == 1
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.wait()
    assert ("live in this hub alone" in output.read_text()) is (name == "both")
