"""Pictures by URL, read through fsspec: object stores, web servers, archives that lie on them.

A server is not trusted to answer, to finish or to stay the same: every wait
ends, and what arrives is compared with what was announced.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from forensics.errors import ImageReadError, ParameterError, to_install
from forensics.images.sources.archives import too_large
from forensics.images.sources.local import (
    CHANGED,
    ImageSource,
    Refuse,
    asked_to_wait,
    failure_of,
    oversized,
)
from forensics.images.sources.names import (
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
    shown_url,
)

__all__ = [
    "ANSWER_SECONDS",
    "LONGEST_WAIT",
    "TRANSFER_SECONDS",
    "UnreadableError",
    "UrlSource",
    "asked",
    "iter_url",
    "opened",
    "path_of",
    "tried",
    "whole_picture",
]

ANSWER_SECONDS = 10
"""How long a server may take to be reached, and between two pieces of an answer."""
TRANSFER_SECONDS = 60
"""How long one picture may take altogether."""

LONGEST_WAIT = 60
"""How many seconds a server may ask to be left alone for, which are waited."""

_ATTEMPTS = 4
_CHUNK = 2**20

T = TypeVar("T")


class UnreadableError(Exception):
    """Reason why a URL cannot be read, as the rest of a sentence on it."""


def path_of(url: str) -> str:
    """Path of the first link of a URL, a web address without its query.

    Parameters
    ----------
    url : str
        URL as it was given, chained or not.

    Returns
    -------
    str
        Path whose ending may say what lies there.
    """
    head = url.partition("::")[0]
    return re.split("[?#]", head)[0] if head.startswith("http") else head


def opened(url: str) -> tuple[Any, str]:
    """File system of a URL for fsspec, and the path there.

    Parameters
    ----------
    url : str
        URL as it was given, chained or not.

    Returns
    -------
    (object, str)
        The file system, its patience limited, and the path.
    """
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
    """Answer of a file system to one request, within a limited time.

    Parameters
    ----------
    fs : object
        File system of fsspec.
    what : str
        Name of its method.
    *values : object
        Arguments of the method.
    seconds : float
        Time limit, for file systems that know one; the usual limit where it is 0.

    Returns
    -------
    object
        What the method returns.
    """
    if not fs.async_impl:
        return getattr(fs, what)(*values)
    from fsspec.asyn import sync

    # Ahead of the library's own limit, after which fsspec asks in another way.
    return sync(fs.loop, getattr(fs, f"_{what}"), *values, timeout=seconds or 0.9 * ANSWER_SECONDS)


def tried(action: Callable[[str], T], url: str) -> T:
    """Result of an action on a URL, tried once more after what may pass by itself.

    A server that says how long it wants to be left alone is, and is asked again then.

    Parameters
    ----------
    action : callable
        Takes the URL.
    url : str
        URL as it was given, chained or not.

    Returns
    -------
    object
        What the action returns.
    """
    given = _gives_credentials(url)
    for attempt in range(_ATTEMPTS):
        try:
            return action(url)
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001 - each protocol has errors of its own
            reason, passes = failure_of(error, credentials=given)
            wait = asked_to_wait(error)
            again = passes and attempt == 0 if wait is None else attempt < _ATTEMPTS - 1
            if wait is not None and wait > LONGEST_WAIT:
                reason, again = f"{reason}, it asks to be left alone for {wait:,.0f} s", False
            if not again:
                # From None: what the libraries say may hold the password.
                raise UnreadableError(reason) from None
        time.sleep(wait or 0)
    raise AssertionError


def _gives_credentials(url: str) -> bool:
    """Whether any are sent that a server could refuse."""
    import fsspec

    last = url.rpartition("::")[2]
    if last.startswith("s3"):
        return not fsspec.config.conf.get("s3", {}).get("anon")
    return not last.startswith("http") or shown_url(url) != url


def whole_picture(url: str) -> bytes:
    """Bytes of a whole picture by its URL, the same before and after reading.

    Parameters
    ----------
    url : str
        URL as it was given, chained or not.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    UnreadableError
        It cannot be read, is too large, or changed meanwhile.
    """
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


_EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "http": "http", "https": "http"}
_ARCHIVES = ("zip", "tar")
_MAX_DEPTH = 8  # of folders on a web server


@dataclass(frozen=True, slots=True)
class UrlSource:
    """Picture on a server, or in an archive there.

    Parameters
    ----------
    url : str
        URL as fsspec has it: ``s3://cats/7.jpg``, ``zip://a/7.jpg::https://host/cats.zip``.

    Examples
    --------
    >>> UrlSource("https://me:secret@host/7.jpg").name
    'https://host/7.jpg'
    """

    sequential: ClassVar[bool] = False
    # It may hold a password, which nothing shows.
    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """URL without what is secret in it."""
        return shown_url(self.url)

    def read_bytes(self) -> bytes:
        """Return the whole picture, as large as announced and the same before and after.

        Raises
        ------
        ImageReadError
            The server cannot be reached, refuses, is too slow, sends half a file, or the
            file is too large or changes meanwhile.
        """
        try:
            return tried(whole_picture, self.url)
        except UnreadableError as error:
            raise ImageReadError(f"{printable(self.name)} {error}") from None


def iter_url(url: str, *, refuse: Refuse) -> Iterator[tuple[str, ImageSource]]:
    """Pictures that a URL leads to: one, or those of a folder or pattern.

    A set in a bucket is measured where it lies, in the order it would have on disk.

    Parameters
    ----------
    url : str
        Of a picture, a folder (ending in ``/``) or a pattern (with a ``*``), for an archive
        chained as ``zip://*.jpg::URL``.
    refuse : callable of name and reason
        Called for what cannot be listed. It raises, or returns to go on without it.

    Yields
    ------
    address : str
        The URL of the picture.
    source : ImageSource
        The picture. Nothing is read yet.

    Raises
    ------
    ParameterError
        The extra for the protocol is not installed.

    Examples
    --------
    >>> list(iter_url("zip://1.jpg", refuse=lambda name, reason: print(name, reason[:15])))
    zip://1.jpg names no archiv
    []
    """
    url = re.sub(r"(?:^|::)[A-Za-z]\w*://", lambda scheme: scheme[0].lower(), url)
    if reason := _unfit(url):
        refuse(shown_url(url), reason)
        return
    for link in url.split("::"):
        _require(link.partition("://")[0])
    try:
        found = tried(_listed, url)
    except UnreadableError as error:
        refuse(shown_url(url), str(error))
        return
    if not found:
        refuse(shown_url(url), "matches no picture: check the spelling, or the pattern")
    for address in found:
        if is_archive(path_of(address)):
            refuse(shown_url(address), _PACKED)
        else:
            yield address, UrlSource(address)


_PACKED = "is an archive on a server: download it, or name what is in it, as zip://*.jpg::URL"


def _unfit(url: str) -> str:
    links = url.split("::")
    schemes = [link.partition("://")[0] if "://" in link else "" for link in links]
    known = (*_EXTRAS, *_ARCHIVES)
    if strange := [scheme for scheme in schemes if scheme and scheme not in known]:
        named = " ".join(f"{scheme}://" for scheme in known)
        return f"begins with {strange[0]}://, which is not read: name a path or one of {named}"
    if schemes[-1] in _ARCHIVES or any(scheme not in _ARCHIVES for scheme in schemes[:-1]):
        return "names no archive to look into: write zip://*.jpg::s3://bucket/cats.zip"
    if any("*" in link for link in links[1:]):
        return "has a pattern for the archive: only what is in one archive may be a pattern"
    for scheme, inner in zip(schemes, links[1:], strict=False):
        if scheme == "tar" and not path_of(inner).lower().endswith(".tar"):
            return "is no plain .tar, which alone is read by URL: download it"
    return ""


def _require(scheme: str) -> None:
    import fsspec

    try:
        fsspec.get_filesystem_class(scheme if scheme in _EXTRAS else "file")
    except ImportError:
        extra = _EXTRAS[scheme]
        raise ParameterError(f"{scheme}://… needs the extra {extra}: {to_install(extra)}") from None


def _listed(url: str) -> list[str]:
    path = path_of(url)
    is_web = url.startswith("http")
    several = "*" in path or path.endswith("/")
    if not several and (is_web or is_picture(path) or is_archive(path)):
        return [url]
    fs, root = opened(url)
    if not (several or asked(fs, "isdir", root)):
        return [url]
    rest = "".join(url.partition("::")[1:])
    # No limit to the whole: a bucket may be long; each of its pages has one.
    if "*" in root:  # by itself, fsspec would leave out what does not answer
        names = fs.glob(root, on_error="raise") if is_web else fs.glob(root)
    else:
        names = _crawled(fs, root) if is_web else fs.find(root)
    start = len(root.partition("*")[0].rpartition("/")[0] if "*" in root else root.rstrip("/"))
    fit = [name for name in names if _is_wanted(path_of(name)[start:].lstrip("/"))]
    return [fs.unstrip_protocol(name) + rest for name in sorted(fit, key=natural_key)]


def _crawled(fs: Any, root: str) -> list[str]:
    found: list[str] = []
    waiting = [root]
    while waiting:
        names = asked(fs, "ls", waiting.pop(), False, seconds=TRANSFER_SECONDS)
        found += [name for name in names if not name.endswith("/")]
        # Links may lead in a circle: not to the folder itself, upwards, or ever deeper.
        deep = root.count("/") + _MAX_DEPTH
        below = [name for name in names if name.endswith("/") and name.count("/") <= deep]
        waiting += [name for name in below if {".", ".."}.isdisjoint(name.split("/"))]
    return found


def _is_wanted(name: str) -> bool:
    out = is_hidden(name) or ".." in name.split("/")
    return not out and (is_picture(name) or is_archive(name))
