"""Readers of pictures, each in a process of its own, so that peers keep to their own environment.

    PYTHON benchmarks/ocr_readers.py NAME < order.json > answer.json

The order is ``{"pictures": [PATH, …], "alone": false, "options": {…}}``; ``alone`` says that every
picture is one line or one character. The answer is ``{"pages": [[{"text", "box"}, …], …],
"seconds": [CPU seconds of each], "peak_mb": …}``. Loading and the first picture are not counted:
that one is read twice. One thread: the caller sets ``OMP_NUM_THREADS`` and binds the process.
"""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["READERS", "main"]

Lines = list[dict[str, Any]]
Read = Callable[[str], Lines]


def _gezhi(options: dict[str, Any], *, alone: bool) -> Read:
    """This project's reader; `options` are those of `Options`, and ``mode``."""
    from gezhi.kernel.pictures import read_picture
    from gezhi.reading.ocr.reader import load_reader

    names = ("detector", "recogniser", "language", "glyphs")
    reader = load_reader(**{one: options[one] for one in names if one in options}, threads=1)
    how = {one: options[one] for one in ("engine", "weight") if one in options}
    mode = options.get("mode", "line" if alone else "page")

    def read(path: str) -> Lines:
        page = reader.read(read_picture(path), mode=mode, **how)
        return [{"text": one.text, "box": one.box} for one in page.lines]

    return read


def _rapidocr(_options: dict[str, Any], *, alone: bool) -> Read:
    from rapidocr import RapidOCR  # type: ignore[import-not-found]

    engine = RapidOCR(params={
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    })  # fmt: skip

    def read(path: str) -> Lines:
        if alone:
            found = engine(path, use_det=False, use_cls=False, use_rec=True)
            return [{"text": one, "box": (0, 0, 1, 1)} for one in found.txts or ()]
        found = engine(path)
        if found.boxes is None:
            return []
        return [
            {"text": text, "box": _bounds(box)}
            for box, text in zip(found.boxes, found.txts, strict=True)
        ]

    return read


def _faster_paddle(size: str) -> Callable[..., Read]:
    def begun(_options: dict[str, Any], *, alone: bool) -> Read:
        from faster_paddle import OcrEngine  # type: ignore[import-not-found]

        engine = OcrEngine(model_size=size, threads=1)

        def read(path: str) -> Lines:
            found = engine.ocr(Path(path).read_bytes())
            if alone:
                return [{"text": found["text"], "box": (0, 0, 1, 1)}]
            return [
                {
                    "text": one["text"],
                    "box": (*map(float, one["topLeftCoord"]), *map(float, one["bottomRightCoord"])),
                }
                for one in found["bounds"].values()
            ]

        return read

    return begun


def _tesseract(options: dict[str, Any], *, alone: bool) -> Read:
    layout = options.get("psm", 7 if alone else 3)

    def read(path: str) -> Lines:
        done = subprocess.run(
            ["tesseract", path, "-", "-l", "chi_sim", "--psm", str(layout), "tsv"],
            capture_output=True, text=True, check=False,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
        found = []
        for row in csv.DictReader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["text"] and row["text"].strip():
                left, top = int(row["left"]), int(row["top"])
                box = (left, top, left + int(row["width"]), top + int(row["height"]))
                found.append({"text": row["text"], "box": box})
        return found

    return read


READERS: dict[str, Callable[..., Read]] = {
    "gezhi": _gezhi,
    "rapidocr": _rapidocr,
    "faster-paddle tiny": _faster_paddle("tiny"),
    "faster-paddle small": _faster_paddle("small"),
    "tesseract": _tesseract,
}


def _bounds(corners: Any) -> tuple[float, float, float, float]:
    across, down = [float(one[0]) for one in corners], [float(one[1]) for one in corners]
    return min(across), min(down), max(across), max(down)


def _spent() -> float:
    own, children = (
        resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """Read what was ordered, and answer."""
    order = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w")  # what libraries print goes elsewhere
    os.dup2(2, 1)
    read = READERS[sys.argv[1]](order.get("options", {}), alone=bool(order.get("alone")))
    paths = order["pictures"]
    read(paths[0])
    pages, seconds = [], []
    for path in paths:
        begun = _spent()
        pages.append(read(path))
        seconds.append(_spent() - begun)
    which = resource.RUSAGE_CHILDREN if sys.argv[1] == "tesseract" else resource.RUSAGE_SELF
    peak = resource.getrusage(which).ru_maxrss / 1024
    json.dump({"pages": pages, "seconds": seconds, "peak_mb": peak}, out)
    out.close()


if __name__ == "__main__":
    main()
