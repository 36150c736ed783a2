"""The O-GAN room: shipped models, a person's own picture, own training, and hostile files."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.datasets import load_digits

from gezhi.errors import GezhiError
from gezhi.latent.ogan.model import OGANModel, between
from gezhi.studio.ogan import routes, views
from gezhi.studio.ogan.task import train_gan


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def shown(answer):
    assert answer.status_code == 200
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def send(client, name, data):
    page = client.post("/ogan/files", files={"file": (name, data)})
    assert page.status_code == 200
    return page.url.path


@pytest.mark.parametrize("name", list(views.MODELS))
def test_what_is_shown_is_what_the_shipped_model_draws(client, name):
    model, pictures = OGANModel.load(views.MODELS[name]), views.examples(name)
    side = pictures.shape[1]
    assert pictures.shape == (12, side, side)
    sheet = shown(client.get(f"/ogan/example/{name}/samples?seed=7"))
    made = model.decode(model.draw(24, np.random.RandomState(7)))
    np.testing.assert_array_equal(sheet[1 : 1 + side, 1 : 1 + side], made[0])
    times = 168 // side
    codes = model.encode(pictures[[3, 5]]).codes
    walked = model.decode(between(*codes, 21))
    for at in (0, 13, 20):
        found = shown(client.get(f"/ogan/example/{name}/between?a=3&b=5&at={at}"))
        np.testing.assert_array_equal(found[::times, ::times], walked[at])
    assert shown(client.get(f"/ogan/example/{name}/nearest")).shape[1] == 8 * (side + 1) + 1
    assert client.get(f"/ogan?model={name}").status_code == 200


def test_the_smile_slider_moves_along_the_direction_of_the_bundle(client):
    model, pictures = OGANModel.load("faces-ogan"), views.examples("faces")
    assert list(model.directions) == ["smile"]
    code = model.encode(pictures[[2]]).codes + 1.5 * model.directions["smile"]
    found = shown(client.get("/ogan/example/faces/edited?picture=2&amount=15"))
    np.testing.assert_array_equal(found[::5, ::5][:32, :32], model.decode(code)[0])
    # The other model has learnt no direction.
    assert client.get("/ogan/example/clothes/edited").status_code == 404
    assert 'id="edited"' not in client.get("/ogan?model=clothes").text


@pytest.mark.parametrize("address", ["faces/other", "nobody/samples", "clothes/..%2fx"])
def test_a_picture_that_is_not_there_is_said_so(client, address):
    assert client.get(f"/ogan/example/{address}").status_code == 404


def test_numbers_that_make_no_sense_are_kept_within_limits(client):
    usual = client.get("/ogan/example/faces/between?a=0&b=1&at=10").content
    assert client.get("/ogan/example/faces/between?a=x&b=&at=%C2%B2").content == usual
    last = client.get("/ogan/example/faces/between?a=11&b=1&at=0").content
    assert client.get("/ogan/example/faces/between?a=9999999&b=1&at=-5").content == last


def test_ones_own_picture_is_drawn_again_at_once(client):
    random = np.random.default_rng(0)
    own = random.integers(0, 255, (50, 90, 3), dtype=np.uint8)
    address = send(client, "<b>me.png", png(own))
    page = client.get(address).text
    assert "&lt;b&gt;me.png" in page
    assert "your picture" in page
    model = OGANModel.load("faces-ogan")
    taken = model.take([own])
    times = 84 // 32
    pair = shown(client.get(f"{address}/pairs"))[1:, 1:][: 32 * times : times]
    np.testing.assert_array_equal(pair[:, : 32 * times : times], taken[0])
    np.testing.assert_array_equal(pair[:, 32 * times + 1 :][:, : 32 * times : times],
                                  model.reconstruct(taken)[0])  # fmt: skip
    assert client.get(f"{address}?model=clothes").status_code == 200
    assert shown(client.get(f"{address}/between?model=clothes&a=0&b=2")).shape == (168, 168)
    client.post(f"{address}/remove")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("data", [b"", b"no picture", png(np.zeros((9, 9), np.uint8))[:40]])
def test_a_picture_that_is_none_is_told_with_its_own_name(client, settings, data):
    address = send(client, "me.png", data)
    page = client.get(address).text
    assert "This file cannot be used as it is:" in page
    assert "me.png" in page
    assert str(settings.folder) not in page
    assert client.get(f"{address}/pairs").status_code == 404


def test_a_zip_of_pictures_becomes_a_model_of_ones_own(client, finish, monkeypatch, settings):
    monkeypatch.setitem(routes._STEPS, "quick", 6)
    digits = (load_digits().images[:70] * 15).astype(np.uint8)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for number, one in enumerate(digits):
            packed.writestr(f"{number}.png", png(one))
        packed.writestr("broken.png", b"no picture")
    address = send(client, "digits.zip", file.getvalue())
    client.post(f"{address}/start", data={"effort": "quick", "size": "8"})
    page = finish(client, address, 120).text
    assert "Trained on 70 pictures in 6 steps" in page
    assert "1 picture could not be read" in page
    (folder,) = settings.folder.glob("*/gan/model")
    model = OGANModel.load(folder)
    sheet = shown(client.get(f"{address}/samples?seed=3"))
    np.testing.assert_array_equal(sheet[1:9, 1:9], model.decode(
        model.draw(24, np.random.RandomState(3)))[0])  # fmt: skip
    assert shown(client.get(f"{address}/between?a=0&b=1&at=3")).shape == (168, 168)
    assert client.get(f"{address}/edited").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("rows.csv", b"a,b\n1,2\n3,4\n", "holds rows, not pictures"),
        ("nothing.npy", b"", "is empty"),
        ("cut.npz", b"PK\x03\x04" + b"\0" * 100, "cut short or damaged"),
    ],
)
def test_a_hostile_file_is_one_sentence(tmp_path, name, data, said):
    source = tmp_path / name
    source.write_bytes(data)
    asked = {"steps": 6, "size": None, "title": name}
    with pytest.raises(GezhiError, match=re.escape(said)) as caught:
        train_gan({"source": source, "output": tmp_path / "out", **asked}, lambda *_: None)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_person_walks_between_two_faces_and_makes_one_smile(visit):
    page = visit().go("/ogan")
    page.get_by_label("How far").press("End")
    expect(page.locator("#between")).to_have_attribute("src", re.compile(r"between\?.*at=20"))
    page.get_by_label("How much smile", exact=True).press("End")
    expect(page.locator("#edited")).to_have_attribute("src", re.compile(r"edited\?.*amount=30"))
    expect(page.locator("#edited")).to_have_js_property("naturalWidth", 160)
    page.get_by_role("link", name="Clothes").click()
    expect(page.locator("#between")).to_have_js_property("naturalWidth", 168)
    before = page.locator("#samples-heading + img").get_attribute("src")
    page.get_by_role("link", name="Draw others").click()
    expect(page).to_have_url(re.compile(r"seed=1&model=clothes"))
    assert page.locator("#samples-heading + img").get_attribute("src") != before


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_the_room(visit, sound, language, width):
    page = visit(viewport={"width": width, "height": 800}).go(f"/ogan?lang={language}")
    sound(page, f"{language} {width}")
