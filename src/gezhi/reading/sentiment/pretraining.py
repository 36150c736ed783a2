"""Teachers: character language models of the reviews, then the same networks judging them.

A recurrent network first learns to predict the next character of every review it may see, labels
unseen (Dai and Le 2015, arXiv 1511.01432; Howard and Ruder 2018, arXiv 1801.06146), one reading
forwards and one backwards. Then a small head on its states learns the labels. Too slow to ship:
`gezhi.reading.sentiment.distillation` teaches the small network with their answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from gezhi.kernel.training import train
from gezhi.reading.sentiment.text import EDGE, FIRST, TextEncoder

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "NEGATIVES",
    "CharacterLanguageModel",
    "Direction",
    "Teacher",
    "TokenBatches",
    "cut_by_tokens",
    "fine_tune",
    "framed",
    "padded",
    "pretrain",
    "teacher_log_odds",
]

Direction = Literal["forward", "backward"]

Module = TypeVar("Module", bound=nn.Module)

WIDTH, STATE = 192, 512
LONGEST_MODELLED, LONGEST_TAUGHT = 256, 320
NEGATIVES = 1_000
_POOL = 4_000


class CharacterLanguageModel(nn.Module):
    """One LSTM over characters whose output layer is the embedding (Press and Wolf 2017)."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(characters, WIDTH, padding_idx=0)
        self.lstm = nn.LSTM(WIDTH, STATE, batch_first=True)
        self.proj = nn.Linear(STATE, WIDTH)
        self.bias = nn.Parameter(torch.zeros(characters))
        self.drop = nn.Dropout(0.2)
        nn.init.normal_(self.emb.weight, std=0.05)

    def states(self, characters: Tensor) -> Tensor:
        """Map (texts, positions) to (texts, positions, STATE), computed in bfloat16."""
        with torch.autocast(characters.device.type, dtype=torch.bfloat16):
            hidden: Tensor = self.lstm(self.drop(self.emb(characters)))[0]
        return hidden.float()

    def sampled_loss(self, sequences: Tensor, frequencies: Tensor) -> Tensor:
        """Cross entropy of the next character against `NEGATIVES` sampled ones.

        Sampled softmax with the logarithm of the expected counts taken off (Jean et al. 2015,
        arXiv 1412.2007, eq. 11). `frequencies` is the sampling distribution over characters.
        """
        following = sequences[:, 1:]
        inside = following > 0
        hidden = self.proj(self.drop(self.states(sequences[:, :-1])[inside]))
        target = following[inside]
        negative = torch.multinomial(frequencies, min(NEGATIVES, len(frequencies) - 1))
        correction = (frequencies * len(negative)).log()
        with torch.autocast(sequences.device.type, dtype=torch.bfloat16):
            others = hidden @ self.emb.weight[negative].t()
        others = others.float() + self.bias[negative] - correction[negative]
        others = others.masked_fill(negative[None, :] == target[:, None], -1e4)
        mine = (hidden * self.emb.weight[target]).sum(1) + self.bias[target] - correction[target]
        loss: Tensor = (torch.logaddexp(mine, others.logsumexp(1)) - mine).mean()
        return loss


