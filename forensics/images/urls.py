"""Pictures by URL, read through fsspec: object stores, web servers, archives that lie on them.

A server is not trusted to answer, to finish or to stay the same: every wait
ends, and what arrives is compared with what was announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from forensics.errors import ImageReadError, ParameterError
from forensics.images.files import ImageSource, Refuse
from forensics.images.names import (
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
    shown_url,
)
from forensics.images.servers import (
    TRANSFER_SECONDS,
    UnreadableError,
    asked,
    opened,
    path_of,
    tried,
    whole_picture,
)

__all__ = ["UrlSource", "iter_url"]

_EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "http": "http", "https": "http"}
_ARCHIVES = ("zip", "tar")
_MAX_DEPTH = 8  # of folders on a web server


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A picture on a server, or in an archive there.

    Parameters
    ----------
    url : str
        As fsspec has it: ``s3://cats/7.jpg``, ``zip://a/7.jpg::https://host/cats.zip``.

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
        """The URL without what is secret in it."""
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
    """Yield the pictures that a URL leads to: one, or those of a folder or pattern.

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
        raise ParameterError(
            f"{scheme}://… needs the extra {extra}: pip install 'catforensics[{extra}]'"
        ) from None


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
