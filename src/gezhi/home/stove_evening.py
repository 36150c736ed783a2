"""An evening at the stove, told: a script of what hands, people and fate do, and what comes of it.

Every line of a script is a time and what happens. The stove is `gezhi.home.stove_living`: the real
controller, the node's real rule, valves with their physics. Nothing is decided here.

>>> lines = evening("18:00 light left\\n18:01 say turn it off in two minutes\\n18:04 end")
>>> [one.text for one in lines if one.who == "valve"]
['left: the magnet lets go and the gas is shut; the flame is out']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gezhi.errors import InputError, ParameterError
from gezhi.home.speech import Action, understand
from gezhi.home.stove_living import TWO_BURNERS, Fault, Flaw, LivingStove, Told
from gezhi.home.stove_notices import sentence
from gezhi.home.types.stove import (
    ALARMS,
    Cancel,
    ChildLock,
    Cut,
    Extend,
    Plan,
    ResetFault,
    StoveCommand,
    StoveSettings,
)

__all__ = ["SCRIPT", "Line", "evening"]

#: The evening that is told where no script is given.
SCRIPT = """\
18:00 light left                                    # the soup
18:01 say turn off the left burner in 20 minutes
18:05 light right
18:06 say 把右边的灶打开                              # refused: software never lights
18:08 say ten more minutes
18:10 hub gone                                      # the node keeps the timer
18:31:30 hub back
18:33 light left                                    # a hand can always light again
18:34 plan left 10
18:38 power gone                                    # the flame burns on, the countdown stands still
18:50 power back
19:00 lock on
19:02 light left                                    # a child: cut as soon as the flame is seen
19:04 button                                        # a hand at the stove takes the lock off
19:05 light left
19:06 leave                                         # and the soup is forgotten
19:25 come
19:26 light left
19:27 fail left contact-closed                      # a relay that no longer opens the circuit
19:28 off left
19:31 end
"""
_PRESS_SECONDS = 8.0
_DAY_SECONDS = 86_400
_WORDS = {
    "pressed": "{subject}: a hand presses the knob, and there is a flame",
    "turned-off": "{subject}: a hand turns the knob to off",
    "held": "{subject}: the hand lets go; the thermocouple holds the valve",
    "let-go-early": "{subject}: the hand lets go too early; the flame goes out",
    "let-go-broken": "{subject}: the hand lets go while the circuit is broken; the flame goes out",
    "dropped": "{subject}: the magnet lets go and the gas is shut; the flame is out",
    "button": "a hand presses the button at the stove",
    "energised": "{subject}: the relay opens the thermocouple's circuit",
    "rests": "{subject}: the relay rests; the stove can be lit by hand",
    "node-due": "{subject}: the node's own timer is up",
    "lost": "{subject}: a message to the node is lost",
    "unheard": "nobody hears that: the {subject} is gone",
    "near": "somebody is near",
    "away": "nobody is near any more",
    "alarm-on": "the {subject} alarm sounds",
    "alarm-off": "the {subject} alarm is silent",
    "mended": "{subject}: mended",
    "contact-open": "{subject}: the relay's contact no longer closes",
    "contact-closed": "{subject}: the relay's contact no longer opens",
    "sensor-lies": "{subject}: the flame sensor says the opposite",
    "sensor-silent": "{subject}: the flame sensor says nothing",
}


class _Refused(ParameterError):
    """What was said is not done; this belongs to the evening, and does not end it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: the time of day, who it was (or "script"), and what, in words."""

    at: str
    who: str
    text: str


def evening(script: str = SCRIPT, settings: StoveSettings = TWO_BURNERS) -> tuple[Line, ...]:
    """Live through a script and tell it.

    Args:
        script: lines of ``HH:MM[:SS] WHAT``; what follows a # is not read. WHAT is ``light`` or
            ``out`` and a burner; ``say`` and a sentence; ``off`` or ``cancel`` and a burner or
            all; ``plan`` or ``extend``, a burner and minutes; ``lock on`` or ``off``; ``reset``;
            ``button``; ``leave``; ``come``; ``alarm smoke``, ``gas`` or ``hood`` and ``on`` or
            ``off``; ``hub``, ``network``, ``broker`` or ``power`` and ``gone`` or ``back``;
            ``fail`` or ``mend``, a burner and ``contact-open``, ``contact-closed``,
            ``sensor-lies`` or ``sensor-silent``; ``end``.
        settings: the stove.

    Raises:
        InputError: a line cannot be read; the sentence names it and what would be right.
    """
    steps = _read(script)
    stove = LivingStove(settings, steps[0][1])
    told: list[Line] = []
    for number, at, words in steps:
        if at < stove.now:
            raise InputError(f"line {number}: {_clock(at)} is before the line above it")
        _live(stove, at, told)
        told.append(Line(_clock(at), "script", " ".join(words)))
        before = stove.count
        try:
            _do(stove, words)
        except _Refused as refused:
            told.append(Line(_clock(at), "hub", str(refused)))
        except (ParameterError, KeyError, ValueError, IndexError) as error:
            raise InputError(f"line {number}: {' '.join(words)!r}: {_reason(error)}") from error
        told += _news(stove, before)
    _live(stove, stove.now + 60.0, told)
    return tuple(told)


def _reason(error: Exception) -> str:
    if isinstance(error, ParameterError):
        return str(error)
    return "not understood; gezhi home stove simulate --help says what can be written"


def _read(script: str) -> list[tuple[int, float, list[str]]]:
    steps = []
    for number, raw in enumerate(script.splitlines(), 1):
        words = raw.partition("#")[0].split()
        if not words:
            continue
        found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", words[0])
        parts = [int(one or 0) for one in found.groups()] if found else [99]
        if parts[0] > 23 or max(parts[1:], default=0) > 59 or len(words) < 2:
            raise InputError(f"line {number}: {raw.strip()!r} should be as 18:05 light left")
        steps.append((number, float(parts[0] * 3600 + parts[1] * 60 + parts[2]), words[1:]))
    if not steps:
        raise InputError("the script is empty; a line is as 18:05 light left")
    return steps


def _live(stove: LivingStove, until: float, told: list[Line]) -> None:
    """Live on, second by second, so that what is told has its own time."""
    while stove.now < until:
        before = stove.count
        stove.live(min(stove.now + 1.0, until))
        told += _news(stove, before)


def _news(stove: LivingStove, before: int) -> list[Line]:
    new = stove.count - before
    return [_line(one) for one in list(stove.told)[-new:]] if new else []


def _line(told: Told) -> Line:
    notice = told.notice
    words = _WORDS.get(notice.code)
    if told.who == "hub" or words is None:
        fault, _, what = notice.code.rpartition("-")
        gone = told.who == "house" and what in ("gone", "back")
        text = f"the {fault} is {what}" if gone else sentence(notice)
    else:
        text = words.format(subject=notice.subject)
    return Line(_clock(told.at), told.who, text)


def _clock(seconds: float) -> str:
    whole = int(seconds) % _DAY_SECONDS
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


# ---- what a line does -----------------------------------------------------------------------


def _do(stove: LivingStove, words: Sequence[str]) -> None:
    verb, rest = words[0], list(words[1:])
    if verb == "end":
        return
    if verb in {one.value for one in Fault}:
        if rest[0] not in ("gone", "back"):
            raise ParameterError("gone or back would be right")
        stove.break_house(Fault(verb), broken=rest[0] == "gone")
        return
    _VERBS[verb](stove, rest)


def _light(stove: LivingStove, rest: Sequence[str]) -> None:
    if rest[0] in stove.valves and stove.valves[rest[0]].knob != "off":
        stove.turn(rest[0], "off")
    stove.hold(rest[0], _PRESS_SECONDS)


def _say(stove: LivingStove, rest: Sequence[str]) -> None:
    said = understand(" ".join(rest), tuple(stove.valves))
    if said.action in (Action.REFUSE, Action.UNKNOWN):
        raise _Refused(said.sentence())
    stove.ask(_command(str(said.action), said.burner, said.delay_seconds))


def _command(action: str, burner: str, seconds: float) -> StoveCommand:
    match action:
        case "off":
            return Plan(burner, seconds, "voice") if seconds else Cut(burner, "voice")
        case "extend":
            return Extend(burner, seconds, "voice")
        case "cancel":
            return Cancel(burner, "voice")
    raise _Refused("that asks how the stove is, which is always shown")


def _alarm(stove: LivingStove, rest: Sequence[str]) -> None:
    if rest[0] not in ALARMS or rest[1] not in ("on", "off"):
        raise ParameterError(f"{', '.join(ALARMS)} and on or off would be right")
    stove.sound(rest[0], on=rest[1] == "on")


def _lock(stove: LivingStove, rest: Sequence[str]) -> None:
    if rest[0] not in ("on", "off"):
        raise ParameterError("on or off would be right")
    stove.ask(ChildLock(rest[0] == "on"))


def _minutes(kind: Callable[[str, float], StoveCommand]) -> Callable[..., None]:
    return lambda stove, rest: stove.ask(kind(rest[0], 60 * float(rest[1])))


_VERBS: dict[str, Callable[[LivingStove, Sequence[str]], object]] = {
    "light": _light,
    "out": lambda stove, rest: stove.turn(rest[0], "off"),
    "say": _say,
    "off": lambda stove, rest: stove.ask(Cut(rest[0])),
    "cancel": lambda stove, rest: stove.ask(Cancel(rest[0])),
    "plan": _minutes(Plan),
    "extend": _minutes(Extend),
    "lock": _lock,
    "reset": lambda stove, rest: stove.ask(ResetFault()),
    "button": lambda stove, rest: stove.press_button(),
    "leave": lambda stove, rest: stove.come(near=False),
    "come": lambda stove, rest: stove.come(near=True),
    "alarm": _alarm,
    "fail": lambda stove, rest: stove.break_burner(rest[0], Flaw(rest[1]), broken=True),
    "mend": lambda stove, rest: stove.break_burner(rest[0], Flaw(rest[1]), broken=False),
}
