"""What a decoder's numbers say of each variable of an item: log q(x_i | z, x_{<i}), and draws.

Every likelihood is written once for torch, in which networks are trained, and for NumPy, in which
densities are scored in float64: `xp` is the module whose arrays are given. A variable's parameters
come in groups, one array (n, variables, size) each; of the group `located` the variables before it
move every number alike.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

__all__ = [
    "Array",
    "Bernoulli",
    "Bytes",
    "Categorical",
    "Gaussian",
    "Likelihood",
    "Mixed",
    "Student",
    "likelihood_from",
    "log_add",
    "log_sigmoid",
    "log_softmax",
]

Array = Any
_LOG_2PI = math.log(2 * math.pi)
#: Added to a chance before its logarithm, so that float32 can be trained.
_LEAST = 1e-12
_BYTES = 256


def log_sigmoid(xp: Any, x: Array) -> Array:
    """log 1/(1 + exp(−x)), exact where x is far below zero.

    >>> float(log_sigmoid(np, np.array(-800.0)))
    -800.0
    """
    return xp.minimum(x, 0 * x) - xp.log1p(xp.exp(-abs(x)))


def log_add(xp: Any, x: Array) -> Array:
    """log Σ exp(x) over the last axis.

    >>> float(log_add(np, np.log([1.0, 3.0]))) == math.log(4.0)
    True
    """
    most = x.max(-1) if xp is np else x.max(-1).values
    return most + xp.log(xp.exp(x - most[..., None]).sum(-1))


def log_softmax(xp: Any, x: Array) -> Array:
    """x − log Σ exp(x) over the last axis.

    >>> log_softmax(np, np.array([0.0, 0.0])).round(3).tolist()
    [-0.693, -0.693]
    """
    return x - log_add(xp, x)[..., None]


def _softmax(xp: Any, x: Array) -> Array:
    if xp is not np:
        return xp.softmax(x, -1)
    grown = np.exp(x - x.max(-1, keepdims=True))
    return grown / grown.sum(-1, keepdims=True)


def _sigmoid(xp: Any, x: Array) -> Array:
    return xp.sigmoid(x) if xp is not np else 1.0 / (1.0 + np.exp(-x.clip(-700.0, 700.0)))


class Likelihood(ABC):
    """What all likelihoods have.

    Attributes:
        levels: values are whole numbers below it; 0 where they are real.
        located: the group that neighbours move, by `step` for one; -1 is none.
        tabled: whether there is a table of chances, one for all or one a variable.
    """

    levels: ClassVar[int] = 0
    located: ClassVar[int] = -1
    step: ClassVar[float] = 1.0
    tabled: ClassVar[bool] = False

    @property
    @abstractmethod
    def groups(self) -> tuple[int, ...]:
        """How many parameters of each sort a variable has."""

    @abstractmethod
    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """log q(x_i | z, x_{<i}), nats, (n, variables), of values (n, variables)."""

    def below(self, v: Array, given: Sequence[Array], table: Array) -> Array:
        """The chance of a value below v, of whole numbers 0 … `levels`, (n, variables)."""
        raise TypeError(f"{type(self).__name__} has no whole numbers")

    @abstractmethod
    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """A value of each variable, (n, variables) float64."""

    @abstractmethod
    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """The expected value of each variable, (n, variables) float64."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What `likelihood_from` makes it of, as plain JSON."""


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """Bits: a logit each.

    >>> one, logit = np.array([[1.0]]), np.array([[[0.0]]])
    >>> Bernoulli().log_probability(np, one, [logit], one).round(4).tolist()
    [[-0.6931]]
    """

    levels: ClassVar[int] = 2
    located: ClassVar[int] = 0

    @property
    def groups(self) -> tuple[int, ...]:
        """The logit."""
        return (1,)

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """x log p + (1 − x) log (1 − p)."""
        logit = given[0][..., 0]
        return x * log_sigmoid(xp, logit) + (1 - x) * log_sigmoid(xp, -logit)

    def below(self, v: Array, given: Sequence[Array], table: Array) -> Array:
        """0, 1 − p, 1."""
        none = 1.0 - _sigmoid(np, given[0][..., 0])
        return np.where(v <= 0, 0.0, np.where(v == 1, none, 1.0))

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """Bits as 0.0 and 1.0."""
        chance = self.mean(given, table)
        return (random.random(chance.shape) < chance).astype(np.float64)

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """p."""
        return _sigmoid(np, given[0][..., 0])

    def describe(self) -> dict[str, Any]:
        """Its name."""
        return {"name": "bernoulli"}


