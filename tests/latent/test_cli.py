"""``gezhi latent`` as a person types it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.datasets import load_digits

from gezhi.cli import cli
from gezhi.kernel.bundle import read_bundle

Array = Any


def _run(*words: Any) -> Result:
    return CliRunner().invoke(cli, ["latent", *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with digits, a table, and a model of each that the command line has fitted."""
    here = tmp_path_factory.mktemp("latent")
    pictures = load_digits().images.astype(np.uint8)
    np.save(here / "digits.npy", pictures[:300])
    np.save(here / "others.npy", pictures[300:340])
    random = np.random.default_rng(0)
    rows = [f"{a:.3f},{2 * a + random.normal():.3f},b" for a in random.normal(size=80)]
    (here / "rows.csv").write_text("\n".join(["one,two,label", *rows]), encoding="utf-8")
    for data, model in (("digits.npy", "digits"), ("rows.csv", "rows")):
        done = _run("density", "fit", here / data, "-o", here / model, "--epochs", 3)
        assert done.exit_code == 0, done.output
    return here


def test_fitting_writes_a_model_its_figures_and_draws(folder: Path) -> None:
    assert (folder / "digits" / "model" / "bundle.json").is_file()
    assert (folder / "digits" / "samples.png").read_bytes()[1:4] == b"PNG"
    head = (folder / "rows" / "samples.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == "one,two"
    metrics = json.loads((folder / "rows" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["rows"] == 80
    assert len(metrics["history"]) == 3
    # Nothing of the training is left.
    assert sorted(one.name for one in folder.iterdir() if one.name.startswith(".")) == []


def test_scores_are_printed_and_written(folder: Path) -> None:
    words = ("density", "score", folder / "rows.csv", "--model", folder / "rows", "--draws", 8)
    table = _run(*words, "--top", 2, "-o", folder / "scores.csv")
    assert table.exit_code == 0, table.output
    assert table.output.splitlines()[0].startswith("80 items, mean log p(x) ")
    assert len(table.output.splitlines()) == 4
    assert max(map(len, table.output.splitlines())) <= 80
    assert len((folder / "scores.csv").read_text(encoding="utf-8").splitlines()) == 81
    said = json.loads(_run(*words, "--json", "--top", 1).output)
    assert said["items"] == 80
    assert said["most_unusual"][0]["least_expected"].split(", ")[0] in ("one", "two")


def test_digits_come_back_from_their_file(folder: Path) -> None:
    model, file = folder / "digits", folder / "x.gz8"
    packed = _run("compress", folder / "others.npy", "--model", model, "-o", file, "--json")
    assert packed.exit_code == 0, packed.output
    assert json.loads(packed.output)["bytes"] == file.stat().st_size
    done = _run("decompress", file, "--model", model, "-o", folder / "again.npy")
    assert done.exit_code == 0, done.output
    again, was = np.load(folder / "again.npy"), np.load(folder / "others.npy")
    assert again.dtype == was.dtype
    assert (again == was).all()


def test_draws_are_written_as_asked(folder: Path) -> None:
    for name, model in (("a.png", "digits"), ("a.npy", "digits"), ("a.csv", "rows")):
        drawn = _run("density", "sample", "--model", folder / model, "-n", 4, "-o", folder / name)
        assert drawn.exit_code == 0, drawn.output
        assert (folder / name).stat().st_size > 50
    wrong = _run("density", "sample", "--model", folder / "rows", "-o", folder / "b.png")
    assert wrong.exit_code == 1
    assert "these items are written as .csv or .npy" in wrong.output
    assert not (folder / "b.png").exists()


def test_groups_are_written_with_a_page_that_shows_them(folder: Path) -> None:
    digits = load_digits()
    np.savez(folder / "known.npz", x=digits.images[:300].astype(np.uint8), y=digits.target[:300])
    words = ("cluster", folder / "known.npz", "-o", folder / "groups", "--steps", 20)
    done = _run(*words, "--clusters", 5, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert said["clusters"] == 5
    assert sum(said["proportions"]) == pytest.approx(1.0, abs=1e-4)
    lines = (folder / "groups" / "assignments.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "item,cluster,confidence,label"
    assert len(lines) == 301
    # 5 clusters take at most 5 of the 10 labels, and by majority they are as good as one to one.
    assert 0.1 <= said["accuracy"] <= said["majority"] <= 0.75
    report = (folder / "groups" / "report.html").read_text(encoding="utf-8")
    assert "Beside the labels" in report
    assert report.count("data:image/png;base64,") == 2
    assert "http://" not in report.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in report
    assert (folder / "groups" / "members.png").read_bytes()[1:4] == b"PNG"
    few = _run("cluster", folder / "known.npz", "-o", folder / "none", "--clusters", 400)
    assert few.exit_code == 1
    assert "400" in few.output
    assert not (folder / "none").exists()


def test_a_model_that_is_kept_is_found_by_its_name_and_sorts_alike(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEZHI_HOME", str(folder / "home"))
    groups = folder / "kept-groups"
    done = _run("cluster", folder / "digits.npy", "-o", groups, "--steps", 20, "--clusters", 5)
    assert done.exit_code == 0, done.output
    for words in (["few", "--int8", "--licence", "ours"], ["whole"]):
        kept = _run("keep", groups, *words)
        assert kept.exit_code == 0, kept.output
    said = read_bundle(folder / "home" / "models" / "few" / "1")
    assert said.training["command"] == (
        "gezhi latent cluster digits.npy --clusters 5 --seed 0 --steps 20"
    )
    assert (said.training["licence"], said.training["storage"]) == ("ours", "int8")
    whole, few = (
        folder / "home" / "models" / one / "1" / "encoder.onnx" for one in ("whole", "few")
    )
    assert few.stat().st_size < 0.4 * whole.stat().st_size
    first = (groups / "assignments.csv").read_text(encoding="utf-8")
    for model in ("whole", "few", groups):
        again = folder / f"again-{Path(model).name}"
        done = _run("cluster", folder / "digits.npy", "-o", again, "--model", model)
        assert done.exit_code == 0, done.output
        assert not (again / "model").exists()
        found = (again / "assignments.csv").read_text(encoding="utf-8")
        if model != "few":
            assert found == first
        pairs = list(zip(found.splitlines(), first.splitlines(), strict=True))
        same = sum(a.split(",")[1] == b.split(",")[1] for a, b in pairs)
        assert same >= 0.97 * len(pairs)


def test_a_density_that_is_kept_small_scores_nearly_alike(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEZHI_HOME", str(folder / "home"))
    assert _run("keep", folder / "digits", "small-digits", "--int8").exit_code == 0
    means = []
    for model in ("small-digits", folder / "digits"):
        words = ("density", "score", folder / "others.npy", "--model", model, "--draws", 8)
        means.append(json.loads(_run(*words, "--json").output)["mean_log_density"])
    assert means[0] != means[1]
    assert means[0] == pytest.approx(means[1], rel=0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["density", "score", "digits.npy", "--model", "rows"], "each item must have the shape 2"),
        (["density", "score", "none.npy", "--model", "rows"], "there is no file or folder"),
        (["density", "score", "rows.csv", "--model", "sentiment"], "of the kind 'sentiment'"),
        (["density", "score", "digits.npy", "--model", "nowhere"], "nowhere"),
        (["density", "fit", "digits.npy", "-o", "."], "holds something else"),
        (["density", "fit", "rows.csv", "-o", "new", "--categorical", "three"], "'three'"),
        (["compress", "rows.csv", "--model", "rows", "-o", "y.gz8"], "real numbers"),
        (["cluster", "rows.csv", "--model", "fashion-clusters", "-o", "new"], "(28, 28)"),
        (["keep", "nowhere", "name"], "is no model bundle"),
        (["keep", "digits", "No Name"], "lower-case letters"),
        (["decompress", "rows.csv", "--model", "digits", "-o", "y.npy"], "was not written by"),
    ],
)
def test_errors_are_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(folder)
    done = _run(*words)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (folder / "y.gz8").exists()
    assert not (folder / "new").exists()
