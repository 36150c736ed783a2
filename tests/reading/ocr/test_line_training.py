"""What the line recogniser is taught: places, classes and extents, beside the plain formulas."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gezhi.kernel.fonts import find_fonts
from gezhi.kernel.training import train
from gezhi.reading.ocr.line_model import EXTENT, prepared
from gezhi.reading.ocr.line_network import LineNetwork, Size
from gezhi.reading.ocr.line_training import Lesson, Lines, collated, line_loss
from gezhi.reading.ocr.rendering import Line
from gezhi.reading.ocr.texts import Texts

SMALL = Size(classes=3, widths=(8, 8, 8, 16), blocks=(1, 1, 1), code=8)


def line(spans, text="甲乙", width=40):
    picture = np.random.default_rng(0).integers(0, 255, (32, width), dtype=np.uint8)
    return Line(picture, text, np.array(spans, np.float32))


def test_a_batch_says_where_and_which_and_how_wide():
    batch = collated([line([(2, 10), (20, 40)])], {"甲": 0, "乙": 2})
    assert batch.lines.shape == (1, 1, 32, 40)
    assert batch.heat.shape == batch.inside.shape == (1, 20)
    # Middles are pixels 6 and 30; a place is two pixels, its middle between them.
    assert batch.heat[0].argmax() in (2, 3)
    assert float(batch.heat[0, 14:16].max()) == 1.0
    centres = batch.where[batch.which == 0]
    assert len(centres) == 1  # 8 pixels are too narrow for more than one
    assert sorted(batch.where[batch.which == 2][:, 1].tolist()) in ([13, 14, 15], [14, 15, 16])
    place = int(centres[0, 1])
    left, right = (EXTENT * math.exp(one) for one in batch.extents[batch.which == 0][0].tolist())
    assert (place + 0.5) * 2 - left == pytest.approx(2, abs=1e-4)
    assert (place + 0.5) * 2 + right == pytest.approx(10, abs=1e-4)


def test_what_has_no_number_is_left_out_and_padding_is_outside():
    batch = collated([line([(2, 10), (20, 40)]), line([(1, 9)], "丙", 12)], {"甲": 0})
    assert batch.which.tolist() == [0]
    assert batch.inside.sum(dim=1).tolist() == [20, 6]
    assert not batch.lines[1, 0, :, 12:].any()


def test_lines_are_seen_without_light_and_contrast():
    some = np.random.default_rng(0).integers(0, 100, (32, 50), dtype=np.uint8)
    np.testing.assert_allclose(prepared(some), prepared(some * 2 + 20), atol=1e-4)
    assert not prepared(np.full((32, 9), 7, np.uint8)).any()


def test_the_loss_is_small_for_the_right_answer_alone():
    batch = collated([line([(2, 10), (20, 40)])], {"甲": 0, "乙": 2})

    class Told(LineNetwork):
        def __init__(self, heat, names, extents):
            super().__init__(SMALL)
            self.heat, self.names, self.extents = heat, names, extents

        def forward(self, lines):
            places = torch.zeros(1, 20, 3)
            places[..., 0] = self.heat
            places[batch.where[:, 0], batch.where[:, 1], 1:] = self.extents
            codes = torch.zeros(1, 20, 3)
            codes[batch.where[:, 0], batch.where[:, 1]] = self.names
            return places, codes

        def named(self, codes):
            return codes

    sure = torch.where(batch.heat > 0.999, 9.0, -9.0)
    names = 9 * torch.nn.functional.one_hot(batch.which, 3).float()
    right = float(line_loss(Told(sure, names, batch.extents), batch))
    assert right < 0.2
    for wrong in (
        Told(-sure, names, batch.extents),
        Told(sure, names.roll(1, dims=1), batch.extents),
        Told(sure, names, batch.extents + 2),
    ):
        assert float(line_loss(wrong, batch)) > right + 0.5


def test_the_network_answers_at_every_second_column_and_does_not_mind_the_batch():
    torch.manual_seed(0)
    net = LineNetwork(SMALL).eval()
    lines = torch.randn(3, 1, 32, 48)
    places, codes = net(lines)
    assert places.shape == (3, 24, 3)
    assert codes.shape == (3, 24, 8)
    assert net.named(codes).shape == (3, 24, 3)
    alone, _ = net(lines[1:2])
    torch.testing.assert_close(alone[0], places[1], atol=1e-5, rtol=1e-5)


def test_epochs_are_the_same_of_the_same_seed_and_as_long_as_they_say():
    font = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]
    lesson = Lesson([(font, frozenset("一二三"))], Texts(["一二三"]), {"一": 0, "二": 1, "三": 2})
    one, other = (list(Lines(lesson, 256, 7)) for _ in range(2))
    assert len(one) == len(Lines(lesson, 256, 7))
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a.lines, b.lines)
        assert torch.equal(a.which, b.which)
    assert not torch.equal(next(iter(Lines(lesson, 256, 8))).which, one[0].which)


def test_a_small_network_learns_three_characters():
    font = find_fonts([Path("/usr/share/fonts/truetype/wqy")], "永")[0]
    lesson = Lesson([(font, frozenset("一国A"))], Texts([]), {"一": 0, "国": 1, "A": 2})
    net = LineNetwork(SMALL)
    records = train(
        net, lambda epoch, _: Lines(lesson, 256, epoch), line_loss,
        torch.optim.AdamW(net.parameters(), 1e-2), epochs=5, device="cpu",
    )  # fmt: skip
    assert records[-1].loss < 0.5 * records[0].loss
