"""`DensityVAE`: log p(x) of pictures and rows, with the conventions of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, DensityMixin, OutlierMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from gezhi.errors import ParameterError
from gezhi.kernel.extras import require
from gezhi.latent.density.anomaly import unusual
from gezhi.latent.density.coding import LIKELIHOODS, as_items, binarised, fit_coding
from gezhi.latent.density.model import DensityModel, Scores
from gezhi.latent.density.weights import rounded

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.kernel.progress import Report
    from gezhi.latent.density.weights import Storage

__all__ = ["DensityVAE", "Floats"]

Floats = NDArray[np.float64]
_PRIORS = ("mixture", "normal")
_COMPONENTS = 20


class DensityVAE(OutlierMixin, TransformerMixin, DensityMixin, BaseEstimator):  # type: ignore[misc]
    """A variational autoencoder read as importance sampling.

    q(x) = E_{z~p(z|x)}[q(x|z) q(z) / p(z|x)] (kexue.fm 5343): the encoder proposes z, the decoder
    and the prior say how likely x is with it. A decoder may also look at the cells before a cell.
    Training needs the extra `train`; a saved model scores without it (`DensityModel`).

    Args:
        likelihood: ``"bernoulli"`` (bits; grey levels in [0, 1] are drawn anew at each step),
            ``"bytes"`` (whole numbers 0 to 255), ``"gaussian"`` or ``"student"`` (mixtures, for
            real columns), or ``"auto"``: by the type of X.
        categorical: columns of X that name kinds, counted from 0.
        latent: numbers in z, None for as many as suit the cells.
        width, blocks: of the residual MLPs of encoder and decoder; None by the number of cells.
        gates: numbers that the decoder says of each cell.
        components: logistics or normal distributions that a cell's chance is mixed of.
        neighbours: whether a cell may look at those before it.
        radius: how far a pixel looks.
        prior: ``"normal"``, N(0, 1), or ``"mixture"``, learned.
        n_samples: M in training; 1 is the VAE, more an importance weighted one.
        epochs: passes over X; None by the number of rows.
        batch_size: rows a step; None by the number of rows.
        learning_rate: the highest of the schedule, in (0, 1).
        n_importance: draws of z for a score.
        contamination: share of X that `predict` calls outliers, in (0, 0.5].
        validation_share: part of X held back to choose the epoch, in [0, 0.5].
        checkpoint: a file; a training that was interrupted goes on from it.
        device: as torch names it, or ``"auto"``.
        random_state: seed, `numpy.random.RandomState` or None; nothing global is seeded.

    Attributes:
        model_: the `DensityModel` that scores.
        n_features_in_: numbers of an item.
        offset_: the score below which `predict` says outlier, nats.
        history_: one mapping an epoch: loss, seconds, and the bound of what was held back.

    >>> X = np.random.default_rng(0).normal(size=(200, 2)) * [1.0, 100.0]
    >>> density = DensityVAE(epochs=2, random_state=0).fit(X)
    >>> density.score_samples(X[:3]).shape
    (3,)
    """

    def __init__(
        self,
        *,
        likelihood: str = "auto",
        categorical: Any = (),
        latent: int | None = None,
        width: int | None = None,
        blocks: int | None = None,
        gates: int = 8,
        components: int | None = None,
        neighbours: bool = True,
        radius: int = 2,
        prior: str = "normal",
        n_samples: int = 1,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float = 2e-3,
        n_importance: int = 64,
        contamination: float = 0.1,
        validation_share: float = 0.1,
        checkpoint: Any = None,
        device: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.likelihood = likelihood
        self.categorical = categorical
        self.latent = latent
        self.width = width
        self.blocks = blocks
        self.gates = gates
        self.components = components
        self.neighbours = neighbours
        self.radius = radius
        self.prior = prior
        self.n_samples = n_samples
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.n_importance = n_importance
        self.contamination = contamination
        self.validation_share = validation_share
        self.checkpoint = checkpoint
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, report: Report | None = None) -> Self:
        """Train on X, (n, features) or (n, height, width[, channels]); y is not looked at.

        Raises:
            ParameterError: a parameter is out of its range; names it, the range and the value.
            ArrayError: X cannot be modelled: NaN, a constant column, one row, values out of range.
            MissingExtra: torch is not installed.
        """
        self._check_parameters()
        coding, numbers = fit_coding(
            X,
            likelihood=self.likelihood,
            categorical=self.categorical,
            components=self.components,
            radius=self.radius,
            neighbours=self.neighbours,
        )
        require("torch", "train")
        from gezhi.latent.density.training import Settings, fit_network

        random = check_random_state(self.random_state)
        seed, noise = (int(random.randint(2**31 - 1)) for _ in range(2))
        order = np.random.default_rng(seed).permutation(len(numbers))
        held = round(self.validation_share * len(numbers)) if len(numbers) >= 20 else 0
        settings = Settings(**self._sizes(len(numbers) - held, coding.variables))
        weights, records = fit_network(
            numbers[order[held:]],
            coding,
            settings,
            held_back=numbers[order[:held]] if held else None,
            seed=seed,
            checkpoint=None if self.checkpoint is None else Path(self.checkpoint),
            report=report,
        )
        self.history_ = [
            {"epoch": one.epoch, "loss": one.loss, "seconds": one.seconds, **one.metrics}
            for one in records
        ]
        last = {"epochs": len(records), "loss": records[-1].loss if records else math.nan}
        training = {"rows": len(numbers), "seed": seed, **last}
        # As they are kept: what this model packs, a saved one unpacks.
        weights = rounded(weights, "float32")
        model = DensityModel(coding, weights, settings.latent, settings.gates, noise, {}, training)
        few = order[: min(len(order), 500)]
        scored = as_items(X)[few]
        if coding.kind == "bernoulli":
            scored = binarised(scored, noise)
        found = model.scores(scored, n_importance=min(self.n_importance, 16))
        self.offset_ = float(np.quantile(found.log_density, self.contamination))
        typical = {"typical": found.by_variable.mean(0)}
        self._keep(replace(model, weights={**weights, **rounded(typical, "float32")}))
        return self

    def scores(
        self, X: Any, *, n_importance: int | None = None, report: Report | None = None
    ) -> Scores:
        """log p(x) with standard errors, effective draws, the bound, and each cell's part."""
        draws = self.n_importance if n_importance is None else n_importance
        return self._fitted().scores(X, n_importance=draws, report=report)

    def score_samples(self, X: Any) -> Floats:
        """Estimates of log p(x), nats, (n,) float64, each by `n_importance` draws of z."""
        return self.scores(X).log_density

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`, nats."""
        return float(self.score_samples(X).mean())

    def decision_function(self, X: Any) -> Floats:
        """`score_samples` above `offset_`; below 0 is an outlier."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """1 of what is usual, −1 of an outlier."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def anomaly_scores(self, X: Any, *, kind: str = "plain") -> Floats:
        """How unusual each item is, nats, (n,); `kind` is one of `gezhi.latent.density.anomaly`.

        ``"plain"`` is −log p(x), ``"complexity"`` the same less what plain packers need, and
        ``"regret"`` how much better another p(z|x) would explain the item.
        """
        model = self._fitted()
        return unusual(model, X, model.scores(X, n_importance=self.n_importance), kind=kind)

    def transform(self, X: Any) -> Floats:
        """The mean of p(z|x), (n, latent)."""
        return self._fitted().transform(X)

    def sample(self, n_samples: int = 1) -> NDArray[Any]:
        """Draw new items, of X's shape and type."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return self._fitted().sample(n_samples, random=np.random.default_rng(seed))

    def reconstruct(self, X: Any) -> Floats:
        """What the model expects of each cell, given z and the cells before it."""
        return self._fitted().reconstruct(X)

    def save(
        self, folder: Path | str, *, name: str = "fitted", storage: Storage = "float32"
    ) -> Bundle:
        """Write the fitted model as a bundle that `load` and the command line open."""
        return self._fitted().save(folder, name=name, storage=storage)

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """A fitted estimator from a bundle's name or folder."""
        model = DensityModel.load(source)
        estimator = cls()
        estimator._keep(model)
        estimator.offset_ = -math.inf
        return estimator

    def _keep(self, model: DensityModel) -> None:
        self.model_ = model
        self.n_features_in_ = model.coding.variables
        self._n_features_out = model.latent

    def _fitted(self) -> DensityModel:
        model: DensityModel | None = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: call fit or load first"
            )
        return model

    def _sizes(self, rows: int, cells: int) -> Mapping[str, Any]:
        """What was not said, by the data: small tables want small networks and many passes."""
        picture = cells >= 64
        batch = self.batch_size or (min(500, max(32, rows // 20)))
        steps = max(rows // min(batch, rows), 1)
        return {
            "latent": self.latent or (40 if picture else min(8, max(2, cells))),
            "width": self.width or (512 if picture else 64),
            "blocks": self.blocks if self.blocks is not None else (2 if picture else 1),
            "gates": self.gates,
            "prior": _COMPONENTS if self.prior == "mixture" else 1,
            "samples": self.n_samples,
            "epochs": self.epochs or max(10, math.ceil(2000 / steps)),
            "batch_size": batch,
            "learning_rate": self.learning_rate,
            "device": self.device,
        }

    def _check_parameters(self) -> None:
        if self.likelihood not in LIKELIHOODS:
            known = ", ".join(LIKELIHOODS)
            raise ParameterError(f"likelihood must be one of {known}, not {self.likelihood!r}")
        if self.prior not in _PRIORS:
            raise ParameterError(f"prior must be one of {', '.join(_PRIORS)}, not {self.prior!r}")
        for name, least, optional in (
            ("latent", 1, True), ("width", 1, True), ("blocks", 0, True), ("gates", 1, False),
            ("components", 1, True), ("radius", 1, False), ("n_samples", 1, False),
            ("epochs", 1, True), ("batch_size", 2, True), ("n_importance", 1, False),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is None and optional:
                continue
            if not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(f"{name} must be a whole number from {least}, not {value!r}")
        for name, low, most in (
            ("learning_rate", 0.0, 1.0), ("contamination", 0.0, 0.5), ("validation_share", -1, 0.5)
        ):  # fmt: skip
            value = getattr(self, name)
            real = isinstance(value, int | float | np.floating)
            if not real or not low < value <= most or value < 0:
                begin = "[0" if low < 0 else "(0"
                raise ParameterError(f"{name} must lie in {begin}, {most:g}], not {value!r}")
