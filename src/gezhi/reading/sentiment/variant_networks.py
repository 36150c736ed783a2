"""The LSTM of the three variants, in torch: packed for training, padded for ONNX.

A one-hot row times the input matrix of an LSTM is one row of that matrix. So all variants look up
rows of gate inputs, one a unit, and share the recurrent part: no dense one-hot tensor is ever
made, and the embedding variants project each distinct unit of a batch once instead of every
occurrence. The gates are in torch's order (input, forget, cell, output), so the weights are those
of an `nn.LSTM`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, embedding
from torch.nn.utils.rnn import pack_padded_sequence

from gezhi.errors import BundleError, InputError, ParameterError
from gezhi.kernel.export import Storage, export_onnx
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.training import EpochRecord, Measure, train
from gezhi.reading.sentiment.variants import Encoded, Variant, Vocabulary

if TYPE_CHECKING:
    from gezhi.kernel.progress import Report

__all__ = [
    "BATCH_SIZE",
    "CLIP_NORM",
    "DROPOUT",
    "LEARNING_RATES",
    "POOL",
    "STATE",
    "Batch",
    "MaskedTwin",
    "Recurrence",
    "VariantNetwork",
    "export_variant",
    "length_batches",
    "limited_threads",
    "load_network",
    "log_odds",
    "masked_twin",
    "parameter_count",
    "save_network",
    "train_variant",
]

STATE = 128
DROPOUT = 0.5
BATCH_SIZE = 64
LEARNING_RATES = {"rmsprop": 6e-3, "adam": 3e-3}
"""Chosen, as the epochs are, by the validation part of the honest protocol."""
CLIP_NORM = 1.0
POOL = 8
"""Batches are cut from pools of this many, sorted by length: few idle rows, yet mixed lengths."""

# Written into the gradient's own rows: a copy of each would be a fifth of the time.
_sigmoid_slope = torch.ops.aten.sigmoid_backward.grad_input
_tanh_slope = torch.ops.aten.tanh_backward.grad_input


class Batch(NamedTuple):
    """Units (batch, steps), lengths (batch,) and labels (batch,), 1.0 for a good review."""

    units: Tensor
    lengths: Tensor
    labels: Tensor


class Recurrence(torch.autograd.Function):
    """The recurrent part of an LSTM over packed gate inputs, with its own backward pass.

    `nn.LSTM` cannot take gate inputs as they are: it would multiply them by an input matrix again.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, sizes: list[int]) -> Tensor:
        """Last state of each sequence, shape (sizes[0], H).

        `inputs`: shape (sum of sizes, 4H), step after step, the `sizes[t]` longest sequences
        first. `weight`: shape (4H, H).
        """
        width = weight.shape[1]
        gates = inputs.clone()
        cell, squashed, state = (inputs.new_empty(len(inputs), width) for _ in range(3))
        last = inputs.new_empty(sizes[0], width)
        before = start = 0
        for step, size in enumerate(sizes):
            here, past = slice(start, start + size), slice(before, before + size)
            gate = gates[here]
            if step:
                gate.addmm_(state[past], weight.t())
            gate[:, : 2 * width].sigmoid_()
            gate[:, 2 * width : 3 * width].tanh_()
            gate[:, 3 * width :].sigmoid_()
            i, f, g, o = gate.chunk(4, dim=1)
            torch.mul(i, g, out=cell[here])
            if step:
                cell[here].addcmul_(f, cell[past])
            torch.tanh(cell[here], out=squashed[here])
            torch.mul(o, squashed[here], out=state[here])
            following = sizes[step + 1] if step + 1 < len(sizes) else 0
            last[following:size] = state[start + following : start + size]
            before, start = start, start + size
        ctx.save_for_backward(gates, cell, squashed, state, weight)
        ctx.sizes = sizes
        return last

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor, None]:
        """Gradients of the gate inputs and of the weight, back through time."""
        gates, cell, squashed, state, weight = ctx.saved_tensors
        sizes = ctx.sizes
        d_inputs = torch.empty_like(gates)
        d_state = gradients[0].clone()
        d_cell = torch.zeros_like(d_state)
        start = len(gates)
        for step in range(len(sizes) - 1, -1, -1):
            size = sizes[step]
            start -= size
            here = slice(start, start + size)
            i, f, g, o = gates[here].chunk(4, dim=1)
            d_i, d_f, d_g, d_o = d_inputs[here].chunk(4, dim=1)
            dh, dc, squash = d_state[:size], d_cell[:size], squashed[here]
            dc.add_(torch.ops.aten.tanh_backward(dh * o, squash))
            _sigmoid_slope(dh * squash, o, grad_input=d_o)
            _sigmoid_slope(dc * g, i, grad_input=d_i)
            _tanh_slope(dc * i, g, grad_input=d_g)
            if step:
                before = start - sizes[step - 1]
                _sigmoid_slope(dc * cell[before : before + size], f, grad_input=d_f)
                dc.mul_(f)
                torch.mm(d_inputs[here], weight, out=dh)
            else:
                d_f.zero_()
        starts = np.cumsum([0, *sizes])
        past = [
            state[at : at + size] for at, size in zip(starts[:-2].tolist(), sizes[1:], strict=True)
        ]
        d_weight = d_inputs[sizes[0] :].t() @ torch.cat(past) if past else torch.zeros_like(weight)
        return d_inputs, d_weight, None


