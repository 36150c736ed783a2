"""The room's job: walk through all states of the stove's controller, by the library's function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gezhi.home import stove_proof
from gezhi.studio.tasks import Report

__all__ = ["verify_stove"]


def verify_stove(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Verify every stove: the result as `gezhi home stove verify --json` prints it.

    With it comes what was walked through, `stoves`: the name of each and the faults that it may
    have, so that nobody takes the result for more than it says.

    Args:
        parameters: none are needed.
        report: told of every stove that is done.
    """
    total, done = len(stove_proof.VARIANTS), 0
    report(0, total, "")

    def count(_words: str) -> None:
        nonlocal done
        done += 1
        report(done, total, "")

    found = stove_proof.verify_all(count)
    return {
        "states": found.states,
        "transitions": found.transitions,
        "fixpoint": found.fixpoint,
        "stoves": [{"name": one.name, "faults": list(one.faults)} for one in stove_proof.VARIANTS],
        "properties": [
            {"name": one.name, "holds": one.holds, "trace": list(one.trace)}
            for one in found.verdicts
        ],
    }
