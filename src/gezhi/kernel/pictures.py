"""Pictures from files, read once and safely, and as files."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError

__all__ = [
    "ENDINGS",
    "MOST_PIXELS",
    "as_bytes",
    "gif_bytes",
    "jpeg_again",
    "jpeg_bytes",
    "picture_count",
    "png_bytes",
    "read_folder",
    "read_picture",
    "resized",
    "scaled_picture",
    "sheet",
    "unpack_pictures",
    "warped",
    "webp_bytes",
]

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
"""Of the files of a folder that are taken for pictures."""
MOST_PIXELS = 1 << 26
"""Of one picture: a file of a few kilobytes can claim billions."""
_MOST_BYTES = 8 << 30
_MOST_PICTURES = 20_000
_MOST_UNPACKED = 512 << 20


def read_picture(
    path: Path | str, *, page: int = 0, most_pixels: int = MOST_PIXELS
) -> NDArray[np.uint8]:
    """Read one picture: (height, width) where it is grey, else (height, width, 3), on white.

    Turned upright as its camera says. 16-bit grey loses its lower bits.

    Args:
        path: the file.
        page: of a TIFF that has several, numbered from 0.
        most_pixels: what has more is refused before it is decoded.

    Raises:
        InputError: it is no picture, is cut short or is larger than `most_pixels`.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "dot.png"
    ...     Image.fromarray(np.array([[0, 255]], np.uint8)).save(path)
    ...     read_picture(path).tolist()
    [[0, 255]]
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    Image.MAX_IMAGE_PIXELS = None  # ours is asked below, before anything is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as opened:
                if page:
                    opened.seek(page)
                if opened.width * opened.height > most_pixels:
                    raise InputError(
                        f"{path.name} has {opened.width} × {opened.height} pixels; "
                        f"{most_pixels:,} are the most"
                    )
                upright = ImageOps.exif_transpose(opened)
                return _plain(upright)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except UnidentifiedImageError:
        raise InputError(f"{path.name} is no picture that can be read") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from None


def picture_count(path: Path | str) -> int:
    """How many pictures to read a file has: the pages of a TIFF, else one; 1 if it is damaged."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as opened:
                return int(getattr(opened, "n_frames", 1)) if opened.format == "TIFF" else 1
    except (OSError, SyntaxError, ValueError, EOFError):
        return 1


def _plain(picture: Any) -> NDArray[np.uint8]:
    """Give grey or RGB bytes; what is transparent shows white."""
    from PIL import Image

    if picture.mode.startswith(("I;16", "I")):
        wide = np.asarray(picture).astype(np.int64)
        return (wide >> 8 if wide.max(initial=0) > 255 else wide).clip(0, 255).astype(np.uint8)
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"))
    if "A" in picture.getbands() or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        picture = Image.alpha_composite(white, seen)
    return np.asarray(picture.convert("RGB"))


def read_folder(
    folder: Path | str,
    *,
    size: tuple[int, int] | None = None,
    damaged: list[str] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.str_] | None, tuple[str, ...]]:
    """Read all pictures of a folder in the order of their names.

    Where they lie in folders of their own, those folders' names are the labels.

    Args:
        folder: the folder.
        size: (height, width) to bring them to; None wants them equal.
        damaged: where a sentence is put for each picture that cannot be read, which is then left
            out; None refuses the folder.

    Returns:
        Pictures (n, height, width[, 3]), grey only where all are; labels (n,) or None; names.

    Raises:
        InputError: no pictures, one that cannot be read, or two of different sizes.
    """
    folder = Path(folder)
    paths = sorted(one for one in folder.rglob("*") if one.suffix.lower() in ENDINGS)
    if not paths:
        raise InputError(f"{folder} has no pictures ({', '.join(ENDINGS[:5])}, …)")
    pictures: list[NDArray[np.uint8]] = []
    read: list[Path] = []
    for path in paths:
        try:
            picture = read_picture(path)
        except InputError as error:
            if damaged is None:
                raise
            damaged.append(str(error))
            continue
        if size is not None:
            picture = scaled_picture(picture, size)
        elif pictures and picture.shape[:2] != pictures[0].shape[:2]:
            raise InputError(
                f"{path.name} has {picture.shape[1]} × {picture.shape[0]} pixels, but "
                f"{read[0].name} {pictures[0].shape[1]} × {pictures[0].shape[0]}: "
                "make them equal, or name a size"
            )
        pictures.append(picture)
        read.append(path)
        if picture.size * len(paths) > _MOST_BYTES:
            raise InputError(f"{folder} holds more than {_MOST_BYTES >> 30} GB of pixels")
    if not pictures:
        raise InputError(f"none of the {len(paths)} pictures in {folder} can be read")
    if any(one.ndim == 3 for one in pictures):
        pictures = [one if one.ndim == 3 else np.stack([one] * 3, -1) for one in pictures]
    names = tuple(str(one.relative_to(folder)) for one in read)
    nested = [one.parent for one in read]
    labels = None
    if len(set(nested)) > 1 and folder not in nested:
        labels = np.array([one.relative_to(folder).parts[0] for one in read])
    return np.stack(pictures), labels, names


def scaled_picture(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture brought to (height, width), each new pixel the mean of what it covers.

    >>> scaled_picture(np.array([[0, 100], [100, 200]], np.uint8), (1, 1)).tolist()
    [[100]]
    """
    from PIL import Image

    height, width = size
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX))


def resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture brought to (height, width), smooth where it grows and nothing skipped elsewhere.

    >>> resized(np.array([[0, 100]], np.uint8), (1, 4)).tolist()
    [[0, 25, 75, 100]]
    """
    from PIL import Image

    height, width = size
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def warped(
    picture: NDArray[np.uint8], corners: NDArray[Any], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """What lies between four corners, from the top left clockwise, as (height, width).

    >>> rows = np.arange(6, dtype=np.uint8).reshape(6, 1).repeat(6, axis=1)
    >>> warped(rows, np.array([[6, 0], [6, 6], [0, 6], [0, 0]]), (6, 6))[0].tolist()
    [0, 1, 2, 3, 4, 5]
    """
    from PIL import Image

    (a, b, c, d), (height, width) = np.asarray(corners, np.float64).tolist(), size
    seen = Image.fromarray(picture).transform(
        (width, height), Image.Transform.QUAD, (*a, *d, *c, *b), Image.Resampling.BILINEAR
    )
    return np.asarray(seen)


def jpeg_again(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """A picture as it is after it was written as JPEG of a quality from 1 to 95, and read."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A picture (height, width[, 1 or 3]) as the bytes of a small PNG file.

    >>> png_bytes(np.zeros((2, 2), np.uint8))[1:4]
    b'PNG'
    """
    return _written(picture, "PNG", optimize=True)


def jpeg_bytes(picture: NDArray[np.uint8], *, quality: int = 85) -> bytes:
    """A picture (height, width[, 1 or 3]) as the bytes of a JPEG file.

    >>> jpeg_bytes(np.zeros((2, 2), np.uint8))[:3].hex()
    'ffd8ff'
    """
    return _written(picture, "JPEG", quality=quality)


def webp_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A picture (height, width[, 1 or 3]) as the bytes of a small WebP file that loses nothing.

    >>> webp_bytes(np.zeros((2, 2), np.uint8))[8:12]
    b'WEBP'
    """
    return _written(picture, "WEBP", lossless=True, quality=100, method=6)


def _written(picture: NDArray[np.uint8], kind: str, **how: Any) -> bytes:
    from PIL import Image

    plain = picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture
    file = io.BytesIO()
    Image.fromarray(plain).save(file, kind, **how)
    return file.getvalue()


def gif_bytes(pictures: NDArray[np.uint8], *, milliseconds: int = 60) -> bytes:
    """Pictures (n, height, width[, 1 or 3]) as a GIF that shows them in turn, for ever.

    >>> gif_bytes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))[:6]
    b'GIF89a'
    """
    from PIL import Image

    plain = pictures[..., 0] if pictures.ndim == 4 and pictures.shape[3] == 1 else pictures
    first, *rest = [Image.fromarray(one) for one in plain]
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return file.getvalue()


def as_bytes(items: NDArray[Any]) -> NDArray[np.uint8]:
    """Pictures as bytes: those of floats within [0, 1] by 255.

    >>> as_bytes(np.array([[[0.0, 1.0]]])).tolist()
    [[[0, 255]]]
    """
    if items.dtype == np.uint8:
        return np.asarray(items)
    values = np.asarray(items, np.float64)
    scale = 255.0 if values.max(initial=0.0) <= 1.5 else 1.0
    return np.asarray((values * scale).round().clip(0, 255).astype(np.uint8))


def sheet(pictures: NDArray[np.uint8], *, columns: int | None = None) -> NDArray[np.uint8]:
    """Lay pictures (n, height, width[, channels]) side by side on grey, a pixel between them.

    >>> sheet(np.zeros((4, 3, 3), np.uint8)).shape
    (9, 9)
    """
    columns = columns or math.ceil(math.sqrt(len(pictures)))
    rows = -(-len(pictures) // columns)
    height, width = (side + 1 for side in pictures.shape[1:3])
    whole = np.full((rows * height + 1, columns * width + 1, *pictures.shape[3:]), 128, np.uint8)
    for number, one in enumerate(pictures):
        top, left = (number // columns) * height + 1, (number % columns) * width + 1
        whole[top : top + height - 1, left : left + width - 1] = one
    return whole


def unpack_pictures(path: Path | str, folder: Path) -> tuple[str, ...]:
    """Unpack the pictures of a zip archive into an empty folder, under names of our own.

    Nothing in the archive is trusted: its names are never used as paths, and what it says of sizes
    is not believed.

    Returns:
        The names that the pictures have in the archive, in the order in which `read_folder` reads
        them.

    Raises:
        InputError: it is no zip archive, is damaged or locked, holds no picture, more than 20,000,
            or more than half a gigabyte.
    """
    path, left = Path(path), _MOST_UNPACKED
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            found = sorted(
                (one for one in archive.infolist() if _is_picture(one.filename)),
                key=lambda one: one.filename,
            )
            if not found:
                raise InputError(f"{path.name} has no pictures ({', '.join(ENDINGS[:5])}, …)")
            if len(found) > _MOST_PICTURES:
                raise InputError(
                    f"{path.name} holds {len(found):,} pictures; {_MOST_PICTURES:,} are the most"
                )
            for number, one in enumerate(found):
                with archive.open(one) as packed:
                    content = packed.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise InputError(f"{path.name} unpacks to more than {_MOST_UNPACKED >> 20} MB")
                suffix = Path(one.filename).suffix.lower()
                (folder / f"{number:06d}{suffix}").write_bytes(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path.name} is no zip archive that can be read: {error}") from None
    return tuple(one.filename for one in found)


def _is_picture(name: str) -> bool:
    """Whether an archive's entry is one; what macOS adds beside each file is not."""
    last = name.rpartition("/")[2]
    return last.lower().endswith(ENDINGS) and not last.startswith(".") and "__MACOSX" not in name
