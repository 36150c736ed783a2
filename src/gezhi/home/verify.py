"""Every interleaving of a controller and its world, to a fixpoint.

`explore` walks breadth first through all states that a `Model` can reach, so the first state that
breaks a property is reached by a shortest path, which is told in words. A model's states are plain
hashable values, finitely many: it measures instants from now, and ages that no rule tells apart
any more are the same age. It works for any controller written as a pure step function.

Time in such a model is a whole number of ticks. That loses nothing where every deadline is a whole
number of ticks and every rule compares with ≥ or ≤ only: whatever such a system does in real time,
it also does with every instant rounded to whole ticks (Henzinger, Manna and Pnueli, What good are
digital clocks?, 1992, theorem 1).

A model is asked for the moves of each state once, and once more along a trace that is told. What
takes the time is hashing and building states: a model of millions is faster where its states are
integers or flat tuples, and where it remembers what its controller answered.

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
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Exploration", "Model", "Move", "Property", "Recovery", "Verdict", "explore"]

S = TypeVar("S", bound=Hashable)


class Move(NamedTuple, Generic[S]):
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

    def moves(self, state: S) -> Iterable[tuple[str, S, bool]]:
        """Give everything that can happen next, as `Move`s or plain tuples of the same.

        The same whenever it is asked.
        """


@dataclass(frozen=True, slots=True)
class Property(Generic[S]):
    """What must hold in every state.

    `sound` is a quicker question that several properties share: where the answer is yes, all of
    them hold, and `holds` is not asked.
    """

    name: str
    holds: Callable[[S], bool]
    sound: Callable[[S], bool] | None = None


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
    """The states seen, in the order of their distance, and the quiet edges between them.

    The edges of state `i` lead to `quiet_to[quiet_end[i - 1] : quiet_end[i]]`.
    """

    def __init__(self, model: Model[S]) -> None:
        self.model = model
        self.states: list[S] = list(dict.fromkeys(model.initial()))
        self.number = {state: i for i, state in enumerate(self.states)}
        self.parent = array("i", [-1] * len(self.states))
        self.quiet_to = array("i")
        self.quiet_end = array("q")

    def trace(self, number: int) -> tuple[str, ...]:
        """Tell the way to a state, by asking again what could happen on it."""
        steps = []
        while self.parent[number] >= 0:
            state, number = self.states[number], self.parent[number]
            moves = self.model.moves(self.states[number])
            steps.append(next(words for words, after, _ in moves if after == state))
        return tuple(reversed(steps))


def explore(
    model: Model[S],
    properties: Sequence[Property[S]],
    recoveries: Sequence[Recovery[S]] = (),
    *,
    most_states: int = 100_000_000,
    stop_early: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> Exploration:
    """Walk through every reachable state and judge every property.

    Stops without a fixpoint at `most_states`, and with `stop_early` at the first broken property;
    recoveries are judged at a fixpoint only, and hold for nothing else. `report` is told now and
    then how many states were looked at and how many are known.
    """
    graph = _Graph(model)
    states, number, parent, quiet_to = graph.states, graph.number, graph.parent, graph.quiet_to
    checked, broken = list(properties), dict[str, int]()
    judges = _judges(checked)
    here = transitions = 0
    while here < len(states) < most_states:
        state = states[here]
        if not all(fine(state) for fine in judges):
            broken |= {one.name: here for one in checked if not one.holds(state)}
            checked = [one for one in checked if one.name not in broken]
            judges = _judges(checked)
        if broken and stop_early:
            break
        for _, after, quiet in model.moves(state):
            transitions += 1
            there = number.setdefault(after, len(states))
            if there == len(states):
                states.append(after)
                parent.append(here)
            if quiet and there != here:
                quiet_to.append(there)
        graph.quiet_end.append(len(quiet_to))
        here += 1
        if report is not None and here % 65536 == 0:
            report(here, len(states))
    fixpoint = here == len(states)
    verdicts = [
        Verdict(one.name, one.name not in broken, graph.trace(broken.get(one.name, 0)))
        for one in properties
    ]
    verdicts += [
        _recovers(graph, one) if fixpoint else Verdict(one.name, False) for one in recoveries
    ]
    return Exploration(len(states), transitions, fixpoint, tuple(verdicts))


def _judges(properties: Iterable[Property[S]]) -> list[Callable[[S], bool]]:
    """Give the fewest questions whose answers are all yes where every property holds."""
    return list(dict.fromkeys(one.sound or one.holds for one in properties))


def _recovers(graph: _Graph[S], recovery: Recovery[S]) -> Verdict:
    """Peel off, from the goal backwards, states all of whose quiet moves lead to peeled ones."""
    count = len(graph.states)
    goal, excused = recovery.goal, recovery.excused
    sure = np.fromiter((goal(one) or excused(one) for one in graph.states), bool, count)
    ends = np.array([0, *graph.quiet_end], np.int64)
    leaving: NDArray[np.int64] = ends[1:] - ends[:-1]
    to = np.array(graph.quiet_to, np.int32)
    into = np.concatenate([[0], np.cumsum(np.bincount(to, minlength=count))])
    came_from = np.repeat(np.arange(count, dtype=np.int32), leaving)[np.argsort(to, kind="stable")]
    peeled = np.flatnonzero(sure)
    while peeled.size:
        before = came_from[_spans(into[peeled], into[peeled + 1])]
        reached, times = np.unique(before, return_counts=True)
        leaving[reached] -= times
        peeled = reached[(leaving[reached] == 0) & ~sure[reached]]
        sure[peeled] = True
    lost = np.flatnonzero(~sure)
    if not lost.size:
        return Verdict(recovery.name, True)
    trace = graph.trace(int(lost[0]))
    return Verdict(recovery.name, False, (*trace, "and from here it never comes back"))


def _spans(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give all indices from each begin up to its end, one span after the other.

    >>> _spans(np.array([0, 7]), np.array([2, 10])).tolist()
    [0, 1, 7, 8, 9]
    """
    sizes = ends - begins
    offsets = np.cumsum(sizes) - sizes
    spans: NDArray[np.int64] = np.arange(sizes.sum()) + np.repeat(begins - offsets, sizes)
    return spans
