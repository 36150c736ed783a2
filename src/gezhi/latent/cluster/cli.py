"""``gezhi latent cluster``."""

from __future__ import annotations

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
    from gezhi.latent.cluster.folder import Clustering

__all__ = ["cluster"]


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
@click.option(
    "--model",
    metavar="NAME|DIR",
    help="Sort DATA into the groups of this model and learn nothing; needs no extra.",
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
    model: str | None,
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
    'train', unless --model names a model that is kept ('gezhi models list').
    """
    from gezhi.latent.density.cli import read

    number = _number(clusters)
    items = read(data, columns, label, size)
    if output.exists() and any(output.iterdir()) and not (output / "report.html").exists():
        raise InputError(f"{output} holds something else; choose an empty folder")
    begun = time.perf_counter()
    if model is not None:
        found = _assigned(model, items)
    else:
        found = _fitted(
            items, number, output, seed=seed, steps=steps, augment=not no_augment, quiet=quiet,
            data=data.name,
        )  # fmt: skip
    from gezhi.latent.cluster.folder import write_folder

    seconds = time.perf_counter() - begun
    metrics = write_folder(found, items, output, title=data.name, seconds=seconds)
    if as_json:
        click.echo(json.dumps(metrics, ensure_ascii=False))
        return
    click.echo(_told(metrics))
    click.echo(output / "report.html")


def _assigned(source: str, items: Items) -> Clustering:
    from gezhi.latent.cluster.folder import assigned
    from gezhi.latent.cluster.model import ClusterModel

    inner = Path(source) / "model"
    kept, bundle = ClusterModel.read(inner if (inner / "bundle.json").is_file() else source)
    return assigned(kept, bundle, items.values)


def _fitted(
    items: Items,
    number: int | None,
    output: Path,
    *,
    seed: int,
    steps: int | None,
    augment: bool,
    quiet: bool,
    data: str,
) -> Clustering:
    """Fit, and write the model into the folder."""
    from gezhi.kernel.extras import require

    require("torch", "train")
    require("sklearn", "train")
    from gezhi.kernel.progress import Progress
    from gezhi.latent.cluster.estimator import ClusterVAE
    from gezhi.latent.cluster.folder import fitted
    from gezhi.latent.keeping import rewrite

    output.parent.mkdir(parents=True, exist_ok=True)
    kept = output.with_name(f".{output.name}.training")
    with Progress("finding groups", quiet=quiet) as report, _rounds_kept():
        model = ClusterVAE(
            number,
            random_state=seed,
            n_steps=steps,
            augment="auto" if augment else False,
            checkpoint=kept,
            report=report,
        ).fit(items.values)
    output.mkdir(parents=True, exist_ok=True)
    model.save(output / "model")
    how = [f"--clusters {number or 'auto'}", f"--seed {seed}"]
    how += [f"--steps {steps}"] if steps else []
    how += [] if augment else ["--no-augment"]
    command = " ".join(["gezhi latent cluster", data, *how])
    said = {"command": command, "data": data, "rows": len(items), "seed": seed}
    rewrite(output / "model", output / "model", training=said)
    kept.unlink(missing_ok=True)
    return fitted(model, items.values)


def _number(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdigit() or int(text) < 2:
        raise click.BadParameter("give a number from 2, or auto", param_hint="--clusters")
    return int(text)


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
