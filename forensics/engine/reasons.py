"""Why pictures were left out, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from forensics.errors import EmptySetError, ForensicsError
from forensics.images.names import printable
from forensics.images.sources import Skipped

__all__ = ["first_reasons", "reason_without_name"]


def reason_without_name(name: str, error: ForensicsError) -> str:
    """The sentence of an error without the picture's name in front.

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
    """The error for a set of which nothing was left, with the first reason.

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
