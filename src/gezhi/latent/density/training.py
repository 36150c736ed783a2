"""How `DensityVAE` is trained, and what is left of the network: plain arrays.

−log (1/M) Σ_i q(x|z_i) q(z_i) / p(z_i|x) is made small; M = 1 is the VAE, M > 1 the importance
weighted autoencoder (Burda et al., 2016).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gezhi.errors import ParameterError
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.training import EpochRecord, find_device, train
from gezhi.latent.density.coding import Coding
from gezhi.latent.density.network import DensityNetwork, Residual

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = ["Floats", "Settings", "arrays_of", "fit_network"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What a training is given, apart from data.

    Attributes:
        latent, width, blocks, gates, prior: as of `DensityNetwork`.
        samples: M, draws of z for each item and step.
        epochs: passes over the items.
        batch_size: items a step.
        learning_rate: the highest, reached after a tenth of the steps.
        warm_up: share of the steps in which the weight of log q(z)/p(z|x) grows from 0 to 1.
        weight_decay: of AdamW.
        device: as torch names it, or ``"auto"``.
    """

    latent: int = 40
    width: int = 512
    blocks: int = 2
    gates: int = 8
    prior: int = 1
    samples: int = 1
    epochs: int = 20
    batch_size: int = 500
    learning_rate: float = 2e-3
    warm_up: float = 0.1
    weight_decay: float = 1e-4
    device: str = "auto"


def fit_network(
    numbers: Floats,
    coding: Coding,
    settings: Settings,
    *,
    held_back: Floats | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> tuple[dict[str, Floats], list[EpochRecord]]:
    """Train on numbers (n, variables), and give the weights in float64 with the epochs' records.

    Numbers of a Bernoulli between 0 and 1 are chances: bits are drawn anew for each step. With
    numbers held back the weights are those of the epoch at which these were likeliest.

    Raises:
        ParameterError: the loss is no longer finite, or the checkpoint is of another training.
    """
    data = torch.from_numpy(numbers.astype(np.float32))
    batch = min(settings.batch_size, len(data))
    steps = max(len(data) // batch, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DensityNetwork(
            coding.inputs,
            coding.variables,
            coding.context(),
            coding.likelihood,
            latent=settings.latent,
            width=settings.width,
            blocks=settings.blocks,
            gates=settings.gates,
            prior=settings.prior,
        )
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        betas=(0.9, 0.99),
        weight_decay=settings.weight_decay,
    )
    total = steps * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / total))
    objective = _Objective(coding, settings, total)
    best = None if held_back is None else _Best(coding, held_back, checkpoint)
    device = find_device(settings.device)
    records = train(
        network,
        lambda _, generator: _Batches(data, batch, steps, generator),
        objective,
        optimizer,
        epochs=settings.epochs,
        seed=seed,
        device=settings.device,
        subject=_subject(numbers, coding, settings, seed),
        checkpoint=checkpoint,
        schedule=schedule,
        clip_norm=1.0 * coding.variables,
        autocast=torch.bfloat16 if _pays(device, settings) else None,
        measure=best,
        report=report,
    )
    if best is not None and best.state:
        network.load_state_dict(best.state)
    return arrays_of(network), records


class _Batches:
    """The batches of an epoch: all rows in another order, the few that are left over left out."""

    def __init__(self, data: Tensor, batch: int, steps: int, generator: torch.Generator) -> None:
        self.data, self.batch, self.steps, self.generator = data, batch, steps, generator

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Tensor]:
        order = torch.randperm(len(self.data), generator=self.generator)
        for step in range(self.steps):
            yield self.data[order[step * self.batch : (step + 1) * self.batch]]


class _Objective:
    """The loss of a step; it counts the steps, for the warm-up, by the optimiser's own."""

    def __init__(self, coding: Coding, settings: Settings, total: int) -> None:
        self.coding, self.settings = coding, settings
        self.warm = max(1.0, settings.warm_up * total)

    def __call__(self, module: nn.Module, numbers: Tensor) -> Tensor:
        assert isinstance(module, DensityNetwork)
        if self.coding.kind == "bernoulli":
            numbers = torch.bernoulli(numbers)
        inputs = self.coding.seen(numbers, torch)
        samples = self.settings.samples
        said, ratio = module(numbers, inputs, samples)
        module.steps += 1
        total: Tensor = said + min(1.0, float(module.steps) / self.warm) * ratio
        if samples > 1:
            total = torch.logsumexp(total, 1) - math.log(samples)
        return -total.mean()


