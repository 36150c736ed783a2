"""The digest of a labelled file against plain sorting, and the geometry of the drawings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gezhi.studio.sentiment import charts
from gezhi.studio.sentiment.judgements import level_of
from gezhi.studio.sentiment.summary import BINS, TELLING, Digest

PROBABILITIES = st.integers(0, 1_000_000).map(lambda n: n / 1_000_000)
REVIEWS = st.lists(st.tuples(st.sampled_from("一二三四五六七八九十"), PROBABILITIES), max_size=60)


def first_of_each(ranked):
    seen, kept = set(), []
    for row, text, probability in ranked:
        if text not in seen:
            seen.add(text)
            kept.append((row, text, probability))
    return kept[:TELLING]


@given(st.lists(PROBABILITIES, max_size=80, unique=True))
def test_the_telling_reviews_are_the_first_when_sorted(probabilities):
    digest = Digest()
    rows = [(row, f"评{row}", p) for row, p in enumerate(probabilities, 2)]
    for row in rows:
        digest.add(*row)
    orders = {
        "positive": lambda one: (-one[2], one[0]),
        "negative": lambda one: (one[2], one[0]),
        "uncertain": lambda one: (abs(one[2] - 0.5), one[0]),
    }
    for name, order in orders.items():
        found = [review["row"] for review in getattr(digest, name).ranked()]
        assert found == [row for row, *_ in sorted(rows, key=order)[:TELLING]]


@given(REVIEWS)
def test_no_text_is_told_twice(reviews):
    digest = Digest()
    for row, (text, probability) in enumerate(reviews):
        digest.add(row, text, probability)
    for side in (digest.positive, digest.negative, digest.uncertain):
        texts = [review["text"] for review in side.ranked()]
        assert len(texts) == len(set(texts)) == min(TELLING, len({text for text, _ in reviews}))


@given(REVIEWS)
def test_the_bins_count_every_review_once(reviews):
    digest = Digest()
    for row, (text, probability) in enumerate(reviews):
        digest.add(row, text, probability)
    assert sum(digest.bins) == len(reviews)
    for place, count in enumerate(digest.bins):
        low, high = place / BINS, (place + 1) / BINS
        inside = [p for _, p in reviews if low <= p < high or (p == 1 and place == BINS - 1)]
        # A probability on an edge may fall to either side of it by its last bit.
        on_edge = [p for _, p in reviews if min(abs(p - low), abs(p - high)) < 1e-9]
        assert abs(count - len(inside)) <= len(on_edge)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30), PROBABILITIES, PROBABILITIES)
def test_bars_fill_the_box_and_none_is_lost(counts, one, other):
    bars = charts.histogram(counts, low=min(one, other), high=max(one, other))
    assert [bar.count for bar in bars] == counts
    assert sum(bar.width for bar in bars) == pytest.approx(100)
    assert all(0 <= bar.height <= charts.HEIGHT for bar in bars)
    assert all((bar.height > 0) == (bar.count > 0) for bar in bars)
    if any(counts):
        assert max(bar.height for bar in bars) == charts.HEIGHT


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_shares_follow_on_one_another(counts):
    names = ["negative", "uncertain", "positive", "empty"]
    parts = charts.shares(dict(zip(names, counts, strict=True)))
    assert sum(part.count for part in parts) == sum(counts)
    place = 0.0
    for part in parts:
        assert part.x == pytest.approx(place)
        place += 100 * part.share
    assert place == pytest.approx(100 if sum(counts) else 0)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_a_stronger_weight_is_never_paler(one, other):
    strongest = max(abs(one), abs(other))
    small, large = sorted((one, other))
    assert -4 <= level_of(small, strongest) <= level_of(large, strongest) <= 4
