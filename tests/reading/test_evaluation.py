"""The figures of an evaluation, against scikit-learn, SciPy and plain loops."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from gezhi.errors import ParameterError
from gezhi.reading.sentiment.calibration import Band
from gezhi.reading.sentiment.evaluation import (
    as_record,
    evaluate,
    expected_calibration_error,
    wilson_interval,
)

BAND = Band(accuracy=0.97, low=0.2, high=0.9, coverage=0.8)
pairs = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0, 1, allow_nan=False)), min_size=2, max_size=60
).filter(lambda rows: len({label for label, _ in rows}) == 2)


@given(pairs)
def test_figures_equal_those_of_scikit_learn(rows):
    labels = np.array([label for label, _ in rows])
    probabilities = np.array([probability for _, probability in rows])
    judged = (probabilities >= 0.5).astype(int)
    found = evaluate(labels, probabilities, BAND)
    assert found.n == len(rows)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, judged))
    assert found.f1 == pytest.approx(metrics.f1_score(labels, judged, zero_division=0))
    balanced = metrics.balanced_accuracy_score(labels, judged)
    assert found.balanced_accuracy == pytest.approx(balanced)
    confusion = metrics.confusion_matrix(labels, judged, labels=[0, 1])
    assert np.array_equal(found.confusion, confusion)


@given(pairs)
def test_what_is_decided_is_counted_row_by_row(rows):
    found = evaluate([label for label, _ in rows], [p for _, p in rows], BAND)
    named = [(label, BAND.label(probability)) for label, probability in rows]
    decided = [(label, name) for label, name in named if name != "uncertain"]
    right = [1 for label, name in decided if (name == "positive") == bool(label)]
    assert found.coverage == pytest.approx(len(decided) / len(rows))
    if decided:
        assert found.decided_accuracy == pytest.approx(len(right) / len(decided))
    else:
        assert found.decided_accuracy is None
    for label, row in enumerate(found.banded):
        for name, count in zip(("negative", "uncertain", "positive"), row, strict=True):
            assert count == named.count((label, name))


@given(pairs)
def test_calibration_error_is_the_sum_over_bins(rows):
    error = 0.0
    for number in range(15):
        bin_rows = []
        for label, probability in rows:
            confidence = max(probability, 1 - probability)
            if number / 15 < confidence <= (number + 1) / 15:
                bin_rows.append(((probability >= 0.5) == bool(label), confidence))
        if bin_rows:
            right = np.mean([hit for hit, _ in bin_rows])
            mean = np.mean([confidence for _, confidence in bin_rows])
            error += len(bin_rows) / len(rows) * abs(right - mean)
    found = expected_calibration_error([label for label, _ in rows], [p for _, p in rows])
    assert found == pytest.approx(error, abs=1e-9)


def test_calibration_error_of_honest_probabilities_is_small_and_of_boasting_large():
    random = np.random.default_rng(0)
    probabilities = random.uniform(size=200_000)
    labels = random.uniform(size=200_000) < probabilities
    assert expected_calibration_error(labels, probabilities) < 0.01
    boasting = np.where(probabilities > 0.5, 1.0, 0.0)
    assert expected_calibration_error(labels, boasting) == pytest.approx(0.25, abs=0.01)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_that_of_wilson(counts):
    right, n = counts
    oracle = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, n) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_the_record_is_json():
    record = as_record(evaluate([0, 1, 1], [0.1, 0.95, 0.5], BAND))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["confusion_banded"]["positive"] == {"negative": 0, "uncertain": 1, "positive": 1}


@pytest.mark.parametrize(
    ("labels", "probabilities", "sentence"),
    [
        ([0, 1], [0.5], "one and the same length"),
        ([0, 2], [0.5, 0.5], "labels must be 0 and 1"),
        ([0, 1], [0.5, 1.5], "probabilities must lie between 0 and 1"),
        ([0, 1], [0.5, math.nan], "probabilities must lie between 0 and 1"),
        ([1, 1], [0.5, 0.5], "labels must hold both classes"),
    ],
)
def test_a_wrong_argument_is_named(labels, probabilities, sentence):
    with pytest.raises(ParameterError, match=sentence):
        evaluate(labels, probabilities, BAND)


def test_evaluating_loads_no_scikit_learn():
    code = (
        "import sys, gezhi.reading.sentiment.evaluation as e; "
        "from gezhi.reading.sentiment.calibration import Band; "
        "e.evaluate([0, 1], [0.1, 0.9], Band(0.97, 0.2, 0.8, 1.0)); "
        "print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
