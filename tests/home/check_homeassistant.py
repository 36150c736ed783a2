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
from benchmarks.stove_house import stove

ROOT = Path(__file__).parents[2]
HASS = ROOT / "benchmarks" / "peers" / "homeassistant" / "bin" / "hass"
VERSION = "2024.3.3"
CLIENT = "http://127.0.0.1/"


class HomeAssistant:
    """A Home Assistant of its own, taken through onboarding and the MQTT dialogue by REST.

    Args:
        folder: its configuration.
        title: of the device whose entities are of interest.
    """

    def __init__(self, folder, title="Hot water"):
        self.folder, self.port, self.token = folder, free_port(), ""
        self.title = title
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
            if one["attributes"].get("friendly_name", "").startswith(f"{self.title} ")
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

    def call(self, domain, service, entity, **more):
        self.ask("POST", f"/api/services/{domain}/{service}", {"entity_id": entity, **more})


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


# ---- the stove --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    assert HASS.exists(), "run tests/homeassistant.sh, which builds the environment"
    folder = tmp_path_factory.mktemp("kitchen")
    with House(folder / "house", stove(), home_assistant=VERSION) as house:
        assistant = HomeAssistant(folder / "assistant", "Stove")
        try:
            assistant.move_in(house.broker_port)
            assistant.wait("Stove left burns", "off")
            yield house, assistant
        finally:
            assistant.stop()


def pulses(house, burner):
    """How often the diary of the node has a burner's relay energised."""
    lines = (house.node_folder / "diary.jsonl").read_text().splitlines()
    return sum(f"{burner}-relay" in json.loads(line).get("off_at", {}) for line in lines)


def test_the_stove_is_there_once_with_its_flame_unknown(kitchen):
    _, assistant = kitchen
    found = assistant.entities()
    own = ("", " burns", " off now", " off in", " 10 minutes more", " cancel timer", " remaining",
           " flame")  # fmt: skip
    assert set(found) == {f"Stove {name}{what}" for name in ("left", "right") for what in own} | {
        "Stove All off", "Stove Cancel all timers", "Stove Reset fault", "Stove Child lock",
        "Stove Fault", "Stove Last notice",
    }  # fmt: skip
    assert found["Stove left flame"][1] == "unknown"
    assert not [name for name, (_, state) in found.items() if state == "unavailable"], found


def test_home_assistant_itself_refuses_to_open(kitchen):
    house, assistant = kitchen
    valve = assistant.entities()["Stove left"][0]
    attributes = assistant.ask("GET", f"/api/states/{valve}")["attributes"]
    assert attributes["supported_features"] == 2  # close, and nothing else
    before = pulses(house, "left")
    for service in ("open_valve", "toggle", "set_valve_position"):
        with pytest.raises(urllib.error.HTTPError):
            assistant.call("valve", service, valve, **(
                {"position": 100} if service.startswith("set") else {}
            ))  # fmt: skip
    time.sleep(1)
    assert pulses(house, "left") == before


def test_to_close_acts(kitchen):
    house, assistant = kitchen
    before = pulses(house, "left")
    assistant.call("valve", "close_valve", assistant.entities()["Stove left"][0])
    assistant.wait("Stove left", "closing", seconds=5)
    assistant.wait("Stove left", "closed", seconds=10)
    assert pulses(house, "left") > before


def test_a_switch_turned_on_is_shown_off_again_and_off_acts(kitchen):
    house, assistant = kitchen
    switch = assistant.wait("Stove right burns", "off")
    before = pulses(house, "right")
    assistant.call("switch", "turn_on", switch)
    time.sleep(1.5)
    assert assistant.entities()["Stove right burns"][1] == "off"
    assert pulses(house, "right") == before
    assistant.call("switch", "turn_off", switch)
    assistant.wait("Stove right", "closing", seconds=5)
    assistant.wait("Stove right", "closed", seconds=10)
    assert pulses(house, "right") > before


def test_a_plan_is_a_number_of_minutes_and_counts_down(kitchen):
    _, assistant = kitchen
    number = assistant.entities()["Stove left off in"][0]
    assistant.call("number", "set_value", number, value=1)
    assistant.wait("Stove left off in", "1", "1.0", seconds=5)
    assistant.wait("Stove left remaining", "58", "57", "56", "55", seconds=8)
    assistant.call("button", "press", assistant.entities()["Stove left 10 minutes more"][0])
    assistant.wait("Stove left off in", "11", "11.0", seconds=5)
    assistant.call("button", "press", assistant.entities()["Stove left cancel timer"][0])
    assistant.wait("Stove left off in", "0", "0.0", seconds=5)
    assistant.wait("Stove left remaining", "unknown", seconds=5)


@pytest.mark.parametrize("victim", ["node", "bridge"])
def test_a_stove_whose_node_or_bridge_dies_is_unavailable_until_it_is_back(kitchen, victim):
    house, assistant = kitchen
    process = getattr(house, victim)
    process.kill()
    process.wait()
    house.power_cuts.append(time.monotonic())
    for name in ("Stove left", "Stove left burns", "Stove left off now"):
        assistant.wait(name, "unavailable")
    getattr(house, f"start_{victim}")()
    assistant.wait("Stove left burns", "off")


def test_home_assistant_had_nothing_to_complain_about_the_stove(kitchen):
    _, assistant = kitchen
    log = (assistant.folder / "home-assistant.log").read_text()
    complaints = [
        line
        for line in log.splitlines()
        if "mqtt" in line.lower() and ("ERROR" in line or "WARNING" in line)
    ]
    assert not [line for line in complaints if "gezhi" in line], complaints
