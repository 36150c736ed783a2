"""What is written and when, and what happens while nothing can be written.

A step of a controller is on the disk before anything of it is published. When the disk is full or
gone, controllers go on in memory, what is unsafe is not begun, and every few seconds it is tried
again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.controllers import Controller
from gezhi.home.bridge.store import Answer, Store, StoreError

__all__ = ["Driven", "Keeper", "Step"]

_log = logging.getLogger("gezhi.home.bridge")

_RETRY_SECONDS = 5.0
_TIDY_SECONDS = 3600.0
_ANSWERS_KEPT_SECONDS = 7 * 86400.0


@dataclass(slots=True)
class Driven:
    """One controller as it runs: its state, when it wants to be woken, what was shown last."""

    controller: Controller
    state: Any = None
    wake_at: float | None = None
    durable: object = None
    linked: bool | None = None
    notice: str = ""
    shown: str = ""


@dataclass(slots=True)
class Step:
    """What one step brought, before it is known whether it could be written."""

    effects: list[Any] = field(default_factory=list)
    answer: Answer | None = None
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


class Keeper:
    """Writes steps to the store, and says what is wrong while it cannot.

    Args:
        store: where everything is kept.
        clock: the house's clock.

    Attributes:
        problem: why nothing can be written at the moment, or empty.
        retry_at: the instant on the house's clock when it is tried again.
    """

    def __init__(self, store: Store, clock: HouseClock) -> None:
        self.problem = ""
        self.retry_at = 0.0
        self._store = store
        self._clock = clock
        self._tidy_at = 0.0
        self._unwritten: dict[str, Answer] = {}
        self._counted: dict[str, float] = {}

    def write(self, driven: Driven, step: Step) -> bool:
        """Whether the step is on the disk; one with nothing worth keeping counts as if it were."""
        controller = driven.controller
        durable = controller.durable(driven.state)
        if durable == driven.durable and not step.events and step.answer is None:
            return not self.problem
        wall = self._clock.wall()
        try:
            with self._store.transaction():
                self._save(driven, wall)
                for kind, detail in step.events:
                    self._store.record(controller.name, kind, detail, wall_seconds=wall)
                if step.answer is not None:
                    self._store.remember(step.answer, wall_seconds=wall)
        except StoreError as error:
            self.failed(error)
            if step.answer is not None:
                self._unwritten[step.answer.id] = step.answer
            return False
        driven.durable = durable
        return True

    def _save(self, driven: Driven, wall_seconds: float) -> None:
        self._store.save(
            driven.controller.name,
            driven.controller.keep(driven.state),
            house_seconds=self._clock.now(),
            wall_seconds=wall_seconds,
        )

    def mark(self, driven: Sequence[Driven]) -> None:
        """Keep all states anew, and with them what house and wall clock say now."""
        wall = self._clock.wall()
        try:
            with self._store.transaction():
                for one in driven:
                    self._save(one, wall)
        except StoreError as error:
            self.failed(error)

    def note(self, system: str, kind: str, detail: Mapping[str, Any]) -> None:
        """Keep an event that belongs to no step."""
        try:
            with self._store.transaction():
                self._store.record(system, kind, detail, wall_seconds=self._clock.wall())
        except StoreError as error:
            self.failed(error)

    def answered(self, command_id: str) -> Answer | None:
        """What a command of this id was answered before, or None."""
        if command_id in self._unwritten:
            return self._unwritten[command_id]
        try:
            return self._store.answer(command_id)
        except StoreError as error:
            self.failed(error)
            return None

    def count(self, name: str, reading: float, *, rollback: float) -> None:
        """Take a cumulative reading and keep what is new in it as an event.

        Where it cannot be written nothing is lost: the mark in the store has not moved, and the
        next reading holds all of it. A reading that stands still is not written again.
        """
        if self._counted.get(name) == reading:
            return
        try:
            with self._store.transaction():
                new = self._store.count(name, reading, rollback=rollback)
                if new:
                    wall = self._clock.wall()
                    self._store.record("water", name, {"litres": round(new, 6)}, wall_seconds=wall)
            self._counted[name] = reading
        except StoreError as error:
            self.failed(error)

    def failed(self, error: StoreError) -> None:
        """Take note that nothing can be written."""
        if not self.problem:
            _log.error(
                "%s; everything is switched off and nothing starts until this is over", error
            )
        self.problem = str(error)
        self.retry_at = self._clock.now() + _RETRY_SECONDS

    def attend(self, driven: Sequence[Driven]) -> None:
        """Try again where nothing could be written; tidy once an hour, settle at rest."""
        now = self._clock.now()
        if self.problem and now >= self.retry_at:
            self._try_again(driven)
        if not self.problem and self._store.settling_due:
            self._settle(driven)
        if not self.problem and now >= self._tidy_at:
            self._tidy_at = now + _TIDY_SECONDS
            try:
                # A wall clock that is set forth and back again must not make an old command new.
                oldest = self._clock.wall() - _ANSWERS_KEPT_SECONDS
                self._store.tidy(before_wall_seconds=oldest)
            except StoreError as error:
                self.failed(error)

    def _settle(self, driven: Sequence[Driven]) -> None:
        """Give the store time to put its log in order, while no relay is on."""
        if any(any(one.controller.relays(one.state).values()) for one in driven):
            return
        try:
            self._store.settle()
        except StoreError as error:
            self.failed(error)

    def _try_again(self, driven: Sequence[Driven]) -> None:
        wall = self._clock.wall()
        try:
            with self._store.transaction():
                for one in driven:
                    self._save(one, wall)
                for answer in self._unwritten.values():
                    self._store.remember(answer, wall_seconds=wall)
                self._store.record("bridge", "writable", {"was": self.problem}, wall_seconds=wall)
        except StoreError as error:
            self.failed(error)
            return
        _log.warning("the store can be written again")
        self.problem = ""
        self._unwritten.clear()
