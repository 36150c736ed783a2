"""Where a mutant of the stove's controllers differs from them, and whether a property notices it.

Part of `benchmarks.stove_mutants`, which see.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from benchmarks.stove_operators import PARTS, Mutant, controllers
from gezhi.home import stove, stove_node
from gezhi.home.stove_model import Stove
from gezhi.home.stove_proof import PIECES, VARIANTS, properties, recoveries
from gezhi.home.stove_world import Variant, World
from gezhi.home.verify import Move, explore

__all__ = ["Asked", "Fate", "Scout", "judge", "scout", "scouts"]

_WALKS, _STEPS = 36, 120
#: From how many worlds a mutant is explored, and how far: not at all, but each message is tried,
#: then near them, and if that is in vain wider.
_TRIED, _NEAR, _WIDE = (3, 0), (2, 300), (3, 1_600)
#: So many worlds further on each message is tried: what differs may be asked of a state to come.
_TRIED_STEPS = 3
_STATES_A_RUN, _STRAY_STEPS, _QUIET_STEPS = 100, 40, 60
_PIECE_STATES = 25_000
_SECONDS = 6.0


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: killed `by` a property in the stove `where`, or "" by nothing.

    `stage` is how far it was looked for, and `seconds` of one core how long.
    """

    by: str
    where: str
    stage: str
    seconds: float


@dataclass
class Asked:
    """A question of the model, the right answer, the lines that ran, and when it was first put."""

    name: str
    arguments: tuple[Any, ...]
    answer: Any
    lines: frozenset[tuple[str, int]]
    walk: int
    step: int


@dataclass
class Scout:
    """What random walks of the right controllers in one stove have asked of hub and node."""

    variant: Variant
    hub: list[Asked] = field(default_factory=list)
    node: list[Asked] = field(default_factory=list)

    def differences(self, mutant: Mutant, hub: Any, node: Any) -> Iterator[tuple[int, int]]:
        """Give walk and step of every question to which a mutant has another answer."""
        ours = str(mutant.part.__file__)
        of_node = mutant.part is PARTS[-1]
        asked, asked_of = (self.node, node) if of_node else (self.hub, hub)
        wanted = {(ours, line) for line in mutant.lines}
        if _with_code(ours).isdisjoint(mutant.lines):
            wanted = {(ours, line) for line in mutant.whole}
        for one in asked:
            if one.lines.isdisjoint(wanted):
                continue
            try:
                same = getattr(asked_of, one.name)(*one.arguments) == one.answer
            except Exception:
                same = False
            if not same:
                yield one.walk, one.step


@cache
def _with_code(file: str) -> frozenset[int]:
    """Give the lines of a file that have code of their own."""
    waiting = [compile(Path(file).read_text(encoding="utf-8"), file, "exec")]
    lines = set()
    while waiting:
        code = waiting.pop()
        lines |= {line for _, _, line in code.co_lines() if line}
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
    return frozenset(lines)


# ---- the right controllers ------------------------------------------------------------------


class _Listener:
    """Hub or node, with everything that is asked of it written down."""

    def __init__(self, module: Any) -> None:
        self.module, self.told = module, list[Asked]()
        self.walk = self.moment = 0
        self._answers: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.module, name)

        def ask(*arguments: Any) -> Any:
            key = name, arguments
            if key not in self._answers:
                answer, lines = _traced(real, arguments)
                self._answers[key] = answer
                self.told.append(Asked(name, arguments, answer, lines, self.walk, self.moment))
            return self._answers[key]

        setattr(self, name, ask)
        return ask


def _traced(function: Any, arguments: tuple[Any, ...]) -> tuple[Any, frozenset[tuple[str, int]]]:
    """Call a function and give its answer with the lines of the controllers that ran."""
    ours = {str(one.__file__) for one in PARTS}
    lines = set()

    def line(frame: Any, event: str, _: Any) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: Any, event: str, _: Any) -> Any:
        return line if frame.f_code.co_filename in ours else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        answer = function(*arguments)
    finally:
        sys.settrace(before)
    return answer, frozenset(lines)


