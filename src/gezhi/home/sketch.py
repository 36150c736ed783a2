"""What the drawings of the home share: words and boxes as SVG, wiring, the list of parts.

>>> words(10, 20, "a < b", "small")
'<text x="10" y="20" class="small" text-anchor="start">a &lt; b</text>'
>>> sheet(["<circle/>"], 120, "One circle")[:4]
'<svg'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gezhi.home.bridge.configuration import NodeSettings

__all__ = ["WIDTH", "Part", "part_list", "sheet", "stacked", "wiring", "words"]

#: The width of every sheet, in the units of its viewBox.
WIDTH = 960
_STYLE = """
svg { --paper: #fff; --ink: #1c2430; --soft: #5d6a7a; --hot: #c8321f; --cold: #1f63c8;
  --back: #7a4fb5; --box: #f1f4f8; font: 14px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --paper: #14181f; --ink: #e8edf4; --soft: #a3b0c0;
  --hot: #ff7a66; --cold: #6fa8ff; --back: #b99af0; --box: #222936; } }
.paper { fill: var(--paper); } text { fill: var(--ink); } .soft { fill: var(--soft); }
.title { font-size: 17px; font-weight: 600; } .small { font-size: 12px; }
.box { fill: var(--box); stroke: var(--ink); stroke-width: 1.5; }
.pipe { fill: none; stroke-width: 5; stroke-linejoin: round; }
.hot { stroke: var(--hot); } .cold { stroke: var(--cold); } .back { stroke: var(--back); }
.wire { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.mark { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
.solid { fill: var(--ink); } .flame { fill: var(--hot); } .dashed { stroke-dasharray: 5 4; }
"""
_SENSORS = {
    "celsius": "DS18B20, 3.3 V, 4.7 kΩ pull-up",
    "litres_per_minute": "pulse sensor, divider to 3.3 V",
    "litres": "counted from the same pulses",
    "switch": "dry contact to ground, pull-up",
    "millivolts": "ADS1115 across the thermocouple",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Something to buy: how many, what, and what to look for."""

    count: int
    name: str
    remark: str


def sheet(body: Sequence[str], height: float, label: str) -> str:
    """Give a whole SVG that needs no other file, readable in light and dark."""
    inside = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>\n{inside}\n</svg>\n'
    )


def stacked(sheets: Sequence[str]) -> str:
    """Give one picture with the sheets under each other.

    >>> stacked([sheet([], 100, "a"), sheet([], 50, "b")]).count("<svg")
    3
    """
    heights = [float(re.findall(r'viewBox="0 0 \d+ ([\d.]+)"', one)[0]) for one in sheets]
    inside, top = [], 0.0
    for one, height in zip(sheets, heights, strict=True):
        place = f'<svg y="{top:g}" width="{WIDTH}" height="{height:g}" '
        inside.append(one.strip().replace("<svg ", place, 1))
        top += height
    return sheet(inside, top, "The home: plumbing, circuits, wiring and parts")


def words(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Give a line of text; what it says cannot break the picture."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def wiring(
    nodes: Sequence[NodeSettings],
    top: int,
    remark: str,
    relays: Mapping[str, str] | None = None,
) -> tuple[list[str], int]:
    """Draw each node with its channels, pin by pin; nothing without nodes.

    Args:
        nodes: the devices.
        top: where the drawing begins.
        remark: a line under it.
        relays: what is written at a relay, by its name, where its contact is not normally open.

    Returns:
        The lines, and how far down they go.
    """
    if not nodes:
        return [], top - 50
    out = [words(30, top, "Wiring", "title")]
    y = top + 24
    for node in nodes:
        height = 40 + 34 * len(node.channels)
        out += [
            f'<rect class="box" x="30" y="{y}" width="250" height="{height}" rx="6"/>',
            words(44, y + 24, f"{node.node} ({node.kind})"),
        ]
        for i, one in enumerate(node.channels):
            row = y + 52 + 34 * i
            what = _SENSORS.get(one.quantity, "relay, contact normally open")
            what = (relays or {}).get(one.name, what)
            out += [
                words(266, row + 5, one.pin or one.channel, "small", "end"),
                f'<circle class="solid" cx="280" cy="{row}" r="4"/>',
                f'<path class="wire" d="M280 {row} H400"/>',
                f'<rect class="mark" x="400" y="{row - 14}" width="230" height="28" rx="4"/>',
                words(410, row + 5, what, "small"),
                f'<path class="wire" d="M630 {row} H700"/>',
                words(708, row + 5, one.name),
            ]
        y += height + 18
    return [*out, words(30, y + 8, remark, "small soft")], y + 14


def part_list(listed: Sequence[Part], top: int) -> tuple[list[str], int]:
    """Draw the list of parts; the lines, and how far down they go."""
    out, y = [words(30, top, "Parts", "title")], top
    for one in listed:
        y += 40
        out += [
            words(58, y, f"{one.count} ×", "", "end"),
            words(68, y, one.name),
            words(68, y + 17, one.remark, "small soft"),
        ]
    return out, y + 40
