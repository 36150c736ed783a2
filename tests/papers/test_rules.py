"""The rule table keeps to what both engines read alike, and the extension has the same table."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from gezhi.papers.checks import CHECKS, TRANSFORMS
from gezhi.papers.finder import KINDS, VENUES
from gezhi.papers.javascript import module
from gezhi.papers.rules import expand, rules, table
from tests.papers.engine import ROOT

# One token of the subset: an escape, a class, a group's opening, a repetition, any other mark.
TOKEN = re.compile(
    r"""
    (?P<escape>\\u[0-9a-fA-F]{4}|\\.)
  | (?P<class>\[\^?(?:\\u[0-9a-fA-F]{4}|\\.|[^\]\\])+\])
  | (?P<group>\(\?(?:<[=!]|.)|\()
  | (?P<repeat>\{[^}]*\}|[*+?])
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
GROUPS = {"(", "(?:", "(?=", "(?!", "(?<=", "(?<!"}
ESCAPES = {r"\t", r"\n", r"\r", r"\f", r"\\"}
IN_CLASS = {*ESCAPES, r"\[", r"\]"}
# What may go on for ever, because nothing follows it in its pattern.
ENDLESS = {"rewrites", "extent doi"}


def written() -> Iterator[tuple[str, str]]:
    """Give every pattern of the table with a name for it."""
    row = table()
    yield "rewrites", row["rewrites"]["pattern"]
    yield "item_goes_on", row["item_goes_on"]
    yield "other_item", row["other_item"]
    yield "host_glue", row["host_glue"]
    for name, pattern in row["extents"].items():
        yield f"extent {name}", pattern
    for rule in row["rules"]:
        yield rule["id"], rule["pattern"]
        yield f"{rule['id']} behind", rule.get("behind", "")
        for index, one in enumerate(rule.get("not_before", ())):
            yield f"{rule['id']} before {index}", f"(?<!{one})"
        for index, one in enumerate(rule.get("not_after", ())):
            yield f"{rule['id']} after {index}", f"(?!{one})"
        for index, item in enumerate(rule.get("items", ())):
            yield f"{rule['id']} item {index}", item["pattern"]
    for kind, addresses in row["addresses"].items():
        for which, choices in addresses.items():
            for index, (pattern, _) in enumerate(choices):
                yield f"{kind} {which} {index}", pattern


PATTERNS = dict(written())


def complaints(name: str, pattern: str) -> Iterator[str]:
    if not pattern.isprintable() and name != "rewrites":
        yield "holds an unprintable character"
    for found in TOKEN.finditer(pattern):
        piece = found[0]
        match found.lastgroup:
            case "escape" if not (piece in ESCAPES or piece.startswith(r"\u")):
                yield f"escape {piece}"
            case "class":
                yield from class_complaints(piece)
            case "group" if piece not in GROUPS:
                yield f"group {piece}"
            case "repeat":
                bounded = piece == "?" or re.fullmatch(r"\{[0-9]+(,[0-9]+)?\}", piece)
                if not bounded and not (
                    name in ENDLESS or (name.split()[0] in KINDS and piece in "+*")
                ):
                    yield f"repetition {piece}"
                follows = pattern[found.end() : found.end() + 1]
                if follows and follows in "?+*{":
                    yield f"repetition {piece}{follows}"
            case "mark" if piece in ".^${}])" and piece != ")":
                yield f"mark {piece}"


def class_complaints(piece: str) -> Iterator[str]:
    inner = re.sub(r"^\[\^?", "", piece)[:-1]
    for one in re.findall(r"\\u[0-9a-fA-F]{4}|\\.", inner):
        if one not in IN_CLASS and not one.startswith(r"\u"):
            yield f"escape {one} in a class"
    if re.search(r"(?<!\\)\[|--|&&|~~|\|\|", inner):
        yield f"marks in {piece} that later versions of re read as set operations"
    if re.search(r"\\uffff", inner, re.IGNORECASE):
        yield f"{piece} names U+FFFF, which JavaScript sees for what is beyond the basic plane"


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_keeps_to_the_shared_subset(name):
    pattern = expand(PATTERNS[name])
    assert list(complaints(name, pattern)) == []
    assert re.compile(pattern, re.ASCII).groups <= 9  # a template names a group by one digit
    assert all(ord(one) <= 0xFFFF for one in pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\d", r"\w+", r"\s", r"\bx", "a.b", "^a", "a$", "(?P<a>x)", "(?i:a)", "(?>a)", "a*"),
        *("a+?", "a{,3}", "a{2,}", r"[\d]", r"[\w.]", "[a[b]", r"\1", r"\x41", r"[\uffff]", "a{"),
    ],
)
def test_the_lint_sees_what_is_outside_the_subset(pattern):
    assert list(complaints("probe", pattern)) != []


def test_every_name_in_the_table_is_known():
    templates = []
    for rule in rules():
        assert (rule.paper in KINDS) + (rule.search in VENUES) + bool(rule.items) == (
            rule.kind != "mask"
        )
        assert rule.kind in {"site", "doi", "mask", "text"}
        assert rule.check is None or rule.check in CHECKS
        templates.append(rule.name)
        for item in rule.items:
            assert item.paper in KINDS
            assert item.check is None or item.check in CHECKS
            templates.append(item.name)
    assert set(table()["addresses"]) == set(KINDS)
    for addresses in table()["addresses"].values():
        assert set(addresses) == {"paper", "abstract", "pdf"}
        templates += [template for choices in addresses.values() for _, template in choices]
    for template in templates:
        for name in re.findall(r"[|]([^}]*)[}]", template):
            assert name in TRANSFORMS
    used = {fragment for pattern in PATTERNS.values() for fragment in fragments(pattern)}
    assert used == set(table()["fragments"])


def fragments(pattern: str) -> set[str]:
    found = set(re.findall(r"[{][{]([a-z_]+)[}][}]", pattern))
    inner = [fragments(table()["fragments"][name]) for name in found]
    return found.union(*inner)


def test_rules_come_in_the_order_that_is_written():
    order = [rule.kind for rule in rules()]
    assert [kind for index, kind in enumerate(order) if order[index - 1 : index] != [kind]] == [
        *("site", "doi", "mask", "text")
    ]
    names = [rule.id for rule in rules()]
    assert len(set(names)) == len(names)
    assert names.index("arxiv_old") < names.index("arxiv_bare")


def test_anchors_are_found_in_a_lowered_text():
    # A Kelvin sign and a capital I with a dot change more than their case when they are lowered.
    for rule in rules():
        for anchor in rule.anchors:
            assert anchor.isascii()
            assert anchor == anchor.lower()
            assert "k" not in anchor
        assert all(len(lead) <= 24 for lead in rule.leads)


def test_the_extension_has_the_table_of_today():
    committed = (ROOT / "extension" / "src" / "engine" / "rules.js").read_text(encoding="utf-8")
    assert committed == module(), "it is older than rules.json: make reference"


def test_the_table_is_in_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/gezhi"]
    assert (ROOT / "src" / "gezhi" / "papers" / "rules.json").is_file()
