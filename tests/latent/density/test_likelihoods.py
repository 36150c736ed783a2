"""What a likelihood says of a value: sums to one, is the same in torch, and is what is drawn."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from gezhi.latent.density.likelihoods import (
    Bernoulli,
    Bytes,
    Categorical,
    Gaussian,
    Likelihood,
    Mixed,
    Student,
    likelihood_from,
)

Array = Any
WHOLE: list[Likelihood] = [Bernoulli(), Bytes(3), Bytes(2, centre=8.0, unit=4.0)]
EVERY: list[Likelihood] = [
    *WHOLE,
    Categorical(4),
    Gaussian(2),
    Student(3),
    Mixed(((Student(2), (0, 2)), (Categorical(3), (1,)))),
]


def _given(likelihood: Likelihood, n: int, variables: int, seed: int = 0) -> list[Array]:
    random = np.random.default_rng(seed)
    return [2 * random.normal(size=(n, variables, size)) for size in likelihood.groups]


def _levels(likelihood: Likelihood) -> int:
    return likelihood.kinds if isinstance(likelihood, Categorical) else likelihood.levels


def _table(seed: int = 1, rows: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=(rows, 256))


@pytest.mark.parametrize("likelihood", [*WHOLE, Categorical(4)], ids=repr)
def test_whole_numbers_sum_to_one(likelihood: Likelihood) -> None:
    given, table = _given(likelihood, 40, 5), _table()
    every = [
        likelihood.log_probability(np, np.full((40, 5), float(v)), given, table)
        for v in range(_levels(likelihood))
    ]
    assert np.exp(every).sum(0) == pytest.approx(np.ones((40, 5)), abs=1e-8)


@pytest.mark.parametrize("likelihood", WHOLE, ids=repr)
@pytest.mark.parametrize("rows", [1, 5])
def test_halving_and_probability_agree(likelihood: Likelihood, rows: int) -> None:
    given, table = _given(likelihood, 30, 5), _table(rows=rows)
    for v in range(_levels(likelihood)):
        x = np.full((30, 5), float(v))
        between = likelihood.below(x + 1, given, table) - likelihood.below(x, given, table)
        said = np.exp(likelihood.log_probability(np, x, given, table))
        assert between == pytest.approx(said, abs=1e-10)


@pytest.mark.parametrize("likelihood", EVERY, ids=repr)
def test_torch_and_numpy_say_the_same(likelihood: Likelihood) -> None:
    given, table = _given(likelihood, 50, 3), _table()
    x = likelihood.draw(np.random.default_rng(2), given, table)
    numpy = likelihood.log_probability(np, x, given, table)
    told = [torch.from_numpy(group) for group in given]
    there = likelihood.log_probability(torch, torch.from_numpy(x), told, torch.from_numpy(table))
    assert there.numpy() == pytest.approx(numpy, rel=1e-10, abs=1e-10)


def test_student_is_scipys() -> None:
    likelihood = Student(1)
    given = _given(likelihood, 200, 1)
    x = np.random.default_rng(3).normal(size=(200, 1)) * 5
    freedom = 2 + np.exp(given[3][..., 0].clip(-4, 6))
    scale = np.exp(given[2][..., 0].clip(-5, 4))
    right = stats.t.logpdf(x, freedom, given[1][..., 0], scale)
    assert likelihood.log_probability(np, x, given, _table()) == pytest.approx(right, abs=1e-9)


def test_gaussian_is_scipys() -> None:
    likelihood = Gaussian(1)
    given = _given(likelihood, 200, 1)
    x = np.random.default_rng(3).normal(size=(200, 1)) * 5
    right = stats.norm.logpdf(x, given[1][..., 0], np.exp(given[2][..., 0].clip(-9, 8) / 2))
    assert likelihood.log_probability(np, x, given, _table()) == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("likelihood", [*WHOLE, Categorical(4)], ids=repr)
def test_draws_come_as_often_as_said(likelihood: Likelihood) -> None:
    given = [np.repeat(group, 20_000, 0) for group in _given(likelihood, 1, 1)]
    drawn = likelihood.draw(np.random.default_rng(4), given, _table())[:, 0]
    often = np.bincount(drawn.astype(int), minlength=_levels(likelihood)) / len(drawn)
    x = np.arange(_levels(likelihood), dtype=float)[:, None]
    few = [group[:1].repeat(len(x), 0) for group in given]
    said = np.exp(likelihood.log_probability(np, x, few, _table()))[:, 0]
    assert often == pytest.approx(said, abs=5 * np.sqrt(0.25 / len(drawn)))


@pytest.mark.parametrize("likelihood", [Gaussian(2), Student(2)], ids=repr)
def test_draws_of_real_numbers_follow_the_density(likelihood: Likelihood) -> None:
    given = [np.repeat(group, 40_000, 0) for group in _given(likelihood, 1, 1, seed=7)]
    drawn = likelihood.draw(np.random.default_rng(4), given, _table())[:, 0]
    edges = np.quantile(drawn, [0.2, 0.4, 0.6, 0.8])
    for low, high in pairwise(edges):
        x = np.linspace(low, high, 2001)[:, None]
        few = [group[:1].repeat(len(x), 0) for group in given]
        density = np.exp(likelihood.log_probability(np, x, few, _table()))[:, 0]
        assert np.trapezoid(density, x[:, 0]) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("likelihood", EVERY, ids=repr)
def test_a_description_makes_the_same(likelihood: Likelihood) -> None:
    assert likelihood_from(likelihood.describe()) == likelihood
