"""Numbers, durations and times of day, read from recognised words.

>>> from gezhi.home.speech.lexicon import tokens
>>> def seconds(text):
...     return [int(one.value) for one in amounts(tokens(text)) if one.kind == "amount"]
>>> seconds("in an hour and a half"), seconds("两个半小时后"), seconds("1小时零5分")
([5400], [9000], [3900])
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from gezhi.home.speech.kinds import Kind, Token, Value

__all__ = ["amounts"]

_LETTERS = {
    Kind.NUMBER: "n", Kind.UNIT: "u", Kind.HALF: "h", Kind.QUARTER: "q", Kind.ARTICLE: "a",
    Kind.AND: "&", Kind.OF: "o", Kind.PIECE: "g", Kind.POINT: "d", Kind.CLOCK: "c",
    Kind.OCLOCK: "k", Kind.DAYTIME: "t", Kind.PAST: "p", Kind.AT: "@", Kind.TO: "T",
    Kind.IN: "i", Kind.COMMA: ",",
}  # fmt: skip

# One term of a duration; what it counts, in units, is worked out from the letters that matched.
_TERMS = (
    ("n&a?hu", lambda n: n + Fraction(1, 2)),  # two and a half hours
    ("nghu", lambda n: n + Fraction(1, 2)),  # 两个半小时
    ("n&aqu", lambda n: n + Fraction(1, 4)),
    ("[na]u&a?h(?!a?u)", lambda n: n + Fraction(1, 2)),  # an hour and a half
    ("ng?uh(?!g?u)", lambda n: n + Fraction(1, 2)),  # 一小时半
    ("[na]u&aq(?!o?a?u)", lambda n: n + Fraction(1, 4)),
    ("au&nq(?!o?a?u)", lambda n: 1 + n / 4),  # an hour and three quarters
    ("u&a?h(?!a?u)", lambda n: Fraction(3, 2)),  # hour and a half
    ("nqo?a?u", lambda n: n / 4),  # three quarters of an hour
    ("a?qo?a?u", lambda n: Fraction(1, 4)),
    ("a?ho?a?u|hgu", lambda n: Fraction(1, 2)),
    ("ng?u", lambda n: n),
    ("au", lambda n: Fraction(1)),
)
_PATTERNS = [(re.compile(pattern), count) for pattern, count in _TERMS]
_HOUR = 3600


def amounts(words: Sequence[Token]) -> tuple[Token, ...]:
    """The same words, durations as one AMOUNT (its value in seconds) and times as one MOMENT."""
    merged = tuple(_numbers(words))
    letters = "".join(_LETTERS.get(one.kind, ".") for one in merged)
    found, at = [], 0
    while at < len(merged):
        read = _moment(merged, letters, at) or _duration(merged, letters, at)
        read = read or _bare(merged, letters, at)
        if read is None:
            found.append(merged[at])
            at += 1
        else:
            length, kind, value, text = read
            found.append(Token(kind, text, value, merged[at].start))
            at += length
    return tuple(_waited(found))


def _waited(words: Sequence[Token]) -> Iterator[Token]:
    """ "When ten minutes have passed" is "in ten minutes"."""
    for at, one in enumerate(words):
        row = [other.kind for other in words[at + 1 :] if other.kind != Kind.FILLER][:2]
        over = one.text in ("when", "once", "as soon as", "the moment") and row == [
            Kind.AMOUNT,
            Kind.LATER,
        ]
        yield replace(one, kind=Kind.IN) if over else one


def _numbers(words: Sequence[Token]) -> Iterator[Token]:
    """Numbers of several words as one."""
    at = 0
    while at < len(words):
        length, value = _number(words, at)
        if length < 2:
            yield words[at]
            at += 1
        else:
            text = " ".join(one.text for one in words[at : at + length])
            yield replace(words[at], kind=Kind.NUMBER, value=value, text=text)
            at += length


def _number(words: Sequence[Token], at: int) -> tuple[int, Fraction]:
    row = words[at : at + 6]
    values = [_value(one) for one in row]
    kinds = [one.kind for one in row]
    first = values[0] if row else None
    if kinds[0] == Kind.ARTICLE and len(row) > 1 and row[1].text == "hundred":
        first, values[0] = Fraction(1), Fraction(1)
    if first is None:
        return 1, Fraction(0)
    if len(row) > 1 and row[1].text == "hundred" and 1 <= first < 10:
        length = 3 if kinds[2:3] == [Kind.AND] else 2
        more, rest = _number(words, at + length) if at + length < len(words) else (0, Fraction(0))
        if 0 < rest < 100 and words[at + length].kind == Kind.NUMBER:
            return length + more, first * 100 + rest
        single = _value(words[at + length]) if at + length < len(words) else None
        if single is not None and single < 100:
            return length + 1, first * 100 + single
        return 2, first * 100
    if len(row) > 1 and values[1] is not None:
        second = values[1]
        spelled = row[0].text.isalpha() and row[0].text.isascii() and row[1].text.isalpha()
        if spelled and first in range(20, 100, 10) and second in range(1, 10):
            return 2, first + second
        if "/" in row[1].text and first.denominator == 1 and "/" not in row[0].text:
            return 2, first + second
    return _decimal(row, values, first)


def _decimal(
    row: Sequence[Token], values: Sequence[Fraction | None], first: Fraction
) -> tuple[int, Fraction]:
    """1.5 hours, spoken: "one point five", 一点五个小时; but 七点五分 is a time."""
    if len(row) > 3 and row[1].kind == Kind.POINT and values[2] in range(1, 10):
        unit = row[4] if row[3].kind == Kind.PIECE and len(row) > 4 else row[3]
        if unit.kind == Kind.UNIT and unit.text not in ("分", "刻", "刻钟"):
            tenth = values[2]
            assert tenth is not None
            return 3, first + tenth / 10
    return 1, first


def _value(one: Token) -> Fraction | None:
    is_number = one.kind == Kind.NUMBER and isinstance(one.value, Fraction)
    return one.value if is_number and isinstance(one.value, Fraction) else None


def _duration(words: Sequence[Token], letters: str, at: int) -> tuple[int, Kind, Value, str] | None:
    total, smallest, end = Fraction(0), Fraction(10**9), at
    while True:
        joined = end + 1 if end > at and _joins(words, end) else end
        term = _term(words, letters, joined)
        if term is None or term[2] >= smallest:
            break
        length, seconds, smallest = term
        total, end = total + seconds, joined + length
    if end == at:
        return None
    if smallest == _HOUR and re.match(r"n(?![nughqdktp&/])", letters[end:]):
        # An hour thirty.
        minutes = _value(words[end])
        if minutes is not None and 1 <= minutes < 60 and words[end - 1].kind == Kind.UNIT:
            total, end = total + minutes * 60, end + 1
    text = " ".join(one.text for one in words[at:end])
    return end - at, Kind.AMOUNT, total, text


def _joins(words: Sequence[Token], at: int) -> bool:
    """Whether the next term may follow: 一小时零五分, an hour and ten minutes."""
    if at == len(words):
        return False
    return words[at].kind in (Kind.AND, Kind.COMMA) or words[at].text == "零"


def _term(words: Sequence[Token], letters: str, at: int) -> tuple[int, Fraction, Fraction] | None:
    for pattern, count in _PATTERNS:
        match = pattern.match(letters, at)
        if match is None:
            continue
        row = words[at : match.end()]
        unit = next(one.value for one in row if one.kind == Kind.UNIT)
        number = next((value for one in row if (value := _value(one)) is not None), Fraction(1))
        assert isinstance(unit, Fraction)
        return len(row), count(number) * unit, unit
    return None


def _bare(words: Sequence[Token], letters: str, at: int) -> tuple[int, Kind, Value, str] | None:
    """A number after "in" without a unit: minutes."""
    before = words[at - 1].text if at else ""
    adds = any(one.kind in (Kind.ADD, Kind.POSTPONE) for one in words[:at])
    if (
        not _is_given(words, at)
        and before not in ("in", "after", "in exactly", "in just", "in another")
        and not (before == "by" and adds)
    ):
        return None
    if not re.match(r"n(?![nughqdktpc&oi])", letters[at:]) and not _is_given(words, at):
        return None
    value = _value(words[at])
    if value is None or value.denominator != 1:
        return None
    return 1, Kind.AMOUNT, value * 60, words[at].text


def _is_given(words: Sequence[Token], at: int) -> bool:
    """ "Give it five more"."""
    more = [one.kind for one in words[at + 1 : at + 2]] == [Kind.MORE]
    given = any(one.kind == Kind.KEEP and one.text.startswith("gi") for one in words[:at])
    bare = all(one.kind in (Kind.FILLER, Kind.COMMA) for one in words[:at])
    rest = [one for one in words[at + 1 + more :] if one.kind not in (Kind.FILLER, Kind.COMMA)]
    again = [one.kind for one in words[:at] if one.kind != Kind.FILLER][-1:] == [Kind.MORE]
    kept = again and any(one.kind == Kind.KEEP for one in words[:at])
    added = [one.kind for one in words[:at] if one.kind != Kind.FILLER][-1:] == [Kind.ADD]
    if added and rest and rest[0].kind == Kind.TO and words[at].kind == Kind.NUMBER:
        return any(one.kind == Kind.TIMER for one in rest)
    places = (Kind.ON, Kind.PLACE, Kind.STOVE, Kind.NOW, Kind.TIMER, Kind.FOR)
    ends = all(one.kind in places for one in rest)
    needs = any(one.kind == Kind.KEEP for one in words[:at])
    wanted = (more and (given or bare or needs or added)) or kept
    return wanted and ends and words[at].kind == Kind.NUMBER


# Letters of a time of day, and which of its numbers are hours and minutes.
_MOMENTS = (
    r"@?(?P<c>c)(?P<t>t)?",
    r"@?hp(?P<h>n)(?P<t>t)?",  # half past seven
    r"@?a?qp(?P<h>n)(?P<t>t)?",
    r"@?a?q(?P<to>T)(?P<h>n)(?P<t>t)?",
    r"@?(?P<m>n)p(?P<h>n)(?P<t>t)?",
    r"@(?P<m>n)(?P<to>T)(?P<h>n)(?P<t>t)?",
    r"@(?P<h>n)(?P<m>n)(?P<t>t)?",
    r"(?P<h>n)(?P<m>n)(?P<t>t)",
    r"@(?P<h>n)k?(?P<t>t)?(?![ughq])",
    r"(?P<h>n)k(?P<t>t)?",
    r"(?P<h>n)(?P<t>t)",
    r"@(?P<t>t)",
)
_CHINESE_MOMENTS = (
    r"@?(?P<t>t)?(?P<h>n)d(?P<half>h)",
    r"@?(?P<t>t)?(?P<h>n)d(?P<quarter>p)",
    r"@?(?P<t>t)?(?P<h>n)d(?P<m>n)(?P<u>u)?",
    r"@?(?P<t>t)?(?P<h>n)[dk]",
    r"@?(?P<t>t)(?P<c>c)",
)


def _moment(words: Sequence[Token], letters: str, at: int) -> tuple[int, Kind, Value, str] | None:
    for pattern in (*_CHINESE_MOMENTS, *_MOMENTS):
        match = re.compile(pattern).match(letters, at)
        if match is None:
            continue
        parts = {
            name: words[match.start(name)] for name, found in match.groupdict().items() if found
        }
        moment = _clock(parts, pattern)
        if moment is None:
            return match.end() - at, Kind.VAGUE, None, words[at].text
        daytime = parts["t"].value if "t" in parts else ""
        return match.end() - at, Kind.MOMENT, moment, str(daytime)
    return None


def _clock(parts: dict[str, Token], pattern: str) -> tuple[int, int] | None:
    """Hours and minutes, or None for what no clock shows."""
    if "c" in parts:
        value = parts["c"].value
        return value if isinstance(value, tuple) else None
    if "h" not in parts:
        return {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}.get(str(parts["t"].value))
    hours = _value(parts["h"])
    minutes = _value(parts["m"]) if "m" in parts else Fraction(0)
    if "half" in parts or "hp" in pattern:
        minutes = Fraction(30)
    elif "quarter" in parts or "qp" in pattern or "q(?P<to>" in pattern:
        minutes = Fraction(15)
    unit = parts["u"].value if "u" in parts else Fraction(60)
    if minutes is not None and isinstance(unit, Fraction):
        minutes *= unit / 60
    if hours is None or minutes is None or hours.denominator != 1 or minutes.denominator != 1:
        return None
    if "to" in parts:
        hours, minutes = (hours - 1) % 24, 60 - minutes
    if not (0 <= hours <= 24 and 0 <= minutes < 60):
        return None
    return int(hours), int(minutes)
