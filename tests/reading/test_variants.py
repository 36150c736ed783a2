from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from gezhi.errors import BundleError, InputError, ParameterError
from gezhi.kernel.bundle import Bundle, write_bundle
from gezhi.reading.sentiment.variant_networks import (
    Recurrence,
    VariantNetwork,
    export_variant,
    length_batches,
    load_network,
    log_odds,
    masked_twin,
    save_network,
)
from gezhi.reading.sentiment.variants import (
    KIND,
    VARIANTS,
    Encoded,
    Vocabulary,
    encode,
    load_variant,
    units_of,
)

torch.set_num_threads(1)  # tiny networks only wait for one another

VOCABULARY = Vocabulary(tuple("的不好很差房间服务员书电脑了。，"))
LENGTHS = [7, 1, 0, 12, 5, 12]


def network(width: int | None) -> VariantNetwork:
    made = VariantNetwork(len(VOCABULARY), width, 200, torch.Generator().manual_seed(0))
    with torch.no_grad():  # larger than at the start of training, so that differences show
        made.table.mul_(8)
    return made.eval()


def padded(noise: int) -> tuple[torch.Tensor, torch.Tensor]:
    units = torch.randint(
        len(VOCABULARY), (len(LENGTHS), 14), generator=torch.Generator().manual_seed(1)
    )
    lengths = torch.tensor(LENGTHS)
    padding = torch.arange(14) >= lengths.unsqueeze(1)
    return units.masked_fill(padding, noise), lengths


# --- units, vocabulary, encoding


def test_words_are_cut_as_jieba_cuts_them() -> None:
    # From jieba 0.42.1, lcut(text): kept as text, so that the tests do not need it.
    expected = {
        "酒店的房间很大，服务员态度也不错。": "酒店 的 房间 很大 ， 服务员 态度 也 不错 。",
        "电脑用了两天就死机，太差劲了！": "电脑 用 了 两天 就 死机 ， 太 差劲 了 ！",
        "这本书值得一读，强烈推荐给大家": "这 本书 值得 一读 ， 强烈推荐 给 大家",
        "小明硕士毕业于中国科学院计算所": "小明 硕士 毕业 于 中国科学院 计算所",
    }
    for text, words in expected.items():
        assert units_of(text, "word") == words.split(" ")


def test_units_put_together_are_the_text() -> None:
    text = "2009-6-12 在 gmail.com 上买的，\n\t不错👍🏽\x00。"
    for unit in ("character", "word"):
        assert "".join(units_of(text, unit)) == text
    with pytest.raises(ParameterError, match="unit must be"):
        units_of(text, "sentence")


def test_the_vocabulary_counts_and_does_not_depend_on_order() -> None:
    texts = ["不错不错", "很不好", "好"]
    vocabulary = Vocabulary.of(texts, least_seen=2)
    assert vocabulary.units == ("不", "好", "错")
    assert Vocabulary.of(texts[::-1], least_seen=2) == vocabulary
    assert dict(vocabulary.numbers) == {"不": 0, "好": 1, "错": 2}


def test_unknown_units_are_skipped_before_the_text_is_cut_to_length() -> None:
    encoded = encode(["x好y差z好", "", "xyz", "好" * 300], Vocabulary(("好", "差")), length=2)
    assert encoded.lengths.tolist() == [2, 0, 0, 2]
    assert encoded.units.tolist() == [[0, 1], [0, 0], [0, 0], [0, 0]]
    assert encoded.rows(np.array([1, 2])).units.shape == (2, 1)


# --- the recurrent part and the network


def test_the_recurrence_has_the_gradient_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(9, 12, dtype=torch.double, generator=generator, requires_grad=True)
    weight = torch.randn(12, 3, dtype=torch.double, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, w: Recurrence.apply(x, w, [4, 3, 1, 1]), (inputs, weight)
    )
    assert torch.autograd.gradcheck(lambda x, w: Recurrence.apply(x, w, [9]), (inputs, weight))


