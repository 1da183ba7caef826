"""The last layers of a generator, on a real picture: a generator's trace whose cause is known.

A picture is taken to have come out of a generator: as it is, through a perfect
skip connection, and on top of it what the last layer makes of feature maps that
hold the details of the half-size picture and the noise that generators put in;
then a leaky rectifier, which turns a grid of unlike variance into one of unlike
brightness. The picture stays natural, and the layer's own grid is all that is
added to it.

Every up-sampling layer by 2 is the same operation, zeros between the samples and then one
kernel; they differ in the kernels that they can have:

* *transposed convolution* of 3, 4 or 5: any kernel of that size. Here an
  interpolating one (the binomial of its size) whose weights are off by half their
  size. With 3 and 5, unlike 4, the four places of a pixel are reached by unlike
  numbers of weights (Odena 2016): a grid comes easily, whatever was learned.
* *zero-insertion*: a transposed convolution of 3 with no order in its weights, as
  before anything was learned; the step that Zhang 2019 trace every grid back to.
* *pixel shuffle*: four kernels of 3 x 3, one for each place; here interpolating
  ones, each off in its own way.
* *nearest*: a box of 2 x 2, then a convolution of 3 x 3; *bilinear*: 1 3 3 1 along
  both axes, the blur of StyleGAN, then a convolution of 3 x 3. Where that
  convolution is **symmetric, these two leave nothing** at period 2 in the second
  differences, and the same goes for a symmetric kernel of 4: lines 2i and 2i + 1
  are mirror images of each other then. Nor can they draw a grid on flat areas,
  whatever the weights. Here the convolution sees edges half a pixel off its centre,
  as learned kernels may, and the mirror is broken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from forensics._typing import FloatArray, Image
from forensics.errors import OutputError, ParameterError
from forensics.images.delivery.encode import luma_psnr, png_bytes, shown_inline
from forensics.images.delivery.resize import interpolated
from forensics.validation import check_choice, check_image

__all__ = [
    "LAYERS",
    "LayerName",
    "Simulated",
    "UpLayer",
    "draw_layer",
    "interpolating",
    "layer_response",
    "simulated",
]

LayerName: TypeAlias = Literal[
    "zero-insertion",
    "transposed-3",
    "transposed-4",
    "transposed-5",
    "nearest",
    "bilinear",
    "pixel-shuffle",
]

_GAINS: dict[LayerName, float] = {
    "zero-insertion": 0.3,
    "transposed-3": 0.25,
    "transposed-4": 0.35,
    "transposed-5": 0.4,
    "nearest": 0.3,
    "bilinear": 1.0,
    "pixel-shuffle": 0.65,
}
"""Of the kernels, so that the traces are about as strong as those of real generators."""

LAYERS: tuple[LayerName, ...] = tuple(_GAINS)
"""What `draw_layer` knows."""

_BINOMIALS = {3: (1, 2, 1), 4: (1, 3, 3, 1), 5: (1, 4, 6, 4, 1)}
_OFF = 0.5
"""Spread of the weights around those that interpolate, of their size."""
_DEEPEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class UpLayer:
    """The up-sampling layers of one simulated generator, with their weights.

    A set of pictures made with the same one has a fingerprint in common, as the
    pictures of a real generator have.

    Parameters
    ----------
    name : str
        One of `LAYERS`.
    kernels : ndarray, shape (depth, K, K), float64
        Kernels that follow the insertion of zeros, that of the last layer first.
    signs : ndarray, shape (depth,), float64
        1 or -1: whether the rectified features make a picture brighter or darker.
    """

    name: LayerName
    kernels: FloatArray
    signs: FloatArray


def draw_layer(name: LayerName, rng: np.random.Generator, *, depth: int = 1) -> UpLayer:
    """Up-sampling layers of one simulated generator, with random weights.

    Parameters
    ----------
    name : str
        Kind of the layers: "zero-insertion", "transposed-3", "transposed-4", "transposed-5",
        "nearest", "bilinear" or "pixel-shuffle".
    rng : numpy.random.Generator
        Generator of random numbers that everything drawn comes from.
    depth : int
        Number of layers of this kind in a row, 1 to 5: two give period 4 besides period 2.

    Returns
    -------
    UpLayer
        The layers, ready for `simulated`.

    Raises
    ------
    ParameterError
        `name` or `depth` is not allowed.

    See Also
    --------
    simulated : Pass a picture through them.

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*; Zhang,
    Karaman, Chang 2019, *Detecting and simulating artifacts in GAN fake images*; Karras
    et al. 2020, *Analyzing and improving the image quality of StyleGAN*.

    Examples
    --------
    >>> draw_layer("transposed-4", np.random.default_rng(0)).kernels.shape
    (1, 4, 4)
    """
    check_choice("layer", name, LAYERS)
    if depth not in range(1, _DEEPEST + 1):
        raise ParameterError(f"depth is {depth!r}: pass a whole number of 1 to {_DEEPEST}")
    kernels = np.stack([_GAINS[name] * _kernel(name, rng) for _ in range(depth)])
    return UpLayer(name, kernels, rng.choice([-1.0, 1.0], depth))


def interpolating(size: int) -> FloatArray:
    """Kernel that interpolates smoothly after zeros were put between the pixels.

    Parameters
    ----------
    size : {3, 4, 5}
        Number of taps on each side.

    Returns
    -------
    ndarray, shape (size, size), float64
        The outer product of a binomial with itself; the sum over each of the four
        places of a pixel is 1.

    Examples
    --------
    >>> interpolating(3)[1]
    array([0.5, 1. , 0.5])
    """
    weights = np.array(_BINOMIALS[size], dtype=np.float64)
    weights *= 2 / weights.sum()
    both_axes: FloatArray = np.outer(weights, weights)
    return both_axes


def layer_response(features: FloatArray, kernel: FloatArray) -> FloatArray:
    """Feature maps at twice the size, by zeros between the samples and one kernel.

    Every weight of the kernel reaches one of the four places of a pixel only, so the
    zeros need not be written down.

    Parameters
    ----------
    features : ndarray, shape (M, N, ...), float64
        Beyond the edge the outermost value is repeated.
    kernel : ndarray, shape (K, K), float64
        Kernel of the layer.

    Returns
    -------
    ndarray, shape (2 M, 2 N, ...), float64
        The larger maps, in the unit of `features`.

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*.

    Examples
    --------
    >>> layer_response(np.array([[1.0, 2.0]]), np.ones((2, 2)))
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    rows, columns = features.shape[:2]
    half = len(kernel) // 2
    reach = (half + 1) // 2
    around = ((reach, reach), (reach, reach), *[(0, 0)] * (features.ndim - 2))
    padded = np.pad(features, around, mode="edge")
    response = np.zeros((2 * rows, 2 * columns, *features.shape[2:]))
    for (i, j), weight in np.ndenumerate(kernel):
        down, across = (half - i) % 2, (half - j) % 2
        top, left = reach + (down + i - half) // 2, reach + (across + j - half) // 2
        part = padded[top : top + rows, left : left + columns]
        response[down::2, across::2] += weight * part
    return response


