"""The front door: what it prints, where, and with which exit code."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gezhi import __version__
from gezhi.cli import FrontDoor, cli
from gezhi.errors import BundleError, GezhiError, Interrupted
from gezhi.kernel.bundle import write_bundle
from gezhi.kernel.paths import user_models_folder
from gezhi.kernel.registry import DATA


def run(*arguments: str, command: click.Command = cli):
    return CliRunner().invoke(command, list(arguments), prog_name="gezhi")


def write_tiny(folder: Path) -> Path:
    write_bundle(
        folder,
        name="tiny",
        version="1",
        kind="test",
        files={"model.onnx": b"weights"},
        parameters={},
        inputs={},
        outputs={},
        preprocessing={},
        metrics={},
        training={},
    )
    return folder


@pytest.fixture
def tiny() -> Path:
    return write_tiny(user_models_folder() / "tiny" / "1")


def failing(error: BaseException) -> click.Group:
    """A door whose only command raises ``error``."""

    @click.group(cls=FrontDoor)
    @click.option("--debug", is_flag=True)
    def door(debug):
        pass

    @door.command()
    def fail():
        raise error

    return door


class TestExitCodes:
    def test_version_and_help_are_done(self):
        assert run("--version").output == f"gezhi, version {__version__}\n"
        assert run("--help").exit_code == 0

    @pytest.mark.parametrize("arguments", [["nothing"], ["--nothing"], ["data", "fetch"]])
    def test_wrong_usage_is_two(self, arguments):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Usage: gezhi" in result.stderr

    @pytest.mark.parametrize(
        ("error", "code", "sentence"),
        [
            (GezhiError("row 3\nhas no label"), 1, "gezhi: row 3 has no label"),
            (BundleError("damaged"), 1, "gezhi: damaged"),
            (Interrupted("stopped; 12 rows are kept"), 130, "gezhi: stopped; 12 rows are kept"),
            (KeyboardInterrupt(), 130, "gezhi: interrupted"),
            (
                OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out.csv"),
                1,
                "gezhi: the disk is full: out.csv could not be written; free some space",
            ),
            (
                PermissionError(errno.EACCES, "denied", "out.csv"),
                1,
                "gezhi: permission denied: out.csv may not be opened or written by this user",
            ),
            (
                FileNotFoundError(errno.ENOENT, "none", "in.csv"),
                1,
                "gezhi: no such file or folder: in.csv",
            ),
            (OSError(errno.EIO, "Input/output error"), 1, "gezhi: Input/output error"),
            (MemoryError(), 1, "gezhi: there is not enough memory for this"),
            (
                TypeError("bad\nthing"),
                1,
                "gezhi: an error that should not happen: TypeError: bad thing "
                "(gezhi --debug shows where)",
            ),
        ],
        ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else None,
    )
    def test_an_error_is_one_line_and_a_code(self, error, code, sentence):
        result = run("fail", command=failing(error))
        assert (result.exit_code, result.stdout) == (code, "")
        assert result.stderr == sentence + "\n"

    def test_debug_shows_the_traceback(self):
        result = run("--debug", "fail", command=failing(GezhiError("no label")))
        assert result.exit_code == 1
        assert "Traceback" in result.stderr
        assert result.stderr.endswith("gezhi: no label\n")


class TestModels:
    def test_a_model_is_listed(self, tiny):
        assert "tiny" in run("models", "list").stdout
        listed = json.loads(run("models", "list", "--json").stdout)["models"]
        (row,) = [one for one in listed if one["name"] == "tiny"]
        assert (row["version"], row["kind"], row["where"], row["sound"]) == (
            "1",
            "test",
            "user",
            True,
        )
        assert Path(row["folder"]) == tiny

    def test_a_sound_model_is_verified(self, tiny):
        result = run("models", "verify", "tiny")
        assert (result.exit_code, result.stdout) == (0, "tiny@1  sound\n")

    def test_a_damaged_model_is_a_negative_answer(self, tiny):
        (tiny / "model.onnx").write_bytes(b"wrights")
        assert "damaged" in run("models", "list").stdout
        for arguments in (["tiny"], [str(tiny)], []):
            result = run("models", "verify", *arguments)
            assert result.exit_code == 3
            assert "tiny@1  damaged: " in result.stdout
        answer = json.loads(run("models", "verify", "--json").stdout)
        assert answer["sound"] is False

    def test_an_unknown_model_is_an_error(self):
        result = run("models", "verify", "nothing")
        assert result.exit_code == 1
        assert result.stderr.startswith("gezhi: there is no model 'nothing'")


class TestData:
    def test_every_data_set_is_listed(self):
        rows = json.loads(run("data", "list", "--json").stdout)["data"]
        assert [one["name"] for one in rows] == list(DATA)
        assert all(one["path"] is None and "gezhi data fetch" in one["error"] for one in rows)
        listed = run("data", "list").stdout
        assert listed.count("not here") == len(DATA)
        assert max(map(len, listed.splitlines())) <= 80

    def test_what_is_here_is_not_fetched(self, tmp_path, monkeypatch):
        data = DATA["news-sentences"]
        monkeypatch.setitem(DATA, data.name, type(data)(data.name, "n", None, None, None, "-", "-"))
        (tmp_path / "n").write_bytes(b"here")
        monkeypatch.setenv("GEZHI_DATA", str(tmp_path))
        result = run("data", "fetch", data.name)
        assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'n'}\n")

    def test_without_an_address_the_sentence_says_what_to_name(self):
        result = run("data", "fetch", "news-sentences")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "--url" in result.stderr


def process(*arguments: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "gezhi", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_reader_that_leaves_early_is_no_error():
    door = process("data", "list", "--json")
    door.stdout.close()
    assert door.stderr.read() == b""
    assert door.wait(60) == 0


def test_ctrl_c_ends_with_one_line():
    code = (
        "import time, click\n"
        "from gezhi.cli import cli, main\n"
        "@cli.command()\n"
        "def sleep():\n"
        "    click.echo('ready')\n"
        "    time.sleep(60)\n"
        "import sys; sys.argv = ['gezhi', 'sleep']\n"
        "main()\n"
    )
    door = subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert door.stdout.readline() == b"ready\n"
    time.sleep(0.1)
    door.send_signal(signal.SIGINT)
    assert door.wait(60) == 130
    assert door.stderr.read() == b"gezhi: interrupted\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gezhi", "data", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.stderr.decode().startswith("gezhi: the disk is full")
    assert done.stderr.count(b"\n") == 1
    assert done.returncode == 1


def test_a_closed_stdout_is_no_error():
    command = [sys.executable, "-m", "gezhi", "models", "list"]
    closed = ["bash", "-c", 'exec "$@" >&-', "-", *command]
    done = subprocess.run(closed, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "group", [(), ("models",), ("data",), ("read",), ("read", "sentiment"), ("papers",)]
)
def test_the_line_of_a_command_is_a_whole_one_at_80_columns(group):
    listed = run(*group, "--help").stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed
