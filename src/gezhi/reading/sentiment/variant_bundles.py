"""The three variants as bundles that ship: int8 weights, ONNX, measured on the honest test."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gezhi.errors import InputError
from gezhi.kernel.bundle import Bundle, write_bundle
from gezhi.kernel.extras import require
from gezhi.kernel.registry import DATA
from gezhi.reading.sentiment.cells import Cell, cell_identity
from gezhi.reading.sentiment.compare import read_cells, read_reviews
from gezhi.reading.sentiment.corpus import Review
from gezhi.reading.sentiment.evaluation import wilson_interval
from gezhi.reading.sentiment.protocols import split
from gezhi.reading.sentiment.variants import KIND, VARIANTS, Vocabulary, load_variant

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DATA_NAME", "INT8_TOLERANCE", "make_variant_bundles"]

DATA_NAME = "sentiment-posneg"
INT8_TOLERANCE = 0.1
"""In log-odds, on the samples of the proof; what int8 costs in accuracy is measured besides."""


def make_variant_bundles(
    cells: Path,
    out: Path,
    *,
    file: Path | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
) -> list[Bundle]:
    """Write `out/sentiment-<variant>/1/` for each variant that `compare` trained honestly.

    Parameters
    ----------
    cells
        The folder that `compare` wrote.
    file, text_column, label_column
        The reviews that were compared on, as `compare` was given them.

    Raises
    ------
    InputError
        No cell of the honest protocol is there, or it was trained on other reviews.
    BundleError
        ONNX Runtime does not give the answers of torch.
    """
    require("torch", "train")
    reviews = read_reviews(file, text_column=text_column, label_column=label_column)
    parts = split("honest", reviews)
    found = [cell for cell in read_cells(cells).cells if cell.protocol == "honest"]
    if not found:
        raise InputError(f"{cells} holds no finished cell of the honest protocol: compare first")
    bundles = []
    for cell in found:
        if cell.identity != cell_identity(parts, VARIANTS[cell.variant], cell.seed):
            raise InputError(f"{cells / cell.name}.json was trained on other reviews")
        named = DATA_NAME if file is None else file.name
        bundles.append(_make(cells, cell, out, parts.test, named))
    return bundles


def _make(cells: Path, cell: Cell, out: Path, test: Sequence[Review], data: str) -> Bundle:
    from gezhi.reading.sentiment.variant_networks import export_variant, load_network, log_odds
    from gezhi.reading.sentiment.variants import encode, units_of

    variant = VARIANTS[cell.variant]
    network, vocabulary = load_network(cells / f"{cell.name}.safetensors")
    model = export_variant(network, vocabulary, storage="int8", tolerance=INT8_TOLERANCE)
    fields = _fields(cell, vocabulary, data)
    name = f"sentiment-{cell.variant}"
    labels = np.array([review.label for review in test])
    with tempfile.TemporaryDirectory() as temporary:
        draft = write_bundle(
            Path(temporary) / "draft",
            name=name, version="1", kind=KIND, files={"model.onnx": model}, metrics={}, **fields,
        )  # fmt: skip
        small = load_variant(draft, threads=1).probabilities([review.text for review in test])
    encoded = encode(
        [units_of(review.text, variant.unit) for review in test], vocabulary, length=variant.length
    )
    exact = 1 / (1 + np.exp(-log_odds(network, encoded)))
    right = (small > 0.5) == (labels > 0.5)
    low, high = wilson_interval(int(right.sum()), len(right))
    metrics = {
        "data": data,
        "split": "honest test",
        "seed": cell.seed,
        "reviews": len(right),
        "accuracy": float(right.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "accuracy_float32": cell.test.accuracy,
        "largest_probability_difference_to_float32": float(np.abs(small - exact).max()),
    }
    return write_bundle(
        out / name / "1",
        name=name, version="1", kind=KIND, files={"model.onnx": model}, metrics=metrics, **fields,
    )  # fmt: skip


def _fields(cell: Cell, vocabulary: Vocabulary, data: str) -> dict[str, Any]:
    variant = VARIANTS[cell.variant]
    return {
        "parameters": {
            "variant": variant.name,
            "state": 128,
            "dropout": 0.5,
            "width": variant.width,
            "storage": "int8",
        },
        "inputs": {"units": ["batch", "steps"], "lengths": ["batch"]},
        "outputs": {"log_odds": ["batch"]},
        "preprocessing": {
            "white_space": "removed",
            "unit": variant.unit,
            "length": variant.length,
            "least_seen": variant.least_seen,
            "unknown": "skipped",
            "vocabulary": list(vocabulary.units),
        },
        "training": {
            "command": "gezhi read sentiment compare",
            "data": data,
            "split": "honest train",
            "epochs": cell.epochs,
            "seed": cell.seed,
            "licence": DATA[DATA_NAME].licence if data == DATA_NAME else "unknown",
        },
    }
