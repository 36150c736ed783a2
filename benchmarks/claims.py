"""Make every table of figures in the docs from benchmarks/results, so that text cannot drift.

A table stands between ``<!-- claims:NAME -->`` and ``<!-- /claims -->``. ``NAME`` is a system
(``sentiment``) for all its rows, or ``systems`` for the headline figures of every system; with
``:zh`` behind it the table is in Chinese.

    python -m benchmarks.claims           rewrite the tables
    python -m benchmarks.claims --check   say which are stale; exit code 1 when one is
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from benchmarks.record import FOLDER, Results, Row

__all__ = ["OTHERS", "SYSTEMS", "documents", "main", "refreshed", "table"]

ROOT = Path(__file__).parents[1]
SYSTEMS = {
    "sentiment": (
        "**sentiment**: sorts Chinese reviews into positive, negative and uncertain",
        "**sentiment**：把中文评论分为正面、负面和不确定",
    ),
    "papers": (
        "**papers**: from any text, link, PDF or page to papers.cool; library, command and browser "
        "extension",
        "**papers**：从任何文字、链接、PDF 或网页到 papers.cool；有库、命令和浏览器扩展",
    ),
    "hotwater": (
        "**hot water**: brings hot water to the tap before it is opened, at a daily budget of heat",
        "**热水**：在开龙头之前把热水送到，每天的热量有预算",
    ),
    "stove": (
        "**stove**: turns a gas stove off through its flame-failure circuit, and can never turn "
        "it on",
        "**stove**：经熄火保护电路关闭燃气灶，永远不能打开它",
    ),
}
"""Name of each system that exists, and what it is, in English and Chinese."""

OTHERS = (
    *("install", "bridge", "hotwater_proof", "stove_mutants"),
    *("cluster", "density", "ogan"),
)
"""Results of no system, or of one not finished; each has its own table."""

_BLOCK = re.compile(r"(<!-- claims:([a-z_:]+) -->\n).*?(<!-- /claims -->)", re.DOTALL)
_WORDS = {
    "en": (
        "what",
        "measured",
        "must",
        "aim",
        "peers in the same run",
        "system",
        "not measured yet",
    ),
    "zh": ("项目", "实测", "必须", "目标", "同一次运行中的对照", "系统", "尚未测量"),
}


def documents() -> list[Path]:
    """Every Markdown file that may hold a table: the root's and those under docs."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def refreshed(text: str, results: Path = FOLDER) -> str:
    """The text with every table made anew; ValueError for a marker of an unknown name."""

    def renew(match: re.Match[str]) -> str:
        return f"{match[1]}{table(match[2], results)}\n{match[3]}"

    return _BLOCK.sub(renew, text)


def table(marker: str, results: Path = FOLDER) -> str:
    """The Markdown table of one marker, such as ``"sentiment"`` or ``"systems:zh"``."""
    name, _, language = marker.partition(":")
    language = language or "en"
    if language not in _WORDS or name not in ("systems", *SYSTEMS, *OTHERS):
        raise ValueError(f"there is no table claims:{marker}")
    return _systems(language, results) if name == "systems" else _system(name, language, results)


def _systems(language: str, results: Path) -> str:
    _, measured, _, _, _, system, missing = _WORDS[language]
    lines = [f"| {system} | {measured} |", "|---|---|"]
    for name, texts in SYSTEMS.items():
        found = _read(name, results)
        rows = [row for row in found.rows if row.headline] if found else []
        cells = [_headline(row, language) for row in rows if row.value is not None]
        lines.append(f"| {texts[language == 'zh']} | {'<br>'.join(cells) or missing} |")
    return "\n".join(lines)


def _headline(row: Row, language: str) -> str:
    """A figure with its peers of the same run beside it."""
    peers = _WORDS[language][4]
    others = ", ".join(f"{peer.name}: {_number(peer.value, row)}" for peer in row.peers)
    return f"{_name(row, language)}: {_value(row)}" + (f"; {peers}: {others}" if others else "")


def _system(name: str, language: str, results: Path) -> str:
    what, measured, must, aim, peers, _, missing = _WORDS[language]
    found = _read(name, results)
    if found is None:
        return missing
    lines = [f"| {what} | {measured} | {must} | {aim} | {peers} |", "|---|---|---|---|---|"]
    for row in found.rows:
        others = ", ".join(f"{peer.name}: {_number(peer.value, row)}" for peer in row.peers)
        lines.append(
            f"| {_name(row, language)} | {_value(row) if row.value is not None else missing} "
            f"| {_mark(row, row.must)} | {_mark(row, row.aim)} | {others} |"
        )
    lines += ["", _footnote(found)]
    return "\n".join(lines)


def _read(name: str, results: Path) -> Results | None:
    return Results.read(name, results) if (results / f"{name}.json").is_file() else None


def _name(row: Row, language: str) -> str:
    return row.name_zh if language == "zh" and row.name_zh else row.name


def _value(row: Row) -> str:
    assert row.value is not None
    text = _number(row.value, row)
    if row.interval is not None:
        low, high = row.interval
        text += f" ({low:,.{row.digits}f}–{high:,.{row.digits}f})"
    return text


def _mark(row: Row, mark: float | None) -> str:
    if mark is None:
        return ""
    sign = {True: "✓", False: "✗", None: ""}[row.reaches(mark)]
    return f"{_number(mark, row)} {sign}".strip()


def _number(value: float, row: Row) -> str:
    text = f"{value:,.{row.digits}f}"
    return f"{text} {row.unit}" if row.unit else text


def _footnote(found: Results) -> str:
    machine = found.machine
    versions = ", ".join(f"{name} {number}" for name, number in found.versions.items())
    seeds = ", ".join(map(str, found.seeds)) or "none"
    return (
        f"`{found.command}` on {machine.get('processor')}, {machine.get('cores')} cores, "
        f"{machine.get('memory_gigabytes')} GB; {versions}; seeds {seeds}."
    )


def main(arguments: list[str]) -> int:
    """Rewrite the stale tables, or with ``--check`` only name them; the exit code."""
    stale = []
    for path in documents():
        text = path.read_text(encoding="utf-8")
        fresh = refreshed(text)
        if fresh != text:
            stale.append(path)
            if "--check" not in arguments:
                path.write_text(fresh, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if '--check' in arguments else 'rewritten'}: {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
