"""How busy every line is, each place weighed against its surroundings.

The second-order profile is ruled by the few places with strong edges. Divided by what is
usual around it, every place has the same say, and what JPEG has left of a grid in the
quiet ones counts as well: period 2 is found in a third more of the strongly compressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Axis, FloatArray
from forensics.traces.blockwise import mean_cell
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.periods import Period, period_test
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.profiles import AXES, LineProfile

__all__ = [
    "Activity",
    "activity",
    "relative_residual",
    "webp_share",
]

_WINDOW, _CLIP = 15, 3.0
_CELL = 4

_WEBP = np.array(
    (
        (
            (-0.246, 0.138, -0.274, 0.168),
            (0.035, 0.348, -0.112, 0.309),
            (-0.333, -0.045, -0.482, -0.063),
            (0.166, 0.32, -0.194, 0.265),
        ),
        (
            (-0.577, -0.254, 0.079, 0.213),
            (-0.382, -0.259, 0.007, 0.102),
            (-0.116, -0.022, 0.274, 0.31),
            (0.193, -0.018, 0.176, 0.272),
        ),
    )
)
"""What lossy WebP adds to every 4 x 4 pixels, relative to their activity: two patterns.

Principal components over qualities 50 to 97. ``benchmarks/check_webp.py`` prints those of a fresh
sample, which differ a little, and what share of its pattern these explain.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """Relative activity of every line, and what is added to every cell of 4 x 4 pixels.

    Parameters
    ----------
    periods : tuple of Period
        Period 2 of the rows and of the columns; amplitudes are relative ones, not counts.
    pattern : ndarray, shape (4, 4), float64
        Mean of the relative residual at each place of the cells, its own mean taken off.
    webp : float
        Share of the pattern's energy, 0 to 1, that lossy WebP would explain.
    """

    periods: tuple[Period, ...]
    pattern: FloatArray
    webp: float


def activity(image: PlanesLike) -> Activity:
    """Relative activity of the lines of one picture, in which a period of 2 is sought.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 66 pixels a side. Of pictures over 2.4 megapixels, the tiles
        are measured side by side.

    Returns
    -------
    Activity
        How much busier every second line is, and what is added to each cell of 4 x 4 pixels.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.

    See Also
    --------
    added_pattern : A pattern that is added along both axes.
    forensics.traces.profiles.line_profile : Activity in counts, line by line.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 10, (256, 256))
    >>> image[::2] = (image[::2] - 100) * 1.3 + 100
    >>> rows, columns = activity(image).periods
    >>> rows.p_value < 1e-6, columns.p_value > 1e-3
    (True, True)
    """
    residuals = [relative_residual(tile.single()) for tile in as_planes(image).tiles()]
    sizes = [np.abs(one, dtype=np.float64) for one in residuals]
    periods = tuple(_period(sizes, number, axis) for number, axis in enumerate(AXES))
    pattern = np.mean([_pattern(residual) for residual in residuals], axis=0)
    return Activity(periods, pattern, webp_share(pattern, _WEBP))


def relative_residual(plane: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Residual of a plane behind a 5 x 5 Gaussian, over its mean size within 15 x 15 pixels.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64, counts
        Plane to filter, usually luma.

    Returns
    -------
    ndarray, shape (M, N), of the same dtype
        Without unit: 1 is the usual size of the residual around a pixel.
    """
    residual = plane - smoothed(plane, 1, radius=2)
    residual /= box_mean(np.abs(residual), _WINDOW) + 0.5
    return residual


def webp_share(pattern: FloatArray, shapes: FloatArray) -> float:
    """Share of a pattern's energy that orthonormal shapes explain, at their best place.

    Parameters
    ----------
    pattern : ndarray, shape (4, 4), float64
        Pattern that is added to every cell of 4 x 4 pixels, in any unit.
    shapes : ndarray, shape (n, 4, 4), float64
        Orthonormal shapes, such as `ADDED_BY_WEBP`, shifted together around the edges.

    Returns
    -------
    float
        0 to 1; chance alone reaches about one half.
    """
    energy = float(np.sum(pattern**2))
    if energy == 0:
        return 0.0
    shifts = [(down, right) for down in range(_CELL) for right in range(_CELL)]
    shifted = np.stack([np.roll(shapes, shift, axis=(1, 2)) for shift in shifts])
    explained = np.square(np.einsum("spij,ij->sp", shifted, pattern)).sum(axis=1)
    return min(1.0, float(explained.max()) / energy)


def _period(sizes: list[FloatArray], number: int, axis: Axis) -> Period:
    """Period 2 along one axis: tiles of a large picture are as one wide one."""
    lines = [one.mean(axis=1 - number)[1:-1] for one in sizes]
    profile = LineProfile(np.mean(lines, axis=0), axis, "second", "luma")
    return period_test(profile, periods=(2.0,))[0]


def _pattern(residual: NDArray[np.floating[Any]]) -> FloatArray:
    pattern = mean_cell(np.clip(residual, -_CLIP, _CLIP), _CELL)
    return cast(FloatArray, pattern - pattern.mean())
