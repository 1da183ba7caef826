"""What stands still in a set, as a map, and how far its pictures were moved, as points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forensics.traces.alignment import PLACED, Placements, StillMap
from forensics.views.figures.canvas import INK, MUTED, axes_or_new, bare, color_bar, color_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.image import AxesImage

__all__ = ["show_moves", "show_still"]

_LEAST_RANGE = 0.1
"""Correlation up to which a map is drawn at least, so that noise looks faint."""
_LEAST_REACH = 2.0
"""Per cent of the width that a scatter shows at least, in every direction."""


def show_still(still: StillMap, *, ax: Axes | None = None) -> AxesImage:
    """Show where pictures of a set are alike, with a line around what chance does not explain.

    Parameters
    ----------
    still : StillMap
        Map of a set, from `standing_still`.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The map as it is drawn.
    """
    axes = bare(axes_or_new(ax))
    most = max(_LEAST_RANGE, float(still.correlation.max()))
    image = axes.imshow(
        still.correlation,
        cmap=color_map("cividis"),
        vmin=0,
        vmax=most,
        interpolation="nearest",
        origin="upper",
        aspect="equal",
    )
    found = still.p_values < PLACED
    if found.any() and not found.all():
        axes.contour(found, levels=[0.5], colors="white", linewidths=0.9)
    color_bar(image, {0.0: "0", most: f"{most:.2f}"}, "mean correlation of two pictures")
    return image


def show_moves(laid: Placements, *, ax: Axes | None = None) -> PathCollection:
    """Show how far each placed picture lies from the middle one, in per cent of the width.

    Parameters
    ----------
    laid : Placements
        Offsets and scales, from `placements`.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.collections.PathCollection
        The points.
    """
    axes = axes_or_new(ax)
    known = 100 * laid.moves[~np.isnan(laid.moves[:, 0])]
    reach = max(_LEAST_REACH, 1.15 * float(np.abs(known).max(initial=0)))
    axes.axhline(0, color=MUTED, linewidth=0.6, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
    angle = np.linspace(0, 2 * np.pi, 90)
    axes.plot(np.cos(angle), np.sin(angle), color=MUTED, linewidth=0.8, linestyle="--", zorder=1)
    points = axes.scatter(
        known[:, 1], known[:, 0], s=14, color=INK, alpha=0.55, linewidths=0, zorder=2
    )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(reach, -reach)
    axes.set_aspect("equal")
    axes.locator_params(nbins=5)
    axes.set_xlabel("moved to the right, % of the width")
    axes.set_ylabel("moved down, % of the width")
    return points
