"""A home's plumbing and wiring as one drawing, and what has to be bought.

>>> from gezhi.home.types import Settings, Tap
>>> settings = Settings("drain", (Tap("kitchen", valve="valve", probe=True),), pump="")
>>> drawing(settings)[:4]
'<svg'
>>> [f"{one.count} {one.name}" for one in parts(settings)][:2]
['1 solenoid valve, normally closed, 24 V DC', '1 temperature probe DS18B20, with clamp and paste']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gezhi.home.bridge.configuration import NodeSettings
from gezhi.home.types import Settings, Tap

__all__ = ["Part", "drawing", "parts"]

_WIDTH, _ROW, _TOP = 960, 130, 90
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
.solid { fill: var(--ink); }
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Something to buy: how many, what, and what to look for."""

    count: int
    name: str
    remark: str


def parts(settings: Settings, nodes: Sequence[NodeSettings] = ()) -> tuple[Part, ...]:
    """List what the layout needs, plumbing first."""
    valves = sum(1 for tap in settings.taps if tap.valve)
    guards = sum(1 for tap in settings.taps if tap.self_closing)
    probes = sum(1 for tap in settings.taps if tap.probe and tap.valve) + settings.cold_sensor
    probes += settings.return_sensor == "reading"
    switch = settings.return_sensor == "switch" and settings.layout == "return-pipe"
    flow = settings.ignition_flow_litres_per_minute
    relays = len({tap.valve for tap in settings.taps if tap.valve} | {settings.pump} - {""})
    listed = (
        (bool(settings.pump), "circulation pump for drinking water",
         f"moves {settings.pump_flow_litres_per_minute:g} L/min through your pipes, in any case "
         f"more than the {flow:g} L/min at which the heater lights"),
        (settings.layout == "return-pipe", "check valve",
         "after the pump, so that cold water cannot run back"),
        (valves, "solenoid valve, normally closed, 24 V DC", "for drinking water"),
        (guards, "thermostatic valve", "in series with the solenoid, shuts at 35 °C or below"),
        (switch, "clip-on thermostat switch",
         f"closes at {settings.return_warm_celsius:g} °C on the return pipe"),
        (probes, "temperature probe DS18B20, with clamp and paste", "foam over it"),
        (settings.flow_sensor, "pulse flow sensor", "1 to 30 L/min, brass, at the heater"),
        (relays, "relay module, normally open contact", "opto-isolated, one channel each"),
        (len(nodes) or 1 + valves, "ESP32 board, or a relay that MQTT reaches",
         "switches itself off when the hub is gone"),
        (1, "power supply 24 V DC with a fuse", "on a circuit with a residual-current device"),
    )  # fmt: skip
    return tuple(Part(int(count), name, remark) for count, name, remark in listed if count)


def drawing(
    settings: Settings, nodes: Sequence[NodeSettings] = (), labels: Mapping[str, str] | None = None
) -> str:
    """Draw plumbing, wiring and the parts list as one SVG, readable in light and dark.

    Args:
        settings: the controller's.
        nodes: the devices, for the wiring; without them only the plumbing is drawn.
        labels: a line for a tap's hot pipe, such as its kind and length.

    Returns:
        The SVG's text; it needs no other file.
    """
    plumbing, height = _plumbing(settings, labels or {})
    wiring, height = _wiring(nodes, height + 50)
    listed, height = _parts(parts(settings, nodes), height + 50)
    body = "\n".join([*plumbing, *wiring, *listed])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="Plumbing, wiring and parts: layout {settings.layout}">\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _pipe(kind: str, *points: tuple[float, float]) -> str:
    way = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="pipe {kind}" points="{way}"/>'


def _gap(x: float, y: float) -> str:
    return f'<rect class="paper" x="{x - 8}" y="{y - 8}" width="16" height="16"/>'


def _round(x: float, y: float, letter: str, words: str, above: int = -22) -> list[str]:
    return [
        f'<circle class="mark" cx="{x}" cy="{y}" r="14"/>',
        _text(x, y + 5, letter, "", "middle"),
        _text(x, y + above, words, "small", "middle"),
    ]


def _valve(x: float, y: float, words: str) -> list[str]:
    """Two triangles that meet, across a pipe that runs down."""
    shape = f"{x - 11},{y - 14} {x + 11},{y - 14} {x - 11},{y + 14} {x + 11},{y + 14}"
    return [f'<polygon class="mark" points="{shape}"/>', _text(x + 18, y + 5, words, "small")]


