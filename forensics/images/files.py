"""What holds the bytes of one picture: a file, or memory.

A member of an archive is the third of the kind, in `archives`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol
from urllib.parse import parse_qsl

from forensics.errors import ImageReadError
from forensics.images.names import printable

__all__ = [
    "CHANGED", "MAX_FILE_BYTES", "BytesSource", "FileSource", "ImageSource", "Refuse",
    "failure_of", "not_regular", "oversized", "reason_of", "shown_url"]  # fmt: skip

CHANGED = "changed while it was read: try again when it is complete"
MAX_FILE_BYTES = 2**30
"""A plain file larger than this is no picture that would be measured."""

Refuse = Callable[[str, str], None]
"""Takes the name of what is left out, and the reason; raises, or returns to go on."""


class ImageSource(Protocol):
    """Something that has the bytes of one picture.

    Files, archive members and bytes in memory look alike to the decoder; each
    is small, immutable and picklable, so that a list of them can be shared out.
    """

    @property
    def name(self) -> str:
        """What people are shown: the path as it was spelled, or ``cats.zip/a/1.jpg``."""

    @property
    def sequential(self) -> bool:
        """Whether this source and its siblings are best read in order, by one thread."""

    def read_bytes(self) -> bytes:
        """Return the encoded picture; ImageReadError where that cannot be done."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A picture in a file of its own.

    Parameters
    ----------
    path : str
        As the user spelled it.

    Examples
    --------
    >>> FileSource("cats/7.png").name
    'cats/7.png'
    """

    sequential: ClassVar[bool] = False
    path: str

    @property
    def name(self) -> str:
        """The path, as it was spelled."""
        return self.path

    def open(self) -> BinaryIO:
        """Open the file to read, once it is known to be a regular one of a sane size.

        A header can be read without reading the file.

        Returns
        -------
        file object
            Binary; to be closed by the caller.

        Raises
        ------
        ImageReadError
            The file is missing, not regular, larger than `MAX_FILE_BYTES` or unreadable.
        """
        try:
            # Before opening: that of a FIFO would wait for a writer.
            found = os.stat(self.path)
            reason = not_regular(found.st_mode) or oversized(found.st_size)
            if not reason:
                return open(self.path, "rb")
        except (OSError, ValueError) as error:
            raise ImageReadError(f"{printable(self.path)} {reason_of(error)}") from error
        raise ImageReadError(f"{printable(self.path)} {reason}")

    def read_bytes(self) -> bytes:
        """Return the whole file.

        Raises
        ------
        ImageReadError
            As `open`, or the disk fails while reading.
        """
        with self.open() as file:
            try:
                return file.read()
            except (OSError, MemoryError) as error:
                raise ImageReadError(f"{printable(self.path)} {reason_of(error)}") from error


@dataclass(frozen=True, slots=True)
class BytesSource:
    """A picture that is in memory already: an upload, or read ahead from an archive.

    Parameters
    ----------
    name : str
        What people are shown.
    data : bytes
        The encoded picture.

    Examples
    --------
    >>> BytesSource("upload", b"BM").read_bytes()
    b'BM'
    """

    sequential: ClassVar[bool] = False
    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        """Return the bytes as they were given."""
        return self.data


def not_regular(mode: int) -> str:
    """Why a file of this `mode` is no picture file, or "" where it may be one.

    A FIFO would wait for ever and ``/dev/zero`` never end.

    Parameters
    ----------
    mode : int
        ``st_mode`` of the file, links followed.

    Examples
    --------
    >>> not_regular(stat.S_IFREG | 0o644)
    ''
    >>> not_regular(stat.S_IFIFO)
    'is a FIFO, not a regular file: save the picture to a file first'
    """
    if stat.S_ISREG(mode):
        return ""
    kind = _KINDS.get(stat.S_IFMT(mode), "a special file")
    return f"is {kind}, not a regular file: save the picture to a file first"


_KINDS = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


def reason_of(error: Exception) -> str:
    """Say what the operating system refused, as the rest of a sentence on the path.

    Nobody should need to know an errno to mend a path.

    Parameters
    ----------
    error : Exception
        What reading raised.

    Examples
    --------
    >>> reason_of(FileNotFoundError())
    'does not exist: check the spelling'
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "does not exist: check the spelling"
    if isinstance(error, PermissionError):
        return "cannot be read, permission denied: make it readable or leave it out"
    if isinstance(error, MemoryError):
        return "does not fit into memory: leave it out"
    detail = (isinstance(error, OSError) and error.strerror) or str(error)
    return f"cannot be read ({detail.lower()}): check the path and the disk"


