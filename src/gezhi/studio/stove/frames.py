"""What the page shows of the stove at one moment: words, what runs, how hot, and pieces of page.

A frame is plain mappings from ids in the page: `words` (text), `states` (one of a few words, for
the drawing) and `pieces` (markup that was rendered here). The page's script puts them in place and
knows nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gezhi.home import stove_burner
from gezhi.home.stove_living import Fault, Flaw, LivingStove, Told
from gezhi.home.stove_notices import sentence
from gezhi.home.types import Notice
from gezhi.home.types.stove import ALARMS, ALL
from gezhi.studio import pages
from gezhi.studio.i18n import Translator
from gezhi.studio.stove.live import Session
from gezhi.studio.stove.orders import Said, wall
from gezhi.studio.stove.words import burner_name, duration

__all__ = ["LEVELS", "Frame", "clock_words", "frame", "level", "told"]

LEVELS = 10
"""Steps of heat at the thermocouple's tip."""

_HOTTEST_MILLIVOLTS = 25.0
_CURRENT_MILLIVOLTS = 1.0
_SHOWN = 40


@dataclass(slots=True)
class Frame:
    """One moment, by the ids of the page."""

    words: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The frame as JSON has it."""
        return {"words": self.words, "states": self.states, "pieces": self.pieces}


def level(millivolts: float) -> int:
    """How hot the thermocouple's tip is drawn.

    >>> level(0.0), level(12.5), level(25.0)
    (0, 5, 9)
    """
    return max(0, min(LEVELS - 1, int(LEVELS * millivolts / _HOTTEST_MILLIVOLTS)))


def clock_words(now: float) -> str:
    """The stove's clock.

    >>> clock_words(18.5 * 3600)
    '18:30:00'
    """
    return f"{wall(now):%H:%M:%S}"


def told(one: Told, t: Translator) -> str:
    """What happened, in words: of the hub as it says it, of the rest in the room's own."""
    notice = one.notice
    subject = burner_name(notice.subject, t)
    if one.who == "hub":
        return sentence(replace(notice, subject=subject), t.language)
    value = "" if notice.value is None else f"{notice.value:.1f}"
    gone = t(f"stove.gone.{notice.subject}") if notice.code == "unheard" else subject
    if notice.code.startswith("alarm-"):
        gone = t(f"stove.sense.{notice.subject}")
    return t(f"stove.told.{notice.code}", subject=gone, value=value)


def frame(session: Session, t: Translator) -> Frame:
    """The moment in which a session stands, said in one language."""
    made = Frame()
    stove = session.stove
    made.words["clock"] = clock_words(stove.now)
    for place, name in enumerate(stove.valves):
        _burner(made, f"b{place}", stove, name, t)
        made.words[f"b{place}-reply"] = _reply(session.said, name, t)
    _house(made, stove, t)
    lines = [
        {"at": clock_words(one.at), "who": one.who, "words": told(one, t), "bad": _bad(one)}
        for one in reversed(stove.told)
    ][:_SHOWN]
    hub = [told(one, t) for one in stove.told if one.who == "hub"]
    made.words["heard"] = hub[-1] if hub else ""
    made.pieces["log"] = pages.fragment(t.language, "stove/_log.html", lines=lines)
    made.pieces["answer"] = pages.fragment(t.language, "stove/_answer.html", **_said(session, t))
    for place, name in enumerate(stove.valves):
        made.words[f"b{place}-plans"] = _plans(stove, name, t)
    return made


def _bad(one: Told) -> bool:
    """Whether a line asks for a person."""
    code = one.notice.code
    return code in ("flame-after-cut", "relay-stuck", "relay-silent", "cannot-hold", "late")


def _burner(made: Frame, id: str, stove: LivingStove, name: str, t: Translator) -> None:
    here, built = stove.valves[name], stove.closed(name)
    energised = stove.energised(name)
    current = built and here.millivolts > _CURRENT_MILLIVOLTS
    made.states |= {
        f"{id}-flame": _on(here.flame),
        f"{id}-tip": str(level(here.millivolts)),
        f"{id}-current": _on(current),
        f"{id}-contact": "closed" if built else "open",
        f"{id}-coil": _on(energised),
        f"{id}-magnet": _on(current and here.seated),
        f"{id}-armature": "held" if here.seated else "fallen",
        f"{id}-gas": _on(here.flame or here.knob == "pressed"),
        f"{id}-knob": here.knob,
        f"{id}-fault": _on(bool(stove.hub.burner(name).fault)),
    }
    if (name, Flaw.CONTACT_CLOSED) in stove.flaws:
        relay = "welded"
    elif (name, Flaw.CONTACT_OPEN) in stove.flaws:
        relay = "stuck"
    else:
        relay = "energised" if energised else "rest"
    if here.knob == "pressed":
        gas = "hand"
    elif here.seated and here.knob == "on":
        gas = "magnet"
    else:
        gas = "fallen" if current else "shut"
    measured = stove.measured(name)
    made.words |= {
        f"{id}-seen": t(f"stove.seen.{'flame' if here.flame else 'none'}"),
        f"{id}-known": _known(stove, name, t),
        f"{id}-mv": f"{here.millivolts:.1f} mV",
        f"{id}-measured": t("stove.silent") if measured is None else f"{measured:.1f} mV",
        f"{id}-relay": t(f"stove.relay.{relay}"),
        f"{id}-valve": t(f"stove.valve.{gas}"),
        f"{id}-hubtimer": _hub_timer(stove, name, t),
        f"{id}-nodetimer": _node_timer(stove, name, t),
        f"{id}-faultwords": _fault(stove, name, t),
    }
    for flaw in Flaw:
        made.states[f"{id}-{flaw.value}"] = _on((name, flaw) in stove.flaws)


