"""`LineModel`: reads one line of print without cutting it, and without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, BundleError
from gezhi.kernel.inference import Session
from gezhi.kernel.pictures import resized
from gezhi.reading.ocr.rendering import HEIGHT

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["EXTENT", "KIND", "STRIDE", "LineModel", "Spot", "prepared", "spots_of"]

KIND = "ocr-line"
STRIDE = 2
"""Pixels from one place to the next."""
EXTENT = 8.0
"""Pixels in the unit of the extents."""
_FILES = ("places.onnx", "names.onnx")
_LEAST = 0.3
_CANDIDATES = 8
_NARROWEST = 32
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spot:
    """A place of a line where a character is.

    Attributes:
        left, right: where it lies, in pixels of the picture that was given.
        chance: that there is a character.
        candidates: characters and the logarithms of their probabilities, the likeliest first.
    """

    left: float
    right: float
    chance: float
    candidates: tuple[tuple[str, float], ...]


def prepared(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A line of mean 0 and deviation 1, as the network sees it; one without contrast is 0."""
    wide = picture.astype(np.float32)
    return np.asarray((wide - wide.mean()) / max(float(wide.std()), 4.0))


def spots_of(places: NDArray[Any], width: int, *, least: float = _LEAST) -> NDArray[np.int64]:
    """Places where a character has its middle: peaks that are not under a higher one.

    Args:
        places: logit and logarithms of the extents, (n, 3).
        width: pixels that belong to the line.
        least: chance below which there is no character.

    >>> one = np.full((20, 3), -5.0)
    >>> one[[3, 4, 12], 0] = 2.0, 3.0, 1.0
    >>> spots_of(one, 40).tolist()
    [4, 12]
    """
    logits = places[: -(-width // STRIDE), 0].astype(np.float64)
    chances = 1 / (1 + np.exp(-logits))
    around = np.pad(chances, 1, constant_values=-1)
    peaks = np.flatnonzero(
        (chances >= least) & (chances > around[:-2]) & (chances >= around[2:])
    )  # fmt: skip
    left, right = _sides(places, peaks)
    kept: list[int] = []
    for number in sorted(range(len(peaks)), key=lambda one: -chances[peaks[one]]):
        middle = (peaks[number] + 0.5) * STRIDE
        own = right[number] - left[number]
        for other in kept:
            shared = min(right[number], right[other]) - max(left[number], left[other])
            apart = abs(middle - (peaks[other] + 0.5) * STRIDE)
            if shared > 0.5 * min(own, right[other] - left[other]) or apart < STRIDE + 1:
                break
        else:
            kept.append(number)
    return np.sort(peaks[kept]) if kept else np.zeros(0, np.int64)


def _sides(places: NDArray[Any], peaks: NDArray[np.int64]) -> tuple[_Floats, _Floats]:
    """Left and right of the characters at some places, in pixels."""
    middles = (peaks + 0.5) * STRIDE
    reach = EXTENT * np.exp(places[peaks, 1:].astype(np.float64).clip(-4, 4))
    return middles - reach[:, 0], middles + reach[:, 1]


@dataclass(frozen=True)
class LineModel:
    """Two networks as ONNX and the characters that they tell apart.

    Attributes:
        files: ``places.onnx`` and ``names.onnx``, as bytes.
        alphabet: the characters, in the order of their numbers.
        metrics, training: what the bundle says.
        threads: of ONNX Runtime; None for as many as are usual.
    """

    files: Mapping[str, bytes]
    alphabet: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None

    @cached_property
    def _sessions(self) -> dict[str, Session]:
        return {
            name: Session(content, threads=self.threads) for name, content in self.files.items()
        }

    def spots(self, line: NDArray[np.uint8]) -> list[Spot]:
        """Where characters are on a line, from left to right, and which they may be.

        Args:
            line: grey (height, width) uint8 of one horizontal line and little else.

        Raises:
            ArrayError: another shape or type.
        """
        return self.all_spots([line])[0]

    def all_spots(self, lines: Sequence[NDArray[np.uint8]]) -> list[list[Spot]]:
        """`spots` of many lines."""
        return [self._spots(one) for one in lines]

    def _spots(self, line: NDArray[np.uint8]) -> list[Spot]:
        if line.dtype != np.uint8 or line.ndim != 2 or not line.size:
            raise ArrayError(f"a line is grey uint8 (height, width), not {line.dtype} {line.shape}")
        width = max(4, round(line.shape[1] * HEIGHT / line.shape[0]))
        seen = prepared(resized(line, (HEIGHT, width)))
        room = max(_NARROWEST, -(-width // 4) * 4)
        padded = np.zeros((1, 1, HEIGHT, room), np.float32)
        padded[0, 0, :, :width] = seen
        places, codes = self._sessions["places.onnx"].run({"lines": padded})
        found = spots_of(places[0], width)
        if not len(found):
            return []
        names = self._sessions["names.onnx"].run({"codes": codes[0, found]})[0].astype(np.float64)
        names -= names.max(axis=1, keepdims=True)
        names -= np.log(np.exp(names).sum(axis=1, keepdims=True))
        most = min(_CANDIDATES, names.shape[1])
        best = np.argpartition(-names, most - 1, axis=1)[:, :most]
        left, right = _sides(places[0], found)
        chances = 1 / (1 + np.exp(-places[0, found, 0].astype(np.float64)))
        scale = line.shape[1] / width
        answer = []
        for row, few in enumerate(best):
            ordered = few[np.argsort(-names[row, few], kind="stable")].tolist()
            answer.append(
                Spot(
                    max(0.0, scale * float(left[row])),
                    min(float(line.shape[1]), scale * float(right[row])),
                    float(chances[row]),
                    tuple((self.alphabet[one], float(names[row, one])) for one in ordered),
                )
            )
        return answer

    # ---- bundles

    def save(self, folder: Path | str, *, name: str = "fitted") -> Bundle:
        """Write the model as a bundle that `load` opens."""
        from gezhi.kernel.bundle import write_bundle

        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files={**self.files, "alphabet.txt": self.alphabet.encode()},
            parameters={},
            inputs={"lines": [1, 1, HEIGHT, "width"]},
            outputs={"places": [1, "width / 2", 3], "names": ["n", len(self.alphabet)]},
            preprocessing={"height": HEIGHT, "mean": 0, "deviation": 1},
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
            alphabet = bundle.path("alphabet.txt").read_bytes().decode()
            files = {one: bundle.path(one).read_bytes() for one in _FILES}
        except (KeyError, OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{bundle.folder} cannot be read: {error}") from error
        return cls(files, alphabet, bundle.metrics, bundle.training, threads)
