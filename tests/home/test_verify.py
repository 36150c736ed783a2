"""The proof of the hot-water controller: every interleaving, and mistakes that it must find."""

import importlib.util
import json
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.home import hotwater_proof, verify_product
from gezhi.home.hotwater_model import HotWater
from gezhi.home.hotwater_proof import PIECES, VARIANTS, properties, recoveries, verify
from gezhi.home.hotwater_world import PROBE, House, World
from gezhi.home.verify import Exploration, Move, Property, Recovery, Verdict, explore

spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
mutants = sys.modules["mutants"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)


@pytest.mark.parametrize("piece", PIECES, ids=lambda one: f"{one.name}: {' '.join(one.faults)}")
def test_every_property_holds_at_a_fixpoint(piece):
    done = verify(piece)
    broken = [(one.name, one.trace) for one in done.verdicts if not one.holds]
    assert done.fixpoint
    assert not broken
    assert done.transitions > done.states > 1000


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda one: one.name)
def test_a_mistake_is_found(mutant):
    number, faults = mutant.piece
    house = replace(
        VARIANTS[number],
        faults=faults,
        draws="draws" in mutant.more,
        shuts="shuts" in mutant.more,
    )
    model = HotWater(house, mutants.controller(mutant))
    done = verify_product.explore(model, properties(model), recoveries(model), stop_early=True)
    assert any(one.trace for one in done.verdicts if not one.holds)


def test_the_text_that_mutants_are_made_of_is_the_controller():
    house = PIECES[5]
    same = HotWater(house, mutants.controller(None))
    done = verify_product.explore(same, properties(same), recoveries(same))
    assert done == verify(house)


class Plain:
    """A product as a model whose moves are asked for state by state."""

    def __init__(self, product):
        self.product = product

    def initial(self):
        return self.product.initial()

    def moves(self, state):
        mind, world = state
        sight = self.product.sights[mind]
        for words, quiet, event, after, barred in self.product.ways(sight, world):
            if event < 0:
                yield Move(words, (mind, after), quiet)
                continue
            there, reply = self.product.answer(mind, event)
            yield Move(words, (there, self.product.obeyed(sight, after, barred, reply)), quiet)


def test_cold_follows_hot_only_where_hot_was_at_the_probe_for_a_tick():
    house = House(replace(VARIANTS[1], margin=4))
    drawn = World((False, False), (0, 0), (0, 0), house.pause, tap_open=True, front=1)
    pumped = drawn._replace(contacts=(True, True), left=(9, 9))
    first = house.tick(pumped)
    assert first.front == PROBE + 1  # past the probe within one tick, seen by nobody yet
    assert house.slips(first) is None
    second = house.slips(house.tick(first))
    assert second is not None
    assert (second.front, second.slug_at) == (0, PROBE + 3)


def test_water_that_moves_for_an_instant_ends_the_pushing_against_a_closed_way():
    house = House(VARIANTS[1])
    pushing = World((True, False), (9, 0), (3, 0), 0, dry=2)
    assert house.settled(pushing).dry == 2
    assert house.settled(pushing._replace(contacts=(True, True), left=(9, 9))).dry == 0
    assert house.settled(pushing._replace(tap_open=True)).dry == 0
    # A hand that opens the way before a shut valve moves nothing.
    assert house.settled(pushing._replace(shut=True)).dry == 2
    assert house.tick(pushing).dry == 3


@pytest.mark.parametrize("number", [1, 5, 12, 13])
def test_both_walks_come_to_the_same(number):
    fast, slow = HotWater(PIECES[number]), HotWater(PIECES[number])
    found = verify_product.explore(fast, properties(fast), recoveries(fast))
    assert found.states > 1000
    assert found == explore(Plain(slow), properties(slow), recoveries(slow))


@pytest.mark.parametrize("seed", range(40))
def test_both_walks_come_to_the_same_in_products_by_chance(seed):
    product = Chance(seed)
    never = Property("not there", lambda state: (product.sights[state[0]], state[1]) != (1, 3))
    home = Recovery("home", lambda state: state[1] == 0, lambda state: state[1] == 5)
    fast = verify_product.explore(product, [never], [home])
    slow = explore(Plain(product), [never], [home])
    assert (fast.states, fast.transitions) == (slow.states, slow.transitions)
    for one, other in zip(fast.verdicts, slow.verdicts, strict=True):
        assert one.holds == other.holds
        assert len(one.trace) == len(other.trace)


