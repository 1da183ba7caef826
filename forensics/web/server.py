"""The server: a port of this computer, an address with a token, an end that leaves nothing."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import uvicorn

from forensics.errors import ParameterError
from forensics.web.app import page_app
from forensics.web.limits import Limits

__all__ = [
    "Address",
    "is_loopback",
    "listening",
    "serve",
]

_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_NEXT = 100
"""Ports that are tried for one to offer."""
_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Address:
    """Address of the page.

    Parameters
    ----------
    host : str
        Name or number of the computer.
    port : int
        Port that the page listens on.
    token : str
        Token in the address, which requests have to know.
    """

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """URL to open in a browser."""
        everywhere = self.host in {"0.0.0.0", "::"}
        host = "127.0.0.1" if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?token={self.token}"


def is_loopback(host: str) -> bool:
    """Whether a host is this computer, for this computer alone.

    Parameters
    ----------
    host : str
        Name or number of the host.

    Returns
    -------
    bool
        True for ``localhost`` and the like.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(host: str, port: int) -> socket.socket:
    """Socket that listens.

    Parameters
    ----------
    host : str
        Name or number of this computer to listen on.
    port : int
        Port to listen on; 0 for any that is free.

    Returns
    -------
    socket.socket
        To be handed to `serve`.

    Raises
    ------
    ParameterError
        The port is in use, or the host is not this computer's.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            free = _free_after(host, port)
            offer = f"pass port={free}, which is free, or" if free else "pass"
            raise ParameterError(
                f"port {port} of {host} is in use: {offer} port=0 for any that is free"
            ) from error
        if error.errno == errno.EACCES:
            raise ParameterError(
                f"port {port} of {host} may not be used: pass a port from 1024 on"
            ) from error
        raise ParameterError(
            f"host is {host!r}, which is no address of this computer ({error.strerror or error}): "
            "leave it out, or name one"
        ) from error


def serve(
    bound: socket.socket,
    host: str,
    *,
    limits: Limits | None = None,
    begun: Callable[[Address], None],
) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    bound : socket.socket
        Socket from `listening`.
    host : str
        Name or number of this computer that it listens on.
    limits : Limits, optional
        Limits of what the page takes. By default those of `Limits`.
    begun : callable
        Called with the address as soon as the page answers there.
    """
    address = Address(host, bound.getsockname()[1], secrets.token_urlsafe(24))
    app = page_app(
        address.token,
        _NAMES | {host.lower()},
        limits or Limits(),
        open_to_all=not is_loopback(host),
    )
    server = _Server(
        uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=2,
        ),
        lambda: begun(address),
    )
    with bound, suppress(KeyboardInterrupt):
        server.run(sockets=[bound])


class _Server(uvicorn.Server):
    """A server that says when it has begun."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._begun()


def _bound(host: str, port: int) -> socket.socket:
    family, kind, number, _, place = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, number)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _free_after(host: str, port: int) -> int | None:
    for offered in range(port + 1, min(port + 1 + _NEXT, 65_536)):
        with suppress(OSError):
            _bound(host, offered).close()
            return offered
    return None
