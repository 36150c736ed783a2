"""The recipe of the shipped model on a few sentences, and its parts against their formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gezhi.reading.sentiment import distillation, lessons, pretraining
from gezhi.reading.sentiment.corpus import Review, honest_split, training_pool
from gezhi.reading.sentiment.model import SentimentModel
from gezhi.reading.sentiment.network import Shape
from gezhi.reading.sentiment.training import Settings

WORDS = {0: ["太差了，", "后悔买。", "坏的，"], 1: ["很好，", "满意。", "喜欢它，"]}


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(pretraining, "WIDTH", 8)
    monkeypatch.setattr(pretraining, "STATE", 16)
    monkeypatch.setattr(distillation, "LEAST_SEEN", 1)


def corpus(n=120, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    return [
        Review("".join(rng.choice(WORDS[y], 3)) + str(rng.integers(9999)), int(y)) for y in labels
    ]


def test_the_sampled_loss_with_every_character_is_cross_entropy(tiny):
    torch.manual_seed(0)
    model = pretraining.CharacterLanguageModel(7).eval()
    sequences = torch.tensor([[2, 3, 4, 5, 2], [2, 6, 3, 2, 0]])
    frequencies = torch.full((7,), 1 / 6)
    frequencies[0] = 1e-12
    loss = model.sampled_loss(sequences, frequencies)
    following = sequences[:, 1:]
    hidden = model.proj(model.states(sequences[:, :-1])[following > 0])
    odds = hidden @ model.emb.weight.t() + model.bias
    expected = torch.nn.functional.cross_entropy(odds[:, 1:], following[following > 0] - 1)
    assert loss.item() == pytest.approx(expected.item(), abs=2e-3)


def test_padding_does_not_reach_a_teacher(tiny):
    torch.manual_seed(0)
    teacher = pretraining.Teacher(9).eval()
    short, padded = torch.tensor([[2, 5, 2]]), torch.tensor([[2, 5, 2, 0, 0]])
    assert teacher(short).item() == pytest.approx(teacher(padded).item(), abs=1e-3)


def test_backward_reads_the_text_from_its_end():
    ahead = pretraining.framed(["ab"], "ab", "forward", longest=9)[0].tolist()
    behind = pretraining.framed(["ab"], "ab", "backward", longest=9)[0].tolist()
    assert ahead == behind[::-1] == [2, 3, 4, 2]
    cut = pretraining.framed(["a" * 6 + "b" * 6], "ab", "forward", longest=8)[0].tolist()
    assert cut == [2, *[3] * 6, *[4] * 2, 2]


def test_spans_are_runs_of_whole_clauses():
    texts = ["一，二。三！四", "没有分句"]
    spans = lessons.cut_spans(texts, per_review=1.0, seed=4)
    assert len(spans) == 1
    assert spans[0] in texts[0]
    assert spans[0] != texts[0]


def test_the_recipe_makes_a_model_that_has_learned_and_resumes(tiny, tmp_path, monkeypatch):
    posneg, shopping = corpus(300), [
        Review(r.text, r.label, "书籍") for r in corpus(200, seed=1)
    ]  # fmt: skip
    monkeypatch.setattr(
        distillation, "honest_split", lambda r: honest_split(r, test_size=60, validation_size=60)
    )
    monkeypatch.setattr(distillation, "training_pool", lambda p, s: [*split_train(p), *s])
    shape = Shape(characters=0, pairs=256, triples=256, narrow=4, wide=8)
    recipe = distillation.Recipe(
        language_epochs=1, teacher_epochs=4, student=Settings(shape, epochs=12, batch_size=16)
    )
    bundle = distillation.distil(
        posneg, shopping, tmp_path / "work", tmp_path / "out", recipe=recipe
    )
    assert bundle.metrics["accuracy"] > 0.9
    model = SentimentModel.load(tmp_path / "out")
    assert (model.probabilities(["很好，满意。", "太差了，坏的，"]) > 0.5).tolist() == [True, False]
    again = distillation.distil(
        posneg, shopping, tmp_path / "work", tmp_path / "again", recipe=recipe
    )
    assert again.files == bundle.files
    other = distillation.distil(
        posneg, shopping, tmp_path / "work", tmp_path / "other", recipe=replace(recipe, seed=2)
    )
    assert other.files != bundle.files  # nothing of another seed is taken up


def split_train(posneg):
    return honest_split(posneg, test_size=60, validation_size=60).train


def test_the_pool_holds_no_test_text():
    posneg = corpus(5_700)
    shopping = [Review(r.text + " ", r.label, "书籍") for r in posneg]
    split = honest_split(posneg)
    held = {r.text for r in [*split.test, *split.validation]}
    pool = training_pool(posneg, shopping)
    assert pool
    assert not held & {r.text for r in pool}
