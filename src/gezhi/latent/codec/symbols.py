"""Bits-back coding of items by a fitted VAE (Frey; Townsend et al., BB-ANS, 2019).

Items are coded block by block onto one stack of bits. A block first takes bits off the stack and
reads them as a draw of z from p(z|x); then it puts the items on by q(x|z), and z by q(z). What z
took is bits that were there anyway, so that a block costs −log q(x|z) q(z) / p(z|x): the evidence
lower bound. The first block finds a seed of bits, few, since it is small.

A cell is told in halves: is it in the upper half of its range, of that half, and so on. Each of
these chances is asked of the model with the cells before it known, for all items of a block at
once, in calls that are the same in both directions; they are rounded, so that what two processors
may differ by has no part in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import constriction
import numpy as np
from numpy.typing import NDArray

from gezhi.latent.density.likelihoods import Likelihood
from gezhi.latent.density.model import DensityModel

__all__ = [
    "Exhausted",
    "Floats",
    "Ints",
    "Stack",
    "bits_taken",
    "halvings",
    "pop_block",
    "push_block",
    "room_needed",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: z is told to this fraction of one; the sharpest p(z|x) that a model has is twice as wide.
_STEPS = 128
_FARTHEST = 12 * _STEPS
#: Chances are whole numbers of this fraction.
_CHANCES = 1 << 22
#: Means and spreads are whole numbers of this fraction.
_FINE = 1 << 20
#: With fewer bits left the coder would have made some up.
_LEAST_BITS = 33

_coins = constriction.stream.model.Bernoulli(perfect=False)
_bells = constriction.stream.model.QuantizedGaussian(-_FARTHEST, _FARTHEST)


class Exhausted(Exception):
    """The stack held too few bits for a block."""


class Stack:
    """Bits that can be put on and taken off again, of `words` (uint32).

    >>> stack = Stack(np.arange(1, 9, dtype=np.uint32))
    >>> before = stack.bits
    >>> stack.put_bits(np.array([1, 0]), np.array([0.5, 0.25]))
    >>> stack.take_bits(np.array([0.5, 0.25])).tolist(), stack.bits == before
    ([1, 0], True)
    """

    def __init__(self, words: NDArray[np.uint32], *, whole: bool = False) -> None:
        self._coder = constriction.stream.stack.AnsCoder(words, seal=not whole)

    @property
    def bits(self) -> int:
        """How many there are."""
        return int(self._coder.num_bits())

    def words(self) -> NDArray[np.uint32]:
        """All of them; of these `Stack(words, whole=True)` makes the same stack."""
        return np.asarray(self._coder.get_compressed(), np.uint32)

    def seed(self) -> NDArray[np.uint32]:
        """What it was made of, once everything has been taken off."""
        return np.asarray(self._coder.get_compressed(unseal=True), np.uint32)

    def put_bits(self, bits: Ints, chances: Floats) -> None:
        """Put bits on, so that `take_bits` finds them in their order; `chances` are of ones."""
        self._coder.encode_reverse(bits.astype(np.int32), _coins, _rounded(chances))

    def take_bits(self, chances: Floats) -> Ints:
        """Take bits off."""
        return np.asarray(self._coder.decode(_coins, _rounded(chances)), np.int64)

    def put_latent(self, steps: Ints, means: Floats, spreads: Floats) -> None:
        """Put z on, in steps, by normal distributions."""
        self._coder.encode_reverse(steps.astype(np.int32), _bells, means * _STEPS, spreads * _STEPS)

    def take_latent(self, means: Floats, spreads: Floats) -> Ints:
        """Take z off."""
        taken = self._coder.decode(_bells, means * _STEPS, spreads * _STEPS)
        return np.asarray(taken, np.int64)


def _rounded(chances: Floats) -> Floats:
    return np.clip(np.rint(chances * _CHANCES), 1, _CHANCES - 1) / _CHANCES


def halvings(levels: int) -> int:
    """How often a range of so many values is halved until one is left.

    >>> [halvings(levels) for levels in (2, 256)]
    [1, 8]
    """
    return max(1, math.ceil(math.log2(levels)))


def bits_taken(log_variances: Floats) -> Floats:
    """(n,) how many bits the z of each item takes off the stack, on average.

    >>> bits_taken(np.zeros((1, 2))).round(2).tolist()
    [18.09]
    """
    each = 0.5 * log_variances + 0.5 * math.log(2 * math.pi * math.e)
    return np.asarray((each / math.log(2) + math.log2(_STEPS)).clip(0.0).sum(-1))


def room_needed(bits: float, numbers: int) -> int:
    """Bits that must be on the stack for so many numbers of z to be taken: far above the mean."""
    return math.ceil(bits + 8 * math.sqrt(numbers) + 64)


def push_block(stack: Stack, model: DensityModel, numbers: Floats) -> None:
    """Put items (n, variables) of whole numbers on the stack.

    Raises:
        Exhausted: the stack has too few bits for z; it is of no more use.
    """
    means, spreads = _posterior(model, numbers)
    taken = stack.take_latent(means.ravel(), spreads.ravel())
    if stack.bits < _LEAST_BITS:
        raise Exhausted(f"{len(numbers)} items took all bits of the stack")
    steps = taken.reshape(means.shape)
    told: list[Ints] = []
    chances: list[Floats] = []

    def tell(i: int, half: int, chance: Floats) -> Ints:
        bits = (numbers[:, i].astype(np.int64) >> half) & 1
        told.append(bits)
        chances.append(chance)
        return bits

    _walk(model, steps / _STEPS, len(numbers), tell)
    stack.put_bits(np.concatenate(told), np.concatenate(chances))
    stack.put_latent(steps.ravel(), np.zeros(steps.size), np.ones(steps.size))


def pop_block(stack: Stack, model: DensityModel, n: int) -> Floats:
    """Take the items (n, variables) off again that `push_block` has put on."""
    size = n * model.latent
    steps = stack.take_latent(np.zeros(size), np.ones(size)).reshape(n, model.latent)
    numbers = _walk(model, steps / _STEPS, n, lambda _, __, chance: stack.take_bits(chance))
    means, spreads = _posterior(model, numbers)
    stack.put_latent(steps.ravel(), means.ravel(), spreads.ravel())
    return numbers


def _posterior(model: DensityModel, numbers: Floats) -> tuple[Floats, Floats]:
    """Means and spreads of p(z|x), rounded, and within what z can be told as."""
    means, log_variances = model.posterior(numbers)
    spreads = np.exp(0.5 * log_variances)
    means, spreads = (np.rint(one * _FINE) / _FINE for one in (means, spreads))
    return means.clip(-11.0, 11.0), spreads


def _walk(
    model: DensityModel, z: Floats, n: int, tell: Callable[[int, int, Floats], Ints]
) -> Floats:
    """Go through all cells and halves; `tell` is given chances of ones and gives the bits."""
    likelihood = model.coding.likelihood
    decoded, context = model.decoded(z), model.context
    numbers = np.zeros((n, model.coding.variables))
    seen = np.zeros((n, model.coding.inputs + 1))
    for i in range(model.coding.variables):
        near = seen[:, None, context.index[i]] if context.looks else None
        given = model.given_at(i, decoded[:, i : i + 1], near)
        value = _halved(likelihood, given, model.table_at(i), i, n, tell)
        numbers[:, i] = value
        seen[:, i] = model.coding.seen(value)
    return numbers


def _halved(
    likelihood: Likelihood,
    given: list[Floats],
    table: Floats,
    i: int,
    n: int,
    tell: Callable[[int, int, Floats], Ints],
) -> Floats:
    below = _below(likelihood, given, table)
    low, under, over = np.zeros((n, 1)), np.zeros((n, 1)), np.ones((n, 1))
    for half in reversed(range(halvings(likelihood.levels))):
        middle = low + (1 << half)
        here = below(middle)
        chance = (over - here) / np.maximum(over - under, 1e-300)
        upper = tell(i, half, chance[:, 0])[:, None] > 0
        low = np.where(upper, middle, low)
        under, over = np.where(upper, here, under), np.where(upper, over, here)
    return low[:, 0]


def _below(likelihood: Likelihood, given: list[Floats], table: Floats) -> Any:
    return lambda v: likelihood.below(v, given, table)
