"""Asking a server for a file, or for what there is, through fsspec.

A server is not trusted to answer, to finish or to stay the same: every wait
ends, and what arrives is compared with what was announced.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from forensics.images.failures import CHANGED, failure_of, oversized
from forensics.images.members import too_large

__all__ = ["ANSWER_SECONDS", "TRANSFER_SECONDS", "UnreadableError", "asked", "opened", "path_of",
    "tried", "whole_picture"]  # fmt: skip

ANSWER_SECONDS = 10
"""How long a server may take to be reached, and between two pieces of an answer."""
TRANSFER_SECONDS = 60
"""How long one picture may take altogether."""

_CHUNK = 2**20

T = TypeVar("T")


class UnreadableError(Exception):
    """The rest of the sentence on a URL."""


def path_of(url: str) -> str:
    """The path of the first link, a web address without its query."""
    head = url.partition("::")[0]
    return re.split("[?#]", head)[0] if head.startswith("http") else head


def opened(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL and the path there, its patience limited."""
    import fsspec

    options: dict[str, Any] = {}
    for link in url.split("::"):
        scheme = link.partition("://")[0]
        if scheme in ("http", "https"):
            import aiohttp

            # Altogether, until connected, between two pieces.
            timeout = aiohttp.ClientTimeout(TRANSFER_SECONDS, ANSWER_SECONDS, ANSWER_SECONDS)
            options[scheme] = {"client_kwargs": {"timeout": timeout, "trust_env": True}}
        elif scheme == "s3":
            waits = {"connect_timeout": ANSWER_SECONDS, "read_timeout": ANSWER_SECONDS}
            options[scheme] = {"config_kwargs": waits | {"retries": {"total_max_attempts": 1}}}
            # fsspec keeps one file system for one set of options: the chain finds this one.
            fsspec.filesystem(scheme, **options[scheme]).retries = 1
    return fsspec.url_to_fs(url, **options)  # type: ignore[no-any-return]


def asked(fs: Any, what: str, *values: Any, seconds: float = 0) -> Any:
    """Ask a file system, for so many seconds at most."""
    if not fs.async_impl:
        return getattr(fs, what)(*values)
    from fsspec.asyn import sync

    # Ahead of the library's own limit, after which fsspec asks in another way.
    return sync(fs.loop, getattr(fs, f"_{what}"), *values, timeout=seconds or 0.9 * ANSWER_SECONDS)


def tried(action: Callable[[str], T], url: str) -> T:
    """Do it, and once more after what may pass by itself; say what remains as a reason."""
    for again in (True, False):
        try:
            return action(url)
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001 - each protocol has errors of its own
            reason, passes = failure_of(error)
            if not (again and passes):
                # From None: what the libraries say may hold the password.
                raise UnreadableError(reason) from None
    raise AssertionError


def whole_picture(url: str) -> bytes:
    """Read a picture whole, the same before and after; `UnreadableError` where it is not."""
    before = _look(url)
    head, chained, rest = url.partition("::")
    if chained:
        scheme, _, path = head.partition("://")
        fs, lock = _archive(f"{scheme}://::{rest}", before)
        with lock:
            data = _content(fs, path.lstrip("/"), fs.info(path)["size"], too_large)
    else:
        data = _content(*opened(url), before[0], oversized)
    if _look(url) != before:
        raise UnreadableError(CHANGED)
    return data


def _look(url: str) -> tuple[int | None, str]:
    """Return the size of the file on the server, and what tells this version from the next."""
    fs, path = opened(url.rpartition("::")[2])
    fs.invalidate_cache()
    info = asked(fs, "info", path)
    marks = ("ETag", "etag", "Last-Modified", "mtime")
    return info.get("size"), str(next((info[mark] for mark in marks if mark in info), ""))


# Opening an archive reads its list of members, which may be long.
@lru_cache(maxsize=4)
def _archive(url: str, version: tuple[int | None, str]) -> tuple[Any, threading.Lock]:
    return opened(url)[0], threading.Lock()


def _content(fs: Any, path: str, size: int | None, limit: Callable[[int], str]) -> bytes:
    if reason := limit(size or 0):
        raise UnreadableError(reason)
    if "http" in fs.protocol:
        data = _streamed(fs, path, size)
    else:
        data = asked(fs, "cat_file", path, seconds=TRANSFER_SECONDS)
    if size and len(data) != size:
        raise EOFError
    return data


def _streamed(fs: Any, path: str, size: int | None) -> bytes:
    data = bytearray()
    # Any size spares fsspec a question; blocks of 0 are one request for all.
    with fs.open(path, block_size=0, size=size or 1) as file:
        while piece := file.read(_CHUNK):
            data += piece
            if reason := oversized(len(data)):
                raise UnreadableError(reason)
    return bytes(data)
