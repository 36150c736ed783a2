"""Training the review network, and writing what was trained as a bundle."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional

from gezhi.errors import BundleError, InputError
from gezhi.kernel.bundle import Bundle, write_bundle
from gezhi.kernel.export import (
    export_onnx,
    largest_difference,
    quantised_convolutions,
    stored,
)
from gezhi.kernel.inference import Session
from gezhi.kernel.training import train
from gezhi.reading.sentiment.calibration import Calibration
from gezhi.reading.sentiment.corpus import squeeze
from gezhi.reading.sentiment.lessons import linear_lessons
from gezhi.reading.sentiment.model import KIND, NetworkScorer, SentimentModel
from gezhi.reading.sentiment.network import ReviewNetwork, Shape
from gezhi.reading.sentiment.text import FIRST, TextEncoder, count_characters

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "INPUTS",
    "PieceBatches",
    "Settings",
    "Trained",
    "make_encoder",
    "network_log_odds",
    "network_onnx",
    "split_for_validation",
    "train_bundle",
    "train_network",
    "write_model",
]


INPUTS = ("characters", "pairs", "triples")
LONGEST_TRAINED, LONGEST_JUDGED = 320, 512
_POOL = 50
_RANGE_TEXTS = 2_000
_EPOCHS, _MOST_EPOCHS, _STEPS = 3, 40, 1_500


@dataclass(frozen=True, slots=True)
class Settings:
    """How a review network is trained; the shape's `characters` is filled in from the texts.

    Without a number of epochs there are 3, or as many (up to 40) as make 1,500 steps.
    """

    shape: Shape = field(default_factory=lambda: Shape(characters=0))
    epochs: int | None = None
    batch_size: int = 64
    learning_rate: float = 2e-3
    least_seen: int = 2
    seed: int = 0
    device: str = "auto"

    def epochs_for(self, texts: int) -> int:
        """The number of epochs for that many texts.

        >>> Settings().epochs_for(100), Settings().epochs_for(100_000)
        (40, 3)
        """
        steps = -(-texts // self.batch_size)
        return self.epochs or max(_EPOCHS, min(_MOST_EPOCHS, -(-_STEPS // steps)))


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network beside the encoder that feeds it."""

    network: ReviewNetwork
    encoder: TextEncoder


class PieceBatches:
    """One epoch of shuffled batches, each of pieces of about one length.

    Yields tuples (characters, pairs, triples, targets, weights) of tensors; targets are
    probabilities of positive, shape (pieces,).
    """

    def __init__(
        self,
        encoder: TextEncoder,
        pieces: Sequence[NDArray[np.int32]],
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
        batch_size: int,
        generator: torch.Generator,
    ) -> None:
        self.encoder, self.pieces = encoder, pieces
        self.targets, self.weights = torch.from_numpy(targets), torch.from_numpy(weights)
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        order = torch.randperm(len(pieces), generator=generator).numpy()
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), batch_size * _POOL):
            pool = order[start : start + batch_size * _POOL]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batches += [pool[at : at + batch_size] for at in range(0, len(pool), batch_size)]
        shuffled = torch.randperm(len(batches), generator=generator).tolist()
        self.batches = [batches[at] for at in shuffled]

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for rows in self.batches:
            feeds = self.encoder.feeds([self.pieces[row] for row in rows])
            arrays = [torch.from_numpy(feeds[name]) for name in INPUTS]
            yield (*arrays, self.targets[rows], self.weights[rows])


