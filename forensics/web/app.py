"""The page's addresses: what is asked for, who answers it, and what becomes of failures.

Uploads are raw bodies, held in memory while they are measured. Nothing is written, nothing is
kept, and nothing is asked of any other computer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Annotated, Any, Literal, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from forensics import __version__
from forensics.errors import ForensicsError
from forensics.web import schemas
from forensics.web.jobs import Work, body_of
from forensics.web.limits import Limits, RefusedError, in_page_words
from forensics.web.security import Guards, problem

__all__ = [
    "add_files",
    "page_app",
]

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
        Application to add them to.
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
    known = {one.name: one for one in (resources.files("forensics.web") / "static").iterdir()}
    known["look.css"] = resources.files("forensics.views.report") / "templates" / "look.css"
    if name not in known:
        raise HTTPException(404)
    return Response(known[name].read_bytes(), media_type=_KINDS[name.rpartition(".")[2]])


T = TypeVar("T")

_WARM_AFTER = 0.6
"""Seconds after the start, when the page itself has been sent."""

Name = Annotated[str, Query(max_length=1_000, description="What the picture is called.")]
SetName = Annotated[str, Query(max_length=300, description="What the set is called.")]
Size = Annotated[int | None, Query(ge=66, le=8_192, description="Crop to so many pixels a side.")]
Part = Annotated[
    str | None,
    Query(
        pattern=r"^\d{1,6}(,\d{1,6}){3}$",
        description="First row, first column, rows and columns of the part to measure alone.",
    ),
]
ByPlace = Annotated[
    bool,
    Query(alias="map", description="Whether to map the traces by place as well: seconds more."),
]
View = Annotated[bool, Query(description="Whether to add what the page draws.")]


class _App(FastAPI):
    """The application, which describes itself once it is asked to."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, with the token that every request has to know."""
        if self.openapi_schema is None:
            described = super().openapi()
            components = described.setdefault("components", {})
            components.setdefault("schemas", {}).update(schemas.definitions())
            components["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer"},
                "address": {"type": "apiKey", "in": "query", "name": "token"},
            }
            described["security"] = [{"token": []}, {"address": []}]
            described["paths"]["/api/health"]["get"]["security"] = []
            self.openapi_schema = described
        return self.openapi_schema


