"""The idea of O-GAN as a part for any GAN: average, deviation and direction of a vector.

A vector v of n ≥ 3 numbers is avg(v), std(v) and N(v) = (v − avg(v)) / std(v), three functions of
which none says anything of another (O-GAN, arXiv 1903.01931; https://kexue.fm/archives/6409). The
average judges, the direction carries the code, and Pearson's correlation ρ ties the code to z: it
looks at directions only, and so leaves the judgement free, which a squared distance would not.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from gezhi.errors import ParameterError

__all__ = ["OrthogonalEncoder", "Parts", "head", "pearson", "split", "standardise"]

_SMALLEST = 1e-8


class Parts(NamedTuple):
    """What `split` makes of vectors (..., n).

    Attributes:
        average: (...), the judgement.
        deviation: (...), not negative.
        direction: (..., n), of mean 0 and mean square 1: the code.
    """

    average: Tensor
    deviation: Tensor
    direction: Tensor


def split(vectors: Tensor) -> Parts:
    """Average, deviation and direction along the last dimension.

    Raises:
        ParameterError: fewer than 3 numbers in a vector, whose parts are not independent.

    >>> average, deviation, direction = split(torch.tensor([1.0, 2.0, 3.0]))
    >>> average.item(), round(deviation.item(), 4), round(direction[2].item(), 4)
    (2.0, 0.8165, 1.2247)
    """
    _require_enough(vectors.shape[-1])
    average = vectors.mean(dim=-1, keepdim=True)
    centred = vectors - average
    # A vector of equal numbers has no direction: it becomes 0, and its gradient stays finite.
    deviation = (centred.square().mean(dim=-1, keepdim=True) + _SMALLEST).sqrt()
    return Parts(average.squeeze(-1), deviation.squeeze(-1), centred / deviation)


def standardise(vectors: Tensor) -> Tensor:
    """N(v) = (v − avg(v)) / std(v) along the last dimension.

    >>> N = standardise(torch.tensor([[1.0, 2.0, 3.0]]))
    >>> bool(torch.allclose(N, standardise(5 * N - 7)))
    True
    """
    return split(vectors).direction


def pearson(first: Tensor, second: Tensor) -> Tensor:
    """ρ = cos(N(a), N(b)) along the last dimension, in [−1, 1].

    >>> z = torch.tensor([0.5, -1.0, 2.0])
    >>> round(pearson(z, 3 * z + 1).item(), 4)
    1.0
    """
    return (standardise(first) * standardise(second)).mean(dim=-1)


class OrthogonalEncoder(nn.Module):
    """A network of n outputs, read as judgement and code. `head` makes one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Parts:
        """Judgement, deviation and code of a batch; outputs (b, n, 1, 1) count as (b, n)."""
        return split(self.network(x).flatten(1))


def head(discriminator: nn.Module, code_dim: int) -> OrthogonalEncoder:
    """Turn any discriminator into an O-GAN encoder, in place.

    The last linear or convolutional layer, which gives one number, gives `code_dim` numbers
    instead, drawn anew, and a sigmoid behind it goes. In the losses the judgement is
    ``encoder(x).average``, and both networks' losses gain
    ``- 0.5 * pearson(z, encoder(G(z)).direction).mean()``.

    Args:
        discriminator: any module whose last layer with weights has one output; weights behind a
            spectral norm keep it.
        code_dim: n, 3 or more: as many numbers as z has.

    Raises:
        ParameterError: there is no such layer, or n is below 3.

    >>> discriminator = nn.Sequential(nn.Flatten(), nn.Linear(16, 1), nn.Sigmoid())
    >>> encoder = head(discriminator, 8)
    >>> judgement, _, code = encoder(torch.randn(5, 1, 4, 4))
    >>> judgement.shape, code.shape
    (torch.Size([5]), torch.Size([5, 8]))
    """
    _require_enough(code_dim)
    layers = [
        (name, one) for name, one in discriminator.named_modules() if isinstance(one, _LAYERS)
    ]
    name, last = layers[-1] if layers else ("", None)
    if last is None or not name or _outputs(last) != 1:
        raise ParameterError(
            "head needs a discriminator inside which the last linear or convolutional layer has "
            f"one output; here it is {last}"
        )
    _put(discriminator, name, _widened(last, code_dim))
    seen = False
    for other, one in list(discriminator.named_modules()):
        seen = seen or other == name
        if seen and isinstance(one, nn.Sigmoid | nn.LogSigmoid):
            _put(discriminator, other, nn.Identity())
    return OrthogonalEncoder(discriminator)


_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def _outputs(layer: nn.Module) -> int:
    outputs = getattr(layer, "out_features", None) or getattr(layer, "out_channels", None)
    return int(outputs or 0)


def _widened(layer: nn.Module, outputs: int) -> nn.Module:
    """The same layer with so many outputs, drawn anew."""
    wide = copy.deepcopy(layer)
    normed = parametrize.is_parametrized(wide)
    if normed:
        parametrize.remove_parametrizations(wide, "weight")
    weight, bias = wide.weight, wide.bias
    assert isinstance(weight, Tensor)
    size = "out_features" if isinstance(wide, nn.Linear) else "out_channels"
    setattr(wide, size, outputs)
    wide.weight = nn.Parameter(torch.empty(outputs, *weight.shape[1:]).to(weight))
    if isinstance(bias, Tensor):
        wide.bias = nn.Parameter(torch.empty(outputs).to(bias))
    assert isinstance(wide, _LAYERS)
    wide.reset_parameters()
    return spectral_norm(wide) if normed else wide


def _put(module: nn.Module, name: str, new: nn.Module) -> None:
    parent, _, leaf = name.rpartition(".")
    setattr(module.get_submodule(parent), leaf, new)


def _require_enough(numbers: int) -> None:
    if numbers < 3:
        raise ParameterError(
            f"a vector needs 3 numbers or more for its average, deviation and direction to be "
            f"independent; here it has {numbers}"
        )
