"""Explanations against scores whose explanation is known."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.reading.sentiment.explanation import MOST_UNITS, explain

VALUES = {"好": 1.0, "很": 0.6, "坏": -1.0, "差": -1.7, "的": 0.0}
TEXTS = st.text(st.sampled_from("好很坏差的 "), min_size=1, max_size=9)


def additive(texts):
    return np.array([0.1 + sum(VALUES.get(character, 0) for character in t) for t in texts])


def delete(text, positions):
    return "".join(character for place, character in enumerate(text) if place not in positions)


@given(TEXTS)
def test_weights_of_an_additive_score_are_its_terms(text):
    answer = explain(text, additive)
    assert np.allclose(answer.weights, [VALUES.get(character, 0) for character in text])


@settings(max_examples=60)
@given(TEXTS)
def test_deletions_are_the_fewest_that_turn_an_additive_score(text):
    answer = explain(text, additive)
    visible = [place for place, character in enumerate(text) if character != " "]
    side = additive([text])[0] >= 0

    def turns(positions):
        return (additive([delete(text, positions)])[0] >= 0) != side

    fewest = next(
        (n for n in range(1, len(visible)) if any(map(turns, combinations(visible, n)))), 0
    )
    assert len(answer.deletions) == fewest
    if fewest:
        assert turns(answer.deletions)
        after = additive([delete(text, answer.deletions)])[0]
        assert np.isclose(answer.probability_after, 1 / (1 + np.exp(-after)))


def test_a_score_that_needs_two_words_gone_is_still_turned():
    def either(texts):
        return np.array([1.0 if "满意" in t or "喜欢" in t else -1.0 for t in texts])

    answer = explain("我很满意也很喜欢它", either)
    assert len(answer.deletions) == 2
    assert either([delete(answer.text, answer.deletions)])[0] < 0


def test_a_long_text_is_explained_by_runs_and_asks_for_bounded_work():
    read = []

    def counting(texts):
        read.append(sum(map(len, texts)))
        return additive(texts)

    text = "差" * 40_000 + "好" * 60_000
    answer = explain(text, counting)
    assert len(answer.weights) == len(text)
    assert sum(read) < 5_000_000
    assert len(set(answer.weights)) <= 2 * MOST_UNITS
    assert answer.deletions


def test_what_nothing_turns_has_no_deletions():
    answer = explain("好好", lambda texts: np.full(len(texts), 2.0))
    assert answer.deletions == ()
    assert answer.probability == answer.probability_after


def test_white_space_alone_has_no_weights():
    answer = explain(" \n", lambda texts: np.zeros(len(texts)))
    assert answer.weights == (0.0, 0.0)
    assert answer.probability == 0.5
