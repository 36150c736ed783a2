"""The front door: one command, whose wings are imported only when they are asked for.

Exit codes: 0 done; 1 an error, in one line on stderr; 2 wrong usage; 3 a valid run with a
negative answer; 130 interrupted.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from gezhi import __version__
from gezhi.errors import DataError, GezhiError, Interrupted

__all__ = ["NEGATIVE", "FrontDoor", "cli", "main"]

NEGATIVE = 3
"""Exit code of a valid run whose answer is no."""

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class _Wing:
    """Where a command lives, and its line in ``gezhi --help``, known without importing it."""

    module: str
    name: str
    help: str


_WINGS = {
    "home": _Wing(
        "gezhi.home.cli",
        "home",
        "Hot water without the wait, and a stove that turns itself off.",
    ),
    "latent": _Wing(
        "gezhi.latent.cli",
        "latent",
        "Unlabelled pictures or rows: groups, how likely each is, packing, and new pictures.",
    ),
    "papers": _Wing(
        "gezhi.papers.cli", "papers", "Find papers in anything, and open them on papers.cool."
    ),
    "read": _Wing(
        "gezhi.reading.cli",
        "read",
        "Read Chinese: the sentiment of reviews, and print in pictures.",
    ),
    "studio": _Wing("gezhi.studio.cli", "studio", "Open the studio, a local page in the browser."),
}


class FrontDoor(click.Group):
    """A group that imports a wing when it is called, and turns every error into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands that are here and of the wings, sorted."""
        return sorted({*self.commands, *_WINGS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; a wing's module is imported now and not before."""
        wing = _WINGS.get(cmd_name)
        if wing is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(wing.module), wing.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with one line each, without importing any wing."""
        rows = [
            (
                name,
                _WINGS[name].help
                if name in _WINGS
                else self.commands[name].get_short_help_str(limit=80),
            )
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors become one sentence on stderr and an exit code."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            # The reader, such as head, has what it wanted.
            _silence_stdout()
            ctx.exit(0)
        except (KeyboardInterrupt, click.Abort, Interrupted) as error:
            message = str(error) if isinstance(error, Interrupted) else "interrupted"
            _fail(ctx, message, _INTERRUPTED)
        except Exception as error:
            _fail(ctx, _sentence(error), 1)
        return answer


def _sentence(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, GezhiError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno is not None:
        return _system_sentence(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    return (
        f"an error that should not happen: {type(error).__name__}: {' '.join(str(error).split())} "
        "(gezhi --debug shows where)"
    )


def _system_sentence(error: OSError) -> str:
    place = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full:{place or ' the output'} could not be written; free some space"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"permission denied:{place or ' a file'} may not be opened or written by this user"
    if error.errno == errno.ENOENT:
        return f"no such file or folder:{place}"
    return f"{error.strerror or error}:{place}" if place else str(error.strerror or error)


def _fail(ctx: click.Context, message: str, code: int) -> NoReturn:
    if ctx.find_root().params.get("debug"):
        traceback.print_exc(file=sys.stderr)
    click.echo(f"gezhi: {message}", err=True)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        # Where stdout is what failed, the interpreter would try again at its end, and complain.
        _silence_stdout()
    ctx.exit(code)


def _silence_stdout() -> None:
    """Let the interpreter's last flush of a closed pipe or a full disk fall into nothing."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gezhi")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Look into things until you know them: models that run on your own computer."""


@cli.group()
def models() -> None:
    """Show and verify the models that are installed."""


@models.command("list", short_help="List the models, the user's own first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_models(as_json: bool) -> None:
    """List the models: the user's own first, then those that came with gezhi."""
    from gezhi.kernel.registry import list_bundles

    entries = list_bundles()
    if as_json:
        _print_json({"models": [_model_row(entry) for entry in entries]})
        return
    _print_table(
        ("name", "version", "kind", "size", "where", ""),
        [
            (
                one.name,
                one.version,
                one.kind or "?",
                _size(one.bytes),
                one.where,
                "damaged" if one.error else "",
            )
            for one in entries
        ],
    )


@models.command("verify")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify_models(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Check every byte of the models against their sha256.

    NAME is a model (sentiment, sentiment@1) or a folder; without it all are checked. The exit
    code is 3 when one is damaged.
    """
    rows = _verify_one(name) if name else _verify_all()
    if as_json:
        _print_json({"models": rows, "sound": all(row["sound"] for row in rows)})
    else:
        for row in rows:
            state = "sound" if row["sound"] else f"damaged: {row['error']}"
            click.echo(f"{row['name']}@{row['version']}  {state}")
    if not all(row["sound"] for row in rows):
        ctx.exit(NEGATIVE)


def _verify_all() -> list[dict[str, Any]]:
    from gezhi.kernel.registry import list_bundles

    return [_model_row(entry) for entry in list_bundles()]


def _verify_one(name: str) -> list[dict[str, Any]]:
    from gezhi.kernel.registry import bundle_entry

    return [_model_row(bundle_entry(name))]


def _model_row(entry: Any) -> dict[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version,
        "kind": entry.kind,
        "bytes": entry.bytes,
        "where": entry.where,
        "folder": str(entry.folder),
        "sound": entry.error is None,
        "error": entry.error,
    }


@cli.group()
def data() -> None:
    """Show and fetch the data sets that models are made from."""


@data.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_data(as_json: bool) -> None:
    """List the data sets and where each one lies on this computer."""
    from gezhi.kernel.registry import DATA

    rows = [_data_row(name) for name in DATA]
    if as_json:
        _print_json({"data": rows})
        return
    for one in rows:
        click.echo(f"{one['name']}  {one['path'] or 'not here'}; licence: {one['licence']}")
        click.echo(f"  {one['note']}")


def _data_row(name: str) -> dict[str, Any]:
    from gezhi.kernel.registry import DATA, find_data

    known = DATA[name]
    try:
        path, error = str(find_data(name)), None
    except DataError as reason:
        path, error = None, str(reason)
    return {
        "name": name,
        "path": path,
        "error": error,
        "licence": known.licence,
        "note": known.note,
        "url": known.url,
        "sha256": known.sha256,
    }


@data.command("fetch")
@click.argument("name")
@click.option("--url", help="The address to fetch from, when the registry knows none.")
@click.option("--sha256", help="The file's sha256, when the registry does not know it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Draw no progress bar.")
def fetch_data_set(
    name: str, url: str | None, sha256: str | None, as_json: bool, quiet: bool
) -> None:
    """Fetch the data set NAME, check its sha256, and print where it lies.

    One that is already here is not fetched again.
    """
    from gezhi.kernel.progress import Progress
    from gezhi.kernel.registry import fetch_data, find_data

    try:
        path = find_data(name)
    except DataError:
        with Progress(f"fetching {name}", quiet=quiet) as report:
            path = fetch_data(name, url=url, sha256=sha256, progress=report)
    if as_json:
        _print_json({"name": name, "path": str(path)})
    else:
        click.echo(path)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _size(count: int) -> str:
    return f"{count / 1e6:.2f} MB" if count >= 10_000 else f"{count:,} bytes"


def main() -> NoReturn:
    """Run the command line of this process."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show, such as an undecodable argument, is escaped, not fatal.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="gezhi")
    raise SystemExit(0)
