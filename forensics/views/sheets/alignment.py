"""The sheet of what stands still in a set: blends, the map, and how far pictures were moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forensics._typing import FloatArray, Image
from forensics.counting import counted
from forensics.detection.alignment import Alignment
from forensics.views.figures import (
    INK,
    MUTED,
    filled,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    show_image,
    show_moves,
    show_still,
    title,
)
from forensics.views.results.alignment import ALIGNMENT_MEANING, render_placed, render_still
from forensics.views.sheets.panels import fitted, footnote, footnote_height

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["show_alignment"]

_LEFT, _TOP, _SIDE, _GAP, _BELOW = 40, 112, 280, 40, 64
_WIDTH = 2 * _LEFT + 4 * _SIDE + 5 * _GAP
_WORDS = 20


@house_style()
def show_alignment(found: Alignment, *, name: str = "") -> Figure:
    """Sheet of a set: its blend, the map of what stands still, blend and offsets once moved.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.
    name : str
        Name of the set.

    Returns
    -------
    matplotlib.figure.Figure
        1400 pixels wide.
    """
    rows, columns = found.blend.shape
    scale = _SIDE / max(rows, columns)
    wide, tall = round(columns * scale), round(rows * scale)
    sentences = [render_still(found), render_placed(found), ALIGNMENT_MEANING]
    foot = footnote_height(_WIDTH - 2 * _WORDS, sentences)
    figure = new_figure(_WIDTH, _TOP + _SIDE + _BELOW + foot)
    told = f": {counted(len(found.names), 'different picture')}"
    said = fitted(name, told, _WIDTH - 2 * _LEFT, 15)
    placed_text(figure, _LEFT, 24, said, color=INK, fontsize=15)
    lefts = [_LEFT + i * (_SIDE + _GAP) for i in range(3)]
    axes = [placed_axes(figure, left, _TOP, wide, tall) for left in lefts]
    show_image(_bytes(found.blend), ax=axes[0])
    title(axes[0], "The blend, as they are")
    show_still(found.still, ax=axes[1])
    title(axes[1], "What stands still")
    n = len(found.laid.distances)
    if found.moved is None:
        axes[2].set_axis_off()
        words = "Too few pictures can be placed to be moved onto one another."
        for line, text in enumerate(filled(words, _SIDE, 10)):
            placed_text(figure, lefts[2], _TOP + 18 * line, text, color=MUTED, fontsize=10)
        return _with_foot(figure, sentences)
    show_image(_bytes(found.moved), ax=axes[2])
    title(axes[2], f"The blend of {n:,}, moved")
    scatter = placed_axes(figure, _WIDTH - _LEFT - _SIDE, _TOP, _SIDE, _SIDE)
    show_moves(found.laid, ax=scatter)
    title(scatter, "How far; the circle is 1 %")
    return _with_foot(figure, sentences)


def _bytes(mean: FloatArray) -> Image:
    return np.clip(np.rint(mean), 0, 255).astype(np.uint8)


def _with_foot(figure: Figure, sentences: list[str]) -> Figure:
    footnote(figure, sentences)
    return figure
