"""Platt scaling against data whose scaling is known; bands against what they promise."""

import json

import numpy as np
import pytest

from gezhi.errors import ParameterError
from gezhi.reading.sentiment.calibration import Calibration, sigmoid


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    odds = rng.normal(0, 6, 20_000)
    labels = rng.random(len(odds)) < sigmoid(0.5 * odds + 0.4)
    return odds, labels.astype(int)


def test_fit_finds_the_scaling_that_the_labels_were_drawn_with(drawn):
    calibration = Calibration.fit(*drawn)
    assert calibration.slope == pytest.approx(0.5, rel=0.05)
    assert calibration.intercept == pytest.approx(0.4, abs=0.08)


@pytest.mark.parametrize("accuracy", [0.9, 0.95, 0.97, 0.99])
def test_what_a_band_decides_is_as_accurate_as_asked_on_other_data(drawn, accuracy):
    odds, labels = drawn
    calibration = Calibration.fit(odds[:10_000], labels[:10_000])
    band = calibration.band(accuracy)
    probability = calibration.probabilities(odds[10_000:])
    decided = (probability <= band.low) | (probability >= band.high)
    right = (probability >= 0.5) == labels[10_000:]
    spread = (accuracy * (1 - accuracy) / decided.sum()) ** 0.5
    assert right[decided].mean() >= accuracy - 2 * spread
    assert decided.mean() == pytest.approx(band.coverage, abs=0.03)
    assert decided.mean() > 0.15


def test_a_stricter_band_is_wider(drawn):
    calibration = Calibration.fit(*drawn)
    bands = [calibration.band(accuracy) for accuracy in (0.6, 0.8, 0.9, 0.95, 0.99)]
    assert [b.coverage for b in bands] == sorted((b.coverage for b in bands), reverse=True)
    assert all(b.low + b.high == pytest.approx(1) for b in bands)


def test_where_no_band_is_accurate_enough_nothing_is_decided():
    rng = np.random.default_rng(0)
    calibration = Calibration.fit(rng.normal(size=400), rng.integers(0, 2, 400))
    band = calibration.band(0.97)
    assert band.coverage == 0
    assert band.label(1.0) == band.label(0.0) == "uncertain"


@pytest.mark.parametrize("accuracy", [0.5, 1.0, 0.0, 97, float("nan")])
def test_an_accuracy_out_of_range_is_refused(drawn, accuracy):
    with pytest.raises(ParameterError, match=r"between 0\.5 and 1"):
        Calibration.fit(*drawn).band(accuracy)


def test_calibration_passes_through_json(drawn):
    calibration = Calibration.fit(*drawn)
    again = Calibration.from_preprocessing(json.loads(json.dumps(calibration.as_preprocessing())))
    assert again.band(0.95).high == pytest.approx(calibration.band(0.95).high)
    assert again.slope == calibration.slope
