"""How to ask a server without being a burden: its own rules, its pauses, one thing at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from protego import Protego

from forensics import __version__
from forensics.errors import CollectError

__all__ = ["AGENT", "Pace", "RobotRules", "pause_asked_for"]

AGENT = f"catforensics/{__version__}"
"""Who asks, as servers are told."""
_LONGEST_DELAY = 86_400.0
_MOST_RULES = 1_000_000
"""Lines of rules times lines of agents: each agent of a group gets every rule of it."""


class Pace:
    """One request at a time, and a pause between them.

    Parameters
    ----------
    every : float, seconds
        From the beginning of one request to the next.
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
        """Wait so long, or until it is stopped."""
        if seconds > 0:
            self._stop.wait(seconds)

    def slow_down(self, every: float) -> None:
        """Leave at least so many seconds between requests."""
        self._every = max(self._every, every)


class RobotRules:
    """What servers allow robots to fetch, asked of each once.

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
        """Refuse an address that robots may not fetch; the pause that the server asks for.

        Parameters
        ----------
        address : str

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
    """How long ``Retry-After`` asks to wait: seconds, or until a date.

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
