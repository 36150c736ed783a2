"""The bridge with a real Mosquitto: kills at random moments, and how fast a command gets through.

python -m benchmarks.bridge              1,000 kills and 1,000 commands
python -m benchmarks.bridge --quick      20 and 50, and nothing written
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.bridge_house import Verdict, kill_at_random, measure_latency
from benchmarks.record import Results, Row

__all__ = ["main", "measure_kills"]

SEED = 20_261_122
BATCH = 50
HOUSES_AT_ONCE = 3


def measure_kills(kills: int, seed: int = SEED) -> list[Verdict]:
    """That many kills, in houses of at most fifty each, three houses at a time."""
    sizes = [min(BATCH, kills - number) for number in range(0, kills, BATCH)]
    verdicts = []
    with ProcessPoolExecutor(HOUSES_AT_ONCE, mp_context=get_context("spawn")) as pool:
        for one in pool.map(_one_house, sizes, range(seed, seed + len(sizes))):
            verdicts.append(one)
            print(one, flush=True)
    return verdicts


def _one_house(kills: int, seed: int) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return kill_at_random(Path(folder) / "house", kills, seed=seed, pace_seconds=0.4)


def main(arguments: list[str]) -> int:
    """Measure, write the results unless quick, and say whether everything was kept."""
    quick = "--quick" in arguments
    latency = _latency(50 if quick else 1000)
    if "--latency" in arguments:
        before = Results.read("bridge")
        kept = tuple(row for row in before.rows if not row.key.startswith("latency"))
        replace(before, rows=(*kept, *latency)).write()
        return 0
    verdicts = measure_kills(20 if quick else 1000)
    rows, kept_all = _kills(verdicts)
    if not quick:
        Results.measured(
            "bridge",
            [*rows, *latency],
            seeds=[SEED],
            command="python -m benchmarks.bridge",
            versions={"mosquitto": _mosquitto(), "aiomqtt": metadata.version("aiomqtt")},
            details={"batches": [asdict(one) for one in verdicts]},
        ).write()
    return 0 if kept_all else 1


def _latency(samples: int) -> list[Row]:
    # Whatever else runs on this computer is not what is measured here.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure_latency(Path(folder) / "house", samples)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    slow, middle = (1000 * float(np.quantile(seconds, one)) for one in (0.99, 0.5))
    print(f"command to relay topic: median {middle:.1f} ms, 99th percentile {slow:.1f} ms")
    return [
        Row("latency", "Command on MQTT to relay topic, 99th percentile",
            "MQTT 命令到继电器主题，第 99 百分位", slow, "ms", must=50, aim=10, better="lower",
            digits=1, headline=True),
        Row("latency_median", "The same, median", "同上，中位数", middle, "ms", better="lower",
            digits=1),
    ]  # fmt: skip


def _kills(verdicts: list[Verdict]) -> tuple[list[Row], bool]:
    kills = sum(sum(one.kills.values()) for one in verdicts)
    overstays = sum(one.overstays + one.left_on for one in verdicts)
    lost = sum(one.events_lost for one in verdicts)
    litres = sum(one.litres_lost for one in verdicts)
    taken, runs = sum(one.taken for one in verdicts), sum(one.runs for one in verdicts)
    rows = [
        Row("kills", "Kills of broker, bridge, node or network at random moments",
            "随机时刻杀死代理、网桥、节点或网络的次数", kills, must=1000, digits=0),
        Row("overstays", "Relays on beyond their limit", "超过时限仍然接通的继电器", overstays,
            must=0, better="lower", digits=0, headline=True),
        Row("events_lost", "Events lost once the bridge had them", "网桥收到后丢失的事件", lost,
            must=0, better="lower", digits=0, headline=True),
        Row("litres_lost", "Litres lost", "丢失的升数", litres, "L", must=0, better="lower",
            digits=3),
        Row("taken", "Commands that the broker took meanwhile", "期间代理收下的命令", taken,
            digits=0),
        Row("accepted", "Commands accepted meanwhile", "期间接受的命令",
            sum(one.accepted for one in verdicts), digits=0),
        Row("runs", "Relay runs meanwhile", "期间继电器动作", runs, digits=0),
    ]  # fmt: skip
    return rows, not (overstays or lost or litres)


def _mosquitto() -> str:
    done = subprocess.run(["/usr/sbin/mosquitto", "-h"], capture_output=True, text=True)
    return done.stdout.split("version", 1)[-1].split()[0] if "version" in done.stdout else "?"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
