"""ordered_map is map, over processes."""

import itertools
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.errors import GezhiError, ParameterError
from gezhi.kernel.parallel import ordered_map


def square(number: int) -> int:
    return number * number


def late_when_early(number: int) -> int:
    time.sleep(0.02 if number % 3 == 0 else 0)
    return number


def fail_at_five(number: int) -> int:
    if number == 5:
        raise ValueError("five")
    return number


def vanish(_: int) -> None:
    os._exit(9)


def threads(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


@given(st.lists(st.integers()))
def test_one_worker_is_map(numbers):
    assert list(ordered_map(square, numbers, workers=1)) == list(map(square, numbers))


@settings(deadline=None, max_examples=3)
@given(st.lists(st.integers(), max_size=30))
def test_two_workers_are_map(numbers):
    assert list(ordered_map(square, numbers, workers=2)) == list(map(square, numbers))


def test_the_order_is_kept_when_early_items_finish_late():
    assert list(ordered_map(late_when_early, range(12), workers=2)) == list(range(12))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_in_its_place(workers):
    answers = ordered_map(fail_at_five, range(10), workers=workers)
    assert list(itertools.islice(answers, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="five"):
        next(answers)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_endless_iterable_is_read_only_a_little_ahead(workers):
    taken = itertools.count()
    answers = ordered_map(square, taken, workers=workers)
    assert [next(answers) for _ in range(4)] == [0, 1, 4, 9]
    assert next(taken) <= 4 + 2 * workers
    answers.close() if workers > 1 else None


def test_a_killed_worker_is_named():
    with pytest.raises(GezhiError, match="fewer workers"):
        list(ordered_map(vanish, range(3), workers=2))


def test_workers_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert all(int(count) >= 1 for count in ordered_map(threads, range(2), workers=2))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert list(ordered_map(threads, range(2), workers=2)) == ["7", "7"]


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_is_a_wrong_parameter(workers):
    with pytest.raises(ParameterError, match="workers"):
        ordered_map(square, [1], workers=workers)
