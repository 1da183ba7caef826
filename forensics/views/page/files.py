"""The page's own files, and that it is there: what holds no secret of anybody's."""

from __future__ import annotations

from importlib import resources

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from forensics import __version__
from forensics.views.page import schemas
from forensics.views.page.limits import Limits
from forensics.views.page.work import Work

__all__ = ["add_files"]

_KINDS = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def add_files(app: FastAPI) -> None:
    """Add the addresses of the page itself, of its files, its limits and its health.

    Parameters
    ----------
    app : FastAPI
    """

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return _file("index.html")

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        return _file(name)

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return _file("icon.svg")

    @app.get(
        "/api/health",
        responses=schemas.answers("Health", "It is there.", refusals=False),
        response_class=JSONResponse,
    )
    async def health() -> JSONResponse:
        """Say that the page is there, and how much it does."""
        work: Work = app.state.work
        return JSONResponse(
            {
                "status": "ok",
                "version": __version__,
                "working": work.working,
                "waiting": work.waiting,
            }
        )

    @app.get("/api/limits", include_in_schema=False)
    async def told_limits() -> JSONResponse:
        limits: Limits = app.state.limits
        names = ("picture_bytes", "sets_bytes", "pixels", "pictures", "set_pictures")
        return JSONResponse({name: getattr(limits, name) for name in names})


def _file(name: str) -> Response:
    """One of the page's own files; what is not in its folder by that name is not there."""
    known = {
        one.name: one for one in (resources.files("forensics.views.page") / "static").iterdir()
    }
    known["look.css"] = resources.files("forensics.views.report") / "templates" / "look.css"
    if name not in known:
        raise HTTPException(404)
    return Response(known[name].read_bytes(), media_type=_KINDS[name.rpartition(".")[2]])
