"""Likelihood regret: how much better an item could be explained than the encoder explains it.

An encoder has learned to explain what it has seen. An item for which another p(z|x) would be far
better is of another kind, even where its density is high (Xiao et al., Likelihood regret, 2020):
LR(x) = max over p of the evidence lower bound, less the bound with the encoder's p(z|x).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gezhi.latent.density.head import conditional, log_prior
from gezhi.latent.density.weights import run_mlp

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report
    from gezhi.latent.density.model import DensityModel

__all__ = ["likelihood_regret"]

_LOG_2PI = math.log(2 * math.pi)
_DRAWS = 8
_ROWS = 64


def likelihood_regret(
    model: DensityModel,
    items: Any,
    *,
    steps: int = 100,
    rate: float = 0.05,
    report: Report | None = None,
) -> NDArray[np.float64]:
    """The regret of each item, nats, (n,), 0 or more; more is more unusual.

    Mean and variance of p(z|x) follow Adam for so many steps, from the encoder's own, with the
    same eight draws in all: what is compared are two bounds on the same noise.
    """
    numbers = model.coding.numbers(items)
    noise = np.random.default_rng(model.seed).standard_normal((_DRAWS, model.latent))
    weights = {name: torch.from_numpy(one) for name, one in model.weights.items()}
    found = []
    for begin in range(0, len(numbers), _ROWS):
        rows = numbers[begin : begin + _ROWS]
        found.append(_regret(model, weights, rows, torch.from_numpy(noise), steps, rate))
        if report is not None:
            report(min(begin + _ROWS, len(numbers)), len(numbers), "")
    return np.concatenate(found)


def _regret(
    model: DensityModel,
    weights: dict[str, Tensor],
    rows: NDArray[np.float64],
    noise: Tensor,
    steps: int,
    rate: float,
) -> NDArray[np.float64]:
    mean, log_variance = (torch.tensor(one, requires_grad=True) for one in model.posterior(rows))
    x, looks = torch.from_numpy(rows), model.looks(rows)
    near = None if looks is None else torch.from_numpy(looks)
    optimiser = torch.optim.Adam([mean, log_variance], lr=rate)
    best: Tensor | None = None
    first: Tensor | None = None
    for _ in range(steps + 1):
        bound = _bound(model, weights, x, near, mean, log_variance.clamp(-10.0, 4.0), noise)
        now = bound.detach()
        first = now if first is None else first
        best = now if best is None else torch.maximum(best, now)
        optimiser.zero_grad()
        (-bound.sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert best is not None
    assert first is not None
    return np.asarray((best - first).numpy())


def _bound(
    model: DensityModel,
    weights: dict[str, Tensor],
    x: Tensor,
    near: Tensor | None,
    mean: Tensor,
    log_variance: Tensor,
    noise: Tensor,
) -> Tensor:
    """The evidence lower bound of each row, by the given draws."""
    total = torch.zeros(len(x), dtype=torch.float64)
    head = {name.removeprefix("head."): one for name, one in weights.items()
            if name.startswith("head.")}  # fmt: skip
    names = [] if model.prior is None else list(model.prior)
    prior = {name: weights[f"prior.{name}"] for name in names} or None
    for one in noise:
        z = mean + one * torch.exp(0.5 * log_variance)
        decoded = run_mlp(weights, "decoder", z).view(len(x), -1, model.gates)
        given = conditional(torch, model.context, model.coding.likelihood, head, decoded, near)
        said = model.coding.likelihood.log_probability(torch, x, given, weights["table"]).sum(-1)
        posterior = -0.5 * (one**2 + log_variance + _LOG_2PI).sum(-1)
        total = total + said + log_prior(torch, prior, z) - posterior
    return total / len(noise)
