"""Find the papers that a text names, by the rules of rules.json and in their order.

>>> found = find("见 arXiv:1706.03762v5，另见 https://openreview.net/forum?id=4xvE6Iy77Y")
>>> [(paper.kind, paper.id) for paper in found.papers]
[('arxiv', '1706.03762'), ('openreview', '4xvE6Iy77Y')]
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gezhi.papers.checks import CHECKS, fill
from gezhi.papers.normalise import Normalised, normalise
from gezhi.papers.rules import Rule, item_marks, rules, schemes

__all__ = ["KINDS", "VENUES", "Findings", "Paper", "Search", "find", "occurrences"]

KINDS = ("arxiv", "openreview", "acl", "ijcai", "pmlr", "cvf", "aaai", "usenix")
VENUES = ("neurips", "eccv", "ndss", "mlsys", "isca")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with an id that papers.cool knows it by.

    `start` and `end` are code points of the text as given; the span holds a version or the rest of
    an address too, the id never does.
    """

    kind: str
    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Search:
    """A paper of a venue whose ids on papers.cool are not known: it is searched by its title.

    `id` is whatever names it in its own address; `title` is filled in by a caller that knows it.
    """

    venue: str
    id: str
    start: int
    end: int
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a text names, in order of first appearance and without duplicates."""

    papers: tuple[Paper, ...]
    searches: tuple[Search, ...]

    def __bool__(self) -> bool:
        return bool(self.papers or self.searches)


def find(text: str) -> Findings:
    """Find every paper in a text of any kind: prose, an address, HTML, JSON.

    Takes any string, in time linear in its length.

    >>> find("hep-th/9901001 and img_2403.12345.png").papers
    (Paper(kind='arxiv', id='hep-th/9901001', start=0, end=14),)
    >>> bool(find("10.1109/TPAMI.2023.3341234"))
    False
    """
    papers: dict[tuple[str, str], Paper] = {}
    searches: dict[tuple[str, str], Search] = {}
    for one in occurrences(text):
        if isinstance(one, Paper):
            papers.setdefault((one.kind, one.id), one)
        else:
            searches.setdefault((one.venue, one.id), one)
    return Findings(tuple(papers.values()), tuple(searches.values()))


def occurrences(text: str) -> Iterator[Paper | Search]:
    """Yield what a text names at every place where it stands, in order, repetitions included.

    >>> [(paper.id, paper.start) for paper in occurrences("1706.03762, 1706.03762v2")]
    [('1706.03762', 0), ('1706.03762', 12)]
    """
    page = normalise(text)
    hunt = _Hunt(page)
    for rule in rules():
        hunt.run(rule)
    for start, end, is_search, kind, name in sorted(hunt.hits):
        span = page.start(start), page.end(end)
        yield Search(kind, name, *span) if is_search else Paper(kind, name, *span)


class _Hunt:
    """One pass of the rules over one text; remembers which characters are taken."""

    def __init__(self, page: Normalised) -> None:
        self.page = page
        self.taken = bytearray(len(page.text))
        self.hits: list[tuple[int, int, bool, str, str]] = []
        self._anchors: dict[str, list[int]] = {}

    def run(self, rule: Rule) -> None:
        """Take what one rule finds, from left to right."""
        if rule.kind == "mask":
            self.mask(rule)
            return
        for start, end, groups in self.candidates(rule):
            if rule.items:
                self.take_items(rule, start, end)
            elif (
                self.free(start, end)
                and rule.after.match(self.page.text, end)
                and (rule.check is None or CHECKS[rule.check](groups))
            ):
                name = fill(rule.name, ("", *groups))
                kind = rule.paper or rule.search or ""
                self.hits.append((start, end, rule.paper is None, kind, name))
                self.take(start, end)

    def candidates(self, rule: Rule) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Give the span and the groups wherever the pattern stands after nothing forbidden."""
        return self.anchored(rule) if rule.anchors else self.searched(rule)

    def anchored(self, rule: Rule) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        match, text = rule.pattern.match, self.page.text
        for anchor in rule.anchors:
            for place in self.places(anchor):
                found = match(text, place + len(anchor))
                start = self.lead(rule, place) if found else None
                if found and start is not None:
                    yield start, found.end(), found.groups("")

    def searched(self, rule: Rule) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        search, text = rule.pattern.search, self.page.text
        found = search(text)
        while found:
            start, groups = found.start(), found.groups("")
            if rule.behind is not None:
                low = max(0, start - rule.reach)
                behind = rule.behind.search(text[low:start])
                start = low + behind.start() if behind else -1
                groups = (*behind.groups(""), *groups) if behind else ()
            if start >= 0 and rule.before.match(text, start) and not self.quantity(rule, start):
                yield start, found.end(), groups
            found = search(text, found.start() + 1)

    def places(self, anchor: str) -> list[int]:
        if anchor not in self._anchors:
            lowered, places = self.page.lowered, []
            place = lowered.find(anchor)
            while place >= 0:
                places.append(place)
                place = lowered.find(anchor, place + 1)
            self._anchors[anchor] = places
        return self._anchors[anchor]

    def lead(self, rule: Rule, place: int) -> int | None:
        """Go back over a host's known first part and the scheme; None where more is glued on."""
        lowered, start = self.page.lowered, place
        if rule.kind == "site":
            start -= _ending(lowered, start, rule.leads)
            scheme = _ending(lowered, start, schemes())
            if scheme:
                return start - scheme
        return start if rule.before.match(self.page.text, start) else None

    def quantity(self, rule: Rule, start: int) -> bool:
        """Tell whether a word such as "version" or "tel" stands right before a number."""
        if not rule.words_before:
            return False
        left = self.page.lowered[max(0, start - 24) : start].rstrip(" :.=#-\t")
        if not left.endswith(rule.words_before) or left.endswith(rule.words_spared):
            return False
        word = next(one for one in rule.words_before if left.endswith(one))
        before = left[-len(word) - 1 : -len(word)]
        return not (before.isascii() and before.isalpha())

    def take_items(self, rule: Rule, start: int, end: int) -> None:
        text, marks = self.page.text, item_marks()
        while True:
            here = end
            for item in rule.items:
                found = item.pattern.match(text, here)
                if not found or marks.goes_on.match(text, found.end()):
                    continue
                groups = found.groups("")
                if item.check is None or CHECKS[item.check](groups):
                    end = found.end()
                    if self.free(start, end):
                        name = fill(item.name, ("", *groups))
                        self.hits.append((start, end, False, item.paper, name))
                        self.take(start, end)
                    break
            else:
                other = marks.other.match(text, here)
                end = other.end() if other else here
            if not text.startswith(marks.separator, end):
                return
            start = end = end + len(marks.separator)

    def mask(self, rule: Rule) -> None:
        """Take what holds no id and must not be read as one, up to the next span that is taken."""
        open_text = ""
        for start, end, _ in self.candidates(rule):
            open_text = open_text or self.open_text()
            if self.taken[start]:
                continue
            more = rule.extent.match(open_text, end)
            while more:
                end = more.end()
                more = rule.extent.match(open_text, end)
            self.take(start, end)

    def open_text(self) -> str:
        """Give the text with a space for each character that is taken."""
        pieces: list[str] = []
        last = 0
        for start, end, *_ in sorted(self.hits):
            pieces += (self.page.kept[last:start], " " * (end - start))
            last = end
        return "".join((*pieces, self.page.kept[last:]))

    def free(self, start: int, end: int) -> bool:
        return self.taken.find(1, start, end) < 0

    def take(self, start: int, end: int) -> None:
        self.taken[start:end] = b"\1" * (end - start)


def _ending(text: str, end: int, endings: tuple[str, ...]) -> int:
    before = text[max(0, end - 24) : end]
    if not before.endswith(endings):
        return 0
    return next(len(one) for one in endings if before.endswith(one))
