"""The wing's commands: ``gezhi home``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.home.proof_cli import verify
from gezhi.home.stove_cli import stove

if TYPE_CHECKING:
    from gezhi.home.compare import Figures, Town
    from gezhi.home.plumbing_file import HomeFile
    from gezhi.home.types import Notice

__all__ = ["SHOWN_SEED", "home"]

SHOWN_SEED = 1004
"""The first household from 1000 on that, with ignition ignored, is as hard as the published trial:
"nothing" under 26 % and "hotcirc" 66-78 % at 1.7-2.5 kWh a day."""

_REMARK = (
    "Zero cold water buys comfort and saves no money; all is simulated, with households made from "
    "published statistics unless a log is given."
)
Command = Callable[..., None]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def home() -> None:
    """Hot water without the wait, and a stove that turns itself off."""


home.add_command(stove)


@home.group()
def hotwater() -> None:
    """Zero cold water: compare when to purge, plan, replay a log of draws; the proof."""


hotwater.add_command(verify)


def _common(command: Command) -> Command:
    """The options that all verbs have."""
    for add in reversed(
        (
            click.option("--config", type=_FILE, help="The home, home.toml; else the reference."),
            click.option("--zone", help="Time zone, as Europe/Berlin; else the home's or UTC."),
            click.option(
                "--seed",
                default=SHOWN_SEED,
                show_default=True,
                help="Of the household that is made.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
            click.option("--quiet", is_flag=True, help="Draw no progress bar."),
        )
    ):
        command = add(command)
    return command


@hotwater.command("compare", short_help="All policies on the same draws: waits against heat.")
@_common
@click.option(
    "--draws",
    "log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recorded draws, CSV: time,tap,flow_l_min,seconds.",
)
@click.option(
    "--days", type=click.IntRange(1, 3660), help="Days measured, after 14 of learning; 28, or all."
)
@click.option("--policy", "names", multiple=True, help="Only this policy; may be repeated.")
@click.option("--no-ignition", is_flag=True, help="A heater that burns at any flow, at once.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the waiting-energy curve here, as SVG.",
)
def compare_policies(
    config: Path | None,
    zone: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
    log: Path | None,
    days: int | None,
    names: tuple[str, ...],
    no_ignition: bool,
    picture: Path | None,
) -> None:
    """Compare all policies on the same draws: waits against heat.

    Without --config the home is the reference: one bare dn25 branch of 15 m, 45 °C, 6 L/min.
    Heat is what the heater gives beyond doing nothing. A draw counts when it asks for hot water
    at or above the heater's ignition flow.

    \b
      gezhi home hotwater compare --days 28
      gezhi home hotwater compare --draws log.csv --policy learned --policy hotcirc --json
    """
    from gezhi.home.compare import POLICIES, compare
    from gezhi.kernel.progress import Progress

    found = _home(config)
    town = _town(found, zone, seed, log, days, no_ignition=no_ignition)
    with Progress("simulating", quiet=quiet) as report:
        rows = compare(
            town,
            names or POLICIES,
            exchange=found.exchange,
            tariffs=found.tariffs,
            report=report,
        )
    if picture is not None:
        _write_picture(picture, rows)
    if as_json:
        click.echo(json.dumps({"days": town.days, "policies": [one.record() for one in rows]}))
    else:
        from gezhi.home.tables_drawing import draw_figures

        click.echo(draw_figures(rows))
        click.echo(f"{town.days} days; heat beyond doing nothing. {_REMARK}")


@hotwater.command(short_help="Live through days with one policy.")
@_common
@click.option("--days", type=click.IntRange(1, 3660), default=28, show_default=True, help="Days.")
@click.option("--policy", default="learned", show_default=True, help="What decides.")
def simulate(
    config: Path | None,
    zone: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
    days: int,
    policy: str,
) -> None:
    """Live through days with one policy; the figures beside doing nothing.

    \b
      gezhi home hotwater simulate --config home.toml --days 365 --json
    """
    from gezhi.home.compare import compare
    from gezhi.kernel.progress import Progress

    found = _home(config)
    town = _town(found, zone, seed, None, days)
    with Progress("simulating", quiet=quiet) as report:
        rows = compare(
            town, (policy,), exchange=found.exchange, tariffs=found.tariffs, report=report
        )
    if as_json:
        click.echo(json.dumps({"days": days, **rows[0].record()}))
    else:
        from gezhi.home.tables_drawing import draw_figures

        click.echo(draw_figures(rows))


@hotwater.command(short_help="What each layout would be worth in this home.")
@_common
@click.option("--days", type=click.IntRange(1, 3660), default=14, show_default=True, help="Days.")
def plan(
    config: Path | None, zone: str | None, seed: int, as_json: bool, quiet: bool, days: int
) -> None:
    """What each layout would be worth in this home: comfort, heat, water, money, payback.

    Prices of parts are rough, without labour. Payback is "never" where energy costs more than the
    water that is saved, which is the rule.
    """
    from gezhi.home.plan import plan as make_plan
    from gezhi.kernel.progress import Progress

    found = _home(config)
    with Progress("simulating", quiet=quiet) as report:
        choices = make_plan(
            found.plumbing,
            days=days,
            seed=seed,
            zone=_zone(zone, found),
            tariffs=found.tariffs,
            exchange=found.exchange,
            report=report,
        )
    if as_json:
        click.echo(json.dumps({"days": days, "layouts": [one.record() for one in choices]}))
    else:
        from gezhi.home.tables_drawing import draw_choices

        click.echo(draw_choices(choices))


@hotwater.command(short_help="What a log of draws would have been like with a policy.")
@click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_common
@click.option("--policy", default="learned", show_default=True, help="What decides.")
def replay(
    log: Path,
    config: Path | None,
    zone: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
    policy: str,
) -> None:
    """Replay a log of draws with a policy, from the first day on, and list how each was served.

    LOG is CSV: time,tap,flow_l_min,seconds; times are ISO and local. With --json the figures and
    "served", each with time, tap, flow_l_min, seconds, wait_seconds and came.
    """
    from gezhi.home.compare import figures, make_policy
    from gezhi.home.simulate import simulate as live

    found = _home(config)
    town = _town(found, zone, seed, log, None)
    town = replace(town, days=town.days + town.warm_up_days, warm_up_days=0)
    idle, done = (
        live(
            town.plumbing,
            town.draws,
            make_policy(name, town, found.exchange),
            start=town.start,
            days=town.days,
            cues=town.cues if name == "learned-cues" else (),
            settings=town.settings,
        )
        for name in ("nothing", policy)
    )
    row = figures(done, idle, found.tariffs)
    served = [
        {
            "time": datetime.fromtimestamp(round(one.draw.at), town.zone).isoformat(),
            "tap": one.draw.tap,
            "flow_l_min": round(one.draw.litres_per_minute, 2),
            "seconds": round(one.draw.seconds, 1),
            "wait_seconds": one.wait_seconds,
            "came": one.came,
        }
        for one in done.served
    ]
    if as_json:
        click.echo(json.dumps({"days": town.days, **row.record(), "served": served}))
        return
    for one in served:
        came = f"{one['wait_seconds']:>4.0f} s" if one["came"] else "never"
        click.echo(f"{one['time']}  {one['tap']:12}  {came}")
    from gezhi.home.tables_drawing import draw_figures

    click.echo(draw_figures([row]))


@home.command("serve", short_help="Run the bridge to the house until it is stopped.")
@click.option("--config", type=_FILE, required=True, help="The home, as home.toml.")
@click.option("--host", default="", help="Of the socket the studio asks; others need a token.")
@click.option("--port", type=click.IntRange(0, 65535), help="Of the same socket; 0 for any free.")
@click.option("--token", default="", help="What those who ask on the socket must know.")
@click.option("--embedded-broker", is_flag=True, help="Bring a small MQTT broker, to try it out.")
@click.option("--learn/--no-learn", default=True, help="Bring hot water when it is expected.")
def serve(
    config: Path, host: str, port: int | None, token: str, embedded_broker: bool, learn: bool
) -> None:
    """Run the bridge between the house and its controllers: MQTT, Home Assistant, the store.

    It runs until SIGTERM or Ctrl-C, and then brings everything to rest.
    """
    import logging

    from gezhi.home.serving import has_hot_water, serve_home

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve_home(
        config,
        host=host,
        port=port,
        token=token,
        embedded=embedded_broker,
        describe=_describe,
        advisors=_learner(config) if learn and has_hot_water(config) else lambda store: (),
        ready=lambda port: click.echo(f"The bridge runs; its socket is {port}.", err=True),
    )


def _describe(notice: Notice) -> str:
    """A notice of either controller, for people."""
    from gezhi.home import notices, stove_notices

    if notice.code in stove_notices.SENTENCES:
        return stove_notices.sentence(notice)
    return notices.sentence(notice)


def _learner(config: Path) -> Callable[[Any], Sequence[Any]]:
    """What learns when hot water is wanted, taught from the store."""
    import logging
    from datetime import UTC

    from gezhi.errors import InputError
    from gezhi.home.bridge.planning import Planner
    from gezhi.home.clock import LocalClock
    from gezhi.home.demand import Learned
    from gezhi.home.serving import read_settings

    found, settings = _home(config), read_settings(config)
    if found.plumbing == _home(None).plumbing:
        logging.getLogger("gezhi.home").warning("without [plumbing], nothing is learned")
        return lambda store: ()
    strange = sorted({tap.name for tap in settings.taps} ^ set(found.plumbing.taps))
    if strange:
        raise InputError(
            f"{config}: the tap {strange[0]!r} is in one of [hotwater] and [plumbing]; learning "
            "needs the same taps in both, or say --no-learn"
        )
    clock = LocalClock(found.zone or datetime.now().astimezone().tzinfo or UTC)
    rule = Learned(
        found.plumbing,
        clock,
        found.exchange,
        with_cues=True,
        rest_seconds=settings.automatic_off_seconds,
    )
    return lambda store: (Planner(rule, settings, store),)


@home.command("firmware", short_help="Write the ESPHome files of the house's nodes.")
@click.option("--config", type=_FILE, required=True, help="The home, as home.toml.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="nodes")
def firmware(config: Path, folder: Path) -> None:
    """Write a file for each ESPHome node into FOLDER, and secrets.yaml where there is none."""
    from gezhi.home.serving import firmware_home

    for path in firmware_home(config, folder):
        click.echo(path)


@home.command("drawing", short_help="Draw plumbing, wiring and the parts list of the home.")
@click.option("--config", type=_FILE, required=True, help="The home, as home.toml.")
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path), default="home.svg")
def drawing(config: Path, picture: Path) -> None:
    """Write an SVG of the home's plumbing, circuits and wiring to PICTURE, and print the parts."""
    from gezhi.home.house_drawing import draw_house
    from gezhi.kernel.paths import atomic_write

    text, parts = draw_house(config)
    with atomic_write(picture) as temporary:
        temporary.write_text(text, encoding="utf-8")
    for one in parts:
        click.echo(f"{one.count} x {one.name}: {one.remark}")


