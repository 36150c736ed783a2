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

from gezhi.home.bridge.configuration import NodeSettings
from gezhi.home.sketch import Part, part_list, sheet, wiring, words
from gezhi.home.types import Settings, Tap

__all__ = ["drawing", "parts"]

_ROW, _TOP = 130, 90
_REMARK = (
    "A relay's contact breaks the live wire of the 24 V supply; mains work is for electricians."
)


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
    wires, height = wiring(nodes, height + 50, _REMARK)
    listed, height = part_list(parts(settings, nodes), height + 50)
    label = f"Plumbing, wiring and parts: layout {settings.layout}"
    return sheet([*plumbing, *wires, *listed], height, label)


def _pipe(kind: str, *points: tuple[float, float]) -> str:
    way = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="pipe {kind}" points="{way}"/>'


def _gap(x: float, y: float) -> str:
    return f'<rect class="paper" x="{x - 8}" y="{y - 8}" width="16" height="16"/>'


def _round(x: float, y: float, letter: str, said: str, above: int = -22) -> list[str]:
    return [
        f'<circle class="mark" cx="{x}" cy="{y}" r="14"/>',
        words(x, y + 5, letter, "", "middle"),
        words(x, y + above, said, "small", "middle"),
    ]


def _valve(x: float, y: float, said: str) -> list[str]:
    """Two triangles that meet, across a pipe that runs down."""
    shape = f"{x - 11},{y - 14} {x + 11},{y - 14} {x - 11},{y + 14} {x + 11},{y + 14}"
    return [f'<polygon class="mark" points="{shape}"/>', words(x + 18, y + 5, said, "small")]


def _plumbing(settings: Settings, labels: Mapping[str, str]) -> tuple[list[str], int]:
    last = _TOP + _ROW * (len(settings.taps) - 1)
    bottom = last + 60
    hot_top, returns = _TOP + 10, settings.layout == "return-pipe"
    out = [
        words(30, 36, f"Plumbing: layout {settings.layout}", "title"),
        _pipe("cold", (30, bottom), (300, bottom)),
        _pipe("cold", (80, bottom), (80, hot_top + 30)),
        _pipe("cold", (300, bottom), (300, _TOP + 60)),
        _pipe("hot", (130, hot_top), (340, hot_top)),
        _pipe("hot", (340, hot_top), (340, last + 10)),
        f'<rect class="box" x="30" y="{hot_top - 35}" width="100" height="70" rx="6"/>',
        words(80, hot_top + 5, "heater", "", "middle"),
        words(92, bottom + 22, "cold from the street", "small soft"),
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
        words(280, low - 22, "check valve", "small", "middle"),
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
            words(x + 10, y + 80, "to the drain", "small soft"),
        ]
    if tap.self_closing and tap.valve:
        out += _round(620, y, "θ", "thermostatic valve")
    if tap.probe and tap.valve:
        out += _round(530, y, "T", "probe")
    out += [
        _pipe("hot", (790, y), (850, y), (850, y + 12)),
        _pipe("cold", (790, y + 50), (850, y + 50), (850, y + 38)),
        f'<rect class="box" x="832" y="{y + 10}" width="36" height="30" rx="5"/>',
        words(876, y + 30, tap.name),
    ]
    return [*out, words(356, y - 10, label, "small soft")] if label else out
