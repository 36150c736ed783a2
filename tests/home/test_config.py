"""A file that contradicts itself is named with its key; the examples are right."""

import pytest

from gezhi.errors import InputError
from gezhi.home.config import EXAMPLES, example, pipe_labels, read_config
from gezhi.home.settings import flaws


def written(tmp_path, text):
    path = tmp_path / "home.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("layout", EXAMPLES)
def test_the_examples_are_right(layout, tmp_path):
    config = read_config(written(tmp_path, example(layout)))
    assert config.settings.layout == layout
    assert flaws(config.settings) == ()
    assert config.bridge.nodes
    assert set(pipe_labels(config)) == {tap.name for tap in config.settings.taps}


def test_what_is_left_open_follows_from_pipes_and_nodes(tmp_path):
    taps = read_config(written(tmp_path, example("cold-return"))).settings.taps
    # 4 m of dn25 and 6 m of dn20, times 1.39 for the wall, less two seconds of the fastest flow.
    assert taps[0].purge_litres == pytest.approx((4 * 0.254 + 6 * 0.163) * 1.39 - 0.4, abs=0.03)
    assert taps[0].cooling_seconds == pytest.approx(0.163 * 4180 * 1.39 / 0.48)
    assert taps[0].valve_lease_seconds == 0
    other = example("cold-return").replace('node = "bath"\nkind = "esphome"', (
        'node = "bath"\nkind = "zigbee2mqtt"'
    )).replace("probe_metres = 6.0", "probe_metres = 11")  # fmt: skip
    assert read_config(written(tmp_path, other)).settings.taps[1].valve_lease_seconds == 5


@pytest.mark.parametrize(
    ("layout", "old", "new", "words"),
    [
        ("cold-return", 'valve = "bath-valve"', 'valve = "kitchen-valve"', "shares the relay"),
        ("cold-return", "probe = true", "probe = false", "neither a probe nor a thermostatic"),
        ("cold-return", "pump_litres_per_minute = 6\n", "pump_litres_per_minute = 7\n", "the same"),
        ("cold-return", "pump_flow_litres_per_minute = 6.0", "pump_flow_litres_per_minute = 2.0",
         "the pump should move more"),
        ("cold-return", "probe_metres = 6.0", "probe_metres = 3.5", "should be at least"),
        ("cold-return", '{ tap = "bath", mat', '{ tap = "cellar", mat', "should be in both"),
        ("cold-return", '{ name = "flow"', '{ name = "stream"', "no node has a channel 'flow'"),
        ("cold-return", 'quantity = "celsius"', 'quantity = "switch"', "should be a celsius"),
        ("cold-return", '[plumbing]\nlayout = "cold-return"', '[plumbing]\nlayout = "drain"',
         "plumbing.layout is 'drain'"),
        ("drain", 'pump = ""', 'pump = "pump"', "layout drain has a pump"),
        ("drain", "drain_litres = 8.0", "drain_litres = nan", "drain_litres"),
        ("drain", "drain_litres = 8.0", "drain_litres = -1.0", "drain_litres is -1"),
        ("drain", "drain_litres = 8.0", 'drain_litres = "eight"', "hotwater.drain_litres"),
        ("drain", "drain_litres = 8.0", "drain_liters = 8.0", "drain_liters"),
        ("drain", 'layout = "drain"', 'layout = "siphon"', "siphon"),
        ("drain", "[mqtt]", "[mqqt]", "there is no table [mqqt]"),
        ("drain", "[hotwater]", "[hotwater", "no TOML"),
        ("return-pipe", 'return_sensor = "switch"', 'return_sensor = ""', "needs 'switch'"),
    ],
)  # fmt: skip
def test_a_contradiction_is_one_sentence_with_its_key(layout, old, new, words, tmp_path):
    text = example(layout)
    assert old in text
    with pytest.raises(InputError) as told:
        read_config(written(tmp_path, text.replace(old, new)))
    assert words in str(told.value)
    assert "home.toml" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml"):
        read_config(tmp_path / "none.toml")
