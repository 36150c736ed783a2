"""Glyphs of font files."""

from pathlib import Path

import numpy as np
import pytest

from gezhi.errors import InputError
from gezhi.kernel.fonts import Font, find_fonts

FOLDER = Path("/usr/share/fonts/truetype/wqy")


@pytest.fixture(scope="module")
def font() -> Font:
    """WenQuanYi Zen Hei, which `make test` installs."""
    return find_fonts([FOLDER], "永")[0]


def test_a_glyph_has_ink_where_the_character_is(font):
    glyph = font.glyph("一", 40)
    rows = np.flatnonzero(glyph.mask.max(axis=1))
    assert glyph.mask.dtype == np.uint8
    assert len(rows) < 10  # one stroke
    assert -30 < glyph.top < -8  # above the baseline, in the middle of the em
    assert glyph.mask.shape[1] > 30
    assert glyph.advance == pytest.approx(40, abs=1)


def test_a_descender_lies_below_the_baseline(font):
    below = {one: font.glyph(one, 40) for one in "gH"}
    assert below["g"].top + len(below["g"].mask) > 5
    assert abs(below["H"].top + len(below["H"].mask)) <= 1


def test_space_has_a_width_and_no_ink(font):
    glyph = font.glyph(" ", 40)
    assert not glyph.mask.any()
    assert glyph.advance > 5


def test_strokes_can_be_thicker(font):
    thin, thick = (font.glyph("国", 40, stroke=one).mask for one in (0, 2))
    assert thick.astype(int).sum() > 1.2 * thin.astype(int).sum()


def test_what_a_font_has_not_is_known(font):
    assert font.has("国")
    assert not font.has(" ")
    assert not font.has("\U0001f9ff")
    assert font.covered("A国\U0001f9ff ") == {"A", "国"}


def test_fonts_are_found_by_what_they_have(tmp_path):
    (tmp_path / "notes.txt").write_text("no font")
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 nothing")
    assert find_fonts([tmp_path], "永") == []
    found = find_fonts([FOLDER, tmp_path], "永国")
    assert [one.name for one in found] == [
        one.name for one in sorted(found, key=lambda one: (one.path.name, one.index))
    ]
    assert len({(one.path, one.index) for one in found}) == len(found) >= 1
    assert find_fonts([FOLDER], "\U0001f9ff") == []


def test_what_is_no_font_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no font or folder"):
        find_fonts([tmp_path / "none"], "永")
    (tmp_path / "broken.ttf").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no font that can be read"):
        Font(tmp_path / "broken.ttf").glyph("一", 20)
