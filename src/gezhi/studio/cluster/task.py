"""The room's job: find clusters in an uploaded file with the library's own estimator."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gezhi.kernel.extras import require
from gezhi.kernel.paths import atomic_write
from gezhi.studio.items import read_upload
from gezhi.studio.tasks import Report

__all__ = ["find_clusters"]


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
