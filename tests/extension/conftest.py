"""The extension as it is packed, an internet of one computer, and the browsers that tests share."""

import importlib.util
import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def load(path: Path):
    """A module by its file: the tests' folders are no packages."""
    name = f"extension_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def build():
    """The script behind `make extension`."""
    return load(ROOT / "extension" / "build.py")


@pytest.fixture(scope="session")
def packages(build, tmp_path_factory):
    """The two zips as `make extension` builds them, by browser."""
    folder = tmp_path_factory.mktemp("dist")
    return {browser: build.build(browser, folder) for browser in build.BROWSERS}


@pytest.fixture(scope="session")
def unpacked(packages, tmp_path_factory):
    """The unpacked extensions, and one of Chrome's that needs no click to be let into a page."""
    folder = tmp_path_factory.mktemp("unpacked")
    for browser, package in packages.items():
        zipfile.ZipFile(package).extractall(folder / browser)
    shutil.copytree(folder / "chrome", folder / "granted")
    path = folder / "granted" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    # A scripted click grants no activeTab, and no test can press the browser's own buttons here.
    manifest["host_permissions"] = [*manifest.pop("optional_host_permissions"), "https://*/*"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="package")
def internet(tmp_path_factory):
    pages = load(HERE / "pages.py")
    running = load(HERE / "internet.py").Internet(pages.answer, tmp_path_factory.mktemp("internet"))
    yield running
    running.close()


@pytest.fixture(scope="package")
def pages():
    return load(HERE / "pages.py")


@pytest.fixture(scope="package")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium_class():
    return load(HERE / "chromium.py").Chromium


@pytest.fixture(scope="package")
def chromium(playwright, chromium_class, internet, unpacked, tmp_path_factory):
    """Chromium in English with the extension, which may read every page."""
    browser = chromium_class(
        playwright, unpacked / "granted", internet, tmp_path_factory.mktemp("profile")
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def screen_module():
    return load(HERE / "screen.py")


@pytest.fixture(scope="session")
def firefox_class():
    return load(HERE / "firefox.py").Firefox
