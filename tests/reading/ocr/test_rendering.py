"""Practice lines and pages: what is drawn is where it is said to be."""

from pathlib import Path

import numpy as np
import pytest

from gezhi.errors import InputError
from gezhi.kernel.fonts import find_fonts
from gezhi.reading.ocr.alphabet import LATIN, LEVEL_1, LEVEL_2, PUNCTUATION, alphabet, plain
from gezhi.reading.ocr.pages import render_page
from gezhi.reading.ocr.rendering import HEIGHT, draw_text, render_line
from gezhi.reading.ocr.texts import Texts, normal, read_lines

FONT = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]


def test_the_alphabet_is_that_of_gb_2312():
    assert len(LEVEL_1) == 3755
    assert len(LEVEL_2) == 3008
    assert LEVEL_1.startswith("啊阿埃")
    assert LEVEL_2.endswith("齄")
    assert len(LATIN) == 94
    whole = alphabet()
    assert len(set(whole)) == len(whole)
    assert set(alphabet(level_2=False)) == set(LATIN + PUNCTUATION + LEVEL_1)


def test_texts_are_compared_without_width_and_space():
    assert plain("１０．０ 元　起…") == "10.0元起..."


def test_spans_hold_the_ink_of_their_characters():
    drawn = draw_text("国 一A", FONT, 40, spacing=6)
    (left, right), space, dash, letter = drawn.spans
    assert drawn.ink[:, : int(left)].max(initial=0) == 0
    for begin, end in (drawn.spans[0], dash, letter):
        assert drawn.ink[:, int(begin) : int(end)].max() > 0.9
        assert drawn.ink[:, int(end) : int(end) + 3].max() < 0.1
    assert drawn.ink[:, int(space[0]) + 1 : int(space[1])].max() < 0.1
    assert drawn.ink[drawn.top : drawn.bottom].sum() > 0.99 * drawn.ink.sum()
    assert 0 <= left < right < space[1] < dash[1] < letter[1]


def test_narrow_text_is_narrow_and_its_spans_go_along():
    wide, narrow = (draw_text("国文", FONT, 40, narrow=one) for one in (1.0, 0.5))
    assert narrow.ink.shape[1] == pytest.approx(wide.ink.shape[1] / 2, abs=1)
    np.testing.assert_allclose(narrow.spans, wide.spans / 2, atol=1)


def test_a_line_is_of_its_height_and_the_same_of_the_same_seed():
    one, other = (render_line("好书一本", FONT, np.random.default_rng(5)) for _ in range(2))
    assert one.picture.shape[0] == HEIGHT
    assert one.picture.dtype == np.uint8
    np.testing.assert_array_equal(one.picture, other.picture)
    assert one.text == "好书一本"
    assert one.spans.shape == (4, 2)
    assert (np.diff(one.spans, axis=1) > 0).all()


def test_a_character_lies_in_its_span_on_most_lines():
    """A dark square among spaces: its darkest column is within its span, however spoilt."""
    inside = 0
    for seed in range(60):
        line = render_line("　■　".replace("　", " "), FONT, np.random.default_rng(seed))
        columns = line.picture.astype(float)
        off = np.abs(columns - np.median(columns)).mean(axis=0)
        middle = float((off**2 @ np.arange(len(off))) / (off**2).sum())
        left, right = line.spans[1]
        inside += left - 3 <= middle <= right + 3
    assert inside >= 50


def test_drawn_texts_have_only_what_the_font_has():
    characters = frozenset("一二三国家ABCabc0123456789.¥元，")
    texts = Texts(["国家一二三，ABC。不在其中", "三二一"])
    random = np.random.default_rng(0)
    for _ in range(300):
        text = texts.draw(random, characters)
        assert text.strip() == text
        assert 1 <= len(text) <= 60
        assert set(text) <= characters | {" "}


def test_wide_forms_are_read_as_ascii():
    assert normal("好，（二）！￥５") == "好,(二)!¥5"


def test_text_files_are_read_or_refused(tmp_path):
    (tmp_path / "a.txt").write_text("一\n\n  二 \n", encoding="utf-8")
    assert read_lines([tmp_path / "a.txt"]) == ["一", "二"]
    (tmp_path / "b.txt").write_bytes(b"ok\xff")
    with pytest.raises(InputError, match=r"b\.txt is not UTF-8: byte 2"):
        read_lines([tmp_path / "b.txt"])
    (tmp_path / "c.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(InputError, match="cannot be read"):
        read_lines([tmp_path / "c.gz"])
    with pytest.raises(InputError, match="there is no file"):
        read_lines([tmp_path / "none"])


def test_pages_hold_their_lines_apart():
    texts = Texts(["国家一二三", "好书一本"])
    characters = frozenset("国家一二三好书本")

    def source(random, most):
        return FONT, texts.draw(random, characters)[:most].strip() or "一"

    seen = 0
    for seed in range(12):
        page = render_page(source, np.random.default_rng(seed), side=256)
        assert page.picture.shape == (256, 256, 3)
        taken = np.zeros((256, 256), int)
        for line in page.lines:
            left, top, right, bottom = line.box
            assert 0 <= left < right <= 256.5
            assert 0 <= top < bottom <= 256.5
            assert line.text
            taken[round(top) : round(bottom), round(left) : round(right)] += 1
        assert taken.max(initial=0) <= 1
        seen += len(page.lines)
    assert seen > 20
