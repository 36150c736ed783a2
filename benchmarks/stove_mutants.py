"""Is every branch of the stove's controllers needed by a property? Each is broken, one at a time.

    python -m benchmarks.stove_mutants [--jobs 2] [--every 8] [--only NAME] [--minutes 40]

The mutants are those of `benchmarks.stove_operators`. Each runs in the models of
`gezhi.home.stove_proof` and is judged by their properties alone.

**Where.** Random walks of the right controllers through every stove of `VARIANTS` write down each
question that the model puts to them, its answer, and the lines that ran for it. A mutant is asked
the same questions; where no answer of its lines differs, the proof cannot tell it from the
original. From a walk's world in which an answer differs, everything that can happen with the mutant
is walked through, breadth first, up to a number of states; then random walks go deeper, and others
without people and faults look for a recovery that never comes; then the quick ones of `PIECES` are
verified whole.

**Killed** is a mutant by a broken property (a breach that the judge names, a stove that a hand
cannot light, a button that takes no lock off, a recovery that is proved broken by a circle that
never reaches its goal) or by an error raised in its own code. A mutant that is merely slow, or
makes more states than are looked at, is not killed. The walks begin with the right controllers:
where those break a property there, the tool stops with an error.

Survivors that nothing could tell from the original are listed in `stove_equivalent.json` with the
reason, and count neither as tried nor as killed; all others are named in the result. What is known
of a mutant is kept in the user's cache, by its function; `--afresh` forgets all. The result says of
how many something else has changed since they were killed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import repeat, takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.record import Results, Row
from benchmarks.stove_operators import PARTS, Mutant, digest, mutants
from benchmarks.stove_scouts import Fate, Scout, judge, scouts
from gezhi.home import stove_acts, stove_ages, stove_judge, stove_model, stove_proof, stove_world
from gezhi.home import stove_refused as refused
from gezhi.home import stove_telling as telling
from gezhi.home import stove_watch as watch
from gezhi.home.types import stove as words
from gezhi.kernel.paths import cache_folder

__all__ = ["EQUIVALENT", "Diary", "main"]

#: Mutants that nothing could tell from the original, each with the reason.
EQUIVALENT: dict[str, str] = json.loads(
    Path(__file__).with_name("stove_equivalent.json").read_text(encoding="utf-8")
)
_MODEL = (
    stove_acts, stove_ages, stove_judge, stove_model, stove_proof, stove_world,
    refused, telling, watch, words,
)  # fmt: skip


def _source(*modules: Any) -> str:
    return digest(*(Path(str(one.__file__)).read_text(encoding="utf-8") for one in modules))


class Diary:
    """What became of each mutant, a line each in a file of the user's cache; the last line counts.

    A line is of one mutant of one function as it was. When anything else has changed since, in the
    controllers or in the model, those that survived are asked anew; those that were killed stay
    so, and are counted, until they are asked `--afresh`.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds, self.beside = path, seconds, _source(*_MODEL, *PARTS)
        self.known: dict[str, dict[str, Any]] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                self.known[one["key"]] = one

    def key(self, mutant: Mutant) -> str:
        """Give what a mutant's line is found by."""
        return digest(mutant.name, mutant.source)

    def fate(self, mutant: Mutant) -> Fate | None:
        """Give what is known of a mutant."""
        one = self.known.get(self.key(mutant))
        if one is None:
            return None
        same = one["beside"] == self.beside and one["within"] >= self.seconds
        return Fate(**one["fate"]) if one["fate"]["by"] or same else None

    def older(self, mutant: Mutant) -> bool:
        """Say whether anything else has changed since a mutant was judged."""
        return bool(self.known[self.key(mutant)]["beside"] != self.beside)

    def write(self, mutant: Mutant, fate: Fate) -> None:
        """Add a line."""
        one: dict[str, Any] = {"key": self.key(mutant), "name": mutant.name}
        one |= {"beside": self.beside, "within": self.seconds, "fate": asdict(fate)}
        self.known[self.key(mutant)] = one
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")


_there: list[Scout] = []
_every: list[Mutant] = []


def _judged(number: int, seconds: float) -> tuple[int, Fate]:
    return number, judge(_every[number], _there, seconds)


