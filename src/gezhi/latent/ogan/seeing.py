"""Training of the network that generated pictures are measured by: a small classifier.

Without labels every picture is a class of its own: two views of it must be nearer to each other
than to the views of all others in the batch (NT-Xent, arXiv 2002.05709, equation 1).
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.errors import ArrayError
from gezhi.kernel.export import export_onnx
from gezhi.latent.ogan.augmentation import changed
from gezhi.latent.ogan.features import PictureFeatures
from gezhi.latent.ogan.scaling import Scaling, as_pictures

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = ["FEATURES", "train_features"]

FEATURES = 64
"""How many numbers a picture becomes."""
_BATCH = 128
_HELD = 0.1
_TEMPERATURE = 0.2


def train_features(
    X: NDArray[Any],
    y: NDArray[Any] | None = None,
    *,
    epochs: int = 6,
    seed: int = 0,
    report: Report | None = None,
) -> PictureFeatures:
    """Train on pictures (n, height, width[, channels]), with labels (n,) or without.

    A tenth is held back; the share of it that is named rightly (without labels: whose other view
    is the nearest of 100) is in `metrics`.

    Raises:
        ArrayError: pictures that cannot be learnt from, other numbers of labels, or one class.
    """
    pictures = as_pictures(X)
    if len(pictures) < 2 * _BATCH:
        raise ArrayError(f"X holds {len(pictures)} pictures; {2 * _BATCH} are the least")
    names, numbers = _classes(y, len(pictures))
    scaling = Scaling.of(pictures)
    order = np.random.default_rng(seed).permutation(len(pictures))
    held, taught = np.split(order, [int(_HELD * len(pictures))])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Seer(scaling.full_shape, len(names))
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01)
        total = epochs * (len(taught) // _BATCH)
        for step in range(total):
            if step % (len(taught) // _BATCH) == 0:
                taught = taught[torch.randperm(len(taught)).numpy()]
            at = step % (len(taught) // _BATCH) * _BATCH
            chosen = taught[at : at + _BATCH]
            for group in optimiser.param_groups:
                group["lr"] = 1e-3 * (1 - math.cos(2 * math.pi * (step + 0.5) / total)) + 1e-5
            x = torch.from_numpy(scaling.seen(pictures[chosen])).permute(0, 3, 1, 2)
            with _lower():
                if names:
                    loss = F.cross_entropy(
                        network(changed(x, 0.5))[1], torch.from_numpy(numbers[chosen])
                    )
                else:
                    loss = _alike(network(changed(x, 0.8))[0], network(changed(x, 0.8))[0])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if report is not None:
                report(step + 1, total, f"loss {loss.item():.3f}")
        network.eval()
        x = torch.from_numpy(scaling.seen(pictures[held])).permute(0, 3, 1, 2)
        with torch.no_grad():
            if names:
                said = torch.cat([network(part)[1].argmax(1) for part in torch.split(x, _BATCH)])
                metrics = {"accuracy": float((said.numpy() == numbers[held]).mean())}
            else:
                metrics = {"found_among_100": _found(network, x)}
    content = export_onnx(
        _Exported(network),
        [{"x": x[:n].permute(0, 2, 3, 1)} for n in (3, 1)],
        outputs=("features", "classes") if names else ("features",),
        dynamic={"x": {0: "n"}, "features": {0: "n"}, **({"classes": {0: "n"}} if names else {})},
    )
    training = {"epochs": epochs, "seed": seed, "items": len(pictures), "features": FEATURES}
    return PictureFeatures(content, scaling, names, "", metrics, training)


def _classes(y: NDArray[Any] | None, number: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if y is None:
        return (), np.zeros(number, np.int64)
    if np.shape(y) != (number,):
        raise ArrayError(f"y has the shape {np.shape(y)}; {number} labels are needed")
    names, numbers = np.unique(np.asarray(y).astype(str), return_inverse=True)
    if len(names) < 2:
        raise ArrayError(f"every label is {names[0]}: there is nothing to tell apart")
    return tuple(str(one) for one in names), numbers.astype(np.int64)


def _lower() -> Any:
    capability = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    pays = bool(capability()) if capability is not None else False
    return torch.autocast("cpu", torch.bfloat16) if pays else nullcontext()


def _alike(first: Tensor, second: Tensor) -> Tensor:
    views = F.normalize(torch.cat([first, second]).float(), dim=1)
    near = views @ views.T / _TEMPERATURE
    near = near.masked_fill(torch.eye(len(views), dtype=torch.bool), -1e9)
    other = torch.arange(len(views)).roll(len(first))
    return F.cross_entropy(near, other)


def _found(network: nn.Module, x: Tensor) -> float:
    hits: list[float] = []
    for part in torch.split(x, 100):
        a, b = (F.normalize(network(changed(part, 0.8))[0], dim=1) for _ in range(2))
        hits.append(float(((a @ b.T).argmax(1) == torch.arange(len(part))).float().mean()))
    return float(np.mean(hits))


class _Seer(nn.Module):
    """Convolutions to a quarter or less of the side, then 64 features, then classes."""

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        height, width, colours = shape
        layers: list[nn.Module] = []
        now, wide = colours, 32
        while True:
            for _ in range(2 if layers else 1):
                layers += [nn.Conv2d(now, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.ReLU()]
                now = wide
            if min(height, width) <= 8:
                break
            layers.append(nn.MaxPool2d(2))
            height, width, wide = height // 2, width // 2, min(128, 2 * wide)
        self.layers = nn.Sequential(*layers, nn.AvgPool2d((height // 2, width // 2)), nn.Flatten())
        flat = now * (height // (height // 2)) * (width // (width // 2))
        self.features = nn.Linear(flat, FEATURES)
        self.classes = nn.Linear(FEATURES, max(1, classes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        seen: Tensor = self.features(self.layers(x))
        return seen, self.classes(F.relu(seen))


class _Exported(nn.Module):
    def __init__(self, network: _Seer) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Any:
        seen, classes = self.network(x.permute(0, 3, 1, 2))
        return (seen, classes) if self.network.classes.out_features > 1 else seen
