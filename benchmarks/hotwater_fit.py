"""Fit what the hot-water learner brings along (`gezhi.home.advantage`), by policy iteration.

    python -m benchmarks.hotwater_fit advantage.npz

Variants of households 0 to 11 (more or fewer lone draws, other hours, sharper and vaguer habits,
other cues, heaters with and without delay; for cues also homes where only long draws are taken) are
lived through at many prices. At random moments the days go on both ways, purging now and four
minutes later, for half an hour; a network learns the difference in spoilt draws and heat from what
is known then. The first network watches a rule that purges at every draw and cue, each next one
watches the network before it. Networks of several fits are averaged into one. Heat left in the pipe
after the half hour counts four fifths.

It needs a C compiler (the days are lived through in ``hotwater_fit.c``), torch, and with two
processors about half an hour.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from gezhi.home.advantage import KINDS
from gezhi.home.clock import LocalClock, find_zone
from gezhi.home.habits import FEATURES, Habits
from gezhi.home.households import Cue, Draw, Household, cues, draws, household
from gezhi.home.plant import REFERENCE

SEEDS = range(12)
DAYS = 42
INPUTS = 6
ROW = INPUTS + 4
PUT_OFF_SECONDS, HORIZON_SECONDS, WORTH = 240, 1800, 0.8
PRICES = (2.5, 45.0)
WARM_CELSIUS, REST_SECONDS, CEILING_CELSIUS = 41.985, 600.0, 40.5
ROUNDS, EPOCHS, BATCH = 3, 8, 2048
BEGIN = 1767571200
_UTC = LocalClock(find_zone("UTC"))
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]


class CHome(ctypes.Structure):
    """`Home` of the C file."""

    _fields_ = [
        (name, ctypes.c_double)
        for name in (
            "litres", "cooling_seconds", "room", "mains", "supply", "hot", "ignition_flow",
            "ignition_seconds", "pump_flow", "lag", "warm", "rest_seconds", "kilowatts",
        )
    ]  # fmt: skip


class CWorld(ctypes.Structure):
    """`World` of the C file."""

    _fields_ = [
        ("home", ctypes.POINTER(CHome)), ("draws", ctypes.c_int), ("at", ctypes.c_void_p),
        ("flow", ctypes.c_void_p), ("seconds", ctypes.c_void_p), ("asks", ctypes.c_int),
        ("ask_at", ctypes.c_void_p), ("event", ctypes.c_void_p), ("first", ctypes.c_int),
        ("second", ctypes.c_int), ("known", ctypes.c_void_p), ("state_weights", ctypes.c_void_p),
        ("second_weights", ctypes.c_void_p), ("second_biases", ctypes.c_void_p),
        ("last_weights", ctypes.c_void_p), ("last_biases", ctypes.c_void_p),
        ("price", ctypes.c_double), ("ceiling", ctypes.c_double),
    ]  # fmt: skip


@dataclass
class Days:
    """A household's days: its draws, the moments at which it is asked, and what is known then."""

    home: CHome
    at: Integers
    flow: npt.NDArray[np.float64]
    seconds: Integers
    ask_at: Integers
    known: Floats
    begins: npt.NDArray[np.uint8]
    told: npt.NDArray[np.uint8]


class Network(torch.nn.Module):
    """Two hidden layers; out come spoilt draws avoided and tenths of a kilowatt-hour."""

    def __init__(self, inputs: int, first: int = 48, second: int = 24) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(inputs, first), torch.nn.ReLU(),
            torch.nn.Linear(first, second), torch.nn.ReLU(), torch.nn.Linear(second, 2),
        )  # fmt: skip

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Both differences, for rows of features and of the water's state."""
        found: torch.Tensor = self.layers(given)
        return found

    def arrays(self) -> list[Floats]:
        """Weights as (inputs, outputs) and biases, of each layer."""
        found: list[Floats] = []
        for layer in (self.layers[0], self.layers[2], self.layers[4]):
            assert isinstance(layer, torch.nn.Linear)
            found += [np.ascontiguousarray(layer.weight.detach().numpy().T),
                      layer.bias.detach().numpy().copy()]  # fmt: skip
        return found


