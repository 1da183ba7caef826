"""Pictures from addresses, politely: robots.txt, pauses, one thing at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

from forensics import __version__
from forensics.errors import CollectError, ImageReadError
from forensics.images.read import read_pixels
from forensics.images.sources.local import BytesSource
from forensics.images.sources.names import brief

__all__ = [
    "AGENT",
    "Fetched",
    "Fetcher",
    "Pace",
    "RobotRules",
    "pause_asked_for",
]

AGENT = f"catforensics/{__version__}"
"""Who asks, as servers are told."""
_LONGEST_DELAY = 86_400.0
_MOST_RULES = 1_000_000
"""Lines of rules times lines of agents: each agent of a group gets every rule of it."""


class Pace:
    """Pace of requests: one at a time, and a pause between them.

    Parameters
    ----------
    every : float, seconds
        Seconds from the beginning of one request to the next.
    stop : threading.Event
        Ends every wait.
    """

    def __init__(self, every: float, stop: threading.Event) -> None:
        self._every = every
        self._stop = stop
        self._next = 0.0

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        self.pause(self._next - time.monotonic())
        self._next = time.monotonic() + self._every

    def pause(self, seconds: float) -> None:
        """Wait so many seconds, or until the run is stopped.

        Parameters
        ----------
        seconds : float
            Seconds to wait.
        """
        if seconds > 0:
            self._stop.wait(seconds)

    def slow_down(self, every: float) -> None:
        """Leave at least so many seconds between requests.

        Parameters
        ----------
        every : float
            Seconds from the beginning of one request to the next.
        """
        self._every = max(self._every, every)


class RobotRules:
    """Rules of servers on what robots may fetch, asked of each server once.

    The longest rule that fits an address decides, and may hold wildcards.

    Parameters
    ----------
    ask : callable
        Takes an address; returns the status and the text of ``robots.txt``.
    """

    def __init__(self, ask: Callable[[str], tuple[int, str]]) -> None:
        self._ask = ask
        self._rules: dict[str, Protego] = {}

    def check(self, address: str) -> float:
        """Pause that a server asks for, unless robots may not fetch the address.

        Parameters
        ----------
        address : str
            Address that is to be fetched.

        Returns
        -------
        float, seconds
            By ``Crawl-delay`` or ``Request-rate``, the longer one; a day at most.

        Raises
        ------
        CollectError
            It may not be fetched, or it cannot be found out whether it may.
        """
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._read(origin)
        rules = self._rules[origin]
        if not rules.can_fetch(address, AGENT):
            raise CollectError(
                f"{origin}/robots.txt asks robots not to fetch {address}: ask whoever runs the "
                "server, or collect elsewhere"
            )
        rate = rules.request_rate(AGENT)
        pause = rate.seconds / rate.requests if rate else 0.0
        return min(max(rules.crawl_delay(AGENT) or 0.0, pause), _LONGEST_DELAY)

    def _read(self, origin: str) -> Protego:
        status, text = self._ask(f"{origin}/robots.txt")
        # As RFC 9309 has it: none means that all is allowed, a failing server that nothing is.
        if status >= 500:
            raise CollectError(
                f"{origin}/robots.txt answers with status {status}, so it is not known what may "
                "be fetched: try again later"
            )
        lines = text.splitlines() if status == 200 else []
        n_agents = sum("agent" in line.lower() for line in lines)
        if n_agents * (len(lines) - n_agents) > _MOST_RULES:
            raise CollectError(
                f"{origin}/robots.txt has {len(lines):,} lines, {n_agents:,} of them on agents, "
                "more than can be read: ask whoever runs the server, or collect elsewhere"
            )
        return Protego.parse("\n".join(lines))


def pause_asked_for(said: str | None) -> float:
    """Pause that ``Retry-After`` asks for, in seconds or until a date.

    Parameters
    ----------
    said : str, optional
        The header.

    Returns
    -------
    float, seconds
        0 if it says nothing that can be understood.

    Examples
    --------
    >>> pause_asked_for("120"), pause_asked_for(None), pause_asked_for("soon")
    (120.0, 0.0, 0.0)
    """
    if said is None:
        return 0.0
    if said.strip().isdecimal():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


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
        HTTP status; 0 if there was no answer.
    data : bytes
        Bytes of the picture; empty if there is none.
    reason : str
        Reason why there is none.
    again : bool
        Whether asking again may help.
    pause : float, seconds
        Seconds that the server asks to wait.
    """

    status: int
    data: bytes = b""
    reason: str = ""
    again: bool = False
    pause: float = 0.0


class Fetcher:
    """Client that fetches pictures over HTTP, and follows the few redirects that leave a server.

    Parameters
    ----------
    client : httpx.Client
        Client to ask with; closed with the fetcher.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def open(cls) -> Fetcher:
        """Open a fetcher that says who it is and waits for nothing for ever."""
        timeout = httpx.Timeout(ANSWER_SECONDS)
        return cls(httpx.Client(headers={"User-Agent": AGENT}, timeout=timeout))

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def robots(self, address: str) -> tuple[int, str]:
        """Status and text of a server's ``robots.txt``.

        Parameters
        ----------
        address : str
            Any address of the server.

        Returns
        -------
        (int, str)
            HTTP status, and the text as it was sent.

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
        """Fetch one picture.

        Parameters
        ----------
        address : str
            Address of the picture.
        allowed : callable
            Called with every address that a redirect leads to; raises if it may not be fetched.

        Returns
        -------
        Fetched
            The picture, or why there is none.
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
