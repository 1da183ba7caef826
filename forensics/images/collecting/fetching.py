"""One picture from one address: its bytes as they were sent, or the reason there are none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from forensics.errors import CollectError, ImageReadError
from forensics.images.collecting.politeness import AGENT, pause_asked_for
from forensics.images.decode import read_pixels
from forensics.images.files import BytesSource
from forensics.images.names import brief

__all__ = ["Fetched", "Fetcher"]

ANSWER_SECONDS, _TRANSFER_SECONDS = 10.0, 60.0
_MOST_BYTES = 64 * 2**20
_REDIRECTS = 5
_MOVED = {301, 302, 303, 307, 308}
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Statuses after which it is worth asking again."""
_ROBOTS_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one request.

    Parameters
    ----------
    status : int
        Of HTTP; 0 if there was no answer.
    data : bytes
        Of the picture; empty if there is none.
    reason : str
        Why there is none.
    again : bool
        Whether asking again may help.
    pause : float, seconds
        How long the server asks to wait.
    """

    status: int
    data: bytes = b""
    reason: str = ""
    again: bool = False
    pause: float = 0.0


class Fetcher:
    """Fetches pictures over HTTP, following the few redirects that lead to other web addresses.

    Parameters
    ----------
    client : httpx.Client
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def open(cls) -> Fetcher:
        """Open one that says who it is and waits for nothing for ever."""
        timeout = httpx.Timeout(ANSWER_SECONDS)
        return cls(httpx.Client(headers={"User-Agent": AGENT}, timeout=timeout))

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def robots(self, address: str) -> tuple[int, str]:
        """Status and text of a server's ``robots.txt``.

        Raises
        ------
        CollectError
            The server does not answer.
        """
        try:
            answer = self._client.get(address, follow_redirects=True)
        except httpx.HTTPError as error:
            raise CollectError(
                f"{address} does not answer ({_said(error)}): check the address and the network"
            ) from error
        return answer.status_code, answer.text[:_ROBOTS_BYTES]

    def fetch(self, address: str, allowed: Callable[[str], object]) -> Fetched:
        """One picture.

        Parameters
        ----------
        address : str
        allowed : callable
            Told of every address that a redirect leads to; raises if it may not be fetched.

        Returns
        -------
        Fetched
        """
        place = address
        for _ in range(_REDIRECTS + 1):
            try:
                found, moved = self._once(place)
            except httpx.HTTPError as error:
                return Fetched(0, reason=_said(error), again=True)
            if moved is None:
                return found
            place = urljoin(place, moved)
            if urlsplit(place).scheme not in {"http", "https"}:
                return Fetched(found.status, reason=f"leads to {brief(place)}, no web address")
            allowed(place)
        return Fetched(found.status, reason=f"leads on and on, more than {_REDIRECTS} times")

    def _once(self, place: str) -> tuple[Fetched, str | None]:
        """What an address answers, and where it leads if it only does that."""
        with self._client.stream("GET", place) as answer:
            status = answer.status_code
            if status in _MOVED and "location" in answer.headers:
                return Fetched(status), answer.headers["location"]
            pause = pause_asked_for(answer.headers.get("retry-after"))
            if status != 200:
                reason = f"answers with status {status}"
                return Fetched(status, reason=reason, again=status in _AGAIN, pause=pause), None
            data, reason = _body(answer)
        if reason:
            return Fetched(status, reason=reason, again=True), None
        return _picture(status, data), None


def _body(answer: httpx.Response) -> tuple[bytes, str]:
    """The bytes of an answer, or why they were given up."""
    parts, size = [], 0
    end = time.monotonic() + _TRANSFER_SECONDS
    for part in answer.iter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            return b"", f"is larger than {_MOST_BYTES / 2**20:.0f} MiB"
        if time.monotonic() > end:
            return b"", f"took longer than {_TRANSFER_SECONDS:.0f} seconds"
        parts.append(part)
    return b"".join(parts), ""


def _picture(status: int, data: bytes) -> Fetched:
    """The bytes, if they are a whole picture, whatever the server calls them."""
    try:
        read_pixels(BytesSource("it", data))
    except ImageReadError as error:
        return Fetched(status, reason=brief(str(error).removeprefix("it ")), again=True)
    return Fetched(status, data)


def _said(error: Exception) -> str:
    return brief(str(error)) or type(error).__name__
