"""The stove's commands: ``gezhi home stove``."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

__all__ = ["say", "stove"]

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
