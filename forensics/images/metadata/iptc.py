"""IPTC entries (IIM), as newsrooms and platforms write them into JPEG and TIFF files."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.images.metadata.fields import MetadataFields, decoded_text
from forensics.images.pieces import MOST_PIECES

__all__ = [
    "add_iptc",
    "add_photoshop",
]

_DATASETS = {
    5: "Title",
    40: "SpecialInstructions",
    65: "OriginatingProgram",
    80: "By-line",
    110: "Credit",
    115: "Source",
    120: "Caption",
}
"""Of record 2. IIM has no digital source type: that is written in XMP alone."""
_IPTC_RESOURCE = 0x0404


def add_photoshop(block: bytes, found: MetadataFields) -> None:
    r"""Add the IPTC entries in Photoshop's image resources, where JPEG files have them.

    Parameters
    ----------
    block : bytes
        The resources, beginning with ``8BIM``.
    found : MetadataFields
        Added to.

    Examples
    --------
    >>> found = MetadataFields()
    >>> iim = bytes([0x1C, 2, 110, 0, 2]) + b"me"
    >>> add_photoshop(b"8BIM\x04\x04\0\0\0\0\0\x07" + iim, found)
    >>> found.text("Credit")
    'me'
    """
    if not found.affords(len(block)):
        return
    for kind, start, end in _resources(block):
        if kind == _IPTC_RESOURCE:
            add_iptc(block[start:end], found)


def _resources(block: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while block[at : at + 4] == b"8BIM":
        kind = int.from_bytes(block[at + 4 : at + 6])
        # A name with its length before it, padded to an even number of bytes.
        at += 6 + (block[at + 6 : at + 7] or b"\0")[0] // 2 * 2 + 2
        size = int.from_bytes(block[at : at + 4])
        yield kind, at + 4, at + 4 + size
        at += 4 + size + size % 2


def add_iptc(block: bytes, found: MetadataFields) -> None:
    """Add the entries of an IIM block that tell of an origin.

    Parameters
    ----------
    block : bytes
        Datasets, each beginning with the byte 28.
    found : MetadataFields
        Added to.

    Examples
    --------
    >>> found = MetadataFields()
    >>> add_iptc(bytes([0x1C, 2, 110, 0, 2]) + b"me", found)
    >>> found.text("Credit")
    'me'
    """
    if not found.affords(len(block)):
        return
    at = 0
    for _ in range(MOST_PIECES):
        head = block[at : at + 5]
        if len(head) < 5 or head[0] != 0x1C:
            return
        size = int.from_bytes(head[3:])
        if size >= 0x8000:
            # A length of so many bytes follows; nothing that is looked for is that long.
            return
        if head[1] == 2 and head[2] in _DATASETS:
            found.add("IPTC", _DATASETS[head[2]], decoded_text(block[at + 5 : at + 5 + size]))
        at += 5 + size
