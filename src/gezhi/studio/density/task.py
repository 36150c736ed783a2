"""The room's job: rank an uploaded file's items by a density, and pack them by it."""

from __future__ import annotations

import math
import time
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gezhi.kernel.arrays import Items
from gezhi.kernel.extras import require
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import as_bytes
from gezhi.latent.codec.codec import compress
from gezhi.latent.codec.plain import plain_sizes
from gezhi.latent.density.coding import as_whole
from gezhi.latent.density.model import DensityModel
from gezhi.latent.density.ranking import Ranking, rank, write_rows
from gezhi.studio.density.views import digest, histogram, picture_of, why_of
from gezhi.studio.items import read_upload
from gezhi.studio.tasks import Report

__all__ = ["MOST_PACKED", "rank_items", "suited"]

MOST_PACKED = 4_000_000
"""Cells of a file that is packed too; more takes minutes, and has a command."""
_DRAWS = 16
_MOST_KINDS = 12
_HOW = """To unpack: gezhi latent decompress items.gz8 --model model -o items.npy
"""
# Of a hundred: what learning and scoring take of the bar.
_LEARNED, _SCORED = 70, 90


def rank_items(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Rank the items of `source`, write a table of all and pictures of the first.

    Args:
        parameters: `source` and `output` (paths of the studio's own), `model` (a name, or "" to
            learn from the file itself), `kind` (of `gezhi.latent.density.anomaly`), `steps` of
            learning and `size` ((height, width) or None).
        report: told of every step.
    """
    output, begun = Path(parameters["output"]), time.perf_counter()
    asked = parameters["size"]
    items = read_upload(
        Path(parameters["source"]), size=(int(asked[0]), int(asked[1])) if asked else None
    )
    items, left_out = suited(items)
    if parameters["model"]:
        model = DensityModel.load(parameters["model"])
    else:
        model = _learned(items, int(parameters["steps"]), report)
    found = rank(
        model,
        items,
        kind=parameters["kind"],
        n_importance=_DRAWS,
        report=lambda done, total, _: _part(report, _LEARNED, _SCORED, done, total),
    )
    output.mkdir(parents=True, exist_ok=True)
    write_rows(list(found.rows()), output / "scores.csv")
    said = digest(found, items)
    _draw(found, items, said, output)
    packed = _packed(model, items, output, report)
    if packed and not parameters["model"]:
        packed["model"] = _with_model(model, output)
    return {
        **said,
        "left_out": list(left_out),
        "packed": packed,
        "learned": not parameters["model"],
        "seconds": time.perf_counter() - begun,
    }


def suited(items: Items) -> tuple[Items, tuple[str, ...]]:
    """Items as a density takes them, and the names of columns that were left out.

    Pictures become bytes; a table of whole numbers up to 255 too. Of another table what is the
    same in every row is left out: it has no density.

    >>> found, left_out = suited(Items(np.array([[1.5, 7.0], [2.5, 7.0]]), names=("a", "b")))
    >>> found.values.tolist(), found.names, left_out
    ([[1.5], [2.5]], ('a',), ('b',))
    """
    if items.values.ndim > 2:
        return replace(items, values=as_bytes(items.values)), ()
    values = as_whole(items.values)
    if values.dtype == np.uint8:
        return replace(items, values=values), ()
    varies = (items.values != items.values[:1]).any(0)
    if varies.all() or not varies.any():
        return items, ()
    names = items.names or tuple(f"column {i}" for i in range(len(varies)))
    kept = tuple(name for name, one in zip(names, varies, strict=True) if one)
    gone = tuple(name for name, one in zip(names, varies, strict=True) if not one)
    return replace(items, values=items.values[:, varies], names=kept), gone


def _kinds(items: Items) -> list[int]:
    """Columns of a table whose few whole numbers name kinds rather than measure."""
    values = items.values
    if values.ndim > 2 or values.dtype == np.uint8:
        return []
    most = min(_MOST_KINDS, len(values) // 20)
    found = []
    for number in range(values.shape[1]):
        column = values[:, number]
        if (column == column.round()).all() and len(np.unique(column)) <= most:
            found.append(number)
    return found


def _part(report: Report, begin: int, end: int, done: int, total: int | None) -> None:
    """Tell of a part of the work as a part of a hundred."""
    report(begin + round((end - begin) * done / max(total or done, 1)), 100, "")


def _learned(items: Items, steps: int, report: Report) -> DensityModel:
    """A density of the items themselves."""
    require("torch", "train")
    require("sklearn", "train")
    from gezhi.latent.density.estimator import DensityVAE

    # As many passes as make the steps, at the batches that the estimator takes by itself.
    batch = min(500, max(32, len(items) // 20))
    estimator = DensityVAE(
        categorical=_kinds(items),
        epochs=max(1, math.ceil(steps * batch / max(len(items), batch))),
        random_state=0,
    )
    estimator.fit(
        items.values, report=lambda done, total, _: _part(report, 0, _LEARNED, done, total)
    )
    return estimator.model_


def _draw(found: Ranking, items: Items, said: Mapping[str, Any], output: Path) -> None:
    with atomic_write(output / "histogram.svg") as path:
        path.write_text(histogram(found.unusual), encoding="utf-8")
    if not said["pictures"]:
        return
    for one in (*said["unusual"], *said["usual"]):
        number = one["number"]
        (output / f"item-{number}.png").write_bytes(picture_of(items.values[number]))
        (output / f"why-{number}.png").write_bytes(why_of(found, items.values, number))


def _with_model(model: DensityModel, output: Path) -> int:
    """Write the packed items and the model that unpacks them as one archive; the model's bytes."""
    bundle = model.save(output / "model")
    size = 0
    with (
        atomic_write(output / "packed.zip") as path,
        zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.write(output / "items.gz8", "items.gz8")
        for file in sorted(bundle.folder.iterdir()):
            archive.write(file, f"model/{file.name}")
            size += file.stat().st_size
        archive.writestr("README.txt", _HOW)
    return size


def _packed(
    model: DensityModel, items: Items, output: Path, report: Report
) -> dict[str, Any] | None:
    """Bits a cell of the items packed by the model and by plain packers; None where not packed."""
    if not model.coding.whole or items.values.size > MOST_PACKED:
        return None
    done = compress(
        model,
        items.values,
        output / "items.gz8",
        extra={"names": list(items.names)},
        report=lambda done, total, _: _part(report, _SCORED, 99, done, total),
    )
    sizes = {"gezhi": done.bytes, **plain_sizes(items.values)}
    order = sorted(sizes, key=sizes.__getitem__)
    return {
        "raw": done.raw_bytes,
        "model": 0,
        "sizes": [
            {"name": name, "bytes": sizes[name], "bits": 8 * sizes[name] / items.values.size}
            for name in order
        ],
    }
