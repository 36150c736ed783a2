"""The small network that judges reviews: hashed n-grams, gated convolutions, attention pooling."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["GatedConvolution", "ReviewNetwork", "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a `ReviewNetwork`; the tables are most of its parameters."""

    characters: int
    pairs: int = 1 << 15
    triples: int = 1 << 15
    narrow: int = 16
    wide: int = 64
    blocks: int = 2
    kernel: int = 3
    dropout: float = 0.3

    def as_parameters(self) -> dict[str, int | float]:
        """The sizes as a plain dictionary, for a bundle."""
        return asdict(self)


class GatedConvolution(nn.Module):
    """Residual gated linear unit over a window of positions (Dauphin et al. 2017, eq. 1).

    h ← h + A(h) · σ(B(h)), with A and B convolutions along the text.
    """

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(width, 2 * width, kernel, padding=kernel // 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, inside: Tensor) -> Tensor:
        """Map (texts, width, positions) to the same shape; padding stays zero."""
        signal, gate = self.convolution(self.dropout(hidden)).chunk(2, dim=1)
        mixed: Tensor = (hidden + signal * torch.sigmoid(gate)) * inside
        return mixed


class ReviewNetwork(nn.Module):
    """Log-odds that a review is positive, from its characters, hashed pairs and hashed triples."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        wide = shape.wide
        self.characters = nn.Embedding(shape.characters, wide, padding_idx=0)
        self.pairs = nn.Embedding(shape.pairs, shape.narrow, padding_idx=0)
        self.triples = nn.Embedding(shape.triples, shape.narrow, padding_idx=0)
        self.widen = nn.Linear(2 * shape.narrow, wide)
        self.blocks = nn.ModuleList(
            GatedConvolution(wide, shape.kernel, shape.dropout) for _ in range(shape.blocks)
        )
        self.attention = nn.Linear(wide, 1)
        self.output = nn.Linear(3 * wide, 1)
        self.dropout = nn.Dropout(shape.dropout)
        for table in (self.characters, self.pairs, self.triples):
            nn.init.normal_(table.weight, std=0.1)
            with torch.no_grad():
                table.weight[0] = 0

    def forward(self, characters: Tensor, pairs: Tensor, triples: Tensor) -> Tensor:
        """Map three (texts, positions) integer arrays to (texts,) log-odds."""
        inside = (characters > 0).unsqueeze(1).to(self.output.weight.dtype)
        grams = torch.cat([self.pairs(pairs), self.triples(triples)], dim=-1)
        embedded = self.characters(characters) + self.widen(grams)
        hidden = self.dropout(embedded).transpose(1, 2) * inside
        mean_gram = hidden.sum(2) / inside.sum(2)
        for block in self.blocks:
            hidden = block(hidden, inside)
        scores = self.attention(hidden.transpose(1, 2)).transpose(1, 2)
        weights = functional.softmax(scores.masked_fill(inside == 0, -1e4), dim=2)
        attended = (hidden * weights).sum(2)
        largest = hidden.masked_fill(inside == 0, -1e4).amax(2)
        pooled = torch.cat([attended, largest, mean_gram], dim=1)
        logits: Tensor = self.output(self.dropout(pooled)).squeeze(1)
        return logits