@dataclass(frozen=True)
class Bytes(Likelihood):
    """Whole numbers from 0 to 255: a mixture of discretised logistics and of one table.

    Of the logistics each has weight, mean and log scale (Salimans et al., PixelCNN++, 2017, eq. 2);
    the ends take the tails. The table, one for all pixels or one a column, has a weight at each
    variable: it takes what stands out in a data set, such as zeros, or 253 and 254 in MNIST.
    Means and scales are told in units of `unit` from `centre`: a quarter and the middle of the
    range that is used.
    """

    components: int = 4
    centre: float = 127.5
    unit: float = 64.0
    levels: ClassVar[int] = _BYTES
    located: ClassVar[int] = 1
    step: ClassVar[float] = 2.0
    tabled: ClassVar[bool] = True

    @property
    def groups(self) -> tuple[int, ...]:
        """Weights and the table's, means, log scales."""
        return self.components + 1, self.components, self.components

    def _parts(self, xp: Any, given: Sequence[Array]) -> tuple[Array, Array, Array]:
        mean = self.centre + self.unit * given[1]
        inverse = xp.exp(-(math.log(self.unit) - 1.0 + given[2].clip(-7.0, 3.0)))
        return _softmax(xp, given[0]), mean, inverse

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """log of Σ_k w_k (σ((x + ½ − m_k)/s_k) − σ((x − ½ − m_k)/s_k)) + w_T t(x)."""
        weights, mean, inverse = self._parts(xp, given)
        v = x[..., None]
        middle, half = (v - mean) * inverse, 0.5 * inverse
        top, bottom = 1e4 * (v > _BYTES - 1.5), 1e4 * (v < 0.5)
        whole = _looked_up(xp, _softmax(xp, table), x)
        logistic = _sigmoid(xp, middle + (half + top)) - _sigmoid(xp, middle - (half + bottom))
        mixed = (weights[..., :-1] * logistic).sum(-1) + weights[..., -1] * whole
        return xp.log(mixed + _LEAST)

    def below(self, v: Array, given: Sequence[Array], table: Array) -> Array:
        """Σ_k w_k σ((v − ½ − m_k)/s_k) + w_T Σ_{u<v} t(u)."""
        weights, mean, inverse = self._parts(np, given)
        logistic = _sigmoid(np, (v[..., None] - 0.5 - mean) * inverse)
        summed = np.cumsum(_softmax(np, table), -1)
        before = _looked_up(np, np.concatenate([0 * summed[:, :1], summed[:, :-1]], -1), v % _BYTES)
        inside = (weights[..., :-1] * logistic).sum(-1) + weights[..., -1] * before
        return np.where(v <= 0, 0.0, np.where(v >= _BYTES, 1.0, inside))

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """The smallest value whose chance of it or less is above a uniform number."""
        uniform = random.random(given[0].shape[:-1])
        low = np.zeros(uniform.shape)
        for size in (128, 64, 32, 16, 8, 4, 2, 1):
            low += size * (self.below(low + size, given, table) <= uniform)
        return low

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """Σ_v v q(v), with the logistics' tails cut at the ends."""
        weights, mean, _ = self._parts(np, given)
        whole = (_softmax(np, table) * np.arange(_BYTES)).sum(-1)
        inside = (weights[..., :-1] * mean.clip(0, _BYTES - 1)).sum(-1)
        return inside + weights[..., -1] * whole

    def describe(self) -> dict[str, Any]:
        """Its name, number of logistics, and range."""
        rest = {"components": self.components, "centre": self.centre, "unit": self.unit}
        return {"name": "bytes", **rest}