def page_app(token: str, hosts: frozenset[str], limits: Limits, *, open_to_all: bool) -> Guards:
    """Application of the page, behind its guards.

    Parameters
    ----------
    token : str
        Token that requests have to know.
    hosts : frozenset of str
        Names of this computer, without port.
    limits : Limits
        Limits of what the page takes.
    open_to_all : bool
        Whether other computers may ask.

    Returns
    -------
    Guards
        An ASGI application.
    """
    app = _App(
        title="catforensics",
        version=__version__,
        description="Show, with evidence, that a picture came out of a generator: on this "
        "computer alone.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.limits = limits
    _add_failures(app)
    add_files(app)
    _add_pictures(app)
    _add_sets(app)
    return Guards(app, token, hosts, open_to_all)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have somebody to do the work, and load what measures once the page itself is out."""
    app.state.work = Work(app.state.limits)
    warming = asyncio.get_running_loop().call_later(_WARM_AFTER, _warm_up)
    yield
    warming.cancel()
    app.state.work.close()


def _warm_up() -> None:
    def warm() -> None:
        from forensics.web.answers import warm_up

        warm_up()

    threading.Thread(target=warm, name="warming", daemon=True).start()


def _add_failures(app: FastAPI) -> None:
    """Every failure is a sentence."""

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> JSONResponse:
        return problem(request, error.status, error.sentence)

    @app.exception_handler(ForensicsError)
    async def unmeasured(request: Request, error: ForensicsError) -> JSONResponse:
        return problem(request, 422, in_page_words(str(error)))

    @app.exception_handler(RequestValidationError)
    async def misunderstood(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = " ".join(map(str, first["loc"]))
        return problem(
            request, 400, f"{where}: {first['msg'].lower()}: look it up in /api/openapi.json"
        )

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        said = f"{request.method} {request.url.path[:200]} is not answered here"
        return problem(
            request, error.status_code, f"{said}: look it up in /api/openapi.json", error.headers
        )


def _add_pictures(app: FastAPI) -> None:
    """One picture: the file is the body."""
    limits: Limits = app.state.limits

    async def answered(request: Request, answer: Callable[..., T], name: str, **how: Any) -> T:
        data = await body_of(request, limits.picture_bytes, limits, name)
        done: T = await app.state.work.run(
            lambda _stop: answer(data, name, limits, **how),
            seconds=limits.seconds,
            left=request.is_disconnected,
        )
        return done

    @app.post(
        "/api/inspect",
        responses=schemas.answers("InspectAnswer", "Verdict, causes and evidence."),
        openapi_extra=schemas.picture_body(),
        response_class=JSONResponse,
    )
    async def inspect(
        request: Request,
        name: Name = "picture",
        view: View = False,
        box: Part = None,
        by_place: ByPlace = False,
    ) -> JSONResponse:
        """Say what made the traces of a picture."""
        from forensics.web.answers import inspect_answer

        how: dict[str, Any] = {"view": view, "box": box, "by_place": by_place}
        return JSONResponse(await answered(request, inspect_answer, name, **how))

    @app.post(
        "/api/report",
        responses=schemas.answers(["text/html"], "The report, one file."),
        openapi_extra=schemas.picture_body(),
        response_class=Response,
    )
    async def report(
        request: Request, name: Name = "picture", box: Part = None, by_place: ByPlace = False
    ) -> Response:
        """Write the report on a picture."""
        from forensics.web.answers import picture_report_answer

        page = await answered(request, picture_report_answer, name, box=box, by_place=by_place)
        return _download(page.encode("utf-8", "backslashreplace"), "text/html; charset=utf-8")

    @app.post(
        "/api/figure",
        responses=schemas.answers(["image/png", "image/svg+xml"], "The sheet of a picture."),
        openapi_extra=schemas.picture_body(),
        response_class=Response,
    )
    async def figure(
        request: Request,
        name: Name = "picture",
        kind: Literal["png", "svg"] = "png",
        box: Part = None,
        by_place: ByPlace = False,
    ) -> Response:
        """Draw the sheet of a picture."""
        from forensics.web.answers import figure_answer

        how: dict[str, Any] = {"kind": kind, "box": box, "by_place": by_place}
        drawn = await answered(request, figure_answer, name, **how)
        return _download(drawn, "image/png" if kind == "png" else "image/svg+xml")

    @app.get("/api/examples/photograph", include_in_schema=False)
    async def photograph() -> Response:
        from forensics.web.answers import photograph

        return Response(photograph(), media_type="image/png")

    @app.get("/api/examples/traced", include_in_schema=False)
    async def traced(request: Request) -> Response:
        from forensics.web.answers import traced_photograph

        return Response(await _ready(app, request, traced_photograph), media_type="image/png")

    @app.get("/api/known", include_in_schema=False)
    async def known(request: Request) -> JSONResponse:
        from forensics.web.answers import known_answer

        return JSONResponse(await _ready(app, request, known_answer))


def _add_sets(app: FastAPI) -> None:
    """Two sets: one zip archive is the body."""
    limits: Limits = app.state.limits

    async def answered(request: Request, answer: Callable[..., T], *asked: Any, **how: Any) -> T:
        data = await body_of(request, limits.sets_bytes, limits, "the upload")
        done: T = await app.state.work.run(
            lambda stop: answer(data, *asked, limits, stop, **how),
            seconds=limits.sets_seconds,
            left=request.is_disconnected,
        )
        return done

    @app.post(
        "/api/compare",
        responses=schemas.answers("CompareAnswer", "Blends of both, and their periods."),
        openapi_extra=schemas.sets_body(),
        response_class=JSONResponse,
    )
    async def compare(
        request: Request,
        a: SetName = "A",
        b: SetName = "B",
        size: Size = None,
        view: View = False,
    ) -> JSONResponse:
        """Compare two sets: blend each, and test the blends for bands."""
        from forensics.web.comparison import compare_answer

        return JSONResponse(await answered(request, compare_answer, (a, b), size, view=view))

    @app.post(
        "/api/compare/report",
        responses=schemas.answers(["text/html"], "The report, one file."),
        openapi_extra=schemas.sets_body(),
        response_class=Response,
    )
    async def compare_report(
        request: Request, a: SetName = "A", b: SetName = "B", size: Size = None
    ) -> Response:
        """Write the report on two sets, with the audit of what tells them apart."""
        from forensics.web.comparison import set_report_answer

        page = await answered(request, set_report_answer, (a, b), size)
        return _download(page.encode("utf-8", "backslashreplace"), "text/html; charset=utf-8")

    @app.get("/api/examples/sets", include_in_schema=False)
    async def known_sets(request: Request) -> JSONResponse:
        from forensics.web.comparison import known_sets_answer

        return JSONResponse(await _ready(app, request, known_sets_answer))


async def _ready(app: FastAPI, request: Request, answer: Callable[[], T]) -> T:
    """What is always the same, made where other work is done."""
    limits: Limits = app.state.limits
    done: T = await app.state.work.run(
        lambda _stop: answer(), seconds=limits.seconds, left=request.is_disconnected
    )
    return done


def _download(data: bytes, kind: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": "attachment"})
