"""The bridge as a process with a real Mosquitto, a node and a network that die at any moment."""

import asyncio
import json
import logging
import shutil
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
import pytest

from benchmarks.bridge_house import hot_water, kill_at_random, read_diary
from benchmarks.bridge_parts import House, free_port
from benchmarks.bridge_resident import Resident
from gezhi.errors import InputError
from gezhi.home.bridge.configuration import BridgeConfiguration, read_configuration
from gezhi.home.bridge.controllers import HotWater
from gezhi.home.bridge.loopback import ADDRESS_FILE, ask
from gezhi.home.bridge.service import serve_until
from gezhi.home.types import Settings, Tap

HOT_WATER = Settings("return-pipe", (Tap("bath"),), return_sensor="switch")


class Ear:
    """A subscriber to everything, who can wait for what it wants to hear."""

    def __init__(self, port, **login):
        self.heard, self.changed = [], threading.Condition()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        if login:
            self.client.username_pw_set(**login)
        self.client.on_message = self._message
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _message(self, _client, _userdata, message):
        with self.changed:
            self.heard.append((message.topic, message.payload.decode(), bool(message.retain)))
            self.changed.notify_all()

    def wait(self, wanted, seconds=30.0, *, after=0, live=False):
        """The first message for which `wanted(topic, payload)` holds, of those after a mark.

        A `live` one is none that the broker had kept.
        """

        def found():
            heard = [one for one in self.heard[after:] if not (live and one[2])]
            return next((one for one in heard if wanted(one[0], one[1])), None)

        with self.changed:
            assert self.changed.wait_for(found, seconds), self.heard[-20:]
            return found()

    def mark(self):
        """A mark of now."""
        with self.changed:
            return len(self.heard)

    def forget(self):
        with self.changed:
            self.heard.clear()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def is_online(topic, payload):
    return topic == "gezhi/bridge/availability" and payload == "online"


def up(house):
    """Wait until this bridge, not one before it, has broker and node: what is kept may be old."""
    for _ in range(600):
        try:
            status = ask(house.folder, {"do": "status"})
        except InputError:
            status = {"connected": False}
        if status["connected"] and status["systems"]["hotwater"]["linked"]:
            return
        time.sleep(0.05)
    pytest.fail(f"the bridge does not come up; see {house.folder}/bridge.log")


def pump_on(resident, ear):
    """Ask as people do, again when nothing happens: a slow machine may end in a short fault.

    The id of the request that the pump went on for, and a mark from before it.
    """
    for _ in range(10):
        before = ear.mark()
        name = resident.ask("request", tap="bath")
        try:
            ear.wait(
                lambda topic, payload: topic == "cellar/switch/pump/state" and payload == "ON",
                seconds=4.0,
                after=before,
            )
        except AssertionError:
            continue
        return name, before
    pytest.fail(f"the pump does not start: {ear.heard[-20:]}")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with House(tmp_path_factory.mktemp("house"), hot_water()) as made:
        yield made


@pytest.fixture
def ear(house):
    up(house)
    made = Ear(house.broker_port)
    made.wait(is_online)
    made.wait(
        lambda topic, payload: topic.endswith("hotwater/availability") and payload == "online"
    )
    yield made
    made.close()


def test_killed_at_random_moments_nothing_stays_on_and_nothing_is_lost(tmp_path):
    verdict = kill_at_random(tmp_path / "house", 20, seed=6, pace_seconds=0.3)
    assert sum(verdict.kills.values()) == 20
    assert (verdict.overstays, verdict.left_on) == (0, 0), verdict
    assert verdict.events_lost == 0, verdict
    assert verdict.litres_lost == 0, verdict
    assert verdict.accepted > 0, verdict
    assert verdict.runs > 0, verdict


