"""`DensityVAE` against densities that are known, and against itself."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from gezhi.errors import ArrayError, BundleError, ParameterError
from gezhi.latent.density import DensityModel, DensityVAE, binarised

Array = Any


def _linear_gaussian(n: int, seed: int) -> tuple[Array, Any]:
    """Rows of a linear Gaussian model in uneven units, and their true distribution."""
    mixing = np.random.default_rng(0).normal(size=(4, 2))
    units = np.array([1.0, 10.0, 0.1, 1000.0])
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, 2)) @ mixing.T + 0.5 * random.normal(size=(n, 4))
    covariance = (mixing @ mixing.T + 0.25 * np.eye(4)) * np.outer(units, units)
    return rows * units + 3.0, stats.multivariate_normal(np.full(4, 3.0), covariance)


@pytest.fixture(scope="module")
def linear() -> DensityVAE:
    """A VAE that was fitted on rows of the linear Gaussian model."""
    rows, _ = _linear_gaussian(3000, seed=1)
    gaussian = DensityVAE(
        likelihood="gaussian", components=1, neighbours=False, latent=2, epochs=60, random_state=0
    )
    return gaussian.fit(rows)


def test_a_linear_gaussian_model_is_recovered(linear: DensityVAE) -> None:
    rows, truth = _linear_gaussian(400, seed=2)
    found = linear.scores(rows, n_importance=400)
    right = truth.logpdf(rows)
    # A mean over 400 rows of a model from 3,000: its own error is about 14 parameters / 6,000.
    assert found.log_density.mean() == pytest.approx(right.mean(), abs=0.05)
    assert np.corrcoef(found.log_density, right)[0, 1] > 0.98
    assert np.median(found.standard_error) < 0.1
    assert (found.effective_draws <= 400 + 1e-6).all()


def test_more_draws_never_lower_the_expected_bound(linear: DensityVAE) -> None:
    rows, _ = _linear_gaussian(40, seed=3)
    noises = [replace(linear.model_, seed=seed) for seed in range(60)]
    means = [
        np.mean([one.scores(rows, n_importance=n).log_density.mean() for one in noises])
        for n in (1, 4, 16, 64)
    ]
    assert all(more > less for less, more in pairwise(means))
    one = linear.scores(rows, n_importance=1)
    assert one.log_density == pytest.approx(one.bound)


def test_a_density_in_two_dimensions_integrates_to_one() -> None:
    random = np.random.default_rng(0)
    angle = random.uniform(0, 2 * np.pi, 1500)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) + 0.15 * random.normal(size=(1500, 2))
    fitted = DensityVAE(random_state=0, epochs=15).fit(ring)
    axis = np.linspace(-4, 4, 60)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    # Only their mean over the noise is without bias, and far from all data that noise is loud.
    noises = [replace(fitted.model_, seed=seed) for seed in range(10)]
    sums = [np.exp(one.scores(grid, n_importance=20).log_density).sum() for one in noises]
    assert np.mean(sums) * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=0.05)
    inside, outside = fitted.score_samples(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert outside > inside + 1


def test_a_score_depends_on_the_row_alone(linear: DensityVAE) -> None:
    rows, _ = _linear_gaussian(50, seed=4)
    whole = linear.score_samples(rows)
    alone = np.concatenate([linear.score_samples(rows[i : i + 1]) for i in range(50)])
    assert alone == pytest.approx(whole, abs=1e-9)
    assert linear.score_samples(rows[::-1])[::-1] == pytest.approx(whole, abs=1e-9)


def test_units_of_the_density_are_those_of_the_rows() -> None:
    rows, _ = _linear_gaussian(300, seed=5)
    small = DensityVAE(epochs=3, random_state=0).fit(rows)
    large = DensityVAE(epochs=3, random_state=0).fit(rows * 8.0)
    moved = small.score_samples(rows) - large.score_samples(rows * 8.0)
    assert moved == pytest.approx(np.full(300, 4 * np.log(8.0)), abs=1e-3)


def test_the_parts_of_the_cells_add_up(linear: DensityVAE) -> None:
    rows, _ = _linear_gaussian(20, seed=6)
    rows[0, 2] += 100.0
    found = linear.scores(rows, n_importance=64)
    assert found.by_variable[0].argmin() == 2
    assert found.log_density[0] < found.log_density[1:].min()


def test_a_bundle_scores_the_same(linear: DensityVAE, tmp_path: Path) -> None:
    rows, _ = _linear_gaussian(20, seed=7)
    linear.save(tmp_path / "1")
    again = DensityModel.load(tmp_path / "1")
    # Weights are kept with 24 bits.
    assert again.scores(rows).log_density == pytest.approx(linear.score_samples(rows), abs=1e-3)
    assert DensityVAE.load(tmp_path / "1").transform(rows).shape == (20, 2)
    (tmp_path / "1" / "weights.npz").write_bytes(b"PK")
    with pytest.raises(BundleError, match="damaged"):
        DensityModel.load(tmp_path / "1")


def test_int8_weights_score_almost_the_same(tmp_path: Path) -> None:
    rows, _ = _linear_gaussian(400, seed=8)
    fitted = DensityVAE(epochs=5, width=128, random_state=0).fit(rows)
    fitted.save(tmp_path / "small", storage="int8")
    fitted.save(tmp_path / "whole")
    sizes = [(tmp_path / name / "weights.npz").stat().st_size for name in ("small", "whole")]
    assert sizes[0] < 0.5 * sizes[1]
    small = DensityModel.load(tmp_path / "small").scores(rows).log_density
    assert small == pytest.approx(fitted.score_samples(rows), abs=0.5)
    assert small.mean() == pytest.approx(fitted.score(rows), abs=0.02)


def test_the_same_seed_gives_the_same_and_another_not() -> None:
    rows, _ = _linear_gaussian(100, seed=9)
    one, same, other = (
        DensityVAE(epochs=2, random_state=seed).fit(rows).score_samples(rows) for seed in (0, 0, 1)
    )
    assert (one == same).all()
    assert (one != other).all()


def test_an_interrupted_training_goes_on_to_the_same(tmp_path: Path) -> None:
    rows, _ = _linear_gaussian(200, seed=10)
    whole = DensityVAE(epochs=6, random_state=0).fit(rows)

    def stop(done: int, total: int | None, _: str) -> None:
        assert total is not None
        if done > total / 2:
            raise KeyboardInterrupt

    begun = DensityVAE(epochs=6, random_state=0, checkpoint=tmp_path / "kept.pt")
    with pytest.raises(KeyboardInterrupt):
        begun.fit(rows, report=stop)
    assert begun.fit(rows).score_samples(rows) == pytest.approx(whole.score_samples(rows), abs=0)
    with pytest.raises(ParameterError, match="another training"):
        DensityVAE(epochs=6, random_state=1, checkpoint=tmp_path / "kept.pt").fit(rows)


def test_categories_and_numbers_together() -> None:
    random = np.random.default_rng(0)
    kind = random.choice([3.0, 7.0], size=600, p=[0.25, 0.75])
    rows = np.stack([kind, random.normal(size=600) + 4 * (kind == 7)], 1)
    fitted = DensityVAE(categorical=[0], epochs=40, learning_rate=1e-2, random_state=0).fit(rows)
    asked = np.array([[3.0, 0.0], [7.0, 4.0], [3.0, 4.0], [7.0, 0.0]])
    found = fitted.scores(asked, n_importance=256).log_density
    right = np.log([0.25, 0.75, 0.25, 0.75]) + stats.norm.logpdf([0, 0, 4, -4])
    assert found[:2] == pytest.approx(right[:2], abs=0.5)
    assert (found[2:] < found[:2].min() - 2).all()
    drawn = fitted.sample(400)
    assert set(np.unique(drawn[:, 0])) == {3.0, 7.0}
    assert (drawn[:, 0] == 7).mean() == pytest.approx(0.75, abs=0.08)
    with pytest.raises(ArrayError, match="row 0, column 0 is 5, which was not among its 2 kinds"):
        fitted.score_samples([[5.0, 0.0]])


def test_pictures_of_bits_are_drawn_and_scored() -> None:
    chances = np.zeros((80, 6, 6))
    chances[:, 2:4] = 0.9
    fitted = DensityVAE(epochs=30, width=64, random_state=0).fit(chances)
    assert fitted.model_.coding.kind == "bernoulli"
    likely, odd = binarised(chances, seed=1), binarised(1 - chances, seed=1)
    assert fitted.score(likely) > fitted.score(odd) + 10
    drawn = fitted.sample(50)
    assert drawn.dtype == np.uint8
    assert drawn.shape == (50, 6, 6)
    assert drawn[:, 2:4].mean() == pytest.approx(0.9, abs=0.07)
    assert drawn[:, :2].mean() < 0.1
    with pytest.raises(ArrayError, match="not 0 or 1: grey levels have no chance"):
        fitted.score_samples(chances)


def test_outliers_are_called_so(linear: DensityVAE) -> None:
    rows, _ = _linear_gaussian(500, seed=1)
    assert (linear.predict(rows) == -1).mean() == pytest.approx(0.1, abs=0.06)
    assert linear.predict(rows[:1] + np.array([50.0, 0, 0, 0])).tolist() == [-1]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 2.0], [np.nan, 3.0]], "X contains NaN in row 1, column 0"),
        ([[1.0, np.inf], [2.0, 3.0]], "X contains infinity in row 0, column 1"),
        ([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]], "column 1 is constant"),
        ([[1.0, 2.0]], "1 sample"),
        ([[1.0, 2.0], [3.0]], "rows differ in length"),
        ([["a", "b"], ["c", "d"]], "X must hold real numbers|X must hold numbers"),
        ([1.0, 2.0], "Reshape your data"),
        (np.zeros((0, 3)), "0 sample"),
    ],
)
def test_what_cannot_be_fitted_is_said(rows: Any, words: str) -> None:
    with pytest.raises(ArrayError, match=words):
        DensityVAE(epochs=1).fit(rows)


def test_items_of_another_kind_are_refused(linear: DensityVAE) -> None:
    with pytest.raises(ArrayError, match="X has 3 features, but DensityVAE is expecting 4"):
        linear.score_samples(np.zeros((2, 3)))
    pictures = np.random.default_rng(0).integers(0, 200, (30, 4, 4)).astype(np.uint8)
    fitted = DensityVAE(epochs=1, width=16).fit(pictures)
    with pytest.raises(ArrayError, match="row 0, column 0 is 256; bytes are whole numbers"):
        fitted.score_samples(np.full((1, 4, 4), 256))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"likelihood": "poisson"}, "likelihood must be one of"),
        ({"epochs": 0}, "epochs must be a whole number from 1, not 0"),
        ({"contamination": 0.7}, "contamination must lie in"),
        ({"prior": "flat"}, "prior must be one of"),
        ({"learning_rate": float("nan")}, "learning_rate must lie in"),
    ],
)
def test_parameters_are_checked_in_fit(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        DensityVAE(**wrong).fit([[0.0, 1.0], [1.0, 0.0]])
