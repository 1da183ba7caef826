"""Every way in which the library says no.

One root, so that ``except ForensicsError`` is enough; every child is also the
builtin that a caller who does not know the library would expect.
"""

from __future__ import annotations

__all__ = [
    "ClusterError",
    "CollectError",
    "EmptySetError",
    "ForensicsError",
    "ImageReadError",
    "ImageShapeError",
    "ModelError",
    "OutputError",
    "ParameterError",
    "SavedFileError",
    "to_install",
]


class ForensicsError(Exception):
    """Anything this library refuses to do, in one sentence with the value and the way out."""


class ImageReadError(ForensicsError, OSError):
    """A picture, or the archive that holds it, that cannot or must not be read."""


class ImageShapeError(ForensicsError, ValueError):
    """An array that is no image, or not of the size the set has."""


class ParameterError(ForensicsError, ValueError):
    """An argument outside what is allowed."""


class EmptySetError(ForensicsError, ValueError):
    """A set in which no picture is left to measure."""


class SavedFileError(ForensicsError, ValueError):
    """A saved result that is damaged, foreign, or from a newer version."""


class ModelError(ForensicsError, ValueError):
    """A classifier that is damaged, foreign, from another version, or not fit for a picture."""


class OutputError(ForensicsError, OSError):
    """A result that cannot be written: it exists already, or the disk says no."""


class ClusterError(ForensicsError, ConnectionError):
    """A cluster that cannot be reached, has no workers, or went away."""


class CollectError(ForensicsError, ConnectionError):
    """A server that pictures cannot, or must not, be fetched from."""


def to_install(extra: str) -> str:
    """What to type where an extra is missing, the way out of several refusals.

    Parameters
    ----------
    extra : str
        Name of the extra, as in pyproject.toml.

    Returns
    -------
    str
        The end of a sentence, without a full stop.

    Examples
    --------
    >>> to_install("web")
    "pip install 'catforensics[web]' (in a clone: pip install '.[web]')"
    """
    return f"pip install 'catforensics[{extra}]' (in a clone: pip install '.[{extra}]')"
