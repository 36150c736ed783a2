"""How well and how fast papers are found, in Python and in the extension, beside their peers.

    python -m benchmarks.papers

The shared cases are `tests/cases/papers.json`; `benchmarks/papers_blind.json` was written by
someone who had not seen the rules. Node runs the extension's engine. A run takes some minutes on
one core.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.papers_inputs import hostile, ordinary, strings
from benchmarks.papers_peers import REDIRECTOR, Found, ask_node, identifiers_arxiv, pdfx, redirector
from benchmarks.record import Peer, Results, Row
from gezhi.papers import find

__all__ = ["Score", "agreement_rows", "blind_rows", "case_rows", "main", "score", "speed_rows"]

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "cases" / "papers.json"
BLIND = ROOT / "benchmarks" / "papers_blind.json"
_SEED = 20_260_000
_STRINGS = 100_000
_BATCH = 10_000
_RUNS = 9
_FIRST_RUNS = 3
_SUSPECTS = 20
_PDFX = "pdfx 1.4.1 (PyPI)"
_IDENTIFIERS = "identifiers-arxiv 0.1.1 (npm)"


def main() -> None:
    """Measure everything and write `benchmarks/results/papers.json`."""
    cases = read_cases(CASES)
    blind = read_cases(BLIND)
    rows, details = [], {}
    for name, measure in (
        ("cases", lambda: case_rows(cases)),
        ("agreement", lambda: agreement_rows([case["text"] for case in cases])),
        ("blind", lambda: blind_rows(blind)),
        ("speed", lambda: speed_rows([case["text"] for case in cases if case["papers"]])),
    ):
        print(f"measuring {name}", file=sys.stderr, flush=True)
        made, details[name] = measure()
        rows += made
    print(
        Results.measured(
            "papers",
            rows,
            seeds=[_SEED],
            command="python -m benchmarks.papers",
            versions={"node": _node_version(), "pdfx": "1.4.1", "identifiers-arxiv": "0.1.1"},
            details=details,
        ).write()
    )
    for row in rows:
        peers = ", ".join(f"{peer.name} {peer.value:.{row.digits}f}" for peer in row.peers)
        print(f"{row.name}: {row.value:,.{row.digits}f} {row.unit}  [{peers}]")


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file, whichever list of it they are in, but for those left undecided."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    parts = stored.values() if isinstance(stored, dict) else [stored]
    cases = [one for part in parts if isinstance(part, list) for one in part]
    return [{"papers": [], "searches": [], **one} for one in cases if not one.get("undecided")]


def wanted(case: Mapping[str, Any]) -> tuple[Found, set[str]]:
    """What has to be found in a case: kinds with ids, and venues."""
    papers = {(one["kind"], one["id"]) for one in case["papers"]}
    # The blind set names only the venue of what is searched for.
    return papers, {one if isinstance(one, str) else one["venue"] for one in case["searches"]}


def found_by_python(texts: Sequence[str]) -> list[dict[str, Any]]:
    """What the library finds, as plain values like those of the engine."""
    return [plain(text) for text in texts]


def plain(text: str) -> dict[str, Any]:
    """The findings in one text as JSON values."""
    found = find(text)
    return {
        "papers": [asdict(one) for one in found.papers],
        "searches": [asdict(one) for one in found.searches],
    }


def found_by_node(texts: Sequence[str]) -> list[dict[str, Any]]:
    """What the extension's engine finds."""
    answers: list[dict[str, Any]] = ask_node({"find": list(texts)})
    return answers


def case_rows(cases: Sequence[Mapping[str, Any]]) -> tuple[list[Row], dict[str, Any]]:
    """How many shared cases there are, and how many each language gets right."""
    texts = [case["text"] for case in cases]
    positive = sum(any(wanted(case)) for case in cases)
    share, wrong = {}, {}
    for name, answers in (("python", found_by_python(texts)), ("node", found_by_node(texts))):
        wrong[name] = [
            case["name"]
            for case, answer in zip(cases, answers, strict=True)
            if wanted(answer) != wanted(case)
        ]
        share[name] = 100 * (1 - len(wrong[name]) / len(cases))
    rows = [
        Row("cases_positive", "Shared cases with a paper", "共享用例：有论文的", positive,
            must=400, digits=0),
        Row("cases_negative", "Shared cases without one, hard to tell", "共享用例：易混淆的反例",
            len(cases) - positive, must=400, digits=0),
        Row("cases_python", "Shared cases right, Python", "共享用例正确率，Python",
            share["python"], "%", must=100, digits=1),
        Row("cases_node", "Shared cases right, JavaScript", "共享用例正确率，JavaScript",
            share["node"], "%", must=100, digits=1),
    ]  # fmt: skip
    return rows, {"wrong": wrong}


