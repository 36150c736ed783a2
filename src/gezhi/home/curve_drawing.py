"""Waits against heat as a picture (SVG)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

__all__ = ["draw_curve"]

_WIDTH, _HEIGHT = 760, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 24, 24, 56
_BESIDE = ((9, -7, ""), (-9, -7, "end"), (9, 17, ""), (-9, 17, "end"), (0, -12, "middle"),
           (0, 24, "middle"))  # fmt: skip
_COLOURS = ("#0b6e99", "#b3541e", "#4d7c0f", "#7c3aed", "#9d174d", "#44403c")


def draw_curve(
    points: Sequence[tuple[str, float, float]],
    curves: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    *,
    title: str = "Hot draws within five seconds, against extra heat",
    axis: str = "extra heat, kWh a day",
) -> str:
    """An SVG of policies as points and of their settings as curves.

    Args:
        points: name, extra heat in kWh a day, share of draws within five seconds (0 to 1).
        curves: by name, (heat, share) of one policy at several settings.
        title: above it, and for readers that cannot see it.
        axis: what stands below the lower axis.

    >>> draw_curve([("nothing", 0.0, 0.2), ("always-on", 4.9, 1.0)])[:4]
    '<svg'
    """
    lines = {name: sorted(found) for name, found in (curves or {}).items()}
    heats = [heat for _, heat, _ in points] + [x for line in lines.values() for x, _ in line]
    most = max(1.0, *heats) * 1.05
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_axes(most, axis),
    ]
    for index, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        path = " ".join(f"{_x(x, most):.1f},{_y(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        end = line[-1]
        parts.append(_text(_x(end[0], most) - 4, _y(end[1]) + 18, name, colour, "end"))
    spots = [(name, _x(heat, most), _y(share)) for name, heat, share in points]
    for _, x, y in spots:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="#1c1917"/>')
    parts += _names(spots)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _names(spots: Sequence[tuple[str, float, float]]) -> list[str]:
    """The names of points, each beside its own where it covers no other name and no point."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in spots]
    parts = []
    for name, x, y in spots:
        wide = sum(13.5 if ord(letter) > 0x2E7F else 7.2 for letter in name)
        best: tuple[int, float, float, str, tuple[float, float, float, float]] | None = None
        for dx, dy, anchor in _BESIDE:
            left = x + dx - wide * {"": 0.0, "middle": 0.5, "end": 1.0}[anchor]
            box = (left, y + dy - 11, left + wide, y + dy + 3)
            covered = sum(_overlap(box, other) for other in taken)
            outside = box[0] < _LEFT or box[2] > _WIDTH or box[1] < 0
            if best is None or covered + 9 * outside < best[0]:
                best = (covered + 9 * outside, x + dx, y + dy, anchor, box)
        assert best is not None
        taken.append(best[4])
        parts.append(_text(best[1], best[2], name, "#1c1917", best[3]))
    return parts


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _x(heat: float, most: float) -> float:
    return _LEFT + max(0.0, heat) / most * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)


def _axes(most: float, axis: str) -> list[str]:
    parts = []
    for step in range(6):
        share = step / 5
        y = _y(share)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#e7e5e4"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{share:.0%}", "#57534e", "end"))
    step_size = next(one for one in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 1e9) if most / one <= 8)
    for number in range(int(most / step_size) + 1):
        x = _x(number * step_size, most)
        parts.append(
            _text(x, _HEIGHT - _BOTTOM + 18, f"{number * step_size:g}", "#57534e", "middle")
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, _HEIGHT - 14, axis, "#57534e", "middle"))
    return parts


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{where}>{escape(text)}</text>'
