"""The real house: what the bridge on this computer says, and the buttons that it obeys.

The bridge is another program (``gezhi home serve``). It is asked over its loopback socket, whose
address and token lie beside its store; what has happened is read from the store itself, which can
be looked at while the bridge is down.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from gezhi.errors import InputError
from gezhi.home.bridge.loopback import ask
from gezhi.home.bridge.service import STORE_FILE
from gezhi.home.bridge.store import Store, StoredEvent
from gezhi.home.notices import SENTENCES, sentence
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
from gezhi.studio.uploads import read_form

__all__ = ["ROOM", "House", "command", "look", "router", "show", "state"]

ROOM = "/hotwater/house"
_SYSTEM = "hotwater"
_DEEDS = ("request", "stop", "reset", "absence")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class House:
    """What is known of the real house.

    Attributes:
        trouble: why the bridge cannot be asked; empty when it answers.
        status: of the bridge, as it says it.
        system: of the hot water alone; empty when the bridge drives none.
        taps: that hot water can be asked for.
        readings: of the sensors, by name, in words.
        lines: what happened last, newest first.
    """

    trouble: str
    status: Mapping[str, Any] = field(default_factory=dict)
    system: Mapping[str, Any] = field(default_factory=dict)
    taps: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()


def look(folder: Path | None, t: Translator) -> House:
    """Ask the bridge how things stand, and its store what has happened."""
    if folder is None or not there(folder):
        return House(t("hotwater.house.none"))
    lines = events(folder, (_SYSTEM, "bridge"), lambda event: _words(event, t))
    settings = _settings(folder)
    taps = tuple(str(one["name"]) for one in settings.get("taps", ()))
    try:
        status = ask(folder, {"do": "status"}, timeout=PATIENCE_SECONDS)
    except InputError as error:
        return House(str(error), taps=taps, lines=lines)
    system = status.get("systems", {}).get(_SYSTEM, {})
    switch = settings.get("return_sensor") == "switch"
    readings = tuple(
        (name, _reading(name, value, t, switch=switch and name == "return"))
        for name, value in system.get("readings", {}).items()
    )
    return House("", status, system, taps if system else (), readings, lines)


def _reading(name: str, value: float | None, t: Translator, *, switch: bool) -> str:
    if value is None:
        return t("hotwater.house.unusable")
    if switch:
        return t("hotwater.house.warm" if value else "hotwater.house.cold")
    return f"{value:.1f} {'L/min' if name == 'flow' else '°C'}"


def _settings(folder: Path) -> Mapping[str, Any]:
    """The settings of the controller that was kept; empty where none can be read."""
    try:
        with closing(Store(folder / STORE_FILE, read_only=True)) as store:
            kept = store.load(_SYSTEM)
    except InputError:
        return {}
    return kept.state["settings"] if kept is not None else {}


def _words(event: StoredEvent, t: Translator) -> str:
    detail = event.detail
    if event.kind == "notice" and detail.get("code") in SENTENCES:
        notice = Notice(detail["code"], str(detail.get("subject", "")), detail.get("value"))
        return sentence(notice, t.language)
    if event.kind == "draw":
        seconds, rate = f"{detail['seconds']:.0f}", f"{detail['litres_per_minute']:.1f}"
        return t("hotwater.event.draw", tap=detail["tap"] or "?", seconds=seconds, rate=rate)
    if event.kind.startswith("command:"):
        source = str(detail.get("source", "?"))
        verb = event.kind.removeprefix("command:")
        return t("hotwater.event.command", verb=verb, tap=detail.get("tap", ""), source=source)
    if event.kind == "cue":
        return t("hotwater.event.cue", tap=detail.get("cue", "?"))
    return plain_words(event, t)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _context(request: Request) -> dict[str, Any]:
    t = Translator(pages.language_of(request))
    return {"house": look(folder_of(request), t), "said": "", "refused": False, "oob": False}


@router.get("/house")
def show(request: Request) -> Response:
    """The page of the real house."""
    return pages.render(request, "hotwater/house.html", here=ROOM, **_context(request))


@router.get("/house/state")
def state(request: Request) -> Response:
    """The piece of it that changes; or all that is known, to whoever asks for JSON."""
    if _wants_json(request):
        return JSONResponse(
            asdict(look(folder_of(request), Translator(pages.language_of(request))))
        )
    return pages.render(request, "hotwater/_house.html", **_context(request))


@router.post("/house/command")
async def command(request: Request) -> Response:
    """Hand a command over to the bridge, and say what it answered; in JSON where that is asked."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    verb, _, tap = str(form.get("do", "")).partition(":")
    folder = folder_of(request)
    if verb not in _DEEDS or folder is None:
        return pages.message_page(request, "error.bad_form", status=400, here=ROOM)
    order: dict[str, Any] = {"do": "command", "system": _SYSTEM, "command": verb}
    if verb == "request":
        order["tap"] = tap
    if verb == "absence":
        order["on"] = tap == "on"
    try:
        answer = await hand_over(folder, order)
    except InputError as error:
        if _wants_json(request):
            return JSONResponse({"accepted": False, "reason": str(error)}, status_code=503)
        raise
    if _wants_json(request):
        return JSONResponse(answer)
    if answer.get("accepted") and not pages.wants_fragment(request):
        return RedirectResponse(ROOM, status_code=303)
    t = Translator(pages.language_of(request))
    said = t("hotwater.house.done" if answer.get("accepted") else "hotwater.house.refused")
    context = await run_in_threadpool(_context, request)
    context["said"] = f"{said} {answer.get('reason', '')}".strip()
    context["refused"] = not answer.get("accepted")
    context["oob"] = pages.wants_fragment(request)
    template = "hotwater/_house.html" if context["oob"] else "hotwater/house.html"
    return pages.render(request, template, here=ROOM, **context)
