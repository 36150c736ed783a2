"""What the pages show of a ranking: the first and the last items, why, and all as a histogram."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.arrays import Items
from gezhi.kernel.pictures import as_bytes, png_bytes
from gezhi.kernel.registry import list_bundles
from gezhi.latent.density.model import KIND, DensityModel
from gezhi.latent.density.ranking import Ranking, bits_per_cell, rank
from gezhi.studio.cluster.views import example_items

__all__ = [
    "EXAMPLE_MODEL",
    "Example",
    "digest",
    "example",
    "histogram",
    "picture_of",
    "shipped_models",
    "why_of",
]

EXAMPLE_MODEL = "fashion-density"
_EXAMPLES = 100
_UNUSUAL, _USUAL = 24, 6
_DRAWS = 8
_COLUMNS_TOLD = 5
_BINS = 40
_SIDE = 112


@dataclass(frozen=True)
class Example:
    """The shipped example: its digest, the ranking behind it and its pictures."""

    digest: Mapping[str, Any]
    ranking: Ranking
    pictures: NDArray[np.uint8]


@cache
def example() -> Example:
    """Test pictures of clothes as the shipped model of clothes judges them.

    Raises:
        BundleError: the model is missing or damaged.
    """
    pictures = example_items()[0][:_EXAMPLES]
    items = Items(pictures)
    found = rank(DensityModel.load(EXAMPLE_MODEL), items, n_importance=_DRAWS)
    return Example(digest(found, items, unusual=8, usual=4), found, pictures)


def shipped_models() -> list[str]:
    """The names of the densities of pictures that may judge a file without learning."""
    return sorted({one.name for one in list_bundles() if one.kind == KIND})


def digest(
    found: Ranking, items: Items, *, unusual: int = _UNUSUAL, usual: int = _USUAL
) -> dict[str, Any]:
    """Plain JSON values: the most unusual items with why, the most usual ones, and the mean."""
    total = len(found.unusual)
    first = found.order[: min(unusual, total)].tolist()
    last = [one for one in found.order[::-1][:usual].tolist() if one not in first]
    pictures = items.values.ndim > 2
    ranks = np.sort(found.unusual)
    middle = float(ranks[len(ranks) // 2])
    spread = float(np.subtract(*np.quantile(found.unusual, [0.75, 0.25]))) or 1.0
    return {
        "items": total,
        "pictures": pictures,
        "bits": bits_per_cell(float(found.scores.log_density.mean()), found.model),
        "whole": found.model.coding.whole,
        "unusual": [_shown(found, items, one, middle, spread) for one in first],
        "usual": [_shown(found, items, one, middle, spread) for one in last],
    }


def _shown(found: Ranking, items: Items, number: int, middle: float, spread: float) -> Any:
    said = found.row(number)
    values = np.asarray(items.values)
    cells = []
    if values.ndim == 2:
        order = found.surprise[number].argsort()[::-1][:_COLUMNS_TOLD].tolist()
        for one in order:
            low, high = np.quantile(values[:, one], [0.05, 0.95])
            cells.append(
                {
                    "name": found.cell(one),
                    "value": f"{values[number, one]:.5g}",
                    "low": f"{low:.5g}",
                    "high": f"{high:.5g}",
                    "nats": float(found.surprise[number, one]),
                }
            )
    return {
        "number": number,
        "name": str(said["item"]) if found.sources else "",
        "unusual": said["unusual"],
        "log_density": said["log_density"],
        "apart": (said["unusual"] - middle) / spread,
        "cells": cells,
    }


def picture_of(picture: NDArray[Any]) -> bytes:
    """One picture as PNG; bits are shown black and white.

    >>> picture_of(np.eye(2, dtype=np.uint8))[1:4]
    b'PNG'
    """
    plain = as_bytes(picture)
    return png_bytes(_larger(plain * np.uint8(255) if plain.max(initial=0) <= 1 else plain))


def why_of(found: Ranking, pictures: NDArray[Any], number: int) -> bytes:
    """A picture in pale grey, redder where it is less expected than usual there, as PNG."""
    plain = as_bytes(pictures[number])
    grey = (plain.mean(-1) if plain.ndim > 2 else plain) * (255 if plain.max(initial=0) <= 1 else 1)
    shape = found.model.coding.shape
    surprise = found.surprise[number].reshape(shape)
    surprise = (surprise.sum(-1) if surprise.ndim > 2 else surprise).clip(0)
    # All heats of a file are on one scale, that what is redder is stranger.
    most = max(float(np.quantile(found.surprise[found.order[:_UNUSUAL]], 0.995)), 1e-9)
    heat = (surprise / most).clip(0, 1)[..., None] ** 0.5
    pale = (127 + grey[..., None] / 2) * np.ones(3)
    mixed = pale * (1 - heat) + np.array([200.0, 30.0, 30.0]) * heat
    return png_bytes(_larger(mixed.round().astype(np.uint8)))


def _larger(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Small pictures so often larger that their pixels stay squares."""
    times = max(1, _SIDE // max(picture.shape[:2]))
    return np.asarray(picture.repeat(times, 0).repeat(times, 1))


def histogram(values: NDArray[np.float64], *, width: int = 640, height: int = 160) -> str:
    """How many items are how unusual, as SVG; the tails are drawn in the first and last bar.

    >>> histogram(np.array([1.0, 2.0, 2.0])).count("<rect")
    2
    """
    low, high = np.quantile(values, [0.005, 0.995])
    if not high > low:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(values.clip(low, high), bins=_BINS, range=(low, high))
    step, top = (width - 20) / _BINS, max(int(counts.max()), 1)
    bars = [
        f'<rect x="{10 + i * step:.1f}" y="{height - 24 - high_:.1f}" width="{step - 1:.1f}" '
        f'height="{high_:.1f}" rx="1"/>'
        for i, count in enumerate(counts.tolist())
        if (high_ := (height - 34) * math.sqrt(count / top))
    ]
    words = [
        f'<text x="{x}" y="{height - 6}" text-anchor="{anchor}">{value:,.0f}</text>'
        for x, anchor, value in (
            (10, "start", edges[0]),
            (width // 2, "middle", edges[_BINS // 2]),
            (width - 10, "end", edges[-1]),
        )
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#8a3324">'
        + "".join(bars)
        + '<g fill="#555">'
        + "".join(words)
        + "</g></svg>"
    )
