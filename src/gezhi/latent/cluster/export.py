"""The trained network as two ONNX graphs that answer in float64.

In float32 an item's answer depends on how many others are asked about with it. The weights were
trained in float32 and are stored so; the graph widens them once, when it is loaded.
"""

from __future__ import annotations

import copy

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.kernel.export import SMALLEST_STORED, export_onnx
from gezhi.latent.cluster.network import ClusterNetwork

__all__ = ["export_network"]

_TOLERANCE = 1e-9


def export_network(network: ClusterNetwork, head: int, *, bounded: bool) -> dict[str, bytes]:
    """``encoder.onnx``: x to mean, log_variance, probabilities; ``decoder.onnx``: z to x.

    Only the chosen head is kept, and only its clusters that are left after merging. Both graphs
    are run beside torch before they are returned.

    Raises:
        BundleError: ONNX Runtime and torch differ by more than 1e-9.
    """
    network = copy.deepcopy(network).double().eval()
    groups = network.groups[head]
    groups = groups[:, groups.sum(dim=0) > 0]
    generator = torch.Generator().manual_seed(0)

    def samples(name: str, width: int) -> list[dict[str, Tensor]]:
        return [
            {name: torch.randn(n, width, generator=generator, dtype=torch.float64)} for n in (3, 1)
        ]

    encoder = export_onnx(
        _Encoder(network, head, groups),
        samples("x", network.shape.features),
        outputs=("mean", "log_variance", "probabilities"),
        dynamic={name: {0: "n"} for name in ("x", "mean", "log_variance", "probabilities")},
        tolerance=_TOLERANCE,
    )
    decoder = export_onnx(
        _Decoder(network, bounded=bounded),
        samples("z", network.shape.latent),
        outputs=("x",),
        dynamic={"z": {0: "n"}, "x": {0: "n"}},
        tolerance=_TOLERANCE,
    )
    return {"encoder.onnx": _narrowed(encoder), "decoder.onnx": _narrowed(decoder)}


class _Encoder(nn.Module):
    def __init__(self, network: ClusterNetwork, head: int, groups: Tensor) -> None:
        super().__init__()
        self.network, self.groups = network, groups
        rows = slice(head * network.shape.clusters, (head + 1) * network.shape.clusters)
        self.weight = network.heads.weight.data[rows]
        self.bias = network.heads.bias.data[rows]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.network.encoder(x)
        mean = self.network.mean(h)
        log_variance = self.network.log_variance(h).clamp(-8.0, 4.0)
        logits = F.linear(self.network.hidden(mean), self.weight, self.bias)
        labels = logits.softmax(dim=1) @ self.groups
        return mean, log_variance, labels


class _Decoder(nn.Module):
    def __init__(self, network: ClusterNetwork, *, bounded: bool) -> None:
        super().__init__()
        self.decoder, self.bounded = network.decoder, bounded

    def forward(self, z: Tensor) -> Tensor:
        output: Tensor = self.decoder(z)
        return output.sigmoid() if self.bounded else output


def _narrowed(model: bytes) -> bytes:
    """The same graph with large weights stored as float32, where that loses nothing."""
    proto = onnx.load_from_string(model)
    graph = proto.graph
    kept, widening = [], []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        narrow = weights.astype(np.float32) if weights.dtype == np.float64 else weights
        if (
            weights.dtype != np.float64
            or weights.size < SMALLEST_STORED
            or (narrow != weights).any()
        ):
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(narrow, f"{tensor.name}.float32"))
        widening.append(
            helper.make_node(
                "Cast", [f"{tensor.name}.float32"], [tensor.name], to=TensorProto.DOUBLE
            )
        )
    nodes = [*widening, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())
