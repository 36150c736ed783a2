"""The proof of the stove: every interleaving, and mistakes that it must find."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gezhi.home import stove_proof
from gezhi.home.stove_model import Stove
from gezhi.home.stove_proof import PIECES, properties, recoveries, verify
from gezhi.home.stove_world import HOT
from gezhi.home.verify import explore

spec = importlib.util.spec_from_file_location(
    "stove_mutants", Path(__file__).with_name("stove_mutants.py")
)
mutants = sys.modules["stove_mutants"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)


def broken(model, **options):
    done = explore(model, properties(model), recoveries(model), **options)
    return done, {one.name: one.trace for one in done.verdicts if not one.holds and one.trace}


@pytest.mark.parametrize("number", SMALL := (0, 1, 2, 4, 6, 9, 10, 12, 13, 14, 15, 28, 30, 31))
def test_every_property_holds_at_a_fixpoint(number):
    done = verify(PIECES[number])
    assert done.fixpoint
    assert not [(one.name, one.trace) for one in done.verdicts if not one.holds]
    assert done.transitions > done.states > 50


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda one: one.name)
def test_a_mistake_is_found(mutant):
    model = Stove(PIECES[mutant.piece], *mutants.controllers(mutant))
    assert broken(model, stop_early=True)[1]


def test_the_texts_that_mutants_are_made_of_are_the_controllers():
    model = Stove(PIECES[0], *mutants.controllers(None))
    done, found = broken(model)
    assert not found
    assert done == verify(PIECES[0])


def test_a_normally_open_contact_would_keep_the_stove_from_being_lit():
    done, _ = broken(Stove(replace(PIECES[0], wiring="open")))
    assert any("light" in one.name for one in done.verdicts if not one.holds)


def test_a_magnet_that_lifts_the_armature_would_be_software_that_lets_gas_flow():
    _, found = broken(Stove(replace(PIECES[2], lifts=True, hottest=HOT)), stop_early=True)
    assert set(found) == {"gas never flows that a hand did not start"}
    assert next(iter(found.values()))[-1] == "a tick passes"


def test_one_process_and_two_find_the_same(monkeypatch):
    pieces = (PIECES[12], replace(PIECES[2], wiring="open"), PIECES[8])
    monkeypatch.setattr(stove_proof, "VARIANTS", pieces)
    told = []
    alone = stove_proof.verify_all(told.append, workers=1)
    assert alone == stove_proof.verify_all(told.append, workers=2)
    assert told[:3] == told[3:]
    assert alone.states == sum(verify(one).states for one in pieces)
    assert alone.fixpoint
    (lit,) = [one for one in alone.verdicts if "light the stove again" in one.name]
    assert not lit.holds
    assert lit.trace[0] == f"in the stove of {pieces[1].name!r}:"
