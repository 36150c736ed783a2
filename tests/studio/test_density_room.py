"""The density room: the shipped example, a person's own file in a job, and hostile files."""

import csv
import io
import re
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.datasets import load_digits

from gezhi.errors import GezhiError
from gezhi.kernel.arrays import Items
from gezhi.latent.codec import decompress
from gezhi.latent.density.model import DensityModel
from gezhi.studio.density import routes, task, views
from gezhi.studio.density.task import rank_items, suited

ODD = 17


@pytest.fixture
def rows_csv():
    """Correlated rows; one breaks the correlation, within the range of each column."""
    random = np.random.default_rng(0)
    first = random.normal(size=200)
    values = np.stack([first, first + 0.05 * random.normal(size=200), np.ones(200)], 1)
    values[ODD, :2] = 1.5, -1.5
    lines = [",".join(f"{one:.4f}" for one in row) for row in values]
    return "\n".join(["<i>left</i>,right,same", *lines]).encode()


@pytest.fixture(scope="module")
def digits_zip():
    """Sixty small pictures of digits, and one of noise."""
    pictures = (load_digits().images[:60] * 15).astype(np.uint8)
    noise = np.random.default_rng(1).integers(0, 256, (8, 8)).astype(np.uint8)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for number, picture in enumerate([*pictures, noise]):
            png = io.BytesIO()
            Image.fromarray(picture).save(png, "PNG")
            packed.writestr("noise.png" if number == 60 else f"{number:02}.png", png.getvalue())
    return file.getvalue()


def send(client, name, data):
    page = client.post("/density/files", files={"file": (name, data)})
    assert page.status_code == 200
    return page.url.path


def test_the_example_stands_there_at_once_in_the_order_of_the_model(client):
    page = client.get("/density").text
    shown = views.example()
    told = [float(one.replace(",", "")) for one in re.findall(r'figure">([\d,.]+) nats', page)]
    assert len(told) == 12
    assert told[:8] == sorted(told[:8], reverse=True)
    assert told[8:] == sorted(told[8:])
    model = DensityModel.load(views.EXAMPLE_MODEL)
    again = -model.scores(shown.pictures, n_importance=8).log_density
    assert told[0] == pytest.approx(again.max(), abs=0.1)
    assert told[8] == pytest.approx(again.min(), abs=0.1)
    first = int(again.argmax())
    picture = Image.open(io.BytesIO(client.get(f"/density/example/item/{first}").content))
    assert np.array_equal(np.asarray(picture)[::4, ::4], shown.pictures[first])
    heat = np.asarray(
        Image.open(io.BytesIO(client.get(f"/density/example/why/{first}").content)).convert("RGB")
    )[::4, ::4].astype(int)
    assert heat.max(-1).min() >= 127  # pale, with red on it: nothing is dark
    redness = heat[..., 0] - heat[..., 2]
    surprise = model.surprise(shown.ranking.scores)[first].reshape(28, 28)
    assert redness[surprise <= 0].max() == 0
    assert redness[np.unravel_index(surprise.argmax(), (28, 28))] == redness.max() > 50


@pytest.mark.parametrize("address", ["item/100", "item/-1", "why/²", "other/1", "histogram/all"])
def test_a_picture_that_is_not_there_is_said_so(client, address):
    assert client.get(f"/density/example/{address}").status_code == 404


def test_the_row_that_breaks_a_rule_comes_first(client, finish, rows_csv, monkeypatch):
    monkeypatch.setitem(routes._STEPS, "quick", 300)
    address = send(client, "my rows.csv", rows_csv)
    assert client.get(f"{address}/scores").status_code == 404
    client.post(f"{address}/start", data={"kind": "plain", "effort": "quick"})
    page = finish(client, address, 180).text
    assert "200 items, the most unusual first" in page
    assert "Left out, since they are the same in every row: same" in page
    rows = re.findall(r'<th scope="row">(\d+)</th>', page)
    assert rows[0] == str(ODD + 1)
    assert "&lt;i&gt;left" in page
    assert "<i>left" not in page
    answer = client.get(f"{address}/scores")
    assert "my%20rows-unusual.csv" in answer.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(table) == 200
    worst = max(table, key=lambda one: float(one["unusual"]))
    assert worst["item"] == str(ODD)
    assert client.get(f"{address}/histogram/all").text.startswith("<svg")
    assert client.get(f"{address}/item/{ODD}").status_code == 404
    assert client.get(f"{address}/packed").status_code == 404
    client.post(f"{address}/remove")
    assert client.get(address).status_code == 404


def test_pictures_are_ranked_shown_and_packed_without_loss(
    client, finish, digits_zip, monkeypatch, tmp_path
):
    monkeypatch.setitem(routes._STEPS, "full", 60)
    address = send(client, "digits.zip", digits_zip)
    client.post(f"{address}/start", data={"effort": "full", "size": "8", "kind": "plain"})
    page = finish(client, address, 240).text
    assert "61 items, the most unusual first" in page
    names = re.findall(r'item__name">([^<]+)<', page)
    assert names[0] == "noise.png"
    numbers = re.findall(rf'src="{address}/item/(\d+)"', page)
    assert len(numbers) == 30
    for kind in ("item", "why"):
        picture = client.get(f"{address}/{kind}/{numbers[0]}")
        assert Image.open(io.BytesIO(picture.content)).size == (112, 112)
    assert client.get(f"{address}/item/61").status_code == 404
    answer = client.get(f"{address}/archive")
    assert "digits-packed.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    packed = tmp_path / "items.gz8"
    assert packed.read_bytes() == client.get(f"{address}/packed").content
    bits = 8 * packed.stat().st_size / (61 * 64)
    assert f'<td class="figure">{bits:.3f}</td>' in page
    again, _ = decompress(DensityModel.load(tmp_path / "model"), packed)
    assert np.array_equal(again[:60], (load_digits().images[:60] * 15).astype(np.uint8))


