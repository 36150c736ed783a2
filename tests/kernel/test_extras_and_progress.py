"""The guard of optional modules, and bars that appear on a terminal and nowhere else."""

import io
import sys

import pytest

from gezhi.errors import MissingExtra
from gezhi.kernel.extras import require
from gezhi.kernel.progress import Progress, track


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_missing_module_names_the_command():
    with pytest.raises(MissingExtra, match=r"pip install 'gezhi\[tables\]'"):
        require("no_such_module.inner", "tables")


def test_an_installed_module_is_returned():
    assert require("os.path", "train") is sys.modules["os.path"]


def test_a_broken_module_tells_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        require("broken_module", "train")


def test_a_bar_is_drawn_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("Labelling") as report:
        report(5, 10, "")
    assert "Labelling" in terminal.getvalue()


@pytest.mark.parametrize(("stream", "quiet"), [(io.StringIO(), False), (Terminal(), True)])
def test_nothing_is_drawn_elsewhere(monkeypatch, stream, quiet):
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(track([3, 1, 2], "Counting", quiet=quiet)) == [3, 1, 2]
    with Progress("Labelling", quiet=quiet) as report:
        report(5, None, "working")
    assert stream.getvalue() == ""


def test_a_bar_ends_with_an_error(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ValueError, match="stop"), Progress("Labelling") as report:  # noqa: PT012
        report(1, 2, "")
        raise ValueError("stop")
    assert terminal.getvalue()
