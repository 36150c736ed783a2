"""The same walk as `gezhi.home.verify`, for a controller and its world by numbers, a level at once.

A state is a pair of numbers, the controller's (its `mind`) and the world's. What can happen is
asked once for each *place*, which is a world and the `sight` it has of the controller; what the
controller answers, once for each of its states and each event; what its nodes make of an answer,
once for each place and reply. All else is looking up whole levels of states in sorted arrays:
tens of millions of states take minutes and a few dozen bytes each.

>>> class Lamp:
...     sights = [0, 1]                              # a mind that is off, one that is on
...     def initial(self): return [(0, 0)]
...     def ways(self, sight, world):                # the world is the lamp's age
...         if sight == 0: return [Way("a hand switches on", False, 0, 0)]
...         return [Way("a second passes", True, 1 if world == 2 else -1, min(world + 1, 2))]
...     def answer(self, mind, event): return (1, 0) if event == 0 else (0, 0)
...     def obeyed(self, sight, world, barred, reply): return 0
>>> short = Property("on for at most one second", lambda state: state[1] <= 1)
>>> back = Recovery("goes off by itself", goal=lambda state: state[0] == 0)
>>> for verdict in explore(Lamp(), [short], [back]).verdicts:
...     print(verdict.name, verdict.holds, list(verdict.trace))
on for at most one second False ['a hand switches on', 'a second passes', 'a second passes']
goes off by itself True []
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gezhi.home.verify import Exploration, Property, Recovery, Verdict

__all__ = ["Ints", "Product", "State", "Way", "explore"]

Ints = NDArray[np.int64]
State = tuple[int, int]
_Number = TypeVar("_Number", bound=np.generic)

_WORLDS, _EVENTS, _REPLIES = 26, 12, 12
_WORLD, _EVENT, _REPLY = (1 << _WORLDS) - 1, (1 << _EVENTS) - 1, (1 << _REPLIES) - 1
_CHUNK = 1 << 18


class Way(NamedTuple):
    """What can happen in one place, told in words.

    `event` is what the controller is told and `world` how the world then stands; without an event,
    -1, it is the world that follows. `barred` goes to `Product.obeyed` as it is. `quiet` moves
    happen without people and new faults.
    """

    words: str
    quiet: bool
    event: int
    world: int
    barred: bool = False


class Product(Protocol):
    """A controller and its world by numbers, which may grow while they are asked.

    Attributes:
        sights: for each mind, the number of all that the world can see of it.
    """

    sights: list[int]

    def initial(self) -> Iterable[State]:
        """Give the pairs of mind and world in which all can begin."""

    def ways(self, sight: int, world: int) -> Sequence[Way]:
        """Give everything that can happen next where a world sees that much of a controller."""

    def answer(self, mind: int, event: int) -> tuple[int, int]:
        """Give the controller's next state when it is told an event, and its reply's number."""

    def obeyed(self, sight: int, world: int, barred: bool, reply: int) -> int:  # noqa: FBT001
        """Give the world after a reply, from how it stood when the controller was told."""


class _Index:
    """Numbers for keys, in the order in which they came; a few sorted runs that are merged."""

    def __init__(self) -> None:
        self.size = 0
        self._runs: list[tuple[Ints, NDArray[np.int32]]] = []

    def numbers(self, keys: Ints) -> NDArray[np.int32]:
        """Give the numbers of keys that are sorted; -1 where one is not known."""
        found = np.full(len(keys), -1, np.int32)
        for known, numbers in self._runs:
            at = np.searchsorted(known, keys)
            at[at == len(known)] = 0
            here = known[at] == keys
            found[here] = numbers[at[here]]
        return found

    def add(self, keys: Ints) -> NDArray[np.int32]:
        """Number keys that are sorted and not known."""
        numbers = np.arange(self.size, self.size + len(keys), dtype=np.int32)
        self.size += len(keys)
        known, order = keys, numbers
        while self._runs and len(self._runs[-1][0]) <= 2 * len(known):
            older, others = self._runs.pop()
            at = np.searchsorted(older, known)
            known, order = np.insert(older, at, known), np.insert(others, at, order)
        self._runs.append((known, order))
        return numbers


class _Grown:
    """An array that grows at its end."""

    def __init__(self, kind: type) -> None:
        self._array: NDArray[Any] = np.zeros(1024, kind)
        self.size = 0

    def extend(self, values: Sequence[int]) -> None:
        size = self.size + len(values)
        if size > len(self._array):
            self._array = np.concatenate([self._array, np.zeros(size, self._array.dtype)])
        self._array[self.size : size] = values
        self.size = size

    @property
    def values(self) -> Ints:
        return self._array[: self.size]


class _Step(NamedTuple):
    """All moves from some states: from which of them, where to, whether quiet, in which words."""

    source: Ints
    states: Ints
    quiet: NDArray[np.bool_]
    words: Ints


class _Tables:
    """What was asked of a product, as arrays."""

    def __init__(
        self,
        product: Product,
        properties: Sequence[Property[State]],
        recoveries: Sequence[Recovery[State]],
    ) -> None:
        self.product = product
        self.properties, self.recoveries = properties, recoveries
        self.words: dict[str, int] = {}
        self._places, self._answers, self._obeyed = _Index(), _Index(), _Index()
        self.broken, self.reached = _Grown(np.int64), _Grown(np.int64)  # a bit each, by place
        self._begin, self._count = _Grown(np.int64), _Grown(np.int64)
        self._words, self._quiet = _Grown(np.int32), _Grown(np.bool_)
        self._event, self._world = _Grown(np.int32), _Grown(np.int32)
        self._barred = _Grown(np.bool_)
        self._mind, self._reply = _Grown(np.int32), _Grown(np.int32)
        self._after, self._sights = _Grown(np.int32), _Grown(np.int64)

    def places(self, states: Ints) -> Ints:
        """Give the number of each state's place."""
        minds, worlds = states >> _WORLDS, states & _WORLD
        self._sights.extend(self.product.sights[self._sights.size :])
        return self._known(
            self._places, self._sights.values[minds] << _WORLDS | worlds, self._look, minds
        )

    def _known(
        self,
        index: _Index,
        keys: Ints,
        ask: Callable[[Ints, Ints | None], None],
        minds: Ints | None = None,
    ) -> Ints:
        """Give the numbers of keys; those that are not known are asked for first."""
        unique, first, where = np.unique(keys, return_index=True, return_inverse=True)
        numbers = index.numbers(unique)
        fresh = np.flatnonzero(numbers < 0)
        if fresh.size:
            ask(unique[fresh], None if minds is None else minds[first[fresh]])
            numbers[fresh] = index.add(unique[fresh])
        return numbers[where].astype(np.int64)

    def _look(self, keys: Ints, minds: Ints | None) -> None:
        assert minds is not None
        begin, counts, broken, reached = self._words.size, [], [], []
        ways: list[Way] = []
        for key, mind in zip(keys.tolist(), minds.tolist(), strict=True):
            state = mind, key & _WORLD
            here = self.product.ways(key >> _WORLDS, key & _WORLD)
            counts.append(len(here))
            ways += here
            broken.append(sum(1 << i for i, p in enumerate(self.properties) if not p.holds(state)))
            reached.append(
                sum(
                    1 << i
                    for i, one in enumerate(self.recoveries)
                    if one.goal(state) or one.excused(state)
                )
            )
        self._begin.extend((begin + np.cumsum([0, *counts[:-1]])).tolist())
        self._count.extend(counts)
        self.broken.extend(broken)
        self.reached.extend(reached)
        self._words.extend([self.words.setdefault(one.words, len(self.words)) for one in ways])
        self._quiet.extend([one.quiet for one in ways])
        self._event.extend([one.event for one in ways])
        self._world.extend([one.world for one in ways])
        self._barred.extend([one.barred for one in ways])
        _fits(max((one.event for one in ways), default=0), _EVENT, "events at different times")
        _fits(max((one.world for one in ways), default=0), _WORLD, "worlds")

    def _ask(self, keys: Ints, _: Ints | None) -> None:
        pairs = [self.product.answer(key >> _EVENTS, key & _EVENT) for key in keys.tolist()]
        _fits(max(reply for _, reply in pairs), _REPLY, "replies")
        self._mind.extend([mind for mind, _ in pairs])
        self._reply.extend([reply for _, reply in pairs])

    def _obey(self, keys: Ints, _: Ints | None) -> None:
        worlds = [
            self.product.obeyed(
                key >> _REPLIES + 1 + _WORLDS,
                key >> _REPLIES + 1 & _WORLD,
                bool(key >> _REPLIES & 1),
                key & _REPLY,
            )
            for key in keys.tolist()
        ]
        _fits(max(worlds), _WORLD, "worlds")
        self._after.extend(worlds)

    def step(self, states: Ints, places: Ints) -> _Step:
        """Give all moves from some states."""
        counts = self._count.values[places]
        source = np.repeat(np.arange(len(states)), counts)
        ends = np.cumsum(counts)
        way = np.arange(len(source)) - np.repeat(ends - counts, counts)
        way += np.repeat(self._begin.values[places], counts)
        minds, events = (states >> _WORLDS)[source], self._event.values[way].astype(np.int64)
        worlds = self._world.values[way].astype(np.int64)
        told = np.flatnonzero(events >= 0)
        if told.size:
            answers = self._known(self._answers, minds[told] << _EVENTS | events[told], self._ask)
            sights = self._sights.values[minds[told]]
            key = sights << _WORLDS | worlds[told]
            key = key << 1 | self._barred.values[way[told]]
            key = key << _REPLIES | self._reply.values[answers]
            obeyed = self._known(self._obeyed, key, self._obey)
            minds[told] = self._mind.values[answers]
            worlds[told] = self._after.values[obeyed]
        quiet = self._quiet.values[way].astype(np.bool_)
        return _Step(source, minds << _WORLDS | worlds, quiet, self._words.values[way])


