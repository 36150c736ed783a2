"""The OCR's networks as ONNX graphs, proved equal to torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gezhi.kernel.export import export_onnx
from gezhi.reading.ocr.glyph_model import PLACE, SIDE
from gezhi.reading.ocr.glyph_network import GlyphNetwork
from gezhi.reading.ocr.line_network import LineNetwork
from gezhi.reading.ocr.rendering import HEIGHT
from gezhi.reading.ocr.text_network import TextNetwork

__all__ = ["export_glyph", "export_line", "export_text"]


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


def export_text(network: TextNetwork) -> dict[str, bytes]:
    """``text.onnx``: pictures to maps.

    Raises:
        BundleError: ONNX Runtime and torch differ by more than 1e-4.
    """
    network = network.cpu().eval()
    random = torch.Generator().manual_seed(0)
    sizes = ((2, 64, 96), (1, 128, 32))
    pictures = [torch.rand(n, 3, h, w, generator=random) * 2 - 1 for n, h, w in sizes]
    return {
        "text.onnx": export_onnx(
            network,
            [{"pictures": one} for one in pictures],
            outputs=("maps",),
            dynamic={
                "pictures": {0: "n", 2: "height", 3: "width"},
                "maps": {0: "n", 2: "rows", 3: "columns"},
            },
        )
    }


def export_glyph(network: GlyphNetwork) -> dict[str, bytes]:
    """``glyphs.onnx``: glyphs and places to logits.

    Raises:
        BundleError: ONNX Runtime and torch differ by more than 1e-4.
    """
    network = network.cpu().eval()
    random = torch.Generator().manual_seed(0)
    samples = [
        {
            "glyphs": torch.randn(n, 1, SIDE, SIDE, generator=random),
            "places": torch.rand(n, PLACE, generator=random),
        }
        for n in (2, 5)
    ]
    return {
        "glyphs.onnx": export_onnx(
            network,
            samples,
            outputs=("names",),
            dynamic={"glyphs": {0: "n"}, "places": {0: "n"}, "names": {0: "n"}},
        )
    }
