"""Files with something in them, made by hand: no picture of anybody's, no program's output."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image as Pillow

XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
)


class Make:
    """Builders of files and of the blocks in them."""

    picture = Pillow.fromarray(
        np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    ).resize((160, 120), Pillow.Resampling.BICUBIC)

    def saved(self, kind: str, picture: Pillow.Image | None = None, **options: object) -> bytes:
        file = io.BytesIO()
        (picture or self.picture).save(file, kind, **options)
        return file.getvalue()

    def jpeg(self, *segments: bytes) -> bytes:
        data = self.saved("JPEG")
        return data[:2] + b"".join(segments) + data[2:]

    def segment(self, marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    def png(self, *chunks: bytes) -> bytes:
        data = self.saved("PNG")
        return data[:33] + b"".join(chunks) + data[33:]

    def chunk(self, kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    def text(self, key: str, value: str) -> bytes:
        return self.chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1"))

    def xmp(self, properties: str = "", elements: str = "") -> bytes:
        """XMP with attributes and with elements."""
        return (
            '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            f'<rdf:RDF {NAMESPACES}><rdf:Description rdf:about="" {properties}>{elements}'
            '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
        ).encode()

    def exif(
        self,
        tags: dict[int, str] | None = None,
        inner: dict[int, bytes | str] | None = None,
        gps: dict[int, object] | None = None,
    ) -> bytes:
        """EXIF with texts in the first directory, in the EXIF one and a place."""
        exif = Pillow.Exif()
        exif.update(tags or {})
        exif.get_ifd(0x8769).update(inner or {})
        exif.get_ifd(0x8825).update(gps or {})
        return exif.tobytes()

    def exif_with_thumbnail(self, thumbnail: bytes, make: bytes = b"maker\0") -> bytes:
        """EXIF of one text and a thumbnail, by hand: Pillow writes no second directory."""
        first = struct.pack("<HHHII", 1, 0x010F, 2, len(make), 26) + struct.pack(
            "<I", 26 + len(make)
        )
        at = 26 + len(make) + 2 + 24 + 4
        second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, at, 0x0202, 4, 1, len(thumbnail), 0)
        return b"Exif\0\0II*\0\x08\0\0\0" + first + make + second + thumbnail

    def iptc(self, dataset: int, text: bytes) -> bytes:
        return bytes([0x1C, 2, dataset]) + struct.pack(">H", len(text)) + text

    def photoshop(self, iptc: bytes) -> bytes:
        return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc

    def store(self, told: bytes = b"") -> bytes:
        """A JUMBF box as a C2PA manifest store begins, with `told` in it."""
        uuid = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")
        described = uuid + b"\x03c2pa\0"
        inner = struct.pack(">I", 8 + len(described)) + b"jumd" + described + told
        return struct.pack(">I", 8 + len(inner)) + b"jumb" + inner
