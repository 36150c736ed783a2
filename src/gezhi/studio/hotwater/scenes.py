"""What can be looked at: a home, its layout and a rule, beside the same home without any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from importlib.resources import files
from pathlib import Path

from gezhi.errors import ParameterError
from gezhi.home.cli import SHOWN_SEED
from gezhi.home.clock import find_zone
from gezhi.home.compare import WARM_UP_DAYS, make_policy, town_of
from gezhi.home.governor import controller_settings
from gezhi.home.living import LivingHome, teach
from gezhi.home.plan import laid_out
from gezhi.home.plant import REFERENCE, Plumbing
from gezhi.home.plumbing_file import HomeFile, read_home
from gezhi.home.types import Settings

__all__ = [
    "DAYS",
    "HOMES",
    "LAYOUTS",
    "RULES",
    "SEED",
    "TAPS_DRAWN",
    "Scene",
    "begin",
    "check_fit",
    "home_of",
    "scene_of",
]

HOMES = ("reference", "two-taps")
LAYOUTS = ("return-pipe", "cold-return", "drain")
RULES = ("learned", "learned-cues", "hotcirc", "grundfos", "thermostat", "timer", "nothing")
SEED = SHOWN_SEED
"""Of the household; the one that `gezhi home hotwater compare` takes."""

DAYS = 14
"""How long a home lives, after `WARM_UP_DAYS` that its rule is told of."""

TAPS_DRAWN = 4
_METRES = (0.3, 300.0)
_MOST_LITRES_PER_MINUTE = 60.0
_LONGEST_FRONT_SECONDS = 600
_FIRST_SECONDS = int(5.5 * 3600)
_LONGEST_LOOK_SECONDS = 4 * 3600
_HOP_SECONDS = 5
_FRONT = 0.6
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at.

    Attributes:
        home: one of `HOMES`, or the id of an uploaded file.
        layout: one of `LAYOUTS`.
        rule: one of `RULES`; "nothing" leaves the pump to the button alone.
        plumbing: the home so laid out.
        zone: of its clocks.
        settings: of its controller.
    """

    home: str
    layout: str
    rule: str
    plumbing: Plumbing
    zone: tzinfo
    settings: Settings


def home_of(name: str) -> HomeFile:
    """A home that comes with the room: the reference of all figures, or one of two taps.

    >>> home_of("two-taps").plumbing.taps
    ('kitchen', 'bath')
    """
    if name == "reference":
        return HomeFile(REFERENCE)
    return read_home(Path(str(files("gezhi.home"))) / "examples" / "cold-return.toml")


def scene_of(name: str, found: HomeFile, *, layout: str = "", rule: str = "") -> Scene:
    """A scene in a home; a layout or rule that is none of the room's is the home's own or learned.

    >>> scene = scene_of("reference", home_of("reference"), layout="drain", rule="siphon")
    >>> scene.plumbing.layout, scene.rule
    ('drain', 'learned')
    """
    own = found.plumbing.layout if found.plumbing.layout in LAYOUTS else "return-pipe"
    chosen = layout if layout in LAYOUTS else own
    plumbing = found.plumbing
    if chosen != plumbing.layout:
        plumbing = laid_out(plumbing, chosen)
    return Scene(
        name,
        chosen,
        rule if rule in RULES else "learned",
        plumbing,
        found.zone or find_zone("UTC"),
        controller_settings(plumbing, found.controller),
    )


def check_fit(plumbing: Plumbing) -> None:
    """Refuse a home that the drawing has no room for, or that would take too long to live in.

    Raises:
        ParameterError: too many taps, or a pipe or pump out of all proportion.
    """
    taps = len(plumbing.taps)
    if taps > TAPS_DRAWN:
        raise ParameterError(
            f"the drawing holds {TAPS_DRAWN} taps and this home has {taps}; it can still be "
            "compared below"
        )
    pipes = [pipe for one in plumbing.branches for pipe in (one.hot, one.back)]
    for pipe in (*pipes, plumbing.trunk):
        if pipe is not None and not _METRES[0] <= pipe.metres <= _METRES[1]:
            raise ParameterError(
                f"the drawing is for pipes of {_METRES[0]:g} to {_METRES[1]:g} m, not of "
                f"{pipe.metres:g} m; the home can still be compared below"
            )
    flow = plumbing.pump_litres_per_minute
    if flow > _MOST_LITRES_PER_MINUTE:
        raise ParameterError(
            f"the drawing is for pumps of up to {_MOST_LITRES_PER_MINUTE:g} L/min, not of "
            f"{flow:g} L/min; the home can still be compared below"
        )


def begin(scene: Scene) -> tuple[LivingHome, LivingHome]:
    """The home without anything and the home with the rule, on a morning when the rule has acted.

    Both have the same household. The rule was told of the two weeks before; time stands where the
    first hot water that it asked for has come more than half of its way.
    """
    town = town_of(scene.plumbing, seed=SEED, days=DAYS, zone=scene.zone)
    town = replace(town, settings=scene.settings)
    start = int(town.start) + WARM_UP_DAYS * _DAY + _FIRST_SECONDS
    rule = make_policy(scene.rule, town)
    teach(
        rule,
        [one for one in town.draws if one.at < start],
        [one for one in town.cues if one.at < start],
    )
    alone, ruled = (
        LivingHome(
            scene.plumbing,
            policy,
            now=start,
            draws=town.draws,
            cues=town.cues,
            settings=scene.settings,
            seed=SEED,
        )
        for policy in (make_policy("nothing", town), rule)
    )
    last = start + (_LONGEST_LOOK_SECONDS if scene.rule != "nothing" else 0)
    while ruled.now < last and ruled.circulating is None:
        ruled.live(ruled.now + _HOP_SECONDS)
    if ruled.circulating is not None:
        seconds = _FRONT * _seconds_to_sensor(scene.plumbing, ruled.circulating)
        ruled.live(ruled.now + int(min(seconds, _LONGEST_FRONT_SECONDS)))
    alone.live(ruled.now)
    return alone, ruled


def _seconds_to_sensor(plumbing: Plumbing, tap: str) -> float:
    """How long hot water needs to where it ends a purge: the tap, or the probe before its valve."""
    seconds = plumbing.purge_seconds(tap)
    if plumbing.layout == "return-pipe":
        return seconds
    pipe = next(one.hot for one in plumbing.branches if one.tap == tap)
    behind = pipe.purge_litres * min(plumbing.probe_metres / pipe.metres, 1.0)
    return seconds - behind / plumbing.pump_litres_per_minute * 60
