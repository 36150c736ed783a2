"""Chromium with an unpacked extension, driven through Playwright."""

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    # Newer Chromes take an extension from the command line only without this.
    "--disable-features=DisableLoadExtensionCommandLineSwitch,Translate,MediaRouter",
]
SECONDS = 1000.0


def executable() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium was found: install it, or name one with CHROMIUM=/path/to/it"
    return path


class Chromium:
    """One browser; `complaints` are the errors and warnings of every page and of the background."""

    def __init__(self, playwright, extension: Path, internet, profile: Path, **options) -> None:
        language = options.pop("language", "en_US")
        display = options.pop("display", None)
        self.internet = internet
        self.extension = extension
        self.complaints: list[str] = []
        environment = {**os.environ, "LANGUAGE": language, "LANG": f"{language}.UTF-8"}
        if display:
            environment["DISPLAY"] = display
        self.context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable(),
            headless=False,
            args=[
                *FLAGS,
                *([] if display else ["--headless=new"]),
                f"--lang={language.replace('_', '-')}",
                f"--load-extension={extension}",
                f"--proxy-server=http://127.0.0.1:{internet.port}",
            ],
            ignore_default_args=["--disable-extensions"],
            env=environment,
            viewport=None if display else {"width": 1000, "height": 800},
            **options,
        )
        self.context.set_default_timeout(20 * SECONDS)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.worker = self._background()
        said = json.loads((extension / "_locales/en/messages.json").read_text(encoding="utf-8"))
        self.messages = {name: one["message"] for name, one in said.items()}
        self.home = self.worker.url.removesuffix("src/background.js")

    def _heard(self, said) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(f"{said.type}: {said.text} {said.location}")

    def _background(self):
        workers = self.context.service_workers
        worker = workers[0] if workers else self.context.wait_for_event("serviceworker")
        worker.on("console", self._heard)
        return worker

    def reload(self) -> None:
        """Load the extension anew, as an update does."""
        old = self.worker
        extensions = self.open("chrome://extensions")
        # Without developer mode the browser switches an unpacked extension off instead.
        extensions.evaluate(
            "() => chrome.developerPrivate.updateProfileConfiguration({inDeveloperMode: true})"
        )
        extensions.close()
        with self.context.expect_event("serviceworker", lambda one: one is not old):
            old.evaluate("() => { setTimeout(() => chrome.runtime.reload()); }")
        self.worker = self.context.service_workers[-1]
        self.worker.on("console", self._heard)

    def close(self) -> None:
        self.context.close()

    def open(self, address: str):
        page = self.context.new_page()
        page.goto(address if "://" in address else f"https://{address}")
        return page

    def tab(self, page) -> dict:
        """The browser's own account of a page's tab."""
        page.bring_to_front()
        return self.worker.evaluate(
            "async () => (await chrome.tabs.query({active: true, currentWindow: true}))[0]"
        )

    def click(self, page, opens: int = 1, **info) -> list[str]:
        """Choose the menu's entry over a page; the addresses that this opened, in order."""
        before = set(self.context.pages)
        tab = self.tab(page)
        info = {"menuItemId": "open", "pageUrl": page.url, "editable": False, **info}
        self.worker.evaluate(
            "([info, tab]) => { chrome.contextMenus.onClicked.dispatch(info, tab); }", [info, tab]
        )
        return self.opened(before, opens)

    def opened(self, before, expected: int = 1) -> list[str]:
        """Wait for so many tabs, and a moment for more; their addresses from left to right.

        The tabs are closed. None is said to come by waiting a little longer for it.
        """
        count, since, start = -1, time.monotonic(), time.monotonic()
        quiet = 0.3 if expected else 0.6
        while time.monotonic() - since < quiet and time.monotonic() - start < 15:
            self.context.pages[0].wait_for_timeout(50)
            fresh = [one for one in self.context.pages if one not in before]
            ready = [one for one in fresh if one.url not in ("", "about:blank")]
            if len(ready) != count or len(ready) < max(len(fresh), expected):
                count, since = len(ready), time.monotonic()
        fresh = [one for one in self.context.pages if one not in before]
        tabs = "async () => (await chrome.tabs.query({})).map(tab => tab.url)"
        order = self.worker.evaluate(tabs) if len(fresh) > 1 else []
        addresses = [one.url for one in fresh]
        # Without a permission for them the browser does not tell the addresses of its tabs.
        if set(addresses) <= set(order):
            addresses.sort(key=order.index)
        for one in fresh:
            one.close()
        return addresses

    def in_popup(self, expression: str):
        """What an expression is in the popup that the extension opened, once the popup is ready."""
        ready = "document.body?.dataset.ready === 'yes'"
        for _ in range(100):
            with contextlib.suppress(LookupError):
                if self._evaluate_in_popup(ready):
                    return self._evaluate_in_popup(expression)
            self.context.pages[0].wait_for_timeout(100)
        raise AssertionError("no popup was opened")

    def _evaluate_in_popup(self, expression: str):
        # Playwright shows the tabs of a browser and leaves its popups out.
        devtools = self.context.browser.new_browser_cdp_session()
        try:
            targets = devtools.send("Target.getTargets")["targetInfos"]
            popup = self.home + "src/popup/popup.html"
            target = next((one["targetId"] for one in targets if one["url"] == popup), None)
            if target is None:
                raise LookupError
            attach = {"targetId": target, "flatten": False}
            session = devtools.send("Target.attachToTarget", attach)["sessionId"]
            heard: list[dict] = []
            devtools.on("Target.receivedMessageFromTarget", lambda said: heard.append(said))
            asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
            message = {"id": 1, "method": "Runtime.evaluate", "params": asked}
            devtools.send(
                "Target.sendMessageToTarget",
                {"sessionId": session, "message": json.dumps(message)},
            )
            for _ in range(100):
                if heard:
                    break
                self.context.pages[0].wait_for_timeout(20)
            answer = json.loads(heard[0]["message"]) if heard else {}
            return answer.get("result", {}).get("result", {}).get("value")
        finally:
            devtools.detach()

    def notice(self) -> str:
        """Which message the popup that was opened shows, by its name; and close the popup."""
        sentence = self.in_popup("document.getElementById('notice').textContent")
        self.close_popup()
        return next((name for name, said in self.messages.items() if said == sentence), sentence)

    def close_popup(self) -> None:
        with contextlib.suppress(LookupError):
            while True:
                self._evaluate_in_popup("void setTimeout(() => window.close())")
                self.context.pages[0].wait_for_timeout(100)

    def badge(self) -> str:
        return self.worker.evaluate("() => chrome.action.getBadgeText({})")

    def settings(self, **change) -> None:
        self.worker.evaluate(
            "settings => chrome.storage.local.set({settings})",
            change,
        )
        self.context.pages[0].wait_for_timeout(300)
