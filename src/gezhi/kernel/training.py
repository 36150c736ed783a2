"""One training loop for every network in the house, written to be read from top to bottom.

After each epoch everything the next one depends on (parameters, optimiser, schedule, random
states, what was measured so far) is moved into one checkpoint file, so a run that was interrupted
and resumed is the run that was not, bit for bit on a CPU. The global random state of torch is put
back as it was found.

Nothing here knows of several machines: a wrapped module and a `batches` that shards are enough.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gezhi.errors import ParameterError
from gezhi.kernel.paths import atomic_write

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "CHECKPOINT_FORMAT",
    "Batches",
    "EpochRecord",
    "Loss",
    "Measure",
    "find_device",
    "moved",
    "train",
]

CHECKPOINT_FORMAT = 1

Loss = Callable[[nn.Module, Any], Tensor]
Measure = Callable[[nn.Module], Mapping[str, float]]
T = TypeVar("T")


class Batches(Protocol):
    """The batches of one epoch: counted before they are read, for the progress bar."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch came to: mean loss of its batches, seconds of training, what was measured."""

    epoch: int
    loss: float
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict)


def train(
    module: nn.Module,
    batches: Callable[[int, torch.Generator], Batches],
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int,
    seed: int = 0,
    device: str = "auto",
    subject: str = "",
    checkpoint: Path | None = None,
    schedule: LRScheduler | None = None,
    clip_norm: float | None = None,
    autocast: torch.dtype | None = None,
    measure: Measure | None = None,
    report: Report | None = None,
) -> list[EpochRecord]:
    """Train `module` in place and return one record an epoch.

    Parameters
    ----------
    batches
        Called with the epoch (from 0) and the generator that alone may shuffle.
    loss
        Mean loss of one batch, a scalar; the batch has been moved to the device.
    schedule
        Stepped after every batch.
    subject
        What is being trained on what. A checkpoint of another subject is refused.
    checkpoint
        File written after every epoch, and read first where it exists.
    clip_norm
        Largest Euclidean norm of the gradient.
    autocast
        Lower precision of the forward pass, such as `torch.bfloat16`.
    measure
        Called after every epoch, in evaluation mode and without gradients.

    Raises
    ------
    ParameterError
        The loss or a parameter is no longer finite, or the checkpoint belongs to another run or
        has more epochs already.

    Examples
    --------
    >>> line = nn.Linear(1, 1)
    >>> x = torch.linspace(-1, 1, 16).unsqueeze(1)
    >>> records = train(
    ...     line,
    ...     lambda epoch, generator: [(x, 3 * x + 1)],
    ...     lambda module, batch: nn.functional.mse_loss(module(batch[0]), batch[1]),
    ...     torch.optim.SGD(line.parameters(), lr=0.5),
    ...     epochs=60,
    ... )
    >>> round(line.weight.item(), 3), round(line.bias.item(), 3)
    (3.0, 1.0)
    """
    if epochs < 0:
        raise ParameterError(f"epochs must be 0 or more, not {epochs}")
    where = find_device(device)
    module.to(where)
    generator = torch.Generator().manual_seed(seed)
    state = _State(subject, module, optimizer, schedule, generator, where)
    lower = torch.autocast(where.type, dtype=autocast) if autocast else nullcontext()
    with _own_random_state(where, seed):
        records = state.read(checkpoint) if checkpoint and checkpoint.exists() else []
        if len(records) > epochs:
            raise ParameterError(
                f"{checkpoint} has {len(records)} epochs already: ask for as many, or delete it"
            )
        for epoch in range(len(records), epochs):
            module.train()
            started = time.perf_counter()
            total = 0.0
            epoch_batches = batches(epoch, generator)
            steps = len(epoch_batches)
            for step, batch in enumerate(epoch_batches):
                with lower:
                    value = loss(module, moved(batch, where))
                total += _finite(value.item(), epoch, step)
                optimizer.zero_grad(set_to_none=True)
                value.backward()  # type: ignore[no-untyped-call]
                if clip_norm is not None:
                    nn.utils.clip_grad_norm_(module.parameters(), clip_norm)
                optimizer.step()
                if schedule is not None:
                    schedule.step()
                if report is not None:
                    done = epoch * steps + step + 1
                    report(done, epochs * steps, f"epoch {epoch + 1} of {epochs}")
            seconds = time.perf_counter() - started
            _check_parameters(module, epoch)
            metrics = _measured(module, measure)
            records.append(EpochRecord(epoch + 1, total / max(steps, 1), seconds, metrics))
            if checkpoint is not None:
                state.write(checkpoint, records)
    module.eval()
    return records


def find_device(name: str = "auto") -> torch.device:
    """The device of that name; `auto` is a CUDA device where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ParameterError(f"device must be auto, cpu, cuda or mps, not {name!r}") from error


def moved(batch: T, device: torch.device) -> T:
    """The batch with every tensor in its tuples, lists and mappings on the device."""
    if hasattr(batch, "to"):
        return batch.to(device)  # type: ignore[no-any-return]
    if isinstance(batch, dict):
        return {key: moved(value, device) for key, value in batch.items()}  # type: ignore[return-value]
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(value, device) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, device) for value in batch)
    return batch


@dataclass(frozen=True)
class _State:
    """Everything the next epoch depends on, and its file."""

    subject: str
    module: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler | None
    generator: torch.Generator
    device: torch.device

    def write(self, path: Path, records: list[EpochRecord]) -> None:
        state = {
            "format": CHECKPOINT_FORMAT,
            "subject": self.subject,
            "records": [asdict(record) for record in records],
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict() if self.schedule else None,
            "generator": self.generator.get_state(),
            "random": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            torch.save(state, file)

    def read(self, path: Path) -> list[EpochRecord]:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise ParameterError(f"{path} is not a checkpoint: delete it to start anew") from error
        if state.get("format") != CHECKPOINT_FORMAT or state["subject"] != self.subject:
            raise ParameterError(f"{path} is a checkpoint of another training: delete or move it")
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        if state["cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"], self.device)
        return [EpochRecord(**record) for record in state["records"]]


@contextmanager
def _own_random_state(device: torch.device, seed: int) -> Iterator[None]:
    # Dropout draws from torch's global generator and takes no other: borrow it and give it back.
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        yield


def _measured(module: nn.Module, measure: Measure | None) -> dict[str, float]:
    if measure is None:
        return {}
    module.eval()
    with torch.no_grad():
        return {name: float(value) for name, value in measure(module).items()}


def _finite(value: float, epoch: int, step: int) -> float:
    if not math.isfinite(value):
        raise ParameterError(
            f"the loss became {value} in epoch {epoch + 1}, batch {step + 1}: "
            "lower the learning rate, clip the gradient, or look for bad values in the data"
        )
    return value


def _check_parameters(module: nn.Module, epoch: int) -> None:
    # A bad gradient in the last batch shows in no loss, and must not reach the checkpoint.
    for name, parameter in module.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            raise ParameterError(
                f"the parameter {name} is no longer finite after epoch {epoch + 1}: "
                "lower the learning rate or clip the gradient"
            )
