"""Every interleaving of a controller and its world, to a fixpoint.

`explore` walks breadth first through all states that a `Model` can reach, so the first state that
breaks a property is reached by a shortest path, which is told in words. A model's states are plain
hashable values, finitely many: it measures instants from now, and ages that no rule tells apart
any more are the same age. It works for any controller written as a pure step function.

Time in such a model is a whole number of ticks. That loses nothing where every deadline is a whole
number of ticks and every rule compares with ≥ or ≤ only: whatever such a system does in real time,
it also does with every instant rounded to whole ticks (Henzinger, Manna and Pnueli, What good are
digital clocks?, 1992, theorem 1).

>>> class Lamp:
...     def initial(self): return [("off", 0)]
...     def moves(self, state):
...         where, age = state
...         if where == "off": return [Move("a hand switches on", ("on", 0), quiet=False)]
...         return [Move("a second passes", ("on", age + 1) if age < 2 else ("off", 0))]
>>> short = Property("on for at most one second", lambda state: state[1] <= 1)
>>> back = Recovery("goes off by itself", goal=lambda state: state[0] == "off")
>>> for verdict in explore(Lamp(), [short], [back]).verdicts:
...     print(verdict.name, verdict.holds, list(verdict.trace))
on for at most one second False ['a hand switches on', 'a second passes', 'a second passes']
goes off by itself True []
"""

from array import array
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Exploration", "Model", "Move", "Property", "Recovery", "Verdict", "explore"]

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One thing that can happen: told in words, and the state after it.

    `quiet` moves happen without people and new faults: time, reports, what a controller is due.
    """

    words: str
    state: S
    quiet: bool = True


class Model(Protocol[S]):
    """A controller together with its world."""

    def initial(self) -> Iterable[S]:
        """Give the states in which it can begin."""

    def moves(self, state: S) -> Iterable[Move[S]]:
        """Give everything that can happen next."""


@dataclass(frozen=True, slots=True)
class Property(Generic[S]):
    """What must hold in every state."""

    name: str
    holds: Callable[[S], bool]


def _never(_: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Recovery(Generic[S]):
    """What must come again from every state that is not `excused`, along all paths of quiet moves.

    There must be no way to go round for ever, or to stop, outside `goal`; a move that changes
    nothing is a stop. An excused state counts as reached: nothing is claimed from there.
    """

    name: str
    goal: Callable[[S], bool]
    excused: Callable[[S], bool] = _never


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a property holds; if not, the shortest way to where it does not, in words."""

    name: str
    holds: bool
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was walked through; `fixpoint` says that nothing was left out."""

    states: int
    transitions: int
    fixpoint: bool
    verdicts: tuple[Verdict, ...]

    @property
    def holds(self) -> bool:
        """Whether all was seen and every property holds."""
        return self.fixpoint and all(one.holds for one in self.verdicts)


class _Graph(Generic[S]):
    """The states seen, each with the move that first led to it, and the quiet edges between."""

    def __init__(self) -> None:
        self.number: dict[S, int] = {}
        self.states: list[S] = []
        self.parent = array("q")
        self.words: list[str] = []
        self.quiet_from = array("q")
        self.quiet_to = array("q")

    def add(self, state: S, parent: int, words: str) -> int:
        """Give the state's number, and remember how it was first reached."""
        known = self.number.get(state)
        if known is not None:
            return known
        self.number[state] = len(self.states)
        self.states.append(state)
        self.parent.append(parent)
        self.words.append(words)
        return len(self.states) - 1

    def trace(self, number: int) -> tuple[str, ...]:
        """Tell the way to a state."""
        steps = []
        while self.parent[number] >= 0:
            steps.append(self.words[number])
            number = self.parent[number]
        return tuple(reversed(steps))


def explore(
    model: Model[S],
    properties: Sequence[Property[S]],
    recoveries: Sequence[Recovery[S]] = (),
    *,
    most_states: int = 10_000_000,
    stop_early: bool = False,
) -> Exploration:
    """Walk through every reachable state and judge every property.

    Stops without a fixpoint at `most_states`, and with `stop_early` at the first broken property;
    recoveries are judged at a fixpoint only, and hold for nothing else.
    """
    graph: _Graph[S] = _Graph()
    broken: dict[str, tuple[str, ...]] = {}
    waiting = deque(graph.add(state, -1, "") for state in dict.fromkeys(model.initial()))
    transitions = 0
    while waiting and len(graph.states) < most_states:
        here = waiting.popleft()
        for one in properties:
            if one.name not in broken and not one.holds(graph.states[here]):
                broken[one.name] = graph.trace(here)
        if broken and stop_early:
            break
        for move in model.moves(graph.states[here]):
            transitions += 1
            fresh = len(graph.states)
            there = graph.add(move.state, here, move.words)
            if there == fresh:
                waiting.append(there)
            if move.quiet and there != here:
                graph.quiet_from.append(here)
                graph.quiet_to.append(there)
    fixpoint = not waiting
    verdicts = [
        Verdict(one.name, one.name not in broken, broken.get(one.name, ())) for one in properties
    ]
    verdicts += [
        _recovers(graph, one) if fixpoint else Verdict(one.name, False) for one in recoveries
    ]
    return Exploration(len(graph.states), transitions, fixpoint, tuple(verdicts))


def _recovers(graph: _Graph[S], recovery: Recovery[S]) -> Verdict:
    """Peel off, from the goal backwards, states all of whose quiet moves lead to peeled ones."""
    count = len(graph.states)
    leaving = array("q", bytes(8 * count))
    for start in graph.quiet_from:
        leaving[start] += 1
    order = sorted(range(len(graph.quiet_to)), key=graph.quiet_to.__getitem__)
    into = array("q", bytes(8 * (count + 1)))
    for end in graph.quiet_to:
        into[end + 1] += 1
    for i in range(count):
        into[i + 1] += into[i]
    sure = bytearray(recovery.goal(state) or recovery.excused(state) for state in graph.states)
    waiting = deque(i for i in range(count) if sure[i])
    while waiting:
        here = waiting.popleft()
        for edge in order[into[here] : into[here + 1]]:
            start = graph.quiet_from[edge]
            leaving[start] -= 1
            if leaving[start] == 0 and not sure[start]:
                sure[start] = 1
                waiting.append(start)
    lost = next((i for i in range(count) if not sure[i]), None)
    if lost is None:
        return Verdict(recovery.name, True)
    return Verdict(recovery.name, False, (*graph.trace(lost), "and from here it never comes back"))
