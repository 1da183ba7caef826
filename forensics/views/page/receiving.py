"""Uploads as they arrive: raw bodies, held in memory, and refused as soon as that is clear."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from forensics.images.names import printable
from forensics.views.page.limits import Limits, RefusedError
from forensics.views.page.work import GONE

__all__ = ["body_of"]


async def body_of(request: Request, most: int, limits: Limits, name: str) -> bytes:
    """The body of a request.

    Parameters
    ----------
    request : Request
    most : int
        Bytes.
    limits : Limits
    name : str
        What it is called where it is refused.

    Returns
    -------
    bytes
        At least one.

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
