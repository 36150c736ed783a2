"""The stove's circuit as one drawing, and what has to be bought.

A flame heats a thermocouple, its current holds an electromagnet, the magnet holds the gas valve
open. The relay's normally closed contact sits in series: energised it opens the circuit and the
valve falls shut; at rest, and without any power, the circuit is as it was.

The source gives 20–30 mV through a few hundredths of an ohm, so a contact that adds as much again
takes the magnet half of its current. That is why the list asks for gold-plated contacts, both
poles side by side, short thick wires, and a measurement before the first use.

>>> drawing(("left",), {"left": "cut-left"})[:4]
'<svg'
>>> [f"{one.count} {one.name}" for one in parts(2)][:2]
['2 thermocouple interrupter, with the thread of your valve',
 '2 signal relay, two changeover contacts, gold-plated, 5 V coil']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gezhi.home.bridge.configuration import NodeSettings
from gezhi.home.sketch import Part, part_list, sheet, wiring, words

__all__ = ["HONESTY", "drawing", "parts"]

#: What stands wherever people start; one sentence a line.
HONESTY = (
    "A home-made modification, not a certified safety device; EN 125, EN 298 and GB 16410 apply "
    "to the untouched valve.",
    "It can turn gas off and never on: only a hand that presses and turns the knob does that.",
)
_TOP, _ROW = 100, 190
_REMARK = "A coil is switched by a transistor with a diode across it, or by a ready relay board."


def parts(burners: int, sensors: int = 0, nodes: int = 1) -> tuple[Part, ...]:
    """List what has to be bought.

    Args:
        burners: how many are cut by a relay each.
        sensors: how many of them have their voltage measured.
        nodes: how many boards there are.
    """
    listed = (
        (burners, "thermocouple interrupter, with the thread of your valve",
         "sold for boilers; it goes between thermocouple and valve, so that nothing is cut off"),
        (burners, "signal relay, two changeover contacts, gold-plated, 5 V coil",
         "COM and NC of both poles side by side; a worn power contact may not hold the flame"),
        (burners, "pair of silicone wires, 1.5 mm², 0.5 m at most",
         "soldered or crimped; with contact and wires at most 10 mΩ more in the circuit"),
        (-(-sensors // 2), "ADS1115 board, measuring range ±256 mV",
         "two burners each; tells a flame, and a circuit that cannot hold one"),
        (nodes, "ESP32 board",
         "holds the timers by itself; an ESP8266 would wear out its flash with them"),
        (nodes, "push button and light, low voltage", "the child lock, at the stove"),
        (nodes, "power supply 5 V", "a power cut leaves the stove as it always was"),
    )  # fmt: skip
    return tuple(Part(count, name, remark) for count, name, remark in listed if count)


def drawing(
    burners: Sequence[str],
    relays: Mapping[str, str],
    *,
    sensors: Sequence[str] = (),
    nodes: Sequence[NodeSettings] = (),
) -> str:
    """Draw each burner's circuit, the nodes' wiring and the parts list as one SVG.

    Args:
        burners: their names.
        relays: by burner, the name of its relay.
        sensors: the burners whose thermocouple is measured.
        nodes: the devices; without them only the circuit is drawn.

    Returns:
        The SVG's text; it needs no other file.
    """
    out = [words(30, 36, "The stove's flame-failure circuit, with a contact in it", "title")]
    out += [words(30, 56 + 18 * i, line, "small") for i, line in enumerate(HONESTY)]
    for i, name in enumerate(burners):
        out += _circuit(_TOP + i * _ROW, name, relays[name], measured=name in sensors)
    height = _TOP + len(burners) * _ROW
    shown = dict.fromkeys(relays.values(), "relay, contact normally CLOSED")
    wires, height = wiring(nodes, height + 30, _REMARK, shown)
    listed, height = part_list(parts(len(burners), len(sensors), max(1, len(nodes))), height + 50)
    return sheet([*out, *wires, *listed], height, "The stove: circuit, wiring and parts")


def _circuit(y: int, name: str, relay: str, *, measured: bool) -> list[str]:
    """Thermocouple, contact, magnet, and the stove's metal as the way back."""
    line, back = y + 60, y + 130
    out = [
        words(30, y + 20, name, "title"),
        f'<path class="flame" d="M95 {line + 20} q-26 -22 0 -64 q26 42 0 64 Z"/>',
        words(95, line + 42, "flame", "small soft", "middle"),
        f'<path class="wire" d="M100 {line} H340"/>',
        f'<rect class="solid" x="98" y="{line - 4}" width="54" height="8" rx="3"/>',
        words(160, line - 12, "thermocouple, 20–30 mV", "small"),
        *_contact(340, line, relay),
        f'<path class="wire" d="M470 {line} H640"/>',
        *_magnet(640, line, back),
        f'<path class="wire dashed" d="M740 {back} H126 V{line + 4}"/>',
        words(300, back + 18, "back through the metal of the stove", "small soft"),
    ]
    if measured:
        out += [
            f'<path class="wire" d="M250 {line} V{line + 24} M250 {line + 48} V{back}"/>',
            f'<rect class="mark" x="190" y="{line + 24}" width="120" height="24" rx="4"/>',
            words(250, line + 41, "ADS1115", "small", "middle"),
        ]
    return out


def _contact(x: int, y: int, relay: str) -> list[str]:
    """A changeover contact at rest: closed from COM to NC, with nothing on NO."""
    return [
        f'<rect class="box" x="{x}" y="{y - 40}" width="130" height="80" rx="6"/>',
        f'<circle class="solid" cx="{x + 24}" cy="{y}" r="4"/>',
        f'<circle class="solid" cx="{x + 106}" cy="{y}" r="4"/>',
        f'<circle class="mark" cx="{x + 106}" cy="{y + 24}" r="4"/>',
        f'<path class="wire" d="M{x} {y} H{x + 24} L{x + 106} {y - 3} M{x + 106} {y} H{x + 130}"/>',
        words(x + 14, y + 19, "COM", "small"),
        words(x + 96, y - 12, "NC", "small"),
        words(x + 74, y + 29, "NO", "small"),
        words(x + 65, y - 50, relay, "small", "middle"),
        words(x + 65, y + 56, "closed at rest and without power", "small soft", "middle"),
    ]


def _magnet(x: int, y: int, back: int) -> list[str]:
    """The coil that holds the valve, and the knob that alone can open it."""
    turns = "".join(" q9 -16 18 0 q-4 8 -8 0" for _ in range(4))
    return [
        f'<rect class="box" x="{x}" y="{y - 40}" width="120" height="80" rx="6"/>',
        f'<path class="wire" d="M{x} {y} h20{turns} H{x + 100} V{back}"/>',
        words(x + 60, y - 50, "electromagnet holds the valve", "small", "middle"),
        words(x + 60, y + 30, "gas valve", "small", "middle"),
        f'<path class="pipe cold" d="M{x + 120} {y} H{x + 170}"/>',
        f'<circle class="mark" cx="{x + 190}" cy="{y}" r="20"/>',
        f'<path class="wire" d="M{x + 190} {y - 20} V{y}"/>',
        words(x + 190, y + 40, "knob: pressed and", "small", "middle"),
        words(x + 190, y + 56, "turned by hand only", "small", "middle"),
    ]