def variant(seed: int, number: int) -> tuple[Household, dict[str, float]]:
    """A household unlike that of its seed, and how its cues are."""
    random = np.random.default_rng([seed, number, 77])
    home = household(seed)
    vague = float(np.exp(random.uniform(np.log(0.35), np.log(1.3))))
    persons = tuple(
        replace(
            one, jitter=one.jitter * vague, rises=one.rises + random.normal(0, 0.7),
            returns=one.returns + random.normal(0, 0.8), sleeps=one.sleeps + random.normal(0, 0.5),
            showers_mornings=bool(random.random() < 0.5), works=bool(random.random() < 0.6),
        )
        for one in home.persons
    )  # fmt: skip
    home = replace(
        home, persons=persons, others=random.uniform(0.5, 8.5), singles=random.uniform(0, 0.17),
        dinner=home.dinner + random.normal(0, 0.7), lunch=home.lunch + random.normal(0, 0.4),
        faucet_draws=home.faucet_draws * float(np.exp(random.normal(0, 0.15))),
    )  # fmt: skip
    heard = {
        "seen": random.uniform(0.85, 1), "lead_seconds": random.uniform(50, 140),
        "idle_a_day": random.uniform(0, 14),
    }  # fmt: skip
    return home, heard


def lived(seed: int, number: int, days: int, *, long_only: bool = False) -> Days:
    """The days of a variant, with the features of every minute, draw and cue."""
    home, heard = variant(seed, number)
    some = [one for one in draws(home, days) if one.seconds >= 120 or not long_only]
    random = np.random.default_rng([seed, number, 5])
    heater = REFERENCE.heater
    if random.random() < 0.8:
        delay = float(random.choice([1.0, 1.0, 2.0, 3.0]))
        heater = replace(heater, ignition_seconds=delay)
    else:
        heater = replace(heater, ignition_litres_per_minute=0.0, ignition_seconds=0.0)
    pipe = REFERENCE.branches[0].hot
    made = CHome(
        pipe.purge_litres, pipe.cooling_seconds, REFERENCE.ambient_celsius,
        REFERENCE.mains_celsius, heater.supply_celsius, REFERENCE.hot_celsius,
        heater.ignition_litres_per_minute, heater.ignition_seconds,
        REFERENCE.pump_litres_per_minute, REFERENCE.probe_lag_seconds, WARM_CELSIUS, REST_SECONDS,
        heater.kilowatts,
    )  # fmt: skip
    return watched(made, some, cues(some, seed=seed, **heard), days)