class _Best:
    """The weights of the best epoch, by the evidence lower bound of items that were held back.

    They lie in a file beside the checkpoint, where there is one, so that a resumed training gives
    the same.
    """

    def __init__(self, coding: Coding, held_back: Floats, checkpoint: Path | None) -> None:
        self.coding = coding
        self.data = torch.from_numpy(held_back.astype(np.float32))
        self.bound = -math.inf
        self.state: dict[str, Tensor] = {}
        self.file = checkpoint.with_name(f"{checkpoint.name}.best") if checkpoint else None
        if self.file is not None and checkpoint is not None and checkpoint.exists():
            self._read(self.file)

    def _read(self, file: Path) -> None:
        try:
            kept = torch.load(file, map_location="cpu", weights_only=True)
            self.bound, self.state = float(kept["bound"]), dict(kept["state"])
        except Exception as error:
            raise ParameterError(f"{file} cannot be read: delete it and the checkpoint") from error

    def __call__(self, module: nn.Module) -> Mapping[str, float]:
        device = next(module.parameters()).device
        # The same bits and the same draws of z each time.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            sums = 0.0
            for rows in torch.split(self.data, 500):
                numbers = torch.bernoulli(rows) if self.coding.kind == "bernoulli" else rows
                numbers = numbers.to(device)
                said, ratio = module(numbers, self.coding.seen(numbers, torch))
                sums += float((said + ratio).sum())
        bound = sums / len(self.data)
        if bound > self.bound:
            self.bound = bound
            self.state = {name: one.clone().cpu() for name, one in module.state_dict().items()}
            if self.file is not None:
                with atomic_write(self.file) as file:
                    torch.save({"bound": bound, "state": self.state}, file)
        return {"bound": bound}


def _rate(share: float) -> float:
    """A tenth of the steps up, then half a cosine down to a fiftieth."""
    return min(1.0, share / 0.1 + 1e-3) * (
        0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
    )


def _pays(device: torch.device, settings: Settings) -> bool:
    # Half the digits are twice the speed where matrices are large, and noise where they are small.
    return device.type == "cuda" or settings.width >= 256


def _subject(numbers: Floats, coding: Coding, settings: Settings, seed: int) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()
    return f"density {digest} {coding.describe()} {asdict(settings)} {seed}"


def arrays_of(network: DensityNetwork) -> dict[str, Floats]:
    """The network's weights as `gezhi.latent.density.weights` keeps them, norms folded in."""
    network = network.cpu().double().eval()
    arrays: dict[str, Floats] = {}
    for name, mlp in (("encoder", network.encoder), ("decoder", network.decoder)):
        arrays.update(_folded(name, list(mlp)))
    for name, one in network.head.items():
        arrays[f"head.{name}"] = _plain(one)
    arrays["table"] = _plain(network.table)
    for name, one in (network.prior or nn.ParameterDict()).items():
        arrays[f"prior.{name}"] = _plain(one)
    return arrays


def _folded(name: str, layers: list[Any]) -> dict[str, Floats]:
    first, *blocks, norm, _, last = layers
    arrays = _linear(f"{name}.first", first)
    for number, block in enumerate(blocks):
        assert isinstance(block, Residual)
        before, _, inner, between, _, outer = block.path
        at = f"{name}.{number}"
        arrays[f"{at}.gain"], arrays[f"{at}.shift"] = _affine(before)
        gain, shift = _affine(between)
        plain = _linear(f"{at}.inner", inner)
        arrays[f"{at}.inner.weight"] = plain[f"{at}.inner.weight"] * gain
        arrays[f"{at}.inner.bias"] = plain[f"{at}.inner.bias"] * gain + shift
        arrays.update(_linear(f"{at}.outer", outer))
    arrays[f"{name}.gain"], arrays[f"{name}.shift"] = _affine(norm)
    return arrays | _linear(f"{name}.last", last)


def _linear(name: str, layer: Any) -> dict[str, Floats]:
    # A copy in rows, as products want it.
    weight = np.ascontiguousarray(_plain(layer.weight).T)
    return {f"{name}.weight": weight, f"{name}.bias": _plain(layer.bias)}


def _affine(norm: Any) -> tuple[Floats, Floats]:
    gain = _plain(norm.weight) / np.sqrt(_plain(norm.running_var) + norm.eps)
    return gain, _plain(norm.bias) - _plain(norm.running_mean) * gain


def _plain(tensor: Any) -> Floats:
    return np.asarray(tensor.detach().cpu().numpy(), np.float64)