class VariantNetwork(nn.Module):
    """Rows by unit → LSTM 128 → dropout 0.5 → one output, in log-odds.

    Initialised as the post's Keras did (uniform embedding, Glorot input matrix, orthogonal
    recurrent matrix), but for the gates: their biases spread the memory of the cells over 1 to
    `memory` steps (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?"), without
    which the first epochs are spent on learning not to forget.
    """

    def __init__(
        self, vocabulary: int, width: int | None, memory: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(vocabulary, width or 4 * STATE))
        self.projection = nn.Parameter(torch.empty(width, 4 * STATE)) if width else None
        self.recurrent = nn.Parameter(torch.empty(4 * STATE, STATE))
        self.bias = nn.Parameter(torch.zeros(4 * STATE))
        self.dropout = nn.Dropout(DROPOUT)
        self.output = nn.Linear(STATE, 1)
        with torch.no_grad():
            steps = 1 + (memory - 2) * torch.rand(STATE, generator=generator)
            self.bias[:STATE], self.bias[STATE : 2 * STATE] = -steps.log(), steps.log()
            nn.init.orthogonal_(self.recurrent, generator=generator)
            nn.init.xavier_uniform_(self.output.weight, generator=generator)
            nn.init.zeros_(self.output.bias)
            if self.projection is None:
                nn.init.xavier_uniform_(self.table, generator=generator)
            else:
                nn.init.uniform_(self.table, -0.05, 0.05, generator=generator)
                nn.init.xavier_uniform_(self.projection, generator=generator)

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        """Log-odds, shape (batch,), of units (batch, steps) and lengths (batch,) on the CPU."""
        packed = pack_padded_sequence(
            units, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        distinct, occurrences = torch.unique(packed.data, return_inverse=True)
        rows = embedding(distinct, self.table)
        if self.projection is not None:
            rows = rows @ self.projection
        inputs = embedding(occurrences, rows + self.bias)
        state = cast(
            Tensor,
            Recurrence.apply(inputs, self.recurrent, packed.batch_sizes.tolist()),  # type: ignore[no-untyped-call]
        )
        state = state[cast(Tensor, packed.unsorted_indices)]
        state = state * (lengths > 0).to(state).unsqueeze(1)
        return cast(Tensor, self.output(self.dropout(state))).squeeze(1)


class MaskedTwin(nn.Module):
    """The same function over padded texts, for ONNX: the output at `length - 1` is gathered.

    An LSTM reads from left to right, so what is padded on the right cannot reach that output.
    """

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, STATE)
        self.output = nn.Linear(STATE, 1)

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        """Log-odds, shape (batch,)."""
        outputs, _ = self.lstm(self.table(units.t()))
        last = (lengths.long() - 1).clamp(min=0).view(1, -1, 1).expand(1, -1, outputs.shape[2])
        state = outputs.gather(0, last)[0] * (lengths > 0).to(outputs).unsqueeze(1)
        return cast(Tensor, self.output(state)).squeeze(1)


def masked_twin(network: VariantNetwork) -> MaskedTwin:
    """The exportable twin of a network, with the same weights.

    ONNX's LSTM always has an input matrix; for gate inputs that are rows already it is the
    identity.
    """
    vocabulary, width = network.table.shape
    twin = MaskedTwin(vocabulary, width)
    matrix = torch.eye(width) if network.projection is None else network.projection.t()
    twin.load_state_dict(
        {
            "table.weight": network.table,
            "lstm.weight_ih_l0": matrix,
            "lstm.weight_hh_l0": network.recurrent,
            "lstm.bias_ih_l0": network.bias,
            "lstm.bias_hh_l0": torch.zeros_like(network.bias),
            "output.weight": network.output.weight,
            "output.bias": network.output.bias,
        }
    )
    return twin.eval()


def export_variant(
    network: VariantNetwork,
    vocabulary: Vocabulary,
    *,
    storage: Storage = "float32",
    tolerance: float = 1e-4,
) -> bytes:
    """ONNX bytes: `units` (batch, steps), `lengths` (batch,) → `log_odds` (batch,).

    Proved equal to the packed network: the twin to the network, the exported graph to the twin,
    both on texts of several lengths, an empty one among them, with noise for padding.
    """
    generator = torch.Generator().manual_seed(0)
    samples = []
    for lengths in ([1, 9, 0, 40], [23], [200, 3]):
        shape = (len(lengths), max(lengths) + 2)
        units = torch.randint(len(vocabulary), shape, generator=generator)
        samples.append({"units": units, "lengths": torch.tensor(lengths, dtype=torch.int32)})
    twin = masked_twin(network)
    with torch.no_grad():
        apart = max(float((twin(**one) - network.eval()(**one)).abs().max()) for one in samples)
    if apart > 1e-4:
        raise BundleError(f"the masked twin differs from the packed network by {apart:.3g}")
    return export_onnx(
        twin,
        samples,
        outputs=["log_odds"],
        dynamic={
            "units": {0: "batch", 1: "steps"},
            "lengths": {0: "batch"},
            "log_odds": {0: "batch"},
        },
        metadata={"vocabulary": json.dumps(vocabulary.units, ensure_ascii=False)},
        storage=storage,
        tolerance=tolerance,
    )


