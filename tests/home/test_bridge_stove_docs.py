"""The page of the stove shows what is so: its file, its drawing, its commands."""

import re
from pathlib import Path

from gezhi.home.bridge.stove_system import Stove
from gezhi.home.stove_drawing import drawing
from gezhi.home.stove_file import read_stove
from gezhi.home.types.stove import Burner, StoveSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "stove.md").read_text(encoding="utf-8")


def test_the_file_that_is_shown_is_right(tmp_path):
    path = tmp_path / "home.toml"
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    hood = '[[nodes]]\nnode = "hood"\nkind = "tasmota"\nchannels = [\n    { name = "hood", '
    path.write_text(text + hood + 'channel = "1", quantity = "relay" },\n]\n', encoding="utf-8")
    assert read_stove(path).presence_seconds == 900


def test_the_circuit_that_is_shown_is_the_one_that_is_drawn():
    stored = (ROOT / "docs" / "images" / "stove-circuit.svg").read_text(encoding="utf-8")
    assert stored == drawing(("left",), {"left": "left-relay"}, sensors=("left",))


def test_every_command_that_is_named_is_one():
    named = re.search(r"\n`off`, `plan` and `extend`.*?`text`\.", PAGE, re.DOTALL)[0]
    words = set(re.findall(r"`(\w+)`", named)) - {"seconds", "minutes", "on", "text"}
    assert words == {"off", "plan", "extend", "cancel", "lock", "reset", "say"}
    system = Stove(StoveSettings((Burner("left", "left-relay"),)))
    given = {"burner": "left", "minutes": 5, "on": True, "text": "关火"}
    for word in words:
        assert system.event(word, given, ("a", "app", 0.0)) is not None


def test_it_says_first_what_it_is():
    assert "not a certified safety device" in PAGE.split("\n\n")[1]
