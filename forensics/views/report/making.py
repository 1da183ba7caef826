"""How a report was made: what a reader needs to make it again."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from forensics import __version__

__all__ = ["Making", "making", "making_record"]

_LIBRARIES = ("numpy", "scipy", "pillow", "scikit-image")


@dataclass(frozen=True, slots=True)
class Making:
    """How a report was made.

    Parameters
    ----------
    version : str
        Of this program.
    command : str
        As it would be typed.
    created : str
        Date and time in UTC, ISO 8601.
    libraries : tuple of (str, str)
        What measured: names and versions, Python's first.
    """

    version: str
    command: str
    created: str
    libraries: tuple[tuple[str, str], ...]


def making(command: Sequence[str] | str) -> Making:
    """How a report is made here and now.

    With ``SOURCE_DATE_EPOCH`` set, as builds that can be repeated have it, that is the time.

    Parameters
    ----------
    command : sequence of str, or str
        Words of a command line, or what to say instead.

    Returns
    -------
    Making
    """
    import shlex

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return Making(
        __version__,
        command if isinstance(command, str) else shlex.join(command),
        now.isoformat(timespec="seconds"),
        (("Python", platform.python_version()), *((name, version(name)) for name in _LIBRARIES)),
    )


def making_record(how: Making) -> dict[str, Any]:
    """The JSON object of how a report was made.

    Parameters
    ----------
    how : Making

    Returns
    -------
    dict
        Keys version, command, created and libraries.
    """
    return {**asdict(how), "libraries": dict(how.libraries)}