def length_batches(
    encoded: Encoded, labels: NDArray[np.float32], generator: torch.Generator
) -> list[Batch]:
    """Shuffled batches of texts of like length."""
    order = torch.randperm(len(encoded), generator=generator).numpy()
    pools = np.split(order, range(BATCH_SIZE * POOL, len(order), BATCH_SIZE * POOL))
    cut = []
    for pool in pools:
        by_length = pool[np.argsort(encoded.lengths[pool], kind="stable")]
        cut.extend(np.split(by_length, range(BATCH_SIZE, len(by_length), BATCH_SIZE)))
    shuffled = torch.randperm(len(cut), generator=generator).tolist()
    return [_batch(encoded, labels, cut[number]) for number in shuffled]


def train_variant(
    variant: Variant,
    vocabulary: int,
    encoded: Encoded,
    labels: NDArray[np.float32],
    *,
    seed: int = 0,
    subject: str = "",
    checkpoint: Path | None = None,
    measure: Measure | None = None,
    report: Report | None = None,
    device: str = "auto",
) -> tuple[VariantNetwork, list[EpochRecord]]:
    """Train one variant on encoded texts and their labels, shape (texts,), 1.0 for good.

    The learning rate falls linearly to zero over the epochs, and the gradient's norm is clipped.
    """
    network = VariantNetwork(
        vocabulary, variant.width, variant.length, torch.Generator().manual_seed(seed)
    )
    rate = LEARNING_RATES[variant.optimiser]
    optimisers: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "rmsprop": lambda: torch.optim.RMSprop(network.parameters(), lr=rate, alpha=0.9, eps=1e-7),
        "adam": lambda: torch.optim.Adam(network.parameters(), lr=rate, eps=1e-7),
    }
    optimiser = optimisers[variant.optimiser]()
    steps = variant.epochs * math.ceil(len(encoded) / BATCH_SIZE)
    records = train(
        network,
        lambda epoch, generator: length_batches(encoded, labels, generator),
        _loss,
        optimiser,
        epochs=variant.epochs,
        seed=seed,
        device=device,
        subject=subject,
        checkpoint=checkpoint,
        schedule=torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps),
        clip_norm=CLIP_NORM,
        measure=measure,
        report=report,
    )
    return network, records


def log_odds(network: nn.Module, encoded: Encoded) -> NDArray[np.float64]:
    """Log-odds of every text, shape (texts,); sorted by length inside, in order outside."""
    answers = np.empty(len(encoded))
    order = np.argsort(encoded.lengths, kind="stable")
    device = next(network.parameters()).device
    network.eval()
    with torch.no_grad():
        for index in np.split(order, range(256, len(order), 256)):
            if len(index) == 0:
                continue
            batch = _batch(encoded, np.zeros(len(encoded), np.float32), index)
            answers[index] = network(batch.units.to(device), batch.lengths.to(device)).cpu().numpy()
    return answers


def parameter_count(network: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(math.prod(parameter.shape) for parameter in network.parameters())


def save_network(network: VariantNetwork, vocabulary: Vocabulary, path: Path) -> None:
    """Write weights and vocabulary to one safetensors file."""
    from safetensors.torch import save_file

    units = json.dumps(vocabulary.units, ensure_ascii=False)
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    with atomic_write(path) as temporary:
        save_file(weights, temporary, metadata={"vocabulary": units})


def load_network(path: Path) -> tuple[VariantNetwork, Vocabulary]:
    """What `save_network` wrote."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            vocabulary = Vocabulary(tuple(json.loads(file.metadata()["vocabulary"])))
        width = weights["projection"].shape[0] if "projection" in weights else None
        network = VariantNetwork(len(vocabulary), width, 2, torch.Generator())
        network.load_state_dict(weights)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} does not hold the weights of a variant: {error}") from error
    return network.eval(), vocabulary


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Let torch use that many threads inside the block; None leaves it as it is."""
    if threads is not None and threads < 1:
        raise ParameterError(f"threads must be 1 or more, not {threads}")
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _loss(network: nn.Module, batch: Batch) -> Tensor:
    return binary_cross_entropy_with_logits(network(batch.units, batch.lengths), batch.labels)


def _batch(encoded: Encoded, labels: NDArray[np.float32], index: NDArray[np.intp]) -> Batch:
    part = encoded.rows(index)
    return Batch(
        torch.from_numpy(part.units.astype(np.int64)),
        torch.from_numpy(part.lengths.astype(np.int64)),
        torch.from_numpy(labels[index]),
    )
