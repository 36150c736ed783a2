"""Figures of policies and layouts as lines of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from gezhi.home.compare import Figures
from gezhi.home.plan import Choice

__all__ = ["draw_choices", "draw_figures"]


def draw_figures(rows: Sequence[Figures]) -> str:
    """A line a policy."""
    head = ("policy", "draws", "<5 s", "wait s", "heat kWh/d", "pump kWh/d", "starts/d", "L/d cold")
    lines = [
        (
            one.name,
            str(one.draws),
            f"{one.under_5s:.1%}",
            f"{one.mean_wait_seconds:.1f}",
            f"{one.extra_heat_kwh_per_day:.2f}",
            f"{one.pump_kwh_per_day:.3f}",
            f"{one.starts_per_day:.1f}",
            f"{one.litres_wasted_per_day:.0f}",
            f"{one.money_per_day:.2f}",
        )
        for one in rows
    ]
    return _columns([(*head, "money/d"), *lines])


def draw_choices(choices: Sequence[Choice]) -> str:
    """A line a layout."""
    head: tuple[str, ...] = ("layout", "<5 s", "min/d saved", "heat kWh/d", "L/d saved", "money/yr")
    lines = [
        (
            one.layout,
            f"{one.under_5s:.1%}",
            f"{one.minutes_saved_per_day:.1f}",
            f"{one.extra_heat_kwh_per_day:.2f}",
            f"{one.litres_saved_per_day:.0f}",
            f"{one.money_per_year:+.0f}",
            f"{one.parts_price:.0f}",
            "never" if one.payback_years is None else f"{one.payback_years:.1f} yr",
            one.remark,
        )
        for one in choices
    ]
    return _columns([(*head, "parts", "payback", ""), *lines])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
