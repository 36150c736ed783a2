"""The addresses of the hot-water room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.responses import JSONResponse, RedirectResponse, Response

from gezhi.errors import ParameterError
from gezhi.home.plumbing_file import HomeFile, read_home
from gezhi.studio import pages
from gezhi.studio.hotwater import comparisons, example, house, scenes
from gezhi.studio.hotwater.comparisons import ROOM, Comparisons, curve, files_of
from gezhi.studio.hotwater.frames import LEVELS, SIDES
from gezhi.studio.hotwater.live import SPEEDS, Session
from gezhi.studio.hotwater.picture import WIDTH
from gezhi.studio.hotwater.scenes import Scene, home_of, scene_of
from gezhi.studio.house_events import there
from gezhi.studio.i18n import Translator
from gezhi.studio.sessions import Full, Sessions
from gezhi.studio.uploads import read_form

__all__ = [
    "change_scene",
    "hold",
    "let_pass",
    "prepare",
    "preview",
    "request_water",
    "room",
    "router",
    "set_speed",
    "step",
    "stop",
]

router = APIRouter()
router.include_router(comparisons.router)
router.include_router(house.router)
_PASSING_SECONDS = 600
_SAMPLE_HOME = """[plumbing]
layout = "cold-return"
zone = "Europe/Berlin"
supply_celsius = 45
pump_litres_per_minute = 6
trunk = { material = "dn25", metres = 4 }
branches = [
    { tap = "bath", material = "dn20", metres = 9 },
    { tap = "kitchen", material = "dn20-foam", metres = 5 },
]

[tariffs]
heat_per_kwh = 0.10"""
_SAMPLE_LOG = """time,tap,flow_l_min,seconds
2026-01-05T06:45:00,bath,5.2,420
2026-01-05T07:10:30,kitchen,2.5,20"""
_first_lock, _begin_lock = threading.Lock(), threading.Lock()


def prepare(state: State) -> None:
    """Make what the room keeps while the studio runs."""
    living: Sessions[Session] = Sessions()
    state.living = living
    state.comparisons = Comparisons()


@cache
def _first() -> Session:
    """The worked example, as everybody sees it first; nobody ever lives in this one."""
    return Session.of(scene_of("reference", home_of("reference")))


def _first_session() -> Session:
    with _first_lock:  # made once, however many ask at the same time
        return _first()


def preview(language: str) -> dict[str, Any]:
    """The worked example on the room's card."""
    first = _first_session()
    return {
        "side": SIDES[1],
        "picture": first.pictures[1],
        "width": WIDTH,
        "frame": first.frame(Translator(language)),
        "plumbing": first.scene.plumbing,
    }


@router.get("")
def room(request: Request) -> Response:
    """The room: this browser's homes, or the worked example."""
    session = _living(request).get(pages.visitor_of(request)) or _first_session()
    t = Translator(pages.language_of(request))
    stored = example.load()
    settings = request.app.state.settings
    kept: Comparisons = request.app.state.comparisons
    return pages.render(
        request,
        "hotwater/room.html",
        session=session,
        scene=session.scene,
        pictures=session.pictures,
        frame=session.frame(t),
        width=WIDTH,
        sides=SIDES,
        levels=LEVELS,
        speeds=SPEEDS,
        scenes=scenes,
        bridge=there(settings.bridge_folder),
        made=stored["made"],
        result=stored["result"],
        curve=curve(stored["result"]["policies"], t),
        homes=files_of(request, "home"),
        logs=files_of(request, "log"),
        chosen=request.query_params.get("file", ""),
        comparisons=kept.of(pages.visitor_of(request)),
        days_offered=comparisons.DAYS_OFFERED,
        limit_bytes=min(settings.upload_limit_bytes, comparisons.LIMIT_BYTES),
        suffixes=comparisons.SUFFIXES,
        sample_home=_SAMPLE_HOME,
        sample_log=_SAMPLE_LOG,
    )


def _living(request: Request) -> Sessions[Session]:
    living: Sessions[Session] = request.app.state.living
    return living


