"""XMP packets, read by the few properties that tell of an origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forensics.images.metadata.fields import MAX_BLOCK_BYTES, MAX_TEXT, MetadataFields

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "add_xmp",
]

_NAMESPACES = {
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": (
        "DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation",
    ),
    "http://ns.adobe.com/xap/1.0/": ("CreatorTool", "CreateDate"),
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": ("softwareAgent",),
    "http://ns.adobe.com/photoshop/1.0/": ("Credit", "Source", "DateCreated"),
    "http://ns.adobe.com/tiff/1.0/": ("Make", "Model", "Software"),
    "http://ns.adobe.com/exif/1.0/": ("UserComment", "DateTimeOriginal", "GPSLatitude"),
    "http://ns.adobe.com/exif/1.0/aux/": ("Lens",),
    "http://cipa.jp/exif/1.0/": ("LensModel",),
    "http://purl.org/dc/elements/1.1/": ("description", "creator"),
    "http://purl.org/dc/terms/": ("provenance",),
    "http://www.tc260.org.cn/ns/AIGC/1.0/": ("AIGC",),
}  # fmt: skip
_WANTED = {f"{{{space}}}{name}": name for space, names in _NAMESPACES.items() for name in names}
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_MAX_ELEMENTS = 100_000
_PADDING = b"\0 \t\r\n"
_NO_XMP = "The XMP data is {0} and was not read."


def add_xmp(packet: bytes, found: MetadataFields) -> None:
    """Add the properties of an XMP packet that tell of an origin.

    The IPTC's digital source type stands here, and what Google, Adobe and
    others credit.

    Parameters
    ----------
    packet : bytes
        XML; entities and document types are refused, as XMP has none.
    found : MetadataFields
        Added to.

    Examples
    --------
    >>> found = MetadataFields()
    >>> add_xmp(
    ...     b'<d xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="a program"/>', found
    ... )
    >>> found.text("CreatorTool")
    'a program'
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    if len(packet) > MAX_BLOCK_BYTES:
        found.note(_NO_XMP.format(f"larger than {MAX_BLOCK_BYTES >> 20} MiB"))
        return
    if not found.affords(len(packet)):
        return
    try:
        root = fromstring(packet.strip(_PADDING), forbid_dtd=True)
    except DefusedXmlException:
        found.note(_NO_XMP.format("of a kind that could be an attack (it declares entities)"))
    except (ParseError, ValueError, LookupError):
        # LookupError: an encoding that nobody knows.
        found.note(_NO_XMP.format("damaged"))
    else:
        _add_properties(root, found)


def _add_properties(root: Element, found: MetadataFields) -> None:
    for number, element in enumerate(root.iter()):
        if number >= _MAX_ELEMENTS:
            found.note("The XMP data is longer than a picture needs: the rest was not read.")
            return
        if element.tag in _WANTED:
            _add(_WANTED[element.tag], element.get(_RESOURCE) or _text_in(element), found)
        for name, value in element.items():
            if name in _WANTED:
                _add(_WANTED[name], value, found)


def _text_in(element: Element) -> str:
    # A list of texts, or the same text in several languages, has one item each.
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece.strip())
        length += len(piece)
        if length > MAX_TEXT:
            break
    return "; ".join(piece for piece in pieces if piece)


def _add(name: str, value: str, found: MetadataFields) -> None:
    if name == "provenance":
        # Where a C2PA manifest is kept that is not in the file.
        found.credentials_elsewhere |= bool(re.match(r"https?://", value.strip()))
    elif name == "GPSLatitude":
        found.location |= bool(value.strip())
    else:
        found.add("XMP", name, value)
