"""Households that draw water: made from published statistics, or read from a log of one's own.

The statistics are published ones for flats: about 55 faucet draws a day of median
20 s at 2.5 L/min, 2.2 showers of 430 s at 5.2 L/min, a bath every third day. Draws come in
sessions (a wash, a meal, the dishes) that hang on what persons do: they rise, leave, return, cook
and go to bed at their own hours, differently at weekends and on holidays, now and then at new
hours, and sometimes they are away. Every number of a household comes from its seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from gezhi.errors import ParameterError

__all__ = ["FIXTURES", "Cue", "Draw", "Household", "Person", "cues", "draws", "household"]

FIXTURES = ("basin", "kitchen", "shower", "bath")
_DAY = 86400.0
_UTC = ZoneInfo("UTC")
_SESSION_GAP_SECONDS = 600.0


@dataclass(frozen=True, slots=True, order=True)
class Draw:
    """Somebody opens a tap for hot water.

    Attributes:
        at: when, in seconds since 1970 (UTC).
        tap: where; the name of a fixture until `gezhi.home.simulate.at_taps` gives it a tap.
        litres_per_minute: how much.
        seconds: how long.
        fixture: what kind of tap.
        person: who, counted from 0; −1 when it is not known.
    """

    at: float
    tap: str
    litres_per_minute: float
    seconds: float
    fixture: str = ""
    person: int = -1


@dataclass(frozen=True, slots=True, order=True)
class Cue:
    """Something that tells of a draw to come, or of none: somebody enters the room of a tap."""

    at: float
    tap: str
    kind: str = "presence"


@dataclass(frozen=True, slots=True)
class Person:
    """Hours of the day at which one person does things, and how sharply they are kept."""

    rises: float
    rises_free: float
    leaves_after: float
    returns: float
    sleeps: float
    jitter: float
    works: bool
    showers: float
    showers_mornings: bool


@dataclass(frozen=True, slots=True)
class Household:
    """What a household is like; `household` draws one from a seed.

    Attributes:
        seed: of everything random in it.
        persons: who lives there.
        faucet_draws: mean draws a day at basins and in the kitchen.
        dinner, lunch: hours of cooking.
        dishes_after: hours from dinner to the dishes.
        singles: share of faucet draws that come alone, at any waking hour.
        others: mean number of further sessions a day, at any waking hour.
        bath_days: days from bath to bath.
        change_days: mean days from one change of habits to the next; 0 for none.
        away_days: mean days from one journey to the next; 0 for none.
    """

    seed: int
    persons: tuple[Person, ...]
    faucet_draws: float = 55.0
    dinner: float = 18.5
    lunch: float = 12.5
    dishes_after: float = 0.9
    singles: float = 0.08
    others: float = 3.5
    bath_days: float = 3.0
    change_days: float = 90.0
    away_days: float = 60.0


@dataclass(frozen=True, slots=True)
class _Session:
    hour: float
    fixture: str
    weight: float
    minutes: float
    person: int


def household(seed: int) -> Household:
    """A household of one to five persons.

    >>> len(household(3).persons)
    2
    """
    random = np.random.default_rng([seed, 1])
    count = int(random.choice([1, 2, 3, 4, 5], p=[0.12, 0.33, 0.25, 0.22, 0.08]))
    persons = tuple(_person(random, count) for _ in range(count))
    return Household(
        seed,
        persons,
        faucet_draws=float(55 * (count / 2.8) ** 0.35 * random.lognormal(0, 0.12)),
        dinner=float(random.normal(18.6, 0.6)),
        lunch=float(random.normal(12.4, 0.4)),
        dishes_after=float(random.uniform(0.6, 1.4)),
        singles=float(random.uniform(0.05, 0.11)),
        others=float(random.uniform(2.8, 4.2)),
        bath_days=float(random.uniform(2.2, 4.5)),
    )


def _person(random: np.random.Generator, count: int) -> Person:
    rises = float(random.normal(6.7, 0.6))
    return Person(
        rises=rises,
        rises_free=rises + float(random.uniform(0.6, 2.2)),
        leaves_after=float(random.uniform(0.8, 1.4)),
        returns=float(random.normal(17.3, 1.0)),
        sleeps=float(random.normal(22.8, 0.6)),
        jitter=float(random.uniform(0.7, 2.2)),
        works=bool(random.random() < 0.6),
        showers=float(min(1.2, 2.2 / count * random.uniform(1.0, 1.4))),
        showers_mornings=bool(random.random() < 0.5),
    )


def draws(
    home: Household,
    days: int,
    *,
    first_day: date = date(2026, 1, 5),
    zone: tzinfo = _UTC,
) -> tuple[Draw, ...]:
    """The draws of a household, in order.

    Args:
        home: the household.
        days: how many days, at least 1.
        first_day: the first of them; a Monday if not given.
        zone: whose clocks the household lives by, daylight saving included.

    Raises:
        ParameterError: fewer than one day.

    >>> few = draws(household(3), 2)
    >>> few[0].at < few[-1].at, few[0].fixture
    (True, 'basin')
    """
    if days < 1:
        raise ParameterError(f"days must be 1 or more, not {days}")
    random = np.random.default_rng([home.seed, 2])
    found: list[Draw] = []
    away_until, now = -1, home
    for day in range(days):
        if home.away_days and random.random() < 1 / home.away_days:
            away_until = day + int(random.integers(2, 10))
        if home.change_days and random.random() < 1 / home.change_days:
            now = _changed(now, random)
        when = first_day + timedelta(days=day)
        free = when.weekday() >= 5 or random.random() < 0.03
        if day < away_until:
            continue
        midnight = datetime(when.year, when.month, when.day)
        for one in _day(now, random, free=free):
            at = (midnight + timedelta(seconds=one.at)).replace(tzinfo=zone).timestamp()
            found.append(replace(one, at=at))
    return tuple(sorted(found))


def _changed(home: Household, random: np.random.Generator) -> Household:
    """The household after a change, such as another job or school: new hours for one person."""
    which = int(random.integers(len(home.persons)))
    persons = list(home.persons)
    old = persons[which]
    shift = float(random.choice([-1, 1]) * random.uniform(0.5, 1.5))
    persons[which] = replace(
        old,
        rises=float(np.clip(old.rises + shift, 4.5, 9.5)),
        returns=float(np.clip(old.returns + random.normal(0, 1), 13, 20.5)),
        works=bool(random.random() < 0.6),
    )
    return replace(home, persons=tuple(persons), dinner=home.dinner + float(random.normal(0, 0.4)))


def _day(home: Household, random: np.random.Generator, *, free: bool) -> Iterator[Draw]:
    """The draws of one day; `at` is seconds after midnight."""
    sessions: list[_Session] = []
    hours: list[tuple[float, float]] = []
    for index, person in enumerate(home.persons):
        mine, awake = _sessions_of(person, index, random, free=free)
        sessions += mine
        hours += awake
        yield from _showers(person, index, mine, random)
    sessions += _meals(home, sessions, random, free=free)
    for _ in range(int(random.poisson(home.others))):
        fixture = "kitchen" if random.random() < 0.4 else "basin"
        sessions.append(_Session(_any_hour(hours, random), fixture, 0.8, 8, -1))
    total = home.faucet_draws * float(random.lognormal(0, 0.12))
    weight = sum(one.weight for one in sessions)
    for one in sessions:
        count = 1 + random.poisson(max(0.0, total * (1 - home.singles) * one.weight / weight - 1))
        yield from _faucet(one, int(count), random)
    for _ in range(int(random.poisson(total * home.singles))):
        fixture = "kitchen" if random.random() < 0.4 else "basin"
        alone = _Session(_any_hour(hours, random), fixture, 1, 1, -1)
        yield from _faucet(alone, 1, random)
    if random.random() < 1 / home.bath_days:
        hour = float(random.normal(20.3, 0.7))
        yield Draw(hour * 3600, "bath", 10.0, float(random.normal(720, 90)), "bath", 0)


def _any_hour(hours: Sequence[tuple[float, float]], random: np.random.Generator) -> float:
    """An hour at which somebody is at home and awake."""
    start, end = hours[int(random.integers(len(hours)))]
    return float(random.uniform(start, max(start, end)))  # by chance one sleeps before one rises


def _sessions_of(
    person: Person, index: int, random: np.random.Generator, *, free: bool
) -> tuple[list[_Session], list[tuple[float, float]]]:
    """When one person washes, and the hours at home and awake."""
    spread = person.jitter * (1.6 if free else 1.0)
    rises = (person.rises_free if free else person.rises) + float(random.normal(0, spread))
    sleeps = person.sleeps + (0.6 if free else 0.0) + float(random.normal(0, spread))
    sessions = [
        _Session(rises + 0.1, "basin", 1.0, 10, index),
        _Session(sleeps - 0.3, "basin", 0.8, 8, index),
    ]
    if free or not person.works:
        return sessions, [(rises, sleeps)]
    returns = person.returns + float(random.normal(0, 1.3 * person.jitter))
    sessions.append(_Session(returns + 0.1, "basin", 0.7, 6, index))
    return sessions, [(rises, rises + person.leaves_after), (returns, max(returns + 0.5, sleeps))]


def _meals(
    home: Household, sessions: Sequence[_Session], random: np.random.Generator, *, free: bool
) -> Iterator[_Session]:
    """Breakfast, lunch when somebody is at home, dinner and the dishes."""
    first = min(one.hour for one in sessions)
    yield _Session(first + 0.5 + float(random.normal(0, 0.1)), "kitchen", 1.1, 12, -1)
    if free or not all(person.works for person in home.persons):
        yield _Session(home.lunch + float(random.normal(0, 0.3)), "kitchen", 1.2, 14, -1)
    dinner = home.dinner + float(random.normal(0, 0.3))
    yield _Session(dinner, "kitchen", 1.5, 20, -1)
    yield _Session(dinner + home.dishes_after, "kitchen", 1.4, 12, -1)


def _showers(
    person: Person, index: int, sessions: Sequence[_Session], random: np.random.Generator
) -> Iterator[Draw]:
    if random.random() >= person.showers:
        return
    session = sessions[0] if person.showers_mornings else sessions[1]
    hour = session.hour + float(random.uniform(-0.1, 0.15))
    seconds = float(np.clip(random.normal(430, 130), 120, 1200))
    flow = float(np.clip(random.normal(5.2, 0.6), 3.5, 8))
    yield Draw(hour * 3600, "shower", flow, seconds, "shower", index)


def _faucet(session: _Session, count: int, random: np.random.Generator) -> Iterator[Draw]:
    """Draws of one session; none begins before the one before it has ended."""
    start = session.hour * 3600
    begins = np.sort(random.uniform(0, 0.8 * session.minutes * 60, count)) + start
    begins[0] = start
    free_at = -math.inf
    for begin in begins:
        seconds = float(np.clip(random.lognormal(math.log(20), 0.65), 2, 300))
        flow = float(np.clip(random.lognormal(math.log(2.5), 0.3), 0.8, 8))
        at = max(float(begin), free_at + 2)
        free_at = at + seconds
        yield Draw(at, session.fixture, flow, seconds, session.fixture, session.person)


def cues(
    all_draws: Sequence[Draw],
    *,
    seed: int,
    seen: float = 0.95,
    lead_seconds: float = 90.0,
    lead_spread: float = 0.6,
    idle_a_day: float = 5.0,
) -> tuple[Cue, ...]:
    """What presence sensors would have said: somebody enters before a session, or for nothing.

    No statistics stand behind these numbers: they are a guess at a sensor that sees the tap's
    place. A short turn of the tap before it is wanted has fewer false ones and a steadier lead.

    Args:
        all_draws: the draws, in order.
        seed: of the chance in it.
        seen: share of sessions whose beginning a sensor sees.
        lead_seconds: median time from entering the room to the first draw.
        lead_spread: it varies by e^±this.
        idle_a_day: times a day that somebody enters and draws no hot water.

    >>> made = cues(draws(household(3), 7), seed=0)
    >>> made[0].kind
    'presence'
    """
    random = np.random.default_rng([seed, 3])
    found: list[Cue] = []
    last: dict[str, float] = {}
    for one in all_draws:
        place = one.fixture or one.tap
        begins = one.at - last.get(place, -math.inf) > _SESSION_GAP_SECONDS
        last[place] = one.at + one.seconds
        lead = lead_seconds * float(random.lognormal(0, lead_spread))
        if begins and random.random() < seen:
            found.append(Cue(one.at - lead, one.tap))
    if all_draws:
        span = (all_draws[-1].at - all_draws[0].at) / _DAY
        for _ in range(int(random.poisson(idle_a_day * span))):
            near = all_draws[int(random.integers(len(all_draws)))]
            found.append(Cue(near.at + float(random.normal(0, 5400)), near.tap))
    return tuple(sorted(found))
