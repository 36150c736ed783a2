"""The addresses of the stove room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, State
from starlette.responses import JSONResponse, RedirectResponse, Response

from gezhi.home.speech import LONGEST_CHARACTERS
from gezhi.home.stove_living import Fault, Flaw
from gezhi.home.types.stove import ALARMS
from gezhi.studio import pages
from gezhi.studio.house_events import there
from gezhi.studio.i18n import Translator
from gezhi.studio.sessions import Full, Sessions
from gezhi.studio.stove import house, verification
from gezhi.studio.stove.frames import frame
from gezhi.studio.stove.live import SPEEDS, Session
from gezhi.studio.stove.orders import EXAMPLES
from gezhi.studio.stove.words import burner_name
from gezhi.studio.uploads import read_form

__all__ = [
    "ROOM",
    "break_burner",
    "break_house",
    "let_pass",
    "order",
    "prepare",
    "preview",
    "restart",
    "room",
    "router",
    "say",
    "sense",
    "set_speed",
    "step",
    "turn",
]

ROOM = "/stove"
_MESSAGES = ("on", "late", "twice", "retained")
_PASSING_SECONDS = 60.0
_LONGEST_MINUTES = 6

router = APIRouter()
router.include_router(house.router)
router.include_router(verification.router)
_first_lock = threading.Lock()


def prepare(state: State) -> None:
    """Make what the room keeps while the studio runs."""
    state.stoves = Sessions[Session]()
    state.verifications = verification.Verifications()


@cache
def _first() -> Session:
    """The worked example, as everybody sees it first; nobody ever lives in this one."""
    return Session()


def _first_session() -> Session:
    with _first_lock:  # made once, however many ask at the same time
        return _first()


def preview(language: str) -> dict[str, Any]:
    """The worked example on the room's card: the burner that is lit."""
    return {"frame": frame(_first_session(), Translator(language))}


def _stoves(request: Request) -> Sessions[Session]:
    stoves: Sessions[Session] = request.app.state.stoves
    return stoves


@router.get("")
def room(request: Request) -> Response:
    """The room: this browser's stove, or the worked example."""
    session = _stoves(request).get(pages.visitor_of(request)) or _first_session()
    t = Translator(pages.language_of(request))
    with session.lock:
        moment = frame(session, t)
    return pages.render(
        request,
        "stove/room.html",
        session=session,
        frame=moment,
        names=[burner_name(one, t) for one in session.burners],
        speeds=SPEEDS,
        faults=[one.value for one in Fault],
        flaws=[one.value for one in Flaw],
        alarms=ALARMS,
        messages=_MESSAGES,
        examples=EXAMPLES,
        longest=LONGEST_CHARACTERS,
        bridge=there(request.app.state.settings.bridge_folder),
        **verification.shown(request),
    )


def _session(request: Request) -> Session:
    """This browser's stove; the worked example for one that has none."""
    visitor, stoves = pages.visitor_of(request), _stoves(request)
    return stoves.get(visitor) or stoves.start(visitor, Session())


def _answer(request: Request, deed: Callable[[Session], None]) -> Response:
    """Do something at this browser's stove, and show how it stands then."""
    try:
        session = _session(request)
    except Full:
        return pages.message_page(request, "stove.full", status=503, here=ROOM)
    with session.lock:
        deed(session)
        if "application/json" not in request.headers.get("accept", ""):
            response: Response = RedirectResponse(f"{ROOM}#living", status_code=303)
        else:
            moment = frame(session, Translator(pages.language_of(request))).plain()
            response = JSONResponse({**moment, "speed": session.speed, "pace": session.pace})
    pages.remember(request, response)
    return response


async def _asked(request: Request, deed: Callable[[Session, FormData], None]) -> Response:
    """The same, with what the form says."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    return await run_in_threadpool(_answer, request, lambda session: deed(session, form))


def _do(form: FormData) -> str:
    return str(form.get("do", ""))


def _burner(session: Session, number: str) -> str:
    """The burner of a number; any other word is what the library has to refuse."""
    names = session.burners
    known = number.isascii() and number.isdigit() and len(number) < 3 and int(number) < len(names)
    return names[int(number)] if known else number


@router.post("/live/step")
def step(request: Request) -> Response:
    """Live on, as far as the clock has come."""
    return _answer(request, Session.advance)


@router.post("/live/pass")
def let_pass(request: Request) -> Response:
    """Live on for a minute at once; for pages without a script."""
    return _answer(request, lambda session: session.let_pass(_PASSING_SECONDS))


@router.post("/live/restart")
def restart(request: Request) -> Response:
    """Begin anew with the worked example."""
    visitor = pages.visitor_of(request)
    try:
        _stoves(request).start(visitor, Session())
    except Full:
        return pages.message_page(request, "stove.full", status=503, here=ROOM)
    return _answer(request, Session.advance)


@router.post("/live/speed")
async def set_speed(request: Request) -> Response:
    """Let the clock run at another speed."""

    def deed(session: Session, form: FormData) -> None:
        said = _do(form)
        session.set_speed(int(said) if said.isascii() and said.isdigit() and len(said) < 5 else -1)

    return await _asked(request, deed)


@router.post("/live/hand")
async def turn(request: Request) -> Response:
    """Move a knob: ``press:0``, ``release:0``, ``hold:0``, ``off:0``."""

    def deed(session: Session, form: FormData) -> None:
        verb, _, number = _do(form).partition(":")
        session.turn(_burner(session, number), verb)

    return await _asked(request, deed)


@router.post("/live/house")
async def break_house(request: Request) -> Response:
    """Take hub, network, broker or power away, or bring it back."""
    return await _asked(request, lambda session, form: session.break_house(_do(form)))


@router.post("/live/burner")
async def break_burner(request: Request) -> Response:
    """Let something at a burner fail, or mend it: ``contact-open:0``."""

    def deed(session: Session, form: FormData) -> None:
        flaw, _, number = _do(form).partition(":")
        session.break_burner(_burner(session, number), flaw)

    return await _asked(request, deed)


@router.post("/live/sense")
async def sense(request: Request) -> Response:
    """Let the house notice something, or press the button at the stove."""
    return await _asked(request, lambda session, form: session.sense(_do(form)))


@router.post("/live/order")
async def order(request: Request) -> Response:
    """Ask the hub for something by a button: ``off:0``, ``plan:1`` with ``minutes``."""

    def deed(session: Session, form: FormData) -> None:
        verb, _, number = _do(form).partition(":")
        session.order(verb, _burner(session, number), _minutes(str(form.get("minutes", ""))))

    return await _asked(request, deed)


def _minutes(said: str) -> float:
    """The minutes of a form; what is no number is none, which the hub refuses."""
    try:
        return float(said) if len(said) <= _LONGEST_MINUTES else 0.0
    except ValueError:
        return 0.0


@router.post("/live/say")
async def say(request: Request) -> Response:
    """Say something to the stove."""
    return await _asked(request, lambda session, form: session.say(str(form.get("text", ""))))