def _kernel(name: LayerName, rng: np.random.Generator) -> FloatArray:
    """Weights of one layer, at unit gain."""
    if name == "zero-insertion":
        weights = rng.standard_normal((3, 3))
        return weights / float(np.linalg.norm(weights))
    if name == "nearest":
        return _one_after_the_other(np.ones((2, 2)), _edge_kernel(rng))
    if name == "bilinear":
        return _one_after_the_other(interpolating(4), _edge_kernel(rng))
    if name == "pixel-shuffle":
        # The taps of one place stand two apart: four kernels of 3 x 3 are one of 6 x 6.
        return np.pad(interpolating(4), 1) + _OFF / 3 * rng.standard_normal((6, 6))
    weights = interpolating(int(name[-1]))
    return weights * (1 + _OFF * rng.standard_normal(weights.shape))


def _edge_kernel(rng: np.random.Generator) -> FloatArray:
    """Weights of 3 x 3 that see edges along both axes, half a pixel off the centre."""
    weights = _OFF / 18 * rng.standard_normal((3, 3))
    top, left = rng.integers(2, size=2)
    corner = rng.choice([-1, 1]) * np.array([[1, 1], [-1, -1]])
    corner += rng.choice([-1, 1]) * np.array([[1, -1], [1, -1]])
    weights[top : top + 2, left : left + 2] += corner / 4
    return weights


def _one_after_the_other(first: FloatArray, second: FloatArray) -> FloatArray:
    size = len(first) + len(second) - 1
    both = np.zeros((size, size))
    for (i, j), weight in np.ndenumerate(second):
        both[i : i + len(first), j : j + len(first)] += weight * first
    return both


_NOISE = 1.0
"""Counts: of the noise put into the feature maps of the half-size picture."""
_LEAK = 0.2
_STRONGEST = 4.0
_LEAST_PSNR = 10.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Simulated:
    """Picture with the trace of a simulated generator, and how much that changed.

    Parameters
    ----------
    pixels : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        The picture with the trace.
    layer : UpLayer
        Layers that it went through.
    strength : float
        Factor that the trace was added with.
    psnr : float, dB
        Peak signal-to-noise ratio of luma against the picture before; infinite where
        nothing changed.
    """

    pixels: Image
    layer: UpLayer
    strength: float
    psnr: float

    def to_dict(self) -> dict[str, Any]:
        """What was done to it, ready for JSON."""
        return {
            "layer": self.layer.name,
            "depth": len(self.layer.kernels),
            "strength": self.strength,
            "shape": list(self.pixels.shape),
            "psnr": round(self.psnr, 2) if math.isfinite(self.psnr) else None,
        }

    def __repr__(self) -> str:
        rows, columns = self.pixels.shape[:2]
        return (
            f"<Simulated {self.layer.name} of {rows} x {columns} pixels, strength "
            f"{self.strength:g}: luma at {self.psnr:.1f} dB>"
        )

    def _repr_html_(self) -> str:
        return shown_inline(png_bytes(self.pixels), "PNG", repr(self))


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
        Picture to pass through them; it is not changed. Best one without traces of its own, reduced
        by 3 or more.
    layer : str or UpLayer
        Layers to pass through; of a name, weights are drawn from `rng` first.
    strength : float
        0 gives the picture back, 1 the full layer, about as strong as real generators
        are; up to 4.
    rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    Simulated
        The picture with the trace, and how much that changed.

    Raises
    ------
    ImageShapeError
        `image` is no image.
    ParameterError
        `layer` or `strength` is not allowed.
    OutputError
        The picture did not change although it should have, or beyond recognition: to
        less than 10 dB.

    See Also
    --------
    draw_layer : The layers of a simulated generator.
    forensics.images.delivery.deliver.deliver : What happens to a picture on its way.

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
