"""The bundle that ships: what it says of texts, and that nothing but the text decides."""

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import read_bundle, write_bundle
from gezhi.kernel.registry import find_bundle
from gezhi.reading.sentiment.model import SentimentModel

GOOD = ["质量很好，非常满意！", "房间干净，服务热情，下次还会来。", "物流很快，味道不错，推荐购买"]
BAD = ["太差了，后悔买它。", "屏幕有坏点，客服态度恶劣，退货！", "房间又小又脏，再也不来了"]


@pytest.fixture(scope="module")
def model():
    return SentimentModel.load(threads=1)


def test_plain_reviews_are_judged_as_a_person_would(model):
    assert [j.label for j in model.judge([*GOOD, *BAD])] == ["positive"] * 3 + ["negative"] * 3


@settings(max_examples=30)
@given(
    st.text(st.characters(codec=None), max_size=40),
    st.lists(st.text(st.sampled_from("很好坏，差了a "), max_size=80), max_size=5),
)
def test_a_probability_depends_on_nothing_but_the_text(model, text, others):
    alone = model.probabilities([text])[0]
    beside = model.probabilities([*others, text])[-1]
    assert 0 <= alone <= 1
    assert beside == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("text", ["", " \n\t\u3000", "\ufeff"])
def test_a_text_with_nothing_to_read_is_even_and_uncertain(model, text):
    judgement = model.judge([text])[0]
    assert (judgement.probability, judgement.label) == (0.5, "uncertain")


@pytest.mark.parametrize("text", ["😀", "\x00\x01\x02", "\ud800", "a" * 5, "好" * 100_000])
def test_odd_texts_have_a_probability(model, text):
    judgement = model.judge([text])[0]
    assert judgement.text == text
    assert 0 <= judgement.probability <= 1


def test_white_space_and_width_do_not_matter(model):
    plain, spaced = model.probabilities(["ok,很好!", " ＯＫ ，很　好！"])
    assert plain == pytest.approx(spaced, abs=1e-6)


def test_the_end_of_a_long_text_counts(model):
    start = "一般。" * 400
    probability = model.probabilities([start + GOOD[0] * 60, start + BAD[0] * 60])
    good, bad = np.log(probability / (1 - probability))
    assert good > bad + 2


def test_no_texts_have_no_answers(model):
    assert model.probabilities([]).shape == (0,)
    assert model.judge([]) == []


def test_a_single_string_or_a_number_is_refused(model):
    with pytest.raises(ParameterError, match="list of strings"):
        model.probabilities("很好")
    with pytest.raises(ParameterError, match=r"texts\[1\] must be a string, not float"):
        model.probabilities(["好", float("nan")])


def test_the_explanation_turns_the_judgement_it_explains(model):
    for text in [*GOOD, *BAD]:
        answer = model.explain(text)
        assert len(answer.weights) == len(text)
        assert answer.deletions, text
        left = "".join(c for place, c in enumerate(text) if place not in answer.deletions)
        after = model.probabilities([left])[0]
        assert after == pytest.approx(answer.probability_after, abs=1e-4)
        assert (after >= 0.5) != (answer.probability >= 0.5)


def test_weights_are_what_deleting_a_character_changes(model):
    text = GOOD[0]
    answer = model.explain(text)
    whole, without = model.probabilities([text, text[1:]])
    odds = np.log(whole / (1 - whole)) - np.log(without / (1 - without))
    assert answer.weights[0] == pytest.approx(odds, abs=1e-3)


def test_a_bundle_without_its_calibration_is_named(tmp_path):
    source = find_bundle("sentiment")
    folder = tmp_path / "broken"
    shutil.copytree(source.folder, folder)
    bundle = read_bundle(folder)
    settings = {k: v for k, v in bundle.preprocessing.items() if k != "calibration"}
    model = bundle.path("model.onnx").read_bytes()
    rewrite(bundle, folder, {"model.onnx": model}, settings)
    with pytest.raises(BundleError, match="another version of gezhi"):
        SentimentModel.load(folder)


def test_a_flipped_bit_is_found_before_the_model_is_opened(tmp_path):
    folder = tmp_path / "flipped"
    shutil.copytree(find_bundle("sentiment").folder, folder)
    path = folder / "model.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleError, match=r"model\.onnx"):
        SentimentModel.load(folder)


def test_a_bundle_of_another_kind_is_refused(tmp_path):
    empty = {key: {} for key in ("parameters", "inputs", "outputs", "preprocessing", "metrics")}
    write_bundle(
        tmp_path / "b", name="b", version="1", kind="ocr-glyph", files={"x": b"1"}, training={},
        **empty,
    )  # fmt: skip
    with pytest.raises(BundleError, match="ocr-glyph"):
        SentimentModel.load(tmp_path / "b")


def rewrite(bundle, folder, files, preprocessing):
    fields = ("name", "version", "kind", "parameters", "inputs", "outputs", "metrics", "training")
    rest = {field: getattr(bundle, field) for field in fields}
    write_bundle(folder, files=files, preprocessing=preprocessing, **rest)
