from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gezhi.errors import ParameterError
from gezhi.kernel.training import EpochRecord, find_device, moved, train

torch.set_num_threads(1)  # tiny networks only wait for one another

X = torch.randn(96, 5, generator=torch.Generator().manual_seed(1))
Y = (X[:, :1] - X[:, 1:2] > 0).float()


class Stopped(Exception):
    pass


def network() -> nn.Module:
    first = nn.Linear(5, 8)
    second = nn.Linear(8, 1)
    generator = torch.Generator().manual_seed(2)
    for layer in (first, second):
        nn.init.normal_(layer.weight, generator=generator)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(first, nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5), second)


def batches(epoch: int, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    order = torch.randperm(len(X), generator=generator)
    return [(X[index], Y[index]) for index in order.split(32)]


def loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(module(batch[0]), batch[1])


def run(epochs: int, *, checkpoint: Path | None = None, **options: Any) -> tuple[Any, ...]:
    options = {"seed": 3, **options}
    module = network()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=18)
    records = train(
        module,
        batches,
        loss,
        optimizer,
        epochs=epochs,
        schedule=schedule,
        checkpoint=checkpoint,
        clip_norm=1.0,
        measure=lambda module: {"output": module(X).sum().item()},
        **options,
    )
    return module.state_dict(), [(one.loss, one.metrics) for one in records]


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


def test_an_interrupted_and_resumed_run_is_the_uninterrupted_one_bit_for_bit(
    tmp_path: Path,
) -> None:
    weights, records = run(6)

    def stop(done: int, total: int | None, message: str) -> None:
        if done == 3 * 3 + 2:  # in the middle of the fourth epoch
            raise Stopped

    with pytest.raises(Stopped):
        run(6, checkpoint=tmp_path / "run.checkpoint", report=stop)
    torch.manual_seed(99)  # what the world does meanwhile does not matter
    resumed, resumed_records = run(6, checkpoint=tmp_path / "run.checkpoint")

    assert same(weights, resumed)
    assert records == resumed_records
    assert [path.name for path in tmp_path.iterdir()] == ["run.checkpoint"]


def test_more_epochs_go_on_from_the_checkpoint(tmp_path: Path) -> None:
    run(2, checkpoint=tmp_path / "run.checkpoint")
    resumed, _ = run(5, checkpoint=tmp_path / "run.checkpoint")
    assert same(run(5)[0], resumed)


def test_the_global_random_state_is_put_back() -> None:
    module = network()
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(module, batches, loss, torch.optim.SGD(module.parameters(), lr=0.1), epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_equal_seeds_give_equal_runs_and_other_seeds_others() -> None:
    torch.manual_seed(0)
    first, _ = run(2)
    torch.manual_seed(1)
    assert same(first, run(2)[0])
    assert not same(first, run(2, seed=4)[0])


def test_report_counts_batches_over_all_epochs() -> None:
    calls: list[tuple[int, int | None, str]] = []
    run(2, report=lambda *call: calls.append(call))
    assert [call[0] for call in calls] == [1, 2, 3, 4, 5, 6]
    assert {call[1] for call in calls} == {6}
    assert calls[-1][2] == "epoch 2 of 2"


def test_a_loss_that_is_not_finite_is_named_and_the_last_checkpoint_kept(tmp_path: Path) -> None:
    module = network()
    path = tmp_path / "run.checkpoint"

    def broken(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        value = loss(module, batch)
        return value * float("nan") if path.exists() else value

    with pytest.raises(ParameterError, match=r"the loss became nan in epoch 2, batch 1"):
        train(
            module,
            batches,
            broken,
            torch.optim.SGD(module.parameters(), lr=0.1),
            epochs=3,
            checkpoint=path,
        )
    assert len(torch.load(path, weights_only=True)["records"]) == 1


def test_a_bad_last_gradient_does_not_reach_the_checkpoint(tmp_path: Path) -> None:
    line = nn.Linear(1, 1)
    with pytest.raises(ParameterError, match="no longer finite after epoch 1"):
        train(
            line,
            lambda epoch, generator: [torch.zeros(1, 1)],
            lambda module, batch: (module(batch) * 0).abs().sqrt().sum(),
            torch.optim.SGD(line.parameters(), lr=0.1),
            epochs=1,
            checkpoint=tmp_path / "run.checkpoint",
        )
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_a_longer_and_a_damaged_checkpoint_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    run(2, checkpoint=path, subject="reviews")
    with pytest.raises(ParameterError, match="another training"):
        run(2, checkpoint=path, subject="pictures")
    with pytest.raises(ParameterError, match="has 2 epochs already"):
        run(1, checkpoint=path, subject="reviews")
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ParameterError, match="not a checkpoint"):
        run(2, checkpoint=path, subject="reviews")


def test_no_epochs_is_no_training() -> None:
    before = network().state_dict()
    after, records = run(0)
    assert same(before, after)
    assert records == []
    with pytest.raises(ParameterError, match="epochs must be 0 or more"):
        run(-1)


def test_training_learns() -> None:
    _, records = run(18)
    assert records[-1][0] < 0.7 * records[0][0]


def test_batches_are_moved_whatever_holds_them() -> None:
    batch = {"x": [torch.zeros(1), (torch.ones(2), "name")]}
    there = moved(batch, torch.device("meta"))
    assert there["x"][0].device.type == "meta"
    assert there["x"][1][0].device.type == "meta"
    assert there["x"][1][1] == "name"


def test_devices() -> None:
    assert find_device("cpu").type == "cpu"
    assert find_device().type in ("cpu", "cuda")
    with pytest.raises(ParameterError, match="device must be"):
        find_device("abacus")


def test_a_record_is_a_plain_value() -> None:
    assert EpochRecord(1, 0.5, 2.0) == EpochRecord(1, 0.5, 2.0, {})
