"""Is every branch of the stove's controllers needed by a property? Each is broken, one at a time.

    python -m benchmarks.stove_mutants [--minutes 40] [--every 8]

Every comparison, boolean, condition, sum, number and default of `gezhi.home.stove`,
`stove_burner` and `stove_node` is changed by a fixed list of operators on its syntax tree, and each
mutant is verified by the properties alone, on the pieces of `gezhi.home.stove_proof`, until one
breaks. An error of the mutant's own code counts as broken. `--every 8` takes each eighth mutant,
and the result says of how many. Survivors that change nothing that could be seen are listed in
`EQUIVALENT` with the reason; all others count as survivors and are named in the result.
"""

from __future__ import annotations

import argparse
import ast
import copy
import signal
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.record import Results, Row
from gezhi.home import stove, stove_burner, stove_node
from gezhi.home.stove_model import Stove
from gezhi.home.stove_proof import PIECES, properties, recoveries
from gezhi.home.verify import explore

__all__ = ["EQUIVALENT", "PARTS", "Mutant", "controllers", "killed", "main", "mutants"]

#: The modules that are mutated: one hub in two files, and the node.
PARTS = (stove, stove_burner, stove_node)
_SECONDS = 40.0
#: Which pieces, the quick ones first; each holds for the controllers as they are.
_ORDER = (0, 14, 2, 9, 22, 1, 4, 6, 10, 12, 13, 15, 3, 21, 7, 5, 8, 11)
_SKIPPED = ("__all__", "_SEEN", "_ABSURD_MILLIVOLTS")
_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


class Mutant:
    """One change: in which module, at which line, in which words, and the changed tree."""

    def __init__(self, part: types.ModuleType, line: int, words: str, tree: ast.Module) -> None:
        self.part, self.line, self.words, self.tree = part, line, words, tree

    @property
    def name(self) -> str:
        """Module, line and change, as `EQUIVALENT` has it."""
        return f"{self.part.__name__.rpartition('.')[2]}:{self.line}: {self.words}"


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Give what may stand in the place of a node, told in words."""
    before = ast.unparse(node) if isinstance(node, ast.expr) else ""
    new: ast.AST
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for other in _COMPARE[type(operator)]:
                new = copy.deepcopy(node)
                new.ops[i] = other()
                yield f"{before} -> {ast.unparse(new)}", new
    elif isinstance(node, ast.BoolOp):
        new = copy.deepcopy(node)
        new.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{before} -> {ast.unparse(new)}", new
        for i in range(len(node.values)):
            new = copy.deepcopy(node)
            del new.values[i]
            new = new.values[0] if len(new.values) == 1 else new
            yield f"{before} -> {ast.unparse(new)}", new
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        new = copy.deepcopy(node)
        new.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield f"{before} -> {ast.unparse(new)}", new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{before} -> {ast.unparse(node.operand)}", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{before} -> {not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield f"{before} -> {node.value + 1}", ast.Constant(node.value + 1)
    elif isinstance(node, ast.If | ast.IfExp):
        for truth in (True, False):
            new = copy.deepcopy(node)
            new.test = ast.Constant(truth)
            words = ast.unparse(node.test)
            yield f"if {words} -> if {truth}", new
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ("min", "max"):
            new = copy.deepcopy(node)
            new.func = ast.Name("max" if node.func.id == "min" else "min", ast.Load())
            yield f"{before} -> {ast.unparse(new)}", new
        elif node.func.id == "replace":
            for i, keyword in enumerate(node.keywords):
                new = copy.deepcopy(node)
                del new.keywords[i]
                yield f"without {keyword.arg}={ast.unparse(keyword.value)}", new


def _places(tree: ast.Module) -> list[ast.AST]:
    """Give the nodes of functions' bodies, without docstrings and annotations."""
    found: list[ast.AST] = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            found += [one for statement in function.body for one in ast.walk(statement)]
    return list(dict.fromkeys(found))


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def mutants() -> Iterator[Mutant]:
    """Give every mutant, in the order of the source."""
    for part in PARTS:
        source = Path(str(part.__file__)).read_text(encoding="utf-8")
        tree = ast.parse(source)
        for place in _places(tree):
            for words, new in _changes(place):
                copied = copy.deepcopy(tree)
                # The same node in the copy: trees are walked in one order.
                twin = dict(zip(ast.walk(tree), ast.walk(copied), strict=True))[place]
                changed = ast.fix_missing_locations(
                    _Put(twin, ast.copy_location(new, twin)).visit(copied)
                )
                yield Mutant(part, getattr(place, "lineno", 0), words, changed)