def test_a_shipped_model_judges_without_learning(tmp_path, digits_zip):
    source = tmp_path / "source.zip"
    source.write_bytes(digits_zip)
    asked = {"source": source, "output": tmp_path / "out", "kind": "complexity", "steps": 1}
    told = []
    result = rank_items(
        {**asked, "model": "mnist-density", "size": (28, 28)}, lambda *one: told.append(one)
    )
    assert result["unusual"][0]["name"] == "noise.png"
    assert not result["learned"]
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    shutil.rmtree(tmp_path / "unpacked")
    with pytest.raises(GezhiError, match="28 by 28"):
        rank_items(
            {**asked, "output": tmp_path / "no", "model": "mnist-density", "size": (8, 8)},
            lambda *_: None,
        )
    assert not (tmp_path / "no").exists()


def test_a_column_of_few_kinds_is_not_taken_for_a_measure():
    random = np.random.default_rng(0)
    kinds = random.integers(0, 3, 300)
    values = np.stack([random.normal(size=300), kinds, kinds * 1000.0], 1)
    found, left_out = suited(Items(values, names=("a", "b", "c")))
    assert (found.names, left_out) == (("a", "b", "c"), ())
    assert task._kinds(found) == [1, 2]


def test_a_table_of_small_whole_numbers_is_packed_too(tmp_path):
    source, out = tmp_path / "source.csv", tmp_path / "out"
    numbers = np.random.default_rng(0).integers(0, 4, (150, 3))
    lines = [",".join(str(one) for one in row) for row in numbers.tolist()]
    source.write_text("\n".join(["a,b,c", *lines]))
    asked = {"source": source, "output": out, "kind": "complexity", "steps": 100, "size": None}
    result = rank_items({**asked, "model": ""}, lambda *_: None)
    sizes = {one["name"]: one["bytes"] for one in result["packed"]["sizes"]}
    assert set(sizes) == {"gezhi", "xz", "bz2", "zlib"}
    assert sizes["gezhi"] == (out / "items.gz8").stat().st_size
    again, extra = decompress(DensityModel.load(out / "model"), out / "items.gz8")
    assert np.array_equal(again, numbers)
    assert extra["names"] == ["a", "b", "c"]


HOSTILE = {
    "nothing.csv": (b"", "nothing.csv is empty"),
    "nan.csv": (b"a,b\n1,2\nnan,3\n", "nan.csv, row 3, column 'a'"),
    "same.csv": (b"a,b\n1.5,2\n1.5,2\n1.5,2\n", "constant"),
    "one.csv": (b"a,b\n1.5,2\n", "row"),
    "no-pictures.zip": (b"PK\x05\x06" + b"\0" * 18, "no-pictures.zip has no pictures"),
    "cut.npy": (b"\x93NUMPY", "cut.npy"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence(tmp_path, name):
    data, said = HOSTILE[name]
    source = tmp_path / name
    source.write_bytes(data)
    asked = {"model": "", "kind": "plain", "steps": 5, "size": None}
    with pytest.raises(GezhiError, match=re.escape(said)) as caught:
        rank_items({"source": source, "output": tmp_path / "out", **asked}, lambda *_: None)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_form_that_asks_for_what_is_not_there_gets_the_usual(client, finish, rows_csv):
    address = send(client, "rows.csv", rows_csv.replace(b",1.0000", b",nan"))
    client.post(f"{address}/start", data={"model": "../../etc", "kind": "regret", "size": "9e9"})
    page = finish(client, address).text
    assert "This file cannot be used as it is:" in page
    assert "rows.csv, row 2, column" in page


def test_a_person_finds_what_is_unusual_in_a_browser(visit, digits_zip, tmp_path):
    path = tmp_path / "digits.zip"
    path.write_bytes(digits_zip)
    page = visit().go("/density")
    expect(page.locator(".pair img").first).to_be_visible()
    page.get_by_label("Choose a file, or drop it here").set_input_files(path)
    page.get_by_role("button", name="Take it in").click()
    page.get_by_label("Compared with what?").select_option("mnist-density")
    page.get_by_label("How to judge").select_option("complexity")
    page.get_by_role("button", name="Find what is unusual").click()
    heading = page.get_by_role("heading", name="61 items, the most unusual first")
    expect(heading).to_be_visible(timeout=120_000)
    expect(heading).to_be_focused()
    expect(page.locator(".item__name").first).to_have_text("noise.png")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download all scores (CSV)").click()
    assert waiting.value.suggested_filename == "digits-unusual.csv"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_the_density_room(visit, sound, language, width):
    page = visit(viewport={"width": width, "height": 800}).go(f"/density?lang={language}")
    sound(page, f"{language} {width}")
