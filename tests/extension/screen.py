"""A screen without a monitor and a hand for it: Xvfb and xdotool."""

import os
import shutil
import subprocess
import time


class Screen:
    """One X server of its own; what is done with the hand arrives as a person's would."""

    def __init__(self) -> None:
        for needed in ("Xvfb", "xdotool"):
            assert shutil.which(needed), f"{needed} is missing: tests/system.sh installs it"
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = f":{told.readline().strip()}"

    def close(self) -> None:
        self.server.terminate()
        self.server.wait(10)

    def do(self, *orders: object) -> None:
        """One call of xdotool, and the moment that a window takes to follow."""
        environment = {**os.environ, "DISPLAY": self.name}
        subprocess.run(["xdotool", *map(str, orders)], env=environment, check=True)
        time.sleep(0.2)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("key", key)


class Hand:
    """Points into the pages of a browser's window on a screen."""

    def __init__(self, screen: Screen, page) -> None:
        self.screen = screen
        page.evaluate(
            "addEventListener('mousemove', ({clientX: x, clientY: y}) => { window.at = [x, y]; })"
        )
        screen.do("mousemove", 300, 500)
        screen.do("mousemove", 400, 600)
        x, y = page.evaluate("window.at")
        self.left, self.top = 400 - x, 600 - y

    def move(self, x: float, y: float) -> None:
        self.screen.do("mousemove", int(self.left + x), int(self.top + y))

    def over(self, page, selector: str, along: float = 0.5) -> None:
        """Move over an element, at a part of its width."""
        box = page.locator(selector).bounding_box()
        self.move(box["x"] + box["width"] * along, box["y"] + box["height"] / 2)

    def choose(self, upwards: int = 2) -> None:
        """Right-click and choose the entry that stands so far from the end of the menu."""
        self.screen.do("click", 3)
        time.sleep(0.6)
        self.screen.press(*["Up"] * upwards, "Return")
