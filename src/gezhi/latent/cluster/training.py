"""One training from the first step to the last: no pretraining, no k-means, no labels.

Which pairs of items should share a label changes on the way. At first the network compares pairs
of neighbours in principal components and of views; what it learns brings items of a kind closer,
so the neighbours are chosen anew by its own features when the label heads begin, and again later.
After three fifths the graph of the neighbours is looked at as a whole, and the heads are told its
communities. At the end most pairs are two views of one item, which sets right what pixels confuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gezhi.kernel.training import find_device, train
from gezhi.latent.cluster.augmentation import lean, move
from gezhi.latent.cluster.communities import find_communities, matched, renumbered
from gezhi.latent.cluster.items import Scaling, flattened
from gezhi.latent.cluster.merging import agreed_number, merge
from gezhi.latent.cluster.neighbours import nearer, nearest, principal
from gezhi.latent.cluster.network import ClusterNetwork, Encoded
from gezhi.latent.cluster.objectives import (
    bernoulli_nats,
    contrastive_information,
    elbo,
    gaussian_nats,
    label_divergence,
    latent_divergence,
    mutual_information,
)
from gezhi.latent.cluster.settings import ROUNDS, Settings

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = ["Lesson", "Training", "train_network"]

_CLIP_NORM = 20.0
_REMEMBERED = 0.04  # share of the steps over which the heads' information is averaged
_BLOCK = 2000
_LEAST_GAIN = 1e-3
_CANDIDATES = 2  # for each neighbour, in principal components


@dataclass(frozen=True)
class Training:
    """What came of it.

    Attributes:
        network: trained, on the processor, in evaluation mode.
        head: the label head with the highest information.
        steps: how many batches.
        losses, gains: of each round, the mean loss and the best head's information in nats.
        evidence: modularity for each number of clusters; empty where the number was given.
    """

    network: ClusterNetwork
    head: int
    steps: int
    losses: list[float]
    gains: list[float]
    evidence: dict[int, float]


def train_network(
    items: NDArray[Any],
    scaling: Scaling,
    network: Callable[[], ClusterNetwork],
    settings: Settings,
    *,
    seed: int,
    device: str = "cpu",
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> Training:
    """Train a new network on items (n, ...).

    Raises:
        ParameterError: the loss is no longer finite, or the checkpoint is of another training.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = network()
        lesson = Lesson(items, scaling, settings, module, str(find_device(device)))
        subject = f"{settings!r} {module.shape!r} {seed} {_digest(items)}"
        optimizer, schedule = _optimizer(module, settings, lesson.steps)
        with suppress(_Enough):
            train(
                module,
                lesson.batches,
                lesson.loss,
                optimizer,
                epochs=ROUNDS,
                seed=seed,
                device=device,
                subject=subject,
                checkpoint=checkpoint,
                schedule=schedule,
                clip_norm=_CLIP_NORM,
                report=report,
            )
    return _result(module.cpu().eval(), lesson.steps_a_round)


def _optimizer(
    module: ClusterNetwork, settings: Settings, steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.OneCycleLR]:
    rate = settings.learning_rate
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=rate, weight_decay=1e-4, betas=(0.9, 0.99), fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps + 1, pct_start=0.1
    )
    return optimizer, schedule


def _result(network: ClusterNetwork, steps_a_round: int) -> Training:
    rounds = int((network.losses != 0).sum())
    losses, gains = (one[:rounds].tolist() for one in (network.losses, network.gains))
    evidence = {k: float(one) for k, one in enumerate(network.evidence) if one != 0}
    for name in ("neighbours", "first_neighbours", "candidates", "targets"):
        network.register_buffer(name, torch.zeros(0, 0, dtype=torch.int64))
    head = int(network.information.argmax())
    return Training(network, head, rounds * steps_a_round, losses, gains, evidence)


class _Enough(Exception):
    """Nothing has been gained for long enough."""


