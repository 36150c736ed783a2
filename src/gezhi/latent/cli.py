"""The wing's commands: ``gezhi latent``."""

from __future__ import annotations

from pathlib import Path

import click

from gezhi.latent.cluster.cli import cluster
from gezhi.latent.codec.cli import compress, decompress
from gezhi.latent.density.cli import density
from gezhi.latent.ogan.cli import ogan

__all__ = ["latent"]


@click.group()
def latent() -> None:
    """Unlabelled pictures or rows: groups, how likely each is, packing, and new pictures."""


latent.add_command(cluster)
latent.add_command(density)
latent.add_command(ogan)
latent.add_command(compress)
latent.add_command(decompress)


@latent.command(short_help="Keep a fitted model under a name.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--int8", is_flag=True, help="Store weights in a byte each: a quarter of the size.")
@click.option("--licence", metavar="TEXT", help="Of the data it was fitted on, kept with it.")
@click.option(
    "--to", type=click.Path(path_type=Path), help="Folder of models; your own if not given."
)
def keep(folder: Path, name: str, int8: bool, licence: str | None, to: Path | None) -> None:
    """Keep the model that 'cluster', 'density fit' or 'ogan fit' wrote to FOLDER as NAME.

    Every command then finds it by --model NAME, and 'gezhi models list' shows it.
    """
    from gezhi.kernel.paths import user_models_folder
    from gezhi.latent.keeping import rewrite

    inner = folder / "model"
    source = inner if (inner / "bundle.json").is_file() else folder
    target = (to or user_models_folder()) / name / "1"
    said = {"licence": licence} if licence else {}
    kept = rewrite(source, target, name=name, int8=int8, training=said)
    size = sum(one.stat().st_size for one in kept.folder.iterdir())
    click.echo(f"{name}: {size / 1e6:.1f} MB in {kept.folder}")
