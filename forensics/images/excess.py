"""What no picture needs, and what would keep a decoder busy for minutes: refused beforehand.

A few kilobytes can ask for thousands of passes over every block, or for a header to be copied
thousands of times. Neither is damage, so no decoder objects.
"""

from __future__ import annotations

import re
from typing import IO

__all__ = ["body_excess", "header_excess"]

MAX_HEADER_BYTES = 16 * 2**20
MAX_SEGMENTS = 4096
"""Of a JPEG before its pixels, and chunks of a PNG that hold none."""
MAX_SCANS = 100
"""Programs write up to 20; each of them passes over all blocks."""

_SMALL_CHUNK = 1024
"""Bytes of the chunks of a large PNG, on average at least; libpng writes 8192."""

_SCAN, _END = 0xDA, 0xD9
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
# In the coded pixels 0xFF is followed by 0 or by a restart mark.
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")


def header_excess(file: IO[bytes], kind: str) -> str:
    r"""Why the header of a JPEG or PNG is refused, as the rest of a sentence; "" if it is not.

    Parameters
    ----------
    file : binary file object
        Left at its beginning.
    kind : str
        "Jpeg", "Png"; nothing is refused of others.

    Examples
    --------
    >>> import io
    >>> header_excess(io.BytesIO(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 5000), "Jpeg")
    'has more than 4,096 parts before its pixels: save it anew'
    """
    sizes = {"Jpeg": _segment_size, "Png": _chunk_size}.get(kind)
    if sizes is None:
        return ""
    at, n_parts = {"Jpeg": 2, "Png": 8}[kind], 0
    while at <= MAX_HEADER_BYTES and n_parts <= MAX_SEGMENTS:
        file.seek(at)
        size = sizes(file.read(8))
        if size is None:
            file.seek(0)
            return ""
        at += size
        n_parts += 1
    file.seek(0)
    if n_parts > MAX_SEGMENTS:
        return f"has more than {MAX_SEGMENTS:,} parts before its pixels: save it anew"
    return (
        f"has a header of more than {MAX_HEADER_BYTES / 2**20:g} MiB: save it anew, without its "
        "metadata"
    )


def _segment_size(head: bytes) -> int | None:
    """Bytes of a JPEG's segment, fill bytes one by one; None at the pixels and where none is."""
    if len(head) < 4 or head[0] not in (0, 0xFF) or (head[0] and head[1] in (_SCAN, _END)):
        return None
    if head[0] == 0 or head[1] in (0, 0xFF):
        return 1
    return 2 if head[1] in _STANDALONE else 2 + int.from_bytes(head[2:4])


def _chunk_size(head: bytes) -> int | None:
    """Bytes of a PNG's chunk; None at the pixels, at the end and where none is."""
    if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
        return None
    return 12 + int.from_bytes(head[:4])


def body_excess(data: bytes, kind: str, *, progressive: bool = False) -> str:
    r"""Why the rest of a JPEG or PNG is refused, as the rest of a sentence; "" if it is not.

    Parameters
    ----------
    data : bytes
        The whole file.
    kind : str
        "JPEG", "PNG"; nothing is refused of others.
    progressive : bool
        Whether the JPEG is; others make every scan cost bytes.

    Examples
    --------
    >>> body_excess(b"\xff\xd8" + b"\xff\xda\x00\x02" * 101, "JPEG", progressive=True)
    'has more than 100 scans, each takes as long as one: save it anew'
    """
    if kind == "JPEG" and progressive and _n_scans(data) > MAX_SCANS:
        return f"has more than {MAX_SCANS} scans, each takes as long as one: save it anew"
    if kind == "PNG" and (most := _too_many_chunks(data)):
        return f"has more than {most:,} chunks: save it anew"
    return ""


def _n_scans(data: bytes) -> int:
    at, n_scans = 2, 0
    while n_scans <= MAX_SCANS and (found := _MARKER.search(data, at)) and found[1][0] != _END:
        n_scans += found[1][0] == _SCAN
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
    return n_scans


def _too_many_chunks(data: bytes) -> int:
    """How many chunks a PNG may have, if it has more; else 0."""
    most = MAX_SEGMENTS + len(data) // _SMALL_CHUNK
    at, n_chunks = 8, 0
    while at + 8 <= len(data):
        at += 12 + int.from_bytes(data[at : at + 4])
        n_chunks += 1
        if n_chunks > most:
            return most
    return 0
