"""Every command has help and is in the reference; the documents point to what exists."""

import importlib.util
import re
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("reference", ROOT / "docs/reference/generate.py")
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

COMMANDS = list(reference.commands())
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize(("path", "command"), [(path, command) for path, command, _ in COMMANDS])
def test_a_command_and_its_options_have_help(path, command):
    assert command.help, f"{path} has no help"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.opts[0]} has no help"


def test_the_line_of_a_wing_is_its_own_first_line():
    from gezhi import cli

    for name, wing in cli._WINGS.items():
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert wing.help == command.help.splitlines()[0].strip(), name


def test_the_reference_is_fresh():
    stored = reference.PAGE.read_text(encoding="utf-8")
    assert stored == reference.page(), "run: make reference"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_inside_the_repository_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(
        r'(?:src|href)="([^"]+)"', text
    ):
        if target.startswith(("http://", "https://", "#", "mailto:")):
            continue
        assert (path.parent / target.partition("#")[0]).exists(), f"{path.name}: {target}"
