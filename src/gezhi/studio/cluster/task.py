"""The room's job: find clusters in an uploaded file with the library's own estimator."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.arrays import Items, read_items
from gezhi.kernel.extras import require
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import unpack_pictures
from gezhi.studio.tasks import Report

__all__ = ["MOST_VALUES", "find_clusters", "read_upload"]

MOST_VALUES = 100_000_000
"""Cells or pixels of a file: what fits into the memory of a small computer."""


def read_upload(source: Path, *, size: tuple[int, int] | None = None) -> Items:
    """The items of an uploaded file; a zip of pictures is a folder of pictures.

    Raises:
        InputError: it cannot be read, or holds more than `MOST_VALUES` numbers.
    """
    if source.suffix == ".zip":
        folder = source.with_name("unpacked")
        names = unpack_pictures(source, folder)
        items = replace(read_items(folder, size=size), labels=None, sources=names)
    else:
        items = read_items(source)
    if items.values.size > MOST_VALUES:
        raise InputError(
            f"{source.name} holds {items.values.size:,} numbers; {MOST_VALUES:,} are the most here"
        )
    return items


def find_clusters(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Fit `ClusterVAE` to `source` and write its folder: what the page shows.

    Args:
        parameters: `source` and `output` (paths of the studio's own), `clusters` (a number or
            None), `steps` (a number or None), `size` ((height, width) or None) and `title`.
        report: told of every batch.
    """
    require("torch", "train")
    require("sklearn", "train")
    from gezhi.latent.cluster.estimator import ClusterVAE
    from gezhi.latent.cluster.folder import fitted, write_folder
    from gezhi.studio.cluster.views import cluster_map, digest

    output, begun = Path(parameters["output"]), time.perf_counter()
    asked = parameters["size"]
    size = (int(asked[0]), int(asked[1])) if asked else None
    items = read_upload(Path(parameters["source"]), size=size)
    model = ClusterVAE(
        parameters["clusters"],
        random_state=0,
        n_steps=parameters["steps"],
        report=lambda done, total, _message: report(done, total, ""),
    ).fit(items.values)
    found = fitted(model, items.values)
    seconds = time.perf_counter() - begun
    write_folder(found, items, output, title=parameters["title"], seconds=seconds)
    with atomic_write(output / "map.svg") as path:
        path.write_text(cluster_map(found), encoding="utf-8")
    model.save(output / "model")
    return {**digest(found, items), "seconds": seconds}
