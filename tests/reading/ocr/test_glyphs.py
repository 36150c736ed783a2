"""The glyph network: its atlas, its samples, its lesson, its bundle."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.errors import ArrayError, BundleError, InputError
from gezhi.kernel.fonts import find_fonts
from gezhi.reading.ocr.glyph_model import SIDE, GlyphModel, Piece
from gezhi.reading.ocr.glyph_network import GlyphSize
from gezhi.reading.ocr.glyph_training import Glyphs, _pressed, drawn_atlas, standard
from gezhi.reading.ocr.teaching import class_weights, glyph_accuracy, teach_glyph
from gezhi.reading.ocr.texts import Texts

FONT = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]
FEW = "永国一oO,"
FONTS = [(FONT, frozenset(FEW + "，"))]
NUMBERS = {one: number for number, one in enumerate(FEW)}


def test_the_atlas_holds_the_fonts_glyphs_and_wide_forms_are_of_the_same_class():
    atlas = drawn_atlas(FONTS, NUMBERS)
    assert len(atlas) == len(FEW) + 1
    for number in range(3):
        whole = FONT.glyph(FEW[number], 52).mask
        tight = atlas.mask(number)
        assert abs(int(tight.sum()) - int(whole.sum())) < 0.06 * whole.sum()
        assert all(tight.max(axis=at)[[0, -1]].min() > 64 for at in (0, 1))
    assert atlas.names[-2:].tolist() == [5, 5]
    up, down = atlas.heads[0]
    assert 40 < up + down < 60
    with pytest.raises(InputError, match="no font has any"):
        drawn_atlas([(FONT, frozenset())], NUMBERS)


def test_samples_are_the_same_of_the_same_seed_and_say_what_they_are():
    atlas = drawn_atlas(FONTS, NUMBERS)
    weights = np.ones(len(FEW))
    glyphs = Glyphs(atlas, weights, 1024, 3)
    assert len(glyphs) == 4
    one, other = glyphs.batch(2), Glyphs(atlas, weights, 1024, 3).batch(2)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert not torch.equal(one.glyphs, glyphs.batch(1).glyphs)
    names = torch.cat([batch.names for batch in glyphs])
    assert set(names.tolist()) == set(range(len(FEW) + 1))
    shares = torch.bincount(names) / len(names)
    assert float(shares[-1]) == pytest.approx(0.08, abs=0.03)
    assert float(shares[:-1].min()) > 0.1  # classes are as frequent as told, forms however many
    unknown = one.places[:, 3] == 0
    assert 0.15 < float(unknown.float().mean()) < 0.45
    assert float(one.places[unknown].abs().max()) == 0
    assert float(one.glyphs.mean((1, 2, 3)).abs().max()) < 1e-3


def test_without_spoiling_a_glyph_fills_its_sample_and_stands_where_it_stands():
    atlas = drawn_atlas(FONTS, NUMBERS)
    batch = Glyphs(atlas, np.ones(len(FEW)), 256, 0, plain=True).batch(0)
    assert int(batch.names.max()) < len(FEW)
    of = {one: batch.names == number for one, number in NUMBERS.items()}
    country = batch.glyphs[of["国"]][0, 0]
    dark = country > country.mean() + 0.5
    assert dark.any(1)[:2].any()
    assert dark.any(1)[-2:].any()
    known = batch.places[:, 3] == 1
    tops = {one: float(batch.places[known & rows][:, 0].mean()) for one, rows in of.items()}
    assert tops["国"] == pytest.approx(0, abs=0.05)
    assert tops[","] > 0.6
    assert tops["o"] > tops["O"] + 0.1
    assert standard(torch.zeros(1, 1, 2, 2)).abs().max() == 0


def test_what_is_pressed_little_stays_and_much_loses_detail():
    torch.manual_seed(0)
    noise = torch.rand(2, 1, SIDE, SIDE)
    torch.testing.assert_close(_pressed(noise, 1e-6), noise, atol=1e-4, rtol=0)
    assert float((_pressed(noise, 0.5) - noise).std()) > 0.1
    flat = torch.full((1, 1, SIDE, SIDE), 0.5)
    assert float((_pressed(flat, 0.1) - flat).abs().max()) < 0.02


def test_frequent_characters_weigh_more():
    weights = class_weights(["日日日日曰", "日"], "日曰月")
    assert weights[0] == weights.max() == 1.5
    assert weights[0] > weights[1] > weights[2] == 0.5


@pytest.fixture(scope="module")
def taught():
    size = GlyphSize(len(FEW) + 1, (8, 16, 32), (0, 1), 32)
    return teach_glyph(
        FONTS, Texts([]), FEW, epochs=5, glyphs=2048, rate=1e-2, size=size, device="cpu"
    )


def test_a_few_characters_are_learnt_and_kept(taught, tmp_path):
    assert glyph_accuracy(taught, FONTS, seed=5, number=60) > 0.8
    taught.save(tmp_path / "glyph")
    again = GlyphModel.load(tmp_path / "glyph")
    mask = FONT.glyph("国", 40).mask
    pieces = [Piece(255 - np.pad(mask, 4)), Piece(np.pad(mask, 2), (0.0, 1.0, 1.0))]
    first, second = again.verdicts(pieces)
    assert (first, second) == tuple(taught.verdicts(pieces))
    assert first.candidates[0][0] == "国"
    assert second.candidates[0][0] == "国"
    assert sum(np.exp(log) for _, log in first.candidates) == pytest.approx(1, abs=1e-6)
    assert 0 <= first.whole <= 1
    assert again.verdicts([]) == []
    with pytest.raises(ArrayError, match="a piece is grey uint8"):
        again.verdicts([Piece(np.zeros((3, 3, 3), np.uint8))])
    (tmp_path / "glyph" / "alphabet.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(BundleError):
        GlyphModel.load(tmp_path / "glyph")


def test_the_command_says_what_is_missing(tmp_path):
    done = CliRunner().invoke(
        cli, ["read", "ocr", "train", "glyph", "-o", str(tmp_path / "o"), "--fonts", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert "there is no font of Chinese to learn from" in done.stderr
