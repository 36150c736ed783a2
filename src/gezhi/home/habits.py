"""What is known of a tap's next draws: habits by the clock, and what has just happened.

Habits are counts in bins of five minutes, smoothed along the day and averaged over past days: days
of the same weekday, of the same kind (working day or weekend) and all days, with short and long
memory. Each average is drawn towards the wider one that has more days in it; so a new schedule is
learned from its first days, by the short memory, while the long one lets go of the old. Days
without a draw are journeys and do not count. Draws, beginnings of sessions and long draws
(showers) are counted apart. What has just happened is a handful of decaying counts, the age and
size of the session, how today compares with what is usual, and cues with how often they were right.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gezhi.home.clock import LocalClock

__all__ = ["CUES", "FEATURES", "Habits"]

_BIN = 300
_BINS = 288
_DAY = 86400
_KEPT_DAYS = 42
_RECENT_SECONDS = (120.0, 480.0, 1800.0, 7200.0)
_CUE_SECONDS = (90.0, 300.0, 1200.0)
_GAP_SECONDS = 600.0
_LONG_SECONDS = 120.0
_OPEN_SECONDS = 3600.0  # a draw whose end was not heard of is over by then
_MORNING = 4 * 3600
_FADING = 0.98  # of what is remembered of cues, a cue

FEATURES = (
    "same weekday",
    "same kind, short memory",
    "same kind, long memory",
    "all days, wide",
    "next 5 min",
    "in 14 to 45 min",
    "in 45 to 120 min",
    "next 10 min, sharp",
    "sessions, 14 min",
    "sessions, the hour after",
    "long draws, 30 min",
    "last draws, 2 min",
    "last draws, 8 min",
    "last draws, 30 min",
    "last draws, 120 min",
    "since a draw began",
    "since one ended",
    "drawing",
    "draws of the session",
    "age of the session",
    "age of the draw",
    "length of the last",
    "long draws today",
    "last 3 h against habit",
    "today against habit",
    "hours since the first draw",
    "none yet today",
    "free day",
    "sine of the day",
    "cosine of the day",
    "sine of half days",
    "cosine of half days",
    "days known",
    "draws a day",
    "sessions a day",
    "draws 30 to 75 min ago",
    "draws 75 to 180 min ago",
)
"""The names of what `Habits.features` gives."""

CUES = (
    "cue, 1.5 min",
    "cue, 5 min",
    "cue, 20 min",
    "cue and no draw since",
    "since a cue",
    "cues that were right",
    "sessions that had one",
    "right × cue",
    "lead",
)
"""The names of what it gives in addition where there are cues."""

_Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Day:
    """Counts of one day in bins."""

    day: int
    draws: _Floats = field(default_factory=lambda: np.zeros(_BINS))
    sessions: _Floats = field(default_factory=lambda: np.zeros(_BINS))
    longs: _Floats = field(default_factory=lambda: np.zeros(_BINS))
    drawn: int = 0
    long_draws: int = 0
    up_at: float = -1.0


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
        self._days: deque[_Day] = deque(maxlen=_KEPT_DAYS)
        self._today = _Day(-1)
        self._before: _Floats = np.zeros(_BINS)
        self._tables: list[list[float]] = []
        self._usual: list[tuple[float, float]] = []
        self._general: list[float] = []
        self._free = 0.0
        self._recent = [0.0] * len(_RECENT_SECONDS)
        self._recent_at = -math.inf
        self._begun = self._ended = self._session_at = -math.inf
        self._open = False
        self._length, self._session_draws = 20.0, 0
        self._ats: deque[float] = deque()
        self._cues = [0.0] * len(_CUE_SECONDS)
        self._cue_at = self._last_cue = -math.inf
        self._unjudged: deque[float] = deque()
        # what is believed of cues before any was heard: right, all; sessions with one, all
        self._right, self._judged, self._told, self._sessions = 6.0, 10.0, 3.0, 5.0
        self._lead = math.log(75.0)

    def drew(self, now: float, *, counts: bool = True) -> None:
        """A draw has begun; one that does not count tells of somebody at the tap, no more."""
        self._turn(now)
        self._decay(now)
        self._recent = [one + 1 for one in self._recent]
        at = int(self._clock.second_of_day(now) // _BIN)
        if counts:
            self._today.draws[at] += 1
            self._today.drawn += 1
        if not self._is_open(now) and now - max(self._begun, self._ended) > _GAP_SECONDS:
            self._session_at, self._session_draws = now, 0
            self._today.sessions[at] += 1
            cued = now - self._last_cue < _GAP_SECONDS
            self._told = _FADING * self._told + cued
            self._sessions = _FADING * self._sessions + 1
        self._session_draws += 1
        while self._unjudged:
            self._judge(now, self._unjudged.popleft())
        self._begun, self._open = now, True
        self._ats.append(now)
        if self._today.up_at < 0 and self._clock.second_of_day(now) > _MORNING:
            self._today.up_at = now

    def ended(self, now: float, seconds: float) -> None:
        """The draw has ended after so many seconds."""
        self._turn(now)
        self._open, self._ended, self._length = False, now, seconds
        if seconds >= _LONG_SECONDS:
            self._today.longs[int(self._clock.second_of_day(now) // _BIN)] += 1
            self._today.long_draws += 1

    def cued(self, now: float) -> None:
        """Somebody has entered the room."""
        self._decay_cues(now)
        self._cues = [one + 1 for one in self._cues]
        self._last_cue = now
        self._unjudged.append(now)

    def features(self, now: float, *, with_cues: bool = False) -> list[float]:
        """What is known of the time ahead; `FEATURES` and `CUES` name it."""
        self._turn(now)
        self._decay(now)
        second = self._clock.second_of_day(now)
        at = int(second // _BIN)
        found = [*self._tables[at], *(math.log1p(one) for one in self._recent)]
        found += self._session(now)
        found += self._of_today(now, at)
        angle = 2 * math.pi * second / _DAY
        found += [
            self._free,
            math.sin(angle), math.cos(angle), math.sin(2 * angle), math.cos(2 * angle),
            *self._general, *self._some_time_ago(now),
        ]  # fmt: skip
        return found + self._of_cues(now) if with_cues else found

    def _is_open(self, now: float) -> bool:
        return self._open and now - self._begun < _OPEN_SECONDS

    def _session(self, now: float) -> list[float]:
        """What goes on at the tap."""
        since, over = now - self._begun, now - self._ended
        drawing = self._is_open(now)
        inside = drawing or over < _GAP_SECONDS
        return [
            math.log1p(min(1440.0, since / 60)) / 3,
            math.log1p(min(1440.0, over / 60)) / 3,
            1.0 if drawing else 0.0,
            math.log1p(self._session_draws) if inside else 0.0,
            math.log1p(min(120.0, (now - self._session_at) / 60)) / 2 if inside else 0.0,
            math.log1p(min(900.0, since)) / 3 if drawing else 0.0,
            math.log(max(2.0, min(900.0, self._length))) / 3 - 1,
        ]

    def _of_today(self, now: float, at: int) -> list[float]:
        """How today compares with what is usual."""
        today = self._today
        first = at - 36
        drawn = float(today.draws[max(0, first) : at].sum())
        if first < 0:
            drawn += float(self._before[first:].sum())
        three_hours, since_midnight = self._usual[at]
        up = today.up_at >= 0
        return [
            math.log1p(today.long_draws),
            math.log((drawn + 1) / (three_hours + 1)),
            math.log((today.drawn + 2) / (since_midnight + 2)),
            min(16.0, (now - today.up_at) / 3600) / 8 if up else 0.0,
            0.0 if up else 1.0,
        ]

    def _some_time_ago(self, now: float) -> list[float]:
        """Draws of the last three hours, such as a dinner that dishes follow."""
        ats = self._ats
        while ats and now - ats[0] > 10800:
            ats.popleft()
        middle = far = 0
        for one in ats:
            if now - one > 4500:
                far += 1
            elif now - one > 1800:
                middle += 1
            else:
                break
        return [math.log1p(middle), math.log1p(far)]

    def _of_cues(self, now: float) -> list[float]:
        self._decay_cues(now)
        while self._unjudged and now - self._unjudged[0] >= _GAP_SECONDS:
            self._judge(now, self._unjudged.popleft())
        kept = self._right / self._judged
        fresh = self._last_cue > self._begun and now - self._last_cue < 900
        strong = [min(2.0, one) for one in self._cues]
        return [
            *strong,
            1.0 if fresh else 0.0,
            math.log1p(min(120.0, (now - self._last_cue) / 60)) / 2,
            2 * kept - 1,
            2 * self._told / self._sessions - 1,
            kept * strong[0],
            self._lead - 4.3,
        ]

    def _judge(self, now: float, cue_at: float) -> None:
        """A draw, or ten minutes without one, has shown whether a cue was right."""
        right = now - cue_at < _GAP_SECONDS
        self._right = _FADING * self._right + right
        self._judged = _FADING * self._judged + 1
        if right:
            self._lead += 0.05 * (math.log(max(5.0, now - cue_at)) - self._lead)

    def _decay(self, now: float) -> None:
        gone = now - self._recent_at
        if gone > 0:
            pairs = zip(self._recent, _RECENT_SECONDS, strict=True)
            self._recent = [one * math.exp(-gone / tau) for one, tau in pairs]
            self._recent_at = now

    def _decay_cues(self, now: float) -> None:
        gone = now - self._cue_at
        if gone > 0:
            pairs = zip(self._cues, _CUE_SECONDS, strict=True)
            self._cues = [one * math.exp(-gone / tau) for one, tau in pairs]
            self._cue_at = now

    def _turn(self, now: float) -> None:
        """Begin a new day: yesterday becomes habit."""
        day = self._clock.day(now)
        old = self._today
        if day == old.day:
            return
        if old.day >= 0 and old.draws.any():
            self._days.append(old)
        self._before = old.draws if day == old.day + 1 else np.zeros(_BINS)
        self._today = _Day(day)
        self._make_tables()

    def _make_tables(self) -> None:
        """The habit features of every bin of today, in halved logarithms of what is expected."""
        today, count = self._today.day, len(self._days)
        weekday, free = (today + 3) % 7, (today + 3) % 7 >= 5
        days = np.array([one.day for one in self._days], dtype=np.int64)
        ages = (today - days).astype(np.float64)
        weekdays = (days + 3) % 7
        same_kind = (weekdays >= 5) == free
        draws = _stacked([one.draws for one in self._days])
        starts = _stacked([one.sessions for one in self._days])
        longs = _stacked([one.longs for one in self._days])
        old, middle = 0.97**ages, 0.96**ages * same_kind
        everything = _average(_smoothed(draws, 40.0), old, _flat(draws, 12.0))
        long = _average(_smoothed(draws, 12.0), middle, everything)
        short = _average(_smoothed(draws, 12.0), 0.80**ages * same_kind, long)
        same = _average(_smoothed(draws, 12.0), 0.98**ages * (weekdays == weekday), long)
        sharp = _average(_smoothed(draws, 5.0), 0.95**ages * same_kind, long, worth_days=2.0)
        broad = _average(_smoothed(starts, 40.0), old, _flat(starts, 4.0))
        sessions = _average(_smoothed(starts, 15.0), middle, broad)
        showers = _average(_smoothed(longs, 25.0), middle, _flat(longs, 0.6))
        rows = [
            _window(same, 60, 840), _window(short, 60, 840), _window(long, 60, 840),
            _window(everything, 60, 840), _window(long, 0, 300), _window(long, 840, 2700),
            _window(long, 2700, 7200), _window(sharp, 60, 600), _window(sessions, 60, 840),
            _window(sessions, 840, 3600), _window(showers, 60, 1800),
        ]  # fmt: skip
        self._tables = (np.log(np.array(rows).T + 0.02) / 2 + 0.5).tolist()
        total = np.concatenate([[0.0], np.cumsum(np.concatenate([long, long]))])
        three_hours = (total[_BINS : 2 * _BINS] - total[_BINS - 36 : 2 * _BINS - 36]).tolist()
        self._usual = list(zip(three_hours, total[:_BINS].tolist(), strict=True))
        a_day = [(draws.sum() + 12) / (count + 0.3) / 40, (starts.sum() + 4) / (count + 0.3) / 15]
        self._general = [math.log1p(count) / 2, *(math.log(one) for one in a_day)]
        self._free = 1.0 if free else 0.0


def _stacked(rows: list[_Floats]) -> _Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), _BINS)


def _flat(counts: _Floats, prior: float) -> _Floats:
    """A day at which the hour makes no difference; ``prior`` is what a day has before any."""
    return np.full(_BINS, (counts.sum() + prior) / (len(counts) + 0.3) / _BINS)


def _average(
    counts: _Floats, weights: _Floats, wider: _Floats, *, worth_days: float = 1.0
) -> _Floats:
    """A weighted mean over days, drawn towards a wider one that is worth some days."""
    total: _Floats = weights @ counts + worth_days * wider
    return np.asarray(total / (weights.sum() + worth_days), dtype=np.float64)


def _smoothed(counts: _Floats, minutes: float) -> _Floats:
    """Counts smoothed along the day by a Gaussian, the day taken as a ring."""
    if not len(counts):
        return counts
    offsets = np.minimum(np.arange(_BINS), _BINS - np.arange(_BINS)) * (_BIN / 60)
    kernel = np.exp(-0.5 * (offsets / minutes) ** 2)
    transformed = np.fft.rfft(counts, axis=1) * np.fft.rfft(kernel / kernel.sum())
    smooth: _Floats = np.maximum(0.0, np.fft.irfft(transformed, n=_BINS, axis=1))
    return smooth


def _window(rate: _Floats, begin: int, end: int) -> _Floats:
    """What is expected between two times ahead, in seconds, of the middle of each bin."""
    starts = np.arange(_BINS) * _BIN + _BIN / 2
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([rate, rate]))])
    edges = np.arange(2 * _BINS + 1) * float(_BIN)
    upto = np.interp(starts + end, edges, total)
    found: _Floats = upto - np.interp(starts + begin, edges, total)
    return found
