"""Drawings for reports: figures as inline SVG, pictures and maps as data in the page itself."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from forensics.traces.color import color_distance
from forensics.views.figures import house_style, inline_svg, new_figure, placed_axes
from forensics.views.rasters import Raster, map_raster

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Drawings", "distance_drawing", "legend", "raster_drawing", "share_y"]

_LEFT, _TOP, _RIGHT, _BOTTOM = 66, 26, 26, 48
"""Pixels around axes, for their words."""
_SCALE = 32
"""Pixels that a scale of colours takes below them."""


class Drawings:
    """Maker of drawings, which gives every drawing of a report a name of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    @house_style()
    def axes(
        self,
        shows: Sequence[Callable[[Axes], Any]],
        findings: Sequence[str],
        *,
        size: tuple[int, int] = (420, 260),
        left: int = _LEFT,
        shared: bool = False,
        mapped: bool = False,
    ) -> list[Markup]:
        """Drawings of several figures of one size, each on axes of its own.

        Parameters
        ----------
        shows : sequence of callable
            Each draws on the axes it is given.
        findings : sequence of str
            Text alternative of each drawing.
        size : (int, int), pixels
            Width and height of each.
        left : int, pixels
            Room for the words at the left of the axes.
        shared : bool
            Whether all have the same vertical scale.
        mapped : bool
            Whether there is a scale of colours below, which is room besides `size`.

        Returns
        -------
        list of Markup
            One drawing for each of `shows`.
        """
        width, height = size
        figures = [new_figure(width, height + _SCALE * mapped) for _ in shows]
        room = (left, _TOP, width - left - _RIGHT, height - _TOP - _BOTTOM)
        drawn = [placed_axes(figure, *room) for figure in figures]
        for show, axes in zip(shows, drawn, strict=True):
            show(axes)
        if shared:
            share_y(drawn)
        for figure in figures:
            figure.patch.set_visible(False)
        return [
            Markup(inline_svg(figure, f"drawing-{next(self._numbers)}", finding))
            for figure, finding in zip(figures, findings, strict=True)
        ]


def share_y(axes: Sequence[Axes]) -> None:
    """Give axes one vertical scale that holds them all.

    Parameters
    ----------
    axes : sequence of matplotlib.axes.Axes
        Axes that are compared.
    """
    limits = [one.get_ylim() for one in axes]
    for one in axes:
        one.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def legend(axes: Axes) -> None:
    """Name the lines of a drawing over it, where they hide nothing.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes whose lines are named.
    """
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2, frameon=False, fontsize=9.5
    )


def raster_drawing(raster: Raster, alternative: str, *, pixels: bool = False) -> Markup:
    """Picture or map as an ``<img>`` that carries its own data.

    Parameters
    ----------
    raster : Raster
        Picture or map to show.
    alternative : str
        Text alternative: what it shows, in words.
    pixels : bool
        Whether its pixels are shown as squares where it is enlarged.

    Returns
    -------
    Markup
        The element, ready for a page of HTML.
    """
    data = base64.b64encode(raster.data).decode()
    look = "raster pixels" if pixels else "raster"
    return Markup(
        f'<img class="{look}" src="data:{raster.kind};base64,{data}" '
        f'width="{raster.width}" height="{raster.height}" alt="{escape(alternative)}">'
    )


def distance_drawing(
    mean: NDArray[Any],
    alternative: str,
    *,
    limits: tuple[float, float] | None = None,
    orientation: int = 1,
) -> Markup:
    """Map of distances from the mean colour, as an ``<img>`` over its scale.

    Parameters
    ----------
    mean : ndarray, shape (M, N, 3), uint8 or float, counts
        Mean of a blend, or an image.
    alternative : str
        Text alternative: what it shows, in words.
    limits : (float, float), optional
        Distances drawn darkest and brightest; the 1st and 99th percentile by default.
    orientation : int
        EXIF orientation, 1 to 8.

    Returns
    -------
    Markup
        The element, ready for a page of HTML.
    """
    distance = color_distance(mean)
    low, high = limits if limits is not None else np.percentile(distance, (1, 99)).tolist()
    raster = map_raster(distance, (low, high), orientation=orientation)
    said = f"{alternative}. Dark is {low:.1f}, bright {high:.1f} counts"
    scale = Markup(
        f'<p class="scale" aria-hidden="true"><span>{low:.1f}</span><span class="strip"></span>'
        f"<span>{high:.1f} counts</span></p>"
    )
    return Markup("<div>{}{}</div>").format(raster_drawing(raster, said, pixels=True), scale)
