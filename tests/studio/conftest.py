"""A studio inside the test's own process, and one as `gezhi studio` starts it."""

import contextlib
import csv
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import sync_playwright

from gezhi.studio.app import create_app
from gezhi.studio.settings import Settings

PORT = 8470
ADDRESS = f"http://127.0.0.1:{PORT}"
OWN = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
WORKER = Path(__file__).parent / "odd_worker.py"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

REVIEWS = [
    "质量很好，非常满意！",
    "太差了，用了一天就坏，后悔买它。",
    "房间干净，服务热情，下次还来。",
    "",
    "物流慢，客服态度恶劣，不会再买。",
    "味道一般，不过送得挺快。",
    "<b>好看</b>，就是有点贵",
]


@pytest.fixture
def settings(tmp_path):
    return Settings(folder=tmp_path / "studio", port=PORT, upload_limit_bytes=1 << 20)


@pytest.fixture
def client(settings):
    """A browser that sends what a page of the studio would send, in English."""
    with TestClient(
        create_app(settings),
        base_url=ADDRESS,
        headers={**OWN, "accept-language": "en"},
        follow_redirects=True,
    ) as made:
        yield made


@pytest.fixture
def odd_settings(tmp_path):
    """Settings whose jobs are run by `odd_worker.py`, which knows slow and crashing tasks."""
    return Settings(folder=tmp_path / "studio", port=PORT, jobs_waiting=2, worker=(str(WORKER),))


@pytest.fixture
def reviews_csv():
    """Some reviews as the bytes of a csv, behind an identifier."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["编号", "评论"])
    writer.writerows([f"N{place}", review] for place, review in enumerate(REVIEWS))
    return text.getvalue().encode()


@pytest.fixture
def upload(client):
    """Upload a file through the form and return the answer that the redirect leads to."""

    def send(name, data, into=client):
        return into.post("/sentiment/files", files={"file": (name, data)})

    return send


@pytest.fixture
def finish():
    """Wait until a file's page shows that its job is over, and return that page."""

    def wait(client, address, seconds=60):
        for _ in range(seconds * 10):
            page = client.get(address)
            if "hx-sse:connect" not in page.text:
                return page
            time.sleep(0.1)
        pytest.fail(f"the job of {address} did not end")

    return wait


class RunningStudio:
    """`gezhi studio` as a person starts it, in a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        environment = {**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gezhi", "studio", "--no-browser", *options],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.said: list[str] = []
        self.spoke = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        if not self.spoke.wait(60):
            self.process.kill()
            pytest.fail("gezhi studio did not say its address: " + "".join(self.said))
        self.address = re.search(r"http://[^/]+", "".join(self.said)).group()

    def _listen(self) -> None:
        for line in self.process.stderr:
            self.said.append(line)
            if "http://" in line:
                self.spoke.set()

    def stop(self, signal_number: int) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


@pytest.fixture
def start_studio(tmp_path):
    """Start studios that are gone when the test ends."""
    started = []

    def start(*options):
        studio = RunningStudio(tmp_path, *options)
        started.append(studio)
        return studio

    yield start
    for studio in started:
        studio.kill()


@pytest.fixture(scope="module")
def chromium():
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = named or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium was found: install it, or name one with CHROMIUM=/path/to/it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    running = RunningStudio(tmp_path_factory.mktemp("studio"), "--port", "0")
    yield running
    running.stop(signal.SIGTERM)


class Visit:
    """One browser window that writes down every request and every complaint."""

    def __init__(self, browser, address, **options):
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        self.address = address
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(30_000)
        self.requests, self.complaints = [], []
        self.page = self.context.new_page()
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.complaints.append((said.type, said.text)))
        self.page.on("pageerror", lambda error: self.complaints.append(("error", str(error))))

    def go(self, path):
        self.page.goto(self.address + path)
        return self.page

    def check(self):
        """Nothing was asked of another host, and the console is silent."""
        elsewhere = [url for url in self.requests if not url.startswith(self.address + "/")]
        assert elsewhere == []
        assert [one for one in self.complaints if one[0] in ("error", "warning")] == []


@pytest.fixture
def visit(chromium, studio):
    visits = []

    def start(**options):
        visits.append(Visit(chromium, studio.address, **options))
        return visits[-1]

    yield start
    for one in visits:
        one.check()
        one.context.close()


@pytest.fixture
def start_bridge(tmp_path):
    """Starts a bridge around the pretended house of a file in tests/home, for `told`."""
    spec = spec_from_file_location("house_bridge", Path(__file__).with_name("house_bridge.py"))
    house_bridge = module_from_spec(spec)
    spec.loader.exec_module(house_bridge)
    folder = tmp_path / "bridge"
    folder.mkdir()
    started = []

    def start(file, more=None):
        started.append(house_bridge.HouseBridge(folder, house_bridge.world_of(file), more))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def told(tmp_path):
    """A browser in front of a studio that was told where the bridge is."""
    settings = Settings(folder=tmp_path / "s", port=PORT, bridge_folder=tmp_path / "bridge")
    headers = {**OWN, "accept-language": "en"}
    with TestClient(
        create_app(settings), base_url=ADDRESS, headers=headers, follow_redirects=True
    ) as client:
        yield client


@pytest.fixture(scope="module")
def sound(violations):
    """Axe finds nothing on a page, and nothing is wider than its place."""

    def check(page, where):
        assert violations(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, where
        wide = page.evaluate(
            "[...document.querySelectorAll('.panel, .card, .drop, .home')]"
            ".filter(box => box.scrollWidth > box.clientWidth).map(box => box.className)"
        )
        assert wide == [], where

    return check


@pytest.fixture(scope="module")
def violations():
    """What axe-core has to say about a page."""
    assert AXE.exists(), "axe-core is missing: run `npm ci` (make test does)"
    axe = AXE.read_text(encoding="utf-8")

    def look(page):
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]

    return look
