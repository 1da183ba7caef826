"""Every innocent maker's own trace, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.traces.borders import picture_within
from forensics.traces.makers.dithering import Dithering, dithering
from forensics.traces.makers.enlargement import Enlargement, enlargement
from forensics.traces.makers.interlacing import Interlacing, interlacing
from forensics.traces.makers.mosaic import Mosaic, ScaledMosaic, mosaic, scaled_mosaic
from forensics.traces.makers.readout import Readout, readout
from forensics.traces.makers.screens import Screen, screen
from forensics.traces.makers.studio import StudioLuma, studio_luma
from forensics.traces.makers.tiling import Tiling, tiling
from forensics.traces.makers.wavelets import WaveletTrace, wavelet_trace
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = ["Makers", "makers"]

_SIDE, _MULTIPLE = 512, 16
_SHORTEST = 64


@dataclass(frozen=True, slots=True)
class Makers:
    """Traces of every innocent maker of bands, side by side.

    Parameters
    ----------
    wavelets : WaveletTrace
        Trace of JPEG 2000.
    studio : StudioLuma
        Trace of lossy WebP and of video.
    readout : Readout
        Trace of a sensor's read-out, or of the lines of a screen.
    interlacing : Interlacing
        Trace of interlaced video.
    mosaic : Mosaic
        Trace of a camera.
    scaled_mosaic : ScaledMosaic
        Trace of a camera that scaled the picture itself.
    screen : Screen
        Trace of halftone print.
    dithering : Dithering
        Trace of an ordered dither.
    tiling : Tiling
        Trace of a tiled watermark.
    enlargement : Enlargement
        Trace of a network that enlarges pictures.
    """

    wavelets: WaveletTrace
    studio: StudioLuma
    readout: Readout
    interlacing: Interlacing
    mosaic: Mosaic
    scaled_mosaic: ScaledMosaic
    screen: Screen
    dithering: Dithering
    tiling: Tiling
    enlargement: Enlargement


def makers(image: PlanesLike) -> Makers:
    """Traces of all innocent makers of bands, each with a chance of its own.

    A period of 2 in luma is made by half of them, and by generators: it names nobody. Each of
    these traces is one that its maker alone leaves.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8, counts
        Picture to measure: the middle, up to 512 pixels a side, of what an even frame encloses.

    Returns
    -------
    Makers
        One trace for each maker.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> found = makers(rng.integers(90, 160, (128, 128, 3), dtype=np.uint8))
    >>> found.wavelets.p_value > 1e-3, found.studio.p_value > 1e-3, found.mosaic.p_value > 1e-3
    (True, True, True)
    """
    part = _middle(as_planes(image))
    return Makers(
        wavelet_trace(part),
        studio_luma(part),
        readout(part),
        interlacing(part),
        mosaic(part),
        scaled_mosaic(part),
        screen(part),
        dithering(part),
        tiling(part),
        enlargement(part),
    )


def _middle(picture: Planes) -> Planes:
    within = picture[picture_within(picture)]
    if min(within.shape[:2]) < _SHORTEST:
        within = picture
    starts = (max(0, length - _SIDE) // 2 // _MULTIPLE * _MULTIPLE for length in within.shape[:2])
    rows, columns = (slice(start, start + _SIDE) for start in starts)
    return within[rows, columns]
