"""How good generated pictures are: distances between two sets of features, (n, d) each.

The features are of a network that is named beside every figure. None of these is the FID of the
literature unless they are those of InceptionV3, which a user may supply (`PictureFeatures`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, ParameterError

__all__ = [
    "PrecisionRecall",
    "frechet_distance",
    "nearer_than",
    "nearest_distances",
    "precision_recall",
]

_Floats = NDArray[np.float64]
_BLOCK = 512


@dataclass(frozen=True)
class PrecisionRecall:
    """Of generated pictures.

    Attributes:
        precision: share of the generated that lie among the real.
        recall: share of the real that lie among the generated.
    """

    precision: float
    recall: float


def frechet_distance(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """The Fréchet distance of two sets as Gaussians: |μ − μ′|² + tr(Σ + Σ′ − 2(ΣΣ′)^½).

    Dowson and Landau 1982, equation 4; what FID (arXiv 1706.08500) takes of Inception's features.

    Raises:
        ArrayError: fewer than two rows, other numbers of features, or NaN.

    >>> round(frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]])), 6)
    9.0
    """
    a, b = _checked(first, second)
    if min(len(a), len(b)) < 2:
        raise ArrayError("a Fréchet distance needs two rows or more on each side")
    apart = a.mean(axis=0) - b.mean(axis=0)
    one, other = (np.atleast_2d(np.cov(side, rowvar=False)) for side in (a, b))
    root = _root(one)
    # tr (ΣΣ′)^½ = tr (Σ^½ Σ′ Σ^½)^½, where what has a root is symmetric.
    cross = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(0)).sum()
    return max(0.0, float(apart @ apart + np.trace(one) + np.trace(other) - 2 * cross))


def precision_recall(
    real: NDArray[np.floating], made: NDArray[np.floating], *, neighbors: int = 3
) -> PrecisionRecall:
    """Improved precision and recall (arXiv 1904.06991, equations 1 and 2).

    A row lies among others where it is no further from one of them than that one's k-th neighbour.

    Raises:
        ParameterError: not from 1 to one less than the rows of the smaller set.
        ArrayError: other numbers of features, or NaN.

    >>> line = np.arange(10.0)[:, None]
    >>> precision_recall(line, line[:4] + 0.1, neighbors=1)
    PrecisionRecall(precision=1.0, recall=0.5)
    """
    a, b = _checked(real, made)
    least = min(len(a), len(b))
    if not 1 <= neighbors < least:
        raise ParameterError(f"neighbors must be from 1 to {least - 1}, not {neighbors!r}")
    return PrecisionRecall(_among(b, a, neighbors), _among(a, b, neighbors))


def nearest_distances(rows: NDArray[np.floating], among: NDArray[np.floating]) -> _Floats:
    """Euclidean distance of each row (n, d) to the nearest of others (m, d), (n,).

    >>> nearest_distances(np.array([[0.0], [5.0]]), np.array([[1.0], [2.0]])).tolist()
    [1.0, 3.0]
    """
    a, b = _checked(rows, among)
    return np.concatenate([_squares(block, b).min(axis=1) for block in _blocks(a)]) ** 0.5


def nearer_than(distances: _Floats, reference: _Floats) -> float:
    """Chance that one of the first is smaller than one of the second; equals count a half.

    Of distances to the nearest training picture, of generated and of test pictures: above a half,
    what is generated lies nearer to the training pictures than new real ones do.

    >>> nearer_than(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    0.875
    """
    order = np.sort(reference)
    below = np.searchsorted(order, distances, "left") + np.searchsorted(order, distances, "right")
    return float(1 - below.mean() / 2 / len(order))


def _checked(first: NDArray[np.floating], second: NDArray[np.floating]) -> tuple[_Floats, _Floats]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or 0 in (*a.shape, *b.shape):
        raise ArrayError(f"two sets of as many features are needed, not {a.shape} and {b.shape}")
    for side in (a, b):
        if not np.isfinite(side).all():
            raise ArrayError(f"features contain NaN: row {np.argwhere(~np.isfinite(side))[0][0]}")
    return a, b


def _root(matrix: _Floats) -> _Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)


def _blocks(rows: _Floats) -> list[_Floats]:
    return [rows[begin : begin + _BLOCK] for begin in range(0, len(rows), _BLOCK)]


def _squares(block: _Floats, others: _Floats) -> _Floats:
    """Squared distances (b, m)."""
    squares = (block**2).sum(1)[:, None] + (others**2).sum(1) - 2 * block @ others.T
    return np.asarray(squares.clip(0))


def _among(rows: _Floats, others: _Floats, neighbors: int) -> float:
    # The nearest of a row in its own set is the row itself.
    radii = np.concatenate(
        [np.partition(_squares(block, others), neighbors, 1)[:, neighbors]
         for block in _blocks(others)]
    )  # fmt: skip
    inside = [
        (_squares(block, others) <= radii * (1 + 1e-9)).any(axis=1) for block in _blocks(rows)
    ]
    return float(np.concatenate(inside).mean())
