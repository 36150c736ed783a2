"""`DensityModel`: a fitted VAE that scores, draws and explains in float64, without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.latent.density.coding import Coding
from gezhi.latent.density.context import Context
from gezhi.latent.density.head import conditional, log_prior
from gezhi.latent.density.likelihoods import log_softmax
from gezhi.latent.density.weights import Storage, packed, run_mlp, unpacked

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.kernel.progress import Report

__all__ = ["KIND", "DensityModel", "Floats", "Scores"]

KIND = "density-vae"
_WEIGHTS = "weights.npz"
_LOG_2PI = math.log(2 * math.pi)
_DRAWS_A_STEP = 256

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """What importance sampling found for each item.

    Attributes:
        log_density: (n,) estimates of log p(x), nats, in the units of the items.
        standard_error: (n,) of each estimate, nats, by the spread of the weights.
        effective_draws: (n,) how many equal draws the weighted ones are worth.
        bound: (n,) the evidence lower bound, nats: the mean of the logarithms.
        by_variable: (n, variables) of log q(x_i|z, x_<i), averaged over z as x makes it likely.
    """

    log_density: Floats
    standard_error: Floats
    effective_draws: Floats
    bound: Floats
    by_variable: Floats


@dataclass(frozen=True)
class DensityModel:
    """A VAE's weights, and how items become numbers.

    q(x) = E_{z~p(z|x)}[q(x|z) q(z) / p(z|x)] is estimated by the mean over draws of z. All items
    meet the same noise, drawn from `seed`, so that an item's score depends on the item alone.
    """

    coding: Coding
    weights: Mapping[str, Floats]
    latent: int
    gates: int
    seed: int = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def context(self) -> Context:
        """What each variable may look at."""
        return self.coding.context()

    @cached_property
    def head(self) -> dict[str, Floats]:
        """The weights of `gezhi.latent.density.head.conditional`."""
        return {
            name.removeprefix("head."): array
            for name, array in self.weights.items()
            if name.startswith("head.")
        }

    # ---- the parts, by numbers

    def posterior(self, numbers: Floats) -> tuple[Floats, Floats]:
        """Mean and log variance (n, latent) of p(z|x)."""
        both: Floats = run_mlp(self.weights, "encoder", self.coding.seen(numbers))
        return both[:, : self.latent], both[:, self.latent :].clip(-10.0, 4.0)

    def decoded(self, z: Floats) -> Floats:
        """(n, variables, gates) of z (n, latent)."""
        flat: Floats = run_mlp(self.weights, "decoder", z)
        return flat.reshape(len(z), -1, self.gates)

    def looks(self, numbers: Floats) -> Floats | None:
        """(n, variables, looks), or None where no variable looks at another."""
        if not self.context.looks:
            return None
        seen = self.coding.seen(numbers)
        padded = np.concatenate([seen, np.zeros((len(seen), 1))], 1)
        looked: Floats = self.context.look(padded)
        return looked

    @cached_property
    def prior(self) -> dict[str, Floats] | None:
        """The mixture that q(z) is, or None where it is N(0, 1)."""
        names = ("weights", "means", "log_variances")
        mixed = "prior.means" in self.weights
        return {name: self.weights[f"prior.{name}"] for name in names} if mixed else None

    def log_prior(self, z: Floats) -> Floats:
        """log q(z), nats, (n,)."""
        return np.asarray(log_prior(np, self.prior, z))

    # ---- scores

    def scores(self, items: Any, *, n_importance: int = 64, report: Report | None = None) -> Scores:
        """Estimate log p(x) of each item with exactly so many draws of z.

        Raises:
            ArrayError: items of another shape or values than the model was fitted on.
            ParameterError: `n_importance` is below 1.
        """
        if not isinstance(n_importance, int | np.integer) or n_importance < 1:
            raise ParameterError(
                f"n_importance must be a whole number from 1, not {n_importance!r}"
            )
        numbers = self.coding.numbers(items)
        noise = np.random.default_rng(self.seed).standard_normal((int(n_importance), self.latent))
        found = []
        rows = max(1, _DRAWS_A_STEP // len(noise))
        for begin in range(0, len(numbers), rows):
            found += list(self._scored(numbers[begin : begin + rows], noise))
            if report is not None:
                report(min(begin + rows, len(numbers)), len(numbers), "")
        columns = [np.array(column) for column in zip(*found, strict=True)]
        shift = self.coding.log_jacobian
        log_density, error, effective, bound, by_variable = columns
        return Scores(
            log_density + shift.sum(), error, effective, bound + shift.sum(), by_variable + shift
        )

    def _scored(self, numbers: Floats, noise: Floats) -> Iterator[tuple[Any, ...]]:
        """Of each row: log of the mean weight, its error, effective draws, bound, by variable."""
        means, log_variances = self.posterior(numbers)
        looks = self.looks(numbers)
        for row, mean, log_variance in zip(numbers, means, log_variances, strict=True):
            number = len(noise)
            logs, totals = [], []
            near = None if looks is None else looks[:1]
            looks = None if looks is None else looks[1:]
            for begin in range(0, number, _DRAWS_A_STEP):
                some = noise[begin : begin + _DRAWS_A_STEP]
                z = mean + some * np.exp(0.5 * log_variance)
                given = conditional(
                    np, self.context, self.coding.likelihood, self.head, self.decoded(z), near
                )
                said = self.coding.likelihood.log_probability(
                    np, row[None], given, self.weights["table"]
                )
                posterior = -0.5 * (some**2 + log_variance + _LOG_2PI).sum(-1)
                logs.append(said)
                totals.append(said.sum(-1) + self.log_prior(z) - posterior)
            total = np.concatenate(totals)
            weights = np.exp(total - total.max())
            mean_weight = weights.mean()
            spread = weights.std(ddof=1) if number > 1 else math.nan
            yield (
                total.max() + math.log(mean_weight),
                spread / mean_weight / math.sqrt(number),
                weights.sum() ** 2 / (weights**2).sum(),
                total.mean(),
                weights @ np.concatenate(logs) / weights.sum(),
            )

    def surprise(self, scores: Scores) -> Floats:
        """(n, variables): how much less likely each cell was than it is on average, nats."""
        typical = self.weights.get("typical", scores.by_variable.mean(0))
        return np.asarray(typical - scores.by_variable)

    def transform(self, items: Any) -> Floats:
        """The mean of p(z|x), (n, latent)."""
        return self.posterior(self.coding.numbers(items))[0]

    # ---- draws

    def sample(self, n: int = 1, *, random: np.random.Generator | None = None) -> NDArray[Any]:
        """Draw new items, (n, *shape), of the type that was fitted.

        Raises:
            ParameterError: `n` is below 1.
        """
        if not isinstance(n, int | np.integer) or n < 1:
            raise ParameterError(f"n must be a whole number from 1, not {n!r}")
        random = random or np.random.default_rng()
        return self.coding.items(self._drawn(self._prior_draws(int(n), random), random))

    def reconstruct(self, items: Any) -> NDArray[np.float64]:
        """What the model expects each cell to be, given z of the item and the cells before it."""
        numbers = self.coding.numbers(items)
        given = conditional(
            np,
            self.context,
            self.coding.likelihood,
            self.head,
            self.decoded(self.posterior(numbers)[0]),
            self.looks(numbers),
        )
        expected = self.coding.likelihood.mean(given, self.weights["table"])
        if not self.coding.whole:
            return np.asarray(self.coding.items(expected), np.float64)
        return np.asarray(expected.reshape(-1, *self.coding.shape))

    def _prior_draws(self, n: int, random: np.random.Generator) -> Floats:
        z = random.standard_normal((n, self.latent))
        if "prior.means" not in self.weights:
            return z
        chances = np.exp(log_softmax(np, self.weights["prior.weights"]))
        which = random.choice(len(chances), size=n, p=chances / chances.sum())
        spread = np.exp(0.5 * self.weights["prior.log_variances"].clip(-8.0, 4.0))
        return np.asarray(self.weights["prior.means"][which] + spread[which] * z)

    def _drawn(self, z: Floats, random: np.random.Generator) -> Floats:
        decoded, variables = self.decoded(z), self.coding.variables
        if not self.context.looks:
            given = conditional(np, self.context, self.coding.likelihood, self.head, decoded, None)
            drawn = self.coding.likelihood.draw(random, given, self.weights["table"])
            return np.asarray(drawn)
        numbers = np.zeros((len(z), variables))
        for i in range(variables):
            seen = self.coding.seen(numbers)
            padded = np.concatenate([seen, np.zeros((len(seen), 1))], 1)
            near = padded[:, None, self.context.index[i]]
            given = self.given_at(i, decoded[:, i : i + 1], near)
            numbers[:, i] = self.draw_at(i, given, random)
        return numbers

    def given_at(self, i: int, decoded: Floats, near: Floats | None) -> list[Floats]:
        """The parameters of variable i alone, (n, 1, size) each."""
        return conditional(np, self.context, self.coding.likelihood, self.head_at(i), decoded, near)

    def head_at(self, i: int) -> dict[str, Floats]:
        """The head's weights, cut to variable i."""
        cut = slice(i, i + 1)
        whole = self.context.shared
        return {
            name: array if whole and not name.startswith(("bias", "own")) else array[cut]
            for name, array in self.head.items()
        }

    def table_at(self, i: int) -> Floats:
        """The table of variable i, (1, 256)."""
        table = self.weights["table"]
        return table if len(table) == 1 else table[i : i + 1]

    def draw_at(self, i: int, given: list[Floats], random: np.random.Generator) -> Floats:
        """Draw variable i alone, (n,)."""
        from gezhi.latent.density.likelihoods import Mixed

        likelihood = self.coding.likelihood
        if isinstance(likelihood, Mixed):
            likelihood, given = likelihood.only(i, given)
        drawn: Floats = likelihood.draw(random, given, self.table_at(i))[:, 0]
        return drawn

    # ---- bundles

    def save(
        self, folder: Path | str, *, name: str = "fitted", storage: Storage = "float32"
    ) -> Bundle:
        """Write the model as a bundle that `load` and the command line open."""
        from gezhi.kernel.bundle import write_bundle

        shape: list[Any] = ["n", *self.coding.shape]
        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files={_WEIGHTS: packed(self.weights, storage)},
            parameters={"latent": self.latent, "gates": self.gates, "seed": self.seed},
            inputs={"items": shape},
            outputs={"log_density": ["n"]},
            preprocessing=self.coding.describe(),
            metrics=dict(self.metrics),
            training=dict(self.training),
        )

    @classmethod
    def load(cls, source: Path | str) -> DensityModel:
        """A model from a bundle's name or folder.

        Raises:
            BundleError: it is no bundle of this kind, or is damaged.
        """
        from gezhi.kernel.registry import find_bundle

        return cls.from_bundle(find_bundle(source, kind=KIND))

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> DensityModel:
        """A model from a verified bundle."""
        if bundle.kind != KIND:
            raise BundleError(f"{bundle.folder} is a model of kind {bundle.kind}, not {KIND}")
        return cls(
            coding=Coding.from_description(bundle.preprocessing),
            weights=unpacked(bundle.path(_WEIGHTS).read_bytes()),
            metrics=bundle.metrics,
            training=bundle.training,
            **bundle.parameters,
        )
