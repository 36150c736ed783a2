"""The classic path: components cleaned and grown to lines, lines cut by a lattice."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gezhi.kernel.fonts import find_fonts
from gezhi.reading.language_model import LanguageModel
from gezhi.reading.ocr.components import find_components, label
from gezhi.reading.ocr.finding import cleaned, grown, typical_size
from gezhi.reading.ocr.glyph_model import Piece, Verdict, patch
from gezhi.reading.ocr.lattice import cuts_of, read_cuts
from gezhi.reading.ocr.layers import grey_layers
from gezhi.reading.ocr.rendering import draw_text

FONT = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]


def ink_of(text, size=40, spacing=0.0):
    return draw_text(text, FONT, size, spacing=spacing).ink


def page_of(lines, size=28, step=48, shape=(420, 520)):
    page = np.full(shape, 240, np.uint8)
    for number, text in enumerate(lines):
        ink = ink_of(text, size)
        part = page[20 + step * number :, 30:][: len(ink), : ink.shape[1]]
        part[:] = (part * (1 - ink) + 20 * ink).astype(np.uint8)
    return page


class Templates:
    """Names a piece by the drawn character that it looks most like."""

    def __init__(self, characters, size=40):
        self.names = list(characters)
        drawn = []
        for one in characters:
            ink = ink_of(one, size)
            rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
            tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            drawn.append((patch((255 - 255 * tight).astype(np.uint8)).ravel(), len(tight)))
        self.looks = np.array([one for one, _ in drawn]) / 48
        self.tall = np.array([tall for _, tall in drawn])
        self.judged = 0

    def verdicts(self, pieces):
        self.judged += len(pieces)
        answer = []
        for piece in pieces:
            alike = self.looks @ patch(piece.picture).ravel() / 48
            off = np.abs(np.log(piece.picture.shape[0] / self.tall))
            alike = np.clip(alike - off, 0.001, 0.999)
            best = np.argsort(-alike)[:4]
            logs = tuple((self.names[one], float(np.log(alike[one]))) for one in best)
            answer.append(Verdict(float(alike[best[0]]) ** 4, logs))
        return answer


@pytest.mark.parametrize("text", ["小的八川明好", "八小川的", "林好明小1i的", "他们的好小川"])
@pytest.mark.parametrize("spacing", [-2.0, 0.0, 4.0])
def test_characters_in_parts_come_out_whole_and_touching_ones_apart(text, spacing):
    judge = Templates("小的八川明好日月女子木林白勺一丨丿1i他们也亻门")
    ink = ink_of(text, spacing=spacing)
    picture = (255 - 255 * ink).astype(np.uint8)
    rows = np.flatnonzero(ink.any(1))
    found = read_cuts(
        picture, ink > 0.4, judge, top=float(rows[0]), height=float(rows[-1] + 1 - rows[0])
    )
    assert "".join(one.text for one in found) == text
    for one, other in pairwise(found):
        assert one.box[2] <= other.box[0]


def test_the_language_chooses_and_nothing_is_nothing():
    class Unsure:
        def verdicts(self, pieces):
            return [Verdict(0.9, (("柳", np.log(0.5)), ("视", np.log(0.45)))) for _ in pieces]

    mask = np.zeros((20, 60), bool)
    mask[2:18, 2:18] = mask[2:18, 32:48] = True
    picture = np.where(mask, 0, 255).astype(np.uint8)
    language = LanguageModel.fit(["电视机", "视视", "看电视"])
    how = {"top": 2.0, "height": 16.0}
    read = read_cuts(picture, mask, Unsure(), language=language, weight=2.0, **how)
    assert "".join(one.text for one in read) == "视视"
    plain = read_cuts(picture, mask, Unsure(), **how)
    assert "".join(one.text for one in plain) == "柳柳"
    assert plain[0].box == (2, 2, 18, 18)
    assert plain[0].confidence == pytest.approx(0.45)
    assert read_cuts(picture, np.zeros_like(mask), Unsure(), **how) == []
    assert cuts_of(np.zeros_like(mask), height=16.0) == []


def test_long_blocks_are_cut_evenly_too():
    block = np.ones((20, 100), bool)
    assert set(range(20, 100, 20)) <= set(cuts_of(block, height=20.0))


def test_lines_are_grown_and_small_parts_belong_to_them():
    lines = ["今天天气很好，小心", "八点三十分出发。", "请带上雨伞 i 1"]
    page = page_of(lines)
    found = cleaned(find_components(grey_layers(page)), page.shape)
    rows = sorted(grown(found), key=lambda one: one.box[1])
    assert len(rows) == 3
    for number, row in enumerate(rows):
        assert not row.vertical
        left, top, right, bottom = row.box
        ink = ink_of(lines[number], 28)
        inked = np.flatnonzero(ink.any(0)) + 30
        assert abs(left - inked[0]) <= 2
        assert abs(right - 1 - inked[-1]) <= 2
        assert 20 + 48 * number <= top < bottom <= 20 + 48 * number + len(ink)


def test_columns_are_seen_to_run_down():
    page = np.ascontiguousarray(page_of(["国国国国国国国", "国国国国国国国"], step=70).T)
    found = cleaned(find_components(grey_layers(page)), page.shape)
    rows = grown(found)
    assert len(rows) == 2
    assert all(row.vertical for row in rows)


def test_frames_dust_and_blocks_go_and_text_of_any_size_stays():
    for size in (14, 28, 80):
        page = page_of(["春夏秋冬"], size=size, shape=(300, 480))
        page[150:290, 20:460] = 20
        page[154:286, 24:456] = 240  # a frame
        page[200:240, 100:180] = 20  # a block
        rng = np.random.default_rng(0)
        page[rng.integers(200, 280, 20), rng.integers(200, 440, 20)] = 20
        mask = page < 128
        found = cleaned(label(mask), page.shape)
        assert len(found)
        assert found.boxes[:, 3].max() < 140
        row = max(grown(found), key=lambda one: len(one.members))
        inked = np.flatnonzero(ink_of("春夏秋冬", size).any(0)) + 30
        assert abs(row.box[0] - inked[0]) <= 2
        assert abs(row.box[2] - 1 - inked[-1]) <= 2
    assert typical_size(label(np.zeros((5, 5), bool))) == 0
    assert grown(label(np.zeros((5, 5), bool))) == []


def test_one_character_alone_stays():
    page = page_of(["一"], size=120, shape=(200, 200))
    mask = page < 128
    assert len(cleaned(label(mask), page.shape, mode="character")) == 1


def test_pieces_keep_their_shape_in_the_middle():
    tall = np.full((40, 10), 255, np.uint8)
    tall[:, 4:6] = 0
    seen = patch(tall)
    assert seen.shape == (48, 48)
    assert abs(float(seen.mean())) < 1e-4
    assert float(seen.std()) == pytest.approx(1, abs=0.02)
    dark = np.flatnonzero(seen.mean(0) < seen.mean() - 0.5)
    assert dark.min() > 18
    assert dark.max() < 30
    assert (patch(np.zeros((3, 3), np.uint8)) == 0).all()
    assert Piece(tall).place is None