def oversized(size: int) -> str:
    """Why a picture of `size` bytes, in a file of its own, is refused, or "" where it is not.

    A disk image named by mistake must not fill the memory.

    Parameters
    ----------
    size : int
        In bytes.

    Examples
    --------
    >>> oversized(MAX_FILE_BYTES)
    ''
    """
    if size <= MAX_FILE_BYTES:
        return ""
    return (
        f"is {size / 2**30:.1f} GiB, the limit is {MAX_FILE_BYTES / 2**30:g} GiB: "
        "name pictures, or an archive of them by its own extension"
    )


def shown_url(url: str) -> str:
    """Return a URL as people may be shown it: without password or signature.

    Messages and reports are passed on; what opens the store must not be in them.

    Parameters
    ----------
    url : str
        Any URL, chained or not.

    Examples
    --------
    >>> shown_url("zip://*.jpg::https://me:secret@host/cats.zip?X-Amz-Signature=1f")
    'zip://*.jpg::https://host/cats.zip?…'
    """
    return "::".join(_shown_link(link) for link in url.split("::"))


def _shown_link(link: str) -> str:
    link = re.sub(r"://[^/?#]*@", "://", link)
    # A password with a slash in it: where it ends, nobody can say.
    if broken := re.match(r"https?://[^/?#@\[]*:(?=[^/?#]*[^0-9/?#])", link, re.IGNORECASE):
        return f"{broken[0].partition('://')[0]}://…"
    address, mark, query = link.partition("?")
    secret = any(_SECRET.search(key) for key, _ in parse_qsl(query, keep_blank_values=True))
    return f"{address}?…" if secret else address + mark + query


def failure_of(error: BaseException) -> tuple[str, bool]:
    """Say why a server gave nothing, and whether that may pass by itself.

    What the libraries say themselves is left out: it may hold a password.

    Parameters
    ----------
    error : BaseException
        What fsspec, or what lies beneath it, raised.

    Returns
    -------
    reason : str
        The rest of the sentence on the URL.
    passes : bool
        Whether asking again may help.

    Examples
    --------
    >>> failure_of(ConnectionRefusedError())
    ('cannot be reached, or hung up: check the address and the network', True)
    """
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    codes = (getattr(one, "status", None) for one in causes)
    status = next((code for code in codes if isinstance(code, int)), 0)
    # Known by name: which of their libraries are installed depends on the extras.
    kinds = {str(status)} | {kind.__name__ for one in causes for kind in type(one).__mro__}
    faulty = status >= 500 or getattr(error, "errno", None) in _FAULTS
    if faulty and "FileExpired" not in kinds:
        return f"cannot be read, its server has a fault (HTTP {status or 500}): try later", True
    for some, reason, passes in _FAILURES:
        if not kinds.isdisjoint(some.split()):
            return reason, passes
    if isinstance(error, FileNotFoundError) and status in (0, 404):
        return reason_of(error), False
    detail = f"HTTP {status}" if status else type(error).__name__
    return f"cannot be read ({detail}): check the address, or download it", False


_SECRET = re.compile("sig|token|key|cred|pass|secret|auth|policy", re.IGNORECASE)
_FAULTS = (getattr(errno, "EREMOTEIO", errno.EIO), errno.EBUSY)  # how s3fs says 500 and 503
_PARTIAL = "arrived in part only: try again, or download it"
_SLOW = "gave no answer in time: check the address and the network"
_AWAY = "cannot be reached, or hung up: check the address and the network"
_DENIED = "cannot be read, its server refuses these credentials: check them and their rights"
_FAILURES = (
    ("FileExpired", CHANGED, False),
    ("TimeoutError ConnectTimeoutError ReadTimeoutError", _SLOW, False),
    ("PermissionError NoCredentialsError GoogleAuthError 401 403", _DENIED, False),
    ("ClientPayloadError IncompleteReadError EOFError BadZipFile TarError", _PARTIAL, True),
    ("SSLError ClientSSLError", "lies on a server without a valid certificate", False),
    ("ConnectionError ClientConnectionError HTTPClientError gaierror", _AWAY, True),
    ("ValueError", "has no valid address, or its server sends no parts of it: download it", False),
)
