"""The browser extension: its built packages, where this studio has them."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from gezhi.studio import pages

__all__ = ["BROWSERS", "built", "download", "router"]

router = APIRouter()

BROWSERS = ("chrome", "firefox")
_PACKAGE = Path(__file__).parents[2]
_PLACES = (_PACKAGE.parents[1] / "dist", _PACKAGE / "extension")  # the last one counts


def built() -> dict[str, Path]:
    """The package of each browser that has been built (`make extension`): in the installed gezhi,
    or in the working tree that it runs from."""
    return {
        browser: package
        for browser in BROWSERS
        for folder in _PLACES
        if (package := folder / f"gezhi-papers-{browser}.zip").is_file()
    }


@router.get("/extension/{browser}")
def download(request: Request, browser: str) -> Response:
    """The package for one browser."""
    package = built().get(browser)
    if package is None:
        return pages.message_page(request, "error.missing", status=404, here="/papers")
    return FileResponse(package, media_type="application/zip", filename=package.name)
