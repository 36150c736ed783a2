"""The bridge with a real Home Assistant: found, shown, pressed, lost and found again.

Run by tests/homeassistant.sh, which builds the environment; too long for `make test`.
"""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from benchmarks.bridge_house import hot_water
from benchmarks.bridge_parts import House, free_port

ROOT = Path(__file__).parents[2]
HASS = ROOT / "benchmarks" / "peers" / "homeassistant" / "bin" / "hass"
VERSION = "2024.3.3"
CLIENT = "http://127.0.0.1/"


class HomeAssistant:
    """A Home Assistant of its own, taken through onboarding and the MQTT dialogue by REST."""

    def __init__(self, folder):
        self.folder, self.port, self.token = folder, free_port(), ""
        folder.mkdir()
        (folder / "configuration.yaml").write_text(
            "homeassistant:\n  name: Test\n  latitude: 0\n  longitude: 0\n"
            f"http:\n  server_host: 127.0.0.1\n  server_port: {self.port}\n"
            "api:\nconfig:\nonboarding:\n"
        )
        self.start()

    def start(self):
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                [HASS, "-c", self.folder, "--skip-pip"], stdout=output, stderr=output
            )
        for _ in range(240):
            try:
                self.ask("GET", "/api/onboarding")
            except (OSError, urllib.error.URLError):
                time.sleep(0.5)
            else:
                return
        raise AssertionError((self.folder / "output.log").read_text()[-3000:])

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def ask(self, method, path, body=None, *, form=False):
        headers = {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        if form:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            data = urllib.parse.urlencode(body).encode()
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def move_in(self, broker_port):
        user = {
            "client_id": CLIENT,
            "name": "T",
            "username": "t",
            "password": "t",
            "language": "en",
        }
        code = self.ask("POST", "/api/onboarding/users", user)["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT}
        self.token = self.ask("POST", "/auth/token", grant, form=True)["access_token"]
        flow = self.ask("POST", "/api/config/config_entries/flow", {"handler": "mqtt"})
        done = self.ask(
            "POST",
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {"broker": "127.0.0.1", "port": broker_port},
        )
        assert done["type"] == "create_entry", done

    def entities(self):
        """State by friendly name, of what the bridge has announced."""
        return {
            one["attributes"]["friendly_name"]: (one["entity_id"], one["state"])
            for one in self.ask("GET", "/api/states")
            if one["attributes"].get("friendly_name", "").startswith("Hot water ")
        }

    def wait(self, name, *states, seconds=40):
        """Wait until an entity shows one of these states."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.entities().get(name, ("", ""))
            if found[1] in states:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"{name} shows {found[1]!r} and not {states}: {self.entities()}")

    def call(self, domain, service, entity):
        self.ask("POST", f"/api/services/{domain}/{service}", {"entity_id": entity})


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    assert HASS.exists(), "run tests/homeassistant.sh, which builds the environment"
    folder = tmp_path_factory.mktemp("home")
    with House(folder / "house", hot_water(), home_assistant=VERSION) as house:
        assistant = HomeAssistant(folder / "assistant")
        try:
            assistant.move_in(house.broker_port)
            assistant.wait("Hot water Phase", "idle")
            yield house, assistant
        finally:
            assistant.stop()


def test_everything_announced_is_there_once(home):
    _, assistant = home
    found = assistant.entities()
    assert set(found) == {
        "Hot water Hot water at bath", "Hot water Stop", "Hot water Reset fault",
        "Hot water Absence", "Hot water Phase", "Hot water Tap served", "Hot water Fault",
        "Hot water Last notice", "Hot water Relay pump", "Hot water Relay valve",
    }  # fmt: skip
    assert not [name for name, (_, state) in found.items() if state == "unavailable"], found


def test_a_press_runs_the_pump_and_a_stop_ends_it(home):
    _, assistant = home
    button = assistant.entities()["Hot water Hot water at bath"][0]
    assistant.call("button", "press", button)
    assistant.wait("Hot water Relay pump", "on", seconds=5)
    assistant.wait("Hot water Tap served", "bath")
    assistant.call("button", "press", assistant.entities()["Hot water Stop"][0])
    assistant.wait("Hot water Relay pump", "off", seconds=5)
    assistant.wait("Hot water Phase", "idle")


def test_absence_is_switched_and_shown(home):
    _, assistant = home
    switch = assistant.wait("Hot water Absence", "off")
    assistant.call("switch", "turn_on", switch)
    assistant.wait("Hot water Absence", "on", seconds=5)
    assistant.call("switch", "turn_off", switch)
    assistant.wait("Hot water Absence", "off", seconds=5)


@pytest.mark.parametrize("victim", ["node", "bridge"])
def test_who_dies_makes_it_unavailable_until_it_is_back(home, victim):
    house, assistant = home
    process = getattr(house, victim)
    process.kill()
    process.wait()
    house.power_cuts.append(time.monotonic())
    assistant.wait("Hot water Hot water at bath", "unavailable")
    getattr(house, f"start_{victim}")()
    assistant.wait("Hot water Phase", "idle")


def test_a_home_assistant_that_starts_anew_knows_everything_again(home):
    _, assistant = home
    assistant.stop()
    assistant.start()
    assistant.wait("Hot water Phase", "idle", seconds=60)
    assistant.call("button", "press", assistant.entities()["Hot water Hot water at bath"][0])
    assistant.wait("Hot water Relay pump", "on", seconds=5)
    assistant.wait("Hot water Phase", "idle", seconds=20)


def test_home_assistant_had_nothing_to_complain_about(home):
    _, assistant = home
    log = (assistant.folder / "home-assistant.log").read_text()
    complaints = [line for line in log.splitlines() if "mqtt" in line.lower() and "ERROR" in line]
    assert not [line for line in complaints if "gezhi" in line], complaints