def _looked_up(xp: Any, table: Array, x: Array) -> Array:
    """table[0, x], or table[i, x_i] where each variable has a row."""
    whole = x.astype(np.int64) if xp is np else x.long()
    if len(table) > 1:
        rows = np.arange(len(table)) if xp is np else xp.arange(len(table), device=table.device)
        whole = whole + table.shape[1] * rows
    return table.reshape(-1)[whole]


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """Real numbers: a mixture of normal distributions, each a weight, mean and log variance."""

    components: int = 1
    located: ClassVar[int] = 1

    @property
    def groups(self) -> tuple[int, ...]:
        """Weights, means, log variances."""
        return (self.components,) * 3

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """log Σ_k w_k N(x; m_k, v_k)."""
        log_variance = given[2].clip(-9.0, 8.0)
        square = (x[..., None] - given[1]) ** 2
        each = -0.5 * (_LOG_2PI + log_variance + square * xp.exp(-log_variance))
        return log_add(xp, log_softmax(xp, given[0]) + each)

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """Draws of one component each."""
        one = _chosen(random, given)
        spread = np.exp(0.5 * one[1].clip(-9.0, 8.0))
        return np.asarray(one[0] + spread * random.standard_normal(spread.shape))

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """Σ_k w_k m_k."""
        return (_softmax(np, given[0]) * given[1]).sum(-1)

    def describe(self) -> dict[str, Any]:
        """Its name and number of components."""
        return {"name": "gaussian", "components": self.components}


@dataclass(frozen=True)
class Student(Likelihood):
    """Real numbers with heavy tails: weight, location, log scale and freedom of each component."""

    components: int = 1
    located: ClassVar[int] = 1

    @property
    def groups(self) -> tuple[int, ...]:
        """Weights, locations, log scales, logs of the degrees of freedom − 2."""
        return (self.components,) * 4

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """log Σ_k w_k t(x; m_k, s_k, ν_k)."""
        log_scale = given[2].clip(-5.0, 4.0)
        freedom = 2.0 + xp.exp(given[3].clip(-4.0, 6.0))
        ratio = (x[..., None] - given[1]) * xp.exp(-log_scale)
        each = (
            _log_gamma(xp, 0.5 * (freedom + 1))
            - _log_gamma(xp, 0.5 * freedom)
            - 0.5 * xp.log(math.pi * freedom)
            - log_scale
            - 0.5 * (freedom + 1) * xp.log1p(ratio**2 / freedom)
        )
        return log_add(xp, log_softmax(xp, given[0]) + each)

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """Draws of one component each."""
        location, log_scale, free = _chosen(random, given)
        freedom = 2.0 + np.exp(free.clip(-4.0, 6.0))
        return np.asarray(location + np.exp(log_scale.clip(-5.0, 4.0)) * random.standard_t(freedom))

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """Σ_k w_k m_k."""
        return (_softmax(np, given[0]) * given[1]).sum(-1)

    def describe(self) -> dict[str, Any]:
        """Its name and number of components."""
        return {"name": "student", "components": self.components}


def _chosen(random: np.random.Generator, given: Sequence[Array]) -> list[Array]:
    """The other parameters of one component for each variable, drawn by the weights."""
    summed = np.cumsum(_softmax(np, given[0]), -1)
    uniform = random.random(summed.shape[:-1])[..., None]
    which = np.minimum((summed <= uniform).sum(-1), summed.shape[-1] - 1)[..., None]
    return [np.take_along_axis(one, which, -1)[..., 0] for one in given[1:]]


def _log_gamma(xp: Any, x: Array) -> Array:
    """log Γ(x) for x ≥ ½ by Stirling's series behind ten steps (DLMF 5.11.1); to 13 digits."""
    product, moved = 1.0, x
    for _ in range(10):
        product, moved = product * moved, moved + 1
    square = 1 / (moved * moved)
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / moved
    return (moved - 0.5) * xp.log(moved) - moved + 0.5 * _LOG_2PI + series - xp.log(product)


