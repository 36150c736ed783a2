"""The wing's commands: ``gezhi latent``."""

from __future__ import annotations

import click

from gezhi.latent.cluster.cli import cluster
from gezhi.latent.codec.cli import compress, decompress
from gezhi.latent.density.cli import density

__all__ = ["latent"]


@click.group()
def latent() -> None:
    """Unlabelled pictures or rows: groups, how likely each is, and packing without loss."""


latent.add_command(cluster)
latent.add_command(density)
latent.add_command(compress)
latent.add_command(decompress)
