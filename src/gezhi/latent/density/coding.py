"""From the user's items to the numbers whose chances are asked, and to what the networks see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ArrayError, ParameterError
from gezhi.latent.density.context import Context, no_context, picture_context, table_context
from gezhi.latent.density.likelihoods import (
    Bernoulli,
    Bytes,
    Categorical,
    Gaussian,
    Likelihood,
    Mixed,
    Student,
)

__all__ = ["LIKELIHOODS", "Coding", "Floats", "as_items", "as_whole", "binarised", "fit_coding"]

#: What may be asked for.
LIKELIHOODS = ("auto", "bernoulli", "bytes", "gaussian", "student")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coding:
    """How items become numbers.

    Attributes:
        shape: of one item, without the number of items.
        likelihood: of the numbers, one a cell.
        kind: the likelihood's name as asked for, never "auto".
        means, spreads: by which real columns are standardised; of others 0 and 1.
        kinds: for each column the values it may take where it is categorical; else empty.
        radius: how far a pixel sees; 0 for tables.
        neighbours: whether a variable may look at those before it.
    """

    shape: tuple[int, ...]
    likelihood: Likelihood
    kind: str
    means: Floats
    spreads: Floats
    kinds: tuple[tuple[float, ...], ...]
    radius: int
    neighbours: bool

    @property
    def variables(self) -> int:
        """Cells of an item."""
        return math.prod(self.shape)

    @property
    def whole(self) -> bool:
        """Whether every cell is a whole number, so that items can be coded without loss."""
        return self.kind in ("bernoulli", "bytes")

    @property
    def inputs(self) -> int:
        """Numbers that the networks see of an item."""
        return sum(max(len(one), 1) for one in self.kinds)

    def context(self) -> Context:
        """What each cell may look at."""
        if not self.neighbours:
            return no_context(self.variables)
        if len(self.shape) > 1:
            height, width, channels = (*self.shape, 1)[:3]
            return picture_context(height, width, channels, self.radius)
        return table_context([max(len(one), 1) for one in self.kinds])

    def numbers(self, items: Any, *, chances: bool = False) -> Floats:
        """The numbers (n, variables) of items, checked.

        `chances` allows grey levels between 0 and 1 where bits are wanted.

        Raises:
            ArrayError: another shape, NaN or infinity, or a value that the likelihood cannot have;
                names the row and column.
        """
        array = as_items(items)
        if array.ndim == 2 and len(self.shape) == 1 and array.shape[1:] != self.shape:
            raise ArrayError(
                f"X has {array.shape[1]} features, but DensityVAE is expecting {self.shape[0]} "
                "features as input"
            )
        if array.shape[1:] != self.shape:
            raise ArrayError(
                f"each item must have the shape {_by(self.shape)}, as in fitting, not "
                f"{_by(array.shape[1:])}"
            )
        flat = array.reshape(len(array), -1)
        if self.kind == "bernoulli":
            return _bits(flat, chances=chances)
        if self.kind == "bytes":
            return _bytes(flat)
        numbers = _finite(flat)
        for column, kinds in enumerate(self.kinds):
            if kinds:
                numbers[:, column] = _numbered(numbers[:, column], column, kinds)
        return np.asarray((numbers - self.means) / self.spreads)

    def seen(self, numbers: Any, xp: Any = np) -> Any:
        """What the networks see of numbers: (n, inputs)."""
        if self.kind == "bytes":
            assert isinstance(self.likelihood, Bytes)
            return numbers / (4.0 * self.likelihood.unit)
        if not any(self.kinds):
            return numbers
        columns = []
        for column, kinds in enumerate(self.kinds):
            one = numbers[:, column : column + 1]
            every = range(len(kinds))
            columns += [(one == kind) * 1.0 for kind in every] if kinds else [one]
        return np.concatenate(columns, 1) if xp is np else xp.cat(columns, 1)

    def items(self, numbers: Floats) -> NDArray[Any]:
        """The user's items (n, *shape) of numbers: uint8 of whole ones, else float64."""
        if self.whole:
            return numbers.round().astype(np.uint8).reshape(-1, *self.shape)
        items = numbers * self.spreads + self.means
        for column, kinds in enumerate(self.kinds):
            if kinds:
                items[:, column] = np.asarray(kinds)[numbers[:, column].astype(np.int64)]
        return np.asarray(items.reshape(-1, *self.shape))

    @property
    def log_jacobian(self) -> Floats:
        """(variables,): what a log density of numbers gains in the user's units."""
        return np.asarray(-np.log(self.spreads))

    def describe(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "shape": list(self.shape),
            "likelihood": self.likelihood.describe(),
            "kind": self.kind,
            "means": self.means.tolist() if not self.whole else [],
            "spreads": self.spreads.tolist() if not self.whole else [],
            "kinds": [list(one) for one in self.kinds] if any(self.kinds) else [],
            "radius": self.radius,
            "neighbours": self.neighbours,
        }

    @classmethod
    def from_description(cls, said: Mapping[str, Any]) -> Coding:
        """The coding that `describe` has described."""
        from gezhi.latent.density.likelihoods import likelihood_from

        shape = tuple(said["shape"])
        variables = math.prod(shape)
        return cls(
            shape=shape,
            likelihood=likelihood_from(said["likelihood"]),
            kind=said["kind"],
            means=np.asarray(said["means"] or np.zeros(variables), np.float64),
            spreads=np.asarray(said["spreads"] or np.ones(variables), np.float64),
            kinds=tuple(tuple(one) for one in said["kinds"]) or ((),) * variables,
            radius=said["radius"],
            neighbours=said["neighbours"],
        )


