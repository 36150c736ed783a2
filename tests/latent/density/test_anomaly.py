"""What is unusual: another kind of picture, though simple, and rows that no code explains."""

from typing import Any

import numpy as np
import pytest

from gezhi.errors import ParameterError
from gezhi.latent.density import DensityVAE
from gezhi.latent.density.anomaly import complexity, unusual
from gezhi.latent.density.regret import likelihood_regret

Array = Any


def _textures(n: int, seed: int) -> Array:
    """Pictures (n, 8, 8) of stripes with noise: busy, but alike."""
    random = np.random.default_rng(seed)
    stripes = 90 + 60 * np.sin(np.arange(8) * random.uniform(0.8, 1.4, (n, 1)))
    return (stripes[:, None] + random.normal(0, 12, (n, 8, 8))).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def textures() -> DensityVAE:
    """A model of textures."""
    how = {"epochs": 25, "width": 64, "latent": 4, "n_importance": 8, "random_state": 0}
    return DensityVAE(likelihood="bytes", **how).fit(_textures(400, seed=0))  # type: ignore[arg-type]


def test_what_is_simple_has_little_complexity() -> None:
    random = np.random.default_rng(0)
    flat = np.full((1, 16, 16), 7, np.uint8)
    slope = np.tile(np.arange(16, dtype=np.uint8) * 9, (1, 16, 1))
    noise = random.integers(0, 256, (1, 16, 16)).astype(np.uint8)
    few, some, many = complexity(np.concatenate([flat, slope, noise]))
    assert few < some < many
    assert many > 0.9 * 256 * np.log(256)


def test_complexity_is_taken_off_the_plain_score(textures: DensityVAE) -> None:
    usual = _textures(20, seed=1)
    other = np.full((20, 8, 8), 90, np.uint8) + np.arange(20, dtype=np.uint8)[:, None, None]
    items = np.concatenate([usual, other])
    plain = textures.anomaly_scores(items)
    less = textures.anomaly_scores(items, kind="complexity")
    assert less == pytest.approx(plain - complexity(items))
    # Flat pictures are simple, so they gain on the usual ones.
    gained = less - plain
    assert gained[20:].min() > gained[:20].max()


def test_regret_is_never_negative_and_larger_for_what_is_other(textures: DensityVAE) -> None:
    usual, other = _textures(30, seed=2), _textures(30, seed=3).transpose(0, 2, 1)
    model = textures.model_
    found = [likelihood_regret(model, one, steps=60) for one in (usual, other)]
    assert min(one.min() for one in found) >= 0
    assert np.median(found[1]) > 1.5 * np.median(found[0])
    assert likelihood_regret(model, usual[:3], steps=0).tolist() == [0.0, 0.0, 0.0]


def test_regret_begins_at_the_models_own_bound() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    for prior in ("normal", "mixture"):
        fitted = DensityVAE(epochs=3, prior=prior, random_state=0).fit(rows)
        long = likelihood_regret(fitted.model_, rows[:10], steps=150)
        short = likelihood_regret(fitted.model_, rows[:10], steps=20)
        assert (long >= short - 1e-9).all()
        assert long.max() > 0


def test_a_kind_that_is_not_there_is_named(textures: DensityVAE) -> None:
    with pytest.raises(ParameterError, match="kind must be one of plain, complexity, regret"):
        textures.anomaly_scores(_textures(2, seed=0), kind="odd")
    real = DensityVAE(epochs=1).fit(np.random.default_rng(0).normal(size=(30, 2)))
    with pytest.raises(ParameterError, match="real numbers have no complexity"):
        unusual(real.model_, np.zeros((2, 2)), real.scores(np.zeros((2, 2))), kind="complexity")
