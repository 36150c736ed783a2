"""The objectives of the clustering autoencoder: pure functions of tensors, one formula each.

The post is https://kexue.fm/archives/5887 ("Variational autoencoders, 4: a clustering scheme in
one step"): p(z, y|x) = p(y|z) p(z|x), q(x|z, y) = q(x|z), q(z, y) = q(z|y) q(y).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "bernoulli_nats",
    "contrastive_information",
    "elbo",
    "gaussian_nats",
    "label_divergence",
    "latent_divergence",
    "mutual_information",
]


def gaussian_nats(x: Tensor, mean: Tensor) -> Tensor:
    """−log N(x; mean, 1) without its constant, ½‖x − mean‖², shape (n,)."""
    return 0.5 * (x - mean).square().sum(dim=1)


def bernoulli_nats(x: Tensor, logits: Tensor) -> Tensor:
    """−log q(x|z) of independent Bernoulli pixels, x in [0, 1], shape (n,)."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)


def latent_divergence(
    log_variance: Tensor, z: Tensor, probabilities: Tensor, centres: Tensor
) -> Tensor:
    """Σ_y p(y|z) log(p(z|x) / q(z|y)) without the noise term, shape (n,).

    log p(z|x)/q(z|y) = −½ Σ log σ² + ½ ‖z − μ_y‖² − ½ ‖ε‖² with z = μ + σ ε; the last term carries
    no gradient and is left out, as the post does.

    Args:
        log_variance: of p(z|x), (n, latent); its mean enters through ``z``.
        z: drawn from it, (n, latent).
        probabilities: p(y|z), (n, clusters).
        centres: μ_y of q(z|y) = N(μ_y, 1), (clusters, latent).
    """
    squares = (
        z.square().sum(dim=1, keepdim=True) - 2 * z @ centres.T + centres.square().sum(dim=1)[None]
    )
    return 0.5 * (probabilities * squares).sum(dim=1) - 0.5 * log_variance.sum(dim=1)


def label_divergence(log_probabilities: Tensor) -> Tensor:
    """KL(p(y|z) ‖ q(y)) for the uniform q(y), shape (n,)."""
    clusters = log_probabilities.shape[1]
    return (log_probabilities.exp() * (log_probabilities + math.log(clusters))).sum(dim=1)


def elbo(
    reconstruction_nats: Tensor,
    latent_nats: Tensor,
    label_nats: Tensor,
    *,
    weight: float = 2.5,
) -> Tensor:
    """The post's loss, the mean over the batch of its three terms.

    E[ −w log q(x|z) + Σ_y p(y|z) log(p(z|x)/q(z|y)) + KL(p(y|z) ‖ q(y)) ], w = 2.5 in the post.
    """
    return (weight * reconstruction_nats + latent_nats + label_nats).mean()


def mutual_information(
    first: Tensor, second: Tensor, *, balance: float = 1.0, prior: Tensor | None = None
) -> Tensor:
    """I(y; y′) of paired items for every head at once, in nats, shape (heads,).

    With P the joint of the two labels over the batch, made symmetric:
    Σ P(y, y′) [log P(y, y′) − balance (log P(y) + log P(y′))]. At balance 1 this is the mutual
    information (Ji, Henriques & Vedaldi 2019, equation 3); above 1 it asks more of the entropy of
    the marginal, which keeps clusters from dying.

    With a prior π the entropy of the marginal, of which the above holds 2 balance − 1 times, gives
    way to −KL(P ‖ π) (up to a constant that makes no difference at P = π): clusters may then be of
    the sizes that π tells.

    Args:
        first, second: p(y|x) of the members of each pair, (n, heads, clusters).
        prior: π, (clusters,).

    >>> certain = torch.eye(4).repeat(2, 1).unsqueeze(1)
    >>> round(float(mutual_information(certain, certain)), 4)  # log 4
    1.3863
    >>> float(mutual_information(certain, torch.full((8, 1, 4), 0.25)).abs()) < 1e-6
    True
    >>> uneven = torch.tensor([0.7, 0.1, 0.1, 0.1])
    >>> round(float(mutual_information(certain, certain, prior=uneven)), 4) < 1.3863
    True
    """
    joint = torch.einsum("nhk,nhl->hkl", first, second) / len(first)
    joint = ((joint + joint.transpose(1, 2)) / 2).clamp_min(1e-9)
    marginal = joint.sum(dim=2).log()
    ratio = joint.log() - balance * (marginal[:, :, None] + marginal[:, None, :])
    found = (joint * ratio).sum(dim=(1, 2))
    if prior is None:
        return found
    told = prior.clamp_min(1e-6).log()
    excess = (joint.sum(dim=2) * told).sum(dim=1) - (prior * told).sum()
    return found + (2 * balance - 1) * excess


def contrastive_information(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """A lower bound on I(z; z′) of paired items, up to its constant, in nats, a scalar.

    −InfoNCE (van den Oord, Li & Vinyals 2018, equation 4): for each item the log probability of
    picking its partner among all others of both halves by cosine similarity.

    Args:
        first, second: features of unit length of the members of each pair, (n, features).
    """
    n = len(first)
    both = torch.cat([first, second])
    likeness = both @ both.T / temperature
    likeness = likeness.masked_fill(torch.eye(2 * n, dtype=torch.bool, device=both.device), -1e9)
    partner = torch.arange(2 * n, device=both.device).roll(n)
    return -F.cross_entropy(likeness, partner)
