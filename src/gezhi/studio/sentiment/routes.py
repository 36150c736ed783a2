"""The addresses of the sentiment room."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gezhi.errors import GezhiError
from gezhi.studio import pages
from gezhi.studio.characters import shortened
from gezhi.studio.i18n import Translator
from gezhi.studio.sentiment import files, models
from gezhi.studio.sentiment.examples import EXAMPLES, find_example, gloss_of
from gezhi.studio.sentiment.judgements import (
    DEFAULT_ACCURACY,
    Answer,
    answer,
    parse_accuracy,
    read_closely,
)
from gezhi.studio.uploads import read_form

__all__ = ["judge", "preview", "room", "router", "spoken"]

router = APIRouter()
router.include_router(files.router)


def preview(_language: str) -> dict[str, Any]:
    """The worked example on the room's card; empty when the model cannot be loaded."""
    example = EXAMPLES[0]
    try:
        return {"close": read_closely(example.text, DEFAULT_ACCURACY), "gloss": example.gloss}
    except GezhiError:
        return {}


@router.get("")
def room(request: Request) -> Response:
    """The room, with a worked example."""
    example = find_example(request.query_params.get("example"))
    return _room(request, example.text, DEFAULT_ACCURACY)


@router.post("/judge")
async def judge(request: Request) -> Response:
    """Judge what was typed: a piece of the page for htmx, the whole page without it."""
    form = await read_form(request, request.app.state.settings.form_limit_bytes)
    text, accuracy = str(form.get("text", "")), parse_accuracy(str(form.get("accuracy")))
    if not pages.wants_fragment(request):
        return await run_in_threadpool(_room, request, text, accuracy)
    return await run_in_threadpool(_piece, request, text, accuracy)


def _piece(request: Request, text: str, accuracy: float) -> Response:
    found = answer(text, accuracy)
    said = spoken(Translator(pages.language_of(request)), found)
    return pages.render(
        request, "sentiment/_answer.html", **_context(text, accuracy, found), oob=True, said=said
    )


def _room(request: Request, text: str, accuracy: float) -> Response:
    uploads = request.app.state.uploads.of(pages.visitor_of(request), room="/sentiment")
    return pages.render(
        request,
        "sentiment/room.html",
        here="/sentiment",
        **_context(text, accuracy, answer(text, accuracy)),
        oob=False,
        text=text,
        examples=EXAMPLES,
        uploads=uploads,
        limit_bytes=request.app.state.settings.upload_limit_bytes,
        suffixes=files.offered_suffixes(),
    )


def _context(text: str, accuracy: float, found: Answer | None) -> dict[str, Any]:
    return {
        "answer": found,
        "accuracy": accuracy,
        "coverage": models.band(models.BEST, accuracy).coverage,
        "gloss": gloss_of(text),
        "shortened": shortened,
    }


def spoken(t: Translator, found: Answer | None) -> str:
    """One sentence on a new answer, for those who hear the page."""
    if found is None:
        return t("sentiment.empty")
    if found.close is None:
        return t.count("sentiment.said.lines", len(found.rows))
    judgement = found.close.best.judgement
    label = t(f"sentiment.label.{judgement.label}")
    return t("sentiment.said.one", label=label, p=pages.percent(judgement.probability))
