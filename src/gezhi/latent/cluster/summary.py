"""What a clustering comes to: a Gaussian a cluster, and its most typical members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gezhi.latent.cluster.model import Encoding

__all__ = ["gaussians", "representatives"]

_SHOWN = 10


def gaussians(found: Encoding) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (clusters, latent) and covariance (clusters, latent, latent) of z in each cluster.

    Of the codes' mixture: the covariance is that of the means plus the mean variance. Every item
    counts with p(y|z); an empty cluster lies at the middle of all with the covariance of all.
    """
    mean, variance = found.mean, np.exp(found.log_variance)
    centres, covariances = [], []
    for weights in found.probabilities.T:
        total = weights.sum()
        share = weights / total if total > 1e-6 else np.full(len(mean), 1 / len(mean))
        centre = share @ mean
        apart = mean - centre
        centres.append(centre)
        covariances.append((apart.T * share) @ apart + np.diag(share @ variance))
    return np.stack(centres), np.stack(covariances)


def representatives(found: Encoding, centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of the members nearest to their cluster's mean among its surer half, (clusters, 10).

    −1 where a cluster has fewer members.
    """
    labels, confidence = found.probabilities.argmax(axis=1), found.probabilities.max(axis=1)
    answer = np.full((len(centres), _SHOWN), -1, np.int64)
    for cluster, centre in enumerate(centres):
        members = np.flatnonzero(labels == cluster)
        if len(members) > 2 * _SHOWN:
            members = members[confidence[members] >= np.median(confidence[members])]
        distance = np.square(found.mean[members] - centre).sum(axis=1)
        nearest = members[np.argsort(distance, kind="stable")][:_SHOWN]
        answer[cluster, : len(nearest)] = nearest
    return answer
