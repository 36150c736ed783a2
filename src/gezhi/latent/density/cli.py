"""``gezhi latent density``: fit, score and sample."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError, Interrupted
from gezhi.latent.density.anomaly import KINDS

if TYPE_CHECKING:
    from gezhi.kernel.arrays import Items
    from gezhi.latent.density.model import DensityModel

__all__ = ["MODEL", "density", "model_of", "read", "save_items", "size_of"]

DATA = click.argument("data", type=click.Path(path_type=Path))
MODEL = click.option(
    "--model", required=True, metavar="NAME|DIR", help="Name of a model, or the folder of one."
)
COLUMNS = click.option(
    "--columns", metavar="A,B,…", help="Columns of a table; all numeric ones if not given."
)
LABEL = click.option("--label", metavar="COLUMN", help="Column with labels, which is left out.")
SIZE = click.option(
    "--size", metavar="HxW", help="Bring the pictures of a folder to so many pixels."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
QUIET = click.option("--quiet", is_flag=True, help="Draw no progress bar.")
SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance."
)


@click.group(short_help="log p(x), what is unusual, and new items.")
def density() -> None:
    """How likely an item is: log p(x) of pictures and rows, and what is unusual."""


@density.command(short_help="Fit a density to data and write it to a folder.")
@DATA
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
@click.option(
    "--likelihood",
    type=click.Choice(["auto", "bernoulli", "bytes", "gaussian", "student"]),
    default="auto",
    show_default=True,
    help="Of a cell: bits, whole numbers 0 to 255, or real numbers.",
)
@click.option("--categorical", metavar="A,B,…", help="Columns of a table that name kinds.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the data.")
@click.option(
    "--prior",
    type=click.Choice(["normal", "mixture"]),
    default="normal",
    show_default=True,
    help="Of z: N(0, 1), or a learned mixture.",
)
@COLUMNS
@LABEL
@SIZE
@SEED
@JSON
@QUIET
def fit(
    data: Path,
    output: Path,
    likelihood: str,
    categorical: str | None,
    epochs: int | None,
    prior: str,
    columns: str | None,
    label: str | None,
    size: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit a density to DATA and write it to a folder.

    DATA is npy, npz, IDX (.gz), a folder of pictures, csv, tsv, xlsx or parquet. Finished epochs
    are kept: the same command goes on where it was stopped. Needs the extra 'train'.
    """
    from gezhi.kernel.extras import require
    from gezhi.kernel.progress import Progress

    items = read(data, columns, label, size)
    if output.exists() and any(output.iterdir()) and not (output / "model").exists():
        raise InputError(f"{output} holds something else; choose an empty folder")
    kinds = _numbers_of(items, categorical)
    require("torch", "train")
    require("sklearn", "train")
    from gezhi.latent.density.estimator import DensityVAE

    kept = output.with_name(f".{output.name}.training")
    estimator = DensityVAE(
        likelihood=likelihood,
        categorical=kinds,
        epochs=epochs,
        prior=prior,
        random_state=seed,
        checkpoint=kept,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    with Progress("fitting", quiet=quiet) as report, _epochs_kept():
        estimator.fit(items.values, report=report)
    how = [f"--likelihood {likelihood}", f"--prior {prior}", f"--seed {seed}"]
    how += [f"--epochs {epochs}"] if epochs else []
    command = " ".join(["gezhi latent density fit", data.name, *how])
    metrics = _written(estimator, items, output, data, command=command)
    for file in (kept, kept.with_name(f"{kept.name}.best")):
        file.unlink(missing_ok=True)
    click.echo(json.dumps(metrics, ensure_ascii=False) if as_json else _told(metrics, output))


def _written(
    estimator: Any, items: Items, output: Path, data: Path, *, command: str
) -> dict[str, Any]:
    """Write the model, its figures and some draws; the figures."""
    from dataclasses import replace

    from gezhi.kernel.paths import atomic_write
    from gezhi.latent.density.ranking import bits_per_cell

    model: DensityModel = estimator.model_
    last = [one for one in estimator.history_ if "bound" in one]
    best = max((one["bound"] for one in last), default=None)
    if best is not None:
        best += float(model.coding.log_jacobian.sum())
    metrics = {
        "likelihood": model.coding.kind,
        "rows": len(items),
        "cells": model.coding.variables,
        "epochs": len(estimator.history_),
        "bound_of_rows_held_back": best,
        "bits_per_cell": bits_per_cell(best, model) if best is not None else None,
    }
    named = {"names": list(items.names), "data": data.name, "command": command, **metrics}
    output.mkdir(parents=True, exist_ok=True)
    replace(model, metrics=metrics, training={**model.training, **named}).save(output / "model")
    with atomic_write(output / "metrics.json") as path:
        text = json.dumps({**metrics, "history": estimator.history_}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    _draw(model, output, items.names)
    return metrics


def _draw(model: DensityModel, output: Path, names: Sequence[str]) -> None:
    import numpy as np

    drawn = model.sample(64, random=np.random.default_rng(0))
    save_items(drawn, output / ("samples.png" if drawn.ndim > 2 else "samples.csv"), names)


def _told(metrics: dict[str, Any], output: Path) -> str:
    bound = metrics["bound_of_rows_held_back"]
    held = f", log p(x) of rows held back at least {bound:.3f} nats" if bound is not None else ""
    return f"{metrics['rows']:,} items of {metrics['cells']:,} cells{held}: {output}"


@density.command(short_help="Estimate log p(x), and show what is unusual.")
@DATA
@MODEL
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Table to write (.csv).")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="plain",
    show_default=True,
    help="How unusual: -log p(x); the same less what a plain packer needs; or likelihood regret, "
    "which needs the extra 'train'.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Draws of z for each item.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="How many are shown."
)
@COLUMNS
@LABEL
@SIZE
@JSON
@QUIET
def score(
    data: Path,
    model: str,
    output: Path | None,
    kind: str,
    draws: int,
    top: int,
    columns: str | None,
    label: str | None,
    size: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Estimate log p(x) of every item of DATA, and show the most unusual ones."""
    from gezhi.kernel.progress import Progress
    from gezhi.latent.density.ranking import bits_per_cell, rank, write_rows

    fitted, items = model_of(model), read(data, columns, label, size)
    with Progress("scoring", quiet=quiet) as report:
        found = rank(fitted, items, kind=kind, n_importance=draws, report=report)
    if output is not None:
        write_rows(list(found.rows()), output)
    shown = [found.row(number) for number in found.order[:top].tolist()]
    densities = found.scores.log_density
    mean = float(densities.mean())
    if as_json:
        said = {"items": len(items), "mean_log_density": mean, "most_unusual": shown}
        click.echo(json.dumps({**said, "bits_per_cell": bits_per_cell(mean, fitted)}))
        return
    error = float(densities.std() / math.sqrt(len(items)))
    click.echo(
        f"{len(items):,} items, mean log p(x) {mean:.3f} ± {1.96 * error:.3f} nats"
        f" ({bits_per_cell(mean, fitted):.3f} bits a cell)"
    )
    _print_rows(shown)


def _print_rows(rows: list[dict[str, Any]]) -> None:
    width = max([4, *(len(str(one["item"])[:32]) for one in rows)])
    click.echo(f"{'item':<{width}}  {'unusual':>10}  {'log p(x)':>10}  least expected")
    for one in rows:
        click.echo(
            f"{str(one['item'])[:32]:<{width}}  {one['unusual']:>10.2f}  "
            f"{one['log_density']:>10.2f}  {one['least_expected']}"
        )


@density.command()
@MODEL
@click.option(
    "-n",
    "number",
    type=click.IntRange(1, 100_000),
    default=64,
    show_default=True,
    help="How many.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write: .png (a sheet of pictures), .npy or .csv.",
)
@SEED
def sample(model: str, number: int, output: Path, seed: int) -> None:
    """Draw new items from a model."""
    import numpy as np

    fitted = model_of(model)
    drawn = fitted.sample(number, random=np.random.default_rng(seed))
    save_items(drawn, output, list(fitted.training.get("names", [])))
    click.echo(output)


# ---- what several commands share


def read(data: Path, columns: str | None, label: str | None, size: str | None) -> Items:
    """The items of a file or folder, as the options say."""
    from gezhi.kernel.arrays import read_items

    asked = [one.strip() for one in columns.split(",")] if columns else None
    return read_items(data, columns=asked, label=label, size=size_of(size))


def size_of(text: str | None) -> tuple[int, int] | None:
    """(height, width) of a text such as ``28x28``."""
    if text is None:
        return None
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(one.strip().isdigit() and int(one) > 0 for one in parts):
        raise click.BadParameter(f"write it as 28x28, not {text!r}", param_hint="--size")
    return int(parts[0]), int(parts[1])


def model_of(source: str) -> DensityModel:
    """The model of a name, of a bundle's folder, or of a folder that `fit` has written."""
    from gezhi.latent.density.model import DensityModel

    inner = Path(source) / "model"
    return DensityModel.load(inner if (inner / "bundle.json").is_file() else source)


def _numbers_of(items: Items, categorical: str | None) -> list[int]:
    asked = [one.strip() for one in categorical.split(",")] if categorical else []
    found = []
    for one in asked:
        if one in items.names:
            found.append(items.names.index(one))
        elif one.isdigit() and not items.names:
            found.append(int(one))
        else:
            known = ", ".join(items.names) or "numbers from 0"
            raise InputError(f"--categorical names {one!r}; the columns are {known}")
    return found


def save_items(items: Any, path: Path, names: Sequence[str]) -> None:
    """Write items as the ending of the path says; names are of columns."""
    import numpy as np

    from gezhi.kernel.paths import atomic_write
    from gezhi.kernel.pictures import png_bytes, sheet

    ending = path.suffix.lower()
    with atomic_write(path) as temporary:
        if ending == ".npy":
            with temporary.open("wb") as file:
                np.save(file, items, allow_pickle=False)
        elif ending == ".png" and items.ndim > 2:
            grey = items * np.uint8(255) if items.max() <= 1 else items
            temporary.write_bytes(png_bytes(sheet(grey.astype(np.uint8))))
        elif ending == ".csv" and items.ndim == 2:
            head = ",".join(names or [f"column_{i}" for i in range(items.shape[1])])
            lines = [",".join(f"{value:.10g}" for value in row) for row in items.tolist()]
            temporary.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        else:
            fit_for = ".png or .npy" if items.ndim > 2 else ".csv or .npy"
            raise InputError(f"{path.name}: these items are written as {fit_for}")


@contextmanager
def _epochs_kept() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        words = "stopped: the finished epochs are kept; run the same command again to go on"
        raise Interrupted(words) from None
    finally:
        sys.stdout.flush()
