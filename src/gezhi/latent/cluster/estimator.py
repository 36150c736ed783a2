"""`ClusterVAE`: encode, cluster and generate by class in one training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from gezhi.errors import ArrayError, ParameterError
from gezhi.kernel.extras import require
from gezhi.latent.cluster.items import Scaling, require_finite, require_shape
from gezhi.latent.cluster.model import ClusterModel
from gezhi.latent.cluster.parameters import check_parameters
from gezhi.latent.cluster.summary import gaussians, representatives

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.kernel.progress import Report
    from gezhi.latent.cluster.training import Training

__all__ = ["ClusterVAE"]


class ClusterVAE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]  # fmt: skip
    """Finds groups in unlabelled pictures or rows with a variational autoencoder.

    The latent is (z, y), y discrete (https://kexue.fm/archives/5887): z is a Gaussian code, y the
    cluster. ``objective="elbo"`` is the post's loss. ``objective="mutual"`` adds the information
    that two items which belong together share about y and z; the pairs are neighbours and, for
    pictures, moved views of one picture (docs/cluster.md). Training needs the extra `train`.

    Args:
        n_clusters: how many; None finds the number, starting from 30.
        random_state: seed, `numpy.random.RandomState` or None; nothing global is seeded.
        objective: ``"mutual"`` or ``"elbo"``.
        n_steps: batches in all, 20 or more; None for 200 passes, but 300 at least, 1200 at most.
        batch_size: items a batch, 2 or more.
        learning_rate: the largest of the schedule, in (0, 1).
        latent_dim: of z.
        width, blocks: of the residual MLPs.
        label_width: of the hidden layer that the label heads share.
        n_heads: label heads that learn side by side, of which the best is kept.
        n_neighbors: of each item, which it is paired with.
        balance: how much clusters of equal size are asked for; 1 is the information itself.
        augment: whether pictures are moved; ``"auto"`` does so for 3 or 4 dimensions.
        scaling: ``"auto"``, ``"columns"`` (each standardised) or ``"whole"`` (one scale for all).
        patience: rounds (twentieths of the training) without gain before it stops; None for never.
        warm_start: go on from the network of the last `fit`.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        checkpoint: file that every round is written to, and read from where it exists.
        report: called with steps done, steps in all and a message.

    Attributes:
        labels_: of the items of `fit`, 0 … n_clusters_ − 1, int64 (n,).
        confidence_: p(y|z) of that label, (n,).
        n_clusters_: how many clusters there are.
        proportions_: share of the items in each cluster.
        cluster_centers_: mean of z in each cluster, (n_clusters_, latent_dim).
        representatives_: numbers of the ten most typical items of each cluster, the most typical
            first, (n_clusters_, 10); −1 where a cluster has fewer.
        evidence_: modularity for each number of clusters; empty where the number was given.
        information_: of the best head after each round, in nats.
        losses_: of each round.
        n_iter_: batches of the training.
        item_shape_: of one item.
        model_: the `ClusterModel` that predicts.

    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(centre, 1, (40, 4)) for centre in (-4, 4)])
    >>> model = ClusterVAE(2, random_state=0, n_steps=60, width=32, learning_rate=1e-2).fit(X)
    >>> first, second = model.labels_[:40], model.labels_[40:]
    >>> bool((first == first[0]).all() and (second != first[0]).all())
    True
    >>> model.sample(2, cluster=0).shape
    (2, 4)
    """

    def __init__(
        self,
        n_clusters: int | None = 8,
        *,
        random_state: Any = None,
        objective: str = "mutual",
        n_steps: int | None = None,
        batch_size: int = 500,
        learning_rate: float = 2e-3,
        latent_dim: int = 20,
        width: int = 512,
        blocks: int = 2,
        label_width: int = 256,
        n_heads: int = 20,
        n_neighbors: int = 10,
        balance: float = 1.5,
        augment: bool | str = "auto",
        scaling: str = "auto",
        patience: int | None = None,
        warm_start: bool = False,
        device: str = "auto",
        checkpoint: Path | str | None = None,
        report: Report | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.objective = objective
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.latent_dim = latent_dim
        self.width = width
        self.blocks = blocks
        self.label_width = label_width
        self.n_heads = n_heads
        self.n_neighbors = n_neighbors
        self.balance = balance
        self.augment = augment
        self.scaling = scaling
        self.patience = patience
        self.warm_start = warm_start
        self.device = device
        self.checkpoint = checkpoint
        self.report = report

    # ---- learning

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Find the clusters of items (n, features) or (n, height, width[, channels]).

        Raises:
            ParameterError: a parameter is out of its range, or the training diverged.
            ArrayError: ``X`` has a NaN, a wrong shape, or fewer items than clusters.
            MissingExtra: torch is not installed.
        """
        check_parameters(self)
        items = self._validated(X, reset=True)
        require("torch", "train")
        require("onnx", "train")
        self.item_shape_ = items.shape[1:]
        scaling = Scaling.of(items, self.scaling)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self._train(items, scaling, seed)
        self._describe(items)
        return self

    def fit_predict(self, X: ArrayLike, y: Any = None) -> NDArray[np.int64]:
        """The labels of the items that are learnt from, (n,)."""
        labels: NDArray[np.int64] = self.fit(X).labels_
        return labels

    def _train(self, items: NDArray[Any], scaling: Scaling, seed: int) -> None:
        from gezhi.latent.cluster.export import export_network
        from gezhi.latent.cluster.starting import new_network, settings_of
        from gezhi.latent.cluster.training import train_network

        before = getattr(self, "_network", None) if self.warm_start else None
        settings = settings_of(self, items)
        done: Training = train_network(
            items,
            scaling,
            lambda: new_network(self, items, before),
            settings,
            seed=seed,
            device=self.device,
            checkpoint=Path(self.checkpoint) if self.checkpoint is not None else None,
            report=self.report,
        )
        self._network = done.network if self.warm_start else None
        files = export_network(done.network, done.head, bounded=scaling.bounded)
        self.model_ = ClusterModel(files, self.item_shape_, scaling)
        self.evidence_, self.information_, self.losses_ = done.evidence, done.gains, done.losses
        self.n_iter_ = done.steps
        self._own_centres = done.network.centres[done.head].detach().double().numpy()

    def _describe(self, items: NDArray[Any]) -> None:
        """Everything that is known once the items have been encoded in float64."""
        found = self.model_.encode(items)
        self.labels_ = found.probabilities.argmax(axis=1)
        self.confidence_ = found.probabilities.max(axis=1)
        self.n_clusters_ = found.probabilities.shape[1]
        self._n_features_out = found.mean.shape[1]
        centres, covariances = gaussians(found)
        self.cluster_centers_ = centres
        self.proportions_ = np.bincount(self.labels_, minlength=self.n_clusters_) / len(items)
        self.representatives_ = representatives(found, centres)
        if self.objective == "elbo":  # there q(z|y) is part of the model: N(μ_y, 1)
            centres = self._own_centres
            covariances = np.broadcast_to(np.eye(centres.shape[1]), covariances.shape)
        self.model_ = self.model_.with_gaussians(centres, covariances)

    # ---- asking

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The cluster of each item, (n,)."""
        answer: NDArray[np.int64] = self.predict_proba(X).argmax(axis=1)
        return answer

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """p(y|z) at the mean of p(z|x), (n, n_clusters_). Its largest is the confidence."""
        self._fitted()
        return self._model().encode(self._validated(X)).probabilities

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """The mean of p(z|x), (n, latent_dim)."""
        self._fitted()
        return self._model().encode(self._validated(X)).mean

    def reconstruct(self, X: ArrayLike) -> NDArray[np.float64]:
        """What the decoder makes of the items' codes, of their shape and in their units."""
        return self._model().decode(self.transform(X))

    def inverse_transform(self, Z: ArrayLike) -> NDArray[np.float64]:
        """What the decoder makes of codes (n, latent_dim), in the items' shape and units."""
        self._fitted()
        z = np.asarray(Z, np.float64)
        if z.ndim != 2 or z.shape[1] != self._n_features_out:
            raise ArrayError(f"Z must have the shape (n, {self._n_features_out}), not {z.shape}")
        return self._model().decode(z)

    def sample(
        self, n_samples: int = 1, *, cluster: int | None = None, random_state: Any = None
    ) -> NDArray[np.float64]:
        """New items of one cluster, or of all in their proportions, in shape and units.

        z is drawn from q(z|y): N(μ_y, 1) for ``objective="elbo"``; else a Gaussian of mean and
        covariance of the cluster's codes. ``random_state`` defaults to the estimator's.

        Raises:
            ParameterError: there is no such cluster, or ``n_samples`` is below 1.
        """
        self._fitted()
        clusters = self.n_clusters_
        if not isinstance(n_samples, int | np.integer) or n_samples < 1:
            raise ParameterError(f"n_samples must be a whole number from 1, not {n_samples!r}")
        if cluster is not None and cluster not in range(clusters):
            raise ParameterError(f"cluster must be from 0 to {clusters - 1}, not {cluster!r}")
        state = check_random_state(self.random_state if random_state is None else random_state)
        chosen = (
            state.choice(clusters, n_samples, p=self.proportions_)
            if cluster is None
            else np.full(n_samples, cluster)
        )
        return self._model().decode(self._model().draw(chosen, state))

    # ---- keeping

    def save(self, folder: Path | str, *, name: str = "clusters") -> Bundle:
        """Write the model as a bundle that predicts without torch; labels_ are not in it."""
        self._fitted()
        return self._model().write(
            folder,
            name=name,
            parameters={"n_clusters": self.n_clusters, "objective": self.objective},
            metrics={
                "proportions": self.proportions_.tolist(),
                "evidence": {str(key): value for key, value in self.evidence_.items()},
                "information_nats": self.information_,
                "losses": self.losses_,
            },
            training={"steps": self.n_iter_},
        )

    @classmethod
    def load(cls, source: Path | str) -> Self:
        """A fitted estimator from a bundle, by name or folder.

        It has no labels_, representatives_ or confidence_: those belong to the items of the fit.

        Raises:
            BundleError: there is no such bundle of this kind, or any byte of it is changed.
        """
        model, bundle = ClusterModel.read(source)
        answer = cls(**dict(bundle.parameters))
        answer.model_ = model
        answer.item_shape_ = model.shape
        answer.n_features_in_ = model.shape[0]
        answer.n_clusters_, answer._n_features_out = model.centres.shape
        answer.cluster_centers_ = model.centres
        answer.proportions_ = np.asarray(bundle.metrics["proportions"])
        answer.evidence_ = {int(key): one for key, one in bundle.metrics["evidence"].items()}
        answer.information_ = list(bundle.metrics["information_nats"])
        answer.losses_ = list(bundle.metrics["losses"])
        answer.n_iter_ = int(bundle.training["steps"])
        return answer

    # ---- within

    def _validated(self, X: ArrayLike, *, reset: bool = False) -> NDArray[Any]:
        """The items as an array of numbers of the right shape, or one sentence why not."""
        asked = getattr(X, "shape", ())
        try:
            items: NDArray[Any] = validate_data(
                self,
                X,
                reset=reset,
                allow_nd=True,
                ensure_all_finite=False,
                ensure_min_samples=2 if reset else 1,
                skip_check_array=False,
            )
        except ValueError as error:
            if not reset and len(asked) > 1 and tuple(asked[1:]) != self.item_shape_:
                require_shape(np.empty((1, *asked[1:]), np.int8), self.item_shape_)
            raise ArrayError(str(error)) from None
        if items.ndim > 4:
            raise ArrayError(
                f"X has the shape {items.shape}; give (n, features) or "
                "(n, height, width[, channels])"
            )
        require_finite(items)
        if items.dtype == bool:
            items = items.astype(np.uint8) * np.uint8(255)
        if not reset:
            require_shape(items, self.item_shape_)
            self._model().scaling.require_same_units(items)
        elif self.n_clusters is not None and len(items) < self.n_clusters:
            raise ArrayError(
                f"n_samples={len(items)} should be >= n_clusters={self.n_clusters}: ask for fewer "
                "clusters or give more items"
            )
        return items

    def _fitted(self) -> None:
        if getattr(self, "model_", None) is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: call fit or load first"
            )

    def _model(self) -> ClusterModel:
        model: ClusterModel = self.model_
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
