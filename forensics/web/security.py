"""Who may ask, and what browsers are told: for a page that nobody else is meant to reach.

Any site that a browser has open can send requests to this computer. So a request needs the
token of the address, a host that is this one by name (or a name of another's would lead here),
and, where it says where it comes from, the page itself.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forensics.web.limits import RefusedError

__all__ = [
    "Guards",
    "problem",
]

_OPEN = ("/static/", "/api/health", "/api/openapi.json", "/favicon.ico")
"""What holds no secret: the files of the page itself, and that it is there."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


def problem(
    asked: HTTPConnection,
    status: int,
    sentence: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer to a request that is refused.

    Browsers write every status from 400 on into their console as an error, even one that a
    page expects and shows. So to requests with the header ``X-Refusals: in-body``, which the
    page sends, the status is 200 and the true one stands in ``X-Status``.

    Parameters
    ----------
    asked : HTTPConnection
        The request.
    status : int
        HTTP status, 400 or above.
    sentence : str
        What is wrong, what is allowed, and the way out.
    headers : mapping of str to str, optional
        Further headers of the answer.

    Returns
    -------
    JSONResponse
        With an object that has the key ``error``.
    """
    told = {**(headers or {}), **({"retry-after": "2"} if status == 429 else {})}
    if asked.headers.get("x-refusals") == "in-body":
        told["x-status"] = str(status)
        status = 200
    return JSONResponse({"error": sentence}, status, told)


@dataclass(frozen=True, slots=True)
class Guards:
    """Guards before the application: they check what comes in, and add headers to what goes out.

    Parameters
    ----------
    app : ASGI application
        Application that is guarded.
    token : str
        Token in the address, which requests have to know.
    hosts : frozenset of str
        Names that lead here, without port.
    any_address : bool
        Whether any numeric address is one of them: the page was opened to the network.
    """

    app: ASGIApp
    token: str
    hosts: frozenset[str]
    any_address: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        try:
            self._check(scope)
        except RefusedError as refused:
            asked = HTTPConnection(scope)
            answer: Response = problem(asked, refused.status, refused.sentence)
            if scope["path"] == "/" and "text/html" in asked.headers.get("accept", ""):
                answer = _for_people(refused)
            await answer(scope, receive, send_guarded)
        else:
            await self.app(scope, receive, send_guarded)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers.get("host", ""))
        path: str = scope["path"]
        if path.startswith("/api/") or scope["method"] not in {"GET", "HEAD"}:
            self._check_origin(headers)
        if not path.startswith(_OPEN) and not self._knows_token(scope, headers):
            raise RefusedError(
                403,
                "the token in the address is missing or wrong: open the address that "
                "`catforensics serve` printed, all of it",
            )

    def _check_host(self, host: str) -> None:
        name = _without_port(host)
        if name in self.hosts or (self.any_address and _is_address(name)):
            return
        raise RefusedError(
            421,
            f"the host is {host[:100]!r}, which is not this page's: open the address that "
            "`catforensics serve` printed",
        )

    def _check_origin(self, headers: Headers) -> None:
        site = headers.get("sec-fetch-site", "same-origin")
        origin = headers.get("origin", "")
        here = f"http://{headers.get('host', '')}"
        if site not in {"same-origin", "none"} or (origin and origin != here):
            raise RefusedError(
                403,
                f"the request came from {(origin or site)[:100]!r}, and only the page itself may "
                "ask: open the address that `catforensics serve` printed",
            )

    def _knows_token(self, scope: Scope, headers: Headers) -> bool:
        said = headers.get("authorization", "")
        given = said[7:] if said[:7].lower() == "bearer " else _asked(scope, "token")
        return secrets.compare_digest(given.encode(), self.token.encode())


def _for_people(refused: RefusedError) -> Response:
    """The same for somebody who opened the address in a browser."""
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>catforensics</title><link rel="stylesheet" href="/static/look.css">'
        '<link rel="stylesheet" href="/static/page.css"><body><main><h1>Not opened</h1>'
        f"<p>{escape(refused.sentence[0].upper() + refused.sentence[1:])}.</p></main>"
    )
    return HTMLResponse(page, refused.status)


def _asked(scope: Scope, key: str) -> str:
    """A parameter of the address."""
    query: bytes = scope.get("query_string", b"")
    return parse_qs(query.decode("latin-1")).get(key, [""])[0]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0][1:].lower()
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
