"""When to bring hot water: policies in the reference home, on households nobody was tuned on.

    python -m benchmarks.hotwater            20 households, 14 days each after 14 of learning
    python -m benchmarks.hotwater 4 7        fewer of them, for fewer days

The learner was fitted on variants of households 0 to 11 (`benchmarks.hotwater_fit`); measured here
are the first 20 from 3000 on that are mostly at home. What is lived through stands in
`benchmarks.hotwater_runs`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks.hotwater_runs import (
    LEARNED_PRICES,
    RATES,
    RIVALS,
    SHOWER_RATES,
    TAP_CUE,
    Task,
    live,
    settled,
)  # fmt: skip
from benchmarks.record import Peer, Results, Row
from gezhi.home.clock import find_zone
from gezhi.home.compare import compare, town_of
from gezhi.home.curve_drawing import draw_curve
from gezhi.home.plant import REFERENCE
from gezhi.kernel.paths import atomic_write

FIRST_SEED = 3000
SIDE_HOUSEHOLDS = 10
SIDES = ("curve", "ignored", "slow", "sensors", "scattered", "showers", "changed")
NAMES = ("nothing", "hotcirc", "grundfos", "learned", "learned-cues", "foresight")
MARKS = {"learned": (75.0, 85.0), "learned-cues": (88.0, 95.0)}
BUDGET_KWH = 1.5
Runs = dict[str, dict[str, list[tuple[float, ...]]]]
"""By kind of run and name of policy: a tuple for each household, in the same order."""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the mean over households, by bootstrap."""
    random = np.random.default_rng(0)
    means = random.choice(np.asarray(values), (4000, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def shares(found: list[tuple[float, ...]]) -> list[float]:
    return [100 * one[0] for one in found]


def heats(found: list[tuple[float, ...]]) -> list[float]:
    return [one[2] for one in found]


def share_row(
    key: str, where: tuple[str, str], name: str, runs: Runs, kind: str,
    marks: tuple[float | None, float | None] = (None, None), *, headline: bool = False,
) -> Row:  # fmt: skip
    """Share under five seconds of one policy in one setting, with what it cost."""
    found = runs[kind][name]
    values, warm = shares(found), heats(found)
    text, zh = f"{mean(warm):.2f} kWh a day", f"每天 {mean(warm):.2f} 度"
    if kind == "changed":  # weeks of one run, whose heat is not told apart
        text, zh = "budget 1.5 kWh a day", "每天预算 1.5 度"
    peers: tuple[Peer, ...] = ()
    if name.startswith("learned") and "hotcirc" in runs[kind]:
        peers = (Peer("hotcirc", mean(shares(runs[kind]["hotcirc"]))),)
    return Row(
        key,
        f"{where[0]}, {name}, {text}: hot draws under 5 s (worst household {min(values):.1f} %)",
        f"{where[1]}，{name}，{zh}：5 秒内出热水的比例（最差 {min(values):.1f} %）",
        mean(values), "%", must=marks[0], aim=marks[1], digits=1, interval=interval(values),
        peers=peers, headline=headline,
    )  # fmt: skip


def reference_rows(runs: Runs) -> list[Row]:
    """The reference home: shares, heat, and the ratio to the best there is."""
    where, made = ("Reference home", "参考住宅"), []
    for name in NAMES:
        mine = name.startswith("learned")
        made.append(
            share_row(
                f"reference-{name}-under-5s", where, name, runs, "reference",
                MARKS.get(name, (None, None)), headline=mine,
            )
        )  # fmt: skip
        warm = heats(runs["reference"][name])
        made.append(
            Row(
                f"reference-{name}-heat",
                f"Reference home, {name}: extra heat a day (worst household {max(warm):.2f} kWh)",
                f"参考住宅，{name}：每天额外热量（最多 {max(warm):.2f} 度）",
                mean(warm), "kWh", must=BUDGET_KWH if mine else None, better="lower",
                interval=interval(warm),
            )
        )  # fmt: skip
    for name in runs["reference"]:
        if name.startswith("optimum"):
            key = "reference-" + name.replace(" ", "-").replace("/", "-")
            made.append(share_row(key, where, name, runs, "reference"))
    return made


def rate_rows(runs: Runs) -> list[Row]:
    """One exchange rate for all homes and no budget, at a mean of 1.5 kWh a day or less.

    Between two rates both shares and heats are taken to go along a straight line.
    """
    made = []
    for kind, name, mine in (
        ("reference", "learned", "learned"),
        ("reference", "learned-cues", "learned-cues"),
        ("sensors", TAP_CUE, "learned-cues"),
    ):
        (low, high), marks = RATES[mine], MARKS[mine]
        more, less = (runs[kind][f"{name} at {one:g} s/kWh"] for one in (low, high))
        dear, cheap = mean(heats(more)), mean(heats(less))
        part = min(1.0, max(0.0, (BUDGET_KWH - cheap) / (dear - cheap)))
        values, warm = (
            [part * one + (1 - part) * other for one, other in zip(of(more), of(less), strict=True)]
            for of in (shares, heats)
        )
        rate = part * low + (1 - part) * high
        made.append(
            Row(
                f"{kind}-{name}-one-rate".replace(" ", "-"),
                f"Reference home, {name}, no budget but one exchange rate for all homes, about "
                f"{rate:.0f} s/kWh, {mean(warm):.2f} kWh a day in the mean and {max(warm):.2f} at "
                f"most: hot draws under 5 s (worst household {min(values):.1f} %)",
                f"参考住宅，{name}，不设预算，所有住宅同一兑换率（约 {rate:.0f} 秒/度），平均每天 "
                f"{mean(warm):.2f} 度、最多 {max(warm):.2f} 度：5 秒内出热水的比例"
                f"（最差 {min(values):.1f} %）",
                mean(values), "%", must=marks[0], aim=marks[1], digits=1,
                interval=interval(values),
            )
        )  # fmt: skip
    return made


def side_rows(runs: Runs) -> list[Row]:
    """The same in other settings, on some of the households."""
    made = []
    places = {
        "ignored": ("Ignition ignored", "不计点火"),
        "slow": ("Heater with 3 s of delay", "点火延迟 3 秒"),
        "scattered": ("Twice as many lone draws and odd sessions", "零散用水加倍"),
        "sensors": ("Reference home with other cues", "参考住宅，其他提示"),
        "changed": (
            "Habits 2.5 h later from one day on, flow events alone",
            "作息突然推迟 2.5 小时",
        ),
        "curve": ("Reference home, curve", "参考住宅，曲线"),
    }
    for kind, where in places.items():
        for name in runs[kind]:
            if kind != "curve" or name != "nothing":
                key = f"{kind}-{name}".replace(" ", "-").replace("/", "-").replace(",", "")
                # "With a presence or tap cue": the presence of the reference rows, or this one.
                tap = kind == "sensors" and name == TAP_CUE
                marks = (88.0, 95.0) if tap else (None, None)
                made.append(share_row(key, where, name, runs, kind, marks, headline=tap))
    return made


def beside_rivals(runs: Runs) -> list[Row]:
    """What is learned, minus each rival, at the heat that the rival takes."""
    curve, made = runs["curve"], []
    count = len(curve["nothing"])
    rivals = [*RIVALS, "hotcirc", "grundfos"]
    for mine in ("learned", "learned-cues"):
        names = ["nothing", *(f"{mine} at {price:g} s/kWh" for price in LEARNED_PRICES)]
        leads = []
        for rival in rivals:
            theirs = (curve if rival in curve else runs["reference"])[rival][:count]
            ahead = []
            for index, their in enumerate(theirs):
                points = sorted((curve[name][index][2], curve[name][index][0]) for name in names)
                at = np.interp(their[2], [x for x, _ in points], [y for _, y in points])
                ahead.append(100 * (float(at) - their[0]))
            leads.append(interval(ahead)[0])
            key = f"{mine}-beside-{rival}".replace(" ", "-").replace(",", "")
            made.append(
                Row(
                    key,
                    f"{mine} beside {rival} at its heat ({mean(heats(theirs)):.2f} kWh a day): "
                    "hot draws under 5 s more",
                    f"{mine} 与 {rival} 在相同热量下（每天 {mean(heats(theirs)):.2f} 度）："
                    "5 秒内的比例多出",
                    mean(ahead), "points", must=0.0, digits=1, interval=interval(ahead),
                )
            )  # fmt: skip
        made.append(
            Row(
                f"{mine}-beside-all",
                f"{mine} beside every rival's every setting: the least lead that the intervals "
                "leave open (above 0 it dominates)",
                f"{mine} 与每个对手的每种设定相比：置信区间所容许的最小领先（大于 0 即全面占优）",
                min(leads), "points", must=0.0, aim=0.0, digits=1,
            )
        )  # fmt: skip
    return made


def shower_rows(runs: Runs) -> list[Row]:
    """Heat over that of the optimum at the same wait, for a tap that showers are taken at."""
    found, made = runs["showers"], []
    best = sorted(
        (mean(one[1] for one in rows), mean(heats(rows)))
        for name, rows in found.items()
        if name.startswith("optimum")
    )
    for rate in SHOWER_RATES:
        rows = found[f"learned-cues at {rate:g} s/kWh"]
        wait, heat = mean(one[1] for one in rows), mean(heats(rows))
        least = float(np.interp(wait, [x for x, _ in best], [y for _, y in best]))
        first = rate == SHOWER_RATES[0]
        made.append(
            Row(
                f"showers-{rate:g}",
                f"Showers with cues at {rate:g} s/kWh: extra heat ({heat:.2f} kWh) over the "
                f"optimum's at the same mean wait of {wait:.1f} s",
                f"淋浴（有提示），{rate:g} 秒/度：额外热量（{heat:.2f} 度）与同等平均等待"
                f"（{wait:.1f} 秒）下最优值之比",
                heat / least, "×", must=2.0 if first else None, aim=1.3 if first else None,
                better="lower",
            )
        )  # fmt: skip
    return made


def speed_rows(seconds: dict[str, list[float]], days: int) -> list[Row]:
    """A year of one policy, and `compare --days 28` whole; seconds of processor."""
    begun = time.process_time()
    compare(town_of(REFERENCE, seed=FIRST_SEED, days=28, zone=find_zone("UTC")))
    whole = time.process_time() - begun
    year = mean(seconds["changed"]) / (35 + 14) * 365  # nothing but `learned` runs there
    note = "processor seconds of one core, on a machine shared with other work"
    return [
        Row("speed", "A year of one policy (learned)", "一种策略模拟一年（learned）", year, "s",
            must=180.0, aim=60.0, better="lower", digits=0, note=note),
        Row("compare", "compare --days 28, all policies", "compare --days 28，全部策略", whole, "s",
            must=180.0, aim=60.0, better="lower", digits=0, note=note),
    ]  # fmt: skip


def collected(done: Sequence[tuple[Task, dict[str, tuple[float, ...]], float]]) -> Runs:
    """Results by kind and name; a household that was away in a run is left out of it."""
    runs: Runs = {}
    for task, found, _ in done:
        for name, row in found.items():
            runs.setdefault(task.kind, {}).setdefault(name, []).append(row)
    return runs


def draw(runs: Runs) -> None:
    """The picture of the docs, from the same run."""
    reference, curve = runs["reference"], runs["curve"]

    def point(rows: list[tuple[float, ...]]) -> tuple[float, float]:
        return mean(heats(rows)), mean(shares(rows)) / 100

    points = [(name, *point(reference[name])) for name in NAMES]
    lines: dict[str, list[tuple[float, float]]] = {}
    for mine in ("learned", "learned-cues"):
        named = [f"{mine} at {price:g} s/kWh" for price in LEARNED_PRICES]
        lines[f"{mine}, by price"] = [point(curve[name]) for name in named]
    for rival in ("hotcirc", "grundfos"):
        named = [name for name in RIVALS if name.startswith(rival)]
        lines[f"{rival}, by setting"] = [point(curve[name]) for name in named]
    best = [name for name in reference if name.startswith("optimum")]
    lines["optimum"] = [point(reference[name]) for name in best]
    path = Path(__file__).parents[1] / "docs/images/hotwater-curve.svg"
    with atomic_write(path) as temporary:
        temporary.write_text(draw_curve(points, lines), encoding="utf-8")


def main(arguments: list[str]) -> None:
    count = int(arguments[0]) if arguments else 20
    days = int(arguments[1]) if len(arguments) > 1 else 14
    seeds = [seed for seed in range(FIRST_SEED, FIRST_SEED + 3 * count) if settled(seed)][:count]
    tasks = [Task("reference", seed, days) for seed in seeds]
    tasks += [Task(kind, seed, days) for seed in seeds[:SIDE_HOUSEHOLDS] for kind in SIDES]
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(live, tasks))
    runs = collected(done)
    seconds: dict[str, list[float]] = {}
    for task, _, spent in done:
        seconds.setdefault(task.kind, []).append(spent)
    makers: list[Callable[[Runs], list[Row]]] = [
        reference_rows, rate_rows, side_rows, beside_rivals, shower_rows,
    ]  # fmt: skip
    rows = [row for make in makers for row in make(runs)] + speed_rows(seconds, days)
    details = {"days": days, "households": count, "of them in side runs": SIDE_HOUSEHOLDS}
    result = Results.measured(
        "hotwater", rows, seeds=seeds, command="python -m benchmarks.hotwater", details=details
    )
    print(result.write())
    draw(runs)


if __name__ == "__main__":
    main(sys.argv[1:])