class Lesson:
    """The batches, the loss and what is looked at after a round, for `gezhi.kernel.training`."""

    def __init__(
        self,
        items: NDArray[Any],
        scaling: Scaling,
        settings: Settings,
        network: ClusterNetwork,
        device: str,
    ) -> None:
        self.values = _tensor(flattened(items))
        self.shape = items.shape[1:]
        self.shift = torch.from_numpy(scaling.shift).float().to(device)
        self.factor = torch.from_numpy(scaling.factor).float().to(device)
        self.bounded = scaling.bounded
        self.settings, self.network, self.device = settings, network, device
        self.steps_a_round = -(-settings.steps // ROUNDS)
        self.steps = ROUNDS * self.steps_a_round
        others = len(items) - 1
        self.neighbours = min(settings.neighbours, others)
        candidates = min(_CANDIDATES * self.neighbours, others)
        found = torch.zeros(len(items), self.neighbours, dtype=torch.int64)
        network.register_buffer("neighbours", found)
        network.register_buffer(
            "candidates", torch.zeros(len(items), candidates, dtype=torch.int64)
        )
        network.register_buffer("first_neighbours", found.clone())
        network.register_buffer("targets", torch.full((len(items),), -1))
        network.register_buffer("losses", torch.zeros(ROUNDS))
        network.register_buffer("gains", torch.zeros(ROUNDS))

    # ---- batches

    def batches(self, round_number: int, generator: torch.Generator) -> _Round:
        """The batches of one round; before it, what has to be looked for anew is."""
        self._stop_if_enough(round_number)
        times = self.settings.timetable
        start = round_number / ROUNDS
        before = (round_number - 1) / ROUNDS
        if self.settings.objective == "mutual":
            middle = (times.labels + times.late) / 2
            if round_number == 0:
                self._look(principal(self.rows(torch.arange(len(self.values)))), first=True)
            elif any(before < one <= start for one in (times.labels, middle, times.late)):
                self._look(self.encoded_all()[1])
                if before < times.labels <= start:
                    self.network.first_neighbours.copy_(self.network.neighbours)
            if before < times.prune <= start:
                if self.settings.find_clusters:
                    self._merge()
                self._find_communities(round_number)
        return _Round(self, round_number, generator)

    def rows(self, chosen: Tensor) -> Tensor:
        """Items as the network takes them, float32 (n, features)."""
        return (self.values[chosen].to(self.device).float() - self.shift) * self.factor

    def encoded_all(self) -> tuple[Tensor, Tensor, Tensor]:
        """Means (n, latent), features (n, 64) and p(y|z) (n, heads, clusters) of all items."""
        module, parts = self.network, []
        was_training = module.training
        module.eval()
        with torch.no_grad():
            for chosen in torch.split(torch.arange(len(self.values)), _BLOCK):
                with self._precision():
                    mean = module.encode(self.rows(chosen)).mean
                    logits, features = module.label(mean)
                parts.append((mean, features, logits.softmax(dim=2)))
        module.train(was_training)
        means, compared, labels = (torch.cat(part) for part in zip(*parts, strict=True))
        return means, compared, labels

    def _look(self, features: Tensor, *, first: bool = False) -> None:
        """Find each item's neighbours: later those of the first candidates that are nearest now."""
        candidates = self.network.candidates
        if first:
            candidates.copy_(nearest(features, candidates.shape[1]))
        self.network.neighbours.copy_(nearer(features, candidates, self.neighbours))

    def _precision(self) -> Any:
        if not self.settings.lower_precision:
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)

    # ---- the loss

    def loss(self, module: nn.Module, batch: tuple[Tensor, int]) -> Tensor:
        """The loss of one batch: item numbers, and how many steps have been."""
        assert isinstance(module, ClusterNetwork)
        chosen, step = batch
        if self.settings.objective == "elbo":
            value = self._elbo(module, chosen)
        else:
            value = self._mutual(module, chosen, step / self.steps)
        round_number = step // self.steps_a_round
        module.losses[round_number] += value.detach() / self.steps_a_round
        module.gains[round_number] = module.information.max()
        return value

    def _elbo(self, module: ClusterNetwork, chosen: Tensor) -> Tensor:
        x = self.rows(chosen.cpu())
        with self._precision():
            encoded = module.encode(x)
            z = encoded.draw()
            output = module.decode(z)
            logits = module.label(z)[0][:, 0]
        mean = output.sigmoid() if self.bounded else output
        log_probabilities = logits.log_softmax(dim=1)
        return elbo(
            gaussian_nats(x, mean),
            latent_divergence(
                encoded.log_variance,
                z,
                log_probabilities.exp(),
                module.centres[0],
            ),
            label_divergence(log_probabilities),
        )

    def _mutual(self, module: ClusterNetwork, chosen: Tensor, progress: float) -> Tensor:
        settings, times, n = self.settings, self.settings.timetable, len(chosen)
        late = _ramp(progress, times.late, times.change)
        views = torch.cat(self._views(chosen.cpu(), progress, late))
        with self._precision():
            encoded = module.encode(views)
            first = Encoded(encoded.mean[:n], encoded.log_variance[:n])
            output = module.decode(first.draw())
            logits, features = module.label(encoded.mean)
        labels = module.grouped(logits)
        measure = bernoulli_nats if self.bounded else gaussian_nats
        total = settings.reconstruction * measure(views[:n], output).mean()
        total = total + settings.divergence * _ramp(progress, 0.0, times.warm) * _divergence(
            module, first, labels[:n].detach()
        )
        close = contrastive_information(
            features[:n], features[n:], temperature=settings.temperature
        )
        total = total - settings.contrast * close
        weight = settings.information * _ramp(progress, times.labels, times.rise)
        if weight > 0:
            balance = settings.balance + late * (settings.late_balance - settings.balance)
            prior = module.prior if progress >= times.prune else None
            found = mutual_information(labels[:n], labels[n:], balance=balance, prior=prior)
            module.information.lerp_(found.detach(), min(1.0, 1 / (_REMEMBERED * self.steps)))
            total = total - weight * found.mean()
        if progress >= times.prune:
            released = _ramp(progress, times.release, times.change)
            strength = settings.told + released * (settings.late_told - settings.told)
            total = total - strength * self._log_told(module, chosen, logits[:n]).mean()
        return total

    def _log_told(self, module: ClusterNetwork, chosen: Tensor, logits: Tensor) -> Tensor:
        """log p(y = c(x)|z), c(x) the community of each item, (n, heads)."""
        told = module.targets[chosen.to(self.device)]
        own = module.groups[:, :, told].permute(2, 0, 1)  # clusters of each head that are c(x)'s
        return logits.log_softmax(dim=2).masked_fill(own == 0, -torch.inf).logsumexp(dim=2)

    def _views(self, chosen: Tensor, progress: float, late: float) -> tuple[Tensor, Tensor]:
        """Two views of each pair: of an item and a neighbour, or of the item and itself."""
        settings = self.settings
        share = settings.early_pairs + late * (settings.late_pairs - settings.early_pairs)
        columns = torch.randint(self.neighbours, (len(chosen),))
        near = self.network.neighbours[chosen.to(self.device), columns.to(self.device)].cpu()
        partners = torch.where(torch.rand(len(chosen)) < share, near, chosen)
        return self._view(chosen), self._view(partners)

    def _view(self, chosen: Tensor) -> Tensor:
        x = self.rows(chosen)
        if self.settings.motion is not None:
            height, width = self.shape[:2]
            pictures = x.view(len(x), height, width, -1).permute(0, 3, 1, 2)
            moved = move(pictures, self.settings.motion, 1.0)
            return moved.permute(0, 2, 3, 1).reshape(len(x), -1)
        columns = torch.randint(self.neighbours, (len(chosen),), device=self.device)
        near = self.network.neighbours[chosen.to(self.device), columns].cpu()
        return lean(x, self.rows(near), 1.0)

    # ---- looking back

    def _stop_if_enough(self, round_number: int) -> None:
        """Raise where the last rounds gained nothing, once everything has begun."""
        patience, times = self.settings.patience, self.settings.timetable
        begun = int(max(times.late + times.change, times.prune) * ROUNDS) + 1
        if self.settings.objective == "elbo":
            gains, begun = -self.network.losses, 1
        else:
            gains = self.network.gains
        if patience is None or round_number < begun + patience:
            return
        before = float(gains[begun - 1 : round_number - patience].max())
        latest = float(gains[round_number - patience : round_number].max())
        if latest < before + _LEAST_GAIN * max(1.0, abs(before)):
            raise _Enough

    def _merge(self) -> None:
        """Merge the clusters of each head until a merger would lose modularity."""
        module = self.network
        mergers = [merge(one) for one in self._joints()]
        number = agreed_number(mergers)
        groups = np.stack([one.groups(number) for one in mergers])
        module.groups.copy_(torch.from_numpy(groups))
        head = int(module.information.argmax())
        for found, modularity in mergers[head].modularity.items():
            module.evidence[found] = modularity

    def _find_communities(self, round_number: int) -> None:
        """Give every item the community it belongs to, for the heads to learn."""
        module, settings = self.network, self.settings
        head = int(module.information.argmax())
        number = module.shape.clusters
        if settings.find_clusters:
            number = int((module.groups[head].sum(dim=0) > 0).sum())
        _, features, labels = self.encoded_all()
        found = find_communities(
            module.first_neighbours[:, : settings.nearest].cpu().numpy(),
            features.float().cpu().numpy(),
            number,
            random=np.random.default_rng(round_number),
            resolution=settings.resolution,
        )
        # The groups keep the numbers by which the best head knew them, and every head its clusters.
        known = module.joined(labels)[:, head].argmax(dim=1).cpu().numpy()
        groups = renumbered(found.labels, known)
        said = labels.float().cpu().numpy()
        module.groups.zero_()
        for one in range(module.shape.heads):
            owner = torch.from_numpy(matched(groups, said[:, one]))
            module.groups[one, torch.arange(len(owner)), owner] = 1
        module.targets.copy_(torch.from_numpy(groups))
        shares = np.bincount(groups, minlength=module.shape.clusters) / len(groups)
        module.prior.copy_(torch.from_numpy(shares))
        module.information.zero_()  # of these groups from here on

    def _joints(self) -> NDArray[np.float64]:
        """P(y, y′) over all pairs of neighbours, (heads, clusters, clusters).

        The neighbours are those in the features that no label had shaped yet: later ones cross the
        borders of the many clusters too seldom to tell which of them belong together.
        """
        neighbours = self.network.first_neighbours
        labels = self.encoded_all()[2]
        joint = torch.zeros(self.network.groups.shape, device=labels.device)
        for column in range(self.neighbours):
            for chosen in torch.split(torch.arange(len(labels)), _BLOCK):
                near = labels[neighbours[chosen, column]]
                joint += torch.einsum("nhk,nhl->hkl", labels[chosen], near)
        answer: NDArray[np.float64] = joint.double().cpu().numpy()
        return answer