def agreement_rows(texts: Sequence[str]) -> tuple[list[Row], dict[str, Any]]:
    """On how many seeded strings both languages find the same at the same places."""
    made = list(strings(_SEED, _STRINGS, texts))
    agreed, papers = 0, 0
    first: list[dict[str, Any]] = []
    for start in range(0, len(made), _BATCH):
        batch = made[start : start + _BATCH]
        ours, theirs = found_by_python(batch), found_by_node(batch)
        for text, one, other in zip(batch, ours, theirs, strict=True):
            agreed += one == other
            papers += bool(one["papers"] or one["searches"])
            if one != other and len(first) < 5:
                first.append({"text": text, "python": one, "node": other})
    row = Row("agreement", f"Seeded strings on which Python and JavaScript agree, of {_STRINGS:,}",
              f"两种语言结果一致的随机字符串（共 {_STRINGS:,} 个）", agreed, must=_STRINGS,
              digits=0, headline=True)  # fmt: skip
    return [row], {"strings_with_a_paper": papers, "first_differences": first}


@dataclass(frozen=True, slots=True)
class Score:
    """Right, wrong and missed papers, counted over all texts."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Per cent of what was found that is right; 0 when nothing was found."""
        return 100 * self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Per cent of what is there that was found."""
        return 100 * self.right / max(1, self.right + self.missed)


def score(wanted: Sequence[set[Any]], found: Sequence[set[Any]]) -> Score:
    """Compare what was found with what had to be, text by text.

    >>> score([{1, 2}, set()], [{1}, {3}])
    Score(right=1, wrong=1, missed=1)
    """
    pairs = list(zip(wanted, found, strict=True))
    return Score(
        right=sum(len(want & got) for want, got in pairs),
        wrong=sum(len(got - want) for want, got in pairs),
        missed=sum(len(want - got) for want, got in pairs),
    )


def blind_rows(cases: Sequence[Mapping[str, Any]]) -> tuple[list[Row], dict[str, Any]]:
    """Precision and recall on the texts of someone who had not seen the rules."""
    texts = [case["text"] for case in cases]
    ours = [wanted(answer) for answer in found_by_python(texts)]
    truth = [wanted(case) for case in cases]
    papers = [one for one, _ in truth]
    arxiv = [only_arxiv(one) for one in papers]
    scores = {
        "ours": score(papers, [one for one, _ in ours]),
        "searches": score([one for _, one in truth], [one for _, one in ours]),
        "arxiv": score(arxiv, [only_arxiv(one) for one, _ in ours]),
        REDIRECTOR: score(papers, redirector(texts)),
        f"arxiv {REDIRECTOR}": score(arxiv, [only_arxiv(one) for one in redirector(texts)]),
        f"arxiv {_PDFX}": score(arxiv, pdfx(texts)),
        f"arxiv {_IDENTIFIERS}": score(arxiv, identifiers_arxiv(texts)),
    }
    size = f"{len(texts):,} texts with {sum(map(len, papers)):,} papers"
    size_zh = f"{len(texts):,} 条文本，{sum(map(len, papers)):,} 篇论文"
    arxiv_size = sum(map(len, arxiv))
    rows = [
        *_pair("blind", f"blind set of {size}", f"盲测集（{size_zh}）", scores["ours"],
               {REDIRECTOR: scores[REDIRECTOR]}, must=99.0),
        *_pair("blind_arxiv", f"{arxiv_size} arXiv papers of the blind set alone",
               f"盲测集中的 {arxiv_size} 篇 arXiv 论文", scores["arxiv"],
               {name: scores[f"arxiv {name}"] for name in (REDIRECTOR, _PDFX, _IDENTIFIERS)}),
        *_pair("blind_searches",
               f"venues known only by title, {sum(len(one) for _, one in truth)} in the blind set",
               f"盲测集中只能按标题查找的会议（{sum(len(one) for _, one in truth)} 处）",
               scores["searches"], {}),
    ]  # fmt: skip
    wrong = [
        case.get("name", case["text"][:80])
        for case, want, got in zip(cases, truth, ours, strict=True)
        if want != got
    ]
    return rows, {"scores": {name: asdict(one) for name, one in scores.items()}, "wrong": wrong}


def only_arxiv(found: Found) -> Found:
    """Those of arXiv."""
    return {one for one in found if one[0] == "arxiv"}


def _pair(
    key: str,
    name: str,
    name_zh: str,
    ours: Score,
    peers: Mapping[str, Score],
    *,
    must: float | None = None,
) -> list[Row]:
    rows = []
    for measure, word, word_zh, all_of in (
        ("precision", "Precision", "准确率", ours.right + ours.wrong),
        ("recall", "Recall", "召回率", ours.right + ours.missed),
    ):
        others = tuple(Peer(one, getattr(got, measure)) for one, got in peers.items())
        rows.append(
            Row(f"{key}_{measure}", f"{word}, {name}", f"{word_zh}，{name_zh}",
                getattr(ours, measure), "%", must=must, digits=1, peers=others,
                interval=interval(ours.right, all_of), headline=must is not None)
        )  # fmt: skip
    return rows


def interval(right: int, total: int) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a share, in per cent.

    >>> [round(one, 1) for one in interval(99, 100)]
    [94.6, 99.8]
    """
    if not total:
        return None
    z, share = 1.959964, right / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = ((middle + sign * half) / (1 + z * z / total) for sign in (-1, 1))
    return 100 * max(0.0, low), 100 * min(1.0, high)