class Teacher(nn.Module):
    """Log-odds of positive from the last, largest and mean state of a language model."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.lm = CharacterLanguageModel(characters)
        self.head = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(3 * STATE, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1)
        )

    def forward(self, characters: Tensor) -> Tensor:
        """Map (texts, positions), padded with 0, to (texts,) log-odds."""
        hidden = self.lm.states(characters)
        inside = (characters > 0).unsqueeze(-1)
        length = inside.sum(1)
        last = hidden.gather(1, (length - 1).unsqueeze(-1).expand(-1, -1, STATE)).squeeze(1)
        largest = hidden.masked_fill(~inside, -1e4).amax(1)
        mean = (hidden * inside).sum(1) / length
        answer: Tensor = self.head(torch.cat([last, largest, mean], 1)).squeeze(1)
        return answer


class TokenBatches:
    """One epoch of batches of sequences of like length, each of at most `tokens` positions.

    Yields (sequences, rows): the padded sequences and which they are.
    """

    def __init__(
        self, sequences: Sequence[NDArray[np.int32]], tokens: int, generator: torch.Generator
    ) -> None:
        self.sequences = sequences
        order = torch.randperm(len(sequences), generator=generator).tolist()
        batches: list[list[int]] = []
        for start in range(0, len(order), _POOL):
            pool = sorted(order[start : start + _POOL], key=lambda row: len(sequences[row]))
            batches += cut_by_tokens(pool, sequences, tokens)
        shuffled = torch.randperm(len(batches), generator=generator).tolist()
        self.batches = [batches[at] for at in shuffled]

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in self.batches:
            yield padded([self.sequences[row] for row in rows]), torch.tensor(rows)


def cut_by_tokens(
    rows: Sequence[int], sequences: Sequence[NDArray[np.int32]], tokens: int
) -> list[list[int]]:
    """Cut rows sorted by length into batches of at most `tokens` padded positions."""
    batches: list[list[int]] = []
    batch: list[int] = []
    for row in rows:
        if batch and len(sequences[row]) * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch = []
        batch.append(row)
    return [*batches, batch] if batch else batches


def padded(sequences: Sequence[NDArray[np.int32]]) -> Tensor:
    """Sequences as one int64 tensor (sequences, positions), padded with 0."""
    answer = torch.zeros(len(sequences), max(map(len, sequences)), dtype=torch.int64)
    for row, sequence in enumerate(sequences):
        answer[row, : len(sequence)] = torch.from_numpy(sequence)
    return answer


def framed(
    texts: Sequence[str], vocabulary: str, direction: Direction, *, longest: int
) -> list[NDArray[np.int32]]:
    """Character numbers of each text between two edges, read in that direction.

    Of a longer text the first three quarters and the last quarter of `longest` are read.
    """
    encoder = TextEncoder(vocabulary, pair_buckets=2, triple_buckets=2, longest=1 << 30)
    answer = []
    for numbers in encoder.pieces(texts)[0]:
        if len(numbers) > longest:
            ends = numbers[: longest * 3 // 4], numbers[-(longest // 4) :]
            numbers = np.concatenate(ends)
        if direction == "backward":
            numbers = numbers[::-1]
        answer.append(np.concatenate([[EDGE], numbers, [EDGE]]).astype(np.int32))
    return answer


def pretrain(
    texts: Sequence[str],
    vocabulary: str,
    direction: Direction,
    *,
    epochs: int,
    seed: int,
    checkpoint: Path | None = None,
    report: Report | None = None,
    device: str = "auto",
) -> CharacterLanguageModel:
    """Teach a language model the texts, in sampled softmax and bfloat16."""
    sequences = framed(texts, vocabulary, direction, longest=LONGEST_MODELLED)
    counts = np.bincount(np.concatenate(sequences), minlength=len(vocabulary) + FIRST)
    frequencies = torch.tensor((counts + 1.0) ** 0.75, dtype=torch.float32)
    frequencies[0] = 0
    frequencies = (frequencies / frequencies.sum()).clamp(min=1e-12)
    model = _seeded(partial(CharacterLanguageModel, len(vocabulary) + FIRST), seed)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, betas=(0.9, 0.98), weight_decay=0.01)

    def loss(module: nn.Module, batch: Any) -> Tensor:
        assert isinstance(module, CharacterLanguageModel)
        return module.sampled_loss(batch[0], frequencies.to(batch[0].device))

    subject = f"language model {direction} {len(texts)} {len(vocabulary)}"
    run = _Run(model, sequences, 6_000, loss, optimizer, _cosine)
    run(epochs, seed, device=device, subject=subject, checkpoint=checkpoint, report=report)
    model.cpu()
    return model


def fine_tune(
    language_model: CharacterLanguageModel,
    texts: Sequence[str],
    labels: NDArray[np.float32],
    weights: NDArray[np.float32],
    vocabulary: str,
    direction: Direction,
    *,
    epochs: int,
    seed: int,
    checkpoint: Path | None = None,
    report: Report | None = None,
    device: str = "auto",
) -> Teacher:
    """Teach labels (probabilities of positive) to a copy of a language model with a new head."""
    sequences = framed(texts, vocabulary, direction, longest=LONGEST_TAUGHT)
    teacher = _seeded(partial(Teacher, len(vocabulary) + FIRST), seed)
    teacher.lm.load_state_dict(language_model.state_dict())
    optimizer = torch.optim.AdamW(
        [
            {"params": teacher.lm.parameters(), "lr": 7e-4},
            {"params": teacher.head.parameters(), "lr": 2e-3},
        ],
        betas=(0.9, 0.98),
        weight_decay=0.01,
    )
    targets = torch.from_numpy(labels)
    scale = torch.from_numpy(weights / weights.mean())

    def loss(module: nn.Module, batch: Any) -> Tensor:
        characters, rows = batch
        rows = rows.cpu()
        each = functional.binary_cross_entropy_with_logits(
            module(characters), targets[rows].to(characters.device), reduction="none"
        )
        return (each * scale[rows].to(characters.device)).mean()

    subject = f"teacher {direction} {len(texts)} {len(vocabulary)}"
    run = _Run(teacher, sequences, 4_000, loss, optimizer, _linear)
    run(epochs, seed, device=device, subject=subject, checkpoint=checkpoint, report=report)
    teacher.cpu()
    return teacher


def teacher_log_odds(
    teacher: Teacher, texts: Sequence[str], vocabulary: str, direction: Direction
) -> NDArray[np.float64]:
    """Log-odds of each text, shape (n,)."""
    sequences = framed(texts, vocabulary, direction, longest=LONGEST_TAUGHT)
    order = sorted(range(len(sequences)), key=lambda row: len(sequences[row]))
    answer = np.zeros(len(sequences))
    teacher.eval()
    with torch.no_grad():
        for rows in cut_by_tokens(order, sequences, 16_000):
            answer[rows] = teacher(padded([sequences[row] for row in rows])).double().numpy()
    return answer


@dataclass(frozen=True, slots=True)
class _Run:
    """What both trainings share: warm up, then a schedule over all steps."""

    module: nn.Module
    sequences: Sequence[NDArray[np.int32]]
    tokens: int
    loss: Callable[[nn.Module, Any], Tensor]
    optimizer: torch.optim.Optimizer
    shape: Callable[[float], float]

    def __call__(self, epochs: int, seed: int, **options: Any) -> None:
        once = TokenBatches(self.sequences, self.tokens, torch.Generator().manual_seed(seed))
        steps = max(1, len(once) * epochs)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: min(1.0, (step + 1) / 150) * self.shape(min(1.0, step / steps)),
        )
        train(
            self.module,
            lambda _, generator: TokenBatches(self.sequences, self.tokens, generator),
            self.loss,
            self.optimizer,
            epochs=epochs,
            seed=seed,
            schedule=schedule,
            clip_norm=1.0,
            **options,
        )


def _cosine(done: float) -> float:
    return 0.02 + 0.49 * (1 + float(np.cos(np.pi * done)))


def _linear(done: float) -> float:
    return max(0.01, 1 - done)


def _seeded(build: Callable[[], Module], seed: int) -> Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()
