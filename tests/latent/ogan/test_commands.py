"""``gezhi latent ogan``, from pictures to sheets, and what it says of bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.datasets import load_digits

from gezhi.kernel.pictures import read_picture
from gezhi.latent.ogan import OGAN, OGANModel
from gezhi.latent.ogan.cli import ogan

QUICK = ["--steps", "8", "--code", "8", "--channels", "16", "--quiet"]


def run(*arguments, code=0):
    done = CliRunner().invoke(ogan, [str(one) for one in arguments])
    if code == 0 and done.exception:
        raise done.exception
    assert done.exit_code == code or (code == 1 and done.exception), done.output
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Digits 0 and 1 with their labels, as npz."""
    digits = load_digits()
    chosen = digits.target < 2
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    x = (digits.images[chosen] * (255 / 16)).astype(np.uint8)
    np.savez(path, x=x, one=digits.target[chosen])
    return path


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "gan"
    done = run("fit", data, "-o", folder, "--label", "one", *QUICK)
    assert "the direction one is kept" in done.output
    return folder


def test_fit_leaves_a_model_that_says_how_it_was_made_and_three_sheets(fitted, data):
    said = json.loads((fitted / "model" / "bundle.json").read_text())
    assert said["training"]["command"] == (
        "gezhi latent ogan fit digits.npz --label one --steps 8 --code 8 --objective relativistic "
        "--channels 16 --seed 0"
    )
    metrics = json.loads((fitted / "metrics.json").read_text())
    assert metrics["pictures"] == 360
    assert metrics["steps"] == 8
    assert read_picture(fitted / "samples.png").shape == (91, 91)
    # Eight rows of a new picture, a gap and the six that are nearest.
    assert read_picture(fitted / "nearest.png").shape == (8 * 9 + 1, 8 * 9 + 1)
    assert OGANModel.load(fitted / "model").nearest is not None
    assert not list(fitted.parent.glob(".*.training"))
    x = np.load(data)["x"]
    model = OGANModel.load(fitted / "model")
    sheet = read_picture(fitted / "nearest.png")
    made, first = sheet[1:9, 1:9].astype(float), sheet[1:9, 19:27]
    far = ((x - made) ** 2).sum((1, 2))
    np.testing.assert_array_equal(first, x[far.argmin()])
    np.testing.assert_array_equal(made, model.decode(model.draw(100, np.random.RandomState(0)))[0])


def test_the_commands_are_the_library(fitted, data, tmp_path):
    model = OGANModel.load(fitted / "model")
    x = np.load(data)["x"]
    run("sample", "--model", fitted, "-n", 5, "--seed", 3, "-o", tmp_path / "new.npy")
    expected = model.decode(model.draw(5, np.random.RandomState(3)))
    np.testing.assert_array_equal(np.load(tmp_path / "new.npy"), expected)

    done = run("reconstruct", data, "--model", fitted, "-o", tmp_path / "again.npy", "--json")
    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), model.reconstruct(x))
    error = ((model.reconstruct(x) / 255.0 - x / 255.0) ** 2).mean()
    assert json.loads(done.output)["mean_squared_error"] == pytest.approx(error, rel=1e-4)

    done = run("project", data, "--model", fitted, "-o", tmp_path / "codes.npy", "--json")
    codes = np.load(tmp_path / "codes.npy")
    np.testing.assert_allclose(codes, model.encode(x).codes, atol=1e-5)
    assert len(json.loads(done.output)) == 360
    run("project", data, "--model", fitted, "-o", tmp_path / "codes.csv")
    lines = (tmp_path / "codes.csv").read_text().splitlines()
    assert lines[0].startswith("picture,realness,loss,code_0")
    assert len(lines) == 361


def test_edit_goes_along_the_direction_that_is_named_or_learnt_from_two_groups(
    fitted, data, tmp_path
):
    model = OGANModel.load(fitted / "model")
    loaded = np.load(data)
    x, y = loaded["x"], loaded["one"]
    np.save(tmp_path / "zeros.npy", x[y == 0])
    np.save(tmp_path / "ones.npy", x[y == 1])
    np.save(tmp_path / "some.npy", x[:3])
    named = ["--direction", "one"]
    learnt = ["--without", tmp_path / "zeros.npy", "--having", tmp_path / "ones.npy"]
    for how in (named, learnt):
        run("edit", tmp_path / "some.npy", "--model", fitted, *how, "--amounts", "0,1.5",
            "-o", tmp_path / "edited.npy")  # fmt: skip
        found = np.load(tmp_path / "edited.npy")
        assert found.shape == (9, 8, 8)
        np.testing.assert_array_equal(found[0::3], x[:3])
        np.testing.assert_array_equal(found[1::3], model.reconstruct(x[:3]))
        code = model.encode(x[:3]).codes + 1.5 * model.directions["one"]
        np.testing.assert_array_equal(found[2::3], model.decode(code))


