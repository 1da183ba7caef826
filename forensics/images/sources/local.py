"""What holds the bytes of one picture, a file or memory, and why it gives none.

Members of archives and pictures on servers are of the same kind, in `members` and `urls`.

Nobody should need to know an errno, or the exceptions of five libraries, to mend a path.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, ClassVar, Protocol

from forensics._typing import Damaged
from forensics.box import Box, as_box
from forensics.errors import EmptySetError, ForensicsError, ImageReadError, ParameterError
from forensics.images.signature import file_format, is_own_figure
from forensics.images.sources.names import (
    extension,
    is_archive,
    is_picture,
    printable,
    says_nothing,
)
from forensics.validation import check_whole

__all__ = [
    "first_reasons",
    "named",
    "reason_without_name",
    "AskedSource",
    "BytesSource",
    "CHANGED",
    "FileSource",
    "ImageSource",
    "MAX_FILE_BYTES",
    "Refuse",
    "Skipped",
    "Unreadable",
    "failure_of",
    "asked_for",
    "asked_to_wait",
    "held",
    "in_memory",
    "not_regular",
    "oversized",
    "passed_over_as",
    "reason_of",
]

CHANGED = "changed while it was read: try again when it is complete"
MAX_FILE_BYTES = 2**29
"""A plain file larger than this is no picture that would be measured."""


def not_regular(mode: int) -> str:
    """Reason why a file of this `mode` is no picture file, if it is none.

    A FIFO would wait for ever and ``/dev/zero`` never end.

    Parameters
    ----------
    mode : int
        ``st_mode`` of the file, links followed.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.

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


def passed_over_as(name: str, start: Callable[[], bytes]) -> str:
    """Kind of a file in a folder or an archive that is no part of the set there.

    Its name decides; where that says nothing, and to tell figures that were drawn here, its first
    bytes do.

    Parameters
    ----------
    name : str
        Name of the file.
    start : callable
        Reads its first bytes, if they are needed.

    Returns
    -------
    str
        The kind, to be counted by; "" if it is part of the set, or has to be refused by name.

    Examples
    --------
    >>> passed_over_as("a.txt", bytes), passed_over_as("a.jpg", bytes)
    ('.txt', '')
    """
    if is_archive(name) or (is_picture(name) and not name.lower().endswith(".png")):
        return ""
    if not (is_picture(name) or says_nothing(name)):
        return extension(name)
    begins = start()
    if is_own_figure(begins):
        return "figures of catforensics"
    return "" if is_picture(name) or file_format(begins) else extension(name)


def reason_of(error: Exception) -> str:
    """What the operating system refused, as the rest of a sentence on the path.

    Nobody should need to know an errno to mend a path.

    Parameters
    ----------
    error : Exception
        Error that reading raised.

    Returns
    -------
    str
        Plain words, without the number of the error.

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
    """Reason why a picture of `size` bytes, in a file of its own, is refused, if it is.

    A disk image named by mistake must not fill the memory.

    Parameters
    ----------
    size : int
        Size of the file in bytes.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.

    Examples
    --------
    >>> oversized(MAX_FILE_BYTES)
    ''
    """
    if size <= MAX_FILE_BYTES:
        return ""
    return (
        f"is {size / 2**20:,.0f} MiB, the limit is {MAX_FILE_BYTES / 2**20:g} MiB: "
        "name pictures, or an archive of them by its own extension"
    )


def failure_of(error: BaseException, *, credentials: bool = True) -> tuple[str, bool]:
    """Why a server gave nothing, and whether that may pass by itself.

    What the libraries say themselves is left out: it may hold a password.

    Parameters
    ----------
    error : BaseException
        Error that fsspec, or what lies beneath it, raised.
    credentials : bool
        Whether any were given, which may be refused.

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
    causes = _causes(error)
    status = _status(causes)
    # Known by name: which of their libraries are installed depends on the extras.
    kinds = {str(status)} | {kind.__name__ for one in causes for kind in type(one).__mro__}
    faulty = status >= 500 or getattr(error, "errno", None) in _FAULTS
    if faulty and "FileExpired" not in kinds:
        return f"cannot be read, its server has a fault (HTTP {status or 500}): try later", True
    if status == _TOO_OFTEN:
        return f"cannot be read, its server was asked too often (HTTP {status}): try later", True
    if not credentials and (status in _REFUSALS or "PermissionError" in kinds):
        return _REFUSALS.get(status, _NOT_FOR_ALL), False
    for some, reason, passes in _FAILURES:
        if not kinds.isdisjoint(some.split()):
            return reason, passes
    if isinstance(error, FileNotFoundError) and status in (0, 404):
        return reason_of(error), False
    detail = f"HTTP {status}" if status else type(error).__name__
    return f"cannot be read ({detail}): check the address, or download it", False