def _plumbing(settings: Settings, labels: Mapping[str, str]) -> tuple[list[str], int]:
    last = _TOP + _ROW * (len(settings.taps) - 1)
    bottom = last + 60
    hot_top, returns = _TOP + 10, settings.layout == "return-pipe"
    out = [
        _text(30, 36, f"Plumbing: layout {settings.layout}", "title"),
        _pipe("cold", (30, bottom), (300, bottom)),
        _pipe("cold", (80, bottom), (80, hot_top + 30)),
        _pipe("cold", (300, bottom), (300, _TOP + 60)),
        _pipe("hot", (130, hot_top), (340, hot_top)),
        _pipe("hot", (340, hot_top), (340, last + 10)),
        f'<rect class="box" x="30" y="{hot_top - 35}" width="100" height="70" rx="6"/>',
        _text(80, hot_top + 5, "heater", "", "middle"),
        _text(92, bottom + 22, "cold from the street", "small soft"),
    ]
    for i, tap in enumerate(settings.taps):
        out += _branch(settings, tap, _TOP + 10 + i * _ROW, labels.get(tap.name, ""))
    if settings.flow_sensor:
        out += _round(190, hot_top, "F", "flow sensor")
    if settings.layout == "cold-return":
        out += _round(270, hot_top, "P", settings.pump)
    if settings.cold_sensor:
        out += _round(200, bottom, "T", "cold line probe")
    if not returns:
        return out, bottom + 40
    low = bottom + 50
    far = 820
    out += [
        _gap(far, bottom),
        _pipe("back", (far, last + 10), (far, low), (80, low), (80, bottom)),
        *_round(620, low, "T", "thermostat on the return pipe"),
        *_round(420, low, "P", settings.pump),
        f'<polygon class="solid" points="292,{low - 12} 292,{low + 12} 268,{low}"/>',
        _text(280, low - 22, "check valve", "small", "middle"),
    ]
    return out, low + 40


def _branch(settings: Settings, tap: Tap, y: int, label: str) -> list[str]:
    """Draw a tap with its hot and its cold pipe, and what sits between them."""
    end = 820 if settings.layout == "return-pipe" else 790
    out = [
        _pipe("hot", (340, y), (end, y)),
        _gap(340, y + 50),  # the cold pipe crosses the hot one, and does not join it
        _pipe("cold", (300, y + 50), (790, y + 50)),
    ]
    x = 690
    if settings.layout == "cold-return":
        out += [_pipe("back", (x, y), (x, y + 50)), *_valve(x, y + 25, tap.valve)]
    if settings.layout == "drain":
        out += [
            _pipe("back", (x, y), (x, y + 44)),
            _gap(x, y + 50),
            _pipe("back", (x, y + 42), (x, y + 74)),
            *_valve(x, y + 22, tap.valve),
            _text(x + 10, y + 80, "to the drain", "small soft"),
        ]
    if tap.self_closing and tap.valve:
        out += _round(620, y, "θ", "thermostatic valve")
    if tap.probe and tap.valve:
        out += _round(530, y, "T", "probe")
    out += [
        _pipe("hot", (790, y), (850, y), (850, y + 12)),
        _pipe("cold", (790, y + 50), (850, y + 50), (850, y + 38)),
        f'<rect class="box" x="832" y="{y + 10}" width="36" height="30" rx="5"/>',
        _text(876, y + 30, tap.name),
    ]
    return [*out, _text(356, y - 10, label, "small soft")] if label else out


def _wiring(nodes: Sequence[NodeSettings], top: int) -> tuple[list[str], int]:
    if not nodes:
        return [], top - 50
    out = [_text(30, top, "Wiring", "title")]
    y = top + 24
    for node in nodes:
        height = 40 + 34 * len(node.channels)
        out += [
            f'<rect class="box" x="30" y="{y}" width="250" height="{height}" rx="6"/>',
            _text(44, y + 24, f"{node.node} ({node.kind})"),
        ]
        for i, one in enumerate(node.channels):
            row = y + 52 + 34 * i
            relay = one.quantity == "relay"
            what = "relay, contact normally open" if relay else _SENSORS[one.quantity]
            out += [
                _text(266, row + 5, one.pin or one.channel, "small", "end"),
                f'<circle class="solid" cx="280" cy="{row}" r="4"/>',
                f'<path class="wire" d="M280 {row} H400"/>',
                f'<rect class="mark" x="400" y="{row - 14}" width="230" height="28" rx="4"/>',
                _text(410, row + 5, what, "small"),
                f'<path class="wire" d="M630 {row} H700"/>',
                _text(708, row + 5, one.name),
            ]
        y += height + 18
    remark = (
        "A relay's contact breaks the live wire of the 24 V supply; mains work is for electricians."
    )
    return [*out, _text(30, y + 8, remark, "small soft")], y + 14


_SENSORS = {
    "celsius": "DS18B20, 3.3 V, 4.7 kΩ pull-up",
    "litres_per_minute": "pulse sensor, divider to 3.3 V",
    "litres": "counted from the same pulses",
    "switch": "dry contact to ground, pull-up",
}


def _parts(listed: Sequence[Part], top: int) -> tuple[list[str], int]:
    out, y = [_text(30, top, "Parts", "title")], top
    for one in listed:
        y += 40
        out += [
            _text(58, y, f"{one.count} ×", "", "end"),
            _text(68, y, one.name),
            _text(68, y + 17, one.remark, "small soft"),
        ]
    return out, y + 40
