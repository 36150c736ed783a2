"""scikit-learn's own checks of estimators."""

from collections.abc import Callable
from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from gezhi.latent import DensityVAE

_SMALL = DensityVAE(epochs=2, width=8, latent=2, gates=2, components=1, n_importance=4,
                    likelihood="gaussian", random_state=0)  # fmt: skip
_EXPECTED = {
    "check_dtype_object": "what is no number is an ArrayError, as all that cannot be used",
}


def _failures(_: Any) -> dict[str, str]:
    return _EXPECTED


@parametrize_with_checks([_SMALL], expected_failed_checks=_failures)
def test_the_estimator_keeps_the_conventions(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
