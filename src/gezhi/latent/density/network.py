"""The network of `DensityVAE` in torch: encoder p(z|x), prior q(z), decoder q(x|z)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gezhi.latent.density.context import Context
from gezhi.latent.density.head import conditional, head_shapes, log_prior
from gezhi.latent.density.likelihoods import Likelihood

__all__ = ["DensityNetwork", "Residual", "residual_mlp"]

_LOG_2PI = math.log(2 * math.pi)


class Residual(nn.Module):
    """x + W₂ relu(norm(W₁ relu(norm(x)))) (He et al., Identity mappings, 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width),
            nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, (n, width)."""
        moved: Tensor = x + self.path(x)
        return moved


def residual_mlp(inputs: int, outputs: int, width: int, blocks: int) -> nn.Sequential:
    """Linear, residual blocks, norm, relu, linear.

    On a CPU it is several times quicker than small convolutions.
    """
    return nn.Sequential(
        nn.Linear(inputs, width),
        *(Residual(width) for _ in range(blocks)),
        nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, outputs),
    )  # fmt: skip


class DensityNetwork(nn.Module):
    """Encoder, prior and decoder over the variables of flat items.

    Args:
        inputs: numbers that the networks see of an item.
        variables: numbers of an item, whose chances are asked.
        context: which inputs each variable may look at.
        likelihood: of the variables.
        latent: numbers in z.
        width, blocks: of encoder and decoder.
        gates: numbers that the decoder says of each variable.
        prior: normal distributions that q(z) is mixed of; 1 is N(0, 1) and learns nothing.
    """

    def __init__(
        self,
        inputs: int,
        variables: int,
        context: Context,
        likelihood: Likelihood,
        *,
        latent: int = 40,
        width: int = 512,
        blocks: int = 2,
        gates: int = 8,
        prior: int = 1,
    ) -> None:
        super().__init__()
        self.context, self.likelihood, self.latent = context, likelihood, latent
        self.variables, self.gates = variables, gates
        self.encoder = residual_mlp(inputs, 2 * latent, width, blocks)
        self.decoder = residual_mlp(latent, variables * gates, width, blocks)
        self.head = nn.ParameterDict(
            {
                name: nn.Parameter(_started(name, shape, likelihood))
                for name, shape in head_shapes(context, likelihood, gates, variables).items()
            }
        )
        rows = 1 if context.shared or not likelihood.tabled else variables
        self.table = nn.Parameter(torch.zeros(rows, 256 if likelihood.tabled else 1))
        #: Steps of training so far; with the weights, so that a resumed training knows them.
        self.steps: Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.prior: nn.ParameterDict | None = None
        if prior > 1:
            self.prior = nn.ParameterDict(
                {
                    "weights": nn.Parameter(torch.zeros(prior)),
                    "means": nn.Parameter(torch.randn(prior, latent)),
                    "log_variances": nn.Parameter(torch.zeros(prior, latent)),
                }
            )

    def encode(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (n, latent) of p(z|x)."""
        mean, log_variance = self.encoder(inputs).float().chunk(2, -1)
        return mean, log_variance.clamp(-10.0, 4.0)

    def log_prior(self, z: Tensor) -> Tensor:
        """log q(z), nats, (n,)."""
        prior: Tensor = log_prior(torch, None if self.prior is None else dict(self.prior), z)
        return prior

    def log_likelihood(self, x: Tensor, inputs: Tensor, z: Tensor) -> Tensor:
        """log q(x|z), nats, (n,), of values x (n, variables) and what networks see of them."""
        decoded = self.decoder(z).view(len(z), self.variables, self.gates)
        looks = None
        if self.context.looks:
            padded = torch.cat([inputs, torch.zeros_like(inputs[:, :1])], 1)
            looks = self.context.look(padded.to(decoded.dtype))
        given = conditional(torch, self.context, self.likelihood, dict(self.head), decoded, looks)
        given = [group.float() for group in given]
        logs: Tensor = self.likelihood.log_probability(torch, x, given, self.table)
        return logs.sum(-1)

    def forward(self, x: Tensor, inputs: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log q(x|z) and log q(z)/p(z|x) of draws of z, nats, (n, samples) each.

        With several samples the gradient towards the encoder is that of DReG (Tucker et al.,
        2019, eq. 8): through z alone, weighted once more, since that of IWAE drowns in noise.
        """
        mean, log_variance = self.encode(inputs)
        if samples > 1:
            mean, log_variance, x, inputs = (
                one.repeat_interleave(samples, 0) for one in (mean, log_variance, x, inputs)
            )
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        if samples > 1:
            mean, log_variance = mean.detach(), log_variance.detach()
        distance = (z - mean) ** 2 * torch.exp(-log_variance)
        posterior = -0.5 * (distance + log_variance + _LOG_2PI).sum(-1)
        ratio = self.log_prior(z) - posterior
        said = self.log_likelihood(x, inputs, z)
        said, ratio = said.view(-1, samples), ratio.view(-1, samples)
        if samples > 1 and z.requires_grad:
            weights = torch.softmax((said + ratio).detach(), 1).view(-1, 1)
            z.register_hook(lambda gradient: gradient * weights)  # type: ignore[no-untyped-call]
        return said, ratio


def _started(name: str, shape: tuple[int, ...], likelihood: Likelihood) -> Tensor:
    """Weights before training: neighbours say nothing yet, components stand apart."""
    if name.startswith("mix"):
        return 0.5 * torch.randn(shape) / math.sqrt(shape[1])
    if name == "filters":
        return 0.05 * torch.randn(shape)
    start = torch.zeros(shape)
    if name == f"bias{likelihood.located}" and shape[-1] > 1:
        start += likelihood.step * torch.linspace(-1.0, 1.0, shape[-1])
    return start
