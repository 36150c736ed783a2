"""Glyphs of font files as masks, for pictures of text whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError

__all__ = ["Font", "Glyph", "find_fonts"]

_ENDINGS = (".ttf", ".otf", ".ttc", ".woff2")
#: What no font has a glyph for.
_NOTHING = "\U0010fffe"
_MOST_SIZES = 24


@dataclass(frozen=True, eq=False)
class Glyph:
    """One character as it is drawn.

    Attributes:
        mask: how much of each pixel is ink, (height, width) uint8; (0, 0) of white space.
        left: pixels from the pen to the mask's left.
        top: pixels from the baseline down to the mask's top; negative above it.
        advance: pixels that the pen goes on.
    """

    mask: NDArray[np.uint8]
    left: int
    top: int
    advance: float


@dataclass(frozen=True)
class Font:
    """A face of a font file.

    Attributes:
        path: of the file.
        index: of the face, in a collection.
    """

    path: Path
    index: int = 0

    @property
    def name(self) -> str:
        """File and face, such as ``uming.ttc:2``."""
        return f"{self.path.name}:{self.index}" if self.index else self.path.name

    @cached_property
    def _faces(self) -> dict[int, Any]:
        return {}

    def _face(self, size: int) -> Any:
        from PIL import ImageFont

        faces = self._faces
        if size not in faces:
            if len(faces) >= _MOST_SIZES:
                faces.clear()
            try:
                faces[size] = ImageFont.truetype(
                    str(self.path), size, index=self.index, layout_engine=ImageFont.Layout.BASIC
                )
            except (OSError, ValueError) as error:
                raise InputError(f"{self.path} is no font that can be read: {error}") from None
        return faces[size]

    def glyph(self, character: str, size: int, *, stroke: int = 0) -> Glyph:
        """Draw a character.

        Args:
            character: one.
            size: pixels of the em.
            stroke: pixels that the outline is made thicker by.

        Raises:
            InputError: the file is no font.
        """
        face = self._face(size)
        drawn, (left, top) = face.getmask2(character, mode="L", stroke_width=stroke, anchor="ls")
        width, height = drawn.size
        mask = np.frombuffer(bytes(drawn), np.uint8).reshape(height, width)
        return Glyph(mask, left, top, float(face.getlength(character)))

    def has(self, character: str) -> bool:
        """Whether the font has a glyph of its own for a character, and ink in it."""
        return character in self.covered((character,))

    def covered(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that the font can draw.

        Raises:
            InputError: the file is no font.
        """
        missing = _looks(self.glyph(_NOTHING, 24))
        found = set()
        for one in characters:
            looks = _looks(self.glyph(one, 24))
            if looks is not None and looks != missing:
                found.add(one)
        return frozenset(found)


def _looks(glyph: Glyph) -> tuple[tuple[int, ...], bytes] | None:
    """What tells a drawing from others; None where there is no ink."""
    if not glyph.mask.any():
        return None
    return glyph.mask.shape, glyph.mask.tobytes()


def _draws(font: Font, characters: set[str]) -> bool:
    try:
        return characters <= font.covered(characters)
    except InputError:  # of a few sizes only, as bitmaps are
        return False


@lru_cache(maxsize=64)
def _faces_of(path: Path) -> int:
    """How many faces a file has; 0 of what is no font."""
    from PIL import ImageFont

    number = 0
    while number < 64:
        try:
            ImageFont.truetype(str(path), 16, index=number)
        except (OSError, ValueError):
            break
        number += 1
        if path.suffix.lower() != ".ttc":
            break
    return number


def find_fonts(places: Iterable[Path | str], text: str) -> list[Font]:
    """Faces of font files that can draw all characters of a text, by their names.

    Args:
        places: files, or folders that are searched to their bottom.
        text: what has to be there.

    Raises:
        InputError: a place does not exist.
    """
    found: list[Font] = []
    for place in map(Path, places):
        if not place.exists():
            raise InputError(f"there is no font or folder {place}")
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for file in files:
            if file.suffix.lower() not in _ENDINGS or not file.is_file():
                continue
            faces = [Font(file, index) for index in range(_faces_of(file))]
            found += [one for one in faces if _draws(one, set(text))]
    return sorted(found, key=lambda one: (one.path.name, one.index))
