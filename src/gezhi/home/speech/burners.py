"""Which burner is meant: the places and names that were said, against those there are.

>>> from gezhi.home.speech.lexicon import tokens
>>> find_burner(tokens("左边的灶"), ("left", "right"))
'left'
>>> find_burner(tokens("后面的灶"), ("前灶", "后灶"))
'后灶'
>>> find_burner(tokens("the left burner"), ("front left", "back left"))
Traceback (most recent call last):
gezhi.home.speech.burners.NotOne: which-burner
"""

from collections.abc import Iterator, Sequence
from functools import cache

from gezhi.errors import ParameterError
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import lexicon, tokens
from gezhi.home.speech.normal import Unreadable, pieces

__all__ = ["ALL", "NotOne", "check_names", "find_burner", "own_words"]

ALL = "all"
_BOTH = frozenset({"both", "both of", "both of them", "all two"})
_PEOPLE_SAY_FOR_TWO = ("两", "双", "俩")


class NotOne(Exception):
    """No burner, or no single one, is meant; the code of the reason is its argument."""


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """The burners' names, or an error that says what would be right.

    Raises:
        ParameterError: none, an empty one, two alike, or one that is called "all".
    """
    if isinstance(names, str) or not names:
        raise ParameterError(
            f"burners must be one or more names, as ('left', 'right'), not {names!r}"
        )
    seen = set()
    for name in names:
        try:
            key = pieces(name)
        except Unreadable:
            key = ()
        if not key or key == (ALL,):
            raise ParameterError(f"a burner may be called 'left' or '大灶', but not {name!r}")
        if key in seen:
            raise ParameterError(f"two burners are called {name!r}; give each a name of its own")
        seen.add(key)
    return tuple(names)


def find_burner(words: Sequence[Token], burners: tuple[str, ...]) -> str:
    """The burner that is named, or "all" where none is, or all are.

    Raises:
        NotOne: which-burner for several that are not all, unknown-burner for one that is not there.
    """
    groups = list(_groups(words))
    every = [one for one in words if one.kind == Kind.ALL]
    counted = _counted(words)
    if counted is not None and (counted != len(burners) or groups):
        raise NotOne("which-burner")
    if not groups:
        two = any(one.text in _BOTH or one.text.startswith(_PEOPLE_SAY_FOR_TWO) for one in every)
        if two and len(burners) != 2:
            raise NotOne("which-burner")
        return ALL
    found: set[str] = set()
    for group in groups:
        joint = _matching(group, burners)
        if len(joint) == 1:
            found |= joint
            continue
        if len(group) > 1 and not joint:
            for one in group:
                single = _matching([one], burners)
                if len(single) != 1:
                    raise NotOne("which-burner" if single else "unknown-burner")
                found |= single
            continue
        raise NotOne("which-burner" if joint else "unknown-burner")
    if len(found) > 1 and found != set(burners):
        raise NotOne("which-burner")
    if len(found) == 1:
        both = any(one.text in _BOTH or one.text.startswith(_PEOPLE_SAY_FOR_TWO) for one in every)
        if both and len(burners) > 1:
            raise NotOne("which-burner")
        return next(iter(found))
    return ALL


def _groups(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Places and names that stand together; "and" or a comma parts them."""
    group: list[Token] = []
    for one in words:
        if one.kind in (Kind.PLACE, Kind.NAME):
            group.append(one)
        elif one.kind not in (Kind.FILLER, Kind.STOVE) and group:
            yield group
            group = []
    if group:
        yield group


def _counted(words: Sequence[Token]) -> int | None:
    """How many burners are spoken of: "two burners", 两个灶."""
    for at, one in enumerate(words):
        after = words[at + 1].kind if at + 1 < len(words) else None
        before = words[at - 1].kind if at else None
        if one.kind == Kind.NUMBER and one.text != "one":
            if after in (Kind.PIECE, Kind.STOVE, Kind.PLURAL):
                return int(str(one.value)) if str(one.value).isdigit() else 0
        elif one.text == "one" and one.kind == Kind.NUMBER and before != Kind.PLACE:
            return 1 if after in (Kind.STOVE, Kind.PLURAL) else None
    return None


def own_words(burners: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names that have to be learned as words.

    Places are words already, and a name must not take the place of a word with another part:
    a burner that is called 后 is "back", and 十分钟后 stays "in ten minutes".

    >>> own_words(("left", "汤锅", "大灶", "后", "off"))
    ('汤锅',)
    """
    known = lexicon().exact
    return tuple(
        name
        for name in burners
        if not _places(name) and known.get(pieces(name), _FREE)[0][0] in _YIELDING
    )


_FREE = ((Kind.UNKNOWN, None, ""),)
_YIELDING = (Kind.UNKNOWN, Kind.RAISE, Kind.LOWER, Kind.DEVICE, Kind.CONDITION, Kind.SOME,
             Kind.FOOD, Kind.READY, Kind.LIFE)  # fmt: skip
#: How a name that is too short for itself is said: 后 as 后边, 1 as 1号灶.
_SAID_AS = ("{}", "{}边", "{}灶", "{}号灶", "burner {}")
_PLAIN = (Kind.PLACE, Kind.STOVE, Kind.FILLER)


@cache
def _places(name: str) -> frozenset[str]:
    """The places in a burner's own name."""
    for form in _SAID_AS:
        words = tokens(form.format(name))
        found = frozenset(str(one.value) for one in words if one.kind == Kind.PLACE)
        if found and all(one.kind in _PLAIN for one in words):
            return found
    return frozenset()


def _matching(group: Sequence[Token], burners: tuple[str, ...]) -> set[str]:
    if any(one.kind == Kind.NAME for one in group):
        return {str(one.value) for one in group} if len(group) == 1 else set()
    said = {str(one.value) for one in group}
    exact = {name for name in burners if _places(name) == said}
    return exact or {name for name in burners if said <= _places(name)}
