"""Firefox with the extension, driven through Marionette, its own remote control.

Marionette also reaches the browser's window, so that a menu can be opened and chosen from there:
https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

ADDON = "papers@gezhi.invalid"
UUID = "6e1f0c52-50b5-4f0e-9a36-0b6c1f5d7a11"


def executable() -> str:
    names = ("firefox-esr", "firefox")
    path = os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Firefox was found: install it, or name one with FIREFOX=/path/to/it"
    return path


def preferences(port: int, language: str) -> dict[str, object]:
    """What a profile says so that the browser asks nobody but the tests' own internet."""
    return {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": port,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": port,
        "network.proxy.no_proxies_on": "",
        "intl.locale.requested": language,
        "extensions.webextensions.uuids": json.dumps({ADDON: UUID}),
        "extensions.webextOptionalPermissionPrompts": False,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.page": 0,
        "browser.aboutwelcome.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.reportingpolicy.firstRun": False,
        "app.update.enabled": False,
        "app.normandy.enabled": False,
        "services.settings.server": "data:,#remote-settings-dummy/v1",
        "browser.search.update": False,
        "extensions.getAddons.cache.enabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "browser.safebrowsing.downloads.remote.enabled": False,
        "browser.tabs.warnOnClose": False,
        "marionette.port": 0,
    }


class Firefox:
    """One browser without a window on any screen."""

    def __init__(self, internet, profile: Path, language: str = "en-US") -> None:
        self.internet = internet
        profile.mkdir(exist_ok=True)
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in preferences(internet.port, language).items()
        ]
        (profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                *(executable(), "--headless", "--marionette", "--remote-allow-system-access"),
                *("--no-remote", "--profile", str(profile)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile), "MOZ_HEADLESS_WIDTH": "1200"},
        )
        self.number = 0
        self.wire = self._connect(profile / "MarionetteActivePort")
        self._read()
        self.ask("WebDriver:NewSession", acceptInsecureCerts=True, pageLoadStrategy="normal")
        self.ask("WebDriver:SetTimeouts", script=20_000, pageLoad=20_000)
        self.home = f"moz-extension://{UUID}/"

    def _connect(self, told: Path) -> socket.socket:
        for _ in range(300):
            with contextlib.suppress(OSError, ValueError):
                return socket.create_connection(("127.0.0.1", int(told.read_text())), 60)
            time.sleep(0.1)
        self.process.kill()
        raise AssertionError("Firefox did not say where it listens")

    def _read(self):
        size = b""
        while (byte := self.wire.recv(1)) != b":":
            assert byte, "Firefox hung up"
            size += byte
        body = b""
        while len(body) < int(size):
            more = self.wire.recv(int(size) - len(body))
            assert more, "Firefox hung up"
            body += more
        return json.loads(body)

    def ask(self, command: str, **parameters):
        """Give one command and return its value; what Firefox calls an error is raised."""
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.wire.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        assert not error, f"{command}: {error['error']}: {error['message']}"
        return result.get("value", result) if isinstance(result, dict) else result

    def close(self) -> None:
        self.wire.settimeout(10)
        with contextlib.suppress(AssertionError, OSError):
            self.ask("Marionette:Quit", flags=["eForceQuit"])
        self.wire.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def install(self, package: Path) -> None:
        self.ask("Addon:Install", path=str(package), temporary=True)

    def go(self, address: str) -> None:
        self.ask("WebDriver:Navigate", url=address if "://" in address else f"https://{address}")

    def run(self, script: str, *arguments):
        """What a function body returns, awaited, in the page."""
        return self.ask("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def run_in_browser(self, script: str, *arguments):
        """The same in the browser's own window."""
        self.ask("Marionette:SetContext", value="chrome")
        try:
            return self.run(script, *arguments)
        finally:
            self.ask("Marionette:SetContext", value="content")

    def wait(self, script: str, *arguments, within: float = 10):
        """What a function body returns in the page once that is true."""
        end = time.monotonic() + within
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < end, f"it did not come about: {script}"
            time.sleep(0.05)
        return value

    def new_tab(self, address: str) -> str:
        """Open an address in a tab of its own, stay there, and return the tab's handle."""
        handle = self.ask("WebDriver:NewWindow", type="tab")["handle"]
        self.switch(handle)
        self.go(address)
        return handle

    def switch(self, handle: str) -> None:
        self.ask("WebDriver:SwitchToWindow", handle=handle, focus=True)

    def find(self, selector: str) -> dict:
        return self.ask("WebDriver:FindElement", using="css selector", value=selector)

    def click(self, selector: str) -> None:
        """A click that counts as the user's own."""
        self.ask("WebDriver:ElementClick", id=next(iter(self.find(selector).values())))

    def right_click(self, selector: str, label: str) -> None:
        """Open the menu over an element as a mouse does, and choose the entry of this name."""
        mouse = [
            {"type": "pointerMove", "origin": self.find(selector), "x": 0, "y": 0},
            {"type": "pointerDown", "button": 2},
            {"type": "pointerUp", "button": 2},
        ]
        hand = {"type": "pointer", "id": "hand", "parameters": {"pointerType": "mouse"}}
        self.ask("WebDriver:PerformActions", actions=[{**hand, "actions": mouse}])
        self.run_in_browser(CHOOSE, label)

    def opened(self, keep: list[str], expected: int = 1) -> list[str]:
        """Wait for so many tabs beside those to keep, and a moment for more; their addresses.

        The tabs are closed; the first of those kept is in front again.
        """
        count, since, start = -1, time.monotonic(), time.monotonic()
        while time.monotonic() - since < 0.5 and time.monotonic() - start < 15:
            time.sleep(0.05)
            fresh = len(self.ask("WebDriver:GetWindowHandles")) - len(keep)
            if fresh != count or fresh < expected:
                count, since = fresh, time.monotonic()
        addresses = []
        for handle in self.ask("WebDriver:GetWindowHandles"):
            if handle not in keep:
                self.switch(handle)
                addresses.append(
                    self.wait("return location.href !== 'about:blank' && location.href")
                )
                self.ask("WebDriver:CloseWindow")
        self.switch(keep[0])
        return sorted(addresses)


CHOOSE = """
  const [label] = arguments;
  return (async () => {
    const menu = document.getElementById("contentAreaContextMenu");
    for (let tries = 0; tries < 100 && menu.state !== "open"; tries++) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    const items = [...menu.children].filter(one => one.label === label && !one.hidden);
    if (items.length !== 1) throw new Error(`${items.length} entries in the menu (${menu.state})`);
    menu.activateItem(items[0]);
  })();
"""
