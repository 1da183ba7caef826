"""Line profiles: one number a row or column, in which a fixed grid stands out.

Three of them, because a grid can show in three ways: a *signed* pattern adds
to the lines, *first* and *second* differences see how busy each line is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Axis, Channel, FloatArray, ProfileKind
from forensics.errors import ImageShapeError
from forensics.traces.color import THREAD_WEIGHTS
from forensics.traces.planes import PlanesLike, as_planes
from forensics.validation import check_array, check_choice

__all__ = [
    "AXES",
    "KINDS",
    "LineProfile",
    "line_profile",
    "line_profiles",
    "mean_differences",
    "thread_vector",
]

AXES: tuple[Axis, ...] = ("rows", "columns")
KINDS: tuple[ProfileKind, ...] = ("signed", "first", "second")

_THREAD_SIDE = 512
_BLOCK = 512
_THREAD_WINDOW = (24, 488)


@dataclass(frozen=True, slots=True, eq=False)
class LineProfile:
    """Line profile of an image: one number for each row or column.

    Parameters
    ----------
    values : ndarray, shape (L - 1,) or (L - 2,), float64, counts
        Values of a picture of L lines. Value ``i`` belongs to line ``i + 1``: the step into it
        (signed, first), or the bend on it (second).
    axis : {"rows", "columns"}
        Whether a line is a row or a column.
    kind : {"signed", "first", "second"}
        Which of the three profiles it is; see `line_profile`.
    channel : {"luma", "red", "green", "blue"}
        Channel that was measured.
    """

    values: FloatArray
    axis: Axis
    kind: ProfileKind
    channel: Channel


def line_profile(
    image: PlanesLike,
    *,
    axis: Axis = "rows",
    kind: ProfileKind = "second",
    channel: Channel = "luma",
) -> LineProfile:
    """One line profile of an image or blend.

    Use *second* on one picture and *signed* on a blend: the first sees that
    the texture changes from line to line, the second sees a pattern that is
    added at the same place in every picture and alternates in sign.

    With ``Y`` the channel, ``L[i] = mean_j Y[i, j]`` and ``D`` the difference
    of neighbours along i:

    * signed: ``L[i + 1] - L[i]``
    * first: ``mean_j |(D Y)[i, j]|``
    * second: ``mean_j |(D D Y)[i, j]|``

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to measure.
    axis : {"rows", "columns"}
        Whether a line is a row or a column.
    kind : {"signed", "first", "second"}
        Which profile to take, by the formulas above.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.

    Returns
    -------
    LineProfile
        Of M - 1 (M - 2 for second) values for rows, N - 1 (N - 2) for columns.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or fewer than three lines.
    ParameterError
        `axis`, `kind` or `channel` is not allowed.

    See Also
    --------
    line_profiles : All profiles of both axes.
    period_test : Test a profile for periods.

    References
    ----------
    Gallagher 2005, *Detection of linear and cubic interpolation in JPEG compressed images*.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[10], [5], [10], [5]], np.uint8)
    >>> line_profile(image, kind="signed").values.tolist()
    [-5.0, 5.0, -5.0]
    """
    check_choice("axis", axis, AXES)
    check_choice("kind", kind, KINDS)
    plane = as_planes(image).channel(channel)
    return _profile(plane if axis == "rows" else plane.T, axis, kind, channel)


def line_profiles(
    image: PlanesLike, *, channel: Channel = "luma", kinds: tuple[ProfileKind, ...] = KINDS
) -> tuple[LineProfile, ...]:
    """All line profiles of an image or blend: rows and columns, each of `kinds`.

    What a grid leaves in only one of them tells where it came from.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to measure.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.
    kinds : tuple of {"signed", "first", "second"}
        Profiles to take; by default all three. See `line_profile`.

    Returns
    -------
    tuple of LineProfile
        For each of `kinds`, rows and then columns.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or fewer than three lines.
    ParameterError
        `channel` or one of `kinds` is not allowed.

    See Also
    --------
    line_profile : One of them.
    banding : Test rows and columns for periods.

    Examples
    --------
    >>> import numpy as np
    >>> [(p.axis, p.kind) for p in line_profiles(np.zeros((4, 4)), kinds=("second",))]
    [('rows', 'second'), ('columns', 'second')]
    """
    for kind in kinds:
        check_choice("kind", kind, KINDS)
    plane = as_planes(image).channel(channel)
    sides: tuple[tuple[Axis, FloatArray], ...] = (("rows", plane), ("columns", plane.T))
    return tuple(_profile(side, axis, kind, channel) for kind in kinds for axis, side in sides)


def thread_vector(image: NDArray[Any], *, axis: Axis | None = None) -> FloatArray:
    """The vector that the thread of April 2021 trained its network on.

    Kept exactly, as the baseline that everything else has to beat: distances
    from the mean colour per channel, divided by their maximum, weighted
    (2, 5, 3) and summed; column sums plus row sums; signed differences
    without the border; divided by the largest absolute value.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3), uint8 or float, counts
        Picture or blend to measure.
    axis : {"rows", "columns"}, optional
        One axis alone instead of the sum of both, for pictures that are not square.

    Returns
    -------
    ndarray, shape (n,), float64, -1 to 1
        464 values for 512 lines. For L lines the border is kept in proportion: differences
        ``round(24 L / 512)`` to ``round(488 L / 512)``. All zero for a flat picture.

    Raises
    ------
    ImageShapeError
        `image` is not (M, N, 3), or not square while `axis` is None.
    ParameterError
        `axis` is not allowed.

    References
    ----------
    The thread's published script (paste hqPtD5CD), as far as it is known.

    Examples
    --------
    >>> import numpy as np
    >>> thread_vector(np.eye(512)[..., None] * np.full(3, 255.0)).shape
    (464,)
    """
    check_array(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ImageShapeError(f"image has shape {image.shape}, allowed is (M, N, 3)")
    if axis is None and image.shape[0] != image.shape[1]:
        raise ImageShapeError(
            f"image has shape {image.shape}, the thread's vector adds rows to columns and "
            "needs a square: pass axis='rows' or axis='columns'"
        )
    if axis is not None:
        check_choice("axis", axis, AXES)
    distance = np.abs(image - image.mean(axis=(0, 1), dtype=np.float64))
    peak = distance.max()
    weighted = ((distance / peak if peak > 0 else distance) * THREAD_WEIGHTS).sum(axis=2)
    columns, rows = weighted.sum(axis=0), weighted.sum(axis=1)
    lines = columns + rows if axis is None else rows if axis == "rows" else columns
    start, stop = (round(edge * len(lines) / _THREAD_SIDE) for edge in _THREAD_WINDOW)
    steps = np.diff(lines)[start:stop]
    largest = np.abs(steps).max(initial=0.0)
    return cast(FloatArray, steps / largest if largest > 0 else steps)


def _profile(plane: FloatArray, axis: Axis, kind: ProfileKind, channel: Channel) -> LineProfile:
    if plane.shape[0] < 3:
        raise ImageShapeError(
            f"image has too few {axis} for a line profile, {plane.shape[0]} where at least 3 "
            "are needed: pass a larger picture"
        )
    if kind == "signed":
        values = np.diff(plane.mean(axis=1))
    else:
        values = mean_differences(plane, 1 if kind == "first" else 2)
    return LineProfile(values, axis, kind, channel)


def mean_differences(plane: FloatArray, order: int) -> FloatArray:
    """Activity of every row: mean absolute difference of some order.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float, counts
        Plane to measure.
    order : int
        Order of the difference along the columns of `plane`, from row to row.

    Returns
    -------
    ndarray, shape (M - order,), float64, counts
        Value ``i`` is the mean over the differences that begin in row ``i``.

    References
    ----------
    Gallagher 2005, *Detection of linear and cubic interpolation in JPEG compressed images*, for the
    second.
    """
    sums = np.zeros(plane.shape[0] - order)
    for start in range(0, plane.shape[1], _BLOCK):  # a large picture, a small buffer
        block = plane[:, start : start + _BLOCK]
        sums += np.abs(np.diff(block, n=order, axis=0)).sum(axis=1)
    return cast(FloatArray, sums / plane.shape[1])
