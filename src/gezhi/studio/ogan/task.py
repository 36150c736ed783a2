"""The room's job: train an O-GAN on an uploaded file with the library's own estimator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gezhi.errors import InputError
from gezhi.kernel.extras import require
from gezhi.kernel.paths import atomic_write
from gezhi.studio.items import read_upload
from gezhi.studio.tasks import Report

__all__ = ["train_gan"]

_KEPT = 24
_FEW = 64


def train_gan(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Fit `OGAN` to `source` and write its folder: what the page shows.

    Args:
        parameters: `source` and `output` (paths of the studio's own), `steps`, `size` ((height,
            width) or None) and `title`.
        report: told of every step.
    """
    require("torch", "train")
    require("onnx", "train")
    from gezhi.latent.ogan.estimator import OGAN
    from gezhi.latent.ogan.folder import write_folder

    output, asked = Path(parameters["output"]), parameters["size"]
    size = (int(asked[0]), int(asked[1])) if asked else None
    items = read_upload(Path(parameters["source"]), size=size, skip_damaged=True)
    pictures = np.asarray(items.values)
    if pictures.ndim < 3:
        raise InputError(f"{parameters['title']} holds rows, not pictures")
    gan = OGAN(
        n_steps=int(parameters["steps"]),
        batch_size=64 if len(pictures) >= _FEW else max(2, len(pictures)),
        random_state=0,
        report=lambda done, total, _message: report(done, total, ""),
    ).fit(pictures)
    metrics = write_folder(gan, pictures, output, training={"data": parameters["title"]})
    spread = np.linspace(0, len(pictures) - 1, min(len(pictures), _KEPT)).astype(int)
    with atomic_write(output / "pictures.npy") as path, path.open("wb") as file:
        np.save(file, pictures[spread], allow_pickle=False)
    return {**metrics, "damaged": len(items.damaged)}
