"""O-GAN: what must hold of any fit, however short."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from torch import nn

from gezhi.errors import ArrayError, BundleError, ParameterError
from gezhi.latent.ogan import OGAN
from gezhi.latent.ogan.objectives import OBJECTIVES
from gezhi.latent.orthogonal import head, pearson, split, standardise

TINY = {"code_dim": 8, "n_steps": 6, "batch_size": 8, "channels": 16, "random_state": 0}


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (40, 12, 10), dtype=np.uint8)


@pytest.fixture(scope="module")
def fitted(pictures):
    return OGAN(**TINY).fit(pictures)


# ---- the idea


def test_the_three_parts_make_the_vector_again_and_are_what_they_say():
    v = torch.randn(50, 7, dtype=torch.float64)
    parts = split(v)
    again = parts.average[:, None] + parts.deviation[:, None] * parts.direction
    torch.testing.assert_close(again, v)
    torch.testing.assert_close(parts.direction.mean(1), torch.zeros(50, dtype=torch.float64))
    torch.testing.assert_close(
        parts.direction.square().mean(1), torch.ones(50, dtype=torch.float64), atol=1e-6, rtol=0
    )


def test_pearson_is_numpys_and_leaves_judgement_and_deviation_free():
    a, b = torch.randn(20, 9, dtype=torch.float64), torch.randn(20, 9, dtype=torch.float64)
    expected = [np.corrcoef(one, other)[0, 1] for one, other in zip(a, b, strict=True)]
    np.testing.assert_allclose(pearson(a, b).numpy(), expected, atol=1e-6)
    torch.testing.assert_close(pearson(3 * a - 5, b), pearson(a, b), atol=1e-6, rtol=0)
    free = a.clone().requires_grad_()
    pearson(free, b).sum().backward()
    # Its gradient moves neither the average nor the deviation.
    torch.testing.assert_close(free.grad.mean(1), torch.zeros(20, dtype=torch.float64))
    along = (free.grad * standardise(a)).mean(1)
    assert float(along.abs().max()) < 1e-6


def test_equal_numbers_have_a_finite_gradient():
    v = torch.ones(2, 5, requires_grad=True)
    pearson(v, torch.randn(2, 5)).sum().backward()
    assert bool(torch.isfinite(v.grad).all())


@pytest.mark.parametrize("last", [nn.Conv2d(4, 1, 4), nn.Conv2d(4, 1, 4, bias=False)])
def test_a_convolutional_discriminator_becomes_an_encoder(last):
    normed = torch.nn.utils.parametrizations.spectral_norm(last)
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), normed, nn.Sigmoid())
    parts = head(network, 6)(torch.randn(3, 1, 4, 4))
    assert parts.average.shape == (3,)
    assert parts.direction.shape == (3, 6)
    assert hasattr(network[2], "parametrizations")
    assert isinstance(network[3], nn.Identity)


def test_a_head_refuses_what_is_no_discriminator():
    with pytest.raises(ParameterError, match="one output"):
        head(nn.Sequential(nn.Linear(3, 2)), 8)
    with pytest.raises(ParameterError, match="3 numbers"):
        head(nn.Sequential(nn.Linear(3, 1)), 2)


# ---- the estimator


def test_codes_are_directions_and_pictures_keep_shape_type_and_range(fitted, pictures):
    codes = fitted.transform(pictures)
    np.testing.assert_allclose(codes.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose((codes**2).mean(1), 1)
    for made in (fitted.sample(3), fitted.reconstruct(pictures[:3])):
        assert made.shape == (3, 12, 10)
        assert made.dtype == np.uint8
    extreme = np.array([np.zeros(8), np.full(8, 7.0), np.r_[1e300, np.zeros(7)]])
    assert fitted.inverse_transform(extreme).shape == (3, 12, 10)


def test_only_the_direction_of_a_row_counts(fitted):
    z = np.random.default_rng(1).normal(size=(4, 8))
    np.testing.assert_array_equal(fitted.inverse_transform(z), fitted.inverse_transform(3 * z + 2))


def test_an_answer_depends_on_its_picture_alone(fitted, pictures):
    whole = fitted.transform(pictures)
    for few in (slice(0, 1), slice(5, 22), slice(39, 40)):
        np.testing.assert_allclose(fitted.transform(pictures[few]), whole[few], atol=1e-6)


def test_the_way_between_two_begins_and_ends_at_their_reconstructions(fitted, pictures):
    way = fitted.interpolate(pictures[0], pictures[1], steps=5)
    ends = fitted.reconstruct(pictures[:2]).astype(int)
    assert np.abs(way[[0, -1]].astype(int) - ends).max() <= 1


def test_neighbours_of_a_picture_begin_with_itself(fitted, pictures):
    numbers, rho = fitted.neighbors(pictures[:6], 3)
    assert numbers[:, 0].tolist() == list(range(6))
    np.testing.assert_allclose(rho[:, 0], 1, atol=1e-5)
    assert (np.diff(rho) <= 0).all()


def test_a_kept_model_answers_the_same(fitted, pictures, tmp_path):
    direction = fitted.edit_direction(pictures[:20], pictures[20:])
    clone(fitted)
    again = OGAN.load(fitted.save(tmp_path / "model").folder)
    np.testing.assert_array_equal(again.transform(pictures), fitted.transform(pictures))
    assert direction.shape == (8,)
    with pytest.raises(ParameterError, match="pictures of fit"):
        again.neighbors(pictures)
    unpickled = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(unpickled.transform(pictures), fitted.transform(pictures))
    (tmp_path / "model" / "encoder.onnx").write_bytes(b"x")
    with pytest.raises(BundleError):
        OGAN.load(tmp_path / "model")


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_each_objective_trains_by_the_seed_and_floats_of_colour_too(objective):
    X = np.random.default_rng(0).random((16, 8, 9, 3))
    runs = [OGAN(**{**TINY, "objective": objective}).fit(X).sample(2) for _ in range(2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert runs[0].shape == (2, 8, 9, 3)
    assert runs[0].dtype == np.float64
    assert 0 <= runs[0].min() <= runs[0].max() <= 1


def test_an_interrupted_training_goes_on_to_the_same_end(pictures, tmp_path):
    whole = OGAN(**TINY).fit(pictures).sample(4)
    stops = {"at": 3}

    def stop(done, _total, _message):
        if done == stops["at"]:
            raise KeyboardInterrupt

    kept = tmp_path / "kept.pt"
    with pytest.raises(KeyboardInterrupt):
        OGAN(**TINY, checkpoint=kept, report=stop).fit(pictures)
    assert kept.exists()
    np.testing.assert_array_equal(OGAN(**TINY, checkpoint=kept).fit(pictures).sample(4), whole)
    with pytest.raises(ParameterError, match="another training"):
        OGAN(**{**TINY, "n_steps": 7}, checkpoint=kept).fit(pictures)
    kept.write_bytes(b"no")
    with pytest.raises(ParameterError, match="not a checkpoint"):
        OGAN(**TINY, checkpoint=kept).fit(pictures)


def test_the_tie_teaches_the_encoder_the_code():
    rng = np.random.default_rng(0)
    rows = np.linspace(-1, 1, 8)
    centres = rng.uniform(-0.8, 0.8, (400, 2, 1))
    blobs = np.exp(-((rows - centres[:, 0]) ** 2)[:, :, None] * 4) * np.exp(
        -((rows - centres[:, 1]) ** 2)[:, None, :] * 4
    )
    long = {**TINY, "n_steps": 150, "batch_size": 32, "learning_rate": 2e-3}
    tied, free = (OGAN(**long, correlation=one).fit(blobs).history_[-1] for one in (0.5, 0.0))
    assert tied["correlation"] > 0.3 > abs(free["correlation"])


# ---- bad input


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((40, 12, 10), np.uint8), "nothing to learn"),
        (np.zeros((4, 12, 10), np.uint8), "fewer than a batch"),
        (np.zeros((40, 120)), "give pictures"),
        (np.zeros((40, 12, 10, 7)), "channels"),
        (np.zeros((40, 4, 10)), "pixels"),
        ([np.zeros((9, 9)), np.zeros((8, 9))], "different sizes"),
        (np.full((40, 12, 10), "a"), "numbers"),
        (np.where(np.arange(4800).reshape(40, 12, 10) == 77, np.nan, 1.0), "NaN"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(X, words):
    with pytest.raises(ArrayError, match=words):
        OGAN(**TINY).fit(X)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("code_dim", 2), ("objective", "gan"), ("batch_size", 1), ("learning_rate", 0),
     ("correlation", -1), ("n_steps", 0), ("augment", "yes"), ("penalty", float("nan"))],
)  # fmt: skip
def test_a_parameter_out_of_range_is_named(pictures, parameter, value):
    with pytest.raises(ParameterError, match=parameter):
        OGAN(**{**TINY, parameter: value}).fit(pictures)


def test_a_fitted_model_refuses_other_pictures_and_codes(fitted):
    with pytest.raises(ArrayError, match="fitted on"):
        fitted.transform(np.zeros((2, 10, 12), np.uint8))
    with pytest.raises(ArrayError, match=r"\(n, 8\)"):
        fitted.inverse_transform(np.zeros((2, 9)))
    with pytest.raises(ArrayError, match="NaN"):
        fitted.inverse_transform(np.full((2, 8), np.nan))
    with pytest.raises(NotFittedError):
        OGAN().sample()


def test_unlike_features_are_counted_in_units_of_the_wanted_ones():
    import torch

    from gezhi.latent.ogan.training import _unlikeness

    wanted = torch.tensor([[[[3.0, 4.0]]], [[[0.0, 2.0]]]])
    found = torch.tensor([[[[0.0, 0.0]]], [[[1.0, 2.0]]]])
    assert float(_unlikeness(wanted, found)) == pytest.approx((1 + 0.25) / 2)
    assert float(_unlikeness(wanted, wanted)) == 0
    assert float(_unlikeness(0 * wanted, 0 * wanted)) == 0


@pytest.mark.parametrize("augment", [False, True])
def test_likeness_changes_what_is_learnt_and_needs_own_codes(augment):
    pictures = np.random.default_rng(0).integers(0, 256, (80, 8, 8), dtype=np.uint8)

    def learnt(**how):
        gan = OGAN(code_dim=8, n_steps=25, batch_size=16, channels=16, random_state=0,
                   augment=augment, device="cpu", **how).fit(pictures)  # fmt: skip
        return gan.history_[-1]["generator_loss"]

    assert learnt(likeness=0.0) != learnt(likeness=1.0)
    assert learnt(likeness=0.0, own_codes=0.0) == learnt(likeness=1.0, own_codes=0.0)


def test_noise_fades_and_few_pictures_are_learnt_as_the_original_does():
    from types import SimpleNamespace

    from gezhi.latent.ogan.training import _noisy

    grey = torch.zeros(4, 1, 64, 64)
    many, few = (OGAN(n_steps=100)._settings(n) for n in (20_000, 19_999))
    begun, half, end = (
        float(_noisy(grey, SimpleNamespace(step=step), many).std()) for step in (0, 50, 100)
    )
    assert begun == pytest.approx(0.1, rel=0.05)
    assert half == pytest.approx(0.0625, rel=0.05)
    assert end == pytest.approx(0.025, rel=0.05)
    assert (few.noise, few.likeness, few.correlation, few.augment) == (0.0, 0.0, 0.5, True)
    assert (many.noise, many.likeness, many.correlation, many.augment) == (0.1, 1.0, 1.5, False)
    asked = OGAN(noise=0.2, likeness=3, correlation=2)._settings(100)
    assert (asked.noise, asked.likeness, asked.correlation) == (0.2, 3.0, 2.0)
