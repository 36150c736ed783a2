"""The tool that breaks the stove's controllers, on a fixed sample: it kills, and it spares."""

import pytest

from benchmarks.stove_mutants import EQUIVALENT, Diary
from benchmarks.stove_operators import controllers, mutants
from benchmarks.stove_scouts import Fate, judge, scout
from gezhi.home import stove, stove_node
from gezhi.home.stove_proof import VARIANTS

EVERY = {one.name: one for one in mutants()}
KILLED = (
    "stove._refusal: if event.retained -> if False",
    "stove._take: case Cut() | Plan() | Extend() | Cancel() | ChildLock() | ResetFault() -> never",
    "stove_burner._fire: one[0] <= until -> one[0] < until",
    "stove_node._come_due: if state.due_at is None or state.now < state.due_at -> if False",
)
SPARED = "stove_burner.advance: if first is not None and first <= state.now -> if True"


@pytest.fixture(scope="module")
def there():
    timers = next(one for one in VARIANTS if one.name == "several timers")
    return [scout(timers, walks=4)]


def test_names_tell_mutants_apart_and_outlive_lines():
    every = list(mutants())
    assert len({one.name for one in every}) == len(every) > 1000
    assert set(EQUIVALENT) <= set(EVERY)
    assert all(reason.strip() for reason in EQUIVALENT.values())


def test_what_messages_say_of_themselves_is_left_out():
    assert not [name for name in EVERY if "now - here.lit_at ->" in name]
    assert "stove._clock: without out.append(Notice('clock-jump', '', now - wake))" in EVERY


def test_without_a_mutant_they_are_the_controllers(there):
    hub, node = controllers(None)
    for one in there[0].hub:
        assert getattr(hub, one.name)(*one.arguments) == one.answer
        assert getattr(stove, one.name)(*one.arguments) == one.answer
    for one in there[0].node:
        assert getattr(node, one.name)(*one.arguments) == one.answer
        assert getattr(stove_node, one.name)(*one.arguments) == one.answer


@pytest.mark.parametrize("name", KILLED)
def test_a_mutant_that_matters_is_killed(name, there):
    fate = judge(EVERY[name], there, seconds=60.0)
    assert fate.by
    assert fate.where == "several timers"


def test_a_mutant_that_changes_nothing_is_spared(there):
    assert judge(EVERY[SPARED], there) == Fate("", "", "no difference", pytest.approx(0, abs=60))


def test_what_is_known_of_a_mutant_is_kept(tmp_path):
    mutant, path = EVERY[SPARED], tmp_path / "diary.jsonl"
    diary = Diary(path, 2.0)
    assert diary.fate(mutant) is None
    diary.write(mutant, Fate("", "", "pieces", 1.0))
    assert Diary(path, 2.0).fate(mutant) == Fate("", "", "pieces", 1.0)
    assert Diary(path, 3.0).fate(mutant) is None  # who survived less is asked again
    diary.write(mutant, Fate("told", "hood", "near", 1.0))
    assert Diary(path, 3.0).fate(mutant).by == "told"
