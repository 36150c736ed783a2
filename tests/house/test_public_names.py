"""What a module shows is what it says it shows."""

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import TypeVar

import pytest

import gezhi

MODULES = [
    "gezhi",
    *(
        one.name
        for one in pkgutil.walk_packages(gezhi.__path__, "gezhi.")
        if not one.name.rpartition(".")[2].startswith("_")
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_all_is_what_is_defined(name):
    module = importlib.import_module(name)
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    names = module.__all__
    assert len(set(names)) == len(names)
    for one in names:
        assert hasattr(module, one), f"{name}.__all__ names {one}, which is not there"
    if name.endswith(".cli"):
        return  # its commands are reached through their group
    defined = {
        one
        for one in public_definitions(Path(module.__file__))
        if not isinstance(getattr(module, one), TypeVar)
    }
    if Path(module.__file__).name == "__init__.py":
        assert defined <= set(names)  # a package also shows what its modules define
    else:
        assert defined == set(names)


def public_definitions(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return {one for one in found if not one.startswith("_")}


def test_the_package_shows_its_names_and_no_others():
    assert dir(gezhi) == sorted(gezhi.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = gezhi.no_such_name


def test_the_error_tree_in_the_docstring_is_the_tree():
    from gezhi import errors

    drawn = errors.__doc__.split("::")[1]
    for name in errors.__all__:
        assert name in drawn
        assert issubclass(getattr(errors, name), errors.GezhiError)
