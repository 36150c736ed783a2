"""Draws as a table of text: ``time,tap,flow_l_min,seconds``, local times."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

from gezhi.errors import InputError
from gezhi.home.clock import instant
from gezhi.home.households import Draw

__all__ = ["COLUMNS", "read_log", "write_log"]

COLUMNS = ("time", "tap", "flow_l_min", "seconds")
_MOST_FLOW = 60.0
_MOST_SECONDS = 6 * 3600.0


def read_log(path: Path, zone: tzinfo) -> tuple[Draw, ...]:
    """Read draws, in order of time.

    A time is ISO, local unless it has an offset. Rows in the order of time tell which of the two
    hours is meant when clocks are set back.

    Args:
        path: a CSV file with a head.
        zone: whose clocks the times are from.

    Raises:
        InputError: names the file, the row and what would be right.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(_draws(csv.reader(file), path, zone))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8: {error}") from error
    if not found:
        raise InputError(f"{path} has no draws; a row is 2026-01-05T06:45:00,basin,2.5,20")
    return tuple(sorted(found))


def _draws(rows: Iterator[list[str]], path: Path, zone: tzinfo) -> Iterator[Draw]:
    head = [one.strip().lower() for one in next(rows, [])]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(
            f"{path} has no column {missing[0]!r}; its first line is {','.join(COLUMNS)}"
        )
    before: float | None = None
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < len(head):
            raise InputError(f"{path}, line {number} has {len(row)} columns instead of {len(head)}")
        cells = dict(zip(head, row, strict=False))
        place = f"{path}, line {number}"
        at = _time(cells["time"].strip(), place, zone, before)
        tap = cells["tap"].strip()
        if not tap:
            raise InputError(f"{place} names no tap")
        flow = _number(cells["flow_l_min"], f"{place}: flow_l_min", _MOST_FLOW)
        seconds = _number(cells["seconds"], f"{place}: seconds", _MOST_SECONDS)
        yield Draw(at, tap, flow, seconds)
        before = at


def _time(text: str, place: str, zone: tzinfo, before: float | None) -> float:
    try:
        wall = datetime.fromisoformat(text)
        return instant(wall, zone, not_before=before)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"{place}: time must be ISO, 2026-01-05T06:45:00, not {text!r}") from error


def _number(text: str, place: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= most:
        raise InputError(
            f"{place} must be a number above 0 and up to {most:g}, not {text.strip()!r}"
        )
    return value


def write_log(draws: Iterable[Draw], zone: tzinfo) -> Iterator[str]:
    """The lines of a log, head first; an offset is written so that no hour is ambiguous.

    >>> from gezhi.home.clock import find_zone
    >>> list(write_log([Draw(0.0, "basin", 2.5, 20.0)], find_zone("UTC")))[1]
    '1970-01-01T00:00:00+00:00,basin,2.50,20.0'
    """
    yield ",".join(COLUMNS)
    for one in draws:
        time = datetime.fromtimestamp(round(one.at), zone).isoformat()
        yield f"{time},{one.tap},{one.litres_per_minute:.2f},{one.seconds:.1f}"
