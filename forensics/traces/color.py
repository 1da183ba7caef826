"""Mean colour and the distance from it: the thread's first picture."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray, Metric
from forensics.luma import LUMA
from forensics.validation import check_choice, check_shape

__all__ = [
    "CHANNELS",
    "LUMA_WEIGHTS",
    "THREAD_WEIGHTS",
    "channel_plane",
    "color_distance",
    "mean_color",
]

LUMA_WEIGHTS = np.array(LUMA)
"""Of red, green and blue in luma, by Rec. ITU-R BT.601."""
THREAD_WEIGHTS = np.array([2.0, 5.0, 3.0])
"""Of red, green and blue in the distance that the thread of April 2021 used."""
_METRICS: tuple[Metric, ...] = ("euclidean", "weighted", "lab")
CHANNELS: tuple[Channel, ...] = ("luma", "red", "green", "blue")


def mean_color(image: NDArray[Any]) -> FloatArray:
    """Mean colour of an image or blend.

    It is the point from which colour distances are measured, and a first
    fact about a set: generators and photo sites differ in tint.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to measure.

    Returns
    -------
    ndarray, shape (3,), float64, counts
        Red, green and blue; the same number three times for a gray image.

    Raises
    ------
    ImageShapeError
        `image` has another shape.

    See Also
    --------
    color_distance : Distance of every pixel from it.

    Examples
    --------
    >>> import numpy as np
    >>> mean_color(np.full((2, 2, 3), 7, np.uint8)).tolist()
    [7.0, 7.0, 7.0]
    """
    check_shape(image)
    mean = image.mean(axis=(0, 1), dtype=np.float64)
    return np.broadcast_to(mean, 3).copy()


def color_distance(image: NDArray[Any], *, metric: Metric = "euclidean") -> FloatArray:
    """Map of every pixel's distance from the mean colour.

    In a blend the content has averaged out, and what stands out of the flat
    map is fixed to the frame: the face, the crop, and a generator's bands.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to measure.
    metric : {"euclidean", "weighted", "lab"}
        ``sqrt(sum_c d_c**2)`` in RGB, 0 to 441.7 counts; the thread's
        ``(2 |d_r| + 5 |d_g| + 3 |d_b|) / 10``, 0 to 255 counts; or the
        CIE 1976 difference in CIELAB (sRGB, D65).

    Returns
    -------
    ndarray, shape (M, N), float64, counts (dE for "lab")
        Distance of every pixel, 0 where it has the mean colour.

    Raises
    ------
    ImageShapeError
        `image` has another shape.
    ParameterError
        `metric` is not one of the three.

    See Also
    --------
    mean_color : The colour that distances are measured from.

    References
    ----------
    CIE 15:2004, *Colorimetry*, for dE*ab.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((1, 2, 3), np.uint8)
    >>> image[0, 1] = (6, 8, 0)
    >>> color_distance(image).tolist()
    [[5.0, 5.0]]
    """
    check_shape(image)
    check_choice("metric", metric, _METRICS)
    rgb = image if image.ndim == 3 else np.repeat(image[..., np.newaxis], 3, axis=2)
    if metric == "lab":
        return _lab_distance(rgb)
    difference = rgb - mean_color(image)
    if metric == "euclidean":
        return cast(FloatArray, np.sqrt(np.einsum("ijc,ijc->ij", difference, difference)))
    return cast(FloatArray, np.abs(difference) @ (THREAD_WEIGHTS / THREAD_WEIGHTS.sum()))


def channel_plane(image: NDArray[Any], channel: Channel = "luma") -> FloatArray:
    """One channel of an image as floating point: luma unless another is asked for.

    Chroma of a subsampled JPEG has a period 2 of its own, luma has not;
    therefore traces are sought in luma.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to measure.
    channel : {"luma", "red", "green", "blue"}
        Luma is ``.299 R + .587 G + .114 B``. A gray image is its own luma.

    Returns
    -------
    ndarray, shape (M, N), float64, counts
        The channel in double precision.

    Raises
    ------
    ImageShapeError
        `image` has another shape.
    ParameterError
        `channel` is not one of the four.

    Examples
    --------
    >>> import numpy as np
    >>> channel_plane(np.full((1, 1, 3), 100, np.uint8), "green")
    array([[100.]])
    """
    check_shape(image)
    check_choice("channel", channel, CHANNELS)
    if image.ndim == 2:
        return image.astype(np.float64)
    if channel == "luma":
        # Channel by channel: three of them at once would be the largest array of a whole run.
        luma = image[..., 0] * LUMA_WEIGHTS[0]
        luma += image[..., 1] * LUMA_WEIGHTS[1]
        luma += image[..., 2] * LUMA_WEIGHTS[2]
        return cast(FloatArray, luma)
    return image[..., CHANNELS.index(channel) - 1].astype(np.float64)


def _lab_distance(rgb: NDArray[Any]) -> FloatArray:
    from skimage.color import rgb2lab

    lab = rgb2lab(rgb / 255.0)
    center = rgb2lab((mean_color(rgb) / 255.0).reshape(1, 1, 3))
    return cast(FloatArray, np.linalg.norm(lab - center, axis=2))