def scout(variant: Variant, walks: int = _WALKS) -> Scout:
    """Walk through a stove with the right controllers; RuntimeError where they break a property."""
    hub, node = _Listener(stove), _Listener(stove_node)
    model = Stove(variant, hub, node)
    for walk in range(walks):
        hub.walk = node.walk = walk
        for moment, world, moves in _walk(model, walk):
            broken = _broken(model, world, moves)
            if broken:
                raise RuntimeError(f"the right controllers break: {broken}, in {variant.name!r}")
            hub.moment = node.moment = moment + 1
        hub.moment = node.moment = 0
    return Scout(variant, hub.told, node.told)


def scouts() -> list[Scout]:
    """Walk through all stoves, and pieces with other faults; the fewest questions come first.

    A piece in which the right controllers break a property is left out, and said to be.
    """
    known = {(one.name, fault) for one in VARIANTS for fault in one.faults}
    pieces = [
        one for one in PIECES if len(one.faults) == 1 and (one.name, *one.faults) not in known
    ]
    found = [scout(one) for one in VARIANTS]
    for one in pieces:
        try:
            found.append(scout(one))
        except RuntimeError as error:
            print(f"left out: {error} with {one.faults}", flush=True)
    return sorted(found, key=lambda one: len(one.hub) + len(one.node))


# ---- a walk ---------------------------------------------------------------------------------


def _walk(model: Stove, seed: int) -> Iterator[tuple[int, World, list[Move[World]]]]:
    """Give each moment's number, world and moves of one random walk, the same for a seed."""
    chance = random.Random(seed)
    world = next(iter(model.initial()))
    for moment in range(_STEPS):
        moves = list(model.moves(world))
        yield moment, world, moves
        quiet = [one for one in moves if one.quiet]
        if not moves:
            return
        world = chance.choice(quiet if quiet and chance.random() < 0.3 else moves).state


def _broken(model: Stove, world: World, moves: Iterable[Move[World]]) -> str:
    """Name what is broken in a world or by one of its moves."""
    for one in moves:
        if one.state.breach:
            return one.state.breach
    return next((one.name for one in properties(model) if not one.holds(world)), "")


class _From:
    """A model that begins in one of its worlds."""

    def __init__(self, model: Stove, world: World) -> None:
        self.model, self.world = model, world

    def initial(self) -> Iterator[World]:
        yield self.world

    def moves(self, world: World) -> Iterator[Move[World]]:
        return self.model.moves(world)


# ---- a mutant -------------------------------------------------------------------------------


def judge(mutant: Mutant, where: list[Scout], seconds: float = _SECONDS) -> Fate:
    """Look for a property that a mutant breaks, first where it is most likely."""
    begun = time.process_time()
    until = begun + seconds

    def fate(by: str, stove_name: str, stage: str) -> Fate:
        return Fate(by, stove_name, stage, round(time.process_time() - begun, 2))

    hub, node = controllers(mutant)
    there: list[tuple[Stove, list[tuple[int, int]]]] = []
    for one in where:
        moments = _moments(one, mutant, hub, node)
        if moments:
            model = Stove(one.variant, hub, node)
            there.append((model, moments))
            by = _hunted(model, moments, mutant, _TRIED, until) if model.tries else ""
            if by:
                return fate(by, one.variant.name, "tried")
    if not there:
        return fate("", "", "no difference")
    for model, moments in there:
        by = _hunted(model, moments, mutant, _NEAR, until)
        if by:
            return fate(by, model.variant.name, "near")
    for model, moments in there:
        by = _hunted(model, moments, mutant, _WIDE, until)
        if by:
            return fate(by, model.variant.name, "wide")
    names = {model.variant.name for model, _ in there}
    for piece in PIECES:
        if piece.name in names and time.process_time() < until:
            whole = Stove(piece, hub, node)
            by = _guarded(mutant, _explored, whole, whole, _PIECE_STATES)
            if by:
                return fate(by, piece.name, "piece")
    late = time.process_time() > until
    return fate("", there[0][0].variant.name, "out of time" if late else "pieces")


