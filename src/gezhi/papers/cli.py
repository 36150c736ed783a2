"""The wing's commands: ``gezhi papers``."""

from __future__ import annotations

import json
import shutil
import sys
import webbrowser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import click

from gezhi.errors import GezhiError, Interrupted

if TYPE_CHECKING:
    from gezhi.papers.documents import Located
    from gezhi.papers.gathering import Gathering

__all__ = ["papers"]

_NOT_FOUND = 3
_NO_PAPER = "no paper was found"
_NOTES = 10  # lines of advice that are shown at most

Command = Callable[..., None]


@click.group()
def papers() -> None:
    """Find papers in anything, and open them on papers.cool."""


def _inputs(command: Command) -> Command:
    """The argument and the options that both verbs have."""
    for add in reversed(
        (
            click.argument("inputs", metavar="TEXT|URL|FILE|-...", nargs=-1, required=True),
            click.option(
                "--fetch", is_flag=True, help="Download the addresses and read what they lead to."
            ),
            click.option(
                "--encoding",
                metavar="NAME",
                help="Encoding of text files, such as gb18030; found if not given.",
            ),
            click.option("--quiet", is_flag=True, help="Draw no progress bar, print no remarks."),
        )
    ):
        command = add(command)
    return command


@papers.command(short_help="Find the papers in texts, addresses, files and folders.")
@_inputs
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--format",
    "format",
    type=click.Choice(["text", "json", "markdown", "links"]),
    help="What to print: all that is known (text, json), a Markdown list, or only the links.",
)
@click.pass_context
def find(
    ctx: click.Context,
    inputs: tuple[str, ...],
    fetch: bool,
    encoding: str | None,
    quiet: bool,
    as_json: bool,
    format: str | None,
) -> None:
    """Find the papers in texts, addresses, files and folders.

    An argument that is a path is read as what it is: text, a web page, a PDF, BibTeX, RIS, or a
    folder of them; - is stdin. Anything else is text, addresses too: nothing is downloaded
    without --fetch. Words that stand together are one text.

    \b
      gezhi papers find "see arXiv:1706.03762 and hep-th/9901001"
      gezhi papers find thesis.pdf refs.bib notes/ --json
      gezhi papers find --fetch https://openreview.net/forum?id=4xvE6Iy77Y

    With --json one object: "papers", each with kind, id, start and end (code points of the
    decoded text; of a PDF's page), url, abstract and pdf (null where unknown), and where they are
    known file, page, line, column, field, title, search (for the title) and unproven (true);
    "searches", papers that only a title search may find, with venue, id, start, end, title and
    url, both may be null; "links", which open all papers, 40 each at most; "unread", files and
    reasons. The exit code is 3 when nothing is found.
    """
    if as_json and format not in (None, "json"):
        raise click.UsageError(f"--json and --format {format} exclude each other")
    gathering, interrupted = _gather(inputs, fetch, encoding, quiet)
    located = gathering.collection.located
    if as_json or format == "json":
        click.echo(_as_json(gathering))
    elif located:
        click.echo(_drawn(located, format))
    if interrupted:
        raise Interrupted("stopped; what was found until then is printed")
    _say(gathering, quiet)
    if gathering.named_unread or (gathering.unread and not located):
        ctx.exit(1)
    if not located:
        click.echo(f"gezhi: {_NO_PAPER}", err=True)
        ctx.exit(_NOT_FOUND)


