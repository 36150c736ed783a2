"""One training of O-GAN, to be read from top to bottom.

Each step teaches the encoder and then the generator, each on a fresh batch. Where a process group
of torch.distributed runs, every process draws batches of its own and gradients are averaged.
"""

from __future__ import annotations

import copy
import hashlib
import math
import time
import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gezhi.errors import ParameterError
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.training import find_device
from gezhi.latent.ogan.augmentation import adapted, changed
from gezhi.latent.ogan.networks import Encoder, Generator, Shape
from gezhi.latent.ogan.objectives import (
    OBJECTIVES,
    Objective,
    gradient_square,
    interpolated_penalty,
    pixel_distance,
)
from gezhi.latent.ogan.scaling import Scaling
from gezhi.latent.ogan.settings import ROUNDS, Settings
from gezhi.latent.orthogonal import Parts, pearson, split, standardise

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = ["Training", "train_networks"]

_FORMAT = 1
_LOOKED_AT = 256
_LEAST_SPREAD = 0.2
_ROUNDS_OF_COLLAPSE = 3
_FADED = 0.75


@dataclass
class Training:
    """Everything that the next step depends on.

    Attributes:
        generator, encoder: as they learn.
        kept_generator, kept_encoder: running averages of their weights; these are the model.
        step: how many are done.
        chance: of a change of a picture.
        seconds: spent so far.
        history: one mapping a round: step, losses, ρ, judgements, spread, chance.
    """

    generator: Generator
    encoder: Encoder
    kept_generator: Generator
    kept_encoder: Encoder
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer]
    step: int = 0
    chance: float = 0.0
    seconds: float = 0.0
    collapsed: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def train_networks(
    pictures: NDArray[Any],
    scaling: Scaling,
    shape: Shape,
    settings: Settings,
    *,
    seed: int,
    device: str = "auto",
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> Training:
    """Train both networks on pictures (n, height, width, colours) and return them averaged.

    Raises:
        ParameterError: a loss is no longer finite, or the checkpoint is of another training.
    """
    where, objective = find_device(device), OBJECTIVES[settings.objective]
    rank, processes = _place()
    subject = _subject(pictures, shape, settings, seed, processes)
    batches = _Batches(pictures, scaling, settings.batch_size, where)
    cuda = [where] if where.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        state = _begun(shape, settings, objective, where)
        torch.manual_seed(seed + rank)
        if checkpoint is not None and checkpoint.exists():
            _read(state, checkpoint, subject)
        spread = _spread(batches.draw(_LOOKED_AT)) if not state.history else None
        wide = state.history[0]["real_spread"] if spread is None else spread
        size = max(1, -(-settings.steps // ROUNDS))
        while state.step < settings.steps:
            begun = time.perf_counter()
            sums: dict[str, float] = {}
            steps = min(size, settings.steps - state.step)
            for _ in range(steps):
                told = _learn(state, batches, objective, settings, where)
                for name, value in told.items():
                    sums[name] = sums.get(name, 0.0) + value / steps
                if report is not None:
                    report(state.step, settings.steps, f"ρ {told['correlation']:.2f}")
            state.seconds += time.perf_counter() - begun
            _look(state, sums, shape, settings, wide, where)
            if checkpoint is not None and rank == 0:
                _write(state, checkpoint, subject)
    state.kept_generator.cpu().eval()
    state.kept_encoder.cpu().eval()
    return state


def _learn(
    state: Training,
    batches: _Batches,
    objective: Objective,
    settings: Settings,
    where: torch.device,
) -> dict[str, float]:
    """One step of each network."""
    share = state.step / settings.steps
    falling = (
        1.0 if objective.optimiser == "rmsprop" else 0.05 + 0.475 * (1 + math.cos(math.pi * share))
    )
    rate = settings.learning_rate * min(1.0, (state.step + 1) / settings.rise) * falling
    for optimiser in state.optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate
    lower = torch.autocast(where.type, torch.bfloat16) if _pays(settings, where) else nullcontext()
    with lower:
        judged, correlation, certainty = _encoder_loss(state, batches, objective, settings)
    _follow(state.optimisers[0], judged, state.encoder.parameters())
    with lower:
        made = _generator_loss(state, batches, objective, settings)
    _follow(state.optimisers[1], made, state.generator.parameters())
    keep = min(settings.averaging, 1 - 1 / (1 + state.step / 10))
    _average(state.kept_generator, state.generator, keep)
    _average(state.kept_encoder, state.encoder, keep)
    if settings.augment:
        state.chance = adapted(state.chance, certainty, settings.batch_size)
    state.step += 1
    told = {
        "encoder_loss": judged.item(), "generator_loss": made.item(),
        "correlation": correlation, "certainty": certainty,
    }  # fmt: skip
    if not all(math.isfinite(one) for one in told.values()):
        raise ParameterError(
            f"the loss became {told['encoder_loss']} in step {state.step}: lower learning_rate "
            f"(now {settings.learning_rate:g}) or raise penalty"
        )
    return told


def _encoder_loss(
    state: Training, batches: _Batches, objective: Objective, settings: Settings
) -> tuple[Tensor, float, float]:
    """f(avg E(x)) + g(avg E(G(z))) − λρ(z, E(G(z))) and the penalty; ρ; the judge's certainty."""
    encoder, n = state.encoder, settings.batch_size
    encoder.requires_grad_(True)
    real = batches.draw(n)
    z, _ = _codes(state, real, settings)
    with torch.no_grad():
        fake = state.generator(z)
    real, fake = (_noisy(changed(one, state.chance), state, settings) for one in (real, fake))
    due = objective.penalty == "both" and state.step % settings.every == 0
    if due:
        real, fake = real.requires_grad_(), fake.requires_grad_()
    vectors = encoder(torch.cat([real, fake]))
    said, also = split(vectors[:n]), split(vectors[n:])
    correlation = pearson(z, also.direction).mean()
    loss: Tensor = objective.encoder(said.average, also.average)
    weight = objective.weight if settings.penalty is None else settings.penalty
    if due:
        both = gradient_square(said.average, real) + gradient_square(also.average, fake)
        loss = loss + settings.every * weight / 2 * both.mean()
    elif objective.penalty == "distance":
        far = pixel_distance(real, fake)
        loss = loss + weight * ((said.average - also.average).square() / far).mean()
    elif objective.penalty == "interpolated":
        penalty = interpolated_penalty(lambda one: split(encoder(one)).average, real, fake)
        loss = loss + weight * penalty.mean()
    if settings.correlation:
        loss = loss - settings.correlation * correlation
    certainty = (said.average.detach() - also.average.detach()).sign().mean()
    return loss, correlation.item(), certainty.item()


def _generator_loss(
    state: Training, batches: _Batches, objective: Objective, settings: Settings
) -> Tensor:
    """h(avg E(G(z))) − λρ(z, E(G(z))) and the likeness; relativistic ones see avg E(x) too."""
    state.encoder.requires_grad_(False)
    real = batches.draw(settings.batch_size)
    z, own = _codes(state, real, settings)
    fake = state.generator(z)
    features = state.encoder.features(_noisy(changed(fake, state.chance), state, settings))
    also: Parts = split(state.encoder.vectors(features))
    said = also
    if settings.objective == "relativistic":
        with torch.no_grad():
            said = split(state.encoder(_noisy(changed(real, state.chance), state, settings)))
    loss: Tensor = objective.generator(said.average, also.average)
    if settings.correlation:
        loss = loss - settings.correlation * pearson(z, also.direction).mean()
    if settings.likeness and own is not None:
        if state.chance:  # what was moved is not alike
            features = state.encoder.features(_noisy(fake[: len(own)], state, settings))
        loss = loss + settings.likeness * _unlikeness(own, features[: len(own)])
    return loss


def _noisy(pictures: Tensor, state: Training, settings: Settings) -> Tensor:
    """Pictures with noise: less and less of it, at the end a quarter."""
    if not settings.noise:
        return pictures
    deviation = settings.noise * (1 - _FADED * state.step / settings.steps)
    return pictures + deviation * torch.randn_like(pictures)


def _unlikeness(wanted: Tensor, found: Tensor) -> Tensor:
    """Squared distance of features in units of the wanted one's square, in the mean."""
    wanted, found = wanted.float(), found.float()
    apart = (found - wanted).square().mean((1, 2, 3))
    return (apart / wanted.square().mean((1, 2, 3)).clamp_min(1e-12)).mean()


def _codes(state: Training, real: Tensor, settings: Settings) -> tuple[Tensor, Tensor | None]:
    """z of a batch, drawn from N(0, 1) but for the codes of real pictures; features of these."""
    z = standardise(torch.randn(len(real), state.encoder.shape.code, device=real.device))
    own = int(settings.own_codes * len(real)) if state.step > settings.steps // 20 else 0
    if not own:
        return z, None
    with torch.no_grad():
        features = state.encoder.features(real[:own])
        z[:own] = standardise(state.encoder.vectors(features))
    return z, features


def _follow(optimiser: torch.optim.Optimizer, loss: Tensor, weights: Iterable[Tensor]) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    if _place()[1] > 1:
        gradients = [one.grad for one in weights if one.grad is not None]
        together = torch.cat([one.flatten() for one in gradients])
        torch.distributed.all_reduce(together)
        together /= _place()[1]
        done = 0
        for one in gradients:
            one.copy_(together[done : done + one.numel()].view_as(one))
            done += one.numel()
    optimiser.step()


@torch.no_grad()
def _average(kept: nn.Module, learning: nn.Module, keep: float) -> None:
    for one, other in zip(kept.parameters(), learning.parameters(), strict=True):
        one.lerp_(other, 1 - keep)


# ---- looking


@torch.no_grad()
def _look(
    state: Training,
    sums: dict[str, float],
    shape: Shape,
    settings: Settings,
    wide: float,
    where: torch.device,
) -> None:
    """Note the round, check every weight, and warn where all that is generated is alike."""
    for network in (state.generator, state.encoder):
        for name, weights in network.named_parameters():
            if not bool(torch.isfinite(weights).all()):
                raise ParameterError(
                    f"the weight {name} is no longer finite after step {state.step}: lower "
                    f"learning_rate (now {settings.learning_rate:g})"
                )
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(_LOOKED_AT, shape.code, generator=generator).to(where)
    spread = _spread(state.kept_generator(z))
    state.history.append(
        {
            "step": state.step, "seconds": state.seconds, **sums,
            "spread": spread, "real_spread": wide, "chance": state.chance,
        }
    )  # fmt: skip
    narrow = state.step > settings.steps / 5 and spread < _LEAST_SPREAD * wide
    state.collapsed = state.collapsed + 1 if narrow else 0
    if state.collapsed == _ROUNDS_OF_COLLAPSE:
        warnings.warn(
            f"what is generated is nearly all alike since step {state.step}: its spread is "
            f"{100 * spread / wide:.0f} % of the pictures'. Try objective='relativistic', a lower "
            "learning_rate or a higher penalty",
            RuntimeWarning,
            stacklevel=2,
        )


def _spread(pictures: Tensor) -> float:
    """Mean variance of a pixel from picture to picture."""
    return float(pictures.float().clamp(-1, 1).var(dim=0).mean())


# ---- parts


class _Batches:
    """Random batches of pictures, scaled to [−1, 1] when they are drawn."""

    def __init__(
        self, pictures: NDArray[Any], scaling: Scaling, size: int, device: torch.device
    ) -> None:
        kept = pictures if pictures.dtype == np.uint8 else scaling.seen(pictures)
        # A copy of its own: what was read may be mapped and read-only.
        tensor = torch.from_numpy(kept.transpose(0, 3, 1, 2).copy())
        self.pictures, self.size = tensor.to(device), size
        self.bytes = pictures.dtype == np.uint8

    def draw(self, n: int) -> Tensor:
        """So many pictures (n, colours, height, width)."""
        chosen = torch.randint(len(self.pictures), (n,)).to(self.pictures.device)
        drawn = self.pictures[chosen].float()
        return drawn / 127.5 - 1 if self.bytes else drawn


def _begun(shape: Shape, settings: Settings, objective: Objective, where: torch.device) -> Training:
    generator, encoder = Generator(shape), Encoder(shape)
    for one in (generator, encoder):
        one.to(where)
    return Training(
        generator,
        encoder,
        copy.deepcopy(generator).requires_grad_(False),
        copy.deepcopy(encoder).requires_grad_(False),
        (_optimiser(encoder, settings, objective), _optimiser(generator, settings, objective)),
    )


def _optimiser(
    network: nn.Module, settings: Settings, objective: Objective
) -> torch.optim.Optimizer:
    if objective.optimiser == "rmsprop":
        return torch.optim.RMSprop(network.parameters(), lr=settings.learning_rate, alpha=0.99)
    return torch.optim.Adam(network.parameters(), lr=settings.learning_rate, betas=(0.0, 0.99))


def _pays(settings: Settings, where: torch.device) -> bool:
    """Whether bfloat16 is faster: on GPUs, and on processors that multiply it."""
    if not settings.lower_precision:
        return False
    if where.type == "cpu":
        return _has_bf16()
    return where.type == "cuda"


def _has_bf16() -> bool:
    capability = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(capability()) if capability is not None else False


def _place() -> tuple[int, int]:
    """This process's number, and how many there are."""
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


# ---- checkpoints


def _subject(
    pictures: NDArray[Any], shape: Shape, settings: Settings, seed: int, processes: int
) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(pictures).tobytes()).hexdigest()
    return f"ogan {digest} {asdict(shape)} {asdict(settings)} {seed} {processes}"


_NETWORKS = ("generator", "encoder", "kept_generator", "kept_encoder")
_NUMBERS = ("step", "chance", "seconds", "collapsed", "history")


def _write(state: Training, path: Path, subject: str) -> None:
    kept: dict[str, Any] = {name: getattr(state, name).state_dict() for name in _NETWORKS}
    kept |= {name: getattr(state, name) for name in _NUMBERS}
    kept |= {
        "format": _FORMAT,
        "subject": subject,
        "optimisers": [one.state_dict() for one in state.optimisers],
        "random": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        torch.save(kept, file)


def _read(state: Training, path: Path, subject: str) -> None:
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ParameterError(f"{path} is not a checkpoint: delete it to start anew") from error
    if kept.get("format") != _FORMAT or kept["subject"] != subject:
        raise ParameterError(f"{path} is a checkpoint of another training: delete or move it")
    for name in _NETWORKS:
        getattr(state, name).load_state_dict(kept[name])
    for name in _NUMBERS:
        setattr(state, name, kept[name])
    optimisers: Sequence[Any] = kept["optimisers"]
    for one, other in zip(state.optimisers, optimisers, strict=True):
        one.load_state_dict(other)
    torch.set_rng_state(kept["random"])
    if kept["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(kept["cuda"])
