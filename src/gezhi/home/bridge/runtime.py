"""The bridge's own logic, without a network: messages in, messages out, everything kept.

`Runtime` joins controllers, devices and the store. Whoever calls it owns the connection and the
waiting; so the same code runs against a broker, against a fake house, and in tests that stop it
between any two messages.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gezhi.errors import ParameterError
from gezhi.home.bridge.adapters import Adapter, Channel, Report, Value
from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.commands import Command, Refusal, answer_text, check_time, parse, plain
from gezhi.home.bridge.controllers import Controller
from gezhi.home.bridge.keeping import Driven, Keeper, Step
from gezhi.home.bridge.messages import Arrival, Outgoing
from gezhi.home.bridge.planning import Advisor
from gezhi.home.bridge.roster import Roster
from gezhi.home.bridge.store import Answer, Store
from gezhi.home.bridge.telling import notice_events, notice_text
from gezhi.home.types import Notice, SetRelay, Wake
from gezhi.home.types.stove import LockNode, PlanNode

__all__ = ["Runtime"]

_log = logging.getLogger("gezhi.home.bridge")


class Runtime:
    """Controllers, devices and store, driven by messages and by time.

    Args:
        controllers: the systems of this house.
        adapters: its devices.
        store: where everything is kept.
        clock: the house's clock; made from the store when not given.
        base: the first level of the bridge's own topics.
        rollback: how many units a device's count may fall back after a power cut.
        describe: turns a notice into a sentence for people.
        advisors: who listens and asks for things by itself.
    """

    def __init__(
        self,
        controllers: Iterable[Controller],
        adapters: Iterable[Adapter],
        store: Store,
        *,
        clock: HouseClock | None = None,
        base: str = "gezhi",
        rollback: float = 0.0,
        describe: Callable[[Notice], str] = lambda notice: notice.code,
        advisors: Iterable[Advisor] = (),
    ) -> None:
        self.clock = clock or HouseClock(store.latest_house_seconds())
        self.keeper = Keeper(store, self.clock)
        self.store = store
        self.base = base
        self.roster = Roster(adapters)
        self.adapters = self.roster.adapters
        self.connected = False
        self._rollback = rollback
        self._describe = describe
        self._advisors = tuple(advisors)
        self.driven = {one.name: Driven(one) for one in controllers}

    # -- what the caller tells ---

    def begin(self) -> None:
        """Take up the kept states; call once, before anything else."""
        now = self.clock.now()
        for driven in self.driven.values():
            kept = self.store.load(driven.controller.name)
            controller = driven.controller
            effects: Sequence[Any] = ()
            if kept is None:
                driven.state = controller.start(now)
            else:
                driven.state, effects = controller.resume(kept.state, now)
            driven.wake_at = now
            step = Step(list(effects), events=[("started", {"kept": kept is not None})])
            step.events += notice_events(effects)
            written = self.keeper.write(driven, step)
            for effect in step.effects:
                # Relays are told when there is a connection to tell them by.
                self._effect(driven, effect, written)

    def subscriptions(self) -> tuple[tuple[str, int], ...]:
        """Every topic to listen to, with its quality of service.

        Commands with an id come at least once, since a second arrival is known by its id. Plain
        ones, which nothing distinguishes from late ones, are never queued for an absent bridge.
        """
        wanted: dict[str, int] = {}
        for name in self.driven:
            wanted[f"{self.base}/{name}/command"] = 1
            wanted[f"{self.base}/{name}/do/#"] = 0
            wanted[f"{self.base}/{name}/cue/+"] = 0
        for adapter in self.adapters:
            wanted.update((topic, 0) for topic in adapter.subscriptions())
        return tuple(wanted.items())

    def link(self, *, up: bool) -> list[Outgoing]:
        """The connection to the broker came or went."""
        self.connected = up
        out: list[Outgoing] = []
        if up:
            self.roster.forget()
            for driven in self.driven.values():
                driven.shown = ""
                for name in driven.controller.told_off(driven.state):
                    out += self.roster.switch(SetRelay(name, on=False))
        return out + self._link_changed()

    def receive(self, arrival: Arrival) -> list[Outgoing]:
        """A message came; what is to be published. All it changed is on the disk by then."""
        first, _, rest = arrival.topic.partition("/")
        if first == self.base:
            name, _, verb = rest.partition("/")
            if name in self.driven and verb == "command":
                return self.command(name, arrival)
            if name in self.driven and verb.startswith("do/"):
                return self._plain(name, verb[3:], arrival)
            if name in self.driven and verb.startswith("cue/"):
                return self._cue(name, verb[4:], arrival)
        out: list[Outgoing] = []
        for adapter in self.adapters:
            for report in adapter.read(arrival):
                out += self._report(adapter, report, arrival.topic)
        return out

    def tick(self) -> list[Outgoing]:
        """Time has passed: wake whoever asked for it, look at the clock, try the disk again."""
        now = self.clock.now()
        self._clock_jumped()
        self.keeper.attend([*self.driven.values()])
        out: list[Outgoing] = []
        for driven in self.driven.values():
            if driven.wake_at is not None and now >= driven.wake_at:
                driven.wake_at = None
                out += self._advance(driven, driven.controller.tick())
            else:
                out += self._show(driven)  # what is shown may count down
        return out + self._advised()

    def _advised(self) -> list[Outgoing]:
        """What the advisors ask for, carried out as commands of theirs."""
        out: list[Outgoing] = []
        wall = self.clock.wall()
        for advisor in self._advisors if self.connected else ():
            driven = self.driven[advisor.system]
            for name, arguments in advisor.wants(driven.state, wall):
                command_id = f"plan-{wall:.3f}-{len(out)}"
                command = Command(command_id, name, wall, 30.0, arguments, "prediction")
                out += self._execute(driven, command)
        return out

    def rest(self) -> list[Outgoing]:
        """Bring to rest whatever may be, before the bridge stops."""
        out: list[Outgoing] = []
        for driven in self.driven.values():
            refuge = driven.controller.refuge()
            if refuge is not None:
                out += self._advance(driven, refuge)
        return out

    def next_wake(self) -> float | None:
        """The instant on the house's clock when `tick` is due, or None."""
        wanted = [one.wake_at for one in self.driven.values() if one.wake_at is not None]
        if self.keeper.problem:
            wanted.append(self.keeper.retry_at)
        return min(wanted, default=None)

    def snapshot(self) -> list[Outgoing]:
        """Every state anew, for a broker or a Home Assistant that has just started."""
        out: list[Outgoing] = []
        for driven in self.driven.values():
            driven.shown = ""
            out += [self._reachable(driven), *self._show(driven)]
        return out

    def status(self) -> dict[str, Any]:
        """What people are shown of everything, by system."""
        now = self.clock.now()
        return {
            "connected": self.connected,
            "problem": self.keeper.problem,
            "away": sorted(self.roster.absent()),
            "litres": {
                one.name: round(self.store.total(one.name), 3)
                for adapter in self.adapters
                for one in adapter.channels
                if one.quantity == "litres"
            },
            "systems": {
                name: {**driven.controller.status(driven.state, now), "notice": driven.notice}
                for name, driven in self.driven.items()
            },
        }

    # -- commands ---

    def command(self, name: str, arrival: Arrival) -> list[Outgoing]:
        """Carry out or refuse a command in JSON; the answer is among what is published."""
        wall = self.clock.wall()
        try:
            command = parse(arrival)
            before = self.keeper.answered(command.id)
            if before is not None:
                return [self._reply(name, before, duplicate=True)]
            check_time(command, wall)
        except Refusal as refusal:
            return self._refused(name, Answer(refusal.id, False, str(refusal)))
        return self._execute(self.driven[name], command)

    def _plain(self, name: str, path: str, arrival: Arrival) -> list[Outgoing]:
        """A command without id or time, as a wall switch can send it: live, or not at all."""
        driven = self.driven[name]
        try:
            subject, wall = driven.controller.subject, self.clock.wall()
            command = plain(path, arrival, subject=subject, wall_seconds=wall)
        except Refusal as refusal:
            return self._refused(name, Answer("", False, str(refusal)))
        return self._execute(driven, command)

    def _execute(self, driven: Driven, command: Command) -> list[Outgoing]:
        controller, now = driven.controller, self.clock.now()
        age = self.clock.wall() - command.sent_wall_seconds
        sent = (command.id, command.source, now - max(0.0, age))
        try:
            event = controller.event(command.name, command.arguments, sent)
        except ParameterError as error:
            driven.shown = ""  # whoever asked, such as a switch, is shown again how things stand
            reply = self._refused(controller.name, Answer(command.id, False, f"invalid: {error}"))
            return [*reply, *self._show(driven)]
        if self.keeper.problem and not controller.harmless(event):
            reason = f"store: nothing can be written ({self.keeper.problem}), so nothing is started"
            return self._refused(controller.name, Answer(command.id, False, reason))
        detail = {"id": command.id, "source": command.source, **command.arguments}
        step = Step(
            answer=Answer(command.id, True, ""), events=[(f"command:{command.name}", detail)]
        )
        return self._advance(driven, event, step)

    def _refused(self, name: str, answer: Answer) -> list[Outgoing]:
        _log.warning("%s: command %s refused: %s", name, answer.id or "without id", answer.reason)
        self.keeper.note(name, "refused", {"id": answer.id, "reason": answer.reason})
        return [self._reply(name, answer)]

    def _reply(self, name: str, answer: Answer, *, duplicate: bool = False) -> Outgoing:
        return Outgoing(f"{self.base}/{name}/answer", answer_text(answer, duplicate=duplicate))

    # -- reports of devices ---

    def _report(self, adapter: Adapter, report: Report, topic: str) -> list[Outgoing]:
        channel = report.channel
        if channel is None:
            return self._availability(adapter, report)
        if channel.quantity == "litres":
            return self._counted(channel, report.value)
        if report.retained and channel.quantity != "relay":
            return []  # kept by the broker since nobody knows when: no reading of now
        if self.roster.hold(adapter, report, topic):
            return []
        if report.value is None:
            _log.warning("%s: not a reading of %s", topic, channel.name)
        out: list[Outgoing] = []
        for driven in self.driven.values():
            event = driven.controller.reading(channel.name, report.value)
            if event is not None:
                out += self._advance(driven, event)
        return out

    def _counted(self, channel: Channel, value: Value) -> list[Outgoing]:
        if not isinstance(value, float) or value < 0:
            _log.warning("%s: %r is no cumulative count; 0 or more would be", channel.name, value)
            return []
        self.keeper.count(channel.name, value, rollback=self._rollback)
        return []

    def _cue(self, name: str, cue: str, arrival: Arrival) -> list[Outgoing]:
        if not arrival.retained:
            self.keeper.note(name, "cue", {"cue": cue, "value": arrival.text[:100]})
            for advisor in self._advisors:
                if advisor.system == name:
                    advisor.cued(cue, self.clock.wall())
        return []

    def _availability(self, adapter: Adapter, report: Report) -> list[Outgoing]:
        here = report.value is True
        new, held = self.roster.heard(adapter, here=here)
        out: list[Outgoing] = []
        if here and (new or not report.retained):
            # A node that comes back may have missed an "off", even if nobody saw it go.
            for driven in self.driven.values():
                for relay in driven.controller.told_off(driven.state):
                    if self.roster.has(adapter, relay):
                        out += self.roster.switch(SetRelay(relay, on=False))
        if not new:
            return out
        self.keeper.note("bridge", "node", {"node": adapter.node, "here": here})
        for one, topic in held:
            out += self._report(adapter, one, topic)
        return out + self._link_changed()

    def _link_changed(self) -> list[Outgoing]:
        out: list[Outgoing] = []
        for driven in self.driven.values():
            up = self.connected and self.roster.reachable(driven.controller.essential())
            if up != driven.linked:
                driven.linked = up
                out.append(self._reachable(driven))
                out += self._advance(driven, driven.controller.link(up=up))
        return out

    def _reachable(self, driven: Driven) -> Outgoing:
        """Whether the devices of a system are there: the second of its two availability topics."""
        topic = f"{self.base}/{driven.controller.name}/availability"
        return Outgoing(topic, "online" if driven.linked else "offline", retain=True)

    # -- one step ---

    def _advance(self, driven: Driven, event: Any, step: Step | None = None) -> list[Outgoing]:
        step = step or Step()
        controller, now, before = driven.controller, self.clock.now(), driven.state
        driven.state, effects = controller.step(driven.state, event, now)
        step.effects = list(effects)
        step.events += notice_events(effects)
        for advisor in self._advisors:
            if advisor.system == controller.name:
                step.events += advisor.heard(event, driven.state, self.clock.wall())
        if step.answer is not None:
            step.answer = self._judged(driven, event, step)
        written = self.keeper.write(driven, step)
        if not written:
            refuge = controller.refuge()
            if refuge is not None and not controller.harmless(event):
                driven.state, more = controller.step(driven.state, refuge, now)
                step.effects += more
            elif refuge is None and step.answer is not None and not controller.harmless(event):
                driven.state, step.effects = before, []  # it is refused below: it never was
        out = [one for effect in step.effects for one in self._effect(driven, effect, written)]
        if step.answer is not None:
            answer = step.answer
            if not written and not controller.harmless(event):
                answer = Answer(
                    answer.id, False, f"store: it could not be written: {self.keeper.problem}"
                )
            out.append(self._reply(controller.name, answer))
        return out + self._show(driven)

    def _judged(self, driven: Driven, event: Any, step: Step) -> Answer | None:
        """The answer, now that the controller has said what it makes of the command."""
        if step.answer is None:
            return None
        code = driven.controller.refused(event, driven.state, step.effects)
        if not code:
            return step.answer
        said = [one for one in step.effects if isinstance(one, Notice) and one.code == code]
        text = self._describe(said[-1]) if said else code
        return Answer(step.answer.id, False, text if text == code else f"{code}: {text}")

    def _effect(self, driven: Driven, effect: Any, written: bool) -> Sequence[Outgoing]:  # noqa: FBT001
        if isinstance(effect, Wake):
            driven.wake_at = effect.at
            return ()
        if isinstance(effect, Notice):
            driven.notice = self._describe(effect)
            _log.info("%s: %s", driven.controller.name, driven.notice)
            topic = f"{self.base}/{driven.controller.name}/notice"
            return (Outgoing(topic, notice_text(effect, driven.notice)),)
        if isinstance(effect, PlanNode | LockNode):
            return self.roster.instruct(effect)
        if written or driven.controller.allowed_unwritten(effect):
            return self.roster.switch(effect)
        return ()

    def _show(self, driven: Driven) -> list[Outgoing]:
        """The retained state, when it differs from what was shown last."""
        shown = dict(driven.controller.status(driven.state, self.clock.now()))
        shown["notice"] = driven.notice[:250]
        shown["store"] = self.keeper.problem
        without_time = json.dumps({**shown, "seconds": 0}, ensure_ascii=False, sort_keys=True)
        if without_time == driven.shown:
            return []
        driven.shown = without_time
        topic = f"{self.base}/{driven.controller.name}/state"
        return [Outgoing(topic, json.dumps(shown, ensure_ascii=False), retain=True)]

    def _clock_jumped(self) -> None:
        moved = self.clock.jump()
        if moved:
            _log.warning("the wall clock was set by %+.1f s; timers go on unchanged", moved)
            self.keeper.note("bridge", "clock", {"moved_seconds": round(moved, 3)})
            # After a restart the wall clock tells how long it was dark: only from here on.
            self.keeper.mark([*self.driven.values()])