@papers.command("open", short_help="Open the papers on papers.cool in the browser.")
@_inputs
@click.option("--print", "as_print", is_flag=True, help="Print the addresses, open nothing.")
@click.option(
    "--search",
    "scope",
    type=click.Choice(["arxiv", "venue"]),
    default="arxiv",
    show_default=True,
    help="Where to search for the words when there is no id in them.",
)
@click.option(
    "--tabs",
    "most",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Tabs that are opened at most.",
)
@click.pass_context
def open_tabs(
    ctx: click.Context,
    inputs: tuple[str, ...],
    fetch: bool,
    encoding: str | None,
    quiet: bool,
    as_print: bool,
    scope: Literal["arxiv", "venue"],
    most: int,
) -> None:
    """Open the papers on papers.cool in the browser.

    Reads what find reads. Up to 40 papers share a tab; a paper that only a title search may find
    gets a tab with that search. When there is no id at all, the words are searched for, of a PDF
    or a page its title.

    \b
      gezhi papers open arXiv:1706.03762 2024.naacl-long.431
      gezhi papers open attention is all you need
    """
    from gezhi.papers.catalogue import query, tabs
    from gezhi.papers.links import search_url

    gathering, interrupted = _gather(inputs, fetch, encoding, quiet)
    if interrupted:
        raise Interrupted("stopped; nothing was opened")
    _say(gathering, quiet)
    addresses = tabs(gathering.collection.located)
    words = query(" ".join(gathering.words))
    if not gathering.collection.located and words:
        click.echo(f"gezhi: {_NO_PAPER}; this is a search for the words", err=True)
        addresses = (search_url(words, scope=scope),)
    if not addresses:
        ctx.exit(_nothing_to_open(gathering))
    if as_print:
        click.echo("\n".join(addresses))
    else:
        _open(addresses[:most])
        if addresses[most:]:
            left = len(addresses) - most
            click.echo(f"gezhi: {left} more were not opened; --print shows all", err=True)
    if not quiet:
        _advise(gathering.collection.located)
    if gathering.named_unread:
        ctx.exit(1)


def _nothing_to_open(gathering: Gathering) -> int:
    if gathering.collection.located:
        click.echo("gezhi: papers were found, but no title to search for", err=True)
    elif not gathering.unread:
        click.echo(f"gezhi: {_NO_PAPER}", err=True)
    return 1 if gathering.unread else _NOT_FOUND


def _open(addresses: Sequence[str]) -> None:
    for address in addresses:
        if not webbrowser.open_new_tab(address):
            raise GezhiError(f"no browser could be started; open it yourself: {address}")


def _advise(located: Sequence[Located]) -> None:
    """The title search that stands beside each id of a venue."""
    from gezhi.papers.catalogue import NAMES, title_search
    from gezhi.papers.finder import Paper

    beside = [
        (one.found, search)
        for one in located
        if isinstance(one.found, Paper) and (search := title_search(one))
    ]
    for found, search in beside[:_NOTES]:
        click.echo(f"gezhi: if {NAMES[found.kind]} {found.id} is not there: {search}", err=True)


def _gather(
    inputs: Sequence[str], fetch: bool, encoding: str | None, quiet: bool
) -> tuple[Gathering, bool]:
    """Read the arguments; the second value says whether the user stopped that."""
    from gezhi.kernel.progress import Progress
    from gezhi.papers.gathering import Gathering, gather, sort_arguments

    gathering = Gathering()
    arguments = sort_arguments(inputs, fetch=fetch)
    try:
        with Progress("reading", quiet=quiet) as report:
            gather(arguments, gathering, stdin=_stdin, encoding=encoding, report=report)
    except KeyboardInterrupt:
        return gathering, True
    return gathering, False


def _stdin() -> BinaryIO | None:
    stream = getattr(sys.stdin, "buffer", None)
    return None if stream is None or stream.closed else stream


def _say(gathering: Gathering, quiet: bool) -> None:
    from gezhi.kernel.terminal import visible

    for _, reason in gathering.unread:
        click.echo(f"gezhi: {visible(reason)}", err=True)
    if not quiet:
        for remark in gathering.remarks:
            click.echo(f"gezhi: {visible(remark)}", err=True)


def _drawn(located: Sequence[Located], format: str | None) -> str:
    from gezhi.papers.catalogue import markdown, tabs
    from gezhi.papers.drawing import draw_papers

    if format == "markdown":
        return markdown(located)
    if format == "links":
        return "\n".join(tabs(located))
    width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else None
    return draw_papers(located, width=width)


def _as_json(gathering: Gathering) -> str:
    from gezhi.papers.catalogue import batches, record

    collection = gathering.collection
    answer: dict[str, Any] = {
        "papers": [record(one) for one in collection.located if one.key[0] == "paper"],
        "searches": [record(one) for one in collection.searches],
        "links": list(batches(collection.papers)),
        "unread": [{"file": file, "reason": reason} for file, reason in gathering.unread],
    }
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return json.dumps(answer, ensure_ascii=encoding != "utf8")
