"""``gezhi latent cluster``."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError, Interrupted

if TYPE_CHECKING:
    from gezhi.kernel.arrays import Items
    from gezhi.latent.cluster.estimator import ClusterVAE
    from gezhi.latent.cluster.report import Found

__all__ = ["cluster"]

_SAMPLES = 10


@click.command(short_help="Find groups in pictures or rows.")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--clusters",
    default="8",
    show_default=True,
    metavar="N|auto",
    help="How many groups; auto finds the number.",
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
@click.option("--columns", metavar="A,B,…", help="Columns of a table; all numeric if not given.")
@click.option(
    "--label", metavar="COLUMN", help="Column with known labels: never learnt from, compared with."
)
@click.option("--size", metavar="HxW", help="Bring the pictures of a folder to so many pixels.")
@click.option("--steps", type=click.IntRange(min=20), help="Batches in all.")
@click.option("--no-augment", is_flag=True, help="Do not move or darken pictures in training.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="Draw no progress bar.")
def cluster(
    data: Path,
    clusters: str,
    output: Path,
    columns: str | None,
    label: str | None,
    size: str | None,
    steps: int | None,
    no_augment: bool,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find groups in DATA and write them to a folder, with a page that shows them.

    DATA is npy, npz, IDX (.gz), a folder of pictures, csv, tsv, xlsx or parquet. The folder gets
    assignments.csv, metrics.json, report.html, sheets of members and of draws, and the model.
    Finished rounds are kept: the same command goes on where it was stopped. Needs the extra
    'train'.
    """
    from gezhi.kernel.extras import require
    from gezhi.kernel.progress import Progress
    from gezhi.latent.density.cli import read

    number = _number(clusters)
    items = read(data, columns, label, size)
    if output.exists() and any(output.iterdir()) and not (output / "model").exists():
        raise InputError(f"{output} holds something else; choose an empty folder")
    require("torch", "train")
    require("sklearn", "train")
    from gezhi.latent.cluster.estimator import ClusterVAE

    output.parent.mkdir(parents=True, exist_ok=True)
    kept, begun = output.with_name(f".{output.name}.training"), time.perf_counter()
    with Progress("finding groups", quiet=quiet) as report, _rounds_kept():
        model = ClusterVAE(
            number,
            random_state=seed,
            n_steps=steps,
            augment=False if no_augment else "auto",
            checkpoint=kept,
            report=report,
        ).fit(items.values)
    metrics = _written(model, items, output, data.name, time.perf_counter() - begun)
    kept.unlink(missing_ok=True)
    if as_json:
        click.echo(json.dumps(metrics, ensure_ascii=False))
        return
    click.echo(_told(metrics))
    click.echo(output / "report.html")


def _number(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdigit() or int(text) < 2:
        raise click.BadParameter("give a number from 2, or auto", param_hint="--clusters")
    return int(text)


def _written(
    model: ClusterVAE, items: Items, output: Path, title: str, seconds: float
) -> dict[str, Any]:
    from gezhi.kernel.paths import atomic_write
    from gezhi.kernel.pictures import png_bytes
    from gezhi.latent.cluster.agreement import agreement
    from gezhi.latent.cluster.report import Found, member_sheet, page, sample_sheet

    known = agreement(model.labels_, items.labels) if items.labels is not None else None
    found = Found(
        title=title,
        labels=model.labels_,
        confidence=model.confidence_,
        codes=model.transform(items.values),
        members=model.representatives_,
        losses=model.losses_,
        information=model.information_,
        names=items.names,
        agreement=known,
    )
    metrics = {
        "items": len(items),
        "clusters": int(model.n_clusters_),
        "proportions": [round(float(one), 6) for one in model.proportions_],
        "mean_confidence": round(float(model.confidence_.mean()), 6),
        "steps": int(model.n_iter_),
        "seconds": round(seconds, 1),
        "evidence": {str(key): value for key, value in model.evidence_.items()},
    }
    if known is not None:
        metrics |= {"accuracy": known.accuracy, "majority": known.majority, "nmi": known.nmi}
    pictures: dict[str, bytes] = {}
    drawn = [model.sample(_SAMPLES, cluster=one, random_state=0) for one in range(found.clusters)]
    if items.values.ndim > 2:
        pictures["Typical members"] = png_bytes(member_sheet(items.values, found.members))
        pictures["New items, drawn"] = png_bytes(sample_sheet(drawn))
    rows = items.values if items.values.ndim == 2 else None
    files = {
        "metrics.json": (json.dumps(metrics, indent=1) + "\n").encode(),
        "assignments.csv": _assignments(found, items).encode(),
        "report.html": page(found, pictures, rows).encode(),
    }
    for name, content in zip(("members.png", "samples.png"), pictures.values(), strict=False):
        files[name] = content
    output.mkdir(parents=True, exist_ok=True)
    model.save(output / "model")
    for name, content in files.items():
        with atomic_write(output / name) as path:
            path.write_bytes(content)
    return metrics


def _assignments(found: Found, items: Items) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labelled = items.labels is not None
    writer.writerow(["item", "cluster", "confidence", *(["label"] if labelled else [])])
    names = items.sources or range(len(items))
    for row, name in enumerate(names):
        last = [items.labels[row]] if items.labels is not None else []
        writer.writerow([name, found.labels[row], f"{found.confidence[row]:.6f}", *last])
    return text.getvalue()


def _told(metrics: dict[str, Any]) -> str:
    shares = ", ".join(f"{100 * one:.0f}" for one in metrics["proportions"])
    lines = [
        f"{metrics['items']:,} items in {metrics['clusters']} clusters of {shares} %",
    ]
    if "accuracy" in metrics:
        lines.append(
            f"beside the labels: accuracy {100 * metrics['accuracy']:.1f} %, "
            f"by majority {100 * metrics['majority']:.1f} %, NMI {metrics['nmi']:.3f}"
        )
    return "\n".join(lines)


@contextmanager
def _rounds_kept() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        words = "stopped: the finished rounds are kept; run the same command again to go on"
        raise Interrupted(words) from None
