"""What a training of the clustering autoencoder is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gezhi.latent.cluster.augmentation import Motion

__all__ = ["ROUNDS", "Settings", "Timetable"]

ROUNDS = 20
"""A training is cut into so many equal rounds; after each it may be checkpointed and looked at."""


@dataclass(frozen=True)
class Timetable:
    """Shares of the training at which something begins.

    Attributes:
        warm: until here the divergence's weight rises.
        labels: from here the label heads learn, from pairs of neighbours found anew.
        rise: within this much their weight rises to its full.
        late: from here most pairs are two views of one item.
        change: within this much.
        prune: here the communities are found, and before them their number, where it is not given.
        release: from here, within `change`, what the heads were told weighs less.
    """

    warm: float = 0.1
    labels: float = 0.25
    rise: float = 0.05
    late: float = 0.6
    change: float = 0.1
    prune: float = 0.6
    release: float = 0.7


@dataclass(frozen=True)
class Settings:
    """Everything but the data and the network's sizes.

    Attributes:
        objective: ``mutual`` or ``elbo``.
        steps: batches in all.
        reconstruction, divergence, contrast, information: weights of the loss's terms.
        balance, late_balance: weight of the marginal's entropy in the information of labels,
            before and after `late`.
        temperature: of the comparison of pairs.
        neighbours: how many of each item.
        early_pairs, late_pairs: share of pairs that are of neighbours, before and after `late`.
        told, late_told: weight of the communities that the heads are told, before and after
            `release`.
        nearest: of how many neighbours the graph is that communities are found in.
        resolution: of their modularity; below 1 they may be of very different sizes.
        find_clusters: merge clusters until every merger would lose modularity.
        patience: rounds without gain, once everything has begun, after which to stop; None for
            never.
    """

    objective: Literal["mutual", "elbo"] = "mutual"
    steps: int = 1200
    batch_size: int = 500
    learning_rate: float = 2e-3
    reconstruction: float = 0.05
    divergence: float = 0.05
    contrast: float = 10.0
    information: float = 50.0
    balance: float = 1.5
    late_balance: float = 1.5
    temperature: float = 0.3
    neighbours: int = 10
    early_pairs: float = 0.5
    late_pairs: float = 0.3
    find_clusters: bool = False
    patience: int | None = None
    lower_precision: bool = True
    motion: Motion | None = None
    told: float = 50.0
    late_told: float = 0.0
    nearest: int = 5
    resolution: float = 1.0
    timetable: Timetable = field(default_factory=Timetable)