def test_a_command_over_mqtt_reaches_the_relay_and_comes_back(house, ear):
    resident = Resident(house.broker_port)
    name, before = pump_on(resident, ear)
    ear.wait(
        lambda topic, payload: topic == "cellar/relay/valve/set" and payload.startswith("ON"),
        after=before,
    )
    ear.wait(lambda topic, payload: topic.endswith("/answer") and name in payload, after=before)
    resident.ask("stop")
    ear.wait(lambda topic, payload: topic == "cellar/relay/pump/set" and payload == "OFF",
             after=before)  # fmt: skip
    resident.close()
    commands = [one for one in ear.heard if one[0].endswith("/set")]
    assert not any(retained for _, _, retained in commands)


def test_no_command_lies_retained_in_the_broker(house):
    late = Ear(house.broker_port)
    late.wait(is_online)
    time.sleep(0.5)
    kept = {topic for topic, _, retained in late.heard if retained}
    late.close()
    assert not [topic for topic in kept if topic.endswith(("/set", "/command", "/answer"))]
    assert {
        "gezhi/hotwater/state",
        "gezhi/bridge/availability",
        "cellar/sensor/litres/state",
    } <= kept


def test_a_retained_command_is_refused_at_every_start(house, ear):
    # The bridge is down while it is published: one that is up is sent it as news, not as kept.
    house.bridge.kill()
    house.bridge.wait()
    body = {"id": "kept", "command": "request", "tap": "bath", "sent": time.time()}
    ear.client.publish("gezhi/hotwater/command", json.dumps(body), qos=1, retain=True)
    ear.wait(lambda topic, payload: topic == "gezhi/hotwater/command" and '"kept"' in payload)
    for _ in range(2):
        ear.forget()
        house.start_bridge()
        answer = ear.wait(lambda topic, said: topic.endswith("/answer") and '"kept"' in said)
        assert "retained" in json.loads(answer[1])["reason"]
        house.bridge.kill()
        house.bridge.wait()
    ear.client.publish("gezhi/hotwater/command", "", qos=1, retain=True)
    house.start_bridge()


def test_the_last_will_speaks_when_the_bridge_cannot(house, ear):
    before = ear.mark()
    house.bridge.kill()
    house.bridge.wait()
    ear.wait(
        lambda topic, payload: topic == "gezhi/bridge/availability" and payload == "offline",
        after=before,
    )
    before = ear.mark()
    house.start_bridge()
    ear.wait(is_online, after=before)


def test_home_assistants_birth_brings_everything_anew(house, ear):
    before = ear.mark()
    ear.client.publish("homeassistant/status", "online")
    # What the broker had kept may still come after the mark: that is not said anew.
    found = ear.wait(
        lambda topic, payload: topic == "homeassistant/device/gezhi_hotwater/config",
        after=before,
        live=True,
    )
    components = json.loads(found[1])["cmps"]
    assert "gezhi_hotwater_request_bath" in components
    ear.wait(lambda topic, payload: topic == "gezhi/hotwater/state", after=before, live=True)
    singles = [one for one in ear.heard if one[0].startswith("homeassistant/button/") and one[1]]
    assert not singles


def test_the_studio_asks_through_the_socket(house, ear):
    status = ask(house.folder, {"do": "status"})
    assert status["connected"]
    assert status["systems"]["hotwater"]["phase"]
    answer = ask(house.folder, {"do": "command", "system": "hotwater", "command": "stop"})["answer"]
    assert answer["accepted"]
    assert ask(house.folder, {"do": "events", "after": 0, "limit": 3})["events"]
    with pytest.raises(InputError, match="'do' is one of"):
        ask(house.folder, {"do": "explode"})
    with pytest.raises(InputError, match="no system 'roof'"):
        ask(house.folder, {"do": "command", "system": "roof", "command": "stop"})


