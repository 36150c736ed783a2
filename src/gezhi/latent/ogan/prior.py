"""Where the codes of real pictures lie: a mixture of Gaussians that new codes are drawn from.

Codes of real pictures cover a part of the sphere that z ~ N(0, 1) covers. Draws from a density that
was fitted to them after the training (arXiv 1903.12436, section 4) look the more real for it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError
from gezhi.kernel.extras import require

__all__ = ["CodePrior"]

#: Codes that are looked at, and components at most.
_LOOKED_AT, _COMPONENTS = 20_000, 48
_KEYS = ("weights", "means", "factors")
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CodePrior:
    """A mixture of Gaussians.

    Attributes:
        weights: of the components, (k,), adding up to 1.
        means: (k, code).
        factors: lower triangles L of the covariances L Lᵀ, (k, code, code).
    """

    weights: _Floats
    means: _Floats
    factors: _Floats

    def draw(self, n: int, random: np.random.Generator | np.random.RandomState) -> _Floats:
        """Draws (n, code); only their direction is of use.

        >>> one = CodePrior(np.ones(1), np.ones((1, 3)), np.zeros((1, 3, 3)))
        >>> one.draw(2, np.random.default_rng(0)).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
        """
        counts = random.multinomial(n, self.weights)
        noise = random.standard_normal((n, self.means.shape[1]))
        parts = np.split(noise, np.cumsum(counts)[:-1])
        drawn = [
            mean + part @ factor.T
            for mean, factor, part in zip(self.means, self.factors, parts, strict=True)
        ]
        return np.asarray(random.permutation(np.concatenate(drawn)))

    @classmethod
    def fitted(cls, codes: NDArray[Any], seed: int) -> CodePrior | None:
        """A prior of codes (n, code); None where they are too few to say where they lie.

        Raises:
            MissingExtra: scikit-learn is not installed.
        """
        n, d = codes.shape
        if n < 2 * d:
            return None
        require("sklearn", "train")
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        random = np.random.RandomState(seed)
        some = codes[random.permutation(n)[:_LOOKED_AT]]
        k = int(np.clip(len(some) // (3 * d), 1, _COMPONENTS))
        mixture = GaussianMixture(k, reg_covar=1e-3, max_iter=12, random_state=random)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a dozen rounds are enough
            mixture.fit(some)
        factors = np.linalg.cholesky(mixture.covariances_)
        found = cls(mixture.weights_, mixture.means_, factors)
        return cls.from_bytes(found.to_bytes(), d)  # as a bundle keeps it, to draw the same

    def to_bytes(self) -> bytes:
        """An npz, its numbers of two bytes."""
        file = io.BytesIO()
        rows, columns = np.tril_indices(self.means.shape[1])
        kept = (self.weights, self.means, self.factors[:, rows, columns])
        arrays: dict[str, Any] = {
            name: one.astype(np.float16) for name, one in zip(_KEYS, kept, strict=True)
        }
        np.savez(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, code: int) -> CodePrior:
        """What `to_bytes` wrote, for codes of a length.

        Raises:
            BundleError: it is something else.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as kept:
                weights, means, flat = (np.asarray(kept[one], np.float64) for one in _KEYS)
        except Exception as error:  # numpy raises of many kinds on bytes of no npz
            raise BundleError(f"the prior of codes cannot be read: {error}") from error
        k, rows, columns = len(weights), *np.tril_indices(code)
        fits = weights.shape == (k,) and means.shape == (k, code) and flat.shape == (k, len(rows))
        finite = fits and all(bool(np.isfinite(one).all()) for one in (weights, means, flat))
        if not finite or not k or weights.min() < 0 or not weights.sum() > 0:
            raise BundleError(f"the prior of codes is none of {code} numbers")
        factors = np.zeros((k, code, code))
        factors[:, rows, columns] = flat
        return cls(weights / weights.sum(), means, factors)
