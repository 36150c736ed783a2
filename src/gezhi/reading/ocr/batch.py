"""Many pictures read one after another, or by several processes, in the order they were given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import GezhiError, InputError
from gezhi.kernel.parallel import ordered_map
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import MOST_PIXELS, png_bytes
from gezhi.reading.ocr.reader import WEIGHT, Page, Reader, load_reader
from gezhi.reading.ocr.sources import Source, picture_of

__all__ = ["Options", "Outcome", "read_sources"]


@dataclass(frozen=True)
class Options:
    """How to read.

    Attributes:
        detector, recogniser, language, glyphs: names or folders of bundles; of the last two an
            empty one stands for none.
        engine: one of `gezhi.reading.ocr.reader.ENGINES`.
        mode: one of `gezhi.reading.ocr.reader.MODES`.
        weight: of the language model.
        threads: of one process; None for as many as are usual.
        most_pixels: what has more is refused before it is decoded.
        explain: folder that gets pictures of every step; none where empty.
    """

    detector: str = "ocr-text"
    recogniser: str = "ocr-line"
    language: str = ""
    glyphs: str = ""
    engine: str = "line"
    mode: str = "page"
    weight: float = WEIGHT
    threads: int | None = None
    most_pixels: int = MOST_PIXELS
    explain: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a source.

    Attributes:
        source: which.
        page: what was read, or None.
        problem: why nothing was read, in a sentence.
    """

    source: Source
    page: Page | None
    problem: str = ""


def read_sources(
    given: Iterable[Source], options: Options, *, workers: int = 1
) -> Iterator[Outcome]:
    """Read sources in their order, never holding more than a few; problems do not stop the rest.

    Raises:
        BundleError: a bundle is missing, of another kind, or damaged.
        GezhiError: a process was killed, most often for want of memory.
    """
    _reader(options)  # what is wrong with the bundles is said once, before anything is read
    yield from ordered_map(partial(_outcome, options), given, workers=workers)


@lru_cache(maxsize=2)
def _reader(options: Options) -> Reader:
    return load_reader(
        options.detector,
        options.recogniser,
        options.language or None,
        options.glyphs or None,
        threads=options.threads,
    )


def _outcome(options: Options, source: Source) -> Outcome:
    try:
        picture = picture_of(source, most_pixels=options.most_pixels)
        reader = _reader(options)
        how: Any = {"mode": options.mode, "weight": options.weight}
        page = reader.read(picture, engine=options.engine, **how)
        if options.explain:
            _explained(reader, picture, page, source, options, how)
        return Outcome(source, page)
    except InputError as error:
        return Outcome(source, None, str(error))
    except MemoryError:
        return Outcome(source, None, f"{source.name} needs more memory than there is")
    except GezhiError:
        raise


def _explained(
    reader: Reader,
    picture: NDArray[np.uint8],
    page: Page,
    source: Source,
    options: Options,
    how: Any,
) -> None:
    """Write pictures of the steps into a folder of the source's own."""
    from gezhi.reading.ocr.drawing import page_picture, step_pictures

    if options.engine == "glyph":
        drawn = step_pictures(picture, reader.steps(picture, **how), page)
    else:
        drawn = {"1-characters": page_picture(picture, page)}
    number = f"-{source.page + 1}" if source.pages > 1 else ""
    folder = Path(options.explain) / f"{source.path.name}{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in drawn.items():
        with atomic_write(folder / f"{name}.png") as file:
            file.write_bytes(png_bytes(one))
