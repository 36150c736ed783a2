"""Reading printed Chinese, beside other readers, on drawn pages, real pictures and single glyphs.

    GEZHI_DATA=FOLDER python -m benchmarks.ocr            every reader; writes results/ocr.json
    python -m benchmarks.ocr --readers line glyph         these anew; the others stay
    python -m benchmarks.ocr --fonts /usr/share/fonts     where the fonts of the glyphs are

Pages are those of ``$GEZHI_DATA/ocr``, which nothing was learnt from. Errors are edits over
characters after NFKC and without spaces; a piece that was found belongs to the line that it lies in
(`benchmarks.ocr_scores`). Every reader runs in a process of its own with one thread; peers in the
environment that ``make bench`` builds. Seconds are the processor's, without loading.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ocr_scores import Piece, page_errors
from benchmarks.record import FOLDER, Peer, Results, Row
from gezhi.kernel.fonts import Font, find_fonts
from gezhi.kernel.pictures import png_bytes
from gezhi.kernel.registry import load_bundle
from gezhi.reading.ocr.alphabet import LEVEL_1, plain

__all__ = ["KINDS", "OURS", "PEERS", "glyph_pictures", "main", "rows_of"]

_SCRIPT = Path(__file__).with_name("ocr_readers.py")
_PEER_PYTHON = Path(__file__).parent / "peers" / "ocr" / "bin" / "python"
_LANGUAGE = "chinese-bigrams"
OURS: dict[str, dict[str, Any]] = {
    "line": {"language": _LANGUAGE, "glyphs": "ocr-glyph"},
    "line, no language": {"glyphs": "ocr-glyph"},
    "line, no second opinion": {"language": _LANGUAGE},
    "glyph": {"engine": "glyph", "language": _LANGUAGE, "glyphs": "ocr-glyph"},
    "glyph, no language": {"engine": "glyph", "glyphs": "ocr-glyph"},
}
"""Ways of ours, and what they are asked with."""
PEERS = ("rapidocr", "faster-paddle tiny", "faster-paddle small", "tesseract")
"""Others; without their environment they are left out, and said so."""
_BUNDLES = ("ocr-line", "ocr-text", "ocr-glyph", _LANGUAGE)
KINDS = {
    "doc": ("Clean documents", "清晰文档", 1.0, 0.3),
    "poster": ("Posters", "海报", 3.0, 0.4),
    "low": ("Degraded pictures", "劣化图片", 9.0, 5.0),
    "vert": ("Vertical text", "竖排文字", 2.0, 0.0),
    "real": ("Real pictures", "真实图片", 8.0, 2.5),
    "crop": ("Real lines, cut out", "真实文字行（已裁剪）", None, None),
}
"""What is read: its name in English and Chinese, and the error in per cent to reach."""
_NOISES = {0: (98.0, 99.5), 15: (94.0, 97.0)}
_HELD = ("LXGWWenKai-Regular", "wqy-zenhei", "zcool-xiaowei")
_GLYPHS = 300
_SEED = 0


@dataclass(frozen=True)
class Picture:
    """One picture: its file, its kind and what it says."""

    path: str
    kind: str
    truth: tuple[Piece, ...]


def _pictures() -> list[Picture]:
    """Drawn pages, real ones, and lines cut out of real ones."""
    folder = Path(os.environ.get("GEZHI_DATA", ".")) / "ocr"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: set GEZHI_DATA (see: gezhi data list)")
    found = []
    for name in ("synthetic.json", "real_pages.json"):
        for one in json.loads((folder / name).read_text(encoding="utf-8")):
            truth = tuple(Piece(line["text"], tuple(line["box"])) for line in one["lines"])
            found.append(Picture(str(folder / one["file"]), one["kind"], truth))
    with (folder / "real_lines.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            whole = Piece(row["truth"], (0.0, 0.0, 1.0, 1.0))
            found.append(Picture(str(folder / row["file"]), "crop", (whole,)))
    return found


def glyph_pictures(
    fonts: Sequence[Font], noise: int, *, number: int = _GLYPHS, seed: int = _SEED
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Characters of level 1 alone on white, 48 pixels an em, some of the pixels black or white.

    Args:
        fonts: every one draws characters of its own.
        noise: pixels of a hundred that are struck.
        number: of characters of each font.
        seed: of the characters and of the noise.
    """
    random = np.random.default_rng(seed)
    for font in fonts:
        drawn = 0
        for one in random.permutation(list(LEVEL_1)):
            if drawn == number or not font.has(str(one)):
                continue
            drawn += 1
            ink = font.glyph(str(one), 48).mask
            seen = np.full((64, 64), 255, np.uint8)
            height, width = (min(64, side) for side in ink.shape)
            top, left = (64 - height) // 2, (64 - width) // 2
            seen[top : top + height, left : left + width] -= ink[:height, :width]
            struck = random.random(seen.shape) < noise / 100
            seen[struck] = np.where(random.random(int(struck.sum())) < 0.5, 0, 255)
            yield str(one), seen


