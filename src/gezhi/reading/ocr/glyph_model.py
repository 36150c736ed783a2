"""`GlyphModel`: tells which character a piece of a line is, without torch.

"OCR technology, a first look (5): the glyph network" (https://kexue.fm/archives/3816) reads one
character at a time from 48 × 48 pixels. Where the character stands on its line, and how tall it is
there, is told besides: nothing else tells c from C, o from O, or a comma from a stroke.
"""

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

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["KIND", "PLACE", "SIDE", "GlyphModel", "Piece", "Verdict", "patch"]

KIND = "ocr-glyph"
SIDE = 48
"""Pixels a side of what the network sees."""
PLACE = 4
"""Numbers that say where a piece stands: top, bottom, width, and whether they are known."""
_FILE = "glyphs.onnx"
_CANDIDATES = 8
_BATCH = 128
_Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a line that may be a character.

    Attributes:
        picture: grey (height, width) uint8, cut close to the ink.
        place: its top and bottom on the line, 0 the line's top and 1 its bottom, and its width in
            heights of the line; None where no line is known.
    """

    picture: NDArray[np.uint8]
    place: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Verdict:
    """What the network says of a piece.

    Attributes:
        whole: probability that it is one character, not a part of one or more than one.
        candidates: characters and the logarithms of their probabilities where it is one, the
            likeliest first.
    """

    whole: float
    candidates: tuple[tuple[str, float], ...]


def patch(picture: NDArray[np.uint8]) -> _Floats:
    """(SIDE, SIDE) of mean 0 and deviation 1: the longer side fills it, the rest is background.

    >>> patch(np.zeros((10, 20), np.uint8)).shape
    (48, 48)
    """
    height, width = picture.shape
    scale = SIDE / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    scaled = resized(picture, (rows, columns)).astype(np.float32)
    rim = np.concatenate([scaled[0], scaled[-1], scaled[:, 0], scaled[:, -1]])
    seen = np.full((SIDE, SIDE), np.median(rim), np.float32)
    top, left = (SIDE - rows) // 2, (SIDE - columns) // 2
    seen[top : top + rows, left : left + columns] = scaled
    return np.asarray((seen - seen.mean()) / max(float(seen.std()), 2.0), np.float32)


@dataclass(frozen=True)
class GlyphModel:
    """A network as ONNX and the characters that it tells apart; its last class is no character.

    Attributes:
        files: ``glyphs.onnx``, as bytes.
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
    def _session(self) -> Session:
        return Session(self.files[_FILE], threads=self.threads)

    def verdicts(self, pieces: Sequence[Piece]) -> list[Verdict]:
        """What each piece is.

        Raises:
            ArrayError: a piece is of another shape or type.
        """
        found: list[Verdict] = []
        for begin in range(0, len(pieces), _BATCH):
            found += self._verdicts(pieces[begin : begin + _BATCH])
        return found

    def _verdicts(self, pieces: Sequence[Piece]) -> list[Verdict]:
        pixels = np.zeros((len(pieces), 1, SIDE, SIDE), np.float32)
        places = np.zeros((len(pieces), PLACE), np.float32)
        for row, piece in enumerate(pieces):
            seen = piece.picture
            if seen.dtype != np.uint8 or seen.ndim != 2 or not seen.size:
                raise ArrayError(
                    f"a piece is grey uint8 (height, width), not {seen.dtype} {seen.shape}"
                )
            pixels[row, 0] = patch(seen)
            if piece.place is not None:
                places[row] = (*piece.place, 1.0)
        logits = self._session.run({"glyphs": pixels, "places": places})[0].astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        whole = 1 - odds[:, -1] / odds.sum(axis=1)
        logs = logits[:, :-1] - np.log(odds[:, :-1].sum(axis=1, keepdims=True))
        most = min(_CANDIDATES, logs.shape[1])
        best = np.argpartition(-logs, most - 1, axis=1)[:, :most]
        answer = []
        for row, few in enumerate(best):
            ordered = few[np.argsort(-logs[row, few], kind="stable")].tolist()
            named = tuple((self.alphabet[one], float(logs[row, one])) for one in ordered)
            answer.append(Verdict(float(whole[row]), named))
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
            inputs={"glyphs": ["n", 1, SIDE, SIDE], "places": ["n", PLACE]},
            outputs={"names": ["n", len(self.alphabet) + 1]},
            preprocessing={"side": SIDE, "mean": 0, "deviation": 1},
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
            files = {_FILE: bundle.path(_FILE).read_bytes()}
        except (KeyError, OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{bundle.folder} cannot be read: {error}") from error
        return cls(files, alphabet, bundle.metrics, bundle.training, threads)
