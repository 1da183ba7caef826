"""Whole sheets: several figures of one result, laid out to be understood at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Metric, ProfileKind
from forensics.detection.comparison import Blended, Side
from forensics.engine.profiles import PictureProfile
from forensics.images.sources.names import printable
from forensics.traces.color import color_distance
from forensics.traces.periods import Bands
from forensics.traces.profiles import KINDS
from forensics.views.figures import (
    INK,
    new_figure,
    placed_axes,
    show_blend,
    show_distance,
    show_image,
    show_line_profile,
    show_spectrum,
    title,
)
from forensics.views.rasters import shared_limits
from forensics.views.results.sentences import CAUSES, render_count, render_finding, render_p
from forensics.views.sheets.panels import LEFT, PANEL, RIGHT, footnote, profile_pair, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "blend_sheet",
    "distance_sheet",
    "profiles_sheet",
    "show_comparison",
    "show_profile",
]

_STRIP = (16, 46)
_THUMB = 128


def blend_sheet(blended: Blended) -> Figure:
    """Sheet of a blend as a picture, pixel for pixel, under a title.

    Parameters
    ----------
    blended : Blended
        Blend to show.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the blend, with room for the title.
    """
    figure, axes = _picture_sheet(blended)
    show_blend(blended.mean, ax=axes)
    title(axes, f"Mean of {render_count(blended.n_images)}")
    return figure


def distance_sheet(blended: Blended, bands: Bands, *, metric: Metric = "euclidean") -> Figure:
    """Sheet of the distance map of a blend, pixel for pixel, under the finding.

    Parameters
    ----------
    blended : Blended
        Blend to show.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    metric : {"euclidean", "weighted", "lab"}
        Distance to map; see `color_distance`.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the blend, with room for the title.
    """
    figure, axes = _picture_sheet(blended)
    show_distance(blended.mean, metric=metric, ax=axes)
    title(
        axes,
        f"Distance from the mean colour, {render_count(blended.n_images)}\n"
        f"{render_finding(bands.tested, 'signed')}",
    )
    return figure


def profiles_sheet(blended: Blended, bands: Bands) -> Figure:
    """Sheet of the three line profiles of a blend beside their spectra.

    Parameters
    ----------
    blended : Blended
        Blend to show.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    figure = new_figure(1240, 860)
    for row, kind in enumerate(KINDS):
        finding = render_finding(bands.tested, kind)
        spectrum = profile_pair(figure, 45 + row * 265, bands.of(kind), finding)
        _annotate_p(spectrum, bands, kind)
    footnote(figure, (f"Blend of {render_count(blended.n_images)}.", *blended.warnings))
    return figure


