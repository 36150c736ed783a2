"""What a drawing shows at one moment: colours of pipes, words, and what runs.

A frame is three plain mappings from ids in the page: `levels` (colour), `words` (text) and `on`
(whether something runs). The page's script puts them in place and knows nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from gezhi.home.living import LivingHome, Told
from gezhi.home.notices import sentence
from gezhi.home.pipes import PlugFlow
from gezhi.home.simulate import Served
from gezhi.studio.hotwater.picture import Picture
from gezhi.studio.i18n import Translator

__all__ = ["LEVELS", "NO_LEVEL", "SIDES", "Frame", "clock_words", "frame", "level", "wait_words"]

SIDES = ("alone", "ruled")
"""The prefixes of the ids of the two homes: without anything, and with the rule."""

LEVELS = 12
NO_LEVEL = -1
"""A pipe that has no content in the model, and no water that runs through it now."""

_COLDEST, _WIDTH = 11.0, 3.0


@dataclass(slots=True)
class Frame:
    """One moment of the drawing, by the ids of the page."""

    levels: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    on: dict[str, bool] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The frame as JSON has it."""
        return {"levels": self.levels, "words": self.words, "on": self.on}


def level(celsius: float) -> int:
    """The colour of a temperature, in steps of three degrees; 9 begins at 38 °C, which is hot.

    >>> level(5.0), level(37.9), level(38.0), level(60.0)
    (0, 8, 9, 11)
    """
    return max(0, min(LEVELS - 1, int((celsius - _COLDEST) // _WIDTH)))


def frame(
    homes: tuple[LivingHome, LivingHome],
    pictures: tuple[Picture, Picture],
    zone: tzinfo,
    t: Translator,
) -> Frame:
    """The moment in which two homes stand, said in one language."""
    made = Frame()
    for side, home, picture in zip(SIDES, homes, pictures, strict=True):
        _pipes(made, side, home, picture)
        _parts(made, side, home, t)
        _figures(made, side, home, t)
    made.words["clock"] = clock_words(homes[1].now, zone, t)
    for number, tap in enumerate(homes[1].plumbing.taps):
        made.on[f"hand{number}"] = homes[1].in_hand(tap)
    extra = homes[1].tally.heat_kwh - homes[0].tally.heat_kwh
    made.words["ruled-heat-extra"] = t("hotwater.figure.extra", kwh=f"{extra:+.2f}")
    return made


def clock_words(now: int, zone: tzinfo, t: Translator) -> str:
    """The day and the time on the wall.

    >>> from zoneinfo import ZoneInfo
    >>> clock_words(0, ZoneInfo("UTC"), Translator("en"))
    'Thu 00:00:00'
    """
    wall = datetime.fromtimestamp(now, zone)
    return f"{t(f'hotwater.day.{wall.weekday()}')} {wall:%H:%M:%S}"


def wait_words(served: Served | None, t: Translator) -> str:
    """How the latest draw was served."""
    if served is None:
        return t("hotwater.wait.none")
    seconds = f"{served.wait_seconds:.0f}"
    return t("hotwater.wait.came" if served.came else "hotwater.wait.never", seconds=seconds)


def _degrees(celsius: float) -> str:
    return f"{celsius:.0f}°"


def _pipes(made: Frame, side: str, home: LivingHome, picture: Picture) -> None:
    plant, plumbing = home.plant, home.plumbing
    circulating, flows = home.circulating, home.flows
    mains = level(plumbing.mains_celsius)
    counts = Counter(piece.id.rpartition("-")[0] for piece in picture.pieces)
    sources: dict[str, Callable[[int], float]] = {}
    if plant.trunk is not None:
        sources["trunk"] = _sampler(plant.trunk, counts["trunk"])
    for number, tap in enumerate(plumbing.taps):
        sources[f"hot{number}"] = _sampler(plant.hot[tap], counts[f"hot{number}"])
        if tap in plant.back:
            back = "back" if plumbing.layout == "return-pipe" else f"back{number}"
            if back not in sources or circulating == tap:
                sources[back] = _sampler(plant.back[tap], counts[back])
        for place, share in enumerate((0.12, 0.5, 0.84)):
            pipe = plumbing.branches[number].hot
            celsius = plant.hot[tap].celsius_before_end((1 - share) * pipe.metres)
            made.words[f"{side}-hot{number}-label{place}"] = _degrees(celsius)
    for piece in picture.pieces:
        name, _, position = piece.id.rpartition("-")
        shown = mains if name == "mains" else NO_LEVEL
        if name in sources:
            shown = level(sources[name](int(position)))
        elif name == "stub":
            shown = level(plant.hot[plumbing.taps[0]].near_celsius)
        elif name == "inlet":
            pumped = circulating is not None and not flows and plumbing.layout != "drain"
            shown = level(plant.returning_celsius) if pumped else mains
        elif name == "back" and circulating is not None:
            shown = level(plant.returning_celsius)
        elif name.startswith("link") and circulating == plumbing.taps[int(name[4:])]:
            shown = level(plant.leaving[circulating])
        made.levels[f"{side}-{piece.id}"] = shown
    for run in picture.runs:
        made.on[f"{side}-{run.id}-flow"] = _runs(run.id, home)


def _runs(name: str, home: LivingHome) -> bool:
    """Whether water runs through a pipe."""
    taps, circulating, flows = home.plumbing.taps, home.circulating, home.flows
    drained = home.plumbing.layout == "drain"
    if name in ("trunk", "stub", "inlet"):
        return bool(flows) or circulating is not None
    if name == "back":
        return circulating is not None
    if name == "mains":
        return bool(flows) or (circulating is not None and drained)
    tap = taps[int(name[-1])]
    return circulating == tap or (name.startswith("hot") and tap in flows)


def _sampler(flow: PlugFlow, pieces: int) -> Callable[[int], float]:
    """The water in the middle of each piece of a pipe, counted from where it enters."""
    metres = flow.pipe.metres

    def sample(place: int) -> float:
        return flow.celsius_before_end(metres * (1 - (place + 0.5) / pieces))

    return sample


def _parts(made: Frame, side: str, home: LivingHome, t: Translator) -> None:
    plant, plumbing = home.plant, home.plumbing
    circulating, flows = home.circulating, home.flows
    runs = circulating is not None
    made.on[f"{side}-heater"] = plant.burning
    made.on[f"{side}-pump"] = runs and plumbing.layout != "drain"
    doing = [t("hotwater.heater.on" if plant.burning else "hotwater.heater.off")]
    bare = side == SIDES[0]
    if plumbing.layout != "drain" and not bare:
        doing.append(t("hotwater.pump.on" if runs else "hotwater.pump.off"))
    opened = [tap for tap in plumbing.taps if home.valve_open(tap)]
    if plumbing.layout != "return-pipe" and not bare:
        doing.append(t("hotwater.valve.on", tap=opened[0]) if opened else t("hotwater.valve.off"))
    made.words[f"{side}-doing"] = " · ".join(doing)
    made.words[f"{side}-phase"] = t(f"hotwater.phase.{home.state.phase.value}")
    for number, tap in enumerate(plumbing.taps):
        made.on[f"{side}-valve{number}"] = tap in opened
        made.on[f"{side}-drain{number}"] = tap in opened and plumbing.layout == "drain"
        made.on[f"{side}-tap{number}"] = tap in flows
        celsius = plant.leaving[tap] if tap in flows else plant.tap_celsius(tap)
        made.levels[f"{side}-tap{number}"] = level(celsius)
        made.words[f"{side}-tap{number}-celsius"] = _degrees(celsius)


def _figures(made: Frame, side: str, home: LivingHome, t: Translator) -> None:
    tally = home.tally
    open_now = [one for tap in home.plumbing.taps if (one := home.waiting(tap)) is not None]
    cold = [waited for waited, came in open_now if not came]
    if cold:
        words = t("hotwater.wait.now", seconds=max(cold))
    elif open_now:
        words = t("hotwater.wait.came", seconds=max(waited for waited, _ in open_now))
    else:
        words = wait_words(home.last, t)
    made.words[f"{side}-wait"] = words
    made.on[f"{side}-wait"] = bool(cold)
    made.words[f"{side}-quick"] = t("hotwater.figure.quick", quick=tally.quick, draws=tally.draws)
    made.words[f"{side}-heat"] = f"{tally.heat_kwh:.2f} kWh"
    made.words[f"{side}-pumped"] = f"{1000 * tally.pump_kwh:.0f} Wh"
    made.words[f"{side}-starts"] = f"{tally.starts}"
    made.words[f"{side}-cold"] = f"{tally.cold_litres:.0f} L"
    made.words[f"{side}-said"] = _said(home.told[-1], t) if home.told else ""


def _said(told: Told, t: Translator) -> str:
    known = f"hotwater.tap.{told.notice.subject}"
    subject = t(known) if known in t.sentences else told.notice.subject
    return sentence(replace(told.notice, subject=subject), t.language)
