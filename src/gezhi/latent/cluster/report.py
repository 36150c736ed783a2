"""What a person looks at after a clustering: sheets, a map, a curve, and one page with all."""

from __future__ import annotations

import base64
import colorsys
import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gezhi.kernel.pictures import as_bytes, sheet

if TYPE_CHECKING:
    from gezhi.latent.cluster.agreement import Agreement

__all__ = ["Found", "curve_svg", "map_svg", "member_sheet", "page", "sample_sheet"]

_MOST_POINTS = 3000
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
img, svg { max-width: 100%; height: auto; } img { image-rendering: pixelated; min-width: 40%; }
table { border-collapse: collapse; } td, th { padding: .2rem .6rem; text-align: right; }
th { font-weight: 600; } tr:nth-child(even) { background: rgb(128 128 128 / .12); }
.wide { overflow-x: auto; }
"""


@dataclass(frozen=True)
class Found:
    """What is shown of a clustering.

    Attributes:
        title: such as the name of the data.
        labels, confidence: of the items, (n,).
        codes: (n, latent).
        members: (clusters, m) numbers of typical items, −1 for none.
        losses, information: of each round of the training.
        names: of the columns, where items are rows.
        agreement: with known labels, if there are any.
    """

    title: str
    labels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    codes: NDArray[np.float64]
    members: NDArray[np.int64]
    losses: Sequence[float]
    information: Sequence[float]
    names: Sequence[str]
    agreement: Agreement | None

    @property
    def clusters(self) -> int:
        """How many there are."""
        return len(self.members)


def member_sheet(items: NDArray[Any], members: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The typical members of each cluster, a row each; grey where one has fewer."""
    pictures = as_bytes(items)
    blank = np.full(pictures.shape[1:], 128, np.uint8)
    shown = [pictures[one] if one >= 0 else blank for one in members.ravel()]
    return sheet(np.stack(shown), columns=members.shape[1])


def sample_sheet(drawn: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
    """Pictures drawn from each cluster, a row each."""
    return sheet(as_bytes(np.concatenate(list(drawn))), columns=len(drawn[0]))


def _colour(number: int, of: int) -> str:
    red, green, blue = colorsys.hls_to_rgb(number / max(of, 1), 0.45 + 0.12 * (number % 2), 0.65)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def map_svg(found: Found, *, size: int = 640) -> str:
    """The codes in their two widest directions, coloured by cluster, with its number."""
    codes = found.codes - found.codes.mean(0)
    *_, axes = np.linalg.svd(codes[:: max(1, len(codes) // 5000)], full_matrices=False)
    flat = codes @ axes[:2].T if len(axes) > 1 else np.stack([codes[:, 0], 0 * codes[:, 0]], 1)
    low, high = np.quantile(flat, [0.002, 0.998], axis=0)
    at = ((flat - low) / np.maximum(high - low, 1e-12)).clip(0, 1) * (size - 40) + 20
    step = max(1, len(at) // _MOST_POINTS)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{_colour(label, found.clusters)}" '
        'fill-opacity=".6"/>'
        for (x, y), label in zip(at[::step], found.labels[::step].tolist(), strict=True)
    ]
    words = []
    for cluster in range(found.clusters):
        members = found.labels == cluster
        if members.any():
            x, y = np.median(at[members], axis=0)
            words.append(
                f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="18" '
                'font-weight="700" fill="currentColor" stroke="Canvas" stroke-width="4" '
                f'paint-order="stroke">{cluster}</text>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        'font-family="system-ui, sans-serif" aria-label="Map of the codes by cluster">'
        + "".join(dots + words)
        + "</svg>"
    )


def curve_svg(values: Sequence[float], label: str, *, width: int = 640, height: int = 200) -> str:
    """A line of one value a round."""
    line = np.asarray(values, np.float64)
    if len(line) < 2 or not np.isfinite(line).all():
        return ""
    low, high = float(line.min()), float(line.max())
    x = np.linspace(60, width - 10, len(line))
    y = height - 25 - (line - low) / max(high - low, 1e-12) * (height - 45)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    said = html.escape(label)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="currentColor" '
        f'aria-label="{said}"><text x="60" y="12">{said}</text>'
        f'<text x="52" y="24" text-anchor="end">{high:.4g}</text>'
        f'<text x="52" y="{height - 25}" text-anchor="end">{low:.4g}</text>'
        f'<text x="60" y="{height - 6}">1</text>'
        f'<text x="{width - 10}" y="{height - 6}" text-anchor="end">round {len(line)}</text>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )


def page(found: Found, pictures: dict[str, bytes], rows: NDArray[Any] | None) -> str:
    """One HTML page that needs nothing beside it; `rows` are given where items are no pictures."""
    parts = [f"<h1>{html.escape(found.title)}: {found.clusters} clusters</h1>", _sizes(found)]
    for title, content in pictures.items():
        coded = base64.b64encode(content).decode()
        parts.append(
            f"<h2>{title}</h2><p>A row a cluster.</p>"
            f'<img alt="{title}, a row a cluster" src="data:image/png;base64,{coded}">'
        )
    if rows is not None:
        parts.append(_means(found, rows))
    parts.append(f"<h2>Map of the codes</h2>{map_svg(found)}")
    if found.agreement is not None:
        parts.append(_confusion(found.agreement))
    parts.append("<h2>Training</h2>" + curve_svg(found.losses, "Loss"))
    parts.append(curve_svg(found.information, "Information of the best head, nats"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(found.title)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in head)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(one)}</td>" for one in row[1:])
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def _sizes(found: Found) -> str:
    rows = []
    for cluster in range(found.clusters):
        members = found.labels == cluster
        sure = float(found.confidence[members].mean()) if members.any() else 0.0
        share = 100 * members.mean()
        rows.append([str(cluster), f"{members.sum():,}", f"{share:.1f} %", f"{sure:.3f}"])
    return _table(["cluster", "items", "share", "mean confidence"], rows)


def _means(found: Found, rows: NDArray[Any]) -> str:
    names = list(found.names) or [f"column {i}" for i in range(rows.shape[1])]
    shown = []
    for column, name in enumerate(names[:50]):
        cells = [
            f"{rows[found.labels == one, column].mean():.4g}" if (found.labels == one).any() else ""
            for one in range(found.clusters)
        ]
        shown.append([name, *cells])
    head = ["mean of", *(str(one) for one in range(found.clusters))]
    return "<h2>What sets the clusters apart</h2>" + _table(head, shown)


def _confusion(found: Agreement) -> str:
    rows = [
        [str(number), *(f"{count:,}" for count in row)] for number, row in enumerate(found.table)
    ]
    said = (
        f"<p>Accuracy {100 * found.accuracy:.1f} % (each cluster matched to one label), "
        f"{100 * found.majority:.1f} % by majority, normalised mutual information "
        f"{found.nmi:.3f}. The labels were not looked at in training.</p>"
    )
    return "<h2>Beside the labels</h2>" + said + _table(["cluster", *found.names], rows)
