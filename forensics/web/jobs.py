"""Who does the work: so many requests at once, uploads as they come, no endless waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from forensics.images.sources.names import printable
from forensics.web.limits import Limits, RefusedError

__all__ = [
    "GONE",
    "Work",
    "body_of",
]

T = TypeVar("T")

_LOOK = 0.5
"""Seconds between looks whether anybody still waits for an answer."""
GONE = 499
"""Status for a browser that left; nobody reads it."""


class Work:
    """Threads for what takes time, a few at once.

    What has begun cannot be broken off from outside. So it keeps its place until it ends, even
    if nobody waits for it any more, and there is never more work than there are places.

    Parameters
    ----------
    limits : Limits
        Limits of what the page takes.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.working)
        self._threads = ThreadPoolExecutor(limits.working, "measuring")
        self.working = 0
        self.waiting = 0

    async def run(
        self,
        job: Callable[[threading.Event], T],
        *,
        seconds: float,
        left: Callable[[], Awaitable[bool]],
    ) -> T:
        """Result of a job, which begins when there is a place.

        Parameters
        ----------
        job : callable
            Takes an event that is set when the answer is no longer wanted.
        seconds : float
            Seconds that it may take once it has begun.
        left : callable
            Says whether whoever asked is gone.

        Returns
        -------
        object
            What the job returns.

        Raises
        ------
        RefusedError
            Too many wait, it takes too long, or whoever asked is gone.
        """
        if self._places.locked() and self.waiting >= self._limits.waiting:
            raise RefusedError(
                429,
                f"{self.waiting} requests wait already, which is the most the page lets wait: try "
                "again in a little while",
            )
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        if await left():
            self._places.release()
            raise RefusedError(GONE, "the browser left before its turn came")
        self.working += 1
        stop = threading.Event()
        future = asyncio.get_running_loop().run_in_executor(self._threads, job, stop)
        future.add_done_callback(self._free)
        try:
            await self._wait(future, seconds, left)
        finally:
            stop.set()
        return future.result()

    async def _wait(
        self, future: asyncio.Future[T], seconds: float, left: Callable[[], Awaitable[bool]]
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not future.done():
            await asyncio.wait({future}, timeout=min(_LOOK, max(0.0, end - loop.time())))
            if future.done():
                return
            if loop.time() >= end:
                raise RefusedError(
                    422,
                    f"this took longer than {seconds:g} seconds, which is the most the page "
                    "allows: use the command line, which has no such limit",
                )
            if await left():
                raise RefusedError(GONE, "the browser left before the answer came")

    def _free(self, future: asyncio.Future[T]) -> None:
        self.working -= 1
        self._places.release()
        with suppress(asyncio.CancelledError):
            future.exception()  # so that a failure nobody waits for is not reported as lost

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def body_of(request: Request, most: int, limits: Limits, name: str) -> bytes:
    """Body of a request, read as it arrives.

    Parameters
    ----------
    request : Request
        Request to read.
    most : int
        Largest number of bytes.
    limits : Limits
        Limits of what the page takes.
    name : str
        Name of the upload where it is refused.

    Returns
    -------
    bytes
        At least one byte.

    Raises
    ------
    RefusedError
        It is too large or empty, it stops arriving, or the browser leaves.
    """
    called = printable(name)[:200]
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal():
        limits.check_size(int(declared), most, called)
    parts, size = [], 0
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(limits.idle_seconds):
                part = await anext(stream, None)
        except ClientDisconnect:
            raise RefusedError(GONE, "the browser left before its upload was there") from None
        except TimeoutError:
            raise RefusedError(
                408,
                f"nothing of {called} arrived for {limits.idle_seconds:g} seconds: send it again",
            ) from None
        if part is None:
            break
        size += len(part)
        limits.check_size(size, most, called)
        parts.append(part)
    if not size:
        raise RefusedError(400, f"{called} is empty: send the bytes of a file")
    return b"".join(parts)
