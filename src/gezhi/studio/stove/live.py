"""A stove that lives while somebody looks on.

Nothing runs in the background: the stove lives on when a page asks for the next moment, as far as
its clock has come since. A page that is hidden, paused or closed asks for nothing, and costs
nothing; a hand that pressed a knob on it has let go.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gezhi.errors import ParameterError
from gezhi.home.stove_living import Fault, Flaw, LivingStove
from gezhi.home.types.stove import ALARMS, ALL, ChildLock, Plan
from gezhi.studio.stove import orders
from gezhi.studio.stove.orders import Said

__all__ = ["BEGIN_SECONDS", "HAND_SPEED", "HOLD_SECONDS", "SPEEDS", "WATCHED_SPEED", "Session"]

SPEEDS = (0, 1, 10, 60)
"""Seconds that pass at the stove in one of ours."""

HAND_SPEED = 1
"""While a hand presses a knob: how long it takes is to be felt."""

WATCHED_SPEED = 10
"""The most while a relay is energised: a pulse is to be seen."""

HOLD_SECONDS = 6.0
"""How long a hand presses that is asked to light and to hold."""

BEGIN_SECONDS = 18.5 * 3600
"""Half past six in the evening, on the stove's clock."""

_LONGEST_STEP_SECONDS = 1.5
_SLICE_SECONDS = 0.05
_MINUTES_LIT, _MINUTES_LEFT = 6, 4


def _lit_stove() -> LivingStove:
    """The worked example: the left burner burns and is to be off in a few minutes."""
    stove = LivingStove(now=BEGIN_SECONDS)
    stove.hold("left", HOLD_SECONDS)
    stove.live(BEGIN_SECONDS + 30)
    stove.ask(Plan("left", (_MINUTES_LIT + _MINUTES_LEFT) * 60.0 - 30))
    stove.live(BEGIN_SECONDS + _MINUTES_LIT * 60)
    return stove


@dataclass(slots=True)
class Session:
    """A stove, the speed of its clock, and the last moment at which somebody looked.

    `said` is the answer to what was asked of it last.
    """

    clock: Callable[[], float] = time.monotonic
    stove: LivingStove = field(default_factory=_lit_stove)
    speed: int = 10
    said: Said | None = None
    looked: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.looked = self.clock()

    @property
    def burners(self) -> tuple[str, ...]:
        """The names of the burners, as they stand."""
        return tuple(self.stove.valves)

    @property
    def pace(self) -> int:
        """The speed that the clock runs at now."""
        if any(one.knob == "pressed" for one in self.stove.valves.values()):
            return min(self.speed, HAND_SPEED)
        cutting = any(self.stove.energised(one) for one in self.burners)
        return min(self.speed, WATCHED_SPEED) if cutting else self.speed

    def advance(self) -> None:
        """Live as far as the clock has come since somebody looked last."""
        with self.lock:
            now = self.clock()
            passed = max(0.0, now - self.looked)
            self.looked = now
            left = min(passed, _LONGEST_STEP_SECONDS)
            while left > 0:
                piece = min(left, _SLICE_SECONDS)
                self.stove.live(self.stove.now + piece * self.pace)
                left -= piece
            if passed > _LONGEST_STEP_SECONDS:
                self.let_go()

    def let_pass(self, seconds: float) -> None:
        """Live on for a while at once."""
        with self.lock:
            self.stove.live(self.stove.now + seconds)

    def let_go(self) -> None:
        """Take the hand from every knob."""
        for name in self.burners:
            if self.stove.valves[name].knob == "pressed":
                self.stove.turn(name, "on")

    def set_speed(self, speed: int) -> None:
        """Let the clock run at one of `SPEEDS`.

        Raises:
            ParameterError: it is none of them.
        """
        if speed not in SPEEDS:
            raise ParameterError(f"speed is one of {', '.join(map(str, SPEEDS))}, not {speed}")
        self.advance()
        self.speed = speed

    def turn(self, burner: str, deed: str) -> None:
        """Let the hand ``press`` a knob, ``release`` it, turn it ``off``, or ``hold`` it a while.

        Raises:
            ParameterError: there is no such deed, or no such burner.
        """
        self.advance()
        with self.lock:
            if deed in ("press", "hold") and not self.speed:
                self.speed = HAND_SPEED
            match deed:
                case "press":
                    self.stove.turn(burner, "pressed")
                case "hold":
                    self.stove.hold(burner, HOLD_SECONDS)
                case "release":
                    self.stove.turn(burner, "on")
                case "off":
                    self.stove.turn(burner, "off")
                case _:
                    raise ParameterError(f"a hand can press, hold, release or off, not {deed!r}")

    def break_house(self, fault: str) -> None:
        """Take something of the house away, or bring it back.

        Raises:
            ParameterError: it is none of `Fault`.
        """
        self.advance()
        with self.lock:
            known = orders.one_of(Fault, fault)
            self.stove.break_house(known, broken=known not in self.stove.faults)

    def break_burner(self, burner: str, flaw: str) -> None:
        """Let a burner's contact or sensor fail, or mend it.

        Raises:
            ParameterError: it is none of `Flaw`, or there is no such burner.
        """
        self.advance()
        with self.lock:
            known = orders.one_of(Flaw, flaw)
            here = (burner, known) in self.stove.flaws
            self.stove.break_burner(burner, known, broken=not here)

    def sense(self, what: str) -> None:
        """Let an alarm sound or be silent, everybody leave or come back, the button be pressed.

        Raises:
            ParameterError: it is none of these.
        """
        self.advance()
        with self.lock:
            if what in ALARMS:
                self.stove.sound(what, on=what not in self.stove.alarms)
            elif what == "near":
                self.stove.come(near=not self.stove.near)
            elif what == "button":
                self.stove.press_button()
            elif what == "lock":
                self.said = orders.ask(self.stove, ChildLock(not self.stove.hub.locked))
            else:
                raise ParameterError(f"there is nothing called {what!r} to be noticed")

    def order(self, verb: str, burner: str, minutes: float) -> None:
        """Ask the hub for something, by a button of the page.

        Raises:
            ParameterError: there is no such command.
        """
        self.advance()
        with self.lock:
            self.said = orders.order(self.stove, verb, burner or ALL, minutes)

    def say(self, text: str) -> None:
        """Say something to the stove, in one's own words."""
        self.advance()
        with self.lock:
            self.said = orders.say(self.stove, text)
