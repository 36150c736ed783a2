"""Connected components beside a flood fill, and what erosion leaves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from gezhi.reading.ocr.components import find_components, label, pooled, resistant
from gezhi.reading.ocr.layers import grey_layers

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def flooded(mask):
    """Sets of places that touch, sides and corners."""
    left, found = {(int(y), int(x)) for y, x in np.argwhere(mask)}, set()
    while left:
        piece, open_ = set(), [left.pop()]
        while open_:
            y, x = open_.pop()
            piece.add((y, x))
            near = {(y + a, x + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} & left
            left -= near
            open_.extend(near)
        found.add(frozenset(piece))
    return found


@given(MASKS)
def test_components_are_those_of_a_flood_fill(mask):
    found = label(mask)
    pieces = flooded(mask)
    assert {
        frozenset((int(y), int(x)) for y, x in np.argwhere(found.numbers == n))
        for n in range(1, len(found) + 1)
    } == pieces
    for number, (left, top, right, bottom) in enumerate(found.boxes.tolist(), 1):
        rows, columns = np.nonzero(found.numbers == number)
        assert (left, top) == (columns.min(), rows.min())
        assert (right, bottom) == (columns.max() + 1, rows.max() + 1)
        assert found.areas[number - 1] == len(rows)
    assert sum(int(one.sum()) for one in found) == mask.sum()


@given(st.integers(0, 1000), st.floats(0.05, 0.8), st.integers(2, 4))
def test_large_masks_are_labelled_and_eroded_as_scipy_does(seed, filled, size):
    mask = np.random.default_rng(seed).random((60, 83)) < filled
    expected, count = ndimage.label(mask, structure=np.ones((3, 3)))
    found = label(mask)
    assert len(found) == count
    pairs = np.unique(np.stack([expected.ravel(), found.numbers.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(expected))
    square = np.ones((size, size), bool)
    # The square reaches to the left and up from its pixel.
    after = ndimage.binary_erosion(mask, square, border_value=1, origin=(size - 1) // 2)
    left, whole = (np.bincount(one, minlength=count + 1)[1:] for one in
                   (expected[after], expected.ravel()))  # fmt: skip
    share = left / whole
    kept = np.concatenate([[False], (share >= 0.1) & (share <= 0.9)])
    np.testing.assert_array_equal(resistant(mask, size=size), kept[expected])


@given(MASKS, st.data())
def test_chosen_ones_keep_their_places_and_are_numbered_anew(mask, data):
    found = label(mask)
    which = np.array(data.draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found))),
                     bool)  # fmt: skip
    kept = found.chosen(which)
    assert len(kept) == which.sum()
    again = label(kept.numbers > 0)
    np.testing.assert_array_equal(again.numbers, kept.numbers)
    np.testing.assert_array_equal(again.boxes, kept.boxes)


@given(MASKS)
def test_what_resists_is_whole_components_within_the_range(mask):
    kept = resistant(mask)
    assert not (kept & ~mask).any()
    for piece in flooded(mask):
        places = tuple(np.array(sorted(piece)).T)
        # Every pixel whose upper, left and upper left neighbours are there, or are outside.
        after = sum(
            all(
                mask[max(y - a, 0), max(x - b, 0)] or y - a < 0 or x - b < 0
                for a in (0, 1) for b in (0, 1)
            )
            for y, x in piece
        )  # fmt: skip
        assert kept[places].all() == (0.1 <= after / len(piece) <= 0.9)
        assert kept[places].all() == kept[places].any()


def test_dust_and_surfaces_go_and_strokes_stay():
    picture = np.full((60, 90), 255, np.uint8)
    picture[5:50, 5:50] = 0  # a surface
    picture[20:22, 60] = 0  # dust
    picture[30:33, 60:85] = 0  # a stroke
    picture[40, 60] = 0
    found = find_components(grey_layers(picture))
    assert found.boxes.tolist() == [[60, 30, 85, 33]]


@given(st.lists(arrays(bool, (6, 6)), min_size=1, max_size=3))
def test_pooling_leaves_one_layer_in_each_component_of_the_sum(layers):
    found = pooled(layers)
    for piece in flooded(np.logical_or.reduce(layers)):
        places = tuple(np.array(sorted(piece)).T)
        shares = [int(one[places].sum()) for one in layers]
        best = layers[shares.index(max(shares))]
        np.testing.assert_array_equal(found[places], best[places])


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 30), (120, 230)])
def test_letters_are_found_whatever_their_colour(ink, paper):
    picture = Image.new("L", (200, 60), paper)
    font = ImageFont.load_default(36)
    ImageDraw.Draw(picture).text((8, 4), "HTE7", fill=ink, font=font)
    found = find_components(grey_layers(np.asarray(picture)))
    tall = found.heights > 20
    assert tall.sum() == 4
    assert (np.diff(np.sort(found.boxes[tall, 0])) > 10).all()
