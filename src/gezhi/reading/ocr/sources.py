"""What is to be read: files, folders, all pages of TIFFs and PDFs, one picture at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError
from gezhi.kernel.pdf import is_pdf, page_count, page_picture
from gezhi.kernel.pictures import ENDINGS, MOST_PIXELS, picture_count, read_picture

__all__ = ["Source", "picture_of", "sources"]

_HEAD = 1024


@dataclass(frozen=True)
class Source:
    """One picture to read.

    Attributes:
        name: the file as it was given, or its path under the folder that was given.
        path: where it lies.
        page: which of its pages, numbered from 0.
        pages: how many it has.
        pdf: whether it is a page of a PDF.
        problem: why it cannot be read, where that is known already.
    """

    name: str
    path: Path
    page: int = 0
    pages: int = 1
    pdf: bool = False
    problem: str = ""


def sources(given: Iterable[str]) -> Iterator[Source]:
    """All pictures of files and folders, in the order in which they are given.

    Folders are gone through with all that is in them, by name; of these, files that do not end as
    pictures or PDFs do are passed over. What cannot be read is a source with a problem.
    """
    for name in given:
        path = Path(name)
        if path.is_dir():
            yield from _of_folder(name, path)
        else:
            yield from _of_file(name, path)


def _of_folder(name: str, folder: Path) -> Iterator[Source]:
    found = False
    problems: list[Source] = []

    def refused(error: OSError) -> None:
        place = str(error.filename or name)
        problems.append(Source(place, Path(place), problem=f"{place} may not be read"))

    for place, folders, files in os.walk(folder, onerror=refused):
        yield from problems
        found = found or bool(problems)
        problems.clear()
        folders.sort()
        for one in sorted(files):
            if one.lower().endswith((*ENDINGS, ".pdf")):
                found = True
                path = Path(place) / one
                yield from _of_file(str(path), path)
    yield from problems
    if not found and not problems:
        problem = f"{name} has no pictures ({', '.join(ENDINGS[:5])}, …) and no PDFs"
        yield Source(name, folder, problem=problem)


def _of_file(name: str, path: Path) -> Iterator[Source]:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if not head:
            raise InputError(f"{name} is empty")
        pdf = is_pdf(head)
        pages = page_count(path) if pdf else picture_count(path)
    except FileNotFoundError:
        yield Source(name, path, problem=f"there is no file {name}")
    except OSError as error:
        yield Source(name, path, problem=f"{name} cannot be read: {error.strerror or error}")
    except InputError as error:
        yield Source(name, path, problem=str(error))
    else:
        for page in range(pages):
            yield Source(name, path, page, pages, pdf)


def picture_of(source: Source, *, most_pixels: int = MOST_PIXELS) -> NDArray[np.uint8]:
    """The picture of a source, (height, width) or (height, width, 3).

    Raises:
        InputError: it cannot be read.
    """
    if source.problem:
        raise InputError(source.problem)
    if source.pdf:
        return page_picture(source.path, source.page, most_pixels=most_pixels)
    return read_picture(source.path, page=source.page, most_pixels=most_pixels)
