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
_PLACES = (_PACKAGE / "extension", _PACKAGE.parents[1] / "extension" / "dist")


def built() -> dict[str, Path]:
    """The package of each browser that has been built (`make extension`): in the installed gezhi,
    or in the working tree that it runs from."""
    found: dict[str, Path] = {}
    for folder in _PLACES:
        for browser in BROWSERS:
            packages = sorted(
                folder.glob(f"*{browser}*.zip"), key=lambda path: path.stat().st_mtime
            )
            if packages:
                found.setdefault(browser, packages[-1])
    return found


@router.get("/extension/{browser}")
def download(request: Request, browser: str) -> Response:
    """The package for one browser."""
    package = built().get(browser)
    if package is None:
        return pages.message_page(request, "error.missing", status=404, here="/papers")
    return FileResponse(package, media_type="application/zip", filename=package.name)