def watched(home: CHome, some: Sequence[Draw], heard: Sequence[Cue], days: int) -> Days:
    """Go through the days as `gezhi.home.simulate` does, asking for features at every moment."""
    habits, end = Habits(_UTC), BEGIN + days * 86400
    begins = [-int(-one.at // 1) for one in some]
    lengths = [max(1, round(one.seconds)) for one in some]
    told = [-int(-one.at // 1) for one in heard]
    events: list[tuple[int, int, float]] = [(at, 3, 0.0) for at in range(BEGIN, end, 60)]
    for at, seconds, one in zip(begins, lengths, some, strict=True):
        events += [(at, 0, one.litres_per_minute), (at + seconds, 1, seconds)]
    events += [(at, 2, 0.0) for at in told]
    events = sorted(one for one in events if BEGIN <= one[0] < end)
    asks, known = [], []
    for index, (at, kind, value) in enumerate(events):
        if kind == 0:
            habits.drew(at, counts=value >= home.ignition_flow)
        elif kind == 1:
            habits.ended(at, value)
        elif kind == 2:
            habits.cued(at)
        if index + 1 == len(events) or events[index + 1][0] > at:
            asks.append(at)
            known.append(habits.features(at, with_cues=True))
    return Days(
        home, np.array(begins, np.int32), np.array([one.litres_per_minute for one in some]),
        np.array(lengths, np.int32), np.array(asks, np.int32), np.array(known, np.float32),
        np.isin(asks, begins).astype(np.uint8), np.isin(asks, told).astype(np.uint8),
    )  # fmt: skip


def compiled() -> ctypes.CDLL:
    """The C file as a library."""
    source = Path(__file__).with_suffix(".c")
    library = Path(tempfile.mkdtemp()) / "hotwater_fit.so"
    subprocess.run(
        ["cc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", str(source), "-o",
         str(library), "-lm"],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library))


def differences(
    library: ctypes.CDLL,
    one: Days,
    network: Network | None,
    kind: str,
    *,
    price: float,
    count: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Inputs and both differences, at about ``count`` moments of the days of one household."""
    known = np.ascontiguousarray(one.known[:, : len(FEATURES)] if kind == "flow" else one.known)
    event = one.begins if kind == "flow" else one.begins | one.told
    arrays = network.arrays() if network else [np.zeros((1, 1), np.float32)] * 6
    first = arrays[0].shape[1] if network else 0
    weighed = np.zeros((1, 1), np.float32)
    state = arrays[0]
    if network:
        weighed = np.ascontiguousarray(known @ arrays[0][: known.shape[1]] + arrays[1])
        state = np.ascontiguousarray(arrays[0][known.shape[1] :])
    kept = [weighed, state, arrays[2], arrays[3], arrays[4], arrays[5], event]
    world = CWorld(
        ctypes.pointer(one.home), len(one.at), one.at.ctypes.data, one.flow.ctypes.data,
        one.seconds.ctypes.data, len(one.ask_at), one.ask_at.ctypes.data, event.ctypes.data,
        first, arrays[2].shape[1], *(each.ctypes.data for each in kept[:6]), price, CEILING_CELSIUS,
    )  # fmt: skip
    days = len(one.ask_at) // 1440 + 1
    rows = np.zeros((4 * count + 1000, ROW), np.float32)
    found = library.sample(
        ctypes.byref(world), BEGIN, BEGIN + days * 86400, ctypes.c_double(count / days / 1300),
        ctypes.c_double(0.01), PUT_OFF_SECONDS, HORIZON_SECONDS, ctypes.c_double(WORTH),
        ctypes.c_uint64(seed), len(rows), ctypes.c_void_p(rows.ctypes.data),
    )  # fmt: skip
    rows = rows[:found]
    inputs = np.concatenate([known[rows[:, 0].astype(int)], rows[:, 1 : 1 + INPUTS]], axis=1)
    return inputs, np.stack([rows[:, 1 + INPUTS], 10 * rows[:, 3 + INPUTS]], axis=1)


def learn(network: Network, inputs: Floats, wanted: Floats) -> float:
    """Least squares for both outputs; the mean loss of the last epoch."""
    given, right = torch.from_numpy(inputs), torch.from_numpy(wanted)
    batches = max(1, len(given) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-5)
    pace = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 2e-3, total_steps=EPOCHS * batches, pct_start=0.1
    )
    total = 0.0
    for _ in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(given)).tensor_split(batches):
            loss = (network(given[rows]) - right[rows]).square().mean(0).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            pace.step()
            total += loss.item()
    return total / batches


def rounds(
    library: ctypes.CDLL, homes: Sequence[Days], kind: str, *, count: int, seed: int
) -> Iterator[Network]:
    """Policy iteration: a network after each round."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    width = len(FEATURES) if kind == "flow" else homes[0].known.shape[1]
    network = Network(width + INPUTS)
    watching: Network | None = None
    before: list[tuple[Floats, Floats]] = []
    for number in range(ROUNDS):
        found = [
            differences(
                library, one, watching, kind, count=count,
                price=float(np.exp(random.uniform(*np.log(PRICES)))),
                seed=1000 * (seed * ROUNDS + number) + index + 1,
            )
            for index, one in enumerate(homes)
        ]  # fmt: skip
        before = [*(before if number > 1 else []), *found]
        inputs, wanted = (np.concatenate(column) for column in zip(*before, strict=True))
        loss = learn(network, inputs, wanted)
        print(kind, seed, "round", number, len(inputs), f"loss {loss:.4f}", file=sys.stderr)
        before, watching = found, network
        yield network


def averaged(networks: Sequence[Network]) -> list[Floats]:
    """One network that is the mean of several, side by side."""
    parts = [one.arrays() for one in networks]
    middle = np.zeros((sum(p[2].shape[0] for p in parts), sum(p[2].shape[1] for p in parts)))
    row = column = 0
    for part in parts:
        rows, columns = part[2].shape
        middle[row : row + rows, column : column + columns] = part[2]
        row, column = row + rows, column + columns
    count = len(parts)
    return [
        np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts]),
        middle.astype(np.float32), np.concatenate([p[3] for p in parts]),
        np.concatenate([p[4] for p in parts]) / count,
        np.asarray(sum(p[5] for p in parts) / count, dtype=np.float32),
    ]  # fmt: skip


def main(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("file", type=Path)
    options.add_argument("--variants", type=int, default=6, help="of each household")
    options.add_argument("--moments", type=int, default=12000, help="of each variant and round")
    options.add_argument("--networks", type=int, default=2, help="that are averaged")
    options.add_argument("--days", type=int, default=DAYS)
    options.add_argument("--households", type=int, default=len(SEEDS))
    given = options.parse_args(arguments)
    library, seeds = compiled(), SEEDS[: given.households]
    homes = [
        lived(seed, number, given.days) for seed in seeds for number in range(1, given.variants + 1)
    ]
    showers = [lived(seed, 9, given.days, long_only=True) for seed in seeds]
    layers: dict[str, npt.NDArray[np.float16]] = {}
    for kind in KINDS:
        some = homes if kind == "flow" else [*homes, *showers]
        fits = [
            [*rounds(library, some, kind, count=given.moments, seed=seed)][-1]
            for seed in range(given.networks)
        ]
        names = ("w1", "b1", "w2", "b2", "w3", "b3")
        for name, array in zip(names, averaged(fits), strict=True):
            layers[f"{kind}_{name}"] = array.astype(np.float16)
    np.savez(given.file, **layers)  # type: ignore[arg-type]
    print(given.file)


if __name__ == "__main__":
    main(sys.argv[1:])
