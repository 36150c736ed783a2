"""`gezhi studio`: its port, its address, its temporary folder, and how it ends."""

import http.client
import re
import signal
import socket

import pytest
from click.testing import CliRunner

from gezhi.errors import ParameterError
from gezhi.studio import cli


def get(address, path="/", host=None):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_starts_answers_and_leaves_nothing(start_studio, stop):
    studio = start_studio("--port", "0")
    status, page = get(studio.address)
    assert status == 200
    assert "Sentiment of Chinese reviews" in page
    assert get(studio.address, host="evil.example")[0] == 403
    folders = list(studio.folder.glob("gezhi-studio-*"))
    assert len(folders) == 1
    assert folders[0].stat().st_mode & 0o077 == 0
    studio.stop(stop)
    assert list(studio.folder.glob("gezhi-studio-*")) == []
    assert "Traceback" not in "".join(studio.said)


def test_a_taken_port_gives_the_next_one(start_studio):
    with socket.socket() as taken:
        taken.bind((cli.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        studio = start_studio("--port", str(port))
        found = int(re.search(r":(\d+)", studio.address.removeprefix("http:")).group(1))
        assert port < found < port + 20
        assert get(studio.address)[0] == 200


def test_it_listens_on_this_computer_only():
    with cli.bind(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_no_free_port_is_a_sentence(monkeypatch):
    with cli.bind(0) as taken:
        taken.listen()
        monkeypatch.setattr(cli, "_PORTS_TRIED", 1)
        with pytest.raises(ParameterError, match=r"no port from .* is free: name another"):
            cli.bind(taken.getsockname()[1])


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_refused(port):
    answer = CliRunner().invoke(cli.studio, ["--port", port])
    assert answer.exit_code == 2


def test_no_option_opens_it_to_other_computers():
    assert "--host" not in CliRunner().invoke(cli.studio, ["--help"]).output