@dataclass(frozen=True)
class Categorical(Likelihood):
    """One of a few kinds, by number: a logit each.

    >>> logits, one = np.log([[[0.25, 0.75]]]), np.array([[1.0]])
    >>> np.exp(Categorical(2).log_probability(np, one, [logits], one)).round(3).tolist()
    [[0.75]]
    """

    kinds: int

    @property
    def groups(self) -> tuple[int, ...]:
        """The logits."""
        return (self.kinds,)

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """The softmax's log at x."""
        logs = log_softmax(xp, given[0])
        if xp is np:
            return np.take_along_axis(logs, x[..., None].astype(np.int64), -1)[..., 0]
        return xp.take_along_dim(logs, x[..., None].long(), -1)[..., 0]

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """Kinds by number, float64."""
        summed = np.cumsum(_softmax(np, given[0]), -1)
        uniform = random.random(summed.shape[:-1])[..., None]
        return np.minimum((summed <= uniform).sum(-1), self.kinds - 1).astype(np.float64)

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """The likeliest kind."""
        return given[0].argmax(-1).astype(np.float64)

    def describe(self) -> dict[str, Any]:
        """Its name and number of kinds."""
        return {"name": "categorical", "kinds": self.kinds}


@dataclass(frozen=True)
class Mixed(Likelihood):
    """Columns of several sorts: each part has a likelihood and the numbers of its columns."""

    parts: tuple[tuple[Likelihood, tuple[int, ...]], ...]

    @property
    def groups(self) -> tuple[int, ...]:
        """Those of all parts, one behind the other."""
        return tuple(size for one, _ in self.parts for size in one.groups)

    def _each(self, given: Sequence[Array]) -> list[tuple[Likelihood, list[int], list[Array]]]:
        found, at = [], 0
        for one, columns in self.parts:
            mine = [group[:, list(columns)] for group in given[at : at + len(one.groups)]]
            found.append((one, list(columns), mine))
            at += len(one.groups)
        return found

    def only(self, column: int, given: Sequence[Array]) -> tuple[Likelihood, list[Array]]:
        """The likelihood of one column and its groups, of groups of that column alone."""
        at = 0
        for one, columns in self.parts:
            mine = list(given[at : at + len(one.groups)])
            if column in columns:
                return one, mine
            at += len(one.groups)
        raise IndexError(column)

    def _joined(self, xp: Any, parts: list[Array]) -> Array:
        order = np.argsort([column for _, columns in self.parts for column in columns])
        joined = np.concatenate(parts, 1) if xp is np else xp.cat(parts, 1)
        return joined[:, order.tolist()]

    def log_probability(self, xp: Any, x: Array, given: Sequence[Array], table: Array) -> Array:
        """Each column by its own likelihood."""
        each = self._each(given)
        logs = [one.log_probability(xp, x[:, at], mine, table) for one, at, mine in each]
        return self._joined(xp, logs)

    def draw(self, random: np.random.Generator, given: Sequence[Array], table: Array) -> Array:
        """Each column by its own likelihood."""
        return self._joined(
            np, [one.draw(random, mine, table) for one, _, mine in self._each(given)]
        )

    def mean(self, given: Sequence[Array], table: Array) -> Array:
        """Each column by its own likelihood."""
        return self._joined(np, [one.mean(mine, table) for one, _, mine in self._each(given)])

    def describe(self) -> dict[str, Any]:
        """Its name and its parts."""
        parts = [[one.describe(), list(columns)] for one, columns in self.parts]
        return {"name": "mixed", "parts": parts}


def likelihood_from(description: dict[str, Any]) -> Likelihood:
    """The likelihood that `Likelihood.describe` has described.

    >>> likelihood_from(Bytes(3).describe())
    Bytes(components=3, centre=127.5, unit=64.0)
    """
    rest = dict(description)
    name = rest.pop("name")
    if name == "mixed":
        parts = ((likelihood_from(one), tuple(columns)) for one, columns in rest["parts"])
        return Mixed(tuple(parts))
    kinds = {
        "bernoulli": Bernoulli,
        "bytes": Bytes,
        "gaussian": Gaussian,
        "student": Student,
        "categorical": Categorical,
    }
    made: Likelihood = kinds[name](**rest)
    return made