def fit_coding(
    items: Any,
    *,
    likelihood: str = "auto",
    categorical: Sequence[int] = (),
    components: int | None = None,
    radius: int = 2,
    neighbours: bool = True,
) -> tuple[Coding, Floats]:
    """Look at items and decide how they become numbers; gives these too.

    ``likelihood="auto"`` takes bits for bool and for 0 and 1 alone, bytes for uint8, and Student's
    distribution for rows of real numbers.

    >>> coding, numbers = fit_coding(np.array([[1.0, 5.0], [3.0, 9.0]]))
    >>> coding.kind, numbers.tolist()
    ('student', [[-1.0, -1.0], [1.0, 1.0]])

    Raises:
        ArrayError: no rows, another number of dimensions than 2 to 4, NaN or infinity, a real
            column that is constant, or values out of the likelihood's range.
        ParameterError: an unknown likelihood, or a column that is not there.
    """
    array = as_items(items)
    shape = array.shape[1:]
    flat = array.reshape(len(array), -1)
    kind = _kind(flat, likelihood, picture=len(shape) > 1)
    variables = flat.shape[1]
    kinds: list[tuple[float, ...]] = [()] * variables
    means, spreads = np.zeros(variables), np.ones(variables)
    if kind in ("gaussian", "student"):
        numbers = _finite(flat)
        kinds = _kinds(numbers, categorical)
        real = np.array([not one for one in kinds])
        means[real], spreads[real] = _spread(numbers[:, real], np.flatnonzero(real))
    elif len(categorical):
        raise ParameterError(f"categorical columns need rows of numbers, not {kind}")
    made = _made(kind, flat, kinds, components)
    coding = Coding(shape, made, kind, means, spreads, tuple(kinds), radius, neighbours)
    return coding, coding.numbers(array, chances=True)


def binarised(items: Any, seed: int = 0) -> NDArray[np.uint8]:
    """Bits drawn of grey levels: uint8 of 0 and 1, by chances x/255 of uint8, else x in [0, 1].

    >>> binarised(np.array([[0, 255], [255, 0]], np.uint8)).tolist()
    [[0, 1], [1, 0]]

    Raises:
        ArrayError: a chance is below 0 or above 1, or no number.
    """
    array = as_items(items)
    chances = _bits(array.reshape(len(array), -1), chances=True).reshape(array.shape)
    return (np.random.default_rng(seed).random(array.shape) < chances).astype(np.uint8)


