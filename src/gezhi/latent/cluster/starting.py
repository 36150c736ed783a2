"""From the estimator's parameters to the settings and the first network of a training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ParameterError
from gezhi.latent.cluster.augmentation import Motion
from gezhi.latent.cluster.items import flattened
from gezhi.latent.cluster.network import ClusterNetwork, Shape
from gezhi.latent.cluster.settings import Settings

__all__ = ["MOST_CLUSTERS", "new_network", "settings_of"]

MOST_CLUSTERS = 30
"""Where merging starts when the number of clusters is to be found."""
_STEPS, _MOST_PASSES, _LEAST_STEPS = 1200, 200, 300


def settings_of(given: Any, items: NDArray[Any]) -> Settings:
    """The settings for an estimator's parameters and its items (n, ...)."""
    batch = min(int(given.batch_size), len(items))
    steps = given.n_steps
    if steps is None:
        steps = max(_LEAST_STEPS, min(_STEPS, _MOST_PASSES * len(items) // batch))
    pictures = items.ndim > 2
    moved = pictures and bool(given.augment)
    if given.augment is True and not pictures:
        raise ParameterError("augment=True needs pictures (n, height, width[, channels])")
    return Settings(
        objective=given.objective,
        steps=int(steps),
        batch_size=batch,
        learning_rate=float(given.learning_rate),
        balance=max(1.5, float(given.balance)),
        late_balance=float(given.balance),
        resolution=max(0.1, float(given.balance) - 0.5),
        # Views set right what the graph of pixels confuses; rows have nothing better than it.
        late_told=0.0 if moved else 50.0,
        neighbours=int(given.n_neighbors),
        find_clusters=given.n_clusters is None,
        patience=given.patience,
        # A row leaned on a neighbour is a weak view: alone it would set every row apart.
        early_pairs=0.5 if moved else 1.0,
        late_pairs=0.3 if moved else 1.0,
        motion=Motion() if moved else None,
    )


def new_network(given: Any, items: NDArray[Any], before: ClusterNetwork | None) -> ClusterNetwork:
    """A new network, or a copy of the one that was trained before, if it is of the same sizes.

    Raises:
        ParameterError: the one before has other sizes.
    """
    clusters = given.n_clusters or min(MOST_CLUSTERS, max(2, len(items) // 2))
    shape = Shape(
        features=int(np.prod(flattened(items[:1]).shape[1])),
        clusters=int(clusters),
        latent=int(given.latent_dim),
        width=int(given.width),
        blocks=int(given.blocks),
        label_width=int(given.label_width),
        heads=1 if given.objective == "elbo" else int(given.n_heads),
    )
    network = ClusterNetwork(shape)
    if before is not None:
        if before.shape != shape:
            raise ParameterError(
                f"warm_start needs the sizes of the last fit, {before.shape}, not {shape}"
            )
        network.load_state_dict(before.learnt())
    return network
