"""Scores of all pairs of a heap, as a square that is ordered by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forensics.views.figures.canvas import axes_or_new, bare, color_bar, color_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

__all__ = ["show_pair_scores"]

_LOUDEST = 12.0
"""Score from which all are drawn alike."""


def show_pair_scores(
    scores: NDArray[np.float32], groups: Sequence[Sequence[int]], *, ax: Axes | None = None
) -> AxesImage:
    """Show the score of every pair, groups first, each in a frame of its own.

    Parameters
    ----------
    scores : ndarray, shape (n, n), float32
        Score of each pair in standard deviations, NaN where two cannot be compared.
    groups : sequence of sequence of int
        Numbers of the pictures of each group.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The square as it is drawn.
    """
    axes = bare(axes_or_new(ax))
    grouped = [i for group in groups for i in group]
    rest = sorted(set(range(len(scores))) - set(grouped))
    order = [*grouped, *rest]
    shown = np.nan_to_num(scores[np.ix_(order, order)], nan=0.0)
    np.fill_diagonal(shown, 0)
    image = axes.imshow(
        shown,
        cmap=color_map("cividis"),
        vmin=0,
        vmax=_LOUDEST,
        interpolation="nearest",
        origin="upper",
    )
    first = -0.5
    for group in groups:
        last = first + len(group)
        axes.plot(
            [first, last, last, first, first], [first, first, last, last, first],
            color="white", linewidth=0.8,
        )  # fmt: skip
        first = last
    ticks = {0: "0", _LOUDEST / 2: f"{_LOUDEST / 2:g}", _LOUDEST: f"{_LOUDEST:g} and more"}
    color_bar(image, ticks, "standard deviations")
    return image
