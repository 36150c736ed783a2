"""The codec gives back what went in, at the rate of the bound, or says why it cannot."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from gezhi.errors import ArrayError, DataError, ParameterError
from gezhi.latent.codec import compress, decompress, iterate
from gezhi.latent.codec.blocks import pack_segment, unpack_segment
from gezhi.latent.density import DensityModel, DensityVAE
from gezhi.latent.density.coding import fit_coding
from gezhi.latent.density.network import DensityNetwork
from gezhi.latent.density.training import arrays_of

Array = Any


def _untrained(items: Array, seed: int, *, latent: int, **how: Any) -> DensityModel:
    """A model that nobody has trained: as good as any to be lossless with."""
    coding, _ = fit_coding(items, **how)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DensityNetwork(
            coding.inputs, coding.variables, coding.context(), coding.likelihood,
            latent=latent, width=16, blocks=1, gates=3,
        )  # fmt: skip
        with torch.no_grad():
            for one in network.parameters():
                one.add_(0.3 * torch.randn_like(one))
    return DensityModel(coding, arrays_of(network), latent, 3)


@pytest.fixture(scope="module")
def digits() -> tuple[DensityModel, Array]:
    """A small model of 8 by 8 digits, and digits that it has not seen."""
    pictures = load_digits().images.astype(np.uint8)
    fitted = DensityVAE(
        likelihood="bytes", latent=8, width=128, gates=4, epochs=25, random_state=0
    ).fit(pictures[:1200])
    return fitted.model_, pictures[1200:]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    shape=st.sampled_from([(1,), (7,), (3, 4), (4, 3, 3), (1, 9)]),
    n=st.integers(1, 40),
    kind=st.sampled_from(["bytes", "bernoulli"]),
    latent=st.integers(1, 12),
    neighbours=st.booleans(),
)
def test_every_shape_and_model_comes_back(
    seed: int, shape: tuple[int, ...], n: int, kind: str, latent: int, neighbours: bool
) -> None:
    random = np.random.default_rng(seed)
    most = 2 if kind == "bernoulli" else int(random.integers(2, 257))
    items = random.integers(0, most, (n, *shape)).astype(np.uint8)
    model = _untrained(items, seed, latent=latent, likelihood=kind, neighbours=neighbours)
    numbers = model.coding.numbers(items)
    words, sizes, _ = pack_segment(model, numbers)
    assert sum(sizes) == n
    assert (unpack_segment(model, words, sizes) == numbers).all()


def test_what_the_model_finds_least_likely_comes_back(digits: tuple[DensityModel, Array]) -> None:
    model, _ = digits
    odd = np.random.default_rng(0).integers(0, 256, (30, 8, 8))
    odd[0], odd[1] = 255, 0
    numbers = model.coding.numbers(odd)
    words, sizes, _ = pack_segment(model, numbers)
    assert (unpack_segment(model, words, sizes) == numbers).all()


def test_the_rate_is_the_bound(digits: tuple[DensityModel, Array], tmp_path: Path) -> None:
    model, pictures = digits
    done = compress(model, pictures, tmp_path / "digits.gz8")
    bounds = model.scores(pictures, n_importance=200).bound
    bound = -bounds.mean() / math.log(2) / 64
    net = 8 * (done.bytes - done.seed_bytes) / pictures.size
    # z is drawn once an item here, and 200 times for the bound; head and index are some 300 bytes.
    assert net == pytest.approx(bound + 8 * 300 / pictures.size, rel=0.02)
    assert done.bytes == (tmp_path / "digits.gz8").stat().st_size
    assert done.bytes < 0.5 * done.raw_bytes
    assert done.seed_bytes < 200


@pytest.mark.parametrize("kind", ["uint8", "int64", "int16"])
def test_type_and_shape_come_back(
    digits: tuple[DensityModel, Array], tmp_path: Path, kind: str
) -> None:
    model, pictures = digits
    items = pictures[:50].astype(kind)
    compress(model, items, tmp_path / "x.gz8", extra={"names": ["格"]}, segment_items=20)
    found, extra = decompress(model, tmp_path / "x.gz8")
    assert found.dtype == items.dtype
    assert (found == items).all()
    assert extra == {"names": ["格"]}
    last = list(iterate(model, tmp_path / "x.gz8", first=2))
    assert len(last) == 1
    assert (last[0] == items[40:]).all()


def test_processes_write_and_read_the_same(
    digits: tuple[DensityModel, Array], tmp_path: Path
) -> None:
    model, pictures = digits
    for workers in (1, 2):
        compress(model, pictures, tmp_path / f"{workers}.gz8", segment_items=300, workers=workers)
    assert (tmp_path / "1.gz8").read_bytes() == (tmp_path / "2.gz8").read_bytes()
    assert (decompress(model, tmp_path / "1.gz8", workers=2)[0] == pictures).all()


def test_damage_is_always_noticed(digits: tuple[DensityModel, Array], tmp_path: Path) -> None:
    model, pictures = digits
    compress(model, pictures[:40], tmp_path / "x.gz8", segment_items=25)
    whole = (tmp_path / "x.gz8").read_bytes()
    random = np.random.default_rng(0)
    for trial in range(60):
        at = int(random.integers(len(whole)))
        hurt = bytearray(whole)
        hurt[at] ^= 1 << int(random.integers(8))
        (tmp_path / "y.gz8").write_bytes(hurt if trial % 3 else hurt[:at])
        with pytest.raises(DataError, match=r"y\.gz8"):
            decompress(model, tmp_path / "y.gz8")
    (tmp_path / "y.gz8").write_bytes(whole + b"more")
    with pytest.raises(DataError, match="behind its end"):
        decompress(model, tmp_path / "y.gz8")


def test_another_model_is_named(digits: tuple[DensityModel, Array], tmp_path: Path) -> None:
    model, pictures = digits
    compress(model, pictures[:3], tmp_path / "x.gz8")
    other = _untrained(pictures, 0, latent=3, likelihood="bytes")
    with pytest.raises(DataError, match="made with another model"):
        decompress(other, tmp_path / "x.gz8")
    (tmp_path / "text").write_text("not at all", encoding="utf-8")
    with pytest.raises(DataError, match="was not written by gezhi latent compress"):
        decompress(model, tmp_path / "text")


def test_what_a_fitted_model_packs_the_saved_one_unpacks(
    digits: tuple[DensityModel, Array], tmp_path: Path
) -> None:
    model, pictures = digits
    compress(model, pictures[:30], tmp_path / "x.gz8")
    model.save(tmp_path / "model")
    again, _ = decompress(DensityModel.load(tmp_path / "model"), tmp_path / "x.gz8")
    assert np.array_equal(again, pictures[:30])


def test_nothing_is_left_of_what_cannot_be_coded(
    digits: tuple[DensityModel, Array], tmp_path: Path
) -> None:
    model, pictures = digits
    for items, words in (
        (pictures[:, :4], "each item must have the shape 8 by 8"),
        (pictures.astype(float), "only whole numbers"),
        (pictures.astype(int) - 1, "bytes are whole numbers"),
    ):
        with pytest.raises(ArrayError, match=words):
            compress(model, items, tmp_path / "x.gz8")
    real = DensityVAE(epochs=1, width=8).fit(np.random.default_rng(0).normal(size=(30, 2)))
    with pytest.raises(ParameterError, match="real numbers"):
        compress(real.model_, np.zeros((3, 2), np.uint8), tmp_path / "x.gz8")
    with pytest.raises(KeyboardInterrupt):
        compress(model, pictures, tmp_path / "x.gz8", segment_items=50, report=_stop)
    assert list(tmp_path.iterdir()) == []


def _stop(_: int, __: int | None, ___: str) -> None:
    raise KeyboardInterrupt
