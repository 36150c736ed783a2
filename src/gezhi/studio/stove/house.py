"""The real stove: what the bridge on this computer says of it, and the commands that it obeys.

What is not known of a flame is shown as unknown; nothing here stands for what nobody has seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ask
from gezhi.home.bridge.store import StoredEvent
from gezhi.home.speech import LONGEST_CHARACTERS
from gezhi.home.stove_notices import SENTENCES, sentence
from gezhi.home.types import Notice
from gezhi.studio import pages
from gezhi.studio.house_events import (
    PATIENCE_SECONDS,
    Line,
    events,
    folder_of,
    hand_over,
    plain_words,
    there,
)
from gezhi.studio.i18n import Translator
from gezhi.studio.stove.words import burner_name, duration
from gezhi.studio.uploads import read_form

__all__ = ["DEEDS", "ROOM", "RealBurner", "RealStove", "command", "look", "router", "show", "state"]

ROOM = "/stove/house"
DEEDS = ("off", "plan", "extend", "cancel", "lock", "reset", "say")
_SYSTEM = "stove"
_EXTENDED_MINUTES = 5

router = APIRouter()


@dataclass(frozen=True, slots=True)
class RealBurner:
    """One burner as the bridge knows it.

    Attributes:
        name: as the bridge calls it.
        shown: as people call it.
        flame: "on", "off" or "unknown".
        millivolts: of its thermocouple, where that is measured.
        cutting: whether a cut is under way.
        remaining: until the next planned cut, or "".
        timers: how many are set.
        node: whether the relay's own node keeps a copy of the plan.
        fault: in words, or "".
    """

    name: str
    shown: str
    flame: str
    millivolts: float | None
    cutting: bool
    remaining: str
    timers: int
    node: bool
    fault: str


@dataclass(frozen=True, slots=True)
class RealStove:
    """What is known of the real stove.

    Attributes:
        trouble: why the bridge cannot be asked; empty when it answers.
        status: of the bridge, as it says it.
        system: of the stove alone; empty when the bridge drives none.
        burners: its burners.
        lines: what happened last, newest first.
    """

    trouble: str
    status: Mapping[str, Any] = field(default_factory=dict)
    system: Mapping[str, Any] = field(default_factory=dict)
    burners: tuple[RealBurner, ...] = ()
    lines: tuple[Line, ...] = ()


def look(folder: Path | None, t: Translator) -> RealStove:
    """Ask the bridge how things stand, and its store what has happened."""
    if folder is None or not there(folder):
        return RealStove(t("stove.house.none"))
    lines = events(folder, (_SYSTEM, "bridge"), lambda one: _words(one, t))
    try:
        status = ask(folder, {"do": "status"}, timeout=PATIENCE_SECONDS)
    except InputError as error:
        return RealStove(str(error), lines=lines)
    system = status.get("systems", {}).get(_SYSTEM, {})
    burners = tuple(_burner(name, shown, t) for name, shown in system.get("burners", {}).items())
    return RealStove("", status, system, burners, lines)


def _burner(name: str, shown: Mapping[str, Any], t: Translator) -> RealBurner:
    flame, remaining = shown["flame"], shown["remaining_seconds"]
    called = burner_name(name, t)
    return RealBurner(
        name=name,
        shown=called,
        flame="unknown" if flame is None else "on" if flame else "off",
        millivolts=shown["millivolts"],
        cutting=shown["cutting"],
        remaining="" if remaining is None else duration(remaining),
        timers=shown["timers"],
        node=shown["timer_in"] == "node",
        fault=sentence(Notice(shown["fault"], called), t.language) if shown["fault"] else "",
    )


def _words(event: StoredEvent, t: Translator) -> str:
    detail = event.detail
    if event.kind == "notice" and detail.get("code") in SENTENCES:
        notice = Notice(detail["code"], str(detail.get("subject", "")), detail.get("value"))
        notice = replace(notice, subject=burner_name(notice.subject, t))
        return sentence(notice, t.language)
    if event.kind.startswith("command:"):
        return t(
            "stove.event.command",
            verb=event.kind.removeprefix("command:"),
            burner=burner_name(str(detail.get("burner", "")), t),
            source=str(detail.get("source", "?")),
        )
    return plain_words(event, t)


def _context(request: Request) -> dict[str, Any]:
    t = Translator(pages.language_of(request))
    return {
        "stove": look(folder_of(request), t),
        "said": "",
        "refused": False,
        "oob": False,
        "longest": LONGEST_CHARACTERS,
    }


@router.get("/house")
def show(request: Request) -> Response:
    """The page of the real stove."""
    return pages.render(request, "stove/house.html", here=ROOM, **_context(request))


@router.get("/house/state")
def state(request: Request) -> Response:
    """The piece of it that changes."""
    return pages.render(request, "stove/_house.html", **_context(request))


@router.post("/house/command")
async def command(request: Request) -> Response:
    """Hand a command over to the bridge, and say what it answered."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    verb, _, subject = str(form.get("do", "")).partition(":")
    folder = folder_of(request)
    if verb not in DEEDS or folder is None:
        return pages.message_page(request, "error.bad_form", status=400, here=ROOM)
    answer = await hand_over(folder, _order(verb, subject, form))
    accepted, piece = bool(answer.get("accepted")), pages.wants_fragment(request)
    if accepted and not piece:
        return RedirectResponse(ROOM, status_code=303)
    t = Translator(pages.language_of(request))
    said = t("stove.house.done" if accepted else "stove.house.refused")
    context = await run_in_threadpool(_context, request)
    context["said"] = f"{said} {_reason(answer, t)}".strip()
    context["refused"], context["oob"] = not accepted, piece
    template = "stove/_house.html" if piece else "stove/house.html"
    return pages.render(request, template, here=ROOM, **context)


def _reason(answer: Mapping[str, Any], t: Translator) -> str:
    """Why the bridge refused: a notice of the stove as a sentence, anything else as it says it."""
    reason = str(answer.get("reason", "")).removeprefix("invalid: ")
    return sentence(Notice(reason), t.language) if reason in SENTENCES else reason


def _order(verb: str, subject: str, form: FormData) -> dict[str, Any]:
    """The command as the bridge reads it; a wrong number is its to refuse."""
    order: dict[str, Any] = {"do": "command", "system": _SYSTEM, "command": verb}
    if verb == "lock":
        return {**order, "on": subject == "on"}
    if verb == "say":
        return {**order, "text": str(form.get("text", ""))[: LONGEST_CHARACTERS + 1]}
    order["burner"] = subject
    if verb == "extend":
        order["minutes"] = _EXTENDED_MINUTES
    elif verb == "plan":
        minutes = str(form.get("minutes", ""))
        try:
            order["minutes"] = float(minutes)
        except ValueError:
            order["minutes"] = minutes
    return order
