"""What the pages show of a clustering."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.arrays import Items
from gezhi.kernel.pictures import as_bytes, png_bytes, read_picture
from gezhi.latent.cluster.folder import Clustering, assigned
from gezhi.latent.cluster.model import ClusterModel
from gezhi.latent.cluster.report import Found, map_svg, member_sheet, sample_sheet

__all__ = [
    "DIRECTIONS",
    "EXAMPLE_MODEL",
    "LABELS",
    "Example",
    "asked_amounts",
    "cluster_map",
    "digest",
    "drawn",
    "example",
    "example_items",
    "model_of",
    "strip",
]

EXAMPLE_MODEL = "fashion-clusters"
#: Of Fashion-MNIST, 0 to 9: keys of the catalogues.
LABELS = (
    "tshirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
)  # fmt: skip
#: How many sliders move through a cluster.
DIRECTIONS = 4
_SIDE, _DRAWN_SIDE = 28, 168
_COLUMNS_SHOWN = 30


@dataclass(frozen=True)
class Example:
    """The shipped clustering: its digest, two sheets (a row a cluster) and a map as SVG."""

    digest: Mapping[str, Any]
    members: NDArray[np.uint8]
    samples: NDArray[np.uint8]
    map: str


@cache
def model_of(source: Path | str) -> ClusterModel:
    """A model from its name or folder, read once.

    Raises:
        BundleError: it is missing or damaged.
    """
    return ClusterModel.read(source)[0]


def drawn(model: ClusterModel, cluster: int, amounts: Sequence[float]) -> bytes:
    """What the model draws at a place of a cluster, as PNG; amounts are standard deviations."""
    directions = min(len(amounts), model.centres.shape[1])
    picture = as_bytes(model.decode(model.along(cluster, amounts[:directions])))[0]
    times = max(1, _DRAWN_SIDE // max(picture.shape[:2]))
    return png_bytes(np.ascontiguousarray(picture.repeat(times, 0).repeat(times, 1)))


def asked_amounts(query: Mapping[str, str]) -> list[float]:
    """The places of the sliders in an address, in standard deviations; 0 of what makes no sense.

    >>> asked_amounts({"d0": "15", "d1": "-999", "d2": "x"})
    [1.5, -3.0, 0.0, 0.0]
    """
    found = []
    for number in range(DIRECTIONS):
        text = query.get(f"d{number}", "")
        known = text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 5
        found.append(max(-30, min(30, int(text))) / 10 if known else 0.0)
    return found


@cache
def example_items() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The first 400 test pictures of Fashion-MNIST (400, 28, 28) and their labels."""
    folder = Path(str(files(__package__)))
    whole = read_picture(folder / "example.png")
    rows, columns = (side // _SIDE for side in whole.shape[:2])
    cut = whole.reshape(rows, _SIDE, columns, _SIDE).transpose(0, 2, 1, 3)
    said = json.loads((folder / "example.json").read_text(encoding="utf-8"))
    labels = np.array([int(one) for one in said["labels"]])
    return cut.reshape(-1, _SIDE, _SIDE), labels


@cache
def example() -> Example:
    """The test pictures as the shipped model sorts them.

    Raises:
        BundleError: the model is missing or damaged.
    """
    pictures, labels = example_items()
    model, bundle = ClusterModel.read(EXAMPLE_MODEL)
    found = assigned(model, bundle, pictures)
    said = digest(found, Items(pictures))
    most = 0
    for number, one in enumerate(said["clusters"]):
        counts = np.bincount(labels[found.labels == number], minlength=len(LABELS))
        most += int(counts.max())
        share = float(counts.max() / max(counts.sum(), 1))
        one |= {"label": LABELS[int(counts.argmax())], "label_share": share}
    said["by_majority"] = most / len(labels)
    return Example(
        said,
        member_sheet(pictures, found.members),
        sample_sheet(list(found.drawn)),
        cluster_map(found),
    )


def digest(found: Clustering, items: Items) -> dict[str, Any]:
    """Plain JSON values: size and confidence of each cluster, and means of columns of a table."""
    total = len(found.labels)
    clusters = [
        {"count": int(count), "share": float(count / total), "confidence": float(sure)}
        for count, sure in zip(found.counts, found.confidences, strict=True)
    ]
    pictures = items.values.ndim > 2
    return {
        "items": total,
        "clusters": clusters,
        "pictures": pictures,
        "columns": [] if pictures else _means(found, items),
    }


def _means(found: Clustering, items: Items) -> list[dict[str, Any]]:
    """The columns that set the clusters apart most, with their mean in each."""
    values = np.asarray(items.values, np.float64)
    names = items.names or tuple(str(number) for number in range(values.shape[1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.stack([values[found.labels == one].mean(0) if count else values[0] * np.nan
                          for one, count in enumerate(found.counts)])  # fmt: skip
    apart = np.nan_to_num(np.nanstd(means, 0) / np.maximum(values.std(0), 1e-12))
    order = np.argsort(-apart, kind="stable")[:_COLUMNS_SHOWN]
    shown = []
    for column in order.tolist():
        cells = [f"{one:.4g}" if math.isfinite(one) else "" for one in means[:, column].tolist()]
        shown.append({"name": names[column], "means": cells})
    return shown


def cluster_map(found: Clustering) -> str:
    """The codes in two directions, as SVG."""
    return map_svg(
        Found("", found.labels, found.confidence, found.codes, found.members, (), (), (), None)
    )


def strip(sheet: NDArray[np.uint8], number: int, clusters: int) -> bytes:
    """The row of one cluster of a sheet, as PNG.

    >>> strip(np.zeros((7, 31), np.uint8), 1, 2)[1:4]
    b'PNG'
    """
    height = (len(sheet) - 1) // clusters
    return png_bytes(np.ascontiguousarray(sheet[number * height : (number + 1) * height + 1]))
