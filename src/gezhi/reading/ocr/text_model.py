"""`TextModel`: finds lines of text in pictures, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, BundleError
from gezhi.kernel.inference import Session
from gezhi.kernel.pictures import resized
from gezhi.reading.ocr.text_maps import Found, lines_of_maps

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["KIND", "TextModel", "coloured", "joined"]

KIND = "ocr-text"
_FILE = "text.onnx"
_UNIT = 32
_MOST_SIDE = 1920
#: A picture is looked at smaller too where its longer side is above this: for large glyphs.
_SMALLER_FROM = 300
_SMALLER_SIDE = 384
#: Lines thinner than this are looked for again in a larger picture.
_LARGER_BELOW = 400


@dataclass(frozen=True)
class TextModel:
    """A network as ONNX.

    Attributes:
        files: ``text.onnx``, as bytes.
        metrics, training: what the bundle says.
        threads: of ONNX Runtime; None for as many as are usual.
    """

    files: Mapping[str, bytes]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None

    @cached_property
    def _session(self) -> Session:
        return Session(self.files[_FILE], threads=self.threads)

    def maps(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network says of a picture of any size, (4, ⌈height / 4⌉, ⌈width / 4⌉).

        Args:
            picture: (height, width) or (height, width, 3) uint8.

        Raises:
            ArrayError: another shape or type.
        """
        seen = coloured(picture)
        height, width = seen.shape[:2]
        full = (-(-height // _UNIT) * _UNIT, -(-width // _UNIT) * _UNIT)
        padded = np.pad(seen, ((0, full[0] - height), (0, full[1] - width), (0, 0)), mode="edge")
        values = padded.astype(np.float32) / np.float32(127.5) - np.float32(1)
        maps = self._session.run({"pictures": values.transpose(2, 0, 1)[None]})[0][0]
        return np.asarray(maps[:, : -(-height // 4), : -(-width // 4)], np.float32)

    def find(self, picture: NDArray[np.uint8], *, least: float = 0.5) -> list[Found]:
        """Lines of a picture, in no order.

        Args:
            picture: (height, width) or (height, width, 3) uint8.
            least: chance that a cell of a line has.

        Raises:
            ArrayError: another shape or type.
        """
        seen = coloured(picture)
        longer = max(seen.shape[:2])
        sides = [float(min(longer, _MOST_SIDE))]
        if longer < _LARGER_BELOW:
            sides[0] = 2.0 * longer
        if longer > _SMALLER_FROM:
            sides.append(float(min(_SMALLER_SIDE, longer / 3)))
        found: list[Found] = []
        for side in sides:
            scale = side / longer
            shape = tuple(max(8, round(one * scale)) for one in seen.shape[:2])
            scaled = seen if scale == 1 else resized(seen, (shape[0], shape[1]))
            back = np.array([seen.shape[1] / scaled.shape[1], seen.shape[0] / scaled.shape[0]])
            lines = [
                replace(one, corners=one.corners * back)
                for one in lines_of_maps(self.maps(scaled), least=least)
            ]
            found = joined(found, lines)
        return found

    # ---- bundles

    def save(self, folder: Path | str, *, name: str = "fitted") -> Bundle:
        """Write the model as a bundle that `load` opens."""
        from gezhi.kernel.bundle import write_bundle

        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files=dict(self.files),
            parameters={},
            inputs={"pictures": [1, 3, "height", "width"]},
            outputs={"maps": [1, 4, "height / 4", "width / 4"]},
            preprocessing={"range": [-1, 1], "unit": _UNIT},
            metrics=dict(self.metrics),
            training=dict(self.training),
        )

    @classmethod
    def load(cls, source: Path | str, *, threads: int | None = None) -> Self:
        """A model from a bundle's name or folder.

        Raises:
            BundleError: it is no bundle of this kind, or is damaged.
        """
        from gezhi.kernel.registry import find_bundle

        bundle = find_bundle(source, kind=KIND)
        try:
            files = {_FILE: bundle.path(_FILE).read_bytes()}
        except (KeyError, OSError) as error:
            raise BundleError(f"{bundle.folder} cannot be read: {error}") from error
        return cls(files, bundle.metrics, bundle.training, threads)


def coloured(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """(height, width, 3) of what is grey or coloured.

    Raises:
        ArrayError: another shape or type.
    """
    fits = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if picture.dtype != np.uint8 or not fits or not picture.size:
        raise ArrayError(
            f"a picture is uint8 (height, width[, 3]), not {picture.dtype} {picture.shape}"
        )
    return np.stack([picture] * 3, axis=-1) if picture.ndim == 2 else picture


def joined(first: list[Found], second: list[Found]) -> list[Found]:
    """Lines found at one size and at a smaller one, each once.

    What was found at the smaller size stays where nothing was found before, and where only pieces
    of it were: much thinner, within it, and covering little of it.
    """
    kept = list(first)
    for one in second:
        left, top, right, bottom = one.box
        area = max(1e-9, (right - left) * (bottom - top))
        pieces, covered, beside = set(), 0.0, 0.0
        for number, other in enumerate(kept):
            a, b, c, d = other.box
            shared = max(0.0, min(right, c) - max(left, a)) * max(0.0, min(bottom, d) - max(top, b))
            within = shared > 0.6 * max(1e-9, (c - a) * (d - b))
            if within and min(c - a, d - b) < 0.45 * one.thickness:
                pieces.add(number)
                covered += shared
            else:
                beside += shared
        if beside < 0.15 * area and covered < 0.35 * area:
            kept = [other for number, other in enumerate(kept) if number not in pieces] + [one]
    return kept
