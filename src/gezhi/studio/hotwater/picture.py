"""Where everything is drawn: the pipes of a home as pieces of path, its parts and its labels.

Nothing here has a temperature; `gezhi.studio.hotwater.frames` says what each piece shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gezhi.home.plant import Plumbing
from gezhi.studio.characters import shortened

__all__ = ["PIECES", "WIDTH", "Label", "Part", "Picture", "Piece", "Run", "draw"]

_Point = tuple[float, float]

WIDTH = 440
PIECES = 15
"""Of a hot pipe; a trunk or a way back has fewer."""

_FEW_PIECES = 6
_TOP, _ROW, _BELOW = 52, 88, 84
_HEATER_RIGHT, _FORK, _END, _INLET = 94, 150, 342, 52
_HEATER_BOTTOM = 98
_OVERLAP, _HALF = 1.0, 5.2


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of pipe: an id, and its path."""

    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Run:
    """A whole pipe, in the direction in which water runs through it."""

    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Label:
    """A place for a temperature."""

    id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Part:
    """Something at a pipe: its kind, its id and its place, and a name of its own if it has one."""

    kind: str
    id: str
    x: float
    y: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a drawing that does not change."""

    height: int
    pieces: tuple[Piece, ...]
    runs: tuple[Run, ...]
    labels: tuple[Label, ...]
    parts: tuple[Part, ...]


def draw(plumbing: Plumbing, *, bare: bool = False) -> Picture:
    """The drawing of a home with one of the three layouts that the controller drives.

    Ids are those of `gezhi.studio.hotwater.frames`: ``hot0-3`` is the fourth piece of the first
    tap's hot pipe, counted from the heater. A bare home has nothing but heater, pipes and taps.

    >>> from gezhi.home.plant import REFERENCE
    >>> picture = draw(REFERENCE)
    >>> [run.id for run in picture.runs], [part.kind for part in picture.parts]
    (['hot0', 'back', 'mains', 'inlet'], ['heater', 'tap', 'pump', 'check'])
    """
    rows = len(plumbing.branches)
    last = _TOP + _ROW * (rows - 1)
    bottom = last + _BELOW
    forked = plumbing.trunk is not None or rows > 1
    out = _Drawn()
    out.parts.append(Part("heater", "heater", 10, 20))
    if plumbing.trunk is not None:
        out.pipe("trunk", [(_HEATER_RIGHT, _TOP), (_FORK, _TOP)], _FEW_PIECES)
    elif forked:
        out.pipe("stub", [(_HEATER_RIGHT, _TOP), (_FORK, _TOP)], 1)
    for number, branch in enumerate(plumbing.branches):
        _branch(out, number, shortened(branch.tap, 12), forked=forked)
    if bare:
        pass
    elif plumbing.layout == "return-pipe":
        way = [(_END, _TOP), (_END, bottom), (_INLET, bottom)]
        content = any(one.back is not None for one in plumbing.branches)
        out.pipe("back", way, PIECES if content else 1, first=True)
        out.parts += [Part("pump", "pump", 250, bottom), Part("check", "check", 168, bottom)]
    elif plumbing.layout == "cold-return":
        for number in range(rows):
            _cold(out, number, bottom)
        out.parts.append(Part("pump", "pump", 122, _TOP))
    else:
        for number in range(rows):
            _drain(out, number)
    out.pipe("mains", [(10, bottom), (_INLET, bottom)], 1)
    out.pipe("inlet", [(_INLET, bottom + _HALF), (_INLET, _HEATER_BOTTOM)], 1)
    out.parts.sort(key=lambda one: one.kind != "heater")
    return Picture(
        bottom + 40, tuple(out.pieces), tuple(out.runs), tuple(out.labels), tuple(out.parts)
    )


class _Drawn:
    """What has been drawn so far."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.runs: list[Run] = []
        self.labels: list[Label] = []
        self.parts: list[Part] = []

    def pipe(self, name: str, way: Sequence[_Point], pieces: int, *, first: bool = False) -> None:
        """A pipe along a way; one that is first lies below what was drawn before."""
        made = [Piece(f"{name}-{k}", path) for k, path in enumerate(_cut(way, pieces))]
        self.pieces[:] = [*made, *self.pieces] if first else [*self.pieces, *made]
        self.runs.append(Run(name, _path(way)))


def _branch(out: _Drawn, number: int, tap: str, *, forked: bool) -> None:
    y = _TOP + _ROW * number
    start = _FORK if forked else _HEATER_RIGHT
    way: list[_Point] = [(start, _TOP), (_END, _TOP)]
    if number:
        left = _FORK + 9 * (number - 1)
        way = [(left, _TOP), (left, y), (_END, y)]
    out.pipe(f"hot{number}", way, PIECES)
    for place, share in enumerate((0.12, 0.5, 0.84)):
        x = _FORK + 16 + share * (_END - _FORK - 16) if forked else start + share * (_END - start)
        out.labels.append(Label(f"hot{number}-label{place}", round(x, 1), y - 14))
    out.parts.append(Part("tap", f"tap{number}", _END, y, tap))


def _cold(out: _Drawn, number: int, bottom: float) -> None:
    """The cold pipe to a tap, which takes the water back while its valve is open."""
    y = _TOP + _ROW * number + 42
    x = 112 + 9 * number
    way = [(_END, y), (x, y), (x, bottom), (_INLET, bottom)]
    out.pipe(f"back{number}", way, PIECES, first=True)
    out.pipe(f"link{number}", [(_END, y - 42), (_END, y)], 1, first=True)
    out.parts.append(Part("valve", f"valve{number}", _END, y - 21))


def _drain(out: _Drawn, number: int) -> None:
    y = _TOP + _ROW * number
    out.pipe(f"link{number}", [(_END, y), (_END, y + 44)], 1, first=True)
    out.parts += [
        Part("valve", f"valve{number}", _END, y + 22),
        Part("drain", f"drain{number}", _END, y + 44),
    ]


def _cut(way: Sequence[_Point], pieces: int) -> list[str]:
    """A way cut into pieces of equal length, each with the corners that lie within it.

    A piece goes on a little under the next one, so that no gap shows between them.
    """
    lengths = [math.dist(a, b) for a, b in pairwise(way)]
    total = sum(lengths)
    marks = [total * k / pieces for k in range(pieces + 1)]
    corners = [sum(lengths[:k]) for k in range(len(way))]
    paths = []
    for low, high in pairwise(marks):
        end = min(total, high + _OVERLAP)
        inner = [way[k] for k, at in enumerate(corners) if low + 1e-6 < at < end - 1e-6]
        paths.append(_path([_at(way, lengths, low), *inner, _at(way, lengths, end)]))
    return paths


def _at(way: Sequence[_Point], lengths: Sequence[float], far: float) -> _Point:
    """The point so far along a way."""
    for (start, end), length in zip(pairwise(way), lengths, strict=True):
        if far <= length:
            share = far / length
            return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        far -= length
    return way[-1]


def _path(points: Sequence[_Point]) -> str:
    return "M" + "L".join(
        f"{x:g} {y:g}" for x, y in ((round(x, 1), round(y, 1)) for x, y in points)
    )
