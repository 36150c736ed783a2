"""A whole file as a picture: hot water, stove, or both, each with its own nodes and parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gezhi.home import drawing, stove_drawing
from gezhi.home.bridge.configuration import NodeSettings, read_configuration
from gezhi.home.config import pipe_labels, read_config
from gezhi.home.sketch import Part, stacked
from gezhi.home.stove_file import read_stove, stove_channels, tables_of

__all__ = ["draw_house"]


def draw_house(path: Path | str) -> tuple[str, tuple[Part, ...]]:
    """Give the SVG of a file's home, and what has to be bought for it.

    Raises:
        InputError: the file is wrong.
    """
    tables, nodes = tables_of(path), read_configuration(path).nodes
    stove = read_stove(path) if "stove" in tables else None
    own = [one for one in nodes if stove and _has(one, stove_channels(stove))]
    sheets, parts = [], list[Part]()
    if "hotwater" in tables or stove is None:
        found = read_config(path)
        others = [one for one in nodes if one not in own]
        sheets.append(drawing.drawing(found.settings, others, pipe_labels(found)))
        parts += drawing.parts(found.settings, others)
    if stove is not None:
        sensed = [one.name for one in stove.burners if one.flame_sensor]
        names = [one.name for one in stove.burners]
        relays = {one.name: one.relay for one in stove.burners}
        sheets.append(stove_drawing.drawing(names, relays, sensors=sensed, nodes=own))
        cutting = sum(_has(one, [*relays.values()]) for one in own) or 1
        parts += stove_drawing.parts(len(names), len(sensed), cutting)
    return (sheets[0] if len(sheets) == 1 else stacked(sheets)), tuple(parts)


def _has(node: NodeSettings, names: Sequence[str]) -> bool:
    return any(one.name in names for one in node.channels)
