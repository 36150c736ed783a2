"""``gezhi latent compress`` and ``gezhi latent decompress``."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from gezhi.errors import InputError
from gezhi.latent.density.cli import MODEL, model_of, read, save_items

__all__ = ["WORKERS", "compress", "decompress"]


WORKERS = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes; as many as cores if not given."
)


@click.command(short_help="Pack pictures or small whole numbers.")
@click.argument("data", type=click.Path(path_type=Path))
@MODEL
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="File to write (.gz8)."
)
@WORKERS
@click.option("--no-check", is_flag=True, help="Do not decode each part and compare it.")
@click.option("--columns", metavar="A,B,…", help="Columns of a table; all numeric if not given.")
@click.option("--size", metavar="HxW", help="Bring the pictures of a folder to so many pixels.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="Draw no progress bar.")
def compress(
    data: Path,
    model: str,
    output: Path,
    workers: int | None,
    no_check: bool,
    columns: str | None,
    size: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Pack DATA, pictures or small whole numbers, by a fitted model, without loss.

    Fit the model with 'gezhi latent density fit'; it is needed to unpack, and is not in the file.
    Labels and file names are not kept; names of columns are.
    """
    from dataclasses import asdict

    from gezhi.kernel.parallel import available_cores
    from gezhi.kernel.progress import Progress
    from gezhi.latent.codec.codec import compress as pack
    from gezhi.latent.density.coding import as_whole

    fitted, items = model_of(model), read(data, columns, None, size)
    begun = time.perf_counter()
    with Progress("compressing", quiet=quiet) as report:
        done = pack(
            fitted,
            as_whole(items.values),
            output,
            check=not no_check,
            extra={"names": list(items.names)},
            workers=workers or available_cores(),
            report=report,
        )
    seconds = time.perf_counter() - begun
    if as_json:
        click.echo(json.dumps({**asdict(done), "seconds": round(seconds, 3)}))
        return
    click.echo(
        f"{done.items:,} items: {done.raw_bytes:,} bytes to {done.bytes:,} "
        f"({done.bits_per_cell:.3f} bits a cell; {done.seed_bytes} bytes of them are seed)"
    )


@click.command(short_help="Unpack what compress has written.")
@click.argument("file", type=click.Path(path_type=Path))
@MODEL
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write: .npy, or .csv of a table.",
)
@WORKERS
@click.option("--quiet", is_flag=True, help="Draw no progress bar.")
def decompress(file: Path, model: str, output: Path, workers: int | None, quiet: bool) -> None:
    """Unpack a file that 'compress' has written, with the same model."""
    from gezhi.kernel.parallel import available_cores
    from gezhi.kernel.progress import Progress
    from gezhi.latent.codec.codec import decompress as unpack

    if output.suffix.lower() not in (".npy", ".csv"):
        raise InputError(f"{output.name}: write .npy, or .csv of a table")
    fitted = model_of(model)
    with Progress("decompressing", quiet=quiet) as report:
        items, extra = unpack(fitted, file, workers=workers or available_cores(), report=report)
    save_items(items, output, list(extra.get("names", [])))
    click.echo(f"{len(items):,} items: {output}")