def speed_rows(texts: Sequence[str]) -> tuple[list[Row], dict[str, Any]]:
    """Milliseconds for 1 MB of ordinary text, and for the worst of many hostile inputs.

    Processor time, in which other work on the machine does not count; `details` has both.
    """
    usual = {
        "Latin": ordinary(_SEED, 1_000_000, texts, han=False),
        "Chinese": ordinary(_SEED, 1_000_000, texts, han=True),
    }
    family = hostile(_SEED)
    rows, details = [], {}
    for name, measure in (("Python", milliseconds), ("JavaScript", milliseconds_in_node)):
        slow = dict(zip(usual, measure(list(usual.values()), _RUNS), strict=True))
        first = dict(zip(family, measure(list(family.values()), _FIRST_RUNS), strict=True))
        suspects = sorted(first, key=lambda one: first[one], reverse=True)[:_SUSPECTS]
        # Those that came out slowest are measured again, and longer.
        again = measure([family[one] for one in suspects], _RUNS)
        worst = dict(zip(suspects, again, strict=True))
        key = name.lower()
        rows += [
            Row(f"speed_{key}", f"1 MB of ordinary text, {name}, processor time",
                f"1 MB 普通文本，{name}，处理器时间", max(slow.values())[0], "ms",
                must=200, better="lower", digits=0),
            Row(f"hostile_{key}",
                f"Worst of {len(family)} hostile inputs of 50 kB, {name}, processor time",
                f"{len(family)} 个 50 kB 恶意输入中最慢的，{name}，处理器时间",
                max(worst.values())[0], "ms", must=100, better="lower", digits=0),
        ]  # fmt: skip
        details[key] = {"processor_and_wall": {"ordinary": slow, "hostile": worst}}
    return rows, details


Milliseconds = tuple[float, float]
"""Processor time and wall time."""


def milliseconds(texts: Sequence[str], runs: int) -> list[Milliseconds]:
    """The medians of several runs of the library, for each text."""
    answers = []
    for text in texts:
        taken = []
        for _ in range(runs):
            started = time.process_time(), time.perf_counter()
            find(text)
            ended = time.process_time(), time.perf_counter()
            taken.append([1000 * (b - a) for a, b in zip(started, ended, strict=True)])
        answers.append(medians(taken))
    return answers


def milliseconds_in_node(texts: Sequence[str], runs: int) -> list[Milliseconds]:
    """The same of the extension's engine, after a run that warms it up."""
    return [medians(one) for one in ask_node({"time": list(texts), "runs": runs})]


def medians(taken: Sequence[Sequence[float]]) -> Milliseconds:
    """The median of each of the two times over all runs.

    >>> medians([(1.0, 5.0), (2.0, 4.0), (3.0, 9.0)])
    (2.0, 5.0)
    """
    processor, wall = (statistics.median(column) for column in zip(*taken, strict=True))
    return processor, wall


def _node_version() -> str:
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip().removeprefix("v")


if __name__ == "__main__":
    main()
