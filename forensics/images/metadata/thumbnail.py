"""Thumbnails: whether the one that a file carries shows the picture that it carries.

Programs that change a picture do not always make its thumbnail anew: an old
one shows what was there before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Image
from forensics.errors import ImageReadError
from forensics.images.read import read_pixels
from forensics.images.sources.local import BytesSource
from forensics.luma import luma_plane

__all__ = [
    "Thumbnail",
    "ThumbnailFinding",
    "compared_thumbnail",
]

Gray: TypeAlias = "NDArray[np.floating]"
Spectrum: TypeAlias = "NDArray[np.complex128]"

ThumbnailFinding = Literal["same", "uncropped", "changed", "another", "not compared"]
"""What the thumbnail is to the picture."""

_MAX_PIXELS = 2**20
_COARSE, _FINE = 24, 96
"""Cells along the longer side: for looking at the whole, and for finding a part in it."""
_SAME, _SIMILAR, _FOUND = 0.9, 0.5, 0.92
"""Correlations. Of 170 thumbnails of other pictures none held a part alike to more than 0.88."""
_CHANGED = 30.0
"""Counts by which a cell may differ once the tones are matched; up to 10 in camera files."""
_FLAT = 4.0
_SHORTEST, _LONGEST = 16, 8
"""Pixels of the shorter side, and how many times longer the other may be, to be compared."""
_DARK = 24.0
_SMALLEST_PART = 0.3
_STEPS = 36
_BETTER = 0.5
"""A part must leave half as much unexplained as the whole, or the picture was not cropped."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Thumbnail in the EXIF data of a file, and its relation to the picture.

    Parameters
    ----------
    rows, columns : int
        Size of the thumbnail in pixels.
    correlation : float, optional
        Correlation with the picture, both in gray and shrunk to 24 cells; None if not compared.
    finding : {"same", "uncropped", "changed", "another", "not compared"}
        Turned pictures, black bars and centre crops as cameras make them are the same;
        "uncropped" shows more than the picture does.

    Examples
    --------
    >>> Thumbnail(120, 160, 0.99, "same").finding
    'same'
    """

    rows: int
    columns: int
    correlation: float | None
    finding: ThumbnailFinding


def compared_thumbnail(encoded: bytes, pixels: Image | None) -> Thumbnail | None:
    """Thumbnail of a file beside the picture of that file.

    Parameters
    ----------
    encoded : bytes
        The thumbnail, a JPEG.
    pixels : ndarray, shape (M, N, 3) or (M, N), uint8, counts, optional
        The picture as it is stored; without it nothing is compared.

    Returns
    -------
    Thumbnail or None
        None where the thumbnail cannot be decoded.

    References
    ----------
    E. Kee and H. Farid, "Digital image authentication from thumbnails", SPIE 7541 (2010).

    Examples
    --------
    >>> compared_thumbnail(b"no JPEG", None) is None
    True
    """
    try:
        thumbnail = _gray(
            read_pixels(BytesSource("thumbnail", encoded), damaged="keep", max_pixels=_MAX_PIXELS)
        )
    except ImageReadError:
        return None
    rows, columns = thumbnail.shape
    comparable = pixels is not None and all(map(_has_a_shape, (thumbnail, pixels)))
    if pixels is None or not comparable or thumbnail.std() < _FLAT:
        return Thumbnail(rows, columns, None, "not compared")
    correlation, finding = _compared(thumbnail, _thinned(pixels))
    return Thumbnail(rows, columns, correlation, finding)


def _compared(thumbnail: Gray, picture: Gray) -> tuple[float, ThumbnailFinding]:
    best = -1.0
    for seen, shown in _pairs(thumbnail, picture):
        correlation, difference = _likeness(seen, shown)
        if correlation >= _SAME and difference < _CHANGED:
            return correlation, "same"
        best = max(best, correlation)
    if _is_part(picture, thumbnail):
        return best, "uncropped"
    return best, "changed" if best >= _SIMILAR else "another"


def _has_a_shape(pixels: NDArray[Any]) -> bool:
    shorter, longer = sorted(pixels.shape[:2])
    return bool(shorter >= _SHORTEST and longer <= _LONGEST * shorter)


def _gray(pixels: Image) -> Gray:
    return luma_plane(pixels.astype(np.float32), np.float32)


def _thinned(pixels: Image) -> Gray:
    # Every so many pixels: enough of them in the smallest cell, at no cost in 12 megapixels.
    step = max(1, min(pixels.shape[:2]) // (4 * _FINE))
    return _gray(pixels[::step, ::step])


def _shrunk(gray: Gray, rows: int, columns: int) -> Gray:
    from PIL import Image as Pillow

    picture = Pillow.fromarray(gray.astype(np.float32))
    return np.asarray(picture.resize((columns, rows), Pillow.Resampling.BOX), np.float64)


def _cells(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    rows, columns = shape
    scale = longest / max(rows, columns)
    return max(4, round(rows * scale)), max(4, round(columns * scale))


def _turned(thumbnail: Gray) -> Iterator[Gray]:
    # Programs turn the one and not the other, and front cameras mirror.
    for seen in (thumbnail, thumbnail[:, ::-1]):
        for turns in range(4):
            yield np.rot90(seen, turns)


def _pairs(thumbnail: Gray, picture: Gray) -> Iterator[tuple[Gray, Gray]]:
    for seen in _turned(thumbnail):
        yield seen, picture
        # Of another shape than the picture: with bars around it, or cut from its middle.
        inner = _middle(seen, picture.shape)
        if inner.shape != seen.shape and _bars_are_dark(seen, inner.shape):
            yield inner, picture
        yield seen, _middle(picture, seen.shape)


def _middle(gray: Gray, like: tuple[int, ...]) -> Gray:
    rows, columns = gray.shape
    wide = like[1] / like[0]
    inner_rows = min(rows, max(4, round(columns / wide)))
    inner_columns = min(columns, max(4, round(rows * wide)))
    top, left = (rows - inner_rows) // 2, (columns - inner_columns) // 2
    return gray[top : top + inner_rows, left : left + inner_columns]


def _bars_are_dark(gray: Gray, inner: tuple[int, ...]) -> bool:
    top, left = (gray.shape[0] - inner[0]) // 2, (gray.shape[1] - inner[1]) // 2
    # The last line of a bar may hold some of the picture, blurred into it.
    above, before = max(0, top - 1), max(0, left - 1)
    bars = (gray[:above], gray[len(gray) - above :], gray[:, :before])
    return all(bar.mean() < _DARK for bar in bars if bar.size)


def _likeness(seen: Gray, picture: Gray) -> tuple[float, float]:
    shape = _cells(picture.shape, _COARSE)
    ours, theirs = _shrunk(picture, *shape), _shrunk(seen, *shape)
    correlation = _correlation(ours, theirs)
    if correlation < _SAME:
        return correlation, np.inf
    # A cubic takes out what the tones were given by the camera or later by a program.
    powers = np.vander((ours.ravel() - 128) / 128, 4)
    tones = powers @ np.linalg.lstsq(powers, theirs.ravel(), rcond=None)[0]
    # What a third of a cell of shift would do is let pass; and bars may reach into the edge.
    slope = np.hypot(*np.gradient(theirs))
    return correlation, float((np.abs(theirs - tones.reshape(shape)) - slope / 3)[1:-1, 1:-1].max())


def _correlation(one: Gray, other: Gray) -> float:
    one, other = one - one.mean(), other - other.mean()
    energy = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / energy) if energy > 0 else 0.0


def _is_part(picture: Gray, thumbnail: Gray) -> bool:
    for turns in range(4):
        turned = np.rot90(thumbnail, turns)
        seen = _shrunk(turned, *_cells(turned.shape, _FINE))
        whole = _correlation(seen, _shrunk(picture, *seen.shape))
        enough = max(_FOUND, 1 - _BETTER * (1 - whole))
        # The largest size at which the picture still fits in.
        full = min(seen.shape[0] / picture.shape[0], seen.shape[1] / picture.shape[1])
        scene, squares = np.fft.rfft2(seen), np.fft.rfft2(seen**2)
        for share in np.geomspace(0.97, _SMALLEST_PART, _STEPS):
            rows, columns = (max(8, round(size * full * share)) for size in picture.shape)
            part = _shrunk(picture, rows, columns)
            if _best_match(scene, squares, seen.shape, part) >= enough:
                return True
    return False


def _best_match(scene: Spectrum, squares: Spectrum, shape: tuple[int, ...], part: Gray) -> float:
    # The largest correlation of the part with any place in a scene of this shape.
    part = part - part.mean()
    norm = np.sqrt((part**2).sum())
    if norm < _FLAT * np.sqrt(part.size):
        return 0.0
    ones = np.fft.rfft2(np.ones(part.shape), shape)

    def summed(spectrum: Spectrum, kernel: Spectrum) -> Gray:
        # Only where the part lies inside; elsewhere the product wraps around.
        return np.fft.irfft2(spectrum * kernel, shape)[part.shape[0] - 1 :, part.shape[1] - 1 :]

    total = summed(scene, ones)
    energy = np.sqrt(np.maximum(summed(squares, ones) - total**2 / part.size, 1.0))
    product = summed(scene, np.fft.rfft2(part[::-1, ::-1], shape))
    return float((product / (energy * norm)).max())
