"""The proof of the hot-water controller, house by house, and lives of homes with a cold return.

python -m benchmarks.hotwater_proof              every house to its fixpoint, and 300 lives a home
python -m benchmarks.hotwater_proof 3            that house alone; the other figures are kept
python -m benchmarks.hotwater_proof --lives      the lives alone
"""

from __future__ import annotations

import random
import resource
import sys
import time
from dataclasses import replace

from benchmarks.cold_line import HOMES, Life, random_life
from benchmarks.record import Results, Row
from gezhi.home.hotwater_proof import VARIANTS, verify

__all__ = ["main", "prove"]

SEED = 20_261_123
LIVES = 300
_ZH = {
    "return-pipe": "回水管",
    "cold-return": "冷水管回水",
    "drain": "排放",
}


def prove(number: int) -> list[Row]:
    """Walk through one of the houses, and say what came of it."""
    house, begun = VARIANTS[number], time.process_time()
    done = verify(house)
    seconds = time.process_time() - begun
    broken = [one for one in done.verdicts if not one.holds]
    for one in broken:
        print(f"FAILS: {one.name}", *one.trace, sep="\n  ")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = (
        f"{done.transitions:,} transitions, {len(done.verdicts)} properties, "
        f"{'to a fixpoint' if done.fixpoint else 'NO fixpoint'}, {seconds:.0f} s of one core, "
        f"{megabytes:.0f} MB"
    )
    print(f"{house.name}: {done.states:,} states, {note}", flush=True)
    zh = f"{_ZH[house.settings.layout]}（{number}）"
    return [
        Row(f"states_{number}", f"States, {house.name}", f"{zh}状态数", done.states, digits=0,
            note=note),
        Row(f"broken_{number}", f"Properties broken or not settled, {house.name}",
            f"{zh}不成立的性质", len(broken) + (not done.fixpoint), must=0, better="lower",
            digits=0),
        Row(f"seconds_{number}", f"Processor time, {house.name}", f"{zh}处理器时间", seconds, "s",
            better="lower", digits=0),
    ]  # fmt: skip


def lives(count: int = LIVES) -> list[Row]:
    """Live that many lives by chance in each home; the warmest water in a cold pipe."""
    rows, chance = [], random.Random(SEED)
    for number, (name, home) in enumerate(HOMES.items()):
        warmest, purges = 0.0, 0
        for seed in range(count):
            life = Life(home, seed=seed)
            warmest = max(warmest, life.live(random_life(chance)))
            purges += life.purges
        print(f"{name}: {warmest:.1f} °C, {purges} purges", flush=True)
        rows.append(
            Row(f"cold_line_{number}", f"Warmest water in the cold line, {name}",
                f"冷水管最高水温（{number}）", warmest, "°C", must=38, better="lower", digits=1,
                note=f"{count:,} lives, {purges:,} purges")
        )  # fmt: skip
    return rows


def main(arguments: list[str]) -> int:
    """Measure, merge with what was measured before, and say whether all holds."""
    numbers = [int(one) for one in arguments if one.isdigit()]
    wanted = numbers or ([] if "--lives" in arguments else range(len(VARIANTS)))
    rows: list[Row] = []
    for number in wanted:
        rows += prove(number)
    if not numbers:
        rows += lives()
    _write(rows)
    return 1 if any(one.reaches(one.must) is False for one in rows) else 0


def _write(rows: list[Row]) -> None:
    new = Results.measured(
        "hotwater_proof", rows, seeds=[SEED], command="python -m benchmarks.hotwater_proof"
    )
    try:
        before = Results.read("hotwater_proof").rows
    except FileNotFoundError:
        before = ()
    kept = {one.key: one for one in (*before, *rows)}
    replace(new, rows=tuple(kept[key] for key in sorted(kept))).write()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
