"""The stove: what was proved, killed and understood, and how fast a cut gets through.

python -m benchmarks.stove               1,000 kills, 1,000 commands, the whole proof
python -m benchmarks.stove --quick       20 and 50, and nothing written
python -m benchmarks.stove --kills, --latency, --proof, --mutants, --spoken     only these rows anew

The proof is `gezhi home stove verify`; the mutants are those of `benchmarks.stove_mutants`, whose
own result file is read; the spoken commands are a list written by somebody who had not seen the
parser, `benchmarks/stove_spoken.json`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import FOLDER, Results, Row
from benchmarks.stove_house import (
    StoveVerdict,
    kill_stove_at_random,
    measure_stove_latency,
    stove,
)
from gezhi.home.speech import Action, understand

__all__ = ["SPOKEN", "judge_spoken", "main", "measure_kills"]

SEED = 20_261_123
BATCH = 50
HOUSES_AT_ONCE = 3
SPOKEN = Path(__file__).with_name("stove_spoken.json")
_PARTS = ("proof", "mutants", "kills", "latency", "spoken")


def measure_kills(kills: int, seed: int = SEED) -> list[StoveVerdict]:
    """That many kills, in houses of at most fifty each, three houses at a time."""
    sizes = [min(BATCH, kills - number) for number in range(0, kills, BATCH)]
    verdicts = []
    with ProcessPoolExecutor(HOUSES_AT_ONCE, mp_context=get_context("spawn")) as pool:
        for one in pool.map(_one_house, sizes, range(seed, seed + len(sizes))):
            verdicts.append(one)
            print(one, flush=True)
    return verdicts


def _one_house(kills: int, seed: int, flaw: str = "") -> StoveVerdict:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "house"
        return kill_stove_at_random(
            place, kills, seed=seed, pace_seconds=0.8, design=stove(flaw=flaw)
        )


def main(arguments: list[str]) -> int:
    """Measure, write the results unless quick, and say whether everything that must be, is."""
    quick = "--quick" in arguments
    wanted = [one for one in _PARTS if f"--{one}" in arguments] or list(_PARTS)
    rows: list[Row] = []
    details: dict[str, Any] = {}
    if "proof" in wanted:
        rows += _proof()
    if "mutants" in wanted:
        rows += _mutants()
    if "kills" in wanted:
        verdicts = measure_kills(20 if quick else 1000)
        rows += _kills(verdicts)
        details["kills"] = [asdict(one) for one in verdicts]
    if "latency" in wanted:
        rows += _latency(50 if quick else 1000)
    if "spoken" in wanted:
        rows += _spoken()
    reached = all(row.reached is not False for row in rows)
    if not quick and (FOLDER / "stove.json").is_file():
        # Read now and not before: other parts may have been measured meanwhile.
        before = Results.read("stove")
        rows += [row for row in before.rows if row.key.split("_")[0] not in wanted]
        details = {**before.details, **details}
    rows.sort(key=lambda row: _PARTS.index(row.key.split("_")[0]))
    if not quick:
        Results.measured(
            "stove", rows, seeds=[SEED], command="python -m benchmarks.stove",
            versions={"mosquitto": _mosquitto(), "aiomqtt": metadata.version("aiomqtt")},
            details=details,
        ).write()  # fmt: skip
    return 0 if reached else 1


# ---- the proof --------------------------------------------------------------------------------


def _proof() -> list[Row]:
    """Run the command as a person would, and time it."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gezhi", "home", "stove", "verify", "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    wrong = [one["name"] for one in found["properties"] if not one["holds"]]
    print(f"{found['states']:,} states, {len(wrong)} properties broken, {seconds:.0f} s", *wrong)
    return [
        Row("proof_states", "States enumerated, with the faults of each stove, to a fixpoint",
            "枚举到不动点的状态数（各灶所列故障）", found["states"] if found["fixpoint"] else None,
            digits=0, headline=True),
        Row("proof_transitions", "Transitions between them", "其间的转移数", found["transitions"],
            digits=0),
        Row("proof_seconds", "Time for that, on all cores", "所用时间，全部核心", seconds, "s",
            must=120, better="lower", digits=0),
        Row("proof_broken", "Properties that do not hold (of all, safety and liveness)",
            "不成立的性质（安全性与活性）", len(wrong), must=0, better="lower", digits=0,
            headline=True, note=f"{len(found['properties'])} properties"),
    ]  # fmt: skip


def _mutants() -> list[Row]:
    """What the mutation tool has found, from its own result file."""
    path = FOLDER / "stove_mutants.json"
    if not path.is_file():
        return [Row("mutants_killed", "Mutants killed by the properties alone",
                    "仅凭性质杀死的变异体", None, "%", must=95)]  # fmt: skip
    return list(Results.read("stove_mutants").rows)


# ---- the house --------------------------------------------------------------------------------


