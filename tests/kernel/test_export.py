from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.export import export_onnx, largest_difference, stored

torch.set_num_threads(1)  # tiny networks only wait for one another


class Reader(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = nn.Embedding(2000, 32)
        self.lstm = nn.LSTM(32, 12)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.3, generator=generator)

    def forward(self, units: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
        outputs, _ = self.lstm(self.table(units.t()))
        return outputs[-1] * scale.unsqueeze(1), outputs.mean()


DYNAMIC = {"units": {0: "batch", 1: "steps"}, "scale": {0: "batch"}, "last": {0: "batch"}}


def samples() -> list[dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    return [
        {
            "units": torch.randint(2000, shape, generator=generator),
            "scale": torch.rand(shape[0], generator=generator),
        }
        for shape in ((3, 7), (1, 20), (6, 1))
    ]


@pytest.fixture(scope="module")
def exported() -> bytes:
    return export_onnx(
        Reader(),
        samples(),
        outputs=["last", "mean"],
        dynamic=DYNAMIC,
        metadata={"vocabulary": '["好"]'},
    )


def test_the_exported_model_gives_the_answers_of_torch(exported: bytes) -> None:
    assert largest_difference(Reader(), exported, samples()) < 1e-5


def test_metadata_is_in_the_file(exported: bytes) -> None:
    proto = onnx.load_from_string(exported)
    assert {one.key: one.value for one in proto.metadata_props} == {"vocabulary": '["好"]'}


def test_a_frozen_axis_is_caught() -> None:
    with pytest.raises(BundleError, match="differs from the trained one by inf"):
        export_onnx(
            Reader(),
            samples(),
            outputs=["last", "mean"],
            dynamic={"scale": {0: "batch"}},
        )


def test_another_network_is_told_apart(exported: bytes) -> None:
    other = Reader()
    with torch.no_grad():
        other.table.weight[:] += 0.1
    assert largest_difference(other, exported, samples()) > 1e-3


def test_a_tolerance_that_int8_cannot_keep_is_an_error() -> None:
    with pytest.raises(BundleError, match="more than 1e-07"):
        export_onnx(
            Reader(),
            samples(),
            outputs=["last", "mean"],
            dynamic=DYNAMIC,
            storage="int8",
            tolerance=1e-7,
        )


@pytest.mark.parametrize(
    ("storage", "share", "apart"), [("float16", 0.53, 1e-3), ("int8", 0.33, 0.03)]
)
def test_smaller_storage_is_smaller_and_close(
    exported: bytes, storage: str, share: float, apart: float
) -> None:
    small = stored(exported, storage)  # type: ignore[arg-type]
    assert len(small) < share * len(exported)
    assert largest_difference(Reader(), small, samples()) < apart


def test_an_int8_weight_moves_by_at_most_half_of_its_rows_scale(exported: bytes) -> None:
    proto = onnx.load_from_string(stored(exported, "int8"))
    tensors = {one.name: numpy_helper.to_array(one) for one in proto.graph.initializer}
    table = Reader().table.weight.detach().numpy()
    whole, scale = tensors["table.weight.int8"], tensors["table.weight.scale"]
    assert whole.dtype == np.int8
    assert (np.abs(whole * scale - table) <= 0.5001 * scale).all()


def test_biases_stay_as_they_are() -> None:
    class Outputs(nn.LSTM):
        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(x)[0]

    # The biases of 128 cells are one row of 1,024 in ONNX.
    data = export_onnx(Outputs(4, 128), [{"x": torch.ones(3, 1, 4)}], outputs=["y"], dynamic={})
    for storage in ("float16", "int8"):
        proto = onnx.load_from_string(stored(data, storage))  # type: ignore[arg-type]
        kept = [one for one in proto.graph.initializer if one.data_type == onnx.TensorProto.FLOAT]
        assert [1, 1024] in [list(one.dims) for one in kept]


def test_a_row_of_zeros_stays_zero() -> None:
    net = nn.Linear(64, 64, bias=False)
    with torch.no_grad():
        net.weight[5] = 0
    data = export_onnx(
        net,
        [{"x": torch.eye(64)}],
        outputs=["y"],
        dynamic={"x": {0: "batch"}, "y": {0: "batch"}},
        storage="int8",
        tolerance=0.01,
    )
    assert largest_difference(net, data, [{"x": torch.eye(64)}]) < 0.01


def test_unknown_storage(exported: bytes) -> None:
    assert stored(exported, "float32") == exported
    with pytest.raises(ParameterError, match="storage must be"):
        stored(exported, "int3")  # type: ignore[arg-type]
