"""Groups of items that their neighbours tell: communities of high modularity in the whole graph.

Labels learnt batch by batch see few pairs at a time and settle where they first agreed. The graph
of all neighbours is small enough to look at as a whole: every item starts at the seed whose
features are most like its own, moves to where its neighbours are more often than chance would have
it, and the groups that result are merged until as many are left as were asked for.

Modularity Q = Σ_c [ P(c, c) − γ P(c)² ], with P the joint of the groups of two neighbours and γ the
resolution (Reichardt & Bornholdt 2006); moving and merging by turns as Blondel et al. (2008) do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.latent.cluster.merging import merge, modularity_of

__all__ = ["Communities", "find_communities", "joint_of", "matched", "renumbered", "settle"]

_SEEDS = 300
_LEAST_MEMBERS = 10
_MOST_ROUNDS = 40
_FEW = 1 / 5000  # of the items: when so few move, it is enough

_Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Communities:
    """What a search found.

    Attributes:
        labels: of every item, 0 … clusters − 1, (n,).
        modularity: of these labels.
    """

    labels: _Labels
    modularity: float


def find_communities(
    neighbours: NDArray[np.int64],
    features: NDArray[np.float32],
    clusters: int,
    *,
    random: np.random.Generator,
    resolution: float = 1.0,
    starts: int = 8,
) -> Communities:
    """The best of several searches for that many communities.

    Args:
        neighbours: of every item, (n, k) item numbers.
        features: of unit length, (n, features); only to start with.
        clusters: how many; fewer are found where there are fewer items.
        resolution: γ, the weight of chance; below 1 groups may be of very different sizes.

    >>> ring = np.array([[1], [2], [0], [4], [5], [3]])  # two rings of three
    >>> found = find_communities(ring, np.eye(6, dtype=np.float32), 2,
    ...                          random=np.random.default_rng(0))
    >>> len(set(found.labels[:3])), len(set(found.labels[3:])), found.modularity
    (1, 1, 0.5)
    """
    searches = (_search(neighbours, features, clusters, random, resolution) for _ in range(starts))
    return max(searches, key=lambda found: found.modularity)


def _search(
    neighbours: NDArray[np.int64],
    features: NDArray[np.float32],
    clusters: int,
    random: np.random.Generator,
    resolution: float,
) -> Communities:
    n = len(features)
    seeds = random.choice(n, min(n, max(clusters, min(_SEEDS, n // _LEAST_MEMBERS))), replace=False)
    labels = np.argmax(features @ features[seeds].T, axis=1)
    labels = np.unique(settle(neighbours, labels, random, resolution), return_inverse=True)[1]
    joint = joint_of(neighbours, labels)
    groups = merge(joint, resolution).groups(min(clusters, len(joint))).argmax(axis=1)
    labels = settle(neighbours, _moved(joint, groups, resolution)[labels], random, resolution)
    labels = np.unique(labels, return_inverse=True)[1]
    joint = joint_of(neighbours, labels)
    return Communities(labels, modularity_of(joint, resolution))


def settle(
    neighbours: NDArray[np.int64],
    labels: _Labels,
    random: np.random.Generator,
    resolution: float = 1.0,
) -> _Labels:
    """Let every item move to the group where modularity gains most, until hardly any does.

    A random half of those that would move does so at a time: all at once, two neighbours would
    change places for ever.
    """
    n, k = neighbours.shape
    number = int(labels.max()) + 1
    here, there = np.repeat(np.arange(n), k), neighbours.ravel()
    degree = k + np.bincount(there, minlength=n)
    total = degree.sum()
    labels, every = labels.copy(), np.arange(n)
    for _ in range(_MOST_ROUNDS):
        cells = np.concatenate([here * number + labels[there], there * number + labels[here]])
        votes = np.bincount(cells, minlength=n * number).reshape(n, number)
        share = np.bincount(labels, degree, number) / total
        gain = votes - resolution * degree[:, None] * share
        # What an item adds to its own group's share is no reason to leave it.
        gain[every, labels] += resolution * degree * (degree / total)
        best = gain.argmax(axis=1)
        moving = (best != labels) & (random.random(n) < 0.5)
        labels[moving] = best[moving]
        if moving.sum() < n * _FEW:
            break
    return labels


def joint_of(neighbours: NDArray[np.int64], labels: _Labels) -> NDArray[np.float64]:
    """P(c, c′) of the groups of two neighbours, (groups, groups), symmetric."""
    number = int(labels.max()) + 1
    cells = labels[:, None] * number + labels[neighbours]
    joint = np.bincount(cells.ravel(), minlength=number**2).reshape(number, number)
    answer: NDArray[np.float64] = (joint + joint.T) / (2 * neighbours.size)
    return answer


def renumbered(labels: _Labels, like: _Labels) -> _Labels:
    """The same groups, numbered so that as many items as can be keep the number they had.

    >>> renumbered(np.array([0, 0, 1, 1, 2]), np.array([2, 2, 2, 0, 1])).tolist()
    [2, 2, 0, 0, 1]
    """
    from scipy.optimize import linear_sum_assignment

    size = int(max(labels.max(), like.max())) + 1
    shared = np.bincount(labels * size + like, minlength=size**2).reshape(size, size)
    number: _Labels = linear_sum_assignment(shared, maximize=True)[1]
    return number[labels]


def matched(labels: _Labels, columns: NDArray[np.floating[Any]]) -> _Labels:
    """For each column of (n, columns) the group that it says most of, each group at least once.

    First groups and columns are matched one to one so that as many items as can be are where their
    column says; columns that are left over go where most of theirs is.

    >>> matched(np.array([1, 1, 0, 0]), np.array([[0.9, 0.1]] * 2 + [[0.2, 0.8]] * 2)).tolist()
    [1, 0]
    """
    from scipy.optimize import linear_sum_assignment

    shared = np.stack([columns[labels == group].sum(axis=0) for group in range(labels.max() + 1)])
    answer: _Labels = shared.argmax(axis=0)
    groups, taken = linear_sum_assignment(shared, maximize=True)
    answer[taken] = groups
    return answer


def _moved(joint: NDArray[np.float64], groups: _Labels, resolution: float) -> _Labels:
    """The groups after moving single communities between them while modularity gains."""
    groups, number = groups.copy(), int(groups.max()) + 1
    own = joint.sum(axis=1)
    flow = joint @ np.eye(number)[groups]  # of each community to each group
    share = np.bincount(groups, own, number)
    moved = True
    while moved:
        moved = False
        for i, old in enumerate(groups.tolist()):
            if (groups == old).sum() == 1:
                continue
            gain = flow[i] - resolution * own[i] * share
            gain[old] += resolution * own[i] ** 2 - joint[i, i]
            new = int(gain.argmax())
            if gain[new] > gain[old] + 1e-12:
                groups[i], moved = new, True
                flow[:, old] -= joint[:, i]
                flow[:, new] += joint[:, i]
                share[old] -= own[i]
                share[new] += own[i]
    return groups