def _fates(numbers: list[int], jobs: int, seconds: float) -> Iterator[tuple[int, Fate]]:
    """Judge mutants, in this process or in several that know what it knows."""
    if not numbers:
        return
    _there[:], _every[:] = scouts(), mutants()
    if jobs == 1:
        yield from map(_judged, numbers, repeat(seconds))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        yield from pool.map(_judged, numbers, repeat(seconds))


def main(arguments: list[str] | None = None) -> None:
    """Run the mutants within the time and write what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=120.0, help="begin no other after these, 0: none"
    )
    parser.add_argument("--every", type=int, default=1, help="take each so-manieth only")
    parser.add_argument("--sample", type=int, default=0, help="so many, drawn by chance")
    parser.add_argument("--seed", type=int, default=0, help="which sample is drawn")
    parser.add_argument("--only", default="", help="those whose name has this, and write nothing")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seconds", type=float, default=6.0, help="the most for one mutant")
    parser.add_argument("--afresh", action="store_true", help="forget what is known")
    options = parser.parse_args(arguments)
    every = list(mutants())
    strange = set(EQUIVALENT) - {one.name for one in every}
    if strange:
        raise SystemExit("not mutants of these controllers: " + "; ".join(sorted(strange)))
    diary = Diary(cache_folder() / "stove-mutants.jsonl", options.seconds)
    if options.afresh:
        diary.known = {}
    chosen = [i for i in range(0, len(every), options.every) if options.only in every[i].name]
    chosen = [i for i in chosen if every[i].name not in EQUIVALENT]
    # Evenly over the source, however early it ends.
    chosen.sort(key=lambda i: digest(str(options.seed), str(i)))
    chosen = chosen[: options.sample or None]
    until = time.monotonic() + 60 * options.minutes
    unknown = [i for i in chosen if diary.fate(every[i]) is None and options.minutes > 0]
    for number, fate in _fates(unknown, options.jobs, options.seconds):
        diary.write(every[number], fate)
        said = fate.by or f"SURVIVES ({fate.stage})"
        print(f"{said}\t{every[number].name}\t{fate.seconds} s", flush=True)
        if time.monotonic() > until:
            break
    if not options.only:
        part = f" --sample {options.sample} --seed {options.seed}" if options.sample else ""
        command = f"python -m benchmarks.stove_mutants --every {options.every}{part}"
        _record(len(every), [every[i] for i in chosen], diary, command)


def _record(count: int, chosen: list[Mutant], diary: Diary, command: str) -> None:
    # Up to the first that nothing is known of: kills are kept longer than survivals.
    known = takewhile(lambda one: diary.fate(one) is not None, chosen)
    fates = {one: fate for one in known if (fate := diary.fate(one)) is not None}
    dead = [one for one, fate in fates.items() if fate.by]
    alive = [one.name for one, fate in fates.items() if not fate.by]
    rows = [
        Row("mutants_all", "Mutants of the stove's controllers, made by a tool",
            "由工具生成的灶具控制器变异体", count, digits=0),
        Row("mutants_equivalent", "Of them equivalent, each with its reason",
            "其中等价者（各附理由）", len(EQUIVALENT), digits=0),
        Row("mutants_tried", "Of the others tried", "其余中已检验", len(fates), digits=0),
        Row("mutants_killed", "Killed by the properties alone", "仅凭性质杀死",
            100.0 * len(dead) / max(len(fates), 1), "%", must=95, digits=1),
    ]  # fmt: skip
    details = {
        "killed": len(dead),
        "untried": len(chosen) - len(fates),
        "judged beside other functions that have changed since":
            sum(diary.older(one) for one in fates),
        "survivors": alive,
        "seconds": round(sum(one.seconds for one in fates.values())),
        "equivalent": EQUIVALENT,
    }  # fmt: skip
    Results.measured("stove_mutants", rows, seeds=[], command=command, details=details).write()
    print(f"{len(dead)} of {len(fates)} killed, {len(alive)} survive, "
          f"{len(EQUIVALENT)} equivalent", *alive, sep="\n  ")  # fmt: skip


if __name__ == "__main__":
    main()
