"""The shared cases, written without a look at the rules: Python and node find what they say."""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gezhi.papers import find
from tests.papers.engine import ROOT, node

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (ROOT / "tests" / "cases" / "papers.json").read_text(encoding="utf-8")
)


def test_there_are_enough_cases_of_many_patterns():
    assert len(CASES["positive"]) >= 400
    assert len(CASES["negative"]) >= 400
    for part in ("positive", "negative"):
        assert max(Counter(case["pattern"] for case in CASES[part]).values()) <= 20
    every = [*CASES["positive"], *CASES["negative"], *CASES["decided"]]
    for field in ("name", "text"):
        assert len({case[field] for case in every}) == len(every)


@pytest.mark.parametrize("part", ["positive", "negative", "decided"])
def test_python_finds_what_the_cases_say(part):
    wrong = [problem for case in CASES[part] for problem in problems(case)]
    assert not wrong


def problems(case: dict[str, Any]) -> list[str]:
    found = find(case["text"])
    papers, searches = case.get("papers", []), case.get("searches", [])
    wrong = []
    if [(one.kind, one.id) for one in found.papers] != [(one["kind"], one["id"]) for one in papers]:
        wrong.append(f"{case['name']}: {case['text']!r} gives {found.papers}")
    if [one.venue for one in found.searches] != [one["venue"] for one in searches]:
        wrong.append(f"{case['name']}: {case['text']!r} gives {found.searches}")
    for wanted, one in zip(papers, found.papers, strict=False):
        span = case["text"][one.start : one.end]
        if wanted.get("span", span) != span:
            wrong.append(f"{case['name']}: the span is {span!r}")
    return wrong


def test_node_finds_what_the_cases_say():
    command = [node(), "--test", str(Path(__file__).with_name("cases.test.mjs"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