def _moments(one: Scout, mutant: Mutant, hub: Any, node: Any) -> list[tuple[int, int]]:
    """Give the first moments of different walks in which a mutant differs."""
    found: dict[int, int] = {}
    for walk, moment in one.differences(mutant, hub, node):
        found.setdefault(walk, moment)
        if len(found) >= 2 * _WIDE[0]:
            break
    return sorted(found.items(), key=lambda pair: pair[1])


def _guarded(mutant: Mutant, look: Any, *arguments: Any) -> str:
    """Give what `look` finds, or the error that the mutant's own code raises."""
    try:
        return str(look(*arguments))
    except Exception as error:
        if _frames(error).isdisjoint(str(one.__file__) for one in PARTS):
            return ""  # a judge that stumbles over what it never met is no property
        return f"error: {type(error).__name__}"


def _frames(error: BaseException) -> set[str]:
    """Give the files that an error, or what caused it, has come through."""
    files = _frames(error.__cause__) if error.__cause__ is not None else set()
    at = error.__traceback__
    while at is not None:
        files.add(at.tb_frame.f_code.co_filename)
        at = at.tb_next
    return files


def _hunted(
    model: Stove,
    moments: list[tuple[int, int]],
    mutant: Mutant,
    far: tuple[int, int],
    until: float,
) -> str:
    worlds, states = far
    for walk, moment in moments[:worlds]:
        if time.process_time() > until:
            return ""
        by = _guarded(mutant, _hunt, model, walk, moment, states)
        if by:
            return by
    return ""


def _hunt(model: Stove, walk: int, moment: int, states: int) -> str:
    """Follow a walk to a moment, try each message, see all from there, let it be for a while."""
    tries, model.tries = "tries" in model.variant.acts, False
    world = next(iter(model.initial()))
    for at, here, moves in _walk(model, walk):
        world = here
        by = _broken(model, world, moves)
        if by:
            return by
        if not states and tries and at >= moment:
            by = _tried(model, world)
            if by or at >= moment + _TRIED_STEPS:
                return by
        if states and at >= moment:
            break
    if not states:
        return ""
    by = _explored(model, _From(model, world), states)
    if by:
        return by
    chance = random.Random(walk)
    for _ in range(states // _STATES_A_RUN):
        by = _circles(model, world, chance) or _strays(model, world, chance)
        if by:
            return by
    return ""


def _tried(model: Stove, world: World) -> str:
    """Name what is broken by a message that is tried in a world; nothing while something is due."""
    model.tries = True
    by = _broken(model, world, model.moves(world))
    model.tries = False
    return by


def _strays(model: Stove, world: World, chance: random.Random) -> str:
    """Name what is broken on a random walk from a world, deeper than all of it can be seen."""
    for _ in range(_STRAY_STEPS):
        moves = list(model.moves(world))
        by = _broken(model, world, moves)
        if by or not moves:
            return by
        quiet = [one for one in moves if one.quiet]
        world = chance.choice(quiet if quiet and chance.random() < 0.5 else moves).state
    return ""


def _explored(model: Stove, begins: Any, states: int) -> str:
    done = explore(begins, properties(model), recoveries(model), stop_early=True,
                   most_states=states)  # fmt: skip
    for one in done.verdicts:
        if not one.holds and (one.trace or done.fixpoint):
            return one.name
    return ""


def _circles(model: Stove, world: World, chance: random.Random) -> str:
    """Name a recovery that never comes: quiet moves go round outside its goal."""
    path: dict[World, int] = {}
    course: list[World] = []
    for _ in range(_QUIET_STEPS):
        if world in path:
            circle = course[path[world] :]
            for one in recoveries(model):
                if not any(one.goal(each) or one.excused(each) for each in circle):
                    return one.name
            return ""
        path[world] = len(course)
        course.append(world)
        quiet = [each.state for each in model.moves(world) if each.quiet]
        if not quiet:
            return ""
        world = chance.choice(quiet)
    return ""