@pytest.mark.parametrize("width", [None, 6])
def test_the_network_is_torchs_own_lstm_over_dense_input(width: int | None) -> None:
    """One-hot rows or embeddings fed to `nn.LSTM` give the same answers and the same gradients."""
    ours = network(width)
    units, lengths = padded(noise=0)
    keep = lengths > 0  # nn.LSTM takes no empty sequence
    units, lengths = units[keep], lengths[keep]
    dense = torch.eye(len(VOCABULARY))[units] if width is None else ours.table.detach()[units]
    lstm = nn.LSTM(dense.shape[2], 128, batch_first=True)
    matrix = ours.table if ours.projection is None else ours.projection
    lstm.load_state_dict(
        {
            "weight_ih_l0": matrix.detach().t(),
            "weight_hh_l0": ours.recurrent.detach(),
            "bias_ih_l0": ours.bias.detach(),
            "bias_hh_l0": torch.zeros(512),
        }
    )
    packed = pack_padded_sequence(dense, lengths, batch_first=True, enforce_sorted=False)
    _, (state, _) = lstm(packed)
    expected = ours.output(state[0]).squeeze(1)
    found = ours(units, lengths)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)

    found.square().sum().backward()
    expected.square().sum().backward()
    assert matrix.grad is not None
    torch.testing.assert_close(matrix.grad.t(), lstm.weight_ih_l0.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(ours.recurrent.grad, lstm.weight_hh_l0.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(ours.bias.grad, lstm.bias_ih_l0.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("width", [None, 6])
def test_the_masked_twin_is_the_packed_network_and_padding_never_touches_it(
    width: int | None,
) -> None:
    ours = network(width)
    with torch.no_grad():
        answers = [
            read(*padded(noise))
            for read in (ours, masked_twin(ours))
            for noise in (0, len(VOCABULARY) - 1)
        ]
    assert torch.equal(answers[0], answers[1])
    torch.testing.assert_close(answers[2], answers[3], rtol=0, atol=0)
    torch.testing.assert_close(answers[0], answers[2], rtol=0, atol=1e-6)
    assert answers[0][2] == ours.output.bias[0]  # an empty text: the state is zero


@pytest.mark.parametrize("width", [None, 6])
def test_the_exported_variant_is_the_network(width: int | None, tmp_path: Path) -> None:
    from gezhi.kernel.inference import Session

    ours = network(width)
    path = tmp_path / "model.onnx"
    path.write_bytes(export_variant(ours, VOCABULARY))
    units, lengths = padded(noise=3)
    found = Session(path, threads=1).run(
        {"units": units.numpy(), "lengths": lengths.numpy().astype(np.int32)}
    )[0]
    assert found.shape == (len(LENGTHS),)
    np.testing.assert_allclose(found, ours(units, lengths).detach().numpy(), atol=1e-5)
    kept = {one.key: one.value for one in onnx.load(path).metadata_props}
    assert json.loads(kept["vocabulary"]) == list(VOCABULARY.units)


def test_log_odds_do_not_depend_on_the_company_a_text_keeps() -> None:
    ours = network(6)
    units, lengths = padded(noise=0)
    encoded = Encoded(units.numpy().astype(np.int32), lengths.numpy().astype(np.int32))
    together = log_odds(ours, encoded)
    alone = [log_odds(ours, encoded.rows(np.array([row])))[0] for row in range(len(encoded))]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert log_odds(ours, encoded.rows(np.array([], dtype=np.intp))).shape == (0,)


def test_batches_hold_every_text_once_and_mix_few_lengths() -> None:
    lengths = np.random.default_rng(0).integers(1, 30, 3000).astype(np.int32)
    encoded = Encoded(np.arange(3000, dtype=np.int32)[:, None].repeat(30, axis=1), lengths)
    labels = np.arange(3000, dtype=np.float32)
    made = length_batches(encoded, labels, torch.Generator().manual_seed(0))
    assert sorted(torch.cat([batch.labels for batch in made]).tolist()) == labels.tolist()
    for batch in made:
        assert torch.equal(batch.units[:, 0].float(), batch.labels)
        assert batch.units.shape[1] == batch.lengths.max()
    spread = np.mean([float(batch.lengths.float().std()) for batch in made])
    assert spread < 0.5 * lengths.std()


def test_weights_and_vocabulary_come_back_from_their_file(tmp_path: Path) -> None:
    for width in (None, 6):
        ours = network(width)
        save_network(ours, VOCABULARY, tmp_path / "cell.safetensors")
        back, vocabulary = load_network(tmp_path / "cell.safetensors")
        assert vocabulary == VOCABULARY
        assert torch.equal(back(*padded(0)), ours(*padded(0)))
    (tmp_path / "cell.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(InputError, match="does not hold the weights"):
        load_network(tmp_path / "cell.safetensors")


# --- bundles


def bundle(folder: Path, *, kind: str = KIND, variant: str = "char-embedding") -> Bundle:
    return write_bundle(
        folder,
        name="sentiment-test",
        version="1",
        kind=kind,
        files={"model.onnx": export_variant(network(6), VOCABULARY)},
        parameters={"variant": variant},
        inputs={"units": ["batch", "steps"], "lengths": ["batch"]},
        outputs={"log_odds": ["batch"]},
        preprocessing={"vocabulary": list(VOCABULARY.units)},
        metrics={},
        training={},
    )


def test_a_bundle_gives_the_probabilities_of_the_network(tmp_path: Path) -> None:
    model = load_variant(bundle(tmp_path / "b"), threads=1)
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice([*list(VOCABULARY.units), "x"], n)) for n in (3, 90, 200, 1, 40)]
    texts = [*texts * 60, "", "xyz", "👍", "好" * 100_000, "很 好\n"]
    encoded = encode([t.replace(" ", "").strip() for t in texts], VOCABULARY, length=200)
    expected = 1 / (1 + np.exp(-log_odds(network(6), encoded)))
    found = model.probabilities(texts)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found[-5] == found[-4] == found[-3]
    assert model.probabilities([]).shape == (0,)


def test_a_bundle_of_another_kind_or_variant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="of the kind 'sentiment-classifier'"):
        load_variant(bundle(tmp_path / "a", kind="sentiment-classifier"))
    with pytest.raises(BundleError, match="must name a variant"):
        load_variant(bundle(tmp_path / "b", variant="char-twohot"))


def test_the_variants_are_those_of_the_post() -> None:
    table = {
        name: (one.unit, one.length, one.least_seen, one.width, one.optimiser, one.post.test)
        for name, one in VARIANTS.items()
    }
    assert table == {
        "char-onehot": ("character", 200, 20, None, "rmsprop", 89.21),
        "char-embedding": ("character", 200, 20, 256, "adam", 89.55),
        "word-embedding": ("word", 100, 5, 256, "adam", 89.03),
    }
    assert all(one.epochs <= one.post.epochs for one in VARIANTS.values())