def test_the_socket_answers_nobody_without_the_token(house, ear):
    place = house.folder / ADDRESS_FILE
    assert place.stat().st_mode & 0o077 == 0
    address = json.loads(place.read_text())
    for line in (
        b'{"do": "status"}\n',
        b'{"do": "status", "token": "guess"}\n',
        b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff\n",
        b"[" * 9000 + b"\n",
    ):
        with socket.create_connection((address["host"], address["port"]), timeout=5) as one:
            one.sendall(line)
            answer = json.loads(one.makefile().readline())
            assert answer["ok"] is False
            assert "hotwater" not in json.dumps(answer)


def test_sigterm_brings_all_to_rest_and_leaves_no_address(house, ear):
    resident = Resident(house.broker_port)
    _, before = pump_on(resident, ear)
    house.bridge.send_signal(signal.SIGTERM)
    assert house.bridge.wait(30) == 0
    ear.wait(
        lambda topic, payload: topic == "cellar/relay/pump/set" and payload == "OFF", after=before
    )
    ear.wait(
        lambda topic, payload: topic == "gezhi/bridge/availability" and payload == "offline",
        after=before,
    )
    assert not (house.folder / ADDRESS_FILE).exists()
    with pytest.raises(InputError, match="no bridge runs here"):
        ask(house.folder, {"do": "status"})
    resident.close()
    before = ear.mark()
    house.start_bridge()
    ear.wait(is_online, after=before)


def test_two_bridges_on_one_store_are_refused(house, ear):
    configuration = read_configuration(house.folder / "home.toml")
    settings = Settings("cold-return", (Tap("bath", valve="valve", probe=True),))
    with pytest.raises(InputError, match="another bridge runs"):
        asyncio.run(serve_until(asyncio.Event(), configuration, [HotWater(settings)]))


def small(tmp_path, **mqtt_table):
    channels = (
        {"name": "pump", "channel": "pump", "quantity": "relay"},
        {"name": "return", "channel": "return", "quantity": "switch"},
    )
    return BridgeConfiguration.model_validate({
        "mqtt": mqtt_table,
        "bridge": {"folder": str(tmp_path / "state"), "port": 0},
        "nodes": [{"node": "cellar", "channels": list(channels)}],
    })  # fmt: skip


