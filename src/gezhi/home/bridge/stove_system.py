"""The stove's controller dressed for the bridge: its commands, sensors, nodes and entities.

Nothing here can mean "light". A burner is shown as a valve that Home Assistant itself refuses to
open, and, for voice assistants that know switches only, as a switch whose "on" is refused and which
is shown as off again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gezhi.errors import ParameterError
from gezhi.home import stove
from gezhi.home.bridge.adapters import Value, number
from gezhi.home.bridge.controllers import Entity
from gezhi.home.bridge.stove_entities import entities
from gezhi.home.records import build, plain
from gezhi.home.speech import Action, understand
from gezhi.home.types import Link, Notice, RelayRead, SetRelay, Tick
from gezhi.home.types.stove import (
    ALL,
    Alarm,
    BurnerState,
    Cancel,
    ChildLock,
    Cut,
    Extend,
    Flame,
    Hood,
    NodeSays,
    Plan,
    Presence,
    ResetFault,
    StoveEffect,
    StoveEvent,
    StoveSettings,
    StoveState,
)

__all__ = ["ONLY_A_HAND", "Stove"]

#: The answer to whatever would light a burner.
ONLY_A_HAND = (
    "nothing but a hand that presses and turns the knob can open the gas; only off, plan, extend, "
    "cancel, lock and reset can be asked for"
)
_LIGHTING = ("on", "open", "light", "ignite", "start")
# A countdown that is shown need not be sent every second; the last minute is counted finely.
_COARSE_SECONDS, _FINE_BELOW_SECONDS = 10, 60
# A burner without a sensor is shown as shut for so long after a cut; then a hand may have lit it.
_SHUT_SECONDS = 60.0
_ALARM_CHANNELS = {"alarm:smoke": "smoke", "alarm:gas": "gas"}


class Stove:
    """The stove's controller with its words.

    Args:
        settings: the stove.

    >>> from gezhi.home.types.stove import Burner
    >>> system = Stove(StoveSettings((Burner("left", "left-relay"),)))
    >>> system.event("off", {"burner": "left"}, ("a1", "voice", 5.0)).burner
    'left'
    >>> system.event("open", {"burner": "left"}, ("a2", "voice", 5.0))
    Traceback (most recent call last):
        ...
    gezhi.errors.ParameterError: nothing but a hand that presses and turns the knob can open ...
    """

    name = "stove"
    title = "Stove"
    subject = "burner"

    def __init__(self, settings: StoveSettings) -> None:
        self.settings = settings
        self._burners = {one.name: one for one in settings.burners}
        self._relays = {one.relay: one for one in settings.burners}
        self._shut_at: dict[str, float] = {}
        self._resets: dict[str, str] = {}

    def start(self, now: float) -> StoveState:
        """The first state."""
        return stove.start(self.settings, now)

    def resume(self, kept: Mapping[str, Any], now: float) -> tuple[StoveState, Sequence[Any]]:
        """The state that was kept, under the settings of now: a plan outlives a change of them."""
        try:
            state = build(StoveState, kept)
        except (ValueError, TypeError):
            return self.start(now), ()
        return stove.resume(state, now, self.settings)

    def step(self, state: StoveState, event: StoveEvent, now: float) -> tuple[StoveState, Any]:
        """The next state and what is to be done."""
        after, effects = stove.step(state, event, now)
        for was, one in zip(state.burners, after.burners, strict=True):
            if was.cutting is not None and one.cutting is None:
                self._shut_at[one.name] = now
            elif one.flame:
                self._shut_at.pop(one.name, None)
        return after, effects

    def keep(self, state: StoveState) -> Mapping[str, Any]:
        """The state as JSON."""
        kept: Mapping[str, Any] = plain(state)
        return kept

    def durable(self, state: StoveState) -> object:
        """All but the clock and the latest readings, which come anew by themselves."""
        burners = tuple(
            replace(one, millivolts=None, flame_at=None, read_at=0.0) for one in state.burners
        )
        # The hood is told anew while a flame burns; its own device ends what nobody renews.
        return replace(state, now=0.0, burners=burners, hood_until=None, hood_sent_until=None)

    def tick(self) -> Tick:
        """Time has passed."""
        return Tick()

    def link(self, *, up: bool) -> Link:
        """Whether the devices can be reached."""
        return Link(up)

    def refuge(self) -> None:
        """Nothing: at rest a stove is a stove, and planned cuts are made without a disk."""

    def harmless(self, event: StoveEvent) -> bool:
        """A cut always is."""
        return isinstance(event, Cut)

    def allowed_unwritten(self, effect: SetRelay) -> bool:
        """Every relay: to cut is the safe side, and a cut ends by itself."""
        return True

    def told_off(self, state: StoveState) -> Sequence[str]:
        """None: a node's pulse ends by itself, and must not be cut short by who comes back."""
        return ()

    def event(
        self, name: str, arguments: Mapping[str, Any], sent: tuple[str, str, float]
    ) -> StoveEvent:
        """The event of a command.

        ``off``, ``plan`` and ``extend`` (with ``seconds`` or ``minutes``), ``cancel``, ``lock``
        with ``on``, ``reset``, ``say`` with a ``text``, and ``switch``, whose ``on`` is refused.

        Raises:
            ParameterError: there is no such command, it would light, or an argument is wrong.
        """
        if name == "say":
            name, arguments = self._understood(arguments.get("text"))
            if name == "status":
                return Tick()  # what is shown is always shown: nothing is to be done
        command_id, source, at = sent
        burner = self._burner(arguments)
        if name in _LIGHTING or (name == "switch" and arguments.get("on") is not False):
            raise ParameterError(ONLY_A_HAND)
        match name:
            case "off" | "switch":
                return Cut(burner, source, command_id, at)
            case "plan" | "extend":
                seconds = _seconds(arguments)
                if name == "plan" and seconds == 0:
                    # A number that is set back to nothing takes the plan away, and cuts nothing.
                    return Cancel(burner, source, command_id, at)
                kind = Plan if name == "plan" else Extend
                return kind(burner, seconds, source, command_id, at)
            case "cancel":
                return Cancel(burner, source, command_id, at)
            case "reset":
                return ResetFault(burner, source, command_id, at)
            case "lock":
                on = arguments.get("on")
                if not isinstance(on, bool):
                    raise ParameterError(f"'on' is {on!r}; true or false would be right")
                return ChildLock(on, source, command_id, at)
        raise ParameterError(
            f"there is no command {name!r}; known: off, plan, extend, cancel, lock, reset, say"
        )

    def _understood(self, text: object) -> tuple[str, Mapping[str, Any]]:
        """The command in a spoken sentence, with its arguments."""
        if not isinstance(text, str):
            raise ParameterError(f"'text' is {text!r}; a sentence would be right")
        said = understand(text, tuple(self._burners))
        if said.action in (Action.REFUSE, Action.UNKNOWN):
            raise ParameterError(said.sentence())
        arguments: dict[str, Any] = {"burner": said.burner}
        if said.delay_seconds:
            arguments["seconds"] = said.delay_seconds
        planned = said.action is Action.OFF and said.delay_seconds
        return "plan" if planned else str(said.action), arguments

    def _burner(self, arguments: Mapping[str, Any]) -> str:
        burner = arguments.get("burner", ALL)
        if burner == ALL or (isinstance(burner, str) and burner in self._burners):
            return str(burner)
        known = ", ".join((*self._burners, ALL))
        raise ParameterError(f"there is no burner {burner!r}; known: {known}")

    def reading(self, channel: str, value: Value) -> StoveEvent | None:
        """The event of a report; a voltage that is none is handed on as not-a-number."""
        if channel in self._relays or (channel and channel == self.settings.hood):
            return RelayRead(channel, value) if isinstance(value, bool) else None
        kind, _, burner = channel.partition(":")
        if kind == "flame" and burner in self._burners:
            return Flame(burner, value if isinstance(value, float) else math.nan)
        if kind == "timer" and burner in self._burners and isinstance(value, str):
            return self._says(burner, value)
        if not isinstance(value, bool):
            return None
        if channel in _ALARM_CHANNELS:
            return Alarm(_ALARM_CHANNELS[channel], value)
        if channel == "presence":
            return Presence(value)
        return Hood(value) if channel == "hood-sensor" else None

    def _says(self, burner: str, text: str) -> NodeSays | None:
        """What a node says of itself; None where it is not what a node says."""
        try:
            said = json.loads(text)
            remaining = number(said["remaining_seconds"])
            counts = [said[key] for key in ("number", "fired", "presses")]
            flags = [said[key] for key in ("cutting", "failed", "locked")]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if said["remaining_seconds"] is not None and (remaining is None or remaining < 0):
            return None
        if not all(type(one) is int and 0 <= one < 2**31 for one in counts):
            return None
        if not all(isinstance(one, bool) for one in flags):
            return None
        reset = said.get("reset")
        if isinstance(reset, str):
            self._resets[burner] = reset[:60]
        cutting, failed, locked = flags
        return NodeSays(
            burner, remaining, counts[0], counts[1], cutting, failed, locked, presses=counts[2]
        )

    def refused(self, event: StoveEvent, state: StoveState, effects: Sequence[StoveEffect]) -> str:
        """The code of the notice that says why a command was not taken up."""
        codes = [one.code for one in effects if isinstance(one, Notice)]
        return next((one for one in codes if one.startswith("refused")), "")

    def essential(self) -> Sequence[str]:
        """Every burner's relay; the hood is worth having, and nothing hangs on it."""
        return tuple(self._relays)

    def relays(self, state: StoveState) -> Mapping[str, bool]:
        """Every relay, and whether the hub holds it energised."""
        found = {
            self._burners[one.name].relay: one.cutting is not None and one.cutting.phase == "pulse"
            for one in state.burners
        }
        if self.settings.hood:
            found[self.settings.hood] = state.hood_until is not None
        return found

    def status(self, state: StoveState, now: float) -> Mapping[str, Any]:
        """Each burner's flame, timers and faults, the child lock, alarms and what is wrong."""
        return {
            "burners": {one.name: self._shown(one, now) for one in state.burners},
            "locked": state.locked,
            "alarms": list(state.alarms),
            "near": state.away_at is None,
            "linked": state.linked,
            "fault": any(one.fault for one in state.burners),
            "resets": dict(self._resets),
        }

    def _shown(self, state: BurnerState, now: float) -> Mapping[str, Any]:
        due = min((one.due_at for one in state.timers), default=None)
        flame = state.flame
        return {
            "flame": flame,
            "burning": flame is True,
            "millivolts": None if state.millivolts is None else round(state.millivolts),
            "valve": self._valve(state, now),
            "cutting": state.cutting is not None,
            "remaining_seconds": None if due is None else _rounded(due - now),
            "minutes": 0 if due is None else math.ceil(max(0.0, due - now) / 60),
            "timers": len(state.timers),
            "timer_in": "node" if self._burners[state.name].node else "hub",
            "fault": state.fault,
        }

    def _valve(self, state: BurnerState, now: float) -> str:
        """Closing in a cut, closed without a flame; where nobody knows, open: it may be lit."""
        if state.cutting is not None:
            return "closing"
        if state.flame is not None:
            return "open" if state.flame else "closed"
        shut_at = self._shut_at.get(state.name)
        return "closed" if shut_at is not None and now - shut_at < _SHUT_SECONDS else "open"

    def entities(self) -> Sequence[Entity]:
        """What Home Assistant is shown."""
        return entities(self.settings)


def _seconds(arguments: Mapping[str, Any]) -> float:
    given = [key for key in ("seconds", "minutes") if key in arguments]
    if len(given) != 1:
        raise ParameterError("'seconds' or 'minutes' has to say when; one of them is right")
    value = arguments[given[0]]
    seconds = None if isinstance(value, str) else number(value)
    if seconds is None or seconds < 0:
        raise ParameterError(f"{given[0]!r} is {value!r}; a number of 0 or more would be right")
    return seconds * (60 if given[0] == "minutes" else 1)


def _rounded(seconds: float) -> int:
    """A countdown as it is shown: up to whole seconds in the last minute, else to tens."""
    step = 1 if seconds <= _FINE_BELOW_SECONDS else _COARSE_SECONDS
    return max(0, math.ceil(seconds / step) * step)