def _fits(value: int, most: int, what: str) -> None:
    if value > most:
        raise OverflowError(f"more than {most} {what}")


class _Seen:
    """The states that are known, sorted, and in which level each was found first."""

    def __init__(self, first: Ints) -> None:
        self.levels = [first]
        self._runs = [first]

    def new(self, states: Ints) -> Ints:
        """Give those of the states, which are sorted, that are not known."""
        for run in self._runs:
            at = np.searchsorted(run, states)
            at[at == len(run)] = 0
            states = states[run[at] != states]
        return states

    def add(self, states: Ints) -> None:
        self.levels.append(states)
        run = states
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort(kind="stable")  # two sorted runs, which a merge sort only merges
        self._runs.append(run)

    def all(self) -> Ints:
        run = np.concatenate(self._runs)
        run.sort(kind="stable")
        self._runs = [run]
        return run


def _chunks(states: NDArray[_Number]) -> Iterator[NDArray[_Number]]:
    for begin in range(0, len(states), _CHUNK):
        yield states[begin : begin + _CHUNK]


def explore(
    product: Product,
    properties: Sequence[Property[State]],
    recoveries: Sequence[Recovery[State]] = (),
    *,
    most_states: int = 1_000_000_000,
    stop_early: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> Exploration:
    """Walk through every reachable state, as `gezhi.home.verify.explore` does.

    What properties and recoveries say of a state (mind, world) must depend on the mind's sight and
    the world alone: each is asked once a place.

    Raises:
        OverflowError: there are more worlds, events or replies than their numbers have bits.
    """
    tables = _Tables(product, properties, recoveries)
    first = np.unique([mind << _WORLDS | world for mind, world in product.initial()])
    seen = _Seen(first.astype(np.int64))
    broken: dict[int, tuple[int, int]] = {}
    states = transitions = 0
    front = seen.levels[0]
    while front.size and states + len(front) <= most_states:
        level, found = len(seen.levels) - 1, []
        for chunk in _chunks(front):
            places = tables.places(chunk)
            _note(tables.broken.values[places], chunk, level, broken)
            step = tables.step(chunk, places)
            transitions += len(step.states)
            found.append(seen.new(np.unique(step.states)))
            states += len(chunk)
            if report is not None:
                report(states, states + len(front))
        if broken and stop_early:
            break
        front = np.unique(np.concatenate(found))
        if front.size:
            seen.add(front)
    fixpoint = not front.size
    verdicts = [
        Verdict(one.name, i not in broken, _trace(tables, seen, *broken[i]) if i in broken else ())
        for i, one in enumerate(properties)
    ]
    if fixpoint and recoveries:
        verdicts += _recover(tables, seen, recoveries)
    else:
        verdicts += [Verdict(one.name, False) for one in recoveries]
    return Exploration(sum(map(len, seen.levels)), transitions, fixpoint, tuple(verdicts))


def _note(bits: Ints, states: Ints, level: int, broken: dict[int, tuple[int, int]]) -> None:
    """Keep the first state that breaks each property."""
    for at in np.flatnonzero(bits):
        for number in range(int(bits[at]).bit_length()):
            if int(bits[at]) >> number & 1:
                broken.setdefault(number, (int(states[at]), level))


def _trace(tables: _Tables, seen: _Seen, state: int, level: int) -> tuple[str, ...]:
    """Tell a shortest way to a state, level by level backwards."""
    words, told = list(tables.words), []
    for states in reversed(seen.levels[:level]):
        for chunk in _chunks(states):
            step = tables.step(chunk, tables.places(chunk))
            here = np.flatnonzero(step.states == state)
            if here.size:
                words = list(tables.words)
                told.append(words[int(step.words[here[0]])])
                state = int(chunk[step.source[here[0]]])
                break
    return tuple(reversed(told))


def _recover(tables: _Tables, seen: _Seen, recoveries: Sequence[Recovery[State]]) -> list[Verdict]:
    """Say of each recovery whether it holds, and tell the way to a state where it does not."""
    _fits(len(recoveries), 8, "recoveries")
    everything = seen.all()
    bits, counts, to = [], [], []
    base = 0
    for chunk in _chunks(everything):
        places = tables.places(chunk)
        bits.append(tables.reached.values[places].astype(np.uint8))
        step = tables.step(chunk, places)
        source = step.source[step.quiet]
        there = np.searchsorted(everything, step.states[step.quiet]).astype(np.int32)
        keep = there != source + base
        to.append(there[keep])
        counts.append(np.bincount(source[keep], minlength=len(chunk)).astype(np.uint16))
        base += len(chunk)
    edges = np.concatenate(to)
    del to
    leaving, reached = np.concatenate(counts), np.concatenate(bits)
    verdicts = []
    for number, one in enumerate(recoveries):
        lost = _lost((reached >> number & 1).astype(np.bool_), leaving, edges)
        if not lost.size:
            verdicts.append(Verdict(one.name, True))
            continue
        level, state = _earliest(seen, everything[lost])
        way = _trace(tables, seen, state, level)
        verdicts.append(Verdict(one.name, False, (*way, "and from here it never comes back")))
    return verdicts


def _lost(sure: NDArray[np.bool_], counts: NDArray[np.uint16], edges: NDArray[np.int32]) -> Ints:
    """Give the states from which a way of quiet moves never comes to a sure one.

    A state is sure when all its quiet moves, at least one, lead to sure ones; round by round, and
    a part at a time, since what is known of all edges at once takes more memory than the states.
    """
    begins = np.cumsum(counts, dtype=np.int64) - counts
    open_ = np.flatnonzero(~sure & (counts > 0)).astype(np.int32)
    while open_.size:
        left = []
        for part in _chunks(open_):
            sizes = counts[part].astype(np.int64)
            starts = np.cumsum(sizes) - sizes
            at = np.arange(sizes.sum()) - np.repeat(starts - begins[part], sizes)
            good = np.logical_and.reduceat(sure[edges[at]], starts)
            sure[part[good]] = True
            left.append(part[~good])
        before, open_ = len(open_), np.concatenate(left)
        if len(open_) == before:
            break
    return np.flatnonzero(~sure)


def _earliest(seen: _Seen, states: Ints) -> tuple[int, int]:
    """Give the level and the number of a state among these that is reached soonest."""
    for level, known in enumerate(seen.levels):
        here = np.intersect1d(known, states, assume_unique=True)
        if here.size:
            return level, int(here[0])
    raise AssertionError("a state that was never reached")
