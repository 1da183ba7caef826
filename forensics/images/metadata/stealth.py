"""Text that generators hide in the least bits of the pixels, where no metadata is left.

Extensions of Stable Diffusion's web UI, and NovelAI, write their settings so, column by column: a
signature of 15 letters, the length in bits as 32 bits, and the text, plain or packed by gzip.
"""

from __future__ import annotations

import json
import zlib

import numpy as np

from forensics._typing import Image
from forensics.images.metadata.fields import (
    MAX_BLOCK_BYTES,
    MAX_TEXT,
    MetadataFields,
    decoded_text,
)

__all__ = ["add_stealth"]

_PLACES = {"alpha": "least bits of the alpha channel", "rgb": "least bits of the colours"}
_SIGNATURES = {
    "alpha": {b"stealth_pnginfo": False, b"stealth_pngcomp": True},
    "rgb": {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True},
}
"""Of each place how its texts begin, and whether they are packed."""
_HEAD = 15 + 4
_MOST_KEYS = 64


def add_stealth(pixels: Image, found: MetadataFields) -> None:
    """Add the text that is hidden in the pixels of a picture, if there is one.

    Parameters
    ----------
    pixels : ndarray, shape (M, N, 3) or (M, N, 4), uint8, counts
        Pixels as they are stored, with alpha in the fourth channel.
    found : MetadataFields
        Added to.
    """
    if pixels.shape[2] == 4:
        _add_hidden(pixels[..., 3:], "alpha", found)
    _add_hidden(pixels[..., :3], "rgb", found)


def _add_hidden(channels: Image, kind: str, found: MetadataFields) -> None:
    head = _bytes_of(channels, 0, _HEAD)
    packed = _SIGNATURES[kind].get(head[:15])
    if packed is None:
        return
    place, key = _PLACES[kind], head[:15].decode()
    n_bytes = int.from_bytes(head[15:]) // 8
    kept = min(n_bytes, MAX_BLOCK_BYTES)
    if not found.affords(max(kept, MAX_TEXT)):
        return
    body = _bytes_of(channels, _HEAD, kept)
    text = _unpacked(body) if packed else body[:MAX_TEXT]
    if not text:
        found.note(f"The text in the {place} ({key}) is damaged and was not read.")
        return
    if n_bytes > len(body) or len(text) == MAX_TEXT:
        found.note(f"The text in the {place} ({key}) is very long or cut: not all of it was read.")
    for name, value in _entries(key, decoded_text(text)):
        found.add(place, name, value)


def _bytes_of(channels: Image, start: int, n: int) -> bytes:
    """Bytes from the least bits, down the first column, then the next; fewer where it ends."""
    rows, columns, bands = channels.shape
    first, last = 8 * start, 8 * (start + n)
    left = first // (rows * bands)
    right = min(columns, -(-last // (rows * bands)))
    bits = (channels[:, left:right] & 1).swapaxes(0, 1).reshape(-1)
    return np.packbits(bits[first - left * rows * bands :][: 8 * n]).tobytes()


def _unpacked(body: bytes) -> bytes:
    # No more is unpacked than is kept, so a bomb has nothing to fill.
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_TEXT)
    except zlib.error:
        return b""


def _entries(key: str, text: str) -> list[tuple[str, str]]:
    """The text under its signature; of an object, as NovelAI writes it, its own keys as well."""
    entries = [(key, text)]
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return entries
    if isinstance(written, dict):
        entries += [(str(name), str(value)) for name, value in list(written.items())[:_MOST_KEYS]]
    return entries
