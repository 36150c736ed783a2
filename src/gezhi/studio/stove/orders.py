"""What is asked of the stove: buttons, spoken words, and messages that ought to be refused.

Every command takes the way of a real one: words go through `gezhi.home.speech`, what a smart home
says goes through the bridge's own reader, and the hub decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from gezhi.errors import ParameterError
from gezhi.home.bridge.stove_system import Stove
from gezhi.home.speech import LONGEST_CHARACTERS, Action, Command, understand
from gezhi.home.stove_living import Answer, LivingStove, Way
from gezhi.home.types.stove import Cancel, ChildLock, Cut, Extend, Plan, ResetFault, StoveCommand

__all__ = [
    "EXAMPLES",
    "VERBS",
    "WAYS",
    "Said",
    "ask",
    "one_of",
    "order",
    "say",
    "wall",
]

EXAMPLES = (
    "十分钟后关闭燃气灶",
    "关左边的灶",
    "半小时后关火",
    "turn off the left burner in 20 minutes",
    "ten more minutes",
    "turn on the stove",
)
"""Sentences to try; the last is refused."""

VERBS = ("off", "plan", "extend", "cancel", "reset", "on", "late", "twice", "retained")
WAYS = {"late": Way.LATE, "twice": Way.TWICE, "retained": Way.RETAINED}
"""Messages that come as they should not, by the verb of their button."""

_DAY = datetime(2026, 1, 1)  # any will do: only the time of day is spoken of
_EXTENDED_MINUTES = 5.0
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Said:
    """What was asked, and what came of it.

    Attributes:
        words: what was typed, or "".
        command: what was understood of it, or None where a button was pressed.
        answer: of the hub; None where nothing was sent to it.
        lights: that it would light, and was refused before it got to the hub.
        burner: whose button was pressed, or "".
    """

    words: str = ""
    command: Command | None = None
    answer: Answer | None = None
    lights: bool = False
    burner: str = ""

    @property
    def good(self) -> bool:
        """Whether it was done, or will be."""
        return self.answer is not None and self.answer.reached and self.answer.refused is None


def one_of(kind: type[E], value: str) -> E:
    """The member of that name.

    Raises:
        ParameterError: there is none.

    >>> one_of(Way, "late")
    <Way.LATE: 'late'>
    """
    try:
        return kind(value)
    except ValueError as error:
        raise ParameterError(f"{value!r} is none of {', '.join(kind)}") from error


def wall(seconds: float) -> datetime:
    """The stove's clock as a time of day.

    >>> f"{wall(18.5 * 3600):%H:%M}"
    '18:30'
    """
    return _DAY + timedelta(seconds=seconds)


def ask(stove: LivingStove, command: StoveCommand, way: Way = Way.PLAIN) -> Said:
    """Send a command to the hub."""
    burner = "" if isinstance(command, ChildLock) else command.burner
    return Said(answer=stove.ask(command, way), burner=burner)


def order(stove: LivingStove, verb: str, burner: str, minutes: float) -> Said:
    """Do what a button of the page asks for.

    Raises:
        ParameterError: there is no such button.
    """
    match verb:
        case "off":
            return ask(stove, Cut(burner))
        case "plan":
            return ask(stove, Plan(burner, minutes * 60))
        case "extend":
            return ask(stove, Extend(burner, _EXTENDED_MINUTES * 60))
        case "cancel":
            return ask(stove, Cancel(burner))
        case "reset":
            return ask(stove, ResetFault(burner))
        case "late" | "twice" | "retained":
            return ask(stove, Cut(burner), WAYS[verb])
        case "on":
            return _switch_on(stove, burner)
    raise ParameterError(f"{verb!r} is none of {', '.join(VERBS)}")


def _switch_on(stove: LivingStove, burner: str) -> Said:
    """What a smart home's switch says when somebody switches it on, read by the bridge."""
    try:
        Stove(stove.settings).event(
            "switch", {"burner": burner, "on": True}, ("page", "page", stove.now)
        )
    except ParameterError:
        return Said(lights=True, burner=burner)
    return Said(burner=burner)


def say(stove: LivingStove, text: str) -> Said:
    """Understand what was said, and do it."""
    text = text.strip()[: LONGEST_CHARACTERS + 1]  # one too many is refused as too long
    command = understand(text, tuple(stove.valves), wall(stove.now))
    asked: StoveCommand | None = None
    match command.action:
        case Action.OFF if command.delay_seconds:
            asked = Plan(command.burner, float(command.delay_seconds), source="voice")
        case Action.OFF:
            asked = Cut(command.burner, source="voice")
        case Action.EXTEND:
            asked = Extend(command.burner, float(command.delay_seconds), source="voice")
        case Action.CANCEL:
            asked = Cancel(command.burner, source="voice")
    answer = None if asked is None else stove.ask(asked)
    return Said(text, command, answer, lights=command.action is Action.REFUSE)
