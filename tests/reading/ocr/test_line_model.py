"""Reading lines without torch: peaks, extents, bundles; and the whole way from command to text."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gezhi.errors import ArrayError, BundleError
from gezhi.kernel.fonts import find_fonts
from gezhi.reading.ocr.cli import ocr as command
from gezhi.reading.ocr.export import export_line
from gezhi.reading.ocr.line_model import EXTENT, LineModel, spots_of
from gezhi.reading.ocr.line_network import LineNetwork, Size
from gezhi.reading.ocr.line_training import Lesson
from gezhi.reading.ocr.rendering import render_line
from gezhi.reading.ocr.teaching import edit_distance, parted_fonts, teach_line
from gezhi.reading.ocr.texts import Texts

FONTS = Path("/usr/share/fonts/truetype/wqy")
SMALL = Size(classes=3, widths=(8, 16, 16, 32), blocks=(1, 1, 1), code=16)


def places(*spots, n=30):
    """Peaks of (place, logit, left, right) in pixels."""
    found = np.full((n, 3), -6.0)
    found[:, 1:] = 0
    for place, logit, left, right in spots:
        found[place] = logit, np.log(left / EXTENT), np.log(right / EXTENT)
    return found


def test_peaks_are_characters_and_their_shadows_are_not():
    found = places((5, 3, 8, 8), (7, 1, 8, 8), (15, 2, 8, 8))
    assert spots_of(found, 60).tolist() == [5, 15]
    assert spots_of(found, 20).tolist() == [5]  # beyond is padding
    assert spots_of(found, 60, least=0.9).tolist() == [5]


def test_narrow_letters_side_by_side_are_two():
    found = places((5, 3, 3, 3), (8, 3, 3, 3))
    assert spots_of(found, 60).tolist() == [5, 8]


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40))
def test_no_two_peaks_touch(logits):
    found = np.zeros((len(logits), 3))
    found[:, 0] = logits
    found[:, 1:] = np.log(1 / EXTENT)
    kept = spots_of(found, 2 * len(logits))
    assert (np.diff(kept) >= 2).all()
    assert all(1 / (1 + np.exp(-logits[one])) >= 0.3 for one in kept)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_edit_distances(one, other, edits):
    assert edit_distance(one, other) == edits


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_edit_distance_beside_recursion(one, other):
    def plainly(a, b):
        if not a or not b:
            return len(a) + len(b)
        return min(
            plainly(a[1:], b) + 1, plainly(a, b[1:]) + 1, plainly(a[1:], b[1:]) + (a[0] != b[0])
        )

    one, other = one[:5], other[:5]
    assert edit_distance(one, other) == plainly(one, other)


def test_fonts_held_back_are_apart(tmp_path):
    for name in ("one.ttc", "other.ttc"):
        (tmp_path / name).symlink_to(FONTS / "wqy-zenhei.ttc")
    learnt, kept = parted_fonts([tmp_path], ["other"])
    assert [font.name for font, _ in learnt] == ["one.ttc"]
    assert [font.name for font, _ in kept] == ["other.ttc"]
    assert len(learnt[0][1]) > 6000


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    font = find_fonts([FONTS], "永")[0]
    return Lesson([(font, frozenset("一国A"))], Texts([]), {"一": 0, "国": 1, "A": 2})


def test_what_was_taught_is_read_after_it_was_kept(lesson, tmp_path):
    model = teach_line(lesson, epochs=8, lines=256, rate=2e-2, size=SMALL, device="cpu")
    model.save(tmp_path / "line")
    again = LineModel.load(tmp_path / "line", threads=1)
    random, right = np.random.default_rng(77), 0
    for _ in range(20):
        line = render_line("国A一国", lesson.fonts[0][0], random)
        spots = again.spots(line.picture)
        right += "".join(one.candidates[0][0] for one in spots) == "国A一国"
        assert all(0 <= one.left < one.right <= line.picture.shape[1] for one in spots)
        assert all(abs(sum(np.exp(p) for _, p in one.candidates) - 1) < 1e-6 for one in spots)
        twice = np.kron(line.picture, np.ones((2, 2), np.uint8))
        for one, other in zip(spots, again.spots(twice), strict=False):
            assert other.left == pytest.approx(2 * one.left, abs=6)
    assert right >= 10


def test_bad_lines_and_bad_bundles(tmp_path):
    model = LineModel(export_line(LineNetwork(SMALL)), "一国A")
    for bad in (np.zeros((3, 3)), np.zeros((3, 3, 3), np.uint8), np.zeros((0, 4), np.uint8)):
        with pytest.raises(ArrayError, match="a line is grey uint8"):
            model.spots(bad)
    assert isinstance(model.spots(np.zeros((1, 1), np.uint8)), list)
    assert isinstance(model.spots(np.full((200, 3), 9, np.uint8)), list)
    model.save(tmp_path / "line")
    (tmp_path / "line" / "alphabet.txt").write_text("一国")
    with pytest.raises(BundleError):
        LineModel.load(tmp_path / "line")


def test_the_command_says_what_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    run = CliRunner().invoke(
        command,
        ["train", "line", "-o", str(tmp_path / "m"), "--fonts",
         str(tmp_path / "empty"), "--quiet", "--epochs", "1"],
    )  # fmt: skip
    assert run.exit_code != 0
    assert "there is no font of Chinese" in run.output + str(run.exception)
    assert not (tmp_path / "m").exists()
