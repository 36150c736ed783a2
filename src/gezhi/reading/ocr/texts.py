"""What practice lines say: running text, single characters, numbers, prices and Latin words."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gezhi.errors import InputError
from gezhi.reading.ocr.alphabet import LATIN, PUNCTUATION, alphabet

__all__ = ["Texts", "normal", "read_lines"]

_WIDE = str.maketrans({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | {"　": " ", "￥": "¥"})
#: Full-width forms that Chinese print has instead of ASCII: drawn wide, read as ASCII.
_DRAWN_WIDE = dict(zip(",:;!?()", "，：；！？（）", strict=True))
_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
_CHANCES = (one := 1 / np.arange(2, 28)) / one.sum()
# fmt: off
_UNITS = (
    "元", "%", "kg", "g", "ml", "L", "cm", "mm", "km", "℃", "件", "个", "折", "年", "月", "日",
    "号", "起", "万", "亿", "W", "V", "GB", "MB", "x", "米", "岁", "次", "点",
)
# fmt: on


def read_lines(files: Iterable[Path | str]) -> list[str]:
    """Lines of UTF-8 text files, which may be gzipped; empty ones are left out.

    Raises:
        InputError: a file cannot be read or is not UTF-8.
    """
    found: list[str] = []
    for file in map(Path, files):
        try:
            raw = file.read_bytes()
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
        except FileNotFoundError:
            raise InputError(f"there is no file {file}") from None
        except UnicodeDecodeError as error:
            raise InputError(f"{file} is not UTF-8: byte {error.start:,}") from None
        except (OSError, EOFError) as error:
            raise InputError(f"{file} cannot be read: {error}") from None
        found += [line for one in text.splitlines() if (line := one.strip())]
    return found


@dataclass(frozen=True)
class Texts:
    """A source of practice texts.

    Attributes:
        lines: running text.
    """

    lines: Sequence[str]

    def draw(self, random: np.random.Generator, characters: frozenset[str]) -> str:
        """A text of 1 to about 24 characters, all of them among those that can be drawn.

        Full-width punctuation may be among it; `normal` says how it is read.
        """
        kind = random.random()
        if kind < 0.45 and self.lines:
            text = self._running(random)
        elif kind < 0.72:
            text = self._scattered(random, characters)
        elif kind < 0.84:
            text = _number(random)
        else:
            text = _words(random)
            if random.random() < 0.4 and self.lines:
                some = self._running(random)[:8]
                text = f"{some}{text}" if random.random() < 0.5 else f"{text}{some}"
        text = " ".join("".join(one for one in text if one in characters or one == " ").split())
        return text or "".join(random.choice(sorted(characters), 3))

    def _running(self, random: np.random.Generator) -> str:
        line = self.lines[int(random.integers(len(self.lines)))].translate(_WIDE)
        length = int(random.integers(1, 24))
        start = int(random.integers(0, max(1, len(line) - length + 1)))
        found = line[start : start + length]
        if random.random() < 0.7:
            found = "".join(_DRAWN_WIDE.get(one, one) for one in found)
        return found

    @staticmethod
    def _scattered(random: np.random.Generator, characters: frozenset[str]) -> str:
        """Characters that have nothing to do with one another, so that rare ones are seen too."""
        usual = _known(characters)
        found = list(random.choice(usual, int(random.integers(1, 16))))
        for _ in range(int(random.integers(0, 3))):
            mark = random.choice(list(PUNCTUATION[:22] + "".join(_DRAWN_WIDE.values()) + LATIN))
            found.insert(int(random.integers(0, len(found) + 1)), str(mark))
        return "".join(map(str, found))


_ORDERED: dict[frozenset[str], list[str]] = {}


def _known(characters: frozenset[str]) -> list[str]:
    if characters not in _ORDERED:
        _ORDERED[characters] = sorted(characters & set(alphabet()))
    return _ORDERED[characters]


def _digits(random: np.random.Generator, number: int) -> str:
    return "".join(map(str, random.integers(0, 10, number)))


def _number(random: np.random.Generator) -> str:
    """A price, a measure, a date, a time or a telephone number."""
    form, chance = int(random.integers(0, 9)), random.random
    some = _digits(random, int(random.integers(1, 5)))
    if form == 0:
        return (
            f"{'¥' if chance() < 0.6 else '$'}{some}.{_digits(random, int(random.integers(1, 3)))}"
        )
    if form == 1:
        return f"{some}.{_digits(random, 1)}{random.choice(_UNITS)}"
    if form == 2:
        return f"{some}{random.choice(_UNITS)}"
    if form == 3:
        mark = str(random.choice(["-", ".", "/", ""]))
        date = [f"20{_digits(random, 2)}", _digits(random, 2), _digits(random, 2)]
        return mark.join(date) if mark else f"{date[0]}年{date[1]}月{date[2]}日"
    if form == 4:
        return f"{_digits(random, 2)}:{_digits(random, 2)}" + (
            f":{_digits(random, 2)}" if chance() < 0.3 else ""
        )
    if form == 5:
        parts = [_digits(random, 3), _digits(random, 4), _digits(random, 4)]
        return f"{parts[0]}-{parts[1]}{'-' if chance() < 0.5 else ''}{parts[2]}"
    if form == 6:
        return f"{random.choice(['-', '+', '', '('])}{some},{_digits(random, 3)}%"
    if form == 7:
        return f"{some}{random.choice(['×', '*', 'x', '~', '-', '/'])}{_digits(random, 2)}"
    return _digits(random, int(random.integers(5, 14)))


def _words(random: np.random.Generator) -> str:
    """Latin words, as likely as letters are, in some case; now and then an address."""
    found = []
    for _ in range(int(random.integers(1, 5))):
        length = int(random.integers(1, 10))
        if random.random() < 0.5:
            word = "".join(random.choice(list(_LETTERS), length, p=_CHANCES))
        else:
            word = "".join(map(str, random.choice(list(LATIN), length)))
        case = random.random()
        found.append(word.upper() if case < 0.25 else word.capitalize() if case < 0.5 else word)
    joint = str(random.choice([" ", " ", " ", ".", "-", "/", "_", "@"]))
    return joint.join(found)


def normal(text: str) -> str:
    """How a drawn text is read: full-width forms as ASCII.

    >>> normal("好，（二）！")
    '好,(二)!'
    """
    return text.translate(_WIDE)
