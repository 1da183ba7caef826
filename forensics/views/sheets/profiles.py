"""Whole sheets: several figures of one result, laid out to be understood at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Metric, ProfileKind
from forensics.counting import counted
from forensics.detection.comparison import Blended, Side
from forensics.engine.profiles import PictureProfile
from forensics.traces.color import color_distance
from forensics.traces.periods import Bands
from forensics.traces.profiles import KINDS
from forensics.views.figures import (
    MUTED,
    TITLE_SIZE,
    color_map,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    show_blend,
    show_distance,
    show_image,
    show_line_profile,
    show_spectrum,
    title,
)
from forensics.views.rasters import shared_limits
from forensics.views.results.captions import captions, file_name
from forensics.views.results.sentences import (
    CAUSES,
    CORRECTED,
    render_finding,
    render_findings,
)
from forensics.views.sheets.panels import (
    LEFT,
    PANEL,
    RIGHT,
    fitted,
    footnote,
    footnote_height,
    label_bands,
    line_legend,
    narrow_ticks,
    profile_pair,
    shown_height,
)

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
_TOP = 78
"""Pixels over a picture: for its title of up to three lines."""
_TALLEST = 480


@house_style()
def blend_sheet(blended: Blended, bands: Bands, *, name: str = "") -> Figure:
    """Sheet of a blend as a picture, pixel for pixel, under a title.

    Parameters
    ----------
    blended : Blended
        Blend to show.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    name : str
        Name of the set; a path is cut down to its last part.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the blend, with room for the title.
    """
    figure, axes, width = _picture_sheet(blended)
    show_blend(blended.mean, ax=axes)
    title(axes, _said(name, "mean of ", blended, width), _found(bands, "signed"), width=width)
    return figure


@house_style()
def distance_sheet(
    blended: Blended, bands: Bands, *, metric: Metric = "euclidean", name: str = ""
) -> Figure:
    """Sheet of the map of a blend's distances, titled with the bands found.

    Parameters
    ----------
    blended : Blended
        Blend to show.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    metric : {"euclidean", "weighted", "lab"}
        Distance to map; see `color_distance`.
    name : str
        Name of the set; a path is cut down to its last part.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the blend, with room for the title.
    """
    figure, axes, width = _picture_sheet(blended)
    show_distance(blended.mean, metric=metric, ax=axes)
    said = _said(name, "distance from the mean colour, ", blended, width)
    title(axes, said, _found(bands, "signed"), width=width)
    return figure


@house_style()
def profiles_sheet(blended: Blended, bands: Bands, *, name: str = "") -> Figure:
    """Sheet of the three line profiles of a blend beside their spectra.

    Parameters
    ----------
    blended : Blended
        Blend to show.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    name : str
        Name of the set; a path is cut down to its last part.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    figure = new_figure(1240, 920)
    said = _said(name, "line profiles of the blend of ", blended, 1130, 13)
    placed_text(figure, LEFT, 24, said, fontsize=13)
    for row, kind in enumerate(KINDS):
        spectrum = profile_pair(figure, 100 + row * 265, bands.of(kind), _found(bands, kind))
        label_bands(spectrum, bands, kind)
    footnote(figure, (CORRECTED, *blended.warnings))
    return figure


@house_style()
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
    rows, columns = profile.shape[:2]
    turn = profile.record.orientation
    tall = shown_height((rows, columns), turn, _TALLEST)
    turned = "Shown turned by its EXIF orientation; lines are counted as stored."
    notes = (CAUSES, CORRECTED, *((turned,) if turn != 1 else ()))
    figure = new_figure(1240, 108 + tall + 620 + footnote_height(1200, notes))
    rest = f": {columns} x {rows} pixels, {_container(profile)}"
    placed_text(figure, LEFT, 20, fitted(file_name(profile.path), rest, 1130, 13), fontsize=13)
    kinds: tuple[ProfileKind, ...] = ("second", "signed")
    finding = render_findings(profile.bands.tested, kinds[0])
    placed_text(figure, LEFT, 44, finding, fontsize=TITLE_SIZE, color=MUTED)
    left = placed_axes(figure, LEFT, 108, PANEL, tall)
    show_image(image, orientation=turn, ax=left)
    title(left, "The picture")
    right = placed_axes(figure, RIGHT, 108, PANEL, tall)
    show_distance(image, orientation=turn, ax=right)
    title(right, "Distance from the mean colour")
    for axes in (left, right):
        axes.set_anchor("NW")
    for row, kind in enumerate(kinds):
        found = _found(profile.bands, kind)
        spectrum = profile_pair(figure, 216 + tall + row * 265, profile.bands.of(kind), found)
        label_bands(spectrum, profile.bands, kind)
    footnote(figure, notes)
    return figure


