"""From pictures to pages: cutting out, columns, order, spaces; the networks know the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gezhi.errors import ArrayError, ParameterError
from gezhi.kernel.fonts import find_fonts
from gezhi.reading.language_model import LanguageModel
from gezhi.reading.ocr.cutting import best_grey, cell_edges, laid_down, straightened
from gezhi.reading.ocr.drawing import step_pictures
from gezhi.reading.ocr.line_model import Spot
from gezhi.reading.ocr.reader import Reader, TextLine, reading_order
from gezhi.reading.ocr.rendering import draw_text
from gezhi.reading.ocr.text_maps import Found
from tests.reading.ocr.test_classic import Templates, page_of

FONT = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]


def column_of(text: str, size: int, step: int) -> np.ndarray:
    """Dark characters below one another on white."""
    picture = np.full((step * len(text), size + 4), 255, np.uint8)
    for number, one in enumerate(text):
        drawn = draw_text(one, FONT, size)
        ink = drawn.ink[drawn.top : drawn.bottom, :size]
        top = number * step + (step - len(ink)) // 2
        part = picture[top : top + len(ink), 2 : 2 + ink.shape[1]]
        part -= (255 * ink).astype(np.uint8)
    return picture


@pytest.mark.parametrize("step", [33, 40, 52])
@pytest.mark.parametrize("text", ["国家三二一人", "三二一三二一", "书好我的国三小八"])
def test_columns_are_cut_between_characters(text, step):
    picture = column_of(text, 32, step)
    line, edges = laid_down(picture)
    assert len(edges) == len(text) + 1
    np.testing.assert_allclose(edges, step * np.arange(len(text) + 1), atol=8)
    assert line.shape[1] == len(text) * picture.shape[1]


def test_one_character_is_one_cell():
    assert len(cell_edges(np.ones(30), 30)) == 2
    assert cell_edges(np.zeros(1), 5) == [0, 1]


def test_a_line_is_turned_upright_and_edges_go_on():
    picture = np.zeros((60, 100), np.uint8)
    rows, columns = np.mgrid[:60, :100]
    picture[np.abs(rows - 30 - 0.2 * (columns - 50)) < 5] = 255
    corners = np.array([(5, 16), (95, 34), (95, 44), (5, 26)], float)
    line, shown = straightened(picture, corners)
    assert line.shape[0] == pytest.approx(12, abs=1)
    assert (line[3:-3, 4:-4] > 128).mean() > 0.95
    assert (line[0] < 128).mean() > 0.9
    assert shown[0][0] < 5
    beyond, _ = straightened(
        np.full((20, 20), 9, np.uint8), np.array([(0, 0), (20, 0), (20, 20), (0, 20)])
    )
    assert (beyond == 9).all()


def test_grey_where_there_is_contrast_and_colour_where_there_is_none():
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[:, 5:] = 255
    assert np.ptp(best_grey(picture)) == 255
    assert best_grey(picture[..., 0]).shape == (10, 10)
    assert (best_grey(np.full((4, 4, 3), 7, np.uint8)) == 7).all()


def a_line(text, box, *, vertical=False):
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return TextLine(text, corners, 1.0, (), vertical)


def test_two_columns_are_read_one_after_the_other():
    title = a_line("0", (0, 0, 220, 20))
    left = [a_line(str(1 + i), (0, 40 + 30 * i, 100, 60 + 30 * i)) for i in range(3)]
    right = [a_line(str(4 + i), (120, 45 + 30 * i, 220, 65 + 30 * i)) for i in range(3)]
    mixed = [right[1], left[2], title, left[0], right[2], right[0], left[1]]
    assert "".join(one.text for one in reading_order(mixed)) == "0123456"


def test_parts_of_one_row_are_read_from_left_to_right():
    row = [a_line("b", (50, 3, 90, 23)), a_line("a", (0, 0, 40, 20)), a_line("c", (0, 40, 40, 60))]
    assert "".join(one.text for one in reading_order(row)) == "abc"


def test_vertical_lines_are_read_from_the_right():
    some = [
        a_line(str(i), (200 - 40 * i, 5 * i, 230 - 40 * i, 200), vertical=True) for i in range(4)
    ]
    assert "".join(one.text for one in reading_order(some[::-1])) == "0123"


@dataclass
class Detector:
    """Finds what it was told."""

    found: list

    def find(self, picture):
        return self.found


@dataclass
class Recogniser:
    """Reads what it was told."""

    answer: list
    seen: list

    def spots(self, line):
        self.seen.append(line)
        return self.answer


def spot(left, right, *candidates, chance=0.9):
    logs = tuple((one, float(np.log(p))) for one, p in candidates)
    return Spot(left, right, chance, logs)


def box_of(left, top, right, bottom, *, vertical=False):
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)
    return Found(corners, vertical=vertical, chance=1.0)


def test_a_page_has_boxes_in_the_picture_and_spaces_between_words():
    answer = [
        spot(4, 10, ("a", 0.9), ("o", 0.1)), spot(20, 26, ("B", 1.0)), spot(27, 33, ("1", 1.0)),
        spot(40, 60, ("好", 1.0)), spot(60, 70, (",", 1.0)),
    ]  # fmt: skip
    reader = Reader(Detector([box_of(10, 20, 80, 40)]), Recogniser(answer, []))
    page = reader.read(np.zeros((100, 200, 3), np.uint8))
    (line,) = page.lines
    assert line.text == "a B1好，"
    assert line.box == (10, 20, 80, 40)
    first = line.characters[0]
    assert first.alternatives == (("o", pytest.approx(0.1)),)
    assert first.confidence == pytest.approx(0.81)
    # The line was cut out with a fifth of its height at the ends: 10 − 4 + 4 = 10.
    assert first.box[0] == pytest.approx(10, abs=0.6)
    assert first.box[2] == pytest.approx(16, abs=0.6)
    record = page.record()
    assert record["width"] == 200
    assert record["lines"][0]["box"] == [10, 20, 80, 40]
    assert page.text == "a B1好，"


def test_the_language_chooses_among_what_is_seen():
    model = LanguageModel.fit(["电视机", "电视剧", "看电视", "柳树"])
    answer = [spot(0, 20, ("电", 1.0)), spot(20, 40, ("柳", 0.55), ("视", 0.45))]
    reader = Reader(Detector([box_of(0, 0, 40, 20)]), Recogniser(answer, []), model)
    picture = np.zeros((20, 40), np.uint8)
    assert reader.read(picture, weight=1.0).text == "电视"
    assert reader.read(picture, weight=0).text == "电柳"


def test_nothing_on_a_page_is_an_empty_page():
    assert Reader(Detector([]), Recogniser([], [])).read(np.zeros((9, 9), np.uint8)).lines == ()
    unsure = Recogniser([spot(0, 9, ("一", 1.0), chance=0.1)], [])
    assert (
        Reader(Detector([box_of(0, 0, 9, 9)]), unsure).read(np.zeros((9, 9), np.uint8)).text == ""
    )


def test_modes():
    recogniser = Recogniser([spot(0, 9, ("一", 1.0), chance=0.8), spot(9, 18, ("二", 1.0))], [])
    reader = Reader(Detector([]), recogniser)
    picture = np.random.default_rng(0).integers(0, 255, (10, 40), dtype=np.uint8)
    assert reader.read(picture, mode="line").text == "一二"
    np.testing.assert_array_equal(recogniser.seen[-1], picture)
    assert reader.read(picture, mode="character").text == "二"
    tall = reader.read(np.ascontiguousarray(picture.T), mode="line")
    assert tall.lines[0].vertical
    with pytest.raises(ParameterError, match="mode must be one of page, line, character"):
        reader.read(picture, mode="word")
    with pytest.raises(ParameterError, match="weight must be 0 or more"):
        reader.read(picture, weight=-1)
    with pytest.raises(ArrayError, match="a picture is uint8"):
        reader.read(picture.astype(float))


def test_the_classic_path_is_an_engine_and_every_step_is_drawn(tmp_path):
    text = "春天来了小鸟"
    judge = Templates(text + "日人女", 84)
    reader = Reader(Detector([]), Recogniser([], []), None, judge)
    picture = page_of([text], 28, shape=(90, 300))
    page = reader.read(picture, engine="glyph")
    assert page.text == text
    truth = draw_text(text, FONT, 28).spans + 30
    for one, (left, right) in zip(page.lines[0].characters, truth, strict=True):
        assert one.box[0] == pytest.approx(left, abs=2)
        assert one.box[2] == pytest.approx(right, abs=4)
    alone = reader.read(picture[15:60, 25:58], engine="glyph", mode="character")
    assert alone.text == "春"
    assert reader.read(np.zeros((50, 50), np.uint8), engine="glyph").lines == ()
    steps = reader.steps(picture)
    drawn = step_pictures(picture, steps, page)
    assert list(drawn) == [
        "1-grey", "2-layers", "3-components", "4-cleaned", "5-lines", "6-characters",
    ]  # fmt: skip
    assert steps.scale == 3
    assert all(one.shape[2] == 3 for one in drawn.values())
    assert (drawn["5-lines"] == (31, 119, 180)).all(axis=2).any()
    with pytest.raises(ParameterError, match="engine must be one of line, glyph"):
        reader.read(picture, engine="both")
    with pytest.raises(ParameterError, match="needs a glyph network"):
        Reader(Detector([]), Recogniser([], [])).read(picture, engine="glyph")


def test_columns_are_read_by_the_classic_path():
    text = "国家书好我"
    judge = Templates(text + "日人女", 84)
    page = np.full((260, 160), 240, np.uint8)
    for number, start in enumerate((90, 20)):
        part = column_of(text[number * 0 :], 28, 40)
        page[20 : 20 + len(part), start : start + part.shape[1]] = part
    reader = Reader(Detector([]), Recogniser([], []), None, judge)
    found = reader.read(page, engine="glyph")
    assert [one.text for one in found.lines] == [text, text]
    assert all(one.vertical for one in found.lines)
    assert found.lines[0].box[0] > 80
