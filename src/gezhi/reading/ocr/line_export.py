"""The line recogniser as ONNX graphs, proved equal to torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gezhi.kernel.export import export_onnx
from gezhi.reading.ocr.line_network import LineNetwork
from gezhi.reading.ocr.rendering import HEIGHT

__all__ = ["export_line"]


class _Places(nn.Module):
    def __init__(self, network: LineNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, lines: Tensor) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = self.network(lines)
        return found


class _Names(nn.Module):
    def __init__(self, network: LineNetwork) -> None:
        super().__init__()
        self.name = network.name

    def forward(self, codes: Tensor) -> Tensor:
        found: Tensor = self.name(torch.relu(codes))
        return found


def export_line(network: LineNetwork) -> dict[str, bytes]:
    """``places.onnx``: lines to places and codes; ``names.onnx``: codes to logits.

    Raises:
        BundleError: ONNX Runtime and torch differ by more than 1e-4.
    """
    network = network.cpu().eval()
    random = torch.Generator().manual_seed(0)
    lines = [torch.randn(n, 1, HEIGHT, w, generator=random) for n, w in ((2, 64), (1, 100))]
    codes = [torch.randn(n, network.size.code, generator=random) for n in (3, 1)]
    return {
        "places.onnx": export_onnx(
            _Places(network),
            [{"lines": one} for one in lines],
            outputs=("places", "codes"),
            dynamic={
                "lines": {0: "n", 3: "width"},
                "places": {0: "n", 1: "place"},
                "codes": {0: "n", 1: "place"},
            },
        ),
        "names.onnx": export_onnx(
            _Names(network),
            [{"codes": one} for one in codes],
            outputs=("names",),
            dynamic={"codes": {0: "n"}, "names": {0: "n"}},
        ),
    }
