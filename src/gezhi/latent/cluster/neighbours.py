"""Nearest neighbours of many items, fast enough to be found anew while training."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["nearer", "nearest", "principal"]

_BLOCK = 2000


def principal(x: Tensor, components: int = 50, *, sample: int = 10_000) -> Tensor:
    """The items (n, features) in their leading principal components, found on a sample.

    Float32 of shape (n, min(components, n, features)).
    """
    components = min(components, *x.shape)
    chosen = x[torch.randperm(len(x))[:sample]]
    middle = chosen.mean(dim=0)
    covariance = (chosen - middle).T @ (chosen - middle) / len(chosen)
    _, vectors = torch.linalg.eigh(covariance.double())
    axes = vectors[:, -components:].flip(1).float()
    return torch.cat([(part - middle) @ axes for part in torch.split(x, _BLOCK)])


def nearest(features: Tensor, k: int, *, references: int = 60_000) -> Tensor:
    """For each item k others near it, (n, k), the nearest first.

    They are looked for among at most so many `references`, cut at random into 2k parts: the
    nearest of each part, and of these the k nearest. Looking for one in each part takes a fraction
    of the time of sorting out the k nearest of all, and misses few of them.

    Raises:
        ValueError: there are fewer than k + 1 items.

    >>> line = torch.arange(6.0)[:, None]
    >>> sorted(abs(int(a) - b) for b, a in enumerate(nearest(line, 1)[:, 0]))
    [1, 1, 1, 1, 1, 1]
    """
    n = len(features)
    if n <= k:
        raise ValueError(f"{n} items have no {k} others each")
    order = torch.randperm(n, device=features.device)
    columns = []
    for part in order[: max(references, 2 * k)].tensor_split(min(2 * k, n)):
        if len(part) == 1:  # an item must not be its own only neighbour
            part = torch.cat([part, order[(order != part).nonzero()[:1, 0]]])
        columns.append(_nearest_of(features, part))
    return nearer(features, torch.stack(columns, dim=1), k)


def nearer(features: Tensor, candidates: Tensor, k: int) -> Tensor:
    """Of the candidates (n, many) of the first n items the k nearest, (n, k), the nearest first.

    >>> square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 2.0]])
    >>> nearer(square, torch.tensor([[2, 3, 1]]), 2)
    tensor([[1, 3]])
    """
    kept = []
    for start in range(0, len(candidates), _BLOCK):
        some = candidates[start : start + _BLOCK]
        own = features[start : start + len(some), None]
        distance = (own - features[some]).square().sum(dim=2)
        kept.append(some.gather(1, distance.topk(k, largest=False).indices))
    return torch.cat(kept)


def _nearest_of(features: Tensor, part: Tensor) -> Tensor:
    """For each item the nearest of the part's that is not itself."""
    reference = features[part]
    half = 0.5 * reference.square().sum(dim=1)
    place = torch.full((len(features),), -1, device=features.device)
    place[part] = torch.arange(len(part), device=features.device)
    answers = []
    for start in range(0, len(features), _BLOCK):
        block = features[start : start + _BLOCK]
        nearness = torch.addmm(-half[None], block, reference.T)
        own = place[start : start + _BLOCK]
        rows = (own >= 0).nonzero()[:, 0]
        nearness[rows, own[rows]] = -torch.inf
        answers.append(part[nearness.argmax(dim=1)])
    return torch.cat(answers)
