"""Take the pictures of the studio again: `python docs/images/take.py` (needs the extra dev)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
PICTURES = {"studio.png": "/sentiment", "papers.png": "/papers"}
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LARGEST_BYTES = 150_000


def main() -> None:
    """Start a studio, photograph its rooms at the width of a laptop, stop it."""
    command = [sys.executable, "-m", "gezhi", "studio", "--no-browser", "--port", "0"]
    studio = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert studio.stderr is not None
        found = re.search(r"http://[^/]+", studio.stderr.readline())
        assert found is not None, "the studio did not say its address"
        photograph(found.group())
    finally:
        studio.send_signal(signal.SIGINT)
        studio.wait()
    for name in PICTURES:
        shrink(FOLDER / name)


def photograph(address: str) -> None:
    """Write the upper part of each room."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        for name, path in PICTURES.items():
            page.goto(address + path)
            page.screenshot(path=FOLDER / name)
        browser.close()


def shrink(picture: Path) -> None:
    """Reduce the colours with ImageMagick where it is installed, and check the size."""
    convert = shutil.which("convert")
    if convert:
        options = ["+dither", "-colors", "96", "-define", "png:compression-level=9"]
        subprocess.run([convert, picture, *options, picture], check=True)
    size = picture.stat().st_size
    if size > LARGEST_BYTES:
        sys.exit(f"{picture.name} has {size:,} bytes, more than {LARGEST_BYTES:,}")


if __name__ == "__main__":
    main()
