"""What the tests of the bridge share."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bridge_world():
    """The module of the house without a network: the tests' folders are no packages."""
    name = "home_tests_bridge_world"
    if name not in sys.modules:
        path = Path(__file__).with_name("bridge_world.py")
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def world(bridge_world, tmp_path):
    """A bridge and a node that are both there."""
    made = bridge_world.World(tmp_path / "bridge.sqlite")
    yield made
    made.store.close()