def _asked(
    reader: str, pictures: Sequence[str], *, alone: bool = False, **options: Any
) -> dict[str, Any]:
    """What a reader finds, from a process of its own."""
    ours = reader in OURS
    python = sys.executable if ours else str(_PEER_PYTHON)
    name = "gezhi" if ours else reader
    if ours:
        options = OURS[reader] | options
    order = {"pictures": list(pictures), "alone": alone, "options": options}
    core = str(min(os.sched_getaffinity(0)))
    done = subprocess.run(
        ["taskset", "--cpu-list", core, python, str(_SCRIPT), name],
        input=json.dumps(order), capture_output=True, text=True, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{reader} failed: {done.stderr.strip()[-800:]}")
    return dict(json.loads(done.stdout))


def measure(reader: str, pictures: Sequence[Picture], fonts: Sequence[Font]) -> dict[str, Any]:
    """Everything of one reader: errors and seconds of each kind, glyphs named right, memory."""
    found: dict[str, Any] = {"reader": reader}
    for kind in KINDS:
        some = [one for one in pictures if one.kind == kind]
        told = _asked(reader, [one.path for one in some], alone=kind == "crop")
        counts = []
        for one, page in zip(some, told["pages"], strict=True):
            pieces = [Piece(line["text"], tuple(line["box"])) for line in page]
            if kind == "crop":  # one line, whatever pieces it came in
                whole = "".join(piece.text for piece in pieces)
                pieces = [Piece(whole, (0.0, 0.0, 1.0, 1.0))]
            counts.append(page_errors(one.truth, pieces))
        edits, characters = (sum(column) for column in zip(*counts, strict=True))
        found[kind] = {
            "pictures": len(some), "edits": edits, "characters": characters,
            "error": 100 * edits / characters, "interval": _interval(counts),
            "seconds": sum(told["seconds"]), "peak_mb": told["peak_mb"],
        }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for noise in _NOISES:
            right, paths = [], []
            for number, (name, picture) in enumerate(glyph_pictures(fonts, noise)):
                path = Path(folder) / f"{noise}-{number}.png"
                path.write_bytes(png_bytes(picture))
                right.append(name)
                paths.append(str(path))
            how = {"mode": "character"} if reader in OURS else {"psm": 10}
            told = _asked(reader, paths, alone=True, **how)
            said = [plain("".join(line["text"] for line in page)) for page in told["pages"]]
            hits = sum(one == other for one, other in zip(said, right, strict=True))
            found[f"glyph{noise}"] = {"right": hits, "glyphs": len(right)}
    return found


def _interval(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """95 % of what the error would be with other pictures of the kind (bootstrap over pictures)."""
    random = np.random.default_rng(_SEED)
    pairs = np.array(counts, np.float64)
    drawn = pairs[random.integers(len(pairs), size=(2000, len(pairs)))].sum(axis=1)
    low, high = np.percentile(100 * drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    return float(low), float(high)


def _models_mb() -> float:
    """All OCR bundles together, as they ship."""
    folders = [load_bundle(one).folder for one in _BUNDLES]
    files = [one for folder in folders for one in Path(folder).rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files) / 1e6


def rows_of(runs: Sequence[dict[str, Any]], models_mb: float) -> list[Row]:
    """The table, of what was stored."""
    by_name = {one["reader"]: one for one in runs}
    best = by_name.get("line")
    others = [one for one in by_name if one != "line"]
    rows = []

    def row(key: str, title: str, zh: str, of: Any, **how: Any) -> None:
        peers = tuple(Peer(one, round(of(by_name[one]), 2)) for one in others)
        value = of(best) if best is not None else None
        rows.append(Row(key, title, zh, value, peers=peers, **how))

    for kind, (title, zh, must, aim) in KINDS.items():
        row(
            f"error_{kind}", f"{title}: character errors", f"{zh}：字符错误率",
            lambda one, kind=kind: one[kind]["error"], unit="%", must=must, aim=aim,
            better="lower", headline=kind in ("doc", "real"),
            interval=tuple(best[kind]["interval"]) if best else None,
        )  # fmt: skip
    for noise, (must, aim) in _NOISES.items():
        row(
            f"glyph_{noise}", f"Single glyphs of unseen fonts, {noise} % noise: right",
            f"未见字体的单字，{noise} % 噪声：正确率",
            lambda one, noise=noise: 100 * one[f"glyph{noise}"]["right"]
            / one[f"glyph{noise}"]["glyphs"],
            unit="%", must=must, aim=aim, digits=1,
        )  # fmt: skip
    row(
        "milliseconds", "Documents: processor time of a character", "文档：每字处理器时间",
        lambda one: 1000 * one["doc"]["seconds"] / one["doc"]["characters"],
        unit="ms", must=1.0, aim=0.4, better="lower",
    )  # fmt: skip
    row(
        "memory", "Documents: peak memory", "文档：内存峰值", lambda one: one["doc"]["peak_mb"],
        unit="MB", must=300.0, aim=200.0, better="lower", digits=0,
    )  # fmt: skip
    rows.append(Row("models", "All OCR models together", "全部 OCR 模型", models_mb, "MB",
                    must=8.0, aim=4.0, better="lower", digits=1))  # fmt: skip
    return rows


def _ready(reader: str) -> bool:
    if reader in OURS:
        return True
    here = _PEER_PYTHON.exists() and (reader != "tesseract" or shutil.which("tesseract"))
    if not here:
        print(f"{reader} is left out: run make bench (tesseract: apt install tesseract-ocr "
              "tesseract-ocr-chi-sim)", file=sys.stderr)  # fmt: skip
    return bool(here)


def main(arguments: list[str]) -> int:
    """Run what is asked for; the exit code says whether all that must be reached is."""
    parser = argparse.ArgumentParser(prog="benchmarks.ocr")
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--readers", nargs="+", default=[*OURS, *PEERS], choices=[*OURS, *PEERS])
    parser.add_argument("--fonts", type=Path, nargs="+", default=[Path("/usr/share/fonts")])
    asked = parser.parse_args(arguments)
    pictures = _pictures()
    held = [one for one in find_fonts(asked.fonts, "永国") if one.path.name.startswith(_HELD)
            and not one.index]  # fmt: skip
    if len({one.path.name for one in held}) < len(_HELD):
        raise SystemExit(f"the fonts {', '.join(_HELD)} are not all in --fonts")
    runs = {}
    if (asked.output / "ocr.json").is_file():
        stored = Results.read("ocr", asked.output).details["runs"]
        runs = {one["reader"]: one for one in stored}
    for reader in filter(_ready, asked.readers):
        runs[reader] = measure(reader, pictures, held)
        print(json.dumps(runs[reader]), flush=True)
        results = Results.measured(
            "ocr", rows_of(list(runs.values()), _models_mb()), seeds=[_SEED],
            command="python -m benchmarks.ocr", details={"runs": list(runs.values())},
        )  # fmt: skip
        results.write(asked.output)
    return 0 if all(row.reached is not False for row in results.rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
