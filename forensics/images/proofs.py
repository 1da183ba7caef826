"""Whether a saved file is what it was asked to be: its header, its size and its pixels say so.

A sweep over qualities that silently saves the same file every time proves that
nothing matters. These checks would have seen it, and pass whatever is a fair
result: a flat picture, pure noise, a picture saved twice.
"""

from __future__ import annotations

import math

import numpy as np

from forensics._typing import FloatArray, Image
from forensics.errors import OutputError
from forensics.images.encoding import jpeg_facts
from forensics.images.jpegheader import ijg_table
from forensics.images.steps import Jpeg, Webp

__all__ = ["check_jpeg", "check_shrunk", "check_webp", "jpeg_luma", "luma_psnr"]

_LUMA = np.array([0.299, 0.587, 0.114])
_BLOCK = 8
_PROVEN_SIDE = 1024
_HEADERS = 1024
"""Bytes: a file of few pixels is mostly headers, larger than its pixels."""
_ROOM, _SLACK = 1.0, 0.05
_TELLING = 4096
"""Bytes of a JPEG from which a quality lower by 5 is always seen in its size."""


def check_jpeg(before: Image, data: bytes, after: Image, step: Jpeg) -> None:
    """Raise unless a file and its pixels are what this JPEG step must give.

    The tables, subsampling and order in the header are the asked ones. Up to
    quality 90 the file is smaller than the pixels (noise at more needs up to 1.7
    times as much). And the error of the luma agrees with what quantising the
    picture by the definition of the format gives, to 1 count and 5 % of its root
    mean square; over pixels where no channel was clipped, for those are lost to
    other reasons. Measured for q1 to q100 on photographs, noise, black and white
    noise, ramps and flat pictures, the two differ by .6 counts at most.

    Parameters
    ----------
    before, after : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pixels that went in and came out.
    data : bytes
        The file.
    step : Jpeg

    Raises
    ------
    OutputError
        One of these does not hold.

    Examples
    --------
    >>> from forensics.images.encoding import decoded, jpeg_bytes
    >>> image = np.zeros((16, 16, 3), np.uint8)
    >>> data = jpeg_bytes(image, quality=75)
    >>> check_jpeg(image, data, decoded(data), Jpeg(75))
    >>> check_jpeg(image, data, decoded(data), Jpeg(95))
    Traceback (most recent call last):
        ...
    forensics.errors.OutputError: jpeg q95 4:2:0 was asked for, the file is jpeg q75 4:2:0: ...
    """
    facts = jpeg_facts(data)
    wanted = (step.quality, step.subsampling if before.ndim == 3 else "gray", step.progressive)
    if (facts.quality, facts.subsampling, facts.progressive) != wanted or not facts.exact:
        order = " progressive" if facts.progressive else ""
        found = f"jpeg q{facts.quality} {facts.subsampling}{order}"
        raise _untrue(step, f"the file is {found}")
    if step.quality <= 90 and len(data) > before.size + _HEADERS:
        raise _untrue(step, f"the file has {len(data):,} bytes, the pixels {before.size:,}")
    found_error, due_error = _jpeg_errors(before, after, step.quality)
    if abs(found_error - due_error) > _ROOM + _SLACK * due_error:
        raise _untrue(
            step, f"luma changed by {found_error:.1f} counts (rms), not by {due_error:.1f}"
        )


def check_webp(before: Image, data: bytes, after: Image, step: Webp) -> None:
    """Raise unless a file and its pixels are what a lossy WebP step must give.

    Lossy by its header, smaller than the pixels up to quality 90, and luma at
    least 12 dB (quality 0) to 24 dB (quality 50 and more) above the error: five
    less than noise of saturated colors, the hardest there is, was measured at.

    Parameters
    ----------
    before, after : ndarray, shape (M, N, 3) or (M, N), uint8, counts
    data : bytes
    step : Webp

    Raises
    ------
    OutputError
        One of these does not hold.

    Examples
    --------
    >>> from forensics.images.encoding import decoded, webp_bytes
    >>> image = np.zeros((16, 16, 3), np.uint8)
    >>> data = webp_bytes(image, quality=50)
    >>> check_webp(image, data, decoded(data), Webp(50))
    """
    if data[12:16] not in (b"VP8 ", b"VP8X"):
        raise _untrue(step, "the file is not a lossy WebP")
    if step.quality <= 90 and len(data) > before.size + _HEADERS:
        raise _untrue(step, f"the file has {len(data):,} bytes, the pixels {before.size:,}")
    found = luma_psnr(before, after)
    if found < 12 + 12 * min(step.quality, 50) / 50:
        raise _untrue(step, f"luma came out {found:.1f} dB above the error only")


