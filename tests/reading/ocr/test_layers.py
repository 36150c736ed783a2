"""Grey layers beside SciPy's density, and on text of any colour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from scipy.stats import gaussian_kde

from gezhi.errors import ArrayError
from gezhi.reading.ocr.layers import density_of_levels, grey, grey_layers, stretched


@given(st.integers(0, 1000))
def test_the_density_is_scipys(seed):
    random = np.random.default_rng(seed)
    modes = random.integers(0, 256, 3)
    pixels = np.clip(random.choice(modes, 400) + random.normal(0, 9, 400), 0, 255)
    levels = pixels.astype(np.uint8).reshape(20, 20)
    if levels.min() == levels.max():
        return
    expected = gaussian_kde(levels.ravel(), bw_method=0.2)(np.arange(256))
    np.testing.assert_allclose(density_of_levels(levels), expected, rtol=1e-9, atol=1e-15)


@given(st.integers(0, 1000))
def test_every_pixel_is_in_one_layer_and_layers_are_as_many_as_maxima(seed):
    random = np.random.default_rng(seed)
    picture = random.choice(random.integers(0, 256, 4), (16, 16)).astype(np.uint8)
    layers = grey_layers(picture)
    assert sum(layers[n].astype(int) for n in range(len(layers))).tolist() == [[1] * 16] * 16
    density = layers.density
    # Maxima, those at the ends too; between two of them the density is lower.
    inside = (density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])
    maxima = int(inside.sum()) + int(density[0] > density[1]) + int(density[-1] > density[-2])
    if picture.min() < picture.max():
        assert len(layers) == maxima
    # No layer is cut where a pixel's own level is on both sides.
    for level in np.unique(layers.levels):
        assert len(np.unique(layers.number[layers.levels == level])) == 1


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (200, 120), (90, 180)])
def test_text_of_any_colour_is_a_layer_of_its_own(ink, paper):
    picture = Image.new("L", (120, 40), paper)
    ImageDraw.Draw(picture).text((5, 2), "Hg8", fill=ink, font=ImageFont.load_default(30))
    pixels = np.asarray(picture)
    layers = grey_layers(pixels)
    text = abs(pixels - float(ink)) < abs(pixels - float(paper))
    best = max((layers[n] & text).sum() / (layers[n] | text).sum() for n in range(len(layers)))
    assert best > 0.7


def test_grey_and_stretched_are_the_posts_formulas():
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    red, green, blue = np.moveaxis(colours.astype(float), 2, 0)
    np.testing.assert_array_equal(
        grey(colours), np.rint(0.299 * red + 0.587 * green + 0.114 * blue).astype(np.uint8)
    )
    levels = grey(colours)
    squares = levels.astype(float) ** 2
    expected = (squares - squares.min()) / (squares.max() - squares.min()) * 255
    np.testing.assert_array_equal(stretched(levels), np.rint(expected).astype(np.uint8))


def test_a_picture_of_one_level_is_one_layer():
    layers = grey_layers(np.full((3, 3), 7, np.uint8))
    assert len(layers) == 1
    assert layers[0].all()
    with pytest.raises(IndexError):
        layers[1]


@pytest.mark.parametrize(
    "picture",
    [np.zeros((3, 3)), np.zeros((0, 3), np.uint8), np.zeros((3, 3, 4), np.uint8)],
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(ArrayError):
        grey_layers(picture)
