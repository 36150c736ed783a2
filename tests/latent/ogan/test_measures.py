"""Distances between sets of features, beside scipy's and beside plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg
from scipy.spatial.distance import cdist

from gezhi.errors import ArrayError, ParameterError
from gezhi.latent.ogan.measures import (
    frechet_distance,
    nearer_than,
    nearest_distances,
    precision_recall,
)


@given(st.integers(0, 10_000))
def test_frechet_is_the_formula_with_a_matrix_root(seed):
    random = np.random.default_rng(seed)
    a = random.normal(size=(50, 5)) @ random.normal(size=(5, 5))
    b = random.normal(1, 2, size=(40, 5)) @ random.normal(size=(5, 5))
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(one @ other).real
    apart = a.mean(0) - b.mean(0)
    expected = apart @ apart + np.trace(one + other - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6, abs=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_frechet_does_not_break_where_a_feature_is_constant():
    flat = np.zeros((20, 3))
    flat[:, 0] = np.arange(20)
    assert frechet_distance(flat, flat + np.array([0, 2, 0])) == pytest.approx(4, abs=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_precision_and_recall_are_those_of_two_loops(seed, k):
    random = np.random.default_rng(seed)
    real, made = random.normal(size=(30, 3)), random.normal(0.7, 0.6, size=(25, 3))

    def among(rows, others):
        radii = np.sort(cdist(others, others), axis=1)[:, k]
        return np.mean([any(far <= radii) for far in cdist(rows, others)])

    found = precision_recall(real, made, neighbors=k)
    assert (found.precision, found.recall) == (among(made, real), among(real, made))


def test_a_copy_is_found_out_and_a_new_draw_is_not():
    random = np.random.default_rng(0)
    train, test, new = (random.normal(size=(300, 8)) for _ in range(3))
    near = nearest_distances(test, train)
    np.testing.assert_allclose(near, cdist(test, train).min(1), atol=1e-9)
    copies = train + random.normal(0, 0.01, train.shape)
    assert nearer_than(nearest_distances(copies, train), near) > 0.99
    assert abs(nearer_than(nearest_distances(new, train), near) - 0.5) < 0.1


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_nearer_than_counts_pairs(some, others):
    pairs = [1.0 if a < b else 0.5 if a == b else 0.0 for a in some for b in others]
    found = nearer_than(np.array(some, float), np.array(others, float))
    assert found == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4))),
        (np.zeros(3), np.zeros(3)),
        (np.zeros((0, 2)), np.zeros((3, 2))),
        (np.full((3, 2), np.nan), np.zeros((3, 2))),
    ],
)
def test_what_is_no_pair_of_sets_is_refused(a, b):
    for function in (frechet_distance, precision_recall, nearest_distances):
        with pytest.raises(ArrayError):
            function(a, b)


def test_too_few_rows_are_refused():
    with pytest.raises(ArrayError, match="two rows"):
        frechet_distance(np.zeros((1, 2)), np.zeros((5, 2)))
    with pytest.raises(ParameterError, match="from 1 to 2"):
        precision_recall(np.zeros((3, 2)), np.zeros((5, 2)))