def check_shrunk(before: tuple[Jpeg, int], after: tuple[Jpeg, int]) -> None:
    """Raise unless saving the same picture again at a lower quality made the file smaller.

    Asked only where it is certain: the same kind of file of more than 4 kB, and a
    quality lower by 5 or more.

    Parameters
    ----------
    before, after : tuple of Jpeg and int
        What was asked for, and the bytes of the file, for pixels of one shape.

    Raises
    ------
    OutputError
        The second file is not smaller.

    Examples
    --------
    >>> check_shrunk((Jpeg(95), 60_000), (Jpeg(75), 60_000))
    Traceback (most recent call last):
        ...
    forensics.errors.OutputError: jpeg q75 4:2:0 was asked for, the file did not shrink: ...
    """
    (first, n_first), (second, n_second) = before, after
    alike = (first.subsampling, first.progressive) == (second.subsampling, second.progressive)
    if not alike or n_first <= _TELLING or second.quality > first.quality - 5:
        return
    if n_second >= n_first:
        raise _untrue(
            second, f"the file did not shrink: {n_first:,} bytes at q{first.quality}, now "
            f"{n_second:,}"
        )  # fmt: skip


def jpeg_luma(luma: FloatArray, quality: int) -> FloatArray:
    """Luma as a JPEG of this quality must give it back, by the definition of the format.

    Whether a file was really saved at the quality it is said to be shows in its
    pixels, whatever the picture: flat, noisy, or saved before.

    Parameters
    ----------
    luma : ndarray, shape (M, N), float64, counts
        M and N multiples of 8, the grid beginning at (0, 0).
    quality : int
        1 to 100 on the IJG scale.

    Returns
    -------
    ndarray, shape (M, N), float64, counts
        Neither rounded nor limited to 0 to 255.

    References
    ----------
    ITU-T T.81 (1992), Annex A.

    Examples
    --------
    >>> bool(np.allclose(jpeg_luma(np.full((8, 8), 100.0), 75), 100))
    True
    """
    rows, columns = luma.shape
    basis = _cosines()
    steps = np.array(ijg_table(quality), dtype=np.float64).reshape(_BLOCK, _BLOCK)
    blocks = (luma - 128).reshape(rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK)
    blocks = blocks.swapaxes(1, 2)
    coefficients = np.rint(basis @ blocks @ basis.T / steps) * steps
    restored: FloatArray = (basis.T @ coefficients @ basis).swapaxes(1, 2)
    return restored.reshape(rows, columns) + 128


def luma_psnr(before: Image, after: Image) -> float:
    """Peak signal-to-noise ratio of luma: how little saving changed, in one number.

    Parameters
    ----------
    before, after : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Of one shape.

    Returns
    -------
    float, dB
        ``10 log10(255 ** 2 / mean squared difference)``; infinite where nothing changed.

    Examples
    --------
    >>> image = np.zeros((2, 2), np.uint8)
    >>> luma_psnr(image, image), round(luma_psnr(image, image + 1), 1)
    (inf, 48.1)
    """
    error = float(np.square(_luma(before) - _luma(after)).mean())
    return 10 * math.log10(255**2 / error) if error > 0 else math.inf


def _jpeg_errors(before: Image, after: Image, quality: int) -> tuple[float, float]:
    """RMS error of luma as found and as due, over whole blocks in a corner that is large enough."""
    rows, columns = (min(side, _PROVEN_SIDE) // _BLOCK * _BLOCK for side in before.shape[:2])
    if not rows or not columns:
        return 0.0, 0.0
    before, after = before[:rows, :columns], after[:rows, :columns]
    inside = (after > 0) & (after < 255)
    kept = inside if before.ndim == 2 else inside.all(axis=2)
    if not kept.any():
        return 0.0, 0.0
    luma = _luma(before)
    found = (luma - _luma(after))[kept]
    due = (luma - jpeg_luma(luma, quality))[kept]
    return float(np.sqrt(np.square(found).mean())), float(np.sqrt(np.square(due).mean()))


def _cosines() -> FloatArray:
    """The orthonormal DCT of 8 values, shape (8, 8): one basis function a row."""
    k, n = np.ogrid[:_BLOCK, :_BLOCK]
    basis: FloatArray = np.cos(np.pi * k * (2 * n + 1) / (2 * _BLOCK)) / 2
    basis[0] /= np.sqrt(2)
    return basis


def _luma(image: Image) -> FloatArray:
    if image.ndim == 2:
        return image.astype(np.float64)
    luma: FloatArray = image @ _LUMA
    return luma


def _untrue(step: Jpeg | Webp, found: str) -> OutputError:
    return OutputError(
        f"{step} was asked for, {found}: the encoder does not do what it is told, install "
        "Pillow anew"
    )
