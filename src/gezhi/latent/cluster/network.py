"""The network of the clustering autoencoder: residual MLPs, and many label heads side by side.

Small convolutions are several times slower per picture on a processor, so the trunk is an MLP
with pre-activated residual blocks. The label heads p(y|z) share one hidden layer: a head more
costs next to nothing, and each is another start of the same search.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ClusterNetwork", "Encoded", "Residual", "Shape"]

_FEATURES = 64
_LARGEST_LOG_VARIANCE = 4.0
_SMALLEST_LOG_VARIANCE = -8.0


@dataclass(frozen=True)
class Shape:
    """Sizes of the network: numbers of units and of parallel heads."""

    features: int
    clusters: int
    latent: int = 20
    width: int = 512
    blocks: int = 2
    label_width: int = 256
    heads: int = 20


@dataclass(frozen=True)
class Encoded:
    """p(z|x): mean and log variance, each (n, latent)."""

    mean: Tensor
    log_variance: Tensor

    def draw(self) -> Tensor:
        """Draw z = μ + σ ε, with a gradient to both."""
        return self.mean + torch.randn_like(self.mean) * torch.exp(0.5 * self.log_variance)


class Residual(nn.Module):
    """h + W₂ ReLU(BN(W₁ ReLU(BN(h)))) (He et al. 2016, the pre-activated block)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _layer(width, width)
        self.second = _layer(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """Shape (n, width) to the same."""
        answer: Tensor = h + self.second(self.first(h))
        return answer


class ClusterNetwork(nn.Module):
    """Encoder, decoder, label heads, features for comparing pairs, and the centres μ_y.

    Attributes:
        centres: μ_y of every head, (heads, clusters, latent).
        groups: (heads, clusters, clusters) of zeros and ones: which group each cluster of a head
            belongs to; the identity until communities are found.
        information: of each head, a running mean in nats, (heads,).

    Further buffers, which a checkpoint holds because the next round depends on them:
        targets: (items,), the community of each, −1 before they are found.
        prior: share of each community, (clusters,).
        candidates: (items, many) of item numbers, from which neighbours are chosen.
        neighbours, first_neighbours: (items, k) of item numbers, now and when labels began.
        losses, gains: of each round, the mean loss and the best head's information.
        evidence: modularity for each number of clusters, 0 where none was found.
    """

    centres: nn.Parameter
    groups: Tensor
    prior: Tensor
    targets: Tensor
    candidates: Tensor
    neighbours: Tensor
    first_neighbours: Tensor
    information: Tensor
    losses: Tensor
    gains: Tensor
    evidence: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, latent = shape.width, shape.latent
        self.encoder = nn.Sequential(
            nn.Linear(shape.features, width),
            *(Residual(width) for _ in range(shape.blocks)),
            nn.BatchNorm1d(width),
            nn.ReLU(),
        )
        self.mean = nn.Linear(width, latent)
        self.log_variance = nn.Linear(width, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, width), Residual(width), _layer(width, shape.features)
        )
        self.hidden = nn.Sequential(
            nn.Linear(latent, shape.label_width), nn.BatchNorm1d(shape.label_width), nn.ReLU()
        )
        self.heads = nn.Linear(shape.label_width, shape.heads * shape.clusters)
        self.compared = nn.Linear(shape.label_width, _FEATURES)
        self.centres = nn.Parameter(torch.randn(shape.heads, shape.clusters, latent))
        self.register_buffer("groups", torch.eye(shape.clusters).repeat(shape.heads, 1, 1))
        self.register_buffer("prior", torch.full((shape.clusters,), 1 / shape.clusters))
        self.register_buffer("targets", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("information", torch.zeros(shape.heads))
        for name in ("neighbours", "first_neighbours", "candidates"):
            self.register_buffer(name, torch.zeros(0, 0, dtype=torch.int64))
        self.register_buffer("losses", torch.zeros(0))
        self.register_buffer("gains", torch.zeros(0))
        self.register_buffer("evidence", torch.zeros(shape.clusters + 1))

    def learnt(self) -> dict[str, Tensor]:
        """The state that another training may start from: all but what belongs to a training."""
        fresh = ClusterNetwork(self.shape).state_dict()
        trained = self.state_dict()
        own = {
            *("information", "prior", "targets", "evidence", "losses", "gains"),
            *("candidates", "neighbours", "first_neighbours"),
        }
        return {name: fresh[name] if name in own else trained[name] for name in fresh}

    def encode(self, x: Tensor) -> Encoded:
        """p(z|x) of items (n, features)."""
        h = self.encoder(x)
        limits = (_SMALLEST_LOG_VARIANCE, _LARGEST_LOG_VARIANCE)
        return Encoded(self.mean(h).float(), self.log_variance(h).float().clamp(*limits))

    def decode(self, z: Tensor) -> Tensor:
        """The decoder's raw outputs for z (n, latent), (n, features): logits of pictures."""
        answer: Tensor = self.decoder(z)
        return answer.float()

    def label(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of every head, (n, heads, clusters), and features of unit length, (n, 64)."""
        h = self.hidden(z)
        logits = self.heads(h).float().view(len(z), self.shape.heads, self.shape.clusters)
        return logits, F.normalize(self.compared(h).float(), dim=1)

    def grouped(self, logits: Tensor) -> Tensor:
        """p(y|z) after merging, from logits (n, heads, clusters), of the same shape."""
        return self.joined(logits.softmax(dim=2))

    def joined(self, probabilities: Tensor) -> Tensor:
        """The sums over the clusters of each group, of the same shape (n, heads, clusters)."""
        return torch.einsum("nhk,hkg->nhg", probabilities, self.groups)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(inputs), nn.ReLU(), nn.Linear(inputs, outputs))
