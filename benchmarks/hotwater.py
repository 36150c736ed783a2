"""When to bring hot water: policies in the reference home, on households nobody was tuned on.

    python -m benchmarks.hotwater            3 households, 14 days each after 14 of learning
    python -m benchmarks.hotwater 20 28      more of them, for longer

The learner's weights were fitted on households 0 to 11; measured here are 2000 and on.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from statistics import mean

import numpy as np

from benchmarks.record import Peer, Results, Row
from gezhi.home.clock import find_zone
from gezhi.home.compare import Figures, compare, town_of, without_ignition
from gezhi.home.demand import Exchange
from gezhi.home.households import household
from gezhi.home.plant import REFERENCE
from gezhi.kernel.paths import atomic_write

FIRST_SEED = 2000
NAMES = ("nothing", "hotcirc", "grundfos", "learned", "learned-cues", "foresight")
PRICES = (80.0, 240.0)
Rows = dict[str, list[Figures]]


def settled(seed: int) -> bool:
    """Whether a household of that seed is mostly at home in the days measured."""
    from gezhi.home.households import draws

    return len(draws(household(seed), 28)) > 28 * 40


def live(task: tuple[bool, int, int]) -> tuple[list[Figures], float]:
    """Every policy in one household; and the seconds that a simulated day of `learned` took."""
    ignition, seed, days = task
    home = REFERENCE if ignition else without_ignition(REFERENCE)
    town = town_of(home, seed=seed, days=days, zone=find_zone("UTC"))
    found = list(compare(town, NAMES))
    begun = time.perf_counter()
    for price in PRICES if ignition else ():
        (other,) = compare(town, ("learned",), exchange=Exchange(price, None))
        found.append(replace(other, name=f"learned at {price:g} s/kWh"))
    seconds = (time.perf_counter() - begun) / (2 * len(PRICES) * (days + 14))
    print(seed, ignition, {one.name: round(one.under_5s, 3) for one in found}, flush=True)
    return found, seconds


def by_name(done: list[tuple[list[Figures], float]]) -> Rows:
    """The figures of each policy over all households."""
    found: Rows = {}
    for rows, _ in done:
        for one in rows:
            found.setdefault(one.name, []).append(one)
    return found


def interval(values: list[float]) -> tuple[float, float]:
    """A 95 % interval of the mean over households, by bootstrap."""
    random = np.random.default_rng(0)
    means = [float(np.mean(random.choice(values, len(values)))) for _ in range(4000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def shares(rows: list[Figures]) -> list[float]:
    return [100 * one.under_5s for one in rows]


def heats(rows: list[Figures]) -> list[float]:
    return [one.extra_heat_kwh_per_day for one in rows]


def figures_of(key: str, home: str, home_zh: str, found: Rows) -> list[Row]:
    """The rows of one home."""
    made = []
    marks = {"learned": (75.0, 85.0), "learned-cues": (88.0, 95.0)}
    for name in NAMES:
        values, must = shares(found[name]), marks.get(name, (None, None))
        made.append(
            Row(
                f"{key}-{name}-under-5s",
                f"{home}, {name}: hot draws under 5 s (worst household {min(values):.1f} %)",
                f"{home_zh}，{name}：5 秒内出热水的比例（最差 {min(values):.1f} %）",
                mean(values), "%", must=must[0], aim=must[1], digits=1, interval=interval(values),
                peers=(Peer("hotcirc", mean(shares(found["hotcirc"]))),)
                if name.startswith("learned") else (),
                headline=key == "reference" and name.startswith("learned"),
            )
        )  # fmt: skip
        warm = heats(found[name])
        limit = 1.5 if name.startswith("learned") else None
        made.append(
            Row(
                f"{key}-{name}-heat", f"{home}, {name}: extra heat a day",
                f"{home_zh}，{name}：每天额外热量", mean(warm), "kWh", must=limit, better="lower",
                digits=2, interval=interval(warm),
            )
        )  # fmt: skip
    return made


def main(arguments: list[str]) -> None:
    count = int(arguments[0]) if arguments else 3
    days = int(arguments[1]) if len(arguments) > 1 else 14
    seeds = [seed for seed in range(FIRST_SEED, FIRST_SEED + 3 * count) if settled(seed)][:count]
    tasks = [(ignition, seed, days) for ignition in (True, False) for seed in seeds]
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(live, tasks))
    found, ignored = by_name(done[: len(seeds)]), by_name(done[len(seeds) :])
    seconds = mean(spent for _, spent in done[: len(seeds)])
    rows = figures_of("reference", "Reference home", "参考住宅", found)
    rows += figures_of("no-ignition", "Ignition ignored", "不计点火", ignored)
    for price in PRICES:
        some = found[f"learned at {price:g} s/kWh"]
        rows.append(
            Row(
                f"curve-{price:g}", f"Reference home, learned at {price:g} s/kWh, "
                f"{mean(heats(some)):.2f} kWh a day: under 5 s",
                f"参考住宅，learned，{price:g} 秒/度，每天 {mean(heats(some)):.2f} 度：5 秒内",
                mean(shares(some)), "%", digits=1, interval=interval(shares(some)),
            )
        )  # fmt: skip
    ratio = mean(heats(found["learned-cues"])) / mean(heats(found["foresight"]))
    rows.append(
        Row(
            "speed", "A year of one policy, one core, machine shared with other work",
            "一种策略模拟一年（单核，机器有其他负载）", seconds * 365, "s", must=180.0, aim=60.0,
            better="lower", digits=0,
        )
    )  # fmt: skip
    details = {"days": days, "learned-cues heat over foresight heat": round(ratio, 3)}
    command = "python -m benchmarks.hotwater"
    result = Results.measured("hotwater", rows, seeds=seeds, command=command, details=details)
    print(result.write())
    draw(found)


def draw(found: Rows) -> None:
    """The picture of the docs, from the same run."""
    from pathlib import Path

    from gezhi.home.curve_drawing import draw_curve

    points = [(name, mean(heats(found[name])), mean(shares(found[name])) / 100) for name in NAMES]
    names = ("learned", *(f"learned at {price:g} s/kWh" for price in PRICES))
    line = [(mean(heats(found[name])), mean(shares(found[name])) / 100) for name in names]
    path = Path(__file__).parents[1] / "docs/images/hotwater-curve.svg"
    with atomic_write(path) as temporary:
        temporary.write_text(draw_curve(points, {"learned, by price": line}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
