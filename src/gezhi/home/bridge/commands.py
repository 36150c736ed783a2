"""Commands as they come over MQTT, and every reason for which one is refused.

::

    {"id": "7f3a", "command": "request", "tap": "bath", "sent": 1764000000.0, "valid_seconds": 30}

``id`` is chosen by the sender and used once, ``sent`` is its clock in seconds since 1970. A
command that the broker had kept, that comes a second time or comes late is refused, and the
answer says which. Whatever else the object holds goes to the controller.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gezhi.errors import ParameterError
from gezhi.home.bridge.messages import Arrival
from gezhi.home.bridge.store import Answer

__all__ = [
    "DEFAULT_VALID_SECONDS",
    "LONGEST_VALID_SECONDS",
    "TOLERATED_AHEAD_SECONDS",
    "Command",
    "Refusal",
    "answer_text",
    "check_time",
    "parse",
    "plain",
]

DEFAULT_VALID_SECONDS = 30.0
LONGEST_VALID_SECONDS = 600.0
# Two clocks in a house that are kept by NTP differ by less; one that is not kept is told so.
TOLERATED_AHEAD_SECONDS = 5.0
_LONGEST_BYTES = 4096
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what is asked for, with what, by whom, and until when it holds."""

    id: str
    name: str
    sent_wall_seconds: float
    valid_seconds: float = DEFAULT_VALID_SECONDS
    arguments: Mapping[str, Any] = field(default_factory=dict)
    source: str = "mqtt"


class Refusal(ParameterError):
    """A command is not carried out; the message says why, ``id`` whose it was (may be empty)."""

    def __init__(self, reason: str, command_id: str = "") -> None:
        super().__init__(reason)
        self.id = command_id


def parse(arrival: Arrival) -> Command:
    """The command in a message.

    Raises:
        Refusal: the message was retained, is no JSON object, or a field is missing or wrong.

    >>> parse(Arrival("t", b'{"id": "a", "command": "request", "tap": "b", "sent": 5}')).arguments
    {'tap': 'b'}
    >>> parse(Arrival("t", b'{"id": "a", "command": "request", "sent": 5}', retained=True))
    Traceback (most recent call last):
        ...
    gezhi.home.bridge.commands.Refusal: retained: the broker had kept this command; send ...
    """
    fields = _object(arrival.payload)
    known = fields.get("id")
    command_id = known if isinstance(known, str) else ""
    if arrival.retained:
        raise Refusal(
            "retained: the broker had kept this command; send commands without the retain flag",
            command_id,
        )
    if not 1 <= len(command_id) <= _LONGEST_ID or not command_id.isprintable():
        raise Refusal(f"invalid: 'id' has to be a text of 1 to {_LONGEST_ID} characters")
    name = fields.get("command")
    if not isinstance(name, str) or not name:
        raise Refusal("invalid: 'command' has to be a text", command_id)
    sent = _number(fields, "sent", None, command_id)
    valid = _number(fields, "valid_seconds", DEFAULT_VALID_SECONDS, command_id)
    if not 0 < valid <= LONGEST_VALID_SECONDS:
        raise Refusal(
            f"invalid: 'valid_seconds' is {valid:g}; more than 0 and at most "
            f"{LONGEST_VALID_SECONDS:g} would be right",
            command_id,
        )
    taken = {"id", "command", "sent", "valid_seconds", "source"}
    source = fields.get("source", "mqtt")
    return Command(
        command_id,
        name,
        sent,
        valid,
        {key: value for key, value in fields.items() if key not in taken},
        source if isinstance(source, str) and len(source) <= _LONGEST_ID else "mqtt",
    )


def check_time(command: Command, wall_seconds: float) -> None:
    """Refuse a command whose time is over, or whose sender's clock is ahead of the bridge's.

    >>> check_time(Command("a", "request", sent_wall_seconds=100.0), 131.5)
    Traceback (most recent call last):
        ...
    gezhi.home.bridge.commands.Refusal: late: sent 31.5 s ago and valid for 30 s
    """
    age = wall_seconds - command.sent_wall_seconds
    if age > command.valid_seconds:
        raise Refusal(
            f"late: sent {age:.1f} s ago and valid for {command.valid_seconds:g} s", command.id
        )
    if age < -TOLERATED_AHEAD_SECONDS:
        raise Refusal(
            f"clock: the sender's clock is {-age:.1f} s ahead of the bridge's; set both by NTP",
            command.id,
        )


def plain(path: str, arrival: Arrival, *, subject: str, wall_seconds: float) -> Command:
    """A command without id or time, as a wall switch can send it: live, or not at all.

    Args:
        path: what stands behind ``do/`` in its topic: a verb, and what it is for.
        arrival: the message; ``on`` or ``off`` in it is an argument.
        subject: the argument's name of what it is for, such as ``tap``.
        wall_seconds: the bridge's clock now.

    Raises:
        Refusal: the message was retained.

    >>> plain("request/bath", Arrival("t", b""), subject="tap", wall_seconds=5.0).arguments
    {'tap': 'bath'}
    """
    if arrival.retained:
        raise Refusal("retained: the broker had kept this command; send it without the retain flag")
    verb, _, named = path.partition("/")
    word = arrival.text.lower()
    arguments: dict[str, Any] = {subject: named} if named else {}
    if word in ("on", "off", "true", "false"):
        arguments["on"] = word in ("on", "true")
    command_id = f"{wall_seconds:.6f}-{path}"[:_LONGEST_ID]
    return Command(command_id, verb, wall_seconds, DEFAULT_VALID_SECONDS, arguments, "button")


def answer_text(answer: Answer, *, duplicate: bool = False) -> str:
    """The answer to a command as JSON.

    Args:
        answer: what became of it.
        duplicate: it came a second time, and this is what was answered first.

    >>> answer_text(Answer("a", True, ""))
    '{"id": "a", "accepted": true}'
    """
    said: dict[str, Any] = {"id": answer.id, "accepted": answer.accepted}
    if answer.reason:
        said["reason"] = answer.reason
    if duplicate:
        before = "carried out before" if answer.accepted else f"refused before: {answer.reason}"
        reason = f"duplicate: a command of this id was {before}"
        said = {"id": answer.id, "accepted": False, "reason": reason}
    return json.dumps(said, ensure_ascii=False)


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > _LONGEST_BYTES:
        raise Refusal(f"invalid: {len(payload)} bytes; a command has at most {_LONGEST_BYTES}")
    try:
        # A number of thousands of digits is a ValueError, deep nesting a RecursionError.
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        raise Refusal("invalid: not JSON; an object with id, command and sent would be") from None
    if not isinstance(fields, dict):
        raise Refusal("invalid: not a JSON object with id, command and sent")
    return fields


def _number(fields: Mapping[str, Any], key: str, default: float | None, command_id: str) -> float:
    value = fields.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(f"invalid: '{key}' has to be a number of seconds", command_id)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Refusal(f"invalid: '{key}' has to be a finite number of seconds", command_id)
    return number
