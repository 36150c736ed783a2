"""SentimentClassifier: scikit-learn's conventions, and learning that can be seen."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from gezhi.errors import InputError, ParameterError
from gezhi.reading.sentiment.classifier import SentimentClassifier
from gezhi.reading.sentiment.network import Shape
from gezhi.reading.sentiment.training import Settings, split_for_validation, train_network

GOOD = ["很好", "满意", "喜欢它", "推荐给大家", "不错"]
BAD = ["太差", "后悔", "垃圾东西", "坏了", "失望"]


def reviews(n=120, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    words = [BAD, GOOD]
    texts = ["".join(rng.choice(words[y], 2)) + str(rng.integers(1000)) for y in labels]
    return texts, labels


def small(**parameters):
    return SentimentClassifier(**{"width": 8, "buckets": 256, "random_state": 0, **parameters})


@pytest.fixture(scope="module")
def fitted():
    return small().fit(*reviews())


# Checks that need tables of numbers are left out by scikit-learn itself for estimators of texts.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")

    @parametrize_with_checks([SentimentClassifier()])
    def test_scikit_learn_agrees(estimator, check):
        check(estimator)


def test_it_learns_what_the_words_say(fitted):
    texts, labels = reviews(60, seed=1)
    assert fitted.score(texts, labels) > 0.95
    probability = fitted.predict_proba(texts)
    assert probability.dtype == np.float64
    assert probability.shape == (60, 2)
    assert np.allclose(probability.sum(1), 1)


def test_labels_may_be_words():
    texts, labels = reviews()
    model = small(epochs=8).fit(texts, np.where(labels, "good", "bad"))
    assert model.classes_.tolist() == ["bad", "good"]
    assert set(model.predict(texts)) <= {"bad", "good"}


def test_the_same_seed_gives_the_same_model_and_seeds_nothing_global():
    texts, labels = reviews()
    state, torch_state = np.random.get_state()[1].copy(), torch.random.get_rng_state()
    first, second = (small(epochs=2).fit(texts, labels).predict_proba(texts) for _ in range(2))
    assert (first == second).all()
    assert (np.random.get_state()[1] == state).all()
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    other = small(epochs=2, random_state=1).fit(texts, labels).predict_proba(texts)
    assert not np.allclose(first, other)


def test_a_fitted_model_is_pickled_saved_and_loaded(fitted, tmp_path):
    texts, _ = reviews(20, seed=2)
    expected = fitted.predict_proba(texts)
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(texts) == expected).all()
    fitted.save(tmp_path / "mine")
    assert (SentimentClassifier.load(tmp_path / "mine").predict_proba(texts) == expected).all()


def test_a_clone_is_not_fitted(fitted):
    with pytest.raises(NotFittedError):
        clone(fitted).predict(["好"])


def test_it_explains(fitted):
    answer = fitted.explain("很好太差很好")
    assert len(answer.weights) == 6
    assert fitted.band(0.9).accuracy == 0.9


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number from 1, not 0"),
        ({"width": 3}, "width must be a whole number from 8, not 3"),
        ({"batch_size": 2.5}, "batch_size must be a whole number from 1, not 2.5"),
        ({"learning_rate": float("nan")}, r"learning_rate must lie in \(0, 1\], not nan"),
        ({"validation_share": 0.9}, r"validation_share must lie in \(0, 0.5\], not 0.9"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        small(**parameters).fit(*reviews())


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ("很好", [1], "not one string"),
        (["好", None], [0, 1], r"X\[1\] must be a string, not NoneType"),
        (["好", "坏"], [0.0, float("nan")], r"y\[1\] must be a label, not nan"),
        (["好", "坏"], [1, 1], "two different labels, not 1"),
        (["a", "b", "c"], [0, 1, 2], "two different labels, not 3"),
        (["好"], [0, 1], "1 texts but y has 2"),
        (["好", "坏"], [0, 1], "at least 2 different texts"),
        ([], [], "two different labels, not 0"),
    ],
)
def test_bad_input_is_named(texts, labels, message):
    with pytest.raises(InputError, match=message):
        small().fit(texts, labels)


def test_copies_of_a_text_are_held_out_together():
    texts = [f"{i % 10}" for i in range(100)]
    labels = np.array([int(t) % 2 for t in texts])
    kept, held = split_for_validation(texts, labels, share=0.3, seed=3)
    assert not {texts[i] for i in kept} & {texts[i] for i in held}
    assert sorted([*kept, *held]) == list(range(100))
    assert set(labels[held]) == set(labels[kept]) == {0, 1}


def test_a_checkpoint_of_other_reviews_is_not_taken_up(tmp_path):
    texts, labels = reviews(40)
    settings = Settings(Shape(characters=0, pairs=256, triples=256, wide=8), epochs=1)
    targets, checkpoint = labels.astype(np.float32), tmp_path / "kept"
    train_network(texts, targets, settings, checkpoint=checkpoint)
    train_network(texts, targets, settings, checkpoint=checkpoint)
    with pytest.raises(ParameterError, match="kept"):
        train_network(texts, 1 - targets, settings, checkpoint=checkpoint)
