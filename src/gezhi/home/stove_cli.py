"""The stove's commands: ``gezhi home stove``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

__all__ = ["instructions", "say", "simulate", "stove", "verify"]

_NEGATIVE = 3


@click.group(short_help="The stove: gas can be turned off from here, never on.")
def stove() -> None:
    """The stove that turns itself off: software can turn gas off here, and never on.

    It opens the flame-failure circuit for a few seconds, and only a hand at the knob can light
    again. A home-made modification, not a certified safety device: EN 125, EN 298 and GB 16410
    apply to the untouched valve.
    """


@stove.command(short_help="What a spoken or typed sentence would do; nothing is done.")
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--burner", "burners", multiple=True, help="A burner's name, repeated; else left and right."
)
@click.option(
    "--clock", is_flag=True, help='Give "at half past seven" a meaning, by this computer\'s clock.'
)
@click.option("--json", "as_json", is_flag=True, help="Print action, burner and delay_seconds.")
def say(text: tuple[str, ...], burners: tuple[str, ...], clock: bool, as_json: bool) -> None:
    """Say what would be understood from TEXT, Chinese or English; - reads it from stdin.

    What would light or raise a flame is refused, and what is not understood as a whole is unknown:
    then the exit code is 3. The answer depends on the text alone, so a time of day is unknown
    without --clock.

    \b
      gezhi home stove say "turn off the left burner in 20 minutes" --json
      gezhi home stove say 半小时后关火
    """
    from gezhi.home.speech import Action, understand

    now = datetime.now().astimezone() if clock else None
    command = understand(_said(text), burners or ("left", "right"), now)
    click.echo(json.dumps(command.record()) if as_json else command.sentence())
    if command.action in (Action.REFUSE, Action.UNKNOWN):
        click.get_current_context().exit(_NEGATIVE)


def _said(text: tuple[str, ...]) -> str:
    """The words as one text; bytes that are no text stay marked, so that they are refused."""
    if text != ("-",):
        return " ".join(text)
    from gezhi.home.speech import LONGEST_CHARACTERS

    raw = sys.stdin.buffer.read(4 * LONGEST_CHARACTERS + 4)
    return raw.decode("utf-8", errors="surrogateescape").removesuffix("\n")


@stove.command(short_help="An evening at the stove, told: hub dies, power fails, a hand lights.")
@click.option(
    "--script",
    type=click.File(encoding="utf-8"),
    help="What happens, a line each as 18:05 light left; - is stdin. Else an evening of ours.",
)
@click.option("--show-script", is_flag=True, help="Print the evening of ours, to write your own.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The stove, as home.toml; else two burners with flame sensors.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the lines.")
def simulate(script: TextIO | None, show_script: bool, config: Path | None, as_json: bool) -> None:
    """Live through an evening with the real controller, the node's real rule and modelled valves.

    A line of a script is a time and what happens: light or out and a burner; say and a sentence;
    off, cancel, plan or extend and a burner (and minutes); lock on or off; button; reset; leave;
    come; alarm smoke, gas or hood, on or off; hub, network, broker or power, gone or back; fail or
    mend, a burner and contact-open, contact-closed, sensor-lies or sensor-silent; end.

    \b
      gezhi home stove simulate
      echo "18:00 light left" | gezhi home stove simulate --script - --json
    """
    from gezhi.home.stove_evening import SCRIPT, evening
    from gezhi.home.stove_file import read_stove
    from gezhi.home.stove_living import TWO_BURNERS

    if show_script:
        click.echo(SCRIPT, nl=False)
        return
    settings = TWO_BURNERS if config is None else read_stove(config)
    lines = evening(SCRIPT if script is None else script.read(), settings)
    if as_json:
        click.echo(json.dumps({"lines": [asdict(one) for one in lines]}, ensure_ascii=False))
        return
    for one in lines:
        click.echo(f"{one.at}  {one.who:>6}  {one.text}")


@stove.command(short_help="How to set it up in a home that runs only in a vendor's app.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The stove, as home.toml; else burners left and right.",
)
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of it."
)
@click.argument("page", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
                default="-")  # fmt: skip
def instructions(config: Path | None, language: str, page: Path) -> None:
    """Write the steps as Markdown to PAGE: two channels a burner, one real, one that people see.

    A relay on its normally closed contact shows "on" while it cuts; so what people see and speak
    to is a channel without wires, and an automation carries its "off" to the real one for a pulse.
    """
    from gezhi.home.stove_file import read_stove
    from gezhi.home.stove_instructions import instructions as steps
    from gezhi.home.types.stove import StoveSettings
    from gezhi.kernel.paths import atomic_write

    found = StoveSettings(()) if config is None else read_stove(config)
    text = steps(
        [one.name for one in found.burners] or ("left", "right"),
        pulse_seconds=found.pulse_seconds,
        bound_seconds=found.energised_limit_seconds,
        language=language,
    )
    if str(page) == "-":
        click.echo(text, nl=False)
        return
    with atomic_write(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


@stove.command(short_help="Prove the controller: every interleaving of hands, timers and faults.")
@click.option("--json", "as_json", is_flag=True, help="Print states, properties and traces.")
def verify(as_json: bool) -> None:
    """Walk through everything that can happen to hub, node, valve and hand, to a fixpoint.

    Prints how many states there are and which properties hold in all of them; where one does not,
    the shortest way to where it breaks, in words, and the exit code is 3. Takes a minute or two.
    """
    from gezhi.home.stove_proof import verify_all

    found = verify_all(lambda words: click.echo(words, err=True))
    if as_json:
        properties = [asdict(one) for one in found.verdicts]
        said = {"states": found.states, "transitions": found.transitions}
        click.echo(json.dumps({**said, "fixpoint": found.fixpoint, "properties": properties}))
    else:
        click.echo(f"{found.states:,} states, {found.transitions:,} transitions, ", nl=False)
        click.echo("a fixpoint" if found.fixpoint else "no fixpoint: not all was seen")
        for one in found.verdicts:
            click.echo(f"{'holds' if one.holds else 'BROKEN':>6}  {one.name}")
            for words in one.trace:
                click.echo(f"          {words}")
    if not found.holds:
        click.get_current_context().exit(_NEGATIVE)
