"""How many clusters there are: merge what neighbours cross too often, and see where it pays.

Starting from more clusters than there can be, the two whose union gains the most modularity are
merged, again and again (Clauset, Newman & Moore 2004, on the graph of clusters). The modularity
Q = Σ_c [P(c, c) − P(c)²], with P the joint of the clusters of two neighbours, rises as long as
neighbours cross a border more often than chance would have them do, and falls afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mergers", "agreed_number", "merge", "modularity_of"]


@dataclass(frozen=True)
class Mergers:
    """All mergers from many clusters to one.

    Attributes:
        modularity: of every number of clusters that was passed, {number: Q}.
        steps: pairs (kept, merged away), in order.
        clusters: how many there were at first.
    """

    modularity: dict[int, float]
    steps: tuple[tuple[int, int], ...]
    clusters: int

    @property
    def best(self) -> int:
        """The number of clusters with the highest modularity."""
        return max(self.modularity, key=lambda number: self.modularity[number])

    def groups(self, number: int) -> NDArray[np.float64]:
        """Zeros and ones (clusters, clusters): row k has its one at the group of cluster k.

        Groups are 0 … number − 1; the columns behind them are empty.
        """
        owner = np.arange(self.clusters)
        for kept, gone in self.steps[: self.clusters - number]:
            owner[owner == gone] = kept
        _, group = np.unique(owner, return_inverse=True)
        answer = np.zeros((self.clusters, self.clusters))
        answer[np.arange(self.clusters), group] = 1
        return answer


def merge(joint: NDArray[np.float64], resolution: float = 1.0) -> Mergers:
    """Merge clusters pair by pair, given P(y, y′) of neighbours, (clusters, clusters).

    The resolution γ weighs what chance would have: Q = Σ_c [P(c, c) − γ P(c)²].

    >>> blocks = np.kron(np.eye(3), np.full((2, 2), 1 / 12))  # six clusters, three of them true
    >>> merge(blocks).best
    3
    >>> merge(blocks).groups(3)[:, :3].argmax(axis=1).tolist()
    [0, 0, 1, 1, 2, 2]
    """
    joint = (joint + joint.T) / 2
    joint = joint / joint.sum()
    clusters = len(joint)
    alive = np.ones(clusters, bool)
    modularity = {clusters: modularity_of(joint, resolution)}
    steps = []
    for left in range(clusters - 1, 0, -1):
        marginal = joint.sum(axis=1)
        gain = 2 * (joint - resolution * np.outer(marginal, marginal))
        gain[~alive] = gain[:, ~alive] = -np.inf
        np.fill_diagonal(gain, -np.inf)
        kept, gone = sorted(np.unravel_index(int(gain.argmax()), gain.shape))
        joint[kept] += joint[gone]
        joint[:, kept] += joint[:, gone]
        joint[gone] = joint[:, gone] = 0
        alive[gone] = False
        steps.append((int(kept), int(gone)))
        modularity[left] = modularity_of(joint, resolution)
    return Mergers(modularity, tuple(steps), clusters)


def agreed_number(mergers: Sequence[Mergers]) -> int:
    """The number that most heads find best; of several such, the one nearest to the median."""
    best = [one.best for one in mergers]
    middle = float(np.median(best))
    counts = Counter(best)
    return max(counts, key=lambda number: (counts[number], -abs(number - middle)))


def modularity_of(joint: NDArray[np.float64], resolution: float = 1.0) -> float:
    """Q = Σ_c [P(c, c) − γ P(c)²] of a joint (clusters, clusters), γ the resolution."""
    return float(np.trace(joint) - resolution * np.square(joint.sum(axis=1)).sum())
