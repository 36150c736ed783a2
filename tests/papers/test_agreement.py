"""Python and JavaScript find the same papers at the same places, in every string there is."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.papers import Findings, find
from tests.papers.engine import ask
from tests.papers.strings import random_strings

COUNT, SEED = 100_000, 20240312


def plain(found: Findings) -> dict[str, Any]:
    return {
        "papers": [asdict(one) for one in found.papers],
        "searches": [asdict(one) for one in found.searches],
    }


def test_python_and_javascript_agree_on_random_strings(tmp_path: Path):
    texts = random_strings(COUNT, SEED)
    python = [plain(find(text)) for text in texts]
    javascript = ask({"texts": texts}, tmp_path)["found"]
    differing = [
        (text, one, other)
        for text, one, other in zip(texts, python, javascript, strict=True)
        if one != other
    ]
    assert not differing[:3], f"{len(differing)} of {COUNT} strings differ"
    # The strings are worth something only if they reach every kind of answer.
    kinds = {paper["kind"] for found in python for paper in found["papers"]}
    venues = {search["venue"] for found in python for search in found["searches"]}
    assert kinds == {"arxiv", "openreview", "acl", "ijcai", "pmlr", "cvf", "aaai", "usenix"}
    assert venues == {"neurips", "eccv", "ndss", "mlsys", "isca"}
    full = sum(bool(found["papers"] or found["searches"]) for found in python)
    assert COUNT // 5 < full < COUNT * 4 // 5


def test_python_and_javascript_agree_on_any_text(tmp_path: Path):
    texts: list[str] = []

    @settings(max_examples=2000, database=None, derandomize=True)
    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
    def collect(text: str) -> None:
        texts.append(text)
        texts.append(f"{text}2403.12345{text[::-1]}arXiv:{text}")

    collect()
    texts += [chr(point) + "1706.03762" + chr(point) for point in range(0x10000)]
    javascript = ask({"texts": texts}, tmp_path)["found"]
    assert [plain(find(text)) for text in texts] == javascript
