"""What is in the two zips, and what the stores' own checker and Node say of it."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "extension"
WEB_EXT = ROOT / "node_modules" / "web-ext" / "bin" / "web-ext.js"


def node(*arguments, **options):
    path = shutil.which("node")
    assert path, "Node.js is missing: tests/system.sh installs it"
    environment = {**os.environ, "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [path, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def contents(package):
    with zipfile.ZipFile(package) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def scripts():
    return [path for path in (SOURCE / "src").rglob("*.js") if "engine" not in path.parts]


def test_the_modules_that_need_no_browser():
    done = node("--test", *sorted(HERE.glob("*.test.mjs")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), done.stdout


def test_web_ext_finds_no_error_and_no_warning(packages):
    assert WEB_EXT.exists(), "web-ext is missing: run `npm ci` (make test does)"
    done = node(WEB_EXT, "lint", "--output", "json", "--source-dir", packages["firefox"])
    found = json.loads(done.stdout)
    assert found["summary"] == {"errors": 0, "notices": 0, "warnings": 0}, found
    assert done.returncode == 0


def test_the_same_sources_give_the_same_bytes(packages, build, tmp_path):
    for browser, package in packages.items():
        again = build.build(browser, tmp_path)
        assert again.read_bytes() == package.read_bytes()
        entries = zipfile.ZipFile(package).infolist()
        assert [one.filename for one in entries] == sorted(one.filename for one in entries)
        assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_the_packages_differ_in_their_manifests_only(packages):
    chrome, firefox = contents(packages["chrome"]), contents(packages["firefox"])
    ours = [json.loads(files.pop("manifest.json")) for files in (chrome, firefox)]
    assert chrome == firefox
    assert "src/engine/index.js" in chrome
    assert {Path(name).parts[0] for name in chrome} == {"_locales", "icons", "src"}
    for manifest in ours:
        manifest.pop("background")
        manifest.pop("minimum_chrome_version", None)
        manifest.pop("browser_specific_settings", None)
    assert ours[0] == ours[1]


@pytest.mark.parametrize("browser", ["chrome", "firefox"])
def test_no_more_rights_than_needed(packages, browser):
    files = contents(packages[browser])
    manifest = json.loads(files["manifest.json"])
    assert manifest["manifest_version"] == 3
    assert manifest["permissions"] == ["activeTab", "contextMenus", "scripting", "storage"]
    for absent in ("host_permissions", "content_scripts", "web_accessible_resources"):
        assert absent not in manifest
    assert all(one.startswith("https://") for one in manifest["optional_host_permissions"])
    named = [*manifest["icons"].values(), manifest["action"]["default_popup"]]
    assert set(named) <= set(files)


def test_every_file_that_another_names_is_there():
    for path in [*scripts(), *(SOURCE / "src").rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'(?:from|src=|href=) ?"(\.{0,2}[^":]+\.(?:js|css|png))"', text):
            assert (path.parent / name).exists(), f"{path.name}: {name}"


def test_it_makes_no_request_and_writes_no_markup():
    forbidden = (
        r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|"
        r"\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|"
        r"new Function|/kimi|/star\b|notifications"
    )
    for path in (SOURCE / "src").rglob("*.js"):
        assert not re.findall(forbidden, path.read_text(encoding="utf-8")), path.name
    for path in (SOURCE / "src").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"https?://|<script(?! type=\"module\" src=)| on\w+=", text)
    for path in (SOURCE / "src").rglob("*.css"):
        assert "url(" not in path.read_text(encoding="utf-8")


def test_the_sites_are_the_same_everywhere():
    sites = (SOURCE / "src" / "sites.js").read_text(encoding="utf-8")
    listed = re.findall(r'site\("(\w+)", "[^"]+", "https://([^/]+)/\*"', sites)
    hooks = (SOURCE / "src" / "content.js").read_text(encoding="utf-8")
    known = re.findall(r'^ {4}"([\w.]+)": \["(\w+)", \[', hooks, re.MULTILINE)
    assert [(host, name) for name, host in listed] == known
    manifest = json.loads((SOURCE / "manifest.chrome.json").read_text(encoding="utf-8"))
    assert [f"https://{host}/*" for _, host in listed] == manifest["optional_host_permissions"]


def test_no_file_is_longer_than_the_house_allows():
    for path in [*scripts(), *HERE.glob("*.py"), *HERE.glob("*.mjs")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name
