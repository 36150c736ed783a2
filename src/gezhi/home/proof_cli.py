"""`gezhi home hotwater verify`: the proof of the hot-water controller, for anyone to run again."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

import click

__all__ = ["verify"]


@click.command(short_help="Prove the controller: every interleaving, every fault, every layout.")
@click.option(
    "--layout",
    type=click.Choice(["return-pipe", "cold-return", "drain"]),
    help="Only the houses of this layout.",
)
@click.option("--pieces", is_flag=True, help="A fault or two at a time: seconds, not minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print states, properties and traces.")
@click.option("--quiet", is_flag=True, help="No progress.")
def verify(*, layout: str | None, pieces: bool, as_json: bool, quiet: bool) -> None:
    """Walk through every interleaving of events and faults, to a fixpoint, and judge each property.

    The controller is the one that runs in a house; around it stand abstract houses of every
    layout, in which relays stick, sensors lie or fall silent, hub and link go, the clock jumps, and
    people open taps and ask at any moment. A property that does not hold is shown with the shortest
    way to where it fails. Exit code 3 says that one does not hold.
    """
    from gezhi.home import hotwater_proof
    from gezhi.kernel.progress import Progress

    houses = hotwater_proof.PIECES if pieces else hotwater_proof.VARIANTS
    wanted = [one for one in houses if layout in (None, one.settings.layout)]
    found = []
    with Progress("verifying", quiet=quiet) as report:
        for house in wanted:
            begun = time.monotonic()
            done = hotwater_proof.verify(house, report=partial(report, message=house.name))
            found.append(_record(house, done, time.monotonic() - begun))
    if as_json:
        click.echo(json.dumps(_together(found), ensure_ascii=False))
    else:
        _show(found)
    if not all(one["holds"] for one in found):
        raise click.exceptions.Exit(3)


def _record(house: Any, done: Any, seconds: float) -> dict[str, Any]:
    return {
        "house": house.name,
        "layout": house.settings.layout,
        "faults": list(house.faults),
        "states": done.states,
        "transitions": done.transitions,
        "fixpoint": done.fixpoint,
        "holds": done.holds,
        "seconds": round(seconds, 1),
        "properties": [
            {"name": one.name, "holds": one.holds, "trace": list(one.trace)}
            for one in done.verdicts
        ],
    }


def _together(found: list[dict[str, Any]]) -> dict[str, Any]:
    """All houses, and each property over those that have it, with its first trace."""
    properties: dict[str, dict[str, Any]] = {}
    for house in found:
        for one in house["properties"]:
            known = properties.setdefault(one["name"], dict(one))
            if known["holds"] and not one["holds"]:
                known.update(one)
    return {
        "states": sum(one["states"] for one in found),
        "transitions": sum(one["transitions"] for one in found),
        "fixpoint": all(one["fixpoint"] for one in found),
        "properties": list(properties.values()),
        "houses": found,
    }


def _show(found: list[dict[str, Any]]) -> None:
    for house in found:
        reached = "a fixpoint" if house["fixpoint"] else "no fixpoint"
        faults = ", ".join(house["faults"]) or "no faults"
        click.echo(f"{house['house']} ({faults})")
        click.echo(
            f"  {house['states']:,} states, {house['transitions']:,} transitions, {reached}, "
            f"{house['seconds']:.0f} s"
        )
        for one in house["properties"]:
            click.echo(f"  {'holds' if one['holds'] else 'FAILS'}: {one['name']}")
            for number, words in enumerate(one["trace"], 1):
                click.echo(f"    {number}. {words}")