def asked_to_wait(error: BaseException) -> float | None:
    """How long a server asks to be left alone, if it does.

    Parameters
    ----------
    error : BaseException
        Error that fsspec, or what lies beneath it, raised.

    Returns
    -------
    float or None
        Seconds, by its ``Retry-After``, 1 if that says nothing; None of other failures.

    Examples
    --------
    >>> asked_to_wait(ConnectionRefusedError()) is None
    True
    """
    from email.utils import parsedate_to_datetime

    causes = _causes(error)
    if _status(causes) not in (_TOO_OFTEN, _BUSY):
        return None
    headers = (getattr(one, "headers", None) or {} for one in causes)
    said = next((one["Retry-After"] for one in headers if "Retry-After" in one), "").strip()
    if said.isdecimal() and len(said) < _DIGITS:
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 1.0
    return max(0.0, until.timestamp() - time.time())


def _causes(error: BaseException) -> list[BaseException]:
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    return causes


def _status(causes: Sequence[BaseException]) -> int:
    codes = (getattr(one, "status", None) for one in causes)
    return next((code for code in codes if isinstance(code, int)), 0)


_TOO_OFTEN, _BUSY, _DIGITS = 429, 503, 9
_REFUSALS = {
    401: "cannot be read, its server asks for a name and a password (HTTP 401): write them as "
    "https://NAME:PASSWORD@host, or download it",
    403: "cannot be read, its server refuses to give it (HTTP 403): check the address, or "
    "download it with a browser",
}
"""What is said where nobody has given credentials."""
_FAULTS = (getattr(errno, "EREMOTEIO", errno.EIO), errno.EBUSY)  # how s3fs says 500 and 503
_PARTIAL = "arrived in part only: try again, or download it"
_SLOW = "gave no answer in time: check the address and the network"
_AWAY = "cannot be reached, or hung up: check the address and the network"
_DENIED = "cannot be read, its server refuses these credentials: check them and their rights"
_NOT_FOR_ALL = (
    "cannot be read, its server does not give it to everybody: check the address, or name who asks"
)
_NONE_GIVEN = (
    "lies in a store that asks who reads, and no credentials were found: give them as its own "
    "tools take them (aws configure, gcloud auth application-default login); of a public bucket "
    "set FSSPEC_S3_ANON=true, or name the https:// address"
)
_FAILURES = (
    ("FileExpired", CHANGED, False),
    ("TimeoutError ConnectTimeoutError ReadTimeoutError", _SLOW, False),
    ("NoCredentialsError GoogleAuthError", _NONE_GIVEN, False),
    ("PermissionError 401 403", _DENIED, False),
    ("ClientPayloadError IncompleteReadError EOFError BadZipFile TarError", _PARTIAL, True),
    ("SSLError ClientSSLError", "lies on a server without a valid certificate", False),
    ("ConnectionError ClientConnectionError HTTPClientError gaierror", _AWAY, True),
    ("ValueError", "has no valid address, or its server sends no parts of it: download it", False),
)


Refuse = Callable[[str, str], None]
"""Takes the name of what is left out, and the reason; raises, or returns to go on."""


