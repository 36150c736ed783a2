"""Pictures of what a reader did, step by step."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import resized
from gezhi.reading.ocr.classic import Steps
from gezhi.reading.ocr.reader import Page
from gezhi.reading.ocr.text_model import coloured

__all__ = ["page_picture", "step_pictures"]

_Picture = NDArray[np.uint8]
_RED, _BLUE, _GREEN = (214, 39, 40), (31, 119, 180), (44, 160, 44)
_TONES = np.array(
    [
        (31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189),
        (140, 86, 75), (227, 119, 194), (127, 127, 127), (188, 189, 34), (23, 190, 207),
    ],
    np.uint8,
)  # fmt: skip


def step_pictures(picture: _Picture, steps: Steps, page: Page) -> dict[str, _Picture]:
    """The classic path as pictures (height, width, 3), by their names in their order.

    Args:
        picture: what was read.
        steps: what was made of it.
        page: what came out.
    """
    large = coloured(picture)
    shape = steps.layers.levels.shape
    if large.shape[:2] != shape:
        large = resized(large, (shape[0], shape[1]))
    pale = (255 - (255 - large.astype(np.int64)) // 3).astype(np.uint8)
    return {
        "1-grey": coloured(steps.layers.levels),
        "2-layers": _TONES[steps.layers.number % len(_TONES)],
        "3-components": _inked(pale, steps.components.numbers, steps.components.boxes.tolist()),
        "4-cleaned": _inked(pale, steps.cleaned.numbers, steps.cleaned.boxes.tolist()),
        "5-lines": _framed(pale, (one.box for one in steps.rows), _BLUE, 2),
        "6-characters": page_picture(picture, page),
    }


def page_picture(picture: _Picture, page: Page) -> _Picture:
    """What was read, (height, width, 3): lines in blue, characters in green, doubtful ones red."""
    seen = coloured(picture).copy()
    for line in page.lines:
        seen = _framed(seen, [_whole(line.box)], _BLUE, 1)
        for one in line.characters:
            tone = _GREEN if one.confidence >= 0.5 else _RED
            seen = _framed(seen, [_whole(one.box)], tone, 1)
    return seen


def _whole(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


def _inked(
    paper: _Picture, numbers: NDArray[np.int64], boxes: Iterable[tuple[int, int, int, int]]
) -> _Picture:
    seen = paper.copy()
    seen[numbers > 0] = 0
    return _framed(seen, boxes, _RED, 1)


def _framed(
    picture: _Picture,
    boxes: Iterable[tuple[int, int, int, int]],
    tone: tuple[int, int, int],
    thick: int,
) -> _Picture:
    """Boxes drawn around what they hold; what is outside the picture is left out."""
    seen = picture.copy()
    height, width = seen.shape[:2]
    for left, top, right, bottom in boxes:
        a, b = max(0, left - thick), max(0, top - thick)
        c, d = min(width, right + thick), min(height, bottom + thick)
        seen[b : b + thick, a:c] = seen[max(b, d - thick) : d, a:c] = tone
        seen[b:d, a : a + thick] = seen[b:d, max(a, c - thick) : c] = tone
    return seen
