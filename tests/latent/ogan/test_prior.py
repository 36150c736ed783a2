"""Drawing codes from where those of real pictures lie."""

import io

import numpy as np
import pytest

from gezhi.errors import BundleError, ParameterError
from gezhi.latent import OGAN
from gezhi.latent.ogan.model import OGANModel, standardised
from gezhi.latent.ogan.prior import CodePrior


def test_draws_have_the_mean_and_the_covariance_of_what_was_fitted():
    random = np.random.default_rng(0)
    mixing = random.standard_normal((6, 6))
    codes = random.standard_normal((3000, 6)) @ mixing + np.arange(6)
    prior = CodePrior.fitted(codes, 0)
    drawn = prior.draw(200_000, random)
    assert np.abs(drawn.mean(0) - codes.mean(0)).max() < 0.05
    error = np.cov(drawn.T) - np.cov(codes.T)
    assert np.abs(error).max() < 0.02 * np.abs(np.cov(codes.T)).max()


def test_separate_kinds_stay_separate():
    random = np.random.default_rng(1)
    middles = np.array([[9, 0, 0, 0], [0, -9, 0, 0], [0, 0, 9, 9]])
    codes = np.concatenate(
        [
            middle + 0.1 * random.standard_normal((n, 4))
            for middle, n in zip(middles, (500, 300, 200), strict=True)
        ]
    )
    drawn = CodePrior.fitted(codes, 0).draw(10_000, random)
    far = np.linalg.norm(drawn[:, None] - middles, axis=2)
    assert far.min(axis=1).max() < 1.5
    shares = np.bincount(far.argmin(axis=1)) / len(drawn)
    np.testing.assert_allclose(shares, (0.5, 0.3, 0.2), atol=0.02)
    # The order says nothing: the first half is as the second.
    assert np.bincount(far[:5000].argmin(axis=1))[0] == pytest.approx(2500, abs=150)


def test_too_few_codes_have_none():
    assert CodePrior.fitted(np.random.default_rng(0).standard_normal((15, 8)), 0) is None


def kept(codes, neighbours):
    return CodePrior(np.asarray(codes, float), np.asarray(neighbours)).to_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing of numpy",
        kept(np.ones((2, 4)), [[1], [0]]),
        kept(np.zeros((2, 3)), [[1], [0]]),
        kept(np.ones((2, 3)), [[1], [2]]),
        kept(np.ones((2, 3)), [[1]]),
        kept(np.ones((2, 3)), np.zeros((2, 0))),
        kept(np.ones((1, 3)), [[0]]),
    ],
)
def test_what_is_no_prior_is_refused(content):
    with pytest.raises(BundleError, match="the prior of codes"):
        CodePrior.from_bytes(content, 3)


def test_draws_lie_along_the_neighbours_of_a_code():
    along = np.linspace(-3, 3, 400)
    codes = np.stack([np.cos(along), np.sin(along), 0 * along], axis=1)
    drawn = CodePrior.fitted(codes, 0).draw(5000, np.random.default_rng(0))
    assert np.abs(np.linalg.norm(drawn[:, :2], axis=1) - 1).max() < 0.02
    assert np.abs(drawn[:, 2]).max() < 1e-6
    apart = np.linalg.norm(drawn[:, None] - codes, axis=2).min(axis=1)
    assert 0.001 < apart.mean() < 0.02


def test_an_archive_of_objects_is_refused():
    file = io.BytesIO()
    np.savez(file, codes=np.array([object()]), steps=np.zeros(1), neighbours=np.zeros(1))
    with pytest.raises(BundleError, match="cannot be read"):
        CodePrior.from_bytes(file.getvalue(), 3)


def test_a_model_draws_the_same_after_it_was_kept(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (80, 8, 8), dtype=np.uint8)
    gan = OGAN(code_dim=8, n_steps=3, batch_size=8, channels=16, random_state=0).fit(pictures)
    gan.save(tmp_path / "model")
    again = OGAN.load(tmp_path / "model")
    for prior in ("codes", "normal", None):
        one, other = (
            some.sample(5, random_state=3, prior=prior).astype(int) for some in (gan, again)
        )
        assert np.abs(one - other).max() <= 1
    codes, normal = (
        gan.model_.draw(4000, np.random.RandomState(0), prior=prior)
        for prior in ("codes", "normal")
    )
    near = standardised(gan.codes_.mean(axis=0, keepdims=True))[0]
    assert (codes @ near).mean() / 8 > 0.3 > abs((normal @ near).mean() / 8)


def test_asking_for_what_a_model_has_not():
    model = OGANModel({}, None, 4)
    assert model.draw(3, np.random.RandomState(0)).shape == (3, 4)
    with pytest.raises(ParameterError, match="use prior='normal'"):
        model.draw(3, np.random.RandomState(0), prior="codes")
    with pytest.raises(ParameterError, match="prior must be one of codes, normal"):
        model.draw(3, np.random.RandomState(0), prior="uniform")