def controllers(mutant: Mutant | None) -> tuple[types.ModuleType, types.ModuleType]:
    """Give hub and node with a mutant's change, as modules of their own."""
    made: dict[str, types.ModuleType] = {}
    for part in (stove_burner, stove, stove_node):
        module = types.ModuleType(part.__name__)
        module.__file__ = part.__file__
        tree: Any = Path(str(part.__file__)).read_text(encoding="utf-8")
        if mutant is not None and part is mutant.part:
            tree = mutant.tree
        exec(compile(tree, str(part.__file__), "exec"), module.__dict__)
        made[part.__name__] = module
    hub = made[stove.__name__]
    hub.__dict__["stove_burner"] = made[stove_burner.__name__]
    return hub, made[stove_node.__name__]


def _out_of_time(_signal: int, _frame: object) -> None:
    raise TimeoutError


def killed(mutant: Mutant) -> str:
    """Give what noticed the mutant: a property's name, or the error of its own code; else ""."""
    hub, node = controllers(mutant)
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(int(_SECONDS))
    try:
        for piece in (PIECES[number] for number in _ORDER):
            model = Stove(piece, hub, node)
            done = explore(model, properties(model), recoveries(model), stop_early=True,
                           most_states=40_000)  # fmt: skip
            broken = [one.name for one in done.verdicts if not one.holds]
            if broken:
                return f"{piece.name}: {broken[0]}"
    except TimeoutError:
        return ""
    except Exception as error:
        return f"error: {type(error).__name__}"
    finally:
        signal.alarm(0)
    return ""


#: Mutants that nothing could tell from the original, each with the reason.
EQUIVALENT: dict[str, str] = {}


def main(arguments: list[str] | None = None) -> None:
    """Run the mutants within the time and write what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args(arguments)
    every = list(mutants())
    chosen = every[:: options.every]
    until = time.monotonic() + 60 * options.minutes
    told: list[tuple[str, str]] = []
    for mutant in chosen:
        if time.monotonic() > until:
            break
        told.append((mutant.name, killed(mutant)))
        print(f"{told[-1][1] or 'SURVIVES'}\t{mutant.name}", flush=True)
    command = f"python -m benchmarks.stove_mutants --every {options.every}"
    _record(len(every), told, command)


def _record(count: int, told: list[tuple[str, str]], command: str) -> None:
    tried = [(name, by) for name, by in told if name not in EQUIVALENT]
    dead = sum(bool(by) for _, by in tried)
    rows = [
        Row("mutants_all", "Mutants of the stove's controllers, made by a tool",
            "由工具生成的灶具控制器变异体", count, digits=0),
        Row("mutants_tried", "Of them tried, evenly over the source, equivalent ones left out",
            "其中均匀抽取并检验（不计等价者）", len(tried), digits=0),
        Row("mutants_killed", "Killed by the properties alone", "仅凭性质杀死",
            100.0 * dead / max(len(tried), 1), "%", must=95, digits=1),
    ]  # fmt: skip
    details = {
        "survivors": [name for name, by in tried if not by],
        "equivalent": EQUIVALENT,
    }
    Results.measured("stove_mutants", rows, seeds=[], command=command, details=details).write()


if __name__ == "__main__":
    main()