@dataclass(frozen=True)
class _Round:
    """The batches of one round: item numbers, and how many steps have been."""

    lesson: Lesson
    number: int
    generator: torch.Generator

    def __len__(self) -> int:
        return self.lesson.steps_a_round

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        n, size = len(self.lesson.values), self.lesson.settings.batch_size
        left = torch.zeros(0, dtype=torch.int64)
        for step in range(len(self)):
            if len(left) < min(size, n):
                left = torch.randperm(n, generator=self.generator)
            yield left[:size], self.number * len(self) + step
            left = left[size:]


def _divergence(module: ClusterNetwork, encoded: Encoded, labels: Tensor) -> Tensor:
    """Σ_y p(y|x) KL(p(z|x) ‖ q(z|y)) without constants, the mean over items and heads."""
    mean, log_variance = encoded.mean, encoded.log_variance
    centres = module.centres.flatten(0, 1)
    squares = (
        mean.square().sum(dim=1, keepdim=True)
        - 2 * mean @ centres.T
        + centres.square().sum(dim=1)[None]
    ).view(labels.shape)
    own = 0.5 * (log_variance.exp() - log_variance).sum(dim=1)
    return (0.5 * (labels * squares).sum(dim=2)).mean() + own.mean()


def _ramp(progress: float, start: float, length: float) -> float:
    return min(1.0, max(0.0, (progress - start) / length))


def _tensor(items: NDArray[Any]) -> Tensor:
    """The items without a copy where they may be written to; torch warns of any others."""
    whole = np.ascontiguousarray(items)
    return torch.from_numpy(whole if whole.flags.writeable else whole.copy())


def _digest(items: NDArray[Any]) -> str:
    """Tell one set of items from another, for the checkpoint's subject."""
    content = np.ascontiguousarray(items)
    return hashlib.sha256(content.view(np.uint8).reshape(-1).data).hexdigest()[:16]