@house_style()
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
    notes = (CORRECTED, *dict.fromkeys((*a.blended.warnings, *b.blended.warnings)))
    figure = new_figure(1240, 1304 + footnote_height(1200, notes))
    distances = [color_distance(side.blended.mean) for side in (a, b)]
    limits = shared_limits(distances)
    spread = max(_local_spread(distance) for distance in distances)
    profile_axes: list[Axes] = []
    spectrum_axes: list[Axes] = []
    names = captions((a.name, b.name))
    for side, name, distance, left in zip((a, b), names, distances, (LEFT, RIGHT), strict=True):
        mean = side.blended.mean
        top = placed_axes(figure, left, _TOP, PANEL, PANEL)
        top.set_anchor("NW")
        show_distance(mean, limits=limits, ax=top)
        rest = f": mean of {counted(side.blended.n_images)}"
        title(top, fitted(name, rest, PANEL), _found(side.bands, "signed"))
        thumb = placed_axes(figure, left, 668, _THUMB, _THUMB)
        thumb.set_anchor("NW")
        show_blend(mean, ax=thumb)
        title(thumb, "Blend")
        gap = _THUMB + 16
        _show_strip(placed_axes(figure, left + gap, 668, PANEL - gap, _THUMB), distance, spread)
        profile_axes.append(placed_axes(figure, left, 858, PANEL, 150))
        spectrum_axes.append(placed_axes(figure, left, 1078, PANEL, 180))
        for profile in side.bands.of("signed"):
            show_line_profile(profile, ax=profile_axes[-1])
            show_spectrum(profile, ax=spectrum_axes[-1])
        narrow_ticks(profile_axes[-1])
        title(profile_axes[-1], "Difference of neighbouring lines, rows and columns")
        label_bands(spectrum_axes[-1], side.bands, "signed")
        line_legend(spectrum_axes[-1])
    _share_y(profile_axes)
    _share_y(spectrum_axes)
    footnote(figure, notes)
    return figure


def _picture_sheet(blended: Blended) -> tuple[Figure, Axes, int]:
    """A figure around one set-sized picture at a whole multiple of its pixels."""
    rows, columns = blended.mean.shape[:2]
    scale = max(1, PANEL // max(rows, columns))
    width, height = columns * scale, rows * scale
    room = max(width, PANEL)
    notes = (CORRECTED, *blended.warnings)
    figure = new_figure(room + 2 * 24, _TOP + height + 40 + footnote_height(room, notes))
    footnote(figure, notes)
    return figure, placed_axes(figure, 24, _TOP, width, height), room


def _said(
    name: str, what: str, blended: Blended, width: float, fontsize: float = TITLE_SIZE
) -> str:
    """Name of a set, what is shown of it, and of how many pictures, in one line."""
    said = f"{what}{counted(blended.n_images)}"
    return (
        fitted(file_name(name), f": {said}", width, fontsize)
        if name
        else f"{said[:1].upper()}{said[1:]}"
    )


def _found(bands: Bands, kind: ProfileKind) -> str:
    return render_finding(bands.tested, kind)


def _show_strip(axes: Axes, distance: FloatArray, spread: float) -> None:
    """Show a piece of the distance map eight times enlarged, on the scale both sides share."""
    piece = _strip(distance)
    middle = float(np.median(piece))
    axes.imshow(
        piece,
        cmap=color_map("cividis"),
        vmin=middle - spread,
        vmax=middle + spread,
        interpolation="nearest",
        origin="upper",
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
