"""Finding text: maps and boxes into one another, sizes joined, and a small network taught."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import ArrayError, BundleError
from gezhi.kernel.fonts import find_fonts
from gezhi.reading.ocr.export import export_text
from gezhi.reading.ocr.line_training import Lesson
from gezhi.reading.ocr.teaching import matched, teach_text, text_found
from gezhi.reading.ocr.text_maps import Found, lines_of_maps, maps_of_lines
from gezhi.reading.ocr.text_model import TextModel, joined
from gezhi.reading.ocr.text_network import TextNetwork, TextSize
from gezhi.reading.ocr.text_training import Pages, Sheet, text_loss
from gezhi.reading.ocr.texts import Texts

SMALL = TextSize(widths=(8, 16, 16, 16), blocks=(1, 1, 1, 1), joined=16)


def told(lines, height, width):
    """A map as a perfect network gives it: logits for zeros and ones."""
    maps, _ = maps_of_lines(lines, height, width)
    return np.concatenate([np.where(maps[:2] > 0, 8.0, -8.0), maps[2:]])


@given(
    left=st.integers(0, 60), top=st.integers(0, 60),
    thick=st.integers(10, 60), times=st.floats(1.0, 6.0), vertical=st.booleans(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_line_comes_back_from_its_map(left, top, thick, times, vertical):
    long = round(thick * times)
    width, height = (thick, long) if vertical else (long, thick)
    box = (left, top, left + width, top + height)
    (found,) = lines_of_maps(told([(box, vertical)], 480, 480))
    assert found.vertical == vertical
    assert found.thickness == pytest.approx(thick, abs=1.5)
    np.testing.assert_allclose(found.box, box, atol=5)
    assert found.chance > 0.99


def test_lines_close_together_stay_apart():
    lines = [((10, 10 + 16 * i, 200, 22 + 16 * i), False) for i in range(6)]
    found = sorted(one.box[1] for one in lines_of_maps(told(lines, 128, 256)))
    np.testing.assert_allclose(found, [10 + 16 * i for i in range(6)], atol=1.5)


def test_the_rim_of_a_line_is_not_judged_and_its_core_is():
    maps, unsure = maps_of_lines([((8, 8, 88, 40), False)], 64, 128)
    assert maps[0][6, 6] == 1
    assert not unsure[6, 6]
    assert unsure[2, 10]
    assert not unsure[14, 30]
    assert not (unsure & (maps[0] > 0)).any()
    # The cell about y = 26: 18 pixels from the top and 14 from the bottom.
    assert 8 * np.exp(maps[2][6, 6]) == pytest.approx(18)
    assert 8 * np.exp(maps[3][6, 6]) == pytest.approx(14)


def test_a_slanting_line_has_slanting_corners():
    maps = np.full((4, 40, 100), -8.0)
    for column in range(5, 95):
        middle = 40 + 0.05 * 4 * column  # pixels
        for row in range(40):
            if abs((row + 0.5) * 4 - middle) <= 6:
                maps[0, row, column] = 8
                maps[2, row, column] = np.log((12 - middle + (row + 0.5) * 4) / 8)
                maps[3, row, column] = np.log((12 + middle - (row + 0.5) * 4) / 8)
    (found,) = lines_of_maps(maps)
    left_top, right_top, *_ = found.corners
    slope = (right_top[1] - left_top[1]) / (right_top[0] - left_top[0])
    assert slope == pytest.approx(0.05, abs=0.005)
    assert found.thickness == pytest.approx(24, abs=1)


def test_nothing_is_found_in_nothing():
    assert lines_of_maps(np.full((4, 8, 8), -8.0)) == []


def a_line(left, top, right, bottom):
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Found(np.array(corners, float), vertical=False, chance=0.9)


def test_two_sizes_are_joined():
    small, large = a_line(0, 0, 100, 20), a_line(0, 50, 300, 250)
    assert joined([small], [a_line(1, 1, 99, 19), large]) == [small, large]
    # Strokes of a large glyph, each taken for a line, give way to the glyph.
    strokes = [a_line(10, 60, 100, 70), a_line(150, 60, 160, 200)]
    assert joined([small, *strokes], [large]) == [small, large]


def test_boxes_are_matched_once_each():
    one = (0.0, 0.0, 10.0, 10.0)
    assert matched([one, one], [one]) == 1
    assert matched([one], [(6.0, 0.0, 16.0, 10.0)]) == 0
    assert matched([], [one]) == 0
    assert matched([one, (20.0, 0.0, 30.0, 9.0)], [(20.0, 0.0, 30.0, 10.0), one]) == 2


def test_the_loss_is_small_for_the_right_answer_alone():
    maps, unsure = maps_of_lines([((8, 8, 88, 40), False), ((96, 4, 120, 60), True)], 64, 128)
    sheet = Sheet(
        torch.zeros(1, 3, 64, 128), torch.from_numpy(maps)[None], torch.from_numpy(~unsure)[None]
    )

    class Says(torch.nn.Module):
        def __init__(self, maps):
            super().__init__()
            self.maps = torch.from_numpy(np.asarray(maps, np.float32))[None]

        def forward(self, pictures):
            return self.maps

    perfect = np.concatenate([np.where(maps[:2] > 0, 9.0, -9.0), maps[2:]])
    right = float(text_loss(Says(perfect), sheet))
    assert right < 0.05
    for channel, change in ((0, -1), (1, -1)):
        wrong = perfect.copy()
        wrong[channel] *= change
        assert float(text_loss(Says(wrong), sheet)) > right + 0.5
    assert (
        float(text_loss(Says(perfect + np.array([0, 0, 1, 1])[:, None, None]), sheet)) > right + 0.5
    )
    # What is on the rim is nobody's fault.
    rim = perfect.copy()
    rim[0][unsure] = 9.0
    assert float(text_loss(Says(rim), sheet)) == pytest.approx(right, abs=1e-3)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    font = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]
    return Lesson([(font, frozenset("国家一二三人我的好书"))], Texts(["国家一二三人我的好书"]), {})


def test_pages_are_the_same_of_the_same_seed(lesson):
    one, other = (Pages(lesson, 8, 3) for _ in range(2))
    assert len(one) == len(list(one)) == 1
    for a, b in zip(one.batch(0), other.batch(0), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(Pages(lesson, 8, 4).batch(0).pictures, one.batch(0).pictures)


def test_a_small_network_learns_to_find_text(lesson, tmp_path):
    model = teach_text(lesson, epochs=6, pages=48, rate=1e-2, size=SMALL, device="cpu")
    model.save(tmp_path / "text")
    again = TextModel.load(tmp_path / "text", threads=1)
    torch.manual_seed(0)
    untaught = text_loss(TextNetwork(SMALL), Pages(lesson, 8, 0).batch(0))
    assert model.training["loss"] < 0.9 * float(untaught)
    recall, precision = text_found(again, lesson, seed=5, number=4)
    assert 0 <= recall <= 1
    assert 0 <= precision <= 1


def test_maps_are_of_a_quarter_of_any_size(tmp_path):
    model = TextModel(export_text(TextNetwork(SMALL)))
    for shape in ((1, 1), (33, 70), (64, 64, 3)):
        maps = model.maps(np.zeros(shape, np.uint8))
        assert maps.shape == (4, -(-shape[0] // 4), -(-shape[1] // 4))
    for bad in (np.zeros((3, 3)), np.zeros((3, 3, 4), np.uint8), np.zeros((0, 4), np.uint8)):
        with pytest.raises(ArrayError, match="a picture is uint8"):
            model.find(bad)
    model.save(tmp_path / "text")
    (tmp_path / "text" / "text.onnx").write_bytes(b"no")
    with pytest.raises(BundleError):
        TextModel.load(tmp_path / "text")