def _home(request: Request, name: str) -> tuple[str, HomeFile]:
    """The home of a name: one of the room's, or a file of this browser; the reference otherwise."""
    for one in files_of(request, "home"):
        if one.id == name:
            return name, read_home(one.path)
    known = name if name in scenes.HOMES else "reference"
    return known, home_of(known)


def _scene(request: Request, home: str, layout: str, rule: str) -> Scene:
    name, found = _home(request, home)
    return scene_of(name, found, layout=layout, rule=rule)


def _session(request: Request) -> Session:
    """This browser's homes; the worked example for one that has none."""
    visitor, living = pages.visitor_of(request), _living(request)
    with _begin_lock:  # two requests of one page that come at once find one home
        known = living.get(visitor)
        scene = scene_of("reference", home_of("reference"))
        return known or living.start(visitor, Session.of(scene))


def _answer(request: Request, deed: Callable[[Session], None]) -> Response:
    """Do something in this browser's homes, and show how they stand then."""
    try:
        session = _session(request)
    except Full:
        return pages.message_page(request, "hotwater.full", status=503, here=ROOM)
    deed(session)
    if "application/json" not in request.headers.get("accept", ""):
        response: Response = RedirectResponse(ROOM, status_code=303)
    else:
        moment = session.frame(Translator(pages.language_of(request))).plain()
        response = JSONResponse(
            {**moment, "speed": session.speed, "pace": session.pace, "over": session.over}
        )
    pages.remember(request, response)
    return response


async def _asked(request: Request, deed: Callable[[Session, str], None]) -> Response:
    """The same, with what the form's button says."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    said = str(form.get("do", ""))
    return await run_in_threadpool(_answer, request, lambda session: deed(session, said))


@router.post("/live/step")
def step(request: Request) -> Response:
    """Live on, as far as the clock has come."""
    return _answer(request, Session.advance)


@router.post("/live/pass")
def let_pass(request: Request) -> Response:
    """Live on for ten minutes at once; for pages without a script."""
    return _answer(request, lambda session: session.let_pass(_PASSING_SECONDS))


@router.post("/live/speed")
async def set_speed(request: Request) -> Response:
    """Let the clock run at another speed."""

    def deed(session: Session, said: str) -> None:
        session.set_speed(int(said) if said.isascii() and said.isdigit() and len(said) < 5 else -1)

    return await _asked(request, deed)


@router.post("/live/tap")
async def hold(request: Request) -> Response:
    """Open or close a tap: ``open:0``, ``close:0``."""

    def deed(session: Session, said: str) -> None:
        verb, _, number = said.partition(":")
        if verb not in ("open", "close"):
            raise ParameterError(f"a tap is opened or closed, not {said!r}")
        session.hold(_tap(session, number), opened=verb == "open")

    return await _asked(request, deed)


@router.post("/live/request")
async def request_water(request: Request) -> Response:
    """Ask for hot water at a tap: its number."""
    return await _asked(request, lambda session, said: session.request(_tap(session, said)))


@router.post("/live/stop")
def stop(request: Request) -> Response:
    """Switch everything off."""
    return _answer(request, Session.stop)


def _tap(session: Session, number: str) -> str:
    taps = session.scene.plumbing.taps
    if number.isascii() and number.isdigit() and len(number) < 3 and int(number) < len(taps):
        return taps[int(number)]
    raise ParameterError(f"there is no tap {number!r}; the home has {len(taps)}, counted from 0")


@router.post("/live/scene")
async def change_scene(request: Request) -> Response:
    """Begin anew in another home, with another layout or rule."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    home, layout, rule = (str(form.get(name, "")) for name in ("home", "layout", "rule"))

    def start() -> Response:
        scene = _scene(request, home, layout, rule)
        try:
            _living(request).start(pages.visitor_of(request), Session.of(scene))
        except Full:
            return pages.message_page(request, "hotwater.full", status=503, here=ROOM)
        response = RedirectResponse(f"{ROOM}#living", status_code=303)
        pages.remember(request, response)
        return response

    return await run_in_threadpool(start)
