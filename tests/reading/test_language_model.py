"""The bigram model beside plain loops: it sums to one, and its best reading is the best of all."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import BundleError, InputError, ParameterError
from gezhi.reading.language_model import Edge, LanguageModel

TEXTS = st.lists(st.text("电视机柳树 台", max_size=12), min_size=1, max_size=30).filter(
    lambda texts: any(text.strip() for text in texts)
)


@given(TEXTS, st.integers(1, 3), st.integers(1, 3))
def test_what_may_follow_any_character_sums_to_one(texts, least, characters_from):
    model = LanguageModel.fit(texts, least=least, characters_from=characters_from)
    every = np.arange(len(model.characters) + 2)
    follows = np.exp(model.transitions(every, every))
    np.testing.assert_allclose(follows.sum(axis=1), 1, atol=1e-6)
    # Nothing goes back to the start, and all else may follow all.
    assert (follows[:, 0] == 0).all()
    assert (follows[:, 1:] > 0).all()


def test_it_is_interpolated_kneser_ney_where_nothing_is_left_out():
    texts = ["ab", "ab", "abc", "cab", "bca", "aab"]
    model = LanguageModel.fit(texts)
    counts: dict[tuple[str, str], int] = {}
    for text in texts:
        for pair in itertools.pairwise(["", *text]):
            counts[pair] = counts.get(pair, 0) + 1
    names = ["", "?", "a", "b", "c"]
    taken = {1: 0.5, 2: 0.75}
    follows = {b: sum(1 for pair in counts if pair[1] == b) for b in names}
    total = sum(follows.values())
    off = {b: taken.get(n, 0.9) if n else 0 for b, n in follows.items()}
    spread = sum(off.values()) / total / 4
    lower = {b: (follows[b] - off[b]) / total + (spread if b else 0) for b in names}
    for a, b in counts:
        after = {pair: n for pair, n in counts.items() if pair[0] == a}
        whole = sum(after.values())
        given_away = sum(taken.get(n, 0.9) for n in after.values()) / whole
        expected = (counts[a, b] - taken.get(counts[a, b], 0.9)) / whole + given_away * lower[b]
        found = model.transitions(model.numbers([a]), model.numbers([b]))[0, 0]
        assert math.exp(found) == pytest.approx(expected, rel=1e-3)


CANDIDATES = st.lists(
    st.tuples(st.sampled_from("电视柳机x"), st.floats(-9, 0)), min_size=1, max_size=3
)


@settings(max_examples=60)
@given(st.lists(CANDIDATES, min_size=1, max_size=5), st.floats(0, 3))
def test_the_reading_is_the_best_of_all_readings(places, weight):
    model = LanguageModel.fit(["电视机", "看电视", "电视台", "柳树", "柳条"])

    def score(chosen):
        text = "".join(one for one, _ in chosen)
        return sum(fit for _, fit in chosen) + weight * model.log_probability(text)

    best = max(score(chosen) for chosen in itertools.product(*places))
    found = model.decode(places, weight=weight)
    assert found.log_score == pytest.approx(best, abs=1e-6)
    assert found.path == tuple(range(len(places)))


@settings(max_examples=60)
@given(st.data())
def test_a_lattice_is_searched_whole(data):
    model = LanguageModel.fit(["电视机", "看电视", "木卯树", "柳树"])
    cuts = data.draw(st.integers(2, 5))
    pairs = [(a, b) for a in range(cuts) for b in range(a + 1, cuts + 1) if b - a <= 2]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    edges = [Edge(a, b, data.draw(CANDIDATES)) for a, b in {*chosen, (0, 1), (cuts - 1, cuts)}]

    def paths(at):
        if at == cuts:
            yield ()
        for number, edge in enumerate(edges):
            if edge.start == at:
                for rest in paths(edge.end):
                    yield (number, *rest)

    best = -math.inf
    for path in paths(0):
        for one in itertools.product(*(edges[number].candidates for number in path)):
            text = "".join(character for character, _ in one)
            best = max(best, sum(fit for _, fit in one) + model.log_probability(text))
    if best == -math.inf:
        with pytest.raises(ParameterError, match="no path"):
            model.search(edges)
    else:
        found = model.search(edges)
        assert found.log_score == pytest.approx(best, abs=1e-6)
        assert len(found.text) == len(found.path)


def test_what_glyphs_cannot_tell_the_language_can():
    model = LanguageModel.fit(["他在看电视节目", "电视机坏了", "柳树发芽", "一杯水", "木板"] * 3)
    doubtful = [[("电", -0.1), ("龟", -2.3)], [("柳", -0.4), ("视", -1.1)]]
    assert model.decode(doubtful, weight=0).text == "电柳"
    assert model.decode(doubtful).text == "电视"


def test_a_bundle_gives_back_the_same_numbers(tmp_path):
    model = LanguageModel.fit(["电视机", "看电视", "一二三 四五"], characters_from=1)
    model.save(tmp_path / "lm", name="tiny")
    again = LanguageModel.load(tmp_path / "lm")
    every = np.arange(len(model.characters) + 2)
    np.testing.assert_allclose(
        np.exp(again.transitions(every, every)), np.exp(model.transitions(every, every)), atol=1e-6
    )
    assert again.log_probability("看电视二") == pytest.approx(
        model.log_probability("看电视二"), abs=1e-4
    )
    (tmp_path / "lm" / "bigrams.npz").write_bytes(b"x")
    with pytest.raises(BundleError):
        LanguageModel.load(tmp_path / "lm")


def test_more_text_of_a_kind_makes_it_less_surprised():
    seen = ["今天天气很好", "明天天气不好", "天气预报说明天有雨"]
    few, many = LanguageModel.fit(seen[:1]), LanguageModel.fit(seen * 5)
    assert many.perplexity(["明天天气很好"]) < few.perplexity(["明天天气很好"])


@pytest.mark.parametrize("texts", [[], [""], [" \n\t"]])
def test_nothing_to_learn_from_is_refused(texts):
    with pytest.raises(InputError, match="no character"):
        LanguageModel.fit(texts)


def test_impossible_questions_are_refused():
    model = LanguageModel.fit(["电视"])
    for edges in ([Edge(1, 1, [("电", 0.0)])], [Edge(0, 1, [])]):
        with pytest.raises(ParameterError, match="must go forward"):
            model.search(edges)
    with pytest.raises(ParameterError, match="weight"):
        model.decode([[("电", 0.0)]], weight=-1)
    with pytest.raises(ParameterError, match="least"):
        LanguageModel.fit(["电视"], least=0)
    with pytest.raises(InputError, match="judge by"):
        model.perplexity([""])
    assert model.decode([]).text == ""
