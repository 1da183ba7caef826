"""The last layers of a generator, on a real picture: a generator's trace whose cause is known.

A picture is taken to have come out of a generator: as it is, through a perfect
skip connection, and on top of it what the last layer makes of feature maps that
hold the details of the half-size picture and the noise that generators put in;
then a leaky rectifier, which turns a grid of unlike variance into one of unlike
brightness. The picture stays natural, and the layer's own grid is all that is
added to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forensics._typing import FloatArray, Image
from forensics.checks import check_image
from forensics.errors import OutputError, ParameterError
from forensics.images.encoding import luma_psnr
from forensics.images.resizing import interpolated
from forensics.images.uplayers import LayerName, UpLayer, draw_layer, interpolating, layer_response

__all__ = ["Simulated", "simulated"]

_NOISE = 1.0
"""Counts: of the noise put into the feature maps of the half-size picture."""
_LEAK = 0.2
_STRONGEST = 4.0
_LEAST_PSNR = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A picture with the trace of a generator, and how much that changed.

    Parameters
    ----------
    pixels : ndarray, shape (M, N, 3) or (M, N), uint8, counts
    layer : UpLayer
        What it went through.
    strength : float
    psnr : float, dB
        Peak signal-to-noise ratio of luma against the picture before; infinite where
        nothing changed.
    """

    pixels: Image
    layer: UpLayer
    strength: float
    psnr: float


def simulated(
    image: Image,
    layer: LayerName | UpLayer,
    *,
    strength: float = 1.0,
    rng: np.random.Generator,
) -> Simulated:
    """Picture as if it had come out of a generator with this last layer.

    With ``x`` the picture, ``h`` the same reduced by 2 with antialiasing, ``e`` its
    details (h minus its mean over 3 x 3) plus noise of 1 count common to the
    channels, L the layer and ``f(v) = v + 2/3 |v|`` or ``v - 2/3 |v|`` the leaky
    rectifier of slope .2 at unit gain:

    ``y = x + strength * f(L e)``

    With more than one layer, ``h`` has been through the others before, and its change,
    brought up by 1 3 3 1 as in a skip connection of StyleGAN2, is added.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Not changed. Best one without traces of its own: reduced by 3 or more.
    layer : str or UpLayer
        Of a name, weights are drawn from `rng` first.
    strength : float
        0 gives the picture back, 1 the full layer, about as strong as real generators
        are; up to 4.
    rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    Simulated

    Raises
    ------
    ImageShapeError
        `image` is no image.
    ParameterError
        `layer` or `strength` is not allowed.
    OutputError
        The picture did not change although it should have, or beyond recognition: to
        less than 10 dB.

    Examples
    --------
    >>> image = np.full((9, 7, 3), 100, np.uint8)
    >>> done = simulated(image, "transposed-3", rng=np.random.default_rng(0))
    >>> done.pixels.shape, done.layer.name
    ((9, 7, 3), 'transposed-3')
    """
    check_image(image)
    if isinstance(layer, str):
        layer = draw_layer(layer, rng)
    if not 0 <= strength <= _STRONGEST:
        raise ParameterError(
            f"strength is {strength!r}: pass 0 to {_STRONGEST:g}, 1 is the full layer"
        )
    floats = image.astype(np.float64)
    change = strength * _change(floats, layer, rng, 0)
    pixels = np.clip(np.rint(floats + change), 0, 255).astype(np.uint8)
    psnr = luma_psnr(image, pixels)
    _check_changed(image, pixels, change, psnr)
    return Simulated(pixels, layer, float(strength), psnr)


def _change(image: FloatArray, layer: UpLayer, rng: np.random.Generator, level: int) -> FloatArray:
    """What the layers from `level` on add to a picture, not rounded."""
    rows, columns = image.shape[:2]
    odd = ((0, rows % 2), (0, columns % 2), *[(0, 0)] * (image.ndim - 2))
    half = interpolated(
        np.pad(image, odd, mode="edge"), (-(-rows // 2), -(-columns // 2)), kernel="lanczos"
    )
    below: FloatArray | None = None
    if level + 1 < len(layer.kernels):
        below = _change(half, layer, rng, level + 1)
        half = half + below
    noise = _NOISE * rng.standard_normal(half.shape[:2])
    details = half - _smoothed(half) + noise.reshape(*noise.shape, *[1] * (half.ndim - 2))
    features = layer_response(details, layer.kernels[level])
    lean = layer.signs[level] * (1 - _LEAK) / (1 + _LEAK)
    change: FloatArray = features + lean * np.abs(features)
    if below is not None:
        change += layer_response(below, interpolating(4))
    return change[:rows, :columns]


def _smoothed(values: FloatArray) -> FloatArray:
    """Mean over 3 x 3, the outermost value repeated."""
    for axis in (0, 1):
        length = values.shape[axis]
        earlier = np.take(values, np.arange(-1, length - 1).clip(0), axis)
        later = np.take(values, np.arange(1, length + 1).clip(0, length - 1), axis)
        values = (earlier + values + later) / 3
    return values


def _check_changed(image: Image, pixels: Image, change: FloatArray, psnr: float) -> None:
    due = math.sqrt(float(np.square(change).mean()))
    if due > 0.5 and math.isinf(psnr):
        raise OutputError(
            f"the simulated layer should change the picture by {due:.1f} counts and did not: "
            "pass another picture"
        )
    if psnr < _LEAST_PSNR:
        raise OutputError(
            f"the simulated layer leaves {psnr:.1f} dB of the picture, at least "
            f"{_LEAST_PSNR:g} are allowed: pass a lower strength"
        )