class Chance:
    """A product by chance: eight minds of two sights, and ten worlds."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.sights = [chance.randrange(2) for _ in range(8)]
        self._ways = {
            (sight, world): [
                verify_product.Way(
                    f"{sight} {world} {i}",
                    chance.random() < 0.8,
                    chance.randrange(-1, 3),
                    chance.randrange(10),
                    chance.random() < 0.5,
                )
                for i in range(chance.randrange(4))
            ]
            for sight in range(2)
            for world in range(10)
        }
        self._seed = seed

    def initial(self):
        return [(0, 0)]

    def ways(self, sight, world):
        return self._ways[sight, world]

    def answer(self, mind, event):
        chance = random.Random(f"{self._seed} {mind} {event}")
        return chance.randrange(8), chance.randrange(4)

    def obeyed(self, sight, world, barred, reply):
        return random.Random(f"{self._seed} {sight} {world} {barred} {reply}").randrange(10)


class Steps:
    """A walker on a line from 0 to 9 who may fall off into -1."""

    def initial(self):
        return [0]

    def moves(self, state):
        if state < 0:
            return [Move("lies there", state)]
        ways = [Move("on", (state + 1) % 10)]
        return [*ways, Move("falls", -1, quiet=False)] if state == 7 else ways


def test_the_shortest_trace_and_the_counts_are_right():
    done = explore(Steps(), [Property("below 8", lambda state: state < 8)])
    assert (done.states, done.transitions, done.fixpoint, done.holds) == (11, 12, True, False)
    assert done.verdicts[0].trace == ("on",) * 8


def test_a_shared_question_changes_no_verdict_and_spares_the_others():
    asked = []

    def below(most):
        return lambda state: asked.append(state) or state < most

    def sound(state):
        return state < 4

    shared = [Property(f"below {most}", below(most), sound) for most in (9, 4, 6)]
    alone = [Property(one.name, one.holds) for one in shared]
    quick = explore(Steps(), shared)
    assert min(asked) == 4
    assert quick == explore(Steps(), alone)
    assert [len(one.trace) for one in quick.verdicts] == [9, 4, 6]


def test_a_dead_end_is_no_recovery_and_a_round_through_the_goal_is():
    home = Recovery("comes home", goal=lambda state: state == 0)
    done = explore(Steps(), [], [home])
    assert not done.verdicts[0].holds
    assert done.verdicts[0].trace[-2:] == ("falls", "and from here it never comes back")
    excused = replace(home, excused=lambda state: state < 0)
    assert explore(Steps(), [], [excused]).holds
    never = Recovery("reaches 10", goal=lambda state: state == 10, excused=lambda state: state < 0)
    assert not explore(Steps(), [], [never]).holds


class Maze:
    """A graph by chance: what recovers in it is also found by looking at all paths."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.ways = {
            here: [
                (chance.randrange(30), chance.random() < 0.8) for _ in range(chance.randrange(4))
            ]
            for here in range(30)
        }

    def initial(self):
        return [0]

    def moves(self, state):
        return [Move(f"to {there}", there, quiet) for there, quiet in self.ways[state]]

    def reached(self):
        seen, waiting = {0}, [0]
        while waiting:
            for there, _ in self.ways[waiting.pop()]:
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
        return seen

    def comes(self, state, goals, path=()):
        """Whether every path of quiet moves meets a goal: no round, no end before one."""
        if state in goals:
            return True
        ways = [there for there, quiet in self.ways[state] if quiet and there != state]
        again = (*path, state)
        return bool(ways) and all(
            there not in again and self.comes(there, goals, again) for there in ways
        )


@pytest.mark.parametrize("seed", range(60))
def test_recovery_in_graphs_by_chance_is_what_all_paths_say(seed):
    maze, goals = Maze(seed), {2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
    home = Recovery("comes to a prime", goal=lambda state: state in goals)
    done = explore(maze, [], [home])
    assert done.fixpoint
    assert done.states == len(maze.reached())
    assert done.verdicts[0].holds == all(maze.comes(one, goals) for one in maze.reached())


def test_without_a_fixpoint_nothing_is_claimed():
    done = explore(Steps(), [], [Recovery("comes home", lambda state: state == 0)], most_states=5)
    assert not done.fixpoint
    assert not done.holds


def test_the_proof_is_a_command():
    command = ["home", "hotwater", "verify", "--pieces", "--layout", "drain"]
    done = CliRunner().invoke(cli, [*command, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"states", "transitions", "fixpoint", "properties", "houses"}
    assert found["fixpoint"]
    assert found["states"] == sum(one["states"] for one in found["houses"]) > 1000
    assert all(set(one) == {"name", "holds", "trace"} for one in found["properties"])
    assert all(one["holds"] and one["trace"] == [] for one in found["properties"])


def test_a_proof_that_fails_says_so_and_shows_the_way(monkeypatch):
    way = ("a tap is opened", "a tick passes")
    found = Exploration(9, 20, True, (Verdict("all is well", False, way),))
    monkeypatch.setattr(hotwater_proof, "verify", lambda house, **_: found)
    command = ["home", "hotwater", "verify", "--pieces", "--layout", "drain"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 3
    assert "FAILS: all is well\n    1. a tap is opened\n    2. a tick passes" in done.output
