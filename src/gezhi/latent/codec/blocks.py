"""A segment: items that are coded onto one stack, in blocks that grow with what lies on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import ParameterError
from gezhi.latent.codec.symbols import (
    Exhausted,
    Stack,
    bits_taken,
    pop_block,
    push_block,
    room_needed,
)
from gezhi.latent.density.model import DensityModel

__all__ = ["LARGEST_BLOCK", "Floats", "pack_segment", "unpack_segment"]

Floats = NDArray[np.float64]

#: Items that are coded at once: more are no quicker, and want more memory.
LARGEST_BLOCK = 512
_SEED = 20_000


def pack_segment(model: DensityModel, numbers: Floats) -> tuple[NDArray[np.uint32], list[int], int]:
    """Code items (n, variables): the words, the sizes of the blocks, and the seed's words."""
    if not len(numbers):
        raise ParameterError("a segment must have an item")
    expected = bits_taken(model.posterior(numbers)[1])
    words = -(-room_needed(float(expected[0]), model.latent) // 32)
    for _ in range(20):
        try:
            stack = Stack(_seed_words(words))
            sizes = _pushed(stack, model, numbers, expected)
        except Exhausted:
            words *= 2
            continue
        return stack.words(), sizes, words
    raise ParameterError("the model's z wants more bits than a stack can hold")


def _pushed(stack: Stack, model: DensityModel, numbers: Floats, expected: Floats) -> list[int]:
    sizes, at = [], 0
    while at < len(numbers):
        size = _fitting(stack.bits, expected[at : at + LARGEST_BLOCK], model.latent)
        push_block(stack, model, numbers[at : at + size])
        sizes.append(size)
        at += size
    return sizes


def _fitting(bits: int, expected: Floats, latent: int) -> int:
    """How many of the next items the stack has bits for; at least one."""
    needed = np.cumsum(expected) + 8 * np.sqrt(latent * np.arange(1, len(expected) + 1)) + 64
    return max(1, int(np.searchsorted(needed, bits, side="right")))


def unpack_segment(model: DensityModel, words: NDArray[np.uint32], sizes: list[int]) -> Floats:
    """The items (n, variables) that `pack_segment` has coded."""
    stack = Stack(words, whole=True)
    blocks = [pop_block(stack, model, size) for size in reversed(sizes)]
    return np.concatenate(blocks[::-1])


def _seed_words(words: int) -> NDArray[np.uint32]:
    """Bits that mean nothing, the same ones every time."""
    return np.random.default_rng(_SEED).integers(0, 1 << 32, words, dtype=np.uint32)