def show_profile(profile: PictureProfile, image: NDArray[np.uint8]) -> Figure:
    """Sheet of one picture: its distance map, and its line profiles with the bands found.

    Parameters
    ----------
    profile : PictureProfile
        Profile of the picture.
    image : ndarray, shape (M, N, 3), uint8, counts
        The stored pixels.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    figure = new_figure(1240, 1200)
    left = placed_axes(figure, LEFT, 60, PANEL, 480)
    show_image(image, orientation=profile.record.orientation, ax=left)
    rows, columns = profile.shape[:2]
    title(left, f"{short_name(profile.path)}: {columns} x {rows}, {_container(profile)}")
    right = placed_axes(figure, 656, 60, PANEL, 480)
    show_distance(image, orientation=profile.record.orientation, ax=right)
    title(right, "Distance from the mean colour")
    kinds: tuple[ProfileKind, ...] = ("second", "signed")
    for row, kind in enumerate(kinds):
        finding = render_finding(profile.bands.tested, kind)
        spectrum = profile_pair(figure, 640 + row * 270, profile.bands.of(kind), finding)
        _annotate_p(spectrum, profile.bands, kind)
    turned = "Shown turned by its EXIF orientation; lines are counted as stored."
    notes = (CAUSES, turned) if profile.record.orientation != 1 else (CAUSES,)
    footnote(figure, notes)
    return figure


def show_comparison(a: Side, b: Side) -> Figure:
    """Sheet of two sets, the thread's picture: distance maps over profiles, on shared axes.

    Parameters
    ----------
    a, b : Side
        The two sets, each with its blend and bands.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    figure = new_figure(1240, 1300)
    distances = [color_distance(side.blended.mean) for side in (a, b)]
    limits = shared_limits(distances)
    spread = max(_local_spread(distance) for distance in distances)
    profile_axes: list[Axes] = []
    spectrum_axes: list[Axes] = []
    for side, distance, left in zip((a, b), distances, (LEFT, RIGHT), strict=True):
        mean = side.blended.mean
        top = placed_axes(figure, left, 70, PANEL, PANEL)
        show_distance(mean, limits=limits, ax=top)
        said = f"{printable(side.name)}: mean of {render_count(side.blended.n_images)}"
        title(top, f"{said}\n{render_finding(side.bands.tested, 'signed')}")
        thumb = placed_axes(figure, left, 640, _THUMB, _THUMB)
        show_blend(mean, ax=thumb)
        title(thumb, "Blend")
        gap = _THUMB + 16
        _show_strip(placed_axes(figure, left + gap, 640, PANEL - gap, _THUMB), distance, spread)
        profile_axes.append(placed_axes(figure, left, 830, PANEL, 150))
        spectrum_axes.append(placed_axes(figure, left, 1050, PANEL, 190))
        for profile in side.bands.of("signed"):
            show_line_profile(profile, ax=profile_axes[-1])
            show_spectrum(profile, ax=spectrum_axes[-1])
        title(profile_axes[-1], "Difference of neighbouring lines, rows and columns")
        _annotate_p(spectrum_axes[-1], side.bands, "signed")
    _share_y(profile_axes)
    _share_y(spectrum_axes)
    spectrum_axes[0].legend(loc="upper center", ncols=2, frameon=False)
    footnote(figure, tuple(dict.fromkeys((*a.blended.warnings, *b.blended.warnings))))
    return figure


def _picture_sheet(blended: Blended) -> tuple[Figure, Axes]:
    """A figure around one set-sized picture at a whole multiple of its pixels."""
    rows, columns = blended.mean.shape[:2]
    scale = max(1, PANEL // max(rows, columns))
    width, height = columns * scale, rows * scale
    figure = new_figure(max(width, PANEL) + 2 * 24, height + 130)
    footnote(figure, blended.warnings)
    return figure, placed_axes(figure, 24, 60, width, height)


def _annotate_p(axes: Axes, bands: Bands, kind: ProfileKind) -> None:
    """Write the corrected p-values of periods 8 and 2 at their lines."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, 4 * max(high, 30) ** 1.15)
    for found in bands.tested:
        if found.profile == kind and found.period in {2.0, 8.0}:
            weight = "bold" if found.found else "normal"
            axes.annotate(
                render_p(found.p_holm),
                (1 / found.period, 1),
                xycoords=("data", "axes fraction"),
                xytext=(-4, -2),
                textcoords="offset points",
                ha="right",
                va="top",
                color=INK,
                weight=weight,
            )


def _show_strip(axes: Axes, distance: FloatArray, spread: float) -> None:
    """Show a piece of the distance map eight times enlarged, on the scale both sides share."""
    piece = _strip(distance)
    middle = float(np.median(piece))
    axes.imshow(
        piece,
        cmap="cividis",
        vmin=middle - spread,
        vmax=middle + spread,
        interpolation="nearest",
        aspect="auto",
    )
    axes.set_axis_off()
    title(axes, f"Enlarged: {piece.shape[1]} x {piece.shape[0]} pixels, +-{spread:.1f} counts")


def _strip(distance: FloatArray) -> FloatArray:
    rows, columns = distance.shape
    top, left = 3 * rows // 8, 3 * columns // 8
    return distance[top : top + _STRIP[0], left : left + _STRIP[1]]


def _local_spread(distance: FloatArray) -> float:
    piece = _strip(distance)
    return float(np.percentile(np.abs(piece - np.median(piece)), 95)) or 1.0


def _share_y(axes: list[Axes]) -> None:
    limits = [one.get_ylim() for one in axes]
    for one in axes:
        one.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def _container(profile: PictureProfile) -> str:
    record = profile.record
    if record.jpeg is None:
        return record.container
    return f"{record.container} of quality {record.jpeg.quality}"