async def run_for(configuration, happens, **options):
    """Run a bridge until `happens(stop)` has returned."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        serve_until(stop, configuration, [HotWater(HOT_WATER)], **options)
    )
    tried = asyncio.create_task(happens())
    try:
        await asyncio.wait({tried, running}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if tried.done():
            tried.result()
    finally:
        tried.cancel()
        stop.set()
        await asyncio.wait_for(running, 60)
    assert not tried.cancelled(), "what was waited for did not happen"


def mosquitto(tmp_path, lines):
    config = tmp_path / "own.conf"
    config.write_text("\n".join([*lines, "user root"]) + "\n")
    found = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with (tmp_path / "own.log").open("wb") as output:
        return subprocess.Popen([found, "-c", str(config)], stdout=output, stderr=output)


async def reachable(port):
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


def test_a_refused_password_is_said_once_and_tried_again(tmp_path, caplog):
    port = free_port()
    passwords = tmp_path / "passwords"
    maker = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
    subprocess.run([maker, "-b", "-c", passwords, "gezhi", "right"], check=True)
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    broker = mosquitto(
        tmp_path,
        [f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {passwords}"],
    )
    configuration = small(
        tmp_path, port=port, user="gezhi", password_file=str(secret), longest_wait_seconds=1
    )

    async def happens():
        while "refuses the user 'gezhi'" not in caplog.text:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)
        status = await asyncio.to_thread(ask, tmp_path / "state", {"do": "status"})
        assert "mqtt.password" in status["broker"]
        secret.write_text("right\n")
        while "connected to the broker" not in caplog.text:
            await asyncio.sleep(0.05)

    async def run():
        await reachable(port)
        await run_for(configuration, happens)

    caplog.set_level(logging.INFO, "gezhi.home.bridge")
    try:
        asyncio.run(run())
    finally:
        broker.kill()
        broker.wait()
    assert caplog.text.count("refuses the user") == 1
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_checks_whose_the_broker_is(tmp_path, caplog, trusted):
    port = free_port()
    for name in ("ca", "stranger"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
    broker = mosquitto(tmp_path, [
        f"listener {port} 127.0.0.1", "allow_anonymous true",
        f"certfile {tmp_path}/ca.pem", f"keyfile {tmp_path}/ca.key",
    ])  # fmt: skip
    ca = tmp_path / ("ca.pem" if trusted else "stranger.pem")
    configuration = small(tmp_path, port=port, tls=True, ca_file=str(ca))
    wanted = "connected to the broker" if trusted else "certificate verify failed"

    async def happens():
        while wanted not in caplog.text:
            await asyncio.sleep(0.05)

    async def run():
        await reachable(port)
        await run_for(configuration, happens)

    caplog.set_level(logging.INFO, "gezhi.home.bridge")
    try:
        asyncio.run(run())
    finally:
        broker.kill()
        broker.wait()
    assert ("connected to the broker" in caplog.text) is trusted


def test_the_embedded_broker_serves_a_first_try(tmp_path):
    port = free_port()

    async def happens():
        await reachable(port)
        ear = await asyncio.to_thread(Ear, port)
        try:
            await asyncio.to_thread(ear.wait, is_online)
            ear.client.publish("cellar/status", "online")
            ear.client.publish("cellar/switch/return/state", "OFF")
            ear.client.publish("gezhi/hotwater/do/request/bath", "PRESS")
            await asyncio.to_thread(
                ear.wait, lambda topic, _: topic == "homeassistant/device/gezhi_hotwater/config"
            )
            await asyncio.to_thread(ear.wait, lambda topic, _: topic == "gezhi/hotwater/answer")
        finally:
            await asyncio.to_thread(ear.close)

    asyncio.run(run_for(small(tmp_path, port=port), happens, embedded=True))


def test_the_embedded_broker_says_that_a_port_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        async def happens():
            await asyncio.sleep(5)

        with pytest.raises(Exception, match=f"cannot listen on 127.0.0.1:{port}"):
            asyncio.run(run_for(small(tmp_path, port=port), happens, embedded=True))


def test_a_damaged_store_is_put_aside_and_a_new_one_begun(tmp_path, caplog):
    state = tmp_path / "state"
    state.mkdir()
    (state / "bridge.sqlite").write_bytes(b"no database at all, only a file of this name" * 50)

    async def happens():
        while not (state / ADDRESS_FILE).exists():
            await asyncio.sleep(0.02)

    asyncio.run(run_for(small(tmp_path, port=free_port()), happens))
    assert list(state.glob("bridge.sqlite.damaged-*"))
    assert "a new one is begun" in caplog.text


@pytest.mark.parametrize(
    ("entries", "cuts", "says"),
    [
        ([(2.0, {"pump": 3.2}), (3.2, {})], [], []),
        ([(2.0, {"pump": 3.2}), (5.0, {})], [], ["beyond its last permission"]),
        ([(2.0, {"pump": 3.2}), (3.0, {"pump": 6.4}), (6.3, {})], [], ["without a break"]),
        # killed while on, and again twice before it could write that it lives
        ([(2.0, {"pump": 3.2}), (12.0, None)], [2.5, 6.0, 11.0], []),
        ([(2.0, {"pump": 3.2}), (12.0, None)], [11.0], ["at its death"]),
    ],
)
def test_the_judge_of_the_kills_reads_the_diary_rightly(tmp_path, entries, cuts, says):
    lines = [{"at": 1.0, "boot": True}]
    lines += [
        {"at": at, "boot": True} if off_at is None else {"at": at, "off_at": off_at}
        for at, off_at in entries
    ]
    (tmp_path / "diary.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read_diary(tmp_path, cuts)
    assert len(found[0]) == len(says)
    assert all(wanted in one for wanted, one in zip(says, found[0], strict=True))
