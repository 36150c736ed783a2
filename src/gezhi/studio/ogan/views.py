"""What the pages show of an O-GAN: every picture is drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import png_bytes, read_picture, sheet
from gezhi.latent.ogan.folder import beside, enlarged, visible
from gezhi.latent.ogan.model import OGANModel, between

__all__ = [
    "MODELS",
    "WHAT",
    "Scene",
    "asked_model",
    "asked_number",
    "examples",
    "picture_scene",
    "seen",
    "shipped",
    "trained_scene",
]

MODELS = {"faces": "faces-ogan", "clothes": "fashion-ogan"}
"""The shipped models by the word in an address; the first is shown where none is asked for."""
WHAT = ("samples", "pairs", "between", "edited", "nearest")
"""What a scene can be asked for."""
_SAMPLES, _COLUMNS, _PAIRS = 24, 8, 8
_SIDE = 168
_MOST_SEED = 10**6


@dataclass(frozen=True)
class Scene:
    """A model, and pictures that it has not learnt from to try it on.

    Attributes:
        model: the networks.
        pictures: (n, *shape).
        own: whether the first picture is a person's own.
    """

    model: OGANModel
    pictures: NDArray[Any]
    own: bool = False

    def __len__(self) -> int:
        return len(self.pictures)


def asked_model(query: Mapping[str, str]) -> str:
    """The shipped model of an address.

    >>> asked_model({"model": "clothes"}), asked_model({"model": "../x"})
    ('clothes', 'faces')
    """
    asked = query.get("model", "")
    return asked if asked in MODELS else next(iter(MODELS))


def asked_number(query: Mapping[str, str], name: str, least: int, most: int, usual: int) -> int:
    """A whole number of an address, kept within its limits.

    >>> asked_number({"at": "-7"}, "at", 0, 20, 10), asked_number({"at": "x"}, "at", 0, 20, 10)
    (0, 10)
    """
    text = query.get(name, "")
    known = text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 9
    return max(least, min(most, int(text))) if known else usual


@cache
def _model(source: Path | str) -> OGANModel:
    return OGANModel.load(source)


@cache
def examples(name: str) -> NDArray[np.uint8]:
    """Pictures beside one another in the file of a shipped model's examples, (n, side, side)."""
    whole = read_picture(Path(str(files(__package__))) / f"{name}.png")
    side = whole.shape[0]
    return np.ascontiguousarray(whole.reshape(side, -1, side).transpose(1, 0, 2))


@cache
def shipped(name: str) -> Scene:
    """A shipped model with pictures that were held back from its training.

    Raises:
        BundleError: the model is missing or damaged.
    """
    return Scene(_model(MODELS[name]), examples(name))


def picture_scene(name: str, path: Path) -> Scene:
    """A shipped model with a person's own picture before the others.

    Raises:
        InputError: the file is no picture.
    """
    scene = shipped(name)
    own = scene.model.take([read_picture(path)])
    return Scene(scene.model, np.concatenate([own, scene.pictures]), own=True)


def trained_scene(folder: Path) -> Scene:
    """What the room's job left in a folder.

    Raises:
        BundleError: the model is missing or damaged.
    """
    return Scene(_model(folder / "model"), np.load(folder / "pictures.npy", allow_pickle=False))


def seen(scene: Scene, what: str, query: Mapping[str, str]) -> bytes | None:
    """A PNG of what a scene is asked for, or None where the model has nothing of it."""
    model = scene.model
    if what == "samples":
        seed = asked_number(query, "seed", 0, _MOST_SEED, 0)
        made = model.decode(model.draw(_SAMPLES, np.random.RandomState(seed)))
        return png_bytes(sheet(visible(made), columns=_COLUMNS))
    if what == "pairs":
        some = scene.pictures[:1] if scene.own else scene.pictures[:_PAIRS]
        both = beside(some, model.reconstruct(some))
        return png_bytes(sheet(enlarged(visible(both), 84), columns=2 if scene.own else _PAIRS))
    if what == "between":
        first, second = (
            asked_number(query, name, 0, len(scene) - 1, usual)
            for name, usual in (("a", 0), ("b", 1))
        )
        at = asked_number(query, "at", 0, 20, 10)
        ends = model.encode(scene.pictures[[first, second]]).codes
        return _large(model.decode(between(ends[0], ends[1], 21)[at : at + 1]))
    if what == "edited":
        if not model.directions:
            return None
        chosen = asked_number(query, "picture", 0, len(scene) - 1, 0)
        amount = asked_number(query, "amount", -30, 30, 0) / 10
        along = next(iter(model.directions.values()))
        code = model.encode(scene.pictures[[chosen]]).codes
        return _large(model.decode(code + amount * along))
    if what == "nearest" and model.nearest is not None:
        return model.nearest
    return None


def _large(pictures: NDArray[Any]) -> bytes:
    return png_bytes(enlarged(visible(pictures), _SIDE)[0])
