"""The encoder against a slow one written from its description, and what it must not depend on."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.reading.sentiment.text import (
    EDGE,
    FIRST,
    UNKNOWN,
    TextEncoder,
    count_characters,
    fold,
)

VOCABULARY = "的好a1，"
ENCODER = TextEncoder(VOCABULARY, pair_buckets=97, triple_buckets=89, longest=6)
TEXTS = st.lists(
    st.text(st.sampled_from("的好aA１1，, \n\u3000\ufeff坏😀\x00\ud800"), max_size=20),
    min_size=1,
    max_size=6,
)


def slow_numbers(text):
    known = {character: number for number, character in enumerate(VOCABULARY, FIRST)}
    folded = [fold(character) for character in text]
    return [known.get(character, UNKNOWN) for character in folded if character] or [UNKNOWN]


@given(TEXTS)
def test_pieces_are_the_texts_numbers_in_order(texts):
    pieces, owners = ENCODER.pieces(texts)
    assert all(1 <= len(piece) <= ENCODER.longest for piece in pieces)
    for row, text in enumerate(texts):
        mine = [piece for piece, owner in zip(pieces, owners, strict=True) if owner == row]
        assert np.concatenate(mine).tolist() == slow_numbers(text)
        assert max(map(len, mine)) - min(map(len, mine)) <= 1


@given(TEXTS)
def test_batches_hold_every_piece_once(texts):
    pieces, _ = ENCODER.pieces(texts)
    rows = [row for batch in ENCODER.batches(pieces, characters=24) for row in batch.rows]
    assert sorted(rows) == list(range(len(pieces)))


@settings(max_examples=50)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.integers(1, 12))
def test_hashes_depend_on_the_characters_alone(numbers, longer):
    piece = np.array(numbers, dtype=np.int32)
    alone = ENCODER.feeds([piece])
    beside = ENCODER.feeds([np.full(longer, 3, dtype=np.int32), piece])
    for name, array in alone.items():
        assert array.dtype == np.int32
        assert array[0, : len(numbers)].tolist() == beside[name][1, : len(numbers)].tolist()
        assert not array[0, len(numbers) :].any()
        assert array[0, : len(numbers)].all()
    assert alone["pairs"].max() < 97
    assert alone["triples"].max() < 89


def test_equal_triples_have_equal_buckets_wherever_they_stand():
    one, other = (ENCODER.feeds([np.array(n, dtype=np.int32)]) for n in ([3, 4, 5], [6, 3, 4, 5]))
    assert one["triples"][0, 2] == other["triples"][0, 3]
    assert one["pairs"][0, 1] == other["pairs"][0, 2]
    edge = ENCODER.feeds([np.array([EDGE, EDGE, 3], dtype=np.int32)])
    assert edge["triples"][0, 2] == one["triples"][0, 0]


def test_distinct_pairs_seldom_share_a_bucket():
    many = TextEncoder("", pair_buckets=1 << 16, triple_buckets=2, longest=9)
    grid = [np.array([a, b], dtype=np.int32) for a in range(3, 103) for b in range(3, 103)]
    buckets = many.feeds(grid)["pairs"][:, 1]
    expected = (1 << 16) * (1 - np.exp(-len(grid) / (1 << 16)))
    assert abs(len(set(buckets.tolist())) - expected) < 0.03 * expected


def test_the_vocabulary_is_counted_after_folding():
    assert count_characters(["Ａa", "a好 \ufeff"], least=1) == "a好"
    assert count_characters(["Ａa", "a好 \ufeff"], least=2) == "a"
