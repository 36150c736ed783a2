"""A group of commands of which one is usual and needs no name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

__all__ = ["LITERAL", "UsualVerb"]

LITERAL = "gezhi.kernel.literal"
"""Where a context's ``meta`` keeps what stood behind --: no verbs and no options."""


class UsualVerb(click.Group):
    """A group that gives its arguments to its usual verb, unless the first is one of its verbs.

    Args:
        usual: name of the verb when none is named.
        things: what it takes, in the plural, for messages.
        given: the rest is as of `click.Group`.
    """

    def __init__(self, *, usual: str, things: str, **given: Any) -> None:
        super().__init__(**given)
        self.usual, self.things = usual, things

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the verb first; without one, put the usual one there."""
        if not args:
            click.echo(ctx.get_help())
            ctx.exit(0)
        return super().parse_args(ctx, self._with_verb(ctx, args))

    def _with_verb(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, literal = list(args), []
        if "--" in args:
            cut = args.index("--")
            own, literal = args[:cut], args[cut + 1 :]
        positions = list(self._positions(own))
        verbs = [place for place in positions if own[place] in self.commands]
        if verbs and verbs[0] != positions[0]:
            ctx.fail(
                f"'{own[verbs[0]]}' is a verb; to take it as one of the {self.things} put it "
                "behind --"
            )
        verb = own.pop(verbs[0]) if verbs else self.usual
        if not verbs and any(name in own for name in ctx.help_option_names):
            return [ctx.help_option_names[0]]
        if verb != self.usual and literal:
            ctx.fail(f"the verb {verb} takes no {self.things}")
        ctx.meta[LITERAL] = tuple(literal)  # kept apart, since even - is itself there
        return [verb, *own]

    def _positions(self, args: Sequence[str]) -> Iterator[int]:
        """The places of the arguments that are neither options nor values of options."""
        valued = {
            name
            for command in self.commands.values()
            for option in command.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        place = 0
        while place < len(args):
            if args[place] in valued:
                place += 1
            elif args[place] == "-" or not args[place].startswith("-"):
                yield place
            place += 1

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the usual verb's options, which hold when none is named, and the verbs."""
        self.commands[self.usual].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