@home.command("unit", short_help="Print a systemd unit that runs the bridge.")
@click.option("--config", type=_FILE, required=True, help="The home, as home.toml.")
@click.option("--user", default="", help="Who it runs as; you, when left out.")
def unit(config: Path, user: str) -> None:
    """Print a systemd unit, for /etc/systemd/system/gezhi-home.service."""
    from gezhi.home.bridge.systemd import unit as text

    click.echo(text(config, user=user), nl=False)


def _home(config: Path | None) -> HomeFile:
    from gezhi.home.plumbing_file import HomeFile, read_home

    return HomeFile() if config is None else read_home(config)


def _zone(name: str | None, found: HomeFile) -> tzinfo:
    from gezhi.home.clock import find_zone

    return find_zone(name) if name else found.zone or find_zone("UTC")


def _town(
    found: HomeFile,
    zone: str | None,
    seed: int,
    log: Path | None,
    days: int | None,
    *,
    no_ignition: bool = False,
) -> Town:
    from gezhi.home.compare import town_of, town_of_log, without_ignition
    from gezhi.home.draw_log import read_log
    from gezhi.home.governor import controller_settings

    plumbing = without_ignition(found.plumbing) if no_ignition else found.plumbing
    local = _zone(zone, found)
    if log is None:
        town = town_of(plumbing, seed=seed, days=days or 28, zone=local)
    else:
        town = town_of_log(plumbing, read_log(log, local), days=days, zone=local, seed=seed)
    return replace(town, settings=controller_settings(plumbing, found.controller))


def _write_picture(picture: Path, rows: Sequence[Figures]) -> None:
    from gezhi.home.curve_drawing import draw_curve
    from gezhi.kernel.paths import atomic_write

    points = [(one.name, one.extra_heat_kwh_per_day, one.under_5s) for one in rows]
    with atomic_write(picture) as temporary:
        temporary.write_text(draw_curve(points), encoding="utf-8")
