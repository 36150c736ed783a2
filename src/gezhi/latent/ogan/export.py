"""Both networks as ONNX graphs that take and give pictures as they lie in memory."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from gezhi.kernel.export import export_onnx
from gezhi.latent.ogan.networks import Encoder, Generator

__all__ = ["export_networks"]


def export_networks(generator: Generator, encoder: Encoder) -> dict[str, bytes]:
    """``generator.onnx``: z to x; ``encoder.onnx``: x to vectors. Both beside torch first.

    x is (n, height, width, colours) in [−1, 1].

    Raises:
        BundleError: ONNX Runtime and torch differ by more than 1e-4.
    """
    shape = generator.shape
    random = torch.Generator().manual_seed(0)
    z = [torch.randn(n, shape.code, generator=random) for n in (3, 1)]
    x = [torch.rand(n, shape.height, shape.width, shape.colours, generator=random) for n in (3, 1)]
    return {
        "generator.onnx": export_onnx(
            _Draws(copy.deepcopy(generator)),
            [{"z": one} for one in z],
            outputs=("x",),
            dynamic={"z": {0: "n"}, "x": {0: "n"}},
        ),
        "encoder.onnx": export_onnx(
            _Reads(copy.deepcopy(encoder)),
            [{"x": one * 2 - 1} for one in x],
            outputs=("vectors",),
            dynamic={"x": {0: "n"}, "vectors": {0: "n"}},
        ),
    }


class _Draws(nn.Module):
    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, z: Tensor) -> Tensor:
        drawn: Tensor = self.generator(z)
        return drawn.permute(0, 2, 3, 1)


class _Reads(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> Tensor:
        vectors: Tensor = self.encoder(x.permute(0, 3, 1, 2))
        return vectors
