"""The homes that live while somebody looks on: one pair a browser, few at once, none for long.

Nothing runs in the background. A page asks for the next moment while it is looked at, and the
homes then live as far as their clock has come since; a page that is hidden, paused or closed asks
for nothing, and costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gezhi.errors import ParameterError
from gezhi.home.living import LivingHome
from gezhi.studio.hotwater import scenes
from gezhi.studio.hotwater.frames import Frame, frame
from gezhi.studio.hotwater.picture import Picture, draw
from gezhi.studio.hotwater.scenes import Scene
from gezhi.studio.i18n import Translator

__all__ = ["HAND_LITRES_PER_MINUTE", "HAND_SPEED", "SPEEDS", "Session"]

SPEEDS = (0, 1, 10, 60, 600)
"""Seconds that pass in the homes in one of ours."""

HAND_SPEED = 10
"""The most while somebody holds a tap open: a wait is to be felt."""

HAND_LITRES_PER_MINUTE = 5.0
_LONGEST_STEP_SECONDS = 1.5


@dataclass(slots=True)
class Session:
    """Two homes, the speed of their clock, and the last moment at which somebody looked."""

    scene: Scene
    homes: tuple[LivingHome, LivingHome]
    pictures: tuple[Picture, Picture]
    clock: Callable[[], float] = time.monotonic
    speed: int = 60
    looked: float = 0.0
    begun: int = 0
    owed: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, scene: Scene, clock: Callable[[], float] = time.monotonic) -> Session:
        """A scene that has just begun.

        Raises:
            ParameterError: a home that does not fit the drawing.
        """
        scenes.check_fit(scene.plumbing)
        homes = scenes.begin(scene)
        pictures = draw(scene.plumbing, bare=True), draw(scene.plumbing)
        return cls(scene, homes, pictures, clock, looked=clock(), begun=homes[1].now)

    @property
    def in_hand(self) -> bool:
        """Whether a tap is held open."""
        home = self.homes[1]
        return any(home.in_hand(tap) for tap in home.plumbing.taps)

    @property
    def over(self) -> bool:
        """Whether the days that the household was made for are over."""
        return self.homes[1].now >= self.begun + scenes.DAYS * 86_400

    @property
    def pace(self) -> int:
        """The speed that the clock runs at now."""
        return min(self.speed, HAND_SPEED) if self.in_hand else self.speed

    def advance(self) -> None:
        """Live as far as the clock has come since somebody looked last."""
        with self.lock:
            now = self.clock()
            passed = min(max(0.0, now - self.looked), _LONGEST_STEP_SECONDS)
            self.looked = now
            self.owed += passed * (0 if self.over else self.pace)
            whole, self.owed = int(self.owed), self.owed % 1
            self._live(whole)

    def let_pass(self, seconds: int) -> None:
        """Live on for a while at once."""
        with self.lock:
            self._live(0 if self.over else seconds)

    def set_speed(self, speed: int) -> None:
        """Let the clock run at one of `SPEEDS`.

        Raises:
            ParameterError: it is none of them.
        """
        if speed not in SPEEDS:
            raise ParameterError(f"speed is one of {', '.join(map(str, SPEEDS))}, not {speed}")
        self.advance()
        with self.lock:
            self.speed, self.owed = speed, 0.0

    def hold(self, tap: str, *, opened: bool) -> None:
        """Open a tap in both homes, or close it."""
        self.advance()
        with self.lock:
            for home in self.homes:
                if opened:
                    home.open(tap, HAND_LITRES_PER_MINUTE)
                else:
                    home.close(tap)

    def request(self, tap: str) -> None:
        """Press the button for hot water in the home that has one."""
        self.advance()
        with self.lock:
            self.homes[1].request(tap)

    def stop(self) -> None:
        """Press stop in the home that has a pump."""
        self.advance()
        with self.lock:
            self.homes[1].stop()

    def frame(self, t: Translator) -> Frame:
        """How both homes stand now."""
        with self.lock:
            return frame(self.homes, self.pictures, self.scene.zone, t)

    def _live(self, seconds: int) -> None:
        for home in self.homes:
            home.live(home.now + seconds)
