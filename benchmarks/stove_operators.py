"""Every single mistake that a fixed list of operators can make in the stove's controllers.

A mutant is one change at one place in the body of a function of `gezhi.home.stove`, `stove_burner`
or `stove_node`: a comparison, `and`, `or`, `not`, sum, product, truth value, number, condition,
case, filter, `min`, `max`, a field that is not renewed, an effect that is not sent.

**Left out by rule** is what is no rule of the controller: what a message to people says of itself
(all arguments of a `Notice` but the choice of its code), and what stands outside functions (names,
types, and the constants of a meter and of a clock).

A mutant's **name** is its function and its words, with a number where one function has the same
change twice; lines shift, names do not.

>>> one = next(each for each in mutants() if each.function == "_enough")
>>> one.name
'stove_node._enough: if state.spent_seconds >= limits.energised_limit_seconds -> if True'
"""

from __future__ import annotations

import ast
import copy
import hashlib
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gezhi.home import stove, stove_burner, stove_node

__all__ = ["PARTS", "Mutant", "controllers", "digest", "mutants"]

#: The modules that are mutated: one hub in two files, and the node.
PARTS: tuple[types.ModuleType, ...] = (stove_burner, stove, stove_node)
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
_REVERSED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """One change: in which module and function, on which lines, in which words.

    `whole` are the lines of the function, `place` is the number of the changed node in the module's
    tree and `new` what stands there instead; `source` is the digest of the function as it is.
    """

    part: types.ModuleType
    function: str
    words: str
    lines: range
    whole: range
    place: int
    new: ast.AST
    source: str

    @property
    def name(self) -> str:
        """Function and change, as the list of equivalent mutants has it."""
        return f"{_short(self.part)}.{self.function}: {self.words}"

    def tree(self) -> ast.Module:
        """Give the module with this change."""
        copied = copy.deepcopy(_tree(self.part))
        twin = next(one for i, one in enumerate(ast.walk(copied)) if i == self.place)
        new = copy.deepcopy(self.new)
        changed: ast.Module = _Put(twin, ast.copy_location(new, twin)).visit(copied)
        return ast.fix_missing_locations(changed)


def mutants() -> Iterator[Mutant]:
    """Give every mutant, in the order of the source."""
    for part in PARTS:
        tree = _tree(part)
        places = {id(node): i for i, node in enumerate(ast.walk(tree))}
        for function in tree.body:
            if not isinstance(function, ast.FunctionDef):
                continue
            source = digest(ast.unparse(function))
            seen: Counter[str] = Counter()
            for node in _places(function):
                for words, new in _changes(node):
                    words = " ".join(words.split())
                    seen[words] += 1
                    told = words if seen[words] == 1 else f"{words} #{seen[words]}"
                    place = places[id(node)]
                    yield Mutant(
                        part,
                        function.name,
                        told,
                        _lines(node),
                        _lines(function),
                        place,
                        new,
                        source,
                    )


def controllers(mutant: Mutant | None) -> tuple[types.ModuleType, types.ModuleType]:
    """Give hub and node with a mutant's change, as modules of their own."""
    made: dict[str, types.ModuleType] = {}
    for part in PARTS:
        module = types.ModuleType(part.__name__)
        module.__file__ = part.__file__
        tree = mutant.tree() if mutant is not None and part is mutant.part else _tree(part)
        exec(compile(tree, str(part.__file__), "exec"), module.__dict__)
        made[part.__name__] = module
    hub = made[stove.__name__]
    hub.__dict__["stove_burner"] = made[stove_burner.__name__]
    return hub, made[stove_node.__name__]


def digest(*texts: str) -> str:
    """Give a short name for texts, another one for others.

    >>> digest("a") == digest("a") != digest("b")
    True
    """
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


# ---- where ----------------------------------------------------------------------------------


@cache
def _tree(part: types.ModuleType) -> ast.Module:
    return ast.parse(Path(str(part.__file__)).read_text(encoding="utf-8"))


def _short(part: types.ModuleType) -> str:
    return part.__name__.rpartition(".")[2]


def _places(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Give the nodes of a function's body, without annotations and what messages say."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        yield node
        children: list[ast.AST] = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FunctionDef):
            children = list(node.body)
        elif isinstance(node, ast.AnnAssign):
            children = [] if node.value is None else [node.value]
        elif _calls(node) == "Notice" and isinstance(node, ast.Call):
            children = [*node.args[:1]]
        waiting += reversed(children)


def _calls(node: ast.AST) -> str:
    """Give the name of the function that is called, or nothing."""
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return node.func.id if named else ""  # type: ignore[attr-defined]


def _lines(node: ast.AST) -> range:
    """Give the lines that must run for a change of this node to matter."""
    at: Any = node
    if isinstance(node, ast.If):
        at = node.test
    elif isinstance(node, ast.match_case):
        at = node.pattern
    elif isinstance(node, ast.comprehension):
        at = node.iter
    return range(at.lineno, at.end_lineno + 1)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


# ---- what -----------------------------------------------------------------------------------


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Give what may stand in the place of a node, told in words."""
    if isinstance(node, ast.Compare):
        yield from _other_comparisons(node)
    elif isinstance(node, ast.BoolOp):
        yield from _other_junctions(node)
    elif isinstance(node, ast.BinOp) and type(node.op) in _REVERSED:
        new = copy.deepcopy(node)
        new.op = _REVERSED[type(node.op)]()
        yield _told(node, new), new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _told(node, node.operand), node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield f"{node.value} -> {node.value + 1}", ast.Constant(node.value + 1)
    elif isinstance(node, ast.If | ast.IfExp):
        for truth in (True, False):
            fixed = copy.deepcopy(node)
            fixed.test = ast.Constant(truth)
            yield f"if {ast.unparse(node.test)} -> if {truth}", fixed
    elif isinstance(node, ast.match_case):
        yield from _other_cases(node)
    elif isinstance(node, ast.comprehension) and node.ifs:
        every = copy.deepcopy(node)
        every.ifs = []
        yield f"every{ast.unparse(node)}", every
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield f"without {ast.unparse(node)}", ast.Pass()


def _told(old: ast.AST, new: ast.AST) -> str:
    return f"{ast.unparse(old)} -> {ast.unparse(new)}"


def _other_comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for i, operator in enumerate(node.ops):
        for other in _COMPARE[type(operator)]:
            new = copy.deepcopy(node)
            new.ops[i] = other()
            yield _told(node, new), new


def _other_junctions(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    new = copy.deepcopy(node)
    new.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield _told(node, new), new
    for i in range(len(node.values)):
        fewer = copy.deepcopy(node)
        del fewer.values[i]
        left: ast.AST = fewer.values[0] if len(fewer.values) == 1 else fewer
        yield _told(node, left), left


def _other_cases(node: ast.match_case) -> Iterator[tuple[str, ast.AST]]:
    words = ast.unparse(node.pattern)
    never = copy.deepcopy(node)
    never.guard = ast.Constant(False)
    yield f"case {words} -> never", never
    if node.guard is not None:
        always = copy.deepcopy(node)
        always.guard = None
        yield f"case {words} if {ast.unparse(node.guard)} -> always", always


def _other_calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = _calls(node)
    if name in ("min", "max"):
        new = copy.deepcopy(node)
        new.func = ast.Name("max" if name == "min" else "min", ast.Load())
        yield _told(node, new), new
    elif name in ("replace", "NodeState"):
        for i, keyword in enumerate(node.keywords):
            new = copy.deepcopy(node)
            del new.keywords[i]
            yield f"without {ast.unparse(keyword)}", new