def train_network(
    texts: Sequence[str],
    targets: NDArray[np.float32],
    settings: Settings,
    *,
    weights: NDArray[np.float32] | None = None,
    vocabulary: str | None = None,
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> Trained:
    """Train on texts and their probabilities of positive, both of length n; weights likewise."""
    if vocabulary is None:
        vocabulary = count_characters(texts, least=settings.least_seen)
    shape = replace(settings.shape, characters=len(vocabulary) + FIRST)
    encoder = make_encoder(vocabulary, shape, longest=LONGEST_TRAINED)
    pieces, owners = encoder.pieces(texts)
    weights = np.ones(len(texts), np.float32) if weights is None else weights
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = ReviewNetwork(shape)
    optimizer = torch.optim.AdamW(_groups(network), settings.learning_rate, betas=(0.9, 0.98))
    epochs = settings.epochs_for(len(pieces))
    total = epochs * -(-len(pieces) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_then_linear(total))
    train(
        network,
        lambda _, generator: PieceBatches(
            encoder, pieces, targets[owners], weights[owners], settings.batch_size, generator
        ),
        _weighted_loss,
        optimizer,
        epochs=epochs,
        seed=settings.seed,
        device=settings.device,
        subject=f"reviews {_digest(texts, targets, weights)} {shape} {settings}",
        checkpoint=checkpoint,
        schedule=schedule,
        clip_norm=1.0,
        report=report,
    )
    return Trained(network.cpu().eval(), encoder)


def network_log_odds(trained: Trained, texts: Sequence[str]) -> NDArray[np.float64]:
    """Log-odds of each text by torch, shape (n,), as `NetworkScorer` computes them by ONNX."""
    network = trained.network.eval()
    encoder = make_encoder(trained.encoder.vocabulary, network.shape, longest=LONGEST_JUDGED)
    pieces, owners = encoder.pieces(texts)
    odds = np.empty(len(pieces))
    with torch.no_grad():
        for batch in encoder.batches(pieces):
            feeds = [torch.from_numpy(batch.feeds[name]) for name in INPUTS]
            odds[batch.rows] = network(*feeds).double().numpy()
    return np.bincount(owners, odds) / np.bincount(owners)


def make_encoder(vocabulary: str, shape: Shape, *, longest: int) -> TextEncoder:
    """The encoder that feeds a network of this shape."""
    return TextEncoder(
        vocabulary, pair_buckets=shape.pairs, triple_buckets=shape.triples, longest=longest
    )


def network_onnx(trained: Trained, texts: Sequence[str], *, tolerance: float = 3.0) -> bytes:
    """The network as ONNX with 8-bit tables and convolutions.

    The float graph is held to torch within 1e-4 nats, what ships within `tolerance` nats:
    its accuracy is measured afterwards, as it ships.

    Args:
        texts: reviews from which the ranges of the activations are taken.
    """
    axes = {0: "texts", 1: "positions"}
    pieces = trained.encoder.pieces(texts[:_RANGE_TEXTS])[0]
    feeds = [dict(b.feeds) for b in trained.encoder.batches(pieces, characters=4_096)]
    samples = [
        {name: torch.from_numpy(one[name]) for name in INPUTS} for one in (feeds[0], feeds[-1])
    ]
    model = export_onnx(
        trained.network,
        samples,
        outputs=["log_odds"],
        dynamic={**dict.fromkeys(INPUTS, axes), "log_odds": {0: "texts"}},
        metadata={"vocabulary": trained.encoder.vocabulary},
    )
    small = stored(quantised_convolutions(model, feeds), "int8")
    worst = largest_difference(trained.network, small, samples)
    if not worst <= tolerance:
        raise BundleError(f"the 8-bit network differs from the trained one by {worst:.3g} nats")
    return small


def write_model(
    folder: Path,
    trained: Trained,
    *,
    name: str,
    typical: Sequence[str],
    validation: tuple[Sequence[str], ArrayLike],
    measure: Callable[[SentimentModel], Mapping[str, Any]],
    training: Mapping[str, Any],
    version: str = "1",
) -> Bundle:
    """Export, calibrate and measure a network as it ships, and write the bundle.

    Args:
        typical: texts of the kind that will be judged.
        validation: texts and 0/1 labels that the calibration is fitted on.
        measure: given the finished model, returns the metrics to store.
    """
    shape = trained.network.shape
    onnx = network_onnx(trained, typical)
    encoder = make_encoder(trained.encoder.vocabulary, shape, longest=LONGEST_JUDGED)
    odds = NetworkScorer(encoder, Session(onnx)).log_odds(validation[0])
    fields: dict[str, Any] = {
        "name": name,
        "version": version,
        "kind": KIND,
        "files": {"model.onnx": onnx},
        "parameters": shape.as_parameters(),
        "inputs": {name: ["texts", "positions"] for name in INPUTS},
        "outputs": {"log_odds": ["texts"]},
        "preprocessing": {
            "vocabulary": trained.encoder.vocabulary,
            "pair_buckets": shape.pairs,
            "triple_buckets": shape.triples,
            "longest": LONGEST_JUDGED,
            "calibration": Calibration.fit(odds, validation[1]).as_preprocessing(),
        },
        "training": training,
    }
    with TemporaryDirectory() as scratch:
        draft = write_bundle(Path(scratch) / "draft", metrics={}, **fields)
        metrics = measure(SentimentModel.load(draft.folder))
    return write_bundle(folder, metrics=metrics, **fields)


def split_for_validation(
    texts: Sequence[str], labels: NDArray[np.int64], *, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on and rows to calibrate on; copies of one text stay on one side.

    Both sides have both labels.

    Raises:
        InputError: a label has fewer than two different texts.
    """
    groups: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        groups.setdefault(squeeze(text), []).append(row)
    rng = np.random.default_rng(seed)
    held: list[int] = []
    for label in (0, 1):
        mine = [rows for rows in groups.values() if labels[rows[0]] == label]
        if len(mine) < 2:
            raise InputError(
                f"training needs at least 2 different texts of each label; label {label} has "
                f"{len(mine)}"
            )
        count = max(1, min(len(mine) - 1, round(share * len(mine))))
        held += [row for at in rng.permutation(len(mine))[:count] for row in mine[at]]
    taken = np.zeros(len(texts), dtype=bool)
    taken[held] = True
    return np.flatnonzero(~taken), np.flatnonzero(taken)


def train_bundle(
    texts: Sequence[str],
    labels: Sequence[int],
    folder: Path,
    *,
    name: str,
    settings: Settings | None = None,
    validation_share: float = 0.1,
    source: str = "",
    seed: int = 0,
    report: Report | None = None,
) -> Bundle:
    """Train on a user's own labelled texts (0 bad, 1 good) and write the bundle.

    The network learns the labels and the answers of two linear models (`lessons`), which makes it
    better on reviews of another kind. A checkpoint beside the folder lets an interrupted training
    resume; it is removed at the end.

    Raises:
        InputError: a label has fewer than two different texts.
    """
    settings = replace(settings or Settings(), seed=seed)
    truth = np.asarray(labels, dtype=np.int64)
    kept, held = split_for_validation(texts, truth, share=validation_share, seed=seed)
    checkpoint = folder.with_name(f".{folder.name}.checkpoint")
    folder.parent.mkdir(parents=True, exist_ok=True)
    lessons = linear_lessons(
        [texts[row] for row in kept], truth[kept].astype(np.float32), seed=seed
    )
    trained = train_network(
        lessons.texts,
        lessons.targets,
        settings,
        checkpoint=checkpoint,
        report=report,
    )
    held_out = [texts[row] for row in held], truth[held]
    bundle = write_model(
        folder,
        trained,
        name=name,
        typical=[texts[row] for row in kept],
        validation=held_out,
        measure=lambda model: {
            "validation_accuracy": _accuracy(model, *held_out),
            "validation_reviews": len(held),
            "split": f"{validation_share:g} of the unique texts, seed {seed}",
        },
        training={
            "command": shlex.join(["gezhi", "read", "sentiment", "train", "--file", source]),
            "data": source or "texts in memory",
            "reviews": len(kept),
            "seed": seed,
            "epochs": settings.epochs_for(len(lessons.texts)),
            "licence": "the user's own data",
        },
    )
    checkpoint.unlink(missing_ok=True)
    return bundle


def _accuracy(model: SentimentModel, texts: Sequence[str], labels: NDArray[np.int64]) -> float:
    return float(((model.probabilities(texts) >= 0.5) == (labels == 1)).mean())


def _digest(texts: Sequence[str], *numbers: NDArray[np.float32]) -> str:
    """What a checkpoint was trained on: another file of as many rows is another subject."""
    found = hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass"))
    for array in numbers:
        found.update(array.tobytes())
    return found.hexdigest()[:12]


def _weighted_loss(network: torch.nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    characters, pairs, triples, targets, weights = batch
    each = functional.binary_cross_entropy_with_logits(
        network(characters, pairs, triples), targets, reduction="none"
    )
    return (each * weights).mean()


def _groups(network: ReviewNetwork) -> list[dict[str, Any]]:
    """Weight decay for the dense layers alone: it would erase the rows of rare n-grams."""
    tables = [network.characters.weight, network.pairs.weight, network.triples.weight]
    known = {id(table) for table in tables}
    dense = [p for p in network.parameters() if id(p) not in known]
    return [{"params": tables, "weight_decay": 0.0}, {"params": dense, "weight_decay": 0.01}]


def _warm_then_linear(total: int) -> Callable[[int], float]:
    def factor(step: int) -> float:
        warmth = min(1.0, (step + 1) / min(100, 1 + total // 10))
        return warmth * max(0.02, 1 - step / max(total, 1))

    return factor
