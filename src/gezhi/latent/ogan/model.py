"""`OGANModel`: a fitted O-GAN that encodes, judges and generates without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, BundleError, ParameterError
from gezhi.kernel.inference import Session
from gezhi.kernel.pictures import scaled_picture
from gezhi.latent.ogan.prior import CodePrior
from gezhi.latent.ogan.scaling import Scaling, as_pictures

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["KIND", "PRIORS", "Encoded", "OGANModel", "between", "direction_of", "standardised"]

KIND = "ogan"
PRIORS = ("codes", "normal")
"""What new codes are drawn from: where those of real pictures lie, or N(0, 1)."""
#: Pictures that are run at once; always so many, so that an answer depends on its picture alone.
_BLOCK = 16
_FILES = ("encoder.onnx", "generator.onnx")
_NEAREST, _PRIOR = "nearest.webp", "prior.npz"
_SHRUNK = 0.3

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Encoded:
    """What the encoder says of pictures.

    Attributes:
        codes: N(E(x)), (n, code).
        judgements: avg(E(x)), (n,); more is more real.
    """

    codes: _Floats
    judgements: _Floats


def standardised(vectors: NDArray[Any]) -> _Floats:
    """N(v) = (v − avg(v)) / std(v) of each row; a row of equal numbers becomes 0.

    >>> standardised(np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]])).round(3).tolist()
    [[-1.225, 0.0, 1.225], [0.0, 0.0, 0.0]]
    """
    wide = np.asarray(vectors, np.float64)
    # By the largest number first, so that no square overflows.
    wide = wide / np.maximum(np.abs(wide).max(axis=1, keepdims=True), np.finfo(float).tiny)
    centred = wide - wide.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    level = deviation <= 1e-12
    return np.asarray(np.where(level, 0.0, centred / np.where(level, 1.0, deviation)))


def between(first: _Floats, second: _Floats, steps: int) -> _Floats:
    """Codes (steps, code) on the great circle from one code to another, both ends among them.

    Raises:
        ParameterError: fewer than 2 steps.
    """
    if steps < 2:
        raise ParameterError(f"steps must be 2 or more, not {steps}")
    ends = standardised(np.stack([first, second]))
    cosine = float((ends[0] * ends[1]).mean().clip(-1, 1))
    angle, shares = np.arccos(cosine), np.linspace(0, 1, steps)[:, None]
    if angle < 1e-6 or np.pi - angle < 1e-6:
        return standardised((1 - shares) * ends[0] + shares * ends[1] + 0.0)
    parts = np.sin((1 - shares) * angle) * ends[0] + np.sin(shares * angle) * ends[1]
    return standardised(parts)


def direction_of(without: _Floats, having: _Floats) -> _Floats:
    """The direction of codes that tells two groups apart best: linear discriminant, (code,).

    One unit of it takes the mean of the first group to that of the second.

    Args:
        without, having: codes (n, code) of two groups of two pictures or more.

    Raises:
        ArrayError: a group has fewer than two pictures, or both have the same mean.
    """
    if min(len(without), len(having)) < 2:
        raise ArrayError("each group needs two pictures or more")
    apart = having.mean(axis=0) - without.mean(axis=0)
    if not np.abs(apart).max() > 0:
        raise ArrayError("both groups have the same mean code: there is no direction between them")
    scatter = sum(
        np.cov(group, rowvar=False, bias=True) * len(group) for group in (without, having)
    ) / (len(without) + len(having))
    scatter = np.asarray(scatter)
    # Shrunk towards a ball, the more the fewer pictures there are for each number; and never less
    # than a bit, since what varies least the generator hardly draws.
    ball = np.eye(len(apart)) * np.trace(scatter) / len(apart)
    share = max(_SHRUNK, len(apart) / (len(apart) + len(without) + len(having)))
    normal = np.linalg.solve(
        (1 - share) * scatter + share * ball + 1e-9 * np.eye(len(apart)), apart
    )
    return np.asarray(normal * (apart @ normal) / (normal @ normal))


def _cropped(picture: NDArray[np.uint8], proportion: float) -> NDArray[np.uint8]:
    """The largest part about the middle whose height is so many times its width."""
    height, width = picture.shape[:2]
    tall = min(height, max(1, round(width * proportion)))
    wide = min(width, max(1, round(height / proportion)))
    top, left = (height - tall) // 2, (width - wide) // 2
    return picture[top : top + tall, left : left + wide]


@dataclass(frozen=True)
class OGANModel:
    """Two networks as ONNX, and how pictures become numbers.

    Attributes:
        files: ``encoder.onnx`` and ``generator.onnx``, as bytes.
        scaling: of the pictures.
        code: n, how many numbers a code has.
        direction: a direction that was learnt from two groups, by name; (code,) each.
        metrics, training: what the bundle says.
        nearest: a sheet as WebP, rows of a generated picture and the training pictures nearest to
            it, or None.
        prior: where codes of real pictures lie, or None.
    """

    files: Mapping[str, bytes]
    scaling: Scaling
    code: int
    directions: Mapping[str, _Floats] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    nearest: bytes | None = None
    prior: CodePrior | None = None

    @cached_property
    def _sessions(self) -> dict[str, Session]:
        return {name: Session(content) for name, content in self.files.items()}

    # ---- asking

    def encode(self, X: Any) -> Encoded:
        """Codes and judgements of pictures (n, *shape).

        Raises:
            ArrayError: pictures of another shape, or with NaN.
        """
        seen = self.scaling.seen(as_pictures(X, self.scaling.shape))
        vectors = self._run("encoder.onnx", "x", seen).astype(np.float64)
        return Encoded(standardised(vectors), vectors.mean(axis=1))

    def decode(self, Z: Any) -> NDArray[Any]:
        """Pictures (n, *shape) of rows (n, code), of which only the direction counts.

        Raises:
            ArrayError: rows of another length, or with NaN.
        """
        try:
            z = np.asarray(Z, np.float64)
        except (TypeError, ValueError):
            raise ArrayError("Z must be an array of numbers") from None
        if z.ndim != 2 or z.shape[1] != self.code or not len(z):
            raise ArrayError(f"Z must have the shape (n, {self.code}), not {z.shape}")
        if not np.isfinite(z).all():
            row = int(np.argwhere(~np.isfinite(z))[0][0])
            raise ArrayError(f"Z contains NaN or infinity: row {row}")
        made = self._run("generator.onnx", "z", standardised(z).astype(np.float32))
        return self.scaling.shown(made)

    def take(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[Any]:
        """Pictures of any size, grey or RGB, as this model knows them, (n, *shape).

        Each is cut to the model's proportions about its middle, brought to its size, made grey
        or coloured, and put into the range of the pictures learnt from.
        """
        height, width, colours = self.scaling.full_shape
        found = []
        for one in pictures:
            plain = scaled_picture(_cropped(one, height / width), (height, width))
            if plain.ndim == 3 and colours == 1:
                plain = np.asarray(plain @ np.array([0.299, 0.587, 0.114]))
            if plain.ndim == 2:
                plain = np.repeat(plain[..., None], min(colours, 3), axis=2)
            if colours in (2, 4):
                raise ParameterError(f"this model's pictures have {colours} channels, not 1 or 3")
            found.append(np.asarray(plain, np.float64).reshape(height, width, colours))
        return self.scaling.shown(np.stack(found) / 127.5 - 1)

    def reconstruct(self, X: Any) -> NDArray[Any]:
        """G(N(E(x))), (n, *shape)."""
        return self.decode(self.encode(X).codes)

    def draw(
        self,
        n: int,
        random: np.random.Generator | np.random.RandomState,
        *,
        prior: str | None = None,
    ) -> _Floats:
        """New codes (n, code).

        Args:
            n: how many.
            random: source of all chance.
            prior: ``"codes"``, ``"normal"``, or None for the first of them that the model has.

        Raises:
            ParameterError: another prior, or codes of a model that has none.
        """
        chosen = prior or ("normal" if self.prior is None else "codes")
        if chosen not in PRIORS:
            raise ParameterError(f"prior must be one of {', '.join(PRIORS)}, not {prior!r}")
        if chosen == "normal":
            return standardised(random.standard_normal((n, self.code)))
        if self.prior is None:
            raise ParameterError("this model does not say where codes lie: use prior='normal'")
        return standardised(self.prior.draw(n, random))

    def _run(self, file: str, name: str, rows: NDArray[np.float32]) -> NDArray[Any]:
        answers = []
        for begin in range(0, len(rows), _BLOCK):
            block = rows[begin : begin + _BLOCK]
            missing = _BLOCK - len(block)
            padded = np.concatenate([block, np.repeat(block[:1], missing, axis=0)])
            answers.append(self._sessions[file].run({name: padded})[0][: len(block)])
        return np.concatenate(answers)

    # ---- bundles

    def save(self, folder: Path | str, *, name: str = "fitted") -> Bundle:
        """Write the model as a bundle that `load` and the command line open."""
        from gezhi.kernel.bundle import write_bundle

        height, width, colours = self.scaling.full_shape
        extra = {_NEAREST: self.nearest} if self.nearest else {}
        if self.prior is not None:
            extra[_PRIOR] = self.prior.to_bytes()
        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files={**self.files, **extra},
            parameters={
                "code": self.code,
                "directions": {one: found.tolist() for one, found in self.directions.items()},
            },
            inputs={"x": ["n", height, width, colours]},
            outputs={"vectors": ["n", self.code]},
            preprocessing=self.scaling.record(),
            metrics=dict(self.metrics),
            training=dict(self.training),
        )

    @classmethod
    def load(cls, source: Path | str) -> Self:
        """A model from a bundle's name or folder.

        Raises:
            BundleError: it is no bundle of this kind, or is damaged.
        """
        from gezhi.kernel.registry import find_bundle

        return cls.from_bundle(find_bundle(source, kind=KIND))

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Self:
        """A model from a verified bundle.

        Raises:
            BundleError: the bundle is of another kind, or says what cannot be.
        """
        if bundle.kind != KIND:
            raise BundleError(f"{bundle.folder} is a model of kind {bundle.kind}, not {KIND}")
        try:
            code = int(bundle.parameters["code"])
            directions = {
                str(name): np.asarray(one, np.float64)
                for name, one in dict(bundle.parameters.get("directions", {})).items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.folder}: its parameters cannot be read: {error}") from error
        if any(one.shape != (code,) for one in directions.values()):
            raise BundleError(f"{bundle.folder}: a direction is not of {code} numbers")
        files = {one: bundle.path(one).read_bytes() for one in _FILES}
        scaling = Scaling.from_record(bundle.preprocessing)
        sheet, prior = (
            bundle.path(one).read_bytes() if one in bundle.files else None
            for one in (_NEAREST, _PRIOR)
        )
        lies = None if prior is None else CodePrior.from_bytes(prior, code)
        return cls(files, scaling, code, directions, bundle.metrics, bundle.training, sheet, lies)
