"""What a training of O-GAN is told."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROUNDS", "Settings"]

ROUNDS = 50
"""A training is cut into so many rounds; after each it is looked at and may be checkpointed."""


@dataclass(frozen=True)
class Settings:
    """Everything but the pictures and the networks' sizes.

    Attributes:
        objective: a name of `gezhi.latent.ogan.objectives.OBJECTIVES`.
        steps: of each network.
        batch_size: pictures a step.
        learning_rate: reached after `rise` steps; falls to a twentieth along half a cosine, except
            under ``qp``, which keeps the post's.
        correlation: λ of ρ in both losses; 0 is the GAN without the idea.
        penalty: γ of R1 and R2, or the weight of the objective's own penalty; None for its own.
        every: steps from one R1 and R2 to the next, weighed as much more.
        own_codes: share of z in a batch that are codes of real pictures, not drawn.
        likeness: weight of what E's features of G(N(E(x))) are off those of x, in G's loss, over
            the own codes of a batch.
        noise: deviation of Gaussian noise on all that E looks at, of pixels in [−1, 1], in the
            first step; it falls in a straight line to a quarter. Codes of real pictures are
            taken without it.
        averaging: of the weights that are kept, from step to step.
        augment: whether both networks' pictures are moved, as far as keeps the judge unsure.
        lower_precision: whether products are bfloat16 where that is faster.
    """

    objective: str = "relativistic"
    steps: int = 11_000
    batch_size: int = 64
    learning_rate: float = 1e-3
    correlation: float = 0.5
    penalty: float | None = None
    every: int = 8
    own_codes: float = 0.0
    likeness: float = 0.0
    noise: float = 0.0
    averaging: float = 0.999
    rise: int = 300
    augment: bool = False
    lower_precision: bool = True
