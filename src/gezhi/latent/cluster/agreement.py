"""How far clusters agree with labels that were not looked at while they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "agreement"]


@dataclass(frozen=True)
class Agreement:
    """Clusters beside labels.

    Attributes:
        accuracy: share of items in the label that their cluster is matched to, one to one
            (Kuhn, The Hungarian method, 1955).
        majority: share of items in the commonest label of their cluster.
        nmi: normalised mutual information.
        names: of the labels, sorted.
        table: (clusters, labels) items of each.
        matched: for each cluster the number of its label, or −1.
    """

    accuracy: float
    majority: float
    nmi: float
    names: tuple[str, ...]
    table: NDArray[np.int64]
    matched: tuple[int, ...]


def agreement(clusters: NDArray[Any], labels: NDArray[Any]) -> Agreement:
    """Compare clusters (n,), numbered from 0, with labels (n,).

    >>> found = agreement(np.array([1, 1, 0, 0]), np.array(["a", "a", "b", "a"]))
    >>> found.accuracy, found.majority, found.table.tolist(), found.matched
    (0.75, 0.75, [[1, 1], [2, 0]], (1, 0))
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import normalized_mutual_info_score

    names, codes = np.unique(labels, return_inverse=True)
    table = np.zeros((int(clusters.max()) + 1, len(names)), np.int64)
    np.add.at(table, (clusters, codes), 1)
    rows, columns = linear_sum_assignment(-table)
    matched = np.full(len(table), -1)
    matched[rows] = columns
    return Agreement(
        accuracy=float(table[rows, columns].sum() / len(codes)),
        majority=float(table.max(1).sum() / len(codes)),
        nmi=float(normalized_mutual_info_score(codes, clusters)),
        names=tuple(str(one) for one in names),
        table=table,
        matched=tuple(matched.tolist()),
    )
