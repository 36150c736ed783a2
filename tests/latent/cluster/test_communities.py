"""Communities of a graph of neighbours, against planted groups and against modularity itself."""

import numpy as np
import pytest

from gezhi.latent.cluster.communities import find_communities, joint_of, settle


def planted(sizes, *, k=6, strays=0.1, seed=0):
    """Items in groups of these sizes, whose neighbours are of their group but for some strays."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    neighbours = np.empty((len(truth), k), np.int64)
    for i, group in enumerate(truth):
        inside = np.flatnonzero(truth == group)
        inside = inside[inside != i]
        stray = rng.random(k) < strays
        neighbours[i] = np.where(stray, rng.integers(len(truth), size=k), rng.choice(inside, k))
    middle = rng.normal(size=(len(sizes), 8))
    features = middle[truth] + rng.normal(size=(len(truth), 8))  # a poor start: groups overlap
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return neighbours, features.astype(np.float32), truth


def modularity(neighbours, labels, resolution=1.0):
    joint = np.zeros((labels.max() + 1,) * 2)
    for i, row in enumerate(neighbours):
        for j in row:
            joint[labels[i], labels[j]] += 0.5 / neighbours.size
            joint[labels[j], labels[i]] += 0.5 / neighbours.size
    return np.trace(joint) - resolution * np.square(joint.sum(axis=1)).sum()


def together(labels):
    return labels[:, None] == labels


def test_planted_groups_are_found_and_their_modularity_is_told():
    neighbours, features, truth = planted([80, 70, 90, 60])
    found = find_communities(neighbours, features, 4, random=np.random.default_rng(1))
    assert np.array_equal(together(found.labels), together(truth))
    assert found.modularity == pytest.approx(modularity(neighbours, truth))


def test_a_low_resolution_keeps_a_small_group_that_a_high_one_gives_up():
    # Two loose halves make the large group: splitting it pays more than keeping the small one.
    neighbours, features, truth = planted([300, 300, 20], strays=0.02)
    rng = np.random.default_rng(5)
    cross = rng.random(neighbours.shape) < 0.25
    halves = (truth < 2)[:, None] & cross
    neighbours = np.where(halves, (neighbours + 300) % 600, neighbours)
    wanted = np.where(truth < 2, 0, 1)
    low, high = (
        find_communities(
            neighbours, features, 2, resolution=resolution, random=np.random.default_rng(0)
        )
        for resolution in (0.2, 1.0)
    )
    assert np.array_equal(together(low.labels), together(wanted))
    assert not np.array_equal(together(high.labels), together(wanted))
    assert high.modularity > modularity(neighbours, wanted)
    assert low.modularity > modularity(neighbours, high.labels, 0.2)


def test_settling_ends_where_no_single_move_gains():
    neighbours, _, truth = planted([60, 60, 60], seed=3)
    rng = np.random.default_rng(0)
    start = np.where(rng.random(len(truth)) < 0.2, rng.integers(3, size=len(truth)), truth)
    labels = settle(neighbours, start, rng)
    best = modularity(neighbours, labels)
    assert best > modularity(neighbours, start)
    for i in range(0, len(labels), 7):
        for group in range(3):
            other = labels.copy()
            other[i] = group
            assert modularity(neighbours, other) <= best + 1e-12


def test_the_joint_is_that_of_pairs_counted_both_ways():
    neighbours, _, truth = planted([5, 9], seed=4)
    joint = joint_of(neighbours, truth)
    pairs = [(truth[i], truth[j]) for i, row in enumerate(neighbours) for j in row]
    assert joint.sum() == pytest.approx(1)
    assert joint[0, 1] == joint[1, 0]
    assert joint[0, 0] == pytest.approx(pairs.count((0, 0)) / len(pairs))


def test_more_groups_than_items_are_as_many_as_there_are():
    neighbours = np.array([[1], [0], [1]])
    found = find_communities(
        neighbours, np.eye(3, dtype=np.float32), 9, random=np.random.default_rng(0)
    )
    assert len(found.labels) == 3
    assert found.labels.max() < 3
