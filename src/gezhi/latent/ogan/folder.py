"""What a training of O-GAN leaves in a folder, and the sheets of pictures that commands write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import InputError
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.pictures import as_bytes, gif_bytes, png_bytes, sheet, webp_bytes
from gezhi.latent.ogan.measures import nearest_distances
from gezhi.latent.ogan.model import OGANModel

if TYPE_CHECKING:
    from gezhi.latent.ogan.estimator import OGAN

__all__ = [
    "beside",
    "enlarged",
    "held_back",
    "nearest_sheet",
    "round_trip",
    "visible",
    "write_folder",
    "write_pictures",
]

_SAMPLES, _SHOWN, _NEAREST = 100, 8, 6
_LOOKED_AT = 2000
_LARGE = 56


def write_folder(
    gan: OGAN,
    pictures: NDArray[Any],
    folder: Path,
    *,
    training: Mapping[str, Any],
    held: NDArray[Any] | None = None,
) -> dict[str, Any]:
    """Write model/, metrics.json, samples.png, reconstructions.png and nearest.png.

    Args:
        gan: fitted on the pictures.
        pictures: (n, height, width[, channels]).
        folder: to write into.
        training: what the bundle is to say of its training.
        held: pictures that were held back, to be measured on and shown; else some of those learnt.

    Returns:
        What metrics.json holds.
    """
    model = gan.model_
    last = gan.history_[-1]
    judged = pictures if held is None else held
    looked = np.linspace(0, len(judged) - 1, min(len(judged), _LOOKED_AT)).astype(int)
    random = np.random.RandomState(0)
    metrics = {
        "pictures": len(pictures),
        "held_back": 0 if held is None else len(held),
        "steps": gan.n_iter_,
        "seconds": round(last["seconds"], 1),
        "correlation": round(last["correlation"], 4),
        "spread": round(last["spread"] / max(last["real_spread"], 1e-12), 4),
        "mean_squared_error": round(round_trip(model, judged[looked]), 5),
    }
    drawn = model.decode(model.draw(_SAMPLES, random))
    close = nearest_sheet(drawn[:_SHOWN], pictures)
    shown = judged[looked[:: max(1, len(looked) // 32)][:32]]
    model = replace(
        model,
        metrics=metrics,
        training={**model.training, **training},
        nearest=webp_bytes(close),
    )
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model")
    write_pictures(drawn, folder / "samples.png", columns=10)
    write_pictures(beside(shown, model.reconstruct(shown)), folder / "reconstructions.png",
                   columns=16)  # fmt: skip
    with atomic_write(folder / "nearest.png") as path:
        path.write_bytes(png_bytes(close))
    with atomic_write(folder / "metrics.json") as path:
        text = json.dumps({**metrics, "history": gan.history_}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    return metrics


def held_back(pictures: NDArray[Any], number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the pictures to learn from and of those held back, by their bytes' sha256.

    >>> taught, held = held_back(np.arange(20).reshape(5, 2, 2), 2)
    >>> len(held), sorted([*taught.tolist(), *held.tolist()])
    (2, [0, 1, 2, 3, 4])
    """
    digests = [sha256(np.ascontiguousarray(one).tobytes()).hexdigest() for one in pictures]
    order = np.argsort(digests, kind="stable")
    return np.sort(order[number:]), order[:number]


def round_trip(model: OGANModel, pictures: NDArray[Any]) -> float:
    """Mean squared error of reconstructions, of pixels brought to [0, 1]."""
    was, again = (
        (model.scaling.seen(one) + 1) / 2 for one in (pictures, model.reconstruct(pictures))
    )
    return float(np.mean((was - again) ** 2))


def beside(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Pictures and others in turn: the first, its other, the second, its other.

    >>> beside(np.array([1, 2]), np.array([10, 20])).tolist()
    [1, 10, 2, 20]
    """
    both = np.stack([first, second], axis=1)
    return both.reshape(-1, *first.shape[1:])


def nearest_sheet(made: NDArray[Any], pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Rows of a generated picture and, behind a gap, the training pictures nearest by pixels."""
    flat = pictures.reshape(len(pictures), -1)
    rows = []
    for one in made:
        far = np.concatenate([
            nearest_distances(block, one.reshape(1, -1))
            for block in np.array_split(flat, max(1, len(flat) // 5000))
        ])  # fmt: skip
        close = np.argsort(far, kind="stable")[:_NEAREST]
        found = visible(np.concatenate([one[None], pictures[close]]))
        rows.append(np.insert(found, 1, np.uint8(128), axis=0))
    columns = max(len(one) for one in rows)
    return sheet(np.concatenate(rows), columns=columns)


def visible(pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Pictures as bytes of one colour or three."""
    found = as_bytes(pictures)
    return found[..., :3] if found.ndim == 4 and found.shape[3] == 4 else found


def write_pictures(
    pictures: NDArray[Any], path: Path, *, columns: int | None = None, milliseconds: int = 60
) -> None:
    """Write pictures as the ending says: .png (a sheet), .gif (one after another) or .npy.

    Raises:
        InputError: another ending.
    """
    ending = path.suffix.lower()
    with atomic_write(path) as temporary:
        if ending == ".npy":
            with temporary.open("wb") as file:
                np.save(file, pictures, allow_pickle=False)
        elif ending == ".png":
            temporary.write_bytes(png_bytes(sheet(visible(pictures), columns=columns)))
        elif ending == ".gif":
            there_and_back = np.concatenate([pictures, pictures[-2:0:-1]])
            large = enlarged(visible(there_and_back))
            temporary.write_bytes(gif_bytes(large, milliseconds=milliseconds))
        else:
            raise InputError(f"{path.name}: pictures are written as .png, .gif or .npy")


def enlarged(pictures: NDArray[np.uint8], least: int = 2 * _LARGE) -> NDArray[np.uint8]:
    """Pictures (n, height, width[, channels]) so many times as large that a person sees them."""
    times = max(1, least // max(pictures.shape[1:3]))
    return np.ascontiguousarray(pictures.repeat(times, axis=1).repeat(times, axis=2))
