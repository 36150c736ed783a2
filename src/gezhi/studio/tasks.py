"""The work that may run in a job, by name: the only functions a worker ever calls.

A task is `function(parameters, report) -> result`, both of them plain JSON objects: a thin caller
of one library function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["TASKS", "Report", "Task", "find_task"]

Report = Callable[[int, int | None, str], None]
Task = Callable[[Mapping[str, Any], Report], dict[str, Any]]

TASKS: dict[str, str] = {
    "cluster.find": "gezhi.studio.cluster.task:find_clusters",
    "density.rank": "gezhi.studio.density.task:rank_items",
    "hotwater.compare": "gezhi.studio.hotwater.task:compare_policies",
    "ogan.train": "gezhi.studio.ogan.task:train_gan",
    "papers.find": "gezhi.studio.papers.task:find_papers",
    "sentiment.label": "gezhi.studio.sentiment.task:label",
    "stove.verify": "gezhi.studio.stove.task:verify_stove",
}


def find_task(name: str) -> Task:
    """Import the function registered under a name (KeyError when there is none)."""
    module, _, function = TASKS[name].partition(":")
    task: Task = getattr(import_module(module), function)
    return task
