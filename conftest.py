"""Every test and every docstring example starts from the same seeds, and away from the user."""

import random
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# Machines differ in speed: no example fails for having been slow.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# A shell starts what runs in its background with SIGINT ignored, and children would inherit that:
# the tests that interrupt a process would wait for it in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(0)
    np.random.seed(0)  # the examples of other libraries' estimators draw from it
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(autouse=True)
def _away_from_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> Path:
    """No test reads the user's own models or data, or writes into their folders."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GEZHI_HOME", str(home))
    monkeypatch.delenv("GEZHI_DATA", raising=False)
    return home
