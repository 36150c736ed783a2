"""The rule table rules.json as compiled rules, each pattern compiled when it is first needed.

>>> rules()[0].id, rules()[0].paper
('arxiv_address', 'arxiv')
>>> rules()[-1].check
'arxiv_new'
"""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

__all__ = ["Item", "ItemMarks", "Rule", "expand", "item_marks", "rules", "schemes", "table"]


@cache
def table() -> dict[str, Any]:
    """Read rules.json as it is written.

    >>> sorted(table()["combined"])
    ['arxiv', 'venue']
    """
    text = (files("gezhi.papers") / "rules.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


_SLOT = re.compile("[{][{]([a-z_]+)[}][}]")


@cache
def expand(pattern: str) -> str:
    """Put the table's fragments in for their names in double braces.

    >>> expand("{{conference}}x")
    '([Cc][Vv][Pp][Rr]|[Ii][Cc][Cc][Vv])x'
    """
    fragments = table()["fragments"]
    while _SLOT.search(pattern):
        pattern = _SLOT.sub(lambda found: str(fragments[found[1]]), pattern)
    return pattern


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(expand(pattern), re.ASCII)


@dataclass(frozen=True)
class Item:
    """One form of an id in a list of ids, such as papers.cool has in its addresses."""

    paper: str
    written: str
    check: str | None
    name: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern of the id."""
        return _compiled(self.written)


@dataclass(frozen=True)
class Rule:
    """One row of the table; `fields` in rules.json says what each of them means."""

    id: str
    kind: str
    paper: str | None
    search: str | None
    anchors: tuple[str, ...]
    leads: tuple[str, ...]
    written: str
    written_behind: str | None
    reach: int
    not_before: tuple[str, ...]
    not_after: tuple[str, ...]
    words_before: tuple[str, ...]
    words_spared: tuple[str, ...]
    check: str | None
    name: str
    written_extent: str | None
    items: tuple[Item, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What stands after the anchor, or, in a rule without one, anywhere."""
        return _compiled(self.written)

    @cached_property
    def behind(self) -> re.Pattern[str] | None:
        """What must stand right before the pattern, and is part of the span."""
        written = self.written_behind
        return None if written is None else _compiled(f"(?:{written})\\Z")

    @cached_property
    def extent(self) -> re.Pattern[str]:
        """One more piece of the text that a mask hides; matches nowhere in a rule without."""
        return _compiled(self.written_extent or "(?!)")

    @cached_property
    def before(self) -> re.Pattern[str]:
        """Matches, empty, where nothing forbidden stands before."""
        return _compiled("".join(f"(?<!{one})" for one in self.not_before))

    @cached_property
    def after(self) -> re.Pattern[str]:
        """Matches, empty, where nothing forbidden follows."""
        return _compiled("".join(f"(?!{one})" for one in self.not_after))


class ItemMarks(NamedTuple):
    """What stands between the ids of a list, what says that an id goes on, and any other entry."""

    separator: str
    goes_on: re.Pattern[str]
    other: re.Pattern[str]


@cache
def item_marks() -> ItemMarks:
    """Give the marks by which lists of ids are read.

    >>> item_marks().separator
    ','
    """
    row = table()
    goes_on, other = _compiled(row["item_goes_on"]), _compiled(row["other_item"])
    return ItemMarks(row["item_separator"], goes_on, other)


@cache
def schemes() -> tuple[str, ...]:
    """Give what may begin an address.

    >>> schemes()[0]
    'https://'
    """
    return tuple(table()["schemes"])


@cache
def rules() -> tuple[Rule, ...]:
    """Give the rules in the order in which they are tried.

    >>> [rule.id for rule in rules() if rule.kind == "mask"]
    ['doi_other', 'vixra']
    """
    return tuple(_rule(row) for row in table()["rules"])


def _rule(row: dict[str, Any]) -> Rule:
    glue = [table()["host_glue"]] if row["kind"] == "site" else []
    return Rule(
        id=row["id"],
        kind=row["kind"],
        paper=row.get("paper"),
        search=row.get("search"),
        anchors=tuple(row.get("anchors", ())),
        leads=tuple(row.get("leads", ())),
        written=row["pattern"],
        written_behind=row.get("behind"),
        reach=row.get("reach", 0),
        not_before=(*row.get("not_before", ()), *glue),
        not_after=tuple(row.get("not_after", ())),
        words_before=tuple(row.get("words_before", ())),
        words_spared=tuple(row.get("words_spared", ())),
        check=row.get("check"),
        name=row.get("name", ""),
        written_extent=table()["extents"].get(row.get("extent")),
        items=tuple(
            Item(one["paper"], one["pattern"], one.get("check"), one["name"])
            for one in row.get("items", ())
        ),
    )
