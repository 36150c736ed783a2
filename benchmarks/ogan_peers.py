"""BiGAN (ALI) and a VAE of the nets, the budget and the schedule that O-GAN has."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gezhi.latent.ogan.networks import Encoder, Generator, Shape
from gezhi.latent.ogan.objectives import gradient_square

__all__ = ["PEERS", "Fitted", "fit_peer"]

_BATCH, _EVERY = 64, 8
_TIMED = 60


@dataclass(frozen=True)
class Fitted:
    """A peer that has learnt.

    Attributes:
        encode: pictures (n, height, width) uint8 to codes (n, d).
        decode: codes to pictures.
        steps: that the budget allowed.
        seconds: of the processor, of the training.
    """

    encode: Callable[[NDArray[Any]], NDArray[Any]]
    decode: Callable[[NDArray[Any]], NDArray[Any]]
    steps: int
    seconds: float


class _Decoder(Generator):
    """The generator, but z as it is: its length counts too."""

    def forward(self, z: Tensor) -> Tensor:
        rows, columns = self.shape.coarsest
        x = self.first(z.float()).unflatten(1, (-1, rows, columns))
        x = self.stages(x.contiguous(memory_format=torch.channels_last))
        x = F.pixel_shuffle(self.last(F.leaky_relu(x, 0.2)), 2)
        return x[:, :, : self.shape.height, : self.shape.width].float().tanh()


class _BiGAN(nn.Module):
    """Encoder, generator, and a judge of pairs (x, z) (arXiv 1605.09782, 1606.00704).

    Its loss is O-GAN's default, relativistic with R1 and R2 by x and z, so that only the design
    differs.
    """

    penalised = True

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder, self.decoder = Encoder(shape), _Decoder(shape)
        self.seen = Encoder(shape)
        self.pair = nn.Sequential(
            nn.Linear(2 * shape.code, 256), nn.LeakyReLU(0.2),
            nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1),
        )  # fmt: skip
        self.groups = (
            [*self.seen.parameters(), *self.pair.parameters()],
            [*self.encoder.parameters(), *self.decoder.parameters()],
        )

    def judged(self, x: Tensor, z: Tensor) -> Tensor:
        found: Tensor = self.pair(torch.cat([self.seen(x), z], dim=1)).float().squeeze(1)
        return found

    def losses(self, x: Callable[[], Tensor], step: int) -> Iterator[Tensor]:
        real = x()
        z = torch.randn(len(real), self.shape.code)
        with torch.no_grad():
            fake, code = self.decoder(z), self.encoder(real)
        due = step % _EVERY == 0
        if due:
            real, code, fake, z = (one.requires_grad_() for one in (real, code, fake, z))
        said, also = self.judged(real, code), self.judged(fake, z)
        loss = F.softplus(also - said).mean()
        if due:
            square = sum(
                gradient_square(one, of)
                for one, of in ((said, real), (said, code), (also, fake), (also, z))
            )
            loss = loss + _EVERY * 0.5 * square.mean()
        yield loss
        real = x()
        z = torch.randn(len(real), self.shape.code)
        said = self.judged(real, self.encoder(real))
        also = self.judged(self.decoder(z), z)
        yield F.softplus(said - also).mean()

    def code(self, x: Tensor) -> Tensor:
        found: Tensor = self.encoder(x)
        return found


class _VAE(nn.Module):
    """Gaussian posterior; Gaussian pixels of one deviation that is learnt (arXiv 2006.13202)."""

    penalised = False

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        wide = Shape(shape.height, shape.width, shape.colours, 2 * shape.code, shape.channels)
        self.encoder, self.decoder = Encoder(wide), _Decoder(shape)
        self.groups = ([*self.encoder.parameters(), *self.decoder.parameters()],)

    def losses(self, x: Callable[[], Tensor], step: int) -> Iterator[Tensor]:
        del step
        real = x()
        mean, logarithm = self.encoder(real).chunk(2, dim=1)
        logarithm = logarithm.clamp(-10, 10)
        z = mean + (logarithm / 2).exp() * torch.randn_like(mean)
        error = (self.decoder(z) - real).square().mean()
        cells = real[0].numel()
        divergence = (mean.square() + logarithm.exp() - 1 - logarithm).sum(1).mean() / 2
        yield cells / 2 * error.log() + divergence

    def code(self, x: Tensor) -> Tensor:
        return self.encoder(x)[:, : self.shape.code]


PEERS: dict[str, type[_BiGAN] | type[_VAE]] = {"BiGAN": _BiGAN, "VAE": _VAE}


def fit_peer(
    name: str,
    pictures: NDArray[np.uint8],
    *,
    seconds: float,
    channels: int,
    code: int,
    seed: int,
    rate: float,
) -> Fitted:
    """Train for so many processor seconds, as measured on its own first steps."""
    shape = Shape(pictures.shape[1], pictures.shape[2], 1, code, channels)
    tensor = torch.from_numpy(pictures)[:, None]

    def draw() -> Tensor:
        return tensor[torch.randint(len(tensor), (_BATCH,))].float() / 127.5 - 1

    each = 0.0
    for steps in (_TIMED, 0):
        torch.manual_seed(seed)
        model = PEERS[name](shape)
        kept = {key: value.clone() for key, value in model.state_dict().items()}
        betas = (0.0, 0.99) if model.penalised else (0.9, 0.999)
        optimisers = [torch.optim.Adam(group, lr=rate, betas=betas) for group in model.groups]
        total = steps or max(1, int(seconds / each))
        begun = time.process_time()
        for step in range(total):
            falling = 0.05 + 0.475 * (1 + math.cos(math.pi * step / total))
            losses = model.losses(draw, step)
            for optimiser, group in zip(optimisers, model.groups, strict=True):
                for one in optimiser.param_groups:
                    one["lr"] = rate * min(1.0, (step + 1) / 100) * falling
                for other in itertools.chain(*model.groups):
                    other.requires_grad_(False)
                for own in group:
                    own.requires_grad_(True)
                with _lower():
                    loss = next(losses)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            keep = min(0.999, 1 - 1 / (1 + step / 10))
            with torch.no_grad():
                for key, value in model.state_dict().items():
                    kept[key].lerp_(value, 1 - keep)
        each = (time.process_time() - begun) / total
    model.load_state_dict(kept)
    model.eval()
    return Fitted(_encoder(model), _decoder(model), total, each * total)


def _encoder(model: _BiGAN | _VAE) -> Callable[[NDArray[Any]], NDArray[Any]]:
    @torch.no_grad()
    def encode(pictures: NDArray[Any]) -> NDArray[Any]:
        x = torch.from_numpy(np.ascontiguousarray(pictures))[:, None]
        found = [model.code(part.float() / 127.5 - 1) for part in torch.split(x, 250)]
        return torch.cat(found).float().numpy()

    return encode


def _decoder(model: _BiGAN | _VAE) -> Callable[[NDArray[Any]], NDArray[Any]]:
    @torch.no_grad()
    def decode(codes: NDArray[Any]) -> NDArray[Any]:
        z = torch.from_numpy(np.asarray(codes, np.float32))
        made = torch.cat([model.decoder(part) for part in torch.split(z, 250)])
        return ((made[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()

    return decode


def _lower() -> Any:
    capability = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    pays = bool(capability()) if capability is not None else False
    return torch.autocast("cpu", torch.bfloat16) if pays else nullcontext()