def as_whole(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers of a table are read as floats; as bytes where none is anything else.

    Whole numbers out of a byte's range become int64; all else stays.

    >>> as_whole(np.array([[1.0, 2.0]])).dtype.name
    'uint8'
    """
    if values.dtype.kind != "f":
        return values
    small = np.asarray(values)
    if np.isfinite(small).all() and (small == small.round()).all():
        fits = small.min() >= 0 and small.max() <= 255
        return small.astype(np.uint8 if fits else np.int64)
    return values


def as_items(items: Any) -> NDArray[Any]:
    """An array (n, features) or (n, height, width[, channels]) of numbers, at least one row.

    Raises:
        ArrayError: it is something else.
    """
    if hasattr(items, "toarray"):
        raise ArrayError("X is sparse; give a dense array, such as X.toarray()")
    try:
        array = np.asarray(items)
    except ValueError as error:
        raise ArrayError("X must be one array: its rows differ in length") from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ArrayError(f"X must hold numbers: {error}") from error
    if array.dtype.kind == "c":
        raise ArrayError("Complex data not supported: X must hold real numbers")
    if array.dtype.kind not in "biuf":
        raise ArrayError(f"X must hold real numbers, not {array.dtype}")
    if not 2 <= array.ndim <= 4:
        raise ArrayError(
            "X must be (n, features) or (n, height, width[, channels]), not of "
            f"{array.ndim} dimensions. Reshape your data: one row is X.reshape(1, -1)"
        )
    if 0 in array.shape:
        what = "sample" if not len(array) else "feature"
        raise ArrayError(
            f"X has 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required."
        )
    return array


def _kind(flat: NDArray[Any], asked: str, *, picture: bool) -> str:
    if asked not in LIKELIHOODS:
        raise ParameterError(f"likelihood must be one of {', '.join(LIKELIHOODS)}, not {asked!r}")
    if asked != "auto":
        return asked
    if flat.dtype.kind == "b":
        return "bernoulli"
    if flat.dtype == np.uint8:
        return "bernoulli" if picture and flat.max() <= 1 else "bytes"
    if picture and flat.min() >= 0 and flat.max() <= 1:
        return "bernoulli"
    return "student"


def _made(
    kind: str, flat: NDArray[Any], kinds: list[tuple[float, ...]], components: int | None
) -> Likelihood:
    if kind == "bernoulli":
        return Bernoulli()
    if kind == "bytes":
        low, high = float(flat.min()), float(flat.max())
        return Bytes(components or 4, (low + high) / 2, max(high - low, 1.0) / 4)
    real: Likelihood = (Student if kind == "student" else Gaussian)(components or 3)
    if not any(kinds):
        return real
    parts: list[tuple[Likelihood, tuple[int, ...]]] = []
    numeric = tuple(column for column, one in enumerate(kinds) if not one)
    if numeric:
        parts.append((real, numeric))
    for size in sorted({len(one) for one in kinds if one}):
        columns = tuple(column for column, one in enumerate(kinds) if len(one) == size)
        parts.append((Categorical(size), columns))
    return Mixed(tuple(parts))


def _kinds(numbers: Floats, categorical: Sequence[int]) -> list[tuple[float, ...]]:
    kinds: list[tuple[float, ...]] = [()] * numbers.shape[1]
    for column in categorical:
        if not -numbers.shape[1] <= column < numbers.shape[1]:
            raise ParameterError(
                f"categorical names column {column}; X has {numbers.shape[1]}, counted from 0"
            )
        found = np.unique(numbers[:, column])
        if len(found) > 256:
            raise ArrayError(f"column {column} has {len(found)} different values: too many kinds")
        if len(found) < 2:
            raise ArrayError(f"column {column} is constant: it says nothing, leave it out")
        kinds[column] = tuple(found.tolist())
    return kinds


def _spread(numbers: Floats, columns: NDArray[np.int64]) -> tuple[Floats, Floats]:
    means, spreads = numbers.mean(0), numbers.std(0)
    flat = np.flatnonzero(spreads <= 1e-12 * np.maximum(abs(means), 1e-300))
    if flat.size and len(numbers) > 1:
        raise ArrayError(
            f"column {columns[flat[0]]} is constant: its density has no bound, leave it out"
        )
    if len(numbers) == 1:
        raise ArrayError("X has 1 sample (n_samples=1), which has no spread: give more rows")
    return means, spreads


def _finite(flat: NDArray[Any]) -> Floats:
    numbers = flat.astype(np.float64)
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        what = "NaN" if np.isnan(numbers[row, column]) else "infinity"
        raise ArrayError(f"X contains {what} in row {row}, column {column}")
    return numbers


def _bits(flat: NDArray[Any], *, chances: bool) -> Floats:
    numbers = _finite(flat)
    if flat.dtype == np.uint8 and numbers.max() > 1 and chances:
        numbers = numbers / 255.0
    if numbers.min() < 0 or numbers.max() > 1:
        raise ArrayError("bits must be 0 or 1; grey levels in [0, 1] are drawn anew while fitting")
    if not chances and not np.isin(numbers, (0.0, 1.0)).all():
        row, column = np.argwhere((numbers != 0) & (numbers != 1))[0]
        raise ArrayError(
            f"row {row}, column {column} is {numbers[row, column]:g}, not 0 or 1: grey levels have "
            "no chance of their own; draw bits first (gezhi.latent.density.binarised)"
        )
    return numbers


def _bytes(flat: NDArray[Any]) -> Floats:
    numbers = _finite(flat)
    wrong = (numbers < 0) | (numbers > 255) | (numbers != numbers.round())
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ArrayError(
            f"row {row}, column {column} is {numbers[row, column]:g}; bytes are whole numbers "
            "from 0 to 255"
        )
    return numbers


def _numbered(values: Floats, column: int, kinds: tuple[float, ...]) -> Floats:
    known = np.asarray(kinds)
    at = np.searchsorted(known, values).clip(0, len(known) - 1)
    if (known[at] != values).any():
        row = int(np.flatnonzero(known[at] != values)[0])
        raise ArrayError(
            f"row {row}, column {column} is {values[row]:g}, which was not among its "
            f"{len(kinds)} kinds in fitting"
        )
    return at.astype(np.float64)


def _by(shape: Sequence[int]) -> str:
    return " by ".join(str(one) for one in shape)