def test_pictures_of_any_size_and_colour_are_brought_to_the_model(fitted, tmp_path):
    random = np.random.default_rng(0)
    for name, shape in (("a.png", (40, 30, 3)), ("b.jpg", (16, 64))):
        Image.fromarray(random.integers(0, 255, shape, dtype=np.uint8)).save(tmp_path / name)
    for ending in ("gif", "png"):
        run("interpolate", tmp_path / "a.png", tmp_path / "b.jpg", "--model", fitted, "--steps", 5,
            "-o", tmp_path / f"between.{ending}")  # fmt: skip
    with Image.open(tmp_path / "between.gif") as gif:
        assert gif.size == (112, 112)
        # There and back; Pillow joins frames that are equal.
        assert 2 <= gif.n_frames <= 8
    done = run("project", tmp_path / "a.png", tmp_path / "b.jpg", "--model", fitted)
    assert "a.png" in done.output
    assert "b.jpg" in done.output


def test_a_damaged_picture_is_named_skipped_and_counted(tmp_path):
    random = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(70):
        picture = random.integers(0, 255, (12, 12), dtype=np.uint8)
        Image.fromarray(picture).save(folder / f"{number:03}.png")
    (folder / "broken.png").write_bytes((folder / "003.png").read_bytes()[:60])
    (folder / "none.png").write_bytes(b"no picture")
    done = run("fit", folder, "-o", tmp_path / "gan", "--json", *QUICK)
    assert "left out: broken.png is cut short or damaged" in done.stderr
    assert "left out: none.png is no picture that can be read" in done.stderr
    assert "pictures that cannot be read: 2" in done.stderr
    said = json.loads(done.stdout)
    assert said["pictures"] == 70
    assert len(said["damaged"]) == 2
    bundle = json.loads((tmp_path / "gan" / "model" / "bundle.json").read_text())
    assert bundle["training"]["damaged"] == 2


def test_a_stopped_fit_goes_on_where_it_was(data, tmp_path, monkeypatch):
    def stop(self, *arguments, **options):
        if stop.calls == 5:
            raise KeyboardInterrupt
        stop.calls += 1

    stop.calls = 0
    with monkeypatch.context() as patch:
        patch.setattr("gezhi.kernel.progress.Progress.__call__", stop, raising=False)
        patch.setattr("gezhi.kernel.progress.Progress.__enter__", lambda self: stop.__get__(self))
        run("fit", data, "-o", tmp_path / "gan", *QUICK, code=1)
    assert (tmp_path / ".gan.training").exists()
    assert not (tmp_path / "gan").exists()
    run("fit", data, "-o", tmp_path / "gan", *QUICK)
    x = np.load(data)["x"]
    whole = OGAN(code_dim=8, n_steps=8, channels=16, random_state=0).fit(x)
    again = OGANModel.load(tmp_path / "gan" / "model")
    np.testing.assert_array_equal(again.reconstruct(x[:9]), whole.reconstruct(x[:9]))


def test_features_and_measure(fitted, data, tmp_path):
    done = run("features", data, "-o", tmp_path / "eyes", "--no-labels", "--epochs", 1, "--quiet")
    assert "found among 100 of pictures held back" in done.output
    done = run(
        "measure", data, "--model", fitted, "--features", tmp_path / "eyes", "-n", 100, "--json"
    )
    said = json.loads(done.output)
    assert said["pictures"] == 100
    assert said["frechet_distance"] > 0
    assert 0 <= said["precision"] <= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["edit", "{data}", "--direction", "smile"], "holds no direction 'smile'; it has: one"),
        (["edit", "{data}"], "give either --direction"),
        (["edit", "{data}", "--without", "{data}"], "belong together"),
        (["edit", "{data}", "--direction", "one", "--amounts", "much"], "give numbers such as"),
        (["reconstruct", "{rows}"], "holds rows, not pictures"),
        (["reconstruct", "{large}"], "were fitted on|was fitted on"),
        (["reconstruct", "{missing}"], "there is no file"),
        (["sample", "-n", "2", "--output", "{folder}/x.mp3"], "written as .png, .gif or .npy"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(arguments, words, fitted, data, tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((5, 3)))
    np.save(tmp_path / "large.npy", np.zeros((5, 9, 9)))
    places = {
        "data": data, "rows": tmp_path / "rows.npy", "large": tmp_path / "large.npy",
        "missing": tmp_path / "missing.npy", "folder": tmp_path,
    }  # fmt: skip
    filled = [one.format(**places) for one in arguments]
    if "--output" not in filled:
        filled += ["-o", tmp_path / "out.png"]
    done = CliRunner().invoke(ogan, [*map(str, filled), "--model", str(fitted)])
    assert done.exit_code != 0
    said = f"{done.output} {done.exception}"
    assert any(one in said for one in words.split("|")), said
    assert not (tmp_path / "out.png").exists()


def test_a_fit_refuses_rows_a_full_folder_and_three_labels(data, tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((50, 3)))
    done = run("fit", tmp_path / "rows.npy", "-o", tmp_path / "x", *QUICK, code=1)
    assert "rows, not pictures" in str(done.exception)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    done = run("fit", data, "-o", tmp_path / "mine", *QUICK, code=1)
    assert "holds something else" in str(done.exception)
    x = np.load(data)["x"]
    np.savez(tmp_path / "three.npz", x=x, kind=np.arange(len(x)) % 3)
    done = run("fit", tmp_path / "three.npz", "-o", tmp_path / "y", "--label", "kind", *QUICK,
               code=1)  # fmt: skip
    assert "3 different values; a direction needs two" in str(done.exception)