def _kills(verdicts: list[StoveVerdict]) -> list[Row]:
    kills = sum(sum(one.kills.values()) for one in verdicts)
    late = sum(one.late + one.missed for one in verdicts)
    planned = sum(one.planned for one in verdicts)
    return [
        Row("kills", "Kills of broker, bridge, node or network at random moments",
            "随机时刻杀死代理、网桥、节点或网络", kills, must=1000, digits=0),
        Row("kills_planned", "Planned cuts meanwhile, not cancelled", "期间未取消的定时关火",
            planned, digits=0),
        Row("kills_late", "Planned cuts late by more than 5 s after power is back, or missed",
            "来电后晚于 5 秒或漏掉的定时关火", late, must=0, better="lower", digits=0,
            headline=True),
        Row("kills_longest", "The latest of them, in powered time", "其中最晚的一次（通电时间）",
            max(one.longest_late_seconds for one in verdicts), "s", must=5, better="lower",
            digits=1),
        Row("kills_unheard", "Of them not yet in the node when due, since hub, broker or network "
            "was dead", "其中到时尚未传到节点（当时主机、代理或网络已死）",
            sum(one.unheard for one in verdicts), digits=0),
        Row("kills_overstays", "Relays energised beyond their bound", "超过时限仍吸合的继电器",
            sum(one.overstays + one.left_on for one in verdicts), must=0, better="lower", digits=0,
            headline=True),
        Row("kills_lost", "Commands lost once broker or bridge had them",
            "代理或网桥收到后丢失的命令", sum(one.events_lost for one in verdicts), must=0,
            better="lower", digits=0),
        Row("kills_pulses", "Pulses of the relays meanwhile", "期间继电器脉冲",
            sum(one.pulses for one in verdicts), digits=0),
    ]  # fmt: skip


def _latency(samples: int) -> list[Row]:
    # Whatever else runs on this computer is not what is measured here.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure_stove_latency(Path(folder) / "house", samples)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    slow, middle = (1000 * float(np.quantile(seconds, one)) for one in (0.99, 0.5))
    print(f"command to relay topic: median {middle:.1f} ms, 99th percentile {slow:.1f} ms")
    return [
        Row("latency", "Command on MQTT to relay topic, 99th percentile",
            "MQTT 命令到继电器主题，第 99 百分位", slow, "ms", must=50, better="lower", digits=1,
            headline=True),
        Row("latency_median", "The same, median", "同上，中位数", middle, "ms", better="lower",
            digits=1),
    ]  # fmt: skip


# ---- what people say --------------------------------------------------------------------------


def judge_spoken(case: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a sentence is understood, and whether something is done that was not asked for.

    A case has `text`, `action`, `burner`, `delay_seconds` and `check`, the fields that count;
    `also` has further answers that are as right, each with its own `check`.
    """
    said = understand(case["text"]).record()
    right = any(all(said[key] == one[key] for key in one["check"]) for one in (case, *case["also"]))
    acts = said["action"] in (Action.OFF, Action.CANCEL, Action.EXTEND)
    return right, acts and not right


def _spoken() -> list[Row]:
    """The lists; `seen` are those that the parser's author has read, `first` what came before.

    A list counts as unseen once: when it has been measured it is opened, its kinds of failure are
    mended, and each of its cases keeps as `first` whether it was right before that.
    """
    if not SPOKEN.is_file():
        return [Row("spoken", "Spoken commands understood", "听懂的口头指令", None, "%", must=95)]
    cases = json.loads(SPOKEN.read_text(encoding="utf-8"))
    verdicts = [(one, *judge_spoken(one)) for one in cases]
    unseen = [(one, right) for one, right, _ in verdicts if not one.get("seen")]
    once = [(one, one["first"]) for one in cases if "first" in one]
    groups = (
        ("spoken", "not seen before", "事先未见", unseen, ""),
        ("spoken_en", "of these, English", "其中英语", unseen, "en"),
        ("spoken_zh", "of these, Chinese", "其中汉语", unseen, "zh"),
        ("spoken_first", "the lists before, each when it was unseen", "此前各份清单，未见时",
         once, ""),
        ("spoken_seen", "seen while it was written", "编写时见过",
         [(one, right) for one, right, _ in verdicts if one.get("seen")], ""),
    )  # fmt: skip
    rows = []
    for key, name, name_zh, group, language in groups:
        own = [right for one, right in group if language in ("", one["language"])]
        if own:
            share = 100 * sum(own) / len(own)
            english = f"Spoken commands understood, {name} ({len(own)} sentences)"
            chinese = f"听懂的口头指令，{name_zh}（{len(own)} 句）"
            must = 95 if group is unseen else None
            rows.append(
                Row(key, english, chinese, share, "%", must, digits=1, headline=key == "spoken")
            )
    wrong = [one["text"] for one, _, acts in verdicts if acts]
    print(f"{len(wrong)} wrongly executed", *wrong, sep="\n  ")
    english, chinese = f"Wrongly executed, of all {len(cases)}", f"{len(cases)} 句中被错误执行"
    last = Row("spoken_wrong", english, chinese, len(wrong), must=0, better="lower", digits=0,
               headline=True)  # fmt: skip
    return [*rows, last]


def _mosquitto() -> str:
    done = subprocess.run(["/usr/sbin/mosquitto", "-h"], capture_output=True, text=True)
    return done.stdout.split("version", 1)[-1].split()[0] if "version" in done.stdout else "?"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
