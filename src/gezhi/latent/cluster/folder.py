"""What a clustering leaves in a folder: labels, figures, sheets of pictures and a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.arrays import Items
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import png_bytes
from gezhi.latent.cluster.items import require_finite, require_shape
from gezhi.latent.cluster.report import Found, member_sheet, page, sample_sheet
from gezhi.latent.cluster.summary import representatives

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle
    from gezhi.latent.cluster.estimator import ClusterVAE
    from gezhi.latent.cluster.model import ClusterModel

__all__ = ["SAMPLES", "Clustering", "assigned", "fitted", "write_folder"]

#: New items that are drawn of each cluster.
SAMPLES = 10


@dataclass(frozen=True)
class Clustering:
    """Items in clusters.

    Attributes:
        labels, confidence: of the items, (n,).
        codes: (n, latent).
        members: (clusters, m) numbers of typical items, −1 for none.
        drawn: (clusters, `SAMPLES`, *shape) new items.
        losses, information: of each round of the training.
        evidence: of each number of clusters, where the number was looked for.
        steps: batches of the training.
    """

    labels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    codes: NDArray[np.float64]
    members: NDArray[np.int64]
    drawn: NDArray[np.float64]
    losses: Sequence[float]
    information: Sequence[float]
    evidence: Mapping[int, float]
    steps: int

    @property
    def clusters(self) -> int:
        """How many there are."""
        return len(self.members)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Members of each cluster, (clusters,)."""
        return np.bincount(self.labels, minlength=self.clusters)

    @property
    def confidences(self) -> NDArray[np.float64]:
        """Mean confidence of each cluster's members, (clusters,); 0 where it has none."""
        total = np.bincount(self.labels, self.confidence, minlength=self.clusters)
        return np.asarray(total / np.maximum(self.counts, 1))


def fitted(estimator: ClusterVAE, items: NDArray[Any]) -> Clustering:
    """The clustering of the items that an estimator was fitted on."""
    drawn = [
        estimator.sample(SAMPLES, cluster=one, random_state=0)
        for one in range(estimator.n_clusters_)
    ]
    return Clustering(
        labels=estimator.labels_,
        confidence=estimator.confidence_,
        codes=estimator.transform(items),
        members=estimator.representatives_,
        drawn=np.stack(drawn),
        losses=estimator.losses_,
        information=estimator.information_,
        evidence=estimator.evidence_,
        steps=int(estimator.n_iter_),
    )


def assigned(model: ClusterModel, bundle: Bundle, items: NDArray[Any]) -> Clustering:
    """The clustering of other items by a model that is kept; needs no torch.

    Raises:
        ArrayError: items of another shape or other units, NaN or infinity.
    """
    require_shape(items, model.shape)
    require_finite(items)
    model.scaling.require_same_units(items)
    found = model.encode(items)
    clusters = found.probabilities.shape[1]
    random = np.random.RandomState(0)
    which = np.repeat(np.arange(clusters), SAMPLES)
    drawn = model.decode(model.draw(which, random))
    return Clustering(
        labels=found.probabilities.argmax(axis=1),
        confidence=found.probabilities.max(axis=1),
        codes=found.mean,
        members=representatives(found, model.centres),
        drawn=drawn.reshape(clusters, SAMPLES, *model.shape),
        losses=list(bundle.metrics["losses"]),
        information=list(bundle.metrics["information_nats"]),
        evidence=bundle.metrics["evidence"],
        steps=int(bundle.training["steps"]),
    )


def write_folder(
    clustering: Clustering, items: Items, folder: Path, *, title: str, seconds: float
) -> dict[str, Any]:
    """Write assignments.csv, metrics.json, report.html and, of pictures, two sheets.

    Returns:
        What metrics.json holds. Agreement with known labels is in it where scikit-learn is there.
    """
    known = None
    if items.labels is not None:
        from gezhi.kernel.extras import require

        require("sklearn", "train")
        from gezhi.latent.cluster.agreement import agreement

        known = agreement(clustering.labels, items.labels)
    metrics = _metrics(clustering, seconds)
    if known is not None:
        metrics |= {"accuracy": known.accuracy, "majority": known.majority, "nmi": known.nmi}
    found = Found(
        title=title,
        labels=clustering.labels,
        confidence=clustering.confidence,
        codes=clustering.codes,
        members=clustering.members,
        losses=clustering.losses,
        information=clustering.information,
        names=items.names,
        agreement=known,
    )
    pictures: dict[str, bytes] = {}
    if items.values.ndim > 2:
        pictures["Typical members"] = png_bytes(member_sheet(items.values, found.members))
        pictures["New items, drawn"] = png_bytes(sample_sheet(list(clustering.drawn)))
    rows = items.values if items.values.ndim == 2 else None
    files = {
        "metrics.json": (json.dumps(metrics, indent=1) + "\n").encode(),
        "assignments.csv": _assignments(clustering, items).encode(),
        "report.html": page(found, pictures, rows).encode(),
    }
    for name, content in zip(("members.png", "samples.png"), pictures.values(), strict=False):
        files[name] = content
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with atomic_write(folder / name) as path:
            path.write_bytes(content)
    return metrics


def _metrics(clustering: Clustering, seconds: float) -> dict[str, Any]:
    shares = clustering.counts / len(clustering.labels)
    return {
        "items": len(clustering.labels),
        "clusters": clustering.clusters,
        "proportions": [round(float(one), 6) for one in shares],
        "mean_confidence": round(float(clustering.confidence.mean()), 6),
        "steps": clustering.steps,
        "seconds": round(seconds, 1),
        "evidence": {str(key): value for key, value in clustering.evidence.items()},
    }


def _assignments(clustering: Clustering, items: Items) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labelled = items.labels is not None
    writer.writerow(["item", "cluster", "confidence", *(["label"] if labelled else [])])
    names = items.sources or range(len(items))
    for row, name in enumerate(names):
        last = [items.labels[row]] if items.labels is not None else []
        found = clustering.labels[row], f"{clustering.confidence[row]:.6f}"
        writer.writerow([name, *found, *last])
    return text.getvalue()
