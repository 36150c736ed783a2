"""The room's job: all rules on the same draws, by the library's own function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gezhi.errors import ParameterError
from gezhi.home.clock import find_zone
from gezhi.home.compare import POLICIES, WARM_UP_DAYS, compare, town_of, town_of_log
from gezhi.home.draw_log import read_log
from gezhi.home.governor import controller_settings
from gezhi.home.plumbing_file import read_home
from gezhi.studio.hotwater.scenes import HOMES, SEED, home_of
from gezhi.studio.tasks import Report

__all__ = ["MOST_DAYS", "compare_policies"]

MOST_DAYS = 60


def compare_policies(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Compare all policies: their figures, as `gezhi home hotwater compare --json` has them.

    Args:
        parameters: `home` (one of the room's homes, or the path of a ``home.toml``), `log` (the
            path of a log of draws, or "" for a made household), `days`, and `policies` (all, when
            left out).
        report: told of every policy that is done.
    """
    name = parameters["home"]
    found = home_of(name) if name in HOMES else read_home(Path(name))
    zone = found.zone or find_zone("UTC")
    days, log = int(parameters["days"]), parameters["log"]
    if not 1 <= days <= MOST_DAYS:
        raise ParameterError(f"days must be from 1 to {MOST_DAYS}, not {days}")
    names = parameters.get("policies", POLICIES)
    report(0, len(names), "")
    if log:
        draws = read_log(Path(log), zone)
        covered = int((draws[-1].at - draws[0].at) // 86_400) + 1
        # A short log is measured whole; of a long one the days asked for, after the warm-up.
        whole = covered < days + WARM_UP_DAYS
        town = town_of_log(
            found.plumbing, draws, days=None if whole else days, zone=zone, seed=SEED
        )
    else:
        town = town_of(found.plumbing, seed=SEED, days=days, zone=zone)
    settings = controller_settings(found.plumbing, found.controller)
    rows = compare(
        replace(town, settings=settings),
        names,
        exchange=found.exchange,
        tariffs=found.tariffs,
        report=lambda done, total, _name: report(done, total, ""),
    )
    return {
        "days": town.days,
        "warm_up_days": town.warm_up_days,
        "policies": [one.record() for one in rows],
    }