def _known(stove: LivingStove, name: str, t: Translator) -> str:
    """What the hub says of the flame; unknown is said to be unknown."""
    if not stove.hub_lives:
        return t("stove.known.gone")
    flame = stove.hub.burner(name).flame
    return t(f"stove.known.{'unknown' if flame is None else 'on' if flame else 'off'}")


def _plans(stove: LivingStove, name: str, t: Translator) -> str:
    """Everything that will cut a burner by itself: when, and why."""
    if not stove.hub_lives:
        return ""
    due = stove_burner.dues(stove.hub, stove.hub.burner(name))
    return " · ".join(f"{clock_words(at)} {t(f'stove.due.{why}')}" for at, why in due)


def _hub_timer(stove: LivingStove, name: str, t: Translator) -> str:
    if not stove.hub_lives:
        return t("stove.known.gone")
    here = stove.hub.burner(name)
    if here.cutting is not None:
        return t(f"stove.cutting.{here.cutting.phase.value}")
    at = stove_burner.planned(stove.hub, here)
    return t("stove.timer.none") if at is None else duration(at - stove.now)


def _node_timer(stove: LivingStove, name: str, t: Translator) -> str:
    if not stove.powered:
        return t("stove.timer.flash")
    remaining = stove.kept(name)
    return t("stove.timer.none") if remaining is None else duration(remaining)


def _fault(stove: LivingStove, name: str, t: Translator) -> str:
    fault = stove.hub.burner(name).fault
    return sentence(Notice(fault, burner_name(name, t)), t.language) if fault else ""


def _house(made: Frame, stove: LivingStove, t: Translator) -> None:
    for fault in Fault:
        made.states[f"fault-{fault.value}"] = _on(fault in stove.faults)
    for alarm in ALARMS:
        made.states[f"sense-{alarm}"] = _on(alarm in stove.alarms)
    made.states["sense-near"] = _on(not stove.near)
    made.states["sense-lock"] = _on(stove.hub.locked)
    made.states["hood"] = _on(stove.hood_runs)
    made.words["hood-words"] = t(f"stove.hood.{_on(stove.hood_runs)}")
    gone = sorted(f"stove.gone.{one.value}" for one in stove.faults)
    made.words["way-words"] = (
        t("stove.way.gone", what=", ".join(map(t, gone))) if gone else t("stove.way")
    )
    made.states["way"] = _on(not gone)


def _said(session: Session, t: Translator) -> Mapping[str, Any]:
    """What the answer's piece of page shows."""
    said: Said | None = session.said
    if said is None:
        return {"said": None}
    lines = [] if said.answer is None else [_notice(one, t) for one in said.answer.notices]
    status = ""
    if said.command is not None and said.command.action == "status":
        names = [said.command.burner] if said.command.burner != ALL else list(session.burners)
        status = " ".join(_status(session.stove, one, t) for one in names)
    return {"said": said, "lines": lines, "status": status}


def _reply(said: Said | None, burner: str, t: Translator) -> str:
    """What came of the button that was pressed last, if it was this burner's."""
    if said is None or said.burner != burner:
        return ""
    if said.answer is None or not said.answer.reached:
        return t("stove.answer.lights" if said.lights else "stove.answer.unheard")
    return " ".join(_notice(one, t) for one in said.answer.notices)


def _notice(one: Notice, t: Translator) -> str:
    return sentence(replace(one, subject=burner_name(one.subject, t)), t.language)


def _status(stove: LivingStove, name: str, t: Translator) -> str:
    return t(
        "stove.status",
        burner=burner_name(name, t),
        flame=_known(stove, name, t),
        timer=_hub_timer(stove, name, t),
    )


def _on(value: object) -> str:
    return "on" if value else "off"
