"""What the decoder and the variables before a variable say of it together.

Written once for torch and NumPy: the networks are trained with what scores and codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gezhi.latent.density.context import Context
from gezhi.latent.density.likelihoods import Likelihood, log_add, log_softmax

__all__ = ["Array", "conditional", "features", "head_shapes", "log_prior"]

Array = Any
_LOG_2PI = math.log(2 * math.pi)


def head_shapes(
    context: Context, likelihood: Likelihood, gates: int, variables: int
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weights of `conditional`."""
    rows, looks = (1 if context.shared else variables), context.looks
    wide = 2 * looks + len(context.pairs) if context.shared else looks
    shapes: dict[str, tuple[int, ...]] = {}
    for number, size in enumerate(likelihood.groups):
        shapes[f"mix{number}"] = (rows, gates, size)
        shapes[f"bias{number}"] = (variables, size)
        if looks:
            shapes[f"plain{number}"] = (rows, wide, size)
    if looks and likelihood.located >= 0:
        shapes["filters"] = (rows, looks, gates)
        shapes["own"] = (variables, looks)
    return shapes


def features(xp: Any, context: Context, looks: Array) -> Array:
    """What the looks (n, variables, looks) show: in a picture also which are zero, and edges."""
    if not context.shared:
        return looks
    empty = (looks == 0) * 1.0 if xp is np else (looks == 0).to(looks.dtype)
    one, other = context.pairs[:, 0], context.pairs[:, 1]
    edges = abs(looks[..., one] - looks[..., other])
    parts = [looks, empty, edges]
    return np.concatenate(parts, -1) if xp is np else xp.cat(parts, -1)


def log_prior(xp: Any, prior: Mapping[str, Array] | None, z: Array) -> Array:
    """log q(z), nats, (n,): of N(0, 1), or of a mixture's weights, means and log variances.

    >>> log_prior(np, None, np.zeros((1, 2))).round(4).tolist()
    [-1.8379]
    """
    if prior is None:
        return -0.5 * (z**2 + _LOG_2PI).sum(-1)
    log_variances = prior["log_variances"].clip(-8.0, 4.0)
    distance = (z[:, None] - prior["means"]) ** 2 * xp.exp(-log_variances)
    each = -0.5 * (distance + log_variances + _LOG_2PI).sum(-1)
    return log_add(xp, log_softmax(xp, prior["weights"]) + each)


def conditional(
    xp: Any,
    context: Context,
    likelihood: Likelihood,
    weights: Mapping[str, Array],
    decoded: Array,
    looks: Array | None,
) -> list[Array]:
    """The likelihood's groups of parameters, (n, variables, size) each.

    Args:
        weights: as in `head_shapes`; those with a row a variable may be cut to some of them.
        decoded: (n, variables, gates), from z.
        looks: (n, variables, looks) of inputs, or None where the context has none.
    """
    plain = features(xp, context, looks) if looks is not None else None
    groups = []
    for number in range(len(likelihood.groups)):
        group = _mapped(decoded, weights[f"mix{number}"]) + weights[f"bias{number}"]
        if plain is not None:
            group = group + _mapped(plain, weights[f"plain{number}"])
        groups.append(group)
    if looks is not None and likelihood.located >= 0:
        # The decoder opens filters over the neighbours, beside one of the variable's own.
        opened = (decoded * _mapped(looks, weights["filters"])).sum(-1)
        moved = opened + (looks * weights["own"]).sum(-1)
        at = likelihood.located
        groups[at] = groups[at] + likelihood.step * moved[..., None]
    return groups


def _mapped(values: Array, matrices: Array) -> Array:
    """(n, variables, a) by (1 or variables, a, b): (n, variables, b)."""
    if len(matrices) == 1:
        return values @ matrices[0]
    return (values[..., None, :] @ matrices)[..., 0, :]
