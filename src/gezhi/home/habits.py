"""What is known of a tap's next draws: habits by the clock, and what has just happened.

Habits are counts of draws in bins of five minutes, smoothed along the day and averaged over past
days: days of the same weekday, of the same kind (working day or weekend) and all days, with short
and long memory. Each average is drawn towards the wider one that has more days in it. Days without
a draw are journeys and do not count. What has just happened is a handful of decaying counts: draws
cluster in sessions, and somebody who has come into the room is about to draw.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from gezhi.home.clock import LocalClock

__all__ = ["AHEAD_SECONDS", "CUES", "FEATURES", "Habits"]

AHEAD_SECONDS = (60, 840)
"""The draws to predict: from when a purge is done until its heat is gone."""

_BIN = 300
_BINS = 288
_DAY = 86400
_KEPT_DAYS = 42
_PRIOR_DAYS = 1.0
_RECENT_MINUTES = (2.0, 8.0, 30.0, 120.0)
_CUE_MINUTES = (1.5, 5.0, 20.0)

FEATURES = (
    "one",
    "same weekday",
    "same kind, short memory",
    "same kind, long memory",
    "all days, wide",
    "next hour",
    "last draws, 2 min",
    "last draws, 8 min",
    "last draws, 30 min",
    "last draws, 120 min",
    "hours since last draw",
    "today against habit",
    "session × habit",
    "drawing now",
)
"""The names of what `Habits.features` gives."""

CUES = ("cue, 1.5 min", "cue, 5 min", "cue, 20 min", "cue × habit", "cue, none since")
"""The names of what it gives in addition where there are cues."""

_Floats = npt.NDArray[np.float64]


class Habits:
    """Counts the draws of one tap and gives features of the minutes ahead.

    Args:
        clock: of the home.

    >>> from gezhi.home.clock import find_zone
    >>> habits = Habits(LocalClock(find_zone("UTC")))
    >>> habits.drew(1000.0)
    >>> len(habits.features(1060.0)) == len(FEATURES)
    True
    """

    def __init__(self, clock: LocalClock) -> None:
        self._clock = clock
        self._days: deque[tuple[int, _Floats]] = deque(maxlen=_KEPT_DAYS)
        self._today = -1
        self._counts = np.zeros(_BINS)
        self._tables: list[list[float]] = []
        self._expected: list[float] = []
        self._recent = [0.0] * len(_RECENT_MINUTES)
        self._recent_at = -math.inf
        self._cues = [0.0] * len(_CUE_MINUTES)
        self._cue_at = -math.inf
        self._last = -math.inf
        self._last_cue = -math.inf
        self._drawing_until = -math.inf
        self._before = np.zeros(_BINS)

    def drew(self, now: float) -> None:
        """A draw that counts has begun."""
        self._turn(now)
        self._decay(now)
        self._recent = [one + 1 for one in self._recent]
        self._counts[int(self._clock.second_of_day(now) // _BIN)] += 1
        self._last = now
        self._drawing_until = math.inf

    def ended(self, now: float) -> None:
        """The draw has ended."""
        self._drawing_until = now

    def cued(self, now: float) -> None:
        """Somebody has entered the room."""
        self._decay_cues(now)
        self._cues = [one + 1 for one in self._cues]
        self._last_cue = now

    def features(self, now: float, *, with_cues: bool = False) -> list[float]:
        """What is known of the draws in `AHEAD_SECONDS`; `FEATURES` names them."""
        self._turn(now)
        self._decay(now)
        at = int(self._clock.second_of_day(now) // _BIN)
        habit = [table[at] for table in self._tables]
        short, middle, long, longest = (math.log1p(one) for one in self._recent)
        since = math.log1p(min(48.0, max(0.0, now - self._last) / 3600))
        found = [
            1.0, *habit, short, middle, long, longest, since, self._today_against_habit(at),
            middle * habit[3], 1.0 if now < self._drawing_until else 0.0,
        ]  # fmt: skip
        if with_cues:
            self._decay_cues(now)
            cues = [min(2.0, one) for one in self._cues]
            fresh = 1.0 if self._last_cue > self._last and now - self._last_cue < 900 else 0.0
            found += [*cues, cues[1] * habit[3], fresh]
        return found

    def _today_against_habit(self, at: int) -> float:
        """How busy the last three hours were, against what is usual."""
        first = at - 36
        drawn = float(self._counts[max(0, first) : at].sum())
        if first < 0:
            drawn += float(self._before[first:].sum())
        return math.log((drawn + 1) / (self._expected[at] + 1))

    def _decay(self, now: float) -> None:
        gone = (now - self._recent_at) / 60
        if gone > 0:
            self._recent = [
                one * math.exp(-gone / tau)
                for one, tau in zip(self._recent, _RECENT_MINUTES, strict=True)
            ]
            self._recent_at = now

    def _decay_cues(self, now: float) -> None:
        gone = (now - self._cue_at) / 60
        if gone > 0:
            self._cues = [
                one * math.exp(-gone / tau)
                for one, tau in zip(self._cues, _CUE_MINUTES, strict=True)
            ]
            self._cue_at = now

    def _turn(self, now: float) -> None:
        """Begin a new day: yesterday becomes habit."""
        day = self._clock.day(now)
        if day == self._today:
            return
        if self._today >= 0:
            if self._counts.any():
                self._days.append((self._today, self._counts))
            self._before = self._counts if day == self._today + 1 else np.zeros(_BINS)
        self._today = day
        self._counts = np.zeros(_BINS)
        self._make_tables()

    def _make_tables(self) -> None:
        """The habit features of every bin of today, in logarithms of draws ahead."""
        weekday, free = (self._today + 3) % 7, (self._today + 3) % 7 >= 5
        days = [day for day, _ in self._days]
        counts = np.array([one for _, one in self._days]).reshape(len(days), _BINS)
        ages = np.array([self._today - day for day in days], dtype=np.float64)
        weekdays = np.array([(day + 3) % 7 for day in days], dtype=np.int64)
        same_kind = (weekdays >= 5) == free
        narrow, wide = _smoothed(counts, 12.0), _smoothed(counts, 40.0)
        flat = np.full(_BINS, (counts.sum() + 10) / (len(days) + 0.3) / _BINS)
        everything = _average(wide, 0.97**ages, flat)
        long = _average(narrow, 0.96**ages * same_kind, everything)
        short = _average(narrow, 0.80**ages * same_kind, long)
        same = _average(narrow, 0.98**ages * (weekdays == weekday), long)
        ahead = [_window(one, AHEAD_SECONDS) for one in (same, short, long, everything)]
        hour = _window(long, (AHEAD_SECONDS[1], AHEAD_SECONDS[1] + 3600))
        self._tables = [np.log(one + 0.02).tolist() for one in (*ahead, hour)]
        self._expected = [float(np.roll(long, 36 - at)[:36].sum()) for at in range(_BINS)]


def _average(counts: _Floats, weights: _Floats, wider: _Floats) -> _Floats:
    """A weighted mean over days, drawn towards a wider one worth one day."""
    total: _Floats = weights @ counts + _PRIOR_DAYS * wider
    return np.asarray(total / (weights.sum() + _PRIOR_DAYS), dtype=np.float64)


def _smoothed(counts: _Floats, minutes: float) -> _Floats:
    """Counts smoothed along the day by a Gaussian, the day taken as a ring."""
    if not len(counts):
        return counts
    offsets = np.minimum(np.arange(_BINS), _BINS - np.arange(_BINS)) * (_BIN / 60)
    kernel = np.exp(-0.5 * (offsets / minutes) ** 2)
    transformed = np.fft.rfft(counts, axis=1) * np.fft.rfft(kernel / kernel.sum())
    smooth: _Floats = np.maximum(0.0, np.fft.irfft(transformed, n=_BINS, axis=1))
    return smooth


def _window(rate: _Floats, seconds: tuple[int, int]) -> _Floats:
    """The draws expected between two times ahead of the middle of each bin."""
    starts = np.arange(_BINS) * _BIN + _BIN / 2
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([rate, rate]))])
    edges = np.arange(2 * _BINS + 1) * float(_BIN)
    upto = np.interp(starts + seconds[1], edges, total)
    since = np.interp(starts + seconds[0], edges, total)
    found: _Floats = upto - since
    return found
