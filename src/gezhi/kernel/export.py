"""A torch module as the bytes of an ONNX model, proved to give the same answers.

`export_onnx` traces the module on the first sample and then runs both on every sample: give samples
of several shapes, so that an axis that was frozen while tracing is caught here and not by a user.
Weights may be stored as float16 or int8; ONNX Runtime unfolds them to float32 once, when it loads
the file, so a smaller file costs no speed.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.inference import load_runtime

__all__ = [
    "OPSET",
    "SMALLEST_STORED",
    "Storage",
    "export_onnx",
    "largest_difference",
    "quantised_convolutions",
    "stored",
]

Storage = Literal["float32", "float16", "int8"]

OPSET = 17
SMALLEST_STORED = 1024
"""Tensors of fewer elements stay float32: they weigh nothing and biases are touchy."""


def export_onnx(
    module: nn.Module,
    samples: Sequence[Mapping[str, Tensor]],
    *,
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    metadata: Mapping[str, str] | None = None,
    storage: Storage = "float32",
    tolerance: float = 1e-4,
) -> bytes:
    """ONNX bytes of `module`, equal to it on all samples within `tolerance`.

    Parameters
    ----------
    samples
        Inputs by name, in the order of the module's `forward`. The first is traced.
    dynamic
        Axes of inputs and outputs that vary, by name: `{"units": {0: "batch", 1: "steps"}}`.
    metadata
        Written into the model file, such as a vocabulary.
    tolerance
        Largest absolute difference of any output. The exported graph is always held to 1e-4 before
        its weights are stored smaller, so that a loose tolerance hides no error of the export.

    Raises
    ------
    BundleError
        ONNX Runtime and torch differ by more than the tolerance.
    """
    module = module.cpu().eval()
    data = _traced(module, samples[0], outputs, dynamic, metadata or {})
    _require_equal(module, data, samples, min(tolerance, 1e-4))
    if storage == "float32":
        return data
    data = stored(data, storage)
    _require_equal(module, data, samples, tolerance)
    return data


def largest_difference(
    module: nn.Module, model: bytes, samples: Sequence[Mapping[str, Tensor]]
) -> float:
    """Largest absolute difference between torch and ONNX Runtime over all outputs and samples.

    Infinite where the graph does not run on a sample or answers in another shape.
    """
    onnxruntime = load_runtime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    worst = 0.0
    for sample in samples:
        with torch.no_grad():
            answer = module(*sample.values())
        expected = answer if isinstance(answer, tuple | list) else (answer,)
        try:
            found = session.run(None, {name: value.numpy() for name, value in sample.items()})
        except Exception:  # ONNX Runtime's own exceptions share no base class but this
            return float("inf")
        for left, right in zip(expected, found, strict=True):
            if tuple(left.shape) != right.shape:
                return float("inf")
            if right.size:
                difference = float(np.abs(left.double().numpy() - right).max())
                worst = max(worst, difference if np.isfinite(difference) else float("inf"))
    return worst


def stored(model: bytes, storage: Storage) -> bytes:
    """The same ONNX model with its large float32 weights stored as float16 or int8.

    int8 is symmetric with one scale for each row (all axes but the last): x = scale * q,
    |q| <= 127, so a weight moves by at most half of its row's scale.
    """
    if storage not in get_args(Storage):
        raise ParameterError(f"storage must be float32, float16 or int8, not {storage!r}")
    if storage == "float32":
        return model
    proto = onnx.load_from_string(model)
    graph = proto.graph
    kept, unfolding = [], []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if (
            tensor.data_type != TensorProto.FLOAT
            or weights.squeeze().ndim < 2  # an LSTM's biases have the shape (1, 8H)
            or weights.size < SMALLEST_STORED
        ):
            kept.append(tensor)
            continue
        small, nodes = (
            _half(tensor.name, weights)
            if storage == "float16"
            else (_quantised(tensor.name, weights))
        )
        kept.extend(small)
        unfolding.extend(nodes)
    nodes = [*unfolding, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def quantised_convolutions(model: bytes, samples: Sequence[Mapping[str, NDArray[Any]]]) -> bytes:
    """The same ONNX model with convolutions that multiply 8-bit numbers.

    The ranges of their inputs and outputs are those seen on the samples and stay fixed, so that
    the answer for a row still depends on nothing but the row. Weights have a scale each channel.
    Faster on processors with 8-bit dot products; what it costs in accuracy is for the caller to
    measure.
    """
    load_runtime()
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = iter(samples)

        def get_next(self) -> Mapping[str, NDArray[Any]] | None:
            return next(self.left, None)

    with TemporaryDirectory() as folder, _only_errors():
        source, target = Path(folder) / "float.onnx", Path(folder) / "quantised.onnx"
        source.write_bytes(model)
        quantize_static(
            source,
            target,
            Reader(),
            quant_format=QuantFormat.QOperator,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return target.read_bytes()


@contextmanager
def _only_errors() -> Iterator[None]:
    """Keep the quantiser from logging advice to the user of a program."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _traced(
    module: nn.Module,
    sample: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    metadata: Mapping[str, str],
) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter (dynamo=True, torch 2.13) freezes the number of steps of an LSTM.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(sample.values()),
            buffer,  # type: ignore[arg-type]
            input_names=list(sample),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in dynamic.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    proto = onnx.load_from_string(buffer.getvalue())
    helper.set_model_props(proto, dict(metadata))
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def _require_equal(
    module: nn.Module, model: bytes, samples: Sequence[Mapping[str, Tensor]], tolerance: float
) -> None:
    difference = largest_difference(module, model, samples)
    if difference > tolerance:
        raise BundleError(
            f"the exported model differs from the trained one by {difference:.3g}, "
            f"which is more than {tolerance:.3g}"
        )


def _half(
    name: str, weights: NDArray[np.float32]
) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    half = f"{name}.float16"
    cast = helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT)
    return [numpy_helper.from_array(weights.astype(np.float16), half)], [cast]


def _quantised(
    name: str, weights: NDArray[np.float32]
) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    scale = np.abs(weights).max(axis=-1, keepdims=True) / np.float32(127)
    scale = np.where(scale > 0, scale, np.float32(1)).astype(np.float32)
    whole = np.rint(weights / scale).clip(-127, 127).astype(np.int8)
    tensors = [
        numpy_helper.from_array(whole, f"{name}.int8"),
        numpy_helper.from_array(scale, f"{name}.scale"),
    ]
    # Cast and Mul rather than DequantizeLinear: the runtime folds these two into a constant.
    nodes = [
        helper.make_node("Cast", [f"{name}.int8"], [f"{name}.whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.whole", f"{name}.scale"], [name]),
    ]
    return tensors, nodes