class ImageSource(Protocol):
    """Source of one picture: something that has its bytes.

    Files, archive members and bytes in memory look alike to the decoder; each
    is small, immutable and picklable, so that a list of them can be shared out.
    """

    @property
    def name(self) -> str:
        """Name that people are shown, the path as it was spelled or ``cats.zip/a/1.jpg``."""

    @property
    def sequential(self) -> bool:
        """Whether this source and its siblings are best read in order, by one thread."""

    def read_bytes(self) -> bytes:
        """Read the encoded picture, or raise ImageReadError."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Picture in a file of its own.

    Parameters
    ----------
    path : str
        Path as the user spelled it.
    shown : str
        Name that people are shown instead, where the path had to be made another.

    Examples
    --------
    >>> FileSource("cats/7.png").name
    'cats/7.png'
    """

    sequential: ClassVar[bool] = False
    path: str
    shown: str = ""

    @property
    def name(self) -> str:
        """The path, as it was spelled."""
        return self.shown or self.path

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
            raise ImageReadError(f"{printable(self.name)} {reason_of(error)}") from error
        raise ImageReadError(f"{printable(self.name)} {reason}")

    def read_bytes(self) -> bytes:
        """Return the whole file.

        Raises
        ------
        ImageReadError
            As `open`, or the disk fails or the file changes while it is read.
        """
        with self.open() as file:
            try:
                before = os.fstat(file.fileno())
                data = file.read()
                after = os.fstat(file.fileno())
            except (OSError, MemoryError) as error:
                raise ImageReadError(f"{printable(self.name)} {reason_of(error)}") from error
        if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise ImageReadError(f"{printable(self.name)} {CHANGED}")
        return data


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Picture that is in memory already: an upload, or read ahead from an archive.

    Parameters
    ----------
    name : str
        Name that people are shown.
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


@dataclass(frozen=True, slots=True)
class AskedSource:
    """Picture of which more is asked than its first frame, whole.

    Parameters
    ----------
    source : ImageSource
        Where its bytes come from.
    frame : int
        Frame of an animation, or page, that is meant; the first is 0.
    damaged : {"skip", "keep"}
        What becomes of a picture that can be decoded but is damaged: refused, or measured.
    heif : bool
        Whether a HEIC may be decoded, whose decoder is the largest of all.
    box : Box, optional
        The part of it that is meant; all of it by default.

    Examples
    --------
    >>> AskedSource(BytesSource("a.gif", b"GIF89a"), frame=2).name
    'a.gif'
    """

    source: ImageSource
    frame: int = 0
    damaged: Damaged = "skip"
    heif: bool = True
    box: Box | None = None

    @property
    def name(self) -> str:
        """Name of the file that it is in."""
        return self.source.name

    @property
    def sequential(self) -> bool:
        """Whether it is best read in order."""
        return self.source.sequential

    def read_bytes(self) -> bytes:
        """Return the bytes of the whole file."""
        return self.source.read_bytes()


def asked_for(
    source: ImageSource,
    frame: int = 0,
    damaged: Damaged = "skip",
    *,
    box: Sequence[int] | None = None,
    heif: bool = True,
) -> AskedSource:
    """Source with what is asked of it, which its own asking keeps unless more is said.

    Parameters
    ----------
    source : ImageSource
        Picture to be read.
    frame : int
        Frame or page that is meant; the first is 0.
    damaged : {"skip", "keep"}
        What becomes of a damaged picture that can be decoded.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is meant.
    heif : bool
        Whether a HEIC may be decoded.

    Returns
    -------
    AskedSource
        The same picture.

    Raises
    ------
    ParameterError
        `frame` is negative, or `damaged` or `box` is not allowed.

    Examples
    --------
    >>> asked_for(asked_for(FileSource("a.gif"), frame=2), damaged="keep").frame
    2
    """
    check_whole("frame", frame, "pass 0 for the first frame, 1 for the next", least=0)
    if damaged not in ("skip", "keep"):
        raise ParameterError(f"damaged is {damaged!r}: pass 'skip' or 'keep'")
    part = None if box is None else as_box(box)
    if not isinstance(source, AskedSource):
        return AskedSource(source, frame, damaged, heif, part)
    return AskedSource(
        source.source,
        frame or source.frame,
        source.damaged if damaged == "skip" else damaged,
        heif and source.heif,
        part or source.box,
    )


