"""The cluster room: the shipped example, a person's own file in a job, and hostile files."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score

from gezhi.errors import GezhiError
from gezhi.latent.cluster.model import ClusterModel
from gezhi.studio.cluster import routes, views
from gezhi.studio.cluster.task import find_clusters


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def archive(**content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in content.items():
            packed.writestr(name.replace("__", "/"), data)
    return file.getvalue()


@pytest.fixture
def rows_csv():
    """Three far groups of rows, with a column that tells nothing; and the truth."""
    random = np.random.default_rng(0)
    truth = np.arange(150) % 3
    values = random.normal(size=(150, 4)) + 8 * np.eye(3, 4)[truth]
    lines = [",".join(f"{one:.4f}" for one in row) for row in values]
    return "\n".join(["width,height,<b>depth</b>,noise", *lines]).encode(), truth


def send(client, name, data):
    page = client.post("/cluster/files", files={"file": (name, data)})
    assert page.status_code == 200
    return page.url.path


def test_the_example_stands_there_at_once_and_its_figures_are_those_of_the_model(client):
    page = client.get("/cluster").text
    pictures, labels = views.example_items()
    assert pictures.shape == (400, 28, 28)
    shown = views.example().digest
    counts = [int(n) for n in re.findall(r'figure">([\d,]+) items?<', page)]
    assert sum(counts) == 400
    assert counts == [one["count"] for one in shown["clusters"]]
    # One label for all in each group: as many pictures as that label fits are right.
    assert 0.5 < shown["by_majority"] < 0.8
    assert f"{100 * shown['by_majority']:.0f}%" in page
    for kind in ("members", "samples"):
        answer = client.get(f"/cluster/example/{kind}/3")
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).size == (291, 30)
    # The strip of typical members is cut from the right place: its pictures are of that group.
    strip = np.asarray(Image.open(io.BytesIO(client.get("/cluster/example/members/3").content)))
    first = strip[1:29, 1:29]
    (place,) = np.flatnonzero((pictures == first).all((1, 2)))
    model, bundle = ClusterModel.read(views.EXAMPLE_MODEL)
    assert views.assigned(model, bundle, pictures).labels[place] == 3
    assert len(labels) == 400
    assert client.get("/cluster/example/map/all").text.startswith("<svg")


@pytest.mark.parametrize("address", ["members/10", "members/-1", "members/²", "other/1", "map/1"])
def test_a_picture_that_is_not_there_is_said_so(client, address):
    assert client.get(f"/cluster/example/{address}").status_code == 404


def test_rows_come_back_in_their_groups(client, finish, settings, monkeypatch, rows_csv):
    monkeypatch.setitem(routes._STEPS, "quick", 40)
    data, truth = rows_csv
    address = send(client, "my rows.csv", data)
    assert client.get(f"{address}/labels").status_code == 404
    client.post(f"{address}/start", data={"clusters": "3", "effort": "quick"})
    page = finish(client, address, 120).text
    assert "150 items in 3 groups" in page
    assert "&lt;b&gt;depth&lt;/b&gt;" in page
    assert "<b>depth" not in page
    answer = client.get(f"{address}/labels")
    assert "my%20rows-clusters.csv" in answer.headers["content-disposition"]
    lines = answer.text.splitlines()
    assert lines[0] == "item,cluster,confidence"
    found = [int(line.split(",")[1]) for line in lines[1:]]
    # What was kept answers the same, and the page counts the same.
    (folder,) = settings.folder.glob("*/clusters/model")
    values = np.loadtxt(io.BytesIO(data), delimiter=",", skiprows=1)
    assert ClusterModel.read(folder)[0].encode(values).probabilities.argmax(1).tolist() == found
    counts = [int(n) for n in re.findall(r'figure">([\d,]+) items?<', page)]
    assert counts == np.bincount(found, minlength=3).tolist()
    # Even a short training is far better than chance on groups so far apart.
    assert adjusted_rand_score(truth, found) > 0.2
    assert client.get(f"{address}/report").text.startswith("<!doctype html>")
    assert client.get(f"{address}/map/all").text.startswith("<svg")
    assert client.get(f"{address}/members/0").status_code == 404
    client.post(f"{address}/remove")
    assert client.get(address).status_code == 404


HOSTILE = {
    "nothing.csv": (b"", "nothing.csv is empty"),
    "nan.csv": (b"a,b\n1,2\nnan,3\n", "nan.csv, row 3, column 'a'"),
    "cut.npz": (archive(**{"x.npy": b"\x93NUMPY"}), "cut.npz"),
    "pickle.npy": (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }".ljust(117)
        + b"\n" + b"\0" * 24,
        "never loaded",
    ),
    "no-pictures.zip": (archive(a=b"x"), "no-pictures.zip has no pictures"),
    "bad-picture.zip": (archive(**{"a.png": b"x"}), "is no picture"),
    "no-zip.zip": (b"PK\x03\x04" + b"\0" * 100, "no-zip.zip is no zip archive"),
    "few.csv": (b"a,b\n1,2\n2,3\n4,5\n", "n_clusters=10"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence(tmp_path, name):
    data, said = HOSTILE[name]
    source = tmp_path / name
    source.write_bytes(data)
    asked = {"clusters": 10, "steps": 20, "size": None, "title": name}
    with pytest.raises(GezhiError, match=re.escape(said)) as caught:
        find_clusters({"source": source, "output": tmp_path / "out", **asked}, lambda *_: None)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_hostile_file_is_told_with_its_own_name(client, finish, settings):
    address = send(client, "<b>nan.csv", b"a,b\n1,2\nnan,3\n")
    client.post(f"{address}/start", data={"clusters": "10"})
    page = finish(client, address).text
    assert "This file cannot be used as it is:" in page
    assert "&lt;b&gt;nan.csv, row 3, column" in page
    assert str(settings.folder) not in page


def test_a_zip_is_unpacked_under_names_of_our_own(client, finish, monkeypatch, tmp_path):
    monkeypatch.setitem(routes._STEPS, "quick", 20)
    digits = load_digits().images[:60]
    content = {f"a__{n}.png": png((digits[n] * 15).astype(np.uint8)) for n in range(58)}
    content["..__..__..__escaped.png"] = png((digits[58] * 15).astype(np.uint8))
    content["__MACOSX__._0.png"] = b"not a picture"
    address = send(client, "digits.zip", archive(**content))
    client.post(f"{address}/start", data={"clusters": "2", "size": "8"})
    page = finish(client, address, 120).text
    assert "59 items in 2 groups" in page
    assert client.get(f"{address}/members/1").headers["content-type"] == "image/png"
    labels = client.get(f"{address}/labels").text
    assert "../../../escaped.png," in labels
    assert not list(tmp_path.rglob("escaped.png"))


def test_a_person_finds_groups_in_a_browser(visit, rows_csv, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\n".join(rows_csv[0].splitlines()[:25]))
    page = visit().go("/cluster")
    expect(page.locator("#cluster-9 .strip").first).to_be_visible()
    page.get_by_label("Choose a file, or drop it here").set_input_files(path)
    page.get_by_role("button", name="Take it in").click()
    page.get_by_label("How many groups?").select_option("3")
    page.get_by_label("How thorough?").select_option("full")
    page.get_by_role("button", name="Find the groups").click()
    expect(page.get_by_role("heading", name="Finding groups")).to_be_visible()
    expect(page.locator("progress[value]")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").first).to_contain_text("Cancelled. Nothing was kept")
    page.get_by_label("How many groups?").select_option("3")
    page.get_by_role("button", name="Find the groups").click()
    heading = page.get_by_role("heading", name="24 items in 3 groups")
    expect(heading).to_be_visible(timeout=120_000)
    expect(heading).to_be_focused()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the labels (CSV)").click()
    assert waiting.value.suggested_filename == "rows-clusters.csv"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_the_cluster_room(visit, sound, language, width):
    page = visit(viewport={"width": width, "height": 800}).go(f"/cluster?lang={language}")
    page.locator(".map summary").click()
    sound(page, f"{language} {width}")


def test_sliders_draw_what_the_model_draws_there(client):
    middle = client.get("/cluster/example/drawn?cluster=3").content
    assert Image.open(io.BytesIO(middle)).size == (168, 168)
    assert client.get("/cluster/example/drawn?cluster=3&d0=0&d1=x&d2=-").content == middle
    model, _ = ClusterModel.read(views.EXAMPLE_MODEL)
    z = model.along(3, [2.0, 0.0, -1.0])
    values = np.linalg.eigvalsh(model.covariances[3])[::-1]
    away = z[0] - model.centres[3]
    assert away @ np.linalg.solve(model.covariances[3], away) == pytest.approx(5.0)
    assert np.linalg.norm(away) == pytest.approx(np.sqrt(4 * values[0] + values[2]))
    asked = client.get("/cluster/example/drawn?cluster=3&d0=20&d2=-10").content
    shown = np.asarray(Image.open(io.BytesIO(asked)))[::6, ::6].astype(int)
    assert np.abs(shown - model.decode(z)[0].clip(0, 255)).max() <= 1
    assert client.get("/cluster/example/drawn?cluster=10").status_code == 404
    assert client.get("/cluster/files/none/drawn?cluster=1").status_code == 404
    page = client.get("/cluster?cluster=3&d0=20").text
    assert '/cluster/example/drawn?cluster=3&amp;d0=20"' in page
    assert '<option value="3" selected>' in page


def test_a_slider_that_moves_draws_anew(visit):
    page = visit().go("/cluster")
    before = page.locator("#drawn").get_attribute("src")
    page.get_by_label("Direction 1").press("End")
    expect(page.locator("#drawn")).to_have_attribute("src", re.compile(r"drawn\?.*d0=30"))
    page.get_by_label("Group", exact=True).select_option("4")
    expect(page.locator("#drawn")).to_have_attribute("src", re.compile(r"cluster=4&d0=30"))
    assert before != page.locator("#drawn").get_attribute("src")
    expect(page.locator("#drawn")).to_have_js_property("naturalWidth", 168)
