"""`OGAN`: generate, encode, compare and edit pictures, with the conventions of scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from gezhi.errors import ArrayError, ParameterError
from gezhi.kernel.extras import require
from gezhi.latent.ogan.model import OGANModel, between, direction_of
from gezhi.latent.ogan.prior import CodePrior
from gezhi.latent.ogan.scaling import Scaling, as_pictures

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.kernel.progress import Report

__all__ = ["OGAN"]

_OBJECTIVES = ("relativistic", "hinge", "wgan-gp", "qp")
_FEW = 20_000
_AS_THEY_ARE, _MOVED = (1.0, 0.1), (0.0, 0.0)  # likeness and noise
_ORIGINAL = 0.5  # λ
_Floats = NDArray[np.float64]


class OGAN(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A generative adversarial network whose discriminator is also its encoder.

    The encoder gives n numbers v = E(x). Their average judges whether x is real, and their
    direction N(v) = (v − avg v) / std v is the code of x, tied to z by Pearson's ρ(z, E(G(z)))
    (O-GAN, arXiv 1903.01931; https://kexue.fm/archives/6409). Training needs the extra `train`; a
    saved model works without it (`OGANModel`).

    Args:
        code_dim: n, numbers in z, 3 or more.
        objective: ``"relativistic"`` (with R1 and R2), ``"hinge"``, ``"wgan-gp"`` or ``"qp"``
            (the original's, with RMSprop).
        correlation: λ of ρ in both losses; 0 trains the plain GAN, None is the objective's own,
            and the original's 0.5 where pictures are moved.
        own_codes: share of z in a batch that are codes of real pictures instead of draws, in
            [0, 0.9]: more makes reconstructions better and draws less good. It is no part of the
            original; pixels are compared by no loss.
        likeness: weight in G's loss of what the encoder's features of G(N(E(x))) are off those of
            x, over the own codes; no part of the original either. None is 1, and 0 where pictures
            are moved (``augment``), which it cannot bear.
        noise: deviation of Gaussian noise on what the encoder looks at when it begins to learn, of
            pixels in [−1, 1], and less and less: codes then hold what is seen, not what is hidden
            in single pixels. None is 0.1, and 0 where pictures are moved.
        n_steps: of each network; None for what suits the pictures.
        batch_size: pictures a step, 2 or more.
        learning_rate: the largest of the schedule, in (0, 1); None for the objective's own.
        penalty: γ of R1 and R2, or the weight of the objective's own penalty; None for its own.
        channels: at a resolution of 16.
        blocks: at each resolution.
        augment: whether pictures are moved before they are judged, as far as keeps the judge
            unsure; ``"auto"`` does so for fewer than 20,000.
        random_state: seed, `numpy.random.RandomState` or None; nothing global is seeded.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        checkpoint: file that every round is written to, and read from where it exists.
        report: called with steps done, steps in all and a message.

    Attributes:
        model_: the `OGANModel` that answers.
        codes_: of the pictures of `fit`, (n, code_dim) float32; None after `load`.
        history_: one mapping a round: step, seconds, losses, ρ, spread of what is generated.
        n_iter_: steps of the training.
        item_shape_: of one picture.

    >>> X = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    >>> gan = OGAN(code_dim=8, n_steps=4, batch_size=8, channels=16, random_state=0).fit(X)
    >>> gan.transform(X).shape, gan.sample(3).shape, gan.reconstruct(X[:2]).dtype
    ((40, 8), (3, 8, 8), dtype('uint8'))
    """

    def __init__(
        self,
        *,
        code_dim: int = 128,
        objective: str = "relativistic",
        correlation: float | None = None,
        own_codes: float = 0.5,
        likeness: float | None = None,
        noise: float | None = None,
        n_steps: int | None = None,
        batch_size: int = 64,
        learning_rate: float | None = None,
        penalty: float | None = None,
        channels: int = 24,
        blocks: int = 1,
        augment: bool | str = "auto",
        random_state: Any = None,
        device: str = "auto",
        checkpoint: Path | str | None = None,
        report: Report | None = None,
    ) -> None:
        self.code_dim = code_dim
        self.objective = objective
        self.correlation = correlation
        self.own_codes = own_codes
        self.likeness = likeness
        self.noise = noise
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.penalty = penalty
        self.channels = channels
        self.blocks = blocks
        self.augment = augment
        self.random_state = random_state
        self.device = device
        self.checkpoint = checkpoint
        self.report = report

    # ---- learning

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn from pictures (n, height, width[, channels]), uint8 or float; y is not looked at.

        Raises:
            ParameterError: a parameter is out of its range, or the training diverged.
            ArrayError: ``X`` has a NaN, is no pictures, or fewer than a batch.
            MissingExtra: torch is not installed.
        """
        self._check_parameters()
        pictures = as_pictures(X)
        if len(pictures) < self.batch_size:
            raise ArrayError(
                f"X holds {len(pictures)} pictures, fewer than a batch of {self.batch_size}: give "
                "more, or a smaller batch_size"
            )
        require("torch", "train")
        require("onnx", "train")
        from gezhi.latent.ogan.export import export_networks
        from gezhi.latent.ogan.networks import Shape
        from gezhi.latent.ogan.training import train_networks

        scaling = Scaling.of(pictures)
        shape = Shape(*scaling.full_shape, self.code_dim, self.channels, self.blocks)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        done = train_networks(
            pictures.reshape(len(pictures), *scaling.full_shape),
            scaling,
            shape,
            self._settings(len(pictures)),
            seed=seed,
            device=self.device,
            checkpoint=None if self.checkpoint is None else Path(self.checkpoint),
            report=self.report,
        )
        self.history_ = done.history
        self.n_iter_ = done.step
        files = export_networks(done.kept_generator, done.kept_encoder)
        metrics = {"last_round": done.history[-1]}
        training = {"steps": done.step, "seconds": done.seconds, "items": len(pictures)}
        model = OGANModel(files, scaling, self.code_dim, {}, metrics, training)
        codes = model.encode(pictures).codes
        self._keep(replace(model, prior=CodePrior.fitted(codes, seed)))
        self.codes_: NDArray[np.float32] | None = codes.astype(np.float32)
        return self

    def _settings(self, pictures: int) -> Any:
        from gezhi.latent.ogan.objectives import OBJECTIVES
        from gezhi.latent.ogan.settings import Settings

        moved = pictures < _FEW if self.augment == "auto" else bool(self.augment)
        likeness, noise = _MOVED if moved else _AS_THEY_ARE
        likeness = likeness if self.likeness is None else float(self.likeness)
        noise = noise if self.noise is None else float(self.noise)
        tie = self.correlation
        if tie is None:
            tie = _ORIGINAL if moved else OBJECTIVES[self.objective].correlation
        given: dict[str, Any] = {
            "objective": self.objective,
            "batch_size": int(self.batch_size),
            "correlation": float(tie),
            "own_codes": float(self.own_codes) if tie else 0.0,
            "likeness": likeness,
            "noise": noise,
            "penalty": self.penalty,
            "augment": moved,
        }
        if self.n_steps is not None:
            given["steps"] = int(self.n_steps)
        rate = self.learning_rate
        given["learning_rate"] = OBJECTIVES[self.objective].rate if rate is None else float(rate)
        return Settings(**given)

    # ---- asking

    def transform(self, X: ArrayLike) -> _Floats:
        """The codes N(E(x)), (n, code_dim): of mean 0 and mean square 1."""
        return self._fitted().encode(X).codes

    def inverse_transform(self, Z: ArrayLike) -> NDArray[Any]:
        """Pictures of the shape, type and range of those learnt from, of any rows (n, code_dim)."""
        return self._fitted().decode(Z)

    def reconstruct(self, X: ArrayLike) -> NDArray[Any]:
        """G(N(E(x))): what the code of each picture keeps of it."""
        return self._fitted().reconstruct(X)

    def score_real(self, X: ArrayLike) -> _Floats:
        """The judgement avg(E(x)), (n,): more is more real. Comparable within one model only."""
        return self._fitted().encode(X).judgements

    def sample(
        self, n_samples: int = 1, *, random_state: Any = None, prior: str | None = None
    ) -> NDArray[Any]:
        """New pictures. ``random_state`` defaults to the estimator's.

        Args:
            n_samples: how many.
            random_state: seed, `numpy.random.RandomState` or None.
            prior: ``"codes"`` draws codes from where those of real pictures lie, ``"normal"``
                z ~ N(0, 1) as the original; None is the first that the model has.

        Raises:
            ParameterError: ``n_samples`` is below 1, or there is no such prior.
        """
        model = self._fitted()
        if not isinstance(n_samples, int | np.integer) or n_samples < 1:
            raise ParameterError(f"n_samples must be a whole number from 1, not {n_samples!r}")
        state = check_random_state(self.random_state if random_state is None else random_state)
        return model.decode(model.draw(int(n_samples), state, prior=prior))

    def interpolate(self, a: ArrayLike, b: ArrayLike, steps: int = 8) -> NDArray[Any]:
        """Pictures (steps, …) from the reconstruction of one picture to that of another.

        Raises:
            ParameterError: fewer than 2 steps.
            ArrayError: not one picture each.
        """
        model = self._fitted()
        first, second = (model.encode(one).codes for one in (a, b))
        if len(first) != 1 or len(second) != 1:
            raise ArrayError("a and b must be one picture each")
        return model.decode(between(first[0], second[0], steps))

    def edit_direction(self, without: ArrayLike, having: ArrayLike) -> _Floats:
        """The direction of codes from one group of pictures to another, (code_dim,).

        ``inverse_transform(transform(x) + strength * direction)`` gives x more of it.

        Raises:
            ArrayError: a group has fewer than two pictures.
        """
        model = self._fitted()
        return direction_of(model.encode(without).codes, model.encode(having).codes)

    def neighbors(self, X: ArrayLike, n_neighbors: int = 5) -> tuple[NDArray[np.int64], _Floats]:
        """The pictures of `fit` that are nearest by code, and ρ with each.

        Returns:
            Numbers (n, n_neighbors) of pictures, nearest first, and ρ, (n, n_neighbors).

        Raises:
            ParameterError: more neighbours than pictures, or the model was loaded.
        """
        codes = getattr(self, "codes_", None)
        model = self._fitted()
        if codes is None:
            raise ParameterError(
                "neighbors needs the pictures of fit, which a bundle does not hold"
            )
        if not 1 <= n_neighbors <= len(codes):
            raise ParameterError(f"n_neighbors must be from 1 to {len(codes)}, not {n_neighbors!r}")
        return _nearest(model.encode(X).codes, codes, n_neighbors)

    # ---- keeping

    def save(self, folder: Path | str, *, name: str = "fitted") -> Bundle:
        """Write the model as a bundle that `load` opens; codes_ are not in it."""
        return self._fitted().save(folder, name=name)

    @classmethod
    def load(cls, source: Path | str) -> Self:
        """A fitted estimator from a bundle's name or folder; it has no codes_.

        Raises:
            BundleError: there is no such bundle of this kind, or any byte of it is changed.
        """
        model = OGANModel.load(source)
        answer = cls(code_dim=model.code)
        answer.codes_ = None
        answer.history_ = [dict(model.metrics.get("last_round", {}))]
        answer.n_iter_ = int(model.training.get("steps", 0))
        answer._keep(model)
        return answer

    # ---- within

    def _keep(self, model: OGANModel) -> None:
        self.model_ = model
        self.item_shape_ = model.scaling.shape
        self._n_features_out = model.code

    def with_directions(self, **directions: ArrayLike) -> Self:
        """Give the model named directions, which its bundle then holds. Returns self."""
        model = self._fitted()
        found = {name: np.asarray(one, np.float64) for name, one in directions.items()}
        for name, one in found.items():
            if one.shape != (model.code,):
                raise ArrayError(f"the direction {name} must have {model.code} numbers")
        self._keep(replace(model, directions={**model.directions, **found}))
        return self

    def _fitted(self) -> OGANModel:
        model: OGANModel | None = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: call fit or load first"
            )
        return model

    def _check_parameters(self) -> None:
        if self.objective not in _OBJECTIVES:
            raise ParameterError(
                f"objective must be one of {', '.join(_OBJECTIVES)}, not {self.objective!r}"
            )
        for name, least in (
            ("code_dim", 3), ("n_steps", 1), ("batch_size", 2), ("channels", 1), ("blocks", 1)
        ):  # fmt: skip
            value = getattr(self, name)
            if value is None and name == "n_steps":
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(f"{name} must be a whole number from {least}, not {value!r}")
        if self.augment not in ("auto", True, False):
            raise ParameterError(f"augment must be 'auto', True or False, not {self.augment!r}")
        for name, optional, zero in (
            ("learning_rate", True, False), ("penalty", True, True),
            ("correlation", True, True), ("own_codes", False, True), ("likeness", True, True),
            ("noise", True, True),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is None and optional:
                continue
            most = 1.0 if name == "learning_rate" else 0.9 if name == "own_codes" else 1000.0
            real = isinstance(value, int | float | np.floating) and not isinstance(value, bool)
            if not real or not (value >= 0 if zero else value > 0) or not value <= most:
                begin = "[0" if zero else "(0"
                raise ParameterError(f"{name} must lie in {begin}, {most:g}], not {value!r}")


def _nearest(asked: _Floats, codes: NDArray[Any], number: int) -> tuple[NDArray[np.int64], _Floats]:
    """Of each code the most correlated among others: their numbers and ρ, nearest first."""
    found, near = [], []
    for block in np.array_split(asked, max(1, -(-len(asked) // 256))):
        rho = block.astype(np.float32) @ codes.T / codes.shape[1]
        best = np.argpartition(-rho, number - 1, axis=1)[:, :number]
        values = np.take_along_axis(rho, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        found.append(np.take_along_axis(best, order, axis=1))
        near.append(np.take_along_axis(values, order, axis=1))
    return np.concatenate(found).astype(np.int64), np.concatenate(near).astype(np.float64)
