"""One file, from TOML to a running bridge and to node files."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.bridge_parts import free_port
from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ADDRESS_FILE, ask
from gezhi.home.config import EXAMPLES, example
from gezhi.home.serving import firmware_home, read_settings

ROOT = Path(__file__).parents[2]
ESPHOME = ROOT / "benchmarks" / "peers" / "esphome" / "bin" / "esphome"
HOME = """
[hotwater]
layout = "cold-return"
purge_limit_seconds = 240
[[hotwater.taps]]
name = "bath"
valve = "bath-valve"
probe = true
"""
PIPES = """
[plumbing]
layout = "cold-return"
ignition_litres_per_minute = 2.5
probe_metres = 6.0
[[plumbing.branches]]
tap = "bath"
material = "dn20"
metres = 9
back_material = "dn20"
back_metres = 9
"""


def documented():
    """The configuration that docs/bridge.md shows, with the controller's part beside it."""
    text = (ROOT / "docs" / "bridge.md").read_text(encoding="utf-8")
    return HOME + PIPES + re.search(r"```toml\n(\[mqtt\].*?)```", text, re.DOTALL)[1]


def test_the_documented_file_becomes_node_files(tmp_path):
    path = tmp_path / "home.toml"
    path.write_text(documented(), encoding="utf-8")
    assert read_settings(path).purge_limit_seconds == 240.0
    written = firmware_home(path, tmp_path / "nodes")
    assert [one.name for one in written] == ["cellar.yaml", "bath-tap.yaml"]
    assert "x >= 35.00f" in written[1].read_text()


@pytest.mark.parametrize("layout", EXAMPLES)
def test_esphome_accepts_the_nodes_of_every_example(layout, tmp_path):
    path = tmp_path / "home.toml"
    path.write_text(example(layout), encoding="utf-8")
    command = [sys.executable, "-m", "gezhi", "home", "firmware", "--config", path, tmp_path / "n"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    written = done.stdout.split()
    assert written
    for one in written:
        judged = subprocess.run([ESPHOME, "config", one], capture_output=True, text=True)
        assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_unit_runs_the_command(tmp_path):
    path = tmp_path / "home.toml"
    path.write_text(example("drain"), encoding="utf-8")
    command = [sys.executable, "-m", "gezhi", "home", "unit", "--config", path, "--user", "gezhi"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f'-m gezhi home serve --config "{path}"' in done.stdout


def test_the_documented_file_runs_with_the_embedded_broker(tmp_path):
    path = tmp_path / "home.toml"
    state = tmp_path / "state"
    text = documented().replace('host = "192.168.1.5"\nport = 1883', f"port = {free_port()}")
    text = text.replace("password_file", "# password_file").replace("port = 8473", "port = 0")
    path.write_text(text.replace("/var/lib/gezhi/home", str(state)), encoding="utf-8")
    code = f"from gezhi.home.serving import serve_home; serve_home({str(path)!r}, embedded=True)"
    running = subprocess.Popen([sys.executable, "-c", code])
    try:
        for _ in range(400):
            if (state / ADDRESS_FILE).exists() and ask(state, {"do": "status"})["connected"]:
                break
            time.sleep(0.05)
        status = ask(state, {"do": "status"})
        assert status["away"] == ["bath-tap", "cellar"]
        assert json.dumps(status["systems"]["hotwater"]["relays"])
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    finally:
        running.kill()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[hotwater]", "[hotwater", "no TOML"),
        ('layout = "cold-return"', "", "hotwater lacks a field"),
        ('layout = "cold-return"', 'layout = "siphon"', "should be one of return-pipe"),
        ("purge_limit_seconds = 240", "purge_limit = 240", "no field 'purge_limit'"),
        ("purge_limit_seconds = 240", "purge_limit_seconds = 900", "at most 300"),
        ("purge_limit_seconds = 240", "purge_limit_seconds = nan", "purge_limit_seconds"),
        ("probe = true", "probe = false", "neither a probe nor a thermostatic valve"),
        ("probe = true", 'probe = "yes"', "probe"),
        ('valve = "bath-valve"', "", "has no valve"),
        (HOME, "", "no table"),
    ],
)
def test_a_flaw_of_the_house_is_named(tmp_path, old, new, says):
    path = tmp_path / "home.toml"
    assert old in HOME
    path.write_text(HOME.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_settings(path)
