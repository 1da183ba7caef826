"""Arrays in a file that anybody may have made: read without pickle, or refused in a sentence."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ImageReadError, SavedFileError
from forensics.images.signature import SIGNATURE_BYTES, is_kind
from forensics.images.sources.names import printable

__all__ = [
    "ARRAY_DAMAGE",
    "load_arrays",
]

T = TypeVar("T")

ARRAY_DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    RuntimeError, MemoryError, SyntaxError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What NumPy and the standard library raise on a damaged or foreign file."""


def load_arrays(
    path: str | os.PathLike[str],
    parse: Callable[[dict[str, NDArray[Any]]], T],
    *,
    newest: int,
    oldest: int = 1,
    what: str,
    way_out: str,
) -> T:
    """Result of a function of the arrays of a ``.npz``, which may come from anybody.

    Parameters
    ----------
    path : str or path-like
        File to read.
    parse : callable
        Takes the arrays by name; anything that it raises on bad ones is a refusal.
    newest : int
        Largest ``format_version`` that is understood.
    oldest : int
        Smallest ``format_version`` that is understood.
    what, way_out : str
        What the file should be, and what to do if it is not, for messages.

    Returns
    -------
    object
        What `parse` returns.

    Raises
    ------
    ImageReadError
        The file is missing or cannot be read.
    SavedFileError
        It is something else, damaged, or from a version that is too new or too old.
    """
    named = printable(os.fsdecode(path))
    try:
        # Opened here, because np.load leaves a damaged file open.
        with open(path, "rb") as file:
            if not is_kind(file.read(SIGNATURE_BYTES), "ZIP"):
                raise ValueError("no archive of arrays")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                held = dict(arrays)
            if "format_version" not in held:
                raise ValueError("it has no format_version")
            version = int(held["format_version"])
            if version > newest:
                raise SavedFileError(
                    f"{named} has format {version}, this version reads up to {newest}: "
                    "upgrade catforensics"
                )
            parsed = parse(held)
            if version < oldest:
                raise SavedFileError(
                    f"{named} has format {version}, this version reads {oldest} and later: make "
                    "it again from its pictures"
                )
            return parsed
    except SavedFileError:
        raise
    except ARRAY_DAMAGE as error:
        reason = getattr(error, "strerror", None)
        if reason:
            raise ImageReadError(f"{named} cannot be read: {reason}") from error
        detail = " ".join(str(error).split()) or type(error).__name__
        raise SavedFileError(
            f"{named} is no {what} or is damaged ({printable(detail)}): {way_out}"
        ) from error
