"""The sheet of a heap sorted by maker: who resembles whom, and what the groups look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forensics._typing import Image
from forensics.counting import counted
from forensics.detection.clusters import Clusters
from forensics.views.figures import (
    INK,
    MUTED,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    show_image,
    show_pair_scores,
    title,
)
from forensics.views.results.clusters import cluster_title
from forensics.views.sheets.panels import fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_GROUPS", "MOST_SHOWN", "show_clusters", "shown_members"]

MOST_GROUPS, MOST_SHOWN = 12, 8
"""Groups on the sheet, and pictures of each."""
_LEFT, _TOP, _MATRIX = 40, 96, 520
_SIDE, _GAP, _WORDS = 76, 8, 26


def shown_members(found: Clusters) -> list[int]:
    """Numbers of the pictures whose pixels the sheet shows.

    Parameters
    ----------
    found : Clusters
        Groups, from `cluster`.

    Returns
    -------
    list of int
        At most 12 groups of at most 8 pictures.
    """
    return [i for group in found.groups[:MOST_GROUPS] for i in group.members[:MOST_SHOWN]]


@house_style()
def show_clusters(found: Clusters, pictures: Mapping[int, Image], *, name: str = "") -> Figure:
    """Sheet of a heap: scores of all pairs, ordered by group, and the pictures of the groups.

    Parameters
    ----------
    found : Clusters
        Groups, from `cluster`.
    pictures : mapping of int to ndarray of shape (M, N, 3), uint8, counts
        Small pictures of `shown_members`, by their number.
    name : str
        Name of the heap.

    Returns
    -------
    matplotlib.figure.Figure
        1320 pixels wide.
    """
    groups = found.groups[:MOST_GROUPS]
    sheet_left = 2 * _LEFT + _MATRIX if found.scores is not None else _LEFT
    height = max(
        _TOP + len(groups) * (_SIDE + _WORDS + _GAP) + 60,
        _TOP + _MATRIX + 110 if found.scores is not None else 200,
    )
    figure = new_figure(1320, height)
    n = sum(len(group.pictures) for group in found.groups)
    told = f": {counted(len(found.groups), 'group')} of {n:,} among {counted(len(found.names))}"
    said = fitted(name, told, 1320 - 2 * _LEFT, 15)
    placed_text(figure, _LEFT, 24, said, color=INK, fontsize=15)
    if found.scores is not None:
        axes = placed_axes(figure, _LEFT, _TOP, _MATRIX, _MATRIX)
        show_pair_scores(found.scores, [group.members for group in found.groups], ax=axes)
        title(axes, "What each pair shares, groups first")
    for number, group in enumerate(groups):
        top = _TOP + number * (_SIDE + _WORDS + _GAP)
        words = fitted(cluster_title(group), "", 1320 - sheet_left - _LEFT, 9)
        placed_text(figure, sheet_left, top - 18, words, color=MUTED, fontsize=9)
        for place, i in enumerate(group.members[:MOST_SHOWN]):
            if i not in pictures:
                continue
            rows, columns = pictures[i].shape[:2]
            scale = _SIDE / max(rows, columns)
            axes = placed_axes(
                figure,
                sheet_left + place * (_SIDE + _GAP),
                top,
                max(1, round(columns * scale)),
                max(1, round(rows * scale)),
            )
            show_image(pictures[i], ax=axes)
    return figure
