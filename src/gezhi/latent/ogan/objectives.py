"""The adversarial losses of O-GAN by name, each on judgements: more is more real.

The post's signs are turned: it lets the encoder make avg E(x) small, which is the same network
with its last layer negated. Every function is one formula, the mean over a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["OBJECTIVES", "Objective", "gradient_square", "interpolated_penalty", "pixel_distance"]

_Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """What the two networks make small, without the term of ρ.

    Attributes:
        encoder, generator: of judgements of real and of generated pictures, each (b,).
        penalty: what else the encoder pays: ``"distance"`` (GAN-QP), ``"interpolated"``
            (WGAN-GP), ``"both"`` (R1 and R2) or ``"none"``.
        weight: of the penalty.
        rate: the largest learning rate, where none is asked for.
        optimiser: ``"rmsprop"`` or ``"adam"``.
        correlation: λ of ρ, where none is asked for.
    """

    encoder: _Loss
    generator: _Loss
    penalty: str
    weight: float
    rate: float
    optimiser: str = "adam"
    correlation: float = 0.5


def pixel_distance(real: Tensor, fake: Tensor) -> Tensor:
    """‖x − G(z)‖², as the mean over pixels, (b,)."""
    return (real - fake).square().flatten(1).mean(dim=1)


def gradient_square(judgement: Tensor, pictures: Tensor) -> Tensor:
    """‖∇ avg E(x)‖² by pixels, (b,), which can be differentiated again."""
    (gradient,) = torch.autograd.grad(judgement.sum(), pictures, create_graph=True)
    return gradient.float().square().flatten(1).sum(dim=1)


def interpolated_penalty(judge: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """(‖∇ avg E‖ − 1)² between real and generated pictures, (b,) (WGAN-GP, equation 3)."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = torch.lerp(real, fake, share).requires_grad_()
    return ((gradient_square(judge(between), between) + 1e-12).sqrt() - 1).square()


def _relativistic(first: Tensor, second: Tensor) -> Tensor:
    return F.softplus(second - first).mean()


OBJECTIVES: dict[str, Objective] = {
    # GAN-QP (arXiv 1811.07296), as the post has it; λ₁ = 0.25 of the mean over pixels.
    "qp": Objective(
        lambda real, fake: (fake - real).mean(),
        lambda real, fake: -fake.mean(),
        "distance",
        0.25,
        1e-4,
        "rmsprop",
    ),
    "hinge": Objective(
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        lambda real, fake: -fake.mean(),
        "none",
        0.0,
        5e-4,
    ),
    "wgan-gp": Objective(
        lambda real, fake: (fake - real).mean(),
        lambda real, fake: -fake.mean(),
        "interpolated",
        10.0,
        1e-3,
    ),
    # Pairs of a real and a generated picture (RpGAN) with R1 and R2, as R3GAN.
    "relativistic": Objective(
        _relativistic,
        lambda real, fake: _relativistic(fake, real),
        "both",
        1.0,
        1e-3,
        correlation=1.5,
    ),
}
"""By name. Of ``relativistic`` the weight is γ in γ/2 · E‖∇‖²."""