def held(source: ImageSource, data: bytes) -> ImageSource:
    """The same picture with its bytes in memory, for those who need them as well.

    Parameters
    ----------
    source : ImageSource
        Picture that was read.
    data : bytes
        What it gave.

    Returns
    -------
    ImageSource
        As much is asked of it.

    Examples
    --------
    >>> held(FileSource("a.png"), b"...")
    BytesSource(name='a.png', data=b'...')
    """
    inner = BytesSource(source.name, data)
    return replace(source, source=inner) if isinstance(source, AskedSource) else inner


@dataclass(frozen=True, slots=True)
class Skipped:
    """Picture or place that was left out, and why.

    Parameters
    ----------
    path : str
        Name of the picture or place, as people are shown it.
    reason : str
        The rest of the sentence that begins with the path.

    Examples
    --------
    >>> skipped = Skipped("cats/7.png", "is empty")
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Source whose reading failed already; it says so when its turn comes.

    Parameters
    ----------
    name : str
        Name that people are shown.
    message : str
        The sentence of the failure.

    Examples
    --------
    >>> Unreadable("7.png", "7.png is empty").read_bytes()
    Traceback (most recent call last):
    forensics.errors.ImageReadError: 7.png is empty
    """

    sequential: ClassVar[bool] = False
    name: str
    message: str

    def read_bytes(self) -> bytes:
        """Raise the error of the first attempt."""
        raise ImageReadError(self.message)


def in_memory(source: ImageSource) -> ImageSource:
    """Source read here and now, for a place where it could not be read, or only slowly.

    Parameters
    ----------
    source : ImageSource
        Picture to read.

    Returns
    -------
    BytesSource or Unreadable
        What fails now, fails in the turn of this picture.

    Examples
    --------
    >>> in_memory(FileSource("missing.png"))
    Unreadable(name='missing.png', message='missing.png does not exist: check the spelling')
    """
    try:
        return BytesSource(source.name, source.read_bytes())
    except ImageReadError as error:
        return Unreadable(source.name, str(error))


def reason_without_name(name: str, error: ForensicsError) -> str:
    """Sentence of an error without the picture's name in front.

    Parameters
    ----------
    name : str
        Name of the picture.
    error : ForensicsError
        Error whose message may begin with that name.

    Returns
    -------
    str
        The reason, as the rest of a sentence.

    Examples
    --------
    >>> reason_without_name("a.jpg", ForensicsError("a.jpg is empty"))
    'is empty'
    >>> reason_without_name("a.jpg", ForensicsError("image has shape (2, 2, 3)"))
    'has shape (2, 2, 3)'
    """
    reason = str(error).removeprefix(printable(name)).lstrip(" :")
    return reason.removeprefix("image ") or str(error)


def first_reasons(skipped: Sequence[Skipped]) -> EmptySetError:
    """Error for a set of which nothing was left, with the first reason.

    Parameters
    ----------
    skipped : sequence of Skipped
        Pictures left out, each with the reason.

    Returns
    -------
    EmptySetError
        To be raised by the caller.

    Examples
    --------
    >>> print(first_reasons([Skipped("a.jpg", "is empty")]))
    no picture was left: a.jpg is empty
    """
    first = (
        f"{printable(skipped[0].path)} {skipped[0].reason}"
        if skipped
        else "there was none to begin with"
    )
    more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
    return EmptySetError(f"no picture was left: {first}{more}")


@contextmanager
def named(source: ImageSource) -> Iterator[None]:
    """Block in which an error that does not know the picture's name is given it.

    Parameters
    ----------
    source : ImageSource
        Picture that the block is about.

    Yields
    ------
    None
        The block runs once.

    Examples
    --------
    >>> from forensics.images.sources.find import BytesSource
    >>> with named(BytesSource("a.jpg", b"")):
    ...     raise ForensicsError("image has shape (2, 2, 3)")
    Traceback (most recent call last):
    forensics.errors.ForensicsError: a.jpg has shape (2, 2, 3)
    """
    try:
        yield
    except ForensicsError as error:
        reason = reason_without_name(source.name, error)
        raise type(error)(f"{printable(source.name)} {reason}") from error
