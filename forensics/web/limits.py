"""What the page takes, and the sentences of what it refuses."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

__all__ = [
    "Limits",
    "RefusedError",
    "in_page_words",
]

MIB = 2**20
_WAYS = {
    r"pass max_pixels=\d+ to read it": "use the command line, with --max-pixels",
    r'pass damaged="keep" to measure': "use the command line, with --damaged keep, to measure",
    r"pass size=(\d+) to crop": r"compare the middle of each, \1 pixels a side",
}
"""Ways out by arguments, and what they are on the page."""


def in_page_words(sentence: str) -> str:
    """Refusal with the way out that there is on the page.

    Parameters
    ----------
    sentence : str
        Sentence of an error, with a way out for the command line or Python.

    Returns
    -------
    str
        The sentence in the words of the page.

    Examples
    --------
    >>> in_page_words("a.png has another size: pass size=80 to crop")
    'a.png has another size: compare the middle of each, 80 pixels a side'
    """
    for option, way in _WAYS.items():
        sentence = re.sub(option, way, sentence)
    return sentence


class RefusedError(Exception):
    """Request that is not answered, with the status and the sentence that say why.

    Parameters
    ----------
    status : int
        HTTP status, 400 to 499.
    sentence : str
        Sentence with what is wrong, what is allowed, and the way out.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of what the page takes; nothing grows without a bound.

    Parameters
    ----------
    picture_bytes : int
        Bytes of the file of one picture.
    sets_bytes : int
        Bytes of both sets that are compared, together.
    pixels : int
        Pixels of one picture.
    pictures : int
        Pictures in one drop.
    set_pictures : int
        Pictures of each set that is compared.
    working : int
        Requests that are worked on at once.
    waiting : int
        Requests that may wait for these.
    seconds : float
        Seconds for one picture.
    sets_seconds : float
        Seconds for two sets.
    idle_seconds : float
        Seconds in which something of an upload has to arrive.
    heif : bool
        Whether a HEIC is decoded.
    """

    picture_bytes: int = 64 * MIB
    sets_bytes: int = 512 * MIB
    pixels: int = 50_000_000
    pictures: int = 100
    set_pictures: int = 5_000
    working: int = field(default_factory=lambda: max(1, os.cpu_count() or 1))
    waiting: int = 200
    seconds: float = 60.0
    sets_seconds: float = 900.0
    idle_seconds: float = 30.0
    heif: bool = False

    def check_size(self, size: int, most: int, what: str) -> None:
        """Refuse an upload that is too large.

        Parameters
        ----------
        size : int
            Size of the upload in bytes.
        most : int
            Largest number of bytes allowed.
        what : str
            Name of the upload, for the message.

        Raises
        ------
        RefusedError
            `size` is larger than `most`.
        """
        if size > most:
            raise RefusedError(
                413,
                f"{what} is {size / MIB:.1f} MiB, the page takes at most {most / MIB:g}: use the "
                "command line, which has no such limit",
            )
