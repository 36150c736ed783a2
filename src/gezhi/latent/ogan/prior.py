"""Where the codes of real pictures lie: a density of them that new codes are drawn from.

Codes of real pictures cover a part of the sphere that z ~ N(0, 1) covers. Draws from a density that
was fitted to them after the training (arXiv 1903.12436, section 4) look the more real for it. The
density is of manifold Parzen windows (Vincent and Bengio, NIPS 2002): about every code a Gaussian
that is wide where its neighbours are and nowhere else.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError
from gezhi.kernel.extras import require

__all__ = ["CodePrior"]

#: Codes that are kept, neighbours of each, and the deviation of a window in steps to these.
_KEPT, _NEIGHBOURS, _WIDTH = 6000, 8, 0.15
_KEYS = ("codes", "steps", "neighbours")
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CodePrior:
    """Windows about codes.

    Attributes:
        codes: (k, code).
        neighbours: numbers of the codes nearest to each, (k, m).
    """

    codes: _Floats
    neighbours: NDArray[np.int64]

    def draw(self, n: int, random: np.random.Generator | np.random.RandomState) -> _Floats:
        """Draws (n, code); only their direction is of use.

        c + w Σ ε (c′ − c) over the neighbours c′ of a code c that is drawn, ε ~ N(0, 1).

        >>> one = CodePrior(np.ones((2, 3)), np.array([[1], [0]]))
        >>> one.draw(2, np.random.default_rng(0)).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
        """
        which = random.choice(len(self.codes), n)
        noise = _WIDTH * random.standard_normal((n, self.neighbours.shape[1]))
        drawn = self.codes[which] * (1 - noise.sum(axis=1, keepdims=True))
        for number, step in enumerate(noise.T):
            drawn += step[:, None] * self.codes[self.neighbours[which, number]]
        return np.asarray(drawn)

    @classmethod
    def fitted(cls, codes: NDArray[Any], seed: int) -> CodePrior | None:
        """A prior of codes (n, code); None where they are too few to say where they lie.

        Raises:
            MissingExtra: scikit-learn is not installed.
        """
        if len(codes) < 2 * _NEIGHBOURS:
            return None
        require("sklearn", "train")
        from sklearn.neighbors import NearestNeighbors

        chosen = np.random.RandomState(seed).permutation(len(codes))[:_KEPT]
        some = np.asarray(codes, np.float64)[chosen]
        near = NearestNeighbors(n_neighbors=_NEIGHBOURS + 1).fit(some)
        neighbours = near.kneighbors(return_distance=False)[:, :_NEIGHBOURS]
        found = cls(some, neighbours.astype(np.int64))
        return cls.from_bytes(found.to_bytes(), codes.shape[1])  # as a bundle keeps it

    def to_bytes(self) -> bytes:
        """An npz: codes as steps of one byte, neighbours as numbers of two."""
        file = io.BytesIO()
        steps = np.maximum(np.abs(self.codes).max(axis=0), 1e-9) / 127
        whole = np.rint(self.codes / steps).astype(np.int8)
        arrays = (whole, steps.astype(np.float32), self.neighbours.astype(np.uint16))
        np.savez_compressed(file, **dict(zip(_KEYS, arrays, strict=True)))
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, code: int) -> CodePrior:
        """What `to_bytes` wrote, for codes of a length.

        Raises:
            BundleError: it is something else.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as kept:
                whole, steps, neighbours = (kept[one] for one in _KEYS)
                codes = np.asarray(whole, np.float64) * np.asarray(steps, np.float64)
                numbers = np.asarray(neighbours, np.int64)
        except Exception as error:  # numpy raises of many kinds on bytes of no npz
            raise BundleError(f"the prior of codes cannot be read: {error}") from error
        k = len(codes)
        fits = codes.ndim == 2 and codes.shape[1] == code and k > 1 and bool(codes.any())
        known = numbers.ndim == 2 and numbers.shape[:1] == (k,) and numbers.size > 0
        if not (fits and known and bool(np.isfinite(codes).all())) or not (
            0 <= int(numbers.min()) <= int(numbers.max()) < k
        ):
            raise BundleError(f"the prior of codes is none of {code} numbers")
        return cls(codes, numbers)
