"""A figure in the docs is a figure that a benchmark wrote."""

import json

import pytest

from benchmarks import claims
from benchmarks.record import FOLDER, Peer, Results, Row


def rows():
    return [
        Row("accuracy", "Accuracy", "准确率", 93.127, "%", must=92.0, aim=94.0, headline=True,
            interval=(92.3, 93.9), peers=(Peer("TF-IDF", 90.8),)),
        Row("size", "Size", "大小", 0.912, "MB", must=3, aim=1, better="lower"),
        Row("speed", "Speed", "速度", None, "texts/s", must=3000, digits=0),
    ]  # fmt: skip


def measured(tmp_path):
    results = Results.measured("sentiment", rows(), seeds=[0, 1], command="python -m x")
    results.write(tmp_path)
    return results


def test_results_read_back_equal(tmp_path):
    written = measured(tmp_path)
    read = Results.read("sentiment", tmp_path)
    assert read.rows == written.rows
    assert read == written
    assert [row.reached for row in read.rows] == [True, True, None]


def test_a_result_that_says_more_than_it_reached_is_refused(tmp_path):
    measured(tmp_path)
    path = tmp_path / "sentiment.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["rows"][0]["value"] = 80.0
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match="accuracy says reached"):
        Results.read("sentiment", tmp_path)


def test_the_tables_say_what_was_measured(tmp_path):
    measured(tmp_path)
    table = claims.table("sentiment", tmp_path)
    assert "| Accuracy | 93.13 % (92.30–93.90) | 92.00 % ✓ | 94.00 % ✗ | TF-IDF: 90.80 % |" in table
    assert "| Size | 0.91 MB | 3.00 MB ✓ | 1.00 MB ✓ |  |" in table
    assert "| Speed | not measured yet | 3,000 texts/s |  |  |" in table
    assert "准确率: 93.13 %" in claims.table("systems:zh", tmp_path)
    assert "Size" not in claims.table("systems", tmp_path)


def test_a_changed_figure_is_stale_and_is_put_right(tmp_path):
    measured(tmp_path)
    text = "before\n<!-- claims:sentiment -->\nold\n<!-- /claims -->\nafter\n"
    fresh = claims.refreshed(text, tmp_path)
    assert "93.13 %" in fresh
    assert fresh.startswith("before\n<!-- claims:sentiment -->\n")
    assert fresh.endswith("\n<!-- /claims -->\nafter\n")
    assert claims.refreshed(fresh, tmp_path) == fresh
    edited = fresh.replace("93.13", "99.99")
    assert claims.refreshed(edited, tmp_path) == fresh


def test_an_unknown_marker_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="claims:nothing"):
        claims.refreshed("<!-- claims:nothing -->\n<!-- /claims -->", tmp_path)


@pytest.mark.parametrize("path", claims.documents(), ids=lambda path: path.name)
def test_every_document_says_what_the_results_say(path):
    text = path.read_text(encoding="utf-8")
    assert text == claims.refreshed(text), "run: make reference"
    assert text.count("<!-- claims:") == text.count("<!-- /claims -->")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_stored_result_is_sound_and_known(path):
    results = Results.read(path.stem)
    assert results.system == path.stem
    assert path.stem in (*claims.SYSTEMS, *claims.OTHERS)
    assert results.machine
    assert results.versions
    assert len({row.key for row in results.rows}) == len(results.rows)
