"""The IPTC's words for what a picture was made from, in words that everybody knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["MEANINGS", "SourceType", "mentioned_codes", "source_type"]

MEANINGS = {
    "trainedAlgorithmicMedia": "made by a trained algorithm",
    "compositeWithTrainedAlgorithmicMedia": "in part made by a trained algorithm",
    "trainedAlgorithmicData": "data made by a trained algorithm",
    "algorithmicMedia": "made by an algorithm that was not trained on pictures",
    "compositeSynthetic": "put together from parts of which some are synthetic",
    "dataDrivenMedia": "drawn from data by a program",
    "algorithmicallyEnhanced": "enhanced by an algorithm",
    "composite": "put together from several parts",
    "compositeCapture": "put together from several captures of the real world",
    "computationalCapture": "captured by a camera that computes a picture from several",
    "digitalCapture": "captured by a digital camera or another digital device",
    "digitalCreation": "made by a person with a computer",
    "humanEdits": "changed by a person with a computer",
    "minorHumanEdits": "changed a little by a person with a computer",
    "digitalArt": "made by a person with a computer",
    "softwareImage": "made with a computer",
    "virtualRecording": "recorded from a virtual scene",
    "screenCapture": "captured from a screen",
    "negativeFilm": "scanned from a negative",
    "positiveFilm": "scanned from a positive film",
    "print": "scanned from a print",
}
"""By the last part of the URI; the terms that the IPTC retired among them."""

# The longest first: one is the beginning of another.
_MENTIONED = re.compile(
    rb"digitalsourcetype/(" + "|".join(sorted(MEANINGS, key=len, reverse=True)).encode() + rb")",
)


@dataclass(frozen=True, slots=True)
class SourceType:
    """What a file says it was made from, in the IPTC's vocabulary.

    The one standard statement on generative AI; whoever writes the file may
    choose it.

    Parameters
    ----------
    place : str
        "XMP", "Content Credentials", or "Content Credentials of an ingredient".
    value : str
        As written, mostly a URI.
    code : str
        The last part of it: "trainedAlgorithmicMedia".

    References
    ----------
    IPTC NewsCodes, Digital Source Type: http://cv.iptc.org/newscodes/digitalsourcetype/

    Examples
    --------
    >>> source_type("XMP", "http://cv.iptc.org/newscodes/digitalsourcetype/print").meaning
    'scanned from a print'
    """

    place: str
    value: str
    code: str

    @property
    def meaning(self) -> str:
        """The code in plain words, "" if the vocabulary does not have it."""
        return MEANINGS.get(self.code, "")


def source_type(place: str, value: str) -> SourceType:
    """Source type that a text stands for.

    Parameters
    ----------
    place : str
    value : str
        A URI, a code with its scheme, or the code alone.

    Examples
    --------
    >>> source_type("XMP", "digsrctype:trainedAlgorithmicMedia").code
    'trainedAlgorithmicMedia'
    """
    value = value.strip()
    return SourceType(place, value, re.split(r"[/:#]", value.rstrip("/"))[-1])


def mentioned_codes(store: bytes | bytearray) -> tuple[str, ...]:
    """Codes whose URIs stand in some bytes, each once.

    What a manifest says, where there is nothing at hand to read and check it with.

    Parameters
    ----------
    store : bytes

    Examples
    --------
    >>> mentioned_codes(b"..http://cv.iptc.org/newscodes/digitalsourcetype/printx..")
    ('print',)
    """
    found = dict.fromkeys(code.decode() for code in _MENTIONED.findall(bytes(store)))
    return tuple(found)
